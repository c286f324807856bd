//! What is particular to Autotask, end to end without sockets: the engine, the connector and the simulator.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use connector::http::{Budget, HttpPool, HttpSettings, TokenOwner};
use connector::webhook::{Delivery, Endpoint, Subject};
use connector::{Connector, Credentials, DeploymentValues, Session, SessionContext};
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::options::Options;
use domain::record::{RecordData, RecordType};
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha1::Sha1;
use simulators::{App, Fault, FaultKind, Setup};
use store::records::Presence;
use sync::engine::BudgetShare;
use sync::ports::Clock;
use testkit::{Connected, InProcess, TestClock, World};

use crate::acme::{import_all, object};

const COMPANY: &str = "29683500";
const URL: &str = "https://portal.example/webhooks/autotask/t0ken";

/// One tenant and its Autotask.
struct Desk {
    world: World,
    app: App,
    connected: Connected,
}

fn values(app: &App) -> BTreeMap<String, SecretString> {
    app.credentials().into_iter().map(|(key, value)| (key, SecretString::from(value))).collect()
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
    /// First import done.
    async fn up_to_date(scale: usize, options: Options) -> Self {
        let (app, clock) = simulated(scale);
        let mut world = World::new(&autotask::CONNECTOR, Arc::new(InProcess(app.router())), clock);
        world.deployment = deployment(&app);
        let connected = world.connect("acme", &app.credentials(), options).await;
        let desk = Self { world, app, connected };
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

    fn session(&self) -> Box<dyn Session> {
        let clock = self.world.clock.clone();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
        let pool = HttpPool::with_transport(settings, Arc::new(InProcess(self.app.router())));
        let context = SessionContext {
            http: pool.for_connection(TokenOwner("test".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(autotask::CONNECTOR.descriptor(), &values(&self.app)),
            options: Options::initial(),
            deployment: deployment(&self.app),
        };
        autotask::CONNECTOR.open(context).unwrap()
    }

    fn first_ticket(&self) -> String {
        self.app.dump()["tickets"][0]["id"].to_string()
    }
}

fn endpoint() -> Endpoint {
    Endpoint { url: URL.parse().unwrap(), previous: None, secret: "sign-with-this".into(), known: Vec::new() }
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
    desk.connected.store.request_run(&desk.connected.id, &asked).await.unwrap();
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

/// Takes what Autotask sends now, answering each call with this status.
fn deliver(app: &App, status: u16) -> Vec<simulators::Outgoing> {
    let calls = app.deliveries();
    for call in &calls {
        app.delivered(call.id, Some(status));
    }
    calls
}

fn subject_of(call: &simulators::Outgoing) -> Subject {
    let headers = connector::http::HeaderMap::new();
    let query = call.url.split_once('?').map_or("", |(_, query)| query);
    let mut notices = autotask::CONNECTOR.notices(&Delivery { headers: &headers, query, body: &call.body });
    assert_eq!(notices.len(), 1);
    notices.remove(0).subject
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_made_signed_and_tell_of_what_others_change() {
    let desk = Desk::up_to_date(20, import_all()).await;
    let session = desk.session();
    let made = session.provision(&endpoint()).await.unwrap();
    assert_eq!(
        made.iter().map(|one| (one.about.as_str(), one.active)).collect::<Vec<_>>(),
        [("companies", true), ("contacts", true), ("tickets", true)]
    );
    desk.app.clear_calls();
    assert_eq!(session.provision(&endpoint()).await.unwrap(), made);
    let writes =
        desk.app.calls(1_000).last.into_iter().filter(|call| call.method != "GET" && !call.path.ends_with("/query"));
    assert_eq!(writes.count(), 0, "doing it again changes nothing");

    let ticket = desk.first_ticket();
    desk.app.patch("tickets", &ticket, object(json!({ "title": "Tom & Ann's <printer> \u{1f5a8}" })), false).unwrap();
    let calls = deliver(&desk.app, 200);
    assert_eq!(calls.len(), 1);
    assert_eq!(subject_of(&calls[0]), Subject::Record(RecordType::Tickets, ExternalId::new(ticket.as_str())));
    let body = String::from_utf8(calls[0].body.clone()).unwrap();
    assert!(body.is_ascii() && !body.contains(['&', '<', '\'']), "{body}");
    let mut mac = Hmac::<Sha1>::new_from_slice(b"sign-with-this").unwrap();
    mac.update(&calls[0].body);
    let signed = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let header = calls[0].headers.iter().find(|(name, _)| name == "x-hook-signature").unwrap();
    assert_eq!(header.1, format!("sha1={signed}"));

    let change = connector::Change::UpdateTicket {
        external_id: ExternalId::new(ticket.as_str()),
        change: connector::TicketChange { title: Some("Ours".to_owned()), ..Default::default() },
    };
    session.push(&change).await.unwrap();
    assert!(desk.app.deliveries().is_empty(), "our own changes are not told");
    session.unprovision(&endpoint()).await.unwrap();
    desk.app.patch("tickets", &ticket, object(json!({ "title": "Theirs" })), false).unwrap();
    assert!(desk.app.deliveries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_failed_too_often_is_switched_off_told_and_revived() {
    let desk = Desk::up_to_date(20, import_all()).await;
    let session = desk.session();
    session.provision(&endpoint()).await.unwrap();
    let mut told = Vec::new();
    for n in 0..30 {
        desk.app.patch("companies", COMPANY, object(json!({ "city": format!("Town {n}") })), false).unwrap();
        desk.world.clock.advance(SignedDuration::from_secs(31));
        told.extend(deliver(&desk.app, 500));
    }
    let last = told.last().unwrap();
    assert_eq!((last.url.as_str(), told.len()), (format!("{URL}?deactivated=1").as_str(), 26));
    assert_eq!(subject_of(last), Subject::Subscription);
    assert!(last.headers.iter().all(|(name, _)| name != "x-hook-signature"), "nothing proves it");
    let made = session.provision(&endpoint()).await.unwrap();
    assert_eq!(
        made.iter().map(|one| (one.active, one.revived)).collect::<Vec<_>>(),
        [(true, true), (true, false), (true, false)]
    );
    desk.app.patch("companies", COMPANY, object(json!({ "city": "Home" })), false).unwrap();
    assert_eq!(deliver(&desk.app, 200).len(), 1);
}
