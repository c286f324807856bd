//! SCORM Cloud's API v2, which stands in for the one that Bigger Brains does not publish: courses, registrations, launch
//! links, the application's settings, and postbacks.
//!
//! Behaviours that no source settles, by quirk name:
//! - `page_size` (100): rows of a page; the server chooses.
//! - `duplicate_status` (409): how a registration id that is there already is refused; 400 is the other guess.
//! - `stale` (false): every place in a list has gone stale: 400.
//! - `shows_password` (false): settings show the postback's password; otherwise it is not in the list.
//! - `postback_password`: sent in place of the one that was set.
//! - `postback_times` (1): how often each postback is sent.
//! - `postback_order` (`sent`): `reversed` sends what waits from the newest to the oldest.

mod lists;
mod postbacks;
mod registrations;
mod settings;
mod state;
mod tenant;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use lists::List;
use state::State;
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "bigger-brains",
    name: "Bigger Brains (via SCORM Cloud)",
    origins: &["https://cloud.scorm.com"],
    seeded_origins: &["https://cloud.scorm.com"],
    build: |setup| Arc::new(Cloud { state: Kept::new(tenant::seed(setup)) }),
};

const HOST: &str = "cloud.scorm.com";
const APPLICATION: &str = "ACMEPORTAL1";
const KEY: &str = "s3cr3tK3yOfTheSimulatedScormCloudApplication";

struct Cloud {
    state: Kept<State>,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Ping,
    List(List),
    One(List, String),
    LaunchLink(String),
    Configuration,
    /// What a launch link leads to; needs no key.
    Launch(String),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        if let Some(token) = path.strip_prefix(registrations::LAUNCHES) {
            return Some(Self::Launch(token.to_owned()));
        }
        let rest = path.strip_prefix("/api/v2/")?.trim_end_matches('/');
        let parts: Vec<String> = rest.split('/').map(wire::decoded).collect();
        Some(match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["ping"] => Self::Ping,
            ["appManagement", "configuration"] => Self::Configuration,
            ["registrations", id, "launchLink"] => Self::LaunchLink((*id).to_owned()),
            [list] => Self::List(List::named(list)?),
            [list, id] => Self::One(List::named(list)?, (*id).to_owned()),
            _ => return None,
        })
    }

    const fn template(&self) -> &'static str {
        match self {
            Self::Ping => "/api/v2/ping",
            Self::List(List::Courses) => "/api/v2/courses",
            Self::List(List::Registrations) => "/api/v2/registrations",
            Self::One(List::Courses, _) => "/api/v2/courses/{courseId}",
            Self::One(List::Registrations, _) => "/api/v2/registrations/{registrationId}",
            Self::LaunchLink(_) => "/api/v2/registrations/{registrationId}/launchLink",
            Self::Configuration => "/api/v2/appManagement/configuration",
            Self::Launch(_) => "/launch/{token}",
        }
    }

    /// The product's name of what it is about, for faults and denials.
    const fn record_type(&self) -> Option<&'static str> {
        match self {
            Self::Ping | Self::Launch(_) => None,
            Self::List(list) | Self::One(list, _) => Some(list.name()),
            Self::LaunchLink(_) => Some("launch_links"),
            Self::Configuration => Some("configuration"),
        }
    }
}

impl Cloud {
    fn api(&self, call: &Call, knobs: &Knobs) -> Answer {
        let Some(target) = Target::of(&call.path) else { return Reject::NotFound("no such resource").answer() };
        if let Target::Launch(token) = &target {
            return registrations::open(&mut self.state.write(), token, call.at);
        }
        if !authorised(call, knobs) {
            return Answer::json(StatusCode::UNAUTHORIZED, &json!({"error": "Authorization Required."}));
        }
        match target.record_type().and_then(|kind| Some((kind, knobs.denied(kind)?))) {
            Some((kind, DenyAs::Empty)) if call.method == Method::GET => {
                let mut empty = Map::new();
                empty.insert(kind.to_owned(), json!([]));
                return Answer::ok(&Value::Object(empty));
            }
            // SIM CHOICE: the words are not documented.
            Some(_) => return Reject::Forbidden("The credentials do not have the required scope.").answer(),
            None => {}
        }
        self.respond(call, &target, knobs).unwrap_or_else(Reject::answer)
    }

