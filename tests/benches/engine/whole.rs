//! The whole path: vendor, engine, SDK, table.

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{ConnectionId, ConnectorId, TenantId};
use domain::options::Options;
use domain::record::RecordType;
use jiff::SignedDuration;
use simulators::App;
use store::TenantStore;
use store::activity::By;
use store::connection::{CredentialSet, SecretMeta, Settings, Versioned, Wake};
use store::counted::{CountedTable, Requests};
use store::table::{BatchWrite, Table};
use sync::engine::Engine;
use sync::ports::{Clock, SecretRef};
use testkit::{InProcess, World};

use crate::fixture;
use crate::timed::{Answers, TimedTable, TimedVendor, Waits};

const ROUNDS: usize = 5;
const TARGET: f64 = 0.5;

/// Prints contacts a second of a first import beside items a second of batch writes, and the requests of a quiet sweep.
///
/// Each round imports twice: from the simulator at work, and from the answers that it gave, so that the second time holds
/// no work of the vendor's.
pub(crate) async fn measure() {
    let [mut live, mut replayed] = [const { Vec::new() }; 2];
    let mut writes = Vec::new();
    let mut last = None;
    for _ in 0..ROUNDS {
        let first = Stack::new(Answers::default()).await;
        live.push(first.import().await);
        let again = Stack::new(Arc::clone(&first.answers)).await;
        replayed.push(again.import().await);
        let items = again.mirrored().await;
        writes.push(batch_writes(&items).await);
        last = Some((first, items));
    }
    let Some((stack, items)) = last else { return };
    println!(
        "first import: {} contacts mirrored, items of {} bytes, {ROUNDS} rounds",
        items.len(),
        bytes(&items) / items.len()
    );
    println!("  batch writes of the same items     {:>8.0} items/s", rate(items.len(), &writes));
    let ways =
        [("engine, the vendor's answers ready", &replayed, true), ("engine, the simulator at work", &live, false)];
    for (name, runs, target) in ways {
        let Some(run) = runs.last() else { return };
        let times: Vec<f64> = runs.iter().map(|run| run.seconds).collect();
        println!("  {name:<35} {:>7.0} contacts/s", rate(items.len(), &times));
        println!("    {:?}", run.requests);
        println!("    waited for {}", run.waits);
        let ratio = crate::median(writes.iter().zip(&times).map(|(write, import)| write / import).collect());
        if target {
            crate::verdict(ratio, TARGET)
        } else {
            println!("  ratio {ratio:.2}, the simulator's work included")
        }
    }
    stack.sweep().await;
}

#[expect(clippy::cast_precision_loss, reason = "thousands of items")]
fn rate(items: usize, seconds: &[f64]) -> f64 {
    items as f64 / crate::median(seconds.to_vec())
}

/// What one run took.
struct Run {
    seconds: f64,
    requests: Requests,
    waits: String,
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
    answers: Answers,
}

impl Stack {
    async fn new(answers: Answers) -> Self {
        let (app, clock) = fixture::vendor();
        let waits = Waits::default();
        let table = CountedTable::new(Arc::new(TimedTable(fixture::table().await, waits.clone())));
        let vendor = InProcess(app.router());
        let vendor = Arc::new(TimedVendor { vendor, answers: Arc::clone(&answers), waits: waits.clone() });
        let world = World::new(&halo_psa::CONNECTOR, vendor, clock);
        let engine = Engine { table: Arc::new(table.clone()), ..world.engine() };
        let store = TenantStore::new(Arc::new(table.clone()), TenantId::new("acme"));
        let connection = ConnectionId::new(halo_psa::DESCRIPTOR.id);
        let stack = Self { world, engine, table, store, connection, waits, answers };
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
        self.store
            .save_settings(&self.connection, &Versioned { value: settings, version: 0 }, &wake, By::System)
            .await
            .unwrap();
    }

    async fn import(&self) -> Run {
        let run = self.run().await;
        let issues = self.store.connection(&self.connection).await.unwrap().unwrap().issues;
        assert!(issues.is_empty(), "{issues:#?}");
        run
    }

    /// One scheduled run, over all its slices.
    async fn run(&self) -> Run {
        let before = self.table.requests();
        self.waits.take();
        let deadline = || self.world.clock.now() + SignedDuration::from_secs(90);
        let start = Instant::now();
        assert_eq!(self.engine.tick(deadline()).await.unwrap(), 1);
        while let Some((message, delay)) = self.world.queue.take() {
            self.world.clock.advance(SignedDuration::try_from(delay).unwrap());
            self.engine.work(&message, deadline()).await.unwrap();
        }
        let seconds = start.elapsed().as_secs_f64();
        Run { seconds, requests: self.table.requests().since(&before), waits: self.waits.take() }
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
            let item = |record| {
                BatchWrite::Put(self.store.record_item(&self.connection, RecordType::Contacts, record).unwrap())
            };
            items.extend(page.iter().map(item));
        }
    }

    /// A day later everything is read again, and nothing has changed.
    async fn sweep(&self) {
        self.world.clock.advance(SignedDuration::from_hours(25));
        self.answers.lock().unwrap().clear();
        let run = self.run().await;
        println!("complete pass, nothing changed: {:.0} ms", run.seconds * 1_000.0);
        println!("    {:?}", run.requests);
        println!("    waited for {}", run.waits);
        assert_eq!(run.requests.batch_get, 0, "a record that did not change was read");
    }
}
