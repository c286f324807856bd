//! Syncro's REST API v1: customers, contacts, users and tickets, and the notifications that an admin sets up by hand.
//!
//! Behaviours that no source settles, by quirk name:
//! - `permission_status` (401): the status with which a missing permission is refused; 403 is what one client maps.
//! - `wrong_subdomain` (`page`): a 404 with a web page; `redirect` sends to Syncro's site.
//! - `per_page` (`{}`): rows of a page by list, in place of 100 customers, 50 contacts, 50 tickets.
//! - `all_comments` (false): list rows of tickets carry every comment, as before March 2026.
//! - `comment_bumps` (true): a comment changes its ticket's `updated_at`.
//! - `comment_tech` (`sent`): `owner` names the token's owner in place of the label sent.
//! - `detail_contact_id` (false): a ticket's detail carries `contact_id` beside the contact.
//! - `suspended_user` (200): a user that has left the list can still be read; 404 is the other guess.
//! - `automation` (`{}`): fields that a rule of the account sets on every ticket written through the API.
//! - `switched_off` (`[]`): lists that answer 200 with the word `Disabled`.
//! - `notification_body` (`json`): `text` sends the text alone.
//! - `notification_times` (1): how often each notification is sent.

mod comments;
mod contacts;
mod customers;
mod notifications;
mod people;
mod settings;
mod state;
mod tenant;
mod tickets;
mod users;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use state::{Context, State};
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "syncro",
    name: "Syncro",
    origins: &["https://*.syncromsp.com"],
    seeded_origins: &["https://acme.syncromsp.com"],
    build: |setup| Arc::new(Syncro { state: Kept::new(tenant::seed(setup)) }),
};

const SUBDOMAIN: &str = "acme";
const HOST: &str = "acme.syncromsp.com";
const TOKEN: &str = "T3b5c0ffee5a1adbeefsimulated-9d2f41-syncro-token";
const NO_SUCH_PAGE: &str = "<!DOCTYPE html><html><head><title>Page not found</title></head>\
    <body><h1>The page you were looking for doesn't exist.</h1></body></html>";

struct Syncro {
    state: Kept<State>,
}

/// What a path stands for. Rails compares paths with case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Me,
    Settings,
    TicketSettings,
    Customers,
    Autocomplete,
    Customer(i64),
    Contacts,
    Contact(i64),
    Users,
    User(i64),
    Tickets,
    Ticket(i64),
    Comments(i64),
    /// The singular: writing one.
    Comment(i64),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/v1/")?.trim_end_matches('/');
        let parts: Vec<&str> = rest.split('/').collect();
        let id = |text: &str| text.parse::<i64>().ok();
        Some(match parts.as_slice() {
            ["me"] => Self::Me,
            ["settings"] => Self::Settings,
            ["customers"] => Self::Customers,
            ["customers", "autocomplete"] => Self::Autocomplete,
            ["customers", customer] => Self::Customer(id(customer)?),
            ["contacts"] => Self::Contacts,
            ["contacts", contact] => Self::Contact(id(contact)?),
            ["users"] => Self::Users,
            ["users", user] => Self::User(id(user)?),
            ["tickets"] => Self::Tickets,
            ["tickets", "settings"] => Self::TicketSettings,
            ["tickets", ticket] => Self::Ticket(id(ticket)?),
            ["tickets", ticket, "comments"] => Self::Comments(id(ticket)?),
            ["tickets", ticket, "comment"] => Self::Comment(id(ticket)?),
            _ => return None,
        })
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Me => "/api/v1/me",
            Self::Settings => "/api/v1/settings",
            Self::TicketSettings => "/api/v1/tickets/settings",
            Self::Customers => "/api/v1/customers",
            Self::Autocomplete => "/api/v1/customers/autocomplete",
            Self::Customer(_) => "/api/v1/customers/{id}",
            Self::Contacts => "/api/v1/contacts",
            Self::Contact(_) => "/api/v1/contacts/{id}",
            Self::Users => "/api/v1/users",
            Self::User(_) => "/api/v1/users/{id}",
            Self::Tickets => "/api/v1/tickets",
            Self::Ticket(_) => "/api/v1/tickets/{id}",
            Self::Comments(_) => "/api/v1/tickets/{id}/comments",
            Self::Comment(_) => "/api/v1/tickets/{id}/comment",
        }
    }

    /// The product's name of what it is about, for faults and denials.
    const fn record_type(self) -> Option<&'static str> {
        match self {
            Self::Me | Self::Settings | Self::TicketSettings => None,
            Self::Customers | Self::Autocomplete | Self::Customer(_) => Some("customers"),
            Self::Contacts | Self::Contact(_) => Some("contacts"),
            Self::Users | Self::User(_) => Some("technicians"),
            Self::Tickets | Self::Ticket(_) => Some("tickets"),
            Self::Comments(_) | Self::Comment(_) => Some("comments"),
        }
    }

    fn denied(self, knobs: &Knobs) -> Option<DenyAs> {
        let own = knobs.denied(self.record_type()?);
        // Comments are seen with their ticket.
        own.or_else(|| matches!(self, Self::Comments(_) | Self::Comment(_)).then(|| knobs.denied("tickets")).flatten())
    }
}

