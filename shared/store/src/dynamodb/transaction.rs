//! All or nothing.

use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdateItem};

use super::expression::{self, Placeholders};
use super::{DynamoTable, error, incomplete};
use crate::table::{TableError, TableResult, Write};

pub(super) async fn transact(table: &DynamoTable, writes: Vec<Write>) -> TableResult<()> {
    if writes.is_empty() {
        return Ok(());
    }
    let request = request(table, writes)?;
    error::send("transact", None, || request.clone().send()).await?;
    Ok(())
}

/// The request of all attempts, with one token: an attempt that is still under way, or whose answer was lost, is found by
/// the next and not applied again.
fn request(table: &DynamoTable, writes: Vec<Write>) -> TableResult<TransactWriteItemsFluentBuilder> {
    let parts = writes.into_iter().map(|write| part(&table.table_name, write));
    let parts = parts.collect::<TableResult<Vec<_>>>()?;
    let token = format!("{:032x}", rand::random::<u128>());
    Ok(table.client.transact_write_items().set_transact_items(Some(parts)).client_request_token(token))
}

fn part(table_name: &str, write: Write) -> TableResult<TransactWriteItem> {
    let part = TransactWriteItem::builder();
    let mut to = Placeholders::default();
    let part = match write {
        Write::Put { item, condition } => {
            let condition = condition.map(|condition| expression::condition(condition, &mut to));
            let put = Put::builder()
                .table_name(table_name)
                .set_item(Some(item))
                .set_condition_expression(condition)
                .set_expression_attribute_names(to.names())
                .set_expression_attribute_values(to.into_values());
            part.put(put.build().map_err(incomplete("transact"))?)
        }
        Write::Update { key, update, condition } => {
            let update = expression::update(update, &mut to)
                .ok_or_else(|| TableError::Limit("transact: an update changes nothing".to_owned()))?;
            let condition = condition.map(|condition| expression::condition(condition, &mut to));
            let update = UpdateItem::builder()
                .table_name(table_name)
                .set_key(Some(key.into_item()))
                .update_expression(update)
                .set_condition_expression(condition)
                .set_expression_attribute_names(to.names())
                .set_expression_attribute_values(to.into_values());
            part.update(update.build().map_err(incomplete("transact"))?)
        }
        Write::Delete { key, condition } => {
            let condition = condition.map(|condition| expression::condition(condition, &mut to));
            let delete = Delete::builder()
                .table_name(table_name)
                .set_key(Some(key.into_item()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(to.names())
                .set_expression_attribute_values(to.into_values());
            part.delete(delete.build().map_err(incomplete("transact"))?)
        }
        Write::Check { key, condition } => {
            let condition = expression::condition(condition, &mut to);
            let check = ConditionCheck::builder()
                .table_name(table_name)
                .set_key(Some(key.into_item()))
                .condition_expression(condition)
                .set_expression_attribute_names(to.names())
                .set_expression_attribute_values(to.into_values());
            part.condition_check(check.build().map_err(incomplete("transact"))?)
        }
    };
    Ok(part.build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{Client, Config};

    use super::*;
    use crate::table::Key;

    #[test]
    fn every_attempt_of_a_transaction_has_one_token_and_no_other_transaction_has_it() {
        let client = Client::from_conf(Config::builder().behavior_version_latest().build());
        let table = DynamoTable::new(client, "portal");
        let write = || vec![Write::Delete { key: Key::new("T#1", "A"), condition: None }];
        let token =
            |request: &TransactWriteItemsFluentBuilder| request.as_input().get_client_request_token().clone().unwrap();
        let (first, other) = (request(&table, write()).unwrap(), request(&table, write()).unwrap());
        assert_eq!(token(&first), token(&first.clone()));
        assert_ne!(token(&first), token(&other));
        assert!(token(&first).len() <= 36, "as many characters as DynamoDB takes");
    }
}
