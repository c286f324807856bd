//! Lists of a company's records on the in-memory table, killed at every write.

use std::sync::Arc;

use domain::hash::ContentHash;
use domain::record::{Alert, Contact, RecordData};

use super::*;
use crate::memory::{Fault, MemoryTable};
use crate::records::{Mirrored, Presence};

const CONTACTS: RecordType = RecordType::Contacts;

fn connection() -> ConnectionId {
    "psa".into()
}

fn store_on(table: &MemoryTable) -> TenantStore {
    TenantStore::new(Arc::new(table.clone()), "acme".into())
}

fn contact(id: &str, company: &str, email: &str) -> MirrorRecord {
    let company = Some(company).filter(|company| !company.is_empty()).map(ExternalId::from);
    let data = Contact { name: id.to_owned(), email: Some(email.to_owned()), company, ..Contact::default() };
    let at = "2026-11-22T20:13:22Z".parse().unwrap();
    MirrorRecord {
        external_id: id.into(),
        hash: ContentHash::of(id.as_bytes(), 1),
        body: Mirrored {
            presence: Presence::Live,
            name: id.to_owned(),
            data: Some(RecordData::Contact(data)),
            reason: None,
            import: None,
            portal: None,
            first_seen_at: at,
            changed_at: at,
        },
        listed: None,
    }
}

async fn ids(store: &TenantStore, company: &str) -> Vec<String> {
    let listed = store.listed(&connection(), CONTACTS, &company.into(), 100).await.unwrap();
    listed.iter().map(ToString::to_string).collect()
}

/// The record as it is mirrored, with other content.
async fn changed(store: &TenantStore, to: MirrorRecord) -> MirrorRecord {
    let before = store.record(&connection(), CONTACTS, &to.external_id).await.unwrap().unwrap();
    MirrorRecord { listed: before.listed, ..to }
}

#[tokio::test]
async fn a_company_lists_its_own_records_and_those_of_no_other() {
    let store = store_on(&MemoryTable::new());
    let records = [
        contact("1", "7", "a@x.example"),
        contact("2", "77", "b@x.example"),
        contact("3", "7#7", "c@x.example"),
        contact("4", "", "d@x.example"),
        contact("5", "7", "e@x.example"),
    ];
    store.put_records(&connection(), CONTACTS, &records).await.unwrap();
    assert_eq!(ids(&store, "7").await, ["1", "5"]);
    assert_eq!(ids(&store, "77").await, ["2"]);
    assert_eq!(ids(&store, "7#7").await, ["3"]);
    let first = store.listed(&connection(), CONTACTS, &"7".into(), 1).await.unwrap();
    assert_eq!(first, ["1".into()]);
    assert_eq!(store.all_listed(&connection(), CONTACTS, 100).await.unwrap().len(), 5);
}

#[tokio::test]
async fn an_entry_says_what_a_double_of_the_record_would_have() {
    let store = store_on(&MemoryTable::new());
    store.put_records(&connection(), CONTACTS, &[contact("1", "7", " Ann@X.example")]).await.unwrap();
    let distinctive = async || store.all_listed(&connection(), CONTACTS, 100).await.unwrap()[0].distinctive.clone();
    assert_eq!(distinctive().await.as_deref(), Some("ann@x.example"));
    let renamed = changed(&store, contact("1", "7", "marsh@x.example")).await;
    store.put_records(&connection(), CONTACTS, &[renamed]).await.unwrap();
    assert_eq!(distinctive().await.as_deref(), Some("marsh@x.example"));
}

#[tokio::test]
async fn a_record_that_is_written_again_where_it_is_costs_no_second_write() {
    let table = MemoryTable::new();
    let store = store_on(&table);
    store.put_records(&connection(), CONTACTS, &[contact("1", "7", "a@x.example")]).await.unwrap();
    assert_eq!(table.requests().items_written, 2);
    let same = changed(&store, contact("1", "7", "a@x.example")).await;
    store.put_records(&connection(), CONTACTS, &[same]).await.unwrap();
    assert_eq!(table.requests().items_written, 3);
}

