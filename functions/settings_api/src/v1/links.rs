//! Links between portal companies and vendor companies.
//!
//! A link is a wish of its own, not an edit of the company: when somebody else changes the company at the same moment, it is
//! tried again on what is there then.

use axum::Json;
use axum::extract::State;
use domain::activity::Action;
use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{Company, RecordData, RecordType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::StoreError;
use store::activity::By;
use sync::consequences::{Change, Consequences};
use utoipa::{IntoParams, ToSchema};

use self::consequences::ConsequencesView;
use super::companies::{CompanyView, find};
use super::vendor_companies::with_companies;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Input, Params, flag};
use crate::problem::{Answer, LinkedTo, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) mod consequences;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Write, handlers!(link, unlink))
        .route(Permission::Write, handlers!(set_not_integrated))
}

/// Links of one company at most: the sites of a large customer.
const MOST_LINKS: usize = 200;
/// Attempts at a change while others change the same company.
const ATTEMPTS: usize = 4;

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

/// The link to a vendor company as it stands.
pub(super) fn link_to(external_id: &ExternalId, vendor: &Company) -> Link {
    let state = if vendor.inactive { LinkState::Inactive } else { LinkState::Ok };
    Link { external_id: external_id.clone(), name: vendor.name.clone(), state }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LinkParams {
    /// A vendor company that the company is linked to: its link is taken away in the same step.
    swap: Option<String>,
    /// `true`: nothing is changed; the answer says what would follow.
    #[param(value_type = Option<bool>)]
    dry_run: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UnlinkParams {
    /// `true`: nothing is changed; the answer says what would follow.
    #[param(value_type = Option<bool>)]
    dry_run: Option<String>,
}

/// What came of a change, or would.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LinkAnswer {
    /// The company as it is now.
    Done(Box<CompanyView>),
    /// With `dry_run`: what would follow.
    Would(ConsequencesView),
}

/// Links a vendor company to a company, at once; with `swap` in place of another. Linking again what is linked changes
/// nothing.
#[utoipa::path(
    put,
    path = "/v1/companies/{company}/links/{connector}/{external_id}",
    operation_id = "link_company",
    params(
        ("company" = String, Path),
        ("connector" = String, Path, example = "halo-psa"),
        ("external_id" = String, Path, description = "The vendor's id of its company."),
        LinkParams,
    ),
    responses(
        (status = 200, body = LinkAnswer),
        (
            status = 409,
            description = "The vendor company is linked elsewhere: `linked_to` says where. Or the company has no room, is not \
                           linked to what is to be swapped, or the connector is disconnected.",
        ),
    ),
)]
async fn link(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector, external_id)): Ids<(String, String, String)>,
    Params(params): Params<LinkParams>,
) -> Answer<Json<LinkAnswer>> {
    let dry_run = flag("dry_run", params.dry_run.as_deref())?.unwrap_or_default();
    let which = with_companies(&state, &connector)?;
    let editing = Editing { state: &state, caller: &caller, which: &which };
    let id = ExternalId::new(external_id);
    let swap = params.swap.map(ExternalId::new).filter(|swap| *swap != id);
    for _ in 0..ATTEMPTS {
        let company = find(&caller.store, &company).await?;
        let replaced = swap.as_ref().and_then(|swap| linked(&company, &which, swap));
        let outcome = match (linked(&company, &which, &id), replaced) {
            (Some(_), None) if dry_run => editing.would(&company, None, None).await,
            (Some(_), None) => return Ok(done(company)),
            (Some(_), Some(replaced)) => editing.unlink(&company, replaced, dry_run).await,
            (None, None) if swap.is_some() => return Err(Problem::conflict(NOT_LINKED)),
            (None, replaced) => editing.link(&company, &id, replaced, dry_run).await,
        };
        if let Some(answer) = outcome? {
            return Ok(answer);
        }
    }
    Err(StoreError::Stale.into())
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
        UnlinkParams,
    ),
    responses(
        (status = 200, body = LinkAnswer),
        (status = 409, description = "The company was changed at the same moment, or the connector is disconnected."),
    ),
)]
async fn unlink(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector, external_id)): Ids<(String, String, String)>,
    Params(params): Params<UnlinkParams>,
) -> Answer<Json<LinkAnswer>> {
    let dry_run = flag("dry_run", params.dry_run.as_deref())?.unwrap_or_default();
    let which = with_companies(&state, &connector)?;
    let editing = Editing { state: &state, caller: &caller, which: &which };
    let id = ExternalId::new(external_id);
    for _ in 0..ATTEMPTS {
        let company = find(&caller.store, &company).await?;
        let Some(link) = linked(&company, &which, &id) else { return Err(Problem::not_found(NOT_LINKED)) };
        if let Some(answer) = editing.unlink(&company, link, dry_run).await? {
            return Ok(answer);
        }
    }
    Err(StoreError::Stale.into())
}

