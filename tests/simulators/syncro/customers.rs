//! `/customers`: companies, and people who are customers by themselves.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::state::{Context, State, View, assign, shown};
use super::wire::{self, Page, Reject, date, object, text};
use super::{contacts, notifications};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const PAGE: usize = 100;

pub(super) fn list(view: &View<'_>, call: &Call) -> Answer {
    let disabled = call.flag("include_disabled").unwrap_or_default();
    let like = |param: &str| call.param(param).map(str::to_lowercase);
    let likes = ["firstname", "lastname", "business_name"].map(|field| (field, like(field)));
    let (email, query) = (like("email"), like("query"));
    let ids = |name: &str| -> Vec<i64> {
        let pairs = call.query.iter().filter(|(key, _)| key == name);
        pairs.filter_map(|(_, value)| value.parse().ok()).collect()
    };
    let (wanted, unwanted) = (ids("id[]"), ids("not_id[]"));
    let holds = |row: &&Record, field: &str, part: &str| row.text(field).to_lowercase().contains(part);
    let mut rows: Vec<&Record> = view
        .state
        .customers
        .live()
        .filter(|row| {
            let id = row.int("id").unwrap_or_default();
            (disabled || !row.flag("disabled"))
                && (wanted.is_empty() || wanted.contains(&id))
                && !unwanted.contains(&id)
                && likes.iter().all(|(field, part)| part.as_ref().is_none_or(|part| holds(row, field, part)))
                && email.as_ref().is_none_or(|email| row.text("email").to_lowercase() == *email)
                && query
                    .as_ref()
                    .is_none_or(|part| name(row).to_lowercase().contains(part) || holds(row, "email", part))
        })
        .collect();
    sort(call, &mut rows);
    let page = Page::of(call, rows, view.per_page("customers", PAGE));
    let mut people: HashMap<i64, Vec<&Record>> = HashMap::new();
    for contact in view.state.contacts.live() {
        people.entry(contact.int("customer_id").unwrap_or_default()).or_default().push(contact);
    }
    let own = |row: &Record| row.int("id").and_then(|id| people.get(&id)).cloned().unwrap_or_default();
    let customers: Vec<Value> = page.rows.iter().map(|row| Value::Object(brief(row, own(row).into_iter()))).collect();
    Answer::ok(&json!({"customers": customers, "meta": page.meta()}))
}

/// SIM CHOICE: by name unless asked otherwise.
fn sort(call: &Call, rows: &mut [&Record]) {
    let (field, direction) = call.param("sort").and_then(|sort| sort.split_once(' ')).unwrap_or(("", "ASC"));
    match field {
        "id" => {}
        "updated_at" => rows.sort_by_key(|row| row.changed),
        "created_at" => rows.sort_by_key(|row| row.created),
        "" => rows.sort_by_cached_key(|row| name(row).to_lowercase()),
        other => rows.sort_by_cached_key(|row| row.text(other).to_lowercase()),
    }
    if direction.eq_ignore_ascii_case("desc") {
        rows.reverse();
    }
}

pub(super) fn autocomplete(view: &View<'_>, call: &Call) -> Answer {
    let part = call.param("query").unwrap_or_default().to_lowercase();
    let found =
        view.state.customers.live().filter(|row| !row.flag("disabled") && name(row).to_lowercase().contains(&part));
    let customers: Vec<Value> = found.take(10).map(|row| json!({"id": row.int("id"), "name": name(row)})).collect();
    Answer::ok(&json!({"customers": customers}))
}

pub(super) fn one(view: &View<'_>, id: i64) -> Result<Answer, Reject> {
    let row = view.state.customers.get(&id).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&json!({"customer": detail(view, row)})))
}

fn full_name(row: &Record) -> String {
    format!("{} {}", row.text("firstname"), row.text("lastname")).trim().to_owned()
}

/// The business, else the person.
pub(super) fn name(row: &Record) -> String {
    let business = row.text("business_name").trim();
    if business.is_empty() { full_name(row) } else { business.to_owned() }
}

