//! Quick match: every unlinked vendor company at once, proposals with their evidence, applied in one action and undone for
//! a week.
//!
//! Nothing is linked until a person applies it; what is ambiguous is listed apart and never guessed.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::id::{ConnectorId, QuickMatchId};
use domain::matching::LOWEST_SCORE;
use domain::quick_match::{QuickMatch, Row};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::commands::new_id;
use crate::input::{Ids, Input, idempotency_key};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod apply;
pub(super) mod find;
mod lists;
mod result;
mod work;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(start))
        .route(Permission::Read, handlers!(get))
        .merge(lists::routes())
        .merge(apply::routes())
}

/// What to look at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QuickMatchInput {
    /// Only these connectors, each once; without any all that are connected.
    #[schema(max_items = 20, example = json!(["halo-psa"]))]
    connectors: Option<Vec<String>>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatch)]
pub(crate) struct QuickMatchView {
    id: QuickMatchId,
    created_at: Timestamp,
    /// Until when proposals can be read and applied.
    kept_until: Timestamp,
    counts: CountsView,
    /// For each connector that was looked at.
    connectors: Vec<ConnectorCounts>,
    /// How many there are of each score that occurs, the highest first.
    scores: Vec<ScoreCounts>,
}

/// Everything together.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = QuickMatchCounts)]
pub(crate) struct CountsView {
    /// Portal companies that were looked at.
    portal_companies: usize,
    /// Vendor companies that were looked at: active, not linked, not blocked.
    vendor_companies: usize,
    /// Vendor companies with a proposal of any score.
    proposed: usize,
    /// Vendor companies that may be several portal companies, or whose one may be another's as well.
    ambiguous: usize,
    /// Vendor companies that resemble none.
    unmatched: usize,
}

/// One connector.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchConnector)]
pub(crate) struct ConnectorCounts {
    connector: ConnectorId,
    vendor_companies: usize,
    proposed: usize,
    ambiguous: usize,
}

/// One score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchScore)]
pub(crate) struct ScoreCounts {
    #[schema(minimum = 40, maximum = 100)]
    score: u8,
    proposed: usize,
    ambiguous: usize,
}

impl QuickMatchView {
    fn of(state: &AppState, found: &QuickMatch) -> Self {
        let sum = |count: fn(&Row) -> usize| found.rows.iter().map(count).sum::<usize>();
        let (vendor_companies, proposed, ambiguous) =
            (sum(|row| row.unlinked as usize), sum(|row| row.proposals.all()), sum(|row| row.ambiguous.all()));
        let of_score = |score| ScoreCounts {
            score,
            proposed: found.rows.iter().map(|row| row.proposals.at(score)).sum(),
            ambiguous: found.rows.iter().map(|row| row.ambiguous.at(score)).sum(),
        };
        Self {
            id: found.id.clone(),
            created_at: found.created_at,
            kept_until: found.kept_until(),
            counts: CountsView {
                portal_companies: found.portal_companies as usize,
                vendor_companies,
                proposed,
                ambiguous,
                unmatched: vendor_companies.saturating_sub(proposed + ambiguous),
            },
            connectors: found
                .rows
                .iter()
                .map(|row| ConnectorCounts {
                    connector: connector_of(state, row),
                    vendor_companies: row.unlinked as usize,
                    proposed: row.proposals.all(),
                    ambiguous: row.ambiguous.all(),
                })
                .collect(),
            scores: (LOWEST_SCORE..=100)
                .rev()
                .map(of_score)
                .filter(|counts| counts.proposed + counts.ambiguous > 0)
                .collect(),
        }
    }
}

/// Looks for the portal companies of all unlinked vendor companies. Links nothing.
#[utoipa::path(
    post,
    path = "/v1/quick-match",
    operation_id = "start_quick_match",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one found.")),
    request_body = QuickMatchInput,
    responses(
        (status = 201, body = QuickMatchView),
        (status = 409, description = "A connector has more companies than quick match looks at."),
    ),
)]
async fn start(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Input(input): Input<QuickMatchInput>,
) -> Answer<(StatusCode, Json<QuickMatchView>)> {
    let id = QuickMatchId::new(new_id("qm", &caller.store, idempotency_key(&headers)?));
    let found = match caller.store.quick_match(&id).await? {
        Some(before) => before,
        None => find::find(&state, &caller.store, id, input.connectors.as_deref()).await?,
    };
    Ok((StatusCode::CREATED, Json(QuickMatchView::of(&state, &found))))
}

/// What a quick match found, in counts: for 24 hours, and if it was applied as long as that can be undone.
#[utoipa::path(
    get,
    path = "/v1/quick-match/{quick_match}",
    operation_id = "get_quick_match",
    params(("quick_match" = String, Path)),
    responses((status = 200, body = QuickMatchView)),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(id): Ids<String>) -> Answer<Json<QuickMatchView>> {
    let found = found(&state, &caller.store, id).await?;
    if !is_fresh(&state, &found) && caller.store.application(&found.id).await?.is_none() {
        return Err(over());
    }
    Ok(Json(QuickMatchView::of(&state, &found)))
}

fn connector_of(state: &AppState, row: &Row) -> ConnectorId {
    state.which(&row.connection).map_or_else(|| row.connection.as_str().into(), |which| which.connector)
}

/// The quick match of this id, of the caller's tenant, while it is whole.
async fn found(state: &AppState, store: &TenantStore, id: String) -> Answer<QuickMatch> {
    let found = store.quick_match(&QuickMatchId::new(id)).await?;
    // Its items expire a while after that, each when it pleases the table.
    let found = found.filter(|found| state.now() < found.whole_until());
    found.ok_or_else(|| Problem::not_found("There is no quick match of this id. Its proposals are kept for 24 hours."))
}

/// Likewise, while its proposals are kept.
async fn fresh(state: &AppState, store: &TenantStore, id: String) -> Answer<QuickMatch> {
    let found = found(state, store, id).await?;
    if is_fresh(state, &found) { Ok(found) } else { Err(over()) }
}

fn is_fresh(state: &AppState, found: &QuickMatch) -> bool {
    state.now() < found.kept_until()
}

fn over() -> Problem {
    Problem::not_found("The proposals of this quick match were kept for 24 hours. Start a new one.")
}
