//! What is taken: noted once, told once, counted once.

use std::collections::BTreeMap;

use domain::record::RecordType;
use domain::webhook::Rejection;
use jiff::SignedDuration;
use serde_json::json;
use store::memory::Fault;
use store::work::What;

use super::world::{Connected, Push, World, accepted, duplicate, refused};

async fn waiting(connected: &Connected) -> Vec<What> {
    connected.store.waiting(&connected.connection).await.unwrap().into_iter().map(|waiting| waiting.what).collect()
}

#[tokio::test(start_paused = true)]
async fn a_burst_about_one_record_is_one_message_and_one_write_each() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    world.send(&ours.push("first", &["tickets/7"])).await;
    let before = world.table.requests();
    for n in 0..50 {
        assert_eq!(world.send(&ours.push(&format!("e-{n}"), &["tickets/7"])).await, accepted());
    }
    let requests = world.table.requests().since(&before);
    assert_eq!((requests.reads(), requests.update, requests.writes()), (0, 50, 50), "{requests:?}");
    assert_eq!(world.queued(), 1);
    assert_eq!(waiting(&ours).await, [What::Hint(RecordType::Tickets, "7".into())]);
    assert_eq!(ours.counts().await.accepted, 51);
    assert_eq!(ours.webhook().await.last_received_at.map(|at| at.as_second()), Some(world.now().as_second()));
}

