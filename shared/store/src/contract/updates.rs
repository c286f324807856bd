//! Single writes and reads.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::fixture::*;
use crate::table::{Table, Update};

pub(super) async fn what_was_put_is_read_until_it_is_deleted(table: &dyn Table) {
    let whole = item(
        "A",
        [
            ("text", text("Ærø 🦀")),
            ("empty", text("")),
            ("number", number(-12)),
            ("bytes", AttributeValue::B(Blob::new([0, 255]))),
            ("yes", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("list", AttributeValue::L(vec![number(2), text("b"), number(1)])),
            ("map", AttributeValue::M(HashMap::from([("inner".to_owned(), AttributeValue::M(HashMap::new()))]))),
            ("set", AttributeValue::Ss(vec!["only".to_owned()])),
            ("size", text("a reserved word")),
        ],
    );
    assert_eq!(table.get(key("A")).await.unwrap(), None);

    table.put(item("A", [("old", text("gone"))]), None).await.unwrap();
    table.put(whole.clone(), None).await.unwrap();
    assert_eq!(table.get(key("A")).await.unwrap(), Some(whole));

    table.delete(key("A"), None).await.unwrap();
    table.delete(key("A"), None).await.unwrap();
    assert_eq!(table.get(key("A")).await.unwrap(), None);
}

pub(super) async fn numbers_have_one_spelling(table: &dyn Table) {
    let given = ["007", "1.50", "-0", "12e3", "1E-3", "99999999999999999999999999999999999999"];
    let given = given.map(|number| AttributeValue::N(number.to_owned())).to_vec();
    table.put(item("A", [("numbers", AttributeValue::L(given))]), None).await.unwrap();

    let kept = ["7", "1.5", "0", "12000", "0.001", "99999999999999999999999999999999999999"];
    let kept = kept.map(|number| AttributeValue::N(number.to_owned())).to_vec();
    assert_eq!(table.get(key("A")).await.unwrap(), Some(item("A", [("numbers", AttributeValue::L(kept))])));
}

pub(super) async fn an_update_changes_what_it_names_and_returns_the_whole_item(table: &dyn Table) {
    stored(table, [item("A", [("name", text("old")), ("kept", number(1)), ("lease", text("x"))])]).await;
    let update = Update {
        set: BTreeMap::from([("name", text("new")), ("status", text("ok"))]),
        set_if_absent: BTreeMap::from([("created", number(5))]),
        add: BTreeMap::from([("wake", 2)]),
        remove: vec!["lease", "never_there"],
    };

    let after = table.update(key("A"), update, None).await.unwrap();

    let expected = [
        ("name", text("new")),
        ("kept", number(1)),
        ("status", text("ok")),
        ("created", number(5)),
        ("wake", number(2)),
    ];
    assert_eq!(after, item("A", expected));
    assert_eq!(table.get(key("A")).await.unwrap(), Some(after));
}

pub(super) async fn an_update_makes_the_item_that_is_absent(table: &dyn Table) {
    let set = Update { set: BTreeMap::from([("name", text("new"))]), ..Update::default() };
    let remove = Update { remove: vec!["name"], ..Update::default() };

    assert_eq!(table.update(key("A"), set, None).await.unwrap(), item("A", [("name", text("new"))]));
    assert_eq!(table.update(key("B"), remove, None).await.unwrap(), item("B", []));
    assert_eq!(table.update(key("C"), Update::default(), None).await.unwrap(), item("C", []));
    assert_eq!(found(table, partition()).await, ["A", "B", "C"]);
}

pub(super) async fn an_attribute_is_set_only_if_it_is_absent(table: &dyn Table) {
    let first_seen = |at| Update { set_if_absent: BTreeMap::from([("seen", number(at))]), ..Update::default() };

    table.update(key("A"), first_seen(1), None).await.unwrap();
    let after = table.update(key("A"), first_seen(2), None).await.unwrap();

    assert_eq!(after["seen"], number(1));
}

pub(super) async fn numbers_are_added_and_an_absent_one_is_zero(table: &dyn Table) {
    let add = |by| Update { add: BTreeMap::from([("wake", by)]), ..Update::default() };

    assert_eq!(table.update(key("A"), add(3), None).await.unwrap()["wake"], number(3));
    assert_eq!(table.update(key("A"), add(-10), None).await.unwrap()["wake"], number(-7));
    assert_eq!(table.update(key("A"), add(0), None).await.unwrap()["wake"], number(-7));
    assert_eq!(table.update(key("A"), add(i64::MAX), None).await.unwrap()["wake"], number(i64::MAX - 7));
}

pub(super) async fn an_update_that_contradicts_itself_is_refused(table: &dyn Table) {
    let set = BTreeMap::from([("name", text("new"))]);
    let twice = Update { set: set.clone(), remove: vec!["name"], ..Update::default() };
    let both = Update { set_if_absent: set.clone(), set, ..Update::default() };
    let the_key = Update { set: BTreeMap::from([("sk", text("B"))]), ..Update::default() };

    for update in [twice, both, the_key] {
        assert_refused(table.update(key("A"), update, None).await);
    }
    assert_eq!(table.get(key("A")).await.unwrap(), None);
}

pub(super) async fn nothing_can_be_added_to_a_text(table: &dyn Table) {
    stored(table, [item("A", [("wake", text("7"))])]).await;
    let add = Update { add: BTreeMap::from([("wake", 1)]), ..Update::default() };

    assert_refused(table.update(key("A"), add, None).await);
}

pub(super) async fn an_item_past_its_time_to_live_is_only_data(table: &dyn Table) {
    let expired = item("A", [("expires_at", number(1))]);
    stored(table, [expired.clone()]).await;

    assert_eq!(table.get(key("A")).await.unwrap(), Some(expired.clone()));
    assert_eq!(table.query(partition()).await.unwrap().items, [expired]);
}
