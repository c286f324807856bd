//! What waits for the next look at a connection: hints (a record to read again) and re-evaluate marks (records to decide on
//! again). Both carry a sequence and are deleted only if it is unchanged.

use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::keys;
use crate::outbox::Queued;
use crate::table::{Condition, Key, Query, TableError, Update, Write};

/// One thing that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    key: Key,
    seq: u64,
    /// What it is.
    pub what: What,
}

/// What waits.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Read this record again.
    Hint(RecordType, ExternalId),
    /// Decide again on what belongs to this vendor company.
    Mark(ExternalId),
    /// Decide again on everything.
    MarkAll,
    /// Bring this edit to the vendor.
    Operation(Box<Queued>),
}

impl TenantStore {
    /// Everything that waits: one query.
    pub async fn waiting(&self, connection: &ConnectionId) -> Result<Vec<Waiting>> {
        let query = Query { pk: self.keys.work(connection), consistent: true, ..Query::default() };
        let items = self.table.query(query).await?.items;
        let read = |row| Ok(Queued::from_item(row)?.map(|queued| What::Operation(Box::new(queued))));
        let operations = items.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(items
            .iter()
            .zip(operations)
            .filter_map(|(row, operation)| {
                let key = item::key_of(row);
                let id = || ExternalId::new(item::get_text(row, "id").unwrap_or_default());
                let what = if let Some(operation) = operation {
                    operation
                } else if key.sk.starts_with(keys::HINT) {
                    What::Hint(RecordType::parse(item::get_text(row, "record_type")?)?, id())
                } else if key.sk == format!("{}*", keys::MARK) {
                    What::MarkAll
                } else if key.sk.starts_with(keys::MARK) {
                    What::Mark(id())
                } else {
                    return None;
                };
                Some(Waiting { seq: item::get_count(row, "seq"), key, what })
            })
            .collect())
    }

    /// Done with it, unless it came again in the meantime.
    pub async fn settle(&self, waiting: &Waiting) -> Result<()> {
        let unchanged = Condition::Equal("seq", item::count(waiting.seq));
        match self.table.delete(waiting.key.clone(), Some(unchanged)).await {
            Ok(()) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a record changed. Whether it is new tells whether the queue has to be told.
    pub async fn hint(&self, connection: &ConnectionId, record_type: RecordType, id: &ExternalId) -> Result<bool> {
        let mut update = Self::waiting_update(Some(id));
        update.set.insert("record_type", item::text(record_type.as_str()));
        let item = self.table.update(self.keys.hint(connection, record_type, id), update, None).await?;
        Ok(item::get_count(&item, "seq") == 1)
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
        let mut update = Update::default();
        update.add.insert("wake", 1);
        Write::Update { key: self.state_key(connection), update, condition: None }
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
