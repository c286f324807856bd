//! What was asked of a vendor: counts by method and route, and the last requests without secrets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::exchange::Call;
use crate::knobs::lock;
use crate::vendor::{Route, RouteKind};

/// Requests kept in full.
const KEPT: usize = 2_000;
/// Longer bodies are not kept.
const BODY_KEPT: usize = 64 * 1024;

/// One request as it came.
#[derive(Clone, Debug, Serialize)]
pub struct SeenCall {
    /// Counts from one since the last clearing.
    pub number: u64,
    /// When, in the vendor's time.
    pub at: Timestamp,
    /// Upper case.
    pub method: String,
    /// As sent.
    pub path: String,
    /// `/api/Client/{id}`.
    pub template: String,
    /// Token or data.
    pub kind: RouteKind,
    /// The host asked for.
    pub host: String,
    /// In order; values of secrets replaced.
    pub query: Vec<(String, String)>,
    /// Type of the body.
    pub content_type: Option<String>,
    /// The JSON sent, on data routes only.
    pub body: Option<Value>,
    /// What was answered; absent while the answer is pending or hangs.
    pub status: Option<u16>,
    /// Names of the faults that were applied.
    pub faults: Vec<&'static str>,
}

/// Counts of one method and route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallSummary {
    /// Upper case.
    pub method: String,
    /// `/api/Client/{id}`.
    pub template: String,
    /// Token or data.
    pub kind: RouteKind,
    /// How often.
    pub count: u64,
}

/// The log.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// Calls for tokens.
    pub token: u64,
    /// All others.
    pub data: u64,
    /// By method and route.
    pub routes: Vec<CallSummary>,
    /// The last requests, oldest first.
    pub last: Vec<SeenCall>,
}

impl CallReport {
    /// How often a method and route were called.
    pub fn count(&self, method: &str, template: &str) -> u64 {
        let matches = |route: &&CallSummary| route.method == method && route.template.eq_ignore_ascii_case(template);
        self.routes.iter().filter(matches).map(|route| route.count).sum()
    }
}

#[derive(Default)]
struct State {
    number: u64,
    counts: BTreeMap<(String, String), (RouteKind, u64)>,
    last: VecDeque<SeenCall>,
}

#[derive(Default)]
pub(crate) struct CallLog(Mutex<State>);

impl CallLog {
    pub(crate) fn note(&self, call: &Call, route: &Route) -> u64 {
        let mut state = lock(&self.0);
        state.number += 1;
        let method = call.method.as_str().to_owned();
        state.counts.entry((method.clone(), route.template.clone())).or_insert((route.kind, 0)).1 += 1;
        if state.last.len() == KEPT {
            state.last.pop_front();
        }
        let keeps_body = route.kind == RouteKind::Data && call.body.len() <= BODY_KEPT;
        let seen = SeenCall {
            number: state.number,
            at: call.at,
            method,
            path: call.path.clone(),
            template: route.template.clone(),
            kind: route.kind,
            host: call.host.clone(),
            query: call.query.iter().map(|(key, value)| (key.clone(), without_secret(key, value))).collect(),
            content_type: call.header("content-type").map(str::to_owned),
            body: keeps_body.then(|| serde_json::from_slice(&call.body).ok()).flatten(),
            status: None,
            faults: Vec::new(),
        };
        let number = seen.number;
        state.last.push_back(seen);
        number
    }

    pub(crate) fn answered(&self, number: u64, status: u16, faults: Vec<&'static str>) {
        let mut state = lock(&self.0);
        if let Some(seen) = state.last.iter_mut().rev().find(|seen| seen.number == number) {
            seen.status = Some(status);
            seen.faults = faults;
        }
    }

    pub(crate) fn report(&self, last: usize) -> CallReport {
        let state = lock(&self.0);
        let sum = |wanted: RouteKind| state.counts.values().filter(|(kind, _)| *kind == wanted).map(|(_, n)| n).sum();
        let routes = state.counts.iter().map(|((method, template), (kind, count))| CallSummary {
            method: method.clone(),
            template: template.clone(),
            kind: *kind,
            count: *count,
        });
        let skipped = state.last.len().saturating_sub(last);
        CallReport {
            token: sum(RouteKind::Token),
            data: sum(RouteKind::Data),
            routes: routes.collect(),
            last: state.last.iter().skip(skipped).cloned().collect(),
        }
    }

    pub(crate) fn clear(&self) {
        *lock(&self.0) = State::default();
    }
}

fn without_secret(key: &str, value: &str) -> String {
    let key = key.to_ascii_lowercase();
    let secret = ["secret", "password", "token", "api_key", "apikey"].iter().any(|part| key.contains(part));
    if secret { "(secret)".to_owned() } else { value.to_owned() }
}
