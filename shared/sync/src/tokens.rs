//! Access tokens that a connection's function environments share ([`connector::TokenSharing::Table`]): sealed in the table,
//! asked for by the holder of the lease.
//!
//! - A run asks for a token only where none that is kept is good, and keeps it before it uses it. The lease makes it one
//!   asking, however many environments there are.
//! - A command uses the token that is kept. It asks once at most, and keeps nothing: it has no lease.
//! - A token is sealed with AES-256-GCM under a key of its connection, which is derived from the deployment's key and kept
//!   nowhere. It opens for the same credentials only: with others, or another version of them, there is none.
//! - A token that the vendor refuses is not taken from the table again; the next one takes its place.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use connector::http::{KeptToken, TokenKeeper, TokenRequest, VendorHttp};
use connector::{BoxFuture, TokenSharing};
use domain::id::ConnectionId;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::state::Fence;
use store::token::SealedToken;

use crate::endpoint::{Receiver, derived};
use crate::engine::Engine;

/// What tokens are sealed with. Cheap to clone; does not print.
#[derive(Clone)]
pub struct TokenVault {
    key: SecretString,
}

/// A token inside its seal.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    value: &'a str,
    obtained: i64,
    until: i64,
}

impl TokenVault {
    /// With the deployment's key.
    pub const fn new(key: SecretString) -> Self {
        Self { key }
    }

    /// `None` where the cryptography fails, which is for reasons of the machine.
    fn seal(&self, of: Receiver<'_>, asked_with: &[u8], token: &KeptToken) -> Option<Vec<u8>> {
        let content = Content {
            value: token.value.expose_secret(),
            obtained: token.obtained.as_millisecond(),
            until: token.until.as_millisecond(),
        };
        let mut bytes = serde_json::to_vec(&content).ok()?;
        let nonce = self.key_of(of)?.seal_in_place_append_tag(Aad::from(asked_with), &mut bytes).ok()?;
        Some([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// `None` for a token of another connection, version or credential, and for what is none.
    fn open(&self, of: Receiver<'_>, asked_with: &[u8], sealed: &[u8]) -> Option<KeptToken> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        let opened = self.key_of(of)?.open_in_place(nonce, Aad::from(asked_with), &mut content).ok()?;
        let Content { value, obtained, until } = serde_json::from_slice(opened).ok()?;
        let moment = |at| Timestamp::from_millisecond(at).ok();
        Some(KeptToken { value: value.into(), obtained: moment(obtained)?, until: moment(until)? })
    }

    fn key_of(&self, of: Receiver<'_>) -> Option<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &derived(&self.key, "access-token", of, 0)).ok()
    }
}

impl fmt::Debug for TokenVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVault").finish_non_exhaustive()
    }
}

/// Whose session it is.
pub(crate) enum Holder {
    /// A run's, under this fence.
    Run(Fence),
    /// A command's.
    Command,
}

/// Keeps one connection's token for one session.
struct Keeper {
    vault: TokenVault,
    store: TenantStore,
    connector: domain::id::ConnectorId,
    connection: ConnectionId,
    version: String,
    found: Option<SealedToken>,
    holder: Holder,
    asked: AtomicBool,
}

impl Engine {
    /// Lets a session share its token, where the vendor asks for that and there is a key to seal it with.
    pub(crate) fn share_token(
        &self,
        http: &VendorHttp,
        store: &TenantStore,
        connection: &ConnectionId,
        version: &str,
        found: Option<SealedToken>,
        holder: Holder,
    ) {
        let Some(vault) = self.tokens.clone().filter(|_| self.shares_tokens()) else { return };
        http.set_token_keeper(std::sync::Arc::new(Keeper {
            vault,
            store: store.clone(),
            connector: self.connector_id(),
            connection: connection.clone(),
            version: version.to_owned(),
            found,
            holder,
            asked: AtomicBool::new(false),
        }));
    }

    /// Whether the vendor's tokens are shared.
    pub(crate) fn shares_tokens(&self) -> bool {
        self.connector.descriptor().token == TokenSharing::Table
    }
}

impl Keeper {
    fn of(&self) -> Receiver<'_> {
        Receiver { tenant: self.store.tenant(), connector: &self.connector, connection: &self.connection }
    }

    /// What a token was asked with, besides the connection.
    fn asked_with(&self, request: &TokenRequest) -> Vec<u8> {
        [request.fingerprint().as_slice(), self.version.as_bytes()].concat()
    }
}

impl TokenKeeper for Keeper {
    fn kept(&self, request: &TokenRequest) -> Option<KeptToken> {
        let found = self.found.as_ref()?;
        self.vault.open(self.of(), &self.asked_with(request), &found.sealed)
    }

    fn may_ask(&self) -> bool {
        let asked = self.asked.swap(true, Ordering::Relaxed);
        matches!(self.holder, Holder::Run(_)) || !asked
    }

    fn keep<'a>(&'a self, request: &'a TokenRequest, token: &'a KeptToken) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Holder::Run(fence) = &self.holder else { return };
            let Some(sealed) = self.vault.seal(self.of(), &self.asked_with(request), token) else {
                tracing::error!(connection.id = %self.connection, "An access token could not be sealed.");
                return;
            };
            if let Err(error) = self.store.keep_token(fence, &SealedToken { sealed, until: token.until }).await {
                // The run goes on with it; the next environment asks for one of its own.
                tracing::warn!(connection.id = %self.connection, error = crate::causes::chain(&error), "An access token was not kept.");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> KeptToken {
        let moment = |second| Timestamp::from_second(second).unwrap();
        KeptToken { value: "t0ken".into(), obtained: moment(1_790_000_000), until: moment(1_790_003_539) }
    }

    #[test]
    fn a_token_opens_for_its_own_connection_version_and_credentials_only() {
        let vault = TokenVault::new("the deployment's key".into());
        let (tenant, connector, connection) = ("acme".into(), "psa".into(), "psa".into());
        let of = Receiver { tenant: &tenant, connector: &connector, connection: &connection };
        let sealed = vault.seal(of, b"with 1", &token()).unwrap();
        let opened = vault.open(of, b"with 1", &sealed).unwrap();
        assert_eq!(opened.value.expose_secret(), "t0ken");
        assert_eq!((opened.obtained, opened.until), (token().obtained, token().until));

        let (other, another) = ("other".into(), "psa-2".into());
        assert!(vault.open(Receiver { tenant: &other, ..of }, b"with 1", &sealed).is_none());
        assert!(vault.open(Receiver { connection: &another, ..of }, b"with 1", &sealed).is_none());
        assert!(vault.open(of, b"with 2", &sealed).is_none());
        assert!(TokenVault::new("another key".into()).open(of, b"with 1", &sealed).is_none());
        for broken in [&sealed[..sealed.len() - 1], &sealed[..5], &[]] {
            assert!(vault.open(of, b"with 1", broken).is_none());
        }
    }

    #[test]
    fn the_same_token_is_sealed_differently_each_time_and_never_in_plain() {
        let vault = TokenVault::new("the deployment's key".into());
        let (tenant, connector, connection) = ("acme".into(), "psa".into(), "psa".into());
        let of = Receiver { tenant: &tenant, connector: &connector, connection: &connection };
        let seal = || vault.seal(of, b"with", &token()).unwrap();
        assert_ne!(seal(), seal());
        assert!(!seal().windows(5).any(|part| part == b"t0ken"));
        assert_eq!(format!("{vault:?}"), "TokenVault { .. }");
    }
}
