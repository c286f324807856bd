//! `POST /Tickets`: creating and changing, with the checks that Halo makes.

use serde_json::{Map, Value, json};

use super::state::{Context, State, UNASSIGNED};
use super::tickets::{CLOSED, one};
use super::wire::{NO_DATE, Reject, finer, object, plain};
use super::{actions, clients, webhooks};
use crate::records::Record;

/// Fields that speak to Halo and are not kept.
const ORDERS: &[&str] = &[
    "userlookup",
    "usertype",
    "donotapplytemplateintheapi",
    "_novalidate",
    "dont_do_rules",
    "_appointment01_ok",
    "_agent01_ok",
    "_forcereassign",
    "priority",
    "tickettype",
    "user",
    "team",
];

pub(in crate::halo_psa) fn write(
    state: &mut State,
    item: Map<String, Value>,
    context: &Context<'_>,
) -> Result<Value, Reject> {
    let mut answer = match item.get("id").and_then(Value::as_i64) {
        Some(id) => update(state, id, item, context),
        None => create(state, item, context),
    }?;
    for stamp in ["dateoccurred", "datecreated", "dateclosed", "lastactiondate", "last_update", "flastupdate"] {
        if let Some(finer) = answer.get(stamp).and_then(finer) {
            answer[stamp] = finer;
        }
    }
    Ok(answer)
}

fn ordered(item: &Map<String, Value>, order: &str) -> bool {
    item.get(order).and_then(Value::as_bool).unwrap_or_default()
}

fn number(item: &Map<String, Value>, field: &str) -> Option<i64> {
    item.get(field).and_then(Value::as_i64)
}

