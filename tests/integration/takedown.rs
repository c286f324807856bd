//! Disconnecting, as a person sees it: what stops, what stays, what goes, and what the vendor is told.

use connector::ErrorKind;
use domain::disconnect::{DataChoice, Disconnect};
use domain::issue::Reason;
use domain::portal::Access;
use domain::record::RecordType;
use domain::run::{Mode, Run, RunState, Trigger};
use domain::status::Status;
use jiff::SignedDuration;
use serde_json::json;
use store::activity::By;
use store::connection::{Settings, Wake};
use store::memory::MemoryTable;
use sync::engine::Worked;
use sync::ports::Clock as _;
use testkit::{Connected, World};

use crate::acme::{Acme, import_all};
use crate::pushing::Pushing;
use crate::races::{step, wake_up, worker};
use crate::worlds::deliver;

mod kills;

/// Disconnects as the settings API does.
pub(crate) async fn disconnect(world: &World, connected: &Connected, data: DataChoice) -> Disconnect {
    let at = world.clock.now();
    let disconnect = Disconnect { data, run: sync::run_id(at, 700), at };
    let wake = Wake { due_at: Some(at), re_evaluate: false };
    connected.change(wake, |settings| settings.disconnect = Some(disconnect.clone())).await;
    disconnect
}

/// Ticks and works until nothing is due any more.
pub(crate) async fn until_disconnected(world: &World, connected: &Connected) {
    for _ in 0..30 {
        world.tick().await;
        world.drain().await;
        let state = connected.store.state(&connected.id).await.unwrap();
        let Some(due) = state.due_at else { return assert_at_rest(connected).await };
        let wait = due.duration_since(world.clock.now());
        if wait.is_positive() {
            world.clock.advance(wait);
        }
    }
    panic!("it does not come to an end: {:#?}", connected.read().await.state);
}

async fn assert_at_rest(connected: &Connected) {
    let state = connected.read().await.state;
    assert!(!state.active && state.lease.is_none() && state.requested.is_none(), "{state:#?}");
    assert_eq!(connected.read().await.settings.value.disconnect, None);
}

/// Sort keys of everything that the table has of the connection, by partition.
pub(crate) fn of_the_connection(table: &MemoryTable) -> Vec<String> {
    let text = |item: &store::table::Item, name: &str| item[name].as_s().unwrap().clone();
    let all = table.items().into_iter().map(|item| (text(&item, "pk"), text(&item, "sk")));
    let ours = all.filter(|(pk, _)| ["#CONN#", "#LINK#", "#BLOCK#"].iter().any(|part| pk.contains(part)));
    let mut left: Vec<_> = ours.map(|(pk, sk)| format!("{} {sk}", pk.trim_start_matches("T#acme#"))).collect();
    left.sort();
    left
}

async fn run_of(connected: &Connected, disconnect: &Disconnect) -> Run {
    connected.store.run(&connected.id, &disconnect.run).await.unwrap().expect("the run is in the log")
}

/// A company with somebody in it, imported, and somebody made by hand.
async fn lived_in() -> (Acme, crate::acme::HaloCompany, domain::id::ExternalId) {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.add_ticket(&company, "Printer on fire");
    acme.run().await;
    let portal = acme.company_of(&company).await;
    acme.make_user("by-hand", &portal.id, "boss@harbour.example").await;
    (acme, company, ann)
}

#[tokio::test(start_paused = true)]
async fn kept_data_stays_as_it_is_and_nothing_is_due() {
    let (acme, company, ann) = lived_in().await;
    let user = acme.user_of(&ann).await;
    let counted = acme.counted(RecordType::Contacts).await;
    let disconnect = disconnect(&acme.world, &acme.connected, DataChoice::Keep).await;
    assert_eq!(acme.status().await, (Status::Disconnected, Some(Reason::Disconnecting)), "at once");
    until_disconnected(&acme.world, &acme.connected).await;

    assert_eq!(acme.status().await, (Status::Disconnected, Some(Reason::CredentialsMissing)));
    assert!(acme.world.secrets.is_empty());
    let settings = acme.connected.read().await.settings.value;
    assert_eq!((settings.credentials, settings.pending, settings.enabled_at), (None, None, None));
    assert!(settings.account.is_some() && settings.options_saved && settings.connected_at.is_some());
    assert_eq!(acme.user(&user.id).await, user);
    assert_eq!(acme.company_of(&company).await.links.len(), 1);
    assert_eq!(acme.counted(RecordType::Contacts).await, counted);
    assert!(acme.record(RecordType::Contacts, &ann).await.unwrap().live().is_some());
    let run = run_of(&acme.connected, &disconnect).await;
    assert_eq!((run.mode, run.trigger, run.state), (Mode::Disconnect, Trigger::Manual, RunState::Succeeded));
    assert_eq!((run.records.len(), run.progress, run.problem), (0, None, None));
    let said: Vec<_> = acme.world.bus.events().into_iter().map(|event| event.detail_type).collect();
    assert_eq!(said.iter().filter(|said| **said == "integration.disconnected").count(), 1);

    acme.world.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(acme.world.tick().await, 0);
    assert_eq!(deliver(&acme.world, &wake_up(Trigger::Webhook)).await.unwrap(), Worked::Dropped);
}

