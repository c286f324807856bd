//! Burying what is missing: one direct read each, in portions, resumable; and a person's word on deletions that were held.
//!
//! Invariants: nothing is buried that a direct read still finds, whoever confirmed it, nor what its list still shows,
//! whatever a direct read says; a person's word counts for what was missing when they were asked, and for nothing that a
//! later sweep misses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use connector::{ErrorKind, Feed, Mapped, Reach};
use domain::id::ExternalId;
use futures::future::join_all;
use jiff::Timestamp;
use store::feeds::Missing;
use store::records::Presence;
use store::table::Write;
use store::work::{Waiting, What};

use crate::apply::Completing;
use crate::causes::chain;
use crate::engine::EngineError;
use crate::list::List;
use crate::rows;
use crate::slice::{Slice, Stop, vendor};

/// Sweeps in a row that have to miss a record before it is asked for.
pub(crate) const MISSES: u8 = 2;
/// Why a record is buried that the vendor has no more.
pub(crate) const GONE: &str = "no longer there at the vendor";
/// Records asked for between two looks at the clock.
pub(crate) const AT_ONCE: usize = 50;

/// A list of so many pages is read at once to see what it misses; a longer one when its sweep comes.
const SHORT_LIST: u32 = 20;

/// What a feed is known to miss, and how many items tell of it.
pub(crate) struct Ledger {
    pub(crate) missing: Missing,
    pub(crate) items: u32,
}

impl Ledger {
    /// The parts of a transaction that keep it.
    pub(crate) fn parts(&self, slice: &Slice<'_>, list: &List) -> Vec<Write> {
        slice.store.missing_writes(&slice.connection, &list.key(), &self.missing, self.items)
    }
}

impl Slice<'_> {
    /// Takes a person's words up: what was missing when they were asked is marked as confirmed. Said of anything else by
    /// now, a word is void, and the issue stays.
    pub(crate) async fn take_words(&mut self, words: &[Waiting]) -> Result<(), Stop> {
        for word in words {
            let What::Confirmed { feed, held_at } = &word.what else { continue };
            let held = self.body.held.get(feed).is_some_and(|held| held.at == *held_at);
            let known = List::parse(self.descriptor(), feed).filter(|_| held);
            self.begin_for_good().await?;
            let mut parts = vec![self.store.settle_write(word)];
            if let Some(list) = known {
                let (mut missing, items) = self.store.missing(&self.connection, feed).await?;
                for missed in missing.values_mut().filter(|missed| missed.sweeps >= MISSES) {
                    missed.confirmed = true;
                }
                parts.extend(Ledger { missing, items }.parts(self, &list));
                self.body.held.remove(feed);
                self.body.burying.insert(feed.clone());
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
        for key in self.body.burying.clone() {
            if let Some(list) = List::parse(self.descriptor(), &key) {
                let feed = list.feed;
                // Not in the write that took the word up, so that a kill in between does not leave it open.
                if !self.body.held.contains_key(&key) {
                    self.deletions_settled(&list).await?;
                }
                let (missing, items) = self.store.missing(&self.connection, &key).await?;
                let mut ledger = Ledger { missing, items };
                let confirmed = ledger.missing.iter().filter(|(_, missed)| missed.confirmed);
                let ids: Vec<ExternalId> = confirmed.map(|(id, _)| id.clone()).collect();
                let buried = self.bury_missing(&list, &ids, &mut ledger).await?;
                let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
                state.present = state.present.saturating_sub(buried);
                // The next look tries again.
                let unanswered = ledger.missing.values().filter(|missed| missed.confirmed).count();
                if unanswered > 0 {
                    let problem = format!("{unanswered} missing records could not be read by themselves");
                    self.fared(self.declares(feed.produces), Some(problem));
                } else {
                    self.body.burying.remove(&key);
                }
                let parts = ledger.parts(self, &list);
                self.flush_log(parts).await?;
            } else {
                self.body.burying.remove(&key);
            }
        }
        Ok(())
    }

    /// A record that something named, and that the vendor says it has not: missed once, as by a sweep. It is buried when its
    /// list does not show it either.
    pub(crate) async fn missed(&mut self, feed: &'static Feed, id: &ExternalId) -> Result<(), EngineError> {
        let found = self.store.records(&self.connection, feed.produces, [id]).await?;
        let Some(record) = found.first().filter(|record| record.body.presence != Presence::Gone) else {
            return Ok(());
        };
        let list = match (feed.reach, record.live().and_then(|data| data.company())) {
            (Reach::Account, _) => List::whole(feed),
            (Reach::LinkedCompanies, Some(company)) => List::of(feed, company.clone()),
            // Nothing is shown of it.
            (Reach::LinkedCompanies, None) => return Ok(()),
        };
        let (mut missing, items) = self.store.missing(&self.connection, &list.key()).await?;
        let missed = missing.entry(id.clone()).or_default();
        missed.sweeps = missed.sweeps.max(1);
        self.read_if_short(&list);
        let parts = Ledger { missing, items }.parts(self, &list);
        self.flush_log(parts).await
    }

    /// Has a list read in full in this run, unless it is long.
    fn read_if_short(&mut self, list: &List) {
        let Some(state) = self.body.feeds.get_mut(list.feed.id) else { return };
        match &list.company {
            Some(company) => state.owe(company),
            None if state.pages <= SHORT_LIST => state.swept_at = None,
            None => return,
        }
        self.body.reads = true;
    }

    /// Buries those that the vendor says are gone; the others are there all the same, and are to be missed anew before they
    /// are asked for again. When the slice ends before they are all done, the ledger is kept as far as it is.
    ///
    /// Gives how many were buried.
    pub(crate) async fn bury_missing(
        &mut self,
        list: &List,
        ids: &[ExternalId],
        ledger: &mut Ledger,
    ) -> Result<u64, Stop> {
        let feed = list.feed;
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
                    let parts = ledger.parts(self, list);
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
        let hidden: Vec<ExternalId> = answers.keys().filter(|id| !gone.contains(*id)).cloned().collect();
        let there: Vec<Mapped> = answers.into_values().flatten().collect();
        self.apply(feed, rows::hash(there, self.descriptor().map_version), |_| true, Completing::Changed).await?;
        let buried = self.bury(feed, &gone, GONE).await?;
        ledger.missing.retain(|id, _| !gone.contains(id) && !before.contains(id));
        for id in hidden {
            ledger.missing.insert(id, store::feeds::Missed::default());
        }
        Ok(buried)
    }

    /// Reads each of these by itself; `None`: confirmed gone. Whoever cannot be read is left out and missing as before: the vendor's
    /// trouble with one record stops no list. Without an answer it may be trouble with all, and no more are asked for.
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
            let mut silent = false;
            for (id, found) in some.iter().zip(join_all(each).await) {
                match found {
                    Ok(answer) => drop(answers.insert((*id).clone(), answer)),
                    Err(error) if error.kind.is_account_wide() => return Err(vendor(error)),
                    Err(error) => {
                        silent |= error.kind == ErrorKind::Unavailable;
                        tracing::warn!(feed = feed.id, record.id = %id, error = chain(&error), "A missing record cannot be read.");
                    }
                }
            }
            if silent {
                break;
            }
        }
        Ok(answers)
    }

    /// The moment of holding that an issue is about.
    pub(crate) fn hold(&mut self, list: &List, count: usize, of: usize, at: Timestamp) {
        let held = crate::body::Held { count: count as u64, of: of as u64, at };
        self.body.held.insert(list.key(), held);
    }
}
