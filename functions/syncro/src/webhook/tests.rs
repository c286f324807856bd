use serde_json::{Value, json};

use super::*;

fn about(body: &str) -> Subject {
    let mut notices = notices(body.as_bytes());
    let notice = notices.pop().unwrap();
    assert_eq!((notices.len(), notice.id, notice.sent_at), (0, None, None), "the whole body stands for it");
    notice.subject
}

fn ticket(id: &str) -> Subject {
    Subject::Record(RecordType::Tickets, id.into())
}

/// With the paths of fields that public workflows read.
fn status_changed() -> Value {
    json!({"text": "Ticket #5028 - Printer down: status changed to In Progress", "html": "<p>..</p>",
        "link": "https://acme.syncromsp.com/tickets/108443837",
        "attributes": {"id": 108443837, "number": 5028, "subject": "Printer down", "status": "In Progress", "customer_id": 123,
            "customer_business_then_name": "Contoso Ltd", "created_at": "2026-04-01T10:00:00.000Z",
            "updated_at": "2026-04-01T10:05:00.000Z"}})
}

#[test]
fn the_sample_event_is_about_its_ticket() {
    let event: Value = serde_json::from_str(include_str!("../../../../events/webhook-syncro.json")).unwrap();
    assert_eq!(event["rawPath"].as_str().unwrap().split('/').nth(2), Some("syncro"));
    assert_eq!(about(event["body"].as_str().unwrap()), ticket("108443837"));
}

#[test]
fn attributes_tell_what_it_is_about() {
    let with = |attributes: Value| about(&json!({ "attributes": attributes, "link": "x" }).to_string());
    assert_eq!(about(&status_changed().to_string()), ticket("108443837"));
    assert_eq!(with(json!({"id": "7", "number": 1, "status": null})), ticket("7"));
    assert_eq!(with(json!({"id": 9, "ticket_id": 7, "body": "hello"})), ticket("7"));
    let customer = json!({"id": 5, "business_then_name": "Contoso", "disabled": false});
    assert_eq!(with(customer), Subject::Record(RecordType::Companies, "5".into()));
    let contact = json!({"id": 6, "name": "Ann", "customer_id": 5, "opt_out": false});
    assert_eq!(with(contact), Subject::Record(RecordType::Contacts, "6".into()));
    let alert = json!({"id": 4, "computer_name": "PC-1", "formatted_output": "offline", "resolved": false});
    assert_eq!(with(alert), Subject::Nothing);
}

#[test]
fn what_is_not_understood_means_that_something_changed() {
    let opaque = [
        "",
        "Ticket #5028 was created",
        "<p>hello</p>",
        "[]",
        "null",
        "{\"attributes\":[]}",
        "{\"text\":\"x\"}",
        "text=Ticket+created&link=x",
        "{\"attributes\":{\"id\":{},\"number\":1,\"status\":\"New\"}}",
        "{\"attributes\":{\"id\":3}}",
    ];
    for body in opaque {
        assert_eq!(about(body), Subject::Something, "{body}");
    }
    assert_eq!(notices(b"\xff\xfe")[0].subject, Subject::Something);
}
