//! A function that serves HTTP: one event of API Gateway (payload format 2.0) in, its answer out. The way that a request
//! takes in Lambda, for whoever has the event as JSON.

use axum::Router;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service as _};
use serde_json::Value;

/// Why an event has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It is no request of API Gateway.
    #[error("the event is no request of API Gateway in payload format 2.0")]
    Event(#[source] serde_json::Error),
    /// The answer could not be written as JSON.
    #[error("the answer could not be written")]
    Answer(#[source] serde_json::Error),
}

/// Answers one event exactly as [`lambda_http::run`] would.
///
/// # Errors
/// The event is no request.
pub async fn handle(app: &Router, event: Value) -> Result<Value, EventError> {
    let payload: LambdaRequest = serde_json::from_value(event).map_err(EventError::Event)?;
    // The adapter itself may not be held over an await: it is not `Send`, its answer is.
    let answering = Adapter::from(app.clone()).call(LambdaEvent::new(payload, Context::default()));
    let Ok(answer) = answering.await;
    serde_json::to_value(answer).map_err(EventError::Answer)
}
