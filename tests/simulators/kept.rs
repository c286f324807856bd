//! What a vendor knows, for calls that come at the same time.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Data behind a lock. A call that panicked is a failed test already: the next one goes on.
pub(crate) struct Kept<T>(RwLock<T>);

impl<T> Kept<T> {
    pub(crate) const fn new(state: T) -> Self {
        Self(RwLock::new(state))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
