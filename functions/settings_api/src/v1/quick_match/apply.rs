//! Applying proposals and undoing it. Each request carries the work on for a moment and says how it stands, so a page that
//! asks for the result brings it to its end; one that is closed leaves it where it is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::Action;
use domain::quick_match::{Accept, Application, Choice, Progress, QuickMatch};
use serde::Deserialize;
use serde_json::json;
use store::activity::By;
use store::{StoreError, TenantStore};
use utoipa::ToSchema;

use super::lists::{place_of, search, threshold};
use super::result::{ResultView, UndoView};
use super::{found, fresh, work};
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Input};
use crate::problem::{Answer, FieldError, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Write, handlers!(apply))
        .route(Permission::Write, handlers!(result))
        .route(Permission::Write, handlers!(undo))
}

/// Proposals named in a list: so many fit into the largest body, however long their connector's name.
const MOST_NAMED: usize = 8_000;

/// What to apply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickMatchApply)]
pub(crate) struct ApplyInput {
    /// The least score of what is filtered; 70 unless told.
    #[serde(default)]
    #[schema(minimum = 40, maximum = 100)]
    threshold: Option<u8>,
    /// `filtered`, or ids of proposals, whatever their score.
    accept: AcceptInput,
    /// Ids of proposals that are left out.
    #[serde(default)]
    #[schema(max_items = 8_000)]
    except: Vec<String>,
    /// Narrows what is filtered.
    #[serde(default)]
    filter: Option<FilterInput>,
}

/// Everything that is filtered, or single proposals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected \"filtered\" or a list of ids of proposals")]
#[schema(as = QuickMatchAccept)]
pub(crate) enum AcceptInput {
    /// Everything that threshold and filter let pass.
    Filtered(Filtered),
    /// These.
    Named(Vec<String>),
}

/// Everything that threshold and filter let pass.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuickMatchFiltered)]
pub(crate) enum Filtered {
    Filtered,
}

/// As in the list of proposals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuickMatchFilter)]
pub(crate) struct FilterInput {
    /// Only this connector.
    #[serde(default)]
    connector: Option<String>,
    /// Text that a name contains, or the vendor's id.
    #[serde(default)]
    #[schema(max_length = 200)]
    search: Option<String>,
}

