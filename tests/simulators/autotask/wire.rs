//! Autotask's ways of writing things: errors in a list under status 500, dates, rows.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};

use super::schema::Entity;
use crate::exchange::Answer;
use crate::records::Record;
use crate::vendor::Odd;

/// Why Autotask refuses.
#[derive(Debug)]
pub(super) enum Reject {
    /// 500 with the texts.
    Errors(String),
    /// An unknown path or record.
    NotFound,
    /// A known path with another method.
    Method,
}

impl Reject {
    pub(super) fn errors(text: impl Into<String>) -> Self {
        Self::Errors(text.into())
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Errors(text) => text.clone(),
            Self::NotFound => "not found".to_owned(),
            Self::Method => "method not allowed".to_owned(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Errors(text) => errors(StatusCode::INTERNAL_SERVER_ERROR, text),
            Self::NotFound => Answer::json(
                StatusCode::NOT_FOUND,
                &json!({"Message": "No HTTP resource was found that matches the request URI."}),
            ),
            Self::Method => Answer::json(
                StatusCode::METHOD_NOT_ALLOWED,
                &json!({"Message": "The requested resource does not support this http method."}),
            ),
        }
    }
}

pub(super) fn errors(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &json!({"errors": [text]}))
}

/// 401 has no body, only the name of the server.
pub(super) fn unauthorized(host: &str) -> Answer {
    let mut answer = Answer::empty(StatusCode::UNAUTHORIZED);
    if let Ok(realm) = HeaderValue::from_str(&format!("Basic Realm=\"{host}\"")) {
        answer.headers.insert(WWW_AUTHENTICATE, realm);
    }
    answer
}

/// UTC with two or three decimals.
pub(super) fn date(at: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(at);
    let milliseconds = utc.subsec_nanosecond() / 1_000_000;
    let seconds = utc.strftime("%Y-%m-%dT%H:%M:%S");
    if milliseconds % 10 == 0 {
        format!("{seconds}.{:02}Z", milliseconds / 10)
    } else {
        format!("{seconds}.{milliseconds:03}Z")
    }
}

/// The day as in ticket numbers.
pub(super) fn day(at: Timestamp) -> String {
    Offset::UTC.to_datetime(at).strftime("%Y%m%d").to_string()
}

/// A row with every field of its entity, those asked for if any were; what is empty is null.
pub(super) fn row(entity: &Entity, record: &Record, include: &[String], pascal: bool) -> Value {
    let wanted = |name: &str| include.is_empty() || include.iter().any(|asked| asked.eq_ignore_ascii_case(name));
    let key = |name: &str| if pascal { pascal_case(name) } else { name.to_owned() };
    let mut row = Map::new();
    for field in entity.fields.iter().filter(|field| wanted(field.name)) {
        let value = record.fields.get(field.name).cloned().unwrap_or(Value::Null);
        // Secrets of webhooks can be set and not read (SIM CHOICE).
        let value = if field.name == "secretKey" { Value::Null } else { value };
        row.insert(key(field.name), value);
    }
    let own = record.fields.get("userDefinedFields").cloned().unwrap_or_else(|| json!([]));
    row.insert(key("userDefinedFields"), own);
    Value::Object(row)
}

pub(super) fn pascal_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A value by its key in whatever case.
pub(super) fn get<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    let nonsense = json!({"unexpected": true});
    object(match (record_type, odd) {
        ("companies", Odd::Malformed) => json!({"companyName": nonsense}),
        ("contacts", Odd::Malformed) => json!({"firstName": nonsense, "companyID": "none"}),
        ("resources", Odd::Malformed) => json!({"lastName": nonsense}),
        ("tickets", Odd::Malformed) => json!({"title": nonsense, "status": "Complete"}),
        ("companies", Odd::UnknownEnum) => json!({"companyType": 98_765, "classification": 98_765}),
        ("contacts", Odd::UnknownEnum) => json!({"namePrefix": 98_765, "nameSuffix": 98_765}),
        ("resources", Odd::UnknownEnum) => json!({"licenseType": 98_765, "userType": 98_765, "resourceType": "Robot"}),
        ("tickets", Odd::UnknownEnum) => json!({"status": 98_765, "priority": 98_765, "queueID": 98_765,
            "ticketType": 98_765, "ticketCategory": 98_765, "source": 98_765}),
        ("notes", Odd::UnknownEnum) => json!({"publish": 98_765, "noteType": 98_765}),
        _ => json!({}),
    })
}
