//! Addresses and secrets that vendors are given: derived from the deployment's key, so nothing of them is kept anywhere,
//! and the function that checks them needs no secret store.
//!
//! Invariant: another purpose, tenant, connection or generation has another value; a value tells nothing of the key or of
//! any other value. The table knows a token by its hash alone.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector::webhook::{Digest, Endpoint, Subscription};
use domain::id::{ConnectionId, ConnectorId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use store::webhook::Webhook;
use url::Url;

use jiff::Timestamp;

use crate::tokens::TokenVault;

/// What addresses and secrets are derived with. Cheap to clone; does not print.
#[derive(Clone)]
pub struct WebhookKeys {
    key: SecretString,
    public: Url,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Of which connector.
    pub connector: &'a ConnectorId,
    /// Which connection.
    pub connection: &'a ConnectionId,
}

impl WebhookKeys {
    /// The deployment's key, and the origin (with the path, if there is one) under which vendors reach us.
    pub const fn new(public: Url, key: SecretString) -> Self {
        Self { key, public }
    }

    /// The secret that the vendor signs or signs in with: 43 characters that any form takes.
    pub fn secret(&self, receiver: Receiver<'_>, generation: u64) -> SecretString {
        self.derive("webhook-secret", receiver, generation).into()
    }

    /// The hash of the token in the address; the table's only knowledge of it.
    pub fn hashed_token(&self, receiver: Receiver<'_>, generation: u64) -> String {
        hash_token(&self.derive("webhook-token", receiver, generation))
    }

    /// The address.
    pub fn url(&self, receiver: Receiver<'_>, generation: u64) -> Url {
        self.address(receiver.connector, &self.derive("webhook-token", receiver, generation))
    }

    /// The address with an ellipsis in place of its token, for people who may look and not touch.
    pub fn shown_url(&self, connector: &ConnectorId) -> String {
        format!("{}\u{2026}", self.address(connector, ""))
    }

    /// What a connector is given to subscribe with.
    pub fn endpoint(
        &self,
        receiver: Receiver<'_>,
        webhook: &Webhook,
        known: Vec<Subscription>,
        now: Timestamp,
    ) -> Endpoint {
        let before = webhook.generations(now).get(1).copied();
        Endpoint {
            url: self.url(receiver, webhook.generation),
            previous: before.map(|generation| self.url(receiver, generation)),
            secret: self.secret(receiver, webhook.generation),
            has_secret: true,
            known,
        }
    }

    /// A page of the portal, for people whom a vendor sends back: it is served where vendors reach us.
    pub fn page(&self, path: &[&str]) -> Url {
        let mut url = self.public.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn address(&self, connector: &ConnectorId, token: &str) -> Url {
        self.page(&["webhooks", connector.as_str(), token])
    }

    /// What access tokens are sealed with; of the same key, for another purpose.
    pub fn token_vault(&self) -> TokenVault {
        TokenVault::new(self.key.clone())
    }

    fn derive(&self, purpose: &str, receiver: Receiver<'_>, generation: u64) -> String {
        URL_SAFE_NO_PAD.encode(derived(&self.key, purpose, receiver, generation))
    }
}

/// 32 bytes of the deployment's key, for one purpose of one connection.
pub(crate) fn derived(key: &SecretString, purpose: &str, receiver: Receiver<'_>, generation: u64) -> Vec<u8> {
    let Receiver { tenant, connector, connection } = receiver;
    let mut message = Vec::new();
    for part in [purpose, tenant.as_str(), connector.as_str(), connection.as_str()] {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part.as_bytes());
    }
    message.extend(generation.to_be_bytes());
    Digest::Sha256.mac(key.expose_secret().as_bytes(), &message)
}

impl fmt::Debug for WebhookKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookKeys").field("public", &self.public.as_str()).finish_non_exhaustive()
    }
}

/// The hash of a token, by which the table finds its connection.
pub fn hash_token(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(public: &str) -> WebhookKeys {
        WebhookKeys::new(Url::parse(public).unwrap(), "the deployment's key".into())
    }

    #[test]
    fn every_purpose_tenant_connection_and_generation_has_its_own_value() {
        let keys = keys("https://portal.example");
        let other_key = WebhookKeys::new(keys.public.clone(), "another key".into());
        let mut values = BTreeSet::new();
        let mut count = 0;
        for keys in [&keys, &other_key] {
            for (tenant, connector, connection) in
                [("acme", "psa", "psa"), ("acm", "epsa", "psa"), ("acme", "psa", "psa-2"), ("other", "psa", "psa")]
            {
                let (tenant, connector, connection) = (tenant.into(), connector.into(), connection.into());
                let receiver = Receiver { tenant: &tenant, connector: &connector, connection: &connection };
                for generation in [1, 2, 256] {
                    values.insert(keys.secret(receiver, generation).expose_secret().to_owned());
                    values.insert(keys.hashed_token(receiver, generation));
                    values.insert(
                        keys.url(receiver, generation).path_segments().unwrap().next_back().unwrap().to_owned(),
                    );
                    count += 3;
                }
            }
        }
        assert_eq!(values.len(), count);
        assert!(values.iter().all(|value| value.len() == 43), "short enough for every vendor's form");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(values.iter().all(|value| value.chars().all(plain)));
    }

    #[test]
    fn an_address_leads_to_its_token_below_the_public_path() {
        let (tenant, connector, connection) = ("acme".into(), "psa".into(), "psa".into());
        let receiver = Receiver { tenant: &tenant, connector: &connector, connection: &connection };
        for (public, begins) in [
            ("https://portal.example", "https://portal.example/webhooks/psa/"),
            ("https://portal.example/in/", "https://portal.example/in/webhooks/psa/"),
        ] {
            let keys = keys(public);
            let url = keys.url(receiver, 1);
            let token = url.as_str().strip_prefix(begins).unwrap();
            assert_eq!(hash_token(token), keys.hashed_token(receiver, 1));
            assert_eq!(keys.shown_url(&connector), format!("{begins}\u{2026}"));
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let keys = keys("https://portal.example");
        assert_eq!(format!("{keys:?}"), "WebhookKeys { public: \"https://portal.example/\", .. }");
    }
}
