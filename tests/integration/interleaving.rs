//! The engine in random company: hints, marks, requests, ticks, changes at the vendor, workers at each other's heels and
//! workers killed, in an order that a seed decides. In the end nothing waits, the mirror is the vendor, and every pointer
//! fits; on the way nobody writes but the holder of the lease.

mod watched;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Poll;

use domain::id::ExternalId;
use domain::record::RecordType;
use domain::run::{Mode, Trigger};
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::json;
use simulators::App;
use store::activity::By;
use store::state::Requested;
use store::table::Table;
use sync::engine::{Engine, EngineError, Worked};
use sync::message::WorkMessage;
use sync::ports::Clock;
use testkit::{Connected, World};
use watched::{Holder, Watched};

use crate::races::wake_up;
use crate::worlds::{connected, fields, import_all, seen_from, until_quiet};

type Work = std::pin::Pin<Box<dyn std::future::Future<Output = Result<Worked, EngineError>>>>;

/// A worker and the end of its invocation.
struct Worker {
    work: Work,
    deadline: jiff::Timestamp,
}

struct Model {
    rng: Rng,
    world: World,
    app: App,
    connected: Connected,
    workers: Vec<Worker>,
    started: usize,
    holder: Holder,
    unlinked: Vec<(domain::id::CompanyId, domain::portal::Link)>,
    changes: u32,
}

impl Model {
    async fn new(seed: u64) -> Self {
        let (world, app, connected) = connected(30, import_all()).await;
        let rng = Rng::with_seed(seed);
        let (holder, unlinked) = Default::default();
        Self { rng, world, app, connected, workers: Vec::new(), started: 0, holder, unlinked, changes: 0 }
    }

    async fn act(&mut self) {
        match self.rng.u32(0..100) {
            0..3 => {
                let id = self.change_somebody(true);
                self.connected.store.hint(&self.connected.id, RecordType::Contacts, &id).await.unwrap();
                self.wake(Trigger::Webhook);
            }
            3..5 => drop(self.change_somebody(false)),
            5..8 => self.link_or_unlink().await,
            8..9 => self.ask().await,
            9..11 => drop(self.world.tick().await),
            11..15 => self.start(),
            15..16 => self.kill(),
            16..18 => self.pass_time(),
            _ => self.step(),
        }
    }

    /// Silent changes are known by their hint alone.
    fn change_somebody(&mut self, silent: bool) -> ExternalId {
        self.changes += 1;
        let users = self.app.dump()["users"].as_array().cloned().unwrap();
        let real: Vec<_> = users.iter().filter(|user| user["_sim"]["general_user"] == false).collect();
        let id = self.rng.choice(&real).unwrap()["id"].to_string();
        let name = json!({ "name": format!("Change {}", self.changes) });
        self.app.patch("contacts", &id, fields(name), silent).unwrap();
        ExternalId::new(id)
    }

    async fn link_or_unlink(&mut self) {
        let store = self.connected.store.clone();
        let connection = self.connected.id.clone();
        if let Some((company, link)) = self.unlinked.pop() {
            let company = store.company(&company).await.unwrap().unwrap();
            // Somebody else may have been faster with the company; the person tries again later.
            if store.link(&company, &connection, link.clone(), By::System).await.is_err() {
                self.unlinked.push((company.id, link));
            }
        } else {
            let companies = store.all_companies().await.unwrap();
            let Some(company) = self.rng.choice(&companies) else { return };
            let Some(link) = company.links.get(&connection).and_then(|links| links.first()) else { return };
            if store.unlink(company, &connection, &link.external_id, By::System).await.is_ok() {
                self.unlinked.push((company.id.clone(), link.clone()));
            }
        }
        self.wake(Trigger::Portal);
    }

    async fn ask(&mut self) {
        let at = self.world.clock.now();
        let mode = if self.rng.bool() { Mode::Everything } else { Mode::Changes };
        let requested = Requested { run: sync::run_id(at, 1_000 + u64::from(self.changes)), mode, at };
        // One is waiting already: fine.
        let _ = self.connected.store.request_run(&self.connected.id, &requested, By::System).await;
        self.wake(Trigger::Manual);
    }

    fn wake(&self, trigger: Trigger) {
        let message = wake_up(trigger);
        let sent = sync::ports::Queue::send(&self.world.queue, &message, std::time::Duration::ZERO);
        drop(futures::executor::block_on(sent));
    }

    fn start(&mut self) {
        if self.workers.len() >= 3 {
            return;
        }
        let Some((message, _)) = self.world.queue.take() else { return };
        self.started += 1;
        let table = Watched::new(self.world.table.clone(), self.started, self.holder.clone());
        let engine = Engine { table: Arc::new(table) as Arc<dyn Table>, ..self.world.engine() };
        let deadline = self.world.deadline();
        self.workers.push(Worker { work: Box::pin(work(engine, message, deadline)), deadline });
    }

