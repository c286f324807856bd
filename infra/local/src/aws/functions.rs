//! Lambda's `Invoke` on functions of this process.
//!
//! What Lambda does around a handler is done here too: a deadline, a time limit, panics turned into errors, the error's
//! shape, and invocations of type `Event` answered before they run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use jiff::Timestamp;
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use sync::ports::Clock;
use tokio::task::{AbortHandle, JoinSet};

/// A function's handler: event and deadline in, answer or error out.
pub type Handler = Arc<dyn Fn(Value, Timestamp) -> BoxFuture<'static, Result<Value, Diagnostic>> + Send + Sync>;

/// The functions that can be invoked, by name.
#[derive(Default)]
pub struct Functions {
    known: RwLock<BTreeMap<String, Function>>,
    started: Mutex<JoinSet<()>>,
    running: Arc<Mutex<Vec<AbortHandle>>>,
}

#[derive(Clone)]
struct Function {
    handler: Handler,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    running: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Functions {
    /// Makes a function known, in place of the one of that name. Its deadlines are by this clock.
    pub fn register(&self, name: impl Into<String>, timeout: Duration, clock: Arc<dyn Clock>, handler: Handler) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.into(), Function { handler, timeout, clock, running: Arc::clone(&self.running) });
    }

    /// Ends every invocation where it stands, as the end of its environment does.
    pub fn kill(&self) {
        for invocation in self.running.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            invocation.abort();
        }
    }

    fn get(&self, name: &str) -> Option<Function> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Calls a function and waits; `None` if there is none of that name.
    pub async fn invoke(&self, name: &str, event: Value) -> Option<Result<Value, Diagnostic>> {
        Some(self.get(name)?.call(event).await)
    }

    /// Waits until every invocation of type `Event` has ended.
    pub async fn settle(&self) {
        loop {
            let mut started = std::mem::take(&mut *self.started.lock().unwrap_or_else(PoisonError::into_inner));
            if started.is_empty() {
                return;
            }
            while started.join_next().await.is_some() {}
        }
    }

    /// Answers `POST /2015-03-31/functions/{name}/invocations`.
    pub(super) async fn answer(&self, parts: &Parts, body: &[u8]) -> Response {
        let name = parts
            .uri
            .path()
            .strip_prefix("/2015-03-31/functions/")
            .and_then(|rest| rest.strip_suffix("/invocations"))
            .unwrap_or_default();
        // A name may be given as an ARN, whose colons the SDK escapes.
        let name = name.rsplit(['/', ':']).next().unwrap_or_default().rsplit("%3A").next().unwrap_or_default();
        let Some(function) = self.get(name) else {
            let message = format!("Function not found: {name}");
            return error(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
        };
        let event = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(body) };
        let Ok(event) = event else {
            let message = "Could not parse request body into json";
            return error(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message);
        };
        match parts.headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
            Some(b"Event") => {
                let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
                started.spawn(async move { drop(function.call(event).await) });
                StatusCode::ACCEPTED.into_response()
            }
            Some(b"DryRun") => StatusCode::NO_CONTENT.into_response(),
            _ => match function.call(event).await {
                Ok(answer) => axum::Json(answer).into_response(),
                Err(failure) => ([("x-amz-function-error", "Unhandled")], axum::Json(failure)).into_response(),
            },
        }
    }
}

impl Function {
    async fn call(self, event: Value) -> Result<Value, Diagnostic> {
        let failed = |error_type: &str, error_message: String| {
            Err(Diagnostic { error_type: error_type.to_owned(), error_message })
        };
        let deadline = self.clock.now().checked_add(self.timeout).unwrap_or(Timestamp::MAX);
        // A task of its own, so that a panic ends the invocation and not the server, and that a caller who goes away
        // does not end the function.
        let mut task = tokio::spawn((self.handler)(event, deadline));
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.retain(|invocation| !invocation.is_finished());
            running.push(task.abort_handle());
        }
        match tokio::time::timeout(self.timeout, &mut task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => failed("RuntimePanic", panic.to_string()),
            Err(_) => {
                task.abort();
                failed("Sandbox.Timedout", format!("Task timed out after {} seconds", self.timeout.as_secs()))
            }
        }
    }
}

fn error(status: StatusCode, code: &'static str, message: &str) -> Response {
    (status, [("x-amzn-errortype", code)], axum::Json(json!({ "Type": "User", "Message": message }))).into_response()
}
