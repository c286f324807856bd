//! What waits for companies that are not linked: "312 tickets wait for 14 unlinked companies".
//!
//! From counts that the engine keeps by vendor company and from the links as they are now, so it is true at once after a
//! company is linked or unlinked; records that a run writes at this moment are counted when its slice ends.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use connector::RecordTypeDescriptor;
use domain::id::{CompanyId, ExternalId};
use domain::record::RecordType;
use serde::Serialize;
use store::TenantStore;
use store::tally::Tally;
use sync::tally::WAITING;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

/// Records of a type that wait for their company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TypeWaiting {
    /// Records that wait for a company to be linked.
    count: u64,
    /// Vendor companies that they wait for.
    companies: u64,
    /// Records that belong to no company at the vendor: linking does not help them.
    #[serde(skip_serializing_if = "is_none")]
    without_company: u64,
    /// The same in words.
    reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A vendor company that records wait for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingCompany {
    record_type: RecordType,
    external_id: ExternalId,
    /// Absent where the company itself was never read.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Records that wait for it.
    count: u64,
}

impl AppState {
    /// What waits, by record type, given the links as they are.
    pub(super) async fn type_waiting(
        &self,
        store: &TenantStore,
        which: &Which,
        links: &HashMap<ExternalId, CompanyId>,
    ) -> Answer<HashMap<RecordType, TypeWaiting>> {
        let mut waiting = HashMap::new();
        for declared in WAITING.into_iter().filter_map(|found| which.descriptor.record_type(found)) {
            let Some(tally) = store.tally(&which.connection, declared.record_type).await? else { continue };
            waiting.extend(TypeWaiting::of(declared, &tally, links).map(|found| (declared.record_type, found)));
        }
        Ok(waiting)
    }
}

impl TypeWaiting {
    /// `None`: nothing waits.
    pub(super) fn of(
        declared: &RecordTypeDescriptor,
        tally: &Tally,
        links: &HashMap<ExternalId, CompanyId>,
    ) -> Option<Self> {
        let without_company = tally.get(&ExternalId::new("")).copied().unwrap_or_default();
        let (mut count, mut companies) = (0, 0);
        for (_, waiting) in unlinked(tally, links) {
            count += waiting;
            companies += 1;
        }
        let label = declared.label.to_lowercase();
        let some = |n: u64, one: &str, wait: &str, waits: &str| {
            if n == 1 { format!("1 {one} {waits}") } else { format!("{n} {label} {wait}") }
        };
        let one = label.strip_suffix('s').unwrap_or(&label);
        let mut reason = Vec::new();
        if count > 0 {
            let of = if companies == 1 {
                "1 unlinked company".to_owned()
            } else {
                format!("{companies} unlinked companies")
            };
            reason.push(format!("{} {of}", some(count, one, "wait for", "waits for")));
        }
        if without_company > 0 {
            reason.push(some(without_company, one, "belong to no company", "belongs to no company"));
        }
        (!reason.is_empty()).then(|| Self { count, companies, without_company, reason: reason.join("; ") })
    }
}

/// Companies that are not linked and have records, the empty id left out.
fn unlinked<'a>(
    tally: &'a Tally,
    links: &'a HashMap<ExternalId, CompanyId>,
) -> impl Iterator<Item = (&'a ExternalId, u64)> {
    let waits = |company: &ExternalId| !company.as_str().is_empty() && !links.contains_key(company);
    tally.iter().filter(move |(company, count)| **count > 0 && waits(company)).map(|(id, count)| (id, *count))
}

/// Vendor companies that records wait for until they are linked, those with most records first.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/waiting",
    operation_id = "list_waiting",
    params(("connector" = String, Path, example = "halo-psa"), PageParams),
    responses((status = 200, body = Listing<WaitingCompany>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Listing<WaitingCompany>>> {
    let page = params.page()?;
    let skip = page.skip()?;
    let which = state.connector(&connector)?;
    let (store, connection) = (&caller.store, &which.connection);
    let links = store.all_links(connection).await?;
    let mut all = Vec::new();
    for record_type in WAITING.into_iter().filter(|found| which.descriptor.record_type(*found).is_some()) {
        let tally = store.tally(connection, record_type).await?.unwrap_or_default();
        all.extend(unlinked(&tally, &links).map(|(company, count)| (record_type, company.clone(), count)));
    }
    all.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| (one.0, &one.1).cmp(&(other.0, &other.1))));
    let more = all.len() > skip.saturating_add(page.size());
    let shown: Vec<_> = all.into_iter().skip(skip).take(page.size()).collect();
    let records = store.records(connection, RecordType::Companies, shown.iter().map(|(_, id, _)| id)).await?;
    let names: HashMap<_, _> = records.into_iter().map(|record| (record.external_id, record.body.name)).collect();
    let next = more.then(|| skip.saturating_add(shown.len()).to_string());
    let items = shown.into_iter().map(|(record_type, external_id, count)| {
        let name = names.get(&external_id).cloned();
        WaitingCompany { record_type, external_id, name, count }
    });
    Ok(Json(Listing::until(items.collect(), next.as_deref())))
}
