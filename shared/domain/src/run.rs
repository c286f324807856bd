//! Runs: one pass of synchronisation and what it did.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ExternalId, RunId};
use crate::record::RecordType;

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The connection's interval.
    Schedule,
    /// The vendor's push.
    Webhook,
    /// A person's *Sync now* or *Resync everything*.
    Manual,
    /// A change in the portal: a link, a rule, an edit.
    Portal,
}

/// How much a run looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What changed.
    #[default]
    Changes,
    /// Every record again.
    Everything,
    /// Nothing any more: it takes the connection down.
    Disconnect,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Waiting for its turn.
    Queued,
    /// At work, or between two slices.
    Running,
    /// Everything went well.
    Succeeded,
    /// Some record types or records failed.
    Partial,
    /// Nothing could be done.
    Failed,
}

/// What happened to records of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Counts {
    /// Rows received from the vendor.
    pub fetched: u64,
    /// New in the mirror.
    pub created: u64,
    /// Changed in the mirror.
    pub updated: u64,
    /// Known already.
    pub unchanged: u64,
    /// Left out by a rule.
    pub skipped: u64,
    /// Set aside because they could not be read.
    pub quarantined: u64,
    /// Confirmed gone at the vendor.
    pub deleted: u64,
}

impl Counts {
    /// Adds one outcome.
    pub fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Created => &mut self.created,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Quarantined => &mut self.quarantined,
            Outcome::Deleted => &mut self.deleted,
        } += 1;
    }

    /// Whether the run did or found anything besides looking.
    pub const fn changed_anything(&self) -> bool {
        self.created + self.updated + self.skipped + self.quarantined + self.deleted > 0
    }
}

/// What happened to one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// New in the mirror.
    Created,
    /// Changed in the mirror.
    Updated,
    /// Known already.
    Unchanged,
    /// Left out by a rule.
    Skipped,
    /// Set aside because it could not be read.
    Quarantined,
    /// Confirmed gone at the vendor.
    Deleted,
}

/// One line of a run's drill-down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunRecord {
    /// Which type.
    pub record_type: RecordType,
    /// The vendor's id.
    pub external_id: ExternalId,
    /// What a person would call it.
    pub name: String,
    /// What happened.
    pub outcome: Outcome,
    /// Why, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How far a running run is, in the units of the feed it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Progress {
    /// What is being read.
    pub record_type: RecordType,
    /// Rows read.
    pub done: u64,
    /// Rows in all, where the vendor says.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: String,
}

/// How one record type fared in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TypeResult {
    /// Where it stands.
    pub state: RunState,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One pass of synchronisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Run {
    /// Later runs sort after earlier ones.
    pub id: RunId,
    /// What started it.
    pub trigger: Trigger,
    /// How much it looks at.
    pub mode: Mode,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When its last slice resumed, if it took more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_from: Option<Timestamp>,
    /// Calls to the vendor without authentication and quota reads.
    pub vendor_calls: u64,
    /// Calls left in the vendor's window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_left: Option<u64>,
    /// Quiet checks since the run before.
    pub quiet_before: u64,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What happened, by record type.
    #[schema(value_type = BTreeMap<String, Counts>)]
    pub records: BTreeMap<RecordType, Counts>,
    /// How each record type fared.
    #[schema(value_type = BTreeMap<String, TypeResult>)]
    pub types: BTreeMap<RecordType, TypeResult>,
    /// What ended it early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
