//! Vendors that serve the key they sign with.

use std::collections::BTreeMap;

use domain::webhook::Rejection;
use jiff::SignedDuration;
use serde_json::json;
use store::memory::Fault;

use super::world::{Connected, Push, World, accepted, refused};

const KEY: &[u8] = b"the vendor's key";

fn push(to: &Connected, event: &str, key_url: &str, key: &[u8]) -> Push {
    let body = json!({ "key_url": key_url, "events": [{ "event": event, "about": "tickets/7" }] });
    Push::to(&to.address(1), body.to_string()).signed(key, "")
}

#[tokio::test(start_paused = true)]
async fn a_key_is_fetched_from_the_tenants_own_vendor_and_kept() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    world.vendor.serve(Some(KEY));
    for n in 0..5 {
        let push = push(&ours, &format!("e-{n}"), "https://ours.vendor.example/key", KEY);
        assert_eq!(world.send(&push).await, accepted());
    }
    assert_eq!(world.vendor.asked(), 1);
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(world.send(&push(&ours, "e-9", "https://ours.vendor.example/key", KEY)).await, accepted());
    assert_eq!(world.vendor.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_key_on_a_foreign_host_is_never_asked_for() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    world.connect("theirs", "remote").await;
    world.vendor.serve(Some(KEY));
    for host in ["theirs.vendor.example", "evil.example", "169.254.169.254", "ours.vendor.example.evil.example"] {
        let push = push(&ours, "e-1", &format!("https://{host}/key"), KEY);
        assert_eq!(world.send(&push).await, refused(403, "key_host"), "{host}");
    }
    let keyless = Push::to(&ours.address(1), "{}").signed(KEY, "");
    assert_eq!(world.send(&keyless).await, refused(403, "key_missing"));
    let unsigned = Push::to(&ours.address(1), r#"{"key_url":"https://ours.vendor.example/key"}"#);
    assert_eq!(world.send(&unsigned).await, refused(403, "signature_missing"));
    assert_eq!(world.vendor.asked(), 0);
    assert_eq!(ours.counts().await.rejected[&Rejection::KeyHost], 4);
}

#[tokio::test(start_paused = true)]
async fn an_unencrypted_or_private_key_address_is_refused_by_the_guard() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    world.vendor.serve(Some(KEY));
    let push = push(&ours, "e-1", "http://ours.vendor.example/key", KEY);
    assert_eq!(world.send(&push).await, refused(429, "key_unreachable"));
    assert_eq!(world.vendor.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_does_not_answer_is_asked_to_send_it_again_within_two_seconds() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    world.vendor.serve(None);
    let push = push(&ours, "e-1", "https://ours.vendor.example/key", KEY);
    let begun = tokio::time::Instant::now();
    assert_eq!(world.send(&push).await, refused(429, "key_unreachable"));
    assert!(begun.elapsed() <= std::time::Duration::from_millis(2_100), "{:?}", begun.elapsed());
    world.vendor.serve(Some(KEY));
    assert_eq!(world.send(&push).await, accepted());
    let counts = ours.counts().await;
    assert_eq!((counts.accepted, counts.rejected), (1, BTreeMap::from([(Rejection::KeyUnreachable, 1)])));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_changed_at_its_address_is_fetched_again_but_not_for_every_forgery() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    let url = "https://ours.vendor.example/key";
    world.vendor.serve(Some(KEY));
    assert_eq!(world.send(&push(&ours, "e-1", url, KEY)).await, accepted());
    for n in 0..3 {
        let forged = push(&ours, &format!("f-{n}"), url, b"a guess");
        assert_eq!(world.send(&forged).await, refused(403, "signature_mismatch"));
    }
    assert_eq!(world.vendor.asked(), 1);
    world.vendor.serve(Some(b"the next key"));
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.send(&push(&ours, "e-2", url, b"the next key")).await, accepted());
    assert_eq!(world.vendor.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn forged_pushes_that_name_another_key_each_time_are_few_fetches_a_minute() {
    let world = World::new();
    let (ours, theirs) = (world.connect("ours", "remote").await, world.connect("theirs", "remote").await);
    world.vendor.serve(Some(KEY));
    for n in 0..30 {
        let url = format!("https://ours.vendor.example/key?id={n}");
        let good = push(&ours, &format!("e-{n}"), &url, KEY);
        assert_eq!(world.send(&good).await, accepted(), "what proves something is not counted");
    }
    let forge = async |n: usize| {
        let url = format!("https://ours.vendor.example/key?forged={n}");
        world.send(&push(&ours, &format!("f-{n}"), &url, b"a guess")).await
    };
    let asked = world.vendor.asked();
    for n in 0..10 {
        assert_eq!(forge(n).await, refused(403, "signature_mismatch"));
    }
    for n in 10..20 {
        assert_eq!(forge(n).await, refused(429, "key_unreachable"));
    }
    assert_eq!(world.vendor.asked() - asked, 10);
    let known = push(&ours, "e-known", "https://ours.vendor.example/key?id=7", KEY);
    assert_eq!(world.send(&known).await, accepted(), "a key that is kept needs no fetch");
    let other = push(&theirs, "e-1", "https://theirs.vendor.example/key", KEY);
    assert_eq!(world.send(&other).await, accepted(), "every connection has its own");
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(forge(20).await, refused(403, "signature_mismatch"));
}

#[tokio::test(start_paused = true)]
async fn while_the_table_fails_or_is_slow_such_a_vendor_is_told_in_the_status_that_it_repeats_after() {
    let world = World::new();
    let ours = world.connect("ours", "remote").await;
    world.vendor.serve(Some(KEY));
    let push = push(&ours, "e-1", "https://ours.vendor.example/key", KEY);
    let busy = refused(429, "unavailable");
    let faults = world.table.faults();
    faults.at_read(faults.reads() + 1);
    assert_eq!(world.send(&push).await, busy, "the address cannot be looked up");
    faults.at_write(faults.writes() + 1, Fault::Fail);
    assert_eq!(world.send(&push).await, busy, "it cannot be noted");
    world.later();
    faults.kill();
    let begun = tokio::time::Instant::now();
    assert_eq!(world.send(&push).await, busy, "the table does not answer");
    assert_eq!(begun.elapsed(), std::time::Duration::from_secs(4));
}
