//! Callbacks: registration, signatures, repetition, and being switched off.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Tester;
use crate::connectwise_manage::COMPANY;

#[tokio::test]
async fn callbacks_are_registered_by_the_rules() {
    let tester = Tester::start(60);
    let url = "https://portal.example/hook?recordId=";
    let made = tester.callback("ticket", url).await;
    assert_eq!((made.status, made.json()["objectId"].clone()), (StatusCode::CREATED, json!(1)));
    let again = tester.callback("ticket", url).await.json();
    assert_eq!(again["errors"][0]["message"], "A matching callback entry already exists");
    let wrong = json!({"url": "nowhere", "objectId": 1, "type": "ticket", "level": "galaxy"});
    let wrong = tester.call("POST", "/system/callbacks", &wrong).await.json();
    let fields: Vec<_> = wrong["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["url", "level"]);
    let listed = tester.get("/system/callbacks?conditions=url%20contains%20%22portal.example%22").await.ids();
    assert_eq!(listed, [made.json()["id"].as_i64().unwrap()]);
}

#[tokio::test]
async fn a_change_is_told_signed_with_the_key_that_the_site_serves() {
    let tester = Tester::start(60);
    tester.callback("contact", "https://portal.example/hook?recordId=").await;
    tester.touch("contacts", 57_901);
    tester.touch("companies", 250);
    let told = tester.deliver(Some(200));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].url, "https://portal.example/hook?recordId=57901&action=updated");
    let text = String::from_utf8(told[0].body.clone()).unwrap();
    assert!(text.starts_with(r#"{"MessageId":"#) && text.contains(r#""ProductInstanceId":null"#), "{text}");
    let event: Value = serde_json::from_str(&text).unwrap();
    let entity: Value = serde_json::from_str(event["Entity"].as_str().unwrap()).unwrap();
    assert_eq!((&entity["id"], entity.get("communicationItems")), (&json!(57_901), None));
    let key_url = event["Metadata"]["key_url"].as_str().unwrap();
    let served = tester.send("GET", key_url, &[], "").await.json();
    let key = Sha256::digest(served["signing_key"].as_str().unwrap().as_bytes());
    let expected = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap().chain_update(&told[0].body).finalize();
    let (_, signature) = told[0].headers.iter().find(|(name, _)| name == "x-content-signature").unwrap();
    assert_eq!(signature, &STANDARD.encode(expected.into_bytes()));
    let other = key_url.replace(COMPANY, "globex");
    assert_eq!(tester.send("GET", &other, &[], "").await.status, StatusCode::NOT_FOUND);
    tester.app.delete("contacts", "57901", true).unwrap();
    let event: Value = serde_json::from_slice(&tester.deliver(Some(200))[0].body).unwrap();
    assert_eq!((&event["Action"], &event["Entity"]), (&json!("deleted"), &Value::Null));
}

#[tokio::test]
async fn a_call_is_tried_three_times_and_only_after_some_answers() {
    let tester = Tester::start(60);
    tester.callback("contact", "https://portal.example/hook?recordId=").await;
    tester.touch("contacts", 57_901);
    assert_eq!(tester.deliver(Some(429)).len(), 1);
    assert_eq!(tester.deliver(Some(429)).len(), 0, "not before two seconds");
    tester.wait(SignedDuration::from_secs(2));
    assert_eq!(tester.deliver(Some(404)).len(), 1);
    tester.wait(SignedDuration::from_secs(4));
    assert_eq!(tester.deliver(Some(409)).len(), 1);
    tester.wait(SignedDuration::from_hours(1));
    assert_eq!(tester.deliver(Some(200)).len(), 0, "three times and no more");
    for answer in [Some(500), None, Some(302)] {
        tester.touch("contacts", 57_901);
        assert_eq!(tester.deliver(answer).len(), 1);
        tester.wait(SignedDuration::from_secs(10));
        assert_eq!(tester.deliver(Some(200)).len(), 0, "{answer:?} is not tried again");
    }
}

#[tokio::test]
async fn three_days_of_failures_switch_a_callback_off_until_somebody_switches_it_on() {
    let tester = Tester::start(60);
    let id = tester.callback("contact", "https://portal.example/hook?recordId=").await.json()["id"].clone();
    for hours in [0, 36, 36] {
        tester.wait(SignedDuration::from_hours(hours));
        tester.touch("contacts", 57_901);
        tester.deliver(Some(500));
    }
    let path = format!("/system/callbacks/{id}");
    assert_eq!(tester.get(&path).await.json()["inactiveFlag"], true);
    tester.touch("contacts", 57_901);
    assert_eq!(tester.deliver(Some(200)).len(), 0);
    tester.call("PATCH", &path, &json!([{"op": "replace", "path": "inactiveFlag", "value": false}])).await;
    tester.touch("contacts", 57_901);
    assert_eq!(tester.deliver(Some(200)).len(), 1);
}

#[tokio::test]
async fn our_own_changes_are_told_unless_they_are_suppressed() {
    let tester = Tester::start(60);
    let suppressed = json!({"url": "https://portal.example/a?recordId=", "objectId": 1, "type": "ticket", "level": "owner",
        "isSelfSuppressedFlag": true});
    tester.call("POST", "/system/callbacks", &suppressed).await;
    tester.callback("ticket", "https://portal.example/b?recordId=").await;
    let ticket = tester.get("/service/tickets?pageSize=1").await.ids()[0];
    let path = format!("/service/tickets/{ticket}");
    tester.call("PATCH", &path, &json!([{"op": "replace", "path": "summary", "value": "x"}])).await;
    tester.call("POST", &format!("{path}/notes"), &json!({"text": "x", "detailDescriptionFlag": true})).await;
    let told = tester.deliver(Some(200));
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|outgoing| outgoing.url.starts_with("https://portal.example/b?recordId=")));
    tester.touch("tickets", ticket);
    assert_eq!(tester.deliver(Some(200)).len(), 2, "a person's change is told to both");
    let quiet = json!({"summary": "x", "company": {"id": 250}, "skipCallback": true});
    tester.call("POST", "/service/tickets", &quiet).await;
    assert_eq!(tester.deliver(Some(200)).len(), 0);
}
