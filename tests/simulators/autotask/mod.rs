//! Autotask's REST API: zones, three headers, queries, child writes, picklists, webhooks, and their oddities.
//!
//! Behaviours that no source settles, by quirk name:
//! - `zone` (5): the zone in which the database lives; changing it moves the database, and the old zone answers 401.
//! - `missing` (`404`): `null` answers `{"item": null}` for a record that is not there.
//! - `denied` (`403`): `500` tells a missing permission among the errors.
//! - `bad_code` (`401`): `500` tells a wrong integration code among the errors.
//! - `case` (`camel`): `pascal` writes rows' keys as the document of 2020 has them.
//! - `others` (0): calls of other integrations in the current window.
//! - `over_limit` (429): the status with which the hourly limit is told; 500 is the other one thinkable.
//! - `page_cap` (none): rows of a page at most, whatever was asked for.
//! - `without` (none): an entity that this version does not have (`DeletedTicketLogs`, `TicketWebhooks`).
//!
//! Not simulated: the latency that Autotask adds to busy databases, and its limit of three threads, as an answer is made
//! in one piece; a fault stands in for both.

mod callouts;
mod filter;
mod people;
mod picklists;
mod query;
mod route;
mod schema;
mod state;
mod tenant;
mod tenant_tickets;
mod webhooks;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use route::{Asked, Target, target};
use state::{CALLS_ALLOWED, Context, State};
use wire::Reject;

pub(crate) use tenant::{Customer, customers};

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "autotask",
    name: "Autotask",
    origins: &["https://*.autotask.net"],
    seeded_origins: &[
        "https://webservices.autotask.net",
        "https://webservices5.autotask.net",
        "https://webservices6.autotask.net",
    ],
    build: |setup| Arc::new(Autotask { state: Kept::new(tenant::seed(setup)) }),
};

const USER: &str = "portal+api@msp.at.example";
/// SIM CHOICE: the screens show it without what follows the at sign.
const LOCAL_USER: &str = "portal+api";
const SECRET: &str = "7n#Qz2~Yk*4bW$9d@Rm1Tx8e";
const INTEGRATION_CODE: &str = "SIMULATEDTRACKINGIDENTIFIER";
const PERMISSION: &str = "The logged in Resource does not have the adequate permissions to perform this action.";

struct Autotask {
    state: Kept<State>,
}

fn zone(knobs: &Knobs) -> i64 {
    knobs.quirk("zone").and_then(|zone| zone.as_i64()).unwrap_or(5)
}

fn quirk_is(knobs: &Knobs, name: &str, value: &str) -> bool {
    let set = knobs.quirk(name);
    set.is_some_and(|set| set.as_str() == Some(value) || set.as_i64().is_some_and(|number| number.to_string() == value))
}

impl Autotask {
    /// Who has this user, and where; asked without credentials.
    fn zone_information(&self, call: &Call, knobs: &Knobs) -> Answer {
        if !call.param("user").is_some_and(|user| user.eq_ignore_ascii_case(USER)) {
            return wire::errors(StatusCode::INTERNAL_SERVER_ERROR, "Zone information could not be determined");
        }
        let zone = zone(knobs);
        Answer::ok(&json!({
            "zoneName": "America East", "url": format!("https://webservices{zone}.autotask.net/ATServicesRest/"),
            "webUrl": format!("https://ww{zone}.autotask.net/"), "ci": 12_345,
        }))
    }

    fn refuses(&self, call: &Call, knobs: &Knobs) -> Option<Answer> {
        let here = call.is_direct() || call.host == format!("webservices{}.autotask.net", zone(knobs));
        let is = |name: &str, value: &str| call.header(name) == Some(value);
        if is("apiintegrationcode", INTEGRATION_CODE) {
            let known = here && !knobs.settings().revoked && is("username", USER) && is("secret", SECRET);
            return (!known).then(|| wire::unauthorized(&call.host));
        }
        Some(if quirk_is(knobs, "bad_code", "500") {
            wire::errors(StatusCode::INTERNAL_SERVER_ERROR, "IntegrationCode is invalid.")
        } else {
            wire::unauthorized(&call.host)
        })
    }

    /// Counts the call with those of everybody else.
    fn used(&self, at: Timestamp, knobs: &Knobs) -> usize {
        let others = knobs.quirk("others").and_then(|value| value.as_u64()).unwrap_or_default();
        self.state.write().count_call(at) + usize::try_from(others).unwrap_or_default()
    }

    fn api(&self, call: &Call, target: &Target<'_>, knobs: &Knobs) -> Answer {
        if let Some(refusal) = self.refuses(call, knobs) {
            return refusal;
        }
        let used = self.used(call.at, knobs);
        if used > CALLS_ALLOWED {
            return over_limit(knobs);
        }
        let asks = call.method == Method::GET || matches!(target.asked, Asked::Query | Asked::Next | Asked::Count);
        match target.record_type().and_then(|record_type| knobs.denied(record_type)) {
            Some(DenyAs::Empty) if matches!(target.asked, Asked::Query | Asked::Next) => return query::none(),
            Some(DenyAs::Empty) if asks => {}
            Some(_) if quirk_is(knobs, "denied", "500") => {
                return wire::errors(StatusCode::INTERNAL_SERVER_ERROR, PERMISSION);
            }
            Some(_) => return Answer::empty(StatusCode::FORBIDDEN),
            None => {}
        }
        let done = match target.asked {
            Asked::Version => {
                Ok(Answer::ok(&json!({"majorVersion": 2026, "minorVersion": 2, "build": "1.0", "customerType": 1})))
            }
            Asked::Threshold => Ok(Answer::ok(&json!({
                "externalRequestThreshold": CALLS_ALLOWED, "requestThresholdTimeframe": 60,
                "currentTimeframeRequestCount": used,
            }))),
            _ if asks => self.ask(call, target, knobs),
            _ => self.change(call, target),
        };
        done.unwrap_or_else(|reject| reject.answer())
    }

