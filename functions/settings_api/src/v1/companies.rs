//! Portal companies: the grid, and single ones.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::activity::{Action, fields};
use domain::id::{CompanyId, ConnectionId};
use domain::portal::{Link, PortalCompany};
use serde::Serialize;
use serde_json::{Value, json};
use store::activity::By;
use store::companies::Known;
use store::{StoreError, TenantStore};
use utoipa::ToSchema;

use self::change::{CompanyChange, CompanyInput};
use self::grid::{GridParams, SelectionParams};
use crate::access::{Caller, Permission};
use crate::activity;
use crate::commands::new_id;
use crate::etag::{if_match, tagged};
use crate::input::{Ids, Input, Params, idempotency_key};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod change;
mod export;
mod grid;
mod tabs;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Read, handlers!(download))
        .route(Permission::Write, handlers!(create))
        .route(Permission::Read, handlers!(get))
        .route(Permission::Write, handlers!(patch, delete))
}

/// A portal company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Company)]
pub(crate) struct CompanyView {
    id: CompanyId,
    name: String,
    domains: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The connection that it was imported from.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_from: Option<ConnectionId>,
    /// Linked vendor companies, by connection.
    #[schema(value_type = BTreeMap<String, Vec<Link>>)]
    links: BTreeMap<ConnectionId, Vec<Link>>,
    /// Connections that it explicitly has nothing in.
    not_integrated: Vec<ConnectionId>,
    /// How many users it has, suspended ones included.
    users: u64,
    /// Its own Default Import Role; absent: inherited.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_role: Option<String>,
}

impl CompanyView {
    pub(super) fn of(company: PortalCompany) -> Self {
        Self {
            id: company.id,
            name: company.name,
            domains: company.domains,
            phone: company.phone,
            address: company.address,
            imported_from: company.imported_from,
            links: company.links,
            not_integrated: company.not_integrated.into_iter().collect(),
            users: company.users,
            import_role: company.import_role.map(String::from),
        }
    }
}

/// The company of this id, of the caller's tenant.
pub(super) async fn find(store: &TenantStore, id: &str) -> Answer<PortalCompany> {
    let found = store.company(&CompanyId::from(id)).await?;
    found.ok_or_else(|| Problem::not_found("There is no company of this id."))
}

/// The grid: portal companies with what they are linked to.
#[utoipa::path(
    get,
    path = "/v1/companies",
    operation_id = "list_companies",
    params(GridParams),
    responses((status = 200, body = grid::Grid)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<GridParams>,
) -> Answer<Json<grid::Grid>> {
    Ok(Json(grid::read(&state, &caller.store, params).await?))
}

/// The grid as a file to open in a spreadsheet. Cells that it would take for formulas begin with an apostrophe.
#[utoipa::path(
    get,
    path = "/v1/companies.csv",
    operation_id = "download_companies",
    params(SelectionParams),
    responses((status = 200, body = String, content_type = "text/csv", headers(("Content-Disposition" = String)))),
)]
async fn download(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<SelectionParams>,
) -> Answer<Response> {
    export::file(&state, &caller.store, &params).await
}

