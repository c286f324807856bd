//! The set-up of these tests: the tenant "acme", connected to a Halo that holds what a test puts there.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::hash::ContentHash;
use domain::id::{CompanyId, ExternalId, UserId};
use domain::issue::{Issue, Reason};
use domain::options::{AutoImport, CompanyImport, Options, RoleChoice};
use domain::portal::{Access, Link, LinkState, Origin, PortalCompany, User};
use domain::record::{RecordData, RecordType};
use domain::run::{Mode, Run, RunRecord, Trigger};
use domain::status::Status;
use serde_json::{Map, Value, json};
use simulators::{App, Setup};
use store::activity::By;
use store::connection::Wake;
use store::records::{MirrorRecord, Mirrored, Presence};
use store::state::Requested;
use sync::engine::BudgetShare;
use sync::message::WorkMessage;
use sync::ports::{Clock, Queue};
use testkit::{Connected, InProcess, TestClock, World};

use crate::wire::Wire;

/// One tenant and its Halo.
pub(crate) struct Acme {
    pub(crate) world: World,
    pub(crate) halo: App,
    pub(crate) wire: Wire,
    pub(crate) connected: Connected,
}

/// A company at Halo with its main site.
pub(crate) struct HaloCompany {
    pub(crate) id: ExternalId,
    pub(crate) site: i64,
}

/// Company import `all`, and contacts become Standard Users.
pub(crate) fn import_all() -> Options {
    Options {
        company_import: CompanyImport::All,
        auto_import: AutoImport { enabled: true, default_role: Some(role("standard")), ..AutoImport::default() },
        ..Options::initial()
    }
}

pub(crate) fn role(id: &str) -> RoleChoice {
    RoleChoice::from(id.to_owned())
}

/// A Halo at this scale (0: two companies, their sites, four tickets) and a world around it.
pub(crate) fn halo(scale: usize) -> (World, App, Wire) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
    let app = simulators::by_id("halo-psa").unwrap().build(&setup);
    let wire = Wire::new(Arc::new(InProcess(app.router())));
    (World::new(&halo_psa::CONNECTOR, Arc::new(wire.clone()), clock), app, wire)
}

impl Acme {
    /// Connected, nothing read yet.
    pub(crate) async fn connected(scale: usize, options: Options) -> Self {
        let (world, halo, wire) = halo(scale);
        Self::connected_to(world, halo, wire, options).await
    }

    pub(crate) async fn connected_to(world: World, halo: App, wire: Wire, options: Options) -> Self {
        let connected = world.connect("acme", &halo.credentials(), options).await;
        Self { world, halo, wire, connected }
    }

    /// Connected to a Halo with two companies and no people, first import done.
    pub(crate) async fn up_to_date(options: Options) -> Self {
        let acme = Self::connected(0, options).await;
        acme.run().await;
        acme
    }

    /// The next scheduled run; what the log says of it, if it did or found anything.
    pub(crate) async fn run(&self) -> Option<Run> {
        let before = self.last_run().await;
        self.world.scheduled_run(&self.connected).await;
        self.last_run().await.filter(|run| before.is_none_or(|before| before.id != run.id))
    }

    /// So many scheduled runs.
    pub(crate) async fn runs(&self, times: usize) {
        for _ in 0..times {
            self.run().await;
        }
    }

    /// What a link, a rule or an edit in the portal sets off: a wake-up.
    pub(crate) async fn wake(&self) -> Option<Run> {
        let before = self.last_run().await;
        self.world.queue.send(&self.message(Trigger::Portal), std::time::Duration::ZERO).await.unwrap();
        self.world.drain().await;
        self.last_run().await.filter(|run| before.is_none_or(|before| before.id != run.id))
    }

    /// *Resync everything*.
    pub(crate) async fn resync(&self) -> Run {
        self.world.clock.advance(jiff::SignedDuration::from_mins(3));
        let at = self.world.clock.now();
        let requested = Requested { run: sync::run_id(at, 999), mode: Mode::Everything, at };
        self.connected.store.request_run(&self.connected.id, &requested, By::System).await.unwrap();
        self.run().await.unwrap()
    }

    pub(crate) fn message(&self, trigger: Trigger) -> WorkMessage {
        WorkMessage {
            tenant: self.connected.store.tenant().clone(),
            connector: "halo-psa".into(),
            connection: self.connected.id.clone(),
            claim: None,
            trigger,
        }
    }

    pub(crate) async fn last_run(&self) -> Option<Run> {
        self.connected.store.runs(&self.connected.id, 1, None).await.unwrap().items.pop()
    }

