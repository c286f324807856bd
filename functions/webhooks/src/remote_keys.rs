//! Keys that vendors serve: fetched from the tenant's own vendor through the guarded client, in no more than two seconds,
//! and kept for ten minutes.

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
/// A kept key that does not fit is fetched again, but not for every forged push.
const TRUSTED: SignedDuration = SignedDuration::from_mins(1);
/// Keys kept; a full cache is emptied.
const REMEMBERED: usize = 1_000;

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

/// Keys by their address.
#[derive(Default)]
pub(crate) struct RemoteKeys(Mutex<HashMap<Url, Key>>);

impl RemoteKeys {
    /// The key kept from this address.
    pub(crate) fn kept(&self, url: &Url, now: Timestamp) -> Option<Key> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= REMEMBERED {
            keys.clear();
        }
        keys.insert(url.clone(), key.clone());
        Some(key)
    }
}
