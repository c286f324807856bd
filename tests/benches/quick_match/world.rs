//! A tenant with eight connections on an embedded `DynamoDB`, and the API on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use axum::Router;
use connector::{Descriptor, Direction, RecordTypeDescriptor};
use domain::hash::ContentHash;
use domain::id::{CompanyId, ConnectionId, ConnectorId};
use domain::portal::PortalCompany;
use domain::record::{Company, RecordData, RecordType};
use dynoxide::Database;
use futures::future::BoxFuture;
use futures::stream::{StreamExt, iter};
use jiff::Timestamp;
use platform::console::ConsoleConfig;
use platform::invoke::{InvokeError, Invoker};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings_api::AppState;
use store::TenantStore;
use store::activity::By;
use store::counted::{CountedTable, Requests};
use store::dynamodb::{DynamoTable, schema};
use store::records::{Import, MirrorRecord, Mirrored, Presence};
use sync::endpoint::WebhookKeys;
use sync::engine::BudgetShares;
use sync::message::{Command, Reply, WorkMessage};
use sync::ports::{Clock, DomainEvent, EventBus, PortError, Queue, SecretRef, SecretWriter};
use tokio::net::TcpListener;

use crate::generator;

const TENANT: &str = "acme";
const CONNECTIONS: [&str; 8] = ["psa-1", "psa-2", "psa-3", "psa-4", "psa-5", "psa-6", "psa-7", "psa-8"];
/// Portal companies that are written at once.
const AT_ONCE: usize = 16;

pub(crate) struct World {
    pub(crate) portal: Vec<String>,
    /// Names at each vendor.
    pub(crate) vendors: Vec<Vec<String>>,
    app: Router,
    table: CountedTable,
}

impl World {
    /// So many portal companies, and as many of each vendor.
    pub(crate) async fn new(companies: usize) -> Self {
        let sample = generator::sample(companies, 1);
        let table = CountedTable::new(Arc::new(table().await));
        let store = TenantStore::new(Arc::new(table.clone()), TENANT.into());
        iter(sample.portal.iter().enumerate())
            .map(|(at, name)| {
                let (store, company) = (store.clone(), company(at, name));
                async move { store.create_company(&company, By::System).await.unwrap() }
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        let records: Vec<MirrorRecord> =
            (0..).zip(&sample.vendor).map(|(at, name)| record(at, name, sample.truth[at])).collect();
        for connection in CONNECTIONS {
            store.put_records(&ConnectionId::new(connection), RecordType::Companies, &records).await.unwrap();
        }
        let state = AppState {
            table: Arc::new(table.clone()),
            queue: Arc::new(Nobody),
            invoker: Arc::new(Nobody),
            secrets: Arc::new(Nobody),
            bus: Arc::new(Nobody),
            webhooks: WebhookKeys::new("https://portal.example".parse().unwrap(), "a key of the deployment".into()),
            clock: Arc::new(Nobody),
            connectors: connectors(),
            budget: BudgetShares::default(),
            console: Arc::new(ConsoleConfig::default()),
        };
        let vendors = vec![sample.vendor; CONNECTIONS.len()];
        Self { portal: sample.portal, vendors, app: settings_api::app(state), table }
    }

    pub(crate) const fn connections(&self) -> usize {
        self.vendors.len()
    }

    pub(crate) fn requests(&self) -> Requests {
        self.table.requests()
    }

    /// A request as the gateway hands it over; the answer's body.
    pub(crate) async fn call(&self, method: &str, target: &str, body: Option<Value>) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let claims = json!({ "tenant": TENANT, "scope": "read write manage", "sub": "ada", "name": "Ada" });
        let event = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": { "content-type": "application/json", "host": "portal.example" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
                "http": {
                    "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench",
                },
                "requestId": "r", "routeKey": "$default", "stage": "$default",
                "time": "22/Nov/2026:20:00:00 +0000", "timeEpoch": 1_795_377_600_000_i64,
                "authorizer": { "jwt": { "claims": claims, "scopes": null } },
            },
            "body": body.map(|body| body.to_string()),
            "isBase64Encoded": false,
        });
        let answer = platform::http::handle(&self.app, event).await.unwrap();
        let text = answer["body"].as_str().unwrap_or_default();
        assert!(answer["statusCode"].as_u64() < Some(300), "{method} {target}: {text}");
        serde_json::from_str(text).unwrap()
    }
}

