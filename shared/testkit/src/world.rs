//! A world for the engine: everything it is given, and the steps that Lambda, SQS and EventBridge would drive it by.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::http::{HttpPool, HttpSettings, Transport};
use connector::{Connector, CredentialValues, Credentials, DeploymentValues};
use domain::id::{ConnectionId, ConnectorId, TenantId};
use domain::options::Options;
use domain::portal::Role;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use store::TenantStore;
use store::activity::By;
use store::connection::{AccountRef, Connection, CredentialSet, SecretMeta, Settings, Versioned, Wake};
use store::memory::MemoryTable;
use store::table::Table;
use sync::body::Body;
use sync::endpoint::WebhookKeys;
use sync::engine::{BudgetShare, Engine, Worked};
use sync::message::{Command, Reply};
use sync::ports::{Clock, SecretRef};
use sync::tokens::TokenVault;

use crate::ports::{FakeBus, FakeQueue, FakeSecrets, FakeWebhookSecrets, TestClock};

/// A vendor, a table, a clock, and fakes of everything else.
#[derive(Clone)]
pub struct World {
    /// The table; give it faults, or [`MemoryTable::reopen`] it after a kill.
    pub table: MemoryTable,
    /// The time.
    pub clock: TestClock,
    /// What was queued.
    pub queue: FakeQueue,
    /// Secrets.
    pub secrets: FakeSecrets,
    /// What was announced.
    pub bus: FakeBus,
    /// Our share of the vendor's allowance.
    pub budget: BudgetShare,
    /// Values that belong to the deployment.
    pub deployment: DeploymentValues,
    /// Addresses and secrets for vendors' pushes; none unless a test is about them.
    pub webhooks: Option<WebhookKeys>,
    /// What shared access tokens are sealed with.
    pub tokens: Option<TokenVault>,
    /// Secrets that the vendor issued for its pushes.
    pub issued: FakeWebhookSecrets,
    connector: &'static dyn Connector,
    transport: Arc<dyn Transport>,
}

/// A connection of one tenant.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The tenant's part of the table.
    pub store: TenantStore,
    /// The connection.
    pub id: ConnectionId,
}

impl World {
    /// A world without tenants. Call it inside a runtime with paused time.
    pub fn new(connector: &'static dyn Connector, transport: Arc<dyn Transport>, clock: TestClock) -> Self {
        Self {
            table: MemoryTable::new(),
            clock,
            queue: FakeQueue::default(),
            secrets: FakeSecrets::default(),
            bus: FakeBus::default(),
            budget: BudgetShare::Lifted,
            deployment: DeploymentValues::default(),
            webhooks: None,
            tokens: Some(TokenVault::new("a key of tests".into())),
            issued: FakeWebhookSecrets::default(),
            connector,
            transport,
        }
    }

    /// A freshly built engine, as in a new function environment: every cache is empty.
    pub fn engine(&self) -> Engine {
        let clock = self.clock.clone();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
        Engine {
            connector: self.connector,
            table: Arc::new(self.table.clone()) as Arc<dyn Table>,
            queue: Arc::new(self.queue.clone()),
            secrets: Arc::new(self.secrets.clone()),
            bus: Arc::new(self.bus.clone()),
            clock: Arc::new(self.clock.clone()),
            http: HttpPool::with_transport(settings, Arc::clone(&self.transport)),
            deployment: self.deployment.clone(),
            budget: self.budget,
            webhooks: self.webhooks.clone(),
            tokens: self.tokens.clone(),
            issued: Arc::new(self.issued.clone()),
        }
    }

    /// One tenant's part of the table.
    pub fn store(&self, tenant: &str) -> TenantStore {
        TenantStore::new(Arc::new(self.table.clone()), TenantId::new(tenant))
    }

