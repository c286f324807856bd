//! Random operations, one after the other, do and answer the same on both tables.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::fixture::*;
use crate::memory::MemoryTable;
use crate::table::{
    BatchWrite, Condition, Item, Key, Query, QueryPage, SortRange, Table, TableError, TableResult, Update, Write,
};

#[derive(Clone, Debug)]
enum Operation {
    Get(Key),
    One(Write),
    Query(Query),
    BatchGet(Vec<Key>),
    BatchWrite(Vec<BatchWrite>),
    Transact(Vec<Write>),
}

/// An answer, without what is left to the implementation: order where there is none, wording of errors.
#[derive(Debug, PartialEq)]
enum Answer {
    Item(Option<Item>),
    Items(Vec<Item>),
    Page(QueryPage),
    Done,
    Condition(Key, Option<Item>),
    Cancelled(Vec<usize>),
    Refused,
}

async fn perform(table: &dyn Table, operation: Operation) -> Answer {
    let answer = match operation {
        Operation::Get(key) => table.get(key).await.map(Answer::Item),
        Operation::One(Write::Put { item, condition }) => done(table.put(item, condition).await),
        Operation::One(Write::Update { key, update, condition }) => {
            table.update(key, update, condition).await.map(|item| Answer::Item(Some(item)))
        }
        Operation::One(Write::Delete { key, condition }) => done(table.delete(key, condition).await),
        Operation::One(check) => done(table.transact(vec![check]).await),
        Operation::Query(query) => table.query(query).await.map(Answer::Page),
        Operation::BatchGet(keys) => table.batch_get(keys, Vec::new()).await.map(|mut items| {
            items.sort_by_key(Key::of);
            Answer::Items(items)
        }),
        Operation::BatchWrite(writes) => done(table.batch_write(writes).await),
        Operation::Transact(writes) => done(table.transact(writes).await),
    };
    answer.unwrap_or_else(|error| match error {
        TableError::Condition { key, existing } => Answer::Condition(key, existing.map(|item| *item)),
        TableError::Cancelled(parts) => Answer::Cancelled(parts),
        TableError::Limit(_) => Answer::Refused,
        other => panic!("{other:?}"),
    })
}

fn done(result: TableResult<()>) -> TableResult<Answer> {
    result.map(|()| Answer::Done)
}

fn a_key() -> impl Strategy<Value = Key> {
    (select(vec!["T#1", "T#2"]), select(vec!["A", "B", "B#1", "B#2", "é"])).prop_map(|(pk, sk)| Key::new(pk, sk))
}

/// Attributes of which one is a number, one a text and one either.
fn an_attribute() -> impl Strategy<Value = (&'static str, AttributeValue)> {
    prop_oneof![
        (Just("n"), (-3..12_i64).prop_map(number)),
        (Just("t"), select(vec!["", "a", "b", "10", "9"]).prop_map(text)),
        (Just("mixed"), prop_oneof![(0..3_i64).prop_map(number), select(vec!["1", "2"]).prop_map(text)]),
        (Just("set"), select(vec![vec!["a"], vec!["a", "b"]]).prop_map(set)),
        (Just("due_shard"), select(vec!["1", "2"]).prop_map(text)),
        (Just("due_at"), (8..12_i64).prop_map(number)),
        (Just("webhook_token"), select(vec!["h1", "h2"]).prop_map(text)),
        (Just("tenant"), Just(text("1"))),
    ]
}

fn set(members: Vec<&str>) -> AttributeValue {
    AttributeValue::Ss(members.into_iter().map(str::to_owned).collect())
}

fn attributes() -> impl Strategy<Value = BTreeMap<&'static str, AttributeValue>> {
    prop::collection::vec(an_attribute(), 0..5).prop_map(BTreeMap::from_iter)
}

fn a_name() -> impl Strategy<Value = &'static str> {
    select(vec!["n", "t", "mixed", "set", "due_shard", "due_at", "webhook_token", "absent"])
}

fn an_item() -> impl Strategy<Value = Item> {
    (a_key(), attributes()).prop_map(|(key, attributes)| {
        let mut item = key.into_item();
        item.extend(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)));
        item
    })
}

