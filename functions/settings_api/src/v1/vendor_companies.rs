//! A vendor's companies, and making portal companies of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use connector::Descriptor;
use domain::id::{CompanyId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{Company, RecordData, RecordType};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::companies::NewCompany;
use store::records::MirrorRecord;
use store::{StoreError, TenantStore};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::links::has_room;
use crate::access::{Caller, Permission, needs};
use crate::input::{Ids, Input, Listing, Page, Params};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::{AppState, Which};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(needs(Permission::Read, routes!(list)))
        .routes(needs(Permission::Write, routes!(import)))
}

/// Mirrored companies read at once while looking for those that are asked for.
const SCAN: u32 = 500;
/// Items of one import request.
const MOST_ITEMS: usize = 200;

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

/// Vendor companies to import.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportInput {
    /// At most 200.
    items: Vec<ImportItem>,
}

/// A vendor company, and the portal company to link it to; without one a new company is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportItem {
    external_id: ExternalId,
    #[serde(default)]
    company_id: Option<CompanyId>,
}

/// What came of one item.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Imported {
    /// A portal company was made.
    Created,
    /// It was linked.
    Linked,
    /// It was linked before.
    AlreadyLinked,
    /// It could not be.
    Refused,
}

/// What came of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportResult {
    external_id: ExternalId,
    result: Imported,
    /// The portal company that it belongs to now.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Makes portal companies of vendor companies, or links them to existing ones; each on its own, never twice.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/companies/import",
    operation_id = "import_companies",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; nothing is imported twice anyway."),
    ),
    request_body = ImportInput,
    responses((status = 200, body = Listing<ImportResult>)),
)]
async fn import(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Input(input): Input<ImportInput>,
) -> Answer<Json<Listing<ImportResult>>> {
    let which = with_companies(&state, &connector)?;
    check(&input.items)?;
    let store = &caller.store;
    let ids: BTreeSet<&ExternalId> = input.items.iter().map(|item| &item.external_id).collect();
    let records = store.records(&which.connection, RecordType::Companies, ids.iter().copied()).await?;
    let records: HashMap<_, _> = records.into_iter().map(|record| (record.external_id.clone(), record)).collect();
    let linked = store.linked(&which.connection, ids).await?;
    let blocked = store.blocked(&which.connection).await?;
    let mut results = Vec::new();
    for item in input.items {
        let id = &item.external_id;
        let outcome = match (linked.get(id), records.get(id).and_then(live)) {
            (Some(company), _) => match &item.company_id {
                Some(wanted) if wanted != company => Err(format!("It is linked to another company: {company}.")),
                _ => Ok((Imported::AlreadyLinked, company.clone())),
            },
            (None, None) => Err(format!("{} has no such company, or not any more.", which.descriptor.name)),
            (None, Some(company)) => state.import_one(store, &which, &item, company).await?,
        };
        if outcome.is_ok() && blocked.contains_key(id) {
            match store.unblock(&which.connection, id).await {
                Ok(()) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        results.push(match outcome {
            Ok((result, company)) => {
                ImportResult { external_id: item.external_id, result, company_id: Some(company), detail: None }
            }
            Err(why) => ImportResult {
                external_id: item.external_id,
                result: Imported::Refused,
                company_id: None,
                detail: Some(why),
            },
        });
    }
    state.wake(store, &which).await;
    Ok(Json(Listing::whole(results)))
}

fn check(items: &[ImportItem]) -> Answer<()> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        return Err(Problem::field("/items", format!("Between 1 and {MOST_ITEMS} items.")));
    }
    let mut seen = BTreeSet::new();
    let twice = items.iter().enumerate().filter(|(_, item)| !seen.insert(&item.external_id));
    let errors: Vec<_> = twice
        .map(|(index, _)| {
            FieldError::new(format!("/items/{index}/external_id"), "This company stands in the list twice.")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

impl AppState {
    async fn import_one(
        &self,
        store: &TenantStore,
        which: &Which,
        item: &ImportItem,
        vendor: &Company,
    ) -> Answer<Result<(Imported, CompanyId), String>> {
        let external_id = item.external_id.clone();
        let state = if vendor.inactive { LinkState::Inactive } else { LinkState::Ok };
        let link = Link { external_id: external_id.clone(), name: vendor.name.clone(), state };
        if let Some(id) = &item.company_id {
            let Some(company) = store.company(id).await? else {
                return Ok(Err("There is no portal company of this id.".to_owned()));
            };
            if let Err(why) = has_room(&company) {
                return Ok(Err(why));
            }
            return Ok(match store.link(&company, &which.connection, link).await {
                Ok(()) => Ok((Imported::Linked, company.id)),
                Err(StoreError::Taken { by }) => Err(format!("It is linked to another company: {by}.")),
                Err(StoreError::Stale) => {
                    Err("The portal company was changed at the same moment. Try again.".to_owned())
                }
                Err(error) => return Err(error.into()),
            });
        }
        if vendor.name.trim().is_empty() {
            return Ok(Err("It has no name at the vendor.".to_owned()));
        }
        let company = PortalCompany {
            id: CompanyId::imported(store.tenant(), &which.connection, &external_id),
            name: vendor.name.clone(),
            domains: vendor.domains.clone(),
            phone: vendor.phone.clone(),
            address: None,
            imported_from: Some(which.connection.clone()),
            links: BTreeMap::from([(which.connection.clone(), vec![link])]),
            not_integrated: BTreeSet::new(),
            import_role: None,
            users: 0,
            version: 1,
        };
        let detail = json!({ "company": company.id, "connection": which.connection });
        self.announce(store, "company.created", company.id.as_str(), detail).await?;
        let id = company.id.clone();
        let new = NewCompany { company, external_id };
        let made = store.import_companies(&which.connection, &[new], true).await?;
        Ok(if made.is_empty() {
            Err("It was imported or linked at the same moment.".to_owned())
        } else {
            Ok((Imported::Created, id))
        })
    }
}
