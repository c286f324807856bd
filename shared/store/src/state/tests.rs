//! Writes that are sent again because their answer was lost: they find themselves, and nobody else.

use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::memory::{Fault, MemoryTable};
use crate::table::Table as _;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// An active connection, due now.
async fn due() -> (MemoryTable, TenantStore, ConnectionId) {
    let table = MemoryTable::new();
    let store = TenantStore::new(Arc::new(table.clone()), "acme".into());
    let connection = ConnectionId::new("psa");
    let mut update = Update::default();
    update.set.insert("active", item::number(1));
    update.set.insert("due_at", item::number(now().as_second()));
    table.update(store.keys.state(&connection), update, None).await.unwrap();
    let next = table.reopen();
    (next.clone(), TenantStore::new(Arc::new(next), "acme".into()), connection)
}

#[tokio::test]
async fn a_lease_whose_answer_was_lost_is_found_by_the_attempt_that_took_it_and_by_no_other() {
    let (table, store, connection) = due().await;
    let until = now() + SignedDuration::from_secs(120);
    table.faults().at_write(1, Fault::Repeat);
    let taken = store.acquire(&connection, "first", None, now(), until).await.unwrap();
    let Acquired::Lease(fence, state) = taken else { panic!("{taken:?}") };
    assert_eq!((fence.number, state.fence), (1, 1), "one lease, not two");
    store.checkpoint(&fence, &"body", Vec::new()).await.unwrap();
    let other = store.acquire(&connection, "second", None, now(), until).await.unwrap();
    assert!(matches!(other, Acquired::Held), "{other:?}");
    assert_eq!(store.state(&connection).await.unwrap().wake, state.wake + 1);
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_found_by_the_tick_that_made_it_and_by_no_other() {
    let (table, store, connection) = due().await;
    let until = now() + SignedDuration::from_secs(180);
    table.faults().at_write(1, Fault::Repeat);
    assert_eq!(store.claim(&connection, now(), until, 7).await.unwrap(), Some(1));
    assert_eq!(store.claim(&connection, now(), until, 8).await.unwrap(), None);
    assert_eq!(store.state(&connection).await.unwrap().claim, 1);
}
