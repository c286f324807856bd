//! How far a journal has been followed, and what of its last minutes, which are read again each time.
//!
//! Invariants: a position never goes back, and passes no entry over that was not followed, except one that was listed late
//! among more than are remembered. What was followed is never followed again because it was forgotten: of a burst, each
//! slice would follow the same beginning for ever.

use std::collections::{BTreeSet, VecDeque};

use connector::webhook::Notice;
use domain::hash::ContentHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far before its position the journal is read: entries may be listed late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Entries of the overlap that are remembered, some 90 KB of the state's item. Of more, the overlap is shorter.
const REMEMBERED: usize = 2_000;

/// How far the journal has been followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Everything that happened before this moment of the vendor's clock has been followed.
    pub at: Timestamp,
    /// What was followed of the overlap, the newest last.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub followed: VecDeque<Followed>,
    /// The overlap begins after this moment: until then more entries were followed than are remembered. In one moment there
    /// are never so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Timestamp>,
    /// The feeds that it was followed for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub feeds: BTreeSet<String>,
}

/// An entry that was followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed(String, Timestamp);

impl Position {
    pub(super) const fn new(at: Timestamp, feeds: BTreeSet<String>) -> Self {
        Self { at, followed: VecDeque::new(), forgotten: None, feeds }
    }

    /// From when on it is read next.
    pub(super) fn begin(&self) -> Timestamp {
        let begin = self.at.saturating_sub(OVERLAP).unwrap_or(self.at);
        self.forgotten.map_or(begin, |forgotten| forgotten.max(begin))
    }

    pub(super) fn knows(&self, entry: &str, happened: Option<Timestamp>) -> bool {
        happened.is_some_and(|at| self.forgotten.is_some_and(|forgotten| at <= forgotten))
            || self.followed.iter().any(|Followed(known, _)| known == entry)
    }

    /// Passes over an entry. They come oldest first, so everything before it was passed over, too.
    pub(super) fn pass(&mut self, entry: String, happened: Option<Timestamp>) {
        self.at = happened.unwrap_or(self.at).max(self.at);
        self.followed.push_back(Followed(entry, happened.unwrap_or(self.at)));
        if self.followed.len() > REMEMBERED
            && let Some(Followed(_, happened)) = self.followed.pop_front()
        {
            self.forgotten = self.forgotten.max(Some(happened));
        }
    }

    /// Everything until this moment was followed, for these feeds. Gives those that it was followed for before.
    pub(super) fn arrive(&mut self, at: Timestamp, feeds: BTreeSet<String>) -> BTreeSet<String> {
        self.at = at.max(self.at);
        let from = self.begin();
        self.followed.retain(|Followed(_, happened)| *happened >= from);
        std::mem::replace(&mut self.feeds, feeds)
    }
}

/// What tells an entry from others: half of a hash, as there are a few hundred of them.
pub(super) fn name(notice: &Notice) -> String {
    let text = notice.id.clone().unwrap_or_else(|| format!("{:?} {:?}", notice.subject, notice.sent_at));
    format!("{:?}", ContentHash::of(text.as_bytes(), 0))[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use connector::webhook::Subject;
    use domain::record::RecordType;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_782_864_000 + seconds).unwrap()
    }

    fn notice(id: Option<&str>, subject: Subject) -> Notice {
        Notice { id: id.map(str::to_owned), sent_at: Some(at(0)), subject }
    }

    #[test]
    fn entries_are_remembered_for_the_overlap_and_no_longer() {
        let mut position = Position::new(at(0), BTreeSet::new());
        position.pass("old".to_owned(), Some(at(10)));
        position.pass("new".to_owned(), Some(at(200)));
        position.arrive(at(400), BTreeSet::new());
        assert_eq!((position.at, position.knows("old", None), position.knows("new", None)), (at(400), false, true));
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut position = Position::new(at(100), BTreeSet::new());
        position.pass("listed late".to_owned(), Some(at(50)));
        position.pass("without a moment".to_owned(), None);
        position.arrive(at(20), BTreeSet::new());
        assert_eq!(position.at, at(100));
        assert!(position.knows("listed late", None) && position.knows("without a moment", None));
    }

    #[test]
    fn it_is_read_from_before_its_position_so_that_what_was_listed_late_is_seen() {
        let mut position = Position::new(at(0), BTreeSet::new());
        position.arrive(at(1_000), BTreeSet::new());
        assert_eq!(position.begin(), at(700));
        assert_eq!(Position::new(Timestamp::MIN, BTreeSet::new()).begin(), Timestamp::MIN);
    }

    #[test]
    fn it_tells_for_which_feeds_it_was_followed_before() {
        let feeds = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let mut position = Position::new(at(0), feeds(&["customers", "invoices"]));
        assert_eq!(position.arrive(at(1), feeds(&["customers"])), feeds(&["customers", "invoices"]));
        assert_eq!(position.arrive(at(2), feeds(&["customers", "invoices"])), feeds(&["customers"]));
    }

    #[test]
    fn of_more_than_is_remembered_nothing_is_followed_again() {
        let mut position = Position::new(at(0), BTreeSet::new());
        let many = i64::try_from(REMEMBERED).unwrap() + 10;
        for n in 0..many {
            position.pass(n.to_string(), Some(at(n / 100)));
        }
        assert_eq!(position.followed.len(), REMEMBERED);
        assert!((0..many).all(|n| position.knows(&n.to_string(), Some(at(n / 100)))));
        assert_eq!(position.begin(), at(0), "the overlap begins where they are remembered");
        assert!(!position.knows("listed late", Some(at(1))));
        assert!(serde_json::to_vec(&position).unwrap().len() < 100_000, "it fits the state's item");

        position.arrive(at(1_000), BTreeSet::new());
        assert_eq!((position.begin(), position.followed.len()), (at(700), 0), "and is as long as ever later");
    }

    #[test]
    fn an_entry_is_known_by_its_id_and_one_without_by_what_it_says() {
        let record = |id: &str| Subject::Record(RecordType::Invoices, id.into());
        assert_eq!(name(&notice(Some("evt_1"), record("in_1"))), name(&notice(Some("evt_1"), Subject::Something)));
        assert_ne!(name(&notice(None, record("in_1"))), name(&notice(None, record("in_2"))));
    }

    #[test]
    fn a_position_of_today_is_read_by_an_older_and_a_newer_version() {
        let mut position = Position::new(at(0), BTreeSet::new());
        position.pass("entry".to_owned(), Some(at(1)));
        let text = serde_json::to_string(&position).unwrap();
        assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
        assert_eq!(
            serde_json::from_str::<Position>(r#"{"at":"2026-07-01T00:00:00Z"}"#).unwrap(),
            Position::new(at(0), BTreeSet::new())
        );
    }
}
