//! SCORM Cloud's endpoints, its authentication and its errors; knows nothing of the domain.

use std::borrow::Cow;
use std::time::Duration;

use connector::http::{Hooks, Method, RequestBuilder, Response, VendorHttp};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

/// Query parameters.
pub(crate) type Query<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Where every application is, whoever's it is.
const ROOT: &str = "https://cloud.scorm.com/api/v2/";

/// Pauses after a 429 that names none.
const LIMITED_STEPS: &[Duration] = &[Duration::from_secs(10), Duration::from_secs(30), Duration::from_secs(60)];

/// An application with our key to it.
#[derive(Debug)]
pub(crate) struct Client {
    http: VendorHttp,
    root: Url,
    application: String,
    key: SecretString,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let application = credentials.text("application_id").ok_or_else(|| missing("application_id"))?.to_owned();
        let key = credentials.secret("secret_key").ok_or_else(|| missing("secret_key"))?.clone();
        let root = ROOT.parse().map_err(|_| missing("application_id"))?;
        let http = http.with_hooks(Hooks { classify: Some(classify), detail: None });
        Ok(Self { http, root, application, key })
    }

    /// The application's id as it was entered.
    pub(crate) fn application(&self) -> &str {
        &self.application
    }

    /// Reads a list or a record.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str], query: &Query<'_>) -> Result<Response> {
        self.call(op, Method::GET, path)?.query_pairs(query.iter().cloned()).send().await
    }

    /// Writes what may be written again: ids are ours, and settings are as they are set.
    pub(crate) async fn post<T: Serialize + Sync>(
        &self,
        op: &'static str,
        path: &[&str],
        body: &T,
    ) -> Result<Response> {
        self.call(op, Method::POST, path)?.json(body).repeatable(true).send().await
    }

    /// As [`Self::post`], of a body that carries a secret.
    pub(crate) async fn post_secret<T: Serialize + Sync>(
        &self,
        op: &'static str,
        path: &[&str],
        body: &T,
        secret: &SecretString,
    ) -> Result<Response> {
        self.call(op, Method::POST, path)?.conceal(secret).json(body).repeatable(true).send().await
    }

    fn call(&self, op: &'static str, method: Method, path: &[&str]) -> Result<RequestBuilder> {
        let mut url = self.root.clone();
        let refused = || ConnectorError::new(op, ErrorKind::Malformed { path: "the address".to_owned() });
        url.path_segments_mut().map_err(|()| refused())?.pop_if_empty().extend(path);
        let call = self.http.request(op, method, url).basic(&self.application, &self.key);
        Ok(call.limited_steps(LIMITED_STEPS))
    }
}

/// Where SCORM Cloud's answers mean less than the kit would take them for.
fn classify(response: &Response) -> Option<ErrorKind> {
    match response.status.as_u16() {
        400 | 409 | 422 => {
            let message = words(response).unwrap_or_else(|| format!("it answered {}", response.status));
            Some(ErrorKind::Rejected { field: None, message })
        }
        _ => None,
    }
}

/// `{"message": ".."}`.
fn words(response: &Response) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    body.get("message")?.as_str().map(str::to_owned)
}
