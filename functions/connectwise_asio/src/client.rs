//! Asio's endpoints, its token and the shapes of its errors; knows nothing of the domain.

use std::time::Duration;

use connector::http::{FormValue, Hooks, RequestBuilder, Response, TokenFormat, TokenRequest, Usage, VendorHttp};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use jiff::fmt::rfc2822;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::region::{self, Region};

/// What the vendor allows in five minutes. Operations have smaller allowances of their own, which its headers may tell.
pub(crate) const ALLOWANCE: u32 = 500;
/// How long a key is left alone that was asked for tokens too often; the lock lasts "some minutes".
const LOCKED: Duration = Duration::from_secs(5 * 60);
/// How the vendor says that a scope or a product is missing, with 401 as for a token that has ended.
const NOT_ENTITLED: &str = "not entitled";

/// What is asked for: the ids of one kind of thing.
#[derive(Debug, Serialize)]
pub(crate) struct Resources<'a> {
    #[serde(rename = "resourceType")]
    pub(crate) kind: &'static str,
    #[serde(rename = "resources")]
    pub(crate) ids: &'a [String],
}

/// An Asio partner with our key for it.
#[derive(Debug)]
pub(crate) struct Client {
    api: VendorHttp,
    auth: VendorHttp,
    root: Url,
    token: TokenRequest,
    pub(crate) region: Region,
    pub(crate) client_id: String,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let client_id = credentials.text("client_id").ok_or_else(|| missing("client_id"))?.to_owned();
        let secret = credentials.secret("client_secret").ok_or_else(|| missing("client_secret"))?;
        let region = region::of(&client_id, credentials.text("region"))
            .ok_or_else(|| missing("region").with_detail("the Client ID does not tell its region: choose it"))?;
        let root: Url = region.origin.parse().map_err(|_| missing("region"))?;
        let token = TokenRequest {
            format: TokenFormat::Json,
            field: Some("client_secret"),
            address_field: Some("region"),
            permissions_inside: true,
            // No scope: the key's own are meant. Asking for one that it lacks would fail the whole request.
            ..TokenRequest::new(
                "authenticate",
                under(&root, &["v1", "token"])?,
                vec![
                    ("grant_type", FormValue::Text("client_credentials".to_owned())),
                    ("client_id", FormValue::Text(client_id.clone())),
                    ("client_secret", FormValue::Secret(secret.clone())),
                ],
            )
        };
        Ok(Self {
            api: http.with_hooks(Hooks { classify: Some(classify), detail: Some(words) }),
            auth: http.with_hooks(Hooks { classify: Some(classify_token), detail: Some(words) }),
            root,
            token,
            region,
            client_id,
        })
    }

    /// Reads a list or a record.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str], query: &[(&str, &str)]) -> Result<Response> {
        let url = under(&self.root, path)?;
        self.call(|token| self.api.get(op, url.clone()).query(query).bearer(token)).await
    }

    /// Reads a list that is asked for by POST, as it names many ids. It changes nothing.
    pub(crate) async fn ask(
        &self,
        op: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Resources<'_>,
    ) -> Result<Response> {
        let url = under(&self.root, path)?;
        self.call(|token| self.api.post(op, url.clone()).query(query).json(body).repeatable(true).bearer(token)).await
    }

    /// The vendor's time at its first answer.
    pub(crate) fn vendor_time(&self) -> Option<jiff::Timestamp> {
        self.api.vendor_time().map(|time| time.at)
    }

    async fn call(&self, build: impl Fn(&SecretString) -> RequestBuilder + Send + Sync) -> Result<Response> {
        let response = self.auth.authorized(&self.token, build).await?;
        if let Some(usage) = usage(&response) {
            self.api.report_usage(usage);
        }
        Ok(response)
    }
}

/// Nothing there: of a list, an empty one.
pub(crate) fn or_nothing(answer: Result<Response>) -> Result<Option<Response>> {
    match answer {
        Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(None),
        other => other.map(Some),
    }
}

fn under(root: &Url, path: &[&str]) -> Result<Url> {
    let mut url = root.clone();
    let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("region") });
    url.path_segments_mut().map_err(|()| refused())?.clear().extend(path);
    Ok(url)
}

/// What of the whole allowance everybody has used, if that is what the headers tell.
fn usage(response: &Response) -> Option<Usage> {
    let number = |names: [&str; 2]| names.iter().find_map(|name| response.header(name)?.trim().parse::<u64>().ok());
    let allowed = number(["limit", "x-ratelimit-limit"]).filter(|limit| *limit >= u64::from(ALLOWANCE))?;
    let left = number(["remaining", "x-ratelimit-remaining"])?;
    Some(Usage { used: allowed.saturating_sub(left), allowed })
}

/// Where Asio's answers do not mean what their status says.
fn classify(response: &Response) -> Option<ErrorKind> {
    match response.status.as_u16() {
        401 if words(response).is_some_and(|words| words.to_lowercase().contains(NOT_ENTITLED)) => {
            Some(ErrorKind::Forbidden)
        }
        // "Nothing there" comes as JSON; a gateway that no longer knows the path says something else.
        404 if serde_json::from_slice::<Value>(&response.body).is_err() => {
            Some(ErrorKind::Malformed { path: "the answer".to_owned() })
        }
        429 if response.header("retry-after").is_none() => {
            until_reset(response).map(|wait| ErrorKind::Limited { retry_after: Some(wait) })
        }
        _ => None,
    }
}

/// The token endpoint's answers are not documented; 423 is a key that was asked for tokens too often.
fn classify_token(response: &Response) -> Option<ErrorKind> {
    match response.status.as_u16() {
        423 => Some(ErrorKind::Limited { retry_after: Some(LOCKED) }),
        400 | 401 | 403 => Some(ErrorKind::Credentials { field: None }),
        _ => None,
    }
}

/// The distance from the answer's own time to the end of the window.
fn until_reset(response: &Response) -> Option<Duration> {
    let reset = ["reset", "x-ratelimit-reset"].iter().find_map(|name| response.header(name)?.trim().parse().ok());
    let now = rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(response.header("date")?).ok()?;
    Duration::try_from(jiff::Timestamp::from_second(reset?).ok()?.duration_since(now)).ok()
}

/// Asio's message in an error body: at least five shapes, by family of endpoints.
fn words(response: &Response) -> Option<String> {
    fn spoken(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Array(list) => list.iter().find_map(spoken),
            Value::Object(fields) => ["message", "error_description", "description", "detail", "title", "error"]
                .iter()
                .filter_map(|key| fields.get(*key))
                .find_map(spoken),
            _ => None,
        }
    }
    spoken(&serde_json::from_slice(&response.body).ok()?)
}

#[cfg(test)]
mod tests;
