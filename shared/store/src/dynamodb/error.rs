//! `DynamoDB`'s errors as the port's, and which of them are worth another attempt.

use std::future::Future;

use aws_sdk_dynamodb::Error;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;

use super::backoff::Backoff;
use crate::table::{Key, TableError, TableResult};

/// Sends until the answer is final. Sent again is what `DynamoDB` certainly did not apply (conflicts, throttling), and a
/// transaction that is still under way, whose token keeps it from being applied twice. (The SDK repeats the rest.)
pub(super) async fn send<T, E, F>(op: &'static str, key: Option<&Key>, attempt: impl Fn() -> F) -> TableResult<T>
where
    F: Future<Output = Result<T, SdkError<E>>>,
    Error: From<SdkError<E>>,
{
    let mut backoff = Backoff::default();
    loop {
        let error = match Box::pin(attempt()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => Error::from(error),
        };
        if !(is_worth_another(&error) && backoff.pause().await) {
            return Err(translated(op, key, error));
        }
    }
}

/// An error of an operation that has no condition.
pub(super) fn without_condition(op: &'static str, error: Error) -> TableError {
    translated(op, None, error)
}

/// What a batch or a query may find again and again.
pub(super) fn unavailable(op: &'static str, cause: &'static str) -> TableError {
    TableError::Unavailable { op, source: cause.into() }
}

fn is_worth_another(error: &Error) -> bool {
    match error {
        Error::TransactionConflictException(_)
        | Error::TransactionInProgressException(_)
        | Error::ProvisionedThroughputExceededException(_)
        | Error::RequestLimitExceeded(_)
        | Error::ThrottlingException(_) => true,
        Error::TransactionCanceledException(cancelled) => {
            matches!(reason(cancelled), Reason::Conflict | Reason::Throttled)
        }
        _ => false,
    }
}

fn translated(op: &'static str, key: Option<&Key>, error: Error) -> TableError {
    match (error, key) {
        (Error::ConditionalCheckFailedException(failed), Some(key)) => {
            TableError::Condition { key: key.clone(), existing: failed.item.map(Box::new) }
        }
        (Error::TransactionConflictException(_) | Error::TransactionInProgressException(_), _) => TableError::Conflict,
        (Error::TransactionCanceledException(cancelled), _) => match reason(&cancelled) {
            Reason::Conditions(parts) => TableError::Cancelled(parts),
            Reason::Conflict => TableError::Conflict,
            Reason::Invalid(message) => TableError::Limit(format!("{op}: {message}")),
            Reason::Throttled | Reason::Other => TableError::Unavailable { op, source: Box::new(cancelled) },
        },
        (Error::ItemCollectionSizeLimitExceededException(source), _) => TableError::Limit(format!("{op}: {source}")),
        (error, _) if error.code() == Some("ValidationException") => {
            TableError::Limit(format!("{op}: {}", error.message().unwrap_or("invalid request")))
        }
        (error, _) => TableError::Unavailable { op, source: Box::new(error) },
    }
}

/// Why a transaction was cancelled; the first that applies, in this order.
#[derive(Debug, PartialEq)]
enum Reason {
    Conditions(Vec<usize>),
    Invalid(String),
    Conflict,
    Throttled,
    Other,
}

/// A failed condition is final, whatever else hindered the transaction.
fn reason(cancelled: &TransactionCanceledException) -> Reason {
    let reasons = cancelled.cancellation_reasons();
    let parts_with = |code: &str| -> Vec<usize> {
        reasons.iter().enumerate().filter(|(_, part)| part.code() == Some(code)).map(|(index, _)| index).collect()
    };
    let failed = parts_with("ConditionalCheckFailed");
    if !failed.is_empty() {
        return Reason::Conditions(failed);
    }
    for code in ["ValidationError", "ItemCollectionSizeLimitExceeded"] {
        if let Some(&part) = parts_with(code).first() {
            return Reason::Invalid(format!("part {part}: {}", reasons[part].message().unwrap_or(code)));
        }
    }
    if !parts_with("TransactionConflict").is_empty() {
        return Reason::Conflict;
    }
    let throttled = ["ThrottlingError", "ProvisionedThroughputExceeded"];
    if throttled.iter().any(|code| !parts_with(code).is_empty()) { Reason::Throttled } else { Reason::Other }
}

#[cfg(test)]
mod tests;
