//! Webhooks at Autotask: made, completed, switched on again, given another address, and taken away.
//!
//! Ours are known by their address. Address and secret change together, so a webhook with today's address has today's
//! secret. What a crash left unfinished is finished the next time: nothing is made that is there already.

use connector::webhook::{Endpoint, Subscription};
use connector::{ConnectorError, ErrorKind, Result};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::client::Entity;
use crate::listing::{all, below};
use crate::picklist::{Picklist, Picklists};
use crate::session::{AutotaskSession, is_denied};
use crate::webhook::DEACTIVATED;
use crate::wire;

/// One kind of webhook.
#[derive(Debug)]
struct Kind {
    webhooks: Entity,
    /// Entity whose field information lists the fields that may be watched.
    fields: &'static str,
    /// What it tells of, in the portal's words.
    about: &'static str,
    /// What it is called at Autotask.
    name: &'static str,
    /// The fields that we read, as they may be named: letters and digits in lower case.
    watched: &'static [&'static str],
}

const INCLUDE: &[&str] = &["id", "webhookUrl", "isActive", "isReady"];

const fn webhooks(path: &'static str) -> Entity {
    Entity { path, list: "list webhooks", read: "read a webhook", include: INCLUDE }
}

static KINDS: [Kind; 3] = [
    Kind {
        webhooks: webhooks("CompanyWebhooks"),
        fields: "CompanyWebhookFields",
        about: "companies",
        name: "Client portal: companies",
        watched: &[
            "companyname",
            "accountname",
            "name",
            "companytype",
            "accounttype",
            "isactive",
            "active",
            "phone",
            "city",
            "webaddress",
        ],
    },
    Kind {
        webhooks: webhooks("ContactWebhooks"),
        fields: "ContactWebhookFields",
        about: "contacts",
        name: "Client portal: contacts",
        watched: &[
            "companyid",
            "accountid",
            "firstname",
            "lastname",
            "isactive",
            "active",
            "primarycontact",
            "emailaddress",
            "phone",
            "mobilephone",
            "title",
        ],
    },
    Kind {
        webhooks: webhooks("TicketWebhooks"),
        fields: "TicketWebhookFields",
        about: "tickets",
        name: "Client portal: tickets",
        watched: &[
            "title",
            "description",
            "companyid",
            "accountid",
            "contactid",
            "status",
            "priority",
            "queueid",
            "tickettype",
            "ticketcategory",
            "assignedresourceid",
        ],
    },
];

/// More fields than this are not watched blindly.
const MOST_FIELDS: usize = 30;

