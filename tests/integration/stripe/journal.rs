//! Changes by the journal of events: what it costs, what it must not lose, and what is done without it.

use domain::issue::Reason;
use domain::record::{RecordData, RecordType};
use jiff::SignedDuration;
use serde_json::json;
use simulators::{DenyAs, Fault, FaultKind};
use store::connection::Wake;
use store::memory::Fault as AtWrite;
use sync::ports::Clock as _;

use super::Billed;
use crate::worlds::fields;

#[tokio::test(start_paused = true)]
async fn a_quiet_run_costs_one_call() {
    let billed = Billed::imported().await;
    billed.run().await;
    assert_eq!(billed.calls(), ["1 GET /v1/events"]);
}

#[tokio::test(start_paused = true)]
async fn what_changed_is_read_again_and_nothing_else() {
    let billed = Billed::imported().await;
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    let charge = billed.first("charges", |row| row["status"] == "succeeded" && row["amount_refunded"] == 0);
    billed.change("invoices", &invoice, json!({ "status": "paid", "amount_remaining": 0 }));
    billed.stripe.create("refunds", fields(json!({ "charge": charge, "amount": 7 }))).unwrap();
    billed.run().await;
    assert_eq!(billed.status_of(&invoice).await, "paid");
    let Some(RecordData::Payment(payment)) = billed.data(RecordType::Payments, &charge).await else { panic!() };
    assert_eq!(payment.amount_refunded, 7);
    // Two events each: read once each.
    assert_eq!(billed.calls(), ["1 GET /v1/charges/{id}", "1 GET /v1/events", "1 GET /v1/invoices/{id}"]);
    billed.stripe.clear_calls();
    billed.run().await;
    assert_eq!(billed.calls(), ["1 GET /v1/events"], "what stands in the overlap is not followed again");
}

