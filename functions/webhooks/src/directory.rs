//! From the token in an address to the connection behind it, remembered for a few seconds: a burst costs two reads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use connector::webhook::Webhook as Declared;
use domain::id::{ConnectionId, ConnectorId};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use store::webhook::Webhook;
use store::{Result, TenantStore, cross_tenant};
use sync::endpoint::{self, hash_token};

use crate::state::AppState;

/// So long an address is not looked up again; so late a pause, a rotation or new credentials are noticed.
const FRESH: SignedDuration = SignedDuration::from_secs(3);
/// Addresses remembered, unknown ones included; a full directory is emptied.
const REMEMBERED: usize = 10_000;

/// A connection that takes pushes.
pub(crate) struct Receiver {
    pub(crate) store: TenantStore,
    pub(crate) connector_id: ConnectorId,
    pub(crate) connection: ConnectionId,
    pub(crate) declared: Declared,
    /// On, and not paused by anybody.
    pub(crate) active: bool,
    /// Credential fields that are not secret: they say which host is the tenant's own.
    pub(crate) open: BTreeMap<String, String>,
    /// The secrets that are good, the newest first.
    pub(crate) secrets: Vec<SecretString>,
    /// Knows what was settled before.
    pub(crate) webhook: Webhook,
}

impl Receiver {
    /// Names the connection among all tenants'.
    pub(crate) fn name(&self) -> String {
        format!("{}\u{1f}{}", self.store.tenant(), self.connection)
    }
}

/// Receivers by the hash of their token.
#[derive(Default)]
pub(crate) struct Directory(Mutex<HashMap<String, Entry>>);

struct Entry {
    until: Timestamp,
    receiver: Option<Arc<Receiver>>,
}

impl Directory {
    fn get(&self, token: &str, now: Timestamp) -> Option<Option<Arc<Receiver>>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(token).filter(|entry| now < entry.until).map(|entry| entry.receiver.clone())
    }

    fn keep(&self, token: String, now: Timestamp, receiver: Option<Arc<Receiver>>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= REMEMBERED {
            entries.clear();
        }
        entries.insert(token, Entry { until: now.saturating_add(FRESH).unwrap_or(now), receiver });
    }
}

impl AppState {
    /// Whom this address belongs to.
    pub(crate) async fn receiver(&self, connector: &str, token: &str) -> Result<Option<Arc<Receiver>>> {
        let token = hash_token(token);
        let now = self.parts.clock.now();
        let known = self.directory.get(&token, now);
        let receiver = match known {
            Some(receiver) => receiver,
            None => {
                let receiver = self.look_up(&token, now).await?.map(Arc::new);
                self.directory.keep(token, now, receiver.clone());
                receiver
            }
        };
        Ok(receiver.filter(|receiver| receiver.connector_id.as_str() == connector))
    }

    async fn look_up(&self, token: &str, now: Timestamp) -> Result<Option<Receiver>> {
        let Some(found) = cross_tenant::addressee(self.parts.table.as_ref(), token).await? else { return Ok(None) };
        let mut connectors = self.parts.connectors.iter();
        let Some(descriptor) = connectors.find(|known| known.id == found.connector.as_str()) else { return Ok(None) };
        let store = TenantStore::new(Arc::clone(&self.parts.table), found.tenant);
        let connection = store.connection(&found.connection).await?;
        let (Some(connection), Some(declared)) = (connection, descriptor.webhook) else { return Ok(None) };
        let Some(webhook) = connection.webhook.filter(|webhook| webhook.is_addressed_by(token, now)) else {
            return Ok(None);
        };
        let receiver =
            endpoint::Receiver { tenant: store.tenant(), connector: &found.connector, connection: &found.connection };
        let secrets = webhook
            .generations(now)
            .into_iter()
            .map(|generation| self.parts.keys.secret(receiver, generation))
            .collect();
        let settings = connection.settings.value;
        Ok(Some(Receiver {
            active: settings.active() && connection.state.active,
            open: settings.credentials.map(|set| set.open).unwrap_or_default(),
            store,
            connector_id: found.connector,
            connection: found.connection,
            declared,
            secrets,
            webhook,
        }))
    }
}