#[tokio::test(start_paused = true)]
async fn connecting_the_same_account_again_goes_on_where_it_stopped() {
    let (acme, company, ann) = lived_in().await;
    let before = acme.connected.read().await.settings.value;
    disconnect(&acme.world, &acme.connected, DataChoice::Keep).await;
    until_disconnected(&acme.world, &acme.connected).await;
    acme.change("users", &ann, json!({ "name": "Ann Miller" }));
    let ben = acme.add_contact(&company, "Ben Hill", "ben@harbour.example");

    reconnect(&acme, before).await;
    acme.halo.clear_calls();
    acme.run().await;
    assert_eq!(acme.status().await, (Status::Connected, None));
    assert_eq!(acme.user_of(&ann).await.name, "Ann Miller");
    assert_eq!(acme.user_of(&ben).await.name, "Ben Hill");
    let lists = acme.halo.calls(0).count("GET", "/api/Users");
    assert_eq!(lists, 1, "only what changed since was read");
}

/// Credentials, test and enabling, as the settings API saves them.
async fn reconnect(acme: &Acme, before: Settings) {
    let connector = connector::Connector::descriptor(&halo_psa::CONNECTOR);
    let entered = acme.halo.credentials().into_iter().map(|(key, value)| (key, value.into())).collect();
    let credentials = connector::Credentials::sort(connector, &entered);
    let secret = sync::ports::SecretRef {
        tenant: "acme".into(),
        connector: "halo-psa".into(),
        connection: acme.connected.id.clone(),
    };
    acme.world.secrets.keep(secret, "2", credentials.secrets().clone());
    let now = acme.world.clock.now();
    let wake = Wake { due_at: Some(now), re_evaluate: false };
    acme.connected
        .change(wake, |settings| {
            let set = before.credentials.clone().unwrap();
            settings.credentials = Some(store::connection::CredentialSet { version: "2".to_owned(), ..set });
            settings.account.clone_from(&before.account);
            settings.options.clone_from(&before.options);
            settings.options_saved = true;
            settings.tested_at = Some(now);
            settings.enabled_at = Some(now);
            settings.connected_at.get_or_insert(now);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn removed_data_is_gone_and_people_and_companies_are_not() {
    let (acme, company, ann) = lived_in().await;
    let user = acme.user_of(&ann).await;
    let portal = acme.company_of(&company).await;
    let contacts = acme.counted(RecordType::Contacts).await;
    let disconnect = disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
    until_disconnected(&acme.world, &acme.connected).await;

    assert_eq!(acme.status().await, (Status::Disconnected, Some(Reason::NeverConnected)));
    let settings = acme.connected.read().await.settings.value;
    assert_eq!(settings, Settings::new("halo-psa".into()));
    let log = format!("CONN#halo-psa#RUN {}", disconnect.run);
    assert_eq!(of_the_connection(&acme.world.table), ["CONN#halo-psa SETTINGS", "CONN#halo-psa STATE", log.as_str()]);
    let run = run_of(&acme.connected, &disconnect).await;
    assert_eq!(run.records[&RecordType::Contacts].deleted, contacts);
    assert_eq!(run.records[&RecordType::Tickets].deleted, 5);

    let left = acme.company_of(&company).await;
    assert_eq!((left.name, left.links.len(), left.users), (portal.name, 0, 2));
    let suspended = acme.user(&user.id).await;
    assert_eq!((suspended.access, suspended.contacts.len(), suspended.role), (Access::Suspended, 0, user.role));
    assert_eq!(suspended.reason.unwrap(), "Halo PSA, where its contact was, has been disconnected");
    assert_eq!(acme.user(&"by-hand".into()).await.access, Access::Active);
    let told = acme.world.bus.events().into_iter().filter(|event| event.detail_type == "user.suspended").count();
    assert_eq!(told, 1);
}

#[tokio::test(start_paused = true)]
async fn people_come_back_with_their_contacts() {
    let (acme, company, ann) = lived_in().await;
    let before = acme.connected.read().await.settings.value;
    let user = acme.user_of(&ann).await;
    disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
    until_disconnected(&acme.world, &acme.connected).await;

    reconnect(&acme, before).await;
    acme.run().await;
    assert_eq!(acme.why_company(&company).await, "resembles \"Harbour Ltd\": review it in quick match");
    assert_eq!(acme.user(&user.id).await.access, Access::Suspended, "not linked yet");
    acme.link(&acme.company_of(&company).await.id, &company).await;
    acme.wake().await;
    let back = acme.user(&user.id).await;
    assert_eq!((back.access, back.reason, back.contacts), (Access::Active, None, user.contacts));
}

#[tokio::test(start_paused = true)]
async fn access_stays_where_another_contact_or_an_admin_stands_behind_it() {
    let (acme, company, ann) = lived_in().await;
    let ben = acme.add_contact(&company, "Ben Hill", "ben@harbour.example");
    acme.run().await;
    let (with_other, decided) = (acme.user_of(&ann).await, acme.user_of(&ben).await);
    let elsewhere = domain::portal::ContactRef { connection: "syncro".into(), external_id: "9".into(), active: true };
    let mut changed = with_other.clone();
    changed.contacts.push(elsewhere.clone());
    acme.connected.store.save_user(&with_other, &changed, By::System).await.unwrap();
    let kept = domain::portal::User { access_decided: true, ..decided.clone() };
    acme.connected.store.save_user(&decided, &kept, By::System).await.unwrap();

    disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
    until_disconnected(&acme.world, &acme.connected).await;
    let with_other = acme.user(&with_other.id).await;
    assert_eq!((with_other.access, with_other.contacts), (Access::Active, vec![elsewhere]));
    assert_eq!(acme.user(&decided.id).await.access, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn what_was_kept_can_be_removed_later() {
    let (acme, _, _) = lived_in().await;
    disconnect(&acme.world, &acme.connected, DataChoice::Keep).await;
    until_disconnected(&acme.world, &acme.connected).await;
    acme.world.clock.advance(SignedDuration::from_hours(1));
    let disconnect = disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
    until_disconnected(&acme.world, &acme.connected).await;
    assert_eq!(acme.mirrored(RecordType::Contacts).await, 0);
    assert_eq!(run_of(&acme.connected, &disconnect).await.state, RunState::Succeeded);
    assert_eq!(acme.status().await, (Status::Disconnected, Some(Reason::NeverConnected)));
}

/// At any moment of a run: its worker stops at its next write and takes the connection down itself.
#[tokio::test(start_paused = true)]
async fn a_disconnect_wins_over_a_run_at_any_moment() {
    for at in (1..).step_by(7) {
        let acme = Acme::connected(10, import_all()).await;
        acme.world.tick().await;
        let (message, _) = acme.world.queue.take().unwrap();
        let mut run = worker(&acme.world, message);
        let ended = (0..at).any(|_| step(&mut run).is_ready());
        let disconnect = disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
        if !ended {
            run.await.unwrap();
        }
        until_disconnected(&acme.world, &acme.connected).await;
        let log = format!("CONN#halo-psa#RUN {}", disconnect.run);
        assert_eq!(
            of_the_connection(&acme.world.table),
            ["CONN#halo-psa SETTINGS", "CONN#halo-psa STATE", log.as_str()],
            "at step {at}"
        );
        let users = acme.connected.store.users(1_000, None).await.unwrap().items;
        assert!(users.iter().all(|user| user.access == Access::Suspended && user.contacts.is_empty()), "at step {at}");
        if ended {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_worker_of_a_run_takes_down_without_waiting_for_the_next_slot() {
    let acme = Acme::connected(10, import_all()).await;
    acme.world.tick().await;
    let (message, _) = acme.world.queue.take().unwrap();
    let mut run = worker(&acme.world, message);
    while acme.connected.body().await.run.is_none() {
        assert!(step(&mut run).is_pending());
    }
    disconnect(&acme.world, &acme.connected, DataChoice::Keep).await;
    assert_eq!(run.await.unwrap(), Worked::Done);
    assert_at_rest(&acme.connected).await;
    let runs = acme.connected.store.runs(&acme.connected.id, 10, None).await.unwrap().items;
    let told: Vec<_> = runs.iter().map(|run| (run.mode, run.problem.as_deref())).collect();
    assert_eq!(told, [(Mode::Disconnect, None), (Mode::Changes, Some("the integration was disconnected"))]);
}

#[tokio::test(start_paused = true)]
async fn a_second_worker_finds_the_first_at_it_and_goes() {
    let (acme, _, _) = lived_in().await;
    disconnect(&acme.world, &acme.connected, DataChoice::Remove).await;
    acme.world.tick().await;
    let (message, _) = acme.world.queue.take().unwrap();
    let mut first = worker(&acme.world, message);
    loop {
        let ended = step(&mut first).is_ready();
        let second = deliver(&acme.world, &wake_up(Trigger::Portal)).await.unwrap();
        if ended {
            assert_eq!(second, Worked::Dropped);
            break;
        }
        if second != Worked::Dropped {
            // It was faster to the lease; then the first one finds it taken.
            assert_eq!(first.await.unwrap(), Worked::Dropped);
            break;
        }
    }
    assert_at_rest(&acme.connected).await;
}

#[tokio::test(start_paused = true)]
async fn links_are_read_only_from_the_moment_of_disconnecting() {
    let (acme, company, _) = lived_in().await;
    let portal = acme.company_of(&company).await;
    let store = &acme.connected.store;
    disconnect(&acme.world, &acme.connected, DataChoice::Keep).await;
    for _ in 0..2 {
        let unlinked = store.unlink(&portal, &acme.connected.id, &company.id, By::System).await;
        assert!(matches!(unlinked, Err(store::StoreError::Closed)), "{unlinked:?}");
        let link = domain::portal::Link { external_id: "999".into(), name: String::new(), state: Default::default() };
        let linked = store.link(&portal, &acme.connected.id, link, By::System).await;
        assert!(matches!(linked, Err(store::StoreError::Closed)), "{linked:?}");
        until_disconnected(&acme.world, &acme.connected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_vendors_subscriptions_go_before_the_credentials() {
    for data in [DataChoice::Keep, DataChoice::Remove] {
        let pushing = Pushing::up_to_date(import_all()).await;
        let url = pushing.vendor.subscribed().unwrap();
        disconnect(&pushing.acme.world, &pushing.acme.connected, data).await;
        until_disconnected(&pushing.acme.world, &pushing.acme.connected).await;
        assert_eq!(pushing.vendor.subscribed(), None);
        assert!(pushing.acme.world.secrets.is_empty());
        pushing.acme.world.clock.advance(SignedDuration::from_secs(4));
        let answer = pushing.push_to(&url, "tickets/1").await;
        assert_eq!((answer.0, answer.1.as_str()), (404, "not_found"), "the address is no address any more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_is_away_is_asked_four_times_and_then_left_as_it_is() {
    for data in [DataChoice::Keep, DataChoice::Remove] {
        let pushing = Pushing::up_to_date(import_all()).await;
        let acme = &pushing.acme;
        pushing.vendor.refuse(Some(ErrorKind::Unavailable));
        let began = acme.world.clock.now();
        let disconnect = disconnect(&acme.world, &acme.connected, data).await;
        acme.world.tick().await;
        acme.world.drain_one().await;
        assert!(!acme.world.secrets.is_empty(), "they are still needed");
        if data == DataChoice::Remove {
            assert_eq!(acme.mirrored(RecordType::Tickets).await, 0, "nothing else waits for the vendor");
        }
        until_disconnected(&acme.world, &acme.connected).await;
        assert_eq!(pushing.vendor.left(), 4);
        let took = acme.world.clock.now().duration_since(began);
        assert!((21..=25).contains(&took.as_mins()), "{took:?}");
        assert!(acme.world.secrets.is_empty());
        let run = run_of(&acme.connected, &disconnect).await;
        assert_eq!(run.state, RunState::Partial);
        assert_eq!(
            run.problem.unwrap(),
            "Halo PSA does not answer, so its webhooks for this portal were not removed. Delete them in Halo: their \
             address begins with https://portal.example/webhooks/halo-psa/\u{2026}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_refuses_us_is_not_asked_again() {
    let pushing = Pushing::up_to_date(import_all()).await;
    pushing.vendor.refuse(Some(ErrorKind::Credentials { field: None }));
    let disconnect = disconnect(&pushing.acme.world, &pushing.acme.connected, DataChoice::Keep).await;
    until_disconnected(&pushing.acme.world, &pushing.acme.connected).await;
    assert_eq!(pushing.vendor.left(), 1);
    let run = run_of(&pushing.acme.connected, &disconnect).await;
    assert!(run.problem.unwrap().starts_with("Halo PSA refused the credentials, so its webhooks"), "{:?}", run.state);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_cannot_be_read_does_not_keep_anybody_connected() {
    let pushing = Pushing::up_to_date(import_all()).await;
    pushing.acme.world.secrets.lose();
    disconnect(&pushing.acme.world, &pushing.acme.connected, DataChoice::Remove).await;
    until_disconnected(&pushing.acme.world, &pushing.acme.connected).await;
    assert_eq!(pushing.acme.status().await, (Status::Disconnected, Some(Reason::NeverConnected)));
}
