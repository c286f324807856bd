//! Writes through the API: customers, refunds, sessions, webhook endpoints.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::form::Form;
use super::state::{State, seconds};
use super::wire::Reject;
use super::{Target, objects};
use crate::exchange::Answer;

const CUSTOMER: &[&str] = &["name", "email", "phone", "description", "metadata", "address", "expand"];
const ENDPOINT: &[&str] =
    &["url", "enabled_events", "api_version", "description", "metadata", "connect", "disabled", "expand"];
/// Endpoints that an account may have.
const MOST_ENDPOINTS: usize = 16;

pub(super) fn post(state: &mut State, target: &Target, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    match target {
        Target::List("customers") => {
            form.only(CUSTOMER)?;
            let id = state.id("cus");
            let mut fields = objects::customer(&id, seconds(at));
            fields.extend(customer_fields(form));
            let id = state.insert("customers", at, fields);
            told(state, "customers", &id, "customer.created", at)
        }
        Target::One("customers", id) => {
            form.only(CUSTOMER)?;
            let customer = state.customers.get_mut(id).ok_or_else(|| Reject::missing("customer", id))?;
            customer.fields.extend(customer_fields(form));
            customer.touch(at);
            told(state, "customers", id, "customer.updated", at)
        }
        Target::List("refunds") => refund(state, form, at),
        Target::List("webhook_endpoints") => create_endpoint(state, form, at),
        Target::One("webhook_endpoints", id) => update_endpoint(state, id, form, at),
        Target::PortalSessions => portal_session(state, form, at),
        Target::CheckoutSessions => checkout_session(state, form, at),
        other => Err(Reject::NoPath(format!("POST: {}", other.template()))),
    }
}

pub(super) fn delete(state: &mut State, target: &Target, at: Timestamp) -> Result<Answer, Reject> {
    let (list, kind, id) = match target {
        Target::One("customers", id) => ("customers", "customer", id),
        Target::One("webhook_endpoints", id) => ("webhook_endpoints", "webhook_endpoint", id),
        other => return Err(Reject::NoPath(format!("DELETE: {}", other.template()))),
    };
    let missing = || Reject::missing(kind, id);
    if kind == "customer" {
        super::people::delete_customer(state, id, at).map_err(|_| missing())?;
    } else {
        let record = state.table_mut(list).and_then(|table| table.get_mut(id)).ok_or_else(missing)?;
        record.deleted = true;
        record.touch(at);
    }
    Ok(Answer::json(StatusCode::OK, &json!({ "id": id, "object": kind, "deleted": true })))
}

fn told(state: &mut State, list: &str, id: &str, kind: &str, at: Timestamp) -> Result<Value, Reject> {
    let shown = state.shown(list, id).ok_or_else(|| Reject::missing(list, id))?;
    state.happened(kind, shown.clone(), None, at);
    Ok(shown)
}

fn customer_fields(form: &Form) -> Map<String, Value> {
    let mut fields = Map::new();
    for name in ["name", "email", "phone", "description"] {
        // An empty text takes a value away.
        if let Some(text) = form.get(name) {
            fields.insert(name.to_owned(), if text.is_empty() { Value::Null } else { text.into() });
        }
    }
    if form.has("metadata") {
        fields.insert("metadata".to_owned(), metadata(form));
    }
    fields
}

fn metadata(form: &Form) -> Value {
    form.map("metadata").map(|(key, value)| (key.to_owned(), Value::from(value))).collect::<Map<_, _>>().into()
}

fn refund(state: &mut State, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(&["charge", "amount", "reason", "metadata", "expand"])?;
    let id = form.required("charge")?.to_owned();
    let amount = form.number(&["amount"])?;
    super::people::refund(state, &id, amount, at).map_err(|words| Reject::bad("amount", "", &words))
}

fn portal_session(state: &mut State, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(&["customer", "return_url", "configuration", "flow_data", "locale", "on_behalf_of", "expand"])?;
    let customer = form.required("customer")?.to_owned();
    if state.customers.get(&customer).is_none() {
        return Err(Reject::bad("customer", "resource_missing", &format!("No such customer: '{customer}'")));
    }
    let id = state.id("bps");
    Ok(json!({
        "id": id, "object": "billing_portal.session", "configuration": "bpc_Sim0000000001", "created": seconds(at),
        "customer": customer, "customer_account": null, "flow": null, "livemode": false, "locale": null,
        "on_behalf_of": null, "return_url": form.get("return_url"),
        "url": format!("https://billing.stripe.com/p/session/test_{id}"),
    }))
}

