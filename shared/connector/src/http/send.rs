//! The life of one call: room in the budget, attempt, classification, pause, next attempt.

use std::time::Duration;

use futures::StreamExt;
use http::HeaderValue;
use http::header::{DATE, HOST};
use tokio::time::{Instant, sleep, timeout};

use super::classify::{classify, heals, vendor_words};
use super::client::Shared;
use super::guard;
use super::request::{CallKind, RequestBuilder};
use super::response::Response;
use super::retry::{ATTEMPTS, LONGEST_PAUSE, backoff, http_date, retry_after};
use super::transport::{Incoming, Outgoing, TransportError};
use crate::error::{ConnectorError, ErrorKind, Result};

/// While one company is waited for, nothing is read of the others: they go on when it takes this long.
const PATIENCE_WITH_ONE: Duration = Duration::from_secs(5);

/// Why an attempt failed, and the pause that the vendor asked for.
struct Failure {
    kind: ErrorKind,
    detail: Option<String>,
    wish: Option<Duration>,
}

impl Failure {
    const fn new(kind: ErrorKind, detail: Option<String>) -> Self {
        Self { kind, detail, wish: None }
    }
}

pub(super) async fn send(request: RequestBuilder) -> Result<Response> {
    let outgoing = address(&request)?;
    let shared = &*request.http.shared;
    let mut attempt = 1;
    loop {
        let failure = match attempt_once(&request, outgoing.clone()).await {
            Ok(response) => return Ok(response),
            Err(failure) => unless_blocked(&request, failure),
        };
        let pause = pause_after(&request, &failure, attempt);
        if matches!(failure.kind, ErrorKind::Limited { .. }) {
            shared.budget.block(shared.now(), pause);
        }
        if !heals(&failure.kind) || !request.repeatable || attempt == ATTEMPTS {
            return Err(error(&request, failure));
        }
        let patience = match failure.kind {
            ErrorKind::CompanyLimited { .. } => shared.patience().min(PATIENCE_WITH_ONE),
            _ => shared.patience(),
        };
        if pause >= patience {
            let kind = match failure.kind {
                ErrorKind::Limited { .. } => ErrorKind::Limited { retry_after: Some(pause) },
                ErrorKind::CompanyLimited { .. } => ErrorKind::CompanyLimited { retry_after: Some(pause) },
                kind => kind,
            };
            return Err(error(&request, Failure { kind, ..failure }));
        }
        tracing::debug!(op = request.op, attempt, pause_ms = pause.as_millis(), reason = %failure.kind, "retrying a vendor call");
        sleep(pause).await;
        attempt += 1;
    }
}

/// A 403 soon after a 429, from a vendor that then closes its door for a while, is a pause.
fn unless_blocked(request: &RequestBuilder, failure: Failure) -> Failure {
    let Some(block) = request.block else { return failure };
    match failure.kind {
        ErrorKind::Limited { .. } => {
            request.note_limited();
            failure
        }
        ErrorKind::Forbidden if request.follows_a_limit(block) => {
            Failure { kind: ErrorKind::Limited { retry_after: Some(block) }, ..failure }
        }
        _ => failure,
    }
}

/// Where the request goes. Only a mapped origin is not the guard's business.
fn address(request: &RequestBuilder) -> Result<Outgoing> {
    let refuse = |reason| ConnectorError::new(request.op, ErrorKind::Address { reason });
    let mut headers = request.headers.clone();
    let mapped = request.http.shared.pool.settings.origins.map(&request.url);
    let (url, is_mapped) = match mapped {
        Some(mapped) => {
            guard::check_userinfo(&request.url).map_err(refuse)?;
            let host = HeaderValue::from_str(&mapped.host).map_err(|_| refuse("it names no host".to_owned()))?;
            headers.insert(HOST, host);
            (mapped.url, true)
        }
        None => {
            guard::check_url(&request.url).map_err(refuse)?;
            (request.url.clone(), false)
        }
    };
    Ok(Outgoing { method: request.method.clone(), url, headers, body: request.body.clone(), mapped: is_mapped })
}

