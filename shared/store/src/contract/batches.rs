//! Many items at once.

use std::collections::HashMap;

use super::fixture::*;
use crate::table::{BatchWrite, Item, Key, Table};

fn numbered(n: i64) -> Item {
    item(&format!("{n:04}"), [("n", number(n))])
}

fn puts(numbers: std::ops::Range<i64>) -> Vec<BatchWrite> {
    numbers.map(|n| BatchWrite::Put(numbered(n))).collect()
}

fn in_order(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by_key(Key::of);
    items
}

pub(super) async fn more_than_one_request_of_writes_and_reads(table: &dyn Table) {
    table.batch_write(puts(0..260)).await.unwrap();

    let every_other = (0..500).step_by(2).map(|n| key(&format!("{n:04}"))).collect();
    let items = table.batch_get(every_other, Vec::new()).await.unwrap();

    assert_eq!(found(table, partition()).await.len(), 260);
    assert_eq!(in_order(items), (0..260).step_by(2).map(numbered).collect::<Vec<_>>());
}

pub(super) async fn puts_and_deletes_mix(table: &dyn Table) {
    table.batch_write(puts(0..40)).await.unwrap();
    let deletes = (0..38).map(|n| BatchWrite::Delete(key(&format!("{n:04}"))));
    let absent = BatchWrite::Delete(key("absent"));

    table.batch_write(deletes.chain([absent]).chain(puts(40..42)).collect()).await.unwrap();

    let expected: Vec<_> = (38..42).map(numbered).collect();
    assert_eq!(table.query(partition()).await.unwrap().items, expected);
}

pub(super) async fn a_key_is_written_once_and_may_be_asked_for_twice(table: &dyn Table) {
    let mut twice_far_apart = puts(0..60);
    twice_far_apart.push(BatchWrite::Delete(key("0000")));
    assert_refused(table.batch_write(twice_far_apart).await);
    assert_eq!(found(table, partition()).await.len(), 0);

    stored(table, [numbered(1)]).await;
    let items = table.batch_get(vec![key("0001"), key("0002"), key("0001")], Vec::new()).await.unwrap();
    assert_eq!(items, [numbered(1)]);
}

/// More than the 16 MB that one answer may have, so some keys stay unprocessed at first.
pub(super) async fn many_megabytes_are_read_to_the_end(table: &dyn Table) {
    let large = |n: i64| item(&format!("{n:04}"), [("body", text("x".repeat(350_000)))]);
    table.batch_write((0..60).map(|n| BatchWrite::Put(large(n))).collect()).await.unwrap();

    let items = table.batch_get((0..60).map(|n| key(&format!("{n:04}"))).collect(), Vec::new()).await.unwrap();

    assert_eq!(items.len(), 60);
    assert_eq!(in_order(items)[59], large(59));
}

pub(super) async fn only_the_named_attributes_come_back(table: &dyn Table) {
    stored(table, [item("A", [("hash", text("h")), ("body", text("long"))])]).await;

    let items = table.batch_get(vec![key("A")], vec!["sk", "hash", "absent"]).await.unwrap();

    assert_eq!(items, [HashMap::from([("sk".to_owned(), text("A")), ("hash".to_owned(), text("h"))])]);
}

pub(super) async fn empty_batches_do_nothing(table: &dyn Table) {
    table.batch_write(Vec::new()).await.unwrap();
    assert_eq!(table.batch_get(Vec::new(), Vec::new()).await.unwrap(), Vec::<Item>::new());
}
