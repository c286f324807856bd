//! Tickets are counted by company as they are written, so that what waits is known without reading them.

use std::collections::BTreeMap;

use domain::id::ExternalId;
use domain::record::{RecordData, RecordType, Ticket};
use jiff::SignedDuration;
use serde_json::json;

use crate::acme::{Acme, import_all};
use crate::worlds::busy_slice;

impl Acme {
    async fn tally(&self) -> BTreeMap<ExternalId, u64> {
        self.connected.store.tally(&self.connected.id, RecordType::Tickets).await.unwrap().unwrap_or_default()
    }

    /// What a count of the mirror comes to.
    async fn mirrored_by_company(&self) -> BTreeMap<ExternalId, u64> {
        let page = self.connected.store.record_page(&self.connected.id, RecordType::Tickets, 100_000, None).await;
        let mut counted = BTreeMap::new();
        for record in page.unwrap() {
            if let Some(ticket) = record.live() {
                *counted.entry(ticket.company().cloned().unwrap_or_else(|| ExternalId::new(""))).or_default() += 1;
            }
        }
        counted
    }
}

#[tokio::test(start_paused = true)]
async fn the_tally_follows_every_change_of_tickets() {
    let acme = Acme::up_to_date(import_all()).await;
    assert!(!acme.tally().await.is_empty());
    assert_eq!(acme.tally().await, acme.mirrored_by_company().await, "after the first import");

    let (harbour, quay) = (acme.add_company("Harbour Ltd"), acme.add_company("Quay Ltd"));
    let first = acme.add_ticket(&harbour, "Printer");
    acme.add_ticket(&harbour, "Screen");
    acme.run().await;
    assert_eq!(acme.tally().await[&harbour.id], 2);

    let quay_id: i64 = quay.id.as_str().parse().unwrap();
    acme.change("tickets", &first, json!({ "client_id": quay_id, "site_id": quay.site }));
    acme.run().await;
    assert_eq!((acme.tally().await[&harbour.id], acme.tally().await[&quay.id]), (1, 1), "it moved");

    acme.delete("tickets", &first);
    acme.resync().await;
    acme.resync().await;
    assert_eq!(acme.tally().await.get(&quay.id), None, "it is buried");
    assert_eq!(acme.tally().await, acme.mirrored_by_company().await);
}

#[tokio::test(start_paused = true)]
async fn a_connection_from_before_there_were_tallies_is_counted_when_a_ticket_next_changes() {
    let acme = Acme::up_to_date(import_all()).await;
    let tally = store::removal::Holding::Tally(RecordType::Tickets);
    let parts = acme.connected.store.held(&acme.connected.id, tally, 100).await.unwrap();
    acme.connected.store.forget(&acme.connected.id, tally, &parts).await.unwrap();
    assert!(acme.tally().await.is_empty());
    let harbour = acme.add_company("Harbour Ltd");
    acme.add_ticket(&harbour, "Printer");
    acme.run().await;
    assert_eq!(acme.tally().await, acme.mirrored_by_company().await);
}

#[tokio::test(start_paused = true)]
async fn more_tickets_than_a_slice_counts_are_counted_over_several_while_they_change() {
    let acme = Acme::up_to_date(import_all()).await;
    let (harbour, quay) = (acme.add_company("Harbour Ltd"), acme.add_company("Quay Ltd"));
    let moves = acme.add_ticket(&harbour, "Printer");
    acme.run().await;
    let ticket = Ticket { title: "Old".to_owned(), company: Some(harbour.id.clone()), ..Ticket::default() };
    acme.mirror(20_000, "Old", |_| RecordData::Ticket(Box::new(ticket.clone()))).await;
    // As after a crash: nobody knows what was counted.
    let tally = store::removal::Holding::Tally(RecordType::Tickets);
    let parts = acme.connected.store.held(&acme.connected.id, tally, 100).await.unwrap();
    acme.connected.store.forget(&acme.connected.id, tally, &parts).await.unwrap();

    acme.add_ticket(&harbour, "Screen");
    let quay_id: i64 = quay.id.as_str().parse().unwrap();
    let mut slices = 0;
    loop {
        acme.world.clock.advance(SignedDuration::from_mins(15));
        acme.world.tick().await;
        while !acme.world.queue.is_empty() {
            busy_slice(&acme.world, SignedDuration::from_millis(1_500)).await;
            slices += 1;
        }
        let body = acme.connected.body().await;
        if body.uncounted.is_empty() {
            break;
        }
        assert!(slices < 20, "each slice began anew: {:?}", body.counted);
        // One of those that are counted already, and a new one.
        acme.change("tickets", &moves, json!({ "client_id": quay_id, "site_id": quay.site }));
        acme.add_ticket(&quay, "Mouse");
    }
    assert!(slices > 1, "{slices}");
    assert_eq!(acme.tally().await, acme.mirrored_by_company().await);
}
