//! ConnectWise Asio's partner API: token, companies, sites, devices and their state; nothing can be written.
//!
//! Behaviours that no source settles, by quirk name:
//! - `lists` (`full`): `thin` lists devices without anything but their ids and type, as the older document has it; `bare`
//!   answers the newer list in the older one's shape.
//! - `page_cap` (500): the most rows of a page of devices.
//! - `token_lock` (`{"calls": 10, "seconds": 300}`): so many tokens in that time lock the key for that time.
//! - `limit_header` (`Limit`): `X-RateLimit` names the headers so; `none` sends none.
//! - `state_company` (false): heartbeats and system states name the company of their group.
//! - `not_entitled` (403): the status that refuses what the key has no scope for; 401 is the other one seen.

mod answers;
mod companies;
mod devices;
mod people;
mod state;
mod tenant;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Refusal, Route, RouteKind, Vendor};
use state::State;
use token::Tokens;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "connectwise-asio",
    name: "ConnectWise Asio",
    origins: &[
        "https://openapi.service.itsupport247.net",
        "https://openapi.service.euplatform.connectwise.com",
        "https://openapi.service.auplatform.connectwise.com",
    ],
    seeded_origins: &["https://openapi.service.itsupport247.net"],
    build: |setup| Arc::new(Asio { state: Kept::new(tenant::seed(setup)), tokens: Tokens::new(setup.seed) }),
};

/// The host of the seeded partner's region; another region knows nothing of its key.
const HOST: &str = "openapi.service.itsupport247.net";
/// "500 requests per 5 minutes".
const ALLOWANCE: usize = 500;
const WINDOW_SECONDS: i64 = 300;

struct Asio {
    state: Kept<State>,
    tokens: Tokens,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Token,
    RateLimits,
    Companies,
    Company(String),
    CompanySites(String),
    Sites,
    Site(String),
    Endpoints,
    EndpointsOf(String, Option<String>),
    Endpoint(String),
    EndpointState(String),
    /// v2: devices of companies, sites or devices, by category.
    Category(String),
    Heartbeat,
    SystemState,
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let id = |text: &&str| (*text).to_owned();
        let rest = match parts.as_slice() {
            ["v1", "token"] => return Some(Self::Token),
            ["v1", "rate_limits"] => return Some(Self::RateLimits),
            ["api", "platform", rest @ ..] => rest,
            _ => return None,
        };
        Some(match rest {
            ["v1", "company", "companies"] => Self::Companies,
            ["v1", "company", "companies", company] => Self::Company(id(company)),
            ["v1", "company", "companies", company, "sites"] => Self::CompanySites(id(company)),
            ["v1", "company", "sites"] => Self::Sites,
            ["v1", "company", "sites", site] => Self::Site(id(site)),
            ["v1", "device", "endpoints"] => Self::Endpoints,
            ["v1", "device", "clients", client, "endpoints"] => Self::EndpointsOf(id(client), None),
            ["v1", "device", "clients", client, "sites", site, "endpoints"] => {
                Self::EndpointsOf(id(client), Some(id(site)))
            }
            ["v1", "device", "endpoints", endpoint] => Self::Endpoint(id(endpoint)),
            ["v1", "device", "endpoints", endpoint, "system-state-info"] => Self::EndpointState(id(endpoint)),
            ["v2", "device", "categories", category, "endpoints"] => Self::Category(id(category)),
            ["v2", "device", "endpoints", "heartbeat"] => Self::Heartbeat,
            ["v2", "device", "endpoints", "systemstate"] => Self::SystemState,
            _ => return None,
        })
    }

    const fn template(&self) -> &'static str {
        match self {
            Self::Token => "/v1/token",
            Self::RateLimits => "/v1/rate_limits",
            Self::Companies => "/api/platform/v1/company/companies",
            Self::Company(_) => "/api/platform/v1/company/companies/{id}",
            Self::CompanySites(_) => "/api/platform/v1/company/companies/{id}/sites",
            Self::Sites => "/api/platform/v1/company/sites",
            Self::Site(_) => "/api/platform/v1/company/sites/{id}",
            Self::Endpoints => "/api/platform/v1/device/endpoints",
            Self::EndpointsOf(..) => "/api/platform/v1/device/clients/{id}/endpoints",
            Self::Endpoint(_) => "/api/platform/v1/device/endpoints/{id}",
            Self::EndpointState(_) => "/api/platform/v1/device/endpoints/{id}/system-state-info",
            Self::Category(_) => "/api/platform/v2/device/categories/{category}/endpoints",
            Self::Heartbeat => "/api/platform/v2/device/endpoints/heartbeat",
            Self::SystemState => "/api/platform/v2/device/endpoints/systemstate",
        }
    }

    /// The product's name of what it is about, for faults and denials. The list of all devices is about none alone.
    const fn record_type(&self) -> Option<&'static str> {
        match self {
            Self::Token | Self::RateLimits | Self::Endpoints | Self::EndpointsOf(..) => None,
            Self::Companies | Self::Company(_) => Some("companies"),
            Self::CompanySites(_) | Self::Sites | Self::Site(_) => Some("sites"),
            Self::Endpoint(_) | Self::Category(_) => Some("devices"),
            Self::EndpointState(_) | Self::Heartbeat | Self::SystemState => Some("monitoring_states"),
        }
    }

    /// The scope that it needs.
    const fn scope(&self) -> Option<&'static str> {
        match self {
            Self::Token | Self::RateLimits => None,
            Self::Companies | Self::Company(_) => Some("platform.companies.read"),
            Self::CompanySites(_) | Self::Sites | Self::Site(_) => Some("platform.sites.read"),
            Self::Endpoints | Self::EndpointsOf(..) | Self::Endpoint(_) => Some("platform.asset.read"),
            Self::EndpointState(_) | Self::Category(_) | Self::Heartbeat | Self::SystemState => {
                Some("platform.devices.read")
            }
        }
    }
}

