//! What simulators send to a webhook is what their connectors understand.

use connector::Connector;
use connector::http::HeaderMap;
use connector::webhook::{Delivery, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::{App, Outgoing, Setup};
use std::sync::Arc;
use sync::ports::Clock;
use testkit::TestClock;

use crate::worlds::fields;

fn started(id: &str) -> (App, TestClock) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale: 0, seed: 1, clock: Arc::new(move || time.now()) };
    (simulators::by_id(id).unwrap().build(&setup), clock)
}

fn subjects(connector: &dyn Connector, call: &Outgoing) -> Vec<Subject> {
    let delivery = Delivery { headers: &HeaderMap::new(), query: "", body: &call.body };
    (connector.descriptor().webhook.unwrap().notices)(&delivery).into_iter().map(|notice| notice.subject).collect()
}

fn ticket(id: &Value) -> Subject {
    Subject::Record(RecordType::Tickets, ExternalId::new(id.to_string()))
}

/// A webhook with Basic authentication and the events that the set-up guide names.
fn subscribe(halo: &App, more: Value) -> Value {
    let mut webhook =
        fields(json!({"name": "Portal", "url": "https://portal.example/webhooks/halo-psa/t0ken", "type": 0,
        "method": 0, "content_type": "application/json", "authentication_type": 1, "basic_username": "portal",
        "basic_password": "hush", "payload_type": 0, "active": true}));
    webhook.extend(fields(more));
    let webhook = halo.create("webhooks", webhook).unwrap()["id"].clone();
    for event in [3, 19, 76, 39, 1_072] {
        let row = json!({"webhook_id": webhook, "type": -2, "delivery_method": 6, "eventno": event.to_string()});
        halo.create("notifications", fields(row)).unwrap();
    }
    webhook
}

fn phrases(call: &Outgoing) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    let events = body.as_array().cloned().unwrap_or_else(|| vec![body]);
    events.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn halo_tells_of_tickets_one_by_one_with_basic_authentication() {
    let (halo, _) = started("halo-psa");
    subscribe(&halo, json!({}));
    let created = halo.create("tickets", fields(json!({"summary": "Down", "details": "x", "client_id": 12}))).unwrap();
    let id = created["id"].to_string();
    halo.patch("tickets", &id, fields(json!({"status_id": 9})), false).unwrap();
    halo.create(
        "actions",
        fields(json!({"ticket_id": created["id"], "outcome": "Email User", "note": "hello",
        "actionby_user_id": 38})),
    )
    .unwrap();
    halo.delete("tickets", &id, false).unwrap();
    halo.patch("clients", "12", fields(json!({"name": "Renamed"})), false).unwrap();
    let calls = halo.deliveries();
    let told: Vec<String> = calls.iter().flat_map(phrases).collect();
    assert_eq!(
        told,
        ["new ticket logged", "ticket status changed", "closed", "ticket updated by user", "ticket deleted"]
    );
    for call in &calls {
        assert_eq!(call.url, "https://portal.example/webhooks/halo-psa/t0ken");
        assert!(call.headers.contains(&("authorization".to_owned(), "Basic cG9ydGFsOmh1c2g=".to_owned())), "{call:?}");
        assert_eq!(subjects(&halo_psa::CONNECTOR, call), [ticket(&created["id"])]);
    }
    assert_eq!(halo.deliveries().len(), 0, "each is given out once");
}

#[test]
fn halo_collects_a_batch_until_it_is_old_or_large() {
    let (halo, clock) = started("halo-psa");
    halo.set_quirk("webhook_event", json!("underscores"));
    subscribe(&halo, json!({"batch_method": 1, "batch_delay_seconds": 30, "batch_limit": 3}));
    let tickets = halo.dump()["tickets"].as_array().unwrap().clone();
    let touch = |index: usize, status: u32| {
        let id = tickets[index]["id"].to_string();
        halo.patch("tickets", &id, fields(json!({"status_id": status})), false).unwrap();
    };
    touch(0, 5);
    touch(1, 5);
    assert_eq!(halo.deliveries().len(), 0, "neither old nor large");
    clock.advance(SignedDuration::from_secs(31));
    let batch = halo.deliveries();
    assert_eq!(phrases(&batch[0]), ["ticket_status_changed", "ticket_status_changed"]);
    assert_eq!(subjects(&halo_psa::CONNECTOR, &batch[0]), [ticket(&tickets[0]["id"]), ticket(&tickets[1]["id"])]);
    for index in 0..3 {
        touch(index, 3);
    }
    assert_eq!(halo.deliveries().iter().map(|call| phrases(call).len()).collect::<Vec<_>>(), [3]);
}

