//! Lists: newest first, by cursor, with the filters that each has; and single objects.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::events;
use super::form::Form;
use super::objects::shown;
use super::state::State;
use super::wire::Reject;
use crate::records::Record;

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
        let found = rows.iter().position(|row| *row.field("id") == id);
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
    let data: Vec<Value> = rows[begin..end].iter().map(|row| row.shown(list)).collect();
    Ok(envelope(url, &data, has_more))
}

/// A row of a list before it is shown: only those of the page asked for are.
enum Row<'a> {
    Record(&'a Record),
    Made(Value),
}

impl Row<'_> {
    /// A field that is shown as it is kept.
    fn field(&self, name: &str) -> &Value {
        match self {
            Self::Record(record) => record.fields.get(name).unwrap_or(&Value::Null),
            Self::Made(value) => &value[name],
        }
    }

    fn age(&self) -> (Option<i64>, Option<&str>) {
        (self.field("created").as_i64(), self.field("id").as_str())
    }

    fn shown(&self, list: &str) -> Value {
        match self {
            Self::Record(record) => shown(list, record),
            Self::Made(value) => value.clone(),
        }
    }
}

/// Everything that passes the filters, newest first.
fn rows<'a>(state: &'a State, list: &str, form: &Form, at: Timestamp) -> Result<Vec<Row<'a>>, Reject> {
    let mut rows: Vec<Row<'a>> = match list {
        "events" => {
            let is_kept = |event: &&events::Event| at.as_second() - event.created < EVENTS_KEPT.as_secs();
            state.events.iter().rev().filter(is_kept).map(|event| Row::Made(event.shown())).collect()
        }
        "subscription_items" => {
            let subscription = form.required("subscription")?;
            let items = all_items(state).into_iter().filter(|item| item["subscription"] == subscription);
            items.map(Row::Made).collect()
        }
        _ => {
            let table = state.table(list).ok_or_else(|| Reject::missing(noun(list), ""))?;
            let mut rows: Vec<Row<'a>> = table.live().map(Row::Record).collect();
            rows.sort_by(|a, b| b.age().cmp(&a.age()));
            rows
        }
    };
    for name in filters(list) {
        match *name {
            "created" | "due_date" => within(&mut rows, name, form)?,
            "status" => by_status(&mut rows, list, form.get("status")),
            "ids" if form.has("ids") => {
                let wanted = form.list("ids");
                rows.retain(|row| row.field("id").as_str().is_some_and(|id| wanted.contains(&id)));
            }
            "types" if form.has("types") => {
                let wanted = form.list("types");
                if wanted.len() > MOST_TYPES {
                    let words = format!("You may pass at most {MOST_TYPES} types.");
                    return Err(Reject::bad("types", "", &words));
                }
                rows.retain(|row| row.field("type").as_str().is_some_and(|kind| wanted.contains(&kind)));
            }
            "active" => {
                if let Some(active) = form.get("active") {
                    rows.retain(|row| *row.field("active") == (active == "true"));
                }
            }
            "subscription" if list == "invoices" => {
                if let Some(wanted) = form.get("subscription") {
                    rows.retain(|row| row.field("parent")["subscription_details"]["subscription"] == wanted);
                }
            }
            "customer" | "email" | "charge" | "product" | "type" | "collection_method" | "payment_intent" => {
                if let Some(wanted) = form.get(name) {
                    rows.retain(|row| *row.field(name) == wanted);
                }
            }
            _ => {}
        }
    }
    Ok(rows)
}

/// Subscriptions that ended are not listed unless they are asked for.
fn by_status(rows: &mut Vec<Row<'_>>, list: &str, wanted: Option<&str>) {
    match wanted {
        Some("all") => {}
        Some(wanted) => rows.retain(|row| *row.field("status") == wanted),
        None if list == "subscriptions" => rows.retain(|row| *row.field("status") != "canceled"),
        None => {}
    }
}

/// An exact moment, or bounds.
fn within(rows: &mut Vec<Row<'_>>, name: &str, form: &Form) -> Result<(), Reject> {
    let at = |row: &Row<'_>| row.field(name).as_i64().unwrap_or_default();
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
