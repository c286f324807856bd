//! All or nothing.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::table::{Condition, Table, TableError, Update, Write};

fn add(sk: &str, by: i64) -> Write {
    let update = Update { add: BTreeMap::from([("n", by)]), ..Update::default() };
    Write::Update { key: key(sk), update, condition: None }
}

pub(super) async fn all_parts_are_applied_together(table: &dyn Table) {
    stored(table, [item("A", [("n", number(1))]), item("B", []), item("C", [("guard", number(1))])]).await;

    let writes = vec![
        add("A", 2),
        Write::Delete { key: key("B"), condition: Some(Condition::Exists) },
        Write::Check { key: key("C"), condition: Condition::Has("guard") },
        Write::Put { item: item("D", [("n", number(4))]), condition: Some(Condition::NotExists) },
        add("E", 5),
        Write::Delete { key: key("absent"), condition: None },
    ];
    table.transact(writes).await.unwrap();

    let items = table.query(partition()).await.unwrap().items;
    let expected = [
        item("A", [("n", number(3))]),
        item("C", [("guard", number(1))]),
        item("D", [("n", number(4))]),
        item("E", [("n", number(5))]),
    ];
    assert_eq!(items, expected);
}

pub(super) async fn one_failed_condition_applies_nothing_and_names_the_parts(table: &dyn Table) {
    stored(table, [item("A", [("n", number(1))])]).await;

    let writes = vec![
        add("B", 1),
        Write::Put { item: item("A", []), condition: Some(Condition::NotExists) },
        Write::Delete { key: key("C"), condition: None },
        Write::Check { key: key("D"), condition: Condition::Exists },
    ];
    let result = table.transact(writes).await;

    assert!(matches!(&result, Err(TableError::Cancelled(parts)) if parts[..] == [1, 3]), "{result:?}");
    assert_eq!(table.query(partition()).await.unwrap().items, [item("A", [("n", number(1))])]);
}

pub(super) async fn a_check_guards_without_writing(table: &dyn Table) {
    let company = item("COMPANY", [("version", number(7))]);
    stored(table, [company.clone()]).await;
    let guarded = |version| {
        let condition = Condition::Equal("version", number(version));
        vec![Write::Check { key: key("COMPANY"), condition }, put(item("LINK", []))]
    };

    let stale = table.transact(guarded(6)).await;
    assert!(matches!(&stale, Err(TableError::Cancelled(parts)) if parts[..] == [0]), "{stale:?}");
    assert_eq!(found(table, partition()).await, ["COMPANY"]);

    table.transact(guarded(7)).await.unwrap();
    assert_eq!(table.query(partition()).await.unwrap().items, [company, item("LINK", [])]);
}

pub(super) async fn a_part_that_cannot_be_applied_applies_nothing(table: &dyn Table) {
    stored(table, [item("A", [("n", text("no number"))])]).await;

    assert_refused(table.transact(vec![put(item("B", [])), add("A", 1)]).await);
    assert_eq!(found(table, partition()).await, ["A"]);
}

pub(super) async fn nothing_to_do_is_done(table: &dyn Table) {
    table.transact(Vec::new()).await.unwrap();
}

pub(super) async fn a_hundred_parts_fit_and_one_more_does_not(table: &dyn Table) {
    let writes = |count: usize| (0..count).map(|n| put(item(&format!("{n:03}"), []))).collect::<Vec<_>>();

    assert_refused(table.transact(writes(101)).await);
    assert_eq!(found(table, partition()).await.len(), 0);
    table.transact(writes(100)).await.unwrap();
    assert_eq!(found(table, partition()).await.len(), 100);
}

pub(super) async fn a_key_must_not_appear_twice(table: &dyn Table) {
    let guard = Write::Check { key: key("A"), condition: Condition::NotExists };

    assert_refused(table.transact(vec![guard, put(item("A", []))]).await);
    assert_refused(table.transact(vec![add("B", 1), add("B", 1)]).await);
    assert_eq!(found(table, partition()).await.len(), 0);
}

pub(super) async fn four_megabytes_are_the_limit(table: &dyn Table) {
    let large = |count: usize| {
        let items = (0..count).map(|n| item(&format!("{n:03}"), [("body", text("x".repeat(399_000)))]));
        items.map(put).collect::<Vec<_>>()
    };

    assert_refused(table.transact(large(11)).await);
    assert_eq!(found(table, partition()).await.len(), 0);
    table.transact(large(10)).await.unwrap();
    assert_eq!(found(table, partition()).await.len(), 10);
}

pub(super) async fn an_update_must_change_something(table: &dyn Table) {
    let nothing = Write::Update { key: key("A"), update: Update::default(), condition: Some(Condition::NotExists) };

    assert_refused(table.transact(vec![nothing]).await);
}
