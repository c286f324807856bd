//! What waits for the next look at a connection: hints, re-evaluate marks, and a person's word on deletions that are held.
//!
//! A hint is a record to read again, a mark is records to decide on again. All carry a sequence and are deleted only if it is unchanged.
//!
//! A hint that a vendor's push left also counts the deliveries behind it and knows the ids of the last ones, so an accepted
//! delivery is one write, and five at once of the same are one accepted and four duplicates. The ids stand in a few slots,
//! chosen by their hash: a slot that holds the id already fails the write.

use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;
use jiff::Timestamp;

use crate::TenantStore;
use crate::activity::{By, ENTRY_PARTS};
use crate::error::Result;
use crate::item;
use crate::keys;
use crate::outbox::{self, Queued};
use crate::table::{Condition, Item, Key, Query, TRANSACTION_PARTS, TableError, Update, Write};
use crate::webhook::DeliveryId;

/// Where a hint keeps ids of deliveries.
const SLOTS: [&str; 8] = ["slot0", "slot1", "slot2", "slot3", "slot4", "slot5", "slot6", "slot7"];
/// Hints or marks settled in one transaction.
const SETTLED_AT_ONCE: usize = 50;

/// One thing that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    key: Key,
    seq: u64,
    /// What it is.
    pub what: What,
    pub(crate) settled: Settled,
}

/// What waits.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Read this record again.
    Hint(RecordType, ExternalId),
    /// Read what changed.
    Something,
    /// Look at our subscriptions at the vendor.
    Subscription,
    /// Decide again on what belongs to this vendor company.
    Mark(ExternalId),
    /// Decide again on everything.
    MarkAll,
    /// What this feed missed when it was held at this moment may be gone.
    Confirmed {
        /// The feed.
        feed: String,
        /// When it was held.
        held_at: Timestamp,
    },
    /// Bring this edit to the vendor.
    Operation(Box<Queued>),
    /// An edit that this version cannot read; the name is its record's, as of [`Queued::queue`].
    Unreadable(String),
}

/// What a vendor's push is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// This record changed.
    Record(RecordType, ExternalId),
    /// Something changed.
    Something,
    /// Our subscription itself changed.
    Subscription,
}

/// What settling a hint hands to the webhook's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) accepted: u64,
    pub(crate) received_at: Option<Timestamp>,
    pub(crate) deliveries: Vec<String>,
}

impl Settled {
    fn of(row: &Item) -> Self {
        Self {
            accepted: item::get_count(row, "accepted"),
            received_at: item::get_number(row, "received_at").and_then(|at| Timestamp::from_second(at).ok()),
            deliveries: SLOTS.iter().filter_map(|slot| item::get_text(row, slot).map(str::to_owned)).collect(),
        }
    }

    pub(crate) fn sum(hints: &[Waiting]) -> Self {
        hints.iter().fold(Self::default(), |mut sum, hint| {
            sum.accepted += hint.settled.accepted;
            sum.received_at = sum.received_at.max(hint.settled.received_at);
            sum.deliveries.extend(hint.settled.deliveries.iter().cloned());
            sum
        })
    }
}

/// A delivery on its way to being noted.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// What it is about.
    pub about: &'a About,
    /// Which event it is.
    pub id: &'a DeliveryId,
    /// The delivery is counted with this hint; one about several records is counted once.
    pub counts: bool,
    /// Names this attempt: a repeated write whose first answer was lost is not a duplicate.
    pub attempt: u64,
    /// When.
    pub now: Timestamp,
}

/// What noting a delivery came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Nothing waited for this record: the queue has to be told.
    New,
    /// Something waits for it already, and somebody was told.
    Joined,
    /// The same event waits already.
    Duplicate {
        /// Since when.
        since: Option<Timestamp>,
    },
}

impl TenantStore {
    /// Everything that waits: one query.
    pub async fn waiting(&self, connection: &ConnectionId) -> Result<Vec<Waiting>> {
        let query = Query { pk: self.keys.work(connection), consistent: true, ..Query::default() };
        let items = self.table.query(query).await?.items;
        Ok(items
            .iter()
            .filter_map(|row| {
                let key = item::key_of(row);
                let id = || ExternalId::new(item::get_text(row, "id").unwrap_or_default());
                let what = if key.sk.starts_with(keys::OUTBOX) {
                    // One that this version cannot read must not hold up what else waits.
                    Queued::from_item(row).map_or_else(
                        |_| What::Unreadable(outbox::queue_of(&key.sk)),
                        |queued| What::Operation(Box::new(queued)),
                    )
                } else if key.sk.starts_with(keys::CONFIRMED) {
                    let held_at = item::get_number(row, "held_at").and_then(|at| Timestamp::from_millisecond(at).ok());
                    What::Confirmed { feed: item::get_text(row, "feed")?.to_owned(), held_at: held_at? }
                } else if key.sk == keys::HINT_SOMETHING {
                    What::Something
                } else if key.sk == keys::HINT_SUBSCRIPTION {
                    What::Subscription
                } else if key.sk.starts_with(keys::HINT) {
                    What::Hint(RecordType::parse(item::get_text(row, "record_type")?)?, id())
                } else if key.sk == format!("{}*", keys::MARK) {
                    What::MarkAll
                } else if key.sk.starts_with(keys::MARK) {
                    What::Mark(id())
                } else {
                    return None;
                };
                Some(Waiting { seq: item::get_count(row, "seq"), key, what, settled: Settled::of(row) })
            })
            .collect())
    }

