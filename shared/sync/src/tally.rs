//! Counting records by vendor company as they are written, for "312 tickets wait for 14 unlinked companies".
//!
//! Changes are gathered over a slice and kept at its end. Before the first of them the state says that the counts are no
//! longer right, and it says so until they are kept: where a worker died in between, the next one counts what is mirrored.

use std::collections::BTreeSet;

use domain::id::ExternalId;
use domain::record::RecordType;
use store::records::MirrorRecord;
use store::tally::Tally;

use crate::engine::EngineError;
use crate::slice::Slice;
use crate::waiting::SCAN;

/// Record types whose records wait until their company is linked.
pub const WAITING: [RecordType; 1] = [RecordType::Tickets];

/// Counts on their way.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    tally: Tally,
    changed: BTreeSet<ExternalId>,
    /// They are worth nothing.
    anew: bool,
}

/// The company that a record counts for; `None`: it counts for nobody.
pub(crate) fn counts_for(record: &MirrorRecord) -> Option<ExternalId> {
    let company = record.live()?.company().cloned();
    Some(company.unwrap_or_else(|| ExternalId::new("")))
}

impl Slice<'_> {
    /// Notes that records are about to be written which counted for the first company and will count for the second.
    pub(crate) async fn count(
        &mut self,
        record_type: RecordType,
        moves: Vec<(Option<ExternalId>, Option<ExternalId>)>,
    ) -> Result<(), EngineError> {
        let moves: Vec<_> = moves.into_iter().filter(|(before, after)| before != after).collect();
        if !WAITING.contains(&record_type) || moves.is_empty() {
            return Ok(());
        }
        if !self.tallies.contains_key(&record_type) {
            let counting = self.begin_counting(record_type).await?;
            self.tallies.insert(record_type, counting);
        }
        let Some(counting) = self.tallies.get_mut(&record_type) else { return Ok(()) };
        for (before, after) in moves {
            for (company, by) in [(before, -1), (after, 1)] {
                let Some(company) = company else { continue };
                let count = counting.tally.entry(company.clone()).or_default();
                *count = count.saturating_add_signed(by);
                counting.changed.insert(company);
            }
        }
        Ok(())
    }

    async fn begin_counting(&mut self, record_type: RecordType) -> Result<Counting, EngineError> {
        if !self.body.uncounted.insert(record_type) {
            return Ok(Counting { anew: true, ..Counting::default() });
        }
        if self.begun {
            self.store.checkpoint(&self.fence, &self.body, Vec::new()).await?;
        } else {
            self.begin_for_good().await?;
        }
        let tally = self.store.tally(&self.connection, record_type).await?;
        // The first records of all need no counting.
        let anew = tally.is_none() && !self.store.record_page(&self.connection, record_type, 1, None).await?.is_empty();
        Ok(Counting { tally: tally.unwrap_or_default(), changed: BTreeSet::new(), anew })
    }

    /// Keeps what was counted.
    pub(crate) async fn keep_tallies(&mut self) -> Result<(), EngineError> {
        for record_type in self.body.uncounted.clone() {
            let left_behind = || Counting { anew: true, ..Counting::default() };
            let mut counting = self.tallies.remove(&record_type).unwrap_or_else(left_behind);
            if counting.anew {
                let Some(tally) = self.count_mirrored(record_type).await? else { continue };
                let before = self.store.tally(&self.connection, record_type).await?.unwrap_or_default();
                counting.changed = before.into_keys().chain(tally.keys().cloned()).collect();
                counting.tally = tally;
            }
            let Counting { tally, changed, .. } = counting;
            let writes = self.store.tally_writes(&self.connection, record_type, &tally, &changed)?;
            self.body.uncounted.remove(&record_type);
            self.store.checkpoint(&self.fence, &self.body, writes).await?;
        }
        Ok(())
    }

    /// Counts what is mirrored; `None`: there is no time for it, so a later slice does.
    async fn count_mirrored(&self, record_type: RecordType) -> Result<Option<Tally>, EngineError> {
        let mut tally = Tally::new();
        let mut after: Option<ExternalId> = None;
        loop {
            if self.out_of_time() {
                return Ok(None);
            }
            let page = self.store.record_page(&self.connection, record_type, SCAN, after.as_ref()).await?;
            for company in page.iter().filter_map(counts_for) {
                *tally.entry(company).or_default() += 1;
            }
            if page.len() < SCAN as usize {
                return Ok(Some(tally));
            }
            after = page.last().map(|last| last.external_id.clone());
        }
    }
}
