//! A vendor's companies as they are mirrored.
//!
//! A page is ordered by name, and a search by how well it fits, so all of the vendor's companies are read for each: thousands,
//! a megabyte a request. Their links are read only of those that are shown, unless a page is of linked ones.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::State;
use connector::Descriptor;
use domain::id::{CompanyId, ExternalId};
use domain::record::{Company, RecordType};
use futures::future::try_join3;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, Page, Params, flag, place, sorted_by};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};
use crate::v1::quick_match::find;

mod import;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list)).merge(import::routes())
}

/// More companies than a vendor account has.
const MOST: u32 = 50_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompanyParams {
    /// Text that name, second line, domain or id contains; what fits best comes first.
    search: Option<String>,
    /// `true`: only linked ones; `false`: only those that are not.
    linked: Option<String>,
    /// `true`: only those that are blocked from import; `false`: only those that are not.
    blocked: Option<String>,
    /// `true`: only those that are switched off at the vendor; `false`: only those that are not.
    inactive: Option<String>,
    /// `true`: unlinked ones carry the portal company that they most likely are.
    suggest: Option<String>,
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
    /// Its types at the vendor, by comma.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    company_type: Option<String>,
    /// Switched off at the vendor.
    inactive: bool,
    /// Not imported by itself, because the portal company that it was linked to was deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    blocked: bool,
    /// The portal company that it is linked to.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_name: Option<String>,
    /// With `suggest`: the portal company that it most likely is.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<Suggestion>,
}

/// The portal company that a vendor company most likely is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    company_id: CompanyId,
    /// Its name.
    name: String,
    /// How alike they are, as in quick match.
    #[schema(minimum = 70, maximum = 100)]
    score: u8,
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

/// The vendor's companies as they are mirrored, by name.
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
    let after: Option<Place> = place(&page)?;
    let linked = flag("linked", params.linked.as_deref())?;
    let blocked = flag("blocked", params.blocked.as_deref())?;
    let inactive = flag("inactive", params.inactive.as_deref())?;
    let suggest = flag("suggest", params.suggest.as_deref())?.unwrap_or_default();
    let which = with_companies(&state, &connector)?;
    let store = &caller.store;
    let all_links = async {
        match linked {
            None => Ok(None),
            Some(_) => store.all_links(&which.connection).await.map(Some),
        }
    };
    let (companies, all_links, blocks) =
        try_join3(store.live_companies(&which.connection, MOST), all_links, store.blocked(&which.connection)).await?;
    let suggestions = if suggest {
        let portal = store.all_companies().await?;
        find::suggest(&state, &which, companies.clone(), blocks.keys().cloned(), portal).await?
    } else {
        HashMap::new()
    };
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let is_linked = |id: &ExternalId| all_links.as_ref().map(|links| links.contains_key(id));
    let mut found: Vec<(Place, VendorRow)> = companies
        .into_iter()
        .filter(|(id, company)| {
            linked == is_linked(id)
                && blocked.is_none_or(|blocked| blocked == blocks.contains_key(id))
                && inactive.is_none_or(|inactive| inactive == company.inactive)
        })
        .filter_map(|row| Some((place_of(&row, &search)?, row)))
        .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = found.len() > page.size();
    found.truncate(page.size());
    let next = found.last().filter(|_| more).and_then(|(place, _)| serde_json::to_string(place).ok());
    let links = match all_links {
        Some(links) => links,
        None => store.linked(&which.connection, found.iter().map(|(_, (id, _))| id)).await?,
    };
    let names = names(store, &found, &links).await?;
    let items = found.into_iter().map(|(_, (external_id, company))| {
        let company_id = links.get(&external_id).cloned();
        VendorCompany {
            name: company.name,
            subtitle: company.subtitle,
            company_type: Some(company.types.join(", ")).filter(|types| !types.is_empty()),
            inactive: company.inactive,
            blocked: blocks.contains_key(&external_id),
            company_name: company_id.as_ref().and_then(|id| names.get(id)).cloned(),
            company_id,
            suggestion: suggestions.get(&external_id).map(|found| Suggestion {
                company_id: found.company_id.clone(),
                name: found.company_name.clone(),
                score: found.score,
            }),
            external_id,
        }
    });
    Ok(Json(Listing::until(items.collect(), next.as_deref())))
}

/// A company of the vendor's, with its id there.
type VendorRow = (ExternalId, Company);

/// Where a company stands: by how well it fits what is searched, then by name, then by id.
type Place = (Fit, String, String);

/// How well a company fits what is searched; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Fit {
    /// It is called so, or has that id.
    Exact,
    /// Its name begins so.
    Begins,
    /// A word of its name begins so.
    Word,
    /// It stands somewhere.
    Contains,
}

/// `None`: not one that is searched.
fn place_of(row: &VendorRow, search: &str) -> Option<Place> {
    let (id, company) = row;
    Some((fit(row, search)?, sorted_by(&company.name), id.to_string()))
}

fn fit((id, company): &VendorRow, search: &str) -> Option<Fit> {
    if search.is_empty() {
        return Some(Fit::Exact);
    }
    let name = company.name.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(search);
    if name == search || id.as_str().eq_ignore_ascii_case(search) {
        Some(Fit::Exact)
    } else if name.starts_with(search) {
        Some(Fit::Begins)
    } else if name.match_indices(search).any(|(at, _)| !name[..at].ends_with(char::is_alphanumeric)) {
        Some(Fit::Word)
    } else if name.contains(search)
        || company.subtitle.as_deref().is_some_and(has)
        || company.domains.iter().any(|domain| has(domain))
    {
        Some(Fit::Contains)
    } else {
        None
    }
}

/// The names of the portal companies that these are linked to.
async fn names(
    store: &TenantStore,
    found: &[(Place, VendorRow)],
    links: &HashMap<ExternalId, CompanyId>,
) -> Answer<BTreeMap<CompanyId, String>> {
    let companies = found.iter().filter_map(|(_, (id, _))| links.get(id));
    let companies = store.companies_by_id(companies).await?;
    Ok(companies.into_iter().map(|company| (company.id, company.name)).collect())
}
