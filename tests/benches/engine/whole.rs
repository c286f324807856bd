//! The whole path: vendor, engine, SDK, table.

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use connector::Connector;
use domain::id::{ConnectionId, ConnectorId, TenantId};
use domain::options::Options;
use domain::record::RecordType;
use jiff::SignedDuration;
use simulators::App;
use store::TenantStore;
use store::connection::{CredentialSet, SecretMeta, Settings, Versioned, Wake};
use store::counted::{CountedTable, Requests};
use store::table::{BatchWrite, Table};
use sync::engine::Engine;
use sync::ports::{Clock, SecretRef};
use testkit::{InProcess, World};

use crate::fixture;
use crate::timed::{TimedTable, TimedVendor, Waits};

const ROUNDS: usize = 5;
const TARGET: f64 = 0.5;

/// Prints contacts a second of a first import beside items a second of batch writes, and the requests of a quiet sweep.
pub(crate) async fn measure() {
    let [mut imports, mut writes] = [const { Vec::new() }; 2];
    for round in 0..ROUNDS {
        let stack = Stack::new().await;
        let start = Instant::now();
        let (requests, waits) = stack.run().await;
        imports.push(start.elapsed().as_secs_f64());
        let items = stack.mirrored().await;
        writes.push(batch_writes(&items).await);
        if round + 1 == ROUNDS {
            println!("first import: {} contacts mirrored, {ROUNDS} rounds", items.len());
            println!("  {requests:?}, items of {} bytes", bytes(&items) / items.len());
            println!("  waited for {waits}");
            let ratio = writes.iter().zip(&imports).map(|(write, import)| write / import).collect();
            #[expect(clippy::cast_precision_loss, reason = "thousands of items")]
            let rate = |way: &[f64]| items.len() as f64 / crate::median(way.to_vec());
            println!("  batch writes of the same items  {:>10.0} items/s", rate(&writes));
            println!("  engine                          {:>10.0} contacts/s", rate(&imports));
            crate::verdict(crate::median(ratio), TARGET);
            stack.sweep().await;
        }
    }
}

/// What the items weigh together.
fn bytes(items: &[BatchWrite]) -> usize {
    let weigh = |value: &AttributeValue| match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 0,
    };
    let puts = items.iter().filter_map(|item| match item {
        BatchWrite::Put(item) => Some(item),
        BatchWrite::Delete(_) => None,
    });
    puts.flatten().map(|(name, value)| name.len() + weigh(value)).sum()
}

/// An empty table takes the items in one call.
async fn batch_writes(items: &[BatchWrite]) -> f64 {
    let table = fixture::table().await;
    let items = items.to_vec();
    let start = Instant::now();
    table.batch_write(items).await.unwrap();
    start.elapsed().as_secs_f64()
}

/// One connection, switched on and due.
struct Stack {
    world: World,
    engine: Engine,
    table: CountedTable,
    store: TenantStore,
    connection: ConnectionId,
    waits: Waits,
}

impl Stack {
    async fn new() -> Self {
        let (app, clock) = fixture::vendor();
        let waits = Waits::default();
        let table = CountedTable::new(Arc::new(TimedTable(fixture::table().await, waits.clone())));
        let vendor = Arc::new(TimedVendor(InProcess(app.router()), waits.clone()));
        let world = World::new(&halo_psa::CONNECTOR, vendor, clock);
        let engine = Engine { table: Arc::new(table.clone()), ..world.engine() };
        let store = TenantStore::new(Arc::new(table.clone()), TenantId::new("acme"));
        let connection = ConnectionId::new(halo_psa::CONNECTOR.descriptor().id);
        let stack = Self { world, engine, table, store, connection, waits };
        stack.connect(&app).await;
        stack
    }

    /// Contacts are mirrored and nothing follows from them: no company is linked, and auto-import is off.
    async fn connect(&self, app: &App) {
        let connector = ConnectorId::new(self.connection.as_str());
        let credentials = fixture::credentials(app);
        let connection = self.connection.clone();
        let secret = SecretRef { tenant: self.store.tenant().clone(), connector: connector.clone(), connection };
        self.world.secrets.keep(secret, "1", credentials.secrets().clone());
        let now = self.world.clock.now();
        let meta = |key: &String| (key.clone(), SecretMeta { last4: String::new(), set_at: now });
        let set = CredentialSet {
            open: credentials.open().clone(),
            secrets: credentials.secrets().keys().map(meta).collect(),
            version: "1".to_owned(),
        };
        let settings = Settings {
            credentials: Some(set),
            options: Options { record_types: Some(vec![RecordType::Contacts]), ..Options::initial() },
            enabled_at: Some(now),
            ..Settings::new(connector)
        };
        let wake = Wake { due_at: Some(now), re_evaluate: false };
        self.store.save_settings(&self.connection, &Versioned { value: settings, version: 0 }, &wake).await.unwrap();
    }

    /// One scheduled run, over all its slices. Returns its requests to the table and what it waited for.
    async fn run(&self) -> (Requests, String) {
        let before = self.table.requests();
        self.waits.take();
        let deadline = || self.world.clock.now() + SignedDuration::from_secs(90);
        assert_eq!(self.engine.tick(deadline()).await.unwrap(), 1);
        while let Some((message, delay)) = self.world.queue.take() {
            self.world.clock.advance(SignedDuration::try_from(delay).unwrap());
            self.engine.work(&message, deadline()).await.unwrap();
        }
        let requests = self.table.requests().since(&before);
        let waits = self.waits.take();
        let issues = self.store.connection(&self.connection).await.unwrap().unwrap().issues;
        assert!(issues.is_empty(), "{issues:#?}");
        (requests, waits)
    }

    /// Every mirrored contact as the item it was written as.
    async fn mirrored(&self) -> Vec<BatchWrite> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let page =
                self.store.record_page(&self.connection, RecordType::Contacts, 500, after.as_ref()).await.unwrap();
            let Some(last) = page.last() else { return items };
            after = Some(last.external_id.clone());
            let item = |record| self.store.record_item(&self.connection, RecordType::Contacts, record).unwrap();
            items.extend(page.iter().map(item));
        }
    }

    /// A day later everything is read again, and nothing has changed.
    async fn sweep(&self) {
        self.world.clock.advance(SignedDuration::from_hours(25));
        let start = Instant::now();
        let (requests, waits) = self.run().await;
        println!("complete pass, nothing changed: {:.0} ms", start.elapsed().as_secs_f64() * 1_000.0);
        println!("  {requests:?}");
        println!("  waited for {waits}");
        assert_eq!(requests.batch_get, 0, "a record that did not change was read");
    }
}
