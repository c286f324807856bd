use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::http::HeaderMap;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};

use super::*;

/// A recorded delivery (amp-labs/connectors), names changed, and its signature under the key `test-signing-key`.
const BODY: &str = r#"{"MessageId":"6dd82302-5e46-47c0-8c84-702868125b76","FromUrl":"na.myconnectwise.net","CompanyId":"acme","MemberId":"zAdmin","Action":"updated","Type":"contact","ID":57961,"ProductInstanceId":null,"PartnerId":null,"Entity":"{\"id\":57961,\"firstName\":\"Ada\",\"inactiveFlag\":false}","Metadata":{"key_url":"https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails?companyName=acme&id=e17e6674-42f6-4105-9cff-4cd6cb4e62e8"},"CallbackObjectRecId":26604}"#;
const SIGNATURE: &str = "Qg41iCucXBftBZB/EpO+zRx5sprNzQQCjl23BMlE8q4=";

/// The event as it comes through the gateway, kept with the other triggers.
const DELIVERY: &str = include_str!("../../../../events/webhook-connectwise-manage.json");

fn read(body: &str) -> Vec<Notice> {
    let headers = HeaderMap::new();
    notices(&Delivery { headers: &headers, query: "recordId=57961&action=updated", body: body.as_bytes() })
}

fn changed(changes: Value) -> String {
    let mut body: Value = serde_json::from_str(BODY).unwrap();
    let (Value::Object(own), Value::Object(changes)) = (&mut body, changes) else { panic!("objects") };
    own.extend(changes);
    body.to_string()
}

fn subject_of(changes: Value) -> Subject {
    let mut notices = read(&changed(changes));
    assert_eq!(notices.len(), 1);
    notices.remove(0).subject
}

fn record(record_type: RecordType, id: &str) -> Subject {
    Subject::Record(record_type, id.into())
}

