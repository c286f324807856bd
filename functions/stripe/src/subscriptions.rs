//! Our webhook endpoint at Stripe: one per connection, made with a secret that Stripe tells only then.
//!
//! Invariant: an endpoint whose secret nobody knows is replaced. Creating is asked for with a key that follows from what is
//! asked for, so after a lost answer Stripe repeats what it answered, secret included, and makes no second one.

use connector::webhook::{Endpoint, Provisioned, Subscription};
use connector::{ConnectorError, ErrorKind, Result};
use secrecy::SecretString;

use crate::client::{Query, VERSION, idempotency_key};
use crate::session::{StripeSession, answer};
use crate::webhook::EVENTS;
use crate::wire;

const DESCRIPTION: &str = "Client portal";
const DELETE: &str = "delete a webhook endpoint";
/// Replays of endpoints that are gone; each was made and lost once.
const REPLAYS: usize = 5;
/// Stripe takes no more than 16 endpoints, so they are one page.
const MOST: &str = "100";

impl StripeSession {
    pub(crate) async fn subscribe(&self, endpoint: &Endpoint) -> Result<Provisioned> {
        let mut own = self.own_endpoints(endpoint).await?;
        let is_kept = |row: &wire::Endpoint| {
            endpoint.has_secret
                && row.url.get() == Some(endpoint.url.as_str())
                && row.api_version.get() == Some(VERSION)
        };
        let (subscription, secret) = match own.iter().position(is_kept) {
            Some(place) => (self.put_in_order(&own.swap_remove(place)).await?, None),
            None => {
                let (row, secret) = self.create_endpoint(endpoint, &own).await?;
                own.retain(|other| other.id != row.id);
                (subscribed(&row, false), Some(secret))
            }
        };
        // Those of an address before, those whose secret nobody knows, and the second one after a lost answer.
        for id in own.iter().filter_map(|row| row.id.get()) {
            self.client.delete(DELETE, &["webhook_endpoints", id]).await?;
        }
        Ok(Provisioned { subscriptions: vec![subscription], secret })
    }

    /// Our endpoint as it should be; one that Stripe switched off after failures is switched on.
    async fn put_in_order(&self, row: &wire::Endpoint) -> Result<Subscription> {
        let mut listed: Vec<&str> = row.enabled_events.iter().map(String::as_str).collect();
        listed.sort_unstable();
        let disabled = row.status.get() == Some("disabled");
        if !disabled && listed == EVENTS {
            return Ok(subscribed(row, false));
        }
        const OP: &str = "switch a webhook endpoint on";
        let id = row.id.get().unwrap_or_default();
        let mut form: Query = vec![("disabled", "false".into())];
        form.extend(EVENTS.iter().map(|event| ("enabled_events[]", (*event).into())));
        // The same again does no harm, and a repeated answer would hide that it was switched off since.
        let key = uuid::Uuid::new_v4().to_string();
        let written = self.client.post(OP, &["webhook_endpoints", id], &key, &form).await?;
        Ok(subscribed(&answer(OP, &written.body)?, disabled))
    }

    async fn create_endpoint(
        &self,
        endpoint: &Endpoint,
        own: &[wire::Endpoint],
    ) -> Result<(wire::Endpoint, SecretString)> {
        const OP: &str = "create a webhook endpoint";
        let mut form: Query = vec![
            ("url", endpoint.url.as_str().into()),
            ("api_version", VERSION.into()),
            ("description", DESCRIPTION.into()),
        ];
        form.extend(EVENTS.iter().map(|event| ("enabled_events[]", (*event).into())));
        let mut after = String::new();
        for _ in 0..REPLAYS {
            // Of all that is asked for: another release may ask for more, which under a key of before is an error.
            let asked = form.iter().flat_map(|(name, value)| [*name, value.as_ref()]);
            let key = idempotency_key(["webhook endpoint", &after].into_iter().chain(asked));
            let written = self.client.post(OP, &["webhook_endpoints"], &key, &form).await?;
            let row: wire::Endpoint = answer(OP, &written.body)?;
            let id = row.id.owned().unwrap_or_default();
            let is_gone = written.replayed && !own.iter().any(|other| other.id == row.id);
            if is_gone {
                after = id;
                continue;
            }
            let secret = row.secret.owned().ok_or_else(|| {
                let lacking = ConnectorError::new(OP, ErrorKind::Malformed { path: "secret".to_owned() });
                lacking.with_detail("a new endpoint came without its secret")
            })?;
            return Ok((row, secret.into()));
        }
        let spent = ConnectorError::new(OP, ErrorKind::Unavailable);
        Err(spent.with_detail("only endpoints that are gone were answered; a day later that is over"))
    }

    /// Those that are ours: with today's address, with the one before, or known from the time they were made.
    async fn own_endpoints(&self, endpoint: &Endpoint) -> Result<Vec<wire::Endpoint>> {
        const OP: &str = "list webhook endpoints";
        let body = self.client.get(OP, &["webhook_endpoints"], &vec![("limit", MOST.into())]).await?;
        let list: wire::List<wire::Endpoint> = answer(OP, &body)?;
        let is_ours = |row: &wire::Endpoint| {
            row.url.get().is_some_and(|url| endpoint.has_address(url))
                || row.id.get().is_some_and(|id| endpoint.knows(id))
        };
        Ok(list.data.into_iter().filter(is_ours).collect())
    }

    pub(crate) async fn unsubscribe(&self, endpoint: &Endpoint) -> Result<()> {
        let own = match self.own_endpoints(endpoint).await {
            // A key that was never allowed to has made none. One that no longer is leaves them, and somebody is to know.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) if endpoint.known.is_empty() => return Ok(()),
            own => own?,
        };
        for id in own.iter().filter_map(|row| row.id.get()) {
            self.client.delete(DELETE, &["webhook_endpoints", id]).await?;
        }
        Ok(())
    }
}

fn subscribed(row: &wire::Endpoint, revived: bool) -> Subscription {
    Subscription {
        id: row.id.owned().unwrap_or_default(),
        about: "customers, subscriptions, invoices, payments".to_owned(),
        active: row.status.get() != Some("disabled"),
        revived,
    }
}

#[cfg(test)]
mod tests;