    /// Every line of a run's drill-down: type, name, outcome and reason.
    pub(crate) async fn lines(&self, run: &Run) -> Vec<RunRecord> {
        let packs = self.connected.store.run_records(&self.connected.id, &run.id, 1_000, None).await.unwrap();
        packs.items.into_iter().flatten().collect()
    }

    pub(crate) async fn status(&self) -> (Status, Option<Reason>) {
        let connection = self.connected.read().await;
        let body = connection.state.body().unwrap();
        let descriptor = connector::Connector::descriptor(&halo_psa::CONNECTOR);
        let now = self.world.clock.now();
        let (status, reason, _) = sync::view::status(descriptor, BudgetShare::Lifted, &connection, &body, now);
        (status, reason)
    }

    /// Reason, title and remedy of each open issue.
    pub(crate) async fn issues(&self) -> Vec<Issue> {
        self.connected.read().await.issues
    }

    /// Domain events of one connection's troubles so far: type and reason.
    pub(crate) fn announced(&self) -> Vec<(&'static str, String)> {
        let events = self.world.bus.events().into_iter();
        let troubles = events.filter(|event| event.detail_type.starts_with("integration."));
        troubles.map(|event| (event.detail_type, event.detail["reason"].as_str().unwrap().to_owned())).collect()
    }

    /// Changes options as the settings API does: everything is decided on again at the next run.
    pub(crate) async fn choose(&self, change: impl FnOnce(&mut Options)) {
        let wake = Wake { due_at: None, re_evaluate: true };
        self.connected.change(wake, |settings| change(&mut settings.options)).await;
    }
}

/// People at Halo.
impl Acme {
    pub(crate) fn add(&self, list: &str, fields: Value) -> Value {
        self.halo.create(list, object(fields)).unwrap()
    }

    pub(crate) fn change(&self, list: &str, id: &ExternalId, fields: Value) {
        self.halo.patch(list, id.as_str(), object(fields), false).unwrap();
    }

    pub(crate) fn delete(&self, list: &str, id: &ExternalId) {
        self.halo.delete(list, id.as_str(), true).unwrap();
    }

    pub(crate) fn add_company(&self, name: &str) -> HaloCompany {
        let made = self.add("clients", json!({ "name": name }));
        HaloCompany { id: id_of(&made), site: made["main_site_id"].as_i64().unwrap() }
    }

    pub(crate) fn add_contact(&self, company: &HaloCompany, name: &str, email: &str) -> ExternalId {
        id_of(&self.add("users", json!({ "name": name, "emailaddress": email, "site_id": company.site })))
    }

    pub(crate) fn add_ticket(&self, company: &HaloCompany, summary: &str) -> ExternalId {
        let ticket = json!({ "summary": summary, "details": "It does not work.", "site_id": company.site,
            "client_id": company.id.as_str().parse::<i64>().unwrap(), "team": "1st Line Support" });
        id_of(&self.add("tickets", ticket))
    }
}

/// The portal.
impl Acme {
    /// The portal company that was imported from one at Halo.
    pub(crate) async fn company_of(&self, company: &HaloCompany) -> PortalCompany {
        let id = CompanyId::imported(self.connected.store.tenant(), &self.connected.id, &company.id);
        self.connected.store.company(&id).await.unwrap().unwrap()
    }

    /// A portal company made by hand.
    pub(crate) async fn make_company(&self, id: &str, name: &str) -> PortalCompany {
        let company = PortalCompany {
            id: id.into(),
            name: name.to_owned(),
            domains: Vec::new(),
            phone: None,
            address: None,
            imported_from: None,
            links: BTreeMap::new(),
            not_integrated: std::collections::BTreeSet::new(),
            import_role: None,
            users: 0,
            version: 1,
        };
        self.connected.store.create_company(&company, By::System).await.unwrap();
        company
    }

    pub(crate) async fn link(&self, portal: &CompanyId, company: &HaloCompany) {
        let portal = self.connected.store.company(portal).await.unwrap().unwrap();
        let link = Link { external_id: company.id.clone(), name: String::new(), state: LinkState::Ok };
        self.connected.store.link(&portal, &self.connected.id, link, By::System).await.unwrap();
    }

    pub(crate) async fn unlink(&self, portal: &CompanyId, company: &HaloCompany) {
        let portal = self.connected.store.company(portal).await.unwrap().unwrap();
        self.connected.store.unlink(&portal, &self.connected.id, &company.id, By::System).await.unwrap();
    }