fn a_condition() -> impl Strategy<Value = Condition> {
    let simple = prop_oneof![
        Just(Condition::Exists),
        Just(Condition::NotExists),
        a_name().prop_map(Condition::Has),
        a_name().prop_map(Condition::Lacks),
        an_attribute().prop_map(|(name, value)| Condition::Equal(name, value)),
        an_attribute().prop_map(|(name, value)| Condition::NotEqual(name, value)),
        (select(vec!["n", "mixed", "t"]), (0..9_i64)).prop_map(|(name, n)| Condition::Less(name, number(n))),
        (select(vec!["n", "mixed", "t"]), (0..9_i64)).prop_map(|(name, n)| Condition::LessOrEqual(name, number(n))),
        select(vec!["a", "b", "10"]).prop_map(|value| Condition::LessOrEqual("t", text(value))),
    ];
    simple.prop_recursive(2, 6, 3, |part| {
        prop_oneof![
            prop::collection::vec(part.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(part, 0..3).prop_map(Condition::Any),
        ]
    })
}

/// Mostly an update that makes sense; sometimes one that names an attribute twice or adds to a text.
fn an_update() -> impl Strategy<Value = Update> {
    let add = prop::collection::vec((select(vec!["n", "wake", "mixed"]), -3..5_i64), 0..2);
    let parts = (attributes(), attributes(), add, prop::collection::vec(a_name(), 0..2));
    (parts, prop::bool::weighted(0.9)).prop_map(|((set, set_if_absent, add, remove), sensible)| {
        let mut update = Update { set, set_if_absent, add: add.into_iter().collect(), remove };
        if sensible {
            let Update { set, set_if_absent, add, remove } = &mut update;
            set_if_absent.retain(|name, _| !set.contains_key(name));
            add.retain(|name, _| !set.contains_key(name) && !set_if_absent.contains_key(name));
            remove.dedup();
            remove
                .retain(|name| !set.contains_key(name) && !set_if_absent.contains_key(name) && !add.contains_key(name));
        }
        update
    })
}

fn a_write() -> impl Strategy<Value = Write> {
    let condition = || prop::option::of(a_condition());
    prop_oneof![
        3 => (an_item(), condition()).prop_map(|(item, condition)| Write::Put { item, condition }),
        3 => (a_key(), an_update(), condition())
            .prop_map(|(key, update, condition)| Write::Update { key, update, condition }),
        1 => (a_key(), condition()).prop_map(|(key, condition)| Write::Delete { key, condition }),
        1 => (a_key(), a_condition()).prop_map(|(key, condition)| Write::Check { key, condition }),
    ]
}

fn a_query() -> impl Strategy<Value = Query> {
    let number_range = prop_oneof![
        Just(SortRange::All),
        (8..12_i64).prop_map(|n| SortRange::UpTo(number(n))),
        (8..12_i64, 8..12_i64).prop_map(|(a, b)| SortRange::Between(number(a), number(b))),
    ];
    let text_range = prop_oneof![
        Just(SortRange::All),
        Just(SortRange::BeginsWith("B".to_owned())),
        a_key().prop_map(|key| SortRange::UpTo(text(key.sk))),
        (a_key(), a_key()).prop_map(|(a, b)| SortRange::Between(text(a.sk), text(b.sk))),
    ];
    let target = prop_oneof![
        (Just(None), select(vec!["T#1", "T#2"]), text_range),
        (Just(Some("due")), select(vec!["1", "2"]), number_range),
        (Just(Some("webhook")), select(vec!["h1", "h2"]), Just(SortRange::All)),
    ];
    let attributes = select(vec![vec![], vec!["pk", "sk"], vec!["sk", "tenant"]]);
    (target, prop::option::of(1..4_u32), any::<bool>(), any::<bool>(), attributes).prop_map(
        |((index, pk, sort), limit, descending, consistent, attributes)| Query {
            index,
            pk: pk.to_owned(),
            sort,
            limit,
            descending,
            after: None,
            consistent: consistent && index.is_none(),
            attributes,
        },
    )
}

fn an_operation() -> impl Strategy<Value = Operation> {
    let batch_write = prop_oneof![an_item().prop_map(BatchWrite::Put), a_key().prop_map(BatchWrite::Delete)];
    prop_oneof![
        1 => a_key().prop_map(Operation::Get),
        4 => a_write().prop_map(Operation::One),
        4 => a_query().prop_map(Operation::Query),
        1 => prop::collection::vec(a_key(), 0..5).prop_map(Operation::BatchGet),
        2 => prop::collection::vec(batch_write, 0..4).prop_map(Operation::BatchWrite),
        3 => prop::collection::vec(a_write(), 0..4).prop_map(Operation::Transact),
    ]
}

#[test]
fn both_tables_do_and_answer_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let sequences = prop::collection::vec(an_operation(), 40);
    TestRunner::new(config)
        .run(&sequences, |operations| {
            runtime.block_on(async {
                let (memory, dynamo) = (MemoryTable::new(), dynamo_table().await);
                for (step, operation) in operations.into_iter().enumerate() {
                    let in_memory = perform(&memory, operation.clone()).await;
                    let in_dynamo = perform(&dynamo, operation.clone()).await;
                    prop_assert_eq!(in_memory, in_dynamo, "memory, DynamoDB at step {}: {:?}", step, operation);
                }
                Ok(())
            })
        })
        .unwrap();
}
