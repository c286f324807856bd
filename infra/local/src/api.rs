//! A client of the public API, for tests, for `--once` and for progress.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::Value;

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    /// HTTP status.
    pub status: u16,
    /// Its entity tag.
    pub etag: Option<String>,
    /// Its body; null if it has none.
    pub body: Value,
}

/// A client with a token.
#[derive(Clone, Debug)]
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl ApiClient {
    /// A client of the API at `base`.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(base: &str, token: String) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(35)).build();
        Ok(Self { http: http.context("make an HTTP client")?, base: base.to_owned(), token })
    }

    /// Sends a request; any status is an answer.
    ///
    /// # Errors
    /// No answer came, or one that is not JSON.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<ApiAnswer> {
        self.send_if(method, path, body, None).await
    }

    /// Sends a request with `If-Match`.
    ///
    /// # Errors
    /// No answer came, or one that is not JSON.
    pub async fn send_if(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> anyhow::Result<ApiAnswer> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(&self.token);
        if method == Method::POST {
            request = request.header("idempotency-key", uuid::Uuid::new_v4().to_string());
        }
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {path}"))?;
        let status = answer.status().as_u16();
        let etag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(ToOwned::to_owned);
        #[expect(clippy::disallowed_methods, reason = "the gateway caps answers at 6 MB")]
        let text = answer.text().await.with_context(|| format!("{method} {path}"))?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).with_context(|| format!("{method} {path} answered {status} without JSON"))?
        };
        Ok(ApiAnswer { status, etag, body })
    }

    /// Sends a request that must succeed.
    ///
    /// # Errors
    /// No answer came, or one that says what is wrong.
    pub async fn expect(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let answer = self.send(method.clone(), path, body).await?;
        if !(200..300).contains(&answer.status) {
            bail!("{method} {path} answered {}: {}", answer.status, answer.body);
        }
        Ok(answer.body)
    }

    /// A GET that must succeed.
    ///
    /// # Errors
    /// No answer came, or one that says what is wrong.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.expect(Method::GET, path, None).await
    }
}