#[test]
fn halo_repeats_nothing_by_itself_and_gives_up_after_so_many_failures() {
    let (halo, _) = started("halo-psa");
    let webhook = subscribe(&halo, json!({"auto_disable_attempts": 2}));
    let id = halo.dump()["tickets"][0]["id"].to_string();
    let tell = |status: u32| {
        halo.patch("tickets", &id, fields(json!({"status_id": status})), false).unwrap();
        halo.deliveries().into_iter().next().map(|call| call.id)
    };
    halo.delivered(tell(5).unwrap(), Some(500));
    assert_eq!(halo.deliveries().len(), 0, "a failure is not repeated");
    let entry = halo.dump()["webhook_events"][0]["id"].clone();
    halo.patch("webhook_events", entry.as_str().unwrap(), fields(json!({"resend": true})), false).unwrap();
    let again = halo.deliveries();
    assert_eq!(again.len(), 1, "unless a person sends it again");
    halo.delivered(again[0].id, Some(204));
    halo.delivered(tell(2).unwrap(), None);
    halo.delivered(tell(3).unwrap(), Some(404));
    let row = halo.dump()["webhooks"].as_array().unwrap().iter().find(|row| row["id"] == webhook).unwrap().clone();
    assert_eq!((&row["disabled"], &row["last_status"]), (&json!(true), &json!(404)));
    assert_eq!(tell(4), None, "two in a row switched it off");
}

#[test]
fn syncro_tells_of_tickets_and_of_new_people_without_saying_what_happened() {
    let (syncro, _) = started("syncro");
    let set = json!({"url": "https://portal.example/webhooks/syncro/t0ken"});
    syncro.create("notification_sets", fields(set)).unwrap();
    let customer = syncro.create("customers", fields(json!({"business_name": "Harbour Ltd"}))).unwrap()["id"].clone();
    let contact = syncro.create("contacts", fields(json!({"name": "Ann", "customer_id": customer}))).unwrap();
    let opened =
        syncro.create("tickets", fields(json!({"subject": "Down", "customer_id": customer}))).unwrap()["id"].clone();
    syncro.patch("tickets", &opened.to_string(), fields(json!({"status": "Resolved"})), false).unwrap();
    syncro.create("comments", fields(json!({"ticket_id": opened, "body": "hello"}))).unwrap();
    // Changes of fields tell nothing.
    syncro.patch("tickets", &opened.to_string(), fields(json!({"subject": "Up"})), false).unwrap();
    syncro.patch("customers", &customer.to_string(), fields(json!({"city": "Ashford"})), false).unwrap();
    let record = |record_type, id: &Value| Subject::Record(record_type, ExternalId::new(id.to_string()));
    let told: Vec<Subject> = syncro.deliveries().iter().flat_map(|call| subjects(&syncro::CONNECTOR, call)).collect();
    let expected = [
        record(RecordType::Companies, &customer),
        record(RecordType::Contacts, &contact["id"]),
        ticket(&opened),
        ticket(&opened),
        ticket(&opened),
    ];
    assert_eq!(told, expected);
}

#[test]
fn syncro_may_send_twice_and_in_plain_words() {
    let (syncro, _) = started("syncro");
    let set = json!({"url": "https://portal.example/x", "events": ["Ticket - Status was changed"]});
    syncro.create("notification_sets", fields(set)).unwrap();
    syncro.set_quirk("notification_times", json!(2));
    let ticket_id = syncro.dump()["tickets"][0]["id"].clone();
    let change = |status: &str| {
        syncro.patch("tickets", &ticket_id.to_string(), fields(json!({"status": status})), false).unwrap()
    };
    change("Scheduled");
    let calls = syncro.deliveries();
    assert_eq!(calls.iter().map(|call| &call.body).collect::<Vec<_>>(), [&calls[0].body, &calls[0].body]);
    assert_eq!(subjects(&syncro::CONNECTOR, &calls[0]), [ticket(&ticket_id)]);
    syncro.set_quirk("notification_body", json!("text"));
    change("In Progress");
    assert_eq!(subjects(&syncro::CONNECTOR, &syncro.deliveries()[0]), [Subject::Something]);
}

#[test]
fn datto_s_monitors_tell_of_alerts_in_json_that_may_be_broken() {
    let (datto, _) = started("datto-rmm");
    let template = r#"{"alert_uid":"[alert_uid]","site":"[sitename]","message":"[alert_message]"}"#;
    let hook =
        json!({"url": "https://portal.example/webhooks/datto-rmm/t0ken", "body": template, "resolved_body": template});
    let hook = datto.create("webhooks", fields(hook)).unwrap()["id"].as_str().unwrap().to_owned();
    let context = json!({"@class": "eventlog_ctx", "code": "7", "description": "a \"bad\" block\nof C:"});
    let alert = datto.create("alerts", fields(json!({"alertContext": context}))).unwrap()["alertUid"].clone();
    datto.patch("alerts", alert.as_str().unwrap(), fields(json!({"resolved": true})), false).unwrap();
    datto.patch("webhooks", &hook, fields(json!({"test": true})), false).unwrap();
    let calls = datto.deliveries();
    assert!(serde_json::from_slice::<Value>(&calls[0].body).is_err(), "it is no JSON any more");
    let told: Vec<Subject> = calls.iter().flat_map(|call| subjects(&datto_rmm::CONNECTOR, call)).collect();
    let about = || Subject::Record(RecordType::Alerts, alert.as_str().unwrap().into());
    assert_eq!(told, [about(), about(), Subject::Nothing]);
}
