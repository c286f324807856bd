//! What the table refuses.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::fixture::*;
use crate::table::{BatchWrite, Condition, Item, Key, Table, Update, Write};

const LIMIT: usize = 400 * 1024;

/// An item of just this many bytes: "pk" + "T#1" + "sk" + "A" + "body" + the text.
fn weighing(bytes: usize) -> Item {
    item("A", [("body", text("x".repeat(bytes - 12)))])
}

pub(super) async fn an_item_of_400_kilobytes_fits_and_one_byte_more_does_not(table: &dyn Table) {
    let too_large = || weighing(LIMIT + 1);
    assert_refused(table.put(too_large(), None).await);
    assert_refused(table.batch_write(vec![BatchWrite::Put(too_large())]).await);
    assert_refused(table.transact(vec![put(too_large())]).await);
    assert_eq!(table.get(key("A")).await.unwrap(), None);

    table.put(weighing(LIMIT), None).await.unwrap();
    table.batch_write(vec![BatchWrite::Put(weighing(LIMIT))]).await.unwrap();
    table.transact(vec![put(weighing(LIMIT))]).await.unwrap();
    assert_eq!(table.get(key("A")).await.unwrap(), Some(weighing(LIMIT)));
}

pub(super) async fn an_item_must_not_grow_too_large(table: &dyn Table) {
    stored(table, [weighing(LIMIT - 3)]).await;
    let grow = |value: &str| Update { set: BTreeMap::from([("n", text(value))]), ..Update::default() };
    let grown = Write::Update { key: key("A"), update: grow("xyz"), condition: None };

    assert_refused(table.update(key("A"), grow("xyz"), None).await);
    assert_refused(table.transact(vec![grown]).await);
    assert_eq!(table.get(key("A")).await.unwrap(), Some(weighing(LIMIT - 3)));
    table.update(key("A"), grow("xy"), None).await.unwrap();
}

/// Each value beside a text that just leaves room for it.
pub(super) async fn every_type_of_value_weighs_what_it_should(table: &dyn Table) {
    let decimal = |text: &str| AttributeValue::N(text.to_owned());
    let map = HashMap::from([("key".to_owned(), text("abc"))]);
    let values = [
        (text("é"), 2),
        (decimal("7"), 2),
        (decimal("-12345"), 5),
        (decimal("1200"), 2),
        (decimal("0"), 1),
        (decimal("12.345"), 4),
        (AttributeValue::B(Blob::new([1, 2, 3])), 3),
        (AttributeValue::Bool(false), 1),
        (AttributeValue::Null(true), 1),
        (AttributeValue::Ss(vec!["a".into(), "bc".into()]), 3),
        (AttributeValue::Ns(vec!["1".into(), "123".into()]), 5),
        (AttributeValue::L(vec![text("abc"), text("")]), 3 + 2 + 3),
        (AttributeValue::M(map), 3 + 1 + 3 + 3),
    ];
    for (value, bytes) in values {
        let beside = |body: usize| {
            let mut item = weighing(body);
            item.insert("v".to_owned(), value.clone());
            item
        };
        assert_refused(table.put(beside(LIMIT - bytes), None).await);
        assert!(table.put(beside(LIMIT - bytes - 1), None).await.is_ok(), "{value:?}");
    }
}

pub(super) async fn keys_must_not_be_empty_or_too_long(table: &dyn Table) {
    let long = |length: usize| "k".repeat(length);
    let bad = [Key::new("", "A"), Key::new("T#1", ""), Key::new(long(2049), "A"), Key::new("T#1", long(1025))];
    for key in bad {
        let update = || Update { set: BTreeMap::from([("n", number(1))]), ..Update::default() };
        let check = Write::Check { key: key.clone(), condition: Condition::NotExists };
        assert_refused(table.get(key.clone()).await);
        assert_refused(table.put(key.clone().into_item(), None).await);
        assert_refused(table.update(key.clone(), update(), None).await);
        assert_refused(table.delete(key.clone(), None).await);
        assert_refused(table.batch_get(vec![key.clone()], Vec::new()).await);
        assert_refused(table.batch_write(vec![BatchWrite::Delete(key.clone())]).await);
        assert_refused(table.batch_write(vec![BatchWrite::Put(key.into_item())]).await);
        assert_refused(table.transact(vec![check]).await);
    }
    table.put(Key::new(long(2048), long(1024)).into_item(), None).await.unwrap();
    assert_refused(table.put(HashMap::from([("pk".to_owned(), text("T#1"))]), None).await);
}

pub(super) async fn values_that_cannot_be_kept_are_refused(table: &dyn Table) {
    let values = [
        AttributeValue::N("nine".to_owned()),
        AttributeValue::N("9".repeat(39)),
        AttributeValue::Ss(Vec::new()),
        AttributeValue::Ss(vec!["a".into(), "a".into()]),
        AttributeValue::Ns(vec!["1".into(), "1.0".into()]),
        AttributeValue::L(vec![AttributeValue::N(String::new())]),
    ];
    for value in values {
        assert_refused(table.put(item("A", [("v", value.clone())]), None).await);
        let set = Update { set: BTreeMap::from([("v", value)]), ..Update::default() };
        assert_refused(table.update(key("A"), set, None).await);
    }
    assert_eq!(table.get(key("A")).await.unwrap(), None);
}
