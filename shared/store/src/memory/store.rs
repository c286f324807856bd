//! The data of the in-memory table and what single writes and transactions do to it.

use std::collections::HashSet;
use std::sync::Arc;

use super::evaluate;
use super::shelf::Shelf;
use super::value::{ITEM_BYTES, canonical_item, item_size};
use crate::dynamodb::schema::INDEXES;
use crate::table::{Condition, Item, Key, Query, QueryPage, TableError, TableResult, Update, Write};

const TRANSACTION_PARTS: usize = 100;
const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
const PK_BYTES: usize = 2048;
const SK_BYTES: usize = 1024;

/// The table and its indexes.
#[derive(Debug)]
pub(super) struct Store {
    table: Shelf,
    indexes: Vec<Shelf>,
}

/// A write that may take place: what will stand under the key. `None`: nothing is written.
struct Change {
    key: Key,
    item: Option<Arc<Item>>,
    writes: bool,
}

impl Store {
    pub(super) fn new() -> Self {
        Store { table: Shelf::new(None), indexes: INDEXES.map(|index| Shelf::new(Some(index))).into() }
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
        let change = self.prepare(op, write)?;
        Ok(self.commit(change))
    }

    /// All writes or none.
    pub(super) fn transact(&mut self, writes: Vec<Write>) -> TableResult<()> {
        const OP: &str = "transact";
        if writes.len() > TRANSACTION_PARTS {
            return Err(limit(OP, "more than 100 parts"));
        }
        let mut keys = HashSet::new();
        for write in &writes {
            let key = match write {
                Write::Put { item, .. } => Key::of(item),
                Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => Some(key.clone()),
            };
            if !keys.insert(key.ok_or_else(|| limit(OP, "pk or sk is not a string"))?) {
                return Err(limit(OP, "a key appears twice"));
            }
        }
        let (mut changes, mut failed) = (Vec::new(), Vec::new());
        for (part, write) in writes.into_iter().enumerate() {
            if matches!(&write, Write::Update { update, .. } if *update == Update::default()) {
                return Err(limit(OP, "an update changes nothing"));
            }
            match self.prepare(OP, write) {
                Ok(change) => changes.push(change),
                Err(TableError::Condition { .. }) => failed.push(part),
                Err(error) => return Err(error),
            }
        }
        let bytes: usize = changes.iter().filter_map(|change| change.item.as_deref()).map(item_size).sum();
        if bytes > TRANSACTION_BYTES {
            return Err(limit(OP, "more than 4 MB"));
        }
        if !failed.is_empty() {
            return Err(TableError::Cancelled(failed));
        }
        for change in changes {
            self.commit(change);
        }
        Ok(())
    }

    fn prepare(&self, op: &'static str, write: Write) -> TableResult<Change> {
        let refused = |reason: String| limit(op, &reason);
        match write {
            Write::Put { item, condition } => {
                let item = canonical_item(item).map_err(refused)?;
                let key = Key::of(&item).ok_or_else(|| limit(op, "pk or sk is not a string"))?;
                self.require(op, &key, condition)?;
                self.change(key, Some(item), true).map_err(refused)
            }
            Write::Update { key, update, condition } => {
                self.require(op, &key, condition)?;
                let item = evaluate::updated(key.clone(), update, self.table.get(&key).map(Arc::as_ref));
                self.change(key, Some(item.map_err(refused)?), true).map_err(refused)
            }
            Write::Delete { key, condition } => {
                self.require(op, &key, condition)?;
                self.change(key, None, true).map_err(refused)
            }
            Write::Check { key, condition } => {
                self.require(op, &key, Some(condition))?;
                self.change(key, None, false).map_err(refused)
            }
        }
    }

    fn require(&self, op: &'static str, key: &Key, condition: Option<Condition>) -> TableResult<()> {
        check_key(key).map_err(|reason| limit(op, &reason))?;
        let Some(condition) = condition else { return Ok(()) };
        let existing = self.table.get(key).map(Arc::as_ref);
        if evaluate::holds(&condition, existing).map_err(|reason| limit(op, &reason))? {
            return Ok(());
        }
        Err(TableError::Condition { key: key.clone(), existing: existing.cloned().map(Box::new) })
    }

    fn change(&self, key: Key, item: Option<Item>, writes: bool) -> Result<Change, String> {
        if let Some(item) = &item {
            if item_size(item) > ITEM_BYTES {
                return Err("the item is larger than 400 KB".to_owned());
            }
            self.indexes.iter().try_for_each(|index| index.check(item))?;
        }
        Ok(Change { key, item: item.map(Arc::new), writes })
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
