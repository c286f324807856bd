//! Stripe's API v1 at version `2026-07-29.dahlia`: customers, products, prices, subscriptions, invoices, charges, refunds,
//! events, checkout and billing portal sessions, and webhook endpoints that send what they are made for.
//!
//! Behaviours that no source settles, or that a test asks for, by quirk name:
//! - `account_named` (true): a refusal for want of a permission names the account.
//! - `lock_timeout` (false): every write finds its object held by another request.
//! - `idempotency_busy` (false): every write finds another request with its key at work.
//! - `version_optional` (false): a call without `Stripe-Version` is taken, with today's shapes.
//! - `webhook_times` (1): how often each event is sent at once.
//! - `webhook_reversed` (false): the newest is sent first.
//! - `webhook_stamp_offset` (0): seconds by which the stamp of a signature is off.
//! - `webhook_forged` (false): signed with a secret of nobody's.
//! - `webhook_version` (the pinned one): what events say that their version is.
//! - `webhook_thin` (false): events come as notifications of version 2, without a snapshot.

mod events;
mod expand;
mod form;
mod keys;
mod lists;
mod objects;
mod people;
mod sender;
mod state;
mod tenant;
mod wire;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use form::Form;
use state::State;
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "stripe",
    name: "Stripe",
    origins: &["https://api.stripe.com"],
    seeded_origins: &["https://api.stripe.com"],
    build: |setup| Arc::new(Stripe { state: Kept::new(tenant::seed(setup)) }),
};

const KEY: &str = "rk_test_51SimulatedStripeKeyForTheSeededTenant0000000042";
const ACCOUNT: &str = "acct_1SimMsp00000001";
/// The version whose shapes these are.
const VERSION: &str = "2026-07-29.dahlia";

struct Stripe {
    state: Kept<State>,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Account,
    List(&'static str),
    One(&'static str, String),
    PortalSessions,
    CheckoutSessions,
}

/// The lists by their paths.
const LISTS: &[&str] = &[
    "customers",
    "products",
    "prices",
    "subscriptions",
    "subscription_items",
    "invoices",
    "charges",
    "refunds",
    "events",
    "webhook_endpoints",
];

impl Target {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        let list = |name: &str| LISTS.iter().copied().find(|list| *list == name);
        match parts.as_slice() {
            ["account"] => Some(Self::Account),
            ["billing_portal", "sessions"] => Some(Self::PortalSessions),
            ["checkout", "sessions"] => Some(Self::CheckoutSessions),
            ["checkout", "sessions", id] => Some(Self::One("checkout_sessions", (*id).to_owned())),
            [name] => list(name).map(Self::List),
            [name, id] => list(name).map(|list| Self::One(list, (*id).to_owned())),
            _ => None,
        }
    }

    fn template(&self) -> String {
        match self {
            Self::Account => "/v1/account".to_owned(),
            Self::List(list) => format!("/v1/{list}"),
            Self::One("checkout_sessions", _) => "/v1/checkout/sessions/{id}".to_owned(),
            Self::One(list, _) => format!("/v1/{list}/{{id}}"),
            Self::PortalSessions => "/v1/billing_portal/sessions".to_owned(),
            Self::CheckoutSessions => "/v1/checkout/sessions".to_owned(),
        }
    }

    /// What it is about, for faults and denials.
    fn record_type(&self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::List("subscription_items") | Self::One("subscription_items", _) => "subscriptions",
            Self::List("refunds") | Self::One("refunds", _) => "charges",
            Self::List(list) | Self::One(list, _) => list,
            Self::PortalSessions => "billing_portal",
            Self::CheckoutSessions => "checkout_sessions",
        }
    }
}

impl Stripe {
    fn api(&self, call: &Call, knobs: &Knobs) -> Result<Answer, Reject> {
        let target = Target::of(&call.path).ok_or_else(|| Reject::unknown_path(call))?;
        let key = keys::key_of(call).ok_or(Reject::NoKey)?;
        if key != KEY || knobs.settings().revoked {
            return Err(Reject::WrongKey(key));
        }
        if call.header("stripe-version").is_none() && !flag(knobs, "version_optional") {
            return Err(Reject::bad(
                "Stripe-Version",
                "parameter_missing",
                "Stripe-Version is missing (strict simulator)",
            ));
        }
        match knobs.denied(target.record_type()) {
            Some(DenyAs::Empty) if call.method == Method::GET => {
                return Ok(Answer::ok(&lists::envelope(&call.path, &[], false)));
            }
            Some(_) => return Err(Reject::not_permitted(target.record_type(), &call.method, knobs)),
            None => {}
        }
        match call.method {
            Method::GET => self.get(call, &target),
            Method::POST => self.post(call, &target, knobs),
            Method::DELETE => writes::delete(&mut self.state.write(), &target, call.at),
            _ => Err(Reject::unknown_path(call)),
        }
    }