    /// Done with it, unless it came again in the meantime. Returns whether it is gone.
    pub async fn settle(&self, waiting: &Waiting) -> Result<bool> {
        match self.table.delete(waiting.key.clone(), Some(waiting.unchanged())).await {
            Ok(()) => Ok(true),
            Err(TableError::Condition { existing, .. }) => Ok(existing.is_none()),
            Err(error) => Err(error.into()),
        }
    }

    /// Done with these hints, except those that came again in the meantime; what they counted goes to the webhook in the
    /// same transactions. Returns whether all are gone: for one that came again nobody else was told.
    pub async fn settle_hints(&self, connection: &ConnectionId, hints: &[Waiting]) -> Result<bool> {
        let mut all = true;
        for chunk in hints.chunks(SETTLED_AT_ONCE) {
            all &= self.settle_some(chunk, Some(connection)).await?;
        }
        Ok(all)
    }

    /// Done with these marks, except those that came again in the meantime: that woke the connection.
    pub async fn settle_marks(&self, marks: &[Waiting]) -> Result<()> {
        for chunk in marks.chunks(SETTLED_AT_ONCE) {
            self.settle_some(chunk, None).await?;
        }
        Ok(())
    }

    /// As many as fit a transaction; of those that fail, the others are settled again.
    async fn settle_some(&self, some: &[Waiting], counted_for: Option<&ConnectionId>) -> Result<bool> {
        let (mut all, mut left) = (true, some.to_vec());
        while !left.is_empty() {
            let fold = match counted_for {
                Some(connection) => self.fold_write(connection, &left).await?,
                None => None,
            };
            if let ([one], None) = (left.as_slice(), &fold) {
                return Ok(self.settle(one).await? && all);
            }
            let deletes = left.iter().map(|waiting| self.settle_write(waiting));
            match self.table.transact(deletes.chain(fold).collect()).await {
                Ok(()) => break,
                // The webhook was removed in between, where it is the last part that failed: then it is not folded.
                Err(TableError::Cancelled(failed)) => {
                    all &= failed.iter().all(|part| *part >= left.len());
                    let mut part = 0..;
                    left.retain(|_| part.next().is_some_and(|part| !failed.contains(&part)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }

    /// Notes a person's word on deletions that are held, by list and the moment of holding, and makes the connection due: all or
    /// nothing for 95 lists, more in several such steps. Said again after a failure it is the same word.
    pub async fn confirm_deletions(
        &self,
        connection: &ConnectionId,
        held: &[(String, Timestamp)],
        now: Timestamp,
        by: By<'_>,
    ) -> Result<()> {
        let mut by = by;
        for some in held.chunks(TRANSACTION_PARTS - ENTRY_PARTS - 1) {
            let confirmed = some.iter().map(|(list, held_at)| {
                let mut update = Self::waiting_update(None);
                update.set.insert("feed", item::text(list));
                update.set.insert("held_at", item::number(held_at.as_millisecond()));
                Write::Update { key: self.keys.confirmed(connection, list), update, condition: None }
            });
            let writes = confirmed.chain([self.due_wake_write(connection, now)]).collect();
            self.table.transact(self.with_entry(writes, by)?).await?;
            by = By::System;
        }
        Ok(())
    }

    /// The part of a transaction that is done with it, unless it came again in the meantime.
    pub fn settle_write(&self, waiting: &Waiting) -> Write {
        Write::Delete { key: waiting.key.clone(), condition: Some(waiting.unchanged()) }
    }

    /// Notes that a record changed. Whether it is new tells whether the queue has to be told.
    pub async fn hint(&self, connection: &ConnectionId, record_type: RecordType, id: &ExternalId) -> Result<bool> {
        let (key, update) = self.hint_update(connection, &About::Record(record_type, id.clone()));
        Ok(item::get_count(&self.table.update(key, update, None).await?, "seq") == 1)
    }

    /// Has our subscriptions at the vendor looked at in the next run.
    pub async fn hint_subscription(&self, connection: &ConnectionId, by: By<'_>) -> Result<()> {
        self.hint_because(connection, &About::Subscription, by).await
    }

    /// Has a record read again because a person asked for it.
    pub async fn retry_record(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        id: &ExternalId,
        by: By<'_>,
    ) -> Result<()> {
        self.hint_because(connection, &About::Record(record_type, id.clone()), by).await
    }

    async fn hint_because(&self, connection: &ConnectionId, about: &About, by: By<'_>) -> Result<()> {
        let (key, update) = self.hint_update(connection, about);
        let mut writes = vec![Write::Update { key, update, condition: None }];
        writes.extend(self.entry_writes(by)?);
        Ok(self.table.transact(writes).await?)
    }

    /// Notes what a vendor's push is about: one write.
    pub async fn note_arrival(&self, connection: &ConnectionId, arrival: &Arrival<'_>) -> Result<Noted> {
        let (key, mut update) = self.hint_update(connection, arrival.about);
        let slot = slot(arrival.id);
        let id = item::text(arrival.id.as_str());
        let attempt = format!("{:016x}", arrival.attempt);
        let now = item::number(arrival.now.as_second());
        update.set.insert(slot, id.clone());
        update.set.insert("attempt", item::text(&attempt));
        update.set.insert("received_at", now.clone());
        update.set_if_absent.insert("since", now);
        if arrival.counts {
            update.add.insert("accepted", 1);
        }
        let row = match self.table.update(key, update, Some(Condition::NotEqual(slot, id))).await {
            Ok(row) => row,
            Err(TableError::Condition { existing: Some(row), .. })
                if item::get_text(&row, "attempt") == Some(attempt.as_str()) =>
            {
                *row
            }
            Err(TableError::Condition { existing, .. }) => {
                let since = existing.and_then(|row| item::get_number(&row, "since"));
                return Ok(Noted::Duplicate { since: since.and_then(|at| Timestamp::from_second(at).ok()) });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(if item::get_count(&row, "seq") == 1 { Noted::New } else { Noted::Joined })
    }

    fn hint_update(&self, connection: &ConnectionId, about: &About) -> (Key, Update) {
        match about {
            About::Record(record_type, id) => {
                let mut update = Self::waiting_update(Some(id));
                update.set.insert("record_type", item::text(record_type.as_str()));
                (self.keys.hint(connection, *record_type, id), update)
            }
            About::Something => (self.keys.nameless_hint(connection, keys::HINT_SOMETHING), Self::waiting_update(None)),
            About::Subscription => {
                (self.keys.nameless_hint(connection, keys::HINT_SUBSCRIPTION), Self::waiting_update(None))
            }
        }
    }

    /// The part of a transaction that asks for a record to be read again.
    pub fn hint_write(&self, connection: &ConnectionId, record_type: RecordType, id: &ExternalId) -> Write {
        let mut update = Self::waiting_update(Some(id));
        update.set.insert("record_type", item::text(record_type.as_str()));
        Write::Update { key: self.keys.hint(connection, record_type, id), update, condition: None }
    }

    /// The part of a transaction that asks for decisions to be made again; `None`: on everything.
    pub fn mark_write(&self, connection: &ConnectionId, company: Option<&ExternalId>) -> Write {
        Write::Update {
            key: self.keys.mark(connection, company),
            update: Self::waiting_update(company),
            condition: None,
        }
    }

    /// The part of a transaction that wakes the connection: whoever holds the lease looks again.
    pub(crate) fn wake_write(&self, connection: &ConnectionId) -> Write {
        self.waking(connection, None, None)
    }

    /// The same, and the connection is due: what waits is found by the next tick, even if nobody is told. Without effect on
    /// the schedule of one that is off.
    pub(crate) fn due_wake_write(&self, connection: &ConnectionId, now: Timestamp) -> Write {
        self.waking(connection, Some(now), None)
    }

    /// Wakes the connection, unless it is disconnected: what is there is read-only then.
    pub(crate) fn open_wake_write(&self, connection: &ConnectionId) -> Write {
        self.waking(connection, None, Some(Condition::Lacks("closed")))
    }

    /// The same, and it is due.
    pub(crate) fn open_due_wake_write(&self, connection: &ConnectionId, now: Timestamp) -> Write {
        self.waking(connection, Some(now), Some(Condition::Lacks("closed")))
    }

    fn waking(&self, connection: &ConnectionId, due: Option<Timestamp>, condition: Option<Condition>) -> Write {
        let mut update = Update::default();
        update.add.insert("wake", 1);
        if let Some(due) = due {
            update.set.insert("due_at", item::number(due.as_second()));
        }
        Write::Update { key: self.state_key(connection), update, condition }
    }

    fn waiting_update(id: Option<&ExternalId>) -> Update {
        let mut update = Update::default();
        update.add.insert("seq", 1);
        update.set.insert("v", item::number(item::SCHEMA));
        if let Some(id) = id {
            update.set.insert("id", item::text(id.as_str()));
        }
        update
    }
}

impl Waiting {
    /// Tells it from every other that waits, and from itself once it has come again.
    pub fn version(&self) -> String {
        format!("{}#{}", self.key.sk, self.seq)
    }

    fn unchanged(&self) -> Condition {
        Condition::Equal("seq", item::count(self.seq))
    }
}

fn slot(id: &DeliveryId) -> &'static str {
    let digit = id.as_str().chars().last().and_then(|digit| digit.to_digit(16)).unwrap_or_default();
    SLOTS[digit as usize % SLOTS.len()]
}
