//! What the engine knows of a connection: schedule, wake sequence, lease, and the engine's own body.
//!
//! Invariants: one writer per connection, by a lease with a fence; everything the holder writes here carries the fence;
//! taking the lease sets `due_at` to its expiry, so a killed worker is found by the next tick after it; releasing fails
//! when the wake sequence moved since the last look, so nothing that arrived in between is left behind. A connection that
//! is being taken down is `closed`: whoever holds it without knowing so writes nothing more.

use domain::id::{ConnectionId, ConnectorId};
use domain::run::Mode;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::table::{Condition, Item, Key, TableError, Update, Write};

/// How many partitions of the due index one connector's connections are spread over.
pub const DUE_SHARDS: u64 = 4;
/// So often a lease may be taken and given back while one worker tries to get it.
const RACES: usize = 3;

/// The state item.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Switched on.
    pub active: bool,
    /// Being taken down, or taken down with its data kept.
    pub closed: bool,
    /// When it is due next.
    pub due_at: Option<Timestamp>,
    /// Counts claims by ticks; a message with an older claim is stale.
    pub claim: u64,
    /// Counts everything that wants attention.
    pub wake: u64,
    /// Counts leases.
    pub fence: u64,
    /// Counts issues that were closed.
    pub recoveries: u64,
    /// The lease, if one was taken and not released; it may have expired.
    pub lease: Option<Lease>,
    /// What a person asked for and no run has taken up yet.
    pub requested: Option<Requested>,
    /// When a person last asked for a run.
    pub asked_at: Option<Timestamp>,
    /// The engine's own, written only under the lease.
    body: Option<String>,
}

/// Who holds a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The worker.
    pub owner: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A person's *Sync now* or *Resync everything*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Requested {
    /// The id that the run will have.
    pub run: domain::id::RunId,
    /// How much.
    pub mode: Mode,
    /// When.
    pub at: Timestamp,
}

impl State {
    pub(crate) fn from_item(item: &Item) -> Result<Self> {
        let seconds = |attribute| item::get_number(item, attribute).and_then(|s| Timestamp::from_second(s).ok());
        let millis = |attribute| item::get_number(item, attribute).and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let lease = match (item::get_text(item, "lease_owner"), millis("lease_started"), millis("lease_expires")) {
            (Some(owner), Some(started_at), Some(expires_at)) => {
                Some(Lease { owner: owner.to_owned(), started_at, expires_at })
            }
            _ => None,
        };
        let requested = item::get_text(item, "requested")
            .map(serde_json::from_str)
            .transpose()
            .map_err(|source| StoreError::Body { sk: "STATE.requested".to_owned(), source })?;
        Ok(Self {
            active: item.contains_key("active"),
            closed: item.contains_key("closed"),
            due_at: seconds("due_at"),
            claim: item::get_count(item, "claim"),
            wake: item::get_count(item, "wake"),
            fence: item::get_count(item, "fence"),
            recoveries: item::get_count(item, "recoveries"),
            lease,
            requested,
            asked_at: seconds("asked_at"),
            body: item::get_text(item, "body").map(str::to_owned),
        })
    }

    /// The proof of the lease that is held.
    fn fenced(&self, connection: &ConnectionId) -> Fence {
        Fence { connection: connection.clone(), number: self.fence, closing: self.closed }
    }

    /// The engine's own part; its default when no run ever wrote one.
    pub fn body<T: DeserializeOwned + Default>(&self) -> Result<T> {
        let Some(text) = &self.body else { return Ok(T::default()) };
        serde_json::from_str(text).map_err(|source| StoreError::Body { sk: "STATE".to_owned(), source })
    }
}

/// Proof of holding a connection: every write of the engine's state carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Which connection.
    pub connection: ConnectionId,
    /// The number of this lease.
    pub number: u64,
    /// The holder knows that the connection is being taken down.
    pub closing: bool,
}