impl Syncro {
    fn api(&self, call: &Call, knobs: &Knobs) -> Answer {
        let Some(target) = Target::of(&call.path) else { return Answer::html(StatusCode::NOT_FOUND, NO_SUCH_PAGE) };
        if !authorised(call, knobs) {
            // SIM CHOICE: the text is not documented.
            return Answer::json(StatusCode::UNAUTHORIZED, &json!({"error": "Unauthorized"}));
        }
        let reads = call.method == Method::GET;
        match target.denied(knobs) {
            Some(DenyAs::Empty) if reads => return wire::nothing(target.record_type().unwrap_or_default()),
            Some(_) => return wire::not_authorised(knobs),
            None => {}
        }
        let off = knobs.quirk("switched_off").unwrap_or_default();
        if off.as_array().is_some_and(|off| off.iter().any(|list| list.as_str() == target.record_type())) {
            return Answer::html(StatusCode::OK, "Disabled");
        }
        let done = match call.method {
            Method::GET => self.get(call, target, knobs),
            Method::POST | Method::PUT => self.save(call, target, knobs),
            Method::DELETE => self.remove(call, target),
            _ => return Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
        };
        done.unwrap_or_else(Reject::answer)
    }

    fn get(&self, call: &Call, target: Target, knobs: &Knobs) -> Result<Answer, Reject> {
        let state = self.state.read();
        let view = &state.view(knobs);
        Ok(match target {
            Target::Me => Answer::ok(&settings::me(&state)),
            Target::Settings => Answer::ok(&settings::account()),
            Target::TicketSettings => Answer::ok(&settings::tickets(&state)),
            Target::Customers => customers::list(view, call),
            Target::Autocomplete => customers::autocomplete(view, call),
            Target::Customer(id) => customers::one(view, id)?,
            Target::Contacts => contacts::list(view, call),
            Target::Contact(id) => contacts::one(view, id)?,
            Target::Users => users::list(view),
            Target::User(id) => users::one(view, id)?,
            Target::Tickets => tickets::list(view, call),
            Target::Ticket(id) => tickets::one(view, id)?,
            Target::Comments(ticket) => comments::list(view, call, ticket)?,
            Target::Comment(_) => return Err(Reject::NotFound),
        })
    }

    fn save(&self, call: &Call, target: Target, knobs: &Knobs) -> Result<Answer, Reject> {
        let fields = wire::fields(&call.body)?;
        let context = &Context { at: call.at, knobs, by_person: false };
        let mut state = self.state.write();
        let creates = call.method == Method::POST;
        Ok(match target {
            Target::Customers if creates => customers::create(&mut state, fields, context)?,
            Target::Customer(id) if !creates => customers::update(&mut state, id, fields, context)?,
            Target::Contacts if creates => contacts::create(&mut state, fields, context)?,
            Target::Contact(id) if !creates => contacts::update(&mut state, id, fields, context)?,
            Target::Tickets if creates => tickets::create(&mut state, fields, context)?,
            Target::Ticket(id) if !creates => tickets::update(&mut state, id, fields, context)?,
            Target::Comment(ticket) if creates => comments::create(&mut state, ticket, &fields, context)?,
            // The API has no way to write a user or to change a comment.
            _ => return Err(Reject::NotFound),
        })
    }

    fn remove(&self, call: &Call, target: Target) -> Result<Answer, Reject> {
        let mut state = self.state.write();
        let body = match target {
            Target::Customer(id) => {
                state.delete_customer(id, call.at)?;
                json!({"message": "Customer was deleted from the system."})
            }
            Target::Contact(id) => {
                state.delete_contact(id, call.at)?;
                json!({"success": true})
            }
            Target::Ticket(id) => {
                state.delete_ticket(id, call.at)?;
                json!({"message": "Ticket was successfully deleted. "})
            }
            _ => return Err(Reject::NotFound),
        };
        Ok(Answer::ok(&body))
    }
}

/// The token in the header, or in the query as some clients send it.
fn authorised(call: &Call, knobs: &Knobs) -> bool {
    let header = call.header("authorization").and_then(|header| header.split_once(' '));
    let bearer = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    !knobs.settings().revoked && bearer.or_else(|| call.param("api_key")) == Some(TOKEN)
}

fn elsewhere(knobs: &Knobs) -> Answer {
    if knobs.quirk("wrong_subdomain").is_some_and(|value| value == "redirect") {
        let mut answer = Answer::empty(StatusCode::FOUND);
        answer.headers.insert("location", HeaderValue::from_static("https://syncromsp.com/"));
        return answer;
    }
    Answer::html(StatusCode::NOT_FOUND, NO_SUCH_PAGE)
}

impl Vendor for Syncro {
    fn classify(&self, call: &Call) -> Route {
        let target = Target::of(&call.path);
        let template = target.map_or("unknown", Target::template).to_owned();
        Route { template, record_type: target.and_then(Target::record_type), kind: RouteKind::Data }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        if call.host != HOST && !call.is_direct() {
            return elsewhere(knobs);
        }
        self.api(call, knobs)
    }

    fn first_page(&self, call: &mut Call) {
        if call.param("page").is_some() {
            call.set_param("page", "1");
        }
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, _limit: &Limit, _knobs: &Knobs) -> Answer {
        // SIM CHOICE: neither headers nor body are documented.
        Answer::json(StatusCode::TOO_MANY_REQUESTS, &json!({"error": "Rate limit exceeded"}))
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("subdomain", SUBDOMAIN), ("api_key", TOKEN)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
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

    fn deliveries(&self, _now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        self.state.write().notifications.deliveries(knobs)
    }

    fn delivered(&self, id: u64, status: Option<u16>, _now: Timestamp) {
        self.state.write().notifications.delivered(id, status);
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        people::delete(&mut self.state.write(), list, id, mode)
    }
}
