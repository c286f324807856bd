//! The engine's own part of a connection's state: what a run needs to go on where the last slice stopped.
//!
//! It is one JSON value written under the fence. Every field has a default, so a checkpoint of an older version is read by
//! a newer one, and of a newer one by an older one after a roll-back.

use std::collections::{BTreeMap, BTreeSet};

use connector::http::BudgetState;
use connector::{Changes, Cursor, Feed};
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::record::RecordType;
use domain::run::Run;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::connection::Settings;

use crate::journal::Position;
use crate::subscriptions::Subscriptions;
use crate::takedown::TakeDown;

/// What the engine keeps of a connection between slices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Body {
    /// By feed.
    pub feeds: BTreeMap<String, FeedState>,
    /// The run at work, over all its slices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// What the run reads has been planned; before that it only settled hints and marks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
    /// Packs of run records written so far.
    pub packs: u64,
    /// The run is to read what is due, not only to settle what waited.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reads: bool,
    /// Feeds that the run has still to read, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub todo: Vec<Todo>,
    /// The pass at work, over all its slices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass: Option<Pass>,
    /// A list of this run got no answer, and none was read since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Passes that a run gave up, by list: the next one goes on with them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<String, Pass>,
    /// The round over linked companies that the pass at work belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// Checks that found nothing since the last run that did.
    pub quiet: Quiet,
    /// Refusals of the credentials in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// The version of the credentials whose account has been compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
    /// The account of these credentials, if another portal was connected to it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_account: Option<String>,
    /// Calls made in the vendor's window.
    pub budget: BudgetState,
    /// Ids set aside, as `type/id`, so that a success is noticed without a read.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub quarantined: BTreeSet<String>,
    /// More are set aside than are remembered here: of others a read tells.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more_quarantined: bool,
    /// Record types whose records are not counted by company as they are mirrored.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub uncounted: BTreeSet<RecordType>,
    /// Of those, the last record that is counted again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counted: BTreeMap<RecordType, ExternalId>,
    /// It is due before its slot only to look for an edit that was sent without an answer, not to read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rechecks: bool,
    /// How far marks have been decided on that are about more than one slice decides on: by which marks these are, as they
    /// stood. Once one of them comes again, it is about everything anew.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub deciding: BTreeMap<String, Deciding>,
    /// Deletions that wait for a person, by feed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, Held>,
    /// Feeds of which confirmed deletions are being carried out.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub burying: BTreeSet<String>,
    /// Our references of what the portal made and nobody has been able to read yet, as `type/id`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, String>,
    /// Hints whose records cannot be read, as `type/id`, since when.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unread: BTreeMap<String, Timestamp>,
    /// Linked companies that last refused some feeds: a bit for each by its place in the descriptor. It is small where a
    /// thousand have not consented; after a release that moved them it is put right by what the next round finds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refusing: BTreeMap<ExternalId, u32>,
    /// Linked companies that the vendor asked us to slow down with, and until when they are not asked for anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limited: BTreeMap<ExternalId, Timestamp>,
    /// Our subscriptions at the vendor.
    pub subscriptions: Subscriptions,
    /// How far the vendor's journal was followed; `None`: not at all, so lists are read in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Position>,
    /// When a person last asked for a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// It is being taken down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takedown: Option<TakeDown>,
}

/// What is known of one feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    /// Everything that changed before this moment of the vendor's clock has been committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Timestamp>,
    /// Scope under which the watermark was reached; another one starts a full pass.
    pub scope: String,
    /// When a pass last succeeded, full or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Timestamp>,
    /// When a full pass last succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swept_at: Option<Timestamp>,
    /// Pages of the last full pass.
    pub pages: u32,
    /// Records mirrored of it, as the last full pass counted and later passes went on.
    pub present: u64,
    /// Its page items hold rows that were never mirrored: initial import is off.
    pub baseline: bool,
    /// Linked companies of which it has to be read in full before its next pass: linked since the last one, or not readable
    /// then.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub owed: BTreeSet<ExternalId>,
    /// No linked company permitted it in the last round, though some let us in: it is the account's right that is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forbidden: bool,
    /// When its records were last counted one by one, where no full pass sees all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
}

/// Companies that a feed remembers as owed: they are part of one item, with everything else.
const MOST_OWED: usize = 500;

impl FeedState {
    /// The company's part is to be read in full. Where so many are that they do not fit, everything is.
    pub fn owe(&mut self, company: &ExternalId) {
        if self.owed.len() < MOST_OWED || self.owed.contains(company) {
            self.owed.insert(company.clone());
        } else {
            self.owed.clear();
            self.swept_at = None;
        }
    }
}

/// One feed of a run's plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Which.
    pub feed: String,
    /// Read in full.
    pub full: bool,
    /// Only of the companies that are owed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owed: bool,
}

/// A round of one feed over linked companies, each with a pass of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Round {
    /// Which feed.
    pub feed: String,
    /// The last company that is done with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<ExternalId>,
    /// The vendor's clock when the first pass began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Pages of all of them.
    pub pages: u32,
    /// Companies read.
    pub read: u32,
    /// Companies that refused us.
    pub refused: u32,
    /// Those of them that let us in, and only lack the right that the feed needs.
    pub lacking: u32,
    /// Companies that are to be asked later.
    pub limited: u32,
    /// Companies that could not be read.
    pub failed: u32,
}

