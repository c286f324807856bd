//! A receiver with everything around it, and tenants connected to the made-up vendors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::BoxFuture;
use connector::http::{HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, Transport, TransportError};
use connector::webhook::Digest;
use domain::id::{ConnectionId, ConnectorId, TenantId};
use domain::webhook::WebhookCounts;
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::TenantStore;
use store::activity::By;
use store::connection::{CredentialSet, Settings, Versioned, Wake};
use store::memory::MemoryTable;
use store::webhook::{Rotation, Webhook};
use sync::endpoint::{Receiver, WebhookKeys};
use sync::ports::{Clock as _, SecretRef, WebhookSecrets as _};
use testkit::{FakeQueue, FakeWebhookSecrets, TestClock};

use super::vendors;
use crate::{AppState, Parts, app};

/// A receiver.
pub(super) struct World {
    pub(super) table: MemoryTable,
    pub(super) clock: TestClock,
    pub(super) queue: FakeQueue,
    pub(super) keys: WebhookKeys,
    pub(super) vendor: KeyServer,
    pub(super) issued: FakeWebhookSecrets,
    app: Router,
}

/// One tenant's connection.
pub(super) struct Connected {
    pub(super) store: TenantStore,
    connector: ConnectorId,
    pub(super) connection: ConnectionId,
    keys: WebhookKeys,
}

/// A push to be sent.
#[derive(Clone, Debug)]
pub(super) struct Push {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: &'static str,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// The answer: status, and outcome or cause.
pub(super) type Answer = (u64, String);

pub(super) fn accepted() -> Answer {
    (200, "accepted".to_owned())
}

pub(super) fn duplicate() -> Answer {
    (200, "duplicate".to_owned())
}

pub(super) fn refused(status: u64, cause: &str) -> Answer {
    (status, cause.to_owned())
}

/// The vendor's server of keys, which counts how often it was asked.
#[derive(Clone, Default)]
pub(super) struct KeyServer(Arc<Mutex<Keys>>);

#[derive(Default)]
struct Keys {
    key: Option<Vec<u8>>,
    asked: usize,
}

impl KeyServer {
    /// Serves this key; `None`: does not answer.
    pub(super) fn serve(&self, key: Option<&[u8]>) {
        self.0.lock().unwrap().key = key.map(<[u8]>::to_vec);
    }

    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

impl Transport for KeyServer {
    fn send(&self, _: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let mut keys = self.0.lock().unwrap();
        keys.asked += 1;
        let key = keys.key.clone();
        Box::pin(async move {
            let Some(key) = key else { return futures::future::pending().await };
            let body = futures::stream::iter([Ok(key.into())]).boxed();
            Ok(Incoming { status: StatusCode::OK, headers: connector::http::HeaderMap::new(), body })
        })
    }
}

impl World {
    pub(super) fn new() -> Self {
        Self::on(MemoryTable::new())
    }

    /// A fresh environment of the function.
    pub(super) fn on(table: MemoryTable) -> Self {
        let clock = TestClock::at("2026-11-22T20:00:00Z".parse().unwrap());
        let time = clock.clone();
        let vendor = KeyServer::default();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || time.now())) };
        let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), "a key of the deployment".into());
        let queue = FakeQueue::default();
        let issued = FakeWebhookSecrets::default();
        let state = AppState::new(Parts {
            table: Arc::new(table.clone()),
            queue: Arc::new(queue.clone()),
            clock: Arc::new(clock.clone()),
            http: HttpPool::with_transport(settings, Arc::new(vendor.clone())),
            keys: keys.clone(),
            issued: Arc::new(issued.clone()),
            connectors: vendors::ALL,
        });
        Self { table, clock, queue, keys, vendor, issued, app: app(state) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Later, and whatever the receiver kept in memory for seconds is gone.
    pub(super) fn later(&self) {
        self.clock.advance(SignedDuration::from_secs(4));
    }

    /// A tenant that switched this connector on.
    pub(super) async fn connect(&self, tenant: &str, connector: &str) -> Connected {
        let connected = Connected {
            store: TenantStore::new(Arc::new(self.table.clone()), TenantId::new(tenant)),
            connector: ConnectorId::new(connector),
            connection: ConnectionId::new(connector),
            keys: self.keys.clone(),
        };
        let open = BTreeMap::from([("host".to_owned(), format!("{tenant}.vendor.example"))]);
        let settings = Settings {
            credentials: Some(CredentialSet { open, ..CredentialSet::default() }),
            enabled_at: Some(self.now()),
            ..Settings::new(connected.connector.clone())
        };
        let wake = Wake { due_at: Some(self.now()), re_evaluate: false };
        let settings = Versioned { value: settings, version: 0 };
        connected.store.save_settings(&connected.connection, &settings, &wake, By::System).await.unwrap();
        let token = |generation| self.keys.hashed_token(connected.receiver(), generation);
        connected.store.ensure_webhook(&connected.connection, &connected.connector, token).await.unwrap();
        connected
    }

    pub(super) async fn send(&self, push: &Push) -> Answer {
        let answer = platform::http::handle(&self.app, push.event()).await.unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let said = body["outcome"].as_str().or(body["cause"].as_str()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), said.to_owned())
    }

    /// The connector keeps these secrets that its vendor issued.
    pub(super) async fn keep_issued(&self, of: &Connected, issued: &[(u64, &str)]) {
        let secret = SecretRef {
            tenant: of.store.tenant().clone(),
            connector: of.connector.clone(),
            connection: of.connection.clone(),
        };
        let issued = issued.iter().map(|(generation, secret)| (*generation, (*secret).into())).collect();
        self.issued.put(&secret, &issued).await.unwrap();
    }

    /// How many messages were queued since the last look.
    pub(super) fn queued(&self) -> usize {
        std::iter::from_fn(|| self.queue.take()).count()
    }
}

