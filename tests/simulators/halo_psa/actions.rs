//! `/Actions`: comments and other events of a ticket, numbered per ticket.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::lists::{set, take_all};
use super::state::{Context, State, View};
use super::tickets_write::settle_status;
use super::webhooks;
use super::wire::{Reject, date, object, parse_date, plain};
use crate::exchange::{Answer, Call};
use crate::records::Record;

/// The name of our API application at Halo, which every action written through it carries.
pub(super) const APPLICATION: &str = "Client Portal";
/// SIM CHOICE: rows where no `count` is asked for. There are no pages.
const UNASKED: usize = 50;
const NO_ACCESS: &str = "You do not have access to this Action at the moment";

pub(super) fn list(view: &View<'_>, call: &Call) -> Result<Answer, Reject> {
    let flag = |name: &str| call.flag(name).unwrap_or_default();
    let ticket = call.number("ticket_id");
    let by_date = call.param("startdate").is_some() || call.param("datesearch").is_some();
    if ticket.is_none() && !by_date {
        return Err(Reject::Blank);
    }
    let bound = |name: &str| call.param(name).and_then(parse_date).map(|at| at.as_second());
    let (from, to) = (bound("startdate"), bound("enddate"));
    let fits = |row: &&Record| {
        let system = row.text("who") == "System";
        ticket.is_none_or(|ticket| row.int("ticket_id") == Some(ticket))
            && !(flag("excludesys") && system)
            && !(flag("excludeprivate") && row.flag("hiddenfromuser"))
            && !(flag("agentonly") && row.int("who_agentid").is_none_or(|agent| agent == 0))
            && !(flag("conversationonly") && row.text("emaildirection").is_empty())
            && (!flag("importantonly") || row.flag("important"))
            && from.is_none_or(|from| row.created.as_second() >= from)
            && to.is_none_or(|to| row.created.as_second() <= to)
    };
    // Newest first.
    let rows: Vec<&Record> = match ticket {
        Some(ticket) => {
            let own = view.state.actions.rows.range((ticket, i64::MIN)..=(ticket, i64::MAX));
            own.rev().map(|(_, row)| row).filter(|row| !row.deleted).filter(fits).collect()
        }
        None => {
            let mut rows: Vec<&Record> = view.state.actions.live().filter(fits).collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.created));
            rows
        }
    };
    let total = rows.len();
    let count = call.number("count").and_then(|count| usize::try_from(count).ok()).unwrap_or(UNASKED);
    let html = flag("includehtmlnote");
    let rows: Vec<Value> = rows.into_iter().take(count).map(|row| show(row, html)).collect();
    Ok(Answer::ok(&json!({"record_count": total, "actions": rows})))
}

pub(super) fn one(view: &View<'_>, call: &Call, id: &str) -> Result<Answer, Reject> {
    let id = id.parse().map_err(|_| Reject::NotFound)?;
    let ticket = call.number("ticket_id").ok_or(Reject::Blank)?;
    view.state.actions.get(&(ticket, id)).map(|row| Answer::ok(&show(row, true))).ok_or(Reject::NotFound)
}

pub(super) fn show(row: &Record, html: bool) -> Value {
    let mut shown = take_all(row);
    let id = row.int("id").unwrap_or_default();
    set(&mut shown, "datetime", date(row.created, id));
    set(&mut shown, "actiondatecreated", date(row.created, id + 1));
    if !html {
        shown.remove("note_html");
    }
    Value::Object(shown)
}

