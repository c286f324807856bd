//! What the engine needs of the world besides table and vendor. `platform` implements these on AWS; tests inject their own.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::{ConnectionId, ConnectorId, TenantId};
use futures::future::BoxFuture;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::message::WorkMessage;

/// The time of day. Waiting is tokio's, so tests can pause it.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A service behind a port failed; the operation is named, the cause carried once.
#[derive(Debug, thiserror::Error)]
#[error("{op} failed")]
pub struct PortError {
    /// What was tried, in words: "queue work", "read secret".
    pub op: &'static str,
    /// The cause.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The work queue of this connector.
pub trait Queue: Send + Sync + std::fmt::Debug {
    /// Queues a message, to be seen after `delay` (at most 15 minutes). The tenant is the fair-queue group.
    fn send<'a>(&'a self, message: &'a WorkMessage, delay: Duration) -> BoxFuture<'a, Result<(), PortError>>;
}

/// Names one connection's secret; the platform alone turns it into a secret's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connector: its function alone may read it.
    pub connector: ConnectorId,
    /// Of which connection.
    pub connection: ConnectionId,
}

/// Reading secrets, and deleting them at the end; connectors' functions have this.
pub trait Secrets: Send + Sync + std::fmt::Debug {
    /// The secret fields of that version, by field key.
    fn read<'a>(
        &'a self,
        secret: &'a SecretRef,
        version: &'a str,
    ) -> BoxFuture<'a, Result<BTreeMap<String, SecretString>, PortError>>;

    /// Deletes the secret without recovery window; an absent one is no error.
    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>>;
}

/// Writing secrets; the settings API has this and cannot read.
pub trait SecretWriter: Send + Sync + std::fmt::Debug {
    /// Puts all secret fields as a new version and returns the version.
    fn put<'a>(
        &'a self,
        secret: &'a SecretRef,
        values: &'a BTreeMap<String, SecretString>,
    ) -> BoxFuture<'a, Result<String, PortError>>;

    /// Deletes the secret without recovery window; an absent one is no error.
    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>>;
}

/// Secrets that a vendor issued for its pushes, by the generation of the address that each belongs to.
pub type IssuedSecrets = BTreeMap<u64, SecretString>;

/// Secrets that vendors issue when a subscription is made, and tell only then. The connector's function keeps them; the
/// function that takes the pushes reads them, and no other secret.
pub trait WebhookSecrets: Send + Sync + std::fmt::Debug {
    /// Those of a connection; none if none was ever kept.
    fn read<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<IssuedSecrets, PortError>>;

    /// Keeps these and no others.
    fn put<'a>(&'a self, secret: &'a SecretRef, issued: &'a IssuedSecrets) -> BoxFuture<'a, Result<(), PortError>>;

    /// Deletes them without recovery window; absent ones are no error.
    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>>;
}

/// Something that happened in the portal, for others to hear. Never a mirrored record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DomainEvent {
    /// `company.created`, `user.suspended`, `integration.needs_attention`, ...
    pub detail_type: &'static str,
    /// Whose.
    pub tenant: TenantId,
    /// Unique for this occurrence however often it is published.
    pub id: String,
    /// Hash of what is announced, so that a listener can tell repeats.
    pub hash: String,
    /// Ids and states; never names, addresses, secrets.
    pub detail: serde_json::Value,
}

/// The event bus.
pub trait EventBus: Send + Sync + std::fmt::Debug {
    /// Publishes; may repeat, must not lose.
    fn publish<'a>(&'a self, events: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>>;
}
