//! The data of the in-memory table and what single writes and transactions do to it.

use std::collections::HashSet;
use std::sync::Arc;

use super::evaluate;
use super::shelf::Shelf;
use super::value::{ITEM_BYTES, canonical_item, item_size};
use crate::dynamodb::schema::INDEXES;
use crate::table::{Condition, Item, Key, Query, QueryPage, TRANSACTION_PARTS, TableError, TableResult, Update, Write};

const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
const PK_BYTES: usize = 2048;
const SK_BYTES: usize = 1024;

/// The table and its indexes.
#[derive(Debug)]
pub(super) struct Store {
    table: Shelf,
    indexes: Vec<Shelf>,
}

/// A write that may take place, and what will stand under its key.
struct Change {
    key: Key,
    item: Option<Arc<Item>>,
    writes: bool,
}

impl Store {
    pub(super) fn new() -> Self {
        Store { table: Shelf::new(None), indexes: INDEXES.map(|index| Shelf::new(Some(index))).into() }
    }

    pub(super) fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.table.items().cloned().collect();
        items.sort_by_key(Key::of);
        items
    }

    pub(super) fn get(&self, op: &'static str, key: &Key) -> TableResult<Option<Item>> {
        check_key(key).map_err(|reason| limit(op, &reason))?;
        Ok(self.table.get(key).map(|item| item.as_ref().clone()))
    }

    /// One page of a query.
    pub(super) fn query(&self, query: &Query, after: Option<&Item>) -> TableResult<QueryPage> {
        let shelf = match query.index {
            None => Some(&self.table),
            index => self.indexes.iter().find(|shelf| shelf.name() == index),
        };
        let page = shelf.ok_or_else(|| "there is no such index".to_owned()).and_then(|shelf| shelf.query(query, after));
        page.map_err(|reason| limit("query", &reason))
    }

    /// One write; returns the item as it is afterwards.
    pub(super) fn write(&mut self, op: &'static str, write: Write) -> TableResult<Option<Arc<Item>>> {
        let write = self.checked(write).map_err(|reason| limit(op, &reason))?;
        let change = self.prepare(op, write)?;
        Ok(self.commit(change))
    }

    /// All writes or none.
    pub(super) fn transact(&mut self, writes: Vec<Write>) -> TableResult<()> {
        const OP: &str = "transact";
        if writes.len() > TRANSACTION_PARTS {
            return Err(limit(OP, "more than 100 parts"));
        }
        let checked = writes.into_iter().map(|write| self.checked(write)).collect::<Result<Vec<_>, _>>();
        let writes = checked.map_err(|reason| limit(OP, &reason))?;
        let mut keys = HashSet::new();
        for write in &writes {
            if matches!(write, Write::Update { update, .. } if *update == Update::default()) {
                return Err(limit(OP, "an update changes nothing"));
            }
            if !keys.insert(key_of(write)) {
                return Err(limit(OP, "a key appears twice"));
            }
        }

        let (mut changes, mut failed, mut refused) = (Vec::new(), Vec::new(), None);
        for (part, write) in writes.into_iter().enumerate() {
            match self.prepare(OP, write) {
                Ok(change) => changes.push(change),
                Err(TableError::Condition { .. }) => failed.push(part),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        // A failed condition comes before what else hinders the transaction.
        if !failed.is_empty() {
            return Err(TableError::Cancelled(failed));
        }
        if let Some(error) = refused {
            return Err(error);
        }
        let bytes: usize = changes.iter().filter_map(|change| change.item.as_deref()).map(item_size).sum();
        if bytes > TRANSACTION_BYTES {
            return Err(limit(OP, "more than 4 MB"));
        }
        for change in changes {
            self.commit(change);
        }
        Ok(())
    }

    /// The write with its values in their one spelling. Refuses what `DynamoDB` refuses whatever the table holds.
    fn checked(&self, write: Write) -> Result<Write, String> {
        let condition = match &write {
            Write::Put { condition, .. } | Write::Update { condition, .. } | Write::Delete { condition, .. } => {
                condition.as_ref()
            }
            Write::Check { condition, .. } => Some(condition),
        };
        if let Some(condition) = condition {
            evaluate::holds(condition, None)?;
        }
        let write = match write {
            Write::Put { item, condition } => {
                let item = canonical_item(item)?;
                self.check_item(&item)?;
                Write::Put { item, condition }
            }
            Write::Update { key, update, condition } => {
                Write::Update { key, update: evaluate::checked(update)?, condition }
            }
            other => other,
        };
        check_key(&key_of(&write).ok_or("pk or sk is not a string")?)?;
        Ok(write)
    }

    fn check_item(&self, item: &Item) -> Result<(), String> {
        if item_size(item) > ITEM_BYTES {
            return Err("the item is larger than 400 KB".to_owned());
        }
        self.indexes.iter().try_for_each(|index| index.check(item))
    }

    /// What a checked write will do, if its condition holds and its outcome is an item that fits.
    fn prepare(&self, op: &'static str, write: Write) -> TableResult<Change> {
        match write {
            Write::Put { item, condition } => {
                let key = Key::of(&item).ok_or_else(|| limit(op, "pk or sk is not a string"))?;
                self.require(op, &key, condition)?;
                Ok(Change { key, item: Some(Arc::new(item)), writes: true })
            }
            Write::Update { key, update, condition } => {
                self.require(op, &key, condition)?;
                let existing = self.table.get(&key).map(Arc::as_ref);
                let item = evaluate::updated(key.clone(), update, existing)
                    .and_then(|item| self.check_item(&item).map(|()| item))
                    .map_err(|reason| limit(op, &reason))?;
                Ok(Change { key, item: Some(Arc::new(item)), writes: true })
            }
            Write::Delete { key, condition } => {
                self.require(op, &key, condition)?;
                Ok(Change { key, item: None, writes: true })
            }
            Write::Check { key, condition } => {
                self.require(op, &key, Some(condition))?;
                Ok(Change { key, item: None, writes: false })
            }
        }
    }

    fn require(&self, op: &'static str, key: &Key, condition: Option<Condition>) -> TableResult<()> {
        let Some(condition) = condition else { return Ok(()) };
        let existing = self.table.get(key).map(Arc::as_ref);
        if evaluate::holds(&condition, existing).map_err(|reason| limit(op, &reason))? {
            return Ok(());
        }
        Err(TableError::Condition { key: key.clone(), existing: existing.cloned().map(Box::new) })
    }

    fn commit(&mut self, change: Change) -> Option<Arc<Item>> {
        if change.writes {
            let before = self.table.get(&change.key).cloned();
            for shelf in self.indexes.iter_mut().chain([&mut self.table]) {
                if let Some(before) = &before {
                    shelf.remove(before);
                }
                if let Some(item) = &change.item {
                    shelf.insert(item);
                }
            }
        }
        change.item
    }
}

fn key_of(write: &Write) -> Option<Key> {
    match write {
        Write::Put { item, .. } => Key::of(item),
        Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => Some(key.clone()),
    }
}

fn check_key(key: &Key) -> Result<(), String> {
    let Key { pk, sk } = key;
    if pk.is_empty() || sk.is_empty() || pk.len() > PK_BYTES || sk.len() > SK_BYTES {
        return Err("pk or sk is empty or too long".to_owned());
    }
    Ok(())
}

pub(super) fn limit(op: &'static str, reason: &str) -> TableError {
    TableError::Limit(format!("{op}: {reason}"))
}
