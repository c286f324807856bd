//! A request as vendors' code sees it, and its answer. Both are whole in memory, so that vendors need no async code.

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::Value;

/// One request to a vendor.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Host without port, in lower case: the vendor's own when the product came through its origin map.
    pub(crate) host: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The vendor's time, skew included.
    pub(crate) at: Timestamp,
}

impl Call {
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes, at: Timestamp) -> Self {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(uri.host()).unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        let query = pairs(uri.query().unwrap_or_default().as_bytes());
        Self { method, path: uri.path().to_owned(), host, query, headers, body, at }
    }

    /// The request came straight to the listener instead of through an origin map.
    pub(crate) fn is_direct(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::Ipv4Addr>().is_ok() || self.host.starts_with('[')
    }

    /// A query parameter; names are compared without case.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.param(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.param(name)?.trim().parse().ok()
    }

    pub(crate) fn set_param(&mut self, name: &str, value: &str) {
        self.query.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.query.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// What a vendor answers.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::typed(status, "application/json; charset=utf-8", body),
            Err(error) => {
                Self::typed(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", error.to_string())
            }
        }
    }

    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn html(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self::typed(status, "text/html; charset=utf-8", body)
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self { status, headers, body: body.into() }
    }
}