/// Makes a company.
#[utoipa::path(
    post,
    path = "/v1/companies",
    operation_id = "create_company",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one made.")),
    request_body = CompanyInput,
    responses(
        (status = 201, body = CompanyView, headers(("Location" = String))),
        (status = 409, description = "The idempotency key was used for another company."),
    ),
)]
async fn create(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Input(input): Input<CompanyInput>,
) -> Answer<Response> {
    let key = idempotency_key(&headers)?;
    let company = PortalCompany {
        id: CompanyId::new(new_id("co", &caller.store, key)),
        name: String::new(),
        domains: Vec::new(),
        phone: None,
        address: None,
        imported_from: None,
        links: BTreeMap::new(),
        not_integrated: std::collections::BTreeSet::new(),
        import_role: None,
        users: 0,
        version: 1,
    };
    let company = CompanyChange::from(input).apply(company)?;
    let company = match caller.store.known_companies([&company.id]).await?.remove(&company.id) {
        Some(Known { company: Some(before), .. }) => made_before(before, &company)?,
        known => state.made(&caller, company, known.map_or(0, |known| known.version)).await?,
    };
    let location = HeaderValue::from_str(&format!("/v1/companies/{}", company.id));
    let mut response = (StatusCode::CREATED, Json(CompanyView::of(company))).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// What the first request with an idempotency key made.
fn made_before(before: PortalCompany, company: &PortalCompany) -> Answer<PortalCompany> {
    if before.name != company.name {
        return Err(Problem::conflict("This idempotency key was used for another company."));
    }
    Ok(before)
}

impl AppState {
    /// The company, made; `version`: of a deleted one of its id.
    async fn made(&self, caller: &Caller, company: PortalCompany, version: u64) -> Answer<PortalCompany> {
        let detail = json!({ "company": company.id, "version": version });
        self.announce(&caller.store, "company.created", company.id.as_str(), detail).await?;
        let entry = caller.did(self, Action::CompanyCreated, activity::company(&company)).is(own_fields(&company));
        match caller.store.create_company(&company, By::Person(&entry)).await {
            Ok(()) => Ok(company),
            Err(StoreError::Stale) => made_before(find(&caller.store, company.id.as_str()).await?, &company),
            Err(error) => Err(error.into()),
        }
    }
}

/// A portal company with what its page has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyPage)]
pub(crate) struct CompanyPage {
    #[serde(flatten)]
    company: CompanyView,
    /// Tabs of its page besides the overview: one only where a connection feeds it.
    tabs: Vec<tabs::Tab>,
}

/// One company.
#[utoipa::path(
    get,
    path = "/v1/companies/{company}",
    operation_id = "get_company",
    params(("company" = String, Path)),
    responses((status = 200, body = CompanyPage, headers(("ETag" = String)))),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(company): Ids<String>,
) -> Answer<Response> {
    let company = find(&caller.store, &company).await?;
    let tabs = tabs::of(&state, &caller.store, &company).await?;
    tagged(&headers, company.version, &CompanyPage { tabs, company: CompanyView::of(company) })
}

/// What a person enters of a company.
fn own_fields(company: &PortalCompany) -> Value {
    json!({
        "name": company.name,
        "domains": company.domains,
        "phone": company.phone,
        "address": company.address,
    })
}

/// The names of its vendor companies, by connection.
fn names(company: &PortalCompany) -> BTreeMap<&ConnectionId, Vec<&str>> {
    let names = company.links.iter();
    names.map(|(connection, links)| (connection, links.iter().map(|link| link.name.as_str()).collect())).collect()
}

/// Changes a company.
#[utoipa::path(
    patch,
    path = "/v1/companies/{company}",
    operation_id = "update_company",
    params(
        ("company" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read; without it the last change wins."),
    ),
    request_body = CompanyChange,
    responses(
        (status = 200, body = CompanyView, headers(("ETag" = String))),
        (status = 409, description = "Somebody else changed it at the same moment."),
        (status = 412, description = "Somebody else changed it since it was read."),
    ),
)]
async fn patch(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(company): Ids<String>,
    Input(change): Input<CompanyChange>,
) -> Answer<Response> {
    let before = find(&caller.store, &company).await?;
    if_match(&headers, before.version, false)?;
    let after = change.apply(before.clone())?;
    if after != before {
        let entry = caller.did(&state, Action::CompanyChanged, activity::company(&before));
        let entry = entry.changed(&fields(own_fields(&before)), &fields(own_fields(&after)));
        caller.store.save_company(&after, By::Person(&entry)).await?;
    }
    let saved = find(&caller.store, &company).await?;
    tagged(&HeaderMap::new(), saved.version, &CompanyView::of(saved))
}

/// Deletes a company. Its vendor companies are unlinked, and not imported again until they are unblocked.
#[utoipa::path(
    delete,
    path = "/v1/companies/{company}",
    operation_id = "delete_company",
    params(("company" = String, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "Somebody else changed it at the same moment."),
    ),
)]
async fn delete(caller: Caller, State(state): State<AppState>, Ids(company): Ids<String>) -> Answer<StatusCode> {
    let company = find(&caller.store, &company).await?;
    let detail = json!({ "company": company.id, "version": company.version });
    state.announce(&caller.store, "company.deleted", company.id.as_str(), detail).await?;
    let entry = caller.did(&state, Action::CompanyDeleted, activity::company(&company));
    let entry = entry.was(json!({ "links": names(&company), "users": company.users }));
    caller.store.delete_company(&company, By::Person(&entry)).await?;
    for connection in company.links.keys() {
        if let Some(which) = state.which(connection) {
            state.wake(&caller.store, &which).await;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