/// What came of trying to take the lease.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Lease(Fence, Box<State>),
    /// Somebody else holds it; the wake sequence was raised for them.
    Held,
    /// Off, paused or removed.
    Inactive,
    /// The message's claim is older than the last one.
    Stale,
}

/// How a run leaves the state behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// When it is due next: the next slot, or now when work is left. `None` takes it out of the schedule.
    pub due_at: Option<Timestamp>,
    /// The wake sequence before the last look; `None` when work is left anyway.
    pub wake: Option<u64>,
    /// The request that this run took up.
    pub done: Option<Requested>,
    /// Take it out of service: repeated permanent refusals.
    pub deactivate: bool,
}

/// What came of releasing.
#[derive(Debug, PartialEq, Eq)]
pub enum Released {
    /// Done.
    Done,
    /// Something arrived since the last look: look again.
    LookAgain,
}

impl TenantStore {
    pub(crate) fn due_shard(&self, connector: &ConnectorId, connection: &ConnectionId) -> String {
        let name = format!("{}\u{1f}{connection}", self.tenant);
        let hash = domain::hash::ContentHash::of(name.as_bytes(), 0);
        due_shard(connector, u64::from(hash.as_bytes()[15]) % DUE_SHARDS)
    }

    /// Takes the lease. One write; it returns the state, so nothing need be read. `owner` names this attempt: a write whose
    /// answer was lost, and that is sent again, finds its own lease.
    pub async fn acquire(
        &self,
        connection: &ConnectionId,
        owner: &str,
        claim: Option<u64>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Acquired> {
        for _ in 0..RACES {
            if let Some(acquired) = self.try_acquire(connection, owner, claim, now, expires_at).await? {
                return Ok(acquired);
            }
            // Raised after the holder gave the lease back, the wake would be heard by nobody: the lease is ours to take.
            if self.wake_holder(connection).await? {
                return Ok(Acquired::Held);
            }
        }
        Ok(Acquired::Held)
    }

    /// `None`: somebody else holds it.
    async fn try_acquire(
        &self,
        connection: &ConnectionId,
        owner: &str,
        claim: Option<u64>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Option<Acquired>> {
        let key = self.keys.state(connection);
        let mut update = Update::default();
        update.set.insert("lease_owner", item::text(owner));
        update.set.insert("lease_started", item::number(now.as_millisecond()));
        update.set.insert("lease_expires", item::number(expires_at.as_millisecond()));
        // Rounded up: due only when the lease has surely expired.
        update.set.insert("due_at", item::number(expires_at.as_second() + 1));
        update.add.insert("fence", 1);
        let free = Condition::Any(vec![
            Condition::Lacks("lease_owner"),
            Condition::Less("lease_expires", item::number(now.as_millisecond())),
        ]);
        let mut conditions = vec![Condition::Has("active"), free];
        if let Some(claim) = claim {
            conditions.push(Condition::LessOrEqual("claim", item::count(claim)));
        }
        match self.table.update(key.clone(), update, Some(Condition::All(conditions))).await {
            Ok(item) => {
                let state = State::from_item(&item)?;
                Ok(Some(Acquired::Lease(state.fenced(connection), Box::new(state))))
            }
            Err(TableError::Condition { existing, .. }) => {
                let state = existing.as_deref().map(State::from_item).transpose()?.unwrap_or_default();
                if !state.active {
                    Ok(Some(Acquired::Inactive))
                } else if state.lease.as_ref().is_some_and(|lease| lease.owner == owner) {
                    Ok(Some(Acquired::Lease(state.fenced(connection), Box::new(state))))
                } else if claim.is_some_and(|claim| claim < state.claim) {
                    Ok(Some(Acquired::Stale))
                } else {
                    Ok(None)
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whoever holds the lease that there is something to look at. False when nobody holds it.
    async fn wake_holder(&self, connection: &ConnectionId) -> Result<bool> {
        let mut update = Update::default();
        update.add.insert("wake", 1);
        match self.table.update(self.keys.state(connection), update, Some(Condition::Has("active"))).await {
            Ok(item) => Ok(State::from_item(&item)?.lease.is_some()),
            Err(TableError::Condition { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Leaves a person's request for the next run. Fails as [`StoreError::Stale`] when one is waiting already.
    pub async fn request_run(&self, connection: &ConnectionId, requested: &Requested, by: By<'_>) -> Result<()> {
        let key = self.keys.state(connection);
        let mut update = Update::default();
        update.add.insert("wake", 1);
        update.set.insert("requested", item::text(item::json(&key, requested)?));
        update.set.insert("due_at", item::number(requested.at.as_second()));
        update.set.insert("asked_at", item::number(requested.at.as_second()));
        let condition = Some(Condition::All(vec![Condition::Has("active"), Condition::Lacks("requested")]));
        let mut writes = vec![Write::Update { key, update, condition }];
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// The part of a transaction that keeps the engine's body under the fence.
    pub fn checkpoint_write<T: Serialize>(&self, fence: &Fence, body: &T) -> Result<Write> {
        let key = self.keys.state(&fence.connection);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, body)?));
        Ok(Write::Update { key, update, condition: Some(holds(fence)) })
    }

    /// Writes parts together with the engine's body, all under the fence.
    pub async fn checkpoint<T: Serialize>(&self, fence: &Fence, body: &T, mut parts: Vec<Write>) -> Result<()> {
        let own = self.checkpoint_write(fence, body)?;
        if parts.is_empty() {
            let Write::Update { key, update, condition } = own else { return Ok(()) };
            return match self.table.update(key, update, condition).await {
                Ok(_) => Ok(()),
                Err(TableError::Condition { .. }) => Err(self.why_not_held(fence).await?),
                Err(error) => Err(error.into()),
            };
        }
        let last = parts.len();
        parts.push(own);
        match self.table.transact(parts).await {
            Err(TableError::Cancelled(failed)) if failed.contains(&last) => Err(self.why_not_held(fence).await?),
            other => Ok(other?),
        }
    }

    /// Why a write under this fence was refused.
    async fn why_not_held(&self, fence: &Fence) -> Result<StoreError> {
        let state = self.state(&fence.connection).await?;
        let ours = state.fence == fence.number && state.lease.is_some();
        Ok(if ours && state.closed { StoreError::Closing } else { StoreError::LeaseLost })
    }

    /// Gives the lease back with the engine's body, unless something arrived since the last look.
    pub async fn release<T: Serialize>(&self, fence: &Fence, body: &T, release: &Release) -> Result<Released> {
        let key = self.keys.state(&fence.connection);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, body)?));
        update.remove.extend(["lease_owner", "lease_started", "lease_expires"]);
        // A claim made while we worked would start the same run again: raising the number makes its message stale.
        update.add.insert("claim", 1);
        match release.due_at {
            Some(due_at) if !release.deactivate => {
                update.set.insert("due_at", item::number(due_at.as_second()));
            }
            _ => update.remove.extend(["due_at", "due_shard"]),
        }
        if release.deactivate {
            update.remove.push("active");
        }
        if release.done.is_some() {
            update.remove.push("requested");
        }
        let mut conditions = vec![holds(fence)];
        if let Some(wake) = release.wake {
            conditions.push(if wake == 0 {
                Condition::Any(vec![Condition::Lacks("wake"), Condition::Equal("wake", item::count(0))])
            } else {
                Condition::Equal("wake", item::count(wake))
            });
        }
        match self.table.update(key, update, Some(Condition::All(conditions))).await {
            Ok(_) => Ok(Released::Done),
            Err(TableError::Condition { existing, .. }) => {
                let state = existing.as_deref().map(State::from_item).transpose()?.unwrap_or_default();
                let ours = state.fence == fence.number && state.lease.is_some();
                if ours { Ok(Released::LookAgain) } else { Err(StoreError::LeaseLost) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the lease back and leaves everything else as the last checkpoint left it.
    pub async fn abandon(&self, fence: &Fence, due_at: Timestamp) -> Result<()> {
        let mut update = Update::default();
        update.remove.extend(["lease_owner", "lease_started", "lease_expires"]);
        update.set.insert("due_at", item::number(due_at.as_second()));
        let condition = Condition::All(vec![took(fence), Condition::Has("active")]);
        match self.table.update(self.keys.state(&fence.connection), update, Some(condition)).await {
            Ok(_) => Ok(()),
            Err(TableError::Condition { .. }) => Err(StoreError::LeaseLost),
            Err(error) => Err(error.into()),
        }
    }

    /// The state alone, strongly consistent.
    pub async fn state(&self, connection: &ConnectionId) -> Result<State> {
        let item = self.table.get(self.keys.state(connection)).await?;
        Ok(item.as_ref().map(State::from_item).transpose()?.unwrap_or_default())
    }

    /// Claims a due connection until then: if its message is lost, it is due again. `None` when another tick was faster.
    /// `attempt` names this claim: a write whose answer was lost, and that is sent again, finds its own.
    pub async fn claim(
        &self,
        connection: &ConnectionId,
        due_at: Timestamp,
        until: Timestamp,
        attempt: u64,
    ) -> Result<Option<u64>> {
        let attempt = format!("{attempt:016x}");
        let mut update = Update::default();
        update.set.insert("claimed_by", item::text(&attempt));
        update.set.insert("due_at", item::number(until.as_second()));
        update.add.insert("claim", 1);
        let still = Condition::Equal("due_at", item::number(due_at.as_second()));
        match self.table.update(self.keys.state(connection), update, Some(still)).await {
            Ok(item) => Ok(Some(item::get_count(&item, "claim"))),
            Err(TableError::Condition { existing: Some(item), .. })
                if item::get_text(&item, "claimed_by") == Some(attempt.as_str()) =>
            {
                Ok(Some(item::get_count(&item, "claim")))
            }
            Err(TableError::Condition { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a claim back whose message could not be queued, so that the next tick finds it due.
    pub async fn unclaim(&self, connection: &ConnectionId, claim: u64, due_at: Timestamp) -> Result<()> {
        let mut update = Update::default();
        update.set.insert("due_at", item::number(due_at.as_second()));
        let still = Condition::Equal("claim", item::count(claim));
        match self.table.update(self.keys.state(connection), update, Some(still)).await {
            Ok(_) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings the next run forward to now, as if the connection's slot had come.
    pub async fn due_now(&self, connection: &ConnectionId, now: Timestamp) -> Result<()> {
        let mut update = Update::default();
        update.set.insert("due_at", item::number(now.as_second()));
        match self.table.update(self.keys.state(connection), update, Some(Condition::Has("active"))).await {
            Ok(_) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Breaks the lease of a process that is known to be dead: a laptop's stack does so when it starts.
    pub async fn break_lease(&self, connection: &ConnectionId, now: Timestamp) -> Result<()> {
        let mut update = Update::default();
        update.remove.extend(["lease_owner", "lease_started", "lease_expires"]);
        update.set.insert("due_at", item::number(now.as_second()));
        let condition = Condition::All(vec![Condition::Has("active"), Condition::Has("lease_owner")]);
        match self.table.update(self.keys.state(connection), update, Some(condition)).await {
            Ok(_) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn state_key(&self, connection: &ConnectionId) -> Key {
        self.keys.state(connection)
    }
}

/// The due index's partition for one shard of one connector.
pub(crate) fn due_shard(connector: &ConnectorId, shard: u64) -> String {
    format!("{connector}#{shard}")
}

/// Took the lease with this number. The lease may have run out: until somebody else takes it, nobody else writes.
fn took(fence: &Fence) -> Condition {
    Condition::All(vec![Condition::Equal("fence", item::count(fence.number)), Condition::Has("lease_owner")])
}

/// Holds the lease with this number, and knows what for.
pub(crate) fn holds(fence: &Fence) -> Condition {
    if fence.closing { took(fence) } else { Condition::All(vec![took(fence), Condition::Lacks("closed")]) }
}

#[cfg(test)]
mod tests;