impl AutotaskSession {
    pub(crate) async fn subscribe(&self, endpoint: &Endpoint) -> Result<Vec<Subscription>> {
        self.client.conceal(&endpoint.secret);
        let ours = match self.own_resource().await {
            // Who we are may not be seen: then our own changes come back as hints, and are found unchanged.
            Err(error) if is_denied(&error.kind) => None,
            ours => ours?,
        };
        let mut subscriptions = Vec::new();
        for kind in &KINDS {
            match self.subscribe_to(kind, endpoint, ours).await {
                Ok(subscription) => subscriptions.push(subscription),
                // Tickets got their webhooks last: an older Autotask has none.
                Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(subscriptions)
    }

    async fn subscribe_to(&self, kind: &'static Kind, endpoint: &Endpoint, ours: Option<i64>) -> Result<Subscription> {
        let op = "subscribe to changes";
        let webhooks = kind.webhooks.path;
        let mut revived = false;
        let mut own = self.own_webhooks(kind, endpoint).await?.into_iter();
        let id = match own.next() {
            Some((id, webhook)) => {
                revived = webhook.isactive.0 == Some(false);
                let moved = webhook.webhookurl.get() != Some(endpoint.url.as_str());
                if moved || revived {
                    self.client.patch(op, &[webhooks], &row(kind, Some(id), endpoint)).await?;
                }
                id
            }
            None => self.client.create(op, &[webhooks], &row(kind, None, endpoint)).await?,
        };
        // After a lost answer there may be two.
        for (surplus, _) in own {
            self.client.delete("take a webhook away", &[webhooks, &surplus.to_string()]).await?;
        }
        let id_text = id.to_string();
        self.watch_fields(kind, id, &id_text).await?;
        self.exclude(kind, id, &id_text, ours).await?;
        let body = self.client.read(kind.webhooks.read, &[webhooks, &id_text]).await?;
        let missing = || ConnectorError::new(op, ErrorKind::Unavailable).with_detail("the webhook is gone again");
        let read = serde_json::from_slice(&body.ok_or_else(missing)?).map_err(|_| missing())?;
        let crate::any_case::AnyCase::<wire::Webhook>(webhook) = read;
        let active = webhook.isactive.0 != Some(false) && webhook.isready.0 != Some(false);
        Ok(Subscription { id: format!("{webhooks}/{id}"), about: kind.about.to_owned(), active, revived })
    }

    /// Our webhooks of a kind, the one with today's address first.
    async fn own_webhooks(&self, kind: &'static Kind, endpoint: &Endpoint) -> Result<Vec<(i64, wire::Webhook)>> {
        let all = all::<wire::Webhook>(&self.client, &kind.webhooks, &Vec::new(), |webhook| webhook.id).await?;
        let is_ours = |id: i64, webhook: &wire::Webhook| {
            webhook.webhookurl.get().is_some_and(|url| endpoint.has_address(url))
                || endpoint.knows(&format!("{}/{id}", kind.webhooks.path))
        };
        let is_at_todays = |webhook: &wire::Webhook| webhook.webhookurl.get() == Some(endpoint.url.as_str());
        let mut own: Vec<(i64, wire::Webhook)> =
            all.into_iter().filter_map(|webhook| Some((webhook.id.0?, webhook))).collect();
        own.retain(|(id, webhook)| is_ours(*id, webhook));
        own.sort_by_key(|(id, webhook)| (!is_at_todays(webhook), *id));
        Ok(own)
    }

    /// Without a watched field a webhook tells nothing. One after the other: in parallel they trip the limit of threads.
    async fn watch_fields(&self, kind: &Kind, id: i64, id_text: &str) -> Result<()> {
        let op = "watch a field";
        let path = [kind.webhooks.path, id_text, "Fields"];
        let watched: Vec<i64> =
            below(&self.client, op, &path).await?.iter().filter_map(|part| part.fieldid.0).collect();
        let information = self.client.get(op, &[kind.fields, "entityInformation", "fields"]).await?;
        let lists = Picklists::read(op, information)?;
        for field in wanted(lists.of("fieldID")?, kind).into_iter().filter(|field| !watched.contains(field)) {
            let row =
                json!({"webhookID": id, "fieldID": field, "isSubscribedField": true, "isDisplayAlwaysField": false});
            self.client.create(op, &path, &row).await?;
        }
        Ok(())
    }

    /// What we write ourselves need not be told.
    async fn exclude(&self, kind: &Kind, id: i64, id_text: &str, ours: Option<i64>) -> Result<()> {
        let op = "exclude our own changes";
        let Some(ours) = ours else { return Ok(()) };
        let path = [kind.webhooks.path, id_text, "ExcludedResources"];
        let excluded = below(&self.client, op, &path).await?;
        if excluded.iter().any(|part| part.resourceid.0 == Some(ours)) {
            return Ok(());
        }
        self.client.create(op, &path, &json!({"webhookID": id, "resourceID": ours})).await.map(|_| ())
    }

    pub(crate) async fn unsubscribe(&self, endpoint: &Endpoint) -> Result<()> {
        let op = "take a webhook away";
        for kind in &KINDS {
            let own = match self.own_webhooks(kind, endpoint).await {
                // What may not be seen, or does not exist, cannot be taken away either.
                Err(error) if is_denied(&error.kind) => continue,
                own => own?,
            };
            for (id, _) in own {
                let path = [kind.webhooks.path, &id.to_string()];
                match self.client.delete(op, &path).await {
                    Err(ConnectorError { kind: ErrorKind::Rejected { .. }, .. }) => {
                        let off = json!({"id": id, "isActive": false});
                        self.client.patch(op, &[kind.webhooks.path], &off).await?;
                    }
                    done => done?,
                }
            }
        }
        Ok(())
    }
}

/// The webhook as it should be.
fn row(kind: &Kind, id: Option<i64>, endpoint: &Endpoint) -> serde_json::Value {
    let mut deactivation = endpoint.url.clone();
    deactivation.query_pairs_mut().append_pair(DEACTIVATED.0, DEACTIVATED.1);
    let mut row = json!({
        "name": kind.name,
        "webhookUrl": endpoint.url.as_str(),
        "deactivationUrl": deactivation.as_str(),
        "secretKey": endpoint.secret.expose_secret(),
        "isActive": true,
        "isSubscribedToCreateEvents": true,
        "isSubscribedToUpdateEvents": true,
        "isSubscribedToDeleteEvents": true,
        "sendThresholdExceededNotification": false,
    });
    if let Some(id) = id {
        row["id"] = id.into();
    }
    row
}

/// The fields to watch: those that we read. Where none of the names is known, all, within reason: any change will do.
fn wanted(fields: &Picklist, kind: &Kind) -> Vec<i64> {
    let folded = |label: &str| -> String {
        label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let known = fields.active().filter(|(_, label)| kind.watched.contains(&folded(label).as_str()));
    let known: Vec<i64> = known.map(|(field, _)| field).collect();
    if !known.is_empty() {
        return known;
    }
    fields.active().take(MOST_FIELDS).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests;
