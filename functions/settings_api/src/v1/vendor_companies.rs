//! A vendor's companies as they are mirrored.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use connector::Descriptor;
use domain::id::{CompanyId, ExternalId};
use domain::record::{Company, RecordData, RecordType};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::records::MirrorRecord;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Caller, Permission, needs};
use crate::input::{Ids, Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

mod import;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(needs(Permission::Read, routes!(list))).merge(import::routes())
}

/// Mirrored companies read at once while looking for those that are asked for.
const SCAN: u32 = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompanyParams {
    /// Text that name, second line, domain or id contains.
    search: Option<String>,
    /// `true`: only linked ones; `false`: only those that are not.
    linked: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A vendor company.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VendorCompany {
    external_id: ExternalId,
    name: String,
    /// Tells two companies of one name apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    /// Switched off at the vendor.
    inactive: bool,
    /// The portal company that it is linked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
}

/// The connector, if it has companies.
pub(super) fn with_companies(state: &AppState, connector: &str) -> Answer<Which> {
    let which = state.connector(connector)?;
    if !has_companies(which.descriptor) {
        return Err(Problem::not_found(format!("{} has no companies.", which.descriptor.name)));
    }
    Ok(which)
}

pub(super) fn has_companies(descriptor: &Descriptor) -> bool {
    descriptor.record_type(RecordType::Companies).is_some()
}

fn live(record: &MirrorRecord) -> Option<&Company> {
    match record.live() {
        Some(RecordData::Company(company)) => Some(company),
        _ => None,
    }
}

/// The vendor's companies as they are mirrored, by id. A page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/companies",
    operation_id = "list_vendor_companies",
    params(("connector" = String, Path, example = "halo-psa"), CompanyParams),
    responses((status = 200, body = Listing<VendorCompany>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<CompanyParams>,
) -> Answer<Json<Listing<VendorCompany>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let which = with_companies(&state, &connector)?;
    let linked = match params.linked.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Problem::field("/linked", "Choose true or false.")),
    };
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let narrow = linked.is_some() || !search.is_empty();
    let all_links = if narrow { Some(caller.store.all_links(&which.connection).await?) } else { None };
    let mut after = page.after.as_deref().map(ExternalId::from);
    let mut found = Vec::new();
    let step = if narrow { SCAN } else { page.limit };
    loop {
        let records = caller.store.record_page(&which.connection, RecordType::Companies, step, after.as_ref()).await?;
        let end = records.len() < step as usize;
        for record in records {
            if found.len() == page.size() {
                return answer(&caller.store, &which, found, all_links, after).await;
            }
            let wanted = live(&record).is_some_and(|company| {
                let is_linked = || all_links.as_ref().is_some_and(|links| links.contains_key(&record.external_id));
                linked.is_none_or(|linked| linked == is_linked()) && fits(&record, company, &search)
            });
            after = Some(record.external_id.clone());
            if wanted {
                found.push(record);
            }
        }
        if end {
            return answer(&caller.store, &which, found, all_links, None).await;
        }
        if found.len() == page.size() {
            return answer(&caller.store, &which, found, all_links, after).await;
        }
    }
}

fn fits(record: &MirrorRecord, company: &Company, search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    search.is_empty()
        || has(&company.name)
        || company.subtitle.as_deref().is_some_and(has)
        || company.domains.iter().any(|domain| has(domain))
        || record.external_id.as_str().eq_ignore_ascii_case(search)
}

async fn answer(
    store: &TenantStore,
    which: &Which,
    found: Vec<MirrorRecord>,
    links: Option<HashMap<ExternalId, CompanyId>>,
    next: Option<ExternalId>,
) -> Answer<Json<Listing<VendorCompany>>> {
    let links = match links {
        Some(links) => links,
        None => store.linked(&which.connection, found.iter().map(|record| &record.external_id)).await?,
    };
    let items = found
        .iter()
        .filter_map(|record| {
            let company = live(record)?;
            Some(VendorCompany {
                external_id: record.external_id.clone(),
                name: company.name.clone(),
                subtitle: company.subtitle.clone(),
                inactive: company.inactive,
                company_id: links.get(&record.external_id).cloned(),
            })
        })
        .collect();
    Ok(Json(Listing::until(items, next.as_ref().map(ExternalId::as_str))))
}
