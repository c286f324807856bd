//! Datto RMM's API v2: the token endpoint, sites, devices with their audits, alerts, and the webhooks of its monitors.
//!
//! Behaviours that no source settles, by quirk name:
//! - `times` (`ms`): moments as epoch milliseconds; `iso` writes ISO 8601 with a zone, `bare` without one, `seconds` with decimals.
//! - `page_cap` (250): rows of a page.
//! - `next_keeps_params` (false): the next page's address carries our other parameters.
//! - `alert_totals` (false): lists of alerts tell their `totalCount`.
//! - `oauth_status` (400): the status of refused keys; 401 is reported, too.
//! - `unknown_alert` (404): the status of an alert that is not there; 403 and 500 are the other guesses.
//! - `unlisted`: lists leave out the alert of this uid, which is there all the same.
//! - `block` (true): going on after three 429s shuts the address out for five minutes.

mod alerts;
mod audits;
mod contexts;
mod devices;
mod lists;
mod people;
mod sites;
mod state;
mod tenant;
mod token;
mod webhooks;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit, lock};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use state::State;
use token::Tokens;
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "datto-rmm",
    name: "Datto RMM",
    origins: &["https://*.centrastage.net"],
    seeded_origins: &["https://merlot-api.centrastage.net"],
    build: |setup| {
        let state = Kept::new(tenant::seed(setup));
        Arc::new(DattoRmm { state, tokens: Tokens::new(setup.seed), door: Mutex::default() })
    },
};

const PLATFORM: &str = "merlot";
const HOST: &str = "merlot-api.centrastage.net";
/// How long an address is shut out, in seconds.
const BLOCK: i64 = 300;
/// SIM CHOICE: so many 429s within a minute are taken as going on all the same.
const PATIENCE: usize = 3;

struct DattoRmm {
    state: Kept<State>,
    tokens: Tokens,
    door: Mutex<Door>,
}

