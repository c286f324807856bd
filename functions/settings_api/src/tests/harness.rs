//! The API as a test drives it: a request becomes the gateway's event, the answer is read as a client would.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use connector::Descriptor;
use domain::id::ConnectionId;
use domain::portal::Role;
use jiff::{SignedDuration, Timestamp};
use platform::console::{ConsoleAuth, ConsoleConfig};
use platform::http::handle;
use serde_json::{Value, json};
use store::TenantStore;
use store::counted::CountedTable;
use store::memory::MemoryTable;
use store::roles::Profile;
use store::state::{Acquired, Release};
use store::table::Table;
use sync::body::Body;
use sync::endpoint::WebhookKeys;
use sync::engine::BudgetShares;

use super::world::{Bus, Invoker, Queue, Secrets, TestClock};
use crate::{AppState, app};

/// The tenant that tests speak for, unless they say otherwise.
pub(super) const TENANT: &str = "acme";
/// A secret that no answer may ever carry.
pub(super) const CANARY: &str = "canary-5f0c1f6e-do-not-show-9f3a";
/// The deployment's key; no answer may ever carry it either.
pub(super) const WEBHOOK_KEY: &str = "canary-webhook-key-77aa21d0-do-not-show";
/// The path of the one connection.
pub(super) const HALO: &str = "/v1/integrations/halo-psa";
/// All permissions.
pub(super) const ADMIN: &str = "read write manage";

/// The API with everything around it.
pub(super) struct Api {
    pub(super) table: MemoryTable,
    pub(super) clock: TestClock,
    pub(super) queue: Queue,
    pub(super) secrets: Secrets,
    pub(super) invoker: Invoker,
    pub(super) bus: Bus,
    pub(super) app: Router,
}

/// An answer as a client reads it; displayed as status and body.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u64,
    pub(super) headers: Value,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(Value::as_str)
    }

    #[track_caller]
    pub(super) fn expect(self, status: u64) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.json()
    }

    /// The pointers of a refused request.
    pub(super) fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = match self.json() {
            Value::Null => self.text.clone(),
            mut json => {
                if let Some(id) = json.get_mut("request_id") {
                    *id = json!("req-1");
                }
                serde_json::to_string_pretty(&json).map_err(|_| fmt::Error)?
            }
        };
        write!(f, "{}\n{body}", self.status)
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) headers: Vec<(&'a str, String)>,
    pub(super) claims: Option<Value>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: &'a str, path: &str) -> Self {
        let claims = json!({ "tenant": TENANT, "scope": ADMIN, "sub": "ada", "name": "Ada Admin" });
        Self { method, path: path.to_owned(), body: None, headers: Vec::new(), claims: Some(claims) }
    }

    pub(super) fn body(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string());
        self.header("content-type", "application/json")
    }

    pub(super) fn text(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    pub(super) fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn claims(mut self, claims: Option<Value>) -> Self {
        self.claims = claims;
        self
    }

    fn event(&self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        let mut event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "portal.example",
                "domainPrefix": "portal",
                "http": { "method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
                "requestId": "req-1",
                "routeKey": "$default",
                "stage": "$default",
                "time": "22/Nov/2026:20:13:22 +0000",
                "timeEpoch": 1_795_378_402_000_i64,
            },
            "isBase64Encoded": false,
        });
        if let Some(claims) = &self.claims {
            event["requestContext"]["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
        }
        if let Some(body) = &self.body {
            event["body"] = json!(body);
        }
        event
    }
}

impl Api {
    pub(super) async fn new() -> Self {
        Self::with_console(ConsoleConfig {
            auth: ConsoleAuth::Oidc,
            issuer: "https://id.example/realm".to_owned(),
            client_id: "console".to_owned(),
            base_path: String::new(),
            connect_origins: Vec::new(),
        })
        .await
    }

    /// With these connectors besides those of the catalogue.
    pub(super) async fn with_connectors(more: &[&'static Descriptor]) -> Self {
        let all: Vec<_> = catalog::DESCRIPTORS.iter().chain(more).copied().collect();
        Self::made(ConsoleConfig::default(), Box::leak(all.into_boxed_slice())).await
    }

    pub(super) async fn with_console(console: ConsoleConfig) -> Self {
        Self::made(console, catalog::DESCRIPTORS).await
    }

    async fn made(console: ConsoleConfig, connectors: &'static [&'static Descriptor]) -> Self {
        let api = Self::on(MemoryTable::new(), console, connectors);
        api.store().put_profile(&Profile { name: "Acme MSP".to_owned() }).await.unwrap();
        for (id, name) in [("standard", "Standard User"), ("admin", "Client Admin")] {
            api.store().put_role(&Role { id: id.into(), name: name.to_owned() }).await.unwrap();
        }
        api
    }

