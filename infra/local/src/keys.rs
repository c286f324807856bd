//! The issuer's signing key: RS256, which is what API Gateway's JWT authoriser takes.
//!
//! Made at start; with a data folder it is kept there (mode 0600), so that tokens outlive a restart.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A key pair and its public half as a JWK.
pub struct SigningKey {
    pair: KeyPair,
    id: String,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn generate() -> anyhow::Result<Self> {
        Self::new(KeyPair::generate(KeySize::Rsa2048).context("make a signing key")?)
    }

    /// The key in this file, made if there is none.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds no key.
    pub fn kept_in(file: &Path) -> anyhow::Result<Self> {
        if file.exists() {
            let der = fs::read(file).with_context(|| format!("read the signing key in {}", file.display()))?;
            let pair = KeyPair::from_pkcs8(&der)
                .map_err(|error| anyhow::anyhow!("{} holds no signing key ({error}); delete it", file.display()))?;
            return Self::new(pair);
        }
        let key = Self::generate()?;
        let der = key.pair.as_der().context("encode the signing key")?;
        crate::data::write_private(file, der.as_ref())?;
        Ok(key)
    }

    fn new(pair: KeyPair) -> anyhow::Result<Self> {
        let public = pair.public_key();
        let modulus = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let exponent = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(&modulus)[..9]);
        Ok(Self { pair, id, modulus, exponent })
    }

    /// The key set that verifiers read.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": self.modulus, "e": self.exponent,
        }] })
    }

    /// A signed token with these claims.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.id });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .context("sign a token")?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
