//! `/tickets`. A row of the list and the detail of a ticket have different fields.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{Context, State, View, assign, moment, settle_status};
use super::wire::{Page, Reject, date, object, parse_date, text};
use super::{comments, contacts, customers, notifications, settings, users};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const PAGE: usize = 50;
/// What a request may set, as the document lists it.
const WRITABLE: &[&str] = &[
    "customer_id",
    "ticket_type_id",
    "subject",
    "due_date",
    "start_at",
    "end_at",
    "location_id",
    "problem_type",
    "status",
    "user_id",
    "properties",
    "asset_ids",
    "signature_name",
    "sla_id",
    "contact_id",
    "priority",
    "tag_list",
];
const BOTH: &[&str] = &[
    "id",
    "number",
    "subject",
    "customer_id",
    "start_at",
    "end_at",
    "location_id",
    "problem_type",
    "status",
    "properties",
    "user_id",
    "priority",
    "tag_list",
];

/// Newest first. SIM CHOICE: the order is not documented.
pub(super) fn list(view: &View<'_>, call: &Call) -> Answer {
    let number = |name: &str| call.number(name);
    let filters = ["customer_id", "contact_id", "user_id", "number"].map(|field| (field, number(field)));
    let after = |name: &str| call.param(name).and_then(parse_date);
    let (created, resolved, updated) = (after("created_after"), after("resolved_after"), after("since_updated_at"));
    let (status, query) = (call.param("status"), call.param("query").map(str::to_lowercase));
    let mine = call.flag("mine").unwrap_or_default();
    let later =
        |at: Option<Timestamp>, bound: Option<Timestamp>| bound.is_none_or(|bound| at.is_some_and(|at| at > bound));
    let rows: Vec<&Record> = view.state.tickets.rows.values().rev().filter(|row| !row.deleted).collect();
    let fits = |row: &&Record| {
        filters.iter().all(|(field, wanted)| wanted.is_none() || row.int(field) == *wanted)
            && (!mine || row.int("user_id") == Some(view.state.owner))
            && status.is_none_or(|status| match status {
                "Not Closed" => !row.fields.contains_key("_resolved"),
                status => row.text("status") == status,
            })
            && query.as_ref().is_none_or(|part| row.text("subject").to_lowercase().contains(part))
            && later(Some(row.created), created)
            && later(Some(row.changed), updated)
            && later(moment(row, "_resolved"), resolved)
    };
    let page = Page::of(call, rows.into_iter().filter(fits).collect(), view.per_page("tickets", PAGE));
    let shown: HashMap<i64, &Record> = page.rows.iter().filter_map(|row| Some((row.int("id")?, *row))).collect();
    let every = call.flag("all_comments").unwrap_or_else(|| view.flag("all_comments"));
    let format = call.param("comment_format").unwrap_or("plaintext");
    let mut said: HashMap<i64, Vec<Value>> = HashMap::new();
    for comment in view.state.comments.live() {
        let Some(ticket) = comment.int("ticket_id").filter(|ticket| shown.contains_key(ticket)) else { continue };
        let said = said.entry(ticket).or_default();
        // Only the initial one since March 2026.
        if every || said.is_empty() {
            said.push(Value::Object(comments::show(comment, format)));
        }
    }
    let row = |row: &&Record| {
        let mut listed = brief(view, row);
        listed
            .insert("comments".to_owned(), said.remove(&row.int("id").unwrap_or_default()).unwrap_or_default().into());
        Value::Object(listed)
    };
    let tickets: Vec<Value> = page.rows.iter().map(row).collect();
    Answer::ok(&json!({"tickets": tickets, "meta": {"total_pages": page.pages, "page": page.number}}))
}

pub(super) fn one(view: &View<'_>, id: i64) -> Result<Answer, Reject> {
    let row = view.state.tickets.get(&id).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&json!({"ticket": detail(view, row)})))
}

/// What the list and the detail have in common.
fn core(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut core: Map<String, Value> =
        BOTH.iter().map(|name| ((*name).to_owned(), row.fields.get(*name).cloned().unwrap_or_default())).collect();
    let customer = row.int("customer_id").and_then(|id| state.customers.rows.get(&id));
    let user = row.int("user_id").and_then(|id| state.users.rows.get(&id));
    let due = row.fields.get("due_date").cloned().unwrap_or_else(|| date(row.created).into());
    core.extend(object(json!({
        "customer_business_then_name": customer.map(customers::name), "due_date": due,
        "created_at": date(row.created), "updated_at": date(row.changed),
        "resolved_at": moment(row, "_resolved").map(date), "pdf_url": null, "user": user.map(users::show),
    })));
    core
}

/// A row of the list, without its comments.
fn brief(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut brief = core(view, row);
    let contact = row.int("contact_id").and_then(|id| view.state.contacts.rows.get(&id));
    let kind = row.int("ticket_type_id").and_then(settings::ticket_type);
    brief.extend(object(json!({
        "location_name": null, "ticket_type_id": row.int("ticket_type_id"),
        "ticket_type_name": kind.map(|kind| kind["name"].clone()), "billing_status": null, "sla_name": null,
        "creator_name_or_email": null, "contact_fullname": contact.map(|contact| contact.text("name")),
        "contract_name": null, "address_id": null, "parent": false, "parent_id": null, "child": false,
        "recurring": false, "customer_reply": row.text("status") == "Customer Reply",
        "total_formatted_billable_time": null, "contact_id": row.int("contact_id"), "sla_breached": false,
        "sla_breaching_soon": false, "contract_id": null, "sla_id": row.fields.get("sla_id"),
        "customer_tag_list": [], "resolution_time": null, "response_time": null, "customer_icons": [],
    })));
    brief
}