    /// Another process on the table as it is.
    pub(super) fn reopened(&self) -> Self {
        Self::on(self.table.reopen(), ConsoleConfig::default(), catalog::DESCRIPTORS)
    }

    /// Another process on the table as it is, whose requests are counted.
    pub(super) fn counted(&self) -> (Self, CountedTable) {
        let counted = CountedTable::new(Arc::new(self.table.clone()));
        let api =
            Self::over(self.table.clone(), Arc::new(counted.clone()), ConsoleConfig::default(), catalog::DESCRIPTORS);
        (api, counted)
    }

    fn on(table: MemoryTable, console: ConsoleConfig, connectors: &'static [&'static Descriptor]) -> Self {
        let port = Arc::new(table.clone());
        Self::over(table, port, console, connectors)
    }

    fn over(
        table: MemoryTable,
        port: Arc<dyn Table>,
        console: ConsoleConfig,
        connectors: &'static [&'static Descriptor],
    ) -> Self {
        let clock = TestClock::at("2026-11-22T20:13:22Z");
        let invoker = Invoker::new(Arc::new(table.clone()), clock.clone());
        let (queue, secrets, bus) = (Queue::default(), Secrets::default(), Bus::default());
        let state = AppState {
            table: port,
            queue: Arc::new(queue.clone()),
            invoker: Arc::new(invoker.clone()),
            secrets: Arc::new(secrets.clone()),
            bus: Arc::new(bus.clone()),
            webhooks: WebhookKeys::new("https://portal.example".parse().unwrap(), WEBHOOK_KEY.into()),
            clock: Arc::new(clock.clone()),
            connectors,
            budget: BudgetShares::default(),
            console: Arc::new(console),
        };
        Self { table, clock, queue, secrets, invoker, bus, app: app(state) }
    }

    pub(super) fn store(&self) -> TenantStore {
        TenantStore::new(Arc::new(self.table.clone()), TENANT.into())
    }

    pub(super) fn now(&self) -> Timestamp {
        sync::ports::Clock::now(&self.clock)
    }

    pub(super) fn later(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(super) async fn send(&self, call: Call<'_>) -> Reply {
        let answer = handle(&self.app, call.event()).await.unwrap();
        let text = answer["body"].as_str().unwrap_or_default().to_owned();
        // Whatever a test is about: no answer ever carries a secret.
        for canary in [CANARY, WEBHOOK_KEY] {
            assert!(!answer.to_string().contains(canary), "{} {} answers a secret", call.method, call.path);
        }
        Reply { status: answer["statusCode"].as_u64().unwrap(), headers: answer["headers"].clone(), text }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(Call::new("GET", path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Call::new("POST", path).body(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Call::new("PATCH", path).body(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Call::new("PUT", path).body(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.send(Call::new("DELETE", path)).await
    }

    /// Enters credentials that work.
    pub(super) async fn enter_credentials(&self) -> Value {
        self.put(&format!("{HALO}/credentials"), &credentials()).await.expect(200)
    }

    /// Changes some of the options as the console does: read, change, save.
    pub(super) async fn save_options(&self, change: &Value) -> Reply {
        let current = self.get(HALO).await;
        let mut options = current.json()["options"].clone();
        for (key, value) in change.as_object().unwrap() {
            options[key] = value.clone();
        }
        let tag = current.header("etag").unwrap().to_owned();
        self.send(Call::new("PUT", &format!("{HALO}/options")).body(&options).header("if-match", &tag)).await
    }

    /// Goes through set-up to the end.
    pub(super) async fn connect(&self) {
        self.enter_credentials().await;
        self.save_options(&json!({})).await.expect(200);
        self.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    }

    /// The engine takes up what was asked for and ends it.
    pub(super) async fn requested_run_ends(&self) {
        let (store, now) = (self.store(), self.now());
        let Acquired::Lease(fence, state) = store.acquire(&halo(), "w", None, now, now).await.unwrap() else {
            panic!("nobody else has the lease")
        };
        let release = Release { due_at: Some(now), wake: None, done: state.requested, deactivate: false };
        store.release(&fence, &Body::default(), &release).await.unwrap();
    }

    /// Has the queue's messages forgotten.
    pub(super) fn forget_messages(&self) {
        self.queue.take();
    }
}

/// A cursor that carries this.
pub(super) fn cursor(after: &str) -> String {
    crate::input::Page::cursor(after)
}

/// The connection of the one connector.
pub(super) fn halo() -> ConnectionId {
    "halo-psa".into()
}

/// Credentials that work.
pub(super) fn credentials() -> Value {
    json!({ "values": { "url": "acme.halopsa.com/portal", "client_id": "c-1", "client_secret": CANARY } })
}
