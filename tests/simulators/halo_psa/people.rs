//! Changes made by people in Halo's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::state::{Context, State, View};
use super::{actions, agents, clients, sites, tickets, users, webhooks};
use crate::knobs::Knobs;
use crate::records::{ChangeMode, Record};
use crate::vendor::Refusal;

/// The resource of a list's name; the vendor's words and the product's are taken.
fn resource(list: &str) -> Result<&'static str, Refusal> {
    Ok(match list.to_ascii_lowercase().as_str() {
        "client" | "clients" | "companies" => "Client",
        "site" | "sites" => "Site",
        "users" | "user" | "contacts" => "Users",
        "agent" | "agents" | "technicians" => "Agent",
        "tickets" | "ticket" => "Tickets",
        "actions" | "action" | "notes" => "Actions",
        "status" | "statuses" => "Status",
        "userroles" | "roles" => "UserRoles",
        "tickettype" | "tickettypes" => "TicketType",
        "priority" | "priorities" => "Priority",
        "webhook" | "webhooks" => "Webhook",
        "notification" | "notifications" => "Notification",
        "webhookevent" | "webhook_events" => "WebhookEvent",
        _ => return Err(Refusal::UnknownList(list.to_owned())),
    })
}

/// The id of an action is `ticket:action`.
fn place(list: &str, id: &str) -> Result<(Option<i64>, i64), Refusal> {
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    match id.split_once(':') {
        Some((ticket, action)) => {
            Ok((Some(ticket.parse().map_err(|_| unknown())?), action.parse().map_err(|_| unknown())?))
        }
        None => Ok((None, id.parse().map_err(|_| unknown())?)),
    }
}

fn record<'a>(state: &'a mut State, list: &str, id: &str) -> Result<&'a mut Record, Refusal> {
    let (ticket, number) = place(list, id)?;
    let found = match resource(list)? {
        "Client" => state.clients.rows.get_mut(&number),
        "Site" => state.sites.rows.get_mut(&number),
        "Users" => state.users.rows.get_mut(&number),
        "Agent" => state.agents.rows.get_mut(&number),
        "Tickets" => state.tickets.rows.get_mut(&number),
        "Actions" => state.actions.rows.get_mut(&(ticket.unwrap_or_default(), number)),
        _ => None,
    };
    found.ok_or_else(|| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() })
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let resource = resource(list)?;
    if resource == "Actions" {
        // Written in the screens, not by our application.
        fields.entry("actionby_application_id").or_insert_with(|| "".into());
        let by_user = fields.get("actionby_user_id").and_then(Value::as_i64).filter(|user| *user > 0);
        if let Some(user) = by_user {
            let name = State::name(&state.users, Some(user)).to_owned();
            fields.entry("who").or_insert(name.into());
            fields.entry("who_type").or_insert(1.into());
            fields.entry("who_agentid").or_insert(0.into());
            fields.entry("actionby_agent_id").or_insert(0.into());
            fields.entry("emaildirection").or_insert("I".into());
        }
    }
    let context = Context { at: mode.at, knobs, by_person: true };
    state.apply(resource, fields, &context).map_err(|reject| Refusal::Invalid(reject.message()))
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let resource = resource(list)?;
    let context = Context { at: mode.at, knobs, by_person: true };
    if resource == "WebhookEvent" {
        let resent = fields.remove("resend").is_some_and(|resend| resend == true).then(|| webhooks::resend(state, id));
        return resent.flatten().ok_or_else(|| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() });
    }
    if !matches!(resource, "Client" | "Site" | "Users" | "Agent" | "Tickets" | "Actions") {
        let number = place(list, id).map(|(_, number)| json!(number)).unwrap_or_else(|_| id.into());
        fields.insert("id".to_owned(), number);
        return state.apply(resource, fields, &context).map_err(|reject| Refusal::Invalid(reject.message()));
    }
    if let Some(Value::String(roles)) = fields.remove("role_list") {
        let ids: Vec<i64> = roles.split(',').filter_map(|role| role.trim().parse().ok()).collect();
        fields.insert("role_ids".to_owned(), ids.into());
    }
    let row = record(state, list, id)?;
    let before = row.clone();
    // What was deleted may be brought back.
    row.deleted &= !fields.remove("_restore").is_some_and(|restore| restore == true);
    row.merge(fields);
    if resource == "Tickets" {
        super::tickets_write::settle_status(row, &context);
    }
    if !mode.silent {
        row.touch(mode.at);
    }
    let ticket = row.int("ticket_id").filter(|_| resource == "Actions" && !mode.silent);
    if let Some(ticket) = ticket.and_then(|ticket| state.tickets.get_mut(&ticket)) {
        ticket.touch(mode.at);
    }
    if resource == "Tickets" && !mode.silent {
        webhooks::changed(state, &before, place(list, id)?.1, mode.at);
    }
    let row = record(state, list, id)?.clone();
    Ok(shown(&state.view(knobs), resource, &row))
}

pub(super) fn delete(state: &mut State, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
    let (ticket, number) = place(list, id)?;
    let unknown = |_| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    state.delete(resource(list)?, &number.to_string(), ticket, hard, mode.at).map_err(unknown)
}

fn shown(view: &View<'_>, resource: &str, row: &Record) -> Value {
    let mut shown = match resource {
        "Client" => Value::Object(clients::detail(view, row)),
        "Site" => Value::Object(sites::detail(view, row)),
        "Users" => Value::Object(users::detail(view, row)),
        "Agent" => Value::Object(agents::detail(view, row)),
        "Tickets" => Value::Object(tickets::detail(view, row)),
        _ => actions::show(row, true),
    };
    shown["_sim"] = json!({
        "changed": row.changed, "created": row.created, "deleted": row.deleted, "general_user": row.flag("_general"),
    });
    shown
}

/// Everything, as the vendor shows it in full, each record with what only the simulator knows under `_sim`.
pub(super) fn dump(view: &View<'_>) -> Value {
    let state = view.state;
    let all = |resource: &'static str, rows: &mut dyn Iterator<Item = &Record>| -> Value {
        rows.map(|row| shown(view, resource, row)).collect()
    };
    let mut dump = json!({
        "clients": all("Client", &mut state.clients.rows.values()),
        "sites": all("Site", &mut state.sites.rows.values()),
        "users": all("Users", &mut state.users.rows.values()),
        "agents": all("Agent", &mut state.agents.rows.values()),
        "tickets": all("Tickets", &mut state.tickets.rows.values()),
        "actions": all("Actions", &mut state.actions.rows.values()),
        "application": actions::APPLICATION,
        "api_agent": state.api_agent,
    });
    for (key, resource) in [
        ("statuses", "Status"),
        ("priorities", "Priority"),
        ("ticket_types", "TicketType"),
        ("categories", "Category"),
        ("teams", "Team"),
        ("outcomes", "Outcome"),
        ("roles", "UserRoles"),
        ("webhooks", "Webhook"),
        ("notifications", "Notification"),
    ] {
        dump[key] = state.reference.rows(resource).into();
    }
    dump["webhook_events"] = webhooks::dump(state).into();
    dump
}
