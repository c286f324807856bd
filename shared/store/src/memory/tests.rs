use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::counted::CountedTable;
use crate::table::TableError;

fn item(sk: &str) -> Item {
    Key::new("T#1", sk).into_item()
}

async fn sort_keys(table: &MemoryTable) -> Vec<String> {
    let page = table.query(Query { pk: "T#1".to_owned(), ..Query::default() }).await.unwrap();
    page.items.iter().map(|item| Key::of(item).unwrap().sk).collect()
}

fn puts(sort_keys: &[&str]) -> Vec<BatchWrite> {
    sort_keys.iter().map(|sk| BatchWrite::Put(item(sk))).collect()
}

fn transaction(sort_keys: &[&str]) -> Vec<Write> {
    sort_keys.iter().map(|sk| Write::Put { item: item(sk), condition: None }).collect()
}

#[tokio::test]
async fn a_write_fails_as_asked_and_the_next_one_succeeds() {
    let table = MemoryTable::new();
    table.faults().at_write(2, Fault::Fail);

    table.put(item("A"), None).await.unwrap();
    let failed = table.put(item("B"), None).await;
    table.put(item("C"), None).await.unwrap();

    assert!(matches!(failed, Err(TableError::Unavailable { op: "put", .. })), "{failed:?}");
    assert_eq!(sort_keys(&table).await, ["A", "C"]);
    assert_eq!(table.faults().writes(), 3);
}

#[tokio::test]
async fn a_lost_answer_hides_a_write_that_took_place() {
    let table = MemoryTable::new();
    table.faults().at_write(1, Fault::LoseAnswer);

    let lost = table.transact(transaction(&["A", "B"])).await;

    assert!(matches!(lost, Err(TableError::Unavailable { op: "transact", .. })), "{lost:?}");
    assert_eq!(sort_keys(&table).await, ["A", "B"]);
}

#[tokio::test]
async fn a_read_fails_as_asked() {
    let table = MemoryTable::new();
    table.faults().at_read(1);

    let failed = table.get(Key::new("T#1", "A")).await;

    assert!(matches!(failed, Err(TableError::Unavailable { op: "get", .. })), "{failed:?}");
    assert_eq!(table.get(Key::new("T#1", "A")).await.unwrap(), None);
}

/// Killed at each write of a small program in turn; the next process finds what was written until then.
#[tokio::test]
async fn a_killed_process_leaves_what_it_wrote() {
    async fn program(table: &MemoryTable) {
        table.put(item("A"), None).await.unwrap();
        table.batch_write(puts(&["B", "C", "D"])).await.unwrap();
        table.transact(transaction(&["E", "F"])).await.unwrap();
    }
    let left_behind = ["", "A", "AB", "ABC", "ABCD", "ABCDEF"];
    for (written, expected) in left_behind.iter().enumerate() {
        for fault in [Fault::KillBefore, Fault::KillAfter] {
            let nth = if fault == Fault::KillBefore { written + 1 } else { written };
            let table = MemoryTable::new();
            table.faults().at_write(nth as u64, fault);

            let ended = table.faults().run(program(&table)).await;

            // The last write is the fifth; the faults before the first and after it never come.
            assert_eq!(ended.is_none(), (1..=5).contains(&nth), "{fault:?} {nth}");
            let expected = if ended.is_some() { "ABCDEF" } else { expected };
            assert_eq!(sort_keys(&table.reopen()).await.concat(), expected, "{fault:?} {nth}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_process_left_running_stays_dead() {
    let table = MemoryTable::new();
    let left_running = tokio::spawn({
        let table = table.clone();
        async move {
            table.faults().killed().await;
            let _ = table.put(item("A"), None).await;
        }
    });

    table.faults().kill();
    let next = table.reopen();
    next.put(item("B"), None).await.unwrap();

    assert!(tokio::time::timeout(Duration::from_secs(3600), left_running).await.is_err());
    assert!(table.faults().is_killed() && !next.faults().is_killed());
    assert_eq!(sort_keys(&next).await, ["B"]);
}

#[tokio::test]
async fn requests_are_counted_alike_by_the_table_and_by_the_wrapper() {
    let table = MemoryTable::new();
    let counted = CountedTable::new(Arc::new(table.clone()));
    let many: Vec<_> = (0..60).map(|n| format!("{n:03}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();

    counted.put(item("A"), Some(Condition::NotExists)).await.unwrap();
    counted.put(item("A"), Some(Condition::NotExists)).await.unwrap_err();
    let before = counted.requests();
    counted.update(Key::new("T#1", "A"), Update::default(), None).await.unwrap();
    counted.delete(Key::new("T#1", "A"), None).await.unwrap();
    counted.batch_write(puts(&many)).await.unwrap();
    counted.transact(transaction(&["A", "B"])).await.unwrap();
    counted.transact(Vec::new()).await.unwrap();
    counted.get(Key::new("T#1", "A")).await.unwrap();
    counted.get(Key::new("T#1", "absent")).await.unwrap();
    counted.batch_get(many.iter().map(|sk| Key::new("T#1", *sk)).collect(), Vec::new()).await.unwrap();
    counted.query(Query { pk: "T#1".to_owned(), ..Query::default() }).await.unwrap();

    let requests = counted.requests();
    assert_eq!(requests, table.requests());
    assert_eq!((requests.put, requests.items_written, requests.items_read), (2, 1 + 1 + 1 + 60 + 2, 1 + 60 + 62));
    assert_eq!((requests.since(&before).writes(), requests.since(&before).reads()), (1 + 1 + 3 + 1, 2 + 1 + 1));
    assert_eq!(table.reopen().requests(), Requests::default());
}

/// The embedded `DynamoDB` answers false, so the contract cannot tell this.
#[tokio::test]
async fn a_value_without_an_order_is_refused_as_by_dynamodb() {
    let table = MemoryTable::new();
    let less = Condition::Less("n", AttributeValue::Bool(true));

    let refused = table.put(item("A"), Some(less)).await;

    assert!(matches!(refused, Err(TableError::Limit(_))), "{refused:?}");
}
