//! Worlds around simulators, and what tests that disturb them have in common.

use std::sync::Arc;

use domain::options::{AutoImport, CompanyImport, Options, RoleChoice};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use simulators::{App, Setup};
use store::memory::MemoryTable;
use sync::engine::{Engine, EngineError, Worked};
use sync::message::WorkMessage;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};

/// A world around the Halo simulator at this scale.
pub(crate) fn halo(scale: usize) -> (World, App) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
    let app = simulators::by_id("halo-psa").unwrap().build(&setup);
    let world = World::new(&halo_psa::CONNECTOR, Arc::new(InProcess(app.router())), clock);
    (world, app)
}

/// Every company and every contact comes to the portal.
pub(crate) fn import_all() -> Options {
    Options {
        company_import: CompanyImport::All,
        auto_import: AutoImport {
            enabled: true,
            default_role: Some(RoleChoice::Role("standard".into())),
            ..AutoImport::default()
        },
        ..Options::initial()
    }
}

/// A tenant connected and not yet imported, in a table that counts from here.
pub(crate) async fn connected(scale: usize, options: Options) -> (World, App, Connected) {
    let (mut world, app) = halo(scale);
    world.connect("acme", &app.credentials(), options).await;
    world.table = world.table.reopen();
    let connected = seen_from(&world);
    (world, app, connected)
}

/// The tenant's connection as this world's table shows it.
pub(crate) fn seen_from(world: &World) -> Connected {
    Connected { store: world.store("acme"), id: "halo-psa".into() }
}

/// Fields of a record at the vendor.
pub(crate) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("not fields: {other}"),
    }
}

/// One message as SQS delivers it: a failure is logged, and the message would come again.
pub(crate) async fn deliver(world: &World, message: &WorkMessage) -> Result<Worked, EngineError> {
    world.engine().work(message, world.deadline()).await
}

/// One tick and everything that it sets off, whatever fails.
pub(crate) async fn try_round(world: &World) {
    if world.engine().tick(world.deadline()).await.is_err() {
        return;
    }
    while let Some((message, delay)) = world.queue.take() {
        world.clock.advance(SignedDuration::try_from(delay).unwrap());
        if deliver(world, &message).await.is_err() {
            return;
        }
    }
}

/// A clock by which every request that reads the table takes so long.
#[derive(Debug)]
struct Busy {
    clock: TestClock,
    table: MemoryTable,
    before: u64,
    each: SignedDuration,
}

impl Clock for Busy {
    fn now(&self) -> Timestamp {
        let reads = i32::try_from(self.table.faults().reads() - self.before).unwrap();
        self.clock.now() + self.each * reads
    }
}

/// The oldest message, handled by an engine for which each request that reads the table takes so long.
pub(crate) async fn busy_slice(world: &World, each: SignedDuration) {
    let (message, _) = world.queue.take().unwrap();
    let table = world.table.clone();
    let busy = Arc::new(Busy { clock: world.clock.clone(), before: table.faults().reads(), table, each });
    let engine = Engine { clock: Arc::clone(&busy) as Arc<dyn Clock>, ..world.engine() };
    engine.work(&message, world.deadline()).await.unwrap();
    world.clock.advance(busy.now().duration_since(world.clock.now()));
}

/// Lets time pass from due moment to due moment until nothing is left to do; nobody but the tick helps.
pub(crate) async fn until_quiet(world: &World) {
    let connected = seen_from(world);
    for _ in 0..30 {
        try_round(world).await;
        if is_quiet(&connected).await {
            return;
        }
        let Some(due) = connected.store.state(&connected.id).await.unwrap().due_at else {
            panic!("the connection is not due any more")
        };
        let wait = due.duration_since(world.clock.now());
        if wait.is_positive() {
            world.clock.advance(wait);
        }
    }
    panic!("it does not come to rest: {:#?}", connected.read().await.state);
}

/// Nobody is at work, nothing waits, no run is unfinished, and every feed has been read.
async fn is_quiet(connected: &Connected) -> bool {
    let state = connected.read().await.state;
    let body = connected.body().await;
    state.lease.is_none()
        && state.requested.is_none()
        && body.run.is_none()
        && connected.store.waiting(&connected.id).await.unwrap().is_empty()
        && ["clients", "sites", "contacts", "agents", "tickets"]
            .iter()
            .all(|feed| body.feeds.get(*feed).is_some_and(|state| state.succeeded_at.is_some()))
}