    /// Connects a tenant as the settings API does: roles, credentials that the vendor took, options, enabled, due now.
    pub async fn connect(&self, tenant: &str, values: &BTreeMap<String, String>, options: Options) -> Connected {
        let store = self.store(tenant);
        for (id, name) in
            [("standard", "Standard User"), ("admin", "Company Admin"), ("billing", "Billing"), ("viewer", "Viewer")]
        {
            store.put_role(&Role { id: id.into(), name: name.to_owned() }).await.unwrap();
        }
        let descriptor = self.connector.descriptor();
        let connector = ConnectorId::new(descriptor.id);
        let id = ConnectionId::new(descriptor.id);
        let entered: CredentialValues =
            values.iter().map(|(key, value)| (key.clone(), SecretString::from(value.clone()))).collect();
        let command = Command::Authenticate { tenant: tenant.into(), connection: id.clone(), values: entered.clone() };
        let reply = self.engine().command(command, self.deadline()).await.unwrap();
        let Reply::Authenticated { account } = reply else { panic!("the vendor refused the credentials: {reply:?}") };
        let credentials = Credentials::sort(descriptor, &entered);
        let secret = SecretRef { tenant: tenant.into(), connector: connector.clone(), connection: id.clone() };
        self.secrets.keep(secret, "1", credentials.secrets().clone());
        let now = self.clock.now();
        let meta = |key: &String| (key.clone(), SecretMeta { last4: String::new(), set_at: now });
        let settings = Settings {
            credentials: Some(CredentialSet {
                open: credentials.open().clone(),
                secrets: credentials.secrets().keys().map(meta).collect(),
                version: "1".to_owned(),
            }),
            account: Some(AccountRef { id: account.id, name: account.name }),
            account_since: Some(now),
            options,
            options_saved: true,
            tested_at: Some(now),
            connected_at: Some(now),
            enabled_at: Some(now),
            ..Settings::new(connector)
        };
        let wake = Wake { due_at: Some(now), re_evaluate: false };
        store.save_settings(&id, &Versioned { value: settings, version: 0 }, &wake, By::System).await.unwrap();
        Connected { store, id }
    }

    /// An invocation's deadline: 90 seconds from now.
    pub fn deadline(&self) -> Timestamp {
        self.clock.now() + SignedDuration::from_secs(90)
    }

    /// One tick of the rule. Returns how many connections it queued.
    pub async fn tick(&self) -> usize {
        self.engine().tick(self.deadline()).await.unwrap()
    }

    /// Handles everything queued, each message in a fresh environment, until nothing is left; time passes as the delays
    /// say. Returns how many messages did something.
    pub async fn drain(&self) -> usize {
        let mut worked = 0;
        while let Some((message, delay)) = self.queue.take() {
            self.clock.advance(SignedDuration::try_from(delay).unwrap());
            if self.engine().work(&message, self.deadline()).await.unwrap() != Worked::Dropped {
                worked += 1;
            }
        }
        worked
    }

    /// Handles the oldest message.
    pub async fn drain_one(&self) {
        let (message, delay) = self.queue.take().unwrap();
        self.clock.advance(SignedDuration::try_from(delay).unwrap());
        self.engine().work(&message, self.deadline()).await.unwrap();
    }

    /// Lets time pass until the connection is due, then ticks and drains: one scheduled run.
    pub async fn scheduled_run(&self, connected: &Connected) {
        let due = connected.store.state(&connected.id).await.unwrap().due_at.unwrap();
        let wait = due.duration_since(self.clock.now());
        if wait.is_positive() {
            self.clock.advance(wait);
        }
        self.tick().await;
        self.drain().await;
    }
}

impl Connected {
    /// Settings, state and issues.
    pub async fn read(&self) -> Connection {
        self.store.connection(&self.id).await.unwrap().unwrap()
    }

    /// The engine's own part of the state.
    pub async fn body(&self) -> Body {
        self.read().await.state.body().unwrap()
    }

    /// Changes the settings as the settings API does.
    pub async fn change(&self, wake: Wake, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.read().await.settings;
        change(&mut settings.value);
        self.store.save_settings(&self.id, &settings, &wake, By::System).await.unwrap();
    }
}
