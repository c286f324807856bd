//! Asio's ways of saying no, its headers, and rows that faults make odd.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::{ALLOWANCE, WINDOW_SECONDS, object, refusal, word};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::vendor::Odd;

pub(super) fn unauthorised() -> Answer {
    refusal(
        StatusCode::UNAUTHORIZED,
        "unauthorized request",
        "The access token provided is expired, revoked, malformed, or invalid for other reasons.",
    )
}

/// The key lacks the scope.
pub(super) fn not_entitled(knobs: &Knobs) -> Answer {
    let status = knobs.quirk("not_entitled").and_then(|status| u16::try_from(status.as_u64()?).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::FORBIDDEN);
    Answer::json(status, &json!({"error": {"message": "Partner is not entitled for the feature"}}))
}

/// How families of devices say that there is none.
pub(super) fn nothing() -> Answer {
    refusal(StatusCode::NOT_FOUND, "not found", "topology does not exist")
}

pub(super) fn rate_limits(call: &Call) -> Answer {
    let bucket = json!({"limit": 35, "remaining": 33, "reset": reset(call)});
    Answer::ok(
        &json!({"resources": {"alerts": {"create-alert": bucket}, "asset": {"partner-asset-endpoints-details": bucket},
        "service": {"rate-limit": bucket}, "topology": {"partner-topology-clients": bucket,
        "partner-topology-endpoints": bucket, "partner-topology-sites": bucket}}}),
    )
}

/// SIM CHOICE: windows begin at whole five minutes; the headers tell of the whole allowance, of which half is left.
pub(super) fn add_quota(answer: &mut Answer, call: &Call, knobs: &Knobs) {
    add_headers(answer, knobs, ALLOWANCE, ALLOWANCE / 2, Some(reset(call)));
}

fn reset(call: &Call) -> i64 {
    (call.at.as_second().div_euclid(WINDOW_SECONDS) + 1) * WINDOW_SECONDS
}

pub(super) fn add_headers(answer: &mut Answer, knobs: &Knobs, limit: usize, remaining: usize, reset: Option<i64>) {
    let names = match word(knobs, "limit_header").as_deref() {
        Some("none") => return,
        Some("X-RateLimit") => ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
        _ => ["limit", "remaining", "reset"],
    };
    let values = [Some(limit.to_string()), Some(remaining.to_string()), reset.map(|reset| reset.to_string())];
    for (name, value) in names.into_iter().zip(values) {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            answer.headers.insert(HeaderName::from_static(name), value);
        }
    }
}

pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    object(match (odd, record_type) {
        (Odd::Malformed, "devices") => json!({"friendlyName": {"text": 1}, "os": "Windows"}),
        // Heartbeats have the one, system states the other.
        (Odd::Malformed, "monitoring_states") => json!({"Availability": [1], "startupStatus": "yesterday"}),
        (Odd::Malformed, _) => json!({"friendlyName": ["?"], "updatedDate": 7}),
        (Odd::UnknownEnum, "devices") => json!({"endpointType": "Hologram", "resourceType": "Novel", "virtualType": 7}),
        (Odd::UnknownEnum, "monitoring_states") => json!({"loggedOnUsers": [{"status": "Dreaming"}]}),
        (Odd::UnknownEnum, _) => json!({"ownershipType": {"name": "Novel"}, "type": {"name": "Novel"}}),
    })
}
