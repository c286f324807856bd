//! Blocks: a vendor that shuts out the address of whoever goes on after its 429s, and then says 403 as if a permission were
//! missing.
//!
//! The 429 is remembered twice: with the account's budget, which outlives this process, and by the vendor's host for every
//! account in this process, as all of them call from one address. Only 429s are remembered and never a block, so a permission
//! that is really missing is told as such when the block must be over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::request::RequestBuilder;

/// When each host last said that there were too many calls; hosts of vendors that block only, so there are few.
#[derive(Default)]
pub(super) struct LimitedHosts(Mutex<HashMap<String, Timestamp>>);

impl LimitedHosts {
    fn note(&self, host: &str, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), now);
    }

    fn was_limited(&self, host: &str, now: Timestamp, within: Duration) -> bool {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |at: &Timestamp| now.duration_since(*at).unsigned_abs();
        hosts.get(host).is_some_and(|at| age(at) <= within)
    }
}

impl RequestBuilder {
    /// The vendor said that there were too many calls.
    pub(super) fn note_limited(&self) {
        let shared = &self.http.shared;
        let now = shared.now();
        shared.budget.note_limited(now);
        shared.pool.limited.note(self.url.host_str().unwrap_or_default(), now);
    }

    /// Whether that was so lately that a 403 comes from a block of this length: it may have begun when the first pause was
    /// over, hence twice its length.
    pub(super) fn follows_a_limit(&self, block: Duration) -> bool {
        let shared = &self.http.shared;
        let (now, within) = (shared.now(), block.saturating_mul(2));
        let host = self.url.host_str().unwrap_or_default();
        shared.budget.was_limited(now, within) || shared.pool.limited.was_limited(host, now, within)
    }
}
