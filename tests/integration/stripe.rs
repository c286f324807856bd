//! Stripe end to end without sockets: what is particular to it and can go wrong. The journal is the engine's; what it does
//! with one is shown here, on the one vendor that writes one.

mod journal;
mod node;
mod pushes;

use std::sync::Arc;

use domain::record::{RecordData, RecordType};
use serde_json::{Value, json};
use simulators::{App, Setup};
use store::records::Presence;
use sync::endpoint::WebhookKeys;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};

use crate::worlds::{fields, import_all};

/// One tenant and its Stripe.
struct Billed {
    world: World,
    stripe: App,
    connected: Connected,
}

impl Billed {
    /// Connected, nothing read yet.
    async fn connected(webhooks: Option<WebhookKeys>) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 60, seed: 1, clock: Arc::new(move || time.now()) };
        let stripe = simulators::by_id("stripe").unwrap().build(&setup);
        let mut world = World::new(&stripe::CONNECTOR, Arc::new(InProcess(stripe.router())), clock);
        world.webhooks = webhooks;
        let connected = world.connect("acme", &stripe.credentials(), import_all()).await;
        Self { world, stripe, connected }
    }

    /// After the first import and a quiet run.
    async fn imported() -> Self {
        let billed = Self::connected(None).await;
        billed.run().await;
        billed.run().await;
        billed.stripe.clear_calls();
        billed
    }

    async fn run(&self) {
        self.world.scheduled_run(&self.connected).await;
    }

    fn first(&self, list: &str, fits: impl Fn(&Value) -> bool) -> String {
        let dump = self.stripe.dump();
        let rows = dump[list].as_array().unwrap();
        let live = rows.iter().filter(|row| row["_sim"]["deleted"] == json!(false));
        live.into_iter().find(|row| fits(row)).unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn change(&self, list: &str, id: &str, value: Value) {
        self.stripe.patch(list, id, fields(value), false).unwrap();
    }

    async fn data(&self, record_type: RecordType, id: &str) -> Option<RecordData> {
        let record = self.connected.store.record(&self.connected.id, record_type, &id.into()).await.unwrap()?;
        record.body.data.filter(|_| record.body.presence == Presence::Live)
    }

    async fn status_of(&self, invoice: &str) -> String {
        match self.data(RecordType::Invoices, invoice).await {
            Some(RecordData::Invoice(invoice)) => invoice.status,
            other => panic!("no invoice: {other:?}"),
        }
    }

    async fn name_of(&self, customer: &str) -> Option<String> {
        self.data(RecordType::Companies, customer).await.map(|data| data.name().to_owned())
    }

    /// Calls since the last clearing, by method and route.
    fn calls(&self) -> Vec<String> {
        let routes = self.stripe.calls(0).routes;
        routes.iter().map(|route| format!("{} {} {}", route.count, route.method, route.template)).collect()
    }
}
