//! Deciding again on what is mirrored, because a link, a rule or a role changed: marks say on which, and no vendor is asked.
//!
//! Invariants: a mark is settled only after everything that it is about was decided on since it came; a slice goes on behind
//! the record that the last one was at; marks take half of a slice at most, so hints and pulls go on beside them.

use std::collections::BTreeSet;

use domain::hash::ContentHash;
use domain::id::ExternalId;
use domain::record::RecordType;
use domain::run::{Outcome, RunRecord};
use futures::future::try_join_all;
use jiff::Timestamp;
use store::records::MirrorRecord;
use store::work::{Waiting, What};

use crate::body::Deciding;
use crate::engine::EngineError;
use crate::slice::{Slice, Stop};

/// Mirrored records read at once.
pub(crate) const SCAN: u32 = 500;
/// Marked companies that are decided on, and settled, together.
const COMPANIES: usize = 100;
/// Lists of companies that are read side by side.
const LISTS: usize = 8;
/// More contacts than a vendor company has.
const MOST_OF_COMPANY: u32 = 200_000;
/// What is decided on.
const DECIDED: [RecordType; 2] = [RecordType::Companies, RecordType::Contacts];

impl Slice<'_> {
    /// Decides again on what is marked, as far as half of the time goes that is left.
    pub(crate) async fn decide_again(&mut self, marks: &[Waiting]) -> Result<(), Stop> {
        if marks.is_empty() {
            return Ok(());
        }
        // What resembles what may have changed with it.
        self.portal = None;
        let now = self.now();
        let until = now + self.stop_at.duration_since(now) / 2;
        let (all, some): (Vec<_>, Vec<_>) = marks.iter().cloned().partition(|mark| mark.what == What::MarkAll);
        let together: Vec<_> = some.chunks(COMPANIES).chain(all.chunks(1)).collect();
        let known = self.body.deciding.len();
        self.body.deciding.retain(|name, _| together.iter().any(|marks| named(marks) == *name));
        if self.body.deciding.len() < known {
            // Forgotten for good: marks that come later may look like those.
            self.remember().await?;
        }
        for marks in together {
            if !self.decide_for(marks, until).await? {
                self.undecided = true;
                // Also where the rest of this look fails: what is left needs no vendor.
                self.recheck = Some(self.now());
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether there was time for all of these marks; then they are settled.
    async fn decide_for(&mut self, marks: &[Waiting], until: Timestamp) -> Result<bool, Stop> {
        let name = named(marks);
        let companies: BTreeSet<ExternalId> = marks
            .iter()
            .filter_map(|mark| match &mark.what {
                What::Mark(company) => Some(company.clone()),
                _ => None,
            })
            .collect();
        let done = if companies.is_empty() {
            self.decide_on_everything(&name, until).await?
        } else {
            self.decide_on_companies(&companies, &name, until).await?
        };
        if !done {
            return Ok(false);
        }
        self.links_changed(&companies).await?;
        if self.body.deciding.remove(&name).is_some() {
            // Before they are settled: marks that come later may look like these.
            self.remember().await?;
        }
        self.store.settle_marks(marks).await?;
        Ok(true)
    }

    async fn decide_on_everything(&mut self, marks: &str, until: Timestamp) -> Result<bool, Stop> {
        for record_type in DECIDED {
            loop {
                let at = self.body.deciding.get(marks);
                if at.is_some_and(|at| record_type < at.record_type) {
                    break;
                }
                if self.now() >= until {
                    return Ok(false);
                }
                let after = at.filter(|at| at.record_type == record_type).map(|at| at.after.clone());
                let page = self.store.record_page(&self.connection, record_type, SCAN, after.as_ref()).await?;
                let last = page.last().filter(|_| page.len() == SCAN as usize).map(|last| last.external_id.clone());
                self.decide_and_keep(record_type, page).await?;
                let Some(after) = last else { break };
                self.body.deciding.insert(marks.to_owned(), Deciding { record_type, after });
            }
        }
        Ok(true)
    }

    async fn decide_on_companies(
        &mut self,
        companies: &BTreeSet<ExternalId>,
        marks: &str,
        until: Timestamp,
    ) -> Result<bool, Stop> {
        if self.now() >= until {
            return Ok(false);
        }
        let records = self.store.records(&self.connection, RecordType::Companies, companies).await?;
        self.decide_and_keep(RecordType::Companies, records).await?;
        let contacts = RecordType::Contacts;
        let mut ids = BTreeSet::new();
        for some in companies.iter().collect::<Vec<_>>().chunks(LISTS) {
            let lists = some.iter().map(|id| self.store.listed(&self.connection, contacts, id, MOST_OF_COMPANY));
            ids.extend(try_join_all(lists).await?.into_iter().flatten());
        }
        if let Some(at) = self.body.deciding.get(marks) {
            ids.retain(|id: &ExternalId| *id > at.after);
        }
        let ids: Vec<ExternalId> = ids.into_iter().collect();
        for some in ids.chunks(SCAN as usize) {
            if self.now() >= until {
                return Ok(false);
            }
            let records = self.store.records(&self.connection, contacts, some).await?;
            self.decide_and_keep(contacts, records).await?;
            if let Some(after) = some.get(SCAN as usize - 1).cloned() {
                self.body.deciding.insert(marks.to_owned(), Deciding { record_type: contacts, after });
            }
        }
        Ok(true)
    }

    /// Decides on records and writes those on which the decision differs.
    async fn decide_and_keep(
        &mut self,
        record_type: RecordType,
        mut records: Vec<MirrorRecord>,
    ) -> Result<(), EngineError> {
        if records.is_empty() {
            return Ok(());
        }
        let before: Vec<_> = records.iter().map(|record| record.body.import.clone()).collect();
        self.decide(record_type, &mut records).await?;
        let now = self.now();
        let mut changed = Vec::new();
        for (record, before) in records.into_iter().zip(before) {
            if record.body.import == before {
                continue;
            }
            let reason = record.body.import.as_ref().map(|import| import.reason.clone());
            self.record(RunRecord {
                record_type,
                external_id: record.external_id.clone(),
                name: record.body.name.clone(),
                outcome: Outcome::Updated,
                reason,
                at: now,
            });
            changed.push(record);
        }
        self.store.put_records(&self.connection, record_type, &changed).await?;
        self.flush_log(Vec::new()).await
    }
}

/// Names marks as they stand.
fn named(marks: &[Waiting]) -> String {
    let versions: Vec<_> = marks.iter().map(Waiting::version).collect();
    format!("{:?}", ContentHash::of(versions.join("\n").as_bytes(), 0))
}
