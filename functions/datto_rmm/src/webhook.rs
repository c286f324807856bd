//! A monitor's webhook as notices.
//!
//! The body is a template that a person pasted, into which Datto puts values without escaping them: a quote in an alert's text
//! breaks the JSON. So the alert's uid is looked for in the text, and nothing else is believed. *Test* in Datto's screens sends
//! the variables as they stand.
//!
//! Raised and resolved have one template, so the two bodies of an alert are equal; Datto sends nothing twice.

use connector::webhook::{Notice, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;

use crate::session::is_uid;

/// The body to enter at Datto.
pub(crate) const TEMPLATE: &str = r#"{"event":"alert_triggered","alert_uid":"[alert_uid]","device_hostname":"[device_hostname]","site":"[sitename]","message":"[alert_message]","platform":"[platform]"}"#;

/// Names under which bodies in use carry the uid, lower case.
const KEYS: &[&str] = &["alert_uid", "alertuid"];

pub(crate) fn notices(body: &[u8]) -> Vec<Notice> {
    let text = String::from_utf8_lossy(body);
    // The first that has one: in our template nothing that a person wrote stands before it.
    let subject = match values(&text).next() {
        Some(uid) if is_uid(uid) => Subject::Record(RecordType::Alerts, ExternalId::new(uid)),
        Some(uid) if is_variable(uid) => Subject::Nothing,
        // A body of somebody's own making: something has happened, and Datto does not say what.
        _ => Subject::Something,
    };
    vec![Notice { id: None, sent_at: None, subject }]
}

/// The values of keys that may hold the uid.
fn values(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('"').filter_map(|(at, _)| {
        let (key, rest) = text[at + 1..].split_once('"')?;
        if !KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            return None;
        }
        let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        value.split('"').next().map(str::trim)
    })
}

/// `[alert_uid]`: nothing was put in its place.
fn is_variable(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(']')
}

#[cfg(test)]
mod tests;
