//! The token endpoint, and what a token allows.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Mutex;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refusal;
use crate::exchange::{Answer, Call};
use crate::knobs::{DenyAs, Knobs, lock};
use crate::seed::Seed;

pub(super) const CLIENT_ID: &str = "0e30f1c2-7a44-4d7e-9b0a-5a1c2e8d7f10";
pub(super) const CLIENT_SECRET: &str = "simulated-asio-c4a1f0d2b7e94be8a1d06c35f8";

/// Life of a token in seconds, as the document's example has it.
const LIFETIME: i64 = 3_599;
/// Tokens in a time that lock the key. SIM CHOICE: nobody says how many, or for how long.
const LOCK: (usize, i64) = (10, 300);
/// What the seeded key was given: what the product's guide asks for.
const GRANTED: &[&str] =
    &["platform.companies.read", "platform.sites.read", "platform.asset.read", "platform.devices.read"];

#[derive(Clone)]
pub(super) struct Grant {
    expires: Timestamp,
    generation: u64,
    scopes: BTreeSet<String>,
    /// What the key was denied when the token was issued: a token does not notice that a scope was given since.
    denied: BTreeSet<String>,
    deny_as: DenyAs,
}

impl Grant {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Rights taken away count at once, rights given only in the next token.
    pub(super) fn denied(&self, record_type: &str, knobs: &Knobs) -> Option<DenyAs> {
        knobs.denied(record_type).or_else(|| self.denied.contains(record_type).then_some(self.deny_as))
    }
}

struct Issued {
    seed: Seed,
    grants: HashMap<String, Grant>,
    asked: VecDeque<Timestamp>,
    locked_until: Option<Timestamp>,
}

pub(super) struct Tokens(Mutex<Issued>);

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        let seed = Seed::new(seed ^ 0x6173_696f);
        Self(Mutex::new(Issued { seed, grants: HashMap::new(), asked: VecDeque::new(), locked_until: None }))
    }

    /// `POST /v1/token`, in JSON.
    pub(super) fn issue(&self, call: &Call, knobs: &Knobs, here: bool) -> Answer {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        let field = |name: &str| body[name].as_str().unwrap_or_default();
        if call.method != axum::http::Method::POST || field("grant_type") != "client_credentials" {
            return refusal(StatusCode::BAD_REQUEST, "bad request", "invalid input data");
        }
        let settings = knobs.settings().clone();
        if !here || settings.revoked || field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            return refusal(StatusCode::UNAUTHORIZED, "invalid_client", "The client credentials are invalid.");
        }
        let mut issued = lock(&self.0);
        if issued.is_locked(call.at, lock_of(knobs)) {
            return refusal(StatusCode::LOCKED, "locked", "Too many tokens were asked for.");
        }
        let asked: BTreeSet<String> = field("scope").split_whitespace().map(str::to_owned).collect();
        let granted: BTreeSet<String> = GRANTED.iter().map(|scope| (*scope).to_owned()).collect();
        if !asked.is_subset(&granted) {
            return refusal(StatusCode::BAD_REQUEST, "invalid_scope", "The requested scope is invalid.");
        }
        let scopes = if asked.is_empty() { granted } else { asked };
        let lifetime = settings.token_lifetime.unwrap_or(LIFETIME);
        let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
        issued.grants.retain(|_, grant| grant.expires > call.at);
        let token = format!("{}{}", issued.seed.guid(), issued.seed.guid()).replace('-', "");
        let grant = Grant {
            expires: call.at.checked_add(SignedDuration::from_secs(lifetime)).unwrap_or(call.at),
            generation: settings.token_generation,
            scopes,
            denied: settings.denied,
            deny_as: settings.deny_as,
        };
        issued.grants.insert(token.clone(), grant);
        Answer::ok(&json!({"access_token": token, "scope": scope, "token_type": "Bearer", "expires_in": lifetime}))
    }

    /// Every token that has not ended.
    pub(super) fn all(&self) -> Value {
        lock(&self.0).grants.keys().map(String::as_str).collect()
    }

    /// What the call's token allows, if it is good.
    pub(super) fn check(&self, call: &Call, knobs: &Knobs) -> Option<Grant> {
        let (scheme, token) = call.header("authorization")?.split_once(' ')?;
        let generation = knobs.settings().token_generation;
        let issued = lock(&self.0);
        let grant = scheme.eq_ignore_ascii_case("bearer").then(|| issued.grants.get(token.trim())).flatten();
        grant.filter(|grant| grant.expires > call.at && grant.generation == generation).cloned()
    }
}

impl Issued {
    /// Counts the asking; while the key is locked, asking changes nothing.
    fn is_locked(&mut self, now: Timestamp, (calls, seconds): (usize, i64)) -> bool {
        if self.locked_until.is_some_and(|until| now < until) {
            return true;
        }
        self.asked.retain(|at| now.as_second() - at.as_second() < seconds);
        self.asked.push_back(now);
        if self.asked.len() <= calls {
            return false;
        }
        self.asked.clear();
        self.locked_until = now.checked_add(SignedDuration::from_secs(seconds)).ok();
        true
    }
}

fn lock_of(knobs: &Knobs) -> (usize, i64) {
    let Some(quirk) = knobs.quirk("token_lock") else { return LOCK };
    let calls = quirk["calls"].as_u64().and_then(|calls| usize::try_from(calls).ok()).unwrap_or(LOCK.0);
    (calls, quirk["seconds"].as_i64().unwrap_or(LOCK.1))
}