fn checkout_session(state: &mut State, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(&[
        "mode",
        "success_url",
        "cancel_url",
        "customer",
        "customer_email",
        "client_reference_id",
        "line_items",
        "metadata",
        "subscription_data",
        "payment_intent_data",
        "expand",
    ])?;
    let mode = form.required("mode")?;
    if !["payment", "setup", "subscription"].contains(&mode) {
        return Err(Reject::bad(
            "mode",
            "parameter_invalid",
            "Invalid mode: must be one of payment, setup, or subscription",
        ));
    }
    if mode != "setup" && !form.has("line_items") {
        return Err(Reject::bad("line_items", "parameter_missing", "Missing required param: line_items."));
    }
    let id = format!("cs_test_{}", state.id("s"));
    let price = form.at(&["line_items", "0", "price"]).map(str::to_owned);
    let price = price.map(|id| {
        let unknown = || Reject::bad("line_items[0][price]", "resource_missing", &format!("No such price: '{id}'"));
        state
            .prices
            .get(&id)
            .ok_or_else(unknown)
            .map(|price| (price.int("unit_amount"), price.text("currency").to_owned()))
    });
    let price = price.transpose()?;
    let quantity = form.number(&["line_items", "0", "quantity"])?.unwrap_or(1);
    let total = price.as_ref().and_then(|(amount, _)| Some(amount.as_ref()? * quantity));
    let session = objects::merged([
        json!({
        "id": id, "object": "checkout.session", "adaptive_pricing": null, "after_expiration": null,
        "allow_promotion_codes": null, "amount_subtotal": total, "amount_total": total,
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "billing_address_collection": null, "cancel_url": form.get("cancel_url"),
        "client_reference_id": form.get("client_reference_id"), "client_secret": null, "collected_information": null,
        "consent": null, "consent_collection": null, "created": seconds(at),
        "currency": price.map(|(_, currency)| currency), "currency_conversion": null, "custom_fields": [],
        "custom_text": {"after_submit": null, "shipping_address": null, "submit": null,
        "terms_of_service_acceptance": null}, "customer": form.get("customer"), "customer_account": null,
        "customer_creation": null, "customer_details": null, "customer_email": form.get("customer_email"), }),
        json!({
            "discounts": [],
            "expires_at": seconds(at) + 86_400, "integration_identifier": null, "invoice": null, "invoice_creation": null,
            "livemode": false, "locale": null, "managed_payments": null, "metadata": metadata(form), "mode": mode,
            "origin_context": null, "payment_intent": null, "payment_link": null, "payment_method_collection": "always",
            "payment_method_configuration_details": null, "payment_method_options": null, "payment_method_types": ["card"],
            "payment_status": "unpaid", "permissions": null, "recovered_from": null, "saved_payment_method_options": null,
            "setup_intent": null, "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [],
            "status": "open", "submit_type": null, "subscription": null, "success_url": form.get("success_url"),
            "total_details": null, "ui_mode": "hosted", "url": format!("https://checkout.stripe.com/c/pay/{id}"),
            "wallet_options": null,
        }),
    ]);
    state.insert("checkout_sessions", at, session.clone());
    Ok(Value::Object(session))
}

fn create_endpoint(state: &mut State, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(ENDPOINT)?;
    let url = form.required("url")?.to_owned();
    let events = form.list("enabled_events");
    if events.is_empty() {
        return Err(Reject::bad("enabled_events", "parameter_missing", "Missing required param: enabled_events."));
    }
    if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
        return Err(Reject::bad("url", "url_invalid", "Invalid URL: URL must be publicly accessible and https"));
    }
    if state.webhook_endpoints.live().count() >= MOST_ENDPOINTS {
        return Err(Reject::bad("", "", "You have reached the maximum of 16 test webhook endpoints."));
    }
    let (id, number) = (state.id("we"), state.number());
    let secret = format!("whsec_Sim{number:029}");
    let endpoint = json!({
        "id": id, "object": "webhook_endpoint", "api_version": form.get("api_version"), "application": null,
        "created": seconds(at), "description": form.get("description"), "enabled_events": events, "livemode": false,
        "metadata": metadata(form), "status": "enabled", "url": url, "_secret": secret,
    });
    state.insert("webhook_endpoints", at, super::object(endpoint));
    // Told this once.
    let mut shown = state.shown("webhook_endpoints", &id).unwrap_or_default();
    shown["secret"] = secret.into();
    Ok(shown)
}

fn update_endpoint(state: &mut State, id: &str, form: &Form, at: Timestamp) -> Result<Value, Reject> {
    form.only(ENDPOINT)?;
    if form.has("api_version") {
        return Err(Reject::bad("api_version", "parameter_unknown", "Received unknown parameter: api_version"));
    }
    let endpoint =
        state.webhook_endpoints.get_mut(&id.to_owned()).ok_or_else(|| Reject::missing("webhook endpoint", id))?;
    for name in ["url", "description"] {
        if let Some(text) = form.get(name) {
            endpoint.fields.insert(name.to_owned(), text.into());
        }
    }
    if form.has("enabled_events") {
        endpoint.fields.insert("enabled_events".to_owned(), json!(form.list("enabled_events")));
    }
    if let Some(disabled) = form.get("disabled") {
        let status = if disabled == "true" { "disabled" } else { "enabled" };
        endpoint.fields.insert("status".to_owned(), status.into());
    }
    endpoint.touch(at);
    state.shown("webhook_endpoints", id).ok_or_else(|| Reject::missing("webhook endpoint", id))
}
