//! Counters and deliveries on the in-memory table; the contract test says that the other one does the same.

use std::sync::Arc;

use domain::record::RecordType;

use super::*;
use crate::cross_tenant::{Addressee, addressee};
use crate::memory::{Fault, MemoryTable};
use crate::table::Table as _;
use crate::work::{Arrival, Noted, What};

const HOUR: i64 = 3_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn connection() -> ConnectionId {
    "psa".into()
}

fn ticket(id: &str) -> About {
    About::Record(RecordType::Tickets, id.into())
}

async fn store_on(table: &MemoryTable) -> TenantStore {
    let store = TenantStore::new(Arc::new(table.clone()), "acme".into());
    store.ensure_webhook(&connection(), &"psa".into(), |generation| format!("token-{generation}")).await.unwrap();
    store
}

/// A delivery as the receiver notes and counts it.
async fn deliver(store: &TenantStore, event: &str, about: &About, second: i64) -> Noted {
    let id = DeliveryId::of(event.as_bytes(), Some(about));
    let arrival = Arrival { about, id: &id, counts: true, attempt: rand::random(), now: at(second) };
    let noted = store.note_arrival(&connection(), &arrival).await.unwrap();
    if matches!(noted, Noted::Duplicate { .. }) {
        store.count_duplicate(&connection(), at(second)).await.unwrap();
    }
    noted
}

