//! Answers and errors as SCORM Cloud writes them.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exchange::Answer;
use crate::vendor::Odd;

/// Why a request is refused. SIM CHOICE: the words; only `message` is documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reject {
    Invalid(String),
    Forbidden(&'static str),
    NotFound(&'static str),
    Exists(u16),
}

impl Reject {
    pub(super) fn answer(self) -> Answer {
        let (status, message) = match self {
            Self::Invalid(message) => (StatusCode::BAD_REQUEST, message),
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, message.to_owned()),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, message.to_owned()),
            Self::Exists(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT);
                (status, "A registration with this id already exists.".to_owned())
            }
        };
        Answer::json(status, &json!({ "message": message }))
    }
}

pub(super) fn fields(body: &[u8]) -> Result<Map<String, Value>, Reject> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Reject::Invalid("the body is no JSON object".to_owned())),
    }
}

/// A segment of a path.
pub(super) fn decoded(segment: &str) -> String {
    let form = format!("x={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// `2026-05-02T11:30:00.000Z`
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    object(match (record_type, odd) {
        ("courses", Odd::Malformed) => json!({"title": {"en": "a"}, "updated": true}),
        ("courses", Odd::UnknownEnum) => json!({"courseLearningStandard": "HOLOGRAM"}),
        ("registrations", Odd::Malformed) => json!({"course": "excel", "score": "high"}),
        ("registrations", Odd::UnknownEnum) => {
            json!({"registrationCompletion": "PONDERING", "registrationSuccess": "MAYBE"})
        }
        _ => json!({}),
    })
}
