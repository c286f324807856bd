//! What the API asks of others: a connector's function to do something now, its queue to look at a connection.

use connector::Descriptor;
use domain::hash::ContentHash;
use domain::id::ConnectionId;
use domain::run::Trigger;
use domain::schedule::claimed_until;
use jiff::Timestamp;
use platform::invoke::InvokeError;
use sha2::{Digest as _, Sha256};
use store::TenantStore;
use sync::message::{Command, Problem as Refusal, Reply, WorkMessage};
use sync::ports::DomainEvent;

use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

/// What a command came to.
pub(crate) enum Asked {
    /// The function answered.
    Reply(Reply),
    /// It did not within the limit; it may still be at work.
    NotInTime,
}

impl AppState {
    /// Sends a command and waits, 25 s at most.
    pub(crate) async fn ask(&self, which: &Which, command: &Command) -> Answer<Asked> {
        match self.invoker.request(&which.connector, command).await {
            Ok(reply) => Ok(Asked::Reply(reply)),
            Err(InvokeError::TimedOut) => Ok(Asked::NotInTime),
            Err(error) => Err(Problem::unavailable(platform::tracing::chain(&error))),
        }
    }

    /// Tells whoever works on a connection that something waits there. Only a shortcut: it waits in the table.
    pub(crate) async fn wake(&self, store: &TenantStore, which: &Which) {
        self.send(store, which, None, Trigger::Portal).await;
    }

    /// Has a person's request taken up at once. Only a shortcut: the connection is due in the table.
    pub(crate) async fn wake_for_request(&self, store: &TenantStore, which: &Which) {
        self.send(store, which, None, Trigger::Manual).await;
    }

    /// Does for one connection what the next tick would: claims it, due as it is, and queues its run.
    pub(crate) async fn run_now(&self, store: &TenantStore, which: &Which, due_at: Timestamp) -> Answer<()> {
        let until = claimed_until(self.now());
        let attempt = uuid::Uuid::new_v4().as_u64_pair().0;
        let Some(claim) = store.claim(&which.connection, due_at, until, attempt).await? else { return Ok(()) };
        if !self.send(store, which, Some(claim), Trigger::Portal).await {
            store.unclaim(&which.connection, claim, due_at).await?;
        }
        Ok(())
    }

    async fn send(&self, store: &TenantStore, which: &Which, claim: Option<u64>, trigger: Trigger) -> bool {
        let message = WorkMessage {
            tenant: store.tenant().clone(),
            connector: which.connector.clone(),
            connection: which.connection.clone(),
            claim,
            trigger,
        };
        match self.queue.send(&message, std::time::Duration::ZERO).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(
                    tenant.id = %message.tenant,
                    connection.id = %message.connection,
                    error = platform::tracing::chain(&error),
                    "A connection was not woken; its schedule finds what waits.",
                );
                false
            }
        }
    }

    /// The connection that a link belongs to, where its connector is known.
    pub(crate) fn which(&self, connection: &ConnectionId) -> Option<Which> {
        self.connector(connection.as_str()).ok()
    }
}

/// What the vendor refused, as a problem that nobody here can be blamed for.
pub(crate) fn refusal(descriptor: &Descriptor, refusal: &Refusal) -> Problem {
    let said = refusal.detail.as_ref().map(|words| format!(" {} said: {words}", descriptor.short_name));
    Problem::vendor(&refusal.title, format!("{}{}", refusal.remedy, said.unwrap_or_default()))
}

/// A reply of another kind than was asked for.
pub(crate) fn unexpected(reply: &Reply) -> Problem {
    let kind = match reply {
        Reply::Authenticated { .. } => "authenticated",
        Reply::Tested => "tested",
        Reply::Choices { .. } => "choices",
        Reply::Link { .. } => "link",
        Reply::Accessible => "accessible",
        Reply::Failed { .. } => "failed",
    };
    Problem::internal(format!("a command was answered with {kind:?}"))
}

impl AppState {
    /// Tells the bus, before the write that it announces. Ids and states only, and what makes the occurrence unique: the id
    /// is made of it.
    pub(crate) async fn announce(
        &self,
        store: &TenantStore,
        detail_type: &'static str,
        subject: &str,
        detail: serde_json::Value,
    ) -> Answer<()> {
        let hash = format!("{:?}", ContentHash::of(detail.to_string().as_bytes(), 0));
        let id = format!("{detail_type}:{subject}:{hash}");
        let event = DomainEvent { detail_type, tenant: store.tenant().clone(), id, hash, detail };
        Ok(self.bus.publish(&[event]).await?)
    }
}

/// The id of something made by hand. With an idempotency key always the same, so that a repeated request finds what the
/// first one made.
pub(crate) fn new_id(prefix: &str, store: &TenantStore, key: Option<&str>) -> String {
    let Some(key) = key else { return format!("{prefix}_{}", uuid::Uuid::new_v4().simple()) };
    let mut hash = Sha256::new();
    for part in [prefix, store.tenant().as_str(), key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{prefix}_{}", hex::encode(&hash.finalize()[..16]))
}
