//! Halo's ways of writing things: dates in three shapes, .NET exceptions, arrays in, numbers.

use axum::http::StatusCode;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::exchange::Answer;
use crate::vendor::Odd;

/// "No date", in the shapes seen.
pub(super) const NO_DATE: [&str; 3] = ["0001-01-01T00:00:00", "1899-12-30T00:00:00", "1900-01-01T00:00:00"];

/// Fields that hold whole numbers. A float in one is refused, also in those that Halo itself shows as floats.
const WHOLE: &[&str] = &[
    "id",
    "client_id",
    "site_id",
    "user_id",
    "agent_id",
    "ticket_id",
    "status_id",
    "new_status",
    "priority_id",
    "tickettype_id",
    "outcome_id",
    "team_id",
    "toplevel_id",
    "sla_id",
    "main_site_id",
    "maincontact_id",
    "impact",
    "urgency",
    "source",
    "linked_agent_id",
    "parent_id",
    "new_agent",
    "actionby_user_id",
    "actionby_agent_id",
];

/// A date as Halo writes it; which of the three shapes depends on the record.
pub(super) fn date(at: Timestamp, id: i64) -> Value {
    let utc = Offset::UTC.to_datetime(at);
    let fraction = utc.subsec_nanosecond();
    let seconds = utc.strftime("%Y-%m-%dT%H:%M:%S");
    Value::String(match id.rem_euclid(3) {
        0 => format!("{seconds}.{:07}Z", fraction / 100),
        1 => format!("{seconds}.{:03}Z", fraction / 1_000_000),
        _ => format!("{seconds}.{:02}", fraction / 10_000_000),
    })
}

/// A date in the answer to a write: of what is in memory, seven decimals; the database keeps two or three of them.
pub(super) fn finer(kept: &Value) -> Option<Value> {
    const DECIMALS: &str = "9746271";
    let (seconds, decimals) = kept.as_str()?.trim_end_matches('Z').split_once('.')?;
    let unkept = DECIMALS.get(decimals.len()..)?;
    Some(format!("{seconds}.{decimals}{unkept}Z").into())
}

/// A date in a query: with Z or an offset, without zone (UTC), or a day alone.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // A plus sign that was not encoded arrives as a blank.
    let text = text.replace(' ', "+");
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = text.parse::<DateTime>().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Moves a bound by the hours of `utcoffset`.
pub(super) fn without_offset(at: Timestamp, hours: f64) -> Timestamp {
    let shift = SignedDuration::try_from_secs_f64(hours * 3_600.0).unwrap_or_default();
    at.checked_sub(shift).unwrap_or(at)
}

/// Why Halo refuses.
#[derive(Debug)]
pub(super) enum Reject {
    /// A serialised .NET exception.
    Exception(String),
    /// A model that does not bind.
    Binding {
        field: String,
        message: String,
    },
    /// 400 without a word.
    Blank,
    NotFound,
}

impl Reject {
    pub(super) fn exception(message: impl Into<String>) -> Self {
        Self::Exception(message.into())
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Exception(message) => message.clone(),
            Self::Binding { field, message } => format!("{field}: {message}"),
            Self::Blank => "a bad request".to_owned(),
            Self::NotFound => "not found".to_owned(),
        }
    }

    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Exception(message) => Answer::json(
                StatusCode::BAD_REQUEST,
                &json!({"ClassName": "System.Exception", "Message": message, "Data": null, "InnerException": null,
                    "HelpURL": null, "StackTraceString": null, "HResult": -2_146_233_088_i64, "Source": null}),
            ),
            Self::Binding { field, message } => Answer::json(
                StatusCode::BAD_REQUEST,
                &json!({"errors": {field: [message]}, "title": "One or more validation errors occurred.",
                    "status": 400}),
            ),
            Self::Blank => Answer::empty(StatusCode::BAD_REQUEST),
            Self::NotFound => Answer::empty(StatusCode::NOT_FOUND),
        }
    }
}

/// The objects of a request body, which must be an array.
pub(super) fn items(body: &[u8]) -> Result<Vec<Map<String, Value>>, Reject> {
    let binding = |field: &str, message: &str| Reject::Binding { field: field.to_owned(), message: message.to_owned() };
    let parsed = serde_json::from_slice(body).map_err(|_| binding("", "The request body is not valid JSON."))?;
    let Value::Array(items) = parsed else {
        return Err(binding("", "The JSON value could not be converted: an array is required."));
    };
    let objects = items.into_iter().enumerate().map(|(index, item)| match item {
        Value::Object(fields) => whole_numbers(fields, index),
        _ => Err(binding(&format!("[{index}]"), "The JSON value could not be converted to an object.")),
    });
    objects.collect()
}

/// Refuses floats in whole fields, and takes numbers that came as text.
fn whole_numbers(mut fields: Map<String, Value>, index: usize) -> Result<Map<String, Value>, Reject> {
    for name in WHOLE {
        let Some(value) = fields.get_mut(*name) else { continue };
        match value {
            Value::Number(number) if number.is_f64() => {
                let message = format!("Input string '{number}' is not a valid integer.");
                return Err(Reject::Binding { field: format!("[{index}].{name}"), message });
            }
            Value::String(text) => match text.trim().parse::<i64>() {
                Ok(number) => *value = number.into(),
                Err(_) => {
                    let message = format!("Could not convert string to integer: {text}.");
                    return Err(Reject::Binding { field: format!("[{index}].{name}"), message });
                }
            },
            _ => {}
        }
    }
    Ok(fields)
}

/// Text of a fragment of HTML.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            other if !in_tag => text.push(other),
            _ => {}
        }
    }
    text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").trim().to_owned()
}

/// Fields that make a row of a type odd.
pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    let fields = match (odd, record_type) {
        (Odd::Malformed, "tickets") => json!({"summary": {"text": 1}, "status_id": "soon", "client_id": [1]}),
        (Odd::Malformed, "actions") => json!({"note": [1, 2], "hiddenfromuser": "perhaps"}),
        (Odd::Malformed, "contacts") => json!({"name": ["?"], "site_id": {"id": 1}, "inactive": "perhaps"}),
        (Odd::Malformed, "agents") => json!({"name": ["?"], "isdisabled": "perhaps"}),
        (Odd::Malformed, _) => json!({"name": ["?"], "inactive": "perhaps"}),
        (Odd::UnknownEnum, "tickets") => json!({"status_id": 987, "priority_id": 987, "tickettype_id": 987}),
        (Odd::UnknownEnum, "contacts") => json!({"role_list": "987", "relationship_id": 987}),
        (Odd::UnknownEnum, "agents") => json!({"licence_type": 987, "onlinestatus": 987}),
        (Odd::UnknownEnum, "actions") => json!({"outcome_id": 987, "outcome": "Novel", "who_type": 987}),
        (Odd::UnknownEnum, _) => json!({"customertype": 987, "stopped": 987}),
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Takes the object out of a `json!` literal.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
