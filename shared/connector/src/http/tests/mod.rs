//! The kit as a connector meets it: against an axum app in process (paused time) or on a loopback port.

mod blocks;
mod budgets;
mod canary;
mod network;
mod outcomes;
mod retries;
mod tokens;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::{Request, Response as Answer};
use axum::Router;
use axum::body::Body;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::time::Instant;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::{BoxFuture, ErrorKind, Result};

const EPOCH: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// A wall clock that goes with tokio's.
fn clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || EPOCH + start.elapsed())
}

fn settings() -> HttpSettings {
    HttpSettings { seed: Some(7), ..HttpSettings::new(clock()) }
}

fn owner() -> TokenOwner {
    TokenOwner("acme/halo-psa/3".to_owned())
}

fn url(path: &str) -> Url {
    format!("https://acme.vendor.com{path}").parse().unwrap()
}

/// Calls an axum app without a socket, so that paused time does not run away while bytes travel.
struct InProcess(Router);

impl Transport for InProcess {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let router = self.0.clone();
        Box::pin(async move {
            let mut built = Request::new(Body::from(request.body));
            *built.method_mut() = request.method;
            *built.uri_mut() = request.url.as_str().parse().unwrap();
            *built.headers_mut() = request.headers;
            let (parts, body) = router.oneshot(built).await.unwrap().into_parts();
            let body = body.into_data_stream().map(|chunk| chunk.map_err(|_| TransportError::Undecodable)).boxed();
            Ok(Incoming { status: parts.status, headers: parts.headers, body })
        })
    }
}

fn in_process(router: Router) -> HttpPool {
    HttpPool::with_transport(settings(), Arc::new(InProcess(router)))
}

/// What arrived, and how many seconds after the start.
#[derive(Clone)]
struct Log {
    start: Instant,
    calls: Arc<Mutex<Vec<(f64, String)>>>,
}

impl Log {
    fn new() -> Self {
        Self { start: Instant::now(), calls: Arc::default() }
    }

    fn note(&self, line: String) {
        self.calls.lock().unwrap().push((self.start.elapsed().as_secs_f64(), line));
    }

    fn seconds(&self) -> Vec<u64> {
        self.calls.lock().unwrap().iter().map(|(at, _)| *at as u64).collect()
    }

    fn lines(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(_, line)| line.clone()).collect()
    }
}

/// A vendor that gives these answers in turn and the last one for ever.
fn scripted(answers: impl IntoIterator<Item = Answer<&'static str>>) -> (Router, Log) {
    let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
    let log = Log::new();
    let noted = log.clone();
    let router = Router::new().fallback(move |request: Request<Body>| {
        noted.note(format!("{} {}", request.method(), request.uri().path_and_query().unwrap()));
        let mut answers = answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        async move { answer.map(Body::from) }
    });
    (router, log)
}

fn vendor(answers: impl IntoIterator<Item = Answer<&'static str>>) -> (VendorHttp, Log) {
    let (router, log) = scripted(answers);
    (in_process(router).for_connection(owner(), Budget::unlimited()), log)
}

fn status(code: u16) -> Answer<&'static str> {
    Answer::builder().status(code).body("").unwrap()
}

fn ok(body: &'static str) -> Answer<&'static str> {
    Answer::new(body)
}

fn with_header(code: u16, name: &'static str, value: &str) -> Answer<&'static str> {
    Answer::builder().status(code).header(name, value).body("").unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
