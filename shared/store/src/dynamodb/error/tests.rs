use std::cell::Cell;

use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_sdk_dynamodb::types::error::{
    ConditionalCheckFailedException, ThrottlingException, TransactionConflictException, TransactionInProgressException,
};

use super::*;

fn cancelled(codes: &[&str]) -> TransactionCanceledException {
    let reasons = codes.iter().map(|&code| CancellationReason::builder().code(code).message("why").build());
    TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons.collect())).build()
}

fn as_table_error(codes: &[&str]) -> TableError {
    translated("transact", None, Error::TransactionCanceledException(cancelled(codes)))
}

#[test]
fn a_cancelled_transaction_names_the_parts_whose_conditions_failed() {
    let error = as_table_error(&["None", "ConditionalCheckFailed", "TransactionConflict", "ConditionalCheckFailed"]);

    assert!(matches!(error, TableError::Cancelled(parts) if parts == [1, 3]));
}

#[test]
fn other_cancellations_are_told_apart() {
    assert!(matches!(as_table_error(&["None", "TransactionConflict"]), TableError::Conflict));
    assert!(matches!(as_table_error(&["ThrottlingError"]), TableError::Unavailable { op: "transact", .. }));
    assert!(matches!(as_table_error(&["None"]), TableError::Unavailable { op: "transact", .. }));
    let TableError::Limit(message) = as_table_error(&["None", "ValidationError"]) else { panic!() };
    assert_eq!(message, "transact: part 1: why");
}

#[test]
fn a_failed_condition_carries_the_key_and_the_item() {
    let item = Key::new("T#1", "A").into_item();
    let failed = ConditionalCheckFailedException::builder().set_item(Some(item.clone())).build();

    let error = translated("put", Some(&Key::new("T#1", "A")), Error::ConditionalCheckFailedException(failed));

    let TableError::Condition { key, existing } = error else { panic!("{error:?}") };
    assert_eq!((key, existing.map(|item| *item)), (Key::new("T#1", "A"), Some(item)));
}

#[test]
fn an_invalid_request_names_the_operation_and_the_reason() {
    let metadata = ErrorMetadata::builder().code("ValidationException").message("an empty key").build();

    let error = translated("put", None, PutItemError::generic(metadata).into());

    assert!(matches!(error, TableError::Limit(message) if message == "put: an empty key"));
}

#[test]
fn anything_else_is_unavailable_with_its_cause() {
    let metadata = ErrorMetadata::builder().code("AccessDeniedException").message("no").build();

    let error = translated("get", None, PutItemError::generic(metadata).into());

    assert_eq!(error.to_string(), "table unavailable: get");
    assert!(std::error::Error::source(&error).is_some());
}

/// Answers with each error in turn, then with success; tells how often it was asked.
async fn sent(errors: Vec<fn() -> TransactWriteItemsError>) -> (TableResult<()>, usize) {
    let asked = Cell::new(0);
    let answer = send("transact", None, || {
        let error = errors.get(asked.replace(asked.get() + 1));
        async move {
            match error {
                None => Ok(()),
                Some(error) => Err(SdkError::service_error(error(), response())),
            }
        }
    });
    (answer.await, asked.get())
}

fn response() -> aws_sdk_dynamodb::config::http::HttpResponse {
    aws_sdk_dynamodb::config::http::HttpResponse::new(400.try_into().unwrap(), Vec::new().into())
}

fn conflict() -> TransactWriteItemsError {
    TransactWriteItemsError::TransactionCanceledException(cancelled(&["None", "TransactionConflict"]))
}

fn throttled() -> TransactWriteItemsError {
    TransactWriteItemsError::ThrottlingException(ThrottlingException::builder().build())
}

fn in_progress() -> TransactWriteItemsError {
    TransactWriteItemsError::TransactionInProgressException(TransactionInProgressException::builder().build())
}

fn failed_condition() -> TransactWriteItemsError {
    TransactWriteItemsError::TransactionCanceledException(cancelled(&["ConditionalCheckFailed"]))
}

#[tokio::test(start_paused = true)]
async fn conflicts_throttling_and_what_is_under_way_are_sent_again_until_they_pass() {
    let (answer, asked) = sent(vec![conflict, throttled, in_progress]).await;

    assert!(answer.is_ok());
    assert_eq!(asked, 4);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_lasts_is_reported_in_the_end() {
    let (answer, asked) = sent(vec![conflict; 20]).await;

    assert!(matches!(answer, Err(TableError::Conflict)));
    assert_eq!(asked, 8);
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_is_final() {
    let (answer, asked) = sent(vec![conflict, failed_condition, conflict]).await;

    assert!(matches!(answer, Err(TableError::Cancelled(_))));
    assert_eq!(asked, 2);
}

#[test]
fn a_single_write_may_meet_a_transaction_too() {
    let error = TransactionConflictException::builder().build();

    let error = translated("update", Some(&Key::new("T#1", "A")), Error::TransactionConflictException(error));

    assert!(matches!(error, TableError::Conflict));
}
