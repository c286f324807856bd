//! Entity tags: what a client has read, and whether it still stands.
//!
//! A tag has two parts, `"version.content"`. `If-None-Match` asks whether the whole answer is the same. `If-Match` guards
//! what people set, so it compares the version alone: a run that counts up meanwhile is no reason to refuse a change.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::hash::ContentHash;
use serde::Serialize;

use crate::problem::{Answer, Problem};

/// Answers with a tag, or with 304 where the client has just that.
pub(crate) fn tagged<T: Serialize>(headers: &HeaderMap, version: u64, body: &T) -> Answer<Response> {
    let text = serde_json::to_vec(body).map_err(|error| Problem::internal(error.to_string()))?;
    let tag = format!("\"{version}.{:?}\"", ContentHash::of(&text, 0));
    let header_value = HeaderValue::from_str(&tag).map_err(|error| Problem::internal(error.to_string()))?;
    let has = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if has.split(',').any(|one| one.trim().trim_start_matches("W/") == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(body).into_response()
    };
    response.headers_mut().insert(header::ETAG, header_value);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Refuses a change of another version than the one that stands.
pub(crate) fn if_match(headers: &HeaderMap, version: u64, required: bool) -> Answer<()> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return if required { Err(Problem::if_match_missing()) } else { Ok(()) };
    };
    let value = value.to_str().unwrap_or_default();
    let fits = value.split(',').map(str::trim).any(|one| {
        let named = one.trim_start_matches("W/").trim_matches('"').split('.').next();
        one == "*" || named.and_then(|named| named.parse().ok()) == Some(version)
    });
    if fits { Ok(()) } else { Err(Problem::changed()) }
}
