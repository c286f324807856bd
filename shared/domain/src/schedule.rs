//! When a connection is due: slots spread evenly over the interval.

use jiff::{SignedDuration, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use crate::id::{ConnectionId, TenantId};
use crate::options::Interval;

/// The first slot after `now`.
///
/// A connection's offset inside the interval is a hash of its name, so 30,000 connections on 5 minutes make an even 100 a
/// second, and a connection keeps its slot over restarts.
pub fn next_slot(tenant: &TenantId, connection: &ConnectionId, interval: Interval, now: Timestamp) -> Timestamp {
    let period = interval.seconds();
    let name = format!("{tenant}\u{1f}{connection}");
    let offset = i64::try_from(xxh3_64(name.as_bytes()) % period.unsigned_abs()).unwrap_or(0);
    let since_slot = (now.as_second() - offset).rem_euclid(period);
    Timestamp::from_second(now.as_second() - since_slot + period).unwrap_or(Timestamp::MAX)
}

/// A claim is good for so long: its message has to be taken up within it.
///
/// Shorter than any interval, so a lost message costs no slot; longer than a tick looks ahead, so no tick claims anew
/// what is claimed, which would make the first message a stale one.
const CLAIM: SignedDuration = SignedDuration::from_mins(3);

/// When a connection whose claim's message is to be seen at `from` is due again if that message is lost. Whoever takes the
/// message up sets it to the next slot.
pub fn claimed_until(from: Timestamp) -> Timestamp {
    from.saturating_add(CLAIM).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_slot_is_within_one_interval_and_always_later() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        for interval in [Interval::Five, Interval::Fifteen, Interval::Thirty] {
            let slot = next_slot(&"acme".into(), &"halo-psa".into(), interval, now);
            let wait = slot.as_second() - now.as_second();
            assert!((1..=interval.seconds()).contains(&wait), "{interval:?} waits {wait} s");
            let again = next_slot(&"acme".into(), &"halo-psa".into(), interval, slot);
            assert_eq!(again.as_second() - slot.as_second(), interval.seconds());
        }
    }

    #[test]
    fn thirty_thousand_connections_spread_evenly_over_five_minutes() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut per_second = std::collections::HashMap::<i64, u32>::new();
        for tenant in 0..30_000 {
            let tenant = TenantId::new(format!("tenant-{tenant}"));
            let slot = next_slot(&tenant, &"halo-psa".into(), Interval::Five, now);
            *per_second.entry(slot.as_second()).or_default() += 1;
        }
        assert_eq!(per_second.len(), 300);
        assert!(per_second.values().all(|n| (50..=150).contains(n)), "{:?}", per_second.values().max());
    }
}
