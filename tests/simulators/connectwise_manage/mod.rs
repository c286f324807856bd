//! ConnectWise Manage's REST API 3.0 in its cloud: discovery, lists with both ways of paging, patches, callbacks.
//!
//! Behaviours that no source settles, by quirk name:
//! - `codebase` (`v2025_1`): the release; another answers the old one's paths with 404, as after an upgrade.
//! - `unknown_company` (`null`): what discovery answers for a company that nobody knows; `404` is the other one seen.
//! - `refusal` (`401`): how wrong keys are refused; `message` is a 401 that only says so in words, `404` what the
//!   Developer Guide warns of.
//! - `may_delete` (false): whether the role may delete; the product's own guide gives none of that right.
//! - `forward_end` (`empty_page`): forward-only lists end with an empty page; `no_link` ends them with the last rows.
//! - `note_moves_ticket` (true): a note changes its ticket's stamp.

mod callbacks;
mod conditions;
mod lists;
mod people;
mod reference;
mod state;
mod target;
mod tenant;
#[cfg(test)]
mod tests;
mod wire;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::{ChangeMode, Record};
use crate::vendor::{Odd, Outgoing, Refusal, Route, RouteKind, Vendor};
use crate::{Setup, Simulator};
use callbacks::Change;
use lists::Filter;
use state::{Context, State, show};
use target::{Target, list_of, path_of, target};
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "connectwise-manage",
    name: "ConnectWise Manage",
    origins: &["https://*.myconnectwise.net"],
    seeded_origins: &["https://na.myconnectwise.net", "https://api-na.myconnectwise.net"],
    build: |setup| Arc::new(Manage::new(setup)),
};

/// The customers of the seeded company, by id: their names and websites. The MSP has other systems with the same ones.
pub(crate) fn customers(setup: &Setup) -> Vec<(i64, Map<String, Value>)> {
    tenant::customers(setup)
}

/// Where people sign in, and where callbacks' keys are; the API is at `api-` of it.
const HOST: &str = "na.myconnectwise.net";
const COMPANY: &str = "northbridge";
const PUBLIC_KEY: &str = "Nb7PublicKey3x9Q";
const PRIVATE_KEY: &str = "Nb7PrivateKey5v2Z";
const CLIENT_ID: &str = "3f2c1a90-7b64-4e0b-9c55-1d2e3f4a5b6c";
/// This part of a path works at every release.
const EVERGREEN: &str = "v4_6_release";

struct Manage {
    state: Kept<State>,
}

impl Manage {
    fn new(setup: &Setup) -> Self {
        Self { state: Kept::new(tenant::seed(setup)) }
    }

    fn api(&self, call: &Call, codebase: &str, target: Target<'_>, knobs: &Knobs) -> Answer {
        if call.host == HOST && !call.is_direct() {
            // SIM CHOICE: the words are documented, the status is not.
            let body = json!({"code": "Security", "message": "SSL is required.", "errors": null});
            return Answer::json(StatusCode::FORBIDDEN, &body);
        }
        if let Some(answer) = not_authenticated(call, knobs) {
            return answer;
        }
        if codebase != release(knobs) && codebase != EVERGREEN {
            return Reject::NoEndpoint.answer();
        }
        let denied = list_of(target).and_then(|list| knobs.denied(list));
        let reads = call.method == Method::GET;
        match denied {
            Some(DenyAs::Empty) if reads && matches!(target, Target::List(_)) => return Answer::ok(&json!([])),
            Some(_) => return Reject::Forbidden.answer(),
            None => {}
        }
        let done = match call.method {
            Method::GET => self.get(call, target, knobs),
            Method::POST => self.post(call, target, knobs),
            Method::PATCH => self.patch_call(call, target, knobs),
            Method::DELETE => self.remove(call, target, knobs),
            _ => Err(Reject::Method),
        };
        done.unwrap_or_else(|reject| reject.answer())
    }

