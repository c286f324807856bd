//! Applying changed rows to the mirror: compare with what is mirrored, complete, decide, write. Used alike by full passes,
//! changes passes and hints, so that an object arrives the same way whatever told of it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use connector::{ErrorKind, Feed};
use domain::hash::ContentHash;
use domain::id::ExternalId;
use domain::record::{Record, RecordType};
use domain::run::{Outcome, RunRecord};
use futures::StreamExt;
use jiff::Timestamp;
use store::quarantine::Quarantined;
use store::records::{Import, MirrorRecord, Mirrored, Presence};

use crate::engine::EngineError;
use crate::fit::fit;
use crate::rows::{Content, Row};
use crate::slice::{Slice, Stop, vendor};
use crate::tally::counts_for;

/// What came of applying rows.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Rows that are in the mirror already.
    pub(crate) unchanged: u64,
    /// Something was written.
    pub(crate) wrote: bool,
    /// Records that became live.
    pub(crate) appeared: u64,
    /// Records that were live and are no more.
    pub(crate) disappeared: u64,
    /// The vendor's allowance or the slice's time ended; go on after this long.
    pub(crate) stopped: Option<Duration>,
}

/// Which rows are completed by further calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completing {
    /// Those whose row is not the one mirrored.
    Changed,
    /// All: a vendor may say that a record changed without its row showing it, such as a note added to a ticket.
    All,
}

/// A mirrored record about to be written, and what to say of it in the log.
struct Pending {
    record: MirrorRecord,
    outcome: Outcome,
    /// The company that it counted for until now.
    counted_for: Option<ExternalId>,
}

/// So many in a row that cannot be completed: it is the vendor, or a right that is missing.
const UNREAD: usize = 3;
/// Records set aside that are looked up again when those remembered are all read.
const RECALLED: u32 = 500;

