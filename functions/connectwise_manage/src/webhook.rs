//! What a callback delivers: which record to read again, and where the key is that proves it.
//!
//! The key's address stands in the body that it is to prove. It is therefore called only if it is this tenant's own: at
//! the connection's own site, at the one path that keys are served at, for the connection's own company. Many companies
//! share a host of the vendor's cloud, so the company is looked at as closely as the host.

use std::collections::BTreeMap;

use connector::webhook::{Delivery, Notice, RemoteKey, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;
use domain::webhook::Rejection;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::site::Site;
use crate::{map, wire};

/// The proof: HMAC-SHA-256 of the raw body under a key that the server serves (Developer Guide, "Verify the callback").
pub(crate) const KEY: RemoteKey = RemoteKey { header: "x-content-signature", address, key };

/// Keys are served here, below a codebase; the server itself writes two slashes before it.
const KEY_PATH: &str = "/system/callbackkey/index.rails";

/// What a verified delivery is about.
pub(crate) fn notices(delivery: &Delivery<'_>) -> Vec<Notice> {
    let Ok(event) = serde_json::from_slice::<wire::Event>(delivery.body) else {
        return vec![Notice { id: None, sent_at: None, subject: Subject::Something }];
    };
    vec![Notice { id: event.message_id.owned(), sent_at: None, subject: subject(&event) }]
}

fn subject(event: &wire::Event) -> Subject {
    let kind = event.kind.get().unwrap_or_default().to_ascii_lowercase();
    let record_type = match kind.as_str() {
        "company" => RecordType::Companies,
        "contact" => RecordType::Contacts,
        "member" => RecordType::Users,
        // Tickets of projects come under the same type.
        "ticket" if is_of_a_project(event) => return Subject::Nothing,
        "ticket" => RecordType::Tickets,
        _ => return Subject::Nothing,
    };
    event.id.id().map_or(Subject::Something, |id| Subject::Record(record_type, ExternalId::new(id.to_string())))
}

/// The record is JSON in text. Where it cannot be read, the ticket is looked at.
fn is_of_a_project(event: &wire::Event) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Kind {
        record_type: connector::lenient::Text,
    }
    let entity = event.entity.get().and_then(|entity| serde_json::from_str::<Kind>(entity).ok());
    entity.is_some_and(|entity| entity.record_type.get().is_some_and(map::is_of_a_project))
}

fn address(body: &[u8], open: &BTreeMap<String, String>) -> Result<Url, Rejection> {
    let event: wire::Event = serde_json::from_slice(body).map_err(|_| Rejection::KeyMissing)?;
    let named = event.metadata.and_then(|metadata| metadata.key_url.owned());
    let url = named.and_then(|url| Url::parse(&url).ok()).ok_or(Rejection::KeyMissing)?;
    let site = open.get("site").and_then(|site| Site::parse(site)).ok_or(Rejection::KeyAddress)?;
    let company = open.get("company_id").ok_or(Rejection::KeyAddress)?;
    if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Rejection::KeyAddress);
    }
    if !site.holds(&url) {
        return Err(Rejection::KeyHost);
    }
    if !url.path().ends_with(KEY_PATH) {
        return Err(Rejection::KeyAddress);
    }
    // Each once: of two companies the server might take the other.
    let mut names: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect();
    names.sort();
    match names.as_slice() {
        [(name, value), (id, _)] if name == "companyname" && id == "id" => {
            if value.eq_ignore_ascii_case(company) {
                Ok(url)
            } else {
                Err(Rejection::KeyAddress)
            }
        }
        _ => Err(Rejection::KeyAddress),
    }
}

/// The HMAC key is the digest of the key that is served (its C# sample hashes it, too).
fn key(answer: &[u8]) -> Option<Vec<u8>> {
    let answer: wire::SigningKey = serde_json::from_slice(answer).ok()?;
    Some(Sha256::digest(answer.signing_key.get()?.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests;