    fn get(&self, call: &Call, target: Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let state = self.state.read();
        let ends_at_once = knobs.quirk("forward_end").is_some_and(|end| end == "no_link");
        match target {
            Target::Info => Ok(Answer::ok(&json!({"version": "v2025.1.12345", "isCloud": true, "cloudRegion": "NA",
                "serverTimeZone": "Eastern Standard Time", "licenseBits": [{"name": "Service", "activeFlag": true}],
                "maxWorkFlowRecordsAllowed": 0}))),
            Target::List("callbacks") => {
                lists::page(call, live(&state.callbacks.table.rows), ends_at_once, callbacks::show)
            }
            Target::List(list) => {
                let table = state.table(list).ok_or(Reject::NoEndpoint)?;
                lists::page(call, live(&table.rows), ends_at_once, |row| show(list, row))
            }
            Target::Count(list) => {
                let filter = Filter::of(call)?;
                let table = state.table(list).ok_or(Reject::NoEndpoint)?;
                let count = table.live().filter(|row| filter.holds(row)).count();
                Ok(Answer::ok(&json!({"count": count})))
            }
            Target::Setup(list, board) => {
                let rows = state.reference.rows(list, board);
                lists::page(call, rows.iter().map(|(id, row)| (*id, row)), ends_at_once, |row| show(list, row))
            }
            Target::Notes(ticket) => {
                let id: i64 = ticket.parse().unwrap_or_default();
                state.tickets.get(&id).ok_or_else(|| Reject::NotFound("Ticket", ticket.to_owned()))?;
                let of_ticket = live(&state.notes.rows).filter(|(_, row)| row.int("ticketId") == Some(id));
                lists::page(call, of_ticket, ends_at_once, |row| show("notes", row))
            }
            Target::One(list, id) => one(&state, list, id),
            Target::Note(_, id) => one(&state, "notes", id),
            _ => Err(Reject::NoEndpoint),
        }
    }

    fn post(&self, call: &Call, target: Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(&call.body) else {
            return Err(Reject::Body("The body is not a JSON object.".to_owned()));
        };
        let mut state = self.state.write();
        let context = by_api(call.at, knobs);
        let (list, id) = match target {
            Target::List("callbacks") => {
                let (by, member) = (state.author(&context), state.api_member);
                let id = state.callbacks.create(fields, &by, member, call.at)?;
                let shown = state.callbacks.table.rows.get(&id).map(callbacks::show).unwrap_or_default();
                return Ok(Answer::json(StatusCode::CREATED, &Value::Object(shown)));
            }
            Target::Deactivate(id) => {
                let id = id.parse().map_err(|_| Reject::NotFound("Member", id.to_owned()))?;
                let done = writes::deactivate(&mut state, id, &context)?;
                tell(&mut state, "updated", "members", id, &context);
                return Ok(Answer::ok(&done));
            }
            Target::Notes(ticket) => {
                let ticket: i64 = ticket.parse().map_err(|_| Reject::NotFound("Ticket", ticket.to_owned()))?;
                fields.insert("ticketId".to_owned(), ticket.into());
                ("notes", writes::create(&mut state, "notes", fields, &context)?)
            }
            Target::List(list) => {
                let silent = fields.get("skipCallback") == Some(&json!(true));
                let id = writes::create(&mut state, list, fields, &context)?;
                if !silent {
                    tell(&mut state, "added", list, id, &context);
                }
                (list, id)
            }
            _ => return Err(Reject::NoEndpoint),
        };
        if list == "notes" {
            tell_of_note(&mut state, id, &context);
        }
        let row = state.table(list).and_then(|table| table.get(&id)).ok_or(Reject::NoEndpoint)?;
        Ok(Answer::json(StatusCode::CREATED, &Value::Object(show(list, row))))
    }

    fn patch_call(&self, call: &Call, target: Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let body: Value =
            serde_json::from_slice(&call.body).map_err(|_| Reject::Body("The body is not JSON.".to_owned()))?;
        let mut state = self.state.write();
        let context = by_api(call.at, knobs);
        let (list, id) = match target {
            Target::One(list, id) => (list, id),
            Target::Note(_, id) => ("notes", id),
            _ => return Err(Reject::NoEndpoint),
        };
        let number: i64 = id.parse().map_err(|_| Reject::NotFound(writes::title(list), id.to_owned()))?;
        if list == "callbacks" {
            let operations =
                body.as_array().ok_or_else(|| Reject::Body("A patch is an array of operations.".to_owned()))?;
            let pairs = operations.iter().filter_map(|operation| {
                let path = operation["path"].as_str()?.trim_start_matches('/').to_owned();
                Some((path, operation.get("value").cloned().unwrap_or_default()))
            });
            state.callbacks.patch(number, pairs.collect(), call.at)?;
            return one(&state, list, id);
        }
        writes::patch(&mut state, list, number, &body, &context)?;
        if list == "notes" {
            tell_of_note(&mut state, number, &context);
        } else {
            tell(&mut state, "updated", list, number, &context);
        }
        one(&state, list, id)
    }

