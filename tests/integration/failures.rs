//! How each kind of trouble ends: the right status, one issue that says what to do, and healing by itself or by a person.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use connector::http::guard::Lookup;
use connector::http::{HttpPool, HttpSettings};
use connector::{BoxFuture, Connector, Descriptor, Session, SessionContext};
use domain::issue::{Cause, Reason};
use domain::record::RecordType;
use domain::run::RunState;
use domain::status::Status;
use futures::FutureExt as _;
use jiff::SignedDuration;
use secrecy::SecretString;
use simulators::{DenyAs, Fault, FaultKind, RouteKind};
use store::connection::{Settings, Wake};
use sync::engine::{Engine, Worked};
use sync::message::{Command, Reply};
use sync::ports::{Clock, SecretRef};
use testkit::InProcess;

use crate::acme::{Acme, halo, import_all, tale};
use crate::wire::{Dead, OtherHost};

/// A Halo whose connector has a defect.
struct Defective;

impl Connector for Defective {
    fn descriptor(&self) -> &'static Descriptor {
        &halo_psa::DESCRIPTOR
    }

    fn open(&self, _: SessionContext) -> connector::Result<Box<dyn Session>> {
        panic!("a defect")
    }
}

type Trouble = (Reason, Cause, &'static str, &'static str);

impl Acme {
    /// The one open issue: reason, cause, title and remedy.
    async fn trouble(&self) -> (Reason, Cause, String, String) {
        let mut issues = self.issues().await;
        let issue = issues.pop().unwrap();
        assert_eq!(issues, []);
        (issue.reason, issue.cause, issue.title, issue.remedy)
    }

    async fn expect(&self, status: (Status, Option<Reason>), trouble: Trouble) {
        let (reason, cause, title, remedy) = self.trouble().await;
        assert_eq!((reason, cause, title.as_str(), remedy.as_str()), trouble);
        assert_eq!(self.status().await, status);
    }

    async fn expect_healed(&self, reason: &str) {
        assert_eq!(self.issues().await, []);
        assert_eq!(self.status().await, (Status::Connected, None));
        let announced = [("integration.needs_attention", reason), ("integration.recovered", reason)];
        assert_eq!(self.announced(), announced.map(|(what, reason)| (what, reason.to_owned())));
    }

    /// Rotates: a new version, due now.
    async fn rotate(&self, version: &str, change: impl FnOnce(&mut Settings)) {
        let secret = SecretRef {
            tenant: self.connected.store.tenant().clone(),
            connector: "halo-psa".into(),
            connection: self.connected.id.clone(),
        };
        let value = SecretString::from(self.halo.credentials()["client_secret"].clone());
        self.world.secrets.keep(secret, version, [("client_secret".to_owned(), value)].into());
        let wake = Wake { due_at: Some(self.world.clock.now()), re_evaluate: false };
        self.connected
            .change(wake, |settings| {
                settings.credentials.as_mut().unwrap().version = version.to_owned();
                change(settings);
            })
            .await;
    }

    async fn open_field(&self, key: &str, value: &str) {
        let (key, value) = (key.to_owned(), value.to_owned());
        let set = |settings: &mut Settings| drop(settings.credentials.as_mut().unwrap().open.insert(key, value));
        self.connected.change(Wake::default(), set).await;
    }
}

