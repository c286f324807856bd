//! Many reads or writes: split by `DynamoDB`'s limits, a few chunks at once, each repeated until nothing is left of it.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use futures::stream::{StreamExt, TryStreamExt, iter};

use super::backoff::Backoff;
use super::expression::{self, Placeholders};
use super::{DynamoTable, error, incomplete};
use crate::table::{BatchWrite, Item, Key, TableResult, check_batch};

/// Chunks under way at once. More gain little: one partition takes a thousand writes a second.
const AT_ONCE: usize = 4;

pub(super) async fn write(table: &DynamoTable, writes: Vec<BatchWrite>) -> TableResult<()> {
    check_batch(&writes)?;
    let mut requests = Vec::with_capacity(writes.len());
    for write in writes {
        let request = WriteRequest::builder();
        requests.push(match write {
            BatchWrite::Put(item) => {
                let put = PutRequest::builder().set_item(Some(item)).build().map_err(incomplete("batch_write"))?;
                request.put_request(put).build()
            }
            BatchWrite::Delete(key) => {
                let delete = DeleteRequest::builder().set_key(Some(key.into_item()));
                request.delete_request(delete.build().map_err(incomplete("batch_write"))?).build()
            }
        });
    }
    let chunks = chunks(requests, crate::table::BATCH_WRITES);
    crate::drained(AT_ONCE, chunks.into_iter().map(|chunk| write_chunk(table, chunk)).collect()).await
}

async fn write_chunk(table: &DynamoTable, mut pending: Vec<WriteRequest>) -> TableResult<()> {
    let mut backoff = Backoff::default();
    loop {
        let sent = pending.len();
        let request = table.client.batch_write_item().request_items(&table.table_name, pending);
        let answer = error::send("batch_write", None, || request.clone().send()).await?;
        pending = answer.unprocessed_items.and_then(|mut left| left.remove(&table.table_name)).unwrap_or_default();
        if pending.is_empty() {
            return Ok(());
        }
        backoff.note(pending.len() < sent);
        if !backoff.pause().await {
            return Err(error::unavailable("batch_write", "items stay unprocessed"));
        }
    }
}

pub(super) async fn get(table: &DynamoTable, keys: Vec<Key>, attributes: Vec<&'static str>) -> TableResult<Vec<Item>> {
    let keys: BTreeSet<Key> = keys.into_iter().collect();
    let keys = keys.into_iter().map(Key::into_item).collect();
    let mut to = Placeholders::default();
    let projection = expression::projection(&attributes, &mut to);
    let template = KeysAndAttributes::builder()
        .consistent_read(true)
        .set_projection_expression(projection)
        .set_expression_attribute_names(to.names());

    let chunks = chunks(keys, crate::table::BATCH_READS).into_iter();
    let chunks = chunks.map(|chunk| template.clone().set_keys(Some(chunk)).build().map_err(incomplete("batch_get")));
    iter(chunks.collect::<TableResult<Vec<_>>>()?)
        .map(|chunk| get_chunk(table, chunk))
        .buffer_unordered(AT_ONCE)
        .try_concat()
        .await
}

async fn get_chunk(table: &DynamoTable, mut pending: KeysAndAttributes) -> TableResult<Vec<Item>> {
    let mut items = Vec::new();
    let mut backoff = Backoff::default();
    loop {
        let request = table.client.batch_get_item().request_items(&table.table_name, pending);
        let answer = error::send("batch_get", None, || request.clone().send()).await?;
        let found = answer.responses.and_then(|mut found| found.remove(&table.table_name)).unwrap_or_default();
        let progress = !found.is_empty();
        items.extend(found);
        pending = match answer.unprocessed_keys.and_then(|mut left| left.remove(&table.table_name)) {
            Some(left) if !left.keys.is_empty() => left,
            _ => return Ok(items),
        };
        backoff.note(progress);
        if !backoff.pause().await {
            return Err(error::unavailable("batch_get", "keys stay unprocessed"));
        }
    }
}

fn chunks<T>(parts: Vec<T>, size: usize) -> Vec<Vec<T>> {
    let mut parts = parts.into_iter();
    std::iter::from_fn(|| Some(parts.by_ref().take(size).collect()).filter(|chunk: &Vec<T>| !chunk.is_empty()))
        .collect()
}