    /// A user made by hand.
    pub(crate) async fn make_user(&self, id: &str, company: &CompanyId, email: &str) -> User {
        let user = User {
            id: id.into(),
            name: id.to_owned(),
            email: email.to_owned(),
            company_id: Some(company.clone()),
            role: "viewer".into(),
            origin: Origin::Manual,
            access: Access::Active,
            reason: None,
            access_decided: false,
            contacts: Vec::new(),
            created_at: self.world.clock.now(),
            version: 1,
        };
        assert_eq!(self.connected.store.create_users(std::slice::from_ref(&user)).await.unwrap().len(), 1);
        user
    }

    pub(crate) async fn user(&self, id: &UserId) -> User {
        self.connected.store.user(id).await.unwrap().unwrap()
    }

    pub(crate) async fn record(&self, record_type: RecordType, id: &ExternalId) -> Option<MirrorRecord> {
        self.connected.store.record(&self.connected.id, record_type, id).await.unwrap()
    }

    /// What became of a contact, in the words of the log.
    pub(crate) async fn why(&self, contact: &ExternalId) -> String {
        let record = self.record(RecordType::Contacts, contact).await;
        let Some(record) = record else { return "not mirrored".to_owned() };
        record.body.import.map(|import| import.reason).or(record.body.reason).unwrap_or_default()
    }

    /// What became of a company, in the words of the log.
    pub(crate) async fn why_company(&self, company: &HaloCompany) -> String {
        let record = self.record(RecordType::Companies, &company.id).await;
        let Some(record) = record else { return "not mirrored".to_owned() };
        record.body.import.map(|import| import.reason).or(record.body.reason).unwrap_or_default()
    }

    /// The user that a contact stands behind.
    pub(crate) async fn user_of(&self, contact: &ExternalId) -> User {
        self.maybe_user_of(contact).await.unwrap()
    }

    pub(crate) async fn maybe_user_of(&self, contact: &ExternalId) -> Option<User> {
        let record = self.record(RecordType::Contacts, contact).await?;
        Some(self.user(&record.body.import?.user?).await)
    }

    /// How many records of a type the page says there are.
    pub(crate) async fn counted(&self, record_type: RecordType) -> u64 {
        let descriptor = connector::Connector::descriptor(&halo_psa::CONNECTOR);
        sync::view::present(descriptor, &self.connected.body().await, record_type)
    }

    /// How many records of a type are live in the mirror.
    pub(crate) async fn mirrored(&self, record_type: RecordType) -> usize {
        let page = self.connected.store.record_page(&self.connected.id, record_type, 10_000, None).await.unwrap();
        page.iter().filter(|record| record.live().is_some()).count()
    }

    /// So many records in the mirror, not decided on yet, of which the vendor knows nothing.
    pub(crate) async fn mirror(&self, count: usize, name: &str, data: impl Fn(usize) -> RecordData) {
        let now = self.world.clock.now();
        let record = |n: usize| {
            let body = Mirrored {
                presence: Presence::Live,
                name: name.to_owned(),
                data: Some(data(n)),
                reason: None,
                import: None,
                portal: None,
                first_seen_at: now,
                changed_at: now,
            };
            let external_id = ExternalId::new(format!("9{n:06}"));
            MirrorRecord { external_id, hash: ContentHash::of(b"", 1), body, listed: None }
        };
        let records: Vec<_> = (0..count).map(record).collect();
        let Some(first) = records.first().and_then(|record| record.body.data.as_ref()) else { return };
        self.connected.store.put_records(&self.connected.id, first.record_type(), &records).await.unwrap();
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("no object: {value}") };
    fields
}

pub(crate) fn id_of(made: &Value) -> ExternalId {
    ExternalId::new(made["id"].as_i64().unwrap().to_string())
}

/// What a run did, on a line: `schedule succeeded, 4 calls; contacts 1 fetched, 1 created`.
pub(crate) fn tale(run: &Run) -> String {
    let mut tale = format!("{:?} {:?}, {} calls", run.trigger, run.state, run.vendor_calls).to_lowercase();
    for (record_type, counts) in &run.records {
        let numbers = [
            (counts.fetched, "fetched"),
            (counts.created, "created"),
            (counts.updated, "updated"),
            (counts.unchanged, "unchanged"),
            (counts.skipped, "skipped"),
            (counts.quarantined, "quarantined"),
            (counts.deleted, "deleted"),
        ];
        let said: Vec<String> = numbers.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if !said.is_empty() {
            tale.push_str(&format!("; {record_type} {}", said.join(", ")));
        }
    }
    if let Some(problem) = &run.problem {
        tale.push_str(&format!("; {problem}"));
    }
    tale
}
