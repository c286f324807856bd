//! Saving what people set: read, change, write under the settings' lock, once more if somebody was faster; then the
//! schedule follows.

use domain::activity::Action;
use domain::schedule::next_slot;
use store::activity::By;
use store::connection::{Settings, Versioned, Wake};
use store::{StoreError, TenantStore};

use super::integration::Read;
use crate::access::Caller;
use crate::activity;
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

/// What a change asks of the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// A run, now.
    pub(super) run: bool,
    /// Decide again on everything that is mirrored.
    pub(super) re_evaluate: bool,
}

impl AppState {
    /// Changes a connection's settings, unless it is being taken down. `change` may be called twice, on what is there each
    /// time. Without an action it is nothing that a person decided.
    pub(super) async fn change(
        &self,
        caller: &Caller,
        which: &Which,
        action: Option<Action>,
        mut change: impl FnMut(&Read, &mut Settings) -> Answer<Effect>,
    ) -> Answer<()> {
        self.change_even_closing(caller, which, action, |read, settings| {
            not_closing(which, settings)?;
            change(read, settings)
        })
        .await
    }

    /// The same, also while it is being taken down.
    pub(super) async fn change_even_closing(
        &self,
        caller: &Caller,
        which: &Which,
        action: Option<Action>,
        mut change: impl FnMut(&Read, &mut Settings) -> Answer<Effect>,
    ) -> Answer<()> {
        let store = &caller.store;
        let mut again = true;
        loop {
            let read = self.read(store, which).await?;
            let mut settings = read.connection.settings.clone();
            let effect = change(&read, &mut settings.value)?;
            if settings.value == *read.settings() && effect == Effect::default() {
                return Ok(());
            }
            let entry = action.map(|action| {
                let entry = caller.did(self, action, activity::integration(which));
                activity::with_settings(entry, read.settings(), &settings.value)
            });
            let by = entry.as_ref().map_or(By::System, By::Person);
            match self.save(store, which, &read, &settings, effect, by).await {
                Err(StoreError::Stale) if again => again = false,
                Err(error) => return Err(error.into()),
                Ok(wake) => return self.follow(store, which, &settings.value, &wake).await,
            }
        }
    }

    async fn save(
        &self,
        store: &TenantStore,
        which: &Which,
        read: &Read,
        settings: &Versioned<Settings>,
        effect: Effect,
        by: By<'_>,
    ) -> Result<Wake, StoreError> {
        let now = self.now();
        let state = &read.connection.state;
        let interval = settings.value.options.interval_minutes;
        let asleep = !state.active || state.due_at.is_none();
        let due_at = if !settings.value.scheduled() {
            None
        } else if effect.run || asleep {
            Some(now)
        } else if interval != read.settings().options.interval_minutes {
            Some(next_slot(store.tenant(), &which.connection, interval, now))
        } else {
            None
        };
        let wake = Wake { due_at, re_evaluate: effect.re_evaluate };
        store.save_settings(&which.connection, settings, &wake, by).await?;
        Ok(wake)
    }

    async fn follow(&self, store: &TenantStore, which: &Which, settings: &Settings, wake: &Wake) -> Answer<()> {
        if !settings.scheduled() {
            return Ok(());
        }
        match wake.due_at {
            Some(due_at) if due_at <= self.now() => self.run_now(store, which, due_at).await,
            _ if wake.re_evaluate => {
                self.wake(store, which).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Nothing may be changed under the hands of who takes it down.
pub(super) fn not_closing(which: &Which, settings: &Settings) -> Answer<()> {
    if settings.disconnect.is_none() {
        return Ok(());
    }
    let name = which.descriptor.name;
    Err(Problem::conflict(format!("{name} is being disconnected. Wait until that is done, then repeat this.")))
}
