//! Portal companies: reading, saving and making them. What changes their links is in [`crate::links`].
//!
//! Invariant: a deleted company leaves its item without a body. Its users outlive it and are counted there, so that they can
//! still move away, and are counted right when it is made again; and its version goes on, so that no two of its occurrences
//! are told alike.

use std::collections::HashMap;

use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::options::RoleChoice;
use domain::portal::PortalCompany;

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::table::{Condition, Item, Key, Query, TableError, Update, Write};

/// Companies that go into one transaction: each is a company, its row, a link, a mark and a look at its block.
const PER_TRANSACTION: usize = 20;

/// Marks that go into one transaction with the change that they are for, with the connections woken.
const MARKS: usize = 40;

/// A company to be made from a vendor company.
#[derive(Clone, Debug)]
pub struct NewCompany {
    /// The company, carrying its one link.
    pub company: PortalCompany,
    /// The vendor company.
    pub external_id: ExternalId,
}

/// What is known under the id of a company.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Goes on from one company of this id to the next.
    pub version: u64,
    /// The company; `None`: it was deleted.
    pub company: Option<PortalCompany>,
}

impl TenantStore {
    /// The part of a transaction that makes a company where there is none of its id.
    fn company_create(&self, company: &PortalCompany) -> Result<Write> {
        let key = self.keys.company(&company.id);
        let mut update = Update::default();
        update.set.insert("v", item::number(item::SCHEMA));
        update.set.insert("body", item::text(item::json(&key, company)?));
        update.set_if_absent.insert("users", item::count(company.users));
        update.add.insert("version", 1);
        Ok(Write::Update { key, update, condition: Some(Condition::Lacks("body")) })
    }

    /// The part of a transaction that deletes a company read at `company.version`.
    pub(crate) fn company_delete(&self, company: &PortalCompany) -> Write {
        let mut update = Update { remove: vec!["body"], ..Update::default() };
        update.set.insert("version", item::count(company.version + 1));
        let unchanged = Condition::Equal("version", item::count(company.version));
        Write::Update { key: self.keys.company(&company.id), update, condition: Some(unchanged) }
    }

    /// The company; `None`: it was deleted.
    fn read_company(row: &Item) -> Result<Option<PortalCompany>> {
        if !row.contains_key("body") {
            return Ok(None);
        }
        let mut company: PortalCompany = item::body(row)?;
        // The counter is kept beside the body, because imports count it up without reading the company.
        company.users = item::get_count(row, "users");
        company.version = item::get_count(row, "version");
        Ok(Some(company))
    }

    fn read_companies(rows: &[Item]) -> Result<Vec<PortalCompany>> {
        rows.iter().filter_map(|row| Self::read_company(row).transpose()).collect()
    }

