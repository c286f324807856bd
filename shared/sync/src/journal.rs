//! A vendor's journal: one list that tells which records of all types changed, in place of reading every list.
//!
//! Each run reads it from its position and reads the records that it names again, as a push would have them read, so
//! neither order nor repetition matters. The lists themselves are read in full first, then daily. The position is taken
//! before the first full pass begins, and moves on only over entries that were followed; what is read twice because a
//! worker was killed is found unchanged.
//!
//! Invariants: an entry is passed over only after its record was read, or was noted as a hint; after a gap that the vendor
//! does not keep, or without the right to read the journal, the lists are read in full.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use connector::webhook::{Notice, Subject};
use connector::{ConnectorError, ErrorKind, Feed, Journal};
use domain::hash::ContentHash;
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::record::RecordType;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::issues::{Finding, explain};
use crate::scope::{enabled_types, scope};
use crate::slice::{Slice, Stop, vendor};

/// How far before its position the journal is read: entries may be listed late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// So much earlier than the vendor forgets entries, they are counted on no more.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);
/// Entries of the overlap that are remembered; one that is forgotten too early is followed once more.
const REMEMBERED: usize = 500;
/// After so many records that cannot be read, the vendor may be down.
const UNREAD: usize = 3;
/// More pages than a journal has between two runs.
const MAX_PAGES: u32 = 1_000;
/// What issues about it are about.
const SUBJECT: &str = "journal";

/// How far the journal has been followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Everything that happened before this moment of the vendor's clock has been followed.
    pub at: Timestamp,
    /// What was followed of the overlap, the newest last.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub followed: VecDeque<Followed>,
}

/// An entry that was followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Followed(String, Timestamp);

impl Position {
    const fn new(at: Timestamp) -> Self {
        Self { at, followed: VecDeque::new() }
    }

    fn knows(&self, entry: &str) -> bool {
        self.followed.iter().any(|Followed(known, _)| known == entry)
    }

    /// Passes over an entry. They come oldest first, so everything before it was passed over, too.
    fn pass(&mut self, entry: String, happened: Option<Timestamp>) {
        self.at = happened.unwrap_or(self.at).max(self.at);
        self.followed.push_back(Followed(entry, happened.unwrap_or(self.at)));
        if self.followed.len() > REMEMBERED {
            self.followed.pop_front();
        }
    }

    /// Everything until this moment was followed.
    fn arrive(&mut self, at: Timestamp) {
        self.at = at.max(self.at);
        let from = begin(self.at);
        self.followed.retain(|Followed(_, happened)| *happened >= from);
    }
}

fn begin(at: Timestamp) -> Timestamp {
    at.saturating_sub(OVERLAP).unwrap_or(at)
}

/// What tells an entry from others: half of a hash, as there are a few hundred of them.
fn name(notice: &Notice) -> String {
    let text = notice.id.clone().unwrap_or_else(|| format!("{:?} {:?}", notice.subject, notice.sent_at));
    format!("{:?}", ContentHash::of(text.as_bytes(), 0))[..16].to_owned()
}