impl Slice<'_> {
    /// Applies rows that page items do not know. Those that may be `mirrored` are compared with the mirror.
    pub(crate) async fn apply(
        &mut self,
        feed: &'static Feed,
        rows: Vec<Row>,
        mirrored: impl Fn(&ExternalId) -> bool,
        completing: Completing,
    ) -> Result<Applied, Stop> {
        let mut applied = Applied::default();
        if rows.is_empty() {
            return Ok(applied);
        }
        let ids = rows.iter().map(|row| &row.id).filter(|id| mirrored(id));
        let found = self.store.records(&self.connection, feed.produces, ids).await?;
        let mut existing: HashMap<ExternalId, MirrorRecord> =
            found.into_iter().map(|record| (record.external_id.clone(), record)).collect();
        let began = self.run_mut().started_at;
        let now = self.now();
        let mut broken = Vec::new();
        let mut pending = Vec::new();
        let mut to_complete = Vec::new();
        for row in rows {
            let before = existing.remove(&row.id);
            if let Content::Malformed { error, raw } = row.content {
                broken.push(Quarantined { record_type: feed.produces, external_id: row.id, error, raw, at: now });
                continue;
            }
            if let Some(before) = &before
                && before.hash == row.hash
                && before.body.presence != Presence::Gone
                && !(completing == Completing::All && feed.completes && matches!(row.content, Content::Record(_)))
            {
                self.already_there(feed.produces, before, began, &mut applied);
                applied.wrote |= self.no_longer_aside(feed.produces, &row.id).await?;
                continue;
            }
            match row.content {
                Content::Record(record) if feed.completes => to_complete.push((record, row.hash, before)),
                content => pending.push(mirror(&row.id, row.hash, content, before.as_ref(), now, &mut applied)),
            }
        }
        let stopped = self.complete(feed, to_complete, completing, &mut pending, &mut applied).await?;
        self.recognise(feed.produces, &mut pending);
        self.decide_and_write(feed.produces, pending).await.map(|wrote| applied.wrote |= wrote)?;
        applied.wrote |= self.set_aside(broken).await?;
        // Only now: what was asked for before it stopped is not asked for again.
        match stopped {
            Some(Stop::Later(after)) => applied.stopped = Some(after),
            Some(stop) => return Err(stop),
            None => {}
        }
        Ok(applied)
    }

    /// What the portal made keeps its name, also if it could not be read when it was made.
    fn recognise(&mut self, record_type: RecordType, pending: &mut [Pending]) {
        if self.body.references.is_empty() {
            return;
        }
        for Pending { record, .. } in pending {
            if let Some(reference) = self.body.references.remove(&by_type(record_type, &record.external_id)) {
                record.body.portal.get_or_insert_default().reference.get_or_insert(reference);
            }
        }
    }

    /// A row that the mirror has. One that this very run wrote before it was interrupted still counts as new or changed.
    fn already_there(
        &mut self,
        record_type: RecordType,
        before: &MirrorRecord,
        began: Timestamp,
        applied: &mut Applied,
    ) {
        let outcome = if before.body.presence == Presence::Skipped {
            (before.body.changed_at >= began).then_some(Outcome::Skipped)
        } else if before.body.first_seen_at >= began {
            Some(Outcome::Created)
        } else {
            (before.body.changed_at >= began).then_some(Outcome::Updated)
        };
        let Some(outcome) = outcome else {
            applied.unchanged += 1;
            return;
        };
        if outcome == Outcome::Created {
            applied.appeared += 1;
        }
        applied.wrote = true;
        if self.body.pass.as_ref().and_then(|pass| pass.logged_at).is_some_and(|at| before.body.changed_at <= at) {
            return;
        }
        let line = self.line(record_type, before, outcome);
        self.record(line);
    }

    fn line(&self, record_type: RecordType, record: &MirrorRecord, outcome: Outcome) -> RunRecord {
        let import = record.body.import.as_ref().map(|import| import.reason.clone());
        RunRecord {
            record_type,
            external_id: record.external_id.clone(),
            name: record.body.name.clone(),
            outcome,
            reason: record.body.reason.clone().or(import),
            at: self.now(),
        }
    }

    /// Reads what the list does not carry. Records for which the allowance does not suffice are left for the next slice; one
    /// that cannot be completed becomes a hint, so that it does not hold up the others.
    async fn complete(
        &mut self,
        feed: &Feed,
        records: Vec<(Record, ContentHash, Option<MirrorRecord>)>,
        completing: Completing,
        pending: &mut Vec<Pending>,
        applied: &mut Applied,
    ) -> Result<Option<Stop>, Stop> {
        if records.is_empty() {
            return Ok(None);
        }
        let (began, now) = (self.run_mut().started_at, self.now());
        let (session, _) = self.session().await?;
        let at_once = usize::try_from(self.descriptor().limits.concurrency).unwrap_or(1).max(1);
        let completed: Vec<_> = futures::stream::iter(records)
            .map(|(mut record, hash, before)| {
                let session = &session;
                async move {
                    let mirrored = before.as_ref().and_then(MirrorRecord::live);
                    let holds = mirrored.is_some_and(|mirrored| session.take_over(&mut record, mirrored));
                    let result = if holds { Ok(()) } else { session.complete(&mut record).await };
                    (record, hash, before, result)
                }
            })
            .buffered(at_once)
            .collect()
            .await;
        let (mut stopped, mut failed) = (None, 0);
        for (mut record, hash, before, result) in completed {
            fit(&mut record.data);
            let error = match result {
                // As it is mirrored, notes included.
                Ok(())
                    if before.as_ref().is_some_and(|before| {
                        before.hash == hash && before.live().is_some_and(|mirrored| *mirrored == record.data)
                    }) =>
                {
                    failed = 0;
                    if let Some(before) = &before {
                        self.already_there(feed.produces, before, began, applied);
                    }
                    continue;
                }
                Ok(()) => {
                    failed = 0;
                    let id = record.external_id.clone();
                    pending.push(mirror(&id, hash, Content::Record(record), before.as_ref(), now, applied));
                    continue;
                }
                // Gone since it was listed: the next sweep finds out.
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => error,
            };
            failed += 1;
            let alone = completing == Completing::Changed && failed < UNREAD && !error.kind.is_account_wide();
            stopped = match (stopped, vendor(error)) {
                (Some(stop @ Stop::Vendor(_)), _) => Some(stop),
                (stopped, Stop::Vendor(error)) if alone => {
                    tracing::warn!(error = %error, connection.id = %self.connection, "Record was not completed.");
                    self.store.hint(&self.connection, feed.produces, &record.external_id).await?;
                    self.fared(self.declares(feed.produces), Some(error.to_string()));
                    stopped
                }
                (Some(Stop::Later(other)), Stop::Later(after) | Stop::Limited(after)) => {
                    Some(Stop::Later(after.max(other)))
                }
                (_, Stop::Later(after) | Stop::Limited(after)) => Some(Stop::Later(after)),
                (_, stop) => Some(stop),
            };
        }
        Ok(stopped)
    }

    /// Decides what follows from the records, writes them, and counts them. Users and companies that follow are written
    /// before the records that remember them: after a crash in between, the decision finds them there.
    async fn decide_and_write(&mut self, record_type: RecordType, pending: Vec<Pending>) -> Result<bool, EngineError> {
        if pending.is_empty() {
            return Ok(false);
        }
        let moves = pending
            .iter()
            .map(|p| (p.record.external_id.clone(), p.counted_for.clone(), counts_for(&p.record)))
            .collect();
        self.count(record_type, moves).await?;
        self.begin_for_good().await?;
        let (mut records, outcomes): (Vec<_>, Vec<_>) = pending.into_iter().map(|p| (p.record, p.outcome)).unzip();
        self.decide(record_type, &mut records).await?;
        self.store.put_records(&self.connection, record_type, &records).await?;
        for (record, outcome) in records.iter().zip(outcomes) {
            let line = self.line(record_type, record, outcome);
            self.record(line);
            self.no_longer_aside(record_type, &record.external_id).await?;
        }
        Ok(true)
    }

    /// What follows from mirrored records of this type.
    pub(crate) async fn decide(
        &mut self,
        record_type: RecordType,
        records: &mut [MirrorRecord],
    ) -> Result<(), EngineError> {
        match record_type {
            RecordType::Companies => self.decide_companies(records).await,
            RecordType::Contacts => self.decide_contacts(records).await,
            _ => Ok(()),
        }
    }

    pub(crate) async fn set_aside(&mut self, broken: Vec<Quarantined>) -> Result<bool, EngineError> {
        if broken.is_empty() {
            return Ok(false);
        }
        self.begin_for_good().await?;
        self.store.put_quarantined(&self.connection, &broken).await?;
        self.body.remember_aside(broken.iter().map(|record| by_type(record.record_type, &record.external_id)));
        for record in broken {
            self.record(RunRecord {
                record_type: record.record_type,
                name: record.external_id.to_string(),
                external_id: record.external_id,
                outcome: Outcome::Quarantined,
                reason: Some(record.error),
                at: record.at,
            });
        }
        Ok(true)
    }

    async fn no_longer_aside(&mut self, record_type: RecordType, id: &ExternalId) -> Result<bool, EngineError> {
        let known = !self.body.quarantined.is_empty() && self.body.quarantined.remove(&by_type(record_type, id));
        let aside = known
            || self.body.more_quarantined
                && self.store.quarantined_record(&self.connection, record_type, id).await?.is_some();
        if aside {
            self.store.release_quarantined(&self.connection, record_type, id).await?;
        }
        if aside && self.body.more_quarantined && self.body.quarantined.is_empty() {
            let rest = self.store.quarantined(&self.connection, RECALLED, None).await?;
            self.body.more_quarantined = rest.next.is_some();
            self.body.remember_aside(rest.items.iter().map(|rest| by_type(rest.record_type, &rest.external_id)));
        }
        Ok(aside)
    }

    /// Marks records as gone.
    pub(crate) async fn bury(
        &mut self,
        feed: &Feed,
        ids: &BTreeSet<ExternalId>,
        why: &str,
    ) -> Result<u64, EngineError> {
        let now = self.now();
        let found = self.store.records(&self.connection, feed.produces, ids).await?;
        let there = found.into_iter().filter(|record| record.body.presence != Presence::Gone);
        let pending: Vec<_> = there
            .map(|mut record| {
                let counted_for = counts_for(&record);
                record.body.presence = Presence::Gone;
                record.body.reason = Some(why.to_owned());
                record.body.changed_at = now;
                Pending { record, outcome: Outcome::Deleted, counted_for }
            })
            .collect();
        let buried = pending.len() as u64;
        self.decide_and_write(feed.produces, pending).await?;
        // What could not be read is in no mirror.
        for id in ids {
            self.no_longer_aside(feed.produces, id).await?;
        }
        Ok(buried)
    }
}

