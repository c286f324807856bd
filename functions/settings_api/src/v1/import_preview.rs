//! Who would be imported: what the next run will do with the options as saved, or would do with a draft of the rules.
//!
//! Decided by the engine's own code, on what is mirrored; nothing is written.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use domain::id::{CompanyId, ExternalId, RoleId};
use domain::options::Options;
use domain::portal::Role;
use domain::role::RoleSource;
use serde::{Deserialize, Serialize};
use sync::preview::{Item, Kind, Outcome, Preview, Window, preview};
use utoipa::{IntoParams, ToSchema};

use super::options::{AutoImportInput, OptionsInput};
use super::runs::parse;
use crate::access::{Caller, Permission};
use crate::input::{Ids, Input, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(saved)).route(Permission::Manage, handlers!(draft))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewParams {
    /// Only contacts of which this becomes: import, link or skip.
    action: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What becomes of a contact.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PreviewAction {
    /// A user is made of it.
    Import,
    /// It stands behind a user with its e-mail address at the same company, whose role stays.
    Link,
    /// It stays outside.
    Skip,
}

/// A contact without a user, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewItem {
    external_id: ExternalId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Its company's name at the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    /// The portal company that it belongs to, or would.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
    action: PreviewAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleId>,
    /// The step that gave the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_source: Option<RoleSource>,
    /// Why it stays outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What becomes of vendor companies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewCompanies {
    /// Become portal companies.
    create: u64,
    /// Resemble a portal company: a person decides whether to link them.
    link: u64,
    /// Stay outside.
    skip: u64,
    /// Linked already.
    linked: u64,
}

/// What becomes of contacts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewContacts {
    /// Become users.
    import: u64,
    /// Stand behind users that are there.
    link: u64,
    /// Stay outside.
    skip: u64,
    /// Have a user already; they are not listed.
    imported: u64,
}

/// What the next run does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportPreview {
    companies: PreviewCompanies,
    contacts: PreviewContacts,
    /// False where there is more than could be looked at: 20,000 of each, the counts included.
    complete: bool,
    items: Vec<PreviewItem>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
}

/// Rules to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftInput {
    auto_import: AutoImportInput,
}

/// What the next run does with contacts that have no user, and with companies that are not linked.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/import-preview",
    operation_id = "preview_import",
    params(("connector" = String, Path, example = "halo-psa"), PreviewParams),
    responses((status = 200, body = ImportPreview)),
)]
async fn saved(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<PreviewParams>,
) -> Answer<Json<ImportPreview>> {
    let which = state.connector(&connector)?;
    let options = state.read(&caller.store, &which).await?.settings().options.clone();
    answer(&caller, &which, &options, &params).await
}

/// What the next run would do, were these the rules. Nothing is saved.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/import-preview",
    operation_id = "preview_import_draft",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        PreviewParams,
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; nothing is written anyway."),
    ),
    request_body = DraftInput,
    responses((status = 200, body = ImportPreview)),
)]
async fn draft(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<PreviewParams>,
    Input(input): Input<DraftInput>,
) -> Answer<Json<ImportPreview>> {
    let which = state.connector(&connector)?;
    let roles: BTreeSet<_> = caller.store.roles().await?.into_iter().map(|Role { id, .. }| id).collect();
    let rules = OptionsInput::of_people(input.auto_import);
    let rules = rules.check(which.descriptor, &roles).map_err(Problem::invalid)?.auto_import;
    let options = state.read(&caller.store, &which).await?.settings().options.clone();
    answer(&caller, &which, &Options { auto_import: rules, ..options }, &params).await
}

async fn answer(
    caller: &Caller,
    which: &Which,
    options: &Options,
    params: &PreviewParams,
) -> Answer<Json<ImportPreview>> {
    let window = params.window()?;
    let found = preview(&caller.store, &which.connection, options, window).await?;
    Ok(Json(ImportPreview::of(found, window)))
}

impl PreviewParams {
    fn window(&self) -> Answer<Window> {
        let page = Page::of(self.limit.as_deref(), self.cursor.as_deref())?;
        let kind =
            parse::<Wanted>("action", self.action.as_deref(), "import, link, skip")?.map(|wanted| match wanted {
                Wanted::Import => Kind::Import,
                Wanted::Link => Kind::Link,
                Wanted::Skip => Kind::Skip,
            });
        Ok(Window { skip: page.skip()?, limit: page.size(), kind })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Import,
    Link,
    Skip,
}

impl ImportPreview {
    fn of(found: Preview, window: Window) -> Self {
        let next = found.more.then(|| Page::cursor(&window.skip.saturating_add(found.items.len()).to_string()));
        let (companies, contacts) = (found.companies, found.contacts);
        Self {
            companies: PreviewCompanies {
                create: companies.create,
                link: companies.link,
                skip: companies.skip,
                linked: companies.linked,
            },
            contacts: PreviewContacts {
                import: contacts.import,
                link: contacts.link,
                skip: contacts.skip,
                imported: contacts.imported,
            },
            complete: found.complete,
            items: found.items.into_iter().map(PreviewItem::of).collect(),
            next_cursor: next,
        }
    }
}

impl PreviewItem {
    fn of(item: Item) -> Self {
        let (action, role, role_source, reason) = match item.outcome {
            Outcome::Import { role, source } => (PreviewAction::Import, Some(role), Some(source), None),
            Outcome::Link { .. } => (PreviewAction::Link, None, None, None),
            Outcome::Skip(refusal) => (PreviewAction::Skip, None, None, Some(refusal.to_string())),
        };
        Self {
            external_id: item.external_id,
            name: item.name,
            email: item.email,
            company: item.company,
            company_id: item.company_id,
            action,
            role,
            role_source,
            reason,
        }
    }
}
