//! *Copy for support*: ids, versions, the last issue. No names, no addresses, no secrets: what a vendor or a person said is
//! left out, too, because names stand in it.

use axum::Json;
use axum::extract::State;
use domain::hash::ContentHash;
use domain::id::{RunId, TenantId};
use domain::issue::{Cause, Reason};
use domain::record::RecordType;
use domain::run::{RunState, Trigger};
use domain::status::Status;
use jiff::Timestamp;
use serde::Serialize;
use sync::view;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::input::Ids;
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(get))
}

/// What support asks for first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Support {
    /// When this was put together.
    at: Timestamp,
    tenant: TenantId,
    connector: &'static str,
    /// The version of this program: what it was built as.
    version: &'static str,
    /// The version of the connector's mapping.
    map_version: u32,
    /// Stands for the vendor account without telling which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Counts saved settings.
    settings_version: u64,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    record_types: Vec<SupportType>,
    /// The run at work, else the last one in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run: Option<SupportRun>,
    /// The issue that was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_issue: Option<SupportIssue>,
    /// Checks since the last run in the log.
    quiet_checks: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<Timestamp>,
}

/// How a record type stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupportType {
    record_type: RecordType,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<Timestamp>,
    /// Records mirrored.
    mirrored: u64,
}

/// A run without what it says in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupportRun {
    id: RunId,
    trigger: Trigger,
    state: RunState,
    started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    vendor_calls: u64,
}

/// An issue without what it says in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupportIssue {
    cause: Cause,
    reason: Reason,
    record_types: Vec<RecordType>,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    times: u32,
}

fn fingerprint(account: &str) -> String {
    let hash = format!("{:?}", ContentHash::of(account.as_bytes(), 0));
    hash.chars().take(8).collect()
}

/// Facts to send to support: ids, versions, the last issue; no names, no secrets.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/support",
    operation_id = "get_support",
    params(("connector" = String, Path, example = "halo-psa")),
    responses((status = 200, body = Support)),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(connector): Ids<String>) -> Answer<Json<Support>> {
    let which = state.connector(&connector)?;
    let (store, now) = (&caller.store, state.now());
    let read = state.read(store, &which).await?;
    let (status, reason, types) =
        view::status(which.descriptor, state.budget.of(which.descriptor.id), &read.connection, &read.body, now);
    let last_run = match read.current(now) {
        Some(run) => Some(run),
        None => store.runs(&which.connection, 1, None).await?.items.pop(),
    };
    let last_issue = read.connection.issues.iter().max_by_key(|issue| issue.last_seen_at);
    Ok(Json(Support {
        at: now,
        tenant: store.tenant().clone(),
        connector: which.descriptor.id,
        version: option_env!("BUILD_VERSION").unwrap_or(env!("CARGO_PKG_VERSION")),
        map_version: which.descriptor.map_version,
        account: read.settings().account.as_ref().map(|account| fingerprint(&account.id)),
        settings_version: read.connection.settings.version,
        status,
        reason,
        record_types: types
            .iter()
            .map(|facts| SupportType {
                record_type: facts.record_type,
                enabled: facts.enabled,
                last_success_at: facts.last_success_at,
                mirrored: view::present(which.descriptor, &read.body, facts.record_type),
            })
            .collect(),
        last_run: last_run.map(|run| SupportRun {
            id: run.id,
            trigger: run.trigger,
            state: run.state,
            started_at: run.started_at,
            ended_at: run.ended_at,
            vendor_calls: run.vendor_calls,
        }),
        last_issue: last_issue.map(|issue| SupportIssue {
            cause: issue.cause,
            reason: issue.reason,
            record_types: issue.record_types.clone(),
            first_seen_at: issue.first_seen_at,
            last_seen_at: issue.last_seen_at,
            times: issue.times,
        }),
        quiet_checks: read.body.quiet.count,
        checked_at: read.body.quiet.checked_at,
    }))
}
