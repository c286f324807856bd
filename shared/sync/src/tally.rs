//! Counting records by vendor company as they are written, for "312 tickets wait for 14 unlinked companies".
//!
//! Changes are gathered over a slice and kept at its end. Before the first of them the state says that the counts are no
//! longer right, and it says so until they are kept: where a worker died in between, the next one counts what is mirrored,
//! over as many slices as that takes. Until then the counts are of the records before a certain one, and only what happens
//! to those changes them.

use std::collections::BTreeSet;

use domain::id::ExternalId;
use domain::record::RecordType;
use store::records::MirrorRecord;
use store::tally::Tally;

use crate::deciding::SCAN;
use crate::engine::EngineError;
use crate::slice::Slice;

/// Record types whose records wait until their company is linked.
pub const WAITING: [RecordType; 1] = [RecordType::Tickets];

/// Counts on their way.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    tally: Tally,
    changed: BTreeSet<ExternalId>,
    uncounted: Uncounted,
}

/// What is mirrored and not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Uncounted {
    #[default]
    Nothing,
    /// Records behind this one.
    Behind(ExternalId),
    Everything,
}

impl Counting {
    fn anew() -> Self {
        Self { uncounted: Uncounted::Everything, ..Self::default() }
    }

    fn counts(&self, record: &ExternalId) -> bool {
        match &self.uncounted {
            Uncounted::Nothing => true,
            Uncounted::Behind(last) => record <= last,
            Uncounted::Everything => false,
        }
    }
}

/// A record that is about to be written: it counted for the first company and will count for the second.
pub(crate) type Move = (ExternalId, Option<ExternalId>, Option<ExternalId>);

/// The company that a record counts for; `None`: it counts for nobody.
pub(crate) fn counts_for(record: &MirrorRecord) -> Option<ExternalId> {
    let company = record.live()?.company().cloned();
    Some(company.unwrap_or_else(|| ExternalId::new("")))
}

impl Slice<'_> {
    /// Notes that records are about to be written.
    pub(crate) async fn count(&mut self, record_type: RecordType, moves: Vec<Move>) -> Result<(), EngineError> {
        let moves: Vec<_> = moves.into_iter().filter(|(_, before, after)| before != after).collect();
        if !WAITING.contains(&record_type) || moves.is_empty() {
            return Ok(());
        }
        if !self.tallies.contains_key(&record_type) {
            let counting = self.begin_counting(record_type).await?;
            self.tallies.insert(record_type, counting);
        }
        let Some(counting) = self.tallies.get_mut(&record_type) else { return Ok(()) };
        for (record, before, after) in moves {
            if !counting.counts(&record) {
                continue;
            }
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
        let left_behind = !self.body.uncounted.insert(record_type);
        let counted = self.body.counted.remove(&record_type);
        if left_behind && counted.is_none() {
            return Ok(Counting::anew());
        }
        if self.begun {
            self.store.checkpoint(&self.fence, &self.body, Vec::new()).await?;
        } else {
            self.begin_for_good().await?;
        }
        if let Some(last) = counted {
            return self.count_behind(record_type, last).await;
        }
        let tally = self.store.tally(&self.connection, record_type).await?;
        // The first records of all need no counting.
        if tally.is_none() && !self.store.record_page(&self.connection, record_type, 1, None).await?.is_empty() {
            return Ok(Counting::anew());
        }
        Ok(Counting { tally: tally.unwrap_or_default(), ..Counting::default() })
    }

    /// Goes on where an earlier slice stopped.
    async fn count_behind(&self, record_type: RecordType, last: ExternalId) -> Result<Counting, EngineError> {
        let tally = self.store.tally(&self.connection, record_type).await?.unwrap_or_default();
        Ok(Counting { tally, uncounted: Uncounted::Behind(last), ..Counting::default() })
    }

    /// Keeps what was counted.
    pub(crate) async fn keep_tallies(&mut self) -> Result<(), EngineError> {
        for record_type in self.body.uncounted.clone() {
            let mut counting = match (self.tallies.remove(&record_type), self.body.counted.get(&record_type).cloned()) {
                (Some(counting), _) => counting,
                (None, Some(last)) => self.count_behind(record_type, last).await?,
                (None, None) => Counting::anew(),
            };
            self.count_mirrored(record_type, &mut counting).await?;
            let Counting { tally, changed, uncounted } = counting;
            match uncounted {
                Uncounted::Nothing => {
                    self.body.uncounted.remove(&record_type);
                    self.body.counted.remove(&record_type);
                }
                Uncounted::Behind(last) => drop(self.body.counted.insert(record_type, last)),
                // There was no time to begin.
                Uncounted::Everything => continue,
            }
            let writes = self.store.tally_writes(&self.connection, record_type, &tally, &changed)?;
            self.store.checkpoint(&self.fence, &self.body, writes).await?;
        }
        Ok(())
    }

    /// Counts what is mirrored and not counted yet, as far as there is time.
    async fn count_mirrored(&self, record_type: RecordType, counting: &mut Counting) -> Result<(), EngineError> {
        while counting.uncounted != Uncounted::Nothing && !self.out_of_time() {
            let after = match &counting.uncounted {
                Uncounted::Behind(last) => Some(last.clone()),
                _ => {
                    // Whatever was counted before is replaced.
                    let before = self.store.tally(&self.connection, record_type).await?.unwrap_or_default();
                    counting.changed.extend(before.into_keys());
                    None
                }
            };
            let page = self.store.record_page(&self.connection, record_type, SCAN, after.as_ref()).await?;
            for company in page.iter().filter_map(counts_for) {
                *counting.tally.entry(company.clone()).or_default() += 1;
                counting.changed.insert(company);
            }
            let last = page.last().filter(|_| page.len() == SCAN as usize);
            counting.uncounted = last.map_or(Uncounted::Nothing, |last| Uncounted::Behind(last.external_id.clone()));
        }
        Ok(())
    }
}
