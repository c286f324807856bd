//! Everything that the receiver is given, and what it remembers between two pushes.

use std::sync::Arc;

use connector::Descriptor;
use connector::http::HttpPool;
use platform::Services;
use store::table::Table;
use sync::endpoint::WebhookKeys;
use sync::ports::{Clock, Queue, WebhookSecrets};

use crate::directory::Directory;
use crate::issued::Issued;
use crate::recent::Recent;
use crate::remote_keys::RemoteKeys;

/// What the receiver is given.
#[derive(Clone)]
pub struct Parts {
    /// The table.
    pub table: Arc<dyn Table>,
    /// Work queues.
    pub queue: Arc<dyn Queue>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The way to vendors that serve the keys they sign with.
    pub http: HttpPool,
    /// What addresses and secrets are derived with.
    pub keys: WebhookKeys,
    /// Secrets that vendors issued.
    pub issued: Arc<dyn WebhookSecrets>,
    /// The catalogue.
    pub connectors: &'static [&'static Descriptor],
}

impl Parts {
    /// On these services, for this catalogue.
    pub fn of(services: &Services, keys: WebhookKeys, connectors: &'static [&'static Descriptor]) -> Self {
        Self {
            table: Arc::clone(&services.table),
            queue: Arc::clone(&services.queue),
            clock: Arc::clone(&services.clock),
            http: services.http.clone(),
            keys,
            issued: Arc::clone(&services.issued),
            connectors,
        }
    }
}

/// What every push is handled with. Its caches are bounded and hold nothing for longer than they say.
#[derive(Clone)]
pub struct AppState {
    pub(crate) parts: Arc<Parts>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) remote_keys: Arc<RemoteKeys>,
    pub(crate) issued: Arc<Issued>,
    pub(crate) recent: Arc<Recent>,
}

impl AppState {
    /// A receiver that remembers nothing yet.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            directory: Arc::default(),
            remote_keys: Arc::default(),
            issued: Arc::default(),
            recent: Arc::default(),
        }
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("connectors", &self.parts.connectors.len()).finish_non_exhaustive()
    }
}