/// Whether a company has anything in a connection at all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotIntegratedInput {
    /// `true`: it has nothing there, and never counts as missing.
    not_integrated: bool,
}

/// Says that a company has nothing in a connection, or takes that back. Linking takes it back, too.
#[utoipa::path(
    put,
    path = "/v1/companies/{company}/links/{connector}",
    operation_id = "set_not_integrated",
    params(("company" = String, Path), ("connector" = String, Path, example = "halo-psa")),
    request_body = NotIntegratedInput,
    responses(
        (status = 200, body = CompanyView),
        (status = 409, description = "The company is linked there, or was changed at the same moment."),
    ),
)]
async fn set_not_integrated(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector)): Ids<(String, String)>,
    Input(input): Input<NotIntegratedInput>,
) -> Answer<Json<CompanyView>> {
    let which = with_companies(&state, &connector)?;
    let store = &caller.store;
    for _ in 0..ATTEMPTS {
        let before = find(store, &company).await?;
        let mut after = before.clone();
        if input.not_integrated {
            if before.links.get(&which.connection).is_some_and(|links| !links.is_empty()) {
                let what = format!("{:?} is linked in {}. Unlink it first.", before.name, which.descriptor.name);
                return Err(Problem::conflict(what));
            }
            after.not_integrated.insert(which.connection.clone());
        } else {
            after.not_integrated.remove(&which.connection);
        }
        if after == before {
            return Ok(Json(CompanyView::of(before)));
        }
        let entry = caller.did(&state, Action::CompanyNotIntegratedChanged, activity::company(&before));
        let said = |company: &PortalCompany| json!({ "connector": which.connector, "not_integrated": company.not_integrated.contains(&which.connection) });
        let entry = entry.was(said(&before)).is(said(&after));
        match store.save_company(&after, By::Person(&entry)).await {
            Err(StoreError::Stale) => {}
            other => {
                other?;
                return Ok(Json(CompanyView::of(find(store, &company).await?)));
            }
        }
    }
    Err(StoreError::Stale.into())
}

const NOT_LINKED: &str = "The company has no such link, or not any more. Read it again.";

fn linked<'a>(company: &'a PortalCompany, which: &Which, id: &ExternalId) -> Option<&'a Link> {
    company.links.get(&which.connection)?.iter().find(|link| link.external_id == *id)
}

fn done(company: PortalCompany) -> Json<LinkAnswer> {
    Json(LinkAnswer::Done(Box::new(CompanyView::of(company))))
}

/// One attempt at a change of links; `None`: somebody else changed the company at the same moment.
struct Editing<'a> {
    state: &'a AppState,
    caller: &'a Caller,
    which: &'a Which,
}

