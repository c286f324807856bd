//! Technicians, both ways: mirrored ones with the edits on their way laid over them, and the portal users behind them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::record::RecordType;
use serde::Deserialize;
use store::TenantStore;
use utoipa::IntoParams;

use self::view::{TechnicianView, views};
use super::two_way::walk::{Filling, Walk};
use super::two_way::{Source, TwoWay};
use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod change;
mod create;
mod import;
mod view;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Write, handlers!(create::create))
        .route(Permission::Read, handlers!(get))
        .route(Permission::Write, handlers!(change::patch))
        .route(Permission::Write, handlers!(import::import))
        .route(Permission::Write, handlers!(retry))
        .route(Permission::Write, handlers!(discard))
}

/// Longest name or job title.
const LONGEST_NAME: usize = 200;
/// Longest telephone number.
const LONGEST_PHONE: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TechnicianParams {
    /// Only technicians of this connector.
    connector: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The technician of this id, of the caller's tenant.
async fn find(state: &AppState, store: &TenantStore, id: &str) -> Answer<(Source, TwoWay)> {
    state.two_way(store, RecordType::Users, id).await?.ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::not_found("There is no technician of this id.")
}

async fn shown(store: &TenantStore, source: &Source, found: &TwoWay) -> Answer<TechnicianView> {
    let mut views = views(store, source, vec![((), found.clone())]).await?;
    views.pop().map(|((), view)| view).ok_or_else(missing)
}

async fn read(state: &AppState, store: &TenantStore, id: &str) -> Answer<TechnicianView> {
    let (source, found) = find(state, store, id).await?;
    shown(store, &source, &found).await
}

/// Technicians: those that the vendor has not made yet, then by connection and the vendor's id. A page may be shorter than
/// asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/technicians",
    operation_id = "list_technicians",
    params(TechnicianParams),
    responses((status = 200, body = Listing<TechnicianView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<TechnicianParams>,
) -> Answer<Json<Listing<TechnicianView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let store = &caller.store;
    let sources = state.sources(store, RecordType::Users, params.connector.as_deref()).await?;
    let mut walk = Walk::of(store, &sources, &page)?;
    let mut filling = Filling::of(&page);
    while let Some(part) = walk.next().await? {
        for (place, view) in views(store, part.source, part.entries).await? {
            if let Some(full) = filling.add(place, view)? {
                return Ok(Json(filling.page(Some(&full))?));
            }
        }
        if walk.is_spent() {
            return Ok(Json(filling.page(walk.place().as_ref())?));
        }
    }
    Ok(Json(filling.page(None)?))
}

/// One technician.
#[utoipa::path(
    get,
    path = "/v1/technicians/{technician}",
    operation_id = "get_technician",
    params(("technician" = String, Path, example = "halo-psa.7")),
    responses((status = 200, body = TechnicianView)),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    Ids(technician): Ids<String>,
) -> Answer<Json<TechnicianView>> {
    Ok(Json(read(&state, &caller.store, &technician).await?))
}

/// Has the edit that the vendor refused sent again, in its place before later ones.
#[utoipa::path(
    post,
    path = "/v1/technicians/{technician}/retry",
    operation_id = "retry_technician",
    params(
        ("technician" = String, Path, example = "halo-psa.7"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; an edit is retried once however often this is asked."),
    ),
    responses(
        (status = 202, body = TechnicianView, description = "It is on its way again."),
        (status = 409, description = "Nothing is refused, or the connection takes no edits at present."),
    ),
)]
async fn retry(
    caller: Caller,
    State(state): State<AppState>,
    Ids(technician): Ids<String>,
) -> Answer<(StatusCode, Json<TechnicianView>)> {
    let (source, found) = find(&state, &caller.store, &technician).await?;
    state.retry_refused(&caller, &source, &found).await?;
    Ok((StatusCode::ACCEPTED, Json(read(&state, &caller.store, &technician).await?)))
}

/// Forgets the edit that the vendor refused, or did not answer for half an hour; later ones are sent. With a technician whom
/// the vendor never made goes everything that waits behind.
#[utoipa::path(
    post,
    path = "/v1/technicians/{technician}/discard",
    operation_id = "discard_technician_edit",
    params(
        ("technician" = String, Path, example = "halo-psa.7"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; an edit is discarded once however often this is asked."),
    ),
    responses(
        (status = 200, body = TechnicianView),
        (status = 204, description = "The technician was never made, and is gone."),
        (status = 409, description = "Nothing is refused or silent for half an hour, or it was changed at the same moment."),
    ),
)]
async fn discard(caller: Caller, State(state): State<AppState>, Ids(technician): Ids<String>) -> Answer<Response> {
    let (source, found) = find(&state, &caller.store, &technician).await?;
    if !state.discard_stuck(&caller, &source, &found).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(read(&state, &caller.store, &technician).await?).into_response())
}