const REFUSED: Trouble = (
    Reason::CredentialsRevoked,
    Cause::Config,
    "Halo PSA refused the client secret",
    "Check the Client Secret in Halo, then enter it again.",
);

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_said_once_pause_after_three_times_and_heal_with_new_ones() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.halo.revoke_credentials(true);
    for times in 1..=3_u32 {
        let run = acme.run().await.unwrap();
        assert_eq!(run.state, RunState::Failed);
        acme.expect((Status::Disconnected, Some(Reason::CredentialsRevoked)), REFUSED).await;
        assert_eq!(acme.issues().await[0].times, times);
        assert_eq!(acme.connected.read().await.state.active, times < 3);
    }
    assert_eq!(acme.announced(), [("integration.needs_attention", "credentials_revoked".to_owned())]);
    acme.halo.clear_calls();
    acme.world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(acme.world.tick().await, 0, "it has paused itself");

    acme.halo.revoke_credentials(false);
    let company = acme.add_company("Harbour Ltd");
    acme.rotate("2", |_| {}).await;
    acme.run().await;
    acme.expect_healed("credentials_revoked").await;
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_tenant_is_named() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.open_field("tenant", "nobody").await;
    acme.run().await;
    // Halo answers with the page that it has for maintenance, too.
    let trouble = (
        Reason::VendorUnreachable,
        Cause::Transient,
        "Something else answers in place of Halo PSA's sign-in",
        "Open the Halo address in a browser: a maintenance page or a proxy may answer. If none does, check the Tenant and \
         enter the credentials again.",
    );
    acme.expect((Status::Connected, None), trouble).await;
    acme.open_field("tenant", "acme").await;
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_problem_that_comes_back_is_told_as_another_one() {
    let acme = Acme::up_to_date(import_all()).await;
    let down = FaultKind::Status { code: 503, body: None, retry_after: None, headers: BTreeMap::new() };
    for _ in 0..2 {
        acme.halo.set_faults(vec![Fault::new(down.clone()).on("contacts")]);
        acme.runs(2).await;
        acme.halo.clear_faults();
        acme.runs(2).await;
        assert_eq!(acme.issues().await, []);
    }
    let events = acme.world.bus.events();
    let told: Vec<_> = events.iter().filter(|event| event.detail_type.starts_with("integration.")).collect();
    let ids: std::collections::BTreeSet<&str> = told.iter().map(|event| event.id.as_str()).collect();
    assert_eq!((told.len(), ids.len()), (4, 4), "twice gone wrong and twice recovered");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_answers_does_not_disprove_that_the_vendor_is_down() {
    let acme = Acme::up_to_date(import_all()).await;
    let down = FaultKind::Status { code: 503, body: None, retry_after: None, headers: BTreeMap::new() };
    acme.halo.set_faults(vec![Fault::new(down).on("contacts")]);
    acme.runs(3).await;
    let [issue] = &acme.issues().await[..] else { panic!("one issue") };
    assert_eq!((issue.reason, issue.times), (Reason::VendorUnreachable, 3), "clients and sites were read each time");
    acme.halo.clear_faults();
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_the_api_is_told_and_the_other_types_go_on() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.halo.set_faults(vec![Fault::new(FaultKind::Html).on("contacts")]);
    let run = acme.run().await.unwrap();
    assert_eq!(run.state, RunState::Partial);
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
    let trouble = (
        Reason::VendorUnreachable,
        Cause::Transient,
        "Halo PSA answers with something that is not its API",
        "Open the Halo address in a browser: a maintenance or sign-in page, or a proxy, may answer in its place.",
    );
    acme.expect((Status::Connected, None), trouble).await;
    acme.runs(3).await;
    assert_eq!(acme.status().await, (Status::Error, Some(Reason::VendorUnreachable)), "two cadences without success");
    acme.halo.clear_faults();
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_the_sign_in_says_nothing_of_the_credentials() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.halo.set_faults(vec![Fault::new(FaultKind::Html).route(RouteKind::Token)]);
    acme.halo.expire_tokens();
    acme.runs(5).await;
    let (reason, cause, ..) = acme.trouble().await;
    assert_eq!((reason, cause), (Reason::VendorUnreachable, Cause::Transient));
    assert_eq!(acme.status().await, (Status::Error, Some(Reason::VendorUnreachable)));
    assert!(acme.connected.read().await.state.active, "it goes on trying");
    acme.halo.clear_faults();
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_on_one_type_names_it_and_the_others_go_on() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.halo.deny(["tickets"], DenyAs::Forbidden);
    acme.halo.expire_tokens();
    let company = acme.add_company("Harbour Ltd");
    let run = acme.run().await.unwrap();
    assert_eq!(run.state, RunState::Partial);
    assert_eq!(run.types[&RecordType::Tickets].problem.as_deref(), Some("Halo PSA does not permit reading tickets"));
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
    let trouble = (
        Reason::PermissionMissing,
        Cause::Config,
        "Halo PSA does not permit reading tickets",
        "Give the API agent the right \"read:tickets\" in Halo, then press Check again.",
    );
    acme.expect((Status::Error, Some(Reason::PermissionMissing)), trouble).await;
    assert_eq!(acme.issues().await[0].record_types, [RecordType::Tickets]);

    acme.halo.deny(Vec::<String>::new(), DenyAs::Forbidden);
    acme.halo.expire_tokens();
    acme.runs(2).await;
    acme.expect_healed("permission_missing").await;
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_asks_to_slow_down_is_left_alone_as_long_as_it_says() {
    for (retry_after, kind) in [(Some("120"), "named"), (None, "unnamed")] {
        let acme = Acme::up_to_date(import_all()).await;
        let company = acme.add_company("Harbour Ltd");
        let slow = FaultKind::Status {
            code: 429,
            body: None,
            retry_after: retry_after.map(str::to_owned),
            headers: Default::default(),
        };
        acme.halo.set_faults(vec![Fault::new(slow).on("clients").times(1)]);
        acme.halo.clear_calls();
        let run = acme.run().await.unwrap();
        assert_eq!(run.state, RunState::Succeeded, "{kind}: {}", tale(&run));
        assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
        let calls: Vec<_> =
            acme.halo.calls(100).last.into_iter().filter(|call| call.template == "/api/Client").collect();
        let pause = calls[1].at.duration_since(calls[0].at);
        assert!(pause >= SignedDuration::from_secs(if retry_after.is_some() { 120 } else { 15 }), "{kind}: {pause}");
        assert_eq!(acme.issues().await, []);
        assert_eq!(acme.status().await, (Status::Connected, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_always_asks_to_slow_down_becomes_an_issue() {
    let acme = Acme::up_to_date(import_all()).await;
    let slow =
        FaultKind::Status { code: 429, body: None, retry_after: Some("300".to_owned()), headers: Default::default() };
    acme.halo.set_faults(vec![Fault::new(slow)]);
    for _ in 0..30 {
        acme.world.clock.advance(SignedDuration::from_mins(2));
        acme.world.tick().await;
        // One message at a time: each continuation comes after the pause.
        if let Some((message, delay)) = acme.world.queue.take() {
            acme.world.clock.advance(SignedDuration::try_from(delay).unwrap());
            acme.world.engine().work(&message, acme.world.deadline()).await.unwrap();
        }
    }
    let trouble = (
        Reason::VendorUnreachable,
        Cause::Transient,
        "Halo PSA asks us to slow down",
        "Nothing to do: we go on when Halo allows it. Other tools using the same account may share its limit.",
    );
    acme.expect((Status::Error, Some(Reason::VendorUnreachable)), trouble).await;
    acme.halo.clear_faults();
    acme.runs(2).await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_host_is_an_error_after_two_cadences_and_heals_by_itself() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.wire.lead_to(Arc::new(Dead));
    acme.run().await;
    let trouble = (
        Reason::VendorUnreachable,
        Cause::Transient,
        "Halo PSA does not answer",
        "Nothing to do if Halo is down: we keep trying. Otherwise check its address and your firewall.",
    );
    acme.expect((Status::Connected, None), trouble).await;
    acme.runs(3).await;
    acme.expect((Status::Error, Some(Reason::VendorUnreachable)), trouble).await;
    let ids: Vec<_> = acme.issues().await.into_iter().map(|issue| issue.id).collect();
    assert_eq!(ids, ["vendor_unreachable"], "it is about the whole vendor, so nothing follows the reason");
    acme.wire.lead_to(Arc::new(InProcess(acme.halo.router())));
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

/// A resolver that knows one address for everything.
struct Always(IpAddr);

impl Lookup for Always {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![self.0]) })
    }
}

fn guarded(acme: &Acme, address: &str) -> Engine {
    let clock = acme.world.clock.clone();
    let settings = HttpSettings::new(Arc::new(move || clock.now()));
    let http = HttpPool::with_lookup(settings, Arc::new(Always(address.parse().unwrap()))).unwrap();
    Engine { http, ..acme.world.engine() }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_leads_into_a_private_network_is_not_called() {
    let acme = Acme::up_to_date(import_all()).await;
    let engine = guarded(&acme, "10.1.2.3");
    acme.world.clock.advance(SignedDuration::from_mins(30));
    acme.world.tick().await;
    let (message, _) = acme.world.queue.take().unwrap();
    engine.work(&message, acme.world.deadline()).await.unwrap();
    let remedy = "Enter the public https address of your Halo system: acme.halopsa.com leads to a private address; only hosts \
                  on the internet can be reached.";
    let trouble = (Reason::VendorUnreachable, Cause::Config, "The Halo address cannot be used", remedy);
    acme.expect((Status::Error, Some(Reason::VendorUnreachable)), trouble).await;
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn a_loopback_address_is_refused_before_anything_is_sent() {
    let (world, app, _) = halo(0);
    let mut values: connector::CredentialValues =
        app.credentials().into_iter().map(|(key, value)| (key, SecretString::from(value))).collect();
    values.insert("url".to_owned(), SecretString::from("https://127.0.0.1:8443"));
    let command = Command::Authenticate { tenant: "acme".into(), connection: "halo-psa".into(), values };
    let Reply::Failed { problem } = world.engine().command(command, world.deadline()).await.unwrap() else { panic!() };
    assert_eq!(problem.field.as_deref(), Some("url"));
    assert!(!problem.reached);
    assert_eq!(problem.title, "The Halo address cannot be used");
    assert_eq!(
        problem.remedy,
        "Enter the public https address of your Halo system: 127.0.0.1 is a loopback address; only hosts on the internet \
         can be reached."
    );
    assert_eq!(app.calls(0).token, 0);
}

#[tokio::test(start_paused = true)]
async fn credentials_of_another_account_stop_before_anything_is_compared() {
    let acme = Acme::connected(40, import_all()).await;
    acme.run().await;
    let mirrored = acme.mirrored(RecordType::Contacts).await;
    // Another Halo, where the same ids are other people.
    let (_, other, _) = halo(40);
    acme.wire.lead_to(Arc::new(OtherHost(Arc::new(InProcess(other.router())))));
    acme.rotate("2", |settings| {
        let open = &mut settings.credentials.as_mut().unwrap().open;
        open.insert("url".to_owned(), "https://other.halopsa.com".to_owned());
    })
    .await;
    other.clear_calls();
    let run = acme.run().await.unwrap();
    assert_eq!(run.problem.as_deref(), Some("the credentials belong to another account"));
    assert_eq!(other.calls(0).data, 1, "who am I, and nothing else");
    let (reason, cause, title, _) = acme.trouble().await;
    assert_eq!(
        (reason, cause, title.as_str()),
        (Reason::WrongAccount, Cause::Config, "The Halo credentials belong to another account")
    );
    assert_eq!(acme.status().await, (Status::Error, Some(Reason::WrongAccount)));
    assert!(!acme.connected.read().await.state.active);
    assert_eq!(acme.mirrored(RecordType::Contacts).await, mirrored);

    acme.wire.lead_to(Arc::new(InProcess(acme.halo.router())));
    acme.rotate("3", |settings| {
        let open = &mut settings.credentials.as_mut().unwrap().open;
        open.insert("url".to_owned(), "https://acme.halopsa.com".to_owned());
    })
    .await;
    acme.run().await;
    acme.expect_healed("wrong_account").await;
}

#[tokio::test(start_paused = true)]
async fn refusals_within_one_slot_count_once_however_often_somebody_asks() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let ticket = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    acme.halo.revoke_credentials(true);
    for _ in 0..4 {
        acme.connected.store.hint(&acme.connected.id, RecordType::Tickets, &ticket).await.unwrap();
        acme.wake().await;
    }
    assert_eq!(acme.connected.body().await.refused.unwrap().times, 1);
    assert!(acme.connected.read().await.state.active, "seconds of trouble pause nothing");
    acme.halo.revoke_credentials(false);
    acme.runs(2).await;
    acme.expect_healed("credentials_revoked").await;
}

fn down() -> FaultKind {
    FaultKind::Status { code: 503, body: None, retry_after: None, headers: BTreeMap::new() }
}

#[tokio::test(start_paused = true)]
async fn one_list_that_never_answers_keeps_no_other_from_being_read() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    acme.halo.set_faults(vec![Fault::new(down()).on("clients")]);
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    let run = acme.run().await.unwrap();
    assert_eq!(run.state, RunState::Partial);
    assert_eq!(acme.user_of(&ann).await.name, "Ann Reed");
    let (reason, cause, title, _) = acme.trouble().await;
    assert_eq!((reason, cause), (Reason::VendorUnreachable, Cause::Transient));
    assert_eq!(title, "Halo PSA does not answer when asked for companies");
    acme.halo.clear_faults();
    acme.run().await;
    acme.expect_healed("vendor_unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn an_import_that_an_outage_interrupts_goes_on_where_it_was() {
    let acme = Acme::connected(900, import_all()).await;
    acme.halo.set_faults(vec![Fault::new(down()).on("contacts").after(2), Fault::new(down()).on("tickets")]);
    acme.run().await;
    assert_eq!(acme.connected.body().await.left["contacts"].page, 2);
    acme.halo.clear_faults();
    acme.halo.clear_calls();
    acme.run().await;
    let (body, calls) = (acme.connected.body().await, acme.halo.calls(0).count("GET", "/api/Users"));
    assert!(body.left.is_empty());
    assert!(body.feeds["contacts"].pages > 3, "{}", body.feeds["contacts"].pages);
    assert_eq!(calls, u64::from(body.feeds["contacts"].pages) - 2);
    assert_eq!(acme.counted(RecordType::Contacts).await, acme.mirrored(RecordType::Contacts).await as u64);
    assert_eq!(acme.issues().await, []);
}

#[tokio::test(start_paused = true)]
async fn work_that_panics_is_claimed_by_nobody_before_its_message_comes_again() {
    let acme = Acme::up_to_date(import_all()).await;
    let due = acme.connected.store.state(&acme.connected.id).await.unwrap().due_at.unwrap();
    acme.world.clock.advance(due.duration_since(acme.world.clock.now()));
    assert_eq!(acme.world.tick().await, 1);
    let (message, _) = acme.world.queue.take().unwrap();
    let defective = Engine { connector: &Defective, ..acme.world.engine() };
    let work = defective.work(&message, acme.world.deadline());
    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err());

    // The queue hands the message out again after two minutes.
    acme.world.clock.advance(SignedDuration::from_secs(119));
    assert_eq!(acme.world.tick().await, 0);
    acme.world.clock.advance(SignedDuration::from_secs(1));
    let again = acme.world.engine().work(&message, acme.world.deadline()).await.unwrap();
    assert_eq!(again, Worked::Done, "the message is not stale, so a defect that stays ends in the dead letters");
}
