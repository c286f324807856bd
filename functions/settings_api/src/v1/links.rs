//! Links between portal companies and vendor companies.

use axum::Json;
use axum::extract::State;
use domain::activity::Action;
use domain::id::{CompanyId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{RecordData, RecordType};
use serde::Deserialize;
use serde_json::{Value, json};
use store::StoreError;
use store::activity::By;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::companies::{CompanyView, find};
use super::vendor_companies::with_companies;
use crate::access::{Caller, Permission, needs};
use crate::activity;
use crate::input::{Ids, Params};
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(needs(Permission::Write, routes!(link, unlink)))
}

/// Links of one company at most: it is deleted with all of them in one transaction, which has a hundred parts. Three are a
/// link's, one is a connection's, two the company's, three the entry's.
const MOST_LINKS: usize = 28;

/// None yet; a parameter that is not known is refused instead of ignored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParams {}

/// Whether another link fits on the company, or why not.
pub(super) fn has_room(company: &PortalCompany) -> Result<(), String> {
    if company.links.values().map(Vec::len).sum::<usize>() < MOST_LINKS {
        return Ok(());
    }
    Err(format!("{:?} has {MOST_LINKS} links already; a company cannot have more.", company.name))
}

/// A link, in an entry of activity.
pub(super) fn told(which: &Which, link: &Link) -> Value {
    json!({ "connector": which.connector, "external_id": link.external_id, "name": link.name })
}

/// Links a vendor company to a company, at once. Linking again what is linked changes nothing.
#[utoipa::path(
    put,
    path = "/v1/companies/{company}/links/{connector}/{external_id}",
    operation_id = "link_company",
    params(
        ("company" = String, Path),
        ("connector" = String, Path, example = "halo-psa"),
        ("external_id" = String, Path, description = "The vendor's id of its company."),
    ),
    responses(
        (status = 200, body = CompanyView),
        (status = 409, description = "The vendor company is linked elsewhere, the company was changed meanwhile, or the integration is disconnected."),
        (status = 422, description = "There is no such parameter."),
    ),
)]
async fn link(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector, external_id)): Ids<(String, String, String)>,
    Params(NoParams {}): Params<NoParams>,
) -> Answer<Json<CompanyView>> {
    let which = with_companies(&state, &connector)?;
    let store = &caller.store;
    let company = find(store, &company).await?;
    let id = ExternalId::new(external_id);
    if company.links.get(&which.connection).is_some_and(|links| links.iter().any(|link| link.external_id == id)) {
        return Ok(Json(CompanyView::of(company)));
    }
    let record = store.record(&which.connection, RecordType::Companies, &id).await?;
    let Some(RecordData::Company(vendor)) = record.as_ref().and_then(|record| record.live()) else {
        return Err(Problem::not_found(format!("{} has no company of this id.", which.descriptor.name)));
    };
    let state_at_vendor = if vendor.inactive { LinkState::Inactive } else { LinkState::Ok };
    let link = Link { external_id: id.clone(), name: vendor.name.clone(), state: state_at_vendor };
    has_room(&company).map_err(Problem::conflict)?;
    let entry = caller.did(&state, Action::CompanyLinked, activity::company(&company)).is(told(&which, &link));
    match store.link(&company, &which.connection, link, By::Person(&entry)).await {
        Ok(()) => {}
        Err(StoreError::Taken { by }) => {
            let holder = store.company(&CompanyId::new(&by)).await?;
            let name = holder.map_or(by, |holder| holder.name);
            return Err(Problem::conflict(format!(
                "{:?} is linked to {name:?} already. A vendor company belongs to one company: unlink it there first.",
                vendor.name
            )));
        }
        Err(error) => return Err(error.into()),
    }
    state.wake(store, &which).await;
    Ok(Json(CompanyView::of(find(store, company.id.as_str()).await?)))
}

/// Takes a link away, at once.
#[utoipa::path(
    delete,
    path = "/v1/companies/{company}/links/{connector}/{external_id}",
    operation_id = "unlink_company",
    params(
        ("company" = String, Path),
        ("connector" = String, Path, example = "halo-psa"),
        ("external_id" = String, Path, description = "The vendor's id of its company."),
    ),
    responses(
        (status = 200, body = CompanyView),
        (status = 409, description = "The company was changed meanwhile, or the integration is disconnected."),
        (status = 422, description = "There is no such parameter."),
    ),
)]
async fn unlink(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector, external_id)): Ids<(String, String, String)>,
    Params(NoParams {}): Params<NoParams>,
) -> Answer<Json<CompanyView>> {
    let which = with_companies(&state, &connector)?;
    let store = &caller.store;
    let company = find(store, &company).await?;
    let id = ExternalId::new(external_id);
    let mut links = company.links.get(&which.connection).into_iter().flatten();
    let Some(link) = links.find(|link| link.external_id == id) else {
        return Err(Problem::not_found("This company has no such link."));
    };
    let entry = caller.did(&state, Action::CompanyUnlinked, activity::company(&company)).was(told(&which, link));
    store.unlink(&company, &which.connection, &id, By::Person(&entry)).await?;
    state.wake(store, &which).await;
    Ok(Json(CompanyView::of(find(store, company.id.as_str()).await?)))
}
