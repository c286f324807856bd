//! Pauses between attempts: exponential, with full jitter.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);
const PAUSES: u32 = 7;

/// The pauses of one operation, about three seconds in all on average.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    taken: u32,
}

impl Backoff {
    /// Waits before the next attempt; `false`, at once, when there have been enough.
    pub(super) async fn pause(&mut self) -> bool {
        if self.taken == PAUSES {
            return false;
        }
        let ceiling = FIRST.saturating_mul(1 << self.taken).min(LONGEST);
        self.taken += 1;
        tokio::time::sleep(ceiling.mul_f64(rand::random::<f64>())).await;
        true
    }

    /// Starts over when the last attempt got something done.
    pub(super) fn note(&mut self, progress: bool) {
        if progress {
            self.taken = 0;
        }
    }
}
