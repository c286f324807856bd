//! The API on an embedded `DynamoDB`, with a tenant that has thousands of companies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use axum::Router;
use connector::BoxFuture;
use domain::id::{CompanyId, ConnectionId, ConnectorId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::RecordType;
use dynoxide::Database;
use jiff::Timestamp;
use platform::console::ConsoleConfig;
use platform::invoke::{InvokeError, Invoker};
use secrecy::SecretString;
use serde_json::{Value, json};
use settings_api::{AppState, app};
use store::TenantStore;
use store::activity::By;
use store::companies::NewCompany;
use store::connection::{Settings, Versioned, Wake};
use store::counted::CountedTable;
use store::dynamodb::{DynamoTable, schema};
use store::table::Table;
use sync::endpoint::WebhookKeys;
use sync::engine::BudgetShares;
use sync::message::{Command, Reply, WorkMessage};
use sync::ports::{Clock, DomainEvent, EventBus, PortError, Queue, SecretRef, SecretWriter};
use tokio::net::TcpListener;

pub(crate) const COMPANIES: usize = 5_000;
const TENANT: &str = "acme";

pub(crate) struct Portal {
    pub(crate) table: CountedTable,
    app: Router,
}

impl Portal {
    pub(crate) async fn new() -> Self {
        let table = CountedTable::new(table().await);
        let store = TenantStore::new(Arc::new(table.clone()), TENANT.into());
        fill(&store).await;
        let app = app(AppState {
            table: Arc::new(table.clone()),
            queue: Arc::new(Nobody),
            invoker: Arc::new(Nobody),
            secrets: Arc::new(Nobody),
            bus: Arc::new(Nobody),
            clock: Arc::new(Nobody),
            webhooks: WebhookKeys::new("https://portal.example".parse().unwrap(), "a key of the deployment".into()),
            connectors: catalog::DESCRIPTORS,
            budget: BudgetShares::default(),
            console: Arc::new(ConsoleConfig::default()),
        });
        Self { table, app }
    }

    /// A request as the gateway sends it.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let claims = json!({ "tenant": TENANT, "scope": "read", "sub": "ada", "name": "Ada" });
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "isBase64Encoded": false,
            "headers": { "accept": "application/json" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
                "http": {
                    "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench",
                },
                "requestId": "req-1", "routeKey": "$default", "stage": "$default",
                "time": "22/Nov/2026:20:13:22 +0000", "timeEpoch": 1_795_378_402_000_i64,
                "authorizer": { "jwt": { "claims": claims, "scopes": null } },
            },
        });
        let answer = platform::http::handle(&self.app, event).await.unwrap();
        assert_eq!(answer["statusCode"], 200, "{path}: {answer}");
        serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
    }
}

/// A connection of every connector whose vendor has companies.
pub(crate) fn connections() -> Vec<ConnectionId> {
    catalog::DESCRIPTORS
        .iter()
        .filter(|descriptor| descriptor.record_type(RecordType::Companies).is_some())
        .map(|descriptor| descriptor.id.into())
        .collect()
}

/// Every connection was set up once; nine companies of ten are linked in each, a third of them under another name.
async fn fill(store: &TenantStore) {
    let connections = connections();
    for connection in &connections {
        let connector = ConnectorId::new(connection.as_str());
        let settings = Settings { connected_at: Some(Nobody.now()), ..Settings::new(connector) };
        let settings = Versioned { value: settings, version: 0 };
        store.save_settings(connection, &settings, &Wake::default(), By::System).await.unwrap();
    }
    let companies: Vec<NewCompany> = (0..COMPANIES).map(|n| company(store, &connections, n)).collect();
    let made = store.import_companies(&connections[0], &companies, false).await.unwrap();
    assert_eq!(made.len(), COMPANIES);
}

fn company(store: &TenantStore, connections: &[ConnectionId], n: usize) -> NewCompany {
    const WORDS: [&str; 10] =
        ["Harbour", "Meadow", "Granite", "Silver", "Beacon", "Orchard", "Summit", "Juniper", "Falcon", "Willow"];
    let name = format!("{} {} {n}", WORDS[n % 10], ["Logistics", "Dental Care", "& Sons Ltd", "Holdings"][n / 10 % 4]);
    let external_id = ExternalId::new((10_000 + n).to_string());
    let linked = |(at, connection): (usize, &ConnectionId)| {
        let link = Link {
            external_id: external_id.clone(),
            name: if (n + at).is_multiple_of(3) { format!("{} {n}", WORDS[(n + at) % 10]) } else { name.clone() },
            state: LinkState::Ok,
        };
        (at == 0 || !(n + at).is_multiple_of(10)).then(|| (connection.clone(), vec![link]))
    };
    let company = PortalCompany {
        id: CompanyId::imported(store.tenant(), &connections[0], &external_id),
        domains: vec![format!("{}-{n}.example", WORDS[n % 10].to_lowercase())],
        phone: Some(format!("+44 20 7946 {n:04}")),
        address: None,
        imported_from: Some(connections[0].clone()),
        links: connections.iter().enumerate().filter_map(linked).collect(),
        not_integrated: BTreeSet::new(),
        import_role: None,
        users: 0,
        version: 1,
        name,
    };
    NewCompany { company, external_id }
}

/// An empty table in a server of its own, which ends with the runtime.
async fn table() -> Arc<dyn Table> {
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
    Arc::new(DynamoTable::new(client, "bench"))
}

/// What reading never needs.
#[derive(Debug)]
struct Nobody;

impl Clock for Nobody {
    #[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Queue for Nobody {
    fn send<'a>(&'a self, _: &'a WorkMessage, _: std::time::Duration) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl EventBus for Nobody {
    fn publish<'a>(&'a self, _: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

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
