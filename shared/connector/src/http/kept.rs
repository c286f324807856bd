//! Tokens that outlive the process that asked for them, for vendors that lock a key which is asked for tokens too often.
//!
//! The kit asks its keeper before it asks the vendor, and hands it what the vendor gave before anybody uses it. Where
//! tokens are kept, and who may ask, is the keeper's business.

use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::token::TokenRequest;
use crate::BoxFuture;

/// A token with its times, by our clock.
#[derive(Clone, Debug)]
pub struct KeptToken {
    /// The token.
    pub value: SecretString,
    /// When it was given.
    pub obtained: Timestamp,
    /// Until when it is used.
    pub until: Timestamp,
}

/// Keeps the one token of a connection.
pub trait TokenKeeper: Send + Sync {
    /// The token that was kept, if it was given for these credentials.
    fn kept(&self, request: &TokenRequest) -> Option<KeptToken>;

    /// Whether the vendor may be asked; said once each time, right before it is.
    fn may_ask(&self) -> bool;

    /// Keeps a token. It is good whether or not that succeeds.
    fn keep<'a>(&'a self, request: &'a TokenRequest, token: &'a KeptToken) -> BoxFuture<'a, ()>;
}

impl TokenRequest {
    /// Stands for the endpoint and the credentials: equal for equal ones. To be used as a key and never to be kept: who has
    /// it can try secrets against it.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut part = |text: &str| {
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        };
        part(self.url.as_str());
        for (name, value) in &self.query {
            part(name);
            part(value);
        }
        for (name, value) in &self.form {
            part(name);
            part(value.expose());
        }
        if let Some((user, password)) = &self.basic {
            part(user);
            part(password.expose_secret());
        }
        digest.finalize().into()
    }
}

impl fmt::Debug for dyn TokenKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKeeper").finish_non_exhaustive()
    }
}
