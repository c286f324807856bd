//! Graph's ways of writing things: envelopes, errors, odd rows.

use axum::http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Call};
use crate::vendor::Odd;

/// Why Graph refuses: status, code, message.
#[derive(Debug)]
pub(super) struct Reject(pub(super) StatusCode, pub(super) &'static str, pub(super) &'static str);

impl Reject {
    pub(super) const fn forbidden() -> Self {
        Self(StatusCode::FORBIDDEN, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    pub(super) const fn not_found(message: &'static str) -> Self {
        Self(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    pub(super) const fn token(message: &'static str) -> Self {
        Self(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    pub(super) fn answer(self, call: &Call) -> Answer {
        let Self(status, code, message) = self;
        let id = format!("00000000-0000-4000-8000-{:012}", call.at.as_second());
        // Both spellings occur.
        let inner = if status == StatusCode::FORBIDDEN { "innerError" } else { "innererror" };
        let date = call.at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let mut answer = Answer::json(
            status,
            &json!({"error": {"code": code, "message": message,
                inner: {"date": date, "request-id": id, "client-request-id": id}}}),
        );
        if let Ok(id) = HeaderValue::from_str(&id) {
            answer.headers.insert("request-id", id);
        }
        answer
    }
}

/// 429 to one tenant's token ("Microsoft Graph throttling guidance": scope, limit, application, tenant).
pub(super) fn throttled(application: &str, tenant: &str) -> Answer {
    let error = json!({"error": {"code": "TooManyRequests", "message": "Please retry again later."}});
    let mut answer = Answer::json(StatusCode::TOO_MANY_REQUESTS, &error);
    let scope = format!("Tenant_Application/ReadWrite/{application}/{tenant}");
    if let Ok(scope) = HeaderValue::from_str(&scope) {
        answer.headers.insert("x-ms-throttle-scope", scope);
    }
    answer.headers.insert("retry-after", HeaderValue::from_static("600"));
    answer
}

/// Fields that make a row of a type odd.
pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    object(match (odd, record_type) {
        (Odd::Malformed, "secure_scores") => json!({"currentScore": "many", "controlScores": 7}),
        (Odd::Malformed, "control_profiles") => json!({"title": {"text": 1}, "maxScore": "many"}),
        (Odd::Malformed, "licences") => json!({"consumedUnits": {"n": 1}, "skuPartNumber": [1]}),
        (Odd::Malformed, "domains") => json!({"isVerified": "perhaps"}),
        (Odd::Malformed, _) => json!({"displayName": {"text": 1}}),
        (Odd::UnknownEnum, "secure_scores") => json!({"enabledServices": ["HasNovel"], "lastSynced": "2026-01-01"}),
        (Odd::UnknownEnum, "control_profiles") => {
            json!({"controlCategory": "Novel", "tier": "Novel", "actionType": "Novel"})
        }
        (Odd::UnknownEnum, "licences") => json!({"capabilityStatus": "Novel", "appliesTo": "Novel"}),
        (Odd::UnknownEnum, "domains") => json!({"authenticationType": "Novel"}),
        (Odd::UnknownEnum, _) => json!({"novel": 1}),
    })
}

/// Takes the object out of a `json!` literal.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
