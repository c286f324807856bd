//! `/contacts`: people at customers. Single answers are the bare object.

use serde_json::{Map, Value, json};

use super::notifications;
use super::state::{Context, State, View, assign, shown};
use super::wire::{self, Page, Reject, date, object, text};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const PAGE: usize = 50;

/// SIM CHOICE: by name.
pub(super) fn list(view: &View<'_>, call: &Call) -> Answer {
    let customer = call.number("customer_id");
    // Not documented; one client uses it.
    let email = call.param("email").map(str::to_lowercase);
    let fits = |row: &&Record| {
        (customer.is_none() || row.int("customer_id") == customer)
            && email.as_ref().is_none_or(|email| row.text("email").to_lowercase() == *email)
    };
    let mut rows: Vec<&Record> = view.state.contacts.live().filter(fits).collect();
    rows.sort_by_cached_key(|row| row.text("name").to_lowercase());
    let page = Page::of(call, rows, view.per_page("contacts", PAGE));
    let contacts: Vec<Value> = page.rows.iter().map(|row| Value::Object(show(row))).collect();
    Answer::ok(&json!({"contacts": contacts, "meta": page.meta()}))
}

pub(super) fn one(view: &View<'_>, id: i64) -> Result<Answer, Reject> {
    let row = view.state.contacts.get(&id).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&Value::Object(show(row))))
}

pub(super) fn show(row: &Record) -> Map<String, Value> {
    let mut contact = shown(row);
    contact.extend(object(json!({"created_at": date(row.created), "updated_at": date(row.changed)})));
    contact
}

pub(super) fn create(state: &mut State, fields: Map<String, Value>, context: &Context<'_>) -> Result<Answer, Reject> {
    let id = make(state, fields, context)?;
    one(&state.view(context.knobs), id)
}

pub(super) fn make(state: &mut State, fields: Map<String, Value>, context: &Context<'_>) -> Result<i64, Reject> {
    let customer = fields.get("customer_id").and_then(Value::as_i64);
    if !context.by_person {
        customer.and_then(|id| state.customers.get(&id)).ok_or(Reject::NotFound)?;
    }
    check(&fields)?;
    let id = state.contacts.next_id();
    let mut row = Record::new(context.at, context.at, defaults(id));
    assign(&mut row, saved(fields));
    state.contacts.rows.insert(id, row);
    notifications::contact_created(state, id);
    Ok(id)
}

pub(super) fn update(
    state: &mut State,
    id: i64,
    fields: Map<String, Value>,
    context: &Context<'_>,
) -> Result<Answer, Reject> {
    check(&fields)?;
    let row = state.contacts.get_mut(&id).ok_or(Reject::NotFound)?;
    change(row, fields);
    row.touch(context.at);
    one(&state.view(context.knobs), id)
}

/// A title is stored as a property.
pub(super) fn change(row: &mut Record, mut fields: Map<String, Value>) {
    if let Some(title) = fields.remove("title")
        && let Some(properties) = row.fields.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.insert("title".to_owned(), title);
    }
    assign(row, saved(fields));
}

fn check(fields: &Map<String, Value>) -> Result<(), Reject> {
    if wire::is_email(fields) {
        return Ok(());
    }
    Err(Reject::Record(json!({"email": text(fields, "email")}), "Email is not an email".to_owned()))
}

fn saved(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.remove("id");
    fields
}

/// What Syncro fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "name": null, "address1": null, "address2": null, "city": null, "state": null, "zip": null,
        "email": null, "phone": null, "mobile": null, "latitude": null, "longitude": null, "customer_id": null,
        "account_id": 1, "notes": null, "vendor_id": null, "properties": {}, "opt_out": false, "extension": null,
    }))
}
