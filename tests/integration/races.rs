//! Two workers on one connection, step by step: every place where something can arrive while a worker is at it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use domain::id::ExternalId;
use domain::record::RecordType;
use domain::run::{Mode, Trigger};
use serde_json::json;
use simulators::App;
use store::activity::By;
use store::connection::Wake;
use store::state::Requested;
use sync::engine::{EngineError, Worked};
use sync::message::WorkMessage;
use sync::ports::Clock;
use testkit::{Connected, World};

use crate::worlds::{connected, deliver, fields, import_all, until_quiet};

type Work = Pin<Box<dyn Future<Output = Result<Worked, EngineError>>>>;

/// A wake-up, as the webhook handler and the settings API queue it.
pub(crate) fn wake_up(trigger: Trigger) -> WorkMessage {
    let connector = domain::id::ConnectorId::new("halo-psa");
    WorkMessage { tenant: "acme".into(), connector, connection: "halo-psa".into(), claim: None, trigger }
}

/// A worker that has not begun.
pub(crate) fn worker(world: &World, message: WorkMessage) -> Work {
    let world = world.clone();
    Box::pin(async move { deliver(&world, &message).await })
}

/// One step of a worker: to its next request of the table.
pub(crate) fn step(work: &mut Work) -> Poll<Result<Worked, EngineError>> {
    work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Up to so many steps; whether it ended.
fn steps(work: &mut Work, count: usize) -> Option<Worked> {
    for _ in 0..count {
        if let Poll::Ready(done) = step(work) {
            return Some(done.unwrap());
        }
    }
    None
}

/// Imported and quiet.
async fn quiet(scale: usize) -> (World, App, Connected) {
    let (world, app, connected) = connected(scale, import_all()).await;
    until_quiet(&world).await;
    (world, app, connected)
}

/// A person changes a contact at the vendor; gives its id.
fn rename_somebody(app: &App, name: &str) -> ExternalId {
    let users = app.dump()["users"].as_array().cloned().unwrap();
    let id = users.last().unwrap()["id"].to_string();
    app.patch("contacts", &id, fields(json!({ "name": name })), true).unwrap();
    ExternalId::new(id)
}

async fn mirrored_name(connected: &Connected, id: &ExternalId) -> String {
    connected.store.record(&connected.id, RecordType::Contacts, id).await.unwrap().unwrap().body.name
}

/// Wherever a worker is when a person pauses the connection and has it go on again, it goes on.
#[tokio::test(start_paused = true)]
async fn a_resume_is_not_lost_in_the_worker_that_saw_the_pause() {
    let (world, _, connected) = quiet(20).await;
    let alone = {
        let mut work = worker(&world, wake_up(Trigger::Webhook));
        (1..).find(|_| step(&mut work).is_ready()).unwrap()
    };
    for before in 0..=alone {
        for between in 0..=alone {
            let mut work = worker(&world, wake_up(Trigger::Webhook));
            let done = steps(&mut work, before);
            let wake = || Wake { due_at: Some(world.clock.now()), re_evaluate: false };
            connected.change(wake(), |settings| settings.paused = true).await;
            let done = if done.is_none() { steps(&mut work, between) } else { done };
            connected.change(wake(), |settings| settings.paused = false).await;
            if done.is_none() {
                work.await.unwrap();
            }
            let state = connected.store.state(&connected.id).await.unwrap();
            assert!(state.active && state.due_at.is_some(), "paused after {before} steps, on again {between} later");
            assert_eq!(state.lease, None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_finds_the_lease_taken_wakes_its_holder_and_goes() {
    let (world, app, connected) = quiet(20).await;
    let mut first = worker(&world, wake_up(Trigger::Webhook));
    while connected.store.state(&connected.id).await.unwrap().lease.is_none() {
        assert!(step(&mut first).is_pending());
    }
    let id = rename_somebody(&app, "Noted Meanwhile");
    connected.store.hint(&connected.id, RecordType::Contacts, &id).await.unwrap();
    let wake = connected.store.state(&connected.id).await.unwrap().wake;
    assert_eq!(deliver(&world, &wake_up(Trigger::Webhook)).await.unwrap(), Worked::Dropped);
    assert_eq!(connected.store.state(&connected.id).await.unwrap().wake, wake + 1);
    assert_eq!(first.await.unwrap(), Worked::Done);
    assert_eq!(mirrored_name(&connected, &id).await, "Noted Meanwhile");
}

/// Whatever the two workers' steps are, one of them follows the hint; no tick is needed.
#[tokio::test(start_paused = true)]
async fn a_hint_is_followed_wherever_it_meets_another_worker() {
    let (world, app, connected) = quiet(20).await;
    let alone = {
        let mut work = worker(&world, wake_up(Trigger::Webhook));
        (1..).find(|_| step(&mut work).is_ready()).unwrap()
    };
    for before in 0..=alone {
        for between in 0..=alone + 2 {
            let name = format!("Step {before} and {between}");
            let mut first = worker(&world, wake_up(Trigger::Webhook));
            let first_done = steps(&mut first, before);
            let id = rename_somebody(&app, &name);
            connected.store.hint(&connected.id, RecordType::Contacts, &id).await.unwrap();
            let mut second = worker(&world, wake_up(Trigger::Webhook));
            let second_done = steps(&mut second, between);
            if first_done.is_none() {
                first.await.unwrap();
            }
            if second_done.is_none() {
                second.await.unwrap();
            }
            assert_eq!(connected.store.waiting(&connected.id).await.unwrap(), [], "{name}");
            assert_eq!(mirrored_name(&connected, &id).await, name);
            assert!(connected.store.state(&connected.id).await.unwrap().lease.is_none(), "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_although_a_hint_waits_in_the_same_look() {
    let (world, app, connected) = quiet(20).await;
    let id = rename_somebody(&app, "Hinted");
    connected.store.hint(&connected.id, RecordType::Contacts, &id).await.unwrap();
    let asked = request(&world, &connected, Mode::Everything).await;
    deliver(&world, &wake_up(Trigger::Manual)).await.unwrap();
    assert_everything_was_read(&connected, &asked).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_although_another_run_is_half_done() {
    let mut half_done = 0;
    for count in (5..).step_by(5) {
        let (mut world, _app, _) = connected(40, import_all()).await;
        let mut killed = {
            world.tick().await;
            let (message, _) = world.queue.take().unwrap();
            worker(&world, message)
        };
        if steps(&mut killed, count).is_some() {
            break;
        }
        drop(killed);
        world.table = world.table.reopen();
        let connected = crate::worlds::seen_from(&world);
        half_done += u32::from(connected.body().await.run.is_some());
        let asked = request(&world, &connected, Mode::Everything).await;
        world.clock.advance(jiff::SignedDuration::from_mins(5));
        deliver(&world, &wake_up(Trigger::Manual)).await.unwrap();
        assert_everything_was_read(&connected, &asked).await;
    }
    assert!(half_done >= 3, "only {half_done} of them had begun a run");
}

async fn request(world: &World, connected: &Connected, mode: Mode) -> Requested {
    let now = world.clock.now();
    let requested = Requested { run: sync::run_id(now, 999), mode, at: now };
    connected.store.request_run(&connected.id, &requested, By::System).await.unwrap();
    requested
}

async fn assert_everything_was_read(connected: &Connected, asked: &Requested) {
    let run = connected.store.run(&connected.id, &asked.run).await.unwrap().expect("the run that was asked for");
    assert_eq!((run.trigger, run.mode), (Trigger::Manual, asked.mode));
    for record_type in [RecordType::Companies, RecordType::Contacts, RecordType::Users, RecordType::Tickets] {
        assert!(run.records.get(&record_type).is_some_and(|counts| counts.fetched > 0), "{record_type}: {run:#?}");
    }
    assert_eq!(connected.store.state(&connected.id).await.unwrap().requested, None);
}

/// The message of a slot that finds a worker busy with a hint: that worker does the pull.
#[tokio::test(start_paused = true)]
async fn a_slot_is_not_lost_to_a_worker_that_only_follows_a_hint() {
    let (world, app, connected) = quiet(20).await;
    let due = connected.store.state(&connected.id).await.unwrap().due_at.unwrap();
    world.clock.advance(due.duration_since(world.clock.now()) - jiff::SignedDuration::from_secs(10));
    world.tick().await;
    let (message, delay) = world.queue.take().unwrap();
    let mut busy = worker(&world, wake_up(Trigger::Webhook));
    while connected.store.state(&connected.id).await.unwrap().lease.is_none() {
        assert!(step(&mut busy).is_pending());
    }
    world.clock.advance(delay.try_into().unwrap());
    let users = app.dump()["users"].as_array().cloned().unwrap();
    let id = users.last().unwrap()["id"].to_string();
    app.patch("contacts", &id, fields(json!({ "name": "Only In The List" })), false).unwrap();
    assert_eq!(deliver(&world, &message).await.unwrap(), Worked::Dropped);
    assert_eq!(busy.await.unwrap(), Worked::Done);
    assert_eq!(mirrored_name(&connected, &ExternalId::new(id)).await, "Only In The List");
}

/// A filter changed at any moment of a run decides what is mirrored in the end, not the filter that the run began with.
#[tokio::test(start_paused = true)]
async fn a_filter_changed_under_a_worker_counts() {
    for at in (0..).step_by(3) {
        let (world, _app, connected) = quiet(40).await;
        request(&world, &connected, Mode::Changes).await;
        let mut work = worker(&world, wake_up(Trigger::Manual));
        let done = steps(&mut work, at);
        let wake = Wake { due_at: None, re_evaluate: false };
        connected
            .change(wake, |settings| {
                // A team that nobody has: every ticket is left out.
                settings.options.filters.insert("teams".to_owned(), vec!["4711".to_owned()]);
            })
            .await;
        if done.is_none() {
            work.await.unwrap();
        }
        world.scheduled_run(&connected).await;
        let tickets = connected.store.record_page(&connected.id, RecordType::Tickets, 100, None).await.unwrap();
        assert!(!tickets.is_empty() && tickets.iter().all(|ticket| ticket.live().is_none()), "changed at step {at}");
        if done.is_some() {
            return;
        }
    }
}
