//! Syncro's ways of writing things: envelopes, pages, dates, and errors of a different shape at each endpoint.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::vendor::Odd;

const NOT_AUTHORISED: &str = "Not authorized. Please ask account admin to update your group permissions.";

/// Why Syncro refuses, in the shape of the endpoint.
#[derive(Debug)]
pub(super) enum Reject {
    NotFound,
    /// `{"error": ".."}`
    Error(&'static str),
    /// `{"success": false, "message": [..], "params": {..}}`
    Messages(Vec<String>, Option<Value>),
    /// `{"record": {..}, "errors": ".."}`, of contacts.
    Record(Value, String),
    /// No JSON object.
    Unreadable,
}

impl Reject {
    pub(super) fn message(&self) -> String {
        match self {
            Self::NotFound => "not found".to_owned(),
            Self::Error(text) => (*text).to_owned(),
            Self::Messages(messages, _) => messages.join(", "),
            Self::Record(_, message) => message.clone(),
            Self::Unreadable => "no JSON object".to_owned(),
        }
    }

    pub(super) fn answer(self) -> Answer {
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        match self {
            Self::NotFound => Answer::json(StatusCode::NOT_FOUND, &json!({"message": "Not found"})),
            Self::Error(text) => Answer::json(refused, &json!({"error": text})),
            Self::Messages(messages, None) => Answer::json(refused, &json!({"success": false, "message": messages})),
            Self::Messages(messages, Some(params)) => {
                Answer::json(refused, &json!({"success": false, "message": messages, "params": params}))
            }
            Self::Record(record, message) => Answer::json(refused, &json!({"record": record, "errors": message})),
            Self::Unreadable => Answer::json(StatusCode::BAD_REQUEST, &json!({"message": ["Bad request"]})),
        }
    }
}

/// A permission is missing on the token: a 401 that only its text tells from a bad token.
pub(super) fn not_authorised(knobs: &Knobs) -> Answer {
    let status = knobs.quirk("permission_status").and_then(|status| u16::try_from(status.as_u64()?).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::UNAUTHORIZED);
    Answer::json(status, &json!({"error": NOT_AUTHORISED}))
}

/// What a list answers to someone who may see nothing of it.
pub(super) fn nothing(record_type: &str) -> Answer {
    let key = if record_type == "technicians" { "users" } else { record_type };
    Answer::ok(&json!({key: [], "meta": {"total_pages": 1, "total_entries": 0, "page": 1}}))
}

/// A page of rows; the caller renders only those.
pub(super) struct Page<'a, T> {
    pub(super) rows: Vec<&'a T>,
    /// The page's number, the number of pages, the rows of a page and of all pages.
    pub(super) number: usize,
    pub(super) pages: usize,
    pub(super) size: usize,
    pub(super) total: usize,
}

impl<'a, T> Page<'a, T> {
    /// Pages count from one; one past the end has no rows, and an empty list has one page.
    pub(super) fn of(call: &Call, rows: Vec<&'a T>, size: usize) -> Self {
        let number = call.number("page").and_then(|page| usize::try_from(page).ok()).filter(|page| *page > 0);
        let (number, total, size) = (number.unwrap_or(1), rows.len(), size.max(1));
        let rows = rows.into_iter().skip((number - 1).saturating_mul(size)).take(size).collect();
        Self { rows, number, pages: total.div_ceil(size).max(1), size, total }
    }

    pub(super) fn meta(&self) -> Value {
        json!({"total_pages": self.pages, "total_entries": self.total, "per_page": self.size, "page": self.number})
    }
}

/// The JSON object of a request.
pub(super) fn fields(body: &[u8]) -> Result<Map<String, Value>, Reject> {
    serde_json::from_slice(body).map_err(|_| Reject::Unreadable)
}

/// A moment in UTC to the millisecond.
pub(super) fn date(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A moment to the second, as newer endpoints write it.
pub(super) fn seconds(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A date in a query: a timestamp, or a day alone, which begins at midnight in UTC. SIM CHOICE: the account's zone is the
/// other guess.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    // A plus sign that was not encoded arrives as a blank.
    let text = text.trim().replace(' ', "+");
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    text.parse::<Timestamp>().ok().or_else(day)
}

/// Fields that make a row of a type odd. A user's row is a pair: its fields are the places.
pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    let fields = match (odd, record_type) {
        (Odd::Malformed, "tickets") => json!({"subject": {"text": 1}, "customer_id": [1]}),
        (Odd::Malformed, "comments") => json!({"body": [1, 2], "hidden": "perhaps"}),
        (Odd::Malformed, "technicians") => json!({"1": {"name": 1}}),
        (Odd::Malformed, "customers") => json!({"business_name": ["?"], "disabled": "perhaps"}),
        (Odd::Malformed, _) => json!({"name": ["?"], "customer_id": {"id": 1}}),
        (Odd::UnknownEnum, "tickets") => {
            json!({"status": "Novel", "priority": "9 Cosmic", "problem_type": "Novel", "ticket_type_id": 987})
        }
        (Odd::UnknownEnum, "comments") => json!({"tech": "Novel", "is_rich_text": 7}),
        (Odd::UnknownEnum, "technicians") => json!({}),
        (Odd::UnknownEnum, _) => json!({"properties": {"Novel": [1]}, "opt_out": null}),
    };
    object(fields)
}

/// Takes the object out of a `json!` literal.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Text of a field, without blanks around it.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// Whether a field holds what Syncro takes for an address, or nothing.
pub(super) fn is_email(fields: &Map<String, Value>) -> bool {
    let email = text(fields, "email");
    email.is_empty() || (email.contains('@') && !email.contains(' '))
}
