//! Halo PSA's REST API: the token endpoint, the JSON resources, and their oddities.
//!
//! Behaviours that no source settles, by quirk name:
//! - `oauth_status` (400): the status with which wrong credentials are refused; 401 is the other one seen.
//! - `page_cap` (100): rows of a page at most; some builds give 999.
//! - `ticket_stamp` (`last_update`): builds of mid-2024 say `flastupdate`.
//! - `priority` (`reset`): `reject` refuses a priority that is not of the ticket type's SLA instead of resetting it.
//! - `agent_licences` (ten more than are taken): technicians that may be enabled at once.
//! - `role_separator` (`,`): stands between the ids of `role_list`.
//! - `webhook_event` (`spaces`): `underscores` in the phrases of webhook deliveries.
//! - `limit_body` (`error`): `message` and `text` are the other bodies of a 429 that are known.

mod actions;
mod agents;
mod clients;
mod lists;
mod people;
mod reference;
mod sites;
mod state;
mod tenant;
mod tenant_tickets;
mod tickets;
mod tickets_write;
mod token;
mod users;
mod webhooks;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use crate::{Setup, Simulator};
use state::{Context, State};
use token::Tokens;
use wire::Reject;

pub(crate) use tenant::{Customer, customers};

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "halo-psa",
    name: "Halo PSA",
    origins: &["https://*.halopsa.com"],
    seeded_origins: &["https://acme.halopsa.com"],
    build: |setup| Arc::new(Halo::new(setup)),
};

const TENANT: &str = "acme";
const HOST: &str = "acme.halopsa.com";
const LOGIN_PAGE: &str = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form method=\"post\">\
    <input name=\"Username\"><input name=\"Password\" type=\"password\"></form></body></html>";

struct Halo {
    state: Kept<State>,
    tokens: Tokens,
}

/// A path, split.
struct Target<'a> {
    /// The card's spelling.
    resource: &'static str,
    record_type: Option<&'static str>,
    id: Option<&'a str>,
}

/// Resources, with the product's name of the record type that a denial or a fault may name.
const RESOURCES: &[(&str, Option<&str>)] = &[
    ("Client", Some("clients")),
    ("Site", Some("sites")),
    ("Users", Some("contacts")),
    ("Agent", Some("agents")),
    ("Tickets", Some("tickets")),
    ("Actions", Some("actions")),
    ("Status", Some("statuses")),
    ("Priority", Some("priorities")),
    ("TicketType", Some("ticket_types")),
    ("Category", Some("categories")),
    ("Team", Some("teams")),
    ("SLA", Some("slas")),
    ("Outcome", Some("outcomes")),
    ("UserRoles", Some("roles")),
    ("TopLevel", Some("toplevels")),
    ("Lookup", Some("lookups")),
    ("Webhook", Some("webhooks")),
    ("WebhookEvent", Some("webhooks")),
    ("Notification", Some("webhooks")),
    ("AuthInfo", None),
    ("InstanceInfo", None),
];

/// Paths are compared without case, and a trailing slash does no harm.
fn target(path: &str) -> Option<Target<'_>> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    if !parts.next()?.eq_ignore_ascii_case("api") {
        return None;
    }
    let name = parts.next()?;
    let (resource, record_type) = RESOURCES.iter().find(|(resource, _)| resource.eq_ignore_ascii_case(name))?;
    let id = parts.next();
    parts.next().is_none().then_some(Target { resource, record_type: *record_type, id })
}

fn is_token_path(path: &str) -> bool {
    path.trim_end_matches('/').eq_ignore_ascii_case("/auth/token")
}

impl Halo {
    fn new(setup: &Setup) -> Self {
        let state = tenant::seed(setup);
        Self { state: Kept::new(state), tokens: Tokens::new(setup.seed) }
    }

    fn api(&self, call: &Call, knobs: &Knobs) -> Answer {
        let Some(target) = target(&call.path) else { return Answer::empty(StatusCode::NOT_FOUND) };
        match target.resource {
            "AuthInfo" => return Answer::ok(&reference::auth_info()),
            "InstanceInfo" => return Answer::ok(&reference::instance_info(&self.state.read())),
            _ => {}
        }
        let grant = match self.tokens.check(call, knobs) {
            Ok(grant) => grant,
            Err(status) => return Answer::empty(status),
        };
        let reads = call.method == Method::GET;
        if !grant.scope_allows(target.resource, reads) {
            return Answer::empty(StatusCode::FORBIDDEN);
        }
        // Who am I needs no right to read the others.
        let asks_self = target.resource == "Agent" && target.id.is_some_and(|id| id.eq_ignore_ascii_case("me"));
        match grant.denied(target.record_type, knobs).filter(|_| !asks_self) {
            Some(DenyAs::Empty) if reads => return lists::none(call, &target),
            Some(_) => return Answer::empty(StatusCode::FORBIDDEN),
            None => {}
        }
        let done = match call.method {
            Method::GET => self.get(call, &target, knobs),
            Method::POST => self.post(call, &target, knobs),
            Method::DELETE => self.remove(call, &target),
            _ => return Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
        };
        done.unwrap_or_else(|reject| reject.answer())
    }

