//! A worker's view of the table that fails the test when the worker writes without holding the lease.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use store::memory::MemoryTable;
use store::table::{BatchWrite, Condition, Item, Key, Query, QueryPage, Table, TableResult, Update, Write};

/// Which worker holds the lease.
pub(super) type Holder = Arc<Mutex<Option<usize>>>;

/// The table as one worker has it.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    table: MemoryTable,
    worker: usize,
    holder: Holder,
}

impl Watched {
    pub(super) fn new(table: MemoryTable, worker: usize, holder: Holder) -> Self {
        Self { table, worker, holder }
    }

    fn holds(&self, what: &str) {
        let holder = *self.holder.lock().unwrap();
        assert_eq!(holder, Some(self.worker), "a worker wrote {what} while another held the lease");
    }
}

impl Table for Watched {
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>> {
        self.table.get(key)
    }

    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.table.put(item, condition).await?;
            self.holds("an item");
            Ok(())
        })
    }

    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>> {
        Box::pin(async move {
            let takes = update.set.contains_key("lease_owner");
            let gives = update.remove.contains(&"lease_owner");
            let wakes = update.set.is_empty() && update.add.contains_key("wake");
            let item = self.table.update(key, update, condition).await?;
            if takes {
                *self.holder.lock().unwrap() = Some(self.worker);
            } else if !wakes {
                self.holds("the state");
            }
            if gives {
                *self.holder.lock().unwrap() = None;
            }
            Ok(item)
        })
    }

    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.table.delete(key, condition).await?;
            self.holds("a deletion");
            Ok(())
        })
    }

    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>> {
        self.table.query(query)
    }

    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>> {
        self.table.batch_get(keys, attributes)
    }

    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.table.batch_write(writes).await?;
            self.holds("a batch");
            Ok(())
        })
    }

    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(async move {
            self.table.transact(writes).await?;
            self.holds("a transaction");
            Ok(())
        })
    }
}