/// Whom the account's limit keeps out.
#[derive(Default)]
struct Door {
    /// When the last call came, in the vendor's time.
    now: Option<Timestamp>,
    refused: Vec<Timestamp>,
    shut_until: Option<Timestamp>,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Token,
    Status,
    Pagination,
    RequestRate,
    Account,
    Sites,
    NewSite,
    Site(String),
    Devices,
    DevicesOf(String),
    Device(String),
    DeviceById(i64),
    Audit(String),
    AuditOfPrinter(String),
    Alerts(lists::Alerts),
    Alert(String),
    Resolve(String),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        if parts == ["auth", "oauth", "token"] {
            return Some(Self::Token);
        }
        let ["api", "v2", rest @ ..] = parts.as_slice() else { return None };
        let own = |text: &&str| (*text).to_owned();
        Some(match rest {
            ["system", "status"] => Self::Status,
            ["system", "pagination"] => Self::Pagination,
            ["system", "request_rate"] => Self::RequestRate,
            ["account"] => Self::Account,
            ["account", "sites"] => Self::Sites,
            ["account", "devices"] => Self::Devices,
            ["account", "alerts", "open"] => Self::Alerts(lists::Alerts { of: lists::Of::Account, resolved: false }),
            ["account", "alerts", "resolved"] => Self::Alerts(lists::Alerts { of: lists::Of::Account, resolved: true }),
            ["site"] => Self::NewSite,
            ["site", site] => Self::Site(own(site)),
            ["site", site, "devices"] => Self::DevicesOf(own(site)),
            ["site", site, "alerts", which @ ("open" | "resolved")] => {
                Self::Alerts(lists::Alerts { of: lists::Of::Site(own(site)), resolved: *which == "resolved" })
            }
            ["device", "id", id] => Self::DeviceById(id.parse().ok()?),
            ["device", device] => Self::Device(own(device)),
            ["device", device, "alerts", which @ ("open" | "resolved")] => {
                Self::Alerts(lists::Alerts { of: lists::Of::Device(own(device)), resolved: *which == "resolved" })
            }
            ["audit", "device", device] => Self::Audit(own(device)),
            ["audit", "printer", device] => Self::AuditOfPrinter(own(device)),
            ["alert", alert] => Self::Alert(own(alert)),
            ["alert", alert, "resolve"] => Self::Resolve(own(alert)),
            _ => return None,
        })
    }

    fn template(&self) -> String {
        match self {
            Self::Token => "/auth/oauth/token".to_owned(),
            Self::Status => "/api/v2/system/status".to_owned(),
            Self::Pagination => "/api/v2/system/pagination".to_owned(),
            Self::RequestRate => "/api/v2/system/request_rate".to_owned(),
            Self::Account => "/api/v2/account".to_owned(),
            Self::Sites => "/api/v2/account/sites".to_owned(),
            Self::NewSite => "/api/v2/site".to_owned(),
            Self::Site(_) => "/api/v2/site/{siteUid}".to_owned(),
            Self::Devices => "/api/v2/account/devices".to_owned(),
            Self::DevicesOf(_) => "/api/v2/site/{siteUid}/devices".to_owned(),
            Self::Device(_) => "/api/v2/device/{deviceUid}".to_owned(),
            Self::DeviceById(_) => "/api/v2/device/id/{deviceId}".to_owned(),
            Self::Audit(_) => "/api/v2/audit/device/{deviceUid}".to_owned(),
            Self::AuditOfPrinter(_) => "/api/v2/audit/printer/{deviceUid}".to_owned(),
            Self::Alerts(list) => list.template(),
            Self::Alert(_) => "/api/v2/alert/{alertUid}".to_owned(),
            Self::Resolve(_) => "/api/v2/alert/{alertUid}/resolve".to_owned(),
        }
    }

    /// The product's name of what it is about, for faults and denials.
    const fn record_type(&self) -> Option<&'static str> {
        match self {
            Self::Token | Self::Status | Self::Pagination | Self::RequestRate | Self::Account => None,
            Self::Sites | Self::NewSite | Self::Site(_) => Some("sites"),
            Self::Devices | Self::DevicesOf(_) | Self::Device(_) | Self::DeviceById(_) => Some("devices"),
            Self::Audit(_) | Self::AuditOfPrinter(_) => Some("audits"),
            Self::Alerts(_) | Self::Alert(_) | Self::Resolve(_) => Some("alerts"),
        }
    }
}

impl DattoRmm {
    fn now(&self) -> Timestamp {
        lock(&self.door).now.unwrap_or_default()
    }

    fn is_shut(&self, call: &Call) -> bool {
        lock(&self.door).shut_until.is_some_and(|until| call.at < until)
    }

    fn api(&self, call: &Call, target: &Target, knobs: &Knobs) -> Result<Answer, Reject> {
        if *target == Target::Status {
            return Ok(Answer::ok(&json!({"version": "14.4.0", "status": "OK", "started": "2026-01-05T06:00:00Z"})));
        }
        if call.host != HOST && !call.is_direct() || !self.tokens.knows(call, knobs) {
            return Err(Reject::Unauthorized);
        }
        match target.record_type().and_then(|record_type| knobs.denied(record_type)) {
            Some(DenyAs::Empty) if call.method == Method::GET => return Ok(lists::nothing(target)),
            Some(_) => return Err(Reject::Forbidden),
            None => {}
        }
        match call.method {
            Method::GET => self.get(call, target, knobs),
            Method::POST | Method::PUT => self.save(call, target, knobs),
            _ => Err(Reject::Method),
        }
    }

