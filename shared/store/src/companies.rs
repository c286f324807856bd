//! Portal companies with their links.
//!
//! Invariants: a vendor company belongs to at most one portal company, because the link's pointer item is written with the
//! company; every change of a link leaves a re-evaluate mark and wakes the connection in the same transaction.

use std::collections::HashMap;

use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::options::RoleChoice;
use domain::portal::{Link, LinkState, PortalCompany};

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::runs::Listed;
use crate::table::{Condition, Item, Query, TableError, Update, Write};

/// Companies that go into one transaction: each is a company, its row, a link and a mark.
const PER_TRANSACTION: usize = 25;

/// Where in a transaction that links or unlinks the pointer is written, and where the connection is woken: that it fails
/// tells what is the matter.
pub(crate) const POINTER: usize = 1;
pub(crate) const WAKE: usize = 3;

/// A company to be made from a vendor company.
#[derive(Clone, Debug)]
pub struct NewCompany {
    /// The company, carrying its one link.
    pub company: PortalCompany,
    /// The vendor company.
    pub external_id: ExternalId,
}

/// A link as its pointer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The vendor company.
    pub external_id: ExternalId,
    /// The portal company.
    pub company: CompanyId,
    /// How the vendor company stands.
    pub state: LinkState,
}

impl Linked {
    fn from_item(row: &Item) -> Option<Self> {
        let (external_id, company) = TenantStore::read_link(row)?;
        let state = item::get_text(row, "state").and_then(|state| serde_json::from_str(state).ok());
        Some(Self { external_id, company, state: state.unwrap_or_default() })
    }
}

impl TenantStore {
    fn company_item(&self, company: &PortalCompany) -> Result<Item> {
        let mut row = item::item(&self.keys.company(&company.id), company)?;
        row.insert("version".to_owned(), item::count(company.version));
        row.insert("users".to_owned(), item::count(company.users));
        Ok(row)
    }

    fn read_company(row: &Item) -> Result<PortalCompany> {
        let mut company: PortalCompany = item::body(row)?;
        // The counter is kept beside the body, because imports count it up without reading the company.
        company.users = item::get_count(row, "users");
        company.version = item::get_count(row, "version");
        Ok(company)
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
        self.table.get(self.keys.company(id)).await?.as_ref().map(Self::read_company).transpose()
    }

