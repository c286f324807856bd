//! What people do in the dashboard, and what Stripe itself does in the course of time: each ends in events.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::objects;
use super::state::{State, seconds};
use crate::records::ChangeMode;
use crate::vendor::Refusal;

/// The beginning of a list's events.
fn family(list: &str) -> &'static str {
    match list {
        "customers" => "customer",
        "products" => "product",
        "prices" => "price",
        "subscriptions" => "customer.subscription",
        "invoices" => "invoice",
        "charges" => "charge",
        "refunds" => "refund",
        _ => "",
    }
}

pub(super) fn dump(state: &State) -> Value {
    let all = |list: &str| -> Value {
        let rows = state.table(list).into_iter().flat_map(|table| table.rows.values());
        rows.map(|record| {
            let mut row = Value::Object(record.fields.clone());
            row["_sim"] = json!({ "deleted": record.deleted });
            row
        })
        .collect()
    };
    let lists =
        ["customers", "products", "prices", "subscriptions", "invoices", "charges", "refunds", "webhook_endpoints"];
    let mut dump: Map<String, Value> = lists.iter().map(|list| ((*list).to_owned(), all(list))).collect();
    dump.insert("events".to_owned(), state.events.iter().map(super::events::Event::shown).collect());
    dump.into()
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let at = mode.at;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| fields.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (customer, currency) =
        (text("customer"), if text("currency").is_empty() { "usd".to_owned() } else { text("currency") });
    let mut own = match list {
        "customers" => objects::customer(&state.id("cus"), seconds(at)),
        "products" => objects::product(&state.id("prod"), &text("name"), seconds(at)),
        "subscriptions" => objects::subscription(&state.id("sub"), &customer, &currency, seconds(at)),
        "invoices" => objects::invoice(&state.id("in"), &customer, &currency, number("total"), seconds(at)),
        "charges" => objects::charge(&state.id("ch"), &customer, &currency, number("amount"), seconds(at)),
        "refunds" => {
            let amount = fields.get("amount").and_then(Value::as_i64);
            return refund(state, &text("charge"), amount, at).map_err(Refusal::Invalid);
        }
        // Something of which nobody has heard happens.
        "events" => {
            state.happened(&text("type"), fields.get("object").cloned().unwrap_or_default(), None, at);
            return Ok(json!({}));
        }
        _ => return Err(Refusal::UnknownList(list.to_owned())),
    };
    own.extend(fields);
    let id = state.insert(list, at, own);
    let kind = if list == "charges" { "charge.succeeded".to_owned() } else { format!("{}.created", family(list)) };
    Ok(tell(state, list, &id, &kind, None, at))
}

fn tell(
    state: &mut State,
    list: &str,
    id: &str,
    kind: &str,
    previous: Option<Map<String, Value>>,
    at: Timestamp,
) -> Value {
    let shown = state.shown(list, id).unwrap_or_default();
    state.happened(kind, shown.clone(), previous, at);
    shown
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let table = state.table_mut(list).ok_or_else(|| Refusal::UnknownList(list.to_owned()))?;
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    let record = table.get_mut(&id.to_owned()).ok_or_else(unknown)?;
    let before: Map<String, Value> = fields
        .keys()
        .filter(|name| !name.starts_with('_'))
        .map(|name| (name.clone(), record.fields.get(name).cloned().unwrap_or_default()))
        .collect();
    let (from, to) =
        (record.text("status").to_owned(), fields.get("status").and_then(Value::as_str).map(str::to_owned));
    record.fields.extend(fields);
    record.touch(mode.at);
    let family = family(list);
    if mode.silent || family.is_empty() {
        return Ok(state.shown(list, id).unwrap_or_default());
    }
    // Stripe tells of the change, and of what it means.
    let means = match (list, to.filter(|to| *to != from).as_deref()) {
        ("subscriptions", Some("canceled")) => Some("customer.subscription.deleted"),
        ("invoices", Some("open")) => Some("invoice.finalized"),
        ("invoices", Some("paid")) => Some("invoice.paid"),
        ("invoices", Some("void")) => Some("invoice.voided"),
        ("charges", Some("failed")) => Some("charge.failed"),
        _ => None,
    };
    let shown = tell(state, list, id, &format!("{family}.updated"), Some(before), mode.at);
    if let Some(kind) = means {
        tell(state, list, id, kind, None, mode.at);
    }
    Ok(shown)
}

pub(super) fn delete(state: &mut State, list: &str, id: &str, mode: ChangeMode) -> Result<(), Refusal> {
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    match list {
        "customers" => delete_customer(state, id, mode.at),
        // Ended, and still there.
        "subscriptions" => {
            let ended = json!({"status": "canceled", "ended_at": seconds(mode.at), "canceled_at": seconds(mode.at)});
            patch(state, list, id, super::object(ended), mode).map(|_| ())
        }
        "products" | "webhook_endpoints" | "invoices" => {
            let record = state.table_mut(list).and_then(|table| table.get_mut(&id.to_owned())).ok_or_else(unknown)?;
            if list == "invoices" && record.text("status") != "draft" {
                return Err(Refusal::Invalid("only drafts can be deleted".to_owned()));
            }
            let shown = objects::shown(list, record);
            record.deleted = true;
            record.touch(mode.at);
            if list != "webhook_endpoints" {
                state.happened(&format!("{}.deleted", family(list)), shown, None, mode.at);
            }
            Ok(())
        }
        "charges" | "refunds" => Err(Refusal::Invalid("payments cannot be deleted".to_owned())),
        _ => Err(Refusal::UnknownList(list.to_owned())),
    }
}

/// Their subscriptions end at once; their invoices and payments stay.
pub(super) fn delete_customer(state: &mut State, id: &str, at: Timestamp) -> Result<(), Refusal> {
    let unknown = || Refusal::UnknownRecord { list: "customers".to_owned(), id: id.to_owned() };
    let record = state.customers.get_mut(&id.to_owned()).ok_or_else(unknown)?;
    let shown = objects::shown("customers", record);
    record.deleted = true;
    record.touch(at);
    let own = state.subscriptions.live().filter(|row| row.text("customer") == id && row.text("status") != "canceled");
    let own: Vec<String> = own.map(|row| row.text("id").to_owned()).collect();
    for subscription in own {
        delete(state, "subscriptions", &subscription, ChangeMode { at, silent: false })?;
    }
    state.happened("customer.deleted", shown, None, at);
    Ok(())
}

/// Gives a charge back, or so much of it.
pub(super) fn refund(state: &mut State, charge: &str, amount: Option<i64>, at: Timestamp) -> Result<Value, String> {
    let id = state.id("re");
    let record = state.charges.get_mut(&charge.to_owned()).ok_or_else(|| format!("No such charge: '{charge}'"))?;
    let number = |record: &crate::records::Record, name: &str| record.int(name).unwrap_or_default();
    let left = number(record, "amount") - number(record, "amount_refunded");
    let amount = amount.unwrap_or(left);
    if amount <= 0 || amount > left {
        return Err(format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"));
    }
    let currency = record.text("currency").to_owned();
    record.fields.insert("amount_refunded".to_owned(), (number(record, "amount_refunded") + amount).into());
    record.fields.insert("refunded".to_owned(), (amount == left).into());
    record.touch(at);
    let fields = objects::refund(&id, charge, &currency, amount, seconds(at));
    state.insert("refunds", at, fields);
    tell(state, "charges", charge, "charge.refunded", None, at);
    Ok(tell(state, "refunds", &id, "refund.created", None, at))
}
