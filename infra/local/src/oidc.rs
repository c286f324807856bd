//! A small OIDC issuer: what a portal's identity provider is to the console.
//!
//! Authorisation code with PKCE (S256) for the console; the sign-in page lists three ready people and asks for no
//! password. `client_credentials` gives a token for any tenant and permissions, for `cargo run -- token` and scripts: who
//! can reach this port can have any token, and nobody outside this machine can reach it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use platform::clock::SystemClock;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sync::ports::Clock as _;
use url::Url;

use crate::keys::SigningKey;

/// The audience of every token: the settings API.
pub const AUDIENCE: &str = "portal-integrations";
/// The console's client id.
pub const CLIENT_ID: &str = "console";

const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
const SCRIPT_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(2);

/// Somebody who can sign in.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// `sub`.
    pub id: &'static str,
    /// `name`.
    pub name: &'static str,
    /// `scope`.
    pub scope: &'static str,
}

/// The three ready people.
pub const PEOPLE: [Person; 3] = [
    Person { id: "viewer", name: "Vera Viewer", scope: "read" },
    Person { id: "operator", name: "Otto Operator", scope: "read write" },
    Person { id: "admin", name: "Ada Admin", scope: "read write manage" },
];

/// The issuer.
pub struct Issuer {
    /// Its URL, the `iss` of its tokens.
    pub url: String,
    tenant: String,
    console: String,
    key: SigningKey,
    codes: Mutex<HashMap<String, Code>>,
}

struct Code {
    person: Person,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    expires: Timestamp,
}

impl Issuer {
    /// An issuer at `url` whose people belong to `tenant` and sign in to the console at the origin `console`.
    pub fn new(url: String, tenant: &str, console: String, key: SigningKey) -> Arc<Self> {
        Arc::new(Self { url, tenant: tenant.to_owned(), console, key, codes: Mutex::default() })
    }

    /// Its pages and endpoints.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/.well-known/jwks.json", get(jwks))
            .route("/authorize", get(authorize))
            .route("/choose", post(choose))
            .route("/token", post(token))
            .with_state(Arc::clone(self))
    }

    /// The key set.
    pub fn jwks(&self) -> Value {
        self.key.jwks()
    }

    /// A token of one of the ready people.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn token_of(&self, person: Person) -> anyhow::Result<String> {
        self.sign(person.id, person.name, &self.tenant, person.scope, TOKEN_LIFETIME)
    }

    /// A token for any tenant and permissions.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn token_for(&self, tenant: &str, scope: &str) -> anyhow::Result<String> {
        self.sign("script", "Script", tenant, scope, SCRIPT_TOKEN_LIFETIME)
    }

    fn sign(&self, sub: &str, name: &str, tenant: &str, scope: &str, life: SignedDuration) -> anyhow::Result<String> {
        let now = SystemClock.now();
        self.key.sign(&json!({
            "iss": self.url, "aud": AUDIENCE, "sub": sub, "name": name, "tenant": tenant, "scope": scope,
            "iat": now.as_second(), "exp": now.as_second() + life.as_secs(), "client_id": CLIENT_ID,
        }))
    }

    fn id_token(&self, person: Person, nonce: Option<&str>) -> anyhow::Result<String> {
        let now = SystemClock.now().as_second();
        self.key.sign(&json!({
            "iss": self.url, "aud": CLIENT_ID, "sub": person.id, "name": person.name, "nonce": nonce,
            "iat": now, "exp": now + TOKEN_LIFETIME.as_secs(),
        }))
    }

    fn is_console(&self, redirect_uri: &str) -> bool {
        Url::parse(redirect_uri).is_ok_and(|url| url.origin().ascii_serialization() == self.console)
    }

    /// Only the console's pages may read answers from a browser.
    fn cors(&self, answer: impl IntoResponse) -> Response {
        let mut answer = answer.into_response();
        if let Ok(origin) = HeaderValue::from_str(&self.console) {
            answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
        }
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

async fn discovery(State(issuer): State<Arc<Issuer>>) -> Response {
    let url = &issuer.url;
    issuer.cors(Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "read", "write", "manage"],
    })))
}

async fn jwks(State(issuer): State<Arc<Issuer>>) -> Response {
    issuer.cors(Json(issuer.jwks()))
}

#[derive(Deserialize)]
struct Authorize {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    /// Only in the form that the page sends: who signs in.
    person: Option<String>,
}

impl Authorize {
    /// What is wrong with the request; such a request is never redirected.
    fn problem(&self, issuer: &Issuer) -> Option<&'static str> {
        if self.client_id != CLIENT_ID {
            Some("client_id must be console")
        } else if !issuer.is_console(&self.redirect_uri) {
            Some("redirect_uri must be a page of the console")
        } else if self.response_type != "code" {
            Some("response_type must be code")
        } else if self.code_challenge_method.as_deref() != Some("S256") || self.code_challenge.is_none() {
            Some("code_challenge with code_challenge_method S256 is required")
        } else {
            None
        }
    }
}