    fn get(&self, call: &Call, target: &Target, knobs: &Knobs) -> Result<Answer, Reject> {
        let state = self.state.read();
        let view = &state.view(call.at, knobs);
        Ok(match target {
            Target::Pagination => Answer::ok(&json!({"max": view.page_cap()})),
            Target::RequestRate => Answer::ok(&state.request_rate()),
            Target::Account => Answer::ok(&state.account_shown()),
            Target::Sites => sites::list(view, call),
            Target::Site(uid) => sites::one(view, uid)?,
            Target::Devices => devices::list(view, call, None)?,
            Target::DevicesOf(site) => devices::list(view, call, Some(site))?,
            Target::Device(uid) => devices::one(view, uid)?,
            Target::DeviceById(id) => devices::one_by_id(view, *id)?,
            Target::Audit(device) => audits::one(view, device)?,
            Target::AuditOfPrinter(device) => audits::printer(view, device)?,
            Target::Alerts(list) => alerts::list(view, call, list)?,
            Target::Alert(uid) => alerts::one(view, uid)?,
            Target::Token | Target::Status | Target::NewSite | Target::Resolve(_) => return Err(Reject::Method),
        })
    }

    fn save(&self, call: &Call, target: &Target, knobs: &Knobs) -> Result<Answer, Reject> {
        let mut state = self.state.write();
        match target {
            // PUT creates and POST updates.
            Target::NewSite if call.method == Method::PUT => sites::create(&mut state, call, knobs),
            Target::Site(uid) if call.method == Method::POST => sites::update(&mut state, uid, call, knobs),
            Target::Resolve(uid) if call.method == Method::POST => {
                alerts::resolve(&mut state, uid, "api", call.at)?;
                Ok(Answer::empty(StatusCode::OK))
            }
            _ => Err(Reject::Method),
        }
    }
}

impl Vendor for DattoRmm {
    fn classify(&self, call: &Call) -> Route {
        lock(&self.door).now = Some(call.at);
        let target = Target::of(&call.path);
        let kind = if target == Some(Target::Token) { RouteKind::Token } else { RouteKind::Data };
        let template = target.as_ref().map_or_else(|| "unknown".to_owned(), Target::template);
        Route { template, record_type: target.as_ref().and_then(Target::record_type), kind }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        if self.is_shut(call) {
            return Reject::Forbidden.answer(call);
        }
        match Target::of(&call.path) {
            Some(Target::Token) => self.tokens.issue(call, knobs),
            Some(target) => self.api(call, &target, knobs).unwrap_or_else(|reject| reject.answer(call)),
            None => Reject::NotFound.answer(call),
        }
    }

    fn first_page(&self, call: &mut Call) {
        if call.param("page").is_some() {
            call.set_param("page", "0");
        }
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, _limit: &Limit, knobs: &Knobs) -> Answer {
        let mut door = lock(&self.door);
        let now = door.now.unwrap_or_default();
        if door.shut_until.is_some_and(|until| now < until) {
            return Answer::empty(StatusCode::FORBIDDEN);
        }
        door.refused.retain(|at| now.as_second() - at.as_second() < 60);
        door.refused.push(now);
        if door.refused.len() > PATIENCE && knobs.quirk("block") != Some(Value::Bool(false)) {
            door.shut_until = Timestamp::from_second(now.as_second() + BLOCK).ok();
            door.refused.clear();
            // SIM CHOICE: without a body.
            return Answer::empty(StatusCode::FORBIDDEN);
        }
        Answer::empty(StatusCode::TOO_MANY_REQUESTS)
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("platform", PLATFORM), ("api_key", token::KEY), ("secret_key", token::SECRET)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn dump(&self, knobs: &Knobs) -> Value {
        people::dump(&self.state.read().view(self.now(), knobs))
    }

    fn create(
        &self,
        list: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        people::create(&mut self.state.write(), list, fields, mode, knobs)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        people::patch(&mut self.state.write(), list, id, fields, mode, knobs)
    }

    fn deliveries(&self, _now: Timestamp, _knobs: &Knobs) -> Vec<Outgoing> {
        self.state.write().webhooks.deliveries()
    }

    fn delivered(&self, id: u64, status: Option<u16>, _now: Timestamp) {
        self.state.write().webhooks.delivered(id, status);
    }

    fn delete(&self, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, hard, mode)
    }
}
