//! Who calls, and what was answered to a key of a write before.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::wire::Reject;
use crate::exchange::Call;

/// Keys are kept for at least a day.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The key of a call: a bearer token, or the user name of HTTP Basic.
pub(super) fn key_of(call: &Call) -> Option<String> {
    let (scheme, value) = call.header("authorization")?.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(value.trim().to_owned()),
        "basic" => {
            let decoded = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
            decoded.split_once(':').map(|(user, _)| user.to_owned())
        }
        _ => None,
    }
}

/// First answers by key.
#[derive(Default)]
pub(super) struct Kept(BTreeMap<String, First>);

struct First {
    at: Timestamp,
    asked: (String, Vec<u8>),
    answer: Value,
}

impl Kept {
    /// What was answered to this key; other parameters under it are an error.
    pub(super) fn replay(&self, key: &str, call: &Call) -> Result<Option<Value>, Reject> {
        if key.is_empty() || key.len() > 255 {
            return Err(Reject::bad("Idempotency-Key", "parameter_invalid", "Idempotency-Key is empty or too long"));
        }
        let Some(first) = self.0.get(key).filter(|first| call.at.duration_since(first.at) < KEPT) else {
            return Ok(None);
        };
        if first.asked != (call.path.clone(), call.body.to_vec()) {
            return Err(Reject::OtherParameters(key.to_owned()));
        }
        Ok(Some(first.answer.clone()))
    }

    pub(super) fn keep(&mut self, key: &str, call: &Call, answer: Value) {
        let asked = (call.path.clone(), call.body.to_vec());
        self.0.insert(key.to_owned(), First { at: call.at, asked, answer });
    }
}
