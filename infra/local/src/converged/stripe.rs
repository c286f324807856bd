//! What the portal should show of a Stripe account, read from the simulator's dump by Stripe's own field names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Expected;

/// `beside_the_psa`: the PSA whose customers most of these are is connected, too, and came first.
pub(super) fn expected(dump: &Value, beside_the_psa: bool) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    for row in rows("customers") {
        let names = ["name", "business_name", "individual_name", "email", "description", "id"];
        let name = names.iter().map(|field| &row[*field]).find(|name| name.is_string()).cloned().unwrap_or_default();
        let name = json!(name.as_str().unwrap_or_default().trim());
        // One whose name an active customer of the PSA has waits for quick match.
        if !(beside_the_psa && row["_active_customer"] == json!(true)) {
            expected.companies.insert(id(&row), name.as_str().unwrap_or_default().to_owned());
        }
        let fields = BTreeMap::from([("name", name), ("phone", row["phone"].clone())]);
        expected.records.entry("companies").or_default().insert(id(&row), fields);
    }
    let products: BTreeMap<String, Value> =
        rows("products").iter().map(|product| (id(product), product["name"].clone())).collect();
    for row in rows("subscriptions") {
        let items = row["_items"].as_array().cloned().unwrap_or_default();
        let plans: Vec<&str> =
            items.iter().filter_map(|item| products.get(item["price"]["product"].as_str()?)?.as_str()).collect();
        let ends = items.iter().filter_map(|item| item["current_period_end"].as_i64()).min();
        let ended = if row["ended_at"].is_null() { &row["cancel_at"] } else { &row["ended_at"] };
        let fields = BTreeMap::from([
            ("name", json!(plans.join(" + "))),
            ("company", row["customer"].clone()),
            ("status", row["status"].clone()),
            ("currency", row["currency"].clone()),
            ("period_ends_at", moment(&json!(ends))),
            ("ends_at", moment(ended)),
        ]);
        expected.records.entry("subscriptions").or_default().insert(id(&row), fields);
    }
    for row in rows("invoices") {
        let number = if row["number"].is_null() { json!("Draft") } else { row["number"].clone() };
        let fields = BTreeMap::from([
            ("name", number),
            ("company", row["customer"].clone()),
            ("subscription", row["parent"]["subscription_details"]["subscription"].clone()),
            ("status", row["status"].clone()),
            ("currency", row["currency"].clone()),
            ("total", row["total"].clone()),
            ("amount_paid", row["amount_paid"].clone()),
            ("amount_remaining", row["amount_remaining"].clone()),
            ("due_at", moment(&row["due_date"])),
            ("paid_at", moment(&row["status_transitions"]["paid_at"])),
            ("pdf_url", row["invoice_pdf"].clone()),
        ]);
        expected.records.entry("invoices").or_default().insert(id(&row), fields);
    }
    for row in rows("charges") {
        let fields = BTreeMap::from([
            ("company", row["customer"].clone()),
            ("status", row["status"].clone()),
            ("currency", row["currency"].clone()),
            ("amount", row["amount"].clone()),
            ("amount_refunded", row["amount_refunded"].clone()),
            ("failure", row["failure_message"].clone()),
            ("receipt_url", row["receipt_url"].clone()),
        ]);
        expected.records.entry("payments").or_default().insert(id(&row), fields);
    }
    expected
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap_or_default().to_owned()
}

/// Stripe counts seconds, the portal writes dates.
fn moment(seconds: &Value) -> Value {
    let at = seconds.as_i64().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    at.map_or(Value::Null, |at| json!(at.to_string()))
}
