//! Duplicates: what is probably one thing twice, found when it is asked for. Nothing is merged at the vendor.
//!
//! Things are compared within one place: the portal, or one vendor, since a customer is meant to be in several systems. A
//! group's id names the place and what is shared, so it is the same group for as long as anything shares it, and it stays
//! ignored until something joins.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::{Action, Object, ObjectKind};
use domain::duplicates::SharedBy;
use domain::id::ConnectorId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::TenantStore;
use store::activity::By;
use store::duplicates::IgnoredDuplicate;
use utoipa::{IntoParams, ToSchema};

use self::find::{Group, Kind, MemberView, Place};
use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, Page, Params, flag, place, sorted_by};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod find;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list)).route(Permission::Write, handlers!(ignore, restore))
}

/// Members of a group that are told one by one.
const TOLD: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DuplicateParams {
    /// Only this kind.
    #[param(value_type = Option<Kind>)]
    kind: Option<String>,
    /// `true`: those that are ignored; otherwise those that are not.
    ignored: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Things that are probably one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicate {
    id: String,
    kind: Kind,
    /// The vendor whose things they are; absent: the portal's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    connector: Option<ConnectorId>,
    reason: SharedBy,
    /// What they share, in comparable form.
    value: String,
    ignored: bool,
    /// How many there are.
    count: usize,
    /// The first 50 of them.
    members: Vec<MemberView>,
}

/// Where a group stands: by place, then by what is shared.
type Position = (usize, SharedBy, String, String);

/// Things that share what only one of them should have: names or domains of companies, addresses of contacts, serial numbers
/// of devices. A value that more than 500 share is a placeholder, and is not listed.
#[utoipa::path(
    get,
    path = "/v1/duplicates",
    operation_id = "list_duplicates",
    params(DuplicateParams),
    responses((status = 200, body = Listing<Duplicate>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<DuplicateParams>,
) -> Answer<Json<Listing<Duplicate>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let after: Option<Position> = place(&page)?;
    let wanted = flag("ignored", params.ignored.as_deref())?.unwrap_or_default();
    let unknown = || Problem::field("/kind", "Choose vendor_companies, companies, contacts or devices.");
    let kind = params.kind.map(|kind| Kind::parse(&kind).ok_or_else(unknown)).transpose()?;
    let places = Place::all(&state, kind);
    let store = &caller.store;
    let ignored = store.ignored_duplicates().await?;
    let mut found: Vec<(Position, Group)> = Vec::new();
    for (at, place) in places.iter().enumerate().skip(after.as_ref().map_or(0, |(at, ..)| *at)) {
        let groups = place.groups(store).await?.into_iter().filter(|group| is_ignored(&ignored, group) == wanted);
        let mut groups: Vec<(Position, Group)> = groups.map(|group| (position(at, &group), group)).collect();
        groups.retain(|(position, _)| after.as_ref().is_none_or(|after| position > after));
        groups.sort_by(|(one, _), (other, _)| one.cmp(other));
        found.extend(groups);
        // A place is read only if the page reaches it.
        if found.len() > page.size() {
            break;
        }
    }
    let more = found.len() > page.size();
    found.truncate(page.size());
    let next = found.last().filter(|_| more).and_then(|(position, _)| serde_json::to_string(position).ok());
    let items = views(store, &places, found, wanted).await?;
    Ok(Json(Listing::until(items, next.as_deref())))
}

fn position(at: usize, group: &Group) -> Position {
    (at, group.by, sorted_by(&group.value), group.id.clone())
}

/// Whether all its members were ignored together.
fn is_ignored(ignored: &HashMap<String, IgnoredDuplicate>, group: &Group) -> bool {
    let known = ignored.get(&group.id);
    known.is_some_and(|known| group.members.iter().all(|member| known.members.contains(member)))
}

async fn views(
    store: &TenantStore,
    places: &[Place],
    found: Vec<(Position, Group)>,
    ignored: bool,
) -> Answer<Vec<Duplicate>> {
    let mut views = Vec::with_capacity(found.len());
    for of_place in found.chunk_by(|((one, ..), _), ((other, ..), _)| one == other) {
        let Some(place) = of_place.first().and_then(|((at, ..), _)| places.get(*at)) else { continue };
        let ids: BTreeSet<&str> =
            of_place.iter().flat_map(|(_, group)| group.members.iter().take(TOLD)).map(String::as_str).collect();
        let members = place.members(store, ids).await?;
        views.extend(of_place.iter().map(|(_, group)| Duplicate {
            id: group.id.clone(),
            kind: place.kind,
            connector: place.which.as_ref().map(|which| which.connector.clone()),
            reason: group.by,
            value: group.value.clone(),
            ignored,
            count: group.members.len(),
            members: group.members.iter().take(TOLD).filter_map(|id| members.get(id)).cloned().collect(),
        }));
    }
    Ok(views)
}

/// Declares a group to be no duplicates. It is listed again when something joins it.
#[utoipa::path(
    put,
    path = "/v1/duplicates/{duplicate}/ignored",
    operation_id = "ignore_duplicate",
    params(("duplicate" = String, Path)),
    responses((status = 204, description = "It is ignored.")),
)]
async fn ignore(caller: Caller, State(state): State<AppState>, Ids(id): Ids<String>) -> Answer<StatusCode> {
    let gone = || Problem::not_found("There are no such duplicates, or not any more.");
    let place = Place::of_group(&state, &id).ok_or_else(gone)?;
    let groups = place.groups(&caller.store).await?;
    let group = groups.into_iter().find(|group| group.id == id).ok_or_else(gone)?;
    let members = group.members.into_iter().collect();
    let ignored = IgnoredDuplicate { group: id, value: group.value, members };
    if caller.store.ignored_duplicate(&ignored.group).await?.as_ref() != Some(&ignored) {
        let entry = caller.did(&state, Action::DuplicateIgnored, object(&ignored));
        let entry = entry.is(json!({
            "kind": place.kind,
            "connector": place.which.as_ref().map(|which| &which.connector),
            "members": ignored.members.len(),
        }));
        caller.store.ignore_duplicate(&ignored, By::Person(&entry)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a group again.
#[utoipa::path(
    delete,
    path = "/v1/duplicates/{duplicate}/ignored",
    operation_id = "restore_duplicate",
    params(("duplicate" = String, Path)),
    responses((status = 204, description = "It is listed again.")),
)]
async fn restore(caller: Caller, State(state): State<AppState>, Ids(id): Ids<String>) -> Answer<StatusCode> {
    let ignored = caller.store.ignored_duplicate(&id).await?;
    let ignored = ignored.ok_or_else(|| Problem::not_found("These are not ignored, or not any more."))?;
    let entry = caller.did(&state, Action::DuplicateRestored, object(&ignored));
    caller.store.restore_duplicate(&id, By::Person(&entry)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn object(ignored: &IgnoredDuplicate) -> Object {
    Object::new(ObjectKind::Duplicate, &ignored.group, &ignored.value)
}
