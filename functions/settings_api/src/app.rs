//! The router: routes, what surrounds every request, and what answers where there is no route.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use lambda_http::request::RequestContext;
use platform::origin::Origin;
use platform::tracing::request_span;
use tracing::Instrument as _;

use crate::problem::Problem;
use crate::state::AppState;
use crate::{consent_page, console, openapi, v1};

/// A request is given up after this; the gateway gives up after 30 s without a word.
const LIMIT: Duration = Duration::from_secs(28);

/// The API with the console's pages.
pub fn app(state: AppState) -> Router {
    let (router, documented) = v1::routes().split();
    let document = Arc::new(openapi::Document::of(documented));
    router
        .route("/v1/openapi.json", axum::routing::get(async move || document.serve()))
        .merge(console::routes(&state.console))
        .merge(consent_page::routes())
        .fallback(|| async { Problem::not_found("There is nothing at this path.") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn(around))
        .with_state(state)
}

/// What surrounds every request: its id, its time limit, problems made into bodies, headers that every answer has.
async fn around(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let header = request.headers().get("x-amzn-trace-id").and_then(|header| header.to_str().ok());
    let origin = Origin::new(&*id, header);
    let span = request_span(&origin);
    let is_api = request.uri().path().starts_with("/v1/");
    let answering = tokio::time::timeout(LIMIT, next.run(request).instrument(span));
    let answer = platform::origin::within(origin, platform::deadline::within(LIMIT, answering)).await;
    let mut response = answer.unwrap_or_else(|_| Problem::unavailable("the request took too long").into_response());
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let headers = std::mem::take(response.headers_mut());
        response = problem.render(&id);
        if let Some(allow) = headers.get(header::ALLOW) {
            response.headers_mut().insert(header::ALLOW, allow.clone());
        }
    }
    let headers = response.headers_mut();
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
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
