//! Feeds that reach linked companies, over Microsoft's simulator: who is read, when, and what follows from a refusal.

mod consents;
mod disturbed;
mod limits;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::{CompanyId, ExternalId, TestId};
use domain::options::{CompanyImport, Options};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::probe::CheckResult;
use domain::record::{RecordData, RecordType, SecureScore};
use domain::run::{RunState, Trigger};
use domain::status::Status;
use jiff::SignedDuration;
use serde_json::json;
use simulators::{App, Fault, FaultKind, Setup};
use store::activity::By;
use store::records::Presence;
use sync::message::{Command, Reply, WorkMessage};
use sync::ports::{Clock, Queue};
use sync::view;
use testkit::{Connected, InProcess, TestClock, World};

use crate::worlds::{fields, import_all};

const SCORES: &str = "/v1.0/security/secureScores";

/// One tenant and its customers in Microsoft 365.
struct Acme {
    world: World,
    graph: App,
    connected: Connected,
}

impl Acme {
    async fn connected(options: Options) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 60, seed: 1, clock: Arc::new(move || time.now()) };
        let graph = simulators::by_id("microsoft-365").unwrap().build(&setup);
        let world = World::new(&microsoft_365::CONNECTOR, Arc::new(InProcess(graph.router())), clock);
        let connected = world.connect("acme", &graph.credentials(), options).await;
        Self { world, graph, connected }
    }

    /// Every customer is linked and has been read.
    async fn imported() -> Self {
        let acme = Self::connected(import_all()).await;
        acme.world.scheduled_run(&acme.connected).await;
        acme.graph.clear_calls();
        acme
    }

    /// Customers are listed, none is linked.
    async fn listed() -> Self {
        let acme = Self::connected(Options { company_import: CompanyImport::Choose, ..Options::initial() }).await;
        acme.world.scheduled_run(&acme.connected).await;
        acme.graph.clear_calls();
        acme
    }

    /// The next run in which everything is due.
    async fn an_hour_later(&self) {
        self.world.clock.advance(SignedDuration::from_mins(60));
        self.world.scheduled_run(&self.connected).await;
    }

    /// What a change by a person sets off.
    async fn wake(&self) {
        let message = WorkMessage {
            tenant: self.connected.store.tenant().clone(),
            connector: "microsoft-365".into(),
            connection: self.connected.id.clone(),
            claim: None,
            trigger: Trigger::Portal,
        };
        self.world.queue.send(&message, Duration::ZERO).await.unwrap();
        self.world.drain().await;
    }

    /// Customers in the order of their ids: those that have consented.
    fn customers(&self) -> Vec<ExternalId> {
        let dump = self.graph.dump();
        let consented = dump["customers"].as_array().unwrap().iter().filter(|customer| customer["consented"] == true);
        let mut ids: Vec<ExternalId> = consented.map(|customer| customer["id"].as_str().unwrap().into()).collect();
        ids.sort();
        ids
    }

    fn refusing(&self) -> ExternalId {
        let dump = self.graph.dump();
        let all = dump["customers"].as_array().unwrap();
        all.iter().find(|customer| customer["consented"] == false).unwrap()["id"].as_str().unwrap().into()
    }

    fn consents(&self, customer: &ExternalId, consents: bool) {
        self.graph.patch("customers", customer.as_str(), fields(json!({"consented": consents})), false).unwrap();
        if !consents {
            self.graph.expire_tokens();
        }
    }

    /// What this customer consented to without, by record type.
    fn lacks(&self, customer: &ExternalId, record_types: &[&str]) {
        let lacks = fields(json!({ "lacks": record_types }));
        self.graph.patch("customers", customer.as_str(), lacks, false).unwrap();
    }

    /// How many days of scores Microsoft has of a customer.
    fn days(&self, customer: &ExternalId) -> usize {
        let dump = self.graph.dump();
        dump["secure_scores"].as_array().unwrap().iter().filter(|row| row["tenant"] == customer.as_str()).count()
    }

    async fn link(&self, customer: &ExternalId) {
        self.put_link(customer).await;
        self.wake().await;
    }

    /// Links it; the connection is woken by what the table says alone.
    async fn put_link(&self, customer: &ExternalId) {
        let company = PortalCompany {
            id: CompanyId::new(format!("co_{customer}")),
            name: "Contoso".to_owned(),
            domains: Vec::new(),
            phone: None,
            address: None,
            imported_from: None,
            links: Default::default(),
            not_integrated: BTreeSet::new(),
            import_role: None,
            users: 0,
            version: 1,
        };
        let store = &self.connected.store;
        let known = store.company(&company.id).await.unwrap();
        if known.is_none() {
            store.create_company(&company, By::System).await.unwrap();
        }
        let company = known.unwrap_or(company);
        let link = Link { external_id: customer.clone(), name: "Contoso".to_owned(), state: LinkState::Ok };
        store.link(&company, &self.connected.id, link, By::System).await.unwrap();
    }

    /// Unlinks it, likewise.
    async fn take_link(&self, customer: &ExternalId) {
        let store = &self.connected.store;
        let links = store.live_links(&self.connected.id).await.unwrap();
        let link = links.into_iter().find(|link| link.external_id == *customer).unwrap();
        let company = store.company(&link.company).await.unwrap().unwrap();
        store.unlink(&company, &self.connected.id, customer, By::System).await.unwrap();
    }

    async fn unlink(&self, customer: &ExternalId) {
        self.take_link(customer).await;
        self.wake().await;
    }

    async fn live(&self, record_type: RecordType, customer: &ExternalId) -> usize {
        let store = &self.connected.store;
        let all = store.record_page(&self.connected.id, record_type, 100_000, None).await.unwrap();
        let of = |record: &&store::records::MirrorRecord| record.live().and_then(RecordData::company) == Some(customer);
        all.iter().filter(|record| record.body.presence == Presence::Live).filter(of).count()
    }

    async fn score(&self, customer: &ExternalId, day: &str) -> Option<SecureScore> {
        let id = format!("{customer}_{day}").as_str().into();
        let record = self.connected.store.record(&self.connected.id, RecordType::SecureScores, &id).await.unwrap()?;
        match record.live()? {
            RecordData::SecureScore(score) => Some(score.clone()),
            _ => None,
        }
    }

    async fn state(&self, customer: &ExternalId) -> LinkState {
        let links = self.connected.store.live_links(&self.connected.id).await.unwrap();
        links.into_iter().find(|link| link.external_id == *customer).map_or(LinkState::GoneAtVendor, |link| link.state)
    }

    async fn status(&self) -> Status {
        let (connection, body) = (self.connected.read().await, self.connected.body().await);
        let descriptor = self.world.engine().connector.descriptor();
        view::status(descriptor, self.world.budget, &connection, &body, self.world.clock.now()).0
    }
}

