//! A company's defaults: its own Default Import Role, and what it inherits without one.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::activity::Action;
use domain::id::RoleId;
use domain::options::RoleChoice;
use domain::portal::PortalCompany;
use domain::record::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantStore;
use store::activity::By;
use sync::next_import::next_import;
use utoipa::{IntoParams, ToSchema};

use super::companies::find;
use super::counts;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::etag::{if_match, tagged};
use crate::input::{Ids, Input, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(get)).route(Permission::Write, handlers!(put))
}

/// A company's defaults.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Defaults {
    /// A role's id, `do_not_import`, or null: inherited.
    import_role: Option<String>,
    /// What holds without an own role, a line per linked connection with contacts.
    inherited: Vec<Inherited>,
    /// With `preview`: what the next import would give, a line per linked connection with contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_import: Option<Vec<NextImport>>,
}

/// What the next import over one connection would give the company's contacts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextImport {
    connector: &'static str,
    name: &'static str,
    /// Contacts that would become users, by role.
    roles: Vec<RoleCount>,
    /// In words: "3 contacts from Halo become Standard User".
    text: String,
}

/// How many get a role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleCount {
    role: RoleId,
    count: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DefaultsParams {
    /// Tells what the next import would give with this as its own role: a role's id, `do_not_import`, or `inherit`.
    preview: Option<String>,
}

/// What stands in `preview` for no own role.
const INHERIT: &str = "inherit";

/// What a company inherits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inherited {
    /// Null where nothing is linked.
    connector: Option<&'static str>,
    name: Option<&'static str>,
    /// A role's id, or `do_not_import`.
    role: Option<String>,
    /// In words: "Inheriting from ConnectWise: Standard User".
    text: String,
}

/// A company's own Default Import Role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultsInput {
    /// A role's id, `do_not_import`, or null: inherit.
    #[serde(deserialize_with = "Option::deserialize")]
    import_role: Option<String>,
}

/// A company's defaults with what it inherits.
#[utoipa::path(
    get,
    path = "/v1/companies/{company}/defaults",
    operation_id = "get_company_defaults",
    params(("company" = String, Path), DefaultsParams),
    responses((status = 200, body = Defaults, headers(("ETag" = String)))),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(company): Ids<String>,
    Params(params): Params<DefaultsParams>,
) -> Answer<Response> {
    let store = &caller.store;
    let company = find(store, &company).await?;
    let mut defaults = state.defaults(store, &company).await?;
    if let Some(preview) = params.preview {
        let choice = (preview != INHERIT).then(|| RoleChoice::from(preview));
        known(store, choice.as_ref(), "/preview").await?;
        defaults.next_import = Some(state.next_import(store, &company, choice.as_ref()).await?);
    }
    tagged(&headers, company.version, &defaults)
}

/// Sets a company's Default Import Role. It concerns contacts imported from now on; users that exist keep their role.
#[utoipa::path(
    put,
    path = "/v1/companies/{company}/defaults",
    operation_id = "put_company_defaults",
    params(
        ("company" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read; without it the last change wins."),
    ),
    request_body = DefaultsInput,
    responses(
        (status = 200, body = Defaults, headers(("ETag" = String))),
        (status = 409, description = "Somebody else changed the company at the same moment."),
        (status = 412, description = "Somebody else changed the company since it was read."),
    ),
)]
async fn put(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(company): Ids<String>,
    Input(input): Input<DefaultsInput>,
) -> Answer<Response> {
    let store = &caller.store;
    let before = find(store, &company).await?;
    if_match(&headers, before.version, false)?;
    let role = input.import_role.map(RoleChoice::from);
    known(store, role.as_ref(), "/import_role").await?;
    if role != before.import_role {
        let entry = caller.did(&state, Action::CompanyDefaultsChanged, activity::company(&before));
        let entry = entry.was(json!({ "import_role": before.import_role })).is(json!({ "import_role": role }));
        store.save_import_role(&before, role, By::Person(&entry)).await?;
        for which in before.links.keys().filter_map(|connection| state.which(connection)) {
            state.wake(store, &which).await;
        }
    }
    let after = find(store, &company).await?;
    tagged(&HeaderMap::new(), after.version, &state.defaults(store, &after).await?)
}

