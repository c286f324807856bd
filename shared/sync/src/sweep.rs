//! Sweeps: what a complete pass did not see is missing; missing twice and confirmed by a direct read, it is gone.
//!
//! Invariants: nothing is buried after a pass that was not complete, nor without a direct read that says so; when more
//! than 20 % and more than 10 records would go at once, a person is asked and nothing goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use connector::{Feed, RecordTypeDescriptor};
use domain::hash::ContentHash;
use domain::id::{ConnectionId, ExternalId, TenantId};
use domain::issue::{Cause, Reason};
use jiff::{SignedDuration, Timestamp};
use store::table::Write;

use crate::apply::Completing;
use crate::body::Pass;
use crate::issues::Finding;
use crate::known::Known;
use crate::rows;
use crate::slice::{Slice, Stop, vendor};

/// Sweeps in a row that have to miss a record before it is asked for.
const MISSES: u32 = 2;

impl Slice<'_> {
    /// Ends a complete pass: finds what is missing, buries what is confirmed gone, and tidies the feed's items.
    pub(crate) async fn sweep(
        &mut self,
        declared: &RecordTypeDescriptor,
        feed: &'static Feed,
        pass: &Pass,
        mut known: Known,
    ) -> Result<Vec<Write>, Stop> {
        let mut parts = Vec::new();
        for number in known.pages.range(pass.page..).map(|(number, _)| *number).collect::<Vec<_>>() {
            if let Some(page) = known.pages.remove(&number) {
                known.displaced.extend(page.entries.into_iter().filter(|(id, _)| !known.seen.contains(id)));
            }
            parts.push(self.store.page_delete(&self.connection, feed.id, number));
        }
        let before = known.seen.len() + known.displaced.len();
        let mut candidates: BTreeSet<ExternalId> = known.displaced.keys().cloned().collect();
        candidates.extend(known.missing.keys().cloned());
        candidates.extend(known.overlay.keys().cloned());
        candidates.retain(|id| !known.seen.contains(id));
        let mut missing: BTreeMap<ExternalId, u32> = candidates
            .into_iter()
            .map(|id| {
                let times = known.missing.get(&id).copied().unwrap_or(0) + 1;
                (id, times)
            })
            .collect();
        let due: BTreeSet<ExternalId> =
            missing.iter().filter(|(_, times)| **times >= MISSES).map(|(id, _)| id.clone()).collect();
        let mut gone = BTreeSet::new();
        let mut buried = 0;
        if brake(due.len(), before.max(missing.len())) {
            self.hold(declared, due.len()).await?;
        } else {
            self.disprove(|issue| {
                issue.reason == Reason::DeletionsHeld && issue.record_types.contains(&declared.record_type)
            })
            .await?;
            for id in &due {
                if self.confirm_gone(feed, id).await? {
                    gone.insert(id.clone());
                }
            }
            buried = self.bury(feed, &gone).await?;
            missing.retain(|id, _| !gone.contains(id));
            // Hidden from the list and there all the same: to be asked for again, or its real end would go unnoticed.
            for (_, times) in missing.iter_mut().filter(|(id, _)| due.contains(id)) {
                *times = 0;
            }
        }
        self.tidy(feed, pass, &known, &missing, &mut parts)?;
        let (left_out, partly) = (pass.left_out, self.mirrors_partly(feed, pass));
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        if partly {
            state.present = state.present.saturating_sub(buried);
        } else {
            // What is only missing so far is still there.
            state.present = (known.seen.len() as u64).saturating_sub(left_out) + missing.len() as u64;
        }
        Ok(parts)
    }

    fn tidy(
        &self,
        feed: &Feed,
        pass: &Pass,
        known: &Known,
        missing: &BTreeMap<ExternalId, u32>,
        parts: &mut Vec<Write>,
    ) -> Result<(), Stop> {
        // Rows that came by other ways since the pass began are newer than its pages.
        let mut overlay = known.overlay.clone();
        overlay.retain(|_, entry| pass.began_here.is_some_and(|began| entry.at >= began));
        if overlay != known.overlay {
            parts.push(self.store.overlay_write(&self.connection, feed.id, &overlay)?);
        }
        if *missing != known.missing {
            parts.push(self.store.missing_write(&self.connection, feed.id, missing)?);
        }
        if !known.displaced.is_empty() || known.had_displaced {
            parts.push(self.store.displaced_write(&self.connection, feed.id, &HashMap::new()));
        }
        // A transaction takes a hundred parts: of many pages to forget, the rest is forgotten by the next sweep.
        if parts.len() > 90 {
            parts.drain(..parts.len() - 90);
        }
        Ok(())
    }

    /// Asks the vendor for one record; one that is there after all is applied.
    async fn confirm_gone(&mut self, feed: &'static Feed, id: &ExternalId) -> Result<bool, Stop> {
        let (session, _) = self.session().await?;
        match session.get(feed.produces, id).await.map_err(vendor)? {
            None => Ok(true),
            Some(mapped) => {
                let rows = rows::hash(vec![mapped], self.descriptor().map_version);
                self.apply(feed, rows, |_| true, Completing::Changed).await?;
                Ok(false)
            }
        }
    }

    async fn hold(&mut self, declared: &RecordTypeDescriptor, count: usize) -> Result<(), Stop> {
        let name = self.descriptor().name;
        self.note(Finding {
            cause: Cause::Config,
            reason: Reason::DeletionsHeld,
            subject: Some(declared.record_type.to_string()),
            title: format!("{count} {} vanished from {name} at once", declared.label.to_lowercase()),
            detail: "Nothing was removed here: so many at once may be a changed permission or a filter.".to_owned(),
            remedy: format!(
                "Check in {name} that they are really gone and that the API agent may still see all of them."
            ),
            record_types: vec![declared.record_type],
        })
        .await?;
        Ok(())
    }
}

/// Spreads the first sweeps over the day: the first full pass counts as a moment up to a day ago, by a hash.
pub(crate) fn spread(
    tenant: &TenantId,
    connection: &ConnectionId,
    feed: &Feed,
    now: Timestamp,
    before: Option<Timestamp>,
) -> Timestamp {
    if before.is_some() || !feed.modified_since {
        return now;
    }
    let hash = ContentHash::of(format!("{tenant}/{connection}/{}", feed.id).as_bytes(), 0);
    let byte = i64::from(hash.as_bytes()[0]);
    // Between 0 and 12 hours: never so much that the sweep follows the import at once.
    now.saturating_sub(SignedDuration::from_secs(byte * 43_200 / 256)).unwrap_or(now)
}

/// More than 20 % and more than 10 at once.
const fn brake(gone: usize, of: usize) -> bool {
    gone > 10 && gone * 5 > of
}

#[cfg(test)]
mod tests {
    use super::brake;

    #[test]
    fn the_brake_needs_both_many_and_a_large_part() {
        assert!(!brake(10, 10), "ten of ten are few enough to ask for one by one");
        assert!(!brake(11, 55), "exactly a fifth");
        assert!(brake(11, 54));
        assert!(!brake(200, 1_000));
        assert!(brake(201, 1_000));
    }
}