fn brief<'a>(row: &Record, people: impl Iterator<Item = &'a Record>) -> Map<String, Value> {
    let mut brief = without_contacts(row);
    brief.insert("contacts".to_owned(), people.map(|contact| Value::Object(contacts::show(contact))).collect());
    brief
}

/// As other records embed it.
pub(super) fn without_contacts(row: &Record) -> Map<String, Value> {
    let mut brief = shown(row);
    let person = full_name(row);
    let both = [row.text("business_name"), &person].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    brief.extend(object(json!({
        "fullname": person, "business_then_name": name(row), "business_and_full_name": both.join(" - "),
        "created_at": date(row.created), "updated_at": date(row.changed),
        "online_profile_url": format!("https://{}/my_profile/v2/index?portal_key=pk{:018x}", super::HOST,
            row.int("id").unwrap_or_default() * 7_919),
    })));
    brief
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let id = row.int("id").unwrap_or_default();
    let mut full = brief(row, view.state.contacts_of(id));
    let tickets = view.state.tickets.live().filter(|ticket| ticket.int("customer_id") == Some(id));
    let links: Vec<Value> =
        tickets.filter_map(|ticket| Some(json!(format!("/tickets/{}", ticket.int("id")?)))).collect();
    full.extend(object(json!({"phones": [], "addresses": [], "contracts": [], "ticket_links": links,
        "invoice_links": []})));
    full
}

pub(super) fn create(state: &mut State, fields: Map<String, Value>, context: &Context<'_>) -> Result<Answer, Reject> {
    let id = make(state, fields, context)?;
    one(&state.view(context.knobs), id)
}

pub(super) fn make(state: &mut State, fields: Map<String, Value>, context: &Context<'_>) -> Result<i64, Reject> {
    check(&fields)?;
    if ["business_name", "firstname", "lastname"].iter().all(|name| text(&fields, name).is_empty()) {
        let nameless = "We require a First Name, Last Name or Business Name";
        return Err(Reject::Messages(vec![nameless.to_owned()], Some(Value::Object(fields))));
    }
    let id = state.customers.next_id();
    let mut row = Record::new(context.at, context.at, defaults(id));
    assign(&mut row, saved(fields));
    state.customers.rows.insert(id, row);
    notifications::customer_created(state, id);
    Ok(id)
}

pub(super) fn update(
    state: &mut State,
    id: i64,
    fields: Map<String, Value>,
    context: &Context<'_>,
) -> Result<Answer, Reject> {
    check(&fields)?;
    let row = state.customers.get_mut(&id).ok_or(Reject::NotFound)?;
    assign(row, saved(fields));
    row.touch(context.at);
    one(&state.view(context.knobs), id)
}

fn check(fields: &Map<String, Value>) -> Result<(), Reject> {
    if wire::is_email(fields) {
        return Ok(());
    }
    Err(Reject::Messages(vec!["Email is not an email".to_owned()], Some(Value::Object(fields.clone()))))
}

/// What is kept of what is written: telephone numbers lose their punctuation.
fn saved(mut fields: Map<String, Value>) -> Map<String, Value> {
    for name in ["phone", "mobile"] {
        if let Some(Value::String(number)) = fields.get_mut(name) {
            number.retain(|c| c.is_ascii_digit());
        }
    }
    fields.remove("id");
    fields
}

/// What Syncro fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "firstname": null, "lastname": null, "business_name": null, "email": null, "phone": null,
        "mobile": null, "pdf_url": null, "address": null, "address_2": null, "city": null, "state": null, "zip": null,
        "latitude": null, "longitude": null, "notes": null, "get_sms": false, "opt_out": false, "disabled": false,
        "no_email": false, "location_name": null, "location_id": null, "properties": {}, "tax_rate_id": null,
        "notification_email": null, "invoice_cc_emails": null, "invoice_term_id": null, "referred_by": null,
        "ref_customer_id": null,
    }))
}