impl Asio {
    fn api(&self, call: &Call, target: &Target, knobs: &Knobs) -> Answer {
        let Some(grant) = self.tokens.check(call, knobs) else { return answers::unauthorised() };
        if target.scope().is_some_and(|scope| !grant.has(scope)) {
            return answers::not_entitled(knobs);
        }
        match target.record_type().and_then(|about| grant.denied(about, knobs)) {
            Some(DenyAs::Empty) => return answers::nothing(),
            Some(DenyAs::Forbidden) => return answers::not_entitled(knobs),
            None => {}
        }
        let by_post = matches!(target, Target::Category(_));
        if call.method != if by_post { Method::POST } else { Method::GET } {
            return Answer::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let state = self.state.read();
        match target {
            Target::Token => Answer::empty(StatusCode::NOT_FOUND),
            Target::RateLimits => answers::rate_limits(call),
            Target::Companies => Answer::ok(&companies::all(&state)),
            Target::Company(id) => companies::one(&state, id),
            Target::CompanySites(id) => Answer::ok(&companies::sites(&state, Some(id))),
            Target::Sites => Answer::ok(&companies::sites(&state, None)),
            Target::Site(id) => companies::site(&state, id),
            Target::Endpoints => devices::flat(&state, None, None),
            Target::EndpointsOf(client, site) => devices::flat(&state, Some(client), site.as_deref()),
            Target::Endpoint(id) => devices::detail(&state, id),
            Target::EndpointState(id) => devices::system_state(&state, id),
            Target::Category(category) => devices::by_category(&state, category, call, knobs),
            Target::Heartbeat => devices::states(&state, call, knobs, devices::heartbeat),
            Target::SystemState => devices::states(&state, call, knobs, devices::state_of),
        }
    }
}

impl Vendor for Asio {
    fn classify(&self, call: &Call) -> Route {
        let target = Target::of(&call.path);
        let kind = if target == Some(Target::Token) { RouteKind::Token } else { RouteKind::Data };
        let template = target.as_ref().map_or("unknown", Target::template).to_owned();
        Route { template, record_type: target.as_ref().and_then(Target::record_type), kind }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        // What the gateway says of a path that it does not serve.
        let Some(target) = Target::of(&call.path) else {
            return Answer::html(StatusCode::NOT_FOUND, "no Route matched");
        };
        let here = call.host == HOST || call.is_direct();
        let mut answer = match target {
            // SIM CHOICE: another region refuses the key as an unknown one.
            Target::Token => self.tokens.issue(call, knobs, here),
            _ if !here => answers::unauthorised(),
            target => self.api(call, &target, knobs),
        };
        answers::add_quota(&mut answer, call, knobs);
        answer
    }

    fn first_page(&self, call: &mut Call) {
        if call.param("cursor").is_some() {
            call.set_param("cursor", "0");
        }
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        answers::odd_row(record_type, odd)
    }

    fn limited(&self, limit: &Limit, knobs: &Knobs) -> Answer {
        let mut answer = Answer::html(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers.insert(axum::http::header::CONTENT_TYPE, plain);
        answers::add_headers(&mut answer, knobs, limit.calls, 0, None);
        answer
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("client_id", token::CLIENT_ID), ("client_secret", token::CLIENT_SECRET)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn dump(&self, _knobs: &Knobs) -> Value {
        let mut dump = people::dump(&self.state.read());
        // For tests that look for them where they must not be.
        dump["tokens"] = self.tokens.all();
        dump
    }

    fn create(&self, list: &str, fields: Map<String, Value>, mode: ChangeMode, _: &Knobs) -> Result<Value, Refusal> {
        people::create(&mut self.state.write(), list, fields, mode)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        _: &Knobs,
    ) -> Result<Value, Refusal> {
        people::patch(&mut self.state.write(), list, id, fields, mode)
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, mode)
    }
}

/// Takes the object out of a `json!` literal.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A quirk that is a word.
fn word(knobs: &Knobs, name: &str) -> Option<String> {
    knobs.quirk(name)?.as_str().map(str::to_owned)
}

/// An error as companies and devices word it.
fn refusal(status: StatusCode, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error": error, "description": description}))
}
