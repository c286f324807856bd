//! A vendor that pushes: Halo with subscriptions that its API makes and pushes that it signs, and the receiver's real
//! handler on the same table as the engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::http::{HttpPool, HttpSettings};
use connector::webhook::{
    Delivery, Digest, Endpoint, Notice, Provisioned, Provisioning, Subject, Subscription, Verify, Webhook,
};
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, Connector, ConnectorError, Descriptor, ErrorKind, Mapped, Page,
    PullRequest, Pushed, Result, Session, SessionContext,
};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Choice, Record, RecordType};
use domain::webhook::WebhookCounts;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::activity::By;
use store::memory::MemoryTable;
use store::webhook::Rotation;
use sync::endpoint::{Receiver, WebhookKeys};
use sync::ports::Clock as _;
use testkit::World;
use webhooks::{AppState, Parts};

use crate::acme::{Acme, halo};

/// What everything is derived from; no log line may show it.
pub(crate) const KEY: &str = "canary-deployment-key-5f1e0c7a-4d2b";

static DESCRIPTOR: Descriptor = Descriptor {
    webhook: Some(Webhook {
        provisioning: Provisioning::Api,
        verify: Verify::Hmac { header: "x-signature", prefix: "", digest: Digest::Sha256 },
        tolerance: Some(Duration::from_secs(300)),
        unproven: None,
        notices,
        repeats: true,
    }),
    ..halo_psa::DESCRIPTOR
};

static PUSHING: &[&Descriptor] = &[&DESCRIPTOR];

/// Halo that pushes.
#[derive(Clone, Default)]
pub(crate) struct PushingHalo(Arc<Mutex<AtVendor>>);

/// The subscriptions at the vendor.
#[derive(Default)]
struct AtVendor {
    /// Address and whether it is on.
    subscription: Option<(String, bool)>,
    asked: usize,
    left: usize,
    /// What it makes of a creation cannot be read.
    garbles: bool,
    refuses: Option<ErrorKind>,
}

impl PushingHalo {
    fn state(&self) -> std::sync::MutexGuard<'_, AtVendor> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the subscription that is on.
    pub(crate) fn subscribed(&self) -> Option<String> {
        self.state().subscription.clone().filter(|(_, on)| *on).map(|(url, _)| url)
    }

    /// How often the subscriptions were put in order.
    pub(crate) fn asked(&self) -> usize {
        self.state().asked
    }

    /// How often we took leave.
    pub(crate) fn left(&self) -> usize {
        self.state().left
    }

    /// From now on what it makes of a write cannot be read.
    pub(crate) fn garble(&self) {
        self.state().garbles = true;
    }

    /// The vendor switches the subscription off.
    pub(crate) fn switch_off(&self) {
        if let Some((_, on)) = &mut self.state().subscription {
            *on = false;
        }
    }

    pub(crate) fn refuse(&self, kind: Option<ErrorKind>) {
        self.state().refuses = kind;
    }

    fn provision(&self, endpoint: &Endpoint) -> Result<Vec<Subscription>> {
        let mut state = self.state();
        state.asked += 1;
        if let Some(kind) = state.refuses.clone() {
            let quoted = format!("not allowed: {} {}", endpoint.url, endpoint.secret.expose_secret());
            return Err(ConnectorError::new("subscribe to changes", kind).with_detail(quoted));
        }
        let revived = state.subscription.as_ref().is_some_and(|(_, on)| !on);
        state.subscription = Some((endpoint.url.as_str().to_owned(), true));
        Ok(vec![Subscription { id: "1".to_owned(), about: "tickets".to_owned(), active: true, revived }])
    }
}

impl Connector for PushingHalo {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(Talk { halo: halo_psa::CONNECTOR.open(context)?, vendor: self.clone() }))
    }
}

