//! Conditions, on single writes and as checks.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::fixture::*;
use crate::table::Condition::{All, Any, Equal, Exists, Has, Lacks, Less, LessOrEqual, NotEqual, NotExists};
use crate::table::{Condition, Item, Table, TableError, Update, Write};

pub(super) async fn each_condition_holds_when_it_should(table: &dyn Table) {
    stored(
        table,
        [item(
            "A",
            [
                ("n", number(9)),
                ("t", text("m")),
                ("yes", AttributeValue::Bool(true)),
                ("set", AttributeValue::Ss(vec!["a".into(), "b".into()])),
            ],
        )],
    )
    .await;
    // The condition, whether it holds on the item, whether it holds where there is none.
    let cases = [
        (Exists, true, false),
        (NotExists, false, true),
        (Has("n"), true, false),
        (Has("absent"), false, false),
        (Lacks("n"), false, true),
        (Lacks("absent"), true, true),
        (Equal("n", number(9)), true, false),
        (Equal("n", AttributeValue::N("9.0".into())), true, false),
        (Equal("n", text("9")), false, false),
        (Equal("n", number(10)), false, false),
        (Equal("absent", number(9)), false, false),
        (Equal("yes", AttributeValue::Bool(true)), true, false),
        (Equal("set", AttributeValue::Ss(vec!["b".into(), "a".into()])), true, false),
        (Equal("pk", text("T#1")), true, false),
        (NotEqual("n", number(9)), false, true),
        (NotEqual("n", number(10)), true, true),
        (NotEqual("n", text("9")), true, true),
        (NotEqual("absent", number(9)), true, true),
        (Any(vec![NotEqual("n", number(9)), NotEqual("t", text("x"))]), true, true),
        (All(vec![Exists, NotEqual("t", text("m"))]), false, false),
        (Less("n", number(10)), true, false),
        (Less("n", number(9)), false, false),
        (Less("n", text("zzz")), false, false),
        (Less("absent", number(10)), false, false),
        (Less("t", text("n")), true, false),
        (Less("t", text("m")), false, false),
        (LessOrEqual("n", number(9)), true, false),
        (LessOrEqual("n", number(8)), false, false),
        (LessOrEqual("n", number(100)), true, false),
        (LessOrEqual("absent", number(9)), false, false),
        (All(vec![Exists, Less("n", number(10)), Lacks("absent")]), true, false),
        (All(vec![Exists, Less("n", number(9))]), false, false),
        (All(vec![]), true, true),
        (Any(vec![NotExists, Less("n", number(10))]), true, true),
        (Any(vec![NotExists, Has("absent")]), false, true),
        (Any(vec![]), false, false),
        (All(vec![Any(vec![Lacks("n"), Equal("t", text("m"))]), Any(vec![Has("n"), NotExists])]), true, true),
        (Any(vec![All(vec![Exists, Lacks("n")]), All(vec![Has("t")])]), true, false),
    ];
    for (condition, on_item, on_none) in cases {
        assert_eq!(holds(table, "A", condition.clone()).await, on_item, "{condition:?} on the item");
        assert_eq!(holds(table, "B", condition.clone()).await, on_none, "{condition:?} on none");
    }
}

async fn holds(table: &dyn Table, sk: &str, condition: Condition) -> bool {
    match table.transact(vec![Write::Check { key: key(sk), condition }]).await {
        Ok(()) => true,
        Err(TableError::Cancelled(parts)) => {
            assert_eq!(parts, [0]);
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}

pub(super) async fn a_condition_that_cannot_be_asked_is_refused(table: &dyn Table) {
    let no_number = Equal("n", AttributeValue::N("nine".to_owned()));

    assert_refused(table.put(item("A", []), Some(no_number.clone())).await);
    assert_refused(table.delete(key("A"), Some(Any(vec![NotExists, no_number]))).await);
    assert_eq!(table.get(key("A")).await.unwrap(), None);
}

pub(super) async fn a_failed_put_shows_the_existing_item(table: &dyn Table) {
    let first = item("A", [("owner", text("first"))]);
    table.put(first.clone(), Some(NotExists)).await.unwrap();

    let second = table.put(item("A", [("owner", text("second"))]), Some(NotExists)).await;
    let nobody = table.put(item("B", []), Some(Exists)).await;

    assert_condition(second, "A", Some(&first));
    assert_condition(nobody, "B", None);
    assert_eq!(table.get(key("A")).await.unwrap(), Some(first));
    assert_eq!(table.get(key("B")).await.unwrap(), None);
}

pub(super) async fn a_failed_update_changes_nothing(table: &dyn Table) {
    let held = item("A", [("lease", text("x")), ("until", number(20))]);
    stored(table, [held.clone()]).await;
    let take = || Update { set: BTreeMap::from([("lease", text("y"))]), ..Update::default() };
    let free_at = |now| Any(vec![Lacks("lease"), Less("until", number(now))]);

    assert_condition(table.update(key("A"), take(), Some(free_at(20))).await, "A", Some(&held));
    assert_condition(table.update(key("B"), take(), Some(Exists)).await, "B", None);
    assert_eq!(table.get(key("B")).await.unwrap(), None);

    let taken = table.update(key("A"), take(), Some(free_at(21))).await.unwrap();
    assert_eq!(taken["lease"], text("y"));
}

pub(super) async fn a_failed_delete_keeps_the_item(table: &dyn Table) {
    let mark = item("A", [("sequence", number(2))]);
    stored(table, [mark.clone()]).await;

    let stale = table.delete(key("A"), Some(Equal("sequence", number(1)))).await;
    assert_condition(stale, "A", Some(&mark));
    assert_condition(table.delete(key("B"), Some(Exists)).await, "B", None);

    table.delete(key("A"), Some(Equal("sequence", number(2)))).await.unwrap();
    assert_eq!(table.get(key("A")).await.unwrap(), None);
}

#[track_caller]
fn assert_condition<T: std::fmt::Debug>(result: Result<T, TableError>, sk: &str, expected: Option<&Item>) {
    let Err(TableError::Condition { key: failed, existing }) = result else { panic!("{result:?}") };
    assert_eq!(failed, key(sk));
    assert_eq!(existing.as_deref(), expected);
}
