//! One seeded vendor with its knobs; cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::DATE;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use crate::calls::{CallLog, CallReport};
use crate::clock::{Clock, http_date};
use crate::exchange::Call;
use crate::fault::{Fault, Faults};
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::lanes::Lanes;
use crate::records::ChangeMode;
use crate::vendor::{Outgoing, Refusal, Vendor};
use crate::{Server, Simulator, control};

/// Larger requests are refused.
const REQUEST_LIMIT: usize = 32 * 1024 * 1024;

/// A vendor with its data and its knobs.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    simulator: &'static Simulator,
    vendor: Arc<dyn Vendor>,
    clock: Clock,
    knobs: Knobs,
    faults: Faults,
    lanes: Lanes,
    calls: CallLog,
}

impl App {
    pub(crate) fn new(simulator: &'static Simulator, vendor: Arc<dyn Vendor>, clock: Clock) -> Self {
        let (knobs, faults, lanes, calls) = Default::default();
        Self(Arc::new(Inner { simulator, vendor, clock, knobs, faults, lanes, calls }))
    }

    /// Which vendor it is.
    pub fn simulator(&self) -> &'static Simulator {
        self.0.simulator
    }

    /// Values of the connector's credentials form for the seeded tenant, by key.
    pub fn credentials(&self) -> BTreeMap<String, String> {
        self.0.vendor.credentials()
    }

    /// Values that belong to the deployment instead of to a tenant, by name.
    pub fn deployment(&self) -> BTreeMap<String, String> {
        self.0.vendor.deployment()
    }

    /// The vendor's API and the control plane.
    pub fn router(&self) -> Router {
        Router::new().nest("/__sim", control::router()).fallback(serve).with_state(self.clone())
    }

    /// Serves until the server is dropped.
    pub fn serve(&self, listener: TcpListener) -> std::io::Result<Server> {
        Server::start(self, listener)
    }

    /// Everything there is, deleted and inactive records included.
    pub fn dump(&self) -> Value {
        self.0.vendor.dump(&self.0.knobs)
    }

    /// The vendor's time, skew included.
    pub fn now(&self) -> Timestamp {
        self.0.knobs.skewed((self.0.clock)())
    }

    /// The requests seen since the last clearing; at most `last` of them in full.
    pub fn calls(&self, last: usize) -> CallReport {
        self.0.calls.report(last)
    }

    /// Forgets the requests seen.
    pub fn clear_calls(&self) {
        self.0.calls.clear();
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.0.faults.set(faults);
    }

    /// Adds faults to those there are.
    pub fn add_faults(&self, faults: Vec<Fault>) {
        self.0.faults.add(faults);
    }

    /// The faults there are, also those used up.
    pub fn faults(&self) -> Vec<Fault> {
        self.0.faults.list()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.0.faults.set(Vec::new());
    }

    /// Revokes the credentials and every token issued, or takes the credentials back into grace.
    pub fn revoke_credentials(&self, revoked: bool) {
        let mut settings = self.0.knobs.settings();
        settings.revoked = revoked;
        settings.token_generation += u64::from(revoked);
    }

    /// Makes every token issued so far worthless.
    pub fn expire_tokens(&self) {
        self.0.knobs.settings().token_generation += 1;
    }

    /// How long tokens issued from now on are good; `None`: as the vendor says.
    pub fn set_token_lifetime(&self, seconds: Option<i64>) {
        self.0.knobs.settings().token_lifetime = seconds;
    }

    /// The record types that the tenant's credentials may not read. None: all may be read.
    pub fn deny(&self, record_types: impl IntoIterator<Item = impl Into<String>>, deny_as: DenyAs) {
        let mut settings = self.0.knobs.settings();
        settings.denied = record_types.into_iter().map(Into::into).collect();
        settings.deny_as = deny_as;
    }

    /// How far the vendor's clock is ahead of ours.
    pub fn set_skew(&self, seconds: i64) {
        self.0.knobs.settings().skew_seconds = seconds;
    }

    /// The vendor's call limit; `None`, the default: lifted.
    pub fn set_limit(&self, limit: Option<Limit>) {
        self.0.knobs.set_limit(limit);
    }

    /// Chooses a behaviour that no source settles; null goes back to the default. Vendors' modules list theirs.
    pub fn set_quirk(&self, name: &str, value: Value) {
        let mut settings = self.0.knobs.settings();
        if value.is_null() {
            settings.quirks.remove(name);
        } else {
            settings.quirks.insert(name.to_owned(), value);
        }
    }

    /// A person at the vendor creates a record; gives it as the vendor would show it in full.
    pub fn create(&self, list: &str, fields: Map<String, Value>) -> Result<Value, Refusal> {
        let mode = ChangeMode { at: self.now(), silent: false };
        self.0.vendor.create(list, fields, mode, &self.0.knobs)
    }

    /// A person at the vendor changes fields of a record; null takes one away. `silent`: the change stamp stays.
    pub fn patch(&self, list: &str, id: &str, fields: Map<String, Value>, silent: bool) -> Result<Value, Refusal> {
        let mode = ChangeMode { at: self.now(), silent };
        self.0.vendor.patch(list, id, fields, mode, &self.0.knobs)
    }

    /// A person at the vendor deletes a record; `hard`: past the recycle bin, where the vendor has one.
    pub fn delete(&self, list: &str, id: &str, hard: bool) -> Result<(), Refusal> {
        self.0.vendor.delete(list, id, hard, ChangeMode { at: self.now(), silent: false })
    }

    /// Webhook calls that are due now; whoever takes them says by [`Self::delivered`] what came of each.
    pub fn deliveries(&self) -> Vec<Outgoing> {
        self.0.vendor.deliveries(self.now(), &self.0.knobs)
    }

    /// What came of a webhook call: the status, or `None` when no answer came in time.
    pub fn delivered(&self, id: u64, status: Option<u16>) {
        self.0.vendor.delivered(id, status, self.now());
    }

    async fn serve_vendor(&self, request: Request<Body>) -> Response {
        let Inner { vendor, clock, knobs, faults, lanes, calls, .. } = &*self.0;
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, REQUEST_LIMIT).await else { return StatusCode::BAD_REQUEST.into_response() };
        let real_now = clock();
        let call = Call::new(parts.method, &parts.uri, parts.headers, body, knobs.skewed(real_now));
        let route = vendor.classify(&call);
        let number = calls.note(&call, &route);
        let date = http_date(call.at);
        let lane = vendor.lane(&call, knobs);
        let place = lane.clone().map(|(lane, most)| lanes.enter(lane, most));
        let crowded = lane.filter(|_| matches!(place, Some(None)));
        let answer = |call: &Call| match knobs.spend(real_now) {
            Ok(()) => match &crowded {
                Some((_, most)) => {
                    vendor.limited(&Limit { calls: *most, window_seconds: 0, retry_after: false }, knobs)
                }
                None => vendor.answer(call, knobs),
            },
            Err((limit, wait)) => {
                let mut answer = vendor.limited(&limit, knobs);
                if limit.retry_after {
                    answer.headers.insert(axum::http::header::RETRY_AFTER, HeaderValue::from(wait));
                }
                answer
            }
        };
        let (mut response, applied) = faults.around(call, &route, vendor.as_ref(), answer).await;
        drop(place);
        calls.answered(number, response.status().as_u16(), applied);
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(DATE, date);
        }
        response
    }
}

async fn serve(State(app): State<App>, request: Request<Body>) -> Response {
    app.serve_vendor(request).await
}
