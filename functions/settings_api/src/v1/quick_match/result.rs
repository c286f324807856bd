//! How applying and undoing went, as it is told.

use domain::quick_match::{Application, Outcome, Progress, QuickMatch};
use jiff::Timestamp;
use serde::Serialize;
use store::TenantStore;
use store::quick_match::Came;
use utoipa::ToSchema;

use super::lists::ProposalView;
use crate::problem::Answer;
use crate::state::AppState;

/// Failures, and kept links, that are told one by one.
const TOLD: usize = 200;

/// How applying goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchResult)]
pub(crate) struct ResultView {
    /// While it is running, each request for the result carries it on.
    state: Progress,
    /// Proposals that were chosen.
    total: u32,
    /// Links made.
    applied: u32,
    /// Links that could not be made.
    failed_count: u32,
    /// The first 200 of them.
    failed: Vec<RefusedView>,
    undo: UndoView,
}

/// A proposal that was not linked, or whose link stays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchRefused)]
pub(crate) struct RefusedView {
    #[serde(flatten)]
    proposal: ProposalView,
    /// Why.
    reason: String,
}

/// Whether it can be undone, and how that goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchUndo)]
pub(crate) struct UndoView {
    state: UndoState,
    /// Until when it can be asked for.
    until: Timestamp,
    /// Links taken away.
    undone: u32,
    /// Links that were changed since, and stay.
    kept_count: u32,
    /// The first 200 of them.
    kept: Vec<RefusedView>,
}

/// Whether it can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuickMatchUndoState)]
pub(crate) enum UndoState {
    /// It is still being applied.
    NotYet,
    /// It can.
    Possible,
    /// It is being undone; each request carries it on.
    Running,
    /// It is undone.
    Done,
    /// It was too long ago.
    Over,
}

impl ResultView {
    pub(super) async fn of(
        state: &AppState,
        store: &TenantStore,
        found: &QuickMatch,
        application: &Application,
    ) -> Answer<Self> {
        let failed = if application.failed > 0 { told(state, store, found, Came::Failed).await? } else { Vec::new() };
        Ok(Self {
            state: application.progress,
            total: application.total,
            applied: application.applied,
            failed_count: application.failed,
            failed,
            undo: UndoView::of(state, store, found, application).await?,
        })
    }
}

impl UndoView {
    pub(super) async fn of(
        state: &AppState,
        store: &TenantStore,
        found: &QuickMatch,
        application: &Application,
    ) -> Answer<Self> {
        let until = application.undo_until();
        let (undone, kept_count) = application.undo.as_ref().map_or((0, 0), |undo| (undo.undone, undo.kept));
        let undo_state = match (application.progress, &application.undo) {
            (Progress::Running, _) => UndoState::NotYet,
            (Progress::Done, Some(undo)) if undo.progress == Progress::Running => UndoState::Running,
            (Progress::Done, Some(_)) => UndoState::Done,
            (Progress::Done, None) if state.now() >= until => UndoState::Over,
            (Progress::Done, None) => UndoState::Possible,
        };
        let kept = if kept_count > 0 { told(state, store, found, Came::Kept).await? } else { Vec::new() };
        Ok(Self { state: undo_state, until, undone, kept_count, kept })
    }
}

/// The first outcomes of a list, row by row.
async fn told(state: &AppState, store: &TenantStore, found: &QuickMatch, came: Came) -> Answer<Vec<RefusedView>> {
    let mut told = Vec::new();
    for (at, row) in found.rows.iter().enumerate() {
        let left = u32::try_from(TOLD - told.len()).unwrap_or(0);
        if left == 0 {
            break;
        }
        for (outcome, _) in store.outcomes(&found.id, came, at, 0, left).await? {
            let Outcome { place, proposal, reason, .. } = outcome;
            let proposal = ProposalView::of(state, row, place, proposal);
            told.push(RefusedView { proposal, reason: reason.unwrap_or_default() });
        }
    }
    Ok(told)
}