    fn get(&self, call: &Call, target: &Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let state = self.state.read();
        let view = &state.view(knobs);
        match (target.resource, target.id) {
            ("Client", None) => Ok(clients::list(view, call)?),
            ("Site", None) => Ok(sites::list(view, call)?),
            ("Users", None) => Ok(users::list(view, call)?),
            ("Agent", None) => Ok(agents::list(view, call)),
            ("Tickets", None) => Ok(tickets::list(view, call)?),
            ("Actions", None) => actions::list(view, call),
            ("Actions", Some(id)) => actions::one(view, call, id),
            ("WebhookEvent", None) => Ok(webhooks::log(&state, call)),
            ("Agent", Some(me)) if me.eq_ignore_ascii_case("me") => agents::me(view),
            ("Client" | "Site" | "Users" | "Agent" | "Tickets", Some(id)) => {
                let id = id.parse().map_err(|_| Reject::NotFound)?;
                let details = call.flag("includedetails").unwrap_or_default();
                let found = match target.resource {
                    "Client" => clients::one(view, id, details),
                    "Site" => sites::one(view, id, details),
                    "Users" => users::one(view, id, details),
                    "Agent" => agents::one(view, id, details),
                    _ => tickets::one(view, id),
                };
                found.map(|body| Answer::ok(&body)).ok_or(Reject::NotFound)
            }
            (resource, None) => reference::list(view, call, resource),
            (resource, Some(id)) => reference::one(view, resource, id),
        }
    }

    /// Creates and updates: an array goes in; 201 and the last object come out.
    fn post(&self, call: &Call, target: &Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        if target.id.is_some() {
            return Err(Reject::NotFound);
        }
        let items = wire::items(&call.body)?;
        let mut state = self.state.write();
        let context = Context { at: call.at, knobs, by_person: false };
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            // What came before a refused item stays.
            written.push(state.apply(target.resource, item, &context)?);
        }
        if call.flag("returnall").unwrap_or_default() {
            return Ok(Answer::json(StatusCode::CREATED, &Value::Array(written)));
        }
        written.pop().map(|last| Answer::json(StatusCode::CREATED, &last)).ok_or(Reject::Blank)
    }

    fn remove(&self, call: &Call, target: &Target<'_>) -> Result<Answer, Reject> {
        let id = target.id.ok_or(Reject::NotFound)?;
        self.state.write().delete(target.resource, id, call.number("ticket_id"), false, call.at)?;
        // SIM CHOICE: what a deletion answers is not documented.
        Ok(Answer::ok(&json!({"id": id})))
    }
}

impl Vendor for Halo {
    fn classify(&self, call: &Call) -> Route {
        if is_token_path(&call.path) {
            return Route { template: "/auth/token".to_owned(), record_type: None, kind: RouteKind::Token };
        }
        let (template, record_type) = match target(&call.path) {
            Some(Target { resource, record_type, id: None }) => (format!("/api/{resource}"), record_type),
            Some(Target { resource, record_type, id: Some(id) }) if id.eq_ignore_ascii_case("me") => {
                (format!("/api/{resource}/me"), record_type)
            }
            Some(Target { resource, record_type, id: Some(_) }) => (format!("/api/{resource}/{{id}}"), record_type),
            None => ("unknown".to_owned(), None),
        };
        Route { template, record_type, kind: RouteKind::Data }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        if call.host != HOST && !call.is_direct() {
            return Answer::html(StatusCode::OK, LOGIN_PAGE);
        }
        if is_token_path(&call.path) { self.tokens.issue(call, knobs) } else { self.api(call, knobs) }
    }

    fn first_page(&self, call: &mut Call) {
        if call.param("page_no").is_some() {
            call.set_param("page_no", "1");
        }
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, limit: &Limit, knobs: &Knobs) -> Answer {
        // The window is told in minutes; the text is the one seen.
        let minutes = (limit.window_seconds + 59) / 60;
        let text = format!("Rate Limit Reached - {} Requests per rolling {minutes} minute window", limit.calls);
        let body = match knobs.quirk("limit_body").as_ref().and_then(Value::as_str) {
            Some("message") => json!({"message": text}),
            Some("text") => json!(text),
            _ => json!({"error": text}),
        };
        Answer::json(StatusCode::TOO_MANY_REQUESTS, &body)
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [
            ("url", format!("https://{HOST}")),
            ("client_id", token::CLIENT_ID.to_owned()),
            ("client_secret", token::CLIENT_SECRET.to_owned()),
            ("tenant", TENANT.to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    fn dump(&self, knobs: &Knobs) -> Value {
        people::dump(&self.state.read().view(knobs))
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

    fn deliveries(&self, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        webhooks::deliveries(&mut self.state.write(), now, knobs)
    }

    fn delivered(&self, id: u64, status: Option<u16>, _now: Timestamp) {
        webhooks::delivered(&mut self.state.write(), id, status);
    }

    fn delete(&self, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, hard, mode)
    }
}
