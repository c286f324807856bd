//! An embedded `DynamoDB` behind the real SDK, and the few words that the stories are told in.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use dynoxide::Database;
use tokio::net::TcpListener;

use crate::dynamodb::{DynamoTable, schema};
use crate::table::{Item, Key, Query, Table, TableError, TableResult, Write};

/// A new table in a server of its own, which ends with the test's runtime.
pub(super) async fn dynamo_table() -> DynamoTable {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "contract"))
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    schema::create(&client, "contract").await.unwrap();
    DynamoTable::new(client, "contract")
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn key(sk: &str) -> Key {
    Key::new("T#1", sk)
}

/// An item of the partition `T#1`.
pub(super) fn item<const N: usize>(sk: &str, attributes: [(&str, AttributeValue); N]) -> Item {
    let mut item = key(sk).into_item();
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

pub(super) fn put(item: Item) -> Write {
    Write::Put { item, condition: None }
}

/// All of the partition `T#1`.
pub(super) fn partition() -> Query {
    Query { pk: "T#1".to_owned(), consistent: true, ..Query::default() }
}

pub(super) async fn stored(table: &dyn Table, items: impl IntoIterator<Item = Item>) {
    for item in items {
        table.put(item, None).await.unwrap();
    }
}

/// The sort keys that a query finds, in its order.
pub(super) async fn found(table: &dyn Table, query: Query) -> Vec<String> {
    sort_keys(&table.query(query).await.unwrap().items)
}

pub(super) fn sort_keys(items: &[Item]) -> Vec<String> {
    items.iter().map(|item| Key::of(item).unwrap().sk).collect()
}

/// The sort keys of all pages, which never have more items than the limit.
pub(super) async fn pages(table: &dyn Table, mut query: Query) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let page = table.query(query.clone()).await.unwrap();
        if !page.items.is_empty() {
            pages.push(sort_keys(&page.items));
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return pages,
        }
    }
}

#[track_caller]
pub(super) fn assert_refused<T: std::fmt::Debug>(result: TableResult<T>) {
    match result {
        Err(TableError::Limit(_)) => {}
        other => panic!("{other:?}"),
    }
}
