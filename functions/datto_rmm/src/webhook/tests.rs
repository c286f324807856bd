use connector::webhook::Verify;
use serde_json::Value;

use super::*;
use crate::DESCRIPTOR;

fn told(body: &str) -> Subject {
    let mut notices = notices(body.as_bytes());
    assert_eq!(notices.len(), 1, "{body}");
    let Notice { id, sent_at, subject } = notices.remove(0);
    assert_eq!((id, sent_at), (None, None));
    subject
}

fn alert(uid: &str) -> Subject {
    Subject::Record(RecordType::Alerts, uid.into())
}

#[test]
fn our_template_names_its_alert() {
    let uid = "0f3c7d2e-5a41-4b6f-9d88-0c1e2f3a4b5c";
    assert_eq!(told(&TEMPLATE.replace("[alert_uid]", uid)), alert(uid));
}

#[test]
fn the_sample_event_is_our_template_filled_in() {
    let event: Value = serde_json::from_str(include_str!("../../../../events/webhook-datto-rmm.json")).unwrap();
    assert_eq!(told(event["body"].as_str().unwrap()), alert("0f3c7d2e-5a41-4b6f-9d88-0c1e2f3a4b5c"));
    assert!(matches!(DESCRIPTOR.webhook.as_ref().unwrap().verify, Verify::UrlToken));
}

#[test]
fn json_that_values_broke_still_names_its_alert() {
    for body in [
        r#"{"event":"alert_triggered","alert_uid":"0f3c-1","message":"Disk "C:" is full","platform":"merlot"}"#,
        "{\"alert_uid\":\"0f3c-1\",\"message\":\"line one\nline two\"}",
        "{ \"alertUID\" : \"0f3c-1\" , \"alertMessage\": \"\u{1}\"",
        r#"{"message":"nothing","ALERT_UID":" 0f3c-1 "}"#,
        r#"{"event":"alert_triggered","alert_uid":"0f3c-1","message":"x","alert_uid":"0f3c-2"}"#,
    ] {
        assert_eq!(told(body), alert("0f3c-1"), "{body}");
    }
}

#[test]
fn the_test_button_sends_variables_and_means_nothing() {
    assert_eq!(told(TEMPLATE), Subject::Nothing);
    assert_eq!(told(r#"{"alertUID":"[alertuid]"}"#), Subject::Nothing);
}

#[test]
fn what_names_no_alert_is_about_something() {
    for body in [
        "",
        "{",
        "{}",
        "<xml/>",
        r#"{"alert_uid":""}"#,
        r#"{"alert_uid":7}"#,
        r#"{"alert_uid":"../account"}"#,
        r#"{"device_hostname":"CON-LT-07"}"#,
        "\"alert_uid\"",
    ] {
        assert_eq!(told(body), Subject::Something, "{body}");
    }
}

#[test]
fn bytes_that_are_no_text_are_no_reason_to_give_up() {
    let body = b"{\"alert_uid\":\"0f3c-1\",\"message\":\"\xff\xfe\"}";
    assert_eq!(notices(body)[0].subject, alert("0f3c-1"));
}
