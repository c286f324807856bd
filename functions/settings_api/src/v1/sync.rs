//! *Sync now* and *Resync everything*.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::Action;
use domain::run::{Mode, Run, RunState};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use store::activity::By;
use store::state::Requested;
use utoipa::ToSchema;

use super::current_run::waiting_run;
use super::integration::Read;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Input};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Write, handlers!(start))
}

/// Time between two requests of people.
const COOL_DOWN: SignedDuration = SignedDuration::from_mins(2);

/// How much to sync.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SyncMode {
    /// What changed.
    Changes,
    /// Every record again.
    Everything,
}

/// What to sync.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyncInput {
    mode: SyncMode,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunStarted {
    pub(super) run: Run,
}

/// Asks for a run. What waits or is at work already and covers the request is answered again instead of queued twice.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/sync",
    operation_id = "start_sync",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; the same work is never queued twice anyway."),
    ),
    request_body = SyncInput,
    responses(
        (status = 202, body = RunStarted),
        (status = 409, description = "The connection is not switched on."),
        (status = 429, description = "Somebody asked less than two minutes ago; Retry-After says when it may be asked again."),
    ),
)]
async fn start(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Input(input): Input<SyncInput>,
) -> Answer<(StatusCode, Json<RunStarted>)> {
    let which = state.connector(&connector)?;
    let now = state.now();
    let mode = match input.mode {
        SyncMode::Changes => Mode::Changes,
        SyncMode::Everything => Mode::Everything,
    };
    let read = state.read(&caller.store, &which).await?;
    if let Some(run) = covers(&read, &which, mode, now)? {
        return Ok((StatusCode::ACCEPTED, Json(RunStarted { run })));
    }
    let since = read.connection.state.asked_at.map_or(SignedDuration::MAX, |at| now.duration_since(at));
    if since < COOL_DOWN {
        let left = (COOL_DOWN - since.max(SignedDuration::ZERO)).as_secs();
        return Err(Problem::too_soon(
            left,
            format!("A sync was asked for a moment ago. Ask again in {left} seconds."),
        ));
    }
    // Numbered by the next lease, so that its id differs from every run's.
    let run = sync::run_id(now, read.connection.state.fence + 1);
    let requested = Requested { run, mode, at: now };
    let entry = caller.did(&state, Action::SyncRequested, activity::integration(&which));
    let entry = entry.is(json!({ "mode": requested.mode, "run": requested.run }));
    match caller.store.request_run(&which.connection, &requested, By::Person(&entry)).await {
        Ok(()) => state.wake_for_request(&caller.store, &which).await,
        // Somebody was faster by a moment: theirs is what waits.
        Err(StoreError::Stale) => {
            let read = state.read(&caller.store, &which).await?;
            return match covers(&read, &which, mode, now)? {
                Some(run) => Ok((StatusCode::ACCEPTED, Json(RunStarted { run }))),
                None => Err(Problem::too_soon(30, "Another sync was asked for at the same moment.")),
            };
        }
        Err(error) => return Err(error.into()),
    }
    let run = waiting_run(requested.run, requested.mode, RunState::Queued, now);
    Ok((StatusCode::ACCEPTED, Json(RunStarted { run })))
}

/// The run at work or in waiting that does what is asked for.
fn covers(read: &Read, which: &Which, mode: Mode, now: jiff::Timestamp) -> Answer<Option<Run>> {
    if !read.settings().active() || !read.connection.state.active {
        let name = which.descriptor.name;
        return Err(Problem::conflict(format!("{name} is not switched on, so there is nothing to sync.")));
    }
    let enough = |has: Mode| has == mode || has == Mode::Everything;
    if let Some(requested) = &read.connection.state.requested {
        if enough(requested.mode) {
            let run = read.current(now).filter(|run| run.id == requested.run);
            let waiting = || waiting_run(requested.run.clone(), requested.mode, RunState::Queued, requested.at);
            return Ok(Some(run.unwrap_or_else(waiting)));
        }
        return Err(Problem::too_soon(30, "A smaller sync waits for its turn. Ask again when it has begun."));
    }
    Ok(read.current(now).filter(|run| enough(run.mode)))
}
