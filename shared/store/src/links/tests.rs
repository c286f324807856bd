//! Links on the in-memory table: many of them, two people at once, killed at every write.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::options::RoleChoice;
use domain::portal::LinkState;

use super::*;
use crate::company_rows::CompanyRow;
use crate::memory::{Fault, MemoryTable};
use crate::work::What;

const FAULTS: [Fault; 4] = [Fault::Fail, Fault::LoseAnswer, Fault::KillBefore, Fault::KillAfter];

fn psa() -> ConnectionId {
    "psa".into()
}

fn store_on(table: &MemoryTable) -> TenantStore {
    TenantStore::new(Arc::new(table.clone()), "acme".into())
}

fn link(id: &str) -> Link {
    Link { external_id: id.into(), name: format!("Vendor {id}"), state: LinkState::Ok }
}

fn named(name: &str) -> PortalCompany {
    PortalCompany {
        id: CompanyId::new(name),
        name: name.to_owned(),
        domains: Vec::new(),
        phone: None,
        address: None,
        imported_from: None,
        links: BTreeMap::new(),
        not_integrated: BTreeSet::new(),
        import_role: None,
        users: 0,
        version: 1,
    }
}

async fn read(store: &TenantStore, name: &str) -> PortalCompany {
    store.company(&CompanyId::new(name)).await.unwrap().unwrap()
}

/// A company of this name, linked to these vendor companies of the PSA.
async fn company(store: &TenantStore, name: &str, links: &[&str]) -> PortalCompany {
    store.create_company(&named(name), By::System).await.unwrap();
    for id in links {
        store.link(&read(store, name).await, &psa(), link(id), By::System).await.unwrap();
    }
    read(store, name).await
}

/// A company with two hundred links, spread over nine connections.
async fn large(store: &TenantStore) -> PortalCompany {
    store.create_company(&named("Large"), By::System).await.unwrap();
    for number in 0..200 {
        let connection = ConnectionId::new(format!("c{}", number % 9));
        store.link(&read(store, "Large").await, &connection, link(&number.to_string()), By::System).await.unwrap();
    }
    read(store, "Large").await
}

fn ids(company: &PortalCompany) -> Vec<&str> {
    company.links.values().flatten().map(|link| link.external_id.as_str()).collect()
}

/// Every link as its company carries it; pointers and rows say the same.
async fn consistent(store: &TenantStore) -> Vec<(String, String)> {
    let companies = store.all_companies().await.unwrap();
    let mut carried = Vec::new();
    let mut connections: BTreeSet<ConnectionId> = [psa()].into();
    for company in &companies {
        connections.extend(company.links.keys().cloned());
        for links in company.links.values().flatten() {
            carried.push((links.external_id.to_string(), company.id.to_string()));
        }
    }
    let mut pointed = Vec::new();
    for connection in &connections {
        let links = store.all_links(connection).await.unwrap();
        pointed.extend(links.into_iter().map(|(id, company)| (id.to_string(), company.to_string())));
    }
    carried.sort();
    pointed.sort();
    assert_eq!(carried, pointed, "companies and pointers say the same");
    let mut rows = store.company_rows().await.unwrap();
    let mut expected: Vec<CompanyRow> = companies.iter().map(CompanyRow::of).collect();
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    expected.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(rows, expected);
    carried
}

#[tokio::test]
async fn a_swap_takes_the_place_of_what_it_replaces() {
    let table = MemoryTable::new();
    let store = store_on(&table);
    let acme = company(&store, "Acme", &["1", "2"]).await;
    store.swap(&acme, &psa(), &"1".into(), link("3"), By::System).await.unwrap();
    assert_eq!(ids(&read(&store, "Acme").await), ["3", "2"]);
    consistent(&store).await;
    let waiting = store.waiting(&psa()).await.unwrap();
    for id in ["1", "3"] {
        assert!(waiting.iter().any(|waiting| waiting.what == What::Mark(id.into())), "{id} is looked at again");
    }
}

