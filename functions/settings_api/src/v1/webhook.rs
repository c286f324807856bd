//! Where the vendor pushes to: the address, what came there, the next address and secret, the vendor's subscriptions.
//!
//! The token in the address is as good as a password, so only who may manage the connection sees it; others see an
//! ellipsis in its place. The secret is shown once, by the rotation that makes it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use connector::webhook::{Provisioning, Verify, Webhook as Declared};
use domain::activity::{Action, REPLACED};
use domain::webhook::WebhookCounts;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::json;
use store::activity::By;
use store::webhook::{Rotation, Webhook};
use store::{StoreError, TenantStore};
use sync::endpoint::Receiver;
use utoipa::ToSchema;

use super::connectors::WebhookKind;
use super::integration::Read;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::commands::new_id;
use crate::input::{Ids, idempotency_key};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(get))
        .route(Permission::Manage, handlers!(rotate))
        .route(Permission::Manage, handlers!(provision))
}

/// So long the address and the secret before a rotation stay good.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Where the vendor pushes to, and what came there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// Who makes the subscription at the vendor.
    mode: WebhookKind,
    /// The address; without its token unless the caller may manage the connection. Absent where the vendor does not push,
    /// and while the connection is disconnected: connecting again gives another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The user name to enter at a vendor that signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'static str>,
    /// Pushes are expected: the connection is on, and its subscriptions stand or, made by hand, have told of something.
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_received_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated_at: Option<Timestamp>,
    /// Until then the address and the secret before the last rotation are good.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_until: Option<Timestamp>,
    /// What was received; the sum is everything that came to these addresses.
    counts: WebhookCounts,
    /// What to do in the vendor's screens.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<&'static [&'static str]>,
}

/// A new address and a new secret. They do not print.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rotated {
    url: String,
    /// The user name to enter at a vendor that signs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'static str>,
    /// To be entered at the vendor; never shown again. Absent where the connector enters it, or where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Until then the former ones are good, too.
    previous_until: Timestamp,
}

impl std::fmt::Debug for Rotated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rotated").field("previous_until", &self.previous_until).finish_non_exhaustive()
    }
}

/// The vendor's pushes.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/webhook",
    operation_id = "get_webhook",
    params(("connector" = String, Path, example = "halo-psa")),
    responses((status = 200, body = WebhookView)),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(connector): Ids<String>) -> Answer<Json<WebhookView>> {
    let which = state.connector(&connector)?;
    Ok(Json(state.webhook_view(&caller, &which).await?))
}

/// Gives the connection a new address and a new secret; the former ones stay good for 24 hours. Where the vendor's API
/// makes the subscriptions, they are moved at once; else the new ones have to be entered in the vendor's screens.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/webhook/rotate",
    operation_id = "rotate_webhook",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again answers the same address and secret."),
    ),
    responses(
        (status = 200, body = Rotated),
        (status = 400, description = "The Idempotency-Key is none."),
        (status = 409, description = "The vendor does not push, the connection is disconnected, or somebody else rotated it just now."),
    ),
)]
async fn rotate(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    headers: HeaderMap,
) -> Answer<Json<Rotated>> {
    let which = state.connector(&connector)?;
    let declared = pushes(&which)?;
    let key = idempotency_key(&headers)?;
    let by = key.map(|key| new_id("rotation", &caller.store, Some(key)));
    let now = state.now();
    if state.read(&caller.store, &which).await?.settings().closed() {
        return Err(StoreError::Closed.into());
    }
    let mut webhook = state.ensure_webhook(&caller.store, &which).await?;
    if by.is_none() || webhook.rotated_by != by {
        let receiver = which.receiver(&caller.store);
        let token = state.webhooks.hashed_token(receiver, webhook.generation + 1);
        let rotation = Rotation { token: &token, now, until: now + OVERLAP, by: by.as_deref() };
        let entry = caller.did(&state, Action::WebhookRotated, activity::integration(&which));
        let entry = entry.is(json!({ "address": REPLACED, "secret": REPLACED }));
        let by = By::Person(&entry);
        match caller.store.rotate_webhook(&which.connection, &which.connector, &webhook, &rotation, by).await {
            Err(StoreError::Stale) => {
                return Err(Problem::conflict("Somebody else rotated it at the same moment. Read it again."));
            }
            other => other?,
        }
        webhook = state.ensure_webhook(&caller.store, &which).await?;
        if declared.provisioning == Provisioning::Api {
            state.wake(&caller.store, &which).await;
        }
    }
    let receiver = which.receiver(&caller.store);
    let entered = matches!(declared.provisioning, Provisioning::Manual(_))
        && matches!(declared.verify, Verify::Hmac { .. } | Verify::Basic { .. });
    let secret = || state.webhooks.secret(receiver, webhook.generation).expose_secret().to_owned();
    Ok(Json(Rotated {
        url: state.webhooks.url(receiver, webhook.generation).into(),
        user: user(&declared),
        secret: entered.then(secret),
        previous_until: webhook.before.as_ref().map_or(now, |before| before.until),
    }))
}