#[tokio::test(start_paused = true)]
async fn a_company_is_read_as_soon_as_it_is_linked() {
    let acme = Acme::listed().await;
    assert_eq!(acme.graph.calls(0).count("GET", SCORES), 0, "nobody is read who is not linked");
    let customer = acme.customers().remove(0);
    acme.link(&customer).await;
    assert_eq!(acme.live(RecordType::SecureScores, &customer).await, 90);
    assert_eq!(acme.live(RecordType::Licences, &customer).await, 3);
    assert_eq!(acme.live(RecordType::Domains, &customer).await, 2);
    acme.graph.clear_calls();
    acme.world.scheduled_run(&acme.connected).await;
    assert_eq!(acme.graph.calls(0).count("GET", SCORES), 0, "and then at the pace of the others");
    assert_eq!(acme.status().await, Status::Connected);
}

#[tokio::test(start_paused = true)]
async fn an_unlinked_company_is_not_read_and_not_shown() {
    let acme = Acme::listed().await;
    let (one, other) = (acme.customers().remove(0), acme.customers().remove(1));
    acme.link(&one).await;
    acme.link(&other).await;
    let scores = acme.live(RecordType::SecureScores, &other).await;
    acme.unlink(&one).await;
    for record_type in
        [RecordType::SecureScores, RecordType::ControlProfiles, RecordType::Licences, RecordType::Domains]
    {
        assert_eq!(acme.live(record_type, &one).await, 0, "{record_type}");
    }
    acme.graph.clear_calls();
    acme.an_hour_later().await;
    let called: BTreeSet<String> = acme.graph.calls(1_000).last.into_iter().map(|call| call.path).collect();
    assert!(!called.iter().any(|path| path.contains(one.as_str())), "{called:?}");
    assert_eq!(acme.live(RecordType::SecureScores, &other).await, scores);
    acme.link(&one).await;
    assert_eq!(acme.live(RecordType::Licences, &one).await, 3, "linked again, it is shown again");
}

