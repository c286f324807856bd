//! Disconnecting: what a person asked for, and what becomes of what was mirrored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::RunId;

/// What becomes of links and mirrored records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataChoice {
    /// They stay, read-only; reconnecting the same account resumes.
    Keep,
    /// They are deleted. Portal companies and users made by hand stay.
    Remove,
}

/// A connection that is being taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disconnect {
    /// What becomes of the data.
    pub data: DataChoice,
    /// The run that does it.
    pub run: RunId,
    /// When it was asked for.
    pub at: Timestamp,
}
