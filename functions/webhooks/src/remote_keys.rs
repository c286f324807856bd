//! Keys that vendors serve: fetched from the tenant's own vendor through the guarded client, in no more than two seconds,
//! and kept for ten minutes.
//!
//! Which key is fetched stands in a body that nobody has proven yet. So whoever knows an address could have the vendor asked
//! for another key with every push; a connection therefore has few fetches a minute that prove nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector::http::{Budget, CallKind, HttpPool, TokenOwner};
use connector::webhook::RemoteKey;
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// Vendors wait five seconds for an answer.
const FETCH: Duration = Duration::from_secs(2);
const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// A kept key that does not fit is fetched again, but not before this.
const TRUSTED: SignedDuration = SignedDuration::from_mins(1);
/// Keys kept, and connections with misses; a full cache is emptied.
const REMEMBERED: usize = 1_000;
/// Fetches of a connection that may prove nothing, so many a minute.
const MISSES: u32 = 10;
const MISSES_FOR: SignedDuration = SignedDuration::from_mins(1);

/// A key and when it was fetched.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) bytes: Arc<[u8]>,
    at: Timestamp,
}

impl Key {
    /// The vendor may have another one by now.
    pub(crate) fn may_be_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) >= TRUSTED
    }
}

/// Fetches of one connection that have proven nothing, or not yet.
struct Misses {
    since: Timestamp,
    count: u32,
}

/// Keys by their address, and misses by connection.
#[derive(Default)]
pub(crate) struct RemoteKeys {
    keys: Mutex<HashMap<Url, Key>>,
    misses: Mutex<HashMap<String, Misses>>,
}

impl RemoteKeys {
    /// Whether another key may be fetched for this connection now; it is a miss until it [proved](Self::proved) something.
    pub(crate) fn may_fetch(&self, whose: &str, now: Timestamp) -> bool {
        let mut all = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        let misses = all.entry(whose.to_owned()).or_insert(Misses { since: now, count: 0 });
        if now.duration_since(misses.since) >= MISSES_FOR {
            *misses = Misses { since: now, count: 0 };
        }
        misses.count += 1;
        misses.count <= MISSES
    }

    /// The key that was fetched for this connection was no miss.
    pub(crate) fn proved(&self, whose: &str) {
        if let Some(misses) = self.misses.lock().unwrap_or_else(PoisonError::into_inner).get_mut(whose) {
            misses.count = misses.count.saturating_sub(1);
        }
    }

    /// The key kept from this address.
    pub(crate) fn kept(&self, url: &Url, now: Timestamp) -> Option<Key> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(url).filter(|key| now.duration_since(key.at) < KEPT).cloned()
    }

    /// Fetches the key at this address; `None` where no key comes in time.
    pub(crate) async fn fetch(&self, pool: &HttpPool, remote: &RemoteKey, url: &Url, now: Timestamp) -> Option<Key> {
        let http = pool.for_connection(TokenOwner("webhook key".to_owned()), Budget::unlimited());
        http.set_deadline(tokio::time::Instant::now() + FETCH);
        let answer = http.get("fetch the webhook key", url.clone()).kind(CallKind::Authentication).send().await;
        let bytes = match answer {
            Ok(answer) => (remote.key)(&answer.body)?,
            Err(error) => {
                tracing::warn!(host = url.host_str(), error = %error, "A webhook's key could not be fetched.");
                return None;
            }
        };
        let key = Key { bytes: bytes.into(), at: now };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= REMEMBERED {
            keys.clear();
        }
        keys.insert(url.clone(), key.clone());
        Some(key)
    }
}
