//! The whole system as `cargo run` starts it, with its schedule running, and the knobs of the simulated vendors.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::id::ConnectorId;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use local::oidc::PEOPLE;
use local::scheduler::Scheduler;
use local::stack::{Stack, StackOptions};
use local::vendors::Simulated;
use platform::clock::SystemClock;
use serde_json::{Value, json};
use simulators::Server;
use sync::ports::Clock;
use tokio::time::interval;

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

    /// Connects a vendor through the API, and waits for its first import.
    pub(crate) async fn connect(&self, connector: &str, change: impl FnOnce(&mut Value)) {
        let [_, _, admin] = PEOPLE;
        let api = self.stack.api(admin).unwrap();
        local::connect::connect(&self.stack, &api, &ConnectorId::from(connector), change).await.unwrap();
        let mut looks = interval(Duration::from_millis(100));
        while self.runs(connector).await.is_empty() {
            looks.tick().await;
        }
    }

    /// Enters a vendor's credentials and leaves the rest of the set-up to be done.
    pub(crate) async fn enter_credentials(&self, connector: &str) {
        let [_, _, admin] = PEOPLE;
        let values = json!({ "values": self.vendor(connector).credentials() });
        let path = format!("/v1/integrations/{connector}/credentials");
        self.stack.api(admin).unwrap().expect(Method::PUT, &path, Some(&values)).await.unwrap();
    }

    /// Links a company to the first of a vendor's that is linked to none.
    pub(crate) async fn link(&self, company: &str, connector: &str) {
        let [_, _, admin] = PEOPLE;
        let api = self.stack.api(admin).unwrap();
        let free = api.get(&format!("/v1/integrations/{connector}/companies?linked=false&limit=1")).await.unwrap();
        let id = free["items"][0]["external_id"].as_str().unwrap();
        let path = format!("/v1/companies/{company}/links/{connector}/{id}");
        api.expect(Method::PUT, &path, None).await.unwrap();
    }

    /// The runs of a connection that succeeded, newest first.
    pub(crate) async fn runs(&self, connector: &str) -> Vec<Value> {
        let [_, _, admin] = PEOPLE;
        let path = format!("/v1/integrations/{connector}/runs?result=succeeded");
        let runs = self.stack.api(admin).unwrap().get(&path).await.unwrap();
        runs["items"].as_array().cloned().unwrap_or_default()
    }

    /// The portal company that fits, waited for.
    pub(crate) async fn company(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let [_, _, admin] = PEOPLE;
        let api = self.stack.api(admin).unwrap();
        let mut looks = interval(Duration::from_millis(100));
        loop {
            let companies = api.get("/v1/companies?limit=200").await.unwrap();
            if let Some(company) = companies["items"].as_array().unwrap().iter().find(|company| fits(company)) {
                return company.clone();
            }
            looks.tick().await;
        }
    }

    /// Fires the connector's schedule once more.
    pub(crate) async fn tick(&self, connector: &str) {
        self.stack.tick(&ConnectorId::from(connector)).await.unwrap();
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