/// Names a record of any type.
pub(crate) fn by_type(record_type: RecordType, id: &ExternalId) -> String {
    format!("{record_type}/{id}")
}

/// The record as it will be mirrored; what was decided on it before is carried over.
fn mirror(
    id: &ExternalId,
    hash: ContentHash,
    content: Content,
    before: Option<&MirrorRecord>,
    now: Timestamp,
    applied: &mut Applied,
) -> Pending {
    let was_live = before.is_some_and(|before| before.body.presence == Presence::Live);
    let first_seen_at = before.map_or(now, |before| before.body.first_seen_at);
    let import: Option<Import> = before.and_then(|before| before.body.import.clone());
    let portal = before.and_then(|before| before.body.portal.clone());
    let (presence, name, data, reason) = match content {
        Content::Record(mut record) => {
            if let Some(known) = before.and_then(MirrorRecord::live) {
                record.data = record.data.after(known);
            }
            fit(&mut record.data);
            let name = record.data.name().to_owned();
            (Presence::Live, name, Some(record.data), None)
        }
        Content::Skipped { name, reason } => (Presence::Skipped, name, None, Some(reason)),
        Content::Malformed { error, .. } => (Presence::Skipped, id.to_string(), None, Some(error)),
    };
    let live = presence == Presence::Live;
    applied.appeared += u64::from(live && !was_live);
    applied.disappeared += u64::from(!live && was_live);
    let outcome = match (live, before.is_some()) {
        (true, false) => Outcome::Created,
        (true, true) => Outcome::Updated,
        (false, _) => Outcome::Skipped,
    };
    let body = Mirrored { presence, name, data, reason, import, portal, first_seen_at, changed_at: now };
    let listed = before.and_then(|before| before.listed.clone());
    let record = MirrorRecord { external_id: id.clone(), hash, body, listed };
    Pending { record, outcome, counted_for: before.and_then(counts_for) }
}