    /// Companies by id, those that are there.
    pub async fn companies_by_id(&self, ids: impl IntoIterator<Item = &CompanyId>) -> Result<Vec<PortalCompany>> {
        let keys: Vec<_> = ids.into_iter().map(|id| self.keys.company(id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.table.batch_get(keys, Vec::new()).await?.iter().map(Self::read_company).collect()
    }

    /// All companies of the tenant: thousands, a megabyte a request.
    pub async fn all_companies(&self) -> Result<Vec<PortalCompany>> {
        let query = Query { pk: self.keys.companies(), ..Query::default() };
        self.table.query(query).await?.items.iter().map(Self::read_company).collect()
    }

    /// A page of companies by id.
    pub async fn companies(&self, limit: u32, after: Option<&str>) -> Result<Listed<PortalCompany>> {
        let pk = self.keys.companies();
        let after = after.map(|sk| Item::from([("pk".to_owned(), item::text(&pk)), ("sk".to_owned(), item::text(sk))]));
        let page = self.table.query(Query { pk, limit: Some(limit), after, ..Query::default() }).await?;
        let next = page.next.as_ref().and_then(|key| item::get_text(key, "sk")).map(str::to_owned);
        Ok(Listed { items: page.items.iter().map(Self::read_company).collect::<Result<_>>()?, next })
    }

    /// Makes a company by hand.
    pub async fn create_company(&self, company: &PortalCompany, by: By<'_>) -> Result<()> {
        let put = Write::Put { item: self.company_item(company)?, condition: Some(Condition::NotExists) };
        self.all_or_stale(vec![put, self.row_put(company)?], by).await
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
        for (connection, links) in &company.links {
            writes.extend(links.iter().map(|link| self.mark_write(connection, Some(&link.external_id))));
            writes.push(self.wake_write(connection));
        }
        self.all_or_stale(writes, by).await
    }

    /// Makes companies from vendor companies, each conditional on neither existing. Returns which were made.
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
            let writes = self.import_writes(connection, chunk, mark)?;
            match self.table.transact(writes).await {
                Ok(()) => made.extend(chunk.iter().map(|new| new.external_id.clone())),
                // One of them exists: each on its own, so that the rest go through.
                Err(TableError::Cancelled(_)) => {
                    for new in chunk {
                        let writes = self.import_writes(connection, std::slice::from_ref(new), mark)?;
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

    fn import_writes(&self, connection: &ConnectionId, new: &[NewCompany], mark: bool) -> Result<Vec<Write>> {
        let mut writes = Vec::with_capacity(new.len() * 4);
        for new in new {
            writes.push(Write::Put { item: self.company_item(&new.company)?, condition: Some(Condition::NotExists) });
            writes.push(self.row_put(&new.company)?);
            writes.push(self.link_put(connection, &new.external_id, &new.company.id));
            if mark {
                writes.push(self.mark_write(connection, Some(&new.external_id)));
            }
        }
        Ok(writes)
    }

    fn link_put(&self, connection: &ConnectionId, external_id: &ExternalId, company: &CompanyId) -> Write {
        let mut row = item::bare(&self.keys.link(connection, external_id));
        row.insert("company".to_owned(), item::text(company.as_str()));
        row.insert("id".to_owned(), item::text(external_id.as_str()));
        Write::Put { item: row, condition: Some(Condition::NotExists) }
    }

    /// The parts of a transaction that links, [`POINTER`] and [`WAKE`] among them. `origin`: what made the link, if no person did.
    pub(crate) fn link_writes(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        link: Link,
        origin: Option<&str>,
    ) -> Result<Vec<Write>> {
        let mut changed = company.clone();
        let external_id = link.external_id.clone();
        changed.links.entry(connection.clone()).or_default().push(link);
        changed.not_integrated.remove(connection);
        let mut pointer = self.link_put(connection, &external_id, &company.id);
        if let (Write::Put { item, .. }, Some(origin)) = (&mut pointer, origin) {
            item.insert("origin".to_owned(), item::text(origin));
        }
        Ok(vec![
            self.company_update(&changed)?,
            pointer,
            self.mark_write(connection, Some(&external_id)),
            self.open_wake_write(connection),
            self.row_put(&changed)?,
        ])
    }

    /// Who holds a vendor company that could not be linked.
    pub(crate) async fn taken(&self, connection: &ConnectionId, external_id: &ExternalId) -> Result<StoreError> {
        let holder = self.linked(connection, [external_id]).await?.remove(external_id);
        Ok(StoreError::Taken { by: holder.map(|id| id.to_string()).unwrap_or_default() })
    }

    /// Links a vendor company to a company read at `company.version`.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the vendor company is linked already, naming the portal company's id;
    /// [`StoreError::Closed`] when the connection is disconnected.
    pub async fn link(&self, company: &PortalCompany, connection: &ConnectionId, link: Link, by: By<'_>) -> Result<()> {
        let external_id = link.external_id.clone();
        match self.table.transact(self.with_entry(self.link_writes(company, connection, link, None)?, by)?).await {
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Err(StoreError::Closed),
            Err(TableError::Cancelled(failed)) if failed.contains(&POINTER) => {
                Err(self.taken(connection, &external_id).await?)
            }
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// The parts of a transaction that takes a link away, [`POINTER`] and [`WAKE`] among them. `origin`: only if that made the link.
    pub(crate) fn unlink_writes(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        external_id: &ExternalId,
        origin: Option<&str>,
    ) -> Result<Vec<Write>> {
        let mut changed = company.clone();
        if let Some(links) = changed.links.get_mut(connection) {
            links.retain(|link| link.external_id != *external_id);
        }
        changed.links.retain(|_, links| !links.is_empty());
        let mut ours = vec![Condition::Equal("company", item::text(company.id.as_str()))];
        ours.extend(origin.map(|origin| Condition::Equal("origin", item::text(origin))));
        let pointer = self.keys.link(connection, external_id);
        Ok(vec![
            self.company_update(&changed)?,
            Write::Delete { key: pointer, condition: Some(Condition::All(ours)) },
            self.mark_write(connection, Some(external_id)),
            self.open_wake_write(connection),
            self.row_put(&changed)?,
        ])
    }

    /// Takes a link away from a company read at `company.version`.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when the connection is disconnected.
    pub async fn unlink(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        external_id: &ExternalId,
        by: By<'_>,
    ) -> Result<()> {
        match self
            .table
            .transact(self.with_entry(self.unlink_writes(company, connection, external_id, None)?, by)?)
            .await
        {
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Err(StoreError::Closed),
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// Notes on a link how its vendor company stands now. That its owner has not consented is not known by its record, so
    /// it stays. Other changes of the company in the meantime win; the next look at that vendor company notes it again.
    pub async fn note_link(
        &self,
        company: &CompanyId,
        connection: &ConnectionId,
        external_id: &ExternalId,
        name: &str,
        state: LinkState,
    ) -> Result<()> {
        self.change_link(company, connection, external_id, |link| {
            name.clone_into(&mut link.name);
            if !(link.state == LinkState::NeedsConsent && state == LinkState::Ok) {
                link.state = state;
            }
        })
        .await
    }

    /// Notes on a link whether the vendor company's owner has consented to our reading it.
    pub async fn note_consent(
        &self,
        company: &CompanyId,
        connection: &ConnectionId,
        external_id: &ExternalId,
        given: bool,
    ) -> Result<()> {
        self.change_link(company, connection, external_id, |link| match (link.state, given) {
            (LinkState::NeedsConsent, true) => link.state = LinkState::Ok,
            (LinkState::Ok, false) => link.state = LinkState::NeedsConsent,
            _ => {}
        })
        .await
    }

    /// Changes a link on its company, and its state on its pointer, too: [`Self::live_links`] reads nothing else.
    async fn change_link(
        &self,
        company: &CompanyId,
        connection: &ConnectionId,
        external_id: &ExternalId,
        change: impl Fn(&mut Link),
    ) -> Result<()> {
        for _ in 0..3 {
            let Some(mut company) = self.company(company).await? else { return Ok(()) };
            let links = company.links.get_mut(connection);
            let Some(link) = links.and_then(|links| links.iter_mut().find(|link| link.external_id == *external_id))
            else {
                return Ok(());
            };
            let before = link.clone();
            change(link);
            if *link == before {
                return Ok(());
            }
            let mut pointer = Update::default();
            pointer.set.insert("state", item::text(item::json(&self.keys.link(connection, external_id), &link.state)?));
            let key = self.keys.link(connection, external_id);
            let pointer = Write::Update { key, update: pointer, condition: Some(Condition::Exists) };
            let writes = vec![self.company_update(&company)?, self.row_put(&company)?, pointer];
            match self.all_or_stale(writes, By::System).await {
                Err(StoreError::Stale) => {}
                other => return other,
            }
        }
        Ok(())
    }

    /// Deletes a company read at `company.version`; its vendor companies are blocked from import until unblocked.
    pub async fn delete_company(&self, company: &PortalCompany, by: By<'_>) -> Result<()> {
        let unchanged = Condition::Equal("version", item::count(company.version));
        let mut writes = vec![Write::Delete { key: self.keys.company(&company.id), condition: Some(unchanged) }];
        writes.push(self.row_delete(&company.id));
        for (connection, links) in &company.links {
            for link in links {
                writes.push(Write::Delete { key: self.keys.link(connection, &link.external_id), condition: None });
                writes.push(self.block_put(connection, link));
                writes.push(self.mark_write(connection, Some(&link.external_id)));
            }
            writes.push(self.wake_write(connection));
        }
        self.all_or_stale(writes, by).await
    }

    pub(crate) async fn all_or_stale(&self, mut writes: Vec<Write>, by: By<'_>) -> Result<()> {
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// Which portal companies these vendor companies are linked to; unlinked ones are absent.
    pub async fn linked(
        &self,
        connection: &ConnectionId,
        ids: impl IntoIterator<Item = &ExternalId>,
    ) -> Result<HashMap<ExternalId, CompanyId>> {
        let keys: Vec<_> = ids.into_iter().map(|id| self.keys.link(connection, id)).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.table.batch_get(keys, Vec::new()).await?.iter().filter_map(Self::read_link).collect())
    }

    /// Links of a connection whose vendor companies are there, in the order of the vendor's ids: one query.
    pub async fn live_links(&self, connection: &ConnectionId) -> Result<Vec<Linked>> {
        let query = Query { pk: self.keys.links(connection), consistent: true, ..Query::default() };
        let mut links: Vec<Linked> =
            self.table.query(query).await?.items.iter().filter_map(Linked::from_item).collect();
        links.retain(|link| link.state != LinkState::GoneAtVendor);
        links.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        Ok(links)
    }

    /// Every link of a connection.
    pub async fn all_links(&self, connection: &ConnectionId) -> Result<HashMap<ExternalId, CompanyId>> {
        let query = Query { pk: self.keys.links(connection), ..Query::default() };
        Ok(self.table.query(query).await?.items.iter().filter_map(Self::read_link).collect())
    }

    pub(crate) fn read_link(row: &Item) -> Option<(ExternalId, CompanyId)> {
        Some((item::get_text(row, "id")?.into(), item::get_text(row, "company")?.into()))
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
