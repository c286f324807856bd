//! The knobs that every vendor has: permissions, credentials, skew, limits, quirks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a denied record type answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DenyAs {
    /// 403.
    #[default]
    #[serde(rename = "403")]
    Forbidden,
    /// A list without rows.
    #[serde(rename = "empty")]
    Empty,
}

/// A rolling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Calls in the window.
    pub calls: usize,
    /// Length of the window.
    pub window_seconds: i64,
    /// Answers beyond it carry `Retry-After`.
    #[serde(default)]
    pub retry_after: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) denied: BTreeSet<String>,
    pub(crate) deny_as: DenyAs,
    pub(crate) revoked: bool,
    /// Raised to make every token issued so far worthless.
    pub(crate) token_generation: u64,
    pub(crate) token_lifetime: Option<i64>,
    pub(crate) skew_seconds: i64,
    pub(crate) quirks: BTreeMap<String, Value>,
    limit: Option<Limit>,
    window: VecDeque<Timestamp>,
}

/// Shared by all calls.
#[derive(Default)]
pub(crate) struct Knobs(Mutex<Settings>);

impl Knobs {
    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        lock(&self.0)
    }

    pub(crate) fn skewed(&self, now: Timestamp) -> Timestamp {
        let skew = SignedDuration::from_secs(self.settings().skew_seconds);
        now.checked_add(skew).unwrap_or(now)
    }

    pub(crate) fn denied(&self, record_type: &str) -> Option<DenyAs> {
        let settings = self.settings();
        settings.denied.contains(record_type).then_some(settings.deny_as)
    }

    /// A vendor's behaviour that no source settles, chosen by name.
    pub(crate) fn quirk(&self, name: &str) -> Option<Value> {
        self.settings().quirks.get(name).cloned()
    }

    pub(crate) fn set_limit(&self, limit: Option<Limit>) {
        let mut settings = self.settings();
        settings.limit = limit;
        settings.window.clear();
    }

    /// Counts a call; beyond the limit, gives the limit and the seconds until the next call is allowed.
    pub(crate) fn spend(&self, now: Timestamp) -> Result<(), (Limit, i64)> {
        let mut settings = self.settings();
        let Some(limit) = settings.limit else { return Ok(()) };
        let age = |seen: &Timestamp| now.as_second() - seen.as_second();
        while settings.window.front().is_some_and(|oldest| age(oldest) >= limit.window_seconds) {
            settings.window.pop_front();
        }
        if settings.window.len() < limit.calls {
            settings.window.push_back(now);
            return Ok(());
        }
        let wait = settings.window.front().map_or(limit.window_seconds, |oldest| limit.window_seconds - age(oldest));
        Err((limit, wait.max(1)))
    }
}

/// A simulator goes on after a panic in one call.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
