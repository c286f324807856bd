//! What is particular to Autotask, end to end without sockets: the engine, the connector and the simulator.

mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::DeploymentValues;
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::options::Options;
use domain::record::{RecordData, RecordType};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::{App, Fault, FaultKind, Setup};
use store::activity::By;
use store::records::Presence;
use sync::engine::BudgetShare;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};

use crate::acme::{import_all, object};

const COMPANY: &str = "29683500";

/// One tenant and its Autotask.
struct Desk {
    world: World,
    app: App,
    connected: Connected,
}

fn deployment(app: &App) -> DeploymentValues {
    DeploymentValues(app.deployment().into_iter().map(|(name, value)| (name, value.into())).collect())
}

fn simulated(scale: usize) -> (App, TestClock) {
    let clock = TestClock::at("2026-03-02T09:10:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
    (simulators::by_id("autotask").unwrap().build(&setup), clock)
}

impl Desk {
    /// Connected, nothing read yet.
    async fn connected(scale: usize, options: Options) -> Self {
        let (app, clock) = simulated(scale);
        let mut world = World::new(&autotask::CONNECTOR, Arc::new(InProcess(app.router())), clock);
        world.deployment = deployment(&app);
        let connected = world.connect("acme", &app.credentials(), options).await;
        Self { world, app, connected }
    }

    /// First import done.
    async fn up_to_date(scale: usize, options: Options) -> Self {
        let desk = Self::connected(scale, options).await;
        desk.run().await;
        assert_eq!(desk.issues().await, []);
        desk
    }

    async fn run(&self) {
        self.world.scheduled_run(&self.connected).await;
    }

    async fn issues(&self) -> Vec<Reason> {
        self.connected.read().await.issues.into_iter().map(|issue| issue.reason).collect()
    }

    async fn presence(&self, record_type: RecordType, id: &str) -> Option<Presence> {
        let record = self.connected.store.record(&self.connected.id, record_type, &ExternalId::new(id)).await.unwrap();
        record.map(|record| record.body.presence)
    }

    /// Calls by what they were for: zone, count, the rest.
    fn calls(&self) -> (u64, u64, u64) {
        let report = self.app.calls(0);
        let count = |name: &str| report.count("GET", &format!("/ATServicesRest/V1.0/{name}"));
        (count("zoneInformation"), count("ThresholdInformation"), report.data)
    }

    fn first_ticket(&self) -> String {
        self.app.dump()["tickets"][0]["id"].to_string()
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_run_asks_each_list_once_and_reads_no_note() {
    let desk = Desk::up_to_date(60, import_all()).await;
    desk.run().await;
    desk.app.clear_calls();
    desk.run().await;
    // Four lists; whose licence is for the API stands in a picklist; every process looks up the zone.
    assert_eq!(desk.calls(), (1, 0, 5));
}

#[tokio::test(start_paused = true)]
async fn an_import_reads_notes_for_many_tickets_at_once() {
    let desk = Desk::up_to_date(600, import_all()).await;
    let notes = desk.app.calls(0).count("POST", "/ATServicesRest/V1.0/TicketNotes/query");
    assert!(notes <= 5, "{notes} calls for the notes of sixty tickets");
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_moved_to_another_zone_is_followed() {
    let desk = Desk::up_to_date(20, import_all()).await;
    desk.app.set_quirk("zone", json!(6));
    desk.app.patch("companies", COMPANY, object(json!({ "city": "Springfield" })), false).unwrap();
    desk.run().await;
    assert_eq!(desk.issues().await, []);
    let record = desk.connected.store.record(&desk.connected.id, RecordType::Companies, &COMPANY.into()).await.unwrap();
    let Some(RecordData::Company(company)) = record.and_then(|record| record.body.data) else { panic!() };
    assert_eq!(company.subtitle.as_deref(), Some("Springfield"));
}

#[tokio::test(start_paused = true)]
async fn what_others_have_used_makes_us_stand_back_and_go_on_later() {
    let mut desk = Desk::up_to_date(20, import_all()).await;
    desk.world.budget = BudgetShare::Declared;
    desk.app.set_quirk("others", json!(8_500));
    desk.app.patch("companies", COMPANY, object(json!({ "city": "Springfield" })), false).unwrap();
    desk.app.clear_calls();
    let due = desk.connected.read().await.state.due_at.unwrap();
    let wait = due.duration_since(desk.world.clock.now());
    desk.world.clock.advance(wait.max(SignedDuration::ZERO));
    desk.world.tick().await;
    let (message, _) = desk.world.queue.take().unwrap();
    desk.world.engine().work(&message, desk.world.deadline()).await.unwrap();
    let (_, counts, rest) = desk.calls();
    assert_eq!((counts, rest), (1, 0), "the count was read, and nothing else");
    let state = desk.connected.read().await.state;
    let pause = state.due_at.unwrap().duration_since(desk.world.clock.now()).as_secs();
    assert!((150..=180).contains(&pause), "{pause} s: a twentieth of the hour");

    desk.app.set_quirk("others", Value::Null);
    desk.world.drain().await;
    desk.run().await;
    assert_eq!(desk.issues().await, []);
    assert!(desk.calls().2 >= 5);
}

#[tokio::test(start_paused = true)]
async fn permissions_are_missing_whether_told_by_403_or_among_the_errors() {
    for quirk in [Value::Null, json!("500")] {
        let desk = Desk::up_to_date(20, import_all()).await;
        desk.app.set_quirk("denied", quirk);
        desk.app.deny(["tickets"], simulators::DenyAs::Forbidden);
        desk.run().await;
        assert_eq!(desk.issues().await, [Reason::PermissionMissing]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_integration_code_is_a_matter_of_the_credentials_in_either_dress() {
    for quirk in [Value::Null, json!("500")] {
        let mut desk = Desk::up_to_date(20, import_all()).await;
        desk.app.set_quirk("bad_code", quirk);
        desk.world.deployment =
            DeploymentValues([("autotask_integration_code".to_owned(), SecretString::from("another"))].into());
        desk.run().await;
        assert_eq!(desk.issues().await, [Reason::CredentialsRevoked]);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_in_the_case_of_the_old_document_change_nothing() {
    let desk = Desk::up_to_date(40, import_all()).await;
    desk.app.set_quirk("case", json!("pascal"));
    let before = desk.world.table.requests();
    let now = desk.world.clock.now();
    let asked = store::state::Requested { run: sync::run_id(now, 0), mode: domain::run::Mode::Everything, at: now };
    desk.connected.store.request_run(&desk.connected.id, &asked, By::System).await.unwrap();
    desk.run().await;
    assert_eq!(desk.issues().await, []);
    let written = desk.world.table.requests().since(&before).batch_write;
    assert_eq!(written, 0, "every record is as it was");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_ticket_leaves_within_the_hour_and_without_the_log_after_two_sweeps() {
    let desk = Desk::up_to_date(20, import_all()).await;
    let ticket = desk.first_ticket();
    desk.app.delete("tickets", &ticket, false).unwrap();
    desk.world.clock.advance(SignedDuration::from_mins(60));
    desk.run().await;
    assert_eq!(desk.presence(RecordType::Tickets, &ticket).await, Some(Presence::Skipped));

    for (quirk, missing) in [("without", json!("DeletedTicketLogs")), ("missing", json!("null"))] {
        let desk = Desk::up_to_date(20, import_all()).await;
        desk.app.set_quirk(quirk, missing);
        desk.app.deny(["deleted_tickets"], simulators::DenyAs::Forbidden);
        let ticket = desk.first_ticket();
        desk.app.delete("tickets", &ticket, false).unwrap();
        for _ in 0..3 {
            desk.world.clock.advance(SignedDuration::from_hours(25));
            desk.run().await;
        }
        assert_eq!(desk.issues().await, []);
        assert_eq!(desk.presence(RecordType::Tickets, &ticket).await, Some(Presence::Gone), "{quirk}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hourly_limit_is_waited_for_under_either_status() {
    for status in [429, 500] {
        let desk = Desk::up_to_date(20, import_all()).await;
        let body = r#"{"errors":["The request threshold of 10000 requests per 60 minutes has been exceeded."]}"#;
        let kind = FaultKind::Status {
            code: status,
            body: Some(body.to_owned()),
            retry_after: None,
            headers: BTreeMap::new(),
        };
        desk.app.add_faults(vec![Fault::new(kind).on("companies").times(1)]);
        let before = desk.world.clock.now();
        desk.run().await;
        let waited = desk.world.clock.now().duration_since(before).as_secs();
        assert_eq!(desk.issues().await, [], "nobody has to be told");
        assert!(waited >= 300, "{waited} s");
    }
}