async fn attempt_once(request: &RequestBuilder, outgoing: Outgoing) -> Result<Response, Failure> {
    let shared = &*request.http.shared;
    let paused = |resume_after| Failure::new(ErrorKind::Paused { resume_after }, None);
    let _permit = timeout(shared.patience(), shared.budget.enter()).await.map_err(|_| paused(Duration::ZERO))?;
    shared.wait_for_room().await.map_err(paused)?;

    shared.count(request.kind);
    let started = Instant::now();
    let (total, left) = (shared.pool.settings.times.total, shared.patience());
    let answer = match timeout(total.min(left), receive(shared, request.op, outgoing)).await {
        Ok(answer) => answer,
        // Cut off by our own deadline. Whether a write arrived is unknown, so it does not count as "nothing was sent".
        Err(_) if left < total && request.repeatable => return Err(paused(Duration::ZERO)),
        Err(_) => Err(TransportError::TimedOut.into()),
    };
    let status = answer.as_ref().ok().map(|response| response.status.as_u16());
    // What a vendor's support asks for: Microsoft and Stripe call it so.
    let request_id = answer.as_ref().ok().and_then(|response| response.header("request-id"));
    tracing::debug!(
        op = request.op,
        host = request.url.host_str(),
        status,
        vendor.request_id = request_id,
        duration_ms = started.elapsed().as_millis(),
        "called a vendor"
    );

    let response = answer?;
    let now = shared.now();
    let Some(kind) = classify(request, &response, now) else {
        if request.kind == CallKind::Data {
            shared.note_vendor_time(response.header(DATE.as_str()).and_then(http_date));
        }
        return Ok(response);
    };
    let words = vendor_words(&request.hooks, &response);
    Err(Failure { kind, detail: words, wish: retry_after(&response.headers, now) })
}

/// Reads the whole answer; the cap counts decompressed bytes.
async fn receive(shared: &Shared, op: &'static str, outgoing: Outgoing) -> Result<Response, Failure> {
    let cap = shared.pool.settings.response_cap;
    let Incoming { status, headers, mut body } = shared.pool.transport.send(outgoing).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > cap {
            let detail = format!("the answer is larger than {cap} bytes");
            return Err(Failure::new(ErrorKind::Malformed { path: "body".to_owned() }, Some(detail)));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Response::new(op, status, headers, bytes))
}

impl Shared {
    /// How long a call may still wait.
    pub(super) fn patience(&self) -> Duration {
        self.deadline().map_or(LONGEST_PAUSE, |at| at.saturating_duration_since(Instant::now()))
    }

    /// Waits for a call's turn in the budget, or says how long that would take.
    async fn wait_for_room(&self) -> Result<(), Duration> {
        // Read once and carried on by the monotonic clock, so that a wall clock that stands still cannot hold us here.
        let (read_at, started) = (self.now(), Instant::now());
        let now = || read_at.checked_add(started.elapsed()).unwrap_or(read_at);
        if self.patience().is_zero() {
            return Err(Duration::ZERO);
        }
        loop {
            let turn = self.budget.reserve(now(), self.patience())?;
            // Sleeping for no time at all still takes a tick of the timer, a millisecond or two of every call.
            if !turn.wait.is_zero() {
                sleep(turn.wait).await;
            }
            if self.budget.closed_for(now()).is_none() {
                return Ok(());
            }
            // A 429 has closed the budget meanwhile. All whose turn fell into that time would call at once at its end.
            self.budget.give_back(&turn);
        }
    }
}

fn pause_after(request: &RequestBuilder, failure: &Failure, attempt: u32) -> Duration {
    let named = match failure.kind {
        ErrorKind::Limited { retry_after } | ErrorKind::CompanyLimited { retry_after } => retry_after.or(failure.wish),
        _ => failure.wish,
    };
    if let Some(pause) = named {
        return pause.min(LONGEST_PAUSE);
    }
    if matches!(failure.kind, ErrorKind::Limited { .. } | ErrorKind::CompanyLimited { .. }) {
        let step = usize::try_from(attempt).unwrap_or(usize::MAX).min(request.limited_steps.len());
        return request.limited_steps.get(step.saturating_sub(1)).copied().unwrap_or(LONGEST_PAUSE);
    }
    let mut rng = request.http.shared.pool.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    backoff(attempt, &mut *rng)
}

fn error(request: &RequestBuilder, failure: Failure) -> ConnectorError {
    let detail = failure.detail.map(|words| request.secrets.scrub(&words)).filter(|words| !words.is_empty());
    let kind = match failure.kind {
        // The vendor's own words beat the status; whatever a hook put there is scrubbed, too.
        ErrorKind::Rejected { field, message } => {
            let message = match &detail {
                Some(words) => words.clone(),
                None => request.secrets.scrub(&message),
            };
            ErrorKind::Rejected { field, message }
        }
        kind => kind,
    };
    ConnectorError { op: request.op, kind, detail, permission: None }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let detail = Some(error.to_string());
        match error {
            TransportError::Refused(reason) => Self::new(ErrorKind::Address { reason }, None),
            TransportError::Failed(_) | TransportError::TimedOut => Self::new(ErrorKind::Unavailable, detail),
            TransportError::Undecodable => Self::new(ErrorKind::Malformed { path: "body".to_owned() }, detail),
        }
    }
}
