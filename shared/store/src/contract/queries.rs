//! Queries of the table itself.

use super::fixture::*;
use crate::table::{Key, Query, SortRange, Table, TableError};

async fn ten(table: &dyn Table) {
    stored(table, (0..10).map(|n| item(&format!("R#{n}"), [("n", number(n)), ("name", text("x"))]))).await;
}

fn between(from: &str, until: &str) -> SortRange {
    SortRange::Between(text(from), text(until))
}

pub(super) async fn a_partition_is_read_in_order_of_its_sort_keys(table: &dyn Table) {
    stored(table, ["b", "B", "10", "9", "é", "z", "🦀"].map(|sk| item(sk, []))).await;
    let mut other = Key::new("T#2", "A").into_item();
    other.insert("n".to_owned(), number(1));
    stored(table, [other]).await;

    let ascending = found(table, partition()).await;
    let descending = found(table, Query { descending: true, ..partition() }).await;

    assert_eq!(ascending, ["10", "9", "B", "b", "z", "é", "🦀"]);
    assert!(ascending.iter().rev().eq(&descending));
    assert_eq!(found(table, Query { pk: "T#3".to_owned(), ..Query::default() }).await.len(), 0);
}

pub(super) async fn a_prefix_selects_what_begins_with_it(table: &dyn Table) {
    stored(table, ["COMPANY", "COMPANY#", "COMPANY#1", "COMPANY#\u{10ffff}", "COMPANY$", "A"].map(|sk| item(sk, [])))
        .await;
    let companies = Query { sort: SortRange::BeginsWith("COMPANY#".to_owned()), ..partition() };

    let ascending = found(table, companies.clone()).await;
    let descending = found(table, Query { descending: true, ..companies }).await;

    assert_eq!(ascending, ["COMPANY#", "COMPANY#1", "COMPANY#\u{10ffff}"]);
    assert!(ascending.iter().rev().eq(&descending));
}

pub(super) async fn a_range_includes_both_ends(table: &dyn Table) {
    ten(table).await;

    let from_3_to_5 = Query { sort: between("R#3", "R#5"), ..partition() };
    assert_eq!(found(table, from_3_to_5.clone()).await, ["R#3", "R#4", "R#5"]);
    assert_eq!(found(table, Query { descending: true, ..from_3_to_5 }).await, ["R#5", "R#4", "R#3"]);

    let up_to = |until: &str| Query { sort: SortRange::UpTo(text(until)), ..partition() };
    assert_eq!(found(table, up_to("R#1")).await, ["R#0", "R#1"]);
    assert_eq!(found(table, up_to("R#1z")).await, ["R#0", "R#1"]);
    assert_eq!(found(table, up_to("A")).await.len(), 0);
}

pub(super) async fn a_limit_makes_pages_that_join_without_gap(table: &dyn Table) {
    ten(table).await;

    let in_fours = pages(table, Query { limit: Some(4), ..partition() }).await;
    assert_eq!(in_fours.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
    assert_eq!(in_fours.concat(), found(table, partition()).await);

    let within = Query { limit: Some(2), sort: between("R#3", "R#6"), ..partition() };
    assert_eq!(pages(table, within).await, [["R#3", "R#4"], ["R#5", "R#6"]]);

    let rest = Query { after: Some(key("R#7").into_item()), ..partition() };
    assert_eq!(found(table, rest).await, ["R#8", "R#9"]);
}

pub(super) async fn pages_join_in_descending_order_too(table: &dyn Table) {
    ten(table).await;

    let latest =
        Query { limit: Some(3), descending: true, sort: SortRange::BeginsWith("R#".to_owned()), ..partition() };
    let first = table.query(latest.clone()).await.unwrap();

    assert_eq!(sort_keys(&first.items), ["R#9", "R#8", "R#7"]);
    assert_eq!(first.next, Some(key("R#7").into_item()));
    let all = found(table, Query { descending: true, ..partition() }).await;
    assert_eq!(pages(table, latest).await.concat(), all);
}

async fn three_megabytes(table: &dyn Table) {
    stored(table, (0..10).map(|n| item(&format!("{n}"), [("body", text("x".repeat(300_000)))]))).await;
}

pub(super) async fn without_a_limit_all_megabytes_are_read(table: &dyn Table) {
    three_megabytes(table).await;

    let page = table.query(Query { attributes: vec!["sk", "pk"], ..partition() }).await.unwrap();

    assert_eq!(page.items.len(), 10);
    assert_eq!(page.next, None);
    assert_eq!(found(table, Query { descending: true, ..partition() }).await.len(), 10);
}

pub(super) async fn a_page_ends_at_a_megabyte(table: &dyn Table) {
    three_megabytes(table).await;

    let pages = pages(table, Query { limit: Some(100), ..partition() }).await;

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
}

pub(super) async fn only_the_named_attributes_are_read(table: &dyn Table) {
    ten(table).await;
    let query = Query { attributes: vec!["n", "absent"], limit: Some(1), ..partition() };

    let page = table.query(query).await.unwrap();

    assert_eq!(page.items, [[("n".to_owned(), number(0))].into()]);
    assert_eq!(page.next, Some(key("R#0").into_item()));
}

pub(super) async fn a_query_that_makes_no_sense_is_refused(table: &dyn Table) {
    let queries = [
        Query { pk: String::new(), ..Query::default() },
        Query { limit: Some(0), ..partition() },
        Query { sort: between("b", "a"), ..partition() },
        Query { sort: SortRange::UpTo(number(1)), ..partition() },
        Query { index: Some("no_such_index"), consistent: false, ..partition() },
    ];
    for query in queries {
        let answer = table.query(query.clone()).await;
        assert!(matches!(answer, Err(TableError::Limit(_))), "{query:?}: {answer:?}");
    }
}