fn open(site: &str, company: &str) -> BTreeMap<String, String> {
    [("site", site), ("company_id", company)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn sign(key: &[u8], body: &[u8]) -> String {
    STANDARD.encode(<Hmac<Sha256> as Mac>::new_from_slice(key).unwrap().chain_update(body).finalize().into_bytes())
}

#[test]
fn the_recorded_delivery_proves_itself_under_the_key_that_the_server_serves() {
    assert_eq!(BODY.len(), 463);
    let key = (KEY.key)(br#"{"signing_key":"test-signing-key"}"#).unwrap();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "2eae0511df4e58ec738ec1f8661a46876269c0b5534fbf993af0cdc23b54949c");
    assert_eq!(sign(&key, BODY.as_bytes()), SIGNATURE);
    assert_ne!(sign(&key, BODY.replace("57961", "57962").as_bytes()), SIGNATURE);
}

#[test]
fn the_event_of_the_gateway_carries_that_delivery() {
    let event: Value = serde_json::from_str(DELIVERY).unwrap();
    assert_eq!((event["body"].as_str(), event["isBase64Encoded"].as_bool()), (Some(BODY), Some(false)));
    assert_eq!(event["headers"][KEY.header], SIGNATURE);
    assert_eq!(event["rawQueryString"], "recordId=57961&action=updated");
}

#[test]
fn what_is_no_key_is_none() {
    for answer in ["", "{}", "<html>", r#"{"signing_key":""}"#, r#"{"signing_key":null}"#] {
        assert_eq!((KEY.key)(answer.as_bytes()), None, "{answer}");
    }
}

#[test]
fn a_delivery_names_the_record_and_its_own_id() {
    let expected = Notice {
        id: Some("6dd82302-5e46-47c0-8c84-702868125b76".to_owned()),
        sent_at: None,
        subject: record(RecordType::Contacts, "57961"),
    };
    assert_eq!(read(BODY), [expected]);
}

#[test]
fn each_type_is_a_record_type_and_others_are_nothing() {
    assert_eq!(subject_of(json!({ "Type": "company", "ID": 250 })), record(RecordType::Companies, "250"));
    assert_eq!(subject_of(json!({ "Type": "Member", "ID": 176 })), record(RecordType::Users, "176"));
    let deleted = json!({ "Type": "ticket", "ID": 48213, "Action": "deleted", "Entity": null });
    assert_eq!(subject_of(deleted), record(RecordType::Tickets, "48213"));
    for other in ["project", "opportunity", "activity", "schedule", "configuration", ""] {
        assert_eq!(subject_of(json!({ "Type": other })), Subject::Nothing, "{other}");
    }
    assert_eq!(subject_of(json!({ "ID": null })), Subject::Something);
}

#[test]
fn tickets_of_projects_are_nothing() {
    let of = |entity: &str| subject_of(json!({ "Type": "ticket", "ID": 7, "Entity": entity }));
    assert_eq!(of(r#"{"id":7,"recordType":"ProjectTicket"}"#), Subject::Nothing);
    assert_eq!(of(r#"{"id":7,"recordType":"ServiceTicket"}"#), record(RecordType::Tickets, "7"));
    assert_eq!(of("{cut"), record(RecordType::Tickets, "7"), "in doubt it is looked at");
}

#[test]
fn nothing_but_ids_is_taken_and_nonsense_does_no_harm() {
    for nonsense in ["", "<html>", "7", "\u{0}"] {
        assert_eq!(read(nonsense), [Notice { id: None, sent_at: None, subject: Subject::Something }], "{nonsense:?}");
    }
    assert_eq!(read("{}"), [Notice { id: None, sent_at: None, subject: Subject::Nothing }]);
}

#[test]
fn the_key_is_called_at_the_tenants_own_site_only() {
    let own = open("na.myconnectwise.net", "Acme");
    let address = |key_url: &str| {
        let body = changed(json!({ "Metadata": { "key_url": key_url } }));
        (KEY.address)(body.as_bytes(), &own).map(|url| url.to_string())
    };
    let path = "/v2025_1//system/callbackkey/index.rails?companyName=acme&id=e17e6674";
    for host in ["na.myconnectwise.net", "api-na.myconnectwise.net", "NA.myconnectwise.net:443"] {
        let url = address(&format!("https://{host}{path}")).unwrap();
        assert!(url.ends_with(path), "{url}");
    }
    let elsewhere = Err(Rejection::KeyHost);
    for host in [
        "evil.example",
        "eu.myconnectwise.net",
        "na.myconnectwise.net.evil.example",
        "evil-na.myconnectwise.net",
        "127.0.0.1",
        "[::1]",
        "na.myconnectwise.net:8443",
    ] {
        assert_eq!(address(&format!("https://{host}{path}")), elsewhere, "{host}");
    }
    let not_plain = Err(Rejection::KeyAddress);
    assert_eq!(address(&format!("http://na.myconnectwise.net{path}")), not_plain);
    assert_eq!(address(&format!("https://na.myconnectwise.net@evil.example{path}")), not_plain);
    assert_eq!(address(&format!("https://u:p@na.myconnectwise.net{path}")), not_plain);
    assert_eq!(address(&format!("https://na.myconnectwise.net{path}#x")), not_plain);
    for nothing in ["", "na.myconnectwise.net", "//na.myconnectwise.net"] {
        assert_eq!(address(nothing), Err(Rejection::KeyMissing), "{nothing}");
    }
}

#[test]
fn the_key_is_the_tenants_own_at_its_one_path() {
    let own = open("na.myconnectwise.net", "acme");
    let address = |rest: &str| {
        let body = changed(json!({ "Metadata": { "key_url": format!("https://na.myconnectwise.net{rest}") } }));
        (KEY.address)(body.as_bytes(), &own).map(drop)
    };
    let key = "/v2025_1//system/callbackkey/index.rails";
    assert_eq!(address(&format!("{key}?id=1&companyname=ACME")), Ok(()));
    assert_eq!(address(&format!("{key}?companyName=globex&id=1")), Err(Rejection::KeyAddress));
    let unknown = Err(Rejection::KeyAddress);
    // Of two companies the server might take the other.
    assert_eq!(address(&format!("{key}?companyName=acme&companyName=globex&id=1")), unknown);
    assert_eq!(address(&format!("{key}?companyName=acme&id=1&redirect=x")), unknown);
    assert_eq!(address(&format!("{key}?companyName=acme")), unknown);
    assert_eq!(address(key), unknown);
    let other_path = Err(Rejection::KeyAddress);
    assert_eq!(address("/v2025_1/apis/3.0/system/info?companyName=acme&id=1"), other_path);
    assert_eq!(address("/system/callbackkey/index.rails/../../x?companyName=acme&id=1"), other_path);
}

#[test]
fn without_a_site_or_a_company_nothing_is_called() {
    let address = |open: &BTreeMap<String, String>| (KEY.address)(BODY.as_bytes(), open).map(drop);
    assert_eq!(address(&open("na.myconnectwise.net", "acme")), Ok(()));
    assert_eq!(address(&BTreeMap::new()), Err(Rejection::KeyAddress));
    assert_eq!(address(&open("na.myconnectwise.net", "")), Err(Rejection::KeyAddress));
    let site = [("site".to_owned(), "na.myconnectwise.net".to_owned())].into();
    assert_eq!(address(&site), Err(Rejection::KeyAddress));
    assert_eq!((KEY.address)(b"<html>", &open("na.myconnectwise.net", "acme")).map(drop), Err(Rejection::KeyMissing));
}
