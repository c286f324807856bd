//! What the process decides about vendor HTTP: limits, the origin map, the clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::origin::OriginMap;

/// Reads the wall clock; passed in, because a connector has none.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Settings of the one HTTP pool of a process.
#[derive(Clone)]
pub struct HttpSettings {
    /// Vendor origins that are served somewhere else.
    pub origins: OriginMap,
    /// Time limits of one attempt.
    pub times: Times,
    /// Largest decompressed answer in bytes.
    pub response_cap: usize,
    /// What we call ourselves.
    pub user_agent: String,
    /// The wall clock.
    pub clock: Clock,
    /// Seed of the jitter between retries; `None` takes one from the operating system.
    pub seed: Option<u64>,
}

/// Time limits of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Name, connection and TLS.
    pub connect: Duration,
    /// Between two pieces of the answer.
    pub read: Duration,
    /// All of it.
    pub total: Duration,
}

impl HttpSettings {
    /// The usual limits, nothing mapped.
    pub fn new(clock: Clock) -> Self {
        Self {
            origins: OriginMap::default(),
            times: Times::default(),
            response_cap: 16 * 1024 * 1024,
            user_agent: "portal-connectors".to_owned(),
            clock,
            seed: None,
        }
    }
}

impl Default for Times {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), read: Duration::from_secs(15), total: Duration::from_secs(30) }
    }
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("origins", &self.origins)
            .field("times", &self.times)
            .field("response_cap", &self.response_cap)
            .field("user_agent", &self.user_agent)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
