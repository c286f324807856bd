//! Errors as Stripe words them, and rows that faults make odd.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, failure, object};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::vendor::Odd;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Reject {
    NoKey,
    WrongKey(String),
    NotPermitted { permission: String, account: bool },
    Missing { noun: String, id: String },
    Bad { param: String, code: String, message: String },
    OtherParameters(String),
    KeyInUse,
    LockTimeout,
    Limited,
    NoPath(String),
}

impl Reject {
    pub(super) fn bad(param: &str, code: &str, message: &str) -> Self {
        Self::Bad { param: param.to_owned(), code: code.to_owned(), message: message.to_owned() }
    }

    pub(super) fn missing(noun: &str, id: &str) -> Self {
        Self::Missing { noun: noun.to_owned(), id: id.to_owned() }
    }

    pub(super) fn unknown_path(call: &Call) -> Self {
        Self::NoPath(format!("{}: {}", call.method, call.path))
    }

    pub(super) fn not_permitted(record_type: &str, method: &Method, knobs: &Knobs) -> Self {
        let right = match record_type {
            "account" => "accounts_kyc_basic",
            "customers" => "customer",
            "subscriptions" => "subscription",
            "invoices" => "invoice",
            "charges" => "charge",
            "events" => "event",
            "products" => "product",
            "webhook_endpoints" => "webhook",
            "billing_portal" => "customer_portal",
            other => other,
        };
        let level = if *method == Method::GET { "read" } else { "write" };
        let account = knobs.quirk("account_named") != Some(Value::Bool(false));
        Self::NotPermitted { permission: format!("rak_{right}_{level}"), account }
    }

    pub(super) fn answer(self) -> Answer {
        let request = "invalid_request_error";
        match self {
            Self::NoKey => failure(
                StatusCode::UNAUTHORIZED,
                json!({"type": request, "message": "You did not provide an API key. You need to provide your API key in the \
                    Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."}),
            ),
            Self::WrongKey(key) => failure(
                StatusCode::UNAUTHORIZED,
                json!({"type": request, "message": format!("Invalid API Key provided: {}", starred(&key))}),
            ),
            Self::NotPermitted { permission, account } => {
                let on = if account { format!(" on account '{ACCOUNT}'") } else { String::new() };
                let message = format!(
                    "The provided key '{}' does not have the required permissions for this endpoint{on}. Having the \
                     '{permission}' permission would allow this request to continue.",
                    starred(super::KEY)
                );
                failure(StatusCode::FORBIDDEN, json!({"type": request, "message": message}))
            }
            Self::Missing { noun, id } => failure(
                StatusCode::NOT_FOUND,
                json!({"type": request, "code": "resource_missing", "param": "id", "message": format!("No such {noun}: '{id}'"),
                    "doc_url": "https://stripe.com/docs/error-codes/resource-missing"}),
            ),
            Self::Bad { param, code, message } => {
                let mut error = object(json!({"type": request, "message": message}));
                for (name, value) in [("param", param), ("code", code)] {
                    if !value.is_empty() {
                        error.insert(name.to_owned(), value.into());
                    }
                }
                failure(StatusCode::BAD_REQUEST, Value::Object(error))
            }
            Self::OtherParameters(key) => failure(
                StatusCode::BAD_REQUEST,
                json!({"type": "idempotency_error", "message": format!("Keys for idempotent requests can only be used with the \
                    same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a \
                    different request.")}),
            ),
            Self::KeyInUse => failure(
                StatusCode::CONFLICT,
                json!({"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "There is currently another \
                    in-progress request using this Idempotent Key."}),
            ),
            Self::LockTimeout => failure(
                StatusCode::TOO_MANY_REQUESTS,
                json!({"type": request, "code": "lock_timeout", "message": "This object cannot be accessed right now because \
                    another API request or Stripe process is currently accessing it."}),
            ),
            Self::Limited => failure(
                StatusCode::TOO_MANY_REQUESTS,
                json!({"type": request, "code": "rate_limit", "message": "Request rate limit exceeded."}),
            ),
            Self::NoPath(what) => failure(
                StatusCode::NOT_FOUND,
                json!({"type": request, "message": format!("Unrecognized request URL ({what}).")}),
            ),
        }
    }
}

/// A key as Stripe shows it: its kind, asterisks, its last characters.
fn starred(key: &str) -> String {
    let kind = key.splitn(3, '_').take(2).collect::<Vec<_>>().join("_");
    let end: String = key.chars().skip(key.chars().count().saturating_sub(4)).collect();
    format!("{kind}_{}{end}", "*".repeat(key.len().saturating_sub(kind.len() + 5)))
}

pub(super) fn odd_row(record_type: &str, odd: Odd) -> Map<String, Value> {
    object(match (record_type, odd) {
        ("customers", Odd::Malformed) => json!({"name": {"first": "Ann"}}),
        ("subscriptions" | "invoices" | "charges", Odd::Malformed) => json!({"status": ["active"], "currency": {}}),
        ("customers", Odd::UnknownEnum) => json!({"tax_exempt": "half"}),
        ("subscriptions", Odd::UnknownEnum) => json!({"status": "hibernating", "collection_method": "pigeon"}),
        ("invoices", Odd::UnknownEnum) => json!({"status": "disputed", "billing_reason": "whim"}),
        ("charges", Odd::UnknownEnum) => json!({"status": "in_transit"}),
        ("events", Odd::UnknownEnum) => json!({"type": "moon.landed"}),
        _ => json!({}),
    })
}