    fn get(&self, call: &Call, target: &Target) -> Result<Answer, Reject> {
        let form = Form::query(&call.query)?;
        let state = self.state.read();
        let mut body = match target {
            Target::Account => {
                form.only(&["expand"])?;
                objects::account()
            }
            Target::List(list) => lists::list(&state, list, &call.path, &form, call.at)?,
            Target::One(list, id) => {
                form.only(&["expand"])?;
                lists::one(&state, list, id)?
            }
            Target::PortalSessions | Target::CheckoutSessions => return Err(Reject::unknown_path(call)),
        };
        expand::expand(&state, &mut body, &form.list("expand"))?;
        Ok(Answer::ok(&body))
    }

    /// With an `Idempotency-Key`, what was answered once is answered again.
    fn post(&self, call: &Call, target: &Target, knobs: &Knobs) -> Result<Answer, Reject> {
        let form = Form::body(call)?;
        if flag(knobs, "lock_timeout") {
            return Err(Reject::LockTimeout);
        }
        let mut state = self.state.write();
        let Some(key) = call.header("idempotency-key") else {
            return writes::post(&mut state, target, &form, call.at).map(|body| Answer::ok(&body));
        };
        if flag(knobs, "idempotency_busy") {
            return Err(Reject::KeyInUse);
        }
        if let Some(body) = state.kept.replay(key, call)? {
            let mut answer = Answer::ok(&body);
            answer.headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
            return Ok(answer);
        }
        // What the parameters are refused for is not kept: the endpoint did not begin to work.
        let body = writes::post(&mut state, target, &form, call.at)?;
        state.kept.keep(key, call, body.clone());
        Ok(Answer::ok(&body))
    }
}

fn flag(knobs: &Knobs, quirk: &str) -> bool {
    knobs.quirk(quirk) == Some(Value::Bool(true))
}

impl Vendor for Stripe {
    fn classify(&self, call: &Call) -> Route {
        let target = Target::of(&call.path);
        let template = target.as_ref().map_or_else(|| "unknown".to_owned(), Target::template);
        Route { template, record_type: target.as_ref().map(Target::record_type), kind: RouteKind::Data }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        let mut answer = self.api(call, knobs).unwrap_or_else(Reject::answer);
        let number = self.state.write().number();
        for (name, value) in [("request-id", format!("req_Sim{number:010}")), ("stripe-version", VERSION.to_owned())] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers.insert(name, value);
            }
        }
        if let Some(key) = call.header("idempotency-key").and_then(|key| HeaderValue::from_str(key).ok()) {
            answer.headers.insert("idempotency-key", key);
        }
        answer
    }

    fn first_page(&self, call: &mut Call) {
        call.query.retain(|(name, _)| name != "starting_after");
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, _limit: &Limit, _knobs: &Knobs) -> Answer {
        let mut answer = Reject::Limited.answer();
        answer.headers.insert("stripe-rate-limited-reason", HeaderValue::from_static("global-rate"));
        answer
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("restricted_key".to_owned(), KEY.to_owned())])
    }

    fn dump(&self, _knobs: &Knobs) -> Value {
        people::dump(&self.state.read())
    }

    fn create(
        &self,
        list: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        _knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        people::create(&mut self.state.write(), list, fields, mode)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        _knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        people::patch(&mut self.state.write(), list, id, fields, mode)
    }

    fn deliveries(&self, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        sender::due(&mut self.state.write(), now, knobs)
    }

    fn delivered(&self, id: u64, status: Option<u16>, now: Timestamp) {
        sender::answered(&mut self.state.write(), id, status, now);
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, mode)
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn failure(status: StatusCode, error: Value) -> Answer {
    Answer::json(status, &Value::Object(Map::from_iter([("error".to_owned(), error)])))
}