impl Push {
    pub(super) fn to(url: &str, body: impl Into<Vec<u8>>) -> Self {
        let path = url.strip_prefix("https://portal.example").unwrap().to_owned();
        let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
        Self { method: "POST", path, query: "", headers, body: body.into() }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn signed(self, key: &[u8], prefix: &str) -> Self {
        let signature = STANDARD.encode(Digest::Sha256.mac(key, &self.body));
        self.header("x-signature", &format!("{prefix}{signature}"))
    }

    fn event(&self) -> Value {
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
                "http": {
                    "method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                    "userAgent": "vendor",
                },
                "requestId": "req-1", "routeKey": "$default", "stage": "$default",
                "time": "22/Nov/2026:20:00:00 +0000", "timeEpoch": 1_795_377_600_000_i64,
            },
            "body": STANDARD.encode(&self.body),
            "isBase64Encoded": true,
        })
    }
}

impl Connected {
    pub(super) fn receiver(&self) -> Receiver<'_> {
        Receiver { tenant: self.store.tenant(), connector: &self.connector, connection: &self.connection }
    }

    /// An address of this generation, without proof.
    pub(super) fn address(&self, generation: u64) -> String {
        self.keys.url(self.receiver(), generation).into()
    }

    pub(super) fn secret(&self, generation: u64) -> String {
        self.keys.secret(self.receiver(), generation).expose_secret().to_owned()
    }

    /// A push about these records, proven as the vendor proves it, with address and secret of the first generation.
    pub(super) fn push(&self, event: &str, about: &[&str]) -> Push {
        let events: Vec<Value> = about.iter().map(|about| json!({ "event": event, "about": about })).collect();
        self.push_body(json!(events).to_string())
    }

    pub(super) fn push_body(&self, body: impl Into<Vec<u8>>) -> Push {
        let push = Push::to(&self.address(1), body);
        match self.connector.as_str() {
            "signed" => push.signed(self.secret(1).as_bytes(), "sha256="),
            "basic" => {
                let pair = STANDARD.encode(format!("portal:{}", self.secret(1)));
                push.header("authorization", &format!("Basic {pair}"))
            }
            _ => push,
        }
    }

    pub(super) async fn webhook(&self) -> Webhook {
        self.store.webhook_with_waiting(&self.connection).await.unwrap().unwrap()
    }

    pub(super) async fn counts(&self) -> WebhookCounts {
        self.webhook().await.counts
    }

    /// Hints that wait.
    pub(super) async fn hints(&self) -> usize {
        self.store.waiting(&self.connection).await.unwrap().len()
    }

    /// A worker follows every hint.
    pub(super) async fn work(&self) {
        let waiting = self.store.waiting(&self.connection).await.unwrap();
        assert!(self.store.settle_hints(&self.connection, &waiting).await.unwrap());
    }

    pub(super) async fn rotate(&self, now: Timestamp) {
        let webhook = self.webhook().await;
        let token = self.keys.hashed_token(self.receiver(), webhook.generation + 1);
        let until = now + SignedDuration::from_hours(24);
        let rotation = Rotation { token: &token, now, until, by: None };
        self.store.rotate_webhook(&self.connection, &self.connector, &webhook, &rotation, By::System).await.unwrap();
    }

    pub(super) async fn pause(&self, paused: bool) {
        let mut settings = self.store.connection(&self.connection).await.unwrap().unwrap().settings;
        settings.value.paused = paused;
        self.store.save_settings(&self.connection, &settings, &Wake::default(), By::System).await.unwrap();
    }
}
