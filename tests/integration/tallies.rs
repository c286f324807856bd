//! Tickets are counted by company as they are written, so that what waits is known without reading them.

use std::collections::BTreeMap;

use domain::id::ExternalId;
use domain::record::RecordType;
use serde_json::json;

use crate::acme::{Acme, import_all};

impl Acme {
    async fn tally(&self) -> BTreeMap<ExternalId, u64> {
        self.connected.store.tally(&self.connected.id, RecordType::Tickets).await.unwrap().unwrap_or_default()
    }

    /// What a count of the mirror comes to.
    async fn counted_by_company(&self) -> BTreeMap<ExternalId, u64> {
        let page = self.connected.store.record_page(&self.connected.id, RecordType::Tickets, 10_000, None).await;
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
    assert_eq!(acme.tally().await, acme.counted_by_company().await, "after the first import");

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
    assert_eq!(acme.tally().await, acme.counted_by_company().await);
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
    assert_eq!(acme.tally().await, acme.counted_by_company().await);
}
