//! The port on the AWS SDK.
//!
//! One file per concern: [`schema`] the table's shape, `expression` conditions and updates as text, `batch` and
//! `transaction` the requests of many parts, `error` what went wrong, `backoff` the pauses between attempts. The client
//! brings its own time limits and retries.

mod backoff;
mod batch;
mod error;
mod expression;
pub mod schema;
mod transaction;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use futures::future::BoxFuture;

use crate::table::{
    BatchWrite, Condition, Item, Key, Query, QueryPage, SortRange, Table, TableError, TableResult, Update, Write,
};
use expression::Placeholders;

/// The table in `DynamoDB`.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    client: Client,
    table_name: String,
}

impl DynamoTable {
    /// The table of this name, which must exist.
    pub fn new(client: Client, table_name: impl Into<String>) -> Self {
        DynamoTable { client, table_name: table_name.into() }
    }

    async fn put_item(&self, item: Item, condition: Option<Condition>) -> TableResult<()> {
        let key = Key::of(&item).ok_or_else(|| TableError::Limit("put: pk or sk is not a string".to_owned()))?;
        let mut to = Placeholders::default();
        let request = self
            .client
            .put_item()
            .table_name(&self.table_name)
            .set_item(Some(item))
            .set_condition_expression(condition.map(|condition| expression::condition(condition, &mut to)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_expression_attribute_names(to.names())
            .set_expression_attribute_values(to.into_values());
        error::send("put", Some(&key), || request.clone().send()).await?;
        Ok(())
    }

    async fn update_item(&self, key: Key, update: Update, condition: Option<Condition>) -> TableResult<Item> {
        let mut to = Placeholders::default();
        let request = self
            .client
            .update_item()
            .table_name(&self.table_name)
            .set_key(Some(key.clone().into_item()))
            .set_update_expression(expression::update(update, &mut to))
            .set_condition_expression(condition.map(|condition| expression::condition(condition, &mut to)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_expression_attribute_names(to.names())
            .set_expression_attribute_values(to.into_values());
        let answer = error::send("update", Some(&key), || request.clone().send()).await?;
        answer.attributes.ok_or_else(|| error::unavailable("update", "the answer lacks the item"))
    }

    async fn delete_item(&self, key: Key, condition: Option<Condition>) -> TableResult<()> {
        let mut to = Placeholders::default();
        let request = self
            .client
            .delete_item()
            .table_name(&self.table_name)
            .set_key(Some(key.clone().into_item()))
            .set_condition_expression(condition.map(|condition| expression::condition(condition, &mut to)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_expression_attribute_names(to.names())
            .set_expression_attribute_values(to.into_values());
        error::send("delete", Some(&key), || request.clone().send()).await?;
        Ok(())
    }

    /// One page where the query has a limit, else page after page.
    async fn query_pages(&self, query: Query) -> TableResult<QueryPage> {
        let one_page = query.limit.is_some();
        let request = self.query_request(query)?;
        let mut page = QueryPage::default();
        loop {
            let request = match page.next.take() {
                Some(next) => request.clone().set_exclusive_start_key(Some(next)),
                None => request.clone(),
            };
            let answer = error::send("query", None, || request.clone().send()).await?;
            page.items.extend(answer.items.unwrap_or_default());
            page.next = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if one_page || page.next.is_none() {
                return Ok(page);
            }
        }
    }

    fn query_request(&self, query: Query) -> TableResult<QueryFluentBuilder> {
        let Query { index, pk, sort, limit, descending, after, consistent, attributes } = query;
        let refused = |reason: &str| TableError::Limit(format!("query: {reason}"));
        let (partition, sort_attribute) = match index {
            None => (schema::PK, Some(schema::SK)),
            Some(name) => {
                let index = schema::INDEXES.into_iter().find(|index| index.name == name);
                let index = index.ok_or_else(|| refused("there is no such index"))?;
                // As DynamoDB does, but the embedded one does not.
                if attributes.iter().any(|attribute| !index.has(attribute)) {
                    return Err(refused("the index does not have such an attribute"));
                }
                (index.partition, index.sort)
            }
        };
        if pk.is_empty() {
            return Err(refused("the partition value is empty"));
        }
        if sort_attribute.is_none() && sort != SortRange::All {
            return Err(refused("the index has no sort attribute"));
        }
        let mut to = Placeholders::default();
        let key_range = expression::key_range((partition, pk), sort_attribute.unwrap_or(schema::SK), sort, &mut to);
        Ok(self
            .client
            .query()
            .table_name(&self.table_name)
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression(key_range)
            .set_projection_expression(expression::projection(&attributes, &mut to))
            .set_expression_attribute_names(to.names())
            .set_expression_attribute_values(to.into_values())
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .scan_index_forward(!descending)
            .set_exclusive_start_key(after)
            .consistent_read(consistent))
    }
}

/// A request that lacks a part: a defect of the module that built it.
fn incomplete(op: &'static str) -> impl Fn(BuildError) -> TableError {
    move |source| TableError::Limit(format!("{op}: {source}"))
}

impl Table for DynamoTable {
    fn get(&self, key: Key) -> BoxFuture<'_, TableResult<Option<Item>>> {
        Box::pin(async move {
            let request = self.client.get_item().table_name(&self.table_name).set_key(Some(key.into_item()));
            let request = request.consistent_read(true);
            Ok(error::send("get", None, || request.clone().send()).await?.item)
        })
    }

    fn put(&self, item: Item, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.put_item(item, condition))
    }

    fn update(&self, key: Key, update: Update, condition: Option<Condition>) -> BoxFuture<'_, TableResult<Item>> {
        Box::pin(self.update_item(key, update, condition))
    }

    fn delete(&self, key: Key, condition: Option<Condition>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(self.delete_item(key, condition))
    }

    fn query(&self, query: Query) -> BoxFuture<'_, TableResult<QueryPage>> {
        Box::pin(self.query_pages(query))
    }

    fn batch_get(&self, keys: Vec<Key>, attributes: Vec<&'static str>) -> BoxFuture<'_, TableResult<Vec<Item>>> {
        Box::pin(batch::get(self, keys, attributes))
    }

    fn batch_write(&self, writes: Vec<BatchWrite>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(batch::write(self, writes))
    }

    fn transact(&self, writes: Vec<Write>) -> BoxFuture<'_, TableResult<()>> {
        Box::pin(transaction::transact(self, writes))
    }
}
