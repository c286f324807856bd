//! The router, and what surrounds every push.

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use lambda_http::request::RequestContext;
use platform::origin::Origin;
use platform::tracing::request_span;
use tracing::Instrument as _;

use crate::answer::Refused;
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The receiver.
pub fn app(state: AppState) -> Router {
    Router::new()
        .route("/webhooks/{connector}/{token}", post(deliver))
        .method_not_allowed_fallback(|| async { Refused::Method })
        .fallback(|| async { Refused::Unknown })
        .layer(middleware::from_fn(around))
        .with_state(state)
}

async fn deliver(
    State(state): State<AppState>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response {
    let Ok(Path((connector, token))) = path else { return Refused::Unknown.into_response() };
    match state.receive(&connector, &token, request).await {
        Ok(outcome) => outcome.into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn around(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let header = request.headers().get("x-amzn-trace-id").and_then(|header| header.to_str().ok());
    let origin = Origin::new(&*id, header);
    let span = request_span(&origin);
    let mut response = platform::origin::within(origin, next.run(request).instrument(span)).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The gateway's id of the request, so that its log and ours meet.
fn request_id(request: &Request) -> String {
    let given = request.extensions().get::<RequestContext>().and_then(|context| match context {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        _ => None,
    });
    given.filter(|id| !id.is_empty()).unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}