/// Refuses a role that the portal does not have.
async fn known(store: &TenantStore, choice: Option<&RoleChoice>, pointer: &str) -> Answer<()> {
    match choice {
        Some(RoleChoice::Role(role)) if !store.roles().await?.iter().any(|known| known.id == *role) => {
            Err(Problem::field(pointer, "There is no such role. Choose one of the portal's, or do_not_import."))
        }
        _ => Ok(()),
    }
}

impl AppState {
    async fn next_import(
        &self,
        store: &TenantStore,
        company: &PortalCompany,
        choice: Option<&RoleChoice>,
    ) -> Answer<Vec<NextImport>> {
        let names: BTreeMap<RoleId, String> =
            store.roles().await?.into_iter().map(|role| (role.id, role.name)).collect();
        let mut next = Vec::new();
        for which in company.links.keys().filter_map(|connection| self.which(connection)) {
            let descriptor = which.descriptor;
            if descriptor.record_type(RecordType::Contacts).is_none() {
                continue;
            }
            let rules = self.read(store, &which).await?.connection.settings.value.options.auto_import;
            let given = next_import(store, &which.connection, &rules, company, choice).await?;
            let short = descriptor.short_name;
            let gets = |(role, count): (&RoleId, &u64)| {
                let verb = if *count == 1 { "becomes" } else { "become" };
                let name = names.get(role).map_or(role.as_str(), String::as_str);
                format!("{} from {short} {verb} {name}", counts::of(*count, "contacts"))
            };
            let text = match given.len() {
                _ if !rules.enabled => format!("{short} imports no contacts"),
                0 => format!("Nobody new from {short}"),
                _ => given.iter().map(gets).collect::<Vec<_>>().join(", "),
            };
            let roles = given.into_iter().map(|(role, count)| RoleCount { role, count }).collect();
            next.push(NextImport { connector: descriptor.id, name: descriptor.name, roles, text });
        }
        Ok(next)
    }

    async fn defaults(&self, store: &TenantStore, company: &PortalCompany) -> Answer<Defaults> {
        let names: BTreeMap<RoleId, String> =
            store.roles().await?.into_iter().map(|role| (role.id, role.name)).collect();
        let mut inherited = Vec::new();
        for connection in company.links.keys() {
            let Some(which) = self.which(connection) else { continue };
            let descriptor = which.descriptor;
            if descriptor.record_type(RecordType::Contacts).is_none() {
                continue;
            }
            let rules = self.read(store, &which).await?.connection.settings.value.options.auto_import;
            let short = descriptor.short_name;
            let role = rules.default_role.filter(|_| rules.enabled);
            let text = match &role {
                _ if !rules.enabled => format!("{short} imports no contacts"),
                None if rules.type_rules.is_empty() && rules.primary_role.is_none() => {
                    format!("{short} gives no role: nobody is imported")
                }
                None => format!("{short} imports contacts that a rule names, and nobody else"),
                Some(RoleChoice::DoNotImport) => format!("Inheriting from {short}: do not import"),
                Some(RoleChoice::Role(id)) => {
                    let name = names.get(id).map_or_else(|| format!("{id} (a role that is gone)"), Clone::clone);
                    format!("Inheriting from {short}: {name}")
                }
            };
            inherited.push(Inherited {
                connector: Some(descriptor.id),
                name: Some(descriptor.name),
                role: role.map(String::from),
                text,
            });
        }
        if inherited.is_empty() {
            let text = "No PSA linked: nothing is imported".to_owned();
            inherited.push(Inherited { connector: None, name: None, role: None, text });
        }
        Ok(Defaults { import_role: company.import_role.clone().map(String::from), inherited, next_import: None })
    }
}
