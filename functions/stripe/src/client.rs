//! Stripe's endpoints, its authentication, its pinned version and its errors; knows nothing of the domain.

use std::borrow::Cow;

use bytes::Bytes;
use connector::http::{Hooks, Method, RequestBuilder, Response, VendorHttp};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

/// Query parameters, or the fields of a form.
pub(crate) type Query<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The version whose shapes are read here. Without it the account's own default version decides them.
pub(crate) const VERSION: &str = "2026-07-29.dahlia";
const ORIGIN: &str = "https://api.stripe.com";

/// A Stripe account with our key for it.
#[derive(Debug)]
pub(crate) struct Client {
    http: VendorHttp,
    root: Url,
    key: SecretString,
}

/// An answer to a write.
pub(crate) struct Written {
    pub(crate) body: Bytes,
    /// Nothing was done: it is what was answered when the same was asked before.
    pub(crate) replayed: bool,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let refused = || ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some("restricted_key") });
        let key = credentials.secret("restricted_key").ok_or_else(refused)?.clone();
        if key.expose_secret().starts_with("pk_") {
            return Err(refused().with_detail("it is a publishable key, which can read nothing"));
        }
        let root = ORIGIN.parse().map_err(|_| refused())?;
        let hooks = Hooks { classify: Some(classify), detail: Some(words) };
        Ok(Self { http: http.with_hooks(hooks), root, key })
    }

    /// Whether the key is one of the test mode: its account has the id of the live one, and other records.
    pub(crate) fn is_test(&self) -> bool {
        self.key.expose_secret().split('_').nth(1) == Some("test")
    }

    /// Reads a list or an object.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str], query: &Query<'_>) -> Result<Bytes> {
        let call = self.call(op, Method::GET, path)?.query_pairs(query.iter().cloned());
        Ok(call.send().await?.body)
    }

    /// Writes. Whatever is asked with the same key within a day is done once, so it is repeated where no answer comes.
    pub(crate) async fn post(&self, op: &'static str, path: &[&str], key: &str, form: &Query<'_>) -> Result<Written> {
        let form = form.iter().map(|(name, value)| (*name, value.as_ref()));
        let call = self.call(op, Method::POST, path)?.header("idempotency-key", key).form(form).repeatable(true);
        let response = call.send().await?;
        let replayed = response.header("idempotent-replayed").is_some_and(|replayed| replayed == "true");
        Ok(Written { body: response.body, replayed })
    }

    /// Deletes; what is gone already is deleted.
    pub(crate) async fn delete(&self, op: &'static str, path: &[&str]) -> Result<()> {
        match self.call(op, Method::DELETE, path)?.repeatable(true).send().await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    fn call(&self, op: &'static str, method: Method, path: &[&str]) -> Result<RequestBuilder> {
        let mut url = self.root.clone();
        let refused = || ConnectorError::new("form the address", ErrorKind::Unsupported);
        url.path_segments_mut().map_err(|()| refused())?.clear().push("v1").extend(path);
        Ok(self.http.request(op, method, url).bearer(&self.key).header("stripe-version", VERSION))
    }
}

/// A key for a write, the same for the same parts: never from the time, which differs when it is tried again.
pub(crate) fn idempotency_key<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..20])
}

/// Where Stripe's answers do not mean what the kit takes their status for.
fn classify(response: &Response) -> Option<ErrorKind> {
    let rejected = || {
        let message = words(response).unwrap_or_else(|| format!("it answered {}", response.status));
        let field = error(response).and_then(|error| error.param);
        Some(ErrorKind::Rejected { field, message })
    };
    match response.status.as_u16() {
        401 => Some(ErrorKind::Credentials { field: Some("restricted_key") }),
        // A payment that failed: nothing is wrong with the account's plan.
        400 | 402 | 422 => rejected(),
        // Another request with the same key is at work.
        409 => Some(ErrorKind::Unavailable),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Envelope {
    error: StripeError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StripeError {
    message: Option<String>,
    param: Option<String>,
}

fn error(response: &Response) -> Option<StripeError> {
    serde_json::from_slice::<Envelope>(&response.body).ok().map(|envelope| envelope.error)
}

/// Stripe's message. It shows keys as a hundred asterisks, behind which stands what a person needs to read.
pub(crate) fn words(response: &Response) -> Option<String> {
    let message = error(response)?.message?;
    let mut short = String::with_capacity(message.len());
    let mut stars = 0;
    for character in message.chars() {
        stars = if character == '*' { stars + 1 } else { 0 };
        if stars <= 3 {
            short.push(character);
        }
    }
    Some(short)
}