    fn ask(&self, call: &Call, target: &Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let state = self.state.read();
        let view = &state.view(knobs);
        let entity = target.entity.ok_or(Reject::NotFound)?;
        if knobs.quirk("without").is_some_and(|name| name.as_str() == Some(entity.name)) {
            return Err(Reject::NotFound);
        }
        match target.asked {
            Asked::Information => Ok(Answer::ok(&json!({"info": {
                "name": entity.singular, "canCreate": entity.can_create, "canDelete": entity.can_delete, "canQuery": true,
                "canUpdate": entity.can_update, "userAccessForCreate": "All", "userAccessForDelete": "All",
                "userAccessForQuery": "All", "userAccessForUpdate": "All",
                "hasUserDefinedFields": matches!(entity.name, "Companies" | "Contacts" | "Tickets"),
                "supportsWebhookCallouts": entity.webhooks().is_some(),
            }}))),
            Asked::Fields => Ok(Answer::ok(&picklists::describe(entity))),
            Asked::OwnFields => Ok(Answer::ok(&json!({"fields": []}))),
            Asked::Query => query::list(view, call, entity),
            // A query that began with POST goes on with POST.
            Asked::Next if (call.method == Method::GET) != call.param("search").is_some() => Err(Reject::Method),
            Asked::Next => query::list(view, call, entity),
            Asked::Count => query::count(view, call, entity),
            Asked::One(id) => query::one(view, entity, id),
            Asked::Children(parent) => query::children(view, entity, parent),
            _ => Err(Reject::Method),
        }
    }

    fn change(&self, call: &Call, target: &Target<'_>) -> Result<Answer, Reject> {
        let mut state = self.state.write();
        let entity = target.entity.ok_or(Reject::NotFound)?;
        let context = Context { at: call.at, by: state.api_resource, by_person: false, silent: false };
        let parent = match target.asked {
            Asked::Children(parent) => Some(parent),
            Asked::Child(parent, _) => Some(parent),
            // What belongs to a parent is written below it, and has no other place.
            _ if entity.parent.is_some() => return Err(Reject::NotFound),
            _ => None,
        };
        let id = match (&call.method, &target.asked) {
            (&Method::POST | &Method::PATCH, Asked::Whole | Asked::Children(_)) => {
                let mut given = write::body(entity, &call.body)?;
                if let Some((place, parent)) = entity.parent.zip(parent) {
                    let above = schema::entity(place.entity).ok_or(Reject::NotFound)?;
                    state.table(above).get(&parent).ok_or(Reject::NotFound)?;
                    given.insert(place.field.to_owned(), parent.into());
                }
                let creates = call.method == Method::POST;
                if !(if creates { entity.can_create } else { entity.can_update }) {
                    return Err(Reject::Method);
                }
                if creates {
                    write::create(&mut state, entity, given, &context)?
                } else {
                    write::update(&mut state, entity, given, &context)?
                }
            }
            (&Method::DELETE, Asked::One(id) | Asked::Child(_, id)) if entity.can_delete => {
                let id = id.parse().map_err(|_| Reject::NotFound)?;
                write::delete(&mut state, entity, id, &context)?
            }
            _ => return Err(Reject::Method),
        };
        Ok(Answer::ok(&json!({"itemId": id})))
    }
}

fn over_limit(knobs: &Knobs) -> Answer {
    let text = format!("The request threshold of {CALLS_ALLOWED} requests per 60 minutes has been exceeded.");
    let status = if quirk_is(knobs, "over_limit", "500") {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::TOO_MANY_REQUESTS
    };
    wire::errors(status, &text)
}

impl Vendor for Autotask {
    fn classify(&self, call: &Call) -> Route {
        let Some(target) = target(&call.path) else {
            return Route { template: "unknown".to_owned(), record_type: None, kind: RouteKind::Data };
        };
        // The zone stands where others have a token: it goes before every call. The count of calls is no data either.
        let is_data = !matches!(target.asked, Asked::Zone | Asked::Threshold);
        let kind = if is_data { RouteKind::Data } else { RouteKind::Token };
        Route { template: target.template(), record_type: target.record_type(), kind }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        let known = call.is_direct() || call.host.ends_with(".autotask.net");
        let Some(target) = target(&call.path).filter(|_| known) else { return Reject::NotFound.answer() };
        match target.asked {
            Asked::Zone => self.zone_information(call, knobs),
            Asked::Versions => Answer::ok(&json!({"apiVersions": ["1.0"]})),
            _ => self.api(call, &target, knobs),
        }
    }

    fn first_page(&self, call: &mut Call) {
        query::first_page(call);
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, _limit: &Limit, knobs: &Knobs) -> Answer {
        over_limit(knobs)
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("username", USER), ("secret", SECRET)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    fn deployment(&self) -> BTreeMap<String, String> {
        [("autotask_integration_code".to_owned(), INTEGRATION_CODE.to_owned())].into()
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

    fn deliveries(&self, now: Timestamp, _knobs: &Knobs) -> Vec<Outgoing> {
        callouts::due(&mut self.state.write(), now)
    }

    fn delivered(&self, id: u64, status: Option<u16>, now: Timestamp) {
        callouts::answered(&mut self.state.write(), id, status, now);
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, mode)
    }
}
