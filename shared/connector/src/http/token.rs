//! Access tokens: one request at a time per owner, kept in memory until shortly before they end.
//!
//! Invariant: callers that wait while a token is being asked for share its outcome, success or failure, so twenty
//! calls at once cost one authentication, and wrong credentials are not sent twenty times. A token that was refused does
//! not come back from a keeper ([`super::TokenKeeper`]).

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

use super::client::{TokenOwner, VendorHttp};
use super::kept::KeptToken;
use super::request::{CallKind, FormValue, RequestBuilder};
use super::response::Response;
use crate::error::{ConnectorError, ErrorKind, Result};

/// A token is renewed this long before its end.
const MARGIN: Duration = Duration::from_secs(60);
/// Life of a token whose answer names none, or nonsense.
const UNKNOWN_LIFE: Duration = Duration::from_secs(60);
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A token older than this may have been made before a permission was granted.
const STALE_PERMISSIONS: SignedDuration = SignedDuration::from_mins(5);
/// More entries than this are looked through for dead ones.
const CROWDED: usize = 4096;

/// How to get a token.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The operation in words, "authenticate" mostly.
    pub op: &'static str,
    /// The token endpoint.
    pub url: Url,
    /// Query parameters; not secret.
    pub query: Vec<(&'static str, String)>,
    /// The grant's parameters.
    pub form: Vec<(&'static str, FormValue)>,
    /// How the parameters are sent.
    pub format: TokenFormat,
    /// The client's own authentication, where it stands in the header.
    pub basic: Option<(String, SecretString)>,
    /// The credential field to look at when the vendor refuses.
    pub field: Option<&'static str>,
    /// The credential field to look at when something answers that is no token endpoint (the host, mostly).
    pub address_field: Option<&'static str>,
    /// The vendor writes permissions into the token: a 403 with a token of some age is tried once with a new one.
    pub permissions_inside: bool,
    /// Reads the answer.
    pub parse: fn(&Response) -> Option<Token>,
}

/// How a token endpoint wants its parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenFormat {
    /// As a form, the way of OAuth 2.
    #[default]
    Form,
    /// As a JSON object.
    Json,
    /// By GET, in the query alone: where the vendor says which of its servers holds the account, what it answers is used
    /// and renewed just as a token is.
    Query,
}

/// What a token endpoint gave.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub value: SecretString,
    /// How long it lives, where the vendor says something usable.
    pub life: Option<Duration>,
}

impl TokenRequest {
    /// An OAuth 2 request; the other fields are set by update syntax.
    pub fn new(op: &'static str, url: Url, form: Vec<(&'static str, FormValue)>) -> Self {
        Self {
            op,
            url,
            query: Vec::new(),
            form,
            format: TokenFormat::Form,
            basic: None,
            field: None,
            address_field: None,
            permissions_inside: false,
            parse: Token::oauth,
        }
    }
}

impl Token {
    /// Reads `access_token` and `expires_in`, which some vendors write as text.
    pub fn oauth(response: &Response) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: SecretString,
            #[serde(default)]
            expires_in: Value,
        }
        let answer: Answer = response.json().ok()?;
        let seconds = answer.expires_in.as_f64().or_else(|| answer.expires_in.as_str()?.trim().parse().ok());
        let life =
            seconds.filter(|seconds| *seconds > 0.0).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        (!answer.access_token.expose_secret().is_empty()).then_some(Self { value: answer.access_token, life })
    }

    /// How long it is used: until a minute before its end, or for half of a short life.
    fn use_for(&self) -> Duration {
        let life = self.life.unwrap_or(UNKNOWN_LIFE).min(LONGEST_LIFE);
        life.saturating_sub(MARGIN).max(life / 2)
    }
}

/// The tokens of a process.
#[derive(Default)]
pub(super) struct TokenCache {
    slots: SyncMutex<HashMap<Key, Arc<Mutex<Slot>>>>,
    hasher: RandomState,
}

/// Credentials are part of the key: a token is never used with other credentials than those that it was given for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    owner: TokenOwner,
    url: Url,
    credentials: u64,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    failed: Option<(Instant, ConnectorError)>,
    /// The last one that the vendor refused.
    refused: Option<SecretString>,
}

#[derive(Clone)]
struct Held {
    value: SecretString,
    /// By the wall clock: the monotonic one may stand still while the function's environment is frozen.
    obtained: Timestamp,
    until: Timestamp,
}

impl TokenCache {
    fn slot(&self, owner: &TokenOwner, request: &TokenRequest, now: Timestamp) -> Arc<Mutex<Slot>> {
        let mut credentials = self.hasher.build_hasher();
        for (name, value) in &request.form {
            (name, value.expose()).hash(&mut credentials);
        }
        for (name, value) in &request.query {
            (name, value).hash(&mut credentials);
        }
        if let Some((user, password)) = &request.basic {
            (user, password.expose_secret()).hash(&mut credentials);
        }
        let key = Key { owner: owner.clone(), url: request.url.clone(), credentials: credentials.finish() };
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= CROWDED {
            slots.retain(|_, slot| {
                // A locked one is in use.
                slot.try_lock().map_or(true, |slot| slot.held.as_ref().is_some_and(|held| held.until > now))
            });
        }
        Arc::clone(slots.entry(key).or_default())
    }

    fn forget(&self, owner: &TokenOwner) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| key.owner != *owner);
    }
}

impl VendorHttp {
    /// A token that is good for at least a minute, unless the vendor's tokens live shorter.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] with the request's field when the vendor refuses, [`ErrorKind::Misdirected`] with its
    /// address field when something answers that is no token endpoint; else as any call.
    pub async fn token(&self, request: &TokenRequest) -> Result<SecretString> {
        Ok(self.held_token(request).await?.value)
    }

