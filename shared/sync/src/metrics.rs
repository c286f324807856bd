//! What operators count: events of the target [`TARGET`], which the platform turns into metrics.
//!
//! Numbers are metrics, `connector` and `outcome` their dimensions; ids are there to be searched for. Nothing else is ever
//! a field, so no name, address, secret or body can be.

use domain::id::{ConnectionId, TenantId};
use domain::run::{Counts, Run, RunState};

/// The target of events that are metrics. They are written whatever the log level.
pub const TARGET: &str = "metric";

/// A run and what surrounded it.
pub(crate) struct Ended<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) connection: &'a ConnectionId,
    pub(crate) connector: &'a str,
    pub(crate) run: &'a Run,
    /// It found nothing, so that the run log only counts it.
    pub(crate) quiet: bool,
    /// Of our share of the vendor's allowance, in its window.
    pub(crate) budget_used_percent: Option<u64>,
    /// From the slot that was due to the reading.
    pub(crate) lag_seconds: Option<u64>,
}

/// A run ended.
pub(crate) fn run_ended(ended: &Ended<'_>) {
    let Ended { tenant, connection, connector, run, quiet, budget_used_percent, lag_seconds } = *ended;
    let outcome = match run.state {
        _ if quiet => "quiet",
        RunState::Succeeded => "succeeded",
        RunState::Partial => "partial",
        RunState::Queued | RunState::Running | RunState::Failed => "failed",
    };
    // What did not happen needs no number; most runs are quiet.
    let sum = |count: fn(&Counts) -> u64| Some(run.records.values().map(count).sum()).filter(|&sum: &u64| sum > 0);
    tracing::info!(
        target: TARGET,
        connector,
        outcome,
        tenant.id = %tenant,
        connection.id = %connection,
        run.id = %run.id,
        runs = 1_u64,
        records_created = sum(|counts| counts.created),
        records_updated = sum(|counts| counts.updated),
        records_unchanged = sum(|counts| counts.unchanged),
        records_skipped = sum(|counts| counts.skipped),
        records_quarantined = sum(|counts| counts.quarantined),
        records_deleted = sum(|counts| counts.deleted),
        vendor_calls = run.vendor_calls,
        budget_used_percent,
        lag_seconds,
    );
}
