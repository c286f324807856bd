//! A vendor's journal: one list that tells which records of all types changed, in place of reading every list.
//!
//! Each run reads it from its position and reads the records that it names again, as a push would have them read, so
//! neither order nor repetition matters. The lists themselves are read in full first, then daily. The position is taken
//! before the first full pass begins, and moves on only over entries that were followed; what is read twice because a
//! worker was killed is found unchanged.
//!
//! Invariants: an entry is passed over only after its record was read, or was noted as a hint; after a gap that the vendor
//! does not keep, or without the right to read the journal, the lists are read in full; so is a list that is wanted again.

mod position;

use std::collections::BTreeSet;
use std::time::Duration;

use connector::webhook::{Notice, Subject};
use connector::{ConnectorError, ErrorKind, Feed, Journal};
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::record::RecordType;
use jiff::{SignedDuration, Timestamp};

use crate::issues::{Finding, explain};
use crate::outage::Silent;
use crate::scope::{enabled_types, scope};
use crate::slice::{Slice, Stop, vendor};

pub use position::Position;

/// So much earlier than the vendor forgets entries, they are counted on no more.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);
/// After so many records that cannot be read, the vendor may be down.
const UNREAD: usize = 3;
/// More pages than a journal has between two runs.
const MAX_PAGES: u32 = 1_000;
/// What issues about it are about.
const SUBJECT: &str = "journal";

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
        let since = self.body.journal.as_ref().map_or(asked_at, Position::begin);
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
                self.body.journal = Some(Position::new(began, self.journalled_ids()));
                self.read_lists(|_| true);
                return Ok(());
            }
            for mut notice in page.notices {
                // A moment that is still to come is a mistake of somebody's, and nothing to wait for.
                notice.sent_at = notice.sent_at.map(|at| at.min(began));
                self.follow_entry(notice, &mut read, &mut unread).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                self.arrive(began);
                return Ok(());
            }
        }
        let endless = ConnectorError::new("read the journal", ErrorKind::Malformed { path: "paging".to_owned() });
        Err(Stop::Vendor(endless.with_detail("the vendor's journal does not end")))
    }

    /// The journal was read to its end. Lists that it was not followed for until now are read in full: what it told of them
    /// was passed over.
    fn arrive(&mut self, began: Timestamp) {
        let followed = self.journalled_ids();
        if let Some(position) = &mut self.body.journal {
            let before = position.arrive(began, followed);
            self.read_lists(|feed| !before.contains(feed.id));
        }
    }

    fn journalled_ids(&self) -> BTreeSet<String> {
        self.journalled().into_iter().map(|(_, feed)| feed.id.to_owned()).collect()
    }

    /// Has these of the lists under the journal read in full.
    fn read_lists(&mut self, these: impl Fn(&Feed) -> bool) {
        for (_, feed) in self.journalled().into_iter().filter(|(_, feed)| these(feed)) {
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
        let entry = position::name(&notice);
        if self.body.journal.as_ref().is_none_or(|position| position.knows(&entry, notice.sent_at)) {
            return Ok(());
        }
        match notice.subject {
            Subject::Nothing => {}
            Subject::Subscription => self.body.subscriptions.asked = true,
            Subject::Something => self.read_lists(|_| true),
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
        if error.kind.is_account_wide() {
            return Err(Stop::Vendor(error));
        }
        let finding = explain(self.descriptor(), &error, &[], journal.permission);
        let problem = finding.title.clone();
        let finding = Finding { subject: Some(SUBJECT.to_owned()), ..finding };
        if error.kind == ErrorKind::Unavailable {
            (self.silent, self.body.silent) = (Some(Silent { error: error.clone(), finding }), true);
        } else {
            self.note(finding).await?;
        }
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