    /// Drops every token of this connection.
    pub fn forget_token(&self) {
        self.shared.pool.tokens.forget(&self.shared.owner);
    }

    /// Sends a request with a token; a refused token is replaced and the request sent once more.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] when the vendor refuses a new token, too; else as any call.
    pub async fn authorized(
        &self,
        token: &TokenRequest,
        build: impl Fn(&SecretString) -> RequestBuilder + Send + Sync,
    ) -> Result<Response> {
        let held = self.held_token(token).await?;
        let refused = match build(&held.value).send().await {
            Err(error) if token.is_refused(&error.kind, self.shared.now().duration_since(held.obtained)) => error,
            outcome => return outcome,
        };
        tracing::debug!(op = refused.op, "renewing a refused token");
        self.forget_this(token, &held).await;
        build(&self.held_token(token).await?.value).send().await
    }

    async fn held_token(&self, request: &TokenRequest) -> Result<Held> {
        let asked = Instant::now();
        let slot = self.slot(request);
        let Ok(mut slot) = timeout(self.shared.patience(), slot.lock()).await else {
            return Err(ConnectorError::new(request.op, ErrorKind::Paused { resume_after: Duration::ZERO }));
        };
        let now = self.shared.now();
        if let Some(held) = slot.held.as_ref().filter(|held| held.until > now) {
            return Ok(held.clone());
        }
        // It failed while this caller waited for it.
        if let Some((_, error)) = slot.failed.as_ref().filter(|(at, _)| *at > asked) {
            return Err(error.clone());
        }
        let keeper = self.shared.keeper.get();
        let kept = keeper.and_then(|keeper| keeper.kept(request)).filter(|kept| kept.until > now);
        if let Some(KeptToken { value, obtained, until }) = kept.filter(|kept| !slot.has_refused(&kept.value)) {
            let held = Held { value, obtained, until };
            slot.held = Some(held.clone());
            return Ok(held);
        }
        if keeper.is_some_and(|keeper| !keeper.may_ask()) {
            return Err(ConnectorError::new(request.op, ErrorKind::Credentials { field: request.field })
                .with_detail("a token that was just given is refused"));
        }
        match Box::pin(self.fetch(request)).await {
            Ok(token) => {
                let now = self.shared.now();
                let until = now.checked_add(token.use_for()).unwrap_or(now);
                let held = Held { until, value: token.value, obtained: now };
                if let Some(keeper) = keeper {
                    let kept = KeptToken { value: held.value.clone(), obtained: now, until };
                    keeper.keep(request, &kept).await;
                }
                slot.held = Some(held.clone());
                slot.failed = None;
                Ok(held)
            }
            Err(error) => {
                slot.held = None;
                slot.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn fetch(&self, request: &TokenRequest) -> Result<Token> {
        let method = if request.format == TokenFormat::Query { Method::GET } else { Method::POST };
        let call = self.request(request.op, method, request.url.clone());
        let mut call = call.query_pairs(request.query.iter().map(|(k, v)| (k, v)));
        call = match request.format {
            TokenFormat::Query => call,
            TokenFormat::Form => call.form(request.form.iter().cloned()),
            TokenFormat::Json => {
                let object: Map<String, Value> =
                    request.form.iter().map(|(name, value)| ((*name).to_owned(), value.expose().into())).collect();
                for (_, value) in &request.form {
                    call.remember(value);
                }
                call.json(&object)
            }
        };
        if let Some((user, password)) = &request.basic {
            call = call.basic(user, password);
        }
        let nowhere = |detail: &str| {
            let kind = ErrorKind::Misdirected { field: request.address_field.or(request.field) };
            ConnectorError::new(request.op, kind).with_detail(detail)
        };
        // Asking for a token changes nothing at the vendor.
        let response = match call.kind(CallKind::Authentication).repeatable(true).send().await {
            Ok(response) => response,
            Err(mut error) => {
                match &mut error.kind {
                    ErrorKind::Credentials { field } if field.is_none() => *field = request.field,
                    ErrorKind::NotFound => return Err(nowhere("there is no token endpoint at this address")),
                    _ => {}
                }
                return Err(error);
            }
        };
        (request.parse)(&response).ok_or_else(|| nowhere("the answer holds no access token"))
    }

    /// Only the token that was refused: another caller may have replaced it already.
    async fn forget_this(&self, request: &TokenRequest, refused: &Held) {
        let slot = self.slot(request);
        // Whoever holds it longer than we have time is replacing it.
        let Ok(mut slot) = timeout(self.shared.patience(), slot.lock()).await else { return };
        let same = |held: &Held| held.value.expose_secret() == refused.value.expose_secret();
        if slot.held.as_ref().is_some_and(same) {
            slot.refused = slot.held.take().map(|held| held.value);
        }
    }

    fn slot(&self, request: &TokenRequest) -> Arc<Mutex<Slot>> {
        self.shared.pool.tokens.slot(&self.shared.owner, request, self.shared.now())
    }
}

impl Slot {
    fn has_refused(&self, token: &SecretString) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.expose_secret() == token.expose_secret())
    }
}

impl TokenRequest {
    fn is_refused(&self, kind: &ErrorKind, age: SignedDuration) -> bool {
        match kind {
            ErrorKind::Credentials { .. } => true,
            ErrorKind::Forbidden => self.permissions_inside && age > STALE_PERMISSIONS,
            _ => false,
        }
    }
}
