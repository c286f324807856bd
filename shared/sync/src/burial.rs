//! Burying what is missing: one direct read each, in portions, resumable; and a person's word on deletions that were held.
//!
//! Invariants: nothing is buried that a direct read still finds, whoever confirmed it; a person's word counts for what was
//! missing when they were asked, and for nothing that a later sweep misses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use connector::{Feed, Mapped};
use domain::id::ExternalId;
use futures::future::try_join_all;
use jiff::Timestamp;
use store::feeds::Missing;
use store::records::Presence;
use store::table::Write;
use store::work::{Waiting, What};

use crate::apply::Completing;
use crate::engine::EngineError;
use crate::rows;
use crate::slice::{Slice, Stop, vendor};

/// Sweeps in a row that have to miss a record before it is asked for.
pub(crate) const MISSES: u8 = 2;
/// Records asked for between two looks at the clock.
pub(crate) const AT_ONCE: usize = 50;

/// What a feed is known to miss, and how many items tell of it.
pub(crate) struct Ledger {
    pub(crate) missing: Missing,
    pub(crate) items: u32,
}

impl Ledger {
    /// The parts of a transaction that keep it.
    pub(crate) fn parts(&self, slice: &Slice<'_>, feed: &Feed) -> Vec<Write> {
        slice.store.missing_writes(&slice.connection, feed.id, &self.missing, self.items)
    }
}

impl Slice<'_> {
    /// Takes a person's words up: what was missing when they were asked is marked as confirmed. Said of anything else by
    /// now, a word is void, and the issue stays.
    pub(crate) async fn take_words(&mut self, words: &[Waiting]) -> Result<(), Stop> {
        for word in words {
            let What::Confirmed { feed, held_at } = &word.what else { continue };
            let held = self.body.held.get(feed).is_some_and(|held| held.at == *held_at);
            let known = self.descriptor().feed(feed).filter(|_| held);
            self.begin_for_good().await?;
            let mut parts = vec![self.store.settle_write(word)];
            if let Some(feed) = known {
                let (mut missing, items) = self.store.missing(&self.connection, feed.id).await?;
                for missed in missing.values_mut().filter(|missed| missed.sweeps >= MISSES) {
                    missed.confirmed = true;
                }
                parts.extend(Ledger { missing, items }.parts(self, feed));
                self.body.held.remove(feed.id);
                self.body.burying.insert(feed.id.to_owned());
            }
            match self.flush_log(parts).await {
                // Said once more in the meantime: the next look takes it up.
                Err(EngineError::Store(store::StoreError::Table(store::table::TableError::Cancelled(_)))) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Carries confirmed deletions out, as far as this slice goes.
    pub(crate) async fn bury_confirmed(&mut self) -> Result<(), Stop> {
        for feed in self.body.burying.clone() {
            if let Some(feed) = self.descriptor().feed(&feed) {
                // Not in the write that took the word up, so that a kill in between does not leave it open.
                if !self.body.held.contains_key(feed.id) {
                    self.deletions_settled(feed).await?;
                }
                let (missing, items) = self.store.missing(&self.connection, feed.id).await?;
                let mut ledger = Ledger { missing, items };
                let confirmed = ledger.missing.iter().filter(|(_, missed)| missed.confirmed);
                let ids: Vec<ExternalId> = confirmed.map(|(id, _)| id.clone()).collect();
                let buried = match self.bury_missing(feed, &ids, &mut ledger).await {
                    Ok(buried) => buried,
                    // One that cannot be asked for must not hold up everything else: the next look tries again.
                    Err(Stop::Vendor(error)) if !error.kind.is_account_wide() => {
                        let declared = self.descriptor().feeds().find(|(_, of)| of.id == feed.id);
                        let told_of = declared.map_or(feed.produces, |(declared, _)| declared.record_type);
                        self.fared(told_of, Some(error.to_string()));
                        continue;
                    }
                    Err(stop) => return Err(stop),
                };
                let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
                state.present = state.present.saturating_sub(buried);
                self.body.burying.remove(feed.id);
                let parts = ledger.parts(self, feed);
                self.flush_log(parts).await?;
            } else {
                self.body.burying.remove(&feed);
            }
        }
        Ok(())
    }

    /// Buries those that the vendor says are gone; the others are there all the same, and are to be missed anew before they
    /// are asked for again. When the slice ends before they are all done, the ledger is kept as far as it is.
    ///
    /// Gives how many were buried.
    pub(crate) async fn bury_missing(
        &mut self,
        feed: &'static Feed,
        ids: &[ExternalId],
        ledger: &mut Ledger,
    ) -> Result<u64, Stop> {
        let mut buried = 0;
        for some in ids.chunks(AT_ONCE) {
            let done = if self.out_of_time() {
                Err(Stop::Later(Duration::ZERO))
            } else {
                self.bury_some(feed, some, ledger).await
            };
            match done {
                Ok(count) => buried += count,
                Err(Stop::Engine(error)) => return Err(Stop::Engine(error)),
                Err(stop) => {
                    let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
                    state.present = state.present.saturating_sub(buried);
                    let parts = ledger.parts(self, feed);
                    self.flush_log(parts).await?;
                    return Err(stop);
                }
            }
        }
        Ok(buried)
    }

    async fn bury_some(&mut self, feed: &'static Feed, ids: &[ExternalId], ledger: &mut Ledger) -> Result<u64, Stop> {
        // Buried by a slice that was killed before it could say so.
        let found = self.store.records(&self.connection, feed.produces, ids).await?;
        let gone = found.iter().filter(|record| record.body.presence == Presence::Gone);
        let before: BTreeSet<ExternalId> = gone.map(|record| record.external_id.clone()).collect();
        let asked: Vec<&ExternalId> = ids.iter().filter(|id| !before.contains(*id)).collect();
        let answers = self.ask_for(feed, &asked).await?;
        let gone: BTreeSet<ExternalId> =
            answers.iter().filter(|(_, answer)| answer.is_none()).map(|(id, _)| id.clone()).collect();
        let there: Vec<Mapped> = answers.into_values().flatten().collect();
        let hidden: Vec<_> = ids.iter().filter(|id| !gone.contains(*id) && !before.contains(*id)).collect();
        self.apply(feed, rows::hash(there, self.descriptor().map_version), |_| true, Completing::Changed).await?;
        let buried = self.bury(feed, &gone).await?;
        ledger.missing.retain(|id, _| !gone.contains(id) && !before.contains(id));
        for id in hidden {
            ledger.missing.insert(id.clone(), store::feeds::Missed::default());
        }
        Ok(buried)
    }

    /// Reads each of these by itself; `None`: confirmed gone.
    pub(crate) async fn ask_for(
        &mut self,
        feed: &'static Feed,
        ids: &[&ExternalId],
    ) -> Result<BTreeMap<ExternalId, Option<Mapped>>, Stop> {
        let mut answers = BTreeMap::new();
        let (session, _) = self.session().await?;
        let at_once = usize::try_from(self.descriptor().limits.concurrency).unwrap_or(1).max(1);
        for some in ids.chunks(at_once) {
            let each = some.iter().map(|id| session.get(feed.produces, id));
            let found = try_join_all(each).await.map_err(vendor)?;
            answers.extend(some.iter().map(|id| (*id).clone()).zip(found));
        }
        Ok(answers)
    }

    /// The moment of holding that an issue is about.
    pub(crate) fn hold(&mut self, feed: &Feed, count: usize, of: usize, at: Timestamp) {
        let held = crate::body::Held { count: count as u64, of: of as u64, at };
        self.body.held.insert(feed.id.to_owned(), held);
    }
}
