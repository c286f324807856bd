//! Stand-in of API Gateway's HTTP API: verifies tokens, turns HTTP into payload format 2.0 and the answer back.
//!
//! It keeps the gateway's limits too, so that what works here works there: 30 s for a request, 10 MB for its body, 6 MB for
//! what a function is given or answers, repeated headers and query parameters joined by commas, claims as texts.

mod payload;
mod verify;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use serde_json::{Value, json};

pub use self::verify::Verifier;

/// What answers requests: the Lambda handler of an HTTP function, payload 2.0 in, its response out.
pub type HttpHandler = Arc<dyn Fn(Value) -> BoxFuture<'static, anyhow::Result<Value>> + Send + Sync>;

const REQUEST_LIMIT: Duration = Duration::from_secs(30);
const LARGEST_BODY: usize = 10 * 1024 * 1024;
const LARGEST_PAYLOAD: usize = 6 * 1024 * 1024;

/// Requests whose path begins with `prefix` go to `handler`.
#[derive(Clone)]
pub struct Route {
    /// Such as `/webhooks/`; the longest that fits wins.
    pub prefix: &'static str,
    /// The function.
    pub handler: HttpHandler,
}

/// The gateway.
pub struct Gateway {
    routes: RwLock<Vec<Route>>,
    verifier: Verifier,
}

impl Gateway {
    /// A gateway that takes the issuer's tokens and has no routes yet.
    pub fn new(verifier: Verifier) -> Arc<Self> {
        Arc::new(Self { routes: RwLock::default(), verifier })
    }

    /// Puts these routes in place of the former ones.
    pub fn set_routes(&self, routes: Vec<Route>) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    /// The gateway as a service.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    fn handler(&self, path: &str) -> Option<HttpHandler> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let fitting = routes.iter().filter(|route| path.starts_with(route.prefix));
        fitting.max_by_key(|route| route.prefix.len()).map(|route| Arc::clone(&route.handler))
    }
}

/// Whether the route has the authoriser.
fn is_guarded(path: &str) -> bool {
    (path == "/v1" || path.starts_with("/v1/")) && path != "/v1/openapi.json"
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let claims = if is_guarded(parts.uri.path()) {
        match gateway.verifier.verify(&parts.headers) {
            Ok(claims) => Some(claims),
            Err(problem) => return unauthorized(&problem),
        }
    } else {
        None
    };
    let Some(handler) = gateway.handler(parts.uri.path()) else {
        return message(StatusCode::NOT_FOUND, "Not Found");
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let event = payload::event(&parts, &body, claims);
    if size(&event) > LARGEST_PAYLOAD {
        return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    // A task of its own: a panic is the function's, and a caller who goes away does not end it.
    match tokio::time::timeout(REQUEST_LIMIT, tokio::spawn(handler(event))).await {
        Ok(Ok(Ok(answer))) if size(&answer) <= LARGEST_PAYLOAD => payload::response(&answer).unwrap_or_else(|| {
            tracing::error!("A function answered something that is no HTTP response.");
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }),
        Ok(outcome) => {
            let error = match outcome {
                Ok(Ok(_)) => "the answer is larger than 6 MB".to_owned(),
                Ok(Err(error)) => format!("{error:#}"),
                Err(panic) => panic.to_string(),
            };
            tracing::error!(error, path = parts.uri.path(), "A function failed.");
            message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Err(_) => message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
    }
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

fn unauthorized(problem: &str) -> Response {
    let challenge = format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{problem}\"");
    let body = axum::Json(json!({ "message": "Unauthorized" }));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], body).into_response()
}

fn message(status: StatusCode, text: &str) -> Response {
    (status, axum::Json(json!({ "message": text }))).into_response()
}

#[cfg(test)]
mod tests;
