//! The run log: one item per run that did or found something, and its records in packs of a page each; kept 30 days.

use domain::id::{ConnectionId, RunId};
use domain::run::{Run, RunRecord};
use jiff::{SignedDuration, Timestamp};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{Item, Key, Query, Write};

const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

fn expires(now: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
    item::number(now.as_second() + KEPT.as_secs())
}

/// A page of a list and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The page.
    pub items: Vec<T>,
    /// Sort key to continue after.
    pub next: Option<String>,
}

impl TenantStore {
    fn run_item(&self, connection: &ConnectionId, run: &Run) -> Result<Item> {
        let mut row = item::item(&self.keys.run(connection, &run.id), run)?;
        row.insert("expires_at".to_owned(), expires(run.started_at));
        Ok(row)
    }

    /// Keeps a run.
    pub async fn put_run(&self, connection: &ConnectionId, run: &Run) -> Result<()> {
        Ok(self.table.put(self.run_item(connection, run)?, None).await?)
    }

    /// The part of a transaction that keeps a run.
    pub(crate) fn run_write(&self, connection: &ConnectionId, run: &Run) -> Result<Write> {
        Ok(Write::Put { item: self.run_item(connection, run)?, condition: None })
    }

    /// One run.
    pub async fn run(&self, connection: &ConnectionId, run: &RunId) -> Result<Option<Run>> {
        self.table.get(self.keys.run(connection, run)).await?.as_ref().map(item::body).transpose()
    }

    /// Runs, latest first.
    pub async fn runs(&self, connection: &ConnectionId, limit: u32, after: Option<&str>) -> Result<Listed<Run>> {
        self.list(self.keys.runs(connection), limit, after, true).await
    }

    /// The part of a transaction that keeps a pack of a run's records.
    pub fn run_records_write(
        &self,
        connection: &ConnectionId,
        run: &Run,
        pack: u64,
        records: &[RunRecord],
    ) -> Result<Write> {
        let mut row = item::item(&self.keys.run_record_pack(connection, &run.id, pack), &records)?;
        row.insert("expires_at".to_owned(), expires(run.started_at));
        Ok(Write::Put { item: row, condition: None })
    }

    /// Packs of a run's records, in the order in which they were written.
    pub async fn run_records(
        &self,
        connection: &ConnectionId,
        run: &RunId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Listed<Vec<RunRecord>>> {
        self.list(self.keys.run_records(connection, run), limit, after, false).await
    }

    /// A page of a partition of bodies, after a sort key.
    pub(crate) async fn list<T: serde::de::DeserializeOwned>(
        &self,
        pk: String,
        limit: u32,
        after: Option<&str>,
        descending: bool,
    ) -> Result<Listed<T>> {
        let after = after.map(|sk| Key::new(&pk, sk).into_item());
        let page = self.table.query(Query { pk, limit: Some(limit), descending, after, ..Query::default() }).await?;
        let next = page.next.as_ref().and_then(|key| item::get_text(key, "sk")).map(str::to_owned);
        Ok(Listed { items: page.items.iter().map(item::body).collect::<Result<_>>()?, next })
    }
}
