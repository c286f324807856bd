//! One vendor account and two portals: whoever comes second only reads until an admin confirms, and neither is told whose
//! the other is.

use std::sync::Arc;

use domain::edit::RecordRef;
use domain::issue::{Cause, Reason};
use domain::record::RecordType;
use domain::status::Status;
use jiff::SignedDuration;
use simulators::Setup;
use store::activity::By;
use store::connection::Wake;
use sync::ports::Clock as _;
use testkit::{Connected, InProcess, TestClock, World};

use crate::acme::{Acme, HaloCompany, import_all, object};

/// Acme, and another tenant that connects the same Halo an hour later.
async fn two() -> (Acme, Acme, HaloCompany) {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    acme.world.clock.advance(SignedDuration::from_hours(1));
    let connected = acme.world.connect("beta", &acme.halo.credentials(), import_all()).await;
    let beta = Acme { world: acme.world.clone(), halo: acme.halo.clone(), wire: acme.wire.clone(), connected };
    acme.world.tick().await;
    acme.world.drain().await;
    (acme, beta, company)
}

/// A ticket opened in the portal of this tenant.
async fn open(of: &Acme, reference: &str, company: &HaloCompany, title: &str) {
    let record = RecordRef::Portal(reference.to_owned());
    let ticket = domain::record::Ticket {
        title: title.to_owned(),
        description: "It does not work.".to_owned(),
        company: Some(company.id.clone()),
        ..domain::record::Ticket::default()
    };
    let edit = domain::edit::Edit::CreateTicket { ticket: Box::new(ticket), defaults: Default::default() };
    of.connected
        .store
        .add_operation(&of.connected.id, &of.operation(reference, record, edit), By::System)
        .await
        .unwrap();
    of.world.tick().await;
    of.world.drain().await;
}

async fn confirm(connected: &Connected, now: jiff::Timestamp) {
    let wake = Wake { due_at: Some(now), re_evaluate: false };
    let confirmed = |settings: &mut store::connection::Settings| {
        settings.account_confirmed = settings.account.as_ref().map(|account| account.id.clone());
    };
    connected.change(wake, confirmed).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_second_reads_and_does_not_write_until_it_is_confirmed() {
    let (acme, beta, company) = two().await;
    assert_eq!(acme.issues().await, [], "the first is not touched");
    let [issue] = beta.issues().await.try_into().unwrap();
    assert_eq!((issue.reason, issue.cause), (Reason::AccountShared, Cause::Config));
    assert_eq!(issue.title, "Another portal is connected to this Halo account");
    assert!(!format!("{issue:?}").contains("acme"), "and names nobody");
    assert_eq!(beta.status().await, (Status::Connected, None), "everything is read");
    assert!(beta.mirrored(RecordType::Tickets).await > 0);

    open(&beta, "tk_b", &company, "From beta").await;
    open(&acme, "tk_a", &company, "From acme").await;
    assert_eq!((beta.at_halo("From beta").len(), acme.at_halo("From acme").len()), (0, 1));

    confirm(&beta.connected, beta.world.clock.now()).await;
    beta.world.tick().await;
    beta.world.drain().await;
    assert_eq!(beta.at_halo("From beta").len(), 1);
    assert_eq!(beta.issues().await, []);
}

#[tokio::test(start_paused = true)]
async fn new_credentials_make_nobody_second() {
    let (acme, beta, _) = two().await;
    confirm(&beta.connected, beta.world.clock.now()).await;
    for (of, tenant) in [(&acme, "acme"), (&beta, "beta")] {
        let secret = sync::ports::SecretRef {
            tenant: tenant.into(),
            connector: "halo-psa".into(),
            connection: of.connected.id.clone(),
        };
        let value = secrecy::SecretString::from(of.halo.credentials()["client_secret"].clone());
        of.world.secrets.keep(secret, "2", [("client_secret".to_owned(), value)].into());
        let wake = Wake { due_at: Some(of.world.clock.now()), re_evaluate: false };
        let rotate = |settings: &mut store::connection::Settings| {
            settings.credentials.as_mut().unwrap().version = "2".to_owned();
        };
        of.connected.change(wake, rotate).await;
    }
    acme.world.tick().await;
    acme.world.drain().await;
    assert_eq!((acme.issues().await, beta.issues().await), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn who_left_is_not_in_the_way() {
    let acme = Acme::up_to_date(import_all()).await;
    crate::takedown::disconnect(&acme.world, &acme.connected, domain::disconnect::DataChoice::Keep).await;
    crate::takedown::until_disconnected(&acme.world, &acme.connected).await;
    let connected = acme.world.connect("beta", &acme.halo.credentials(), import_all()).await;
    acme.world.tick().await;
    acme.world.drain().await;
    assert_eq!(connected.read().await.issues, []);
}

#[tokio::test(start_paused = true)]
async fn of_two_that_connect_at_the_same_moment_one_is_second() {
    let acme = Acme::connected(0, import_all()).await;
    let beta = acme.world.connect("beta", &acme.halo.credentials(), import_all()).await;
    acme.world.tick().await;
    acme.world.drain().await;
    let told = |issues: Vec<domain::issue::Issue>| issues.len();
    assert_eq!((told(acme.issues().await), told(beta.read().await.issues)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_partner_without_companies_stays_itself_when_its_first_company_names_it() {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale: 0, seed: 1, clock: Arc::new(move || time.now()) };
    let asio = simulators::by_id("connectwise-asio").unwrap().build(&setup);
    for company in asio.dump()["companies"].as_array().unwrap() {
        asio.delete("companies", company["id"].as_str().unwrap(), true).unwrap();
    }
    let world = World::new(&connectwise_asio::CONNECTOR, Arc::new(InProcess(asio.router())), clock);
    let connected = world.connect("acme", &asio.credentials(), import_all()).await;
    let account = connected.read().await.settings.value.account.unwrap();
    assert!(connector::Account::is_provisional(&account.id), "nothing names the partner");
    world.scheduled_run(&connected).await;
    assert_eq!(connected.read().await.settings.value.account.unwrap(), account);
    asio.create("companies", object(serde_json::json!({ "name": "Harbour Ltd" }))).unwrap();
    world.scheduled_run(&connected).await;
    let settled = connected.read().await.settings.value.account.unwrap();
    assert!(!connector::Account::is_provisional(&settled.id), "from now on other credentials are compared with it");
    assert_eq!(connected.read().await.issues, []);
    assert_eq!(connected.store.record_page(&connected.id, RecordType::Companies, 10, None).await.unwrap().len(), 1);
}
