//! How fast pushes are taken, beside what they stand on, measured in this process in turns.
//!
//! `cargo bench -p simulators --bench webhooks` sends 10,000 signed pushes over 32 connections through the receiver's real
//! handler (the gateway's JSON in, its answer out) onto an embedded `DynamoDB` behind the real SDK, and prints
//! - their rate beside that of as many single updates of the same table, sent by as many at once (target: at least 0.4);
//! - how long one took: half of them, 99 of 100, the longest (target: 99 of 100 in less than 20 ms);
//! - that none was lost: the counters' sum, a hint for every record that was told of, one message for each hint.
//!
//! Ratios of one process on one machine are what is compared; the rates themselves are the machine's.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails by a panic")]

mod vendor;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use axum::Router;
use connector::http::{HttpPool, HttpSettings};
use domain::id::{ConnectionId, ConnectorId};
use domain::record::RecordType;
use dynoxide::Database;
use futures::future::BoxFuture;
use serde_json::Value;
use store::TenantStore;
use store::activity::By;
use store::connection::{Settings, Versioned, Wake};
use store::dynamodb::{DynamoTable, schema};
use store::table::{Key, Table, Update};
use store::webhook::DeliveryId;
use store::work::{About, Arrival};
use sync::endpoint::{Receiver, WebhookKeys};
use sync::message::WorkMessage;
use sync::ports::{Clock, PortError, Queue};
use tokio::net::TcpListener;
use webhooks::{AppState, Parts};

const PUSHES: usize = 10_000;
const CONNECTIONS: usize = 32;
/// Records of one connection that are told of.
const RECORDS: usize = 50;
/// Pushes under way at once.
const AT_ONCE: usize = 8;
const ROUNDS: usize = 3;
const TARGET: f64 = 0.4;
const LONGEST: Duration = Duration::from_millis(20);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let (mut ratios, mut last) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let updates = updates(table().await).await;
        let notes = notes(table().await).await;
        let world = World::new(table().await).await;
        let taken = world.take().await;
        world.assert_nothing_is_lost().await;
        let (pushes, notes, updates) = (rate(taken.elapsed), rate(notes), rate(updates));
        println!(
            "round {round}: {pushes:>6.0} pushes/s; their writes alone {notes:>6.0}/s; single updates {updates:>6.0}/s; \
             {AT_ONCE} at once"
        );
        ratios.push(pushes / updates);
        last = taken.each;
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ROUNDS / 2];
    println!("  ratio {ratio:.2}, target {TARGET}: {}", verdict(ratio >= TARGET));
    last.sort();
    let of = |percent: usize| last[(last.len() * percent / 100).min(last.len() - 1)];
    let (half, most, all) = (of(50), of(99), of(100));
    println!("  half in {half:.1?}, 99 of 100 in {most:.1?}, all in {all:.1?}: {}", verdict(most < LONGEST));
    let told = CONNECTIONS * RECORDS;
    println!("  {PUSHES} accepted, {told} records hinted, {told} messages: none lost, {} a hint", PUSHES / told);
}

const fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

#[expect(clippy::cast_precision_loss, reason = "thousands of pushes")]
fn rate(elapsed: Duration) -> f64 {
    PUSHES as f64 / elapsed.as_secs_f64()
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

/// As many at once as there are pushes at once, each doing its next as soon as one is done; gives how long each took.
async fn at_once(work: impl Fn(usize) -> BoxFuture<'static, ()>) -> Taken {
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let work = Arc::new(work);
    let lanes = (0..AT_ONCE).map(|_| {
        let (next, work) = (Arc::clone(&next), Arc::clone(&work));
        async move {
            let mut each = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= PUSHES {
                    return each;
                }
                let begun = Instant::now();
                tokio::spawn(work(n)).await.unwrap();
                each.push(begun.elapsed());
            }
        }
    });
    let each = futures::future::join_all(lanes).await.concat();
    Taken { elapsed: start.elapsed(), each }
}

struct Taken {
    elapsed: Duration,
    each: Vec<Duration>,
}

/// What the table alone takes: the same number of the simplest updates, over the same number of items.
async fn updates(table: Arc<dyn Table>) -> Duration {
    let taken = at_once(|n| {
        let table = Arc::clone(&table);
        Box::pin(async move {
            let key = Key::new(format!("T#{}", n % CONNECTIONS), format!("{}", n / CONNECTIONS % RECORDS));
            let mut update = Update::default();
            update.add.insert("seq", 1);
            update.set.insert("id", AttributeValue::S(n.to_string()));
            table.update(key, update, None).await.unwrap();
        })
    });
    taken.await.elapsed
}

