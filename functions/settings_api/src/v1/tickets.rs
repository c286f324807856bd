//! Tickets, both ways: mirrored ones with the edits on their way laid over them, and those that the portal opened.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::CompanyId;
use domain::record::RecordType;
use domain::stage::Stage;
use serde::Deserialize;
use store::TenantStore;
use utoipa::IntoParams;

use self::view::{TicketView, Wanted, views};
use super::two_way::walk::{Filling, Walk};
use super::two_way::{Source, TwoWay};
use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod change;
mod create;
mod notes;
mod people;
mod view;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Write, handlers!(create::create))
        .route(Permission::Read, handlers!(get))
        .route(Permission::Write, handlers!(change::patch))
        .route(Permission::Write, handlers!(notes::add))
        .route(Permission::Write, handlers!(retry))
        .route(Permission::Write, handlers!(discard))
}

/// Longest title.
const LONGEST_TITLE: usize = 255;
/// Longest description or note.
const LONGEST_TEXT: usize = 20_000;
/// Longest id of a vendor's picklist.
const LONGEST_CHOICE: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TicketParams {
    /// Only tickets of this portal company.
    company: Option<String>,
    /// Only tickets of this connector.
    connector: Option<String>,
    /// Only tickets in this stage: new, triaged, working, waiting, resolved.
    stage: Option<String>,
    /// Text that the title contains, or the vendor's id.
    search: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The ticket of this id, of the caller's tenant.
async fn find(state: &AppState, store: &TenantStore, id: &str) -> Answer<(Source, TwoWay)> {
    let found = state.two_way(store, RecordType::Tickets, id).await?;
    found.ok_or_else(|| Problem::not_found("There is no ticket of this id."))
}

/// A ticket as it is answered.
async fn shown(store: &TenantStore, source: &Source, found: &TwoWay) -> Answer<TicketView> {
    let mut views = views(store, source, vec![((), found.clone())], &Wanted::default()).await?;
    let missing = "There is no ticket of this id, or its company is not linked: link it, and the ticket is here.";
    views.pop().map(|((), view)| view).ok_or_else(|| Problem::not_found(missing))
}

async fn read(state: &AppState, store: &TenantStore, id: &str) -> Answer<TicketView> {
    let (source, found) = find(state, store, id).await?;
    shown(store, &source, &found).await
}

/// Tickets of linked companies: those that the vendor has not made yet, then by connection and the vendor's id. A page may
/// be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/tickets",
    operation_id = "list_tickets",
    params(TicketParams),
    responses((status = 200, body = Listing<TicketView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<TicketParams>,
) -> Answer<Json<Listing<TicketView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let store = &caller.store;
    let stage = params.stage.as_deref().map(|name| Stage::parse(name).ok_or_else(unknown_stage)).transpose()?;
    let company = match &params.company {
        None => None,
        Some(id) => match store.company(&CompanyId::from(id.as_str())).await? {
            Some(company) => Some(company),
            None => return Ok(Json(Listing::whole(Vec::new()))),
        },
    };
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let wanted = Wanted { company, stage, search };
    let sources = state.sources(store, RecordType::Tickets, params.connector.as_deref()).await?;
    let mut walk = Walk::of(store, &sources, &page)?;
    let mut filling = Filling::of(&page);
    while let Some(part) = walk.next().await? {
        for (place, view) in views(store, part.source, part.entries, &wanted).await? {
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

fn unknown_stage() -> Problem {
    let names: Vec<_> = Stage::ALL.into_iter().map(Stage::as_str).collect();
    Problem::field("/stage", format!("Choose one of {}.", names.join(", ")))
}

/// One ticket.
#[utoipa::path(
    get,
    path = "/v1/tickets/{ticket}",
    operation_id = "get_ticket",
    params(("ticket" = String, Path, example = "halo-psa.4242")),
    responses((status = 200, body = TicketView)),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(ticket): Ids<String>) -> Answer<Json<TicketView>> {
    Ok(Json(read(&state, &caller.store, &ticket).await?))
}

/// Has the edit that the vendor refused sent again, in its place before later ones.
#[utoipa::path(
    post,
    path = "/v1/tickets/{ticket}/retry",
    operation_id = "retry_ticket",
    params(
        ("ticket" = String, Path, example = "halo-psa.4242"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; an edit is retried once however often this is asked."),
    ),
    responses(
        (status = 202, body = TicketView, description = "It is on its way again."),
        (status = 409, description = "Nothing is refused, or the connection takes no edits at present."),
    ),
)]
async fn retry(
    caller: Caller,
    State(state): State<AppState>,
    Ids(ticket): Ids<String>,
) -> Answer<(StatusCode, Json<TicketView>)> {
    let (source, found) = find(&state, &caller.store, &ticket).await?;
    state.retry_refused(&caller, &source, &found).await?;
    Ok((StatusCode::ACCEPTED, Json(read(&state, &caller.store, &ticket).await?)))
}

/// Forgets the edit that the vendor refused, or did not answer for half an hour; later ones are sent. With a ticket that the
/// vendor never made goes everything that waits behind it.
#[utoipa::path(
    post,
    path = "/v1/tickets/{ticket}/discard",
    operation_id = "discard_ticket_edit",
    params(
        ("ticket" = String, Path, example = "halo-psa.4242"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; an edit is discarded once however often this is asked."),
    ),
    responses(
        (status = 200, body = TicketView),
        (status = 204, description = "The ticket was never made; it is gone."),
        (status = 409, description = "Nothing is refused or silent for half an hour, or it was changed at the same moment."),
    ),
)]
async fn discard(caller: Caller, State(state): State<AppState>, Ids(ticket): Ids<String>) -> Answer<Response> {
    let (source, found) = find(&state, &caller.store, &ticket).await?;
    if !state.discard_stuck(&caller, &source, &found).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(read(&state, &caller.store, &ticket).await?).into_response())
}
