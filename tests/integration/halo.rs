//! Halo PSA end to end without sockets: the engine, the connector and the simulator.

use std::sync::Arc;

use domain::options::{AutoImport, CompanyImport, Options, RoleChoice};
use domain::record::RecordType;
use simulators::{App, Setup};
use store::memory::MemoryTable;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};

/// A world around the Halo simulator at this scale.
fn halo(scale: usize) -> (World, App) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
    let app = simulators::by_id("halo-psa").unwrap().build(&setup);
    let world = World::new(&halo_psa::CONNECTOR, Arc::new(InProcess(app.router())), clock);
    (world, app)
}

fn import_all() -> Options {
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

async fn connected(scale: usize, options: Options) -> (World, App, Connected) {
    let (world, app) = halo(scale);
    let connected = world.connect("acme", &app.credentials(), options).await;
    (world, app, connected)
}

#[tokio::test(start_paused = true)]
async fn a_first_import_mirrors_the_tenant_and_a_second_run_finds_nothing() {
    let (world, app, connected) = connected(200, import_all()).await;
    assert_eq!(world.tick().await, 1);
    world.drain().await;
    let first = connected.store.runs(&connected.id, 10, None).await.unwrap().items;
    assert_eq!(first.len(), 1, "{first:#?}");
    println!("{:#?}", first[0]);
    println!("issues {:?}", connected.read().await.issues);
    app.clear_calls();
    let before = world.table.requests();
    world.scheduled_run(&connected).await;
    println!("{:?} {:?}", before, world.table.requests());
    println!("{:?}", app.calls(20));
    let _ = (RecordType::ALL, MemoryTable::new());
    assert_eq!(connected.store.runs(&connected.id, 10, None).await.unwrap().items.len(), 1);
    assert_eq!(connected.body().await.quiet.count, 1);
}
