//! Every connector with this tenant's connection.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use futures::future::try_join_all;

use super::integration::Integration;
use crate::access::{Caller, Permission};
use crate::etag::tagged;
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

const LIST: &str = "integrations";

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list)).route(Permission::Read, handlers!(get))
}

/// Every connector with this tenant's connection, connected or not.
#[utoipa::path(
    get,
    path = "/v1/integrations",
    operation_id = "list_integrations",
    params(PageParams, ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer before.")),
    responses(
        (status = 200, body = Listing<Integration>, headers(("ETag" = String))),
        (status = 304, description = "Nothing has changed."),
    ),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Params(params): Params<PageParams>,
) -> Answer<Response> {
    let page = params.page()?;
    let after = page.key(LIST)?;
    let mut rest: Vec<_> =
        state.descriptors().skip_while(|descriptor| after.is_some_and(|id| descriptor.id != id)).collect();
    if after.is_some() && !rest.is_empty() {
        rest.remove(0);
    }
    let more = rest.len() > page.size();
    rest.truncate(page.size());
    let wanted: Vec<Which> = rest.iter().copied().map(Which::of).collect();
    let read = wanted.iter().map(|which| state.integration(&caller.store, which));
    let items = try_join_all(read).await?.into_iter().map(|(integration, _)| integration).collect();
    let next = rest.last().filter(|_| more).map(|last| last.id);
    tagged(&headers, 0, &Listing::until_key(items, LIST, next))
}

/// One connector with this tenant's connection. Its `ETag` is what `If-Match` of the options takes: of it, only what
/// people set is compared, so a run at work is no reason to refuse a change.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}",
    operation_id = "get_integration",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer before."),
    ),
    responses(
        (status = 200, body = Integration, headers(("ETag" = String))),
        (status = 304, description = "Nothing has changed."),
    ),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(connector): Ids<String>,
) -> Answer<Response> {
    let which = state.connector(&connector)?;
    let (integration, version) = state.integration(&caller.store, &which).await?;
    tagged(&headers, version, &integration)
}
