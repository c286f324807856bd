//! What carries a request: reqwest in production, anything else in tests.
//!
//! Invariant: redirects are never followed and proxies never used, so the address that was checked is the one that is
//! called. Two clients stand side by side: the guarded one, and one without guard that only mapped origins go through.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::guard::{AddressRefused, GuardedResolver, Lookup};
use super::settings::HttpSettings;
use crate::BoxFuture;

/// A request as it goes on the wire.
#[derive(Clone)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// Where it goes, after the origin map.
    pub url: Url,
    /// Its headers; secret ones are marked sensitive.
    pub headers: HeaderMap,
    /// Its body; empty for none.
    pub body: Bytes,
    /// The origin map chose the address: the guard does not look.
    pub mapped: bool,
}

/// An answer whose body is still to come.
pub struct Incoming {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address may not be called, or its certificate is not trusted: a person must act.
    #[error("{0}")]
    Refused(String),
    /// No connection, or it broke; safe to print.
    #[error("{0}")]
    Failed(String),
    /// Took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The compressed body cannot be decompressed.
    #[error("the body cannot be decompressed")]
    Undecodable,
}

/// Sends one request, once.
pub trait Transport: Send + Sync {
    /// Sends it. Time limits over the whole call are the caller's.
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>>;
}

/// reqwest: rustls, gzip, no proxy, no redirects, connections kept.
pub(super) struct Network {
    guarded: reqwest::Client,
    /// For vendors that are served somewhere else.
    mapped: reqwest::Client,
}

impl Network {
    pub(super) fn new(settings: &HttpSettings, lookup: Arc<dyn Lookup>) -> reqwest::Result<Self> {
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(super::tls())
                .gzip(true)
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(settings.times.connect)
                .read_timeout(settings.times.read)
                // Lambda freezes between invocations; a connection older than this is dead more often than not.
                .pool_idle_timeout(Duration::from_secs(50))
                .user_agent(&settings.user_agent)
        };
        let guarded = builder().https_only(true).dns_resolver(Arc::new(GuardedResolver(lookup))).build()?;
        Ok(Self { guarded, mapped: builder().build()? })
    }
}

impl Transport for Network {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let client = if request.mapped { &self.mapped } else { &self.guarded };
        let mut built = client.request(request.method, request.url).headers(request.headers);
        if !request.body.is_empty() {
            built = built.body(request.body);
        }
        Box::pin(async move {
            let response = built.send().await.map_err(|error| explain(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = response.bytes_stream().map(|chunk| chunk.map_err(|error| explain(&error))).boxed();
            Ok(Incoming { status, headers, body })
        })
    }
}

/// Only the innermost cause is put in words: the outer ones carry the URL.
fn explain(error: &reqwest::Error) -> TransportError {
    let mut cause: &(dyn Error + 'static) = error;
    let mut garbled = false;
    loop {
        // What the decompressor says to bad input; reqwest calls a broken connection a decode error, too.
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        garbled |= matches!(io, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput));
        if let Some(refused) = cause.downcast_ref::<AddressRefused>() {
            return TransportError::Refused(refused.reason.clone());
        }
        let text = cause.to_string();
        // The words of rustls, whose error type is not ours to name without pinning its version.
        if let Some((_, problem)) = text.split_once("invalid peer certificate: ") {
            return TransportError::Refused(format!("its certificate is not trusted ({problem})"));
        }
        let Some(next) = cause.source() else { break };
        cause = next;
    }
    if error.is_timeout() {
        TransportError::TimedOut
    } else if error.is_decode() && garbled {
        TransportError::Undecodable
    } else {
        TransportError::Failed(cause.to_string())
    }
}
