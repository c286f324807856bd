//! Webhooks as a connector declares and reads them.
//!
//! A delivery is never data: it is a *hint* which record to read again, so order, duplicates and forgery cannot corrupt
//! anything. The receiver proves where it comes from on the raw bytes ([`Verify`]), then asks the connector what it is
//! about ([`Webhook::notices`]). Where the vendor's API allows, the connector keeps the subscriptions in order
//! ([`crate::Session::provision`]).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::ExternalId;
use domain::record::RecordType;
use domain::webhook::Rejection;
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

mod verify;

/// How a vendor tells of changes, declared.
#[derive(Clone, Copy, Debug)]
pub struct Webhook {
    /// Who makes the subscription.
    pub provisioning: Provisioning,
    /// What proves that a delivery is the vendor's.
    pub verify: Verify,
    /// Deliveries whose own signed stamp is older are refused as stale; `None`: the vendor signs no stamp.
    pub tolerance: Option<Duration>,
    /// A call that the vendor does not sign (a subscription was switched off). It is believed no further than to look at
    /// the subscriptions.
    pub unproven: Option<fn(&Delivery<'_>) -> bool>,
    /// What a delivery is about, after it was proven to be the vendor's. Total: what is not understood is about nothing, what is
    /// no JSON where that is possible is about something.
    pub notices: fn(&Delivery<'_>) -> Vec<Notice>,
    /// The vendor sends a delivery again until it is taken. Where it never does, two that are equal are two events.
    pub repeats: bool,
}

/// Who makes the subscription at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioning {
    /// The connector, by API.
    Api,
    /// A person, in the vendor's screens: these steps, in the vendor's menu words.
    Manual(&'static [&'static str]),
}

/// What proves that a delivery is the vendor's. Checked on the raw bytes, in constant time.
#[derive(Clone, Copy, Debug)]
pub enum Verify {
    /// A header holds `prefix` and the base64 of the HMAC of the raw body under our secret's UTF-8 bytes.
    Hmac {
        /// The header's name, lower case.
        header: &'static str,
        /// Text before the signature, such as `sha1=`.
        prefix: &'static str,
        /// The digest.
        digest: Digest,
    },
    /// A header holds `t=<Unix seconds>,v1=<hex>`, with one `v1` for each secret that is good: the HMAC-SHA-256 of the stamp, a
    /// dot and the raw body, under the whole text of a secret that the vendor issues when the subscription is made. Other
    /// schemes in the header prove nothing.
    StampedHmac {
        /// The header's name, lower case.
        header: &'static str,
        /// Stamps further from now than this are refused, whether they are older or newer.
        tolerance: Duration,
    },
    /// HTTP Basic with this user name and our secret.
    Basic {
        /// The user name to enter at the vendor.
        user: &'static str,
    },
    /// Nothing but the unguessable address.
    UrlToken,
    /// Signed with a key that the vendor serves.
    RemoteKey(RemoteKey),
}

/// Digest of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1; vendors' choice, not ours.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// A connection's credential fields that are not secret, by key.
pub type OpenFields = BTreeMap<String, String>;

/// A key that the vendor serves; the header holds the base64 of HMAC-SHA-256 of the raw body under it.
#[derive(Clone, Copy, Debug)]
pub struct RemoteKey {
    /// The header's name, lower case.
    pub header: &'static str,
    /// Where the key is, if that is a place of this tenant's own vendor account. The body is not proven yet: the address is
    /// taken from it only if it fits the connection's open credential fields; otherwise it is refused.
    pub address: fn(body: &[u8], open: &OpenFields) -> Result<Url, Rejection>,
    /// The HMAC key in what that address answers.
    pub key: fn(answer: &[u8]) -> Option<Vec<u8>>,
}

/// One request to the receiver.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Headers, names in lower case.
    pub headers: &'a HeaderMap,
    /// The raw query, without `?`.
    pub query: &'a str,
    /// The raw body.
    pub body: &'a [u8],
}

/// One event of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The vendor's id of the event, equal when it is sent again. `None`: the whole body stands for it, of vendors that
    /// repeat ([`Webhook::repeats`]).
    pub id: Option<String>,
    /// The vendor's stamp, where the proof covers it.
    pub sent_at: Option<Timestamp>,
    /// What it is about.
    pub subject: Subject,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// This record was created, changed or deleted.
    Record(RecordType, ExternalId),
    /// Something changed, and the vendor does not say what.
    Something,
    /// Our subscription itself.
    Subscription,
    /// Nothing that concerns us: unknown events are accepted and ignored.
    Nothing,
}

/// Where deliveries go. Its addresses are as secret as its secret, so it is not shown whole.
#[derive(Clone)]
pub struct Endpoint {
    /// This connection's address: `https://portal.example/webhooks/{connector}/{token}`.
    pub url: Url,
    /// The address before the last rotation, to know our own subscriptions by.
    pub previous: Option<Url>,
    /// Our secret, where the vendor signs with one that we choose. At most 64 characters.
    pub secret: SecretString,
    /// The secret that the vendor issued for this address is kept. If it is not, the subscription is to be made anew.
    pub has_secret: bool,
    /// The subscriptions that were made before.
    pub known: Vec<Subscription>,
}

impl Endpoint {
    /// This connection's addresses. Other tenants of the deployment have addresses that differ in their last part alone.
    pub fn addresses(&self) -> impl Iterator<Item = &Url> {
        [Some(&self.url), self.previous.as_ref()].into_iter().flatten()
    }

    /// This is one of its addresses.
    pub fn has_address(&self, address: &str) -> bool {
        self.addresses().any(|own| own.as_str() == address)
    }

    /// A subscription with this id of the vendor's was made by this connection.
    pub fn knows(&self, id: &str) -> bool {
        self.known.iter().any(|subscription| subscription.id == id)
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("host", &self.url.host_str())
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

/// What [`crate::Session::provision`] made of the subscriptions.
#[derive(Clone, Debug, Default)]
pub struct Provisioned {
    /// All of ours.
    pub subscriptions: Vec<Subscription>,
    /// The secret that the vendor issued with a new subscription, and tells only once.
    pub secret: Option<SecretString>,
}

impl From<Vec<Subscription>> for Provisioned {
    fn from(subscriptions: Vec<Subscription>) -> Self {
        Self { subscriptions, secret: None }
    }
}

/// A subscription at the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The vendor's id; [`Subscription::id_of`] its address where the vendor gives none.
    pub id: String,
    /// What it tells of: `tickets`.
    pub about: String,
    /// It is on.
    pub active: bool,
    /// It was found switched off and has been switched on again: changes since then may be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revived: bool,
}

impl Subscription {
    /// Remembers an address without telling it, so that the connection knows it again after any number of rotations.
    pub fn id_of(address: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(address))
    }
}
