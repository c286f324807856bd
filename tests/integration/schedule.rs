//! When a connection runs, what a run reads, and what stops it.

use std::collections::BTreeSet;

use domain::options::{Interval, Options};
use domain::record::RecordType;
use domain::run::Trigger;
use domain::schedule::next_slot;
use domain::status::Status;
use jiff::{SignedDuration, Timestamp};
use store::connection::Wake;
use sync::engine::Worked;
use sync::ports::{Clock, Queue};

use crate::acme::{Acme, halo, import_all, tale};

impl Acme {
    async fn due_at(&self) -> Option<Timestamp> {
        self.connected.read().await.state.due_at
    }

    /// Saves an interval as the settings API does.
    async fn every(&self, interval: Interval) {
        let next = next_slot(self.connected.store.tenant(), &self.connected.id, interval, self.world.clock.now());
        let wake = Wake { due_at: Some(next), re_evaluate: false };
        self.connected.change(wake, |settings| settings.options.interval_minutes = interval).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_interval_moves_the_next_run() {
    let acme = Acme::up_to_date(Options { interval_minutes: Interval::Five, ..import_all() }).await;
    let mut due = acme.due_at().await.unwrap();
    for _ in 0..3 {
        acme.run().await;
        let next = acme.due_at().await.unwrap();
        assert_eq!(next.duration_since(due), SignedDuration::from_mins(5));
        due = next;
    }
    acme.every(Interval::Thirty).await;
    let mut due = acme.due_at().await.unwrap();
    for _ in 0..3 {
        acme.run().await;
        let next = acme.due_at().await.unwrap();
        assert_eq!(next.duration_since(due), SignedDuration::from_mins(30));
        due = next;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wake_up_that_overtakes_the_first_slot_brings_the_first_import() {
    let acme = Acme::connected(20, import_all()).await;
    let run = acme.wake().await.expect("it reads, though no slot sent it");
    assert!(run.records[&RecordType::Companies].created > 0, "{run:?}");
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_message_is_lost_costs_minutes_and_not_a_slot() {
    let acme = Acme::up_to_date(Options { interval_minutes: Interval::Thirty, ..import_all() }).await;
    let due = acme.due_at().await.unwrap();
    acme.world.clock.advance(due.duration_since(acme.world.clock.now()));
    acme.world.tick().await;
    let lost = acme.world.queue.take().unwrap();
    let again = acme.due_at().await.unwrap().duration_since(due);
    assert!(again <= SignedDuration::from_mins(3), "{again:?}");
    acme.world.clock.advance(again);
    assert_eq!(acme.world.tick().await, 1);
    assert_eq!(acme.world.drain().await, 1);
    assert_eq!(acme.due_at().await.unwrap().duration_since(due), SignedDuration::from_mins(30), "its slot is the same");
    let late = acme.world.engine().work(&lost.0, acme.world.deadline()).await.unwrap();
    assert_eq!(late, Worked::Dropped, "a lost message that turns up does nothing");
}

/// In the last minute before a slot a tick looks at the connection too. Were it to claim anew what is claimed, the message
/// on its way would be a stale one, and whoever waits for it would wait for the slot.
#[tokio::test(start_paused = true)]
async fn a_claim_in_the_minute_before_its_slot_is_not_claimed_anew() {
    let acme = Acme::up_to_date(Options { interval_minutes: Interval::Five, ..import_all() }).await;
    let slot = acme.due_at().await.unwrap();
    acme.world.clock.advance(slot.duration_since(acme.world.clock.now()) - SignedDuration::from_secs(20));
    acme.connected.store.due_now(&acme.connected.id, acme.world.clock.now()).await.unwrap();
    assert_eq!(acme.world.tick().await, 1, "as somebody asked for it");
    assert_eq!(acme.world.tick().await, 0, "it is on its way");
    assert_eq!(acme.world.drain().await, 1);
    assert_eq!(acme.due_at().await.unwrap(), slot, "its slot is the same");
}

/// Were a tick faster than the message that comes back, the message would be a stale one, and none ever a dead letter.
#[tokio::test(start_paused = true)]
async fn work_that_fails_is_tried_again_by_its_own_message() {
    let visibility_timeout = SignedDuration::from_secs(120);
    let acme = Acme::up_to_date(import_all()).await;
    let due = acme.due_at().await.unwrap();
    acme.world.clock.advance(due.duration_since(acme.world.clock.now()));
    acme.world.tick().await;
    let (message, _) = acme.world.queue.take().unwrap();
    let faults = acme.world.table.faults();
    for attempt in 1..=5 {
        faults.at_read(faults.reads() + 1);
        acme.world.engine().work(&message, acme.world.deadline()).await.unwrap_err();
        acme.world.clock.advance(visibility_timeout);
        assert_eq!(acme.world.tick().await, 0, "after attempt {attempt} a tick finds nothing to claim");
    }
    let worked = acme.world.engine().work(&message, acme.world.deadline()).await.unwrap();
    assert_eq!(worked, Worked::Done, "the same message does it as soon as the table is well");
}

#[test]
fn any_other_interval_is_refused_by_its_value() {
    for minutes in [0, 1, 10, 60] {
        let error = serde_json::from_value::<Options>(serde_json::json!({ "interval_minutes": minutes })).unwrap_err();
        assert_eq!(error.to_string(), format!("{minutes} is not an interval: choose 5, 15 or 30 minutes"));
    }
    let options: Options = serde_json::from_value(serde_json::json!({ "interval_minutes": 30 })).unwrap();
    assert_eq!(options.interval_minutes, Interval::Thirty);
}

#[tokio::test(start_paused = true)]
async fn ticks_spread_connections_over_the_interval() {
    let (world, app, _) = halo(0);
    let mut minutes = BTreeSet::new();
    let mut slots = BTreeSet::new();
    for n in 0..30 {
        let connected = world.connect(&format!("tenant-{n}"), &app.credentials(), Options::initial()).await;
        world.tick().await;
        world.drain().await;
        let due = connected.read().await.state.due_at.unwrap();
        slots.insert(due.as_second() % 900);
        minutes.insert(due.as_second() % 900 / 60);
    }
    assert!(slots.len() >= 28 && minutes.len() >= 10, "{slots:?}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_connection_ignores_the_schedule_and_queued_work() {
    let acme = Acme::up_to_date(import_all()).await;
    let wait = acme.due_at().await.unwrap().duration_since(acme.world.clock.now());
    acme.world.clock.advance(wait);
    assert_eq!(acme.world.tick().await, 1);
    let (queued, _) = acme.world.queue.take().unwrap();
    acme.connected.change(Wake::default(), |settings| settings.paused = true).await;
    acme.halo.clear_calls();
    let engine = acme.world.engine();
    assert_eq!(engine.work(&queued, acme.world.deadline()).await.unwrap(), Worked::Dropped);
    assert_eq!(acme.wake().await, None);
    acme.world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(acme.world.tick().await, 0);
    assert_eq!((acme.halo.calls(0).token, acme.halo.calls(0).data), (0, 0));
    assert_eq!(acme.status().await, (Status::Disconnected, Some(domain::issue::Reason::Paused)));

    let company = acme.add_company("Harbour Ltd");
    let now = Wake { due_at: Some(acme.world.clock.now()), re_evaluate: false };
    acme.connected.change(now, |settings| settings.paused = false).await;
    acme.run().await;
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
    assert_eq!(acme.status().await, (Status::Connected, None));
}

#[tokio::test(start_paused = true)]
async fn a_message_of_an_older_claim_is_dropped() {
    let acme = Acme::up_to_date(import_all()).await;
    let wait = acme.due_at().await.unwrap().duration_since(acme.world.clock.now());
    acme.world.clock.advance(wait);
    acme.world.tick().await;
    let (old, _) = acme.world.queue.take().unwrap();
    acme.run().await;
    acme.halo.clear_calls();
    assert_eq!(acme.world.engine().work(&old, acme.world.deadline()).await.unwrap(), Worked::Dropped);
    assert_eq!(acme.halo.calls(0).data, 0);
}

#[tokio::test(start_paused = true)]
async fn the_same_message_twice_works_once() {
    let acme = Acme::connected(0, import_all()).await;
    acme.world.tick().await;
    let (message, delay) = acme.world.queue.take().unwrap();
    acme.world.queue.send(&message, delay).await.unwrap();
    acme.world.queue.send(&message, delay).await.unwrap();
    assert_eq!(acme.world.drain().await, 1);
    assert_eq!(acme.connected.store.runs(&acme.connected.id, 10, None).await.unwrap().items.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_record_type_switched_off_is_not_read_and_catches_up_when_it_is_on_again() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    let without = [RecordType::Companies, RecordType::Users, RecordType::Tickets].to_vec();
    acme.choose(|options| options.record_types = Some(without)).await;
    acme.run().await;
    acme.halo.clear_calls();
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.runs(5).await;
    assert_eq!(acme.halo.calls(0).count("GET", "/api/Users"), 0);
    assert_eq!(acme.why(&ann).await, "not mirrored");
    assert_eq!(acme.status().await, (Status::Connected, None));

    acme.choose(|options| options.record_types = None).await;
    let run = acme.run().await.unwrap();
    assert_eq!(tale(&run), "schedule succeeded, 5 calls; contacts 1 fetched, 1 created; users 6 fetched, 6 unchanged");
    assert_eq!(acme.user_of(&ann).await.name, "Ann Reed");
}

#[tokio::test(start_paused = true)]
async fn a_record_type_that_is_not_permitted_is_not_read_until_it_is() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let forbid = |settings: &mut store::connection::Settings| settings.not_permitted = [RecordType::Tickets].into();
    acme.connected.change(Wake::default(), forbid).await;
    acme.halo.clear_calls();
    let ticket = acme.add_ticket(&company, "Printer on fire");
    acme.runs(3).await;
    assert_eq!(acme.halo.calls(0).count("GET", "/api/Tickets"), 0);
    acme.connected.change(Wake::default(), |settings| settings.not_permitted.clear()).await;
    acme.run().await;
    assert_eq!(acme.record(RecordType::Tickets, &ticket).await.unwrap().body.name, "Printer on fire");
}

#[tokio::test(start_paused = true)]
async fn a_person_who_asks_gets_a_run_that_is_logged_even_if_it_finds_nothing() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.runs(3).await;
    let run = acme.resync().await;
    assert_eq!(run.trigger, Trigger::Manual);
    assert_eq!(run.quiet_before, 3);
    assert!(run.records.values().all(|counts| !counts.changed_anything()), "{}", tale(&run));
}

#[tokio::test(start_paused = true)]
async fn with_the_clocks_fifteen_minutes_apart_nothing_is_missed_and_somebody_is_told() {
    for skew in [15 * 60, -15 * 60] {
        let acme = Acme::connected(0, import_all()).await;
        acme.halo.set_skew(skew);
        acme.run().await;
        let issues = acme.issues().await;
        assert_eq!(issues.iter().map(|issue| issue.id.as_str()).collect::<Vec<_>>(), ["clock_skew"], "{skew}");
        assert_eq!(issues[0].title, "The clock of Halo PSA is off");
        assert_eq!(issues[0].detail, format!("It differs from ours by {} minutes.", skew / 60));
        never_misses(&acme).await;
        acme.halo.set_skew(0);
        acme.run().await;
        assert_eq!(acme.issues().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn clocks_nine_minutes_apart_are_nobodys_concern_and_nothing_is_missed() {
    for skew in [9 * 60, -9 * 60] {
        let acme = Acme::connected(0, import_all()).await;
        acme.halo.set_skew(skew);
        acme.run().await;
        never_misses(&acme).await;
        assert_eq!(acme.issues().await, [], "{skew}");
    }
}

/// A company every four minutes over two hours: all of them arrive.
async fn never_misses(acme: &Acme) {
    let mut made = Vec::new();
    for n in 0..30 {
        made.push(acme.add_company(&format!("Company number {n}")));
        acme.world.clock.advance(SignedDuration::from_mins(4));
        acme.world.tick().await;
        acme.world.drain().await;
    }
    acme.run().await;
    for company in made {
        acme.company_of(&company).await;
    }
}
