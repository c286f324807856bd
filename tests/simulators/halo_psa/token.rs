//! The token endpoint, and what a token allows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{LOGIN_PAGE, TENANT};
use crate::exchange::{Answer, Call};
use crate::knobs::{DenyAs, Knobs, lock};
use crate::seed::Seed;

pub(super) const CLIENT_ID: &str = "7f0c1f4e-52a5-4c58-9a3b-6d2f0a1b9c11";
pub(super) const CLIENT_SECRET: &str = "simulated-6a1d1c0e-9f52-4ab1-8d57-0c5f6b7a8e22-secret";

/// Halo's usual lifetime of a token, in seconds.
const LIFETIME: i64 = 3_600;

#[derive(Clone)]
pub(super) struct Grant {
    expires: Timestamp,
    generation: u64,
    scopes: BTreeSet<String>,
    /// What the agent was denied when the token was issued: a token does not notice that a right was given since.
    denied: BTreeSet<String>,
    deny_as: DenyAs,
}

impl Grant {
    /// Application scopes, as far as the card names them.
    pub(super) fn scope_allows(&self, resource: &str, reads: bool) -> bool {
        let has = |scope: &str| self.scopes.contains(scope);
        if has("all") {
            return true;
        }
        let standard = has("all:standard");
        let area = |read: &str, edit: &str| standard || has(edit) || (reads && has(read));
        match resource {
            "Client" | "Site" | "Users" => area("read:customers", "edit:customers"),
            "Tickets" | "Actions" => area("read:tickets", "edit:tickets"),
            "Webhook" | "WebhookEvent" | "Notification" => has("admin"),
            _ => reads || has("admin"),
        }
    }

    /// Rights taken away count at once, rights given only in the next token.
    pub(super) fn denied(&self, record_type: Option<&str>, knobs: &Knobs) -> Option<DenyAs> {
        let names: &[&str] = match record_type? {
            // Comments cannot be seen without their ticket.
            "actions" => &["actions", "tickets"],
            "contacts" => &["contacts", "users"],
            other => &[other],
        };
        names.iter().find_map(|name| knobs.denied(name).or_else(|| self.denied.contains(*name).then_some(self.deny_as)))
    }
}

pub(super) struct Tokens(Mutex<(Seed, HashMap<String, Grant>)>);

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new((Seed::new(seed ^ 0x7061_7373), HashMap::new())))
    }

    /// `POST /auth/token?tenant=..`: client credentials in the form or as HTTP Basic.
    pub(super) fn issue(&self, call: &Call, knobs: &Knobs) -> Answer {
        let form = call.form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let tenant = call.param("tenant").or_else(|| field("tenant")).unwrap_or_default();
        if call.method != axum::http::Method::POST || !(tenant.is_empty() || tenant.eq_ignore_ascii_case(TENANT)) {
            return Answer::html(StatusCode::OK, LOGIN_PAGE);
        }
        if field("grant_type") != Some("client_credentials") {
            return refuse("unsupported_grant_type", "The specified grant type is not supported.", knobs);
        }
        let basic = basic(call);
        let (id, secret) = match &basic {
            Some((id, secret)) => (id.as_str(), secret.as_str()),
            None => (field("client_id").unwrap_or_default(), field("client_secret").unwrap_or_default()),
        };
        let settings = knobs.settings().clone();
        if settings.revoked || id != CLIENT_ID || secret != CLIENT_SECRET {
            return refuse("invalid_client", "The specified client credentials are invalid.", knobs);
        }
        let lifetime = settings.token_lifetime.unwrap_or(LIFETIME);
        // SIM CHOICE: without a scope the application's own scopes are meant.
        let scope = field("scope").filter(|scope| !scope.trim().is_empty()).unwrap_or("all").to_owned();
        let grant = Grant {
            expires: call.at.checked_add(SignedDuration::from_secs(lifetime)).unwrap_or(call.at),
            generation: settings.token_generation,
            scopes: scope.split_whitespace().map(str::to_owned).collect(),
            denied: settings.denied,
            deny_as: settings.deny_as,
        };
        let mut tokens = lock(&self.0);
        tokens.1.retain(|_, grant| grant.expires > call.at);
        let token = format!("{}{}", tokens.0.guid(), tokens.0.guid()).replace('-', "");
        let refresh = tokens.0.guid();
        tokens.1.insert(token.clone(), grant);
        Answer::ok(&json!({"scope": scope, "token_type": "Bearer", "access_token": token, "expires_in": lifetime,
            "refresh_token": refresh, "id_token": ""}))
    }

    /// What the call's token allows, or 401 without a word.
    pub(super) fn check(&self, call: &Call, knobs: &Knobs) -> Result<Grant, StatusCode> {
        let header = call.header("authorization").unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        let generation = knobs.settings().token_generation;
        let tokens = lock(&self.0);
        let grant = scheme.eq_ignore_ascii_case("bearer").then(|| tokens.1.get(token.trim())).flatten();
        let good = grant.filter(|grant| grant.expires > call.at && grant.generation == generation);
        good.cloned().ok_or(StatusCode::UNAUTHORIZED)
    }
}

fn basic(call: &Call) -> Option<(String, String)> {
    let encoded = call.header("authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn refuse(error: &str, description: &str, knobs: &Knobs) -> Answer {
    let status = match knobs.quirk("oauth_status").and_then(|value| value.as_u64()) {
        Some(401) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    Answer::json(status, &json!({"error": error, "error_description": description}))
}
