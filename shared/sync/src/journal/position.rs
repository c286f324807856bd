//! How far a journal has been followed, and what of its last minutes, which are read again each time.
//!
//! Invariant: a position never goes back, and passes no entry over that was not followed.

use std::collections::{BTreeSet, VecDeque};

use connector::webhook::Notice;
use domain::hash::ContentHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far before its position the journal is read: entries may be listed late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Entries of the overlap that are remembered; one that is forgotten too early is followed once more.
const REMEMBERED: usize = 500;

/// How far the journal has been followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Everything that happened before this moment of the vendor's clock has been followed.
    pub at: Timestamp,
    /// What was followed of the overlap, the newest last.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub followed: VecDeque<Followed>,
    /// The feeds that it was followed for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub feeds: BTreeSet<String>,
}

/// An entry that was followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed(String, Timestamp);

impl Position {
    pub(super) const fn new(at: Timestamp, feeds: BTreeSet<String>) -> Self {
        Self { at, followed: VecDeque::new(), feeds }
    }

    /// From when on it is read next.
    pub(super) fn begin(&self) -> Timestamp {
        self.at.saturating_sub(OVERLAP).unwrap_or(self.at)
    }

    pub(super) fn knows(&self, entry: &str) -> bool {
        self.followed.iter().any(|Followed(known, _)| known == entry)
    }

    /// Passes over an entry. They come oldest first, so everything before it was passed over, too.
    pub(super) fn pass(&mut self, entry: String, happened: Option<Timestamp>) {
        self.at = happened.unwrap_or(self.at).max(self.at);
        self.followed.push_back(Followed(entry, happened.unwrap_or(self.at)));
        if self.followed.len() > REMEMBERED {
            self.followed.pop_front();
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
        assert_eq!((position.at, position.knows("old"), position.knows("new")), (at(400), false, true));
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut position = Position::new(at(100), BTreeSet::new());
        position.pass("listed late".to_owned(), Some(at(50)));
        position.pass("without a moment".to_owned(), None);
        position.arrive(at(20), BTreeSet::new());
        assert_eq!(position.at, at(100));
        assert!(position.knows("listed late") && position.knows("without a moment"));
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
    fn so_much_at_once_is_forgotten_oldest_first() {
        let mut position = Position::new(at(0), BTreeSet::new());
        for n in 0..=REMEMBERED {
            position.pass(n.to_string(), Some(at(1)));
        }
        assert_eq!(position.followed.len(), REMEMBERED);
        assert!(!position.knows("0") && position.knows("1"));
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
