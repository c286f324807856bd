//! Reading a feed: what the engine asks for and what a connector answers.

use domain::id::ExternalId;
use domain::record::{Record, RecordData};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::descriptor::Feed;
use crate::webhook::Notice;

/// Where to go on in a feed: the connector's own text, kept in the checkpoint between slices and deployments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page to read.
#[derive(Clone, Copy, Debug)]
pub struct PullRequest<'a> {
    /// Which list.
    pub feed: &'static Feed,
    /// Only what changed at or after this moment of the vendor's clock; `None` reads everything.
    pub since: Option<Timestamp>,
    /// Where the page before ended; `None` starts.
    pub cursor: Option<&'a Cursor>,
    /// One row is enough: a probe for the right to read.
    pub probe: bool,
    /// For feeds that reach linked companies: whose list it is, by its id at the vendor. A missing consent
    /// ([`crate::ErrorKind::Forbidden`]) marks that company's link; the error names the permission where the company lets us
    /// in and only refuses this.
    pub company: Option<&'a ExternalId>,
}

/// One page as mapped.
#[derive(Debug, Default)]
pub struct Page {
    /// The rows in the vendor's order.
    pub rows: Vec<Mapped>,
    /// Where to go on; `None` ends the pass.
    pub next: Option<Cursor>,
    /// Rows in the whole filtered list, where the vendor says.
    pub total: Option<u64>,
}

/// One page of a vendor's journal, oldest entry first.
#[derive(Debug, Default)]
pub struct JournalPage {
    /// What changed, as a push would tell it.
    pub notices: Vec<Notice>,
    /// Where to go on; `None`: nothing newer is there.
    pub next: Option<Cursor>,
}

/// What mapping a row comes to; `Err` says what is wrong with it.
pub type Outcome = Result<Mapped, String>;

/// What a row became.
#[expect(clippy::large_enum_variant, reason = "nearly every row is a record")]
#[derive(Clone, Debug, PartialEq)]
pub enum Mapped {
    /// A record to mirror.
    Record(Record),
    /// Left out by a rule: a placeholder row, an option's filter.
    Skipped {
        /// The vendor's id.
        external_id: ExternalId,
        /// What a person would call it.
        name: String,
        /// Which rule, in words.
        reason: String,
    },
    /// Could not be read; set aside with its error while the rest goes on.
    Malformed {
        /// The vendor's id, where that much could be read.
        external_id: Option<ExternalId>,
        /// What is wrong with it.
        error: String,
        /// The row as received, cut to 4 KiB.
        raw: String,
    },
}

impl Mapped {
    /// A record to mirror.
    pub const fn record(external_id: ExternalId, modified_at: Option<Timestamp>, data: RecordData) -> Self {
        Self::Record(Record { external_id, modified_at, data })
    }

    /// A row that is left out: what a person would call it, and by which rule.
    pub fn skipped(external_id: ExternalId, name: String, reason: impl Into<String>) -> Self {
        Self::Skipped { external_id, name, reason: reason.into() }
    }

    /// The vendor's id, where that much could be read.
    pub const fn id(&self) -> Option<&ExternalId> {
        match self {
            Self::Record(record) => Some(&record.external_id),
            Self::Skipped { external_id, .. } => Some(external_id),
            Self::Malformed { external_id, .. } => external_id.as_ref(),
        }
    }
}
