//! Sweeps: what a complete pass did not see is missing; missing twice and confirmed by a direct read, it is gone.
//!
//! Invariants: nothing is buried after a pass that was not complete, nor without a direct read that says so; when more
//! than 20 % and more than 10 records would go at once, a person is asked and nothing goes. What a vendor keeps for so many
//! days only does not count as going.

use std::collections::BTreeSet;

use connector::{Changes, Feed, RecordTypeDescriptor, Unlisted};
use domain::hash::ContentHash;
use domain::id::{ConnectionId, ExternalId, TenantId};
use domain::issue::{Cause, Reason};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use store::feeds::{Displaced, Missed, Missing};
use store::table::Write;

use crate::body::Pass;
use crate::burial::{GONE, Ledger, MISSES};
use crate::engine::EngineError;
use crate::issues::Finding;
use crate::known::Known;
use crate::list::List;
use crate::rows;
use crate::slice::{Slice, Stop};

impl Slice<'_> {
    /// Ends a complete pass: finds what is missing, buries what is confirmed gone, and tidies the feed's items.
    pub(crate) async fn sweep(
        &mut self,
        declared: &RecordTypeDescriptor,
        list: &List,
        pass: &Pass,
        mut known: Known,
    ) -> Result<Vec<Write>, Stop> {
        let feed = list.feed;
        let mut parts = Vec::new();
        for number in known.pages.range(pass.page..).map(|(number, _)| *number).collect::<Vec<_>>() {
            if let Some(page) = known.pages.remove(&number) {
                known.displaced.extend(page.entries.into_iter().filter(|(id, _)| !known.seen.contains(id)));
            }
            parts.push(self.store.page_delete(&self.connection, &list.key(), number));
        }
        let mut candidates: BTreeSet<ExternalId> = known.displaced.keys().cloned().collect();
        candidates.extend(known.missing.keys().cloned());
        candidates.extend(known.overlay.keys().cloned());
        candidates.retain(|id| !known.seen.contains(id));
        // The vendor cannot be asked for what only we have a name for.
        let (nameless, candidates): (BTreeSet<_>, BTreeSet<_>) =
            candidates.into_iter().partition(rows::is_named_by_content);
        self.bury(feed, &nameless, GONE).await?;
        if feed.unlisted == Unlisted::Over {
            let missing = self.look_after(feed, &candidates).await?;
            self.tidy(list, pass, &known, &missing, &mut parts)?;
            let left_out = pass.left_out;
            let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
            state.present = (known.seen.len() as u64).saturating_sub(left_out) + missing.len() as u64;
            return Ok(parts);
        }
        let counted: Missing = candidates
            .into_iter()
            .map(|id| {
                let before = known.missing.get(&id).copied().unwrap_or_default();
                let missed = Missed { sweeps: before.sweeps.saturating_add(1), ..before };
                (id, missed)
            })
            .collect();
        let due = counted.iter().filter(|(_, missed)| missed.sweeps >= MISSES);
        let (mut going, asked): (Vec<_>, Vec<_>) = due.partition(|(_, missed)| missed.confirmed);
        let all = known.seen.len() + counted.len();
        let mut vanished = asked.len();
        if brake(vanished, all) {
            vanished -= self.aged(feed, asked.iter().map(|(id, _)| *id)).await?;
        }
        if brake(vanished, all) {
            // What is held since an earlier sweep, and nothing else: who was asked about it may still answer.
            let more = asked.iter().any(|(_, missed)| missed.sweeps == MISSES);
            let held = self.body.held.get(&list.key()).filter(|_| !more);
            let since = held.map_or_else(|| self.now(), |held| held.at);
            self.ask_about(declared, list, (asked.len(), all), since).await?;
        } else {
            self.deletions_settled(list).await?;
            going.extend(asked);
        }
        let going: BTreeSet<ExternalId> = going.into_iter().map(|(id, _)| id.clone()).collect();
        let mut ledger = Ledger { missing: known.missing.clone(), items: known.missing_items };
        let ids: Vec<ExternalId> = going.iter().cloned().collect();
        let buried = self.bury_missing(list, &ids, &mut ledger).await?;
        // Of those that were asked for, the ledger tells what became of them.
        let missing: Missing = counted
            .into_iter()
            .filter_map(|(id, missed)| {
                let missed = if going.contains(&id) { *ledger.missing.get(&id)? } else { missed };
                Some((id, missed))
            })
            .collect();
        self.tidy(list, pass, &known, &missing, &mut parts)?;
        let (left_out, partly) = (pass.left_out, self.mirrors_partly(feed, pass));
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        if partly || list.company.is_some() {
            state.present = state.present.saturating_sub(buried);
        } else {
            // What is only missing so far is still there.
            state.present = (known.seen.len() as u64).saturating_sub(left_out) + missing.len() as u64;
        }
        Ok(parts)
    }

    /// How many of these the vendor lists no more only because they are older than what it keeps.
    async fn aged(&self, feed: &Feed, ids: impl Iterator<Item = &ExternalId>) -> Result<usize, EngineError> {
        let Unlisted::Aged { days } = feed.unlisted else { return Ok(0) };
        let today = self.now().to_zoned(TimeZone::UTC).date();
        let kept = today.saturating_sub(Span::new().days(days));
        let records = self.store.records(&self.connection, feed.produces, ids).await?;
        let days = records.iter().filter_map(|record| record.body.data.as_ref()?.day());
        Ok(days.filter(|day| *day <= kept).count())
    }

    fn tidy(
        &self,
        list: &List,
        pass: &Pass,
        known: &Known,
        missing: &Missing,
        parts: &mut Vec<Write>,
    ) -> Result<(), Stop> {
        let list = list.key();
        // Rows that came by other ways since the pass began are newer than its pages.
        let mut overlay = known.overlay.clone();
        overlay.retain(|_, entry| pass.began_here.is_some_and(|began| entry.at >= began));
        if overlay != known.overlay {
            parts.push(self.store.overlay_write(&self.connection, &list, &overlay)?);
        }
        if *missing != known.missing {
            parts.extend(self.store.missing_writes(&self.connection, &list, missing, known.missing_items));
        }
        parts.extend(self.store.displaced_writes(&self.connection, &list, &Displaced::new(), known.displaced_items));
        // A transaction takes a hundred parts: of many pages to forget, the rest is forgotten by the next sweep.
        if parts.len() > 90 {
            parts.drain(..parts.len() - 90);
        }
        Ok(())
    }

    /// So many at once may be a changed permission or a filter: a person is asked.
    async fn ask_about(
        &mut self,
        declared: &RecordTypeDescriptor,
        list: &List,
        (count, all): (usize, usize),
        since: Timestamp,
    ) -> Result<(), Stop> {
        let (name, feed) = (self.descriptor().name, list.feed);
        let what = if feed.produces == declared.record_type {
            declared.label.to_lowercase()
        } else {
            feed.produces.to_string()
        };
        self.hold(list, count, all, since);
        self.note(Finding {
            cause: Cause::Config,
            reason: Reason::DeletionsHeld,
            subject: Some(list.key()),
            title: format!("{count} {what} vanished from {name} at once"),
            detail: format!(
                "{count} of {all} are no longer listed. Nothing was removed here: so many at once may be a changed \
                 permission or a filter."
            ),
            remedy: format!(
                "Check in {name} that they are really gone and that the API agent may still see all of them. If they \
                 are gone, press Confirm deletions."
            ),
            record_types: vec![declared.record_type],
        })
        .await?;
        Ok(())
    }

    /// Nothing of this list waits for a person any more.
    pub(crate) async fn deletions_settled(&mut self, list: &List) -> Result<(), EngineError> {
        let key = list.key();
        self.body.held.remove(&key);
        let id = format!("{}:{key}", Reason::DeletionsHeld.as_str());
        self.disprove(|issue| issue.id == id).await
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
    if before.is_some() || feed.changes == Changes::Unfiltered {
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
