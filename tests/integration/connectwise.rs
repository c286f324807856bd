//! ConnectWise Manage end to end without sockets: the engine, the connector and the simulator, where this vendor differs.

use std::sync::Arc;

use axum::Router;
use connector::DeploymentValues;
use connector::http::{HttpPool, HttpSettings};
use domain::record::{RecordData, RecordType};
use domain::status::Status;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::{App, Outgoing, Setup};
use store::activity::By;
use store::records::{MirrorRecord, Presence};
use sync::endpoint::WebhookKeys;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};
use webhooks::{AppState, Parts};

use crate::worlds::{fields, import_all};

/// A tenant with a connection to the simulator, after its first import.
struct Northbridge {
    world: World,
    app: App,
    connected: Connected,
}

impl Northbridge {
    async fn imported(options: domain::options::Options) -> Self {
        Self::imported_with(options, None).await
    }

    /// With addresses and secrets for webhooks, if there are any.
    async fn imported_with(options: domain::options::Options, webhooks: Option<WebhookKeys>) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 100, seed: 1, clock: Arc::new(move || time.now()) };
        let app = simulators::by_id("connectwise-manage").unwrap().build(&setup);
        let mut world = World::new(&connectwise_manage::CONNECTOR, Arc::new(InProcess(app.router())), clock);
        let values = app.deployment().into_iter().map(|(name, value)| (name, SecretString::from(value)));
        world.deployment = DeploymentValues(values.collect());
        world.webhooks = webhooks;
        let connected = world.connect("northbridge", &app.credentials(), options).await;
        let world = Self { world, app, connected };
        world.run().await;
        // The first slot may come sooner than an interval after it; from then on every feed is due in every run.
        world.run().await;
        world
    }

    async fn run(&self) {
        self.world.scheduled_run(&self.connected).await;
    }

    async fn record(&self, record_type: RecordType, id: &str) -> MirrorRecord {
        let page = self.connected.store.record_page(&self.connected.id, record_type, 100_000, None).await.unwrap();
        page.into_iter().find(|record| record.external_id.as_str() == id).unwrap_or_else(|| panic!("no {id}"))
    }

    async fn issues(&self) -> Vec<domain::issue::Issue> {
        self.connected.read().await.issues
    }

    fn first(&self, list: &str, fits: impl Fn(&Value) -> bool) -> String {
        let dump = self.app.dump();
        let row = dump[list].as_array().unwrap().iter().find(|row| fits(row)).unwrap();
        row["id"].to_string()
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_check_is_one_call_per_feed_besides_discovery() {
    let tenant = Northbridge::imported(import_all()).await;
    tenant.app.clear_calls();
    tenant.run().await;
    let calls = tenant.app.calls(0);
    assert_eq!((calls.token, calls.data), (1, 4));
    assert_eq!(tenant.connected.body().await.quiet.count, 2);
}

#[tokio::test(start_paused = true)]
async fn a_cloud_upgrade_in_the_middle_of_a_day_is_not_noticed() {
    let tenant = Northbridge::imported(import_all()).await;
    let contact = tenant.first("contacts", |row| row["inactiveFlag"] == false);
    tenant.app.set_quirk("codebase", json!("v2025_2"));
    tenant.app.patch("contacts", &contact, fields(json!({ "firstName": "Upgraded" })), false).unwrap();
    tenant.run().await;
    let record = tenant.record(RecordType::Contacts, &contact).await;
    assert!(record.body.name.starts_with("Upgraded"), "{}", record.body.name);
    assert_eq!(tenant.issues().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_company_that_was_deleted_leaves_and_one_whose_status_turns_inactive_is_inactive() {
    let tenant = Northbridge::imported(import_all()).await;
    tenant.app.delete("companies", "250", false).unwrap();
    tenant.app.patch("companies", "251", fields(json!({ "status": { "id": 2 } })), false).unwrap();
    tenant.run().await;
    let deleted = tenant.record(RecordType::Companies, "250").await;
    assert_eq!(
        (deleted.body.presence, deleted.body.reason.as_deref()),
        (Presence::Skipped, Some("deleted in ConnectWise"))
    );
    let inactive = tenant.record(RecordType::Companies, "251").await;
    assert!(matches!(inactive.body.data, Some(RecordData::Company(company)) if company.inactive));
}

#[tokio::test(start_paused = true)]
async fn internal_notes_stay_internal_on_their_way_here() {
    let tenant = Northbridge::imported(import_all()).await;
    let ticket = tenant.first("tickets", |row| row["closedFlag"] == false);
    tenant.world.clock.advance(SignedDuration::from_mins(20));
    for (text, detail, analysis) in [("for all", true, false), ("for us", false, true), ("on both tabs", true, true)] {
        let note = json!({ "ticketId": ticket.parse::<i64>().unwrap(), "text": text, "detailDescriptionFlag": detail,
            "internalAnalysisFlag": analysis });
        tenant.app.create("notes", fields(note)).unwrap();
    }
    tenant.run().await;
    let record = tenant.record(RecordType::Tickets, &ticket).await;
    let Some(RecordData::Ticket(mirrored)) = record.body.data else { panic!() };
    let told: Vec<_> = mirrored.notes.iter().rev().take(3).map(|note| (note.text.as_str(), note.internal)).collect();
    assert_eq!(told, [("on both tabs", true), ("for us", true), ("for all", false)]);
}

#[tokio::test(start_paused = true)]
async fn keys_that_the_cloud_answers_with_404_delete_nothing() {
    let tenant = Northbridge::imported(import_all()).await;
    let live = |tenant: &Northbridge| {
        let (store, id) = (tenant.connected.store.clone(), tenant.connected.id.clone());
        async move { store.record_page(&id, RecordType::Contacts, 100_000, None).await.unwrap().len() }
    };
    let before = live(&tenant).await;
    tenant.app.set_quirk("refusal", json!("404"));
    tenant.app.revoke_credentials(true);
    for _ in 0..3 {
        tenant.world.clock.advance(SignedDuration::from_hours(30));
        tenant.run().await;
    }
    assert_eq!(live(&tenant).await, before);
    assert!(!tenant.issues().await.is_empty());
    tenant.app.revoke_credentials(false);
    tenant.run().await;
    assert_eq!(tenant.issues().await, []);
    let connection = tenant.connected.read().await;
    let body = tenant.connected.body().await;
    let descriptor = tenant.world.engine().connector.descriptor();
    let (status, _, _) =
        sync::view::status(descriptor, tenant.world.budget, &connection, &body, tenant.world.clock.now());
    assert_eq!(status, Status::Connected);
}

#[tokio::test(start_paused = true)]
async fn lists_that_end_with_their_last_rows_are_read_as_whole() {
    let tenant = Northbridge::imported(import_all()).await;
    tenant.app.set_quirk("forward_end", json!("no_link"));
    let now = tenant.world.clock.now();
    let requested = store::state::Requested { run: sync::run_id(now, 0), mode: domain::run::Mode::Everything, at: now };
    tenant.connected.store.request_run(&tenant.connected.id, &requested, By::System).await.unwrap();
    let before = tenant.app.calls(0);
    tenant.run().await;
    let calls = tenant.app.calls(0).data - before.data;
    // Four lists and the statuses of companies, one call each; nothing changed, so no notes are read.
    assert_eq!(calls, 5);
    assert_eq!(tenant.issues().await, []);
}

/// The receiver on the tenant's table; it fetches keys from the simulator.
fn receiver(tenant: &Northbridge, keys: &WebhookKeys) -> Router {
    let clock = tenant.world.clock.clone();
    let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
    webhooks::app(AppState::new(Parts {
        table: Arc::new(tenant.world.table.clone()),
        queue: Arc::new(tenant.world.queue.clone()),
        clock: Arc::new(tenant.world.clock.clone()),
        http: HttpPool::with_transport(settings, Arc::new(InProcess(tenant.app.router()))),
        keys: keys.clone(),
        issued: Arc::new(tenant.world.issued.clone()),
        connectors: catalog::DESCRIPTORS,
    }))
}

/// Hands a call of the simulator to the receiver's real handler, as API Gateway does; gives status, and outcome or cause.
async fn deliver(receiver: &Router, outgoing: &Outgoing, body: &str) -> (u64, String) {
    let rest = outgoing.url.strip_prefix("https://portal.example").unwrap();
    let (path, query) = rest.split_once('?').unwrap();
    let headers: serde_json::Map<String, Value> =
        outgoing.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "v" },
            "requestId": "req-1", "routeKey": "$default", "stage": "$default",
            "time": "02/Mar/2026:09:00:00 +0000", "timeEpoch": 1_772_442_000_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    let answer = platform::http::handle(receiver, event).await.unwrap();
    let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let word = said["outcome"].as_str().or(said["cause"].as_str()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), word.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_callback_is_proven_by_the_key_of_its_own_site_and_brings_its_record() {
    let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), "deployment-key".into());
    let tenant = Northbridge::imported_with(import_all(), Some(keys.clone())).await;
    let subscribed = tenant.app.dump()["callbacks"].as_array().unwrap().len();
    assert_eq!(subscribed, 4, "companies, contacts, tickets, members");
    let receiver = receiver(&tenant, &keys);
    let contact = tenant.first("contacts", |row| row["inactiveFlag"] == false);
    tenant.app.patch("contacts", &contact, fields(json!({ "firstName": "Called" })), false).unwrap();
    let outgoing = tenant.app.deliveries().remove(0);
    let body = String::from_utf8(outgoing.body.clone()).unwrap();
    let forged = body.replace(&contact, "57902");
    assert_eq!(deliver(&receiver, &outgoing, &forged).await, (403, "signature_mismatch".to_owned()));
    let elsewhere = body.replace("https://na.myconnectwise.net", "https://na.evil.example");
    assert_eq!(deliver(&receiver, &outgoing, &elsewhere).await, (403, "key_host".to_owned()));
    assert_eq!(deliver(&receiver, &outgoing, &body).await, (200, "accepted".to_owned()));
    assert_eq!(deliver(&receiver, &outgoing, &body).await, (200, "duplicate".to_owned()));
    tenant.world.drain().await;
    let record = tenant.record(RecordType::Contacts, &contact).await;
    assert!(record.body.name.starts_with("Called"), "{}", record.body.name);
}