#[tokio::test(start_paused = true)]
async fn what_is_new_arrives_and_what_is_deleted_does_not_come_back_by_a_late_update() {
    let billed = Billed::imported().await;
    let new = billed.stripe.create("customers", fields(json!({ "name": "Matterhorn Ltd" }))).unwrap();
    let new = new["id"].as_str().unwrap().to_owned();
    billed.run().await;
    assert_eq!(billed.name_of(&new).await.as_deref(), Some("Matterhorn Ltd"));
    billed.stripe.delete("customers", &new, false).unwrap();
    let late = json!({ "type": "customer.updated", "object": { "id": new, "object": "customer", "name": "Late" } });
    billed.stripe.create("events", fields(late)).unwrap();
    billed.run().await;
    assert_eq!(billed.name_of(&new).await, None);
    billed.run().await;
    assert_eq!(billed.name_of(&new).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_the_first_lists_are_read_is_not_lost() {
    let billed = Billed::connected(None).await;
    // The invoices are refused at first: customers were read a while before them.
    billed.stripe.add_faults(vec![
        Fault::new(FaultKind::Status {
            code: 429,
            body: None,
            retry_after: Some("40".to_owned()),
            headers: Default::default(),
        })
        .on("invoices")
        .times(1),
    ]);
    billed.world.tick().await;
    billed.world.drain_one().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("customers", &customer, json!({ "name": "Renamed" }));
    billed.world.drain().await;
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Renamed"));
}

#[tokio::test(start_paused = true)]
async fn every_list_is_read_in_full_once_a_day_beside_it() {
    let billed = Billed::imported().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    // Whatever the reason, no event tells of it.
    billed.stripe.patch("customers", &customer, fields(json!({ "name": "Silently" })), true).unwrap();
    billed.run().await;
    assert_ne!(billed.name_of(&customer).await.as_deref(), Some("Silently"));
    billed.world.clock.advance(SignedDuration::from_hours(24));
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Silently"));
}

#[tokio::test(start_paused = true)]
async fn after_a_gap_that_stripe_does_not_keep_the_lists_are_read() {
    let billed = Billed::imported().await;
    let before = billed.connected.body().await.journal.unwrap().at;
    billed.world.clock.advance(SignedDuration::from_hours(24 * 30));
    billed.run().await;
    let calls = billed.calls();
    for list in ["customers", "subscriptions", "invoices", "charges"] {
        assert!(calls.iter().any(|call| call.ends_with(&format!("GET /v1/{list}"))), "{list}: {calls:?}");
    }
    let at = billed.connected.body().await.journal.unwrap().at;
    assert!(at.duration_since(before) >= SignedDuration::from_hours(24 * 30));
    billed.stripe.clear_calls();
    billed.run().await;
    assert_eq!(billed.calls(), ["1 GET /v1/events"]);
}

#[tokio::test(start_paused = true)]
async fn a_journal_of_several_pages_is_followed_to_its_end() {
    let billed = Billed::imported().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    // The oldest is on the last page; between stands what is about nothing of ours.
    billed.change("invoices", &invoice, json!({ "status": "void" }));
    for n in 0..230 {
        billed.change("customers", &customer, json!({ "name": format!("Renamed {n}") }));
        let payout = json!({ "type": "payout.paid", "object": { "id": format!("po_{n}"), "object": "payout" } });
        billed.stripe.create("events", fields(payout)).unwrap();
    }
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Renamed 229"));
    assert_eq!(billed.status_of(&invoice).await, "void");
    assert_eq!(billed.calls(), ["1 GET /v1/customers/{id}", "5 GET /v1/events", "1 GET /v1/invoices/{id}"]);
}

#[tokio::test(start_paused = true)]
async fn a_burst_larger_than_a_slice_and_than_what_is_remembered_is_followed_once_to_its_end() {
    let billed = Billed::imported().await;
    for n in 0..2_300 {
        billed.stripe.create("customers", fields(json!({ "name": format!("Of the burst {n}") }))).unwrap();
        if n % 10 == 0 {
            billed.world.clock.advance(SignedDuration::from_secs(1));
        }
    }
    billed.world.clock.advance(SignedDuration::from_mins(11));
    billed.world.tick().await;
    let mut slices = 0;
    while !billed.world.queue.is_empty() {
        crate::worlds::busy_slice(&billed.world, SignedDuration::from_millis(40)).await;
        slices += 1;
        assert!(slices < 30, "each slice followed what was followed before");
    }
    assert!(slices > 2, "{slices}");
    let followed = billed.calls().into_iter().find(|call| call.ends_with(" GET /v1/customers/{id}")).unwrap();
    assert_eq!(followed, "2300 GET /v1/customers/{id}", "each once");
    let last = billed.first("customers", |row| row["name"] == "Of the burst 2299");
    assert_eq!(billed.name_of(&last).await.as_deref(), Some("Of the burst 2299"));
    billed.stripe.clear_calls();
    billed.run().await;
    assert!(!billed.calls().iter().any(|call| call.contains("customers")), "nor by the next run: {:?}", billed.calls());
}

#[tokio::test(start_paused = true)]
async fn what_changed_while_a_type_was_off_arrives_when_it_is_on_again() {
    let billed = Billed::imported().await;
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    let choose = async |types: Option<&[RecordType]>| {
        let wake = Wake { due_at: None, re_evaluate: true };
        let types = types.map(|types| types.to_vec());
        billed.connected.change(wake, |settings| settings.options.record_types = types).await;
    };
    choose(Some(&[RecordType::Companies, RecordType::Payments])).await;
    billed.run().await;
    billed.change("invoices", &invoice, json!({ "status": "void" }));
    billed.run().await;
    billed.run().await;
    assert_eq!(billed.status_of(&invoice).await, "open", "nobody wants to know");
    choose(None).await;
    billed.run().await;
    assert_eq!(billed.status_of(&invoice).await, "void");
    billed.stripe.clear_calls();
    billed.run().await;
    assert_eq!(billed.calls(), ["1 GET /v1/events"], "and from there the journal tells");
}

#[tokio::test(start_paused = true)]
async fn an_event_from_a_clock_far_ahead_does_not_move_the_position_past_what_is_to_come() {
    let billed = Billed::imported().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.stripe.set_skew(3_600);
    billed.change("customers", &customer, json!({ "name": "From the future" }));
    billed.stripe.set_skew(0);
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("From the future"));
    let position = billed.connected.body().await.journal.unwrap().at;
    assert!(position <= billed.world.clock.now(), "{position}");
    billed.change("customers", &customer, json!({ "name": "Of today" }));
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Of today"));
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_read_events_the_lists_are_read_and_somebody_is_told() {
    let billed = Billed::imported().await;
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    billed.stripe.deny(["events"], DenyAs::Forbidden);
    billed.change("invoices", &invoice, json!({ "status": "void" }));
    billed.run().await;
    billed.run().await;
    assert_eq!(billed.status_of(&invoice).await, "void");
    let issues = billed.connected.read().await.issues;
    let [issue] = issues.as_slice() else { panic!("{issues:#?}") };
    assert_eq!(issue.reason, Reason::PermissionMissing);
    assert!(issue.remedy.contains("Events: Read"), "{}", issue.remedy);

    billed.stripe.deny(Vec::<String>::new(), DenyAs::Forbidden);
    billed.run().await;
    assert_eq!(billed.connected.read().await.issues, []);
    billed.stripe.clear_calls();
    billed.run().await;
    assert_eq!(billed.calls(), ["1 GET /v1/events"], "and the journal is followed again");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_waits_and_holds_up_no_other() {
    let billed = Billed::imported().await;
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("invoices", &invoice, json!({ "status": "void" }));
    billed.change("customers", &customer, json!({ "name": "Renamed" }));
    let broken = FaultKind::Status { code: 400, body: None, retry_after: None, headers: Default::default() };
    billed.stripe.add_faults(vec![Fault::new(broken).path("/v1/invoices/in_")]);
    billed.run().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Renamed"));
    assert_eq!(billed.status_of(&invoice).await, "open");
    billed.stripe.clear_faults();
    billed.run().await;
    assert_eq!(billed.status_of(&invoice).await, "void", "the entry is passed over, its hint is not");
}

#[tokio::test(start_paused = true)]
async fn killed_at_every_write_nothing_of_the_journal_is_lost() {
    for fault in [AtWrite::KillBefore, AtWrite::KillAfter] {
        for nth in 1.. {
            let mut billed = Billed::imported().await;
            billed.world.table = billed.world.table.reopen();
            billed.connected.store = billed.world.store("acme");
            let invoice = billed.first("invoices", |row| row["status"] == "open");
            let customer = billed.first("customers", |row| row["name"].is_string());
            let gone = billed.first("customers", |row| row["id"] != customer.as_str());
            billed.change("invoices", &invoice, json!({ "status": "void" }));
            billed.change("customers", &customer, json!({ "name": "Renamed" }));
            billed.stripe.delete("customers", &gone, false).unwrap();
            let faults = billed.world.table.faults();
            faults.at_write(nth, fault);
            let _ = faults.run(crate::worlds::try_round(&later(&billed))).await;
            let reached = billed.world.table.faults().writes() >= nth;
            billed.world.table = billed.world.table.reopen();
            billed.connected.store = billed.world.store("acme");
            for _ in 0..3 {
                billed.world.clock.advance(SignedDuration::from_mins(15));
                billed.world.tick().await;
                billed.world.drain().await;
            }
            let found =
                (billed.status_of(&invoice).await, billed.name_of(&customer).await, billed.name_of(&gone).await);
            let wanted = ("void".to_owned(), Some("Renamed".to_owned()), None);
            assert_eq!(found, wanted, "{fault:?} at write {nth}");
            if !reached {
                assert!(nth > 5, "so few writes would prove nothing");
                break;
            }
        }
    }
}

/// The same world when the next slot has come.
fn later(billed: &Billed) -> testkit::World {
    billed.world.clock.advance(SignedDuration::from_mins(20));
    billed.world.clone()
}