#[tokio::test]
async fn a_swap_killed_at_any_write_is_either_before_or_after() {
    for fault in FAULTS {
        for write in 1.. {
            let table = MemoryTable::new();
            let acme = company(&store_on(&table), "Acme", &["1"]).await;
            let table = table.reopen();
            let store = store_on(&table);
            let faults = table.faults();
            faults.at_write(write, fault);
            let (psa, replaced) = (psa(), "1".into());
            let swap = store.swap(&acme, &psa, &replaced, link("2"), By::System);
            let undisturbed = matches!(faults.run(swap).await, Some(Ok(())));
            let store = store_on(&table.reopen());
            let links = consistent(&store).await;
            assert!(links == [("1".into(), "Acme".into())] || links == [("2".into(), "Acme".into())], "{links:?}");
            if undisturbed {
                assert_eq!(write, 2, "it is one write");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_vendor_company_that_two_people_link_belongs_to_the_first() {
    let store = store_on(&MemoryTable::new());
    let (acme, beta) = (company(&store, "Acme", &[]).await, company(&store, "Beta", &["9"]).await);
    store.link(&acme, &psa(), link("1"), By::System).await.unwrap();
    let second = store.link(&beta, &psa(), link("1"), By::System).await;
    assert!(matches!(second, Err(StoreError::Taken { by }) if by == "Acme"));
    let swapped = store.swap(&beta, &psa(), &"9".into(), link("1"), By::System).await;
    assert!(matches!(swapped, Err(StoreError::Taken { by }) if by == "Acme"));
    assert_eq!(consistent(&store).await, [("1".into(), "Acme".into()), ("9".into(), "Beta".into())]);
}

#[tokio::test]
async fn a_link_and_a_deletion_at_the_same_moment_leave_one_of_them() {
    let store = store_on(&MemoryTable::new());
    let acme = company(&store, "Acme", &["1"]).await;
    store.delete_company(&acme, By::System).await.unwrap();
    assert!(matches!(store.link(&acme, &psa(), link("2"), By::System).await, Err(StoreError::Stale)));
    assert_eq!(consistent(&store).await, []);
    let beta = company(&store, "Beta", &["3"]).await;
    store.link(&beta, &psa(), link("4"), By::System).await.unwrap();
    assert!(matches!(store.delete_company(&beta, By::System).await, Err(StoreError::Stale)));
    assert_eq!(consistent(&store).await, [("3".into(), "Beta".into()), ("4".into(), "Beta".into())]);
}

#[tokio::test]
async fn a_swap_and_an_unlink_at_the_same_moment_leave_one_of_them() {
    let store = store_on(&MemoryTable::new());
    let acme = company(&store, "Acme", &["1"]).await;
    store.unlink(&acme, &psa(), &"1".into(), By::System).await.unwrap();
    assert!(matches!(store.swap(&acme, &psa(), &"1".into(), link("2"), By::System).await, Err(StoreError::Stale)));
    assert_eq!(consistent(&store).await, []);
    let beta = company(&store, "Beta", &["3"]).await;
    store.swap(&beta, &psa(), &"3".into(), link("4"), By::System).await.unwrap();
    assert!(matches!(store.unlink(&beta, &psa(), &"3".into(), By::System).await, Err(StoreError::Stale)));
    assert_eq!(consistent(&store).await, [("4".into(), "Beta".into())]);
}

#[tokio::test]
async fn a_company_with_more_links_than_a_transaction_has_parts_is_deleted_and_all_are_blocked() {
    let store = store_on(&MemoryTable::new());
    let large = large(&store).await;
    store.delete_company(&large, By::System).await.unwrap();
    assert_eq!(consistent(&store).await, []);
    assert!(store.company(&large.id).await.unwrap().is_none());
    assert_eq!(store.blocked_page(300, None).await.unwrap().items.len(), 200);
    for connection in large.links.keys() {
        assert!(store.all_links(connection).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_deletion_killed_at_any_write_is_ended_by_deleting_again() {
    for fault in FAULTS {
        for write in 1.. {
            let table = MemoryTable::new();
            let large = large(&store_on(&table)).await;
            let table = table.reopen();
            let store = store_on(&table);
            let faults = table.faults();
            faults.at_write(write, fault);
            let undisturbed = matches!(faults.run(store.delete_company(&large, By::System)).await, Some(Ok(())));
            let store = store_on(&table.reopen());
            consistent(&store).await;
            if let Some(left) = store.company(&large.id).await.unwrap() {
                store.delete_company(&left, By::System).await.unwrap();
            }
            assert_eq!(consistent(&store).await, []);
            assert_eq!(store.blocked_page(300, None).await.unwrap().items.len(), 200, "{fault:?} at {write}");
            if undisturbed {
                assert_eq!(write, 11, "twenty links at once");
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_import_role_of_a_company_with_many_links_has_everything_decided_again() {
    let store = store_on(&MemoryTable::new());
    let large = large(&store).await;
    store.save_import_role(&large, Some(RoleChoice::DoNotImport), By::System).await.unwrap();
    assert_eq!(read(&store, "Large").await.import_role, Some(RoleChoice::DoNotImport));
    for connection in large.links.keys() {
        let waiting = store.waiting(connection).await.unwrap();
        assert!(waiting.iter().any(|waiting| waiting.what == What::MarkAll), "{waiting:?}");
    }
}

#[tokio::test]
async fn a_connection_takes_more_links_away_from_a_company_than_a_transaction_has_parts() {
    let store = store_on(&MemoryTable::new());
    let all: Vec<String> = (0..150).map(|number| number.to_string()).collect();
    company(&store, "Acme", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    loop {
        let some: BTreeSet<ExternalId> =
            store.some_links(&psa(), 90).await.unwrap().into_iter().map(|(id, _)| id).collect();
        if some.is_empty() {
            break;
        }
        store.unlink_all(&read(&store, "Acme").await, &psa(), &some).await.unwrap();
        consistent(&store).await;
    }
    assert!(read(&store, "Acme").await.links.is_empty());
}

#[tokio::test]
async fn how_companies_stand_is_noted_where_it_is_news_and_costs_a_read_where_it_is_not() {
    let table = MemoryTable::new();
    let store = store_on(&table);
    company(&store, "One", &["1", "2"]).await;
    company(&store, "Two", &["3"]).await;
    store.note_consent(&"Two".into(), &psa(), &"3".into(), false).await.unwrap();
    let standing = |company: &str, id: &str, name: &str, state| Standing {
        company: company.into(),
        external_id: id.into(),
        name: name.to_owned(),
        state,
    };
    let standings = [
        standing("One", "1", "Renamed 1", LinkState::Ok),
        standing("One", "2", "Vendor 2", LinkState::Inactive),
        standing("Two", "3", "Vendor 3", LinkState::Ok),
        standing("Gone", "4", "Vendor 4", LinkState::Ok),
    ];
    store.note_links(&psa(), &standings).await.unwrap();
    let links = read(&store, "One").await.links[&psa()].clone();
    assert_eq!((links[0].name.as_str(), links[1].state), ("Renamed 1", LinkState::Inactive));
    assert_eq!(read(&store, "Two").await.links[&psa()][0].state, LinkState::NeedsConsent, "that stays");

    let (reads, writes) = (table.faults().reads(), table.faults().writes());
    store.note_links(&psa(), &standings).await.unwrap();
    assert_eq!((table.faults().reads() - reads, table.faults().writes() - writes), (1, 0));
}

#[tokio::test]
async fn a_company_that_was_blocked_meanwhile_is_not_imported_and_the_others_are() {
    let store = store_on(&MemoryTable::new());
    let deleted = company(&store, "Deleted", &["1"]).await;
    store.delete_company(&deleted, By::System).await.unwrap();
    let new = |id: &str| crate::companies::NewCompany { company: named(&format!("New {id}")), external_id: id.into() };
    let made = store.import_companies(&psa(), &[new("1"), new("2")], true).await.unwrap();
    assert_eq!(made, ["2".into()]);
}
