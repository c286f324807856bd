//! Requests to the table, counted: for the report of a single run, and for tests that hold a run to its few requests.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;

use crate::table::{
    BATCH_READS, BATCH_WRITES, BatchWrite, Condition, Item, Key, Query, QueryPage, Table, TableResult, Update, Write,
};

/// Requests by operation, and the items they moved. Failed requests count, their items do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Single reads.
    pub get: u64,
    /// Queries.
    pub query: u64,
    /// Batch reads, one for each 100 keys.
    pub batch_get: u64,
    /// Single puts.
    pub put: u64,
    /// Single updates.
    pub update: u64,
    /// Single deletes.
    pub delete: u64,
    /// Batch writes, one for each 25 items.
    pub batch_write: u64,
    /// Transactions.
    pub transact: u64,
    /// Items that were read.
    pub items_read: u64,
    /// Items that were written or deleted.
    pub items_written: u64,
}

impl Requests {
    /// Requests that read.
    pub fn reads(&self) -> u64 {
        self.get + self.query + self.batch_get
    }

    /// Requests that write.
    pub fn writes(&self) -> u64 {
        self.put + self.update + self.delete + self.batch_write + self.transact
    }

    /// The requests since an earlier snapshot.
    #[must_use]
    pub fn since(&self, earlier: &Requests) -> Requests {
        Requests {
            get: self.get - earlier.get,
            query: self.query - earlier.query,
            batch_get: self.batch_get - earlier.batch_get,
            put: self.put - earlier.put,
            update: self.update - earlier.update,
            delete: self.delete - earlier.delete,
            batch_write: self.batch_write - earlier.batch_write,
            transact: self.transact - earlier.transact,
            items_read: self.items_read - earlier.items_read,
            items_written: self.items_written - earlier.items_written,
        }
    }
}

/// The running count.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Requests>);

impl Counters {
    pub(crate) fn note(&self, change: impl FnOnce(&mut Requests)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn snapshot(&self) -> Requests {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Any table, with its requests counted; clones count together. A query counts once however many pages it reads, since
/// the port does not show them, and what the client repeats is not seen either.
#[derive(Clone, Debug)]
pub struct CountedTable {
    inner: Arc<dyn Table>,
    counters: Arc<Counters>,
}

impl CountedTable {
    /// Counts the requests to this table from now on.
    pub fn new(inner: Arc<dyn Table>) -> Self {
        CountedTable { inner, counters: Arc::default() }
    }

    /// The requests so far.
    pub fn requests(&self) -> Requests {
        self.counters.snapshot()
    }

    /// Counts the request when it is sent, and the items once it is answered.
    async fn count<T>(
        &self,
        request: impl FnOnce(&mut Requests),
        answer: BoxFuture<'_, TableResult<T>>,
        items: impl FnOnce(&mut Requests, &T),
    ) -> TableResult<T> {
        self.counters.note(request);
        let answer = answer.await?;
        self.counters.note(|requests| items(requests, &answer));
        Ok(answer)
    }
}

fn one_written<T>(requests: &mut Requests, _: &T) {
    requests.items_written += 1;
}

impl Table for CountedTable {
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>> {
        let found = |requests: &mut Requests, item: &Option<Item>| requests.items_read += u64::from(item.is_some());
        Box::pin(self.count(|requests| requests.get += 1, self.inner.get(key), found))
    }

    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.count(|requests| requests.put += 1, self.inner.put(item, condition), one_written))
    }

    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>> {
        Box::pin(self.count(|requests| requests.update += 1, self.inner.update(key, update, condition), one_written))
    }

    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.count(|requests| requests.delete += 1, self.inner.delete(key, condition), one_written))
    }

    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>> {
        let found = |requests: &mut Requests, page: &QueryPage| requests.items_read += page.items.len() as u64;
        Box::pin(self.count(|requests| requests.query += 1, self.inner.query(query), found))
    }

    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>> {
        let chunks = keys.len().div_ceil(BATCH_READS) as u64;
        let found = |requests: &mut Requests, items: &Vec<Item>| requests.items_read += items.len() as u64;
        let answer = self.inner.batch_get(keys, attributes);
        Box::pin(self.count(move |requests| requests.batch_get += chunks, answer, found))
    }

    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>> {
        let (chunks, items) = (writes.len().div_ceil(BATCH_WRITES) as u64, writes.len() as u64);
        let answer = self.inner.batch_write(writes);
        let written = move |requests: &mut Requests, (): &()| requests.items_written += items;
        Box::pin(self.count(move |requests| requests.batch_write += chunks, answer, written))
    }

    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>> {
        let sent = u64::from(!writes.is_empty());
        let items = writes.iter().filter(|write| !matches!(write, Write::Check { .. })).count() as u64;
        let answer = self.inner.transact(writes);
        let written = move |requests: &mut Requests, (): &()| requests.items_written += items;
        Box::pin(self.count(move |requests| requests.transact += sent, answer, written))
    }
}
