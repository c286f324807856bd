//! The sign-in: tokens for an application in one tenant, and the page on which its administrator consents.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use url::Url;

use super::state::State;
use super::wire::Reject;
use crate::Setup;
use crate::exchange::{Answer, Call};
use crate::knobs::{Knobs, lock};
use crate::seed::Seed;

pub(super) const CLIENT_ID: &str = "7b1d4c1e-05aa-4d0b-8c58-2f6f5f0a9d11";
pub(super) const CLIENT_SECRET: &str = "Sim8Q~b3c0ffee5a1adbeefsimulated-m365-secret";
const SCOPE: &str = "https://graph.microsoft.com/.default";

/// What a path of the sign-in stands for.
pub(super) enum Page {
    Token(String),
    Consent(String),
}

impl Page {
    pub(super) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            [tenant, "oauth2", "v2.0", "token"] => Some(Self::Token((*tenant).to_owned())),
            [tenant, "v2.0", "adminconsent"] => Some(Self::Consent((*tenant).to_owned())),
            _ => None,
        }
    }

    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::Token(_) => "/{tenant}/oauth2/v2.0/token",
            Self::Consent(_) => "/{tenant}/v2.0/adminconsent",
        }
    }
}

struct Grant {
    tenant: String,
    expires: Timestamp,
    generation: u64,
}

pub(super) struct Tokens(Mutex<(Seed, HashMap<String, Grant>)>);

impl Tokens {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Mutex::new((Seed::new(setup.seed ^ 0x746f_6b65), HashMap::new())))
    }

    /// `POST /{tenant}/oauth2/v2.0/token`
    pub(super) fn issue(&self, call: &Call, state: &State, tenant: &str, knobs: &Knobs) -> Answer {
        let form = call.form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let settings = knobs.settings().clone();
        let expired = settings.quirks.get("secret").is_some_and(|value| value == "expired");
        if call.method != Method::POST || field("grant_type") != "client_credentials" || field("scope") != SCOPE {
            return refuse(call, 400, "invalid_request", 900_144, "The request body must contain the parameters.");
        }
        let Some(known) = state.tenants.get(&tenant.to_ascii_lowercase()) else {
            return refuse(
                call,
                400,
                "invalid_request",
                90_002,
                "Tenant not found. Check that you have the right tenant ID.",
            );
        };
        // SIM CHOICE: the application is looked for before its secret.
        if field("client_id") != CLIENT_ID || !known.consented {
            return refuse(call, 400, "unauthorized_client", 700_016, "Application was not found in the directory.");
        }
        if field("client_secret").is_empty() {
            let words = "The request body must contain 'client_assertion' or 'client_secret'.";
            return refuse(call, 401, "invalid_client", 7_000_218, words);
        }
        if expired {
            return refuse(call, 401, "invalid_client", 7_000_222, "The provided client secret keys are expired.");
        }
        if settings.revoked || field("client_secret") != CLIENT_SECRET {
            return refuse(call, 401, "invalid_client", 7_000_215, "Invalid client secret provided.");
        }
        let mut tokens = lock(&self.0);
        let lifetime = settings.token_lifetime.unwrap_or_else(|| 3_599 + i64::from(tokens.0.below(1_801)));
        tokens.1.retain(|_, grant| grant.expires > call.at);
        let token = format!("eyJ0{}{}", tokens.0.guid(), tokens.0.guid()).replace('-', "");
        let expires = call.at.checked_add(SignedDuration::from_secs(lifetime)).unwrap_or(call.at);
        let grant = Grant { tenant: known.id.clone(), expires, generation: settings.token_generation };
        tokens.1.insert(token.clone(), grant);
        Answer::ok(&json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime,
            "access_token": token}))
    }

    /// Whose data the call's token opens.
    pub(super) fn tenant_of(&self, call: &Call, knobs: &Knobs) -> Result<String, Reject> {
        let header = call.header("authorization").unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        let generation = knobs.settings().token_generation;
        let tokens = lock(&self.0);
        let grant = scheme.eq_ignore_ascii_case("bearer").then(|| tokens.1.get(token.trim())).flatten();
        let grant = grant.ok_or(Reject::token("Access token is empty or not ours."))?;
        if grant.expires <= call.at || grant.generation != generation {
            return Err(Reject::token("Lifetime validation failed, the token is expired."));
        }
        Ok(grant.tenant.clone())
    }
}

fn refuse(call: &Call, status: u16, error: &str, code: u64, words: &str) -> Answer {
    let timestamp = call.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description =
        format!("AADSTS{code}: {words} Trace ID: 00000000-1111 Correlation ID: 00000000-2222 Timestamp: {timestamp}");
    Answer::json(
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        &json!({"error": error, "error_description": description, "error_codes": [code], "timestamp": timestamp,
            "trace_id": "00000000-1111", "correlation_id": "00000000-2222"}),
    )
}

/// `GET /{tenant}/v2.0/adminconsent`: an administrator who agrees, or not, at once.
pub(super) fn consent(call: &Call, state: &mut State, tenant: &str, knobs: &Knobs) -> Answer {
    let Some(mut back) = call.param("redirect_uri").and_then(|uri| uri.parse::<Url>().ok()) else {
        return Answer::html(StatusCode::BAD_REQUEST, "AADSTS50011: the redirect URI is not one of the application's");
    };
    let denied = knobs.quirk("consent_answer").is_some_and(|answer| answer == "denied");
    let known =
        state.tenants.get_mut(&tenant.to_ascii_lowercase()).filter(|_| call.param("client_id") == Some(CLIENT_ID));
    match known {
        Some(known) if !denied => {
            known.consented = true;
            back.query_pairs_mut().append_pair("admin_consent", "True").append_pair("tenant", &known.id);
        }
        _ => {
            let words = "AADSTS65004: User declined to consent to access the app.";
            back.query_pairs_mut().append_pair("error", "access_denied").append_pair("error_description", words);
        }
    }
    if let Some(state) = call.param("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    let mut answer = Answer::empty(StatusCode::FOUND);
    if let Ok(location) = HeaderValue::from_str(back.as_str()) {
        answer.headers.insert("location", location);
    }
    answer
}
