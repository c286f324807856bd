use std::sync::Arc;

use domain::activity::{Action, Actor, Object};
use domain::portal::PortalCompany;

use super::*;
use crate::error::StoreError;
use crate::memory::MemoryTable;

fn entry(id: &str, second: i64, actor: &str, object: &str) -> Entry {
    let actor = Actor { id: actor.to_owned(), name: actor.to_uppercase() };
    let object = Object::new(ObjectKind::Company, object, "Acme");
    Entry::new(id.to_owned(), Timestamp::from_second(second).unwrap(), actor, Action::CompanyChanged, object)
}

fn company(id: &str) -> PortalCompany {
    PortalCompany {
        id: id.into(),
        name: "Acme".to_owned(),
        domains: Vec::new(),
        phone: None,
        address: None,
        imported_from: None,
        links: std::collections::BTreeMap::new(),
        not_integrated: std::collections::BTreeSet::new(),
        import_role: None,
        users: 0,
        version: 1,
    }
}

fn store() -> TenantStore {
    TenantStore::new(Arc::new(MemoryTable::new()), "acme".into())
}

/// Makes a company for each entry.
async fn does(store: &TenantStore, entries: &[Entry]) {
    for entry in entries {
        store.create_company(&company(&format!("of {}", entry.id)), By::Person(entry)).await.unwrap();
    }
}

async fn ids(store: &TenantStore, actor: Option<&str>, object: Option<&str>) -> Vec<String> {
    let object = object.map(|id| (ObjectKind::Company, id.to_owned()));
    let wanted = Wanted { actor: actor.map(str::to_owned), object };
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = store.activity(&wanted, 1, after.as_deref()).await.unwrap();
        ids.extend(page.items.into_iter().map(|entry| entry.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn entries_are_found_by_person_by_object_and_by_both_latest_first() {
    let store = store();
    let entries = [
        entry("a", 1, "ada", "one"),
        entry("b", 2, "bob", "one"),
        entry("c", 3, "ada", "two"),
        entry("d", 4, "ada", "one"),
    ];
    does(&store, &entries).await;
    assert_eq!(ids(&store, None, None).await, ["d", "c", "b", "a"]);
    assert_eq!(ids(&store, Some("ada"), None).await, ["d", "c", "a"]);
    assert_eq!(ids(&store, None, Some("one")).await, ["d", "b", "a"]);
    assert_eq!(ids(&store, Some("ada"), Some("one")).await, ["d", "a"]);
    assert_eq!(ids(&store, Some("eve"), None).await, [""; 0]);
}

#[tokio::test]
async fn a_change_that_fails_leaves_no_entry() {
    let store = store();
    let (first, second) = (entry("a", 1, "ada", "one"), entry("b", 2, "bob", "one"));
    store.create_company(&company("one"), By::Person(&first)).await.unwrap();
    let again = store.create_company(&company("one"), By::Person(&second)).await;
    assert!(matches!(again, Err(StoreError::Stale)), "{again:?}");
    assert_eq!(ids(&store, None, None).await, ["a"]);
}

#[tokio::test]
async fn many_changes_at_once_are_one_entry_with_a_count_and_each_stands_in_its_objects_list() {
    let store = store();
    let whole = entry("whole", 9, "ada", "halo-psa");
    for id in ["one", "two", "three"] {
        let part = entry(&format!("part {id}"), 9, "ada", id);
        store.create_company(&company(id), By::PartOf { whole: &whole, part: &part }).await.unwrap();
    }
    let all = store.activity(&Wanted::default(), 10, None).await.unwrap().items;
    assert_eq!(all, [Entry { count: Some(3), ..whole }]);
    assert_eq!(ids(&store, Some("ada"), None).await, ["whole"]);
    assert_eq!(ids(&store, None, Some("two")).await, ["part two"]);
}

#[tokio::test]
async fn an_entry_goes_after_four_hundred_days() {
    let entry = entry("a", 1_000, "ada", "one");
    let row = TenantStore::entry_item(&Key::new("p", "s"), &entry).unwrap();
    assert_eq!(item::get_number(&row, EXPIRES_AT), Some(1_000 + 400 * 86_400));
}
