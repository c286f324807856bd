//! The whole system as `cargo run` starts it, with its schedule running, and the knobs of the simulated vendors.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::id::ConnectorId;
use jiff::{SignedDuration, Timestamp};
use local::scheduler::Scheduler;
use local::stack::{Stack, StackOptions};
use local::vendors::Simulated;
use platform::clock::SystemClock;
use simulators::Server;
use sync::ports::Clock;

/// The system's time, moved on by a test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shifted(Arc<AtomicI64>);

impl Shifted {
    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A running system.
pub(crate) struct Stage {
    pub(crate) stack: Arc<Stack>,
    pub(crate) clock: Shifted,
    scheduler: Option<Scheduler>,
}

impl Stage {
    /// With these connectors, each vendor at this scale.
    pub(crate) async fn of(connectors: &[&str], scale: usize) -> Self {
        let clock = Shifted::default();
        let options = StackOptions { clock: Some(Arc::new(clock.clone())), ..options(connectors, scale) };
        let stack = Arc::new(Stack::start(options).await.unwrap());
        let scheduler = Some(Scheduler::start(&stack));
        Self { stack, clock, scheduler }
    }

    /// Kills every worker where it stands, as the end of its environment does, and lets new ones take over.
    pub(crate) async fn kill_workers(&mut self) {
        if let Some(scheduler) = self.scheduler.take() {
            scheduler.kill().await;
        }
        self.stack.aws().functions().kill();
        self.stack.rebuild().unwrap();
        self.scheduler = Some(Scheduler::start(&self.stack));
    }

    pub(crate) fn console(&self) -> &str {
        &self.stack.addresses().console
    }

    /// The simulated vendor of a connector.
    pub(crate) fn vendor(&self, connector: &str) -> &Server {
        self.stack.vendors().get(&ConnectorId::from(connector)).unwrap()
    }

    pub(crate) async fn end(mut self) {
        if let Some(scheduler) = self.scheduler.take() {
            scheduler.stop().await;
        }
        if let Some(stack) = Arc::into_inner(self.stack) {
            stack.stop().await;
        }
    }
}

fn options(connectors: &[&str], scale: usize) -> StackOptions {
    let plugs = local::functions::all();
    let mut wanted = plugs.connectors;
    wanted.retain(|connector| connectors.contains(&connector.descriptor().id));
    assert_eq!(wanted.len(), connectors.len(), "every connector asked for is in the catalogue");
    let names = connectors.iter().map(|&id| id.to_owned()).collect();
    StackOptions {
        simulated: Some(Simulated { names, scale, ..Simulated::default() }),
        connectors: wanted,
        settings_api: plugs.settings_api,
        webhooks: plugs.webhooks,
        ..StackOptions::default()
    }
}