/// Rich text stays as it was written here.
pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut full = core(view, row);
    let of = |field: &str| row.int(field);
    let said = state.comments_of(of("id").unwrap_or_default()).rev();
    let said: Vec<Value> = said.map(|comment| Value::Object(comments::show(comment, "original"))).collect();
    let customer = of("customer_id").and_then(|id| state.customers.rows.get(&id));
    full.extend(object(json!({
        "intake_form_html": null, "signature_name": row.fields.get("signature_name"), "signature_date": null,
        "asset_ids": row.fields.get("asset_ids").cloned().unwrap_or_else(|| json!([])), "outtake_form_name": null,
        "outtake_form_date": null, "outtake_form_html": null, "comments": said, "attachments": [],
        "ticket_timers": [], "line_items": [], "worksheet_results": [], "assets": [], "appointments": [],
        "ticket_fields": [], "ticket_answers": [], "customer": customer.map(customers::without_contacts),
        "contact": of("contact_id").and_then(|id| state.contacts.get(&id)).map(contacts::show),
        "ticket_type": of("ticket_type_id").and_then(settings::ticket_type), "address": null,
    })));
    if view.flag("detail_contact_id") {
        full.insert("contact_id".to_owned(), of("contact_id").into());
    }
    full
}

pub(super) fn create(state: &mut State, fields: Map<String, Value>, context: &Context<'_>) -> Result<Answer, Reject> {
    let id = make(state, fields, context)?;
    one(&state.view(context.knobs), id)
}

pub(super) fn make(state: &mut State, mut fields: Map<String, Value>, context: &Context<'_>) -> Result<i64, Reject> {
    if fields.get("customer_id").and_then(Value::as_i64).is_none() {
        return Err(Reject::Error("Customer required field"));
    }
    if text(&fields, "subject").is_empty() {
        return Err(Reject::Messages(vec!["Subject can't be blank".to_owned()], Some(Value::Object(fields))));
    }
    check(state, &fields)?;
    let said = fields.remove("comments_attributes");
    let said: Vec<_> =
        said.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_object).cloned().collect();
    if said.iter().any(|comment| text(comment, "body").is_empty()) {
        return Err(Reject::Messages(vec!["Comments body can't be blank".to_owned()], None));
    }
    let id = state.tickets.next_id();
    let number = state.tickets.rows.values().filter_map(|row| row.int("number")).max().unwrap_or_default() + 1;
    let mut row = Record::new(context.at, context.at, defaults(id, number));
    assign(&mut row, writable(fields));
    automate(&mut row, context);
    settle_status(&mut row, context.at);
    state.tickets.rows.insert(id, row);
    for comment in said {
        comments::add(state, id, &comment, context);
    }
    notifications::ticket_created(state, id);
    Ok(id)
}

pub(super) fn update(
    state: &mut State,
    id: i64,
    fields: Map<String, Value>,
    context: &Context<'_>,
) -> Result<Answer, Reject> {
    state.tickets.get(&id).ok_or(Reject::NotFound)?;
    if fields.contains_key("subject") && text(&fields, "subject").is_empty() {
        return Err(Reject::Messages(vec!["Subject can't be blank".to_owned()], None));
    }
    check(state, &fields)?;
    change(state, id, writable(fields), context);
    one(&state.view(context.knobs), id)
}

/// A change by anybody; a changed status is told of.
pub(super) fn change(state: &mut State, id: i64, fields: Map<String, Value>, context: &Context<'_>) {
    let Some(row) = state.tickets.get_mut(&id) else { return };
    let before = row.text("status").to_owned();
    assign(row, fields);
    if !context.by_person {
        automate(row, context);
    }
    settle_status(row, context.at);
    row.touch(context.at);
    if row.text("status") != before {
        notifications::status_changed(state, id);
    }
}

/// A rule of the account has the last word.
fn automate(row: &mut Record, context: &Context<'_>) {
    let rule = context.knobs.quirk("automation").filter(|_| !context.by_person);
    assign(row, rule.map(object).unwrap_or_default());
}

/// SIM CHOICE: what belongs to nothing of the account is refused.
fn check(state: &State, fields: &Map<String, Value>) -> Result<(), Reject> {
    let mut complaints = Vec::new();
    let number = |name: &str| fields.get(name).and_then(Value::as_i64);
    if number("customer_id").is_some_and(|id| state.customers.get(&id).is_none()) {
        complaints.push("Customer must exist");
    }
    if number("contact_id").is_some_and(|id| state.contacts.get(&id).is_none()) {
        complaints.push("Contact must exist");
    }
    if number("user_id").is_some_and(|id| state.users.get(&id).is_none_or(|user| user.flag("_suspended"))) {
        complaints.push("User must exist");
    }
    if number("ticket_type_id").is_some_and(|id| settings::ticket_type(id).is_none()) {
        complaints.push("Ticket type must exist");
    }
    let status = text(fields, "status");
    if !status.is_empty() && !settings::STATUSES.contains(&status) {
        complaints.push("Status is not included in the list");
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Reject::Messages(complaints.into_iter().map(str::to_owned).collect(), None))
}

fn writable(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().filter(|(name, _)| WRITABLE.contains(&name.as_str())).collect()
}

/// What Syncro fills in.
pub(super) fn defaults(id: i64, number: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "number": number, "subject": "", "customer_id": null, "contact_id": null, "user_id": null,
        "status": "New", "problem_type": "Other", "priority": null, "ticket_type_id": null, "properties": {},
        "tag_list": [], "sla_id": null,
    }))
}
