//! The token endpoint: the keys of a user by password grant, under the client that is everybody's.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::HOST;
use crate::exchange::{Answer, Call};
use crate::knobs::{Knobs, lock};
use crate::seed::Seed;

pub(super) const KEY: &str = "SIMULATED0DATT0RMM0APIKEY0000001";
pub(super) const SECRET: &str = "SIMULATED0DATT0RMM0SECRET0C0FFEE";
const CLIENT: &str = "public-client:public";

/// A hundred hours, in seconds.
const LIFETIME: i64 = 360_000;

#[derive(Clone, Copy)]
struct Grant {
    expires: Timestamp,
    generation: u64,
}

pub(super) struct Tokens(Mutex<(Seed, HashMap<String, Grant>)>);

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new((Seed::new(seed ^ 0x0064_6174_746f), HashMap::new())))
    }

    pub(super) fn issue(&self, call: &Call, knobs: &Knobs) -> Answer {
        if call.method != Method::POST {
            return Answer::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let basic = call.header("authorization").and_then(|header| header.strip_prefix("Basic "));
        let client = basic.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
        if client.as_deref() != Some(CLIENT) {
            let body = json!({"error": "invalid_client", "error_description": "Bad client credentials"});
            return Answer::json(StatusCode::UNAUTHORIZED, &body);
        }
        let form = call.form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if field("grant_type") != Some("password") {
            let body = json!({"error": "unsupported_grant_type", "error_description": "Unsupported grant type"});
            return Answer::json(StatusCode::BAD_REQUEST, &body);
        }
        let settings = knobs.settings().clone();
        // Keys of one platform are unknown on the others.
        let here = call.host == HOST || call.is_direct();
        if settings.revoked || !here || field("username") != Some(KEY) || field("password") != Some(SECRET) {
            let asked = knobs.quirk("oauth_status").and_then(|status| status.as_u64());
            let status = if asked == Some(401) { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
            return Answer::json(status, &json!({"error": "invalid_grant", "error_description": "Bad credentials"}));
        }
        let lifetime = settings.token_lifetime.unwrap_or(LIFETIME);
        let expires = call.at.checked_add(SignedDuration::from_secs(lifetime)).unwrap_or(call.at);
        let mut tokens = lock(&self.0);
        tokens.1.retain(|_, grant| grant.expires > call.at);
        let token = format!("eyJhbGciOi.{}{}", tokens.0.guid(), tokens.0.guid()).replace('-', "");
        let jti = tokens.0.guid();
        tokens.1.insert(token.clone(), Grant { expires, generation: settings.token_generation });
        Answer::ok(&json!({"access_token": token, "token_type": "bearer", "expires_in": lifetime, "scope": "default",
            "jti": jti}))
    }

    pub(super) fn knows(&self, call: &Call, knobs: &Knobs) -> bool {
        let header = call.header("authorization").unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or_default();
        let settings = knobs.settings().clone();
        let tokens = lock(&self.0);
        let grant = scheme.eq_ignore_ascii_case("bearer").then(|| tokens.1.get(token.trim())).flatten();
        grant.is_some_and(|grant| {
            !settings.revoked && grant.expires > call.at && grant.generation == settings.token_generation
        })
    }
}