/// Half of those that are in both lists tell their domain.
fn domains(portal: usize) -> Vec<String> {
    if portal.is_multiple_of(2) { vec![format!("customer{portal}.example")] } else { Vec::new() }
}

fn company(at: usize, name: &str) -> PortalCompany {
    PortalCompany {
        id: CompanyId::new(format!("co_{at:024x}")),
        name: name.to_owned(),
        domains: domains(at),
        phone: None,
        address: Some("1 High Street, Springfield".to_owned()),
        imported_from: None,
        links: BTreeMap::new(),
        not_integrated: BTreeSet::new(),
        import_role: None,
        users: 0,
        version: 1,
    }
}

fn record(at: usize, name: &str, portal: Option<usize>) -> MirrorRecord {
    let company = Company {
        name: name.to_owned(),
        domains: portal.map(domains).unwrap_or_default(),
        phone: Some(format!("+1 555 {:07}", at * 7_919 % 10_000_000)),
        subtitle: Some("Springfield".to_owned()),
        types: vec!["Customer".to_owned()],
        ..Company::default()
    };
    let reason = "waits to be linked or imported by a person".to_owned();
    MirrorRecord {
        external_id: format!("{at}").as_str().into(),
        hash: ContentHash::of(name.as_bytes(), 1),
        body: Mirrored {
            presence: Presence::Live,
            name: name.to_owned(),
            data: Some(RecordData::Company(company)),
            reason: None,
            import: Some(Import { user: None, source: None, reason }),
            portal: None,
            first_seen_at: Nobody.now(),
            changed_at: Nobody.now(),
        },
        listed: None,
    }
}

/// An empty table in a server of its own, which ends with the runtime.
async fn table() -> DynamoTable {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    schema::create(&client, "bench").await.unwrap();
    DynamoTable::new(client, "bench")
}

static COMPANIES: &[RecordTypeDescriptor] = &[RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Companies",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &[],
    fields: &[],
}];

/// As long as the program, as a catalogue is.
fn connectors() -> &'static [&'static Descriptor] {
    let vendor = |id| -> &'static Descriptor { Box::leak(Box::new(descriptor(id))) };
    Box::leak(CONNECTIONS.map(vendor).to_vec().into_boxed_slice())
}

fn descriptor(id: &'static str) -> Descriptor {
    Descriptor { record_types: COMPANIES, ..Descriptor::bare(id, id) }
}

/// Everybody who is not measured.
#[derive(Debug)]
struct Nobody;

impl Clock for Nobody {
    #[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Queue for Nobody {
    fn send<'a>(&'a self, _: &'a WorkMessage, _: Duration) -> BoxFuture<'a, std::result::Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl EventBus for Nobody {
    fn publish<'a>(&'a self, _: &'a [DomainEvent]) -> BoxFuture<'a, std::result::Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl Invoker for Nobody {
    fn request<'a>(
        &'a self,
        _: &'a ConnectorId,
        _: &'a Command,
    ) -> BoxFuture<'a, std::result::Result<Reply, InvokeError>> {
        Box::pin(async { Err(InvokeError::TimedOut) })
    }

    fn start<'a>(&'a self, _: &'a ConnectorId, _: &'a Command) -> BoxFuture<'a, std::result::Result<(), InvokeError>> {
        Box::pin(async { Ok(()) })
    }
}

impl SecretWriter for Nobody {
    fn put<'a>(
        &'a self,
        _: &'a SecretRef,
        _: &'a BTreeMap<String, SecretString>,
    ) -> BoxFuture<'a, std::result::Result<String, PortError>> {
        Box::pin(async { Ok("1".to_owned()) })
    }

    fn delete<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, std::result::Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}
