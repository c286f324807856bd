//! Proof that a delivery is the vendor's, on the raw bytes: nothing is parsed before.
//!
//! Invariants: secrets, signatures and passwords are compared in one place, in constant time; a delivery that lacks its
//! proof, has two, or has another's is refused by name.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::webhook::Rejection;
use hmac::{Hmac, Mac as _};
use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{Delivery, Digest, Verify};

impl Verify {
    /// Where the key is that has to be fetched before this delivery can be proven; `None` where none has to be.
    ///
    /// # Errors
    /// The delivery is not signed at all, or names a key that is not this connection's vendor's.
    pub fn key_address(
        &self,
        delivery: &Delivery<'_>,
        open: &BTreeMap<String, String>,
    ) -> Result<Option<Url>, Rejection> {
        let Self::RemoteKey(remote) = self else { return Ok(None) };
        signature(delivery, remote.header, "")?;
        (remote.address)(delivery.body, open).map(Some)
    }

    /// The vendor makes up the secret and tells it when the subscription is made.
    pub const fn takes_issued_secret(&self) -> bool {
        matches!(self, Self::StampedHmac { .. })
    }

    /// Proves a delivery with one of the secrets (the newest, and during a rotation the one before), or with the fetched
    /// key where the vendor serves it.
    ///
    /// # Errors
    /// The proof is absent or wrong, or was made too long ago.
    pub fn prove(
        &self,
        delivery: &Delivery<'_>,
        secrets: &[SecretString],
        fetched: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let proven = match self {
            Self::Hmac { header, prefix, digest } => {
                let given = signature(delivery, header, prefix)?;
                let keys = secrets.iter().map(|secret| secret.expose_secret().as_bytes());
                any(keys, |key| equal(&digest.mac(key, delivery.body), &given))
            }
            Self::RemoteKey(remote) => {
                let given = signature(delivery, remote.header, "")?;
                let key = fetched.ok_or(Rejection::KeyUnreachable)?;
                equal(&Digest::Sha256.mac(key, delivery.body), &given)
            }
            Self::StampedHmac { header, tolerance } => {
                let given = Stamped::read(delivery, header)?;
                let keys = secrets.iter().map(|secret| secret.expose_secret().as_bytes());
                if any(keys, |key| given.is_under(key, delivery.body)) {
                    // Only now: of what is not signed, no stamp says anything.
                    return given.is_fresh(*tolerance, now).then_some(()).ok_or(Rejection::Stale);
                }
                false
            }
            Self::Basic { user } => {
                let given = basic(delivery)?;
                let pairs = secrets.iter().map(|secret| format!("{user}:{}", secret.expose_secret()));
                if any(pairs, |pair| equal(pair.as_bytes(), &given)) {
                    return Ok(());
                }
                return Err(Rejection::CredentialsMismatch);
            }
            Self::UrlToken => true,
        };
        if proven { Ok(()) } else { Err(Rejection::SignatureMismatch) }
    }
}

impl Digest {
    /// The HMAC of these bytes.
    pub fn mac(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        // HMAC takes keys of any length.
        match self {
            Self::Sha1 => Hmac::<Sha1>::new_from_slice(key)
                .map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
            Self::Sha256 => Hmac::<Sha256>::new_from_slice(key)
                .map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec())
                .unwrap_or_default(),
        }
    }
}

/// What a header of stamp and signatures says.
struct Stamped<'a> {
    /// As it stands there: these characters are signed.
    stamp: &'a str,
    signatures: Vec<Vec<u8>>,
}

impl<'a> Stamped<'a> {
    /// More signatures than any vendor has secrets at once.
    const MOST: usize = 8;

    fn read(delivery: &Delivery<'a>, header: &str) -> Result<Self, Rejection> {
        let value = only(delivery, header, Rejection::SignatureMissing, Rejection::SignatureMismatch)?;
        let (mut stamp, mut signatures) = (None, Vec::new());
        for (scheme, text) in value.split(',').filter_map(|part| part.trim().split_once('=')) {
            match scheme {
                // Two stamps are nobody's.
                "t" if stamp.is_some() => return Err(Rejection::SignatureMismatch),
                "t" => stamp = Some(text),
                "v1" if signatures.len() < Self::MOST => {
                    signatures.extend(hex::decode(text).ok().filter(|signature| !signature.is_empty()));
                }
                _ => {}
            }
        }
        match stamp {
            Some(stamp) if !signatures.is_empty() => Ok(Self { stamp, signatures }),
            _ => Err(Rejection::SignatureMissing),
        }
    }

    fn is_under(&self, key: &[u8], body: &[u8]) -> bool {
        // A blank secret would sign for everybody.
        if key.trim_ascii().is_empty() {
            return false;
        }
        let mut signed = Vec::with_capacity(self.stamp.len() + 1 + body.len());
        signed.extend_from_slice(self.stamp.as_bytes());
        signed.push(b'.');
        signed.extend_from_slice(body);
        let expected = Digest::Sha256.mac(key, &signed);
        any(self.signatures.iter(), |given| equal(&expected, given))
    }

    fn is_fresh(&self, tolerance: Duration, now: Timestamp) -> bool {
        let at = self.stamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let tolerance = SignedDuration::try_from(tolerance).unwrap_or_default();
        at.is_some_and(|at| now.duration_since(at).abs() <= tolerance)
    }
}

/// The one comparison of what is secret. Only the length may show in its time; an empty expectation equals nothing.
fn equal(expected: &[u8], given: &[u8]) -> bool {
    !expected.is_empty() && bool::from(expected.ct_eq(given))
}

/// Tries every candidate, so that the time does not tell which one it was.
fn any<T>(candidates: impl Iterator<Item = T>, fits: impl Fn(T) -> bool) -> bool {
    candidates.fold(false, |found, candidate| fits(candidate) | found)
}

/// The decoded signature of a header that stands there once.
fn signature(delivery: &Delivery<'_>, header: &str, prefix: &str) -> Result<Vec<u8>, Rejection> {
    let value = only(delivery, header, Rejection::SignatureMissing, Rejection::SignatureMismatch)?;
    let encoded = value.strip_prefix(prefix).ok_or(Rejection::SignatureMismatch)?;
    STANDARD.decode(encoded).map_err(|_| Rejection::SignatureMismatch)
}

/// `user:password` as given.
fn basic(delivery: &Delivery<'_>) -> Result<Vec<u8>, Rejection> {
    let name = AUTHORIZATION.as_str();
    let value = only(delivery, name, Rejection::CredentialsMissing, Rejection::CredentialsMismatch)?;
    match value.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => {
            STANDARD.decode(encoded.trim()).map_err(|_| Rejection::CredentialsMismatch)
        }
        _ => Err(Rejection::CredentialsMismatch),
    }
}

/// A header's one value. Two of them are nobody's: which one counts must not depend on who reads them.
fn only<'a>(
    delivery: &Delivery<'a>,
    header: &str,
    missing: Rejection,
    mismatch: Rejection,
) -> Result<&'a str, Rejection> {
    let mut values = delivery.headers.get_all(header).iter();
    let value = values.next().ok_or(missing)?;
    if values.next().is_some() {
        return Err(mismatch);
    }
    let value = value.to_str().map_err(|_| mismatch)?.trim();
    if value.is_empty() { Err(missing) } else { Ok(value) }
}

#[cfg(test)]
mod tests;
