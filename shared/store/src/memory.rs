//! The port's in-memory twin: the same conditions, limits and sparse indexes as `DynamoDB`, and faults on demand.
//!
//! A test kills an engine at write n by `faults().at_write(n, Fault::KillBefore)` and `faults().run(engine)`, which
//! then answers `None`; [`MemoryTable::reopen`] gives the next engine the same data, while whatever the first one left
//! running stays dead. Every operation gives way to other tasks once before it takes effect, as a network call would.

mod evaluate;
mod faults;
mod number;
mod shelf;
mod store;
mod value;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::task::yield_now;

use crate::counted::{Counters, Requests};
use crate::table::{
    BATCH_READS, BATCH_WRITES, BatchWrite, Condition, Item, Key, Query, QueryPage, Table, TableResult, Update, Write,
    check_batch,
};
pub use faults::{Fault, Faults};
use store::Store;

/// A table in memory; clones share it, its faults and its counters.
#[derive(Clone, Debug)]
pub struct MemoryTable {
    store: Arc<Mutex<Store>>,
    faults: Faults,
    counters: Arc<Counters>,
}

impl Default for MemoryTable {
    fn default() -> Self {
        MemoryTable::new()
    }
}

impl MemoryTable {
    /// An empty table.
    pub fn new() -> Self {
        MemoryTable { store: Arc::new(Mutex::new(Store::new())), faults: Faults::none(), counters: Arc::default() }
    }

    /// The same data as another process sees it: alive, no faults, counters at zero.
    pub fn reopen(&self) -> Self {
        MemoryTable { store: Arc::clone(&self.store), faults: Faults::none(), counters: Arc::default() }
    }

    /// The faults of this process.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The requests of this process so far, the failed ones included; each page of a query is one.
    pub fn requests(&self) -> Requests {
        self.counters.snapshot()
    }

    /// Every item, in the order of keys; no request.
    pub fn items(&self) -> Vec<Item> {
        self.store().items()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A write of one item.
    async fn write(&self, op: &'static str, write: Write) -> TableResult<Option<Arc<Item>>> {
        yield_now().await;
        let written = self.faults.write(op, || self.store().write(op, write.clone())).await?;
        self.counters.note(|requests| requests.items_written += 1);
        Ok(written)
    }

    async fn query_pages(&self, query: Query) -> TableResult<QueryPage> {
        let mut after = query.after.clone();
        let mut items = Vec::new();
        loop {
            self.counters.note(|requests| requests.query += 1);
            yield_now().await;
            let page = self.faults.read("query", || self.store().query(&query, after.as_ref())).await?;
            self.counters.note(|requests| requests.items_read += page.items.len() as u64);
            items.extend(page.items);
            if query.limit.is_some() || page.next.is_none() {
                return Ok(QueryPage { items, next: page.next });
            }
            after = page.next;
        }
    }

    async fn get_all(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> TableResult<Vec<Item>> {
        let keys: BTreeSet<Key> = keys.into_iter().collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut items = Vec::new();
        for chunk in keys.chunks(BATCH_READS) {
            self.counters.note(|requests| requests.batch_get += 1);
            yield_now().await;
            let found = self.faults.read("batch_get", || {
                let store = self.store();
                chunk.iter().filter_map(|key| store.get("batch_get", key).transpose()).collect::<TableResult<Vec<_>>>()
            });
            let found = found.await?;
            self.counters.note(|requests| requests.items_read += found.len() as u64);
            items.extend(found.into_iter().map(|item| shelf::project(item, &attributes)));
        }
        Ok(items)
    }

    async fn write_all(&self, writes: Vec<BatchWrite>) -> TableResult<()> {
        check_batch(&writes)?;
        for (part, write) in writes.into_iter().enumerate() {
            if part % BATCH_WRITES == 0 {
                self.counters.note(|requests| requests.batch_write += 1);
                yield_now().await;
            }
            let write = match write {
                BatchWrite::Put(item) => Write::Put { item, condition: None },
                BatchWrite::Delete(key) => Write::Delete { key, condition: None },
            };
            self.faults.write("batch_write", || self.store().write("batch_write", write.clone())).await?;
            self.counters.note(|requests| requests.items_written += 1);
        }
        Ok(())
    }
}

impl Table for MemoryTable {
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>> {
        Box::pin(async move {
            self.counters.note(|requests| requests.get += 1);
            yield_now().await;
            let item = self.faults.read("get", || self.store().get("get", &key)).await?;
            self.counters.note(|requests| requests.items_read += u64::from(item.is_some()));
            Ok(item)
        })
    }

    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.counters.note(|requests| requests.put += 1);
            self.write("put", Write::Put { item, condition }).await.map(drop)
        })
    }

    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>> {
        Box::pin(async move {
            self.counters.note(|requests| requests.update += 1);
            let written = self.write("update", Write::Update { key, update, condition }).await?;
            Ok(written.map(|item| item.as_ref().clone()).unwrap_or_default())
        })
    }

    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.counters.note(|requests| requests.delete += 1);
            self.write("delete", Write::Delete { key, condition }).await.map(drop)
        })
    }

    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>> {
        Box::pin(self.query_pages(query))
    }

    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>> {
        Box::pin(self.get_all(keys, attributes))
    }

    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.write_all(writes))
    }

    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            if writes.is_empty() {
                return Ok(());
            }
            let items = writes.iter().filter(|write| !matches!(write, Write::Check { .. })).count() as u64;
            self.counters.note(|requests| requests.transact += 1);
            yield_now().await;
            self.faults.write(faults::TRANSACT, || self.store().transact(writes.clone())).await?;
            self.counters.note(|requests| requests.items_written += items);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
