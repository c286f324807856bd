//! Taking a connection down: what it holds besides its settings, listed and forgotten part by part, and the transaction
//! that ends it.
//!
//! The caller holds the lease. Nothing remembers how far it is: what is left to forget is what is still there.

use std::collections::BTreeSet;

use domain::id::{CompanyId, ConnectionId, ExternalId, RunId};
use domain::portal::{PortalCompany, User};
use domain::record::RecordType;
use domain::run::Run;
use serde::Serialize;

use crate::TenantStore;
use crate::connection::{Settings, Versioned};
use crate::error::{Result, StoreError};
use crate::item;
use crate::keys;
use crate::runs::Listed;
use crate::state::{Fence, holds};
use crate::table::{BatchWrite, Key, Query, SortRange, TableError, Update, Write};
use crate::webhook::Webhook;

/// Links that a transaction takes away from a company.
const UNLINKED_AT_ONCE: usize = 90;

/// A part of what a connection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding<'a> {
    /// Mirrored records of a type.
    Records(RecordType),
    /// How many of them each vendor company has.
    Tally(RecordType),
    /// What says which of them belong to which vendor company.
    CompanyLists(RecordType),
    /// What is known of a feed's pages.
    Feed(&'a str),
    /// Records set aside.
    Quarantine,
    /// What became of what the portal made.
    Made,
    /// Technicians linked to portal users.
    TechnicianLinks,
    /// Vendor companies that may not be imported.
    Blocks,
    /// Hints, marks and edits on their way.
    Waiting,
    /// Connection tests.
    Tests,
    /// Ended runs.
    Runs,
    /// The records behind a run's counts.
    RunRecords(&'a RunId),
    /// Open issues.
    Issues,
}

impl TenantStore {
    fn holding(&self, connection: &ConnectionId, holding: Holding<'_>) -> (String, SortRange) {
        let pk = match holding {
            Holding::Records(record_type) => self.keys.records(connection, record_type),
            Holding::Tally(record_type) => self.keys.tally(connection, record_type),
            Holding::CompanyLists(record_type) => self.keys.company_lists(connection, record_type),
            Holding::Feed(feed) => self.keys.feed(connection, feed),
            Holding::Quarantine => self.keys.quarantine(connection),
            Holding::Made => self.keys.all_made(connection),
            Holding::TechnicianLinks => self.keys.technician_links(connection),
            Holding::Waiting => self.keys.work(connection),
            Holding::Tests => self.keys.tests(connection),
            Holding::Runs => self.keys.runs(connection),
            Holding::RunRecords(run) => self.keys.run_records(connection, run),
            Holding::Blocks => return (self.keys.blocks(), SortRange::BeginsWith(self.keys.blocks_of(connection))),
            Holding::Issues => {
                return (self.keys.connection(connection), SortRange::BeginsWith(keys::ISSUE.to_owned()));
            }
        };
        (pk, SortRange::All)
    }

    /// The first sort keys of what is held, in order; none: nothing is left.
    pub async fn held(&self, connection: &ConnectionId, holding: Holding<'_>, limit: u32) -> Result<Vec<String>> {
        let (pk, sort) = self.holding(connection, holding);
        let query =
            Query { pk, sort, limit: Some(limit), consistent: true, attributes: vec!["pk", "sk"], ..Query::default() };
        Ok(self.table.query(query).await?.items.iter().map(|row| item::key_of(row).sk).collect())
    }

    /// Forgets what is held under these sort keys.
    pub async fn forget(&self, connection: &ConnectionId, holding: Holding<'_>, sort_keys: &[String]) -> Result<()> {
        let (pk, _) = self.holding(connection, holding);
        let delete = |sk: &String| BatchWrite::Delete(Key::new(&pk, sk));
        Ok(self.table.batch_write(sort_keys.iter().map(delete).collect()).await?)
    }

    /// The first links of a connection.
    pub async fn some_links(&self, connection: &ConnectionId, limit: u32) -> Result<Vec<(ExternalId, CompanyId)>> {
        let query = Query { pk: self.keys.links(connection), limit: Some(limit), consistent: true, ..Query::default() };
        Ok(self.table.query(query).await?.items.iter().filter_map(Self::read_link).collect())
    }

    /// A page of all users by id, those made a moment ago included.
    pub async fn every_user(&self, limit: u32, after: Option<&str>) -> Result<Listed<User>> {
        let pk = self.keys.users();
        let after = after.map(|sk| Key::new(&pk, sk).into_item());
        let query = Query { pk, limit: Some(limit), after, consistent: true, ..Query::default() };
        let page = self.table.query(query).await?;
        let next = page.next.as_ref().map(|key| item::key_of(key).sk);
        Ok(Listed { items: page.items.iter().map(Self::read_user).collect::<Result<_>>()?, next })
    }

    /// Takes links of a connection away from a company read at `company.version`, and these pointers with them: those that
    /// the pointers name and, as far as a transaction has room, those that none does any more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody changed the company since.
    pub async fn unlink_all(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        pointers: &BTreeSet<ExternalId>,
    ) -> Result<()> {
        let mut changed = company.clone();
        let links = company.links.get(connection).into_iter().flatten().map(|link| &link.external_id);
        let room = UNLINKED_AT_ONCE.saturating_sub(pointers.len());
        let others = links.filter(|id| !pointers.contains(*id)).take(room);
        let ids: BTreeSet<&ExternalId> = others.chain(pointers).collect();
        if let Some(links) = changed.links.get_mut(connection) {
            links.retain(|link| !ids.contains(&link.external_id));
        }
        changed.links.retain(|_, links| !links.is_empty());
        let mut writes = vec![self.company_update(&changed)?, self.row_put(&changed)?];
        writes.extend(ids.into_iter().map(|id| self.pointer_delete(connection, id)));
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// Deletes pointers to a company that is not there any more.
    pub async fn drop_pointers(&self, connection: &ConnectionId, pointers: &BTreeSet<ExternalId>) -> Result<()> {
        let writes = pointers.iter().map(|id| self.pointer_delete(connection, id)).collect();
        Ok(self.table.transact(writes).await?)
    }

    fn pointer_delete(&self, connection: &ConnectionId, id: &ExternalId) -> Write {
        Write::Delete { key: self.keys.link(connection, id), condition: None }
    }

    /// Ends it, all or nothing: the settings as they are from now on, the addresses gone, nothing due, the lease given
    /// back, the run in the log.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when settings or addresses were changed since they were read.
    pub async fn end_disconnect<T: Serialize>(
        &self,
        fence: &Fence,
        settings: &Versioned<Settings>,
        body: &T,
        webhook: Option<&Webhook>,
        run: &Run,
    ) -> Result<()> {
        let connection = &fence.connection;
        let key = self.keys.state(connection);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, body)?));
        update.add.insert("claim", 1);
        update.remove.extend(["active", "due_shard", "due_at", "requested", "asked_at"]);
        update.remove.extend(["lease_owner", "lease_started", "lease_expires"]);
        if settings.value.closed() {
            update.set.insert("closed", item::number(1));
        } else {
            update.remove.push("closed");
        }
        let mut writes = vec![
            Write::Update { key, update, condition: Some(holds(fence)) },
            self.settings_put(connection, settings)?,
            self.run_write(connection, run)?,
            self.token_delete(connection),
        ];
        writes.extend(webhook.into_iter().flat_map(|webhook| self.retire_webhook(connection, webhook)));
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(failed)) if failed.contains(&0) => Err(StoreError::LeaseLost),
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }
}