/// A pass over one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pass {
    /// Which list: a feed, or a company's part of it.
    pub feed: String,
    /// Everything, not only changes.
    pub full: bool,
    /// Takes the baseline: rows are noted and not mirrored.
    pub baseline: bool,
    /// Page items of this scope tell what is unchanged.
    pub scope: String,
    /// Page items tell nothing: every row is compared with the mirror.
    pub distrust: bool,
    /// Lower bound of a changes pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The vendor's clock when the pass began: the next watermark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Our clock when the pass began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_here: Option<Timestamp>,
    /// Where to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Pages committed.
    pub page: u32,
    /// Rows committed.
    pub rows: u64,
    /// Rows committed that a rule left out or that could not be read.
    pub left_out: u64,
    /// The last page is committed: only what follows from a complete pass is left to do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub complete: bool,
    /// The page at work was left half-done at this moment, with everything written until then in the run's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logged_at: Option<Timestamp>,
    /// Hash of the last page's ids: a vendor that repeats a page for ever is noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_page: Option<String>,
}

/// So old a pass is not gone on with: the vendor's cursors do not live for ever.
const STALE: SignedDuration = SignedDuration::from_hours(24);

impl Pass {
    /// Whether what this one began can be gone on with in place of another pass over the same list.
    pub(crate) fn stands_for(&self, other: &Self, now: Timestamp) -> bool {
        let as_thorough = self.distrust || !other.distrust;
        let same = (&self.feed, self.full, self.baseline, &self.scope)
            == (&other.feed, other.full, other.baseline, &other.scope);
        same && as_thorough && self.began_here.is_some_and(|began| now.duration_since(began) < STALE)
    }
}

/// How far marked records have been decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deciding {
    /// The type of records at work; those before it are done with.
    pub record_type: RecordType,
    /// The last record decided on.
    pub after: ExternalId,
}

/// So many of a feed vanished at once that a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How many vanished.
    pub count: u64,
    /// How many there were.
    pub of: u64,
    /// Since when: a later sweep that misses more asks again, and what was answered before is void.
    pub at: Timestamp,
}

/// Checks that found nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quiet {
    /// How many.
    pub count: u64,
    /// The first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The last check of all, quiet or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
}

/// Refusals of one version of the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The version.
    pub version: String,
    /// Revoked or expired.
    pub reason: Reason,
    /// How often in a row.
    pub times: u32,
    /// When it was last counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// So many refusals in a row, and the connection pauses itself.
pub const REFUSALS_UNTIL_PAUSE: u32 = 3;

/// Bytes of ids set aside that are remembered: they are part of one item, with everything else.
const MOST_QUARANTINED: usize = 100_000;

impl Body {
    /// A company is not asked for anything before this moment. Of more than are remembered, the next run finds out anew.
    pub(crate) fn limit(&mut self, company: &ExternalId, until: Timestamp, now: Timestamp) {
        self.limited.retain(|_, until| *until > now);
        if self.limited.len() < MOST_OWED {
            self.limited.insert(company.clone(), until);
        }
    }

    /// Remembers what was set aside, or that there is more than is remembered.
    pub(crate) fn remember_aside(&mut self, names: impl IntoIterator<Item = String>) {
        let mut bytes: usize = self.quarantined.iter().map(String::len).sum();
        for name in names {
            if self.quarantined.contains(&name) {
                continue;
            }
            if bytes + name.len() > MOST_QUARANTINED {
                self.more_quarantined = true;
                return;
            }
            bytes += name.len();
            self.quarantined.insert(name);
        }
    }

    /// Another portal was connected to the vendor account before, and no admin has said that this one may write to it, too.
    pub fn is_read_only(&self, settings: &Settings) -> bool {
        let account = settings.account.as_ref().map(|account| &account.id);
        self.shared_account
            .as_ref()
            .is_some_and(|shared| Some(shared) == account && settings.account_confirmed.as_ref() != Some(shared))
    }

    /// Whether a feed is read in full whenever it is read: its vendor tells of no changes, or only in a journal that we do not
    /// follow.
    pub fn reads_in_full(&self, feed: &Feed) -> bool {
        match feed.changes {
            Changes::Unfiltered => true,
            Changes::Journal => self.journal.is_none(),
            Changes::Filtered => false,
        }
    }

    /// The engine stopped using this version of the credentials.
    pub fn gave_up_on(&self, version: &str) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.version == version && refused.times >= REFUSALS_UNTIL_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_are_set_aside_or_owed_the_state_fits_its_item() {
        let mut body = Body::default();
        body.remember_aside((0..100_000).map(|n| format!("contacts/{n:036}")));
        assert!(body.more_quarantined);
        assert!(serde_json::to_vec(&body).unwrap().len() < 150_000);

        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10));
        (0..10_000).for_each(|n| body.limit(&ExternalId::new(n.to_string()), later, now));
        assert_eq!(body.limited.len(), MOST_OWED);
        body.limit(&ExternalId::new("other"), later + SignedDuration::from_mins(10), later);
        assert_eq!(body.limited.len(), 1, "the others may be asked again");

        let mut feed = FeedState { swept_at: Some(Timestamp::UNIX_EPOCH), ..FeedState::default() };
        let company = |n: usize| ExternalId::new(n.to_string());
        (0..MOST_OWED).for_each(|n| feed.owe(&company(n)));
        feed.owe(&company(0));
        assert_eq!((feed.owed.len(), feed.swept_at), (MOST_OWED, Some(Timestamp::UNIX_EPOCH)));
        feed.owe(&company(MOST_OWED));
        assert_eq!((feed.owed.len(), feed.swept_at), (0, None), "everything is read in full");
    }
}