/// Seconds at which the alert's record and its entry in the list go by themselves.
async fn goes_at(table: &MemoryTable, alert: &MirrorRecord) -> [Option<i64>; 2] {
    let store = store_on(table);
    let keys = [
        store.keys.record(&connection(), RecordType::Alerts, &alert.external_id),
        store.keys.company_pointer(&connection(), RecordType::Alerts, Some(&"7".into()), &alert.external_id),
    ];
    let mut at = [None; 2];
    for (at, key) in at.iter_mut().zip(keys) {
        *at = item::get_number(&store.table.get(key).await.unwrap().unwrap(), EXPIRES_AT);
    }
    at
}

#[tokio::test]
async fn what_is_over_goes_after_ninety_days_with_its_entry_unless_it_goes_on() {
    let table = MemoryTable::new();
    let store = store_on(&table);
    let alert = |resolved: bool, listed: Option<Listed>| {
        let data = Alert { message: "Full".to_owned(), company: Some("7".into()), resolved, ..Alert::default() };
        let mut record = MirrorRecord { listed, ..contact("a1", "7", "") };
        record.body.data = Some(RecordData::Alert(Box::new(data)));
        record
    };
    let put = async |resolved| {
        let before = store.record(&connection(), RecordType::Alerts, &"a1".into()).await.unwrap();
        let record = alert(resolved, before.and_then(|before| before.listed));
        store.put_records(&connection(), RecordType::Alerts, std::slice::from_ref(&record)).await.unwrap();
        record
    };
    let open = put(false).await;
    assert_eq!(goes_at(&table, &open).await, [None; 2]);
    let over = put(true).await;
    let ninety_days_later: jiff::Timestamp = "2027-02-20T20:13:22Z".parse().unwrap();
    assert_eq!(goes_at(&table, &over).await, [Some(ninety_days_later.as_second()); 2]);
    let again = put(false).await;
    assert_eq!(goes_at(&table, &again).await, [None; 2]);
}

#[tokio::test]
async fn a_record_that_is_gone_or_left_out_is_listed_nowhere_until_it_is_back() {
    let store = store_on(&MemoryTable::new());
    store.put_records(&connection(), CONTACTS, &[contact("1", "7", "a@x.example")]).await.unwrap();
    let mut gone = changed(&store, contact("1", "7", "a@x.example")).await;
    gone.body.presence = Presence::Gone;
    store.put_records(&connection(), CONTACTS, &[gone]).await.unwrap();
    assert_eq!(store.all_listed(&connection(), CONTACTS, 100).await.unwrap(), []);
    let back = changed(&store, contact("1", "7", "a@x.example")).await;
    store.put_records(&connection(), CONTACTS, &[back]).await.unwrap();
    assert_eq!(ids(&store, "7").await, ["1"]);
}

/// A worker is killed at each of its writes; whoever takes over writes the same records again.
#[tokio::test]
async fn whatever_a_worker_is_killed_at_a_record_is_listed_where_it_belongs() {
    for fault in [Fault::KillBefore, Fault::KillAfter] {
        for nth in 1.. {
            let table = MemoryTable::new();
            let before = [contact("1", "7", "a@x.example"), contact("2", "7", "b@x.example")];
            store_on(&table).put_records(&connection(), CONTACTS, &before).await.unwrap();
            let moved = [contact("1", "8", "a@x.example"), contact("3", "8", "c@x.example")];
            let write = async |table: &MemoryTable| {
                let store = store_on(table);
                let found = store.records(&connection(), CONTACTS, moved.iter().map(|r| &r.external_id)).await.unwrap();
                let listed = |to: &MirrorRecord| {
                    let found = found.iter().find(|found| found.external_id == to.external_id);
                    MirrorRecord { listed: found.and_then(|found| found.listed.clone()), ..to.clone() }
                };
                store.put_records(&connection(), CONTACTS, &moved.iter().map(listed).collect::<Vec<_>>()).await
            };
            let worker = table.reopen();
            worker.faults().at_write(nth, fault);
            let undisturbed = worker.faults().run(write(&worker)).await.is_some();
            write(&table.reopen()).await.unwrap();
            let store = store_on(&table.reopen());
            assert_eq!(ids(&store, "7").await, ["2"], "{fault:?} at {nth}");
            assert_eq!(ids(&store, "8").await, ["1", "3"], "{fault:?} at {nth}");
            if undisturbed {
                break;
            }
        }
    }
}
