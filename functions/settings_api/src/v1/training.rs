//! Training of a company's people: who takes which course, and how far they are.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::record::RecordType;
use serde::Serialize;
use store::TenantStore;
use utoipa::ToSchema;

use self::view::EnrolmentView;
use super::companies;
use super::two_way::{Source, TwoWay, open_for_edits};
use crate::access::{Caller, Permission};
use crate::input::{Ids, Page, PageParams, Params, place};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod enrol;
mod launch;
mod view;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Write, handlers!(enrol::enrol))
        .route(Permission::Write, handlers!(launch::launch))
        .route(Permission::Write, handlers!(retry))
        .route(Permission::Write, handlers!(discard))
}

/// A page of a company's enrolments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Training {
    /// Those that are on their way, then the others by id. A page may be longer than asked by those on their way.
    items: Vec<EnrolmentView>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
    /// Whether people can be enrolled at present.
    can_enrol: bool,
    /// Why they cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Behind which enrolment the list goes on.
type Place = (ConnectionId, ExternalId);

/// Who of a company takes which course.
#[utoipa::path(
    get,
    path = "/v1/companies/{company}/training",
    operation_id = "get_company_training",
    params(("company" = String, Path), PageParams),
    responses((status = 200, body = Training)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(company): Ids<String>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Training>> {
    let page = params.page()?;
    let after: Option<Place> = place(&page)?;
    let store = &caller.store;
    let company = companies::find(store, &company).await?.id;
    let sources = state.sources(store, RecordType::Registrations, None).await?;
    let mut items = Vec::new();
    if after.is_none() {
        for source in &sources {
            let on_their_way = on_their_way(store, source, &company).await?;
            items.extend(on_their_way.iter().filter_map(|found| EnrolmentView::of(source, found)));
        }
    }
    let (mirrored, next) = mirrored(store, &sources, &company, &page, after).await?;
    items.extend(mirrored);
    let closed = sources.iter().map(closed).collect::<Vec<_>>();
    let reason = match closed.first() {
        None => Some("No training catalogue is connected. Connect one first.".to_owned()),
        Some(_) if closed.iter().any(Option::is_none) => None,
        Some(first) => first.clone(),
    };
    let next_cursor = next.and_then(|place| serde_json::to_string(&place).ok()).map(|place| Page::cursor(&place));
    Ok(Json(Training { items, next_cursor, can_enrol: reason.is_none(), reason }))
}

/// Enrolments of a company that the vendor has not made yet.
async fn on_their_way(store: &TenantStore, source: &Source, company: &CompanyId) -> Answer<Vec<TwoWay>> {
    let waiting: Vec<TwoWay> = source.unmade().into_iter().map(|(_, found)| found).collect();
    let ids: Vec<ExternalId> = waiting.iter().filter_map(view::named).collect();
    let made = store.records(&source.which.connection, RecordType::Registrations, &ids).await?;
    let is_made = |found: &TwoWay| {
        let id = view::named(found);
        made.iter().any(|record| record.live().is_some() && Some(&record.external_id) == id.as_ref())
    };
    let of_company = |found: &TwoWay| view::company(found).is_some_and(|of| of == company.as_str());
    Ok(waiting.into_iter().filter(|found| of_company(found) && !is_made(found)).collect())
}

/// A page of what is mirrored, connection by connection.
async fn mirrored(
    store: &TenantStore,
    sources: &[Source],
    company: &CompanyId,
    page: &Page,
    after: Option<Place>,
) -> Answer<(Vec<EnrolmentView>, Option<Place>)> {
    let mut items = Vec::new();
    let (from, mut after) = after.map_or((None, None), |(connection, id)| (Some(connection), Some(id)));
    let listed_under = ExternalId::new(company.as_str());
    for source in sources.iter().skip_while(|source| from.as_ref().is_some_and(|from| *from != source.which.connection))
    {
        let connection = &source.which.connection;
        let left = page.limit.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let ids = store
            .listed_page(connection, RecordType::Registrations, &listed_under, left, after.take().as_ref())
            .await?;
        let mut records = store.records(connection, RecordType::Registrations, &ids).await?;
        records.sort_by(|one, other| one.external_id.cmp(&other.external_id));
        let found = records.into_iter().map(|record| source.with_edits(record));
        items.extend(found.filter_map(|found| EnrolmentView::of(source, &found)));
        if ids.len() >= left as usize
            && let Some(last) = ids.last()
        {
            return Ok((items, Some((connection.clone(), last.clone()))));
        }
    }
    Ok((items, None))
}

/// Why nobody can be enrolled with this connection at present.
fn closed(source: &Source) -> Option<String> {
    takes_enrolments(source).err().map(|problem| problem.detail().to_owned())
}

/// Whether somebody can be enrolled: the connection is there, permitted, and switched on.
fn takes_enrolments(source: &Source) -> Answer<()> {
    let (descriptor, settings) = (source.which.descriptor, source.settings());
    open_for_edits(descriptor, settings, RecordType::Registrations)?;
    if settings.active() {
        return Ok(());
    }
    Err(Problem::conflict(format!("{} is switched off. Enable it, then repeat this.", descriptor.name)))
}

/// The enrolment of this id, of the caller's tenant.
async fn find(state: &AppState, store: &TenantStore, id: &str) -> Answer<(Source, TwoWay)> {
    let found = state.two_way(store, RecordType::Registrations, id).await?;
    found.ok_or_else(|| Problem::not_found("There is no enrolment of this id."))
}

/// Sends an enrolment that the vendor refused once more.
#[utoipa::path(
    post,
    path = "/v1/enrolments/{enrolment}/retry",
    operation_id = "retry_enrolment",
    params(("enrolment" = String, Path)),
    responses(
        (status = 204, description = "It is on its way again."),
        (status = 409, description = "Nothing of it was refused, or the connection takes no enrolments at present."),
    ),
)]
async fn retry(caller: Caller, State(state): State<AppState>, Ids(enrolment): Ids<String>) -> Answer<StatusCode> {
    let (source, found) = find(&state, &caller.store, &enrolment).await?;
    state.retry_refused(&caller, &source, &found).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives up an enrolment that the vendor refused, or did not answer for half an hour.
#[utoipa::path(
    post,
    path = "/v1/enrolments/{enrolment}/discard",
    operation_id = "discard_enrolment",
    params(("enrolment" = String, Path)),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 409, description = "Nothing of it was refused or is without an answer."),
    ),
)]
async fn discard(caller: Caller, State(state): State<AppState>, Ids(enrolment): Ids<String>) -> Answer<StatusCode> {
    let (source, found) = find(&state, &caller.store, &enrolment).await?;
    state.discard_stuck(&caller, &source, &found).await?;
    Ok(StatusCode::NO_CONTENT)
}
