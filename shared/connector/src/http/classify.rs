//! From an answer to the outcome that a caller acts on, once for all vendors; hooks say where a vendor differs.

use http::header;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::request::{CallKind, RequestBuilder};
use super::response::Response;
use super::retry::retry_after;
use crate::error::ErrorKind;

/// Where a vendor differs from the rest; `None` leaves it to the kit. They see the answers of token endpoints, too.
#[derive(Clone, Copy, Default)]
pub struct Hooks {
    /// Looks at every answer, 200 included (some vendors disguise errors), before the kit does.
    pub classify: Option<fn(&Response) -> Option<ErrorKind>>,
    /// Finds the vendor's message in an answer that is an error.
    pub detail: Option<fn(&Response) -> Option<String>>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (classify, detail) = (self.classify.is_some(), self.detail.is_some());
        f.debug_struct("Hooks").field("classify", &classify).field("detail", &detail).finish()
    }
}

/// What an answer means; `None` is success.
pub(super) fn classify(request: &RequestBuilder, response: &Response, now: Timestamp) -> Option<ErrorKind> {
    if let Some(kind) = request.hooks.classify.and_then(|hook| hook(response)) {
        return Some(kind);
    }
    let status = response.status;
    match status.as_u16() {
        200..=299 => None,
        300..=399 => Some(redirect(response, &request.url)),
        // OAuth 2 answers 400 to a wrong secret or password (RFC 6749, 5.2).
        400 if request.kind == CallKind::Authentication => Some(ErrorKind::Credentials { field: None }),
        401 => Some(ErrorKind::Credentials { field: None }),
        402 => Some(ErrorKind::Plan),
        403 => Some(ErrorKind::Forbidden),
        404 | 410 => Some(ErrorKind::NotFound),
        429 => Some(ErrorKind::Limited { retry_after: retry_after(&response.headers, now) }),
        408 | 425 | 500.. => Some(ErrorKind::Unavailable),
        _ => Some(ErrorKind::Rejected { field: None, message: format!("it answered {status}") }),
    }
}

/// A redirect is never followed. To another origin it means that the address typed is not the vendor's API.
fn redirect(response: &Response, called: &Url) -> ErrorKind {
    let target = response.header(header::LOCATION.as_str()).and_then(|location| called.join(location).ok());
    match target {
        Some(target) if target.origin() != called.origin() => {
            let reason = format!("it redirects to {}", target.origin().ascii_serialization());
            ErrorKind::Address { reason }
        }
        _ => ErrorKind::Malformed { path: "redirect".to_owned() },
    }
}

/// The vendor's words in an error, still to be scrubbed.
pub(super) fn vendor_words(hooks: &Hooks, response: &Response) -> Option<String> {
    if let Some(words) = hooks.detail.and_then(|hook| hook(response)) {
        return Some(words);
    }
    let body = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    let value: Value = serde_json::from_slice(body).ok()?;
    words_in(&value)
}

/// The usual places, most telling first. Bodies that are not JSON are never shown.
fn words_in(value: &Value) -> Option<String> {
    const KEYS: [&str; 9] = [
        "error_description",
        "message",
        "Message",
        "error",
        "detail",
        "title",
        "errors",
        "description",
        "error_message",
    ];
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(words_in),
        Value::Object(fields) => KEYS.iter().filter_map(|key| fields.get(*key)).find_map(words_in),
        _ => None,
    }
}

/// Whether repeating may heal it.
pub(super) const fn heals(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::Limited { .. } | ErrorKind::CompanyLimited { .. })
}
