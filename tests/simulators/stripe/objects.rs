//! Objects with every field of the pinned version, and how they are shown.

use serde_json::{Map, Value, json};

use super::object;
use crate::records::Record;

/// Items that a subscription shows, lines that an invoice shows.
const NESTED: usize = 10;

pub(super) fn customer(id: &str, created: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": created, "currency": null,
        "customer_account": null, "default_source": null, "delinquent": false, "description": null, "discount": null,
        "email": null, "invoice_prefix": prefix(id), "invoice_settings": {"custom_fields": null,
        "default_payment_method": null, "footer": null, "rendering_options": null}, "livemode": false, "metadata": {},
        "name": null, "next_invoice_sequence": 1, "phone": null, "preferred_locales": [], "shipping": null,
        "tax_exempt": "none", "test_clock": null,
    }))
}

/// Objects are larger than what the macro takes at once.
pub(super) fn merged<const N: usize>(parts: [Value; N]) -> Map<String, Value> {
    parts.into_iter().flat_map(object).collect()
}

/// Eight characters of an id.
fn prefix(id: &str) -> String {
    id.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<String>().to_ascii_uppercase()
}

pub(super) fn product(id: &str, name: &str, created: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "object": "product", "active": true, "created": created, "default_price": null, "description": null,
        "images": [], "livemode": false, "marketing_features": [], "metadata": {}, "name": name,
        "package_dimensions": null, "shippable": null, "statement_descriptor": null, "tax_code": null, "type": "service",
        "unit_label": null, "updated": created, "url": null,
    }))
}

pub(super) fn price(id: &str, product: &str, currency: &str, amount: Option<i64>, created: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "object": "price", "active": true, "billing_scheme": if amount.is_some() { "per_unit" } else { "tiered" },
        "created": created, "currency": currency, "custom_unit_amount": null, "livemode": false, "lookup_key": null,
        "metadata": {}, "nickname": null, "product": product, "recurring": {"interval": "month", "interval_count": 1,
        "meter": null, "trial_period_days": null, "usage_type": "licensed"}, "tax_behavior": "unspecified",
        "tiers_mode": if amount.is_some() { Value::Null } else { "graduated".into() }, "transform_quantity": null,
        "type": "recurring", "unit_amount": amount, "unit_amount_decimal": amount.map(|amount| amount.to_string()),
    }))
}

/// Deprecated, and still in every item.
fn plan(price: &Value) -> Value {
    json!({
        "id": price["id"], "object": "plan", "active": price["active"], "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"], "billing_scheme": price["billing_scheme"],
        "created": price["created"], "currency": price["currency"], "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"], "livemode": false, "metadata": {}, "meter": null,
        "nickname": price["nickname"], "product": price["product"], "tiers_mode": price["tiers_mode"],
        "transform_usage": null, "trial_period_days": null, "usage_type": price["recurring"]["usage_type"],
    })
}

pub(super) fn item(id: &str, subscription: &str, price: &Value, quantity: Option<u64>, period: (i64, i64)) -> Value {
    let mut item = json!({
        "id": id, "object": "subscription_item", "billing_thresholds": null, "created": period.0,
        "current_period_end": period.1, "current_period_start": period.0, "discounts": [], "metadata": {},
        "plan": plan(price), "price": price, "subscription": subscription, "tax_rates": [],
    });
    if let Some(quantity) = quantity {
        item["quantity"] = quantity.into();
    }
    item
}

pub(super) fn subscription(id: &str, customer: &str, currency: &str, created: i64) -> Map<String, Value> {
    merged([
        json!({
        "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
        "billing_cycle_anchor": created, "billing_cycle_anchor_config": null,
        "billing_mode": {"flexible": null, "type": "classic"}, "billing_schedules": [], "billing_thresholds": null,
        "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null,
        "cancellation_details": {"comment": null, "feedback": null, "reason": null},
        "collection_method": "charge_automatically", "created": created, "currency": currency, "customer": customer,
        "customer_account": null, "days_until_due": null, "default_payment_method": null, "default_source": null,
        "default_tax_rates": [], "description": null, }),
        json!({
            "discounts": [], "ended_at": null,
            "invoice_settings": {"account_tax_ids": null, "custom_fields": null, "description": null, "footer": null,
            "issuer": {"type": "self"}}, "latest_invoice": null, "livemode": false, "managed_payments": null, "metadata": {},
            "next_pending_invoice_item_invoice": null, "on_behalf_of": null, "pause_collection": null,
            "payment_settings": {"payment_method_options": null, "payment_method_types": null,
            "save_default_payment_method": "off"}, "pending_invoice_item_interval": null, "pending_setup_intent": null,
            "pending_update": null, "schedule": null, "start_date": created, "status": "active", "test_clock": null,
            "transfer_data": null, "trial_end": null,
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}}, "trial_start": null,
            "_items": [],
        }),
    ])
}