async fn seen(store: &TenantStore) -> Webhook {
    store.webhook_with_waiting(&connection()).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_address_finds_its_connection() {
    let table = MemoryTable::new();
    let store = store_on(&table).await;
    let again = store.ensure_webhook(&connection(), &"psa".into(), |_| "another token".to_owned()).await.unwrap();
    assert_eq!((again.generation, again.token.as_str()), (1, "token-1"), "it is made once");
    let found = addressee(&table, "token-1").await.unwrap().unwrap();
    assert_eq!(found, Addressee { tenant: "acme".into(), connection: "psa".into(), connector: "psa".into() });
    assert_eq!(addressee(&table, "token-2").await.unwrap(), None);
}

#[tokio::test]
async fn a_rotation_keeps_the_address_before_for_a_while() {
    let table = MemoryTable::new();
    let store = store_on(&table).await;
    let first = store.webhook(&connection()).await.unwrap().unwrap();
    let rotation = Rotation { token: "token-2", now: at(0), until: at(24 * HOUR), by: Some("request 1") };
    store.rotate_webhook(&connection(), &"psa".into(), &first, &rotation, By::System).await.unwrap();
    let stale = store.rotate_webhook(&connection(), &"psa".into(), &first, &rotation, By::System).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    let second = store.webhook(&connection()).await.unwrap().unwrap();
    assert_eq!((second.generation, second.rotated_by.as_deref()), (2, Some("request 1")));
    let good = |now: Timestamp| ["token-1", "token-2", "token-3"].map(|token| second.is_addressed_by(token, now));
    assert_eq!(good(at(24 * HOUR - 1)), [true, true, false]);
    assert_eq!(good(at(24 * HOUR)), [false, true, false]);
    assert_eq!(second.generations(at(HOUR)), [2, 1]);
    assert_eq!(second.generations(at(24 * HOUR)), [2]);
    assert!(
        addressee(&table, "token-1").await.unwrap().is_some() && addressee(&table, "token-2").await.unwrap().is_some()
    );

    let rotation = Rotation { token: "token-3", by: None, ..rotation };
    store.rotate_webhook(&connection(), &"psa".into(), &second, &rotation, By::System).await.unwrap();
    assert_eq!(addressee(&table, "token-1").await.unwrap(), None, "the one before the last is gone at once");
}

#[tokio::test]
async fn a_retired_address_is_never_good_again() {
    let table = MemoryTable::new();
    let store = store_on(&table).await;
    deliver(&store, "event", &ticket("7"), 1).await;
    retire(&table, &store).await;
    assert_eq!(store.webhook(&connection()).await.unwrap(), None);
    assert_eq!(addressee(&table, "token-1").await.unwrap(), None);
    store.count_rejected(&connection(), Rejection::Stale).await.unwrap();
    assert_eq!(table.items().iter().filter(|item| item.contains_key("stale")).count(), 0, "nothing is counted");

    for _ in 0..2 {
        let next = store.ensure_webhook(&connection(), &"psa".into(), |n| format!("token-{n}")).await.unwrap();
        assert_eq!((next.generation, next.token.as_str()), (2, "token-2"), "it is made once");
        assert_eq!(next.counts, WebhookCounts::default());
    }
    assert_eq!(addressee(&table, "token-1").await.unwrap(), None);
}

async fn retire(table: &MemoryTable, store: &TenantStore) {
    let webhook = store.webhook(&connection()).await.unwrap().unwrap();
    table.transact(store.retire_webhook(&connection(), &webhook).into()).await.unwrap();
}

#[tokio::test]
async fn five_of_the_same_at_once_are_one_and_four_duplicates() {
    let store = store_on(&MemoryTable::new()).await;
    let about = ticket("7");
    let five = (0..5).map(|_| deliver(&store, "event-1", &about, 10));
    let noted = futures::future::join_all(five).await;
    assert_eq!(noted.iter().filter(|noted| **noted == Noted::New).count(), 1, "{noted:?}");
    assert_eq!(
        noted.iter().filter(|noted| **noted == Noted::Duplicate { since: Some(at(10)) }).count(),
        4,
        "{noted:?}"
    );
    assert_eq!(deliver(&store, "event-2", &about, 11).await, Noted::Joined);
    assert_eq!(deliver(&store, "event-2", &ticket("8"), 12).await, Noted::New, "an event may be about two records");
    let counts = seen(&store).await.counts;
    assert_eq!((counts.accepted, counts.duplicate, counts.received()), (3, 4, 7));
    assert_eq!(seen(&store).await.last_received_at, Some(at(12)));
}

#[tokio::test]
async fn settling_moves_the_counts_and_remembers_the_deliveries() {
    let store = store_on(&MemoryTable::new()).await;
    deliver(&store, "event-1", &ticket("7"), 10).await;
    deliver(&store, "event-5", &ticket("7"), 11).await;
    deliver(&store, "event-3", &About::Something, 12).await;
    deliver(&store, "event-4", &About::Subscription, 13).await;
    let waiting = store.waiting(&connection()).await.unwrap();
    let whats: Vec<_> = waiting.iter().map(|waiting| waiting.what.clone()).collect();
    assert_eq!(whats, [What::Something, What::Subscription, What::Hint(RecordType::Tickets, "7".into())]);
    assert!(store.settle_hints(&connection(), &waiting).await.unwrap());
    assert_eq!(store.waiting(&connection()).await.unwrap(), []);
    let webhook = store.webhook(&connection()).await.unwrap().unwrap();
    assert_eq!((webhook.counts.accepted, webhook.last_received_at), (4, Some(at(13))));
    for (event, about) in [("event-1", ticket("7")), ("event-5", ticket("7")), ("event-3", About::Something)] {
        assert!(webhook.remembers(&DeliveryId::of(event.as_bytes(), Some(&about))), "{event}");
    }
    assert!(!webhook.remembers(&DeliveryId::of(b"event-3", Some(&ticket("7")))));
}

#[tokio::test]
async fn what_came_again_meanwhile_stays_with_its_count() {
    let store = store_on(&MemoryTable::new()).await;
    for n in 0..120 {
        deliver(&store, &format!("event-{n}"), &ticket(&n.to_string()), 10).await;
    }
    let waiting = store.waiting(&connection()).await.unwrap();
    deliver(&store, "another", &ticket("60"), 11).await;
    assert!(!store.settle_hints(&connection(), &waiting).await.unwrap(), "somebody has to look again");
    let left = store.waiting(&connection()).await.unwrap();
    assert_eq!(
        left.iter().map(|left| left.what.clone()).collect::<Vec<_>>(),
        [What::Hint(RecordType::Tickets, "60".into())]
    );
    assert_eq!(store.webhook(&connection()).await.unwrap().unwrap().counts.accepted, 119);
    assert_eq!(seen(&store).await.counts.accepted, 121);
    assert!(store.settle_hints(&connection(), &left).await.unwrap());
    assert_eq!(seen(&store).await.counts.accepted, 121);
}

#[tokio::test]
async fn no_count_is_lost_or_doubled_wherever_a_worker_dies() {
    for fault in [Fault::KillBefore, Fault::KillAfter] {
        for write in 1..=3 {
            let table = MemoryTable::new();
            let store = store_on(&table).await;
            for n in 0..60 {
                deliver(&store, "event", &ticket(&n.to_string()), n).await;
            }
            let dying = table.reopen();
            dying.faults().at_write(write, fault);
            let worker = TenantStore::new(Arc::new(dying.clone()), "acme".into());
            let waiting = worker.waiting(&connection()).await.unwrap();
            let died = dying.faults().run(worker.settle_hints(&connection(), &waiting)).await;
            assert_eq!(died.is_none(), write < 3, "the worker settles in two writes");
            assert_eq!(seen(&store).await.counts.accepted, 60, "{fault:?} {write}");
            store.settle_hints(&connection(), &store.waiting(&connection()).await.unwrap()).await.unwrap();
            assert_eq!(store.webhook(&connection()).await.unwrap().unwrap().counts.accepted, 60, "{fault:?} {write}");
        }
    }
}

#[tokio::test]
async fn a_hint_outlives_the_webhook_that_it_came_by() {
    let table = MemoryTable::new();
    let store = store_on(&table).await;
    deliver(&store, "event", &ticket("7"), 1).await;
    retire(&table, &store).await;
    let waiting = store.waiting(&connection()).await.unwrap();
    assert!(store.settle_hints(&connection(), &waiting).await.unwrap());
    assert_eq!(store.waiting(&connection()).await.unwrap(), []);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_no_duplicate() {
    let store = store_on(&MemoryTable::new()).await;
    let about = ticket("7");
    let id = DeliveryId::of(b"event", Some(&about));
    let arrival = Arrival { about: &about, id: &id, counts: true, attempt: 1, now: at(1) };
    assert_eq!(store.note_arrival(&connection(), &arrival).await.unwrap(), Noted::New);
    assert_eq!(store.note_arrival(&connection(), &arrival).await.unwrap(), Noted::New, "the client sends it again");
    let later = Arrival { attempt: 2, ..arrival };
    assert_eq!(store.note_arrival(&connection(), &later).await.unwrap(), Noted::Duplicate { since: Some(at(1)) });
    assert_eq!(seen(&store).await.counts.accepted, 1);
}

#[tokio::test]
async fn causes_are_counted_apart_and_only_the_last_deliveries_are_remembered() {
    let store = store_on(&MemoryTable::new()).await;
    for cause in [Rejection::Stale, Rejection::SignatureMismatch, Rejection::Stale] {
        store.count_rejected(&connection(), cause).await.unwrap();
    }
    assert_eq!(seen(&store).await.last_received_at, None, "a forged one is nobody's");
    store.count_accepted(&connection(), at(5)).await.unwrap();
    let counts = seen(&store).await.counts;
    assert_eq!(counts.rejected, BTreeMap::from([(Rejection::SignatureMismatch, 1), (Rejection::Stale, 2)]));
    assert_eq!(counts.received(), 4);
    for n in 0..250 {
        deliver(&store, &format!("event-{n}"), &ticket(&n.to_string()), 6).await;
        store.settle_hints(&connection(), &store.waiting(&connection()).await.unwrap()).await.unwrap();
    }
    let webhook = seen(&store).await;
    let remembered =
        |n: i32| webhook.remembers(&DeliveryId::of(format!("event-{n}").as_bytes(), Some(&ticket(&n.to_string()))));
    assert_eq!((0..250).filter(|n| remembered(*n)).collect::<Vec<_>>(), (50..250).collect::<Vec<_>>());
}
