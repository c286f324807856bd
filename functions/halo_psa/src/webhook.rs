//! Halo's webhook deliveries as notices: one event, or a batch of them.
//!
//! Only tickets have events. What a delivery says of the ticket is not used: the ticket is read again.

use connector::lenient::{Int, Text};
use connector::webhook::{Notice, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One event. The payload is "small object", "full object" or "event information only": these keys are in all of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    /// A guid of its own for each sending.
    id: Text,
    event: Text,
    object_id: Int,
}

pub(crate) fn notices(body: &[u8]) -> Vec<Notice> {
    let batch = serde_json::from_slice::<Vec<&RawValue>>(body);
    match batch.or_else(|_| serde_json::from_slice::<&RawValue>(body).map(|event| vec![event])) {
        Ok(events) => events.into_iter().map(|event| notice(event.get())).collect(),
        // A payload that somebody made up is a sign all the same.
        Err(_) => vec![about(Subject::Something)],
    }
}

fn notice(event: &str) -> Notice {
    let Ok(event) = serde_json::from_str::<Event>(event) else { return about(Subject::Something) };
    let Some(phrase) = event.event.get() else { return about(Subject::Something) };
    let subject = match event.object_id.id() {
        Some(id) if is_about_a_ticket(phrase) => Subject::Record(RecordType::Tickets, ExternalId::new(id.to_string())),
        _ => Subject::Nothing,
    };
    Notice { id: event.id.owned(), ..about(subject) }
}

const fn about(subject: Subject) -> Notice {
    // The stamp in it is proven by nothing: only the password is.
    Notice { id: None, sent_at: None, subject }
}

/// "new ticket logged", "ticket status changed", "`Ticket_Deleted`", "closed"; warnings of agreements are none.
fn is_about_a_ticket(phrase: &str) -> bool {
    let phrase = phrase.to_lowercase().replace('_', " ");
    let mut words = phrase.split_whitespace();
    words.clone().eq(["closed"]) || words.any(|word| word == "ticket")
}

#[cfg(test)]
mod tests {
    use connector::webhook::Verify;
    use serde_json::{Value, json};

    use super::*;
    use crate::DESCRIPTOR;

    /// Captured, names and texts changed.
    const CAPTURED: &str = r#"{"id":"8e25bc7b-e07e-4102-9398-5d6647e1e79d",
        "webhook_id":"53232637-7724-4a19-b126-3c7267a292aa","notification_id":41,
        "escmsg_id":"a726ee11-acb8-f111-8260-02725cb0e102","event":"ticket status changed",
        "message":"The status has been changed for Ticket ID: 0004242.","object_id":4242,"agent_id":3,
        "timestamp":"2026-09-25T06:41:08.7895915Z",
        "ticket":{"id":4242,"summary":"redacted","status_id":9,"tickettype_id":25,"client_id":1,"team_id":5,"agent_id":3,
        "customfields":[],"hasbeenclosed":true}}"#;

    fn told(body: &str) -> Vec<Notice> {
        notices(body.as_bytes())
    }

    fn ticket(id: Option<&str>, ticket: &str) -> Notice {
        let subject = Subject::Record(RecordType::Tickets, ticket.into());
        Notice { id: id.map(str::to_owned), ..about(subject) }
    }

    #[test]
    fn a_captured_delivery_names_its_ticket() {
        assert_eq!(told(CAPTURED), [ticket(Some("8e25bc7b-e07e-4102-9398-5d6647e1e79d"), "4242")]);
    }

    #[test]
    fn the_sample_event_is_the_captured_delivery_with_basic_authentication() {
        let event: Value = serde_json::from_str(include_str!("../../../events/webhook-halo-psa.json")).unwrap();
        assert_eq!(told(event["body"].as_str().unwrap()), told(CAPTURED));
        assert!(event["headers"]["authorization"].as_str().unwrap().starts_with("Basic "));
        let webhook = DESCRIPTOR.webhook.as_ref().unwrap();
        assert!(matches!(webhook.verify, Verify::Basic { user: "portal" }));
    }

    #[test]
    fn a_batch_is_as_many_events() {
        let event = |id: &str, phrase: &str, object: u32| json!({"id": id, "event": phrase, "object_id": object});
        let batch = json!([event("a", "New Ticket Logged", 7), event("b", "ticket_deleted", 8), 5, event("c", "x", 9)]);
        let nothing = Notice { id: Some("c".to_owned()), ..about(Subject::Nothing) };
        let expected = [ticket(Some("a"), "7"), ticket(Some("b"), "8"), about(Subject::Something), nothing];
        assert_eq!(told(&batch.to_string()), expected);
        assert_eq!(told("[]"), []);
    }

    #[test]
    fn phrases_are_compared_without_case_and_unknown_ones_are_about_nothing() {
        let of = |phrase: &str| told(&json!({"event": phrase, "object_id": 7.0}).to_string()).remove(0).subject;
        for phrase in
            ["new ticket logged", "Ticket Updated by User", "TICKET_STATUS_CHANGED", "ticket reassigned", "Closed"]
        {
            assert_eq!(of(phrase), Subject::Record(RecordType::Tickets, "7".into()), "{phrase}");
        }
        for phrase in ["1st sla warning", "new user created", "ticketing", "appointment closed"] {
            assert_eq!(of(phrase), Subject::Nothing, "{phrase}");
        }
        let nobody = json!({"event": "ticket deleted", "object_id": 0});
        assert_eq!(told(&nobody.to_string())[0].subject, Subject::Nothing);
    }

    #[test]
    fn what_cannot_be_read_is_about_something() {
        for body in ["", "<xml/>", "{", "\"ticket\"", "7", "{}", "{\"event\":null}"] {
            assert_eq!(told(body), [about(Subject::Something)], "{body}");
        }
    }
}
