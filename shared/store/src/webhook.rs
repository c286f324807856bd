//! Where a vendor pushes to, and what came there.
//!
//! The item is found by the hash of the token in its address. It holds the generation, from which address and secret are
//! derived, the counters of what was received, and the ids of the last deliveries. During a rotation a second item holds
//! the address before.
//!
//! Invariant: accepted, duplicate and rejected add up to what was received. An accepted delivery is counted by the write
//! that notes its hint ([`crate::work`]); settling the hint moves its count here, in the transaction that deletes it.

use std::collections::{BTreeMap, VecDeque};

use domain::hash::ContentHash;
use domain::id::{ConnectionId, ConnectorId};
use domain::webhook::{Rejection, WebhookCounts};
use jiff::Timestamp;

use crate::TenantStore;
use crate::activity::By;
use crate::dynamodb::schema::EXPIRES_AT;
use crate::error::{Result, StoreError};
use crate::item;
use crate::keys;
use crate::table::{Condition, Item, Key, Query, SortRange, TableError, Update, Write};
use crate::work::{About, Settled, Waiting};

/// Ids of settled deliveries that are remembered.
const REMEMBERED: usize = 200;
/// So often counters are read again when they were moved in between.
const ATTEMPTS: usize = 5;

/// The receiving end of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Address and secret are derived from it; a rotation is the next one.
    pub generation: u64,
    /// The hash of the token in the address.
    pub token: String,
    /// When it was last rotated.
    pub rotated_at: Option<Timestamp>,
    /// Names the request that rotated it, so that repeating the request does not rotate again.
    pub rotated_by: Option<String>,
    /// The address before.
    pub before: Option<Before>,
    /// What came, without what is counted at hints that wait.
    pub counts: WebhookCounts,
    /// When something last came that was the vendor's.
    pub last_received_at: Option<Timestamp>,
    recent: VecDeque<String>,
    folds: u64,
}

/// The address before the last rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// Its generation.
    pub generation: u64,
    /// The hash of its token.
    pub token: String,
    /// Until when it is good.
    pub until: Timestamp,
}

/// An event, by the vendor's id of it and what it is about: equal when it is delivered again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeliveryId(String);