fn notices(delivery: &Delivery<'_>) -> Vec<Notice> {
    let Ok(body) = serde_json::from_slice::<Value>(delivery.body) else {
        return vec![Notice { id: None, sent_at: None, subject: Subject::Something }];
    };
    let id = body["event"].as_str().map(str::to_owned);
    let sent_at = body["at"].as_str().and_then(|at| at.parse().ok());
    let subject = match body["about"].as_str().unwrap_or_default().split_once('/') {
        Some((record_type, id)) => {
            RecordType::parse(record_type).map_or(Subject::Nothing, |known| Subject::Record(known, id.into()))
        }
        None if body["about"] == "subscription" => Subject::Subscription,
        None => Subject::Nothing,
    };
    vec![Notice { id, sent_at, subject }]
}

struct Talk {
    halo: Box<dyn Session>,
    vendor: PushingHalo,
}

impl Session for Talk {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        self.halo.account()
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        self.halo.pull(request)
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        self.halo.get(record_type, id)
    }

    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        self.halo.complete(record)
    }

    fn push<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Pushed>> {
        Box::pin(async {
            let pushed = self.halo.push(change).await?;
            Ok(if self.vendor.state().garbles { Pushed { record: None, ..pushed } } else { pushed })
        })
    }

    fn find<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Vec<Pushed>>> {
        self.halo.find(change)
    }

    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        Box::pin(async { Ok(self.vendor.provision(endpoint)?.into()) })
    }

    fn unprovision<'a>(&'a self, _: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        let mut state = self.vendor.state();
        state.left += 1;
        let answer = match state.refuses.clone() {
            Some(kind) => Err(ConnectorError::new("delete a subscription", kind)),
            None => {
                state.subscription = None;
                Ok(())
            }
        };
        Box::pin(async { answer })
    }

    fn choices<'a>(&'a self, query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        self.halo.choices(query)
    }
}

/// The tenant "acme" at a Halo that pushes.
pub(crate) struct Pushing {
    pub(crate) acme: Acme,
    pub(crate) vendor: PushingHalo,
    pub(crate) keys: WebhookKeys,
    receiver: Router,
}

impl std::fmt::Debug for Pushing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pushing").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// The answer to a push: status, and outcome or cause.
pub(crate) type Answer = (u64, String);