#[tokio::test(start_paused = true)]
async fn a_vanished_customer_is_gone_and_its_history_stays() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    let known = acme.live(RecordType::SecureScores, &customer).await;
    acme.graph.delete("customers", customer.as_str(), false).unwrap();
    for _ in 0..4 {
        acme.an_hour_later().await;
    }
    assert_eq!(acme.state(&customer).await, LinkState::GoneAtVendor);
    assert_eq!(acme.live(RecordType::SecureScores, &customer).await, known);
    acme.graph.clear_calls();
    acme.an_hour_later().await;
    let tokens = acme.graph.calls(1_000).last.into_iter().filter(|call| call.path.contains(customer.as_str()));
    assert_eq!(tokens.count(), 0, "it is not asked for any more");
}

#[tokio::test(start_paused = true)]
async fn scores_are_read_hourly_at_most_and_the_page_says_why() {
    let acme = Acme::imported().await;
    for _ in 0..3 {
        acme.world.scheduled_run(&acme.connected).await;
    }
    assert_eq!(acme.graph.calls(0).count("GET", SCORES), 0, "three slots of fifteen minutes");
    let (settings, body) = (acme.connected.read().await.settings.value, acme.connected.body().await);
    let descriptor = acme.world.engine().connector.descriptor();
    let cadence = view::type_cadence(descriptor, acme.world.budget, &settings, &body, RecordType::SecureScores);
    let why = "Secure Scores moves slowly at Microsoft 365: reading it every 60 minutes is soon enough";
    assert_eq!(cadence, (60, Some(why.to_owned())));
    acme.an_hour_later().await;
    assert_eq!(acme.graph.calls(0).count("GET", SCORES), acme.customers().len() as u64);
}

#[tokio::test(start_paused = true)]
async fn controls_move_to_the_newest_day() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    assert!(!acme.score(&customer, "2026-03-02").await.unwrap().controls.is_empty());
    acme.world.clock.advance(SignedDuration::from_hours(23));
    acme.an_hour_later().await;
    assert_eq!(acme.score(&customer, "2026-03-02").await.unwrap().controls, []);
    assert!(!acme.score(&customer, "2026-03-03").await.unwrap().controls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_company_that_fails_is_tried_again_at_the_next_slot() {
    let acme = Acme::imported().await;
    let broken =
        Fault::new(FaultKind::Status { code: 500, body: None, retry_after: None, headers: Default::default() });
    // The kit tries four times.
    acme.graph.add_faults(vec![broken.on("licences").after(1).times(4)]);
    acme.an_hour_later().await;
    let runs = acme.connected.store.runs(&acme.connected.id, 1, None).await.unwrap().items;
    assert_eq!(runs[0].state, RunState::Partial);
    assert_eq!(acme.connected.read().await.issues, Vec::new(), "the next slot heals it");
    acme.graph.clear_calls();
    acme.world.scheduled_run(&acme.connected).await;
    assert_eq!(acme.graph.calls(0).count("GET", "/v1.0/subscribedSkus"), 1, "only that one");
}

async fn tested(acme: &Acme) -> Vec<(RecordType, CheckResult)> {
    let command = Command::Test {
        tenant: acme.connected.store.tenant().clone(),
        connection: acme.connected.id.clone(),
        test: TestId::new("te_1"),
    };
    let reply = acme.world.engine().command(command, acme.world.deadline()).await.unwrap();
    assert_eq!(reply, Reply::Tested);
    let test = acme.connected.store.test(&acme.connected.id, &TestId::new("te_1")).await.unwrap().unwrap();
    test.checks.into_iter().map(|check| (check.record_type, check.result)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_tried_on_anybody_is_unverified_and_no_error() {
    use CheckResult::{Granted, Unverified};
    let acme = Acme::listed().await;
    let expected =
        |result| [(RecordType::Companies, Granted), (RecordType::SecureScores, result), (RecordType::Licences, result)];
    assert_eq!(tested(&acme).await, expected(Unverified), "nobody is linked");
    acme.link(&acme.refusing()).await;
    assert_eq!(tested(&acme).await, expected(Unverified), "nobody consented");
    acme.link(&acme.customers().remove(0)).await;
    assert_eq!(tested(&acme).await, expected(Granted));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_never_used_for_another_tenant() {
    let acme = Acme::imported().await;
    // A client that mixes tokens would bring one tenant's rows for another, or be refused.
    for customer in acme.customers() {
        let store = &acme.connected.store;
        let ids = store.listed(&acme.connected.id, RecordType::SecureScores, &customer, 1_000).await.unwrap();
        assert!(ids.iter().all(|id| id.as_str().starts_with(customer.as_str())), "{customer}: {ids:?}");
    }
    let aside = acme.connected.store.quarantined(&acme.connected.id, 10, None).await.unwrap().items;
    assert_eq!(aside, [], "a row of another tenant is set aside");
}
