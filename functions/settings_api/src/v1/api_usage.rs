//! What a connection takes of its vendor's call allowance, as its runs left it: the vendor's own count may be higher, since
//! other tools call, too.

use connector::Limits;
use connector::http::{BudgetLimits, BudgetState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Calls to the vendor in its window that ends now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiUsage {
    /// Calls made.
    calls: u64,
    /// Calls that we may make in a window: our share of what the vendor allows.
    share: u64,
    /// Calls that the vendor allows in a window.
    allowed: u32,
    /// Length of the window.
    window_seconds: u64,
    /// The vendor asked us to make no calls until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_until: Option<Timestamp>,
}

impl ApiUsage {
    pub(super) fn of(declared: &Limits, limits: &BudgetLimits, spent: &BudgetState, now: Timestamp) -> Self {
        let until = spent.blocked_until.and_then(|second| Timestamp::from_second(second).ok());
        Self {
            calls: spent.used(now, limits),
            share: limits.calls,
            allowed: declared.calls,
            window_seconds: limits.window.as_secs(),
            waits_until: until.filter(|until| *until > now),
        }
    }
}
