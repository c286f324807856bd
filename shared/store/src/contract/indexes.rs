//! The two sparse indexes.

use std::collections::{BTreeMap, HashMap};

use super::fixture::*;
use crate::table::{Item, Query, SortRange, Table, TableError, Update};

fn connection(sk: &str, due_at: i64) -> Item {
    item(
        sk,
        [
            ("due_shard", text("DUE#3")),
            ("due_at", number(due_at)),
            ("tenant", text("1")),
            ("connection", text(sk)),
            ("settings", text("not in the index")),
        ],
    )
}

fn due(until: i64) -> Query {
    let sort = SortRange::UpTo(number(until));
    Query { index: Some("due"), pk: "DUE#3".to_owned(), sort, ..Query::default() }
}

pub(super) async fn an_index_holds_only_items_with_its_attributes(table: &dyn Table) {
    stored(table, [connection("A", 5), connection("B", 6), item("C", [("due_shard", text("DUE#3"))])]).await;
    assert_eq!(found(table, due(9)).await, ["A", "B"]);

    let paused = Update { remove: vec!["due_at"], ..Update::default() };
    table.update(key("A"), paused, None).await.unwrap();
    assert_eq!(found(table, due(9)).await, ["B"]);

    let resumed = Update { set: BTreeMap::from([("due_at", number(7))]), ..Update::default() };
    table.update(key("A"), resumed.clone(), None).await.unwrap();
    table.update(key("C"), resumed, None).await.unwrap();
    assert_eq!(found(table, due(9)).await, ["B", "A", "C"]);

    table.delete(key("B"), None).await.unwrap();
    table.put(item("A", []), None).await.unwrap();
    assert_eq!(found(table, due(9)).await, ["C"]);
}

pub(super) async fn an_index_is_ordered_by_number(table: &dyn Table) {
    stored(table, [("A", 100), ("B", 9), ("C", -5), ("D", 20)].map(|(sk, at)| connection(sk, at))).await;
    let all = Query { sort: SortRange::All, ..due(0) };
    let between = SortRange::Between(number(9), number(20));

    assert_eq!(found(table, all.clone()).await, ["C", "B", "D", "A"]);
    assert_eq!(found(table, Query { descending: true, ..all }).await, ["A", "D", "B", "C"]);
    assert_eq!(found(table, due(20)).await, ["C", "B", "D"]);
    assert_eq!(found(table, due(19)).await, ["C", "B"]);
    assert_eq!(found(table, Query { sort: between, ..due(0) }).await, ["B", "D"]);
    assert_eq!(found(table, Query { pk: "DUE#4".to_owned(), ..due(9) }).await.len(), 0);
}

pub(super) async fn an_index_shows_its_own_attributes(table: &dyn Table) {
    stored(table, [connection("A", 5)]).await;
    let mut shown = connection("A", 5);
    shown.remove("settings");

    assert_eq!(table.query(due(9)).await.unwrap().items, [shown]);
    let only = Query { attributes: vec!["tenant"], ..due(9) };
    assert_eq!(table.query(only).await.unwrap().items, [HashMap::from([("tenant".to_owned(), text("1"))])]);
}

pub(super) async fn equal_sort_values_page_without_gap(table: &dyn Table) {
    stored(table, (0..7).map(|n| connection(&format!("{n}"), 5))).await;

    for descending in [false, true] {
        let pages = pages(table, Query { limit: Some(3), descending, ..due(5) }).await;
        let mut all = pages.concat();
        all.sort();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        assert_eq!(all, ["0", "1", "2", "3", "4", "5", "6"]);
    }
}

pub(super) async fn a_webhook_token_finds_its_connection(table: &dyn Table) {
    let addressed = |sk: &str, token: &str| {
        item(sk, [("webhook_token", text(token)), ("connector", text("halo_psa")), ("secret_version", number(1))])
    };
    stored(table, [addressed("A", "hash-a"), addressed("B", "hash-b"), item("C", [])]).await;
    let by_token = Query { index: Some("webhook"), pk: "hash-b".to_owned(), ..Query::default() };

    let mut expected = addressed("B", "hash-b");
    expected.remove("secret_version");
    assert_eq!(table.query(by_token.clone()).await.unwrap().items, [expected]);

    let rotated = Update { set: BTreeMap::from([("webhook_token", text("hash-b2"))]), ..Update::default() };
    table.update(key("B"), rotated, None).await.unwrap();
    assert_eq!(found(table, by_token).await.len(), 0);
}

pub(super) async fn an_index_refuses_what_it_cannot_answer(table: &dyn Table) {
    let webhook = Query { index: Some("webhook"), pk: "hash".to_owned(), ..Query::default() };
    let queries = [
        Query { consistent: true, ..due(9) },
        Query { attributes: vec!["settings"], ..due(9) },
        Query { sort: SortRange::UpTo(text("9")), ..due(9) },
        Query { sort: SortRange::BeginsWith("9".to_owned()), ..due(9) },
        Query { sort: SortRange::UpTo(number(9)), ..webhook },
    ];
    for query in queries {
        let answer = table.query(query.clone()).await;
        assert!(matches!(answer, Err(TableError::Limit(_))), "{query:?}: {answer:?}");
    }

    assert_refused(table.put(item("A", [("due_shard", number(3)), ("due_at", number(5))]), None).await);
    assert_refused(table.put(item("A", [("due_at", text("5"))]), None).await);
    assert_refused(table.put(item("A", [("webhook_token", text(""))]), None).await);
    let wrong = Update { set: BTreeMap::from([("due_at", text("5"))]), ..Update::default() };
    assert_refused(table.update(key("A"), wrong, None).await);
    assert_eq!(found(table, partition()).await.len(), 0);
}
