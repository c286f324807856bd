//! Making portal companies of vendor companies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use domain::activity::{Action, Entry};
use domain::id::{CompanyId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{Company, RecordData, RecordType};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::activity::By;
use store::companies::{Known, NewCompany};
use store::records::MirrorRecord;
use utoipa::ToSchema;

use super::with_companies;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Input, Listing};
use crate::problem::{Answer, FieldError, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};
use crate::v1::links::{has_room, told};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Write, handlers!(import))
}

/// Items of one import request.
const MOST_ITEMS: usize = 200;

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
    responses(
        (status = 200, body = Listing<ImportResult>),
        (status = 409, description = "The integration is disconnected."),
    ),
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
    if state.read(store, &which).await?.settings().closed() {
        return Err(StoreError::Closed.into());
    }
    let ids: BTreeSet<&ExternalId> = input.items.iter().map(|item| &item.external_id).collect();
    let records = store.records(&which.connection, RecordType::Companies, ids.iter().copied()).await?;
    let records: HashMap<&ExternalId, &Company> = records.iter().filter_map(live).collect();
    let linked = store.linked(&which.connection, ids).await?;
    let blocked = store.blocked(&which.connection).await?;
    let new = input.items.iter().filter(|item| item.company_id.is_none());
    let new: Vec<_> =
        new.map(|item| CompanyId::imported(store.tenant(), &which.connection, &item.external_id)).collect();
    let importing = Importing {
        state: &state,
        caller: &caller,
        which: &which,
        known: store.known_companies(&new).await?,
        created: caller.did(&state, Action::CompanyImported, activity::integration(&which)),
        linked: caller.did(&state, Action::CompanyLinked, activity::integration(&which)),
    };
    let mut results = Vec::new();
    for item in input.items {
        let id = &item.external_id;
        let outcome = match (linked.get(id), records.get(id)) {
            (Some(company), _) => match &item.company_id {
                Some(wanted) if wanted != company => {
                    let holder = store.company(company).await?.map_or_else(|| company.to_string(), |found| found.name);
                    Err(format!("It is linked to another company: {holder:?}."))
                }
                _ => Ok((Imported::AlreadyLinked, company.clone())),
            },
            (None, None) => Err(format!("{} has no such company, or not any more.", which.descriptor.name)),
            (None, Some(company)) => importing.one(&item, company).await?,
        };
        if outcome.is_ok() && blocked.contains_key(id) {
            match store.unblock(&which.connection, id, By::System).await {
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

/// A company that is there at the vendor, with its id.
fn live(record: &MirrorRecord) -> Option<(&ExternalId, &Company)> {
    match record.live() {
        Some(RecordData::Company(company)) => Some((&record.external_id, company)),
        _ => None,
    }
}

/// One request, whose items have an entry of activity together.
struct Importing<'a> {
    state: &'a AppState,
    caller: &'a Caller,
    which: &'a Which,
    /// What is known under the ids of the companies to be made.
    known: HashMap<CompanyId, Known>,
    created: Entry,
    linked: Entry,
}

impl Importing<'_> {
    async fn one(&self, item: &ImportItem, vendor: &Company) -> Answer<Result<(Imported, CompanyId), String>> {
        let Self { state: app, caller, which, ref known, .. } = *self;
        let store = &caller.store;
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
            let part = caller.did(app, Action::CompanyLinked, activity::company(&company)).is(told(which, &link));
            let by = By::PartOf { whole: &self.linked, part: &part };
            return Ok(match store.link(&company, &which.connection, link, by).await {
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
        let id = CompanyId::imported(store.tenant(), &which.connection, &external_id);
        let version = match known.get(&id) {
            Some(Known { company: Some(before), .. }) => {
                let name = &before.name;
                return Ok(Err(format!("The portal company {name:?} was made of it before: link it to that one.")));
            }
            known => known.map_or(0, |known| known.version),
        };
        let from = told(which, &link);
        let company = PortalCompany {
            id: id.clone(),
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
        let detail = json!({ "company": company.id, "connection": which.connection, "version": version });
        app.announce(store, "company.created", company.id.as_str(), detail).await?;
        let part = caller.did(app, Action::CompanyImported, activity::company(&company)).is(from);
        let new = NewCompany { company, external_id };
        let by = By::PartOf { whole: &self.created, part: &part };
        Ok(if store.import_company(&which.connection, &new, by).await? {
            Ok((Imported::Created, id))
        } else {
            Err("It was imported or linked at the same moment.".to_owned())
        })
    }
}
