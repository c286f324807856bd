//! A notification of Syncro's as notices.
//!
//! It names no event: what it is about shows in its attributes. It may be no JSON at all, and then something has changed.
//! Nothing in it tells one sending from the next, so the whole body stands for it.

use connector::lenient::{Int, Text};
use connector::webhook::{Notice, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Notification {
    attributes: Map<String, Value>,
}

pub(crate) fn notices(body: &[u8]) -> Vec<Notice> {
    let read = serde_json::from_slice::<Notification>(body);
    let subject = read.map_or(Subject::Something, |notification| subject(&notification.attributes));
    vec![Notice { id: None, sent_at: None, subject }]
}

fn subject(attributes: &Map<String, Value>) -> Subject {
    let has = |key: &str| attributes.contains_key(key);
    let id = |key: &str| attributes.get(key).and_then(|id| Int::deserialize(id).ok()?.id());
    let about = |record_type, key: &str| {
        id(key).map_or(Subject::Something, |id| Subject::Record(record_type, ExternalId::new(id.to_string())))
    };
    // Alerts of the monitoring are no records of ours.
    if has("formatted_output") || has("computer_name") {
        return Subject::Nothing;
    }
    if has("number") && has("status") {
        return about(RecordType::Tickets, "id");
    }
    // A comment, should one come by itself.
    if has("ticket_id") {
        return about(RecordType::Tickets, "ticket_id");
    }
    if has("business_then_name") && has("disabled") {
        return about(RecordType::Companies, "id");
    }
    let is_text = |key: &str| attributes.get(key).is_some_and(|text| Text::deserialize(text).is_ok());
    if has("customer_id") && has("opt_out") && is_text("name") {
        return about(RecordType::Contacts, "id");
    }
    Subject::Something
}

#[cfg(test)]
mod tests;