    fn kill(&mut self) {
        if !self.workers.is_empty() {
            let which = self.rng.usize(0..self.workers.len());
            drop(self.workers.swap_remove(which));
        }
    }

    /// An invocation does not outlive its deadline.
    fn pass_time(&mut self) {
        self.world.clock.advance(SignedDuration::from_secs(self.rng.i64(1..200)));
        let now = self.world.clock.now();
        self.workers.retain(|worker| worker.deadline > now);
    }

    fn step(&mut self) {
        if self.workers.is_empty() {
            return;
        }
        let which = self.rng.usize(0..self.workers.len());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if let Poll::Ready(done) = self.workers[which].work.as_mut().poll(&mut context) {
            done.unwrap();
            drop(self.workers.swap_remove(which));
        }
    }

    async fn finish(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            worker.work.await.unwrap();
        }
        while self.world.queue.take().is_some() {}
        until_quiet(&self.world).await;
        // What changed at the vendor without a hint comes with the next slot.
        self.world.scheduled_run(&self.connected).await;
        until_quiet(&self.world).await;
    }
}

async fn work(engine: Engine, message: WorkMessage, deadline: jiff::Timestamp) -> Result<Worked, EngineError> {
    engine.work(&message, deadline).await
}

/// The live content of the mirror by type and id.
async fn mirror(connected: &Connected) -> BTreeMap<String, String> {
    let mut mirror = BTreeMap::new();
    for record_type in RecordType::ALL {
        for record in connected.store.record_page(&connected.id, record_type, 1_000, None).await.unwrap() {
            let Some(content) = record.live().map(|data| serde_json::to_string(data).unwrap()) else { continue };
            mirror.insert(format!("{record_type}/{}", record.external_id), content);
        }
    }
    mirror
}

/// Users, their pointers and their companies' counters say the same.
fn assert_sound(world: &World, seed: u64) {
    let mut members: BTreeMap<String, u64> = BTreeMap::new();
    let (mut users, mut emails, mut counted) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for item in world.table.items() {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        let (pk, sk) = (text("pk"), text("sk"));
        match pk.trim_start_matches("T#acme#").split('#').next().unwrap() {
            "USER" => {
                let user: domain::portal::User = serde_json::from_str(&text("body")).unwrap();
                users.insert(sk, domain::email::Email::parse(&user.email).unwrap().as_str().to_owned());
            }
            "EMAIL" => drop(emails.insert(text("user"), text("email"))),
            "MEMBER" => *members.entry(pk.rsplit('#').next().unwrap().to_owned()).or_default() += 1,
            "COMPANY" => {
                let users = item.get("users").and_then(|users| users.as_n().ok()).map_or(0, |n| n.parse().unwrap());
                counted.insert(sk, users);
            }
            _ => {}
        }
    }
    counted.retain(|_, users: &mut u64| *users > 0);
    assert_eq!(users, emails, "seed {seed}: each user holds its one address");
    assert_eq!(members, counted, "seed {seed}: companies count their members");
    assert_eq!(users.len() as u64, members.values().sum::<u64>(), "seed {seed}: each user is a member once");
}

async fn story(seed: u64) {
    let mut model = Model::new(seed).await;
    for turn in 0..1_500 {
        model.act().await;
        if turn % 100 == 99 {
            // Lets timers go off that a worker may wait for.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    model.finish().await;

    assert_eq!(model.connected.store.waiting(&model.connected.id).await.unwrap(), [], "seed {seed}");
    let users = model.app.dump()["users"].as_array().cloned().unwrap();
    assert!(model.changes == 0 || users.iter().any(|user| user["name"].as_str().unwrap().starts_with("Change")));
    assert_sound(&model.world, seed);
    // A tenant that nobody ever disturbed, on the same vendor.
    let mut fresh = model.world.clone();
    fresh.table = store::memory::MemoryTable::new();
    fresh.connect("acme", &model.app.credentials(), import_all()).await;
    until_quiet(&fresh).await;
    let (found, wanted) = (mirror(&model.connected).await, mirror(&seen_from(&fresh)).await);
    let other: Vec<_> = wanted.iter().filter(|(key, value)| found.get(*key) != Some(*value)).collect();
    assert!(other.is_empty(), "seed {seed}: the mirror lacks {other:#?}");
    let more: Vec<_> = found.keys().filter(|key| !wanted.contains_key(*key)).collect();
    assert!(more.is_empty(), "seed {seed}: the vendor has no {more:?}");
}

macro_rules! seeds {
    ($($name:ident: $seeds:expr;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            for seed in $seeds {
                story(seed).await;
            }
        }
    )*};
}

seeds! {
    any_interleaving_converges_1: 0..6;
    any_interleaving_converges_2: 6..12;
    any_interleaving_converges_3: 12..18;
    any_interleaving_converges_4: 18..24;
}