impl Slice<'_> {
    /// Follows the journal to its end, if there is one and something under it is wanted.
    pub(crate) async fn follow_journal(&mut self) -> Result<(), Stop> {
        let Some(journal) = &self.descriptor().journal else { return Ok(()) };
        let types = self.journalled();
        if types.is_empty() {
            return Ok(());
        }
        match self.follow(journal).await {
            Err(Stop::Vendor(error)) => self.journal_failed(journal, &types, error).await,
            Ok(()) => self.journal_succeeded().await,
            stop => stop,
        }
    }

    /// The feeds that are wanted and told of by the journal, each with the type that declares it.
    fn journalled(&self) -> Vec<(RecordType, &'static Feed)> {
        let enabled = enabled_types(self.descriptor(), &self.settings);
        let feeds = self.descriptor().feeds();
        let wanted = feeds.filter(|(declared, feed)| feed.is_journalled() && enabled.contains(&declared.record_type));
        wanted.map(|(declared, feed)| (declared.record_type, feed)).collect()
    }

    async fn follow(&mut self, journal: &Journal) -> Result<(), Stop> {
        let (session, http) = self.session().await?;
        let asked_at = self.now();
        let keeps = SignedDuration::try_from(journal.keeps).unwrap_or(SignedDuration::MAX).saturating_sub(MARGIN);
        // What happened in a longer gap is not all there any more.
        let _ = self.body.journal.take_if(|position| asked_at.duration_since(position.at) >= keeps);
        let since = self.body.journal.as_ref().map_or(asked_at, |position| begin(position.at));
        let (mut cursor, mut began, mut read, mut unread) = (None, None::<Timestamp>, BTreeSet::new(), 0);
        for _ in 0..MAX_PAGES {
            if self.out_of_time() {
                return Err(Stop::Later(Duration::ZERO));
            }
            let page = session.journal(since, cursor.as_ref()).await.map_err(vendor)?;
            let began = match began {
                Some(began) => began,
                None => *began.insert(self.pass_began(asked_at, http.vendor_time()).await?),
            };
            if self.body.journal.is_none() {
                // From here on it tells; until here the lists do, which are read after this.
                self.body.journal = Some(Position::new(began));
                self.read_lists();
                return Ok(());
            }
            for notice in page.notices {
                self.follow_entry(notice, &mut read, &mut unread).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                if let Some(position) = &mut self.body.journal {
                    position.arrive(began);
                }
                return Ok(());
            }
        }
        let endless = ConnectorError::new("read the journal", ErrorKind::Malformed { path: "paging".to_owned() });
        Err(Stop::Vendor(endless.with_detail("the vendor's journal does not end")))
    }

    /// Has every list under the journal read in full.
    fn read_lists(&mut self) {
        for (_, feed) in self.journalled() {
            if let Some(state) = self.body.feeds.get_mut(feed.id) {
                state.swept_at = None;
            }
        }
    }

    /// Follows one entry. A record that was read in this run was read after the entry was written.
    async fn follow_entry(
        &mut self,
        notice: Notice,
        read: &mut BTreeSet<(RecordType, ExternalId)>,
        unread: &mut usize,
    ) -> Result<(), Stop> {
        let entry = name(&notice);
        if self.body.journal.as_ref().is_none_or(|position| position.knows(&entry)) {
            return Ok(());
        }
        match notice.subject {
            Subject::Nothing => {}
            Subject::Subscription => self.body.subscriptions.asked = true,
            Subject::Something => self.read_lists(),
            Subject::Record(record_type, id) => {
                if !read.contains(&(record_type, id.clone())) {
                    if self.out_of_time() {
                        return Err(Stop::Later(Duration::ZERO));
                    }
                    self.read_entry(record_type, &id, unread).await?;
                    read.insert((record_type, id));
                }
            }
        }
        if let Some(position) = &mut self.body.journal {
            position.pass(entry, notice.sent_at);
        }
        Ok(())
    }

    /// Reads the record of an entry. One that cannot be read becomes a hint, so that it does not hold up the others.
    async fn read_entry(&mut self, record_type: RecordType, id: &ExternalId, unread: &mut usize) -> Result<(), Stop> {
        match self.read_again(record_type, id).await {
            Err(Stop::Vendor(error)) if !error.kind.is_account_wide() => {
                *unread += 1;
                if *unread == UNREAD {
                    return Err(Stop::Vendor(error));
                }
                tracing::warn!(error = %error, connection.id = %self.connection, "Record of the journal was not read.");
                self.store.hint(&self.connection, record_type, id).await?;
                self.fared(record_type, Some(error.to_string()));
                Ok(())
            }
            read => read,
        }
    }

    /// What the journal tells is up to date, unless its list is to be read in full.
    async fn journal_succeeded(&mut self) -> Result<(), Stop> {
        let now = self.now();
        for (record_type, feed) in self.journalled() {
            let scope = scope(self.descriptor(), &self.settings, record_type);
            let Some(state) = self.body.feeds.get_mut(feed.id) else { continue };
            if state.scope == scope && state.swept_at.is_some_and(|at| !crate::pull::is_sweep_due(at, now)) {
                state.succeeded_at = Some(now);
                self.fared(record_type, None);
            }
        }
        self.body.refused = None;
        self.disprove(|issue| {
            let vendor_wide = issue.record_types.is_empty()
                && matches!(
                    issue.reason,
                    Reason::CredentialsRevoked | Reason::CredentialsExpired | Reason::Plan | Reason::WrongAccount
                );
            vendor_wide || issue.id.ends_with(&format!(":{SUBJECT}"))
        })
        .await?;
        Ok(())
    }

    /// Without the journal the run goes on, unless the vendor refuses us as a whole. Where it may not be read, the lists are
    /// read in full; where it only failed, it is followed from the same position later.
    async fn journal_failed(
        &mut self,
        journal: &Journal,
        feeds: &[(RecordType, &'static Feed)],
        error: ConnectorError,
    ) -> Result<(), Stop> {
        if error.kind.is_account_wide() || matches!(error.kind, ErrorKind::Unavailable) {
            return Err(Stop::Vendor(error));
        }
        let finding = explain(self.descriptor(), &error, &[], journal.permission);
        let problem = finding.title.clone();
        self.note(Finding { subject: Some(SUBJECT.to_owned()), ..finding }).await?;
        if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::Unsupported) {
            self.body.journal = None;
        } else {
            for (record_type, _) in feeds {
                self.fared(*record_type, Some(problem.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_782_864_000 + seconds).unwrap()
    }

    fn notice(id: Option<&str>, subject: Subject) -> Notice {
        Notice { id: id.map(str::to_owned), sent_at: Some(at(0)), subject }
    }

    #[test]
    fn entries_are_remembered_for_the_overlap_and_no_longer() {
        let mut position = Position::new(at(0));
        position.pass("old".to_owned(), Some(at(10)));
        position.pass("new".to_owned(), Some(at(200)));
        position.arrive(at(400));
        assert_eq!((position.at, position.knows("old"), position.knows("new")), (at(400), false, true));
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut position = Position::new(at(100));
        position.pass("listed late".to_owned(), Some(at(50)));
        position.pass("without a moment".to_owned(), None);
        position.arrive(at(20));
        assert_eq!(position.at, at(100));
        assert!(position.knows("listed late") && position.knows("without a moment"));
    }

    #[test]
    fn so_much_at_once_is_forgotten_oldest_first() {
        let mut position = Position::new(at(0));
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
        let mut position = Position::new(at(0));
        position.pass("entry".to_owned(), Some(at(1)));
        let text = serde_json::to_string(&position).unwrap();
        assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
        assert_eq!(serde_json::from_str::<Position>(r#"{"at":"2026-07-01T00:00:00Z"}"#).unwrap(), Position::new(at(0)));
    }
}