#[tokio::test(start_paused = true)]
async fn five_of_the_same_at_once_are_one() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let push = ours.push("e-1", &["tickets/7"]);
    let mut answers = futures::future::join_all((0..5).map(|_| world.send(&push))).await;
    answers.sort();
    assert_eq!(answers, [accepted(), duplicate(), duplicate(), duplicate(), duplicate()]);
    assert_eq!(world.queued(), 1);
    let counts = ours.counts().await;
    assert_eq!((counts.accepted, counts.duplicate), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn a_push_repeated_after_its_hint_was_followed_is_known() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let push = ours.push("e-1", &["tickets/7"]);
    assert_eq!(world.send(&push).await, accepted());
    ours.work().await;
    world.queued();
    assert_eq!(world.send(&push).await, duplicate(), "this environment took it");
    let another = World::on(world.table.clone());
    assert_eq!(another.send(&push).await, duplicate(), "the connection remembers it");
    world.clock.advance(SignedDuration::from_hours(72));
    assert_eq!(world.send(&push).await, duplicate(), "days later, too");
    assert_eq!((ours.hints().await, world.queued(), another.queued()), (0, 0, 0));
    assert_eq!((ours.counts().await.accepted, ours.counts().await.duplicate), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn one_push_about_several_records_is_counted_once() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let push = ours.push("e-1", &["tickets/7", "tickets/8", "contacts/7", "weather/1"]);
    assert_eq!(world.send(&push).await, accepted());
    assert_eq!(ours.hints().await, 3);
    assert_eq!(ours.counts().await.accepted, 1);
    assert_eq!(world.send(&push).await, duplicate());
    assert_eq!(world.queued(), 1, "one message does for all of them");
    let events: Vec<_> = (0..101).map(|n| json!({ "event": "big", "about": format!("tickets/{n}") })).collect();
    assert_eq!(world.send(&ours.push_body(json!(events).to_string())).await, accepted());
    assert_eq!(waiting(&ours).await[0], What::Something, "more than anybody would read one by one");
    assert_eq!(ours.hints().await, 4);
}

#[tokio::test(start_paused = true)]
async fn what_tells_of_nothing_of_ours_is_accepted_without_a_hint() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    for (push, answer) in [
        (ours.push("e-1", &["weather/1"]), accepted()),
        (ours.push("e-1", &["weather/1"]), duplicate()),
        (ours.push_body("[]"), accepted()),
        (ours.push_body("{}"), accepted()),
    ] {
        assert_eq!(world.send(&push).await, answer);
    }
    assert_eq!((ours.hints().await, world.queued()), (0, 0));
    assert_eq!((ours.counts().await.accepted, ours.counts().await.duplicate), (3, 1));
    let text = Push {
        headers: BTreeMap::from([("content-type".to_owned(), "text/plain".to_owned())]),
        ..ours.push_body("Hello")
    };
    let text = text.signed(ours.secret(1).as_bytes(), "sha256=");
    assert_eq!(world.send(&text).await, accepted());
    assert_eq!(waiting(&ours).await, [What::Something], "nobody says what, so what changed is read");
    assert_eq!(world.queued(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_alone_is_proof_where_there_is_no_other() {
    let world = World::new();
    let ours = world.connect("ours", "address").await;
    assert_eq!(world.send(&ours.push("e-1", &["tickets/7"])).await, accepted());
    assert_eq!(ours.hints().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_paused_connection_takes_nothing_and_the_vendor_is_content() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    ours.pause(true).await;
    assert_eq!(world.send(&ours.push("e-1", &["tickets/7"])).await, (200, "inactive".to_owned()));
    assert_eq!((ours.hints().await, world.queued()), (0, 0));
    assert_eq!(ours.counts().await.rejected, BTreeMap::from([(Rejection::Inactive, 1)]));
    ours.pause(false).await;
    world.later();
    assert_eq!(world.send(&ours.push("e-1", &["tickets/7"])).await, accepted());
}

#[tokio::test(start_paused = true)]
async fn a_rotation_overlaps_for_a_day() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    assert_eq!(world.send(&ours.push("e-0", &["tickets/7"])).await, accepted());
    ours.rotate(world.now()).await;
    world.later();
    let push = |event: &str, address: u64, secret: u64| {
        let body = json!([{ "event": event, "about": "tickets/7" }]).to_string();
        Push::to(&ours.address(address), body).signed(ours.secret(secret).as_bytes(), "sha256=")
    };
    // A vendor may have changed one of them and not yet the other.
    for (event, address, secret) in [("e-1", 1, 1), ("e-2", 1, 2), ("e-3", 2, 1), ("e-4", 2, 2)] {
        assert_eq!(world.send(&push(event, address, secret)).await, accepted(), "{address} {secret}");
    }
    assert_eq!(world.send(&push("e-5", 2, 3)).await, refused(403, "signature_mismatch"));
    assert_eq!(world.send(&push("e-6", 3, 3)).await, refused(404, "not_found"));
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.send(&push("e-7", 1, 1)).await, refused(404, "not_found"));
    assert_eq!(world.send(&push("e-8", 2, 1)).await, refused(403, "signature_mismatch"));
    assert_eq!(world.send(&push("e-9", 2, 2)).await, accepted());
    assert_eq!(ours.counts().await.received(), 8, "what came to nobody's address is nobody's");
}

#[tokio::test(start_paused = true)]
async fn while_the_table_fails_the_vendor_is_asked_to_send_it_again() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let push = ours.push("e-1", &["tickets/7"]);
    world.table.faults().at_write(world.table.faults().writes() + 1, Fault::Fail);
    assert_eq!(world.send(&push).await, refused(503, "unavailable"));
    assert_eq!((ours.hints().await, ours.counts().await.received()), (0, 0), "it was never received");
    assert_eq!(world.send(&push).await, accepted());
    assert_eq!(world.queued(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_the_queue_fails_the_next_tick_finds_it() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    world.queue.fail(true);
    let push = ours.push("e-1", &["tickets/7"]);
    assert_eq!(world.send(&push).await, accepted());
    let due = ours.store.state(&ours.connection).await.unwrap().due_at.unwrap();
    assert!(due <= world.now());

    // The table fails as well: the vendor sends it again, and somebody is told then.
    let push = ours.push("e-2", &["tickets/8"]);
    world.table.faults().at_write(world.table.faults().writes() + 2, Fault::Fail);
    assert_eq!(world.send(&push).await, refused(503, "unavailable"));
    world.queue.fail(false);
    world.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(world.send(&push).await, duplicate());
    assert_eq!(world.queued(), 1);
    let counts = ours.counts().await;
    assert_eq!((counts.accepted, counts.duplicate), (2, 1), "three came, three are counted");
}