async fn authorize(State(issuer): State<Arc<Issuer>>, Query(request): Query<Authorize>) -> Response {
    if let Some(problem) = request.problem(&issuer) {
        return (StatusCode::BAD_REQUEST, problem).into_response();
    }
    let fields = [
        ("response_type", Some(&request.response_type)),
        ("client_id", Some(&request.client_id)),
        ("redirect_uri", Some(&request.redirect_uri)),
        ("code_challenge", request.code_challenge.as_ref()),
        ("code_challenge_method", request.code_challenge_method.as_ref()),
        ("state", request.state.as_ref()),
        ("nonce", request.nonce.as_ref()),
    ];
    let hidden: String = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, escape(value?))))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"))
        .collect();
    let buttons: String = PEOPLE
        .iter()
        .map(|person| {
            let Person { id, name, scope } = person;
            format!("<p><button name=\"person\" value=\"{id}\">{name}</button> {id}: {scope}</p>")
        })
        .collect();
    let tenant = escape(&issuer.tenant);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in</title>\
         <style>body{{font:16px system-ui;margin:4rem auto;max-width:24rem}}button{{font:inherit;padding:.4rem 1rem}}</style>\
         <h1>Sign in</h1><p>People of tenant {tenant}. Local development only.</p>\
         <form method=\"post\" action=\"/choose\">{hidden}{buttons}</form></html>"
    ))
    .into_response()
}

async fn choose(State(issuer): State<Arc<Issuer>>, Form(request): Form<Authorize>) -> Response {
    if let Some(problem) = request.problem(&issuer) {
        return (StatusCode::BAD_REQUEST, problem).into_response();
    }
    let person = PEOPLE.iter().find(|person| Some(person.id) == request.person.as_deref());
    let (Some(person), Ok(mut url)) = (person, Url::parse(&request.redirect_uri)) else {
        return (StatusCode::BAD_REQUEST, "person must be viewer, operator or admin").into_response();
    };
    let code = uuid::Uuid::new_v4().to_string();
    url.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = &request.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    let now = SystemClock.now();
    let kept = Code {
        person: *person,
        redirect_uri: request.redirect_uri,
        challenge: request.code_challenge.unwrap_or_default(),
        nonce: request.nonce,
        expires: now.checked_add(CODE_LIFETIME).unwrap_or(now),
    };
    let mut codes = issuer.codes.lock().unwrap_or_else(PoisonError::into_inner);
    codes.retain(|_, code| code.expires > now);
    codes.insert(code, kept);
    Redirect::to(url.as_str()).into_response()
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    tenant: Option<String>,
    scope: Option<String>,
}

async fn token(State(issuer): State<Arc<Issuer>>, Form(request): Form<TokenRequest>) -> Response {
    let answer = match request.grant_type.as_str() {
        "authorization_code" => redeem(&issuer, &request),
        "client_credentials" => {
            let tenant = request.tenant.as_deref().unwrap_or(&issuer.tenant);
            let scope = request.scope.as_deref().unwrap_or("read");
            issuer.token_for(tenant, scope).map(|token| Some(bearer(&token, scope, SCRIPT_TOKEN_LIFETIME)))
        }
        _ => return issuer.cors(oauth_error("unsupported_grant_type")),
    };
    match answer {
        Ok(Some(body)) => issuer.cors(Json(body)),
        Ok(None) => issuer.cors(oauth_error("invalid_grant")),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "A token could not be issued.");
            issuer.cors(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// A code is good once, for the client that proves to have asked for it.
fn redeem(issuer: &Issuer, request: &TokenRequest) -> anyhow::Result<Option<Value>> {
    let taken =
        request.code.as_ref().and_then(|code| issuer.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(code));
    let Some(code) = taken else { return Ok(None) };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(request.code_verifier.as_deref().unwrap_or_default()));
    let same_place = request.redirect_uri.as_deref() == Some(code.redirect_uri.as_str());
    if code.expires <= SystemClock.now() || challenge != code.challenge || !same_place {
        return Ok(None);
    }
    let access = issuer.token_of(code.person).context("issue an access token")?;
    let mut body = bearer(&access, code.person.scope, TOKEN_LIFETIME);
    body["id_token"] = issuer.id_token(code.person, code.nonce.as_deref()).context("issue an id token")?.into();
    Ok(Some(body))
}

fn bearer(token: &str, scope: &str, life: SignedDuration) -> Value {
    json!({ "access_token": token, "token_type": "Bearer", "expires_in": life.as_secs(), "scope": scope })
}

fn oauth_error(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