    fn remove(&self, call: &Call, target: Target<'_>, knobs: &Knobs) -> Result<Answer, Reject> {
        let Target::One(list, id) = target else { return Err(Reject::Method) };
        if list == "members" {
            return Err(Reject::Method);
        }
        if knobs.quirk("may_delete") != Some(json!(true)) {
            return Err(Reject::Forbidden);
        }
        let mode = ChangeMode { at: call.at, silent: false };
        let not_found = |_| Reject::NotFound(writes::title(list), id.to_owned());
        let mut state = self.state.write();
        let (list, number) = people::delete(&mut state, list, id, false, mode).map_err(not_found)?;
        tell(&mut state, "deleted", list, number, &by_api(call.at, knobs));
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

/// The rows that are there, in the order of ids.
fn live(rows: &BTreeMap<i64, Record>) -> impl Iterator<Item = (i64, &Record)> {
    rows.iter().filter(|(_, row)| !row.deleted).map(|(id, row)| (*id, row))
}

fn one(state: &State, list: &str, id: &str) -> Result<Answer, Reject> {
    let not_found = || Reject::NotFound(writes::title(list), id.to_owned());
    let number: i64 = id.parse().map_err(|_| not_found())?;
    if list == "callbacks" {
        let row = state.callbacks.table.get(&number).ok_or_else(not_found)?;
        return Ok(Answer::ok(&Value::Object(callbacks::show(row))));
    }
    let row = state.table(list).and_then(|table| table.get(&number)).ok_or_else(not_found)?;
    Ok(Answer::ok(&Value::Object(show(list, row))))
}

fn by_api(at: Timestamp, knobs: &Knobs) -> Context {
    let moves = knobs.quirk("note_moves_ticket") != Some(json!(false));
    Context { at, by_person: false, notes_move_tickets: moves, silent: false }
}

fn release(knobs: &Knobs) -> String {
    let quirk = knobs.quirk("codebase").and_then(|codebase| codebase.as_str().map(str::to_owned));
    quirk.unwrap_or_else(|| "v2025_1".to_owned())
}

/// The refusal, unless basic authentication and the client id are right; the gateway looks at the latter and at the company, the server at the keys.
fn not_authenticated(call: &Call, knobs: &Knobs) -> Option<Answer> {
    let unrouted = || Answer {
        status: StatusCode::BAD_REQUEST,
        headers: [(CONTENT_TYPE, HeaderValue::from_static("text/plain"))].into_iter().collect(),
        body: axum::body::Bytes::from_static(b"Cannot route. Codebase/company is invalid"),
    };
    if !call.header("clientid").is_some_and(|id| id.eq_ignore_ascii_case(CLIENT_ID)) {
        return Some(unrouted());
    }
    let basic = call.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let pair = basic.and_then(|encoded| STANDARD.decode(encoded).ok()).and_then(|pair| String::from_utf8(pair).ok());
    let pair = pair.unwrap_or_default();
    let Some((company, keys)) = pair.split_once('+') else { return Some(refused(knobs)) };
    if !company.eq_ignore_ascii_case(COMPANY) {
        return Some(unrouted());
    }
    if keys != format!("{PUBLIC_KEY}:{PRIVATE_KEY}") || knobs.settings().revoked {
        return Some(refused(knobs));
    }
    None
}

fn refused(knobs: &Knobs) -> Answer {
    match knobs.quirk("refusal").as_ref().and_then(Value::as_str) {
        Some("404") => Answer::empty(StatusCode::NOT_FOUND),
        Some("message") => {
            let body = json!({"code": "ConnectWiseApi", "message": "UserNotAuthenticated", "errors": null});
            Answer::json(StatusCode::UNAUTHORIZED, &body)
        }
        _ => {
            let body = json!({"code": "Unauthorized", "message": "Authentication failed.", "errors": null});
            Answer::json(StatusCode::UNAUTHORIZED, &body)
        }
    }
}

/// Tells the callbacks of a change.
fn tell(state: &mut State, action: &'static str, list: &str, id: i64, context: &Context) {
    let kind = match list {
        "companies" => "company",
        "contacts" => "contact",
        "members" => "member",
        "tickets" => "ticket",
        _ => return,
    };
    let by = state.author(context);
    let entity = state.table(list).and_then(|table| table.get(&id)).map(|row| show(list, row));
    let entity = entity.filter(|_| action != "deleted");
    let by_us = !context.by_person;
    state.callbacks.tell(&Change { action, kind, id, entity, by: &by, by_us, at: context.at });
}

/// A note is told as a change of its ticket.
fn tell_of_note(state: &mut State, note: i64, context: &Context) {
    let ticket = state.notes.rows.get(&note).and_then(|note| note.int("ticketId"));
    if let Some(ticket) = ticket {
        tell(state, "updated", "tickets", ticket, context);
    }
}

fn told(state: &mut State, action: &'static str, list: &str, id: i64, mode: ChangeMode) {
    let context = Context { at: mode.at, by_person: true, notes_move_tickets: true, silent: mode.silent };
    if mode.silent {
        return;
    }
    if list == "notes" {
        tell_of_note(state, id, &context);
    } else {
        tell(state, action, list, id, &context);
    }
}

impl Vendor for Manage {
    fn classify(&self, call: &Call) -> Route {
        let (_, target) = target(&call.path);
        let template = match target {
            Target::CompanyInfo(_) => "/login/companyinfo/{company}".to_owned(),
            Target::Key => "/system/callbackkey/index.rails".to_owned(),
            Target::Info => "/system/info".to_owned(),
            Target::List(list) => format!("/{}", path_of(list)),
            Target::One(list, _) => format!("/{}/{{id}}", path_of(list)),
            Target::Count(list) => format!("/{}/count", path_of(list)),
            Target::Setup(list, _) => format!("/setup/{list}"),
            Target::Notes(_) => "/service/tickets/{id}/notes".to_owned(),
            Target::Note(..) => "/service/tickets/{id}/notes/{id}".to_owned(),
            Target::Deactivate(_) => "/system/members/{id}/deactivate".to_owned(),
            Target::Unknown => "unknown".to_owned(),
        };
        let kind = match target {
            Target::CompanyInfo(_) | Target::Key => RouteKind::Token,
            _ => RouteKind::Data,
        };
        Route { template, record_type: list_of(target), kind }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        let (codebase, target) = target(&call.path);
        match target {
            Target::CompanyInfo(company) if company.eq_ignore_ascii_case(COMPANY) => {
                let codebase = release(knobs);
                Answer::ok(&json!({"CompanyName": "Northbridge MSP", "Codebase": format!("{codebase}/"),
                    "VersionCode": codebase.replace('_', "."), "VersionNumber": "v4.6.38842", "CompanyID": COMPANY,
                    "IsCloud": "True", "SiteUrl": format!("api-{HOST}")}))
            }
            Target::CompanyInfo(_) if knobs.quirk("unknown_company").is_some_and(|how| how == "404") => {
                Answer::empty(StatusCode::NOT_FOUND)
            }
            Target::CompanyInfo(_) => Answer::ok(&Value::Null),
            Target::Key => {
                let ours = call.param("companyName").is_some_and(|name| name.eq_ignore_ascii_case(COMPANY));
                match call.param("id").filter(|_| ours) {
                    Some(id) => Answer::ok(&callbacks::served_key(id)),
                    None => Answer::empty(StatusCode::NOT_FOUND),
                }
            }
            target => self.api(call, codebase, target, knobs),
        }
    }

    fn first_page(&self, call: &mut Call) {
        call.query.retain(|(name, _)| !name.eq_ignore_ascii_case("pageId"));
        if call.param("page").is_some() {
            call.set_param("page", "1");
        }
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    fn limited(&self, limit: &Limit, _: &Knobs) -> Answer {
        let message = format!("Too many requests. Please try again in {} seconds.", limit.window_seconds);
        Answer::json(StatusCode::TOO_MANY_REQUESTS, &json!({"error": "ConnectWiseAPI", "message": message}))
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("site", HOST), ("company_id", COMPANY), ("public_key", PUBLIC_KEY), ("private_key", PRIVATE_KEY)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn deployment(&self) -> BTreeMap<String, String> {
        [("connectwise_client_id".to_owned(), CLIENT_ID.to_owned())].into()
    }

    fn dump(&self, _: &Knobs) -> Value {
        people::dump(&self.state.read())
    }

    fn create(&self, list: &str, fields: Map<String, Value>, mode: ChangeMode, _: &Knobs) -> Result<Value, Refusal> {
        let mut state = self.state.write();
        let (list, id, shown) = people::create(&mut state, list, fields, mode)?;
        told(&mut state, "added", list, id, mode);
        Ok(shown)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        _: &Knobs,
    ) -> Result<Value, Refusal> {
        let mut state = self.state.write();
        let (list, id, shown) = people::patch(&mut state, list, id, fields, mode)?;
        told(&mut state, "updated", list, id, mode);
        Ok(shown)
    }

    fn delete(&self, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
        let mut state = self.state.write();
        let (list, id) = people::delete(&mut state, list, id, hard, mode)?;
        told(&mut state, "deleted", list, id, mode);
        Ok(())
    }

    fn deliveries(&self, now: Timestamp, _: &Knobs) -> Vec<Outgoing> {
        self.state.write().callbacks.due(now)
    }

    fn delivered(&self, id: u64, status: Option<u16>, now: Timestamp) {
        self.state.write().callbacks.answered(id, status, now);
    }
}
