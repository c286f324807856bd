//! Datto RMM's endpoints and its authentication; knows nothing of the domain.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use connector::http::{FormValue, Hooks, Response, TokenRequest, VendorHttp};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

/// Query parameters.
pub(crate) type Query<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The hosts that there are, one for each platform.
pub(crate) const PLATFORMS: &[(&str, &str)] = &[
    ("pinotage", "Pinotage"),
    ("merlot", "Merlot"),
    ("concord", "Concord"),
    ("vidal", "Vidal"),
    ("zinfandel", "Zinfandel"),
    ("syrah", "Syrah"),
];

/// Every client of the API signs in as this one; the keys are the user.
const PUBLIC_CLIENT: (&str, &str) = ("public-client", "public");

/// Pauses after a 429, which names none: the window is a minute.
const LIMITED_STEPS: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(120)];

/// How long an address is shut out that goes on after a 429 (Datto's help on its API).
const BLOCK: Duration = Duration::from_secs(300);

/// A Datto RMM platform with our keys for it.
#[derive(Debug)]
pub(crate) struct Client {
    api: VendorHttp,
    auth: VendorHttp,
    root: Url,
    token: TokenRequest,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let platform = credentials.text("platform").unwrap_or_default();
        let platform = PLATFORMS.iter().find(|(known, _)| *known == platform).ok_or_else(|| missing("platform"))?.0;
        let root: Url = format!("https://{platform}-api.centrastage.net").parse().map_err(|_| missing("platform"))?;
        let key = credentials.text("api_key").ok_or_else(|| missing("api_key"))?;
        let secret = credentials.secret("secret_key").ok_or_else(|| missing("secret_key"))?;
        let form = vec![
            ("grant_type", FormValue::Text("password".to_owned())),
            ("username", FormValue::Text(key.to_owned())),
            ("password", FormValue::Secret(secret.clone())),
        ];
        let (client, password) = PUBLIC_CLIENT;
        let token = TokenRequest {
            basic: Some((client.to_owned(), SecretString::from(password))),
            address_field: Some("platform"),
            ..TokenRequest::new("authenticate", under(&root, &["auth", "oauth", "token"])?, form)
        };
        Ok(Self {
            api: http.with_hooks(Hooks { classify: Some(classify), detail: Some(words) }),
            auth: http.with_hooks(Hooks { classify: None, detail: Some(refusal) }),
            root,
            token,
        })
    }

    /// Reads a list or a record, below `/api/v2`.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str], query: &Query<'_>) -> Result<Bytes> {
        let mut whole = vec!["api", "v2"];
        whole.extend(path);
        let url = under(&self.root, &whole)?;
        let call = |token: &SecretString| {
            let call = self.api.get(op, url.clone()).query_pairs(query.iter().cloned()).bearer(token);
            call.limited_steps(LIMITED_STEPS).blocked_after_limit(BLOCK)
        };
        Ok(self.auth.authorized(&self.token, call).await?.body)
    }
}

fn under(root: &Url, path: &[&str]) -> Result<Url> {
    let mut url = root.clone();
    let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("platform") });
    url.path_segments_mut().map_err(|()| refused())?.clear().extend(path);
    Ok(url)
}

/// "Request aborted due to concurrent write access to this record" heals by itself.
fn classify(response: &Response) -> Option<ErrorKind> {
    (response.status.as_u16() == 409).then_some(ErrorKind::Unavailable)
}

/// An error body holds nothing but the status in words.
fn words(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    Some(body.get("error")?.as_str()?.to_owned())
}

/// Keys of another platform are refused just as wrong ones are.
fn refusal(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let said = ["error_description", "error"].iter().find_map(|key| body.get(key)?.as_str());
    let said = said.unwrap_or("The keys were refused").trim_end_matches('.');
    Some(format!("{said}. Keys work on their own platform only: check the platform, too."))
}

#[cfg(test)]
mod tests;
