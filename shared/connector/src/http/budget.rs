//! The call budget: our share of a vendor's allowance, kept over runs, spent evenly.
//!
//! A sliding window in about twenty buckets. Calls are free until half of the share is used; then they are spaced
//! evenly over the time until the window gives calls back; at the limit they wait for that.
//!
//! A vendor that counts by address has a second window, which all connections of the connector share in this process: a
//! call must fit both.
//!
//! Where a vendor tells how much of the allowance everybody has used, our share melts as that nears the limit, and
//! beyond four fifths we stand back ([`Budget::report`]).
//!
//! Invariant: in no window of the vendor's length do more calls start than the share. A bucket counts in full until its
//! last moment left the window, so rounding errs on the vendor's side.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::descriptor::Limits;

const BUCKETS: i64 = 20;

/// What we may take of a vendor's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Calls in one window: our share of what the vendor allows.
    pub calls: u64,
    /// The vendor's rolling window.
    pub window: Duration,
    /// Calls at once.
    pub concurrency: usize,
}

impl BudgetLimits {
    /// The share of a declared allowance; `share_percent` is the deployment's own, in place of the descriptor's.
    pub fn of(limits: &Limits, share_percent: Option<u32>) -> Self {
        let percent = u64::from(share_percent.unwrap_or(limits.share_percent).min(100));
        Self {
            calls: (u64::from(limits.calls) * percent / 100).max(1),
            window: limits.window,
            concurrency: usize::try_from(limits.concurrency).unwrap_or(1).max(1),
        }
    }
}

/// What was spent; kept between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BudgetState {
    /// `(start, calls)` of each bucket in the window, the start in seconds since 1970.
    pub buckets: Vec<(i64, u64)>,
    /// The vendor asked us to stay away until this second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<i64>,
    /// When the vendor last said that there were too many calls, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_at: Option<i64>,
}

impl BudgetState {
    /// Calls made in the window that ends now.
    pub fn used(&self, now: Timestamp, limits: &BudgetLimits) -> u64 {
        used(&self.buckets, now.as_millisecond(), limits)
    }
}

/// What everybody together has used of a vendor's allowance, by the vendor's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Calls in the window that ends now.
    pub used: u64,
    /// Calls that the vendor allows in it.
    pub allowed: u64,
}

/// From this part of the vendor's allowance on our share melts, in percent.
const CROWDED_PERCENT: u64 = 60;
/// From this part on we leave the rest to others, in percent.
const FULL_PERCENT: u64 = 80;

/// A shared handle on the windows that a call must fit, the vendor account's own first.
#[derive(Clone, Debug)]
pub struct Budget(Vec<Arc<Window>>);

/// A call's place in every window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// How long to wait for it.
    pub(super) wait: Duration,
    slot: i64,
}

#[derive(Debug)]
struct Window {
    limits: BudgetLimits,
    at_once: Semaphore,
    ledger: Mutex<Ledger>,
}

/// All times in milliseconds since 1970, except the buckets' starts.
#[derive(Debug)]
struct Ledger {
    buckets: Vec<(i64, u64)>,
    blocked_until: i64,
    limited_at: Option<i64>,
    /// When the latest call that was let through starts.
    last: Option<i64>,
    /// What is left of our share by the vendor's last report, and until when that is believed.
    melted: Option<(u64, i64)>,
}

impl Budget {
    /// A budget that goes on from where it was.
    pub fn new(limits: BudgetLimits, state: BudgetState) -> Self {
        let blocked_until = state.blocked_until.map_or(i64::MIN, |second| second.saturating_mul(1000));
        let limited_at = state.limited_at.map(|second| second.saturating_mul(1000));
        let ledger = Ledger { buckets: state.buckets, blocked_until, limited_at, last: None, melted: None };
        let at_once = Semaphore::new(limits.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        Self(vec![Arc::new(Window { limits, at_once, ledger: Mutex::new(ledger) })])
    }

    /// A budget without bounds.
    pub const fn unlimited() -> Self {
        Self(Vec::new())
    }

    /// This budget, whose calls count in another one, too.
    #[must_use]
    pub fn within(mut self, shared: &Self) -> Self {
        self.0.extend(shared.0.iter().cloned());
        self
    }

    /// What was spent, for the next run.
    pub fn state(&self) -> BudgetState {
        let Some(own) = self.0.first() else { return BudgetState::default() };
        let ledger = own.ledger();
        let blocked_until = (ledger.blocked_until > 0).then(|| (ledger.blocked_until + 999).div_euclid(1000));
        let limited_at = ledger.limited_at.map(|at| at.div_euclid(1000));
        BudgetState { buckets: ledger.buckets.clone(), blocked_until, limited_at }
    }

    /// Calls left in the window that ends now; `None` for a budget without bounds.
    pub fn left(&self, now: Timestamp) -> Option<u64> {
        let left = |window: &Arc<Window>| {
            let used = window.ledger().used(now.as_millisecond(), &window.limits);
            window.limits.calls.saturating_sub(used)
        };
        self.0.iter().map(left).min()
    }

    /// Whether it has bounds: without them nobody needs to ask the vendor how much is used.
    pub const fn is_bounded(&self) -> bool {
        !self.0.is_empty()
    }

    /// The vendor's own count of what everybody has used. Up to 60 % of the allowance our share is whole, from there on it
    /// melts, and at 80 % nobody calls. After a twentieth of the window that is old news, and it is time to ask again.
    pub fn report(&self, now: Timestamp, usage: Usage) {
        let Some(own) = self.0.first() else { return };
        let percent = usage.used.saturating_mul(100) / usage.allowed.max(1);
        let old = own.limits.window / u32::try_from(BUCKETS).unwrap_or(1);
        let until = now.as_millisecond().saturating_add(millis(old));
        let left = FULL_PERCENT.saturating_sub(percent);
        let share = (own.limits.calls * left / (FULL_PERCENT - CROWDED_PERCENT)).max(1);
        let mut ledger = own.ledger();
        ledger.melted = (percent > CROWDED_PERCENT).then_some((share, until));
        if percent >= FULL_PERCENT {
            ledger.blocked_until = ledger.blocked_until.max(until);
        }
    }

    /// Reserves the next call, or, beyond `patience`, says only how long it would have to wait.
    pub(super) fn reserve(&self, now: Timestamp, patience: Duration) -> Result<Turn, Duration> {
        let now = now.as_millisecond();
        // Everybody locks a shared window last, so nobody waits for somebody who waits.
        let mut ledgers: Vec<_> = self.0.iter().map(|window| (window.ledger(), &window.limits)).collect();
        // What fits a window fits it later, too.
        let slot = ledgers.iter().map(|(ledger, limits)| ledger.next_slot(now, limits)).max().unwrap_or(now);
        let wait = Duration::from_millis(slot.saturating_sub(now).unsigned_abs());
        if wait > patience {
            return Err(wait);
        }
        for (ledger, limits) in &mut ledgers {
            ledger.record(slot, now, limits);
        }
        Ok(Turn { wait, slot })
    }

    /// Gives back a turn that was not taken.
    pub(super) fn give_back(&self, turn: &Turn) {
        for window in &self.0 {
            window.ledger().forget(turn.slot, &window.limits);
        }
    }

    /// Waits until fewer calls than allowed are under way.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.0.first()?.at_once.acquire().await.ok()
    }

