//! The sync log: what runs did and found. The run at work comes from the connection's state, ended ones from the log.

use axum::Json;
use axum::extract::State;
use domain::id::RunId;
use domain::record::RecordType;
use domain::run::{Outcome, Run, RunRecord, RunState, Trigger};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::current_run::waiting_run;
use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, Page, Params, place};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Read, handlers!(get))
        .route(Permission::Read, handlers!(records))
}

const LIST: &str = "runs";
/// Pages of the log looked through for one page of an answer, at most.
const ROUNDS: usize = 10;
/// Packs of a hundred records looked through for one page of an answer, at most.
const PACKS: usize = 100;
/// Sorts after every run's id: the page that follows the run at work.
const LATEST: &str = "~";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RunParams {
    /// Only runs in this state.
    result: Option<String>,
    /// Only runs that this started.
    trigger: Option<String>,
    /// Only runs that touched this record type.
    record_type: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of runs, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunList {
    items: Vec<Run>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
    quiet: QuietChecks,
}

/// Checks since the last run that found nothing: they have no entry of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuietChecks {
    count: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// The last check of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<Timestamp>,
}

/// Every record type, as it is written.
fn types() -> String {
    RecordType::ALL.map(RecordType::as_str).join(", ")
}

/// Reads a value of an enumeration from a query parameter.
pub(super) fn parse<T: DeserializeOwned>(name: &str, value: Option<&str>, known: &str) -> Answer<Option<T>> {
    let Some(value) = value else { return Ok(None) };
    let parsed = serde_json::from_value(json!(value));
    parsed.map(Some).map_err(|_| Problem::field(format!("/{name}"), format!("Choose one of {known}.")))
}

/// Runs that did or found anything, latest first; 30 days. A page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/runs",
    operation_id = "list_runs",
    params(("connector" = String, Path, example = "halo-psa"), RunParams),
    responses((status = 200, body = RunList)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<RunParams>,
) -> Answer<Json<RunList>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let result: Option<RunState> =
        parse("result", params.result.as_deref(), "queued, running, succeeded, partial, failed")?;
    let trigger: Option<Trigger> = parse("trigger", params.trigger.as_deref(), "schedule, webhook, manual, portal")?;
    let record_type: Option<RecordType> = parse("record_type", params.record_type.as_deref(), &types())?;
    let wanted = |run: &Run| {
        result.is_none_or(|result| run.state == result)
            && trigger.is_none_or(|trigger| run.trigger == trigger)
            && record_type.is_none_or(|wanted| run.types.contains_key(&wanted) || run.records.contains_key(&wanted))
    };
    let which = state.connector(&connector)?;
    let read = state.read(&caller.store, &which).await?;
    let quiet = QuietChecks {
        count: read.body.quiet.count,
        since: read.body.quiet.since,
        checked_at: read.body.quiet.checked_at,
    };
    let after = page.key(LIST)?;
    let first = after.is_none();
    let mut items: Vec<Run> = read.current(state.now()).filter(|run| first && wanted(run)).into_iter().collect();
    let mut after = after.map(str::to_owned);
    let mut left = page.limit - u32::try_from(items.len()).unwrap_or(0);
    for _ in 0..ROUNDS {
        if left == 0 {
            after = Some(after.unwrap_or_else(|| LATEST.to_owned()));
            break;
        }
        let found = caller.store.runs(&which.connection, left, after.as_deref()).await?;
        items.extend(found.items.into_iter().filter(|run| wanted(run)));
        after = found.next;
        left = if items.is_empty() { page.limit } else { 0 };
        if after.is_none() || left == 0 {
            break;
        }
    }
    Ok(Json(RunList { items, next_cursor: after.map(|after| Page::key_cursor(LIST, &after)), quiet }))
}

/// One run.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/runs/{run}",
    operation_id = "get_run",
    params(("connector" = String, Path, example = "halo-psa"), ("run" = String, Path)),
    responses((status = 200, body = Run)),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, run)): Ids<(String, String)>,
) -> Answer<Json<Run>> {
    let which = state.connector(&connector)?;
    let id = RunId::new(run);
    let read = state.read(&caller.store, &which).await?;
    if let Some(run) = read.current(state.now()).filter(|run| run.id == id) {
        return Ok(Json(run));
    }
    if let Some(run) = caller.store.run(&which.connection, &id).await? {
        return Ok(Json(run));
    }
    // Waits behind the run at work.
    let waits = read.connection.state.requested.filter(|requested| requested.run == id);
    waits
        .map(|requested| Json(waiting_run(requested.run, requested.mode, RunState::Queued, requested.at)))
        .ok_or_else(|| Problem::not_found("There is no run of this id. Runs are kept for 30 days."))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RecordParams {
    /// Only records with this outcome.
    outcome: Option<String>,
    /// Only records of this type.
    record_type: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What happened to which record in a run, in the order in which it happened. With a filter a page may be shorter than asked
/// while there are more.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/runs/{run}/records",
    operation_id = "list_run_records",
    params(("connector" = String, Path, example = "halo-psa"), ("run" = String, Path), RecordParams),
    responses((status = 200, body = Listing<RunRecord>)),
)]
async fn records(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, run)): Ids<(String, String)>,
    Params(params): Params<RecordParams>,
) -> Answer<Json<Listing<RunRecord>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let outcome: Option<Outcome> =
        parse("outcome", params.outcome.as_deref(), "created, updated, unchanged, skipped, quarantined, deleted")?;
    let record_type: Option<RecordType> = parse("record_type", params.record_type.as_deref(), &types())?;
    let which = state.connector(&connector)?;
    let run = get(caller.clone(), State(state), Ids((connector, run))).await?.0;
    let wanted = |record: &RunRecord| {
        outcome.is_none_or(|outcome| record.outcome == outcome)
            && record_type.is_none_or(|wanted| record.record_type == wanted)
    };
    // Packs are written a page at a time; a cursor names the last whole pack and how far into the next one it goes.
    let start: Option<Place> = place(&page)?;
    let (mut pack, mut skip) = start.map_or((None, 0), |Place { pack, skip }| (pack, skip));
    let mut items = Vec::new();
    for _ in 0..PACKS {
        let found = caller.store.run_records(&which.connection, &run.id, 1, pack.as_deref()).await?;
        for (index, record) in found.items.into_iter().flatten().enumerate().skip(skip) {
            if !wanted(&record) {
                continue;
            }
            if items.len() == page.size() {
                return until(items, pack, index);
            }
            items.push(record);
        }
        skip = 0;
        let Some(next) = found.next else { return Ok(Json(Listing::whole(items))) };
        pack = Some(next);
    }
    until(items, pack, 0)
}

/// Where in a run's records a page begins: behind the pack of this key, so far into the next one.
#[derive(Serialize, Deserialize)]
struct Place {
    pack: Option<String>,
    skip: usize,
}

fn until(items: Vec<RunRecord>, pack: Option<String>, skip: usize) -> Answer<Json<Listing<RunRecord>>> {
    let next = serde_json::to_string(&Place { pack, skip }).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Json(Listing::until(items, Some(&next))))
}