impl Pushing {
    /// Connected, nothing read yet.
    pub(crate) async fn connected(scale: usize, options: Options) -> Self {
        let (plain, app, wire) = halo(scale);
        let vendor = PushingHalo::default();
        let connector: &'static PushingHalo = Box::leak(Box::new(vendor.clone()));
        let mut world = World::new(connector, Arc::new(wire.clone()), plain.clock.clone());
        let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), KEY.into());
        world.webhooks = Some(keys.clone());
        let receiver = receiver(&world, &keys, PUSHING);
        let acme = Acme::connected_to(world, app, wire, options).await;
        Self { acme, vendor, keys, receiver }
    }

    /// Up to date, and subscribed.
    pub(crate) async fn up_to_date(options: Options) -> Self {
        let pushing = Self::connected(0, options).await;
        pushing.acme.run().await;
        pushing
    }

    /// A push about this, to the subscribed address and signed with the newest secret.
    pub(crate) async fn push(&self, event: &str, about: &str) -> Answer {
        self.push_body(&json!({ "event": event, "about": about, "at": self.acme.world.clock.now() }).to_string()).await
    }

    pub(crate) async fn push_body(&self, body: &str) -> Answer {
        let Acme { connected, .. } = &self.acme;
        let webhook = connected.store.webhook(&connected.id).await.unwrap().unwrap();
        let connector = "halo-psa".into();
        let of = Receiver { tenant: connected.store.tenant(), connector: &connector, connection: &connected.id };
        let secret = self.keys.secret(of, webhook.generation);
        let signature = STANDARD.encode(Digest::Sha256.mac(secret.expose_secret().as_bytes(), body.as_bytes()));
        let url = self.vendor.subscribed().expect("a subscription that is on");
        post(&self.receiver, &url, body, &signature).await
    }

    /// A push to this address, signed with something else.
    pub(crate) async fn push_to(&self, url: &str, about: &str) -> Answer {
        post(&self.receiver, url, &json!({ "event": "late", "about": about }).to_string(), "").await
    }

    /// The same push to the subscribed address, signed with something else.
    pub(crate) async fn push_forged(&self, about: &str) -> Answer {
        let url = self.vendor.subscribed().expect("a subscription that is on");
        let body = json!({ "event": "forged", "about": about }).to_string();
        post(&self.receiver, &url, &body, &STANDARD.encode(Digest::Sha256.mac(b"a guess", body.as_bytes()))).await
    }

    /// A push to an address that nobody has.
    pub(crate) async fn push_astray(&self, about: &str) -> Answer {
        let url = "https://portal.example/webhooks/halo-psa/astray";
        post(&self.receiver, url, &json!({ "about": about }).to_string(), "").await
    }

    /// A person asks for the next address and secret.
    pub(crate) async fn rotate(&self) {
        let Acme { connected, world, .. } = &self.acme;
        let webhook = connected.store.webhook(&connected.id).await.unwrap().unwrap();
        let connector = "halo-psa".into();
        let of = Receiver { tenant: connected.store.tenant(), connector: &connector, connection: &connected.id };
        let token = self.keys.hashed_token(of, webhook.generation + 1);
        let now = world.clock.now();
        let rotation = Rotation { token: &token, now, until: now + SignedDuration::from_hours(24), by: None };
        connected.store.rotate_webhook(&connected.id, &connector, &webhook, &rotation, By::System).await.unwrap();
        // The receiver remembers an address for a moment.
        world.clock.advance(SignedDuration::from_secs(4));
    }

    /// The deployment's key, and the addresses' tokens and the secrets of so many generations.
    pub(crate) fn secrets(&self, generations: u64) -> Vec<String> {
        let Acme { connected, .. } = &self.acme;
        let connector = "halo-psa".into();
        let of = Receiver { tenant: connected.store.tenant(), connector: &connector, connection: &connected.id };
        let each = (1..=generations).flat_map(|generation| {
            let token = self.keys.url(of, generation).path_segments().unwrap().next_back().unwrap().to_owned();
            [token, self.keys.secret(of, generation).expose_secret().to_owned()]
        });
        std::iter::once(KEY.to_owned()).chain(each).collect()
    }

    pub(crate) async fn counts(&self) -> WebhookCounts {
        let Acme { connected, .. } = &self.acme;
        connected.store.webhook_with_waiting(&connected.id).await.unwrap().unwrap().counts
    }
}

/// The receiver on a world's table.
pub(crate) fn receiver(world: &World, keys: &WebhookKeys, connectors: &'static [&'static Descriptor]) -> Router {
    let clock = world.clock.clone();
    let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
    let table: MemoryTable = world.table.clone();
    webhooks::app(AppState::new(Parts {
        table: Arc::new(table),
        queue: Arc::new(world.queue.clone()),
        clock: Arc::new(world.clock.clone()),
        http: HttpPool::with_transport(settings, Arc::new(crate::wire::Dead)),
        keys: keys.clone(),
        issued: Arc::new(world.issued.clone()),
        connectors,
    }))
}

/// Posts to the receiver's real handler, as API Gateway does.
pub(crate) async fn post(receiver: &Router, url: &str, body: &str, signature: &str) -> Answer {
    let headers = json!({ "content-type": "application/json", "x-signature": signature });
    post_with(receiver, url, body, headers).await
}

/// As [`post`], with any headers.
pub(crate) async fn post_with(receiver: &Router, url: &str, body: &str, headers: Value) -> Answer {
    let path = url.strip_prefix("https://portal.example").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "v" },
            "requestId": "req-1", "routeKey": "$default", "stage": "$default",
            "time": "02/Mar/2026:09:00:00 +0000", "timeEpoch": 1_772_442_000_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    let answer = platform::http::handle(receiver, event).await.unwrap();
    let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let word = said["outcome"].as_str().or(said["cause"].as_str()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), word.to_owned())
}