    /// How long the vendor wants no call at all.
    pub(super) fn closed_for(&self, now: Timestamp) -> Option<Duration> {
        let until = self.0.iter().map(|window| window.ledger().blocked_until).max()?;
        let left = until.saturating_sub(now.as_millisecond());
        (left > 0).then(|| Duration::from_millis(left.unsigned_abs()))
    }

    /// The vendor said that there were too many calls.
    pub(super) fn note_limited(&self, now: Timestamp) {
        for window in &self.0 {
            window.ledger().limited_at = Some(now.as_millisecond());
        }
    }

    /// Whether it said so within this time.
    pub(super) fn was_limited(&self, now: Timestamp, within: Duration) -> bool {
        let since = now.as_millisecond().saturating_sub(millis(within));
        self.0.iter().any(|window| window.ledger().limited_at.is_some_and(|at| at >= since))
    }

    /// The vendor asked for a pause: nobody calls before it is over.
    pub(super) fn block(&self, now: Timestamp, pause: Duration) {
        let until = now.as_millisecond().saturating_add(millis(pause));
        for window in &self.0 {
            let mut ledger = window.ledger();
            ledger.blocked_until = ledger.blocked_until.max(until);
        }
    }
}

impl Window {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BudgetLimits {
    fn bucket_seconds(&self) -> i64 {
        (millis(self.window) / 1000 / BUCKETS).max(1)
    }

    /// Where the bucket of this moment starts.
    fn bucket_of(&self, slot: i64) -> i64 {
        let width = self.bucket_seconds();
        slot.div_euclid(1000).div_euclid(width) * width
    }

    /// When a bucket has left the window for good.
    fn end_of(&self, start: i64) -> i64 {
        start.saturating_add(self.bucket_seconds()).saturating_mul(1000).saturating_add(millis(self.window))
    }
}

impl Ledger {
    fn used(&self, at: i64, limits: &BudgetLimits) -> u64 {
        used(&self.buckets, at, limits)
    }

    /// When the next call may start. Reservations after that moment count as used already.
    fn next_slot(&self, now: i64, limits: &BudgetLimits) -> i64 {
        let mut at = now.max(self.blocked_until);
        loop {
            let melted = self.melted.filter(|(_, until)| *until > at);
            let share = melted.map_or(limits.calls, |(share, _)| share);
            let used = self.used(at, limits);
            let counted = self.buckets.iter().map(|(start, _)| limits.end_of(*start)).filter(|end| *end > at);
            let (Some(first_end), true) = (counted.min(), used >= (share / 2).max(1)) else { return at };
            if used >= share {
                at = melted.map_or(first_end, |(_, until)| until.min(first_end));
                continue;
            }
            let Some(last) = self.last else { return at };
            if last > at {
                at = last;
                continue;
            }
            let left = i64::try_from(share - used).unwrap_or(i64::MAX - 1);
            return at.max(last + (first_end - last) / (left + 1));
        }
    }

    fn record(&mut self, slot: i64, now: i64, limits: &BudgetLimits) {
        self.buckets.retain(|(start, _)| limits.end_of(*start) > now);
        let start = limits.bucket_of(slot);
        match self.buckets.iter_mut().find(|(known, _)| *known == start) {
            Some((_, calls)) => *calls += 1,
            None => self.buckets.push((start, 1)),
        }
        self.last = self.last.max(Some(slot));
    }

    fn forget(&mut self, slot: i64, limits: &BudgetLimits) {
        let start = limits.bucket_of(slot);
        if let Some((_, calls)) = self.buckets.iter_mut().find(|(known, _)| *known == start) {
            *calls = calls.saturating_sub(1);
        }
        self.buckets.retain(|(_, calls)| *calls > 0);
    }
}

fn used(buckets: &[(i64, u64)], at: i64, limits: &BudgetLimits) -> u64 {
    buckets.iter().filter(|(start, _)| limits.end_of(*start) > at).map(|(_, calls)| calls).sum()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
