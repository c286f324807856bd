//! An answer in memory, and reading it as JSON.
//!
//! Invariant: what cannot be read is an error that says where, never what: values of the answer stay out of it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::{ConnectorError, ErrorKind, Result};

/// Longest text that [`Response::text`] returns, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// An answer, read completely within the cap.
#[derive(Clone)]
pub struct Response {
    op: &'static str,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its decompressed body.
    pub body: Bytes,
}

impl Response {
    /// An answer from its parts, for tests of vendor hooks.
    pub fn new(op: &'static str, status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Self { op, status, headers, body: body.into() }
    }

    /// A header's value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text, cut to 64 KiB; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        let end = self.body.len().min(LONGEST_TEXT);
        String::from_utf8_lossy(&self.body[..end]).into_owned()
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for an empty body, a web page, cut-off or mistyped JSON, with the path into it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body).trim_ascii();
        match body.first() {
            None => return Err(self.malformed("body", "the answer is empty")),
            Some(b'<') => return Err(self.malformed("body", "a web page in place of data")),
            Some(_) => {}
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| self.malformed(&error.path().to_string(), &problem(error.inner())))?;
        json.end().map_err(|_| self.malformed("body", "something follows the data"))?;
        Ok(value)
    }

    pub(super) fn malformed(&self, path: &str, detail: &str) -> ConnectorError {
        // "?" and "." stand for "unknown" and "the whole".
        let path = match path.trim_end_matches(['?', '.']) {
            "" => "body",
            path => path,
        };
        // Keys of maps are the vendor's own words: keep the path short.
        let path = path.chars().filter(|c| !c.is_control()).take(120).collect();
        ConnectorError::new(self.op, ErrorKind::Malformed { path }).with_detail(detail)
    }
}

/// What serde says, without the values that it quotes from the answer.
fn problem(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "the data is cut off".to_owned(),
        Category::Io | Category::Syntax => format!("not JSON at line {} column {}", error.line(), error.column()),
        Category::Data => {
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            match text.rsplit_once(", expected ") {
                Some((_, expected)) => format!("expected {expected}"),
                None if text.starts_with("missing field ") => text.to_owned(),
                None => "a value of another kind".to_owned(),
            }
        }
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Clients {
        clients: Vec<Client>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Client {
        id: u64,
    }

    fn answer(body: &'static [u8]) -> Response {
        Response::new("list clients", StatusCode::OK, HeaderMap::new(), body)
    }

    fn refused(body: &'static [u8]) -> (String, Option<String>) {
        let error = answer(body).json::<Clients>().unwrap_err();
        (error.to_string(), error.detail)
    }

    fn at(path: &str, detail: &str) -> (String, Option<String>) {
        (format!("list clients: the answer could not be read at {path}"), Some(detail.to_owned()))
    }

    #[test]
    fn json_is_read_with_and_without_a_byte_order_mark() {
        let clients = Clients { clients: vec![Client { id: 7 }] };
        assert_eq!(answer(br#"{"clients":[{"id":7}]}"#).json::<Clients>().unwrap(), clients);
        assert_eq!(answer(b"\xef\xbb\xbf {\"clients\":[{\"id\":7}]}\n").json::<Clients>().unwrap(), clients);
    }

    #[test]
    fn what_is_not_the_documented_answer_is_malformed_and_says_where() {
        assert_eq!(refused(b""), at("body", "the answer is empty"));
        assert_eq!(refused(b"\r\n<!DOCTYPE html><html>"), at("body", "a web page in place of data"));
        assert_eq!(refused(br#"{"clients":[{"id":7},{"id"#), at("clients[1]", "the data is cut off"));
        assert_eq!(refused(br#"{"clients":[{"id":"Mrs Smith"}]}"#), at("clients[0].id", "expected u64"));
        assert_eq!(refused(br#"{"clients":[{}]}"#), at("clients[0]", "missing field `id`"));
        assert_eq!(refused(br#"{"clients":[{"id":NaN}]}"#).1.unwrap(), "not JSON at line 1 column 19");
        assert_eq!(refused(br#"{"clients":[]} trailing"#), at("body", "something follows the data"));
        assert!(refused(b"{\"clients\xff\":[]}").0.contains("could not be read"));
    }

    #[test]
    fn a_depth_bomb_is_malformed() {
        let bomb = Response::new("list clients", StatusCode::OK, HeaderMap::new(), "[".repeat(100_000));
        assert!(matches!(bomb.json::<Value>().unwrap_err().kind, ErrorKind::Malformed { .. }));
    }

    #[test]
    fn text_replaces_what_is_not_utf8_and_debug_shows_no_body() {
        assert_eq!(answer(b"caf\xe9").text(), "caf\u{fffd}");
        assert_eq!(format!("{:?}", answer(b"secret")), "Response { status: 200, bytes: 6, .. }");
        assert_eq!(answer(b"[1]").json::<Value>().unwrap(), json!([1]));
    }
}
