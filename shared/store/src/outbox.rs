//! The outbox: edits made in the portal, kept until the vendor has them.
//!
//! Operations of one record stand next to each other in the order in which they were made. Anybody may add one; only the
//! holder of the lease moves one on, under its fence; a person may retry or discard one that the vendor refused. What the
//! portal made keeps its reference for good: a pointer from the reference to the vendor's id, written when the
//! operation is added, is what makes a repeated request find the first one instead of making a second.

use domain::edit::{Operation, OperationState, RecordRef};
use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::activity::By;
use crate::dynamodb::schema;
use crate::error::{Result, StoreError};
use crate::item;
use crate::table::{Condition, Item, Key, Query, SortRange, TableError, Update, Write};

/// Pointers of notes are of use only while a request may be repeated.
const NOTE_POINTER_SECONDS: i64 = 30 * 24 * 3600;

/// An operation as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    key: Key,
    revision: u64,
    /// Its place among all operations of the connection.
    pub number: u64,
    /// The operation.
    pub operation: Operation,
}

/// What became of something that the portal made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// What kind of record the edit was about.
    pub record_type: RecordType,
    /// The record that the edit was about.
    pub record: RecordRef,
    /// The vendor's id of the record, once the vendor has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// The vendor's id of the note, where a note was made and the vendor has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_id: Option<ExternalId>,
}

/// What came of adding an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It waits.
    New,
    /// The same was added before.
    Before(Made),
}

impl Queued {
    pub(crate) fn from_item(row: &Item) -> Result<Self> {
        let (revision, number) = (item::get_count(row, "revision"), item::get_count(row, "number"));
        Ok(Self { key: item::key_of(row), revision, number, operation: item::body(row)? })
    }

    /// Names the record whose operations follow one another.
    pub fn queue(&self) -> String {
        queue_of(&self.key.sk)
    }

    fn unchanged(&self) -> Option<Condition> {
        Some(Condition::Equal("revision", item::count(self.revision)))
    }

    /// The same as it is after [`TenantStore::operation_write`].
    #[must_use]
    pub fn moved_on(self, state: OperationState) -> Self {
        Self { revision: self.revision + 1, operation: Operation { state, ..self.operation }, ..self }
    }

    /// The same with another operation in its place.
    #[must_use]
    pub fn rewritten(self, operation: Operation) -> Self {
        Self { revision: self.revision + 1, operation, ..self }
    }

    /// The part of a transaction that moves it on.
    fn moved(&self, operation: &Operation) -> Result<Write> {
        let mut row = item::item(&self.key, operation)?;
        row.insert("revision".to_owned(), item::count(self.revision + 1));
        row.insert("number".to_owned(), item::count(self.number));
        Ok(Write::Put { item: row, condition: self.unchanged() })
    }
}

