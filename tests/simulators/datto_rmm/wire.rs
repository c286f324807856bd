//! Datto RMM's ways of writing things: errors, moments, odd rows.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Call};
use crate::vendor::Odd;

/// Why Datto RMM refuses. Its bodies hold no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reject {
    Invalid,
    Unauthorized,
    Forbidden,
    NotFound,
    Method,
    Broken,
}

impl Reject {
    const fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn answer(self, call: &Call) -> Answer {
        let status = self.status();
        let path = call.path.strip_prefix("/api").unwrap_or(&call.path);
        let body = json!({"timestamp": call.at.as_millisecond(), "status": status.as_u16(),
            "error": status.canonical_reason(), "path": path});
        Answer::json(status, &body)
    }
}

/// Fields that hold moments. They are kept as RFC 3339, and `never` stands for the year 1.
pub(super) const MOMENTS: &[&str] =
    &["lastSeen", "lastReboot", "lastAuditDate", "creationDate", "timestamp", "resolvedOn", "actionTime"];

/// The year 1 in milliseconds.
const NEVER: i64 = -62_135_596_800_000;

/// A moment as the quirk `times` wants it.
pub(super) fn moment(kept: &Value, times: &str) -> Value {
    let Some(text) = kept.as_str() else { return kept.clone() };
    let at: Option<Timestamp> = text.parse().ok();
    let Some(at) = at else {
        return match times {
            "iso" => json!("0001-01-01T00:00:00Z"),
            "bare" => json!("0001-01-01T00:00:00"),
            "seconds" => json!(-62_135_596_800.0),
            _ => json!(NEVER),
        };
    };
    let civil = Offset::UTC.to_datetime(at);
    match times {
        "iso" => json!(civil.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        "bare" => json!(civil.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this century fit")]
        "seconds" => json!(at.as_millisecond() as f64 / 1000.0),
        _ => json!(at.as_millisecond()),
    }
}

/// A moment to be kept, to the millisecond as it is shown.
pub(super) fn kept(at: Timestamp) -> Value {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at).to_string().into()
}

/// Fields that make a row of a type odd.
pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    let fields = match (odd, record_type) {
        (Odd::Malformed, "devices") => json!({"hostname": {"text": 1}, "lastSeen": [1]}),
        (Odd::Malformed, "alerts") => json!({"priority": ["?"], "alertSourceInfo": 7}),
        (Odd::Malformed, _) => json!({"name": ["?"], "autotaskCompanyId": {"id": 1}}),
        (Odd::UnknownEnum, "devices") => json!({
            "deviceClass": "novel", "antivirus": {"antivirusProduct": "Novel", "antivirusStatus": "Novel"},
            "patchManagement": {"patchStatus": "Novel"},
        }),
        (Odd::UnknownEnum, "alerts") => {
            json!({"priority": "Novel", "alertContext": {"@class": "novel_ctx", "novel": [1]}})
        }
        (Odd::UnknownEnum, _) => json!({"novel": "Novel"}),
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
