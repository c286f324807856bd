//! What faults do to an answer.

use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use serde_json::{Map, Value};

use super::FaultKind;
use crate::exchange::Answer;
use crate::vendor::{Odd, Route, Vendor};

const MAINTENANCE: &str = "<!DOCTYPE html><html><head><title>Maintenance</title></head>\
    <body><h1>We will be back soon</h1></body></html>";

/// Answers that the vendor has no part in.
pub(super) fn instead(kind: &FaultKind) -> Option<Answer> {
    match kind {
        FaultKind::Status { code, body, retry_after, headers } => {
            let mut answer = Answer::empty(StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
            if let Some(body) = body {
                answer.body = Bytes::from(body.clone());
                answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
            }
            if let Some(value) = retry_after.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                answer.headers.insert(RETRY_AFTER, value);
            }
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                    answer.headers.insert(name, value);
                }
            }
            Some(answer)
        }
        FaultKind::Html => Some(Answer::html(StatusCode::OK, MAINTENANCE)),
        FaultKind::Empty => Some(Answer::empty(StatusCode::OK)),
        _ => None,
    }
}

pub(super) fn spoil(answer: &mut Answer, kind: &FaultKind, route: &Route, vendor: &dyn Vendor) {
    let record_type = route.record_type.unwrap_or_default();
    match kind {
        FaultKind::Truncate { bytes } => answer.body.truncate(*bytes),
        FaultKind::NoRows => edit_rows(answer, Vec::clear),
        FaultKind::BadRow => overlay(answer, &vendor.odd_row(record_type, Odd::Malformed), false),
        FaultKind::UnknownEnum => overlay(answer, &vendor.odd_row(record_type, Odd::UnknownEnum), false),
        FaultKind::Overlay(fields) => overlay(answer, fields, true),
        FaultKind::InvalidUtf8 => {
            let mut body = answer.body.to_vec();
            // Inside the first string of the content, so that only the encoding is at fault.
            let place = body.windows(2).position(|pair| pair == b":\"").map_or(body.len() / 2, |place| place + 2);
            body.insert(place.min(body.len()), 0xff);
            answer.body = body.into();
        }
        FaultKind::Pad { bytes } => {
            let mut body = vec![b' '; *bytes];
            body.extend_from_slice(&answer.body);
            answer.body = body.into();
        }
        FaultKind::GzipBomb { bytes } => {
            if let Ok(bomb) = gzip_bomb(*bytes) {
                answer.status = StatusCode::OK;
                answer.body = bomb.into();
                answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        _ => {}
    }
}

fn overlay(answer: &mut Answer, fields: &Map<String, Value>, all: bool) {
    edit_rows(answer, |rows| {
        let count = if all { usize::MAX } else { 1 };
        for row in rows.iter_mut().flat_map(of_group).take(count) {
            for (name, value) in fields {
                set(row, name, value);
            }
        }
    });
}

/// The rows of a group, where a list has its rows in groups; else the row.
fn of_group(row: &mut Value) -> impl Iterator<Item = &mut Value> {
    if row.get("endpoints").is_some_and(Value::is_array) {
        row["endpoints"].as_array_mut().map_or_else(Default::default, |rows| rows.iter_mut())
    } else {
        std::slice::from_mut(row).iter_mut()
    }
}

/// A field of a row; where rows are arrays, the place of that number.
fn set(row: &mut Value, name: &str, value: &Value) {
    match row {
        Value::Object(row) if value.is_null() => {
            row.remove(name);
        }
        Value::Object(row) => {
            row.insert(name.to_owned(), value.clone());
        }
        Value::Array(places) => {
            if let Some(place) = name.parse().ok().and_then(|place: usize| places.get_mut(place)) {
                place.clone_from(value);
            }
        }
        _ => {}
    }
}

/// Changes the rows of a list answer: a bare array, or the first array of an envelope.
fn edit_rows(answer: &mut Answer, edit: impl FnOnce(&mut Vec<Value>)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return };
    let rows = match &mut body {
        Value::Array(rows) => Some(rows),
        Value::Object(envelope) => envelope.values_mut().find_map(Value::as_array_mut),
        _ => None,
    };
    let Some(rows) = rows else { return };
    edit(rows);
    if rows.is_empty() {
        // Wherever the vendor counts them.
        for (place, count) in [("/record_count", 0), ("/meta/total_entries", 0), ("/meta/total_pages", 1)] {
            if let Some(counted) = body.pointer_mut(place) {
                *counted = count.into();
            }
        }
    }
    answer.body = body.to_string().into();
}

fn gzip_bomb(bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1024 * 1024];
    let mut left = bytes;
    while left > 0 {
        let piece = left.min(blanks.len());
        encoder.write_all(&blanks[..piece])?;
        left -= piece;
    }
    encoder.finish()
}

pub(super) fn send(answer: Answer, kinds: &[FaultKind]) -> Response {
    let Answer { status, mut headers, body } = answer;
    let mut content = None;
    for kind in kinds {
        match kind {
            FaultKind::Reset => {
                // The length of the whole is announced, then half of it comes and the stream fails.
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len().max(2)));
                let half = body.slice(..body.len() / 2);
                let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                content = Some(Body::from_stream(stream::iter([Ok(half), Err(broken)])));
            }
            FaultKind::Trickle { bytes, every_ms } => {
                let every = Duration::from_millis(*every_ms);
                let pieces: Vec<Bytes> = body.chunks((*bytes).max(1)).map(Bytes::copy_from_slice).collect();
                let slow = stream::iter(pieces).then(move |piece| async move {
                    tokio::time::sleep(every).await;
                    Ok::<_, std::io::Error>(piece)
                });
                content = Some(Body::from_stream(slow));
            }
            _ => {}
        }
    }
    let mut response = Response::new(content.unwrap_or_else(|| Body::from(body)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
