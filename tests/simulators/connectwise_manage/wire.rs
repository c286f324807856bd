//! ConnectWise's ways of writing things: dates, references, refusals.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exchange::Answer;
use crate::vendor::Odd;

/// UTC and whole seconds.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The fields of an object in code.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The id in a reference.
pub(super) fn id_of(value: Option<&Value>) -> Option<i64> {
    value?.get("id")?.as_i64()
}

/// One thing that is wrong with what was sent.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) field: String,
}

/// Why ConnectWise refuses.
#[derive(Clone, Debug)]
pub(super) enum Reject {
    /// What was sent is not valid: the kind of object, and what is wrong with it.
    Invalid(&'static str, Vec<Problem>),
    /// The query cannot be read.
    Query(String),
    /// No such record: its kind and id.
    NotFound(&'static str, String),
    /// No such path.
    NoEndpoint,
    /// The role lacks the right.
    Forbidden,
    /// The method is not known there.
    Method,
    /// A body that is not what the call takes.
    Body(String),
}

impl Reject {
    pub(super) fn field(kind: &'static str, code: &'static str, field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(kind, vec![Problem { code, message: message.into(), field: field.to_owned() }])
    }

    pub(super) fn missing(kind: &'static str, field: &str) -> Self {
        Self::field(kind, "MissingRequiredField", field, format!("The {field} field is required."))
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Invalid(kind, problems) => {
                let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
                format!("{kind} object is invalid: {}", told.join("; "))
            }
            Self::Query(message) | Self::Body(message) => message.clone(),
            Self::NotFound(kind, id) => format!("{kind} {id} not found"),
            Self::NoEndpoint => "The endpoint does not exist.".to_owned(),
            Self::Forbidden => "You do not have security permission to perform this action.".to_owned(),
            Self::Method => "The method is not supported.".to_owned(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let told = |status: StatusCode, code: &str| {
            Answer::json(status, &json!({"code": code, "message": self.message(), "errors": null}))
        };
        match self {
            Self::Invalid(kind, problems) => {
                let errors: Vec<Value> = problems
                    .iter()
                    .map(|problem| {
                        json!({"code": problem.code, "message": problem.message, "resource": kind, "field": problem.field})
                    })
                    .collect();
                let message = format!("{kind} object is invalid");
                let body = json!({"code": "InvalidObject", "message": message, "errors": errors});
                Answer::json(StatusCode::BAD_REQUEST, &body)
            }
            Self::Query(_) => told(StatusCode::BAD_REQUEST, "InvalidQuery"),
            Self::Body(_) => told(StatusCode::BAD_REQUEST, "InvalidBody"),
            Self::NotFound(..) => told(StatusCode::NOT_FOUND, "NotFound"),
            Self::NoEndpoint => told(StatusCode::NOT_FOUND, "ConnectWiseApi"),
            // SIM CHOICE: the message is recorded, the code is not.
            Self::Forbidden => told(StatusCode::FORBIDDEN, "SecurityException"),
            Self::Method => told(StatusCode::METHOD_NOT_ALLOWED, "ConnectWiseApi"),
        }
    }
}

/// Fields that make a row odd.
pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    let fields = match (odd, record_type) {
        (Odd::Malformed, "companies") => json!({"name": {"en": "Acme"}, "status": "Active"}),
        (Odd::Malformed, "contacts") => json!({"firstName": ["Ada"], "communicationItems": "none"}),
        (Odd::Malformed, "members") => json!({"firstName": {"given": "Ada"}, "inactiveFlag": "perhaps"}),
        (Odd::Malformed, "tickets") => json!({"summary": {"text": "Printer"}, "closedFlag": 7}),
        (Odd::Malformed, _) => json!({"name": {}, "id": {}}),
        (Odd::UnknownEnum, "tickets") => json!({"severity": "Galactic", "impact": "Cosmic", "billTime": "Perhaps",
            "recordType": "ChangeRequest"}),
        (Odd::UnknownEnum, "members") => json!({"licenseClass": "Q", "defaultEmail": "Pager", "defaultPhone": "Pager"}),
        (Odd::UnknownEnum, "contacts") => json!({"gender": "Unsaid", "presence": "Everywhere"}),
        (Odd::UnknownEnum, _) => json!({"ownershipKind": "Cooperative"}),
    };
    object(fields)
}