impl DeliveryId {
    /// `event` is the vendor's id, or what stands for it. One event may be about several records: each is noted apart.
    pub fn of(event: &[u8], about: Option<&About>) -> Self {
        let mut text = event.to_vec();
        text.push(0x1f);
        match about {
            Some(About::Record(record_type, id)) => text.extend(format!("{record_type}/{id}").into_bytes()),
            Some(About::Something) => text.push(b'*'),
            Some(About::Subscription) => text.push(b'='),
            None => {}
        }
        // Half of the hash: there are a few hundred of them to tell apart.
        Self(format!("{:?}", ContentHash::of(&text, 0))[..16].to_owned())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Webhook {
    /// Whether a delivery was settled before, as far as is remembered.
    pub fn remembers(&self, id: &DeliveryId) -> bool {
        self.recent.contains(&id.0)
    }

    /// The generations whose secrets are good, the newest first.
    pub fn generations(&self, now: Timestamp) -> Vec<u64> {
        let before = self.before.as_ref().filter(|before| now < before.until).map(|before| before.generation);
        std::iter::once(self.generation).chain(before).collect()
    }

    /// Whether the address with this hashed token is good.
    pub fn is_addressed_by(&self, token: &str, now: Timestamp) -> bool {
        self.token == token || self.before.as_ref().is_some_and(|before| before.token == token && now < before.until)
    }

    /// The webhook among the items of a connection.
    pub(crate) fn among(items: &[Item]) -> Option<Self> {
        let of = |sk: &str| items.iter().find(|item| item::get_text(item, "sk") == Some(sk));
        let item = of(keys::WEBHOOK)?;
        let seconds = |item: &Item, name| item::get_number(item, name).and_then(|at| Timestamp::from_second(at).ok());
        let before = of(keys::WEBHOOK_BEFORE).and_then(|item| {
            Some(Before {
                generation: item::get_count(item, "generation"),
                token: item::get_text(item, "webhook_token")?.to_owned(),
                until: seconds(item, EXPIRES_AT)?,
            })
        });
        let rejected = Rejection::ALL.iter().map(|cause| (*cause, item::get_count(item, cause.as_str())));
        Some(Self {
            generation: item::get_count(item, "generation"),
            token: item::get_text(item, "webhook_token")?.to_owned(),
            rotated_at: seconds(item, "rotated_at"),
            rotated_by: item::get_text(item, "rotated_by").map(str::to_owned),
            before,
            counts: WebhookCounts {
                accepted: item::get_count(item, "accepted"),
                duplicate: item::get_count(item, "duplicate"),
                rejected: rejected.filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>(),
            },
            last_received_at: seconds(item, "settled_at").max(seconds(item, "received_at")),
            recent: item::get_text(item, "recent").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            folds: item::get_count(item, "folds"),
        })
    }
}

impl TenantStore {
    /// The connection's webhook.
    pub async fn webhook(&self, connection: &ConnectionId) -> Result<Option<Webhook>> {
        let query = Query {
            pk: self.keys.connection(connection),
            sort: SortRange::BeginsWith(keys::WEBHOOK.to_owned()),
            consistent: true,
            ..Query::default()
        };
        Ok(Webhook::among(&self.table.query(query).await?.items))
    }

    /// The connection's webhook; made, of the first generation that was never used, if there is none. `token` gives a
    /// generation's hashed token.
    pub async fn ensure_webhook(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorId,
        token: impl Fn(u64) -> String,
    ) -> Result<Webhook> {
        let key = self.keys.webhook(connection);
        let first = self.address_item(&key, connection, connector, 1, &token(1));
        let retired = match self.table.put(first, Some(Condition::NotExists)).await {
            Ok(()) => None,
            Err(TableError::Condition { existing, .. }) => {
                existing.filter(|row| !row.contains_key("webhook_token")).map(|row| item::get_count(&row, "generation"))
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(last) = retired {
            let next = self.address_item(&key, connection, connector, last + 1, &token(last + 1));
            let still = vec![Condition::Equal("generation", item::count(last)), Condition::Lacks("webhook_token")];
            match self.table.put(next, Some(Condition::All(still))).await {
                Ok(()) | Err(TableError::Condition { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.webhook(connection).await?.ok_or(StoreError::NotFound)
    }

    /// The next generation. The one before stays good until `until`; an address before that is gone at once.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody else rotated it since it was read.
    pub async fn rotate_webhook(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorId,
        webhook: &Webhook,
        rotation: &Rotation<'_>,
        by: By<'_>,
    ) -> Result<()> {
        let mut update = Update::default();
        update.set.insert("generation", item::count(webhook.generation + 1));
        update.set.insert("webhook_token", item::text(rotation.token));
        update.set.insert("rotated_at", item::number(rotation.now.as_second()));
        match rotation.by {
            Some(by) => drop(update.set.insert("rotated_by", item::text(by))),
            None => update.remove.push("rotated_by"),
        }
        let condition = Some(Condition::Equal("generation", item::count(webhook.generation)));
        let key = self.keys.webhook_before(connection);
        let mut before = self.address_item(&key, connection, connector, webhook.generation, &webhook.token);
        before.insert(EXPIRES_AT.to_owned(), item::number(rotation.until.as_second()));
        let mut writes = vec![
            Write::Update { key: self.keys.webhook(connection), update, condition },
            Write::Put { item: before, condition: None },
            self.wake_write(connection),
        ];
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// The parts of a transaction that forget the addresses and the counters: the connection is taken down. The generation
    /// stays, so that no address and no secret is ever good again.
    pub fn retire_webhook(&self, connection: &ConnectionId, webhook: &Webhook) -> [Write; 2] {
        let generation = item::count(webhook.generation);
        let mut row = item::bare(&self.keys.webhook(connection));
        row.insert("generation".to_owned(), generation.clone());
        let unchanged = Some(Condition::Equal("generation", generation));
        [
            Write::Put { item: row, condition: unchanged },
            Write::Delete { key: self.keys.webhook_before(connection), condition: None },
        ]
    }

    /// A delivery that tells of nothing was taken.
    pub async fn count_accepted(&self, connection: &ConnectionId, now: Timestamp) -> Result<()> {
        self.count_delivery(connection, "accepted", Some(now)).await
    }

    /// A delivery came that was taken before.
    pub async fn count_duplicate(&self, connection: &ConnectionId, now: Timestamp) -> Result<()> {
        self.count_delivery(connection, "duplicate", Some(now)).await
    }

    /// A delivery was not taken.
    pub async fn count_rejected(&self, connection: &ConnectionId, cause: Rejection) -> Result<()> {
        self.count_delivery(connection, cause.as_str(), None).await
    }

    async fn count_delivery(&self, connection: &ConnectionId, what: &'static str, at: Option<Timestamp>) -> Result<()> {
        let mut update = Update::default();
        update.add.insert(what, 1);
        if let Some(at) = at {
            update.set.insert("received_at", item::number(at.as_second()));
        }
        match self.table.update(self.keys.webhook(connection), update, Some(Condition::Has("webhook_token"))).await {
            // Retired in the meantime: there is nobody to tell.
            Ok(_) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What came in all: what is counted here and at the hints that wait.
    pub async fn webhook_with_waiting(&self, connection: &ConnectionId) -> Result<Option<Webhook>> {
        let Some(mut webhook) = self.webhook(connection).await? else { return Ok(None) };
        for _ in 0..ATTEMPTS {
            let waiting = self.waiting(connection).await?;
            let Some(again) = self.webhook(connection).await? else { return Ok(None) };
            let unmoved = again.folds == webhook.folds;
            webhook = again;
            if unmoved {
                webhook.counts.accepted += waiting.iter().map(|hint| hint.settled.accepted).sum::<u64>();
                let last = waiting.iter().filter_map(|hint| hint.settled.received_at).max();
                webhook.last_received_at = webhook.last_received_at.max(last);
                break;
            }
        }
        Ok(Some(webhook))
    }

    /// The part of a transaction that takes over what hints counted; `None` where there is nothing to take over, or no
    /// webhook any more.
    pub(crate) async fn fold_write(&self, connection: &ConnectionId, hints: &[Waiting]) -> Result<Option<Write>> {
        let sum = Settled::sum(hints);
        if sum.accepted == 0 && sum.deliveries.is_empty() {
            return Ok(None);
        }
        let Some(mut webhook) = self.webhook(connection).await? else { return Ok(None) };
        webhook.recent.extend(sum.deliveries);
        let surplus = webhook.recent.len().saturating_sub(REMEMBERED);
        webhook.recent.drain(..surplus);
        let mut update = Update::default();
        update.set.insert("recent", item::text(Vec::from(webhook.recent).join(" ")));
        if let Some(at) = sum.received_at {
            update.set.insert("settled_at", item::number(at.as_second()));
        }
        update.add.insert("accepted", i64::try_from(sum.accepted).unwrap_or(i64::MAX));
        update.add.insert("folds", 1);
        let key = self.keys.webhook(connection);
        Ok(Some(Write::Update { key, update, condition: Some(Condition::Has("webhook_token")) }))
    }

    fn address_item(
        &self,
        key: &Key,
        connection: &ConnectionId,
        connector: &ConnectorId,
        generation: u64,
        token: &str,
    ) -> Item {
        let mut address = item::bare(key);
        address.insert("webhook_token".to_owned(), item::text(token));
        address.insert("tenant".to_owned(), item::text(self.tenant.as_str()));
        address.insert("connection".to_owned(), item::text(connection.as_str()));
        address.insert("connector".to_owned(), item::text(connector.as_str()));
        address.insert("generation".to_owned(), item::count(generation));
        address
    }
}

/// What a rotation brings.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    /// The hash of the next token.
    pub token: &'a str,
    /// When.
    pub now: Timestamp,
    /// Until when the address before stays good.
    pub until: Timestamp,
    /// Names the request.
    pub by: Option<&'a str>,
}

#[cfg(test)]
mod tests;
