//! Building one call. What cannot be built is kept as a fault and reported by [`RequestBuilder::send`].
//!
//! Invariant: every secret that enters a request is remembered, so that it can be taken out of the vendor's words.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::classify::Hooks;
use super::client::VendorHttp;
use super::response::Response;
use super::retry::LIMITED_STEPS;
use super::scrub::Secrets;
use super::send;
use crate::error::{ConnectorError, ErrorKind, Result};

/// What a call is for; counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallKind {
    /// Reading or writing records.
    #[default]
    Data,
    /// Getting a token.
    Authentication,
    /// Asking how much of the allowance is left.
    Quota,
}

/// A value of a form or of a token request.
#[derive(Clone, Debug)]
pub enum FormValue {
    /// May be printed.
    Text(String),
    /// May not.
    Secret(SecretString),
}

/// One call to a vendor, under construction.
#[must_use = "nothing is sent before `send`"]
#[derive(Clone)]
pub struct RequestBuilder {
    pub(super) http: VendorHttp,
    pub(super) op: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) secrets: Secrets,
    pub(super) repeatable: bool,
    pub(super) kind: CallKind,
    pub(super) hooks: Hooks,
    pub(super) limited_steps: &'static [Duration],
    pub(super) block: Option<Duration>,
    fault: Option<ConnectorError>,
}

impl RequestBuilder {
    pub(super) fn new(http: VendorHttp, op: &'static str, method: Method, url: Url, hooks: Hooks) -> Self {
        let repeatable = matches!(method, Method::GET | Method::HEAD);
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        Self {
            http,
            op,
            method,
            url,
            headers,
            body: Bytes::new(),
            secrets: Secrets::default(),
            repeatable,
            kind: CallKind::Data,
            hooks,
            limited_steps: LIMITED_STEPS,
            block: None,
            fault: None,
        }
    }

    /// Adds query parameters.
    pub fn query(self, pairs: &[(&str, &str)]) -> Self {
        self.query_pairs(pairs.iter().copied())
    }

    /// Adds query parameters from anything that yields pairs.
    pub fn query_pairs<K: AsRef<str>, V: AsRef<str>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        for (name, value) in pairs {
            self.url.query_pairs_mut().append_pair(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.fail(format!("the header {name} cannot be sent")),
        }
        self
    }

    /// Sets a header whose value is secret.
    pub fn sensitive_header(mut self, name: &'static str, value: &SecretString) -> Self {
        self.secrets.add(value);
        match HeaderName::try_from(name) {
            Ok(name) => self.secret_header(name, value.expose_secret()),
            Err(_) => self.fail(format!("the header {name} cannot be sent")),
        }
        self
    }

    /// Authenticates with a token.
    pub fn bearer(mut self, token: &SecretString) -> Self {
        self.secrets.add(token);
        self.secret_header(AUTHORIZATION, &format!("Bearer {}", token.expose_secret()));
        self
    }

    /// Authenticates with a user name and a password.
    pub fn basic(mut self, user: &str, password: &SecretString) -> Self {
        let pair = self.secrets.add_basic(user, password);
        self.secret_header(AUTHORIZATION, &format!("Basic {}", pair.expose_secret()));
        self
    }

    /// Sends JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self = self.content("application/json", body),
            Err(_) => self.fail("the body cannot be written as JSON".to_owned()),
        }
        self
    }

    /// Sends a form.
    pub fn form<K: AsRef<str>, V: Into<FormValue>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut form = Serializer::new(String::new());
        for (name, value) in pairs {
            let value = value.into();
            self.remember(&value);
            form.append_pair(name.as_ref(), value.expose());
        }
        self.content("application/x-www-form-urlencoded", form.finish())
    }

    /// Remembers a secret that the body carries, so that the vendor's words about it can be shown.
    pub fn conceal(mut self, secret: &SecretString) -> Self {
        self.secrets.add(secret);
        self
    }

    fn content(mut self, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = body.into();
        self
    }

    /// Whether sending it twice does no harm. Only GET and HEAD are, unless said here.
    pub const fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// What the call is for.
    pub const fn kind(mut self, kind: CallKind) -> Self {
        self.kind = kind;
        self
    }

    /// Looks at every answer before the kit classifies it, also at 200: some vendors disguise errors.
    pub fn classify(mut self, hook: fn(&Response) -> Option<ErrorKind>) -> Self {
        self.hooks.classify = Some(hook);
        self
    }

    /// Finds the vendor's message in an error. The kit scrubs and cuts it.
    pub fn detail(mut self, hook: fn(&Response) -> Option<String>) -> Self {
        self.hooks.detail = Some(hook);
        self
    }

    /// Pauses after a 429 that names none.
    pub const fn limited_steps(mut self, steps: &'static [Duration]) -> Self {
        self.limited_steps = steps;
        self
    }

    /// A 403 within this time after a 429 is no missing permission: the vendor keeps our address out for as long, because
    /// it was called on.
    pub const fn blocked_after_limit(mut self, block: Duration) -> Self {
        self.block = Some(block);
        self
    }

    /// Sends it, with retries where repeating is safe.
    ///
    /// # Errors
    /// Everything but success, classified; [`ErrorKind::Paused`] when budget or deadline leave no room.
    pub async fn send(mut self) -> Result<Response> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Box::pin(send::send(self)).await,
        }
    }

    /// Notes a value that the body carries, so that it is scrubbed if it is secret.
    pub(super) fn remember(&mut self, value: &FormValue) {
        if let FormValue::Secret(secret) = value {
            self.secrets.add(secret);
        }
    }

    fn secret_header(&mut self, name: HeaderName, value: &str) {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(name, value);
            }
            // A pasted line break, mostly.
            Err(_) => {
                let error = ConnectorError::new(self.op, ErrorKind::Credentials { field: None });
                self.fault = Some(error.with_detail("it contains characters that cannot be sent"));
            }
        }
    }

    fn fail(&mut self, message: String) {
        self.fault = Some(ConnectorError::new(self.op, ErrorKind::Rejected { field: None, message }));
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("op", &self.op)
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .finish_non_exhaustive()
    }
}

impl FormValue {
    pub(super) fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

impl From<&str> for FormValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FormValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&SecretString> for FormValue {
    fn from(secret: &SecretString) -> Self {
        Self::Secret(secret.clone())
    }
}