/// Has the vendor's subscriptions put in order, in a moment.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/webhook/provision",
    operation_id = "provision_webhook",
    params(
        ("connector" = String, Path, example = "halo-psa"),
    ),
    responses(
        (status = 202, body = WebhookView, description = "It will be done in a moment; what stands in the way becomes an issue."),
        (status = 409, description = "The connection is off, or its subscription is made in the vendor's screens."),
    ),
)]
async fn provision(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
) -> Answer<(StatusCode, Json<WebhookView>)> {
    let which = state.connector(&connector)?;
    let name = which.descriptor.short_name;
    if let Provisioning::Manual(_) = pushes(&which)?.provisioning {
        return Err(Problem::conflict(format!("{name} has no API for it: follow the steps in {name}'s screens.")));
    }
    if !state.read(&caller.store, &which).await?.settings().active() {
        return Err(Problem::conflict(format!("{} is not switched on.", which.descriptor.name)));
    }
    let entry = caller.did(&state, Action::WebhookProvisioned, activity::integration(&which));
    caller.store.hint_subscription(&which.connection, By::Person(&entry)).await?;
    state.wake(&caller.store, &which).await;
    Ok((StatusCode::ACCEPTED, Json(state.webhook_view(&caller, &which).await?)))
}

/// What is declared of a vendor's pushes.
fn pushes(which: &Which) -> Answer<Declared> {
    let name = which.descriptor.name;
    which.descriptor.webhook.ok_or_else(|| Problem::conflict(format!("{name} does not push changes.")))
}

const fn user(declared: &Declared) -> Option<&'static str> {
    match declared.verify {
        Verify::Basic { user } => Some(user),
        Verify::Hmac { .. } | Verify::StampedHmac { .. } | Verify::UrlToken | Verify::RemoteKey(_) => None,
    }
}

impl Which {
    fn receiver<'a>(&'a self, store: &'a TenantStore) -> Receiver<'a> {
        Receiver { tenant: store.tenant(), connector: &self.connector, connection: &self.connection }
    }
}

impl AppState {
    /// The connection's webhook, made if it was never needed before.
    pub(super) async fn ensure_webhook(&self, store: &TenantStore, which: &Which) -> Answer<Webhook> {
        let token = |generation| self.webhooks.hashed_token(which.receiver(store), generation);
        Ok(store.ensure_webhook(&which.connection, &which.connector, token).await?)
    }

    async fn webhook_view(&self, caller: &Caller, which: &Which) -> Answer<WebhookView> {
        let Some(declared) = which.descriptor.webhook else {
            return Ok(WebhookView {
                mode: WebhookKind::None,
                url: None,
                user: None,
                active: false,
                last_received_at: None,
                rotated_at: None,
                previous_until: None,
                counts: WebhookCounts::default(),
                steps: None,
            });
        };
        let (store, now) = (&caller.store, self.now());
        let read = self.read(store, which).await?;
        // Looking at a connection that was taken down gives it no new address.
        if !read.settings().closed() {
            self.ensure_webhook(store, which).await?;
        }
        let webhook = store.webhook_with_waiting(&which.connection).await?;
        let (mode, steps) = match declared.provisioning {
            Provisioning::Api => (WebhookKind::Api, None),
            Provisioning::Manual(steps) => (WebhookKind::Manual, Some(steps)),
        };
        let url = |webhook: &Webhook| {
            if caller.permissions.contains(&Permission::Manage) {
                self.webhooks.url(which.receiver(store), webhook.generation).into()
            } else {
                self.webhooks.shown_url(&which.connector)
            }
        };
        Ok(WebhookView {
            mode,
            url: webhook.as_ref().map(url),
            user: user(&declared),
            active: webhook.as_ref().is_some_and(|webhook| read.expects_pushes(webhook, &declared)),
            last_received_at: webhook.as_ref().and_then(|webhook| webhook.last_received_at),
            rotated_at: webhook.as_ref().and_then(|webhook| webhook.rotated_at),
            previous_until: webhook
                .as_ref()
                .and_then(|webhook| webhook.before.as_ref())
                .map(|before| before.until)
                .filter(|until| now < *until),
            counts: webhook.map(|webhook| webhook.counts).unwrap_or_default(),
            steps,
        })
    }
}

impl Read {
    fn expects_pushes(&self, webhook: &Webhook, declared: &Declared) -> bool {
        let stands = match declared.provisioning {
            Provisioning::Api => self.body.subscriptions.are_active(webhook.generation),
            Provisioning::Manual(_) => webhook.last_received_at.is_some(),
        };
        stands && self.settings().active() && self.connection.state.active
    }
}