impl ApplyInput {
    fn choice(self, state: &AppState, found: &QuickMatch) -> Answer<Choice> {
        let mut errors = Vec::new();
        let mut places = |pointer: &str, ids: &[String]| {
            let mut places = Vec::with_capacity(ids.len());
            for (at, id) in ids.iter().enumerate() {
                match place_of(state, found, id) {
                    Some(place) => places.push(place),
                    None if errors.len() < 20 => {
                        errors.push(FieldError::new(format!("{pointer}/{at}"), "There is no such proposal."));
                    }
                    None => {}
                }
            }
            places.sort_unstable();
            places.dedup();
            places
        };
        let except = places("/except", &self.except);
        let named = match &self.accept {
            AcceptInput::Named(ids) => Some(places("/accept", ids)),
            AcceptInput::Filtered(Filtered::Filtered) => None,
        };
        let bounded = |ids: &[String]| ids.len() <= MOST_NAMED;
        if !bounded(&self.except) {
            errors.push(FieldError::new("/except", format!("At most {MOST_NAMED} proposals.")));
        }
        if let AcceptInput::Named(ids) = &self.accept
            && (ids.is_empty() || !bounded(ids))
        {
            errors.push(FieldError::new("/accept", format!("Between 1 and {MOST_NAMED} proposals, or \"filtered\".")));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let threshold = threshold(self.threshold, "/threshold")?;
        let filter = self.filter.unwrap_or(FilterInput { connector: None, search: None });
        let search = search(filter.search.as_deref(), "/filter/search")?;
        let connector = filter.connector.map(|connector| state.connector(&connector)).transpose();
        let connector = connector.map_err(|_| Problem::field("/filter/connector", "There is no such connector."))?;
        let accept = match named {
            Some(named) => Accept::Chosen(named),
            None => Accept::Filtered { threshold, connection: connector.map(|which| which.connection), search },
        };
        Ok(Choice { accept, except })
    }
}

/// Applies proposals: each link on its own, none that exists is changed. The same again carries it on.
#[utoipa::path(
    post,
    path = "/v1/quick-match/{quick_match}/apply",
    operation_id = "apply_quick_match",
    params(
        ("quick_match" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; nothing is linked twice anyway."),
    ),
    request_body = ApplyInput,
    responses(
        (status = 202, body = ResultView),
        (status = 409, description = "Other proposals of this quick match were applied before: start a new one."),
    ),
)]
async fn apply(
    caller: Caller,
    State(state): State<AppState>,
    Ids(id): Ids<String>,
    Input(input): Input<ApplyInput>,
) -> Answer<(StatusCode, Json<ResultView>)> {
    let store = &caller.store;
    let found = fresh(&state, store, id).await?;
    let choice = input.choice(&state, &found)?;
    if store.application(&found.id).await?.is_none() {
        let application = Application {
            progress: Progress::Running,
            total: total(store, &found, &choice).await?,
            applied: 0,
            failed: 0,
            next: vec![0; found.rows.len()],
            started_at: state.now(),
            done_at: None,
            undo: None,
        };
        let entry = caller.did(&state, Action::QuickMatchApplied, activity::quick_match(&found.id));
        let entry = entry.is(json!({ "proposals": application.total }));
        match store.put_application(&found.id, &choice, &application, By::Person(&entry)).await {
            Ok(()) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if store.choice(&found.id).await?.as_ref() != Some(&choice) {
        return Err(Problem::conflict("Other proposals of this quick match were applied before. Start a new one."));
    }
    let application = work::carry_on(&state, store, &found).await?;
    Ok((StatusCode::ACCEPTED, Json(ResultView::of(&state, store, &found, &application).await?)))
}

/// How many proposals are chosen; with a search they are read.
async fn total(store: &TenantStore, found: &QuickMatch, choice: &Choice) -> Answer<u32> {
    let mut total = 0;
    for (row, of) in found.rows.iter().enumerate() {
        let places = choice.places(row, of);
        if choice.searches() {
            let read = store.proposals(&found.id, &[(row, places)]).await?;
            total += read.iter().filter(|(row, place, proposal)| choice.takes(*row, *place, proposal)).count();
        } else {
            total += match &choice.accept {
                Accept::Chosen(chosen) => chosen.iter().filter(|(other, _)| *other == row).count(),
                Accept::Filtered { .. } => places.len(),
            };
            let left_out = choice.except.iter().filter(|(other, place)| {
                *other == row
                    && match &choice.accept {
                        Accept::Chosen(chosen) => chosen.binary_search(&(*other, *place)).is_ok(),
                        Accept::Filtered { .. } => places.contains(place),
                    }
            });
            total -= left_out.count();
        }
    }
    Ok(u32::try_from(total).unwrap_or(u32::MAX))
}

/// How applying stands; carries it on.
#[utoipa::path(
    get,
    path = "/v1/quick-match/{quick_match}/result",
    operation_id = "get_quick_match_result",
    params(("quick_match" = String, Path)),
    responses((status = 200, body = ResultView)),
)]
async fn result(caller: Caller, State(state): State<AppState>, Ids(id): Ids<String>) -> Answer<Json<ResultView>> {
    let found = found(&state, &caller.store, id).await?;
    let application = work::carry_on(&state, &caller.store, &found).await?;
    Ok(Json(ResultView::of(&state, &caller.store, &found, &application).await?))
}

/// Takes the links away that this quick match made, unless they were changed since. The same again carries it on.
#[utoipa::path(
    post,
    path = "/v1/quick-match/{quick_match}/undo",
    operation_id = "undo_quick_match",
    params(
        ("quick_match" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; nothing is unlinked twice anyway."),
    ),
    responses(
        (status = 202, body = UndoView),
        (status = 409, description = "It is still being applied, or was applied more than 7 days ago."),
    ),
)]
async fn undo(
    caller: Caller,
    State(state): State<AppState>,
    Ids(id): Ids<String>,
) -> Answer<(StatusCode, Json<UndoView>)> {
    let store = &caller.store;
    let found = found(&state, store, id).await?;
    let application = work::undo(&state, &caller, &found).await?;
    Ok((StatusCode::ACCEPTED, Json(UndoView::of(&state, store, &found, &application).await?)))
}