pub(super) fn write(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let ticket = item.get("ticket_id").and_then(Value::as_i64).ok_or(Reject::Blank)?;
    if state.tickets.get(&ticket).ok_or(Reject::NotFound)?.flag("deleted") && !context.by_person {
        return Err(Reject::exception(NO_ACCESS));
    }
    if let Some(id) = item.get("id").and_then(Value::as_i64) {
        let row = state.actions.get_mut(&(ticket, id)).ok_or(Reject::NotFound)?;
        row.merge(item);
        row.touch(context.at);
        let shown = show(row, true);
        bump(state, ticket, context.at);
        return Ok(shown);
    }
    let outcome = outcome(state, &item, context)?;
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (note, html) = (text("note"), text("note_html"));
    let emails = item.remove("sendemail").and_then(|send| send.as_bool()).unwrap_or_default();
    let id = next_id(state, ticket);
    let agent = state.api_agent;
    let mut fields = object(json!({
        "id": id, "ticket_id": ticket, "outcome": outcome["outcome"], "outcome_id": outcome["id"],
        "who": State::name(&state.agents, Some(agent)), "who_type": 0, "who_agentid": agent,
        "actionby_agent_id": agent, "actionby_user_id": 0, "actionby_application_id": APPLICATION,
        "hiddenfromuser": outcome["hidefromuser"], "important": false, "timetaken": 0.0, "attachment_count": 0,
        "customfields": [], "guid": format!("a726ee11-acb8-4111-8260-{:012x}", ticket * 1_000 + id),
    }));
    if emails {
        let to = state.tickets.get(&ticket).map(|ticket| ticket.text("user_email")).unwrap_or_default();
        fields.extend(object(json!({"emaildirection": "O", "emailto": to})));
    }
    fields.insert("note".to_owned(), if note.is_empty() { plain(&html) } else { note.clone() }.into());
    fields.insert("note_html".to_owned(), if html.is_empty() { note } else { html }.into());
    for kept in ["note", "note_html", "outcome", "outcome_id"] {
        item.remove(kept);
    }
    let before = state.tickets.get(&ticket).ok_or(Reject::NotFound)?.clone();
    let old_status = before.int("status_id");
    let new_status = item.get("new_status").and_then(Value::as_i64).or(old_status);
    let new_agent = item.get("new_agent").and_then(Value::as_i64);
    let mut row = Record::new(context.at, context.at, fields);
    row.merge(item);
    row.merge(object(json!({"old_status": old_status, "new_status": new_status})));
    let shown = show(&row, true);
    let by_user = row.int("actionby_user_id").is_some_and(|user| user > 0);
    state.actions.rows.insert((ticket, id), row);
    if let Some(ticket) = state.tickets.get_mut(&ticket) {
        ticket.merge(object(json!({"status_id": new_status})));
        if let Some(agent) = new_agent {
            ticket.fields.insert("agent_id".to_owned(), agent.into());
        }
        settle_status(ticket, context);
    }
    bump(state, ticket, context.at);
    webhooks::changed(state, &before, ticket, context.at);
    if by_user {
        webhooks::tell(state, webhooks::UPDATED_BY_USER, ticket, context.at);
    }
    Ok(shown)
}

/// An outcome is mandatory, by name or by id.
fn outcome(state: &State, item: &Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let name = item.get("outcome").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let id = item.get("outcome_id").and_then(Value::as_i64).filter(|id| *id > 0);
    if name.is_none() && id.is_none() && !context.by_person {
        return Err(Reject::exception("An Outcome must be entered for this Action"));
    }
    let found = state.reference.outcome(id, name.unwrap_or("Note"));
    match found {
        Some(outcome) => Ok(outcome.clone()),
        None if context.by_person => Ok(json!({"id": 0, "outcome": name, "hidefromuser": false})),
        None => Err(Reject::exception(NO_ACCESS)),
    }
}

fn next_id(state: &State, ticket: i64) -> i64 {
    let last = state.actions.rows.range((ticket, i64::MIN)..=(ticket, i64::MAX)).next_back();
    last.map_or(1, |((_, id), _)| id + 1)
}

/// An action changes its ticket's stamps.
fn bump(state: &mut State, ticket: i64, at: Timestamp) {
    if let Some(ticket) = state.tickets.get_mut(&ticket) {
        ticket.fields.insert("_acted".to_owned(), at.to_string().into());
        ticket.touch(at);
    }
}

/// What a rule leaves behind on a new ticket.
pub(super) fn note_rule(state: &mut State, ticket: i64, at: Timestamp) {
    let id = next_id(state, ticket);
    state.actions.rows.insert((ticket, id), Record::new(at, at, system(ticket, id, "Rule Applied")));
}

pub(super) fn system(ticket: i64, id: i64, outcome: &str) -> Map<String, Value> {
    object(json!({
        "id": id, "ticket_id": ticket, "outcome": outcome, "outcome_id": 0, "who": "System", "who_type": 0,
        "who_agentid": 0, "actionby_agent_id": 0, "actionby_user_id": 0, "hiddenfromuser": true, "important": false,
        "timetaken": 0.0, "attachment_count": 0, "customfields": [], "note": "", "note_html": "",
        "guid": format!("b726ee11-acb8-4111-8260-{:012x}", ticket * 1_000 + id),
    }))
}