fn create(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let (details, html) = (text("details"), text("details_html"));
    if text("summary").is_empty() {
        return Err(Reject::exception("A Summary must be entered for this Ticket"));
    }
    if details.is_empty() && html.is_empty() {
        return Err(Reject::exception("Details must be entered for this Ticket"));
    }
    let (client, site, user) = requester(state, &item)?;
    let type_id = number(&item, "tickettype_id").unwrap_or(1);
    let Some(ticket_type) = state.reference.ticket_type(Some(type_id)).cloned() else {
        return Err(Reject::exception("Invalid Ticket Type specified"));
    };
    if !ordered(&item, "_novalidate") && !context.by_person {
        let mandatory = ticket_type["_mandatory"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for field in mandatory {
            if item.get(field).is_none_or(|value| value.is_null() || value == "" || value == 0) {
                return Err(Reject::exception(format!("The field {field} is mandatory for this Ticket Type")));
            }
        }
    }
    let sla = number(&item, "sla_id").or(ticket_type["default_sla"].as_i64()).unwrap_or(1);
    item.insert("sla_id".to_owned(), sla.into());
    check_priority(state, &mut item, sla, None, context)?;
    team(state, &mut item);
    let agent = number(&item, "agent_id").filter(|agent| *agent > 0).unwrap_or(UNASSIGNED);
    let id = state.tickets.next_id();
    let user_row = user.and_then(|user| state.users.rows.get(&user));
    let email = user_row.map(|user| user.text("emailaddress")).unwrap_or_default().to_owned();
    let mut row = Record::new(context.at, context.at, defaults(id));
    row.merge(object(json!({
        "tickettype_id": type_id, "client_id": client, "site_id": site, "user_id": user,
        "status_id": ticket_type["initial_status"], "user_email": email, "reportedby": email,
        "details": if details.is_empty() { plain(&html) } else { details.clone() },
        "details_html": if html.is_empty() { details } else { html }, "guid": guid(id), "key": guid(id),
        "_acted": context.at,
    })));
    let rules = !ordered(&item, "dont_do_rules");
    for order in ORDERS.iter().chain(&["details", "details_html", "client_id", "site_id", "user_id"]) {
        item.remove(*order);
    }
    row.merge(item);
    row.merge(object(json!({"id": id, "agent_id": agent})));
    settle_status(&mut row, context);
    state.tickets.rows.insert(id, row);
    if rules && !context.by_person {
        actions::note_rule(state, id, context.at);
    }
    webhooks::tell(state, webhooks::CREATED, id, context.at);
    one(&state.view(context.knobs), id).ok_or(Reject::NotFound)
}

fn update(state: &mut State, id: i64, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let current = state.tickets.get(&id).ok_or(Reject::NotFound)?.clone();
    if item.contains_key("user_id") {
        let site = number(&item, "site_id").or(current.int("site_id"));
        check_user(state, number(&item, "user_id"), site)?;
    }
    let sla = number(&item, "sla_id").or(current.int("sla_id")).unwrap_or(1);
    check_priority(state, &mut item, sla, current.int("priority_id"), context)?;
    team(state, &mut item);
    let mut warning = None;
    let disabled =
        |agent: i64| state.agents.get(&agent).is_none_or(|agent| agent.flag("isdisabled")) && agent != UNASSIGNED;
    if let Some(agent) = number(&item, "agent_id").filter(|agent| *agent > 0)
        && disabled(agent)
        && !ordered(&item, "_agent01_ok")
        && !ordered(&item, "_forcereassign")
    {
        item.remove("agent_id");
        warning = Some("The Agent is inactive. Are you sure you want to assign this Ticket to them?");
    }
    let closes = number(&item, "status_id") == Some(CLOSED) && current.int("status_id") != Some(CLOSED);
    if closes && current.flag("_open_appointment") && !ordered(&item, "_appointment01_ok") {
        item.remove("status_id");
        warning = Some("There are open appointments for this Ticket. Are you sure you want to close it?");
    }
    for order in ORDERS {
        item.remove(*order);
    }
    if let Some(row) = state.tickets.get_mut(&id) {
        row.merge(item);
        settle_status(row, context);
        row.touch(context.at);
    }
    webhooks::changed(state, &current, id, context.at);
    let mut body = one(&state.view(context.knobs), id).ok_or(Reject::NotFound)?;
    if let Some(warning) = warning {
        body["_warning"] = warning.into();
    }
    Ok(body)
}

/// Whether the ticket has been closed follows its status.
pub(in crate::halo_psa) fn settle_status(row: &mut Record, context: &Context<'_>) {
    let closed = row.int("status_id") == Some(CLOSED);
    if closed && !row.flag("hasbeenclosed") {
        row.merge(object(json!({"hasbeenclosed": true, "_closed": context.at})));
    } else if !closed {
        row.merge(object(json!({"hasbeenclosed": null, "_closed": null})));
    }
    let on_hold = row.int("status_id") == Some(28);
    row.fields.insert("onhold".to_owned(), on_hold.into());
}

/// Company, site and user of a new ticket.
fn requester(state: &State, item: &Map<String, Value>) -> Result<(i64, i64, Option<i64>), Reject> {
    let lookup = item.get("userlookup").and_then(|lookup| lookup.get("id")).and_then(Value::as_i64);
    let user = number(item, "user_id").or(lookup).filter(|user| *user > 0);
    let site = number(item, "site_id");
    if user.is_some() {
        check_user(state, user, site)?;
    }
    let client = state.client_of_site(site).or(number(item, "client_id"));
    let client = client.ok_or_else(|| Reject::exception("A Customer or User must be specified for this Ticket"))?;
    let row = state.clients.get(&client).ok_or_else(|| Reject::exception("Invalid Customer specified"))?;
    let site = site.or(row.int("main_site_id")).unwrap_or(clients::INTERNAL);
    Ok((client, site, user.or_else(|| state.general_user(site))))
}

fn check_user(state: &State, user: Option<i64>, site: Option<i64>) -> Result<(), Reject> {
    let row = user.and_then(|user| state.users.get(&user));
    let row = row.ok_or_else(|| Reject::exception("Invalid User specified"))?;
    if site.is_none() || row.int("site_id") != site {
        return Err(Reject::exception("The User does not belong to the Site specified"));
    }
    Ok(())
}

/// A priority that is not of the SLA is reset without a word, or refused where the quirk says so.
fn check_priority(
    state: &State,
    item: &mut Map<String, Value>,
    sla: i64,
    current: Option<i64>,
    context: &Context<'_>,
) -> Result<(), Reject> {
    let asked = number(item, "priority_id");
    if asked.is_none() && current.is_some() {
        return Ok(());
    }
    if asked.is_some() && state.reference.priority(Some(sla), asked).is_none() {
        let rejects = context.knobs.quirk("priority").is_some_and(|value| value == "reject");
        if rejects {
            return Err(Reject::exception("Invalid Priority specified for the SLA of this Ticket"));
        }
        item.remove("priority_id");
    } else if asked.is_some() {
        return Ok(());
    }
    item.insert("priority_id".to_owned(), current.or(state.reference.lowest_priority(sla)).into());
    Ok(())
}

/// A team may be given by name.
fn team(state: &State, item: &mut Map<String, Value>) {
    let named = item.get("team").and_then(Value::as_str).and_then(|name| state.reference.team_named(name));
    if let Some(id) = named {
        item.insert("team_id".to_owned(), id.into());
    }
}

fn guid(id: i64) -> String {
    format!("4e190cb2-132f-4f11-b9f1-{id:012x}")
}

/// What Halo fills in.
pub(in crate::halo_psa) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "status_id": 1, "tickettype_id": 1, "sla_id": 1, "priority_id": 4, "agent_id": UNASSIGNED,
        "team_id": 26, "category_1": "", "estimate": -0.0, "child_count": 0, "attachment_count": 0, "flagged": false,
        "read": false, "onhold": false, "inactive": false, "deleted": false, "source": 0, "impact": 0, "urgency": 0,
        "customfields": [], "lastincomingemail": NO_DATE[0], "targetdate": NO_DATE[2], "third_party_id": 0,
        "third_party_id_string": "", "slaresponsestate": "O", "use": "ticket",
    }))
}
