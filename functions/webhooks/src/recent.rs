//! Events that this environment took lately. A push repeated just after its hint was settled is known here before the
//! connection's own item is read again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use domain::id::ConnectionId;
use store::TenantStore;
use store::webhook::DeliveryId;

/// Events in each of the two halves.
const HALF: usize = 4_096;

/// Two halves: when the younger is full, the older is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<[HashSet<String>; 2]>);

impl Recent {
    pub(crate) fn has(&self, store: &TenantStore, connection: &ConnectionId, id: &DeliveryId) -> bool {
        let name = name(store, connection, id);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|half| half.contains(&name))
    }

    pub(crate) fn keep(&self, store: &TenantStore, connection: &ConnectionId, id: &DeliveryId) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves[0].len() >= HALF {
            halves.swap(0, 1);
            halves[0].clear();
        }
        halves[0].insert(name(store, connection, id));
    }
}

fn name(store: &TenantStore, connection: &ConnectionId, id: &DeliveryId) -> String {
    format!("{}\u{1f}{connection}\u{1f}{}", store.tenant(), id.as_str())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use store::memory::MemoryTable;

    use super::*;

    #[test]
    fn the_last_ones_are_known_for_their_own_connection_and_the_number_is_bounded() {
        let recent = Recent::default();
        let store = |tenant: &str| TenantStore::new(Arc::new(MemoryTable::new()), tenant.into());
        let (ours, theirs, connection) = (store("ours"), store("theirs"), ConnectionId::from("psa"));
        let id = |n: usize| DeliveryId::of(&n.to_be_bytes(), None);
        for n in 0..3 * HALF {
            recent.keep(&ours, &connection, &id(n));
        }
        assert!((2 * HALF..3 * HALF).all(|n| recent.has(&ours, &connection, &id(n))));
        assert!(!recent.has(&ours, &connection, &id(0)));
        assert!(!recent.has(&theirs, &connection, &id(3 * HALF - 1)));
        assert!(recent.0.lock().unwrap().iter().map(HashSet::len).sum::<usize>() <= 2 * HALF);
    }
}
