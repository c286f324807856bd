//! The `Table` port: the few `DynamoDB` operations that the aggregates need, with conditions.
//!
//! Two implementations pass one contract test: [`crate::dynamodb::DynamoTable`] and [`crate::memory::MemoryTable`],
//! which has the same limits and can be told to fail or to be killed at any write.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;

/// Parts of one batch write request at most.
pub(crate) const BATCH_WRITES: usize = 25;
/// Keys of one batch read request at most.
pub(crate) const BATCH_READS: usize = 100;
/// Parts of one transaction at most.
pub(crate) const TRANSACTION_PARTS: usize = 100;

/// An item as `DynamoDB` has it.
pub type Item = HashMap<String, AttributeValue>;

/// Primary key. Attribute names are `pk` and `sk`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition; begins with the tenant.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    /// Key of these two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Key { pk: pk.into(), sk: sk.into() }
    }

    /// The key of an item; `None` unless `pk` and `sk` are both there and are strings.
    pub fn of(item: &Item) -> Option<Self> {
        let part = |name| item.get(name).and_then(|value| value.as_s().ok());
        Some(Key::new(part("pk")?, part("sk")?))
    }

    /// The two key attributes.
    pub fn into_item(self) -> Item {
        HashMap::from([("pk".to_owned(), AttributeValue::S(self.pk)), ("sk".to_owned(), AttributeValue::S(self.sk))])
    }
}

/// A condition on the item under the key that is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The item exists.
    Exists,
    /// The item does not exist.
    NotExists,
    /// The attribute exists.
    Has(&'static str),
    /// The attribute does not exist.
    Lacks(&'static str),
    /// attribute = value.
    Equal(&'static str, AttributeValue),
    /// Not attribute = value: true when the attribute is absent.
    NotEqual(&'static str, AttributeValue),
    /// attribute < value; false when the attribute is absent.
    Less(&'static str, AttributeValue),
    /// attribute <= value; false when the attribute is absent.
    LessOrEqual(&'static str, AttributeValue),
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
}

/// An update of single attributes; the item is made if it does not exist and no condition forbids it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// SET attribute = value.
    pub set: BTreeMap<&'static str, AttributeValue>,
    /// SET attribute = `if_not_exists(attribute, value)`.
    pub set_if_absent: BTreeMap<&'static str, AttributeValue>,
    /// ADD attribute number; an absent attribute counts as 0.
    pub add: BTreeMap<&'static str, i64>,
    /// REMOVE attribute.
    pub remove: Vec<&'static str>,
}

/// One part of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Put the whole item.
    Put {
        /// The item with its key.
        item: Item,
        /// Must hold.
        condition: Option<Condition>,
    },
    /// Update attributes.
    Update {
        /// Which item.
        key: Key,
        /// What.
        update: Update,
        /// Must hold.
        condition: Option<Condition>,
    },
    /// Delete the item; an absent one is no error.
    Delete {
        /// Which item.
        key: Key,
        /// Must hold.
        condition: Option<Condition>,
    },
    /// Write nothing, but fail the transaction unless it holds.
    Check {
        /// Which item.
        key: Key,
        /// Must hold.
        condition: Condition,
    },
}

/// One part of a batch, unconditional.
#[derive(Clone, Debug, PartialEq)]
pub enum BatchWrite {
    /// Put the whole item.
    Put(Item),
    /// Delete the item.
    Delete(Key),
}

/// A key may appear once in a batch, because its parts are applied in no order.
pub(crate) fn check_batch(writes: &[BatchWrite]) -> TableResult<()> {
    let mut keys = HashSet::new();
    for write in writes {
        let key = match write {
            BatchWrite::Put(item) => Key::of(item),
            BatchWrite::Delete(key) => Some(key.clone()),
        };
        let key = key.ok_or_else(|| TableError::Limit("batch_write: pk or sk is not a string".to_owned()))?;
        if !keys.insert(key) {
            return Err(TableError::Limit("batch_write: a key appears twice".to_owned()));
        }
    }
    Ok(())
}

/// A query of one partition of the table or of one index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Index name; `None` is the table.
    pub index: Option<&'static str>,
    /// Partition value (of the table's `pk`, or of the index's partition attribute).
    pub pk: String,
    /// Which sort keys.
    pub sort: SortRange,
    /// Items at most; `None` reads all pages.
    pub limit: Option<u32>,
    /// Latest first.
    pub descending: bool,
    /// Continue after this key (the last page's `next`).
    pub after: Option<Item>,
    /// Strongly consistent; not on an index.
    pub consistent: bool,
    /// Only these attributes; empty is all that the table, or the index, has.
    pub attributes: Vec<&'static str>,
}

/// Which sort keys of a partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SortRange {
    /// All.
    #[default]
    All,
    /// Those that begin with this text.
    BeginsWith(String),
    /// From the first to the second, both included.
    Between(AttributeValue, AttributeValue),
    /// Up to this value, included.
    UpTo(AttributeValue),
}

/// A page of a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryPage {
    /// The items.
    pub items: Vec<Item>,
    /// Where to continue; `None` at the end.
    pub next: Option<Item>,
}

/// What went wrong at the table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The condition did not hold. Carries the item as it is, where there is one and the operation returns it.
    #[error("condition failed on {key:?}")]
    Condition {
        /// The key that was to be written.
        key: Key,
        /// The item in the table.
        existing: Option<Box<Item>>,
    },
    /// A transaction was cancelled because of the conditions of these parts, by index.
    #[error("transaction cancelled by conditions of parts {0:?}")]
    Cancelled(Vec<usize>),
    /// Another transaction is at work on the same items; trying again may help.
    #[error("transaction conflict")]
    Conflict,
    /// The request breaks one of `DynamoDB`'s limits (400 KB an item, 100 parts, 4 MB) or rules (an empty key, a number
    /// added to a text). Sending it again cannot help.
    #[error("over a limit of the table: {0}")]
    Limit(String),
    /// Throttled or unavailable after the client's own retries.
    #[error("table unavailable: {op}")]
    Unavailable {
        /// The operation.
        op: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Result of a table operation.
pub type TableResult<T> = Result<T, TableError>;

/// The port. Every method is one logical operation; batches split themselves by `DynamoDB`'s limits (25 writes, 100
/// reads) and drain unprocessed items before they return.
///
/// A write whose answer was lost is sent again by the client. So an `add` may count twice unless a condition guards it,
/// and a [`TableError::Condition`] may stem from the call's own first attempt: compare `existing`. After an error a
/// batch may be applied in part; a single write or a transaction that ends in [`TableError::Unavailable`] may be applied
/// whole.
pub trait Table: Send + Sync + std::fmt::Debug {
    /// One item, strongly consistent.
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>>;
    /// Puts a whole item.
    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>>;
    /// Updates attributes and returns the whole item as it is afterwards.
    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>>;
    /// Deletes an item; an absent one is no error unless the condition says so.
    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>>;
    /// One page of a query, or all pages when it has no limit.
    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>>;
    /// Many items by key, strongly consistent, in no order; absent ones are left out, a key named twice is read once.
    /// Empty `attributes`: whole items; otherwise `pk` and `sk` are only there if named.
    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>>;
    /// Many unconditional writes; a key may appear once.
    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>>;
    /// All or nothing; at most 100 parts, each key once. No parts: nothing happens.
    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>>;
}
