//! Where the time of a run goes: waiting for the vendor and for each kind of request to the table.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use connector::BoxFuture;
use connector::http::{Incoming, Outgoing, Transport, TransportError};
use futures::{StreamExt, TryStreamExt};
use store::table::{BatchWrite, Condition, Item, Key, Query, QueryPage, Table, TableResult, Update, Write};
use testkit::InProcess;
use url::Url;

/// Seconds waited, by what for. Clones add up together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits(Arc<Mutex<BTreeMap<&'static str, f64>>>);

impl Waits {
    async fn of<T>(&self, what: &'static str, answer: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let answer = answer.await;
        *self.0.lock().unwrap().entry(what).or_default() += start.elapsed().as_secs_f64();
        answer
    }

    /// Milliseconds so far, in words; starts anew.
    pub(crate) fn take(&self) -> String {
        let waits = std::mem::take(&mut *self.0.lock().unwrap());
        waits.iter().map(|(what, seconds)| format!("{what} {:.0} ms", seconds * 1_000.0)).collect::<Vec<_>>().join(", ")
    }
}

/// Answers by request.
pub(crate) type Answers = Arc<Mutex<HashMap<(Url, Bytes), (StatusCode, HeaderMap, Bytes)>>>;

/// The vendor on a task of its own, as far away as a thread. It keeps its answers, and gives those kept at once.
pub(crate) struct TimedVendor {
    pub(crate) vendor: InProcess,
    pub(crate) answers: Answers,
    pub(crate) waits: Waits,
}

impl Transport for TimedVendor {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let key = (request.url.clone(), request.body.clone());
        Box::pin(self.waits.of("vendor", async move {
            let kept = self.answers.lock().unwrap().get(&key).cloned();
            let answer = match kept {
                Some(answer) => answer,
                None => {
                    let vendor = self.vendor.clone();
                    let answer = tokio::spawn(async move {
                        let Incoming { status, headers, body } = vendor.send(request).await?;
                        let chunks: Vec<Bytes> = body.try_collect().await?;
                        Ok((status, headers, Bytes::from(chunks.concat())))
                    });
                    let answer = answer.await.unwrap()?;
                    self.answers.lock().unwrap().insert(key, answer.clone());
                    answer
                }
            };
            let (status, headers, body) = answer;
            Ok(Incoming { status, headers, body: futures::stream::iter([Ok(body)]).boxed() })
        }))
    }
}

/// The table.
#[derive(Debug)]
pub(crate) struct TimedTable<T>(pub(crate) T, pub(crate) Waits);

impl<T: Table> Table for TimedTable<T> {
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>> {
        Box::pin(self.1.of("get", self.0.get(key)))
    }

    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.1.of("put", self.0.put(item, condition)))
    }

    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>> {
        Box::pin(self.1.of("update", self.0.update(key, update, condition)))
    }

    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.1.of("delete", self.0.delete(key, condition)))
    }

    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>> {
        Box::pin(self.1.of("query", self.0.query(query)))
    }

    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>> {
        Box::pin(self.1.of("batch_get", self.0.batch_get(keys, attributes)))
    }

    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.1.of("batch_write", self.0.batch_write(writes)))
    }

    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.1.of("transact", self.0.transact(writes)))
    }
}