    fn respond(&self, call: &Call, target: &Target, knobs: &Knobs) -> Result<Answer, Reject> {
        Ok(match (&call.method, target) {
            (&Method::GET, Target::Ping) => {
                Answer::ok(&json!({"apiMessage": "API is alive", "currentTime": wire::date(call.at)}))
            }
            (&Method::GET, Target::List(list)) => lists::page(&self.state.read(), *list, call, knobs)?,
            (&Method::GET, Target::One(list, id)) => lists::one(&self.state.read(), *list, id, call)?,
            (&Method::POST, Target::List(List::Registrations)) => {
                registrations::create(&mut self.state.write(), &wire::fields(&call.body)?, call.at, knobs)?;
                Answer::empty(StatusCode::NO_CONTENT)
            }
            (&Method::DELETE, Target::One(list, id)) => {
                self.state.write().delete(*list, id, call.at)?;
                Answer::empty(StatusCode::NO_CONTENT)
            }
            (&Method::POST, Target::LaunchLink(id)) => {
                let link = registrations::link(&mut self.state.write(), id, &wire::fields(&call.body)?, call.at)?;
                Answer::ok(&json!({"launchLink": link}))
            }
            (&Method::GET, Target::Configuration) => Answer::ok(&settings::list(&self.state.read(), knobs)),
            (&Method::POST, Target::Configuration) => {
                settings::set(&mut self.state.write(), &wire::fields(&call.body)?)?;
                Answer::empty(StatusCode::NO_CONTENT)
            }
            _ => return Err(Reject::NotFound("no such resource")),
        })
    }
}

fn authorised(call: &Call, knobs: &Knobs) -> bool {
    let given = call.header("authorization").and_then(|header| header.split_once(' '));
    let pair = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let pair = pair.and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    !knobs.settings().revoked && pair.is_some_and(|pair| pair == format!("{APPLICATION}:{KEY}").as_bytes())
}

fn list_named(list: &str) -> Result<List, Refusal> {
    List::named(list).ok_or_else(|| Refusal::UnknownList(list.to_owned()))
}

impl Vendor for Cloud {
    fn classify(&self, call: &Call) -> Route {
        let target = Target::of(&call.path);
        let template = target.as_ref().map_or("unknown", Target::template).to_owned();
        Route { template, record_type: target.as_ref().and_then(Target::record_type), kind: RouteKind::Data }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        if call.host != HOST && !call.is_direct() {
            return Reject::NotFound("no such host").answer();
        }
        self.api(call, knobs)
    }

    fn first_page(&self, call: &mut Call) {
        call.query.retain(|(name, _)| name != "more");
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, _limit: &Limit, _knobs: &Knobs) -> Answer {
        // SIM CHOICE: limits are documented for xAPI only.
        Answer::json(StatusCode::TOO_MANY_REQUESTS, &json!({"message": "Too many requests"}))
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let values = [("application_id", APPLICATION), ("secret_key", KEY)];
        values.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    fn dump(&self, _knobs: &Knobs) -> Value {
        self.state.read().dump()
    }

    fn create(&self, list: &str, fields: Map<String, Value>, mode: ChangeMode, _: &Knobs) -> Result<Value, Refusal> {
        self.state.write().insert(list_named(list)?, fields, mode.at)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        let kind = list_named(list)?;
        let missing = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
        self.state.write().change(kind, id, fields, mode, knobs).ok_or_else(missing)
    }

    fn deliveries(&self, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        self.state.write().postbacks.due(now, knobs)
    }

    fn delivered(&self, id: u64, status: Option<u16>, now: Timestamp) {
        self.state.write().postbacks.answered(id, status, now);
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        let missing = |_| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
        self.state.write().delete(list_named(list)?, id, mode.at).map_err(missing)
    }
}