pub(super) fn invoice(id: &str, customer: &str, currency: &str, total: i64, created: i64) -> Map<String, Value> {
    merged([
        json!({
        "id": id, "object": "invoice", "account_country": "US", "account_name": "Northern MSP", "account_tax_ids": null,
        "amount_due": total, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": total, "amount_shipping": 0,
        "application": null, "attempt_count": 0, "attempted": false, "auto_advance": true,
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null},
        "automatically_finalizes_at": null, "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically", "created": created, "currency": currency, "custom_fields": null,
        "customer": customer, "customer_account": null, "customer_address": null, "customer_email": null,
        "customer_name": null, "customer_phone": null, "customer_shipping": null, "customer_tax_exempt": "none",
        "customer_tax_ids": [], }),
        json!({
            "default_payment_method": null, "default_source": null, "default_tax_rates": [],
            "description": null, "discounts": [], "due_date": null, "effective_at": null, "ending_balance": null,
            "footer": null, "from_invoice": null, "hosted_invoice_url": null, "invoice_pdf": null, "issuer": {"type": "self"},
            "last_finalization_error": null, "latest_revision": null, "livemode": false, "metadata": {},
            "next_payment_attempt": null, }),
        json!({
            "number": null, "on_behalf_of": null, "parent": null,
            "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null},
            "period_end": created, "period_start": created, "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0, "receipt_number": null, "rendering": null, "shipping_cost": null,
            "shipping_details": null, "starting_balance": 0, "statement_descriptor": null, "status": "draft",
            "status_transitions": {"finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null},
            "subtotal": total, "subtotal_excluding_tax": total, "test_clock": null, "total": total,
            "total_discount_amounts": [], "total_excluding_tax": total, "total_pretax_credit_amounts": [], "total_taxes": [],
            "webhooks_delivered_at": created, "_lines": [],
        }),
    ])
}

pub(super) fn line(id: &str, invoice: &str, currency: &str, amount: i64, words: &str, period: (i64, i64)) -> Value {
    json!({
        "id": id, "object": "line_item", "amount": amount, "currency": currency, "description": words,
        "discount_amounts": [], "discountable": true, "discounts": [], "invoice": invoice, "livemode": false, "metadata": {},
        "parent": null, "period": {"end": period.1, "start": period.0}, "pretax_credit_amounts": [], "pricing": null,
        "quantity": 1, "quantity_decimal": "1", "subscription": null, "subtotal": amount, "taxes": [],
    })
}

pub(super) fn charge(id: &str, customer: &str, currency: &str, amount: i64, created: i64) -> Map<String, Value> {
    merged([
        json!({
        "id": id, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "application": null, "application_fee": null, "application_fee_amount": null, "balance_transaction": null,
        "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
        "calculated_statement_descriptor": "NORTHERN MSP", "captured": true, "created": created, "currency": currency,
        "customer": customer, "description": null, "disputed": false, "failure_balance_transaction": null,
        }),
        json!({
            "failure_code": null, "failure_message": null, "fraud_details": {}, "livemode": false, "metadata": {},
            "on_behalf_of": null, "outcome": null, "paid": true, "payment_intent": null, "payment_method": null,
            "payment_method_details": null, "receipt_email": null, "receipt_number": null,
            "receipt_url": format!("https://pay.stripe.com/receipts/payment/{id}"), "refunded": false, "review": null,
            "shipping": null, "source": null, "source_transfer": null, "statement_descriptor": null,
            "statement_descriptor_suffix": null, "status": "succeeded", "transfer_data": null, "transfer_group": null,
        }),
    ])
}

pub(super) fn refund(id: &str, charge: &str, currency: &str, amount: i64, created: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "object": "refund", "amount": amount, "balance_transaction": null, "charge": charge, "created": created,
        "currency": currency, "customer": null, "customer_account": null, "metadata": {}, "payment_intent": null,
        "payment_method": null, "reason": null, "receipt_number": null, "source_transfer_reversal": null,
        "status": "succeeded", "transfer_reversal": null,
    }))
}

pub(super) fn account() -> Value {
    json!({
        "id": super::ACCOUNT, "object": "account", "business_profile": {"annual_revenue": null,
        "estimated_worker_count": null, "mcc": null, "minority_owned_business_designation": null, "name": "Northern MSP",
        "product_description": null, "support_address": null, "support_email": null, "support_phone": null,
        "support_url": null, "url": "https://northern-msp.example"}, "business_type": "company", "charges_enabled": true,
        "country": "US", "created": 1_600_000_000, "default_currency": "usd", "details_submitted": true,
        "email": "billing@northern-msp.example", "metadata": {}, "payouts_enabled": true, "type": "standard",
    })
}

/// A record without the simulator's own fields; nested lists show their first ten.
pub(super) fn shown(list: &str, record: &Record) -> Value {
    if record.deleted {
        let id = record.fields.get("id").cloned().unwrap_or_default();
        let kind = record.fields.get("object").cloned().unwrap_or_default();
        return json!({ "id": id, "object": kind, "deleted": true });
    }
    let mut fields: Map<String, Value> =
        record.fields.iter().filter(|(name, _)| !name.starts_with('_')).map(|(n, v)| (n.clone(), v.clone())).collect();
    let id = record.text("id").to_owned();
    let nested = match list {
        "subscriptions" => Some(("items", "_items", format!("/v1/subscription_items?subscription={id}"))),
        "invoices" => Some(("lines", "_lines", format!("/v1/invoices/{id}/lines"))),
        _ => None,
    };
    if let Some((name, own, url)) = nested {
        let all = record.fields.get(own).and_then(Value::as_array).cloned().unwrap_or_default();
        let first: Vec<Value> = all.iter().take(NESTED).cloned().collect();
        fields.insert(
            name.to_owned(),
            json!({"object": "list", "data": first, "has_more": all.len() > NESTED, "url": url}),
        );
    }
    Value::Object(fields)
}
