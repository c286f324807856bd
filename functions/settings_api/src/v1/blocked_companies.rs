//! Vendor companies that are not imported by themselves, since the portal company that they were linked to was deleted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::Action;
use domain::id::{ConnectionId, ExternalId};
use serde::Serialize;
use store::StoreError;
use store::activity::By;
use store::blocks::Blocked;
use utoipa::ToSchema;

use super::vendor_companies::with_companies;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list)).route(Permission::Write, handlers!(unblock))
}

const LIST: &str = "blocked-companies";

/// A vendor company that is blocked from import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockedCompany {
    #[schema(value_type = String)]
    connector: ConnectionId,
    external_id: ExternalId,
    /// Its name when it was blocked.
    name: String,
}

impl BlockedCompany {
    fn of(blocked: Blocked) -> Self {
        Self { connector: blocked.connection, external_id: blocked.external_id, name: blocked.name }
    }
}

/// Vendor companies that are blocked from import, by connector and id.
#[utoipa::path(
    get,
    path = "/v1/blocked-companies",
    operation_id = "list_blocked_companies",
    params(PageParams),
    responses((status = 200, body = Listing<BlockedCompany>)),
)]
async fn list(caller: Caller, Params(params): Params<PageParams>) -> Answer<Json<Listing<BlockedCompany>>> {
    let page = params.page()?;
    let found = caller.store.blocked_page(page.limit, page.key(LIST)?).await?;
    let items = found.items.into_iter().map(BlockedCompany::of).collect();
    Ok(Json(Listing::until_key(items, LIST, found.next.as_deref())))
}

/// Allows a vendor company to be imported again. Where all are imported, the next run does.
#[utoipa::path(
    delete,
    path = "/v1/blocked-companies/{connector}/{external_id}",
    operation_id = "unblock_company",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("external_id" = String, Path, description = "The vendor's id of its company."),
    ),
    responses((status = 204, description = "It may be imported.")),
)]
async fn unblock(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, external_id)): Ids<(String, String)>,
) -> Answer<StatusCode> {
    let which = with_companies(&state, &connector)?;
    let id = ExternalId::new(external_id);
    let entry = caller.did(&state, Action::VendorCompanyUnblocked, activity::vendor_company(&which, &id));
    match caller.store.unblock(&which.connection, &id, By::Person(&entry)).await {
        Err(StoreError::NotFound) => return Err(Problem::not_found("No company of this id is blocked.")),
        other => other?,
    }
    state.wake(&caller.store, &which).await;
    Ok(StatusCode::NO_CONTENT)
}
