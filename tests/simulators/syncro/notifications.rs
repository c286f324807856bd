//! Notification Sets: what an admin has Syncro tell an address of. Not in the API; a person makes them in the screens
//! (list `notification_sets` of the control plane, with `url` and, if not all, `events`).
//!
//! A call names no event, no time and no id, is not signed and is not repeated. Most changes of fields and merges tell
//! nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::state::State;
use super::wire::object;
use super::{contacts, customers, tickets};
use crate::knobs::Knobs;
use crate::records::{Record, Table};
use crate::vendor::Outgoing;

const TICKET_CREATED: &str = "Ticket - created (for anyone)";
const STATUS_CHANGED: &str = "Ticket - Status was changed";
const REPLIED: &str = "Ticket - Someone replied to any ticket";
const CONTACT_CREATED: &str = "Contact - created";
const CUSTOMER_CREATED: &str = "Customer - created";

#[derive(Default)]
pub(super) struct Notifications {
    pub(super) sets: Table<i64>,
    waiting: Vec<(i64, Vec<u8>, String)>,
    sent: Vec<i64>,
}

impl Notifications {
    fn tell(&mut self, event: &str, body: &Value) {
        for (id, set) in self.sets.rows.iter().filter(|(_, set)| !set.deleted) {
            let ticked = set.fields.get("events").and_then(Value::as_array);
            if ticked.is_none_or(|events| events.iter().any(|ticked| ticked == event)) {
                let text = body["text"].as_str().unwrap_or_default().to_owned();
                self.waiting.push((*id, body.to_string().into_bytes(), text));
            }
        }
    }

    /// What is to be sent, each once.
    pub(super) fn deliveries(&mut self, knobs: &Knobs) -> Vec<Outgoing> {
        let as_text = knobs.quirk("notification_body").is_some_and(|value| value == "text");
        let times = knobs.quirk("notification_times").and_then(|times| times.as_u64()).unwrap_or(1);
        let mut calls = Vec::new();
        for (set, body, text) in std::mem::take(&mut self.waiting) {
            let Some(url) = self.sets.get(&set).map(|set| set.text("url").to_owned()) else { continue };
            for _ in 0..times {
                let kind = if as_text { "text/plain" } else { "application/json" };
                calls.push(Outgoing {
                    id: self.sent.len() as u64,
                    url: url.clone(),
                    headers: vec![("content-type".to_owned(), kind.to_owned())],
                    body: if as_text { text.clone().into_bytes() } else { body.clone() },
                    // SIM CHOICE
                    patience: Duration::from_secs(10),
                });
                self.sent.push(set);
            }
        }
        calls
    }

    /// SIM CHOICE: a failure is noted and nothing follows from it.
    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>) {
        let set = usize::try_from(id).ok().and_then(|index| self.sent.get(index));
        if let Some(set) = set.and_then(|set| self.sets.get_mut(set)) {
            set.fields.insert("last_status".to_owned(), status.into());
        }
    }
}

fn body(text: &str, path: &str, attributes: &Map<String, Value>) -> Value {
    json!({"text": text, "html": format!("<p>{text}</p>"), "link": format!("https://{}{path}", super::HOST),
        "attributes": attributes})
}

/// The ticket's own fields, of which a list row has more.
fn about_ticket(state: &State, row: &Record, what: &str) -> Value {
    let knobs = Knobs::default();
    let mut attributes = tickets::detail(&state.view(&knobs), row);
    attributes.retain(|_, value| !value.is_array() && !value.is_object());
    let (id, number) = (row.int("id").unwrap_or_default(), row.int("number").unwrap_or_default());
    let text = format!("Ticket #{number} - {}: {what}", row.text("subject"));
    body(&text, &format!("/tickets/{id}"), &attributes)
}

pub(super) fn ticket_created(state: &mut State, id: i64) {
    let Some(row) = state.tickets.get(&id) else { return };
    let call = about_ticket(state, row, "created");
    state.notifications.tell(TICKET_CREATED, &call);
}

pub(super) fn status_changed(state: &mut State, id: i64) {
    let Some(row) = state.tickets.get(&id) else { return };
    let call = about_ticket(state, row, &format!("status changed to {}", row.text("status")));
    state.notifications.tell(STATUS_CHANGED, &call);
}

/// SIM CHOICE: the attributes are the ticket's, as of every ticket event.
pub(super) fn replied(state: &mut State, ticket: i64, comment: i64) {
    let Some(row) = state.tickets.get(&ticket) else { return };
    let said = state.comments.get(&comment).map(|comment| comment.text("body")).unwrap_or_default();
    let call = about_ticket(state, row, &format!("reply: {said}"));
    state.notifications.tell(REPLIED, &call);
}

pub(super) fn contact_created(state: &mut State, id: i64) {
    let Some(row) = state.contacts.get(&id) else { return };
    let call =
        body(&format!("Contact {} was created", row.text("name")), &format!("/contacts/{id}"), &contacts::show(row));
    state.notifications.tell(CONTACT_CREATED, &call);
}

pub(super) fn customer_created(state: &mut State, id: i64) {
    let Some(row) = state.customers.get(&id) else { return };
    let text = format!("Customer {} was created", customers::name(row));
    let call = body(&text, &format!("/customers/{id}"), &customers::without_contacts(row));
    state.notifications.tell(CUSTOMER_CREATED, &call);
}

pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({"id": id, "name": "Portal", "last_status": null}))
}
