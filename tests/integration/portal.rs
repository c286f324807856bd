//! The portal's side of these tests: the settings API's real handler over the world's table, queue, bus and clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::BoxFuture;
use domain::id::ConnectorId;
use platform::console::ConsoleConfig;
use platform::http::handle;
use platform::invoke::{InvokeError, Invoker};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings_api::{AppState, app};
use sync::endpoint::WebhookKeys;
use sync::message::{Command, Reply};
use sync::ports::{PortError, SecretRef, SecretWriter};

use crate::acme::Acme;

/// A person of acme's who may read and write.
pub(crate) struct Portal(axum::Router);

impl Portal {
    pub(crate) fn of(acme: &Acme) -> Self {
        let world = &acme.world;
        Self(app(AppState {
            table: Arc::new(world.table.clone()),
            queue: Arc::new(world.queue.clone()),
            invoker: Arc::new(Nobody),
            secrets: Arc::new(Nobody),
            bus: Arc::new(world.bus.clone()),
            clock: Arc::new(world.clock.clone()),
            webhooks: WebhookKeys::new("https://portal.example".parse().unwrap(), "a key of the deployment".into()),
            connectors: catalog::DESCRIPTORS,
            budget: world.budget.into(),
            console: Arc::new(ConsoleConfig::default()),
        }))
    }

    /// Sends a request as the gateway does; the answer has to have this status.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>, status: u64) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let claims = json!({ "tenant": "acme", "scope": "read write", "sub": "us_ada", "name": "Ada" });
        let http = json!({ "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" });
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "isBase64Encoded": false,
            "headers": { "content-type": "application/json" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
                "http": http, "requestId": "req-1", "routeKey": "$default", "stage": "$default",
                "time": "22/Nov/2026:20:13:22 +0000", "timeEpoch": 1_795_378_402_000_i64,
                "authorizer": { "jwt": { "claims": claims, "scopes": null } },
            },
        });
        if let Some(body) = body {
            event["body"] = body.to_string().into();
        }
        let answer = handle(&self.0, event).await.unwrap();
        assert_eq!(answer["statusCode"], status, "{method} {path}: {answer}");
        serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send("GET", path, None, 200).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Value {
        self.send("PATCH", path, Some(body), 200).await
    }

    /// Makes something.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.send("POST", path, Some(body), 201).await
    }
}

/// Tickets and technicians ask neither a connector's function nor Secrets Manager for anything.
#[derive(Debug)]
struct Nobody;

impl Invoker for Nobody {
    fn request<'a>(&'a self, _: &'a ConnectorId, _: &'a Command) -> BoxFuture<'a, Result<Reply, InvokeError>> {
        Box::pin(async { Err(InvokeError::TimedOut) })
    }

    fn start<'a>(&'a self, _: &'a ConnectorId, _: &'a Command) -> BoxFuture<'a, Result<(), InvokeError>> {
        Box::pin(async { Err(InvokeError::TimedOut) })
    }
}

impl SecretWriter for Nobody {
    fn put<'a>(
        &'a self,
        _: &'a SecretRef,
        _: &'a BTreeMap<String, SecretString>,
    ) -> BoxFuture<'a, Result<String, PortError>> {
        Box::pin(async { Err(PortError { op: "put a secret", source: "nobody is here".into() }) })
    }

    fn delete<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Err(PortError { op: "delete a secret", source: "nobody is here".into() }) })
    }
}
