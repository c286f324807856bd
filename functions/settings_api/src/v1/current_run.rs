//! The run of a connection that is at work or waits for its turn: it is in the connection's state, not in the log yet.

use std::collections::BTreeMap;

use domain::id::RunId;
use domain::run::{Mode, Run, RunState, Trigger};
use jiff::Timestamp;
use store::connection::Settings;
use store::state::State;
use sync::body::Body;

/// The run at work; where there is none, the one that a person asked for.
pub(super) fn current_run(settings: &Settings, state: &State, body: &Body, now: Timestamp) -> Option<Run> {
    if let Some(disconnect) = &settings.disconnect {
        let begun = body.run.clone().filter(|run| run.id == disconnect.run);
        let waiting = || waiting_run(disconnect.run.clone(), Mode::Disconnect, RunState::Queued, disconnect.at);
        return Some(begun.unwrap_or_else(waiting));
    }
    if !settings.active() || !state.active {
        return None;
    }
    // At work, or between two slices; a killed worker's run is taken up again when its lease has run out.
    if let Some(run) = &body.run {
        let mut run = run.clone();
        run.state = RunState::Running;
        return Some(run);
    }
    state.requested.as_ref().map(|requested| {
        let begun =
            state.lease.as_ref().is_some_and(|lease| lease.started_at >= requested.at && now < lease.expires_at);
        let state = if begun { RunState::Running } else { RunState::Queued };
        waiting_run(requested.run.clone(), requested.mode, state, requested.at)
    })
}

/// A run that has done nothing yet.
pub(crate) fn waiting_run(id: RunId, mode: Mode, state: RunState, at: Timestamp) -> Run {
    Run {
        id,
        trigger: Trigger::Manual,
        mode,
        state,
        started_at: at,
        ended_at: None,
        resumed_from: None,
        vendor_calls: 0,
        budget_left: None,
        quiet_before: 0,
        progress: None,
        records: BTreeMap::new(),
        types: BTreeMap::new(),
        problem: None,
    }
}
