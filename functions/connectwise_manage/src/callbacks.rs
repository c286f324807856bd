//! ConnectWise's callbacks, kept as they are needed: one per record type, for every record of the type.
//!
//! Invariants: only callbacks to this connection's own addresses are touched; doing it again changes nothing. One that
//! the server switched off after three days without an answer is switched on again, and said to be revived.

use connector::webhook::{Endpoint, Subscription};
use connector::{ConnectorError, ErrorKind, Result};
use serde_json::json;

use crate::client::{CALLBACKS, Operation};
use crate::push::quoted;
use crate::session::ManageSession;
use crate::wire;

/// The server appends the record's id and the action to the address as text; behind this they are a parameter's value.
const ENDING: &str = "recordId=";

/// Types of callbacks, and what they tell of.
const TYPES: [(&str, &str); 4] =
    [("company", "companies"), ("contact", "contacts"), ("ticket", "tickets"), ("member", "users")];

impl ManageSession {
    pub(crate) async fn subscribe(&self, endpoint: &Endpoint) -> Result<Vec<Subscription>> {
        let url = address(&endpoint.url);
        let ours = self.ours(endpoint).await?;
        let mut subscriptions = Vec::new();
        let mut kept = Vec::new();
        for (kind, about) in TYPES {
            let of_kind = || ours.iter().filter(|callback| is_of(callback, kind));
            // Of several, the one that is at the right address already, and on.
            let found = of_kind().min_by_key(|callback| {
                (callback.url.get() != Some(&url), callback.inactive_flag.is_set(), callback.id.id())
            });
            let subscription = match found {
                Some(callback) => self.mend(callback, &url, about).await?,
                None => self.add(kind, &url, about, endpoint).await?,
            };
            kept.push(subscription.id.clone());
            subscriptions.push(subscription);
        }
        for callback in ours.iter().filter(|callback| !callback.inactive_flag.is_set()) {
            let is_kept = callback.id.id().is_some_and(|id| kept.contains(&id.to_string()));
            if !is_kept {
                self.take_away(callback).await?;
            }
        }
        Ok(subscriptions)
    }

    pub(crate) async fn unsubscribe(&self, endpoint: &Endpoint) -> Result<()> {
        for callback in self.ours(endpoint).await? {
            self.take_away(&callback).await?;
        }
        Ok(())
    }

    /// The callbacks at this connection's addresses, and those that it made for an address before. Others are none of our
    /// business, whoever made them.
    async fn ours(&self, endpoint: &Endpoint) -> Result<Vec<wire::Callback>> {
        let host = endpoint.url.host_str().unwrap_or_default();
        let conditions = format!("url contains {}", quoted(host));
        let query = [("conditions", conditions.as_str())];
        let mut found: Vec<wire::Callback> = self.client.whole(CALLBACKS.list, CALLBACKS.path, &query).await?;
        let own: Vec<String> = endpoint.addresses().map(address).collect();
        let is_known = |id: i64| endpoint.knows(&id.to_string());
        found.retain(|callback| {
            callback.url.get().is_some_and(|url| own.iter().any(|own| own == url))
                || callback.id.id().is_some_and(is_known)
        });
        Ok(found)
    }

    async fn add(&self, kind: &str, url: &str, about: &str, endpoint: &Endpoint) -> Result<Subscription> {
        let body = json!({
            "description": format!("Client Portal: {about}"),
            "url": url,
            "objectId": 1,
            "type": kind,
            "level": "owner",
            "payloadVersion": "3.0.0",
            "inactiveFlag": false,
            // The portal knows its own changes when they come back; another tool that shares our API member must not miss
            // its own.
            "isSelfSuppressedFlag": false,
        });
        let subscribed = |callback: &wire::Callback| {
            let id = callback.id.id()?.to_string();
            Some(Subscription { id, about: about.to_owned(), active: !callback.inactive_flag.is_set(), revived: false })
        };
        match self.client.create("add a callback", CALLBACKS.path, &body).await {
            Ok(answer) => {
                let made: Option<wire::Callback> = serde_json::from_slice(&answer).ok();
                let malformed =
                    || ConnectorError::new("add a callback", ErrorKind::Malformed { path: "id".to_owned() });
                made.as_ref().and_then(subscribed).ok_or_else(malformed)
            }
            // Refused because it is there: made in between, or by a call whose answer was lost.
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) => {
                let ours = self.ours(endpoint).await?;
                let same = ours.iter().find(|callback| is_of(callback, kind) && callback.url.get() == Some(url));
                same.and_then(subscribed).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Brings a callback of ours to the right address, and switches it on.
    async fn mend(&self, callback: &wire::Callback, url: &str, about: &str) -> Result<Subscription> {
        let id = id_of(callback)?;
        let revived = callback.inactive_flag.is_set();
        let mut operations = Vec::new();
        if callback.url.get() != Some(url) {
            operations.push(Operation::replace("url", url));
        }
        if revived {
            operations.push(Operation::replace("inactiveFlag", false));
        }
        if !operations.is_empty() {
            self.client.change("change a callback", &["system", "callbacks", &id], &operations).await?;
        }
        Ok(Subscription { id, about: about.to_owned(), active: true, revived })
    }

    /// Deletes a callback, or switches it off: the vendor's guides advise roles that may delete nothing.
    async fn take_away(&self, callback: &wire::Callback) -> Result<()> {
        let id = id_of(callback)?;
        let path = ["system", "callbacks", id.as_str()];
        match self.client.delete("delete a callback", &path).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(()),
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) if callback.inactive_flag.is_set() => Ok(()),
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => {
                let off = [Operation::replace("inactiveFlag", true)];
                self.client.change("switch a callback off", &path, &off).await.map(drop)
            }
            done => done,
        }
    }
}

/// The address as it is registered.
fn address(url: &url::Url) -> String {
    let separator = if url.query().is_some() { '&' } else { '?' };
    format!("{url}{separator}{ENDING}")
}

fn is_of(callback: &wire::Callback, kind: &str) -> bool {
    let is = |text: &connector::lenient::Text, wanted: &str| {
        text.get().is_some_and(|text| text.eq_ignore_ascii_case(wanted))
    };
    is(&callback.kind, kind) && is(&callback.level, "owner")
}

fn id_of(callback: &wire::Callback) -> Result<String> {
    let malformed = || ConnectorError::new("list callbacks", ErrorKind::Malformed { path: "id".to_owned() });
    callback.id.id().map(|id| id.to_string()).ok_or_else(malformed)
}

#[cfg(test)]
mod tests;