    /// The part of a transaction that saves a company read at `company.version`; the counter of users stays its own.
    pub(crate) fn company_update(&self, company: &PortalCompany) -> Result<Write> {
        let key = self.keys.company(&company.id);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, company)?));
        update.set.insert("version", item::count(company.version + 1));
        let unchanged = Condition::Equal("version", item::count(company.version));
        Ok(Write::Update { key, update, condition: Some(unchanged) })
    }

    /// One company.
    pub async fn company(&self, id: &CompanyId) -> Result<Option<PortalCompany>> {
        self.table.get(self.keys.company(id)).await?.as_ref().map_or(Ok(None), Self::read_company)
    }

    /// Companies by id, those that are there.
    pub async fn companies_by_id(&self, ids: impl IntoIterator<Item = &CompanyId>) -> Result<Vec<PortalCompany>> {
        let keys: Vec<_> = ids.into_iter().map(|id| self.keys.company(id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        Self::read_companies(&self.table.batch_get(keys, Vec::new()).await?)
    }

    /// What is known under these ids; those that no company had are absent.
    pub async fn known_companies(
        &self,
        ids: impl IntoIterator<Item = &CompanyId>,
    ) -> Result<HashMap<CompanyId, Known>> {
        let ids: HashMap<Key, &CompanyId> = ids.into_iter().map(|id| (self.keys.company(id), id)).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.table.batch_get(ids.keys().cloned().collect(), Vec::new()).await?;
        let known = rows.iter().filter_map(|row| Some((*ids.get(&item::key_of(row))?, row)));
        known
            .map(|(id, row)| {
                let company = Self::read_company(row)?;
                Ok((id.clone(), Known { version: item::get_count(row, "version"), company }))
            })
            .collect()
    }

    /// All companies of the tenant: thousands, a megabyte a request.
    pub async fn all_companies(&self) -> Result<Vec<PortalCompany>> {
        let query = Query { pk: self.keys.companies(), ..Query::default() };
        Self::read_companies(&self.table.query(query).await?.items)
    }

    /// Makes a company by hand.
    pub async fn create_company(&self, company: &PortalCompany, by: By<'_>) -> Result<()> {
        self.all_or_stale(vec![self.company_create(company)?, self.row_put(company)?], by).await
    }

    /// Saves a company that was read at `company.version`.
    pub async fn save_company(&self, company: &PortalCompany, by: By<'_>) -> Result<()> {
        self.all_or_stale(vec![self.company_update(company)?, self.row_put(company)?], by).await
    }

    /// Sets a company's override of the role chain. It concerns later imports only, so nothing is re-evaluated for users
    /// that exist; contacts that found no role are.
    pub async fn save_import_role(&self, company: &PortalCompany, role: Option<RoleChoice>, by: By<'_>) -> Result<()> {
        let changed = PortalCompany { import_role: role, ..company.clone() };
        let mut writes = vec![self.company_update(&changed)?];
        // Where there are more than go into one transaction, everything of the connection is decided again instead.
        let one_by_one = company.links.values().map(Vec::len).sum::<usize>() <= MARKS;
        for (connection, links) in &company.links {
            if one_by_one {
                writes.extend(links.iter().map(|link| self.mark_write(connection, Some(&link.external_id))));
            } else {
                writes.push(self.mark_write(connection, None));
            }
            writes.push(self.wake_write(connection));
        }
        self.all_or_stale(writes, by).await
    }

    /// Makes companies from vendor companies, each conditional on neither existing and on its not being blocked: its portal
    /// company may have been deleted since it was decided on. Returns which were made.
    ///
    /// `mark`: contacts may be mirrored already, so leave a re-evaluate mark for each.
    pub async fn import_companies(
        &self,
        connection: &ConnectionId,
        companies: &[NewCompany],
        mark: bool,
    ) -> Result<Vec<ExternalId>> {
        let mut made = Vec::new();
        for chunk in companies.chunks(PER_TRANSACTION) {
            let writes = self.unasked_import_writes(connection, chunk, mark)?;
            match self.table.transact(writes).await {
                Ok(()) => made.extend(chunk.iter().map(|new| new.external_id.clone())),
                // One of them exists: each on its own, so that the rest go through.
                Err(TableError::Cancelled(_)) => {
                    for new in chunk {
                        let writes = self.unasked_import_writes(connection, std::slice::from_ref(new), mark)?;
                        match self.table.transact(writes).await {
                            Ok(()) => made.push(new.external_id.clone()),
                            Err(TableError::Cancelled(_)) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(made)
    }

    /// Makes a company from a vendor company because a person asked for it. False when either exists already.
    pub async fn import_company(&self, connection: &ConnectionId, new: &NewCompany, by: By<'_>) -> Result<bool> {
        let writes = self.import_writes(connection, std::slice::from_ref(new), true)?;
        match self.all_or_stale(writes, by).await {
            Err(StoreError::Stale) => Ok(false),
            other => other.map(|()| true),
        }
    }

    fn unasked_import_writes(&self, connection: &ConnectionId, new: &[NewCompany], mark: bool) -> Result<Vec<Write>> {
        let free = |new: &NewCompany| {
            let key = self.keys.block(connection, &new.external_id);
            Write::Check { key, condition: Condition::NotExists }
        };
        Ok(self.import_writes(connection, new, mark)?.into_iter().chain(new.iter().map(free)).collect())
    }

    fn import_writes(&self, connection: &ConnectionId, new: &[NewCompany], mark: bool) -> Result<Vec<Write>> {
        let mut writes = Vec::with_capacity(new.len() * 4);
        for new in new {
            writes.push(self.company_create(&new.company)?);
            writes.push(self.row_put(&new.company)?);
            writes.push(self.link_put(connection, &new.external_id, &new.company.id));
            if mark {
                writes.push(self.mark_write(connection, Some(&new.external_id)));
            }
        }
        Ok(writes)
    }

    pub(crate) async fn all_or_stale(&self, mut writes: Vec<Write>, by: By<'_>) -> Result<()> {
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// Allows a vendor company to be imported again.
    pub async fn unblock(&self, connection: &ConnectionId, external_id: &ExternalId, by: By<'_>) -> Result<()> {
        let writes = vec![
            Write::Delete { key: self.keys.block(connection, external_id), condition: Some(Condition::Exists) },
            self.mark_write(connection, Some(external_id)),
            self.wake_write(connection),
        ];
        match self.all_or_stale(writes, by).await {
            Err(StoreError::Stale) => Err(StoreError::NotFound),
            other => other,
        }
    }
}