impl TenantStore {
    /// Adds an operation and makes the connection due, all or nothing. The caller tells the queue.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the connection is disconnected.
    pub async fn add_operation(&self, connection: &ConnectionId, operation: &Operation, by: By<'_>) -> Result<Added> {
        let mut count = Update::default();
        count.add.insert("operations", 1);
        let state = self.table.update(self.state_key(connection), count, None).await?;
        let number = item::get_count(&state, "operations");
        let key = self.keys.operation(connection, operation.record_type, &operation.record.to_string(), number);
        let mut row = item::item(&key, operation)?;
        row.insert("revision".to_owned(), item::count(1));
        row.insert("number".to_owned(), item::count(number));
        let mut writes = vec![
            self.open_due_wake_write(connection, operation.at),
            Write::Put { item: row, condition: Some(Condition::NotExists) },
        ];
        if operation.edit.is_creation() {
            let made = Made {
                record_type: operation.record_type,
                record: operation.record.clone(),
                external_id: None,
                note_id: None,
            };
            let pointer = self.pointer(connection, operation, &made)?;
            writes.push(Write::Put { item: pointer, condition: Some(Condition::NotExists) });
        }
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Ok(()) => Ok(Added::New),
            Err(TableError::Cancelled(failed)) if failed.contains(&0) => Err(StoreError::Closed),
            Err(TableError::Cancelled(_)) => {
                let before = self.made(connection, &operation.reference).await?;
                before.map(Added::Before).ok_or(StoreError::Stale)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn pointer(&self, connection: &ConnectionId, operation: &Operation, made: &Made) -> Result<Item> {
        let mut row = item::item(&self.keys.made(connection, &operation.reference), made)?;
        if matches!(operation.edit, domain::edit::Edit::AddNote(_)) {
            row.insert(schema::EXPIRES_AT.to_owned(), item::number(operation.at.as_second() + NOTE_POINTER_SECONDS));
        }
        Ok(row)
    }

    /// What became of what the portal made under a reference.
    pub async fn made(&self, connection: &ConnectionId, reference: &str) -> Result<Option<Made>> {
        let item = self.table.get(self.keys.made(connection, reference)).await?;
        item.as_ref().map(item::body).transpose()
    }

    /// Operations of one record type, or of one record, in the order in which they were made.
    pub async fn operations(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        record: Option<&RecordRef>,
    ) -> Result<Vec<Queued>> {
        let prefix = self.keys.operations(record_type, record.map(ToString::to_string).as_deref());
        let query = Query {
            pk: self.keys.work(connection),
            sort: SortRange::BeginsWith(prefix),
            consistent: true,
            ..Query::default()
        };
        let items = self.table.query(query).await?.items;
        let mut found = items.iter().map(Queued::from_item).collect::<Result<Vec<_>>>()?;
        found.sort_by_key(|queued| queued.number);
        Ok(found)
    }

    /// The part of a transaction, under the fence, that moves an operation on.
    pub fn operation_write(&self, queued: &Queued, state: OperationState) -> Result<Write> {
        queued.moved(&Operation { state, ..queued.operation.clone() })
    }

    /// The part of a transaction, under the fence, that puts another operation in its place.
    pub fn operation_rewrite(&self, queued: &Queued, operation: &Operation) -> Result<Write> {
        queued.moved(operation)
    }

    /// The parts of a transaction, under the fence, that end an operation which the vendor has.
    pub fn operation_done(
        &self,
        connection: &ConnectionId,
        queued: &Queued,
        external_id: &ExternalId,
        note_id: Option<&ExternalId>,
    ) -> Result<Vec<Write>> {
        let mut parts = vec![Write::Delete { key: queued.key.clone(), condition: queued.unchanged() }];
        if queued.operation.edit.is_creation() {
            let made = Made {
                record_type: queued.operation.record_type,
                record: queued.operation.record.clone(),
                external_id: Some(external_id.clone()),
                note_id: note_id.cloned(),
            };
            parts.push(Write::Put { item: self.pointer(connection, &queued.operation, &made)?, condition: None });
        }
        Ok(parts)
    }

    /// Puts a refused operation back into its place and makes the connection due.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is not refused, or was moved on in the meantime.
    pub async fn retry_operation(
        &self,
        connection: &ConnectionId,
        queued: &Queued,
        now: Timestamp,
        by: By<'_>,
    ) -> Result<()> {
        if !matches!(queued.operation.state, OperationState::Refused { .. }) {
            return Err(StoreError::Stale);
        }
        let moved = queued.moved(&Operation { state: OperationState::Queued, ..queued.operation.clone() })?;
        self.transact_fresh(vec![moved, self.due_wake_write(connection, now)], by).await
    }

    /// Forgets operations and makes the connection due, for those behind them; up to ninety of them all or nothing. One that was sent without an answer
    /// may have arrived: then the next pass brings it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when one of them was moved on in the meantime.
    pub async fn discard_operations(
        &self,
        connection: &ConnectionId,
        operations: &[Queued],
        now: Timestamp,
        mut by: By<'_>,
    ) -> Result<()> {
        // A transaction has a hundred parts at most, of which the wake and the entry are some.
        for some in operations.chunks(90) {
            let delete = |queued: &Queued| Write::Delete { key: queued.key.clone(), condition: queued.unchanged() };
            let mut parts: Vec<_> = some.iter().map(delete).collect();
            parts.push(self.due_wake_write(connection, now));
            // The entry goes with the first of them.
            self.transact_fresh(parts, std::mem::replace(&mut by, By::System)).await?;
        }
        Ok(())
    }

    async fn transact_fresh(&self, mut parts: Vec<Write>, by: By<'_>) -> Result<()> {
        parts.extend(self.entry_writes(by)?);
        match self.table.transact(parts).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }
}

/// A record's part of an operation's sort key: all but the number.
pub(crate) fn queue_of(sk: &str) -> String {
    sk.rsplit_once('#').map_or(sk, |(queue, _)| queue).to_owned()
}