impl Editing<'_> {
    async fn link(
        &self,
        company: &PortalCompany,
        id: &ExternalId,
        replaced: Option<&Link>,
        dry_run: bool,
    ) -> Answer<Option<Json<LinkAnswer>>> {
        let Self { state, caller, which } = *self;
        let store = &caller.store;
        let record = store.record(&which.connection, RecordType::Companies, id).await?;
        let Some(RecordData::Company(vendor)) = record.as_ref().and_then(|record| record.live()) else {
            return Err(Problem::not_found(format!("{} has no company of this id.", which.descriptor.name)));
        };
        if replaced.is_none() {
            has_room(company).map_err(Problem::conflict)?;
        }
        if dry_run {
            if let Some(holder) = store.linked(&which.connection, [id]).await?.remove(id) {
                return Err(self.taken(vendor, holder).await?);
            }
            return self.would(company, replaced, Some(id)).await;
        }
        let link = link_to(id, vendor);
        let action = if replaced.is_some() { Action::CompanyLinkSwapped } else { Action::CompanyLinked };
        let entry = caller.did(state, action, activity::company(company)).is(told(which, &link));
        let changed = match replaced {
            None => store.link(company, &which.connection, link, By::Person(&entry)).await,
            Some(replaced) => {
                let entry = entry.was(told(which, replaced));
                store.swap(company, &which.connection, &replaced.external_id, link, By::Person(&entry)).await
            }
        };
        match changed {
            // Somebody else made this very link.
            Err(StoreError::Taken { by }) if by == company.id.as_str() => Ok(None),
            Err(StoreError::Taken { by }) => Err(self.taken(vendor, CompanyId::new(by)).await?),
            changed => self.changed(company, changed).await,
        }
    }

    async fn unlink(&self, company: &PortalCompany, link: &Link, dry_run: bool) -> Answer<Option<Json<LinkAnswer>>> {
        let Self { state, caller, which } = *self;
        if dry_run {
            return self.would(company, Some(link), None).await;
        }
        let entry = caller.did(state, Action::CompanyUnlinked, activity::company(company)).was(told(which, link));
        let unlinked = caller.store.unlink(company, &which.connection, &link.external_id, By::Person(&entry)).await;
        self.changed(company, unlinked).await
    }

    async fn changed(
        &self,
        company: &PortalCompany,
        changed: Result<(), StoreError>,
    ) -> Answer<Option<Json<LinkAnswer>>> {
        match changed {
            Ok(()) => {
                self.state.wake(&self.caller.store, self.which).await;
                Ok(Some(done(find(&self.caller.store, company.id.as_str()).await?)))
            }
            Err(StoreError::Stale) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What would follow, unless the connection is disconnected.
    async fn would(
        &self,
        company: &PortalCompany,
        unlinked: Option<&Link>,
        linked: Option<&ExternalId>,
    ) -> Answer<Option<Json<LinkAnswer>>> {
        let Self { state, caller, which } = *self;
        let read = state.read(&caller.store, which).await?;
        let settings = read.settings();
        if settings.closed() {
            return Err(StoreError::Closed.into());
        }
        let unlinked: Vec<(ConnectionId, ExternalId)> =
            unlinked.iter().map(|link| (which.connection.clone(), link.external_id.clone())).collect();
        let linked = linked.map(|id| (&which.connection, id, &settings.options.auto_import));
        let change = Change { company: &company.id, unlinked: &unlinked, linked };
        let found = Consequences::of(&caller.store, change).await?;
        let sleeping = (!settings.active()).then_some(which.descriptor.short_name);
        Ok(Some(Json(LinkAnswer::Would(ConsequencesView::of(&found, sleeping)))))
    }

    /// Why a vendor company cannot be linked that another company has.
    async fn taken(&self, vendor: &Company, holder: CompanyId) -> Answer<Problem> {
        let found = self.caller.store.company(&holder).await?;
        let name = found.map_or_else(|| holder.to_string(), |found| found.name);
        let detail = format!(
            "{:?} is linked to {name:?} already. A vendor company belongs to one company: unlink it there first.",
            vendor.name
        );
        Ok(Problem::taken(detail, LinkedTo { company_id: holder, name }))
    }
}
