//! Syncro's endpoints, its authentication and the many shapes of its errors; knows nothing of the domain.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use connector::http::{Hooks, Method, RequestBuilder, Response, VendorHttp};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use url::Url;

/// Query parameters.
pub(crate) type Query<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// How Syncro begins to say that the token lacks a permission. The status is 401, as for a token that is not known.
const NOT_PERMITTED: &str = "not authorized";

/// Pauses after a 429, which names none: the window is a minute.
const LIMITED_STEPS: &[Duration] = &[Duration::from_secs(20), Duration::from_secs(40), Duration::from_secs(60)];

/// A Syncro account with our token for it.
#[derive(Debug)]
pub(crate) struct Client {
    http: VendorHttp,
    root: Url,
    subdomain: String,
    token: SecretString,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let subdomain = credentials.text("subdomain").filter(|subdomain| is_subdomain(subdomain));
        let subdomain = subdomain.ok_or_else(|| missing("subdomain"))?.to_owned();
        let root = format!("https://{subdomain}.syncromsp.com").parse().map_err(|_| missing("subdomain"))?;
        let token = credentials.secret("api_key").ok_or_else(|| missing("api_key"))?.clone();
        let hooks = Hooks { classify: Some(classify), detail: Some(words) };
        Ok(Self { http: http.with_hooks(hooks), root, subdomain, token })
    }

    /// The account's subdomain as it was entered.
    pub(crate) fn subdomain(&self) -> &str {
        &self.subdomain
    }

    /// Reads a list or a record.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str], query: &Query<'_>) -> Result<Bytes> {
        let call = self.call(op, Method::GET, path)?.query_pairs(query.iter().cloned());
        Ok(call.send().await?.body)
    }

    /// Creates a record: never sent twice, as Syncro knows no idempotency.
    pub(crate) async fn create<T: Serialize + Sync>(&self, op: &'static str, path: &[&str], body: &T) -> Result<Bytes> {
        Ok(self.call(op, Method::POST, path)?.json(body).send().await?.body)
    }

    /// Changes fields of a record; the same values once more do no harm.
    pub(crate) async fn change<T: Serialize + Sync>(&self, op: &'static str, path: &[&str], body: &T) -> Result<Bytes> {
        Ok(self.call(op, Method::PUT, path)?.json(body).repeatable(true).send().await?.body)
    }

    fn call(&self, op: &'static str, method: Method, path: &[&str]) -> Result<RequestBuilder> {
        let mut url = self.root.clone();
        let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("subdomain") });
        url.path_segments_mut().map_err(|()| refused())?.clear().extend(["api", "v1"]).extend(path);
        Ok(self.http.request(op, method, url).bearer(&self.token).limited_steps(LIMITED_STEPS))
    }
}

/// One label of a host name.
pub(crate) fn is_subdomain(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

/// Where Syncro's answers do not mean what their status says.
fn classify(response: &Response) -> Option<ErrorKind> {
    let is_page = || response.body.trim_ascii_start().starts_with(b"<");
    match response.status.as_u16() {
        401 if words(response).is_some_and(|words| words.to_lowercase().starts_with(NOT_PERMITTED)) => {
            Some(ErrorKind::Forbidden)
        }
        401 => Some(ErrorKind::Credentials { field: Some("api_key") }),
        // Nobody's account is at this address, or Syncro is being maintained: a page of its own.
        300..=399 => Some(ErrorKind::Misdirected { field: Some("subdomain") }),
        404 if is_page() => Some(ErrorKind::Misdirected { field: Some("subdomain") }),
        400 | 422 => {
            let message = words(response).unwrap_or_else(|| format!("it answered {}", response.status));
            Some(ErrorKind::Rejected { field: field_in(&message).map(str::to_owned), message })
        }
        _ => None,
    }
}

/// The field that a message of Rails begins with: "Subject can't be blank".
fn field_in(message: &str) -> Option<&'static str> {
    const FIELDS: &[(&str, &str)] = &[
        ("subject", "title"),
        ("status", "status"),
        ("priority", "priority"),
        ("ticket type", "ticket_type"),
        ("problem type", "category"),
        ("user", "assignee"),
        ("customer", "company"),
        ("contact", "contact"),
        ("body", "description"),
        ("comments body", "description"),
    ];
    let message = message.to_lowercase();
    FIELDS.iter().find(|(name, _)| message.starts_with(name)).map(|(_, field)| *field)
}

/// Syncro's message in an error body, whose shape differs from endpoint to endpoint.
pub(crate) fn words(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let named = ["message", "error", "errors"].iter().filter_map(|key| body.get(key)).find_map(spoken);
    named.or_else(|| spoken(&body))
}

/// Text in a value: itself, those of a list, or those of an object with the name of the field before each.
fn spoken(value: &Value) -> Option<String> {
    let said = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(list) => list.iter().filter_map(spoken).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            // Of an envelope only lists are messages; `success` and `params` are none.
            let lists = fields.iter().filter(|(_, value)| value.is_array());
            lists.filter_map(|(name, value)| Some(format!("{name} {}", spoken(value)?))).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    };
    (!said.is_empty()).then_some(said)
}

#[cfg(test)]
mod tests;
