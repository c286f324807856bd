//! Secrets that vendors issued: read from where the connector keeps them, and kept in memory for ten minutes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sync::ports::{IssuedSecrets, PortError, SecretRef, WebhookSecrets};

const KEPT: SignedDuration = SignedDuration::from_mins(10);
/// Secrets that do not fit are read again, but not for every forged push.
const TRUSTED: SignedDuration = SignedDuration::from_secs(10);
/// Connections whose secrets are kept; a full cache is emptied.
const REMEMBERED: usize = 1_000;

struct Entry {
    at: Timestamp,
    secrets: IssuedSecrets,
}

/// Issued secrets by connection.
#[derive(Default)]
pub(crate) struct Issued(Mutex<HashMap<SecretRef, Entry>>);

impl Issued {
    /// The secrets of these generations, the newest first. `doubted`: what is kept did not fit, so it is read again unless
    /// that was done just now.
    pub(crate) async fn of(
        &self,
        port: &dyn WebhookSecrets,
        secret: &SecretRef,
        generations: &[u64],
        doubted: bool,
        now: Timestamp,
    ) -> Result<Vec<SecretString>, PortError> {
        let good = if doubted { TRUSTED } else { KEPT };
        let those = |secrets: &IssuedSecrets| {
            generations.iter().filter_map(|generation| secrets.get(generation).cloned()).collect()
        };
        {
            let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(entry) = entries.get(secret).filter(|entry| now.duration_since(entry.at) < good) {
                return Ok(those(&entry.secrets));
            }
        }
        let secrets = port.read(secret).await?;
        let found = those(&secrets);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= REMEMBERED {
            entries.clear();
        }
        entries.insert(secret.clone(), Entry { at: now, secrets });
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
