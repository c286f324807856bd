//! Lists: newest first, by cursor, with the filters that each has; and single objects.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::events;
use super::form::Form;
use super::objects::shown;
use super::state::State;
use super::wire::Reject;

/// What every list takes.
const PAGING: &[&str] = &["limit", "starting_after", "ending_before", "expand"];

/// What a list takes beside that.
fn filters(list: &str) -> &'static [&'static str] {
    match list {
        "customers" => &["created", "email", "test_clock"],
        "products" => &["created", "active", "ids", "shippable", "url"],
        "prices" => &["created", "active", "product", "type", "currency", "lookup_keys", "recurring"],
        "subscriptions" => &[
            "created",
            "current_period_start",
            "current_period_end",
            "customer",
            "price",
            "status",
            "collection_method",
            "automatic_tax",
            "test_clock",
        ],
        "subscription_items" => &["subscription"],
        "invoices" => &["created", "due_date", "customer", "subscription", "status", "collection_method"],
        "charges" => &["created", "customer", "payment_intent", "transfer_group"],
        "refunds" => &["created", "charge", "payment_intent"],
        "events" => &["created", "type", "types", "delivery_success"],
        _ => &[],
    }
}

/// Events that one list may be asked for by name.
const MOST_TYPES: usize = 20;
/// Older events are not listed any more.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The word in `No such customer: 'cus_x'`.
fn noun(list: &str) -> &str {
    match list {
        "subscription_items" => "subscription_item",
        "checkout_sessions" => "checkout.session",
        list => list.trim_end_matches('s'),
    }
}

pub(super) fn envelope(url: &str, data: &[Value], has_more: bool) -> Value {
    json!({ "object": "list", "url": url, "has_more": has_more, "data": data })
}

pub(super) fn one(state: &State, list: &str, id: &str) -> Result<Value, Reject> {
    let missing = || Reject::missing(noun(list), id);
    match list {
        "events" => state.events.iter().find(|event| event.id == id).map(events::Event::shown).ok_or_else(missing),
        "subscription_items" => all_items(state).into_iter().find(|item| item["id"] == id).ok_or_else(missing),
        _ => {
            let record = state.table(list).and_then(|table| table.rows.get(id)).ok_or_else(missing)?;
            // Of what is deleted, only customers are still answered.
            if record.deleted && list != "customers" {
                return Err(missing());
            }
            Ok(shown(list, record))
        }
    }
}

pub(super) fn list(state: &State, list: &str, url: &str, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(&[PAGING, filters(list)].concat())?;
    let limit = form.number(&["limit"])?.unwrap_or(10);
    if !(1..=100).contains(&limit) {
        let words = "This value must be between 1 and 100.";
        return Err(Reject::bad("limit", "parameter_invalid_integer", words));
    }
    let limit = usize::try_from(limit).unwrap_or(10);
    let rows = rows(state, list, form, at)?;
    let (before, after) = (form.get("ending_before"), form.get("starting_after"));
    let place = |id: &str, param: &str| {
        let found = rows.iter().position(|row| row["id"] == id);
        found.ok_or_else(|| Reject::bad(param, "resource_missing", &format!("No such {}: '{id}'", noun(list))))
    };
    let (begin, end) = match (before, after) {
        (Some(_), Some(_)) => {
            return Err(Reject::bad(
                "starting_after",
                "parameters_exclusive",
                "You may only specify one of these parameters.",
            ));
        }
        (None, Some(id)) => {
            let begin = place(id, "starting_after")? + 1;
            (begin, (begin + limit).min(rows.len()))
        }
        (Some(id), None) => {
            let end = place(id, "ending_before")?;
            (end.saturating_sub(limit), end)
        }
        (None, None) => (0, limit.min(rows.len())),
    };
    let has_more = if before.is_some() { begin > 0 } else { end < rows.len() };
    Ok(envelope(url, &rows[begin..end], has_more))
}

/// Everything that passes the filters, newest first.
fn rows(state: &State, list: &str, form: &Form, at: Timestamp) -> Result<Vec<Value>, Reject> {
    let mut rows: Vec<Value> = match list {
        "events" => {
            let is_kept = |event: &&events::Event| at.as_second() - event.created < EVENTS_KEPT.as_secs();
            state.events.iter().rev().filter(is_kept).map(events::Event::shown).collect()
        }
        "subscription_items" => {
            let subscription = form.required("subscription")?;
            all_items(state).into_iter().filter(|item| item["subscription"] == subscription).collect()
        }
        _ => {
            let table = state.table(list).ok_or_else(|| Reject::missing(noun(list), ""))?;
            table.live().map(|record| shown(list, record)).collect()
        }
    };
    if list != "events" && list != "subscription_items" {
        rows.sort_by(|a, b| {
            let key = |row: &Value| (row["created"].as_i64(), row["id"].as_str().map(str::to_owned));
            key(b).cmp(&key(a))
        });
    }
    for name in filters(list) {
        match *name {
            "created" | "due_date" => within(&mut rows, name, form)?,
            "status" => by_status(&mut rows, list, form.get("status")),
            "ids" if form.has("ids") => {
                let wanted = form.list("ids");
                rows.retain(|row| row["id"].as_str().is_some_and(|id| wanted.contains(&id)));
            }
            "types" if form.has("types") => {
                let wanted = form.list("types");
                if wanted.len() > MOST_TYPES {
                    let words = format!("You may pass at most {MOST_TYPES} types.");
                    return Err(Reject::bad("types", "", &words));
                }
                rows.retain(|row| row["type"].as_str().is_some_and(|kind| wanted.contains(&kind)));
            }
            "active" => {
                if let Some(active) = form.get("active") {
                    rows.retain(|row| row["active"] == (active == "true"));
                }
            }
            "subscription" if list == "invoices" => {
                if let Some(wanted) = form.get("subscription") {
                    rows.retain(|row| row["parent"]["subscription_details"]["subscription"] == wanted);
                }
            }
            "customer" | "email" | "charge" | "product" | "type" | "collection_method" | "payment_intent" => {
                if let Some(wanted) = form.get(name) {
                    rows.retain(|row| row[*name] == wanted);
                }
            }
            _ => {}
        }
    }
    Ok(rows)
}

/// Subscriptions that ended are not listed unless they are asked for.
fn by_status(rows: &mut Vec<Value>, list: &str, wanted: Option<&str>) {
    match wanted {
        Some("all") => {}
        Some(wanted) => rows.retain(|row| row["status"] == wanted),
        None if list == "subscriptions" => rows.retain(|row| row["status"] != "canceled"),
        None => {}
    }
}

/// An exact moment, or bounds.
fn within(rows: &mut Vec<Value>, name: &str, form: &Form) -> Result<(), Reject> {
    let at = |row: &Value| row[name].as_i64().unwrap_or_default();
    if let Some(exact) = form.number(&[name])? {
        rows.retain(|row| at(row) == exact);
    }
    type Fits = fn(i64, i64) -> bool;
    let bounds: [(&str, Fits); 4] =
        [("gt", |a, b| a > b), ("gte", |a, b| a >= b), ("lt", |a, b| a < b), ("lte", |a, b| a <= b)];
    for (bound, fits) in bounds {
        if let Some(limit) = form.number(&[name, bound])? {
            rows.retain(|row| fits(at(row), limit));
        }
    }
    Ok(())
}

fn all_items(state: &State) -> Vec<Value> {
    let items = state.subscriptions.live().filter_map(|record| record.fields.get("_items")?.as_array().cloned());
    items.flatten().collect()
}