/// What the table takes of the writes by which pushes are noted, without a receiver.
async fn notes(table: Arc<dyn Table>) -> Duration {
    let taken = at_once(|n| {
        let tenant = format!("tenant-{}", n % CONNECTIONS);
        let store = TenantStore::new(Arc::clone(&table), tenant.as_str().into());
        Box::pin(async move {
            let record = (n / CONNECTIONS % RECORDS).to_string();
            let about = About::Record(RecordType::Tickets, record.as_str().into());
            let id = DeliveryId::of(&n.to_be_bytes(), Some(&about));
            let arrival = Arrival { about: &about, id: &id, counts: true, attempt: n as u64, now: Now.now() };
            store.note_arrival(&connection(), &arrival).await.unwrap();
        })
    });
    taken.await.elapsed
}

#[derive(Debug)]
struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// Counts messages; SQS is not what is measured.
#[derive(Debug, Default)]
struct Counted(AtomicUsize);

impl Queue for Counted {
    fn send<'a>(&'a self, _: &'a WorkMessage, _: Duration) -> BoxFuture<'a, Result<(), PortError>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}

/// A receiver, and everybody connected to the vendor.
struct World {
    stores: Vec<TenantStore>,
    queue: Arc<Counted>,
    events: Arc<Vec<Value>>,
    app: Router,
}

impl World {
    async fn new(table: Arc<dyn Table>) -> Self {
        let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), "a key of the deployment".into());
        let queue = Arc::new(Counted::default());
        let app = webhooks::app(AppState::new(Parts {
            table: Arc::clone(&table),
            queue: Arc::<Counted>::clone(&queue),
            clock: Arc::new(Now),
            http: HttpPool::new(HttpSettings::new(Arc::new(|| Now.now()))).unwrap(),
            keys: keys.clone(),
            issued: Arc::new(testkit::FakeWebhookSecrets::default()),
            connectors: vendor::ALL,
        }));
        let (connector, connection) = (ConnectorId::new(vendor::ID), connection());
        let mut stores = Vec::new();
        let mut addresses = Vec::new();
        for n in 0..CONNECTIONS {
            let store = TenantStore::new(Arc::clone(&table), format!("tenant-{n}").as_str().into());
            let settings = Settings { enabled_at: Some(Now.now()), ..Settings::new(connector.clone()) };
            let wake = Wake { due_at: Some(Now.now()), re_evaluate: false };
            store
                .save_settings(&connection, &Versioned { value: settings, version: 0 }, &wake, By::System)
                .await
                .unwrap();
            let receiver = Receiver { tenant: store.tenant(), connector: &connector, connection: &connection };
            store.ensure_webhook(&connection, &connector, |n| keys.hashed_token(receiver, n)).await.unwrap();
            addresses.push((keys.url(receiver, 1), keys.secret(receiver, 1)));
            stores.push(store);
        }
        let event = |n: usize| {
            let (url, secret) = &addresses[n % CONNECTIONS];
            vendor::push(url, secret, n, n / CONNECTIONS % RECORDS)
        };
        Self { stores, queue, events: Arc::new((0..PUSHES).map(event).collect()), app }
    }

    async fn take(&self) -> Taken {
        at_once(|n| {
            let (app, events) = (self.app.clone(), Arc::clone(&self.events));
            Box::pin(async move {
                let answer = platform::http::handle(&app, events[n].clone()).await.unwrap();
                assert_eq!(answer["statusCode"], 200, "{answer}");
            })
        })
        .await
    }

    async fn assert_nothing_is_lost(&self) {
        let connection = connection();
        let (mut accepted, mut hinted) = (0, 0);
        for store in &self.stores {
            let webhook = store.webhook_with_waiting(&connection).await.unwrap().unwrap();
            assert_eq!(webhook.counts.received(), webhook.counts.accepted);
            accepted += webhook.counts.accepted;
            let waiting = store.waiting(&connection).await.unwrap();
            hinted += waiting.iter().map(|waiting| format!("{:?}", waiting.what)).collect::<BTreeSet<_>>().len();
        }
        assert_eq!(accepted, PUSHES as u64);
        assert_eq!(hinted, CONNECTIONS * RECORDS);
        assert_eq!(self.queue.0.load(Ordering::Relaxed), CONNECTIONS * RECORDS);
    }
}

fn connection() -> ConnectionId {
    ConnectionId::new(vendor::ID)
}
