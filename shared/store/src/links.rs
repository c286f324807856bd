//! Links between portal companies and vendor companies.
//!
//! Invariants: a vendor company belongs to at most one portal company, because the link's pointer item is written with the
//! company; every change of a link leaves a re-evaluate mark and wakes the connection in the same transaction. A transaction
//! has a hundred parts, so what touches more links than that takes several, of which each leaves a company that is whole.

use std::collections::{BTreeMap, HashMap};

use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::table::{Condition, Item, Query, TableError, Update, Write};

/// Links that a transaction takes away from a company that is deleted: three parts each and, in the worst case, one for a
/// connection of its own.
const UNLINKED_AT_ONCE: usize = 20;

/// Where in a transaction that links or unlinks the pointer is written, and where the connection is woken: that it fails
/// tells what is the matter.
pub(crate) const POINTER: usize = 1;
pub(crate) const WAKE: usize = 3;

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

/// How a linked vendor company stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The portal company.
    pub company: CompanyId,
    /// The vendor company.
    pub external_id: ExternalId,
    /// What the vendor calls it.
    pub name: String,
    /// Whether it is there.
    pub state: LinkState,
}

impl Standing {
    /// The link that says so. That its owner has not consented is not known by its record, so it stays.
    fn on(&self, link: Link) -> Link {
        let stays = link.state == LinkState::NeedsConsent && self.state == LinkState::Ok;
        Link { name: self.name.clone(), state: if stays { link.state } else { self.state }, ..link }
    }
}

impl TenantStore {
    pub(crate) fn link_put(&self, connection: &ConnectionId, external_id: &ExternalId, company: &CompanyId) -> Write {
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
        let writes = self.with_entry(self.link_writes(company, connection, link, None)?, by)?;
        self.make_link(connection, &external_id, writes).await
    }

    /// Links a vendor company to a company read at `company.version` in place of another one's link, both or neither.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the vendor company is linked already, naming the portal company's id;
    /// [`StoreError::Closed`] when the connection is disconnected.
    pub async fn swap(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        replaced: &ExternalId,
        link: Link,
        by: By<'_>,
    ) -> Result<()> {
        let mut changed = company.clone();
        let external_id = link.external_id.clone();
        let links = changed.links.entry(connection.clone()).or_default();
        // In its place: the first one is what a cell of the grid shows.
        match links.iter_mut().find(|held| held.external_id == *replaced) {
            Some(held) => *held = link,
            None => links.push(link),
        }
        changed.not_integrated.remove(connection);
        let writes = vec![
            self.company_update(&changed)?,
            self.link_put(connection, &external_id, &company.id),
            self.mark_write(connection, Some(&external_id)),
            self.open_wake_write(connection),
            self.row_put(&changed)?,
            self.own_pointer_delete(company, connection, replaced, None),
            self.mark_write(connection, Some(replaced)),
        ];
        self.make_link(connection, &external_id, self.with_entry(writes, by)?).await
    }

    /// Carries out what makes a link, [`POINTER`] and [`WAKE`] where they belong.
    async fn make_link(&self, connection: &ConnectionId, id: &ExternalId, writes: Vec<Write>) -> Result<()> {
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Err(StoreError::Closed),
            Err(TableError::Cancelled(failed)) if failed.contains(&POINTER) => Err(self.taken(connection, id).await?),
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
        Ok(vec![
            self.company_update(&changed)?,
            self.own_pointer_delete(company, connection, external_id, origin),
            self.mark_write(connection, Some(external_id)),
            self.open_wake_write(connection),
            self.row_put(&changed)?,
        ])
    }

    /// The part of a transaction that forgets that the company is linked, if it is; `origin`: only if that made the link.
    fn own_pointer_delete(
        &self,
        company: &PortalCompany,
        connection: &ConnectionId,
        external_id: &ExternalId,
        origin: Option<&str>,
    ) -> Write {
        let mut ours = vec![Condition::Equal("company", item::text(company.id.as_str()))];
        ours.extend(origin.map(|origin| Condition::Equal("origin", item::text(origin))));
        Write::Delete { key: self.keys.link(connection, external_id), condition: Some(Condition::All(ours)) }
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
        let writes = self.unlink_writes(company, connection, external_id, None)?;
        match self.table.transact(self.with_entry(writes, by)?).await {
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Err(StoreError::Closed),
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other?),
        }
    }

    /// Notes on links how their vendor companies stand now: one batch read, and what `change_link` costs for each of
    /// which it is not known. Other changes of a company in the meantime win; the next look notes it again.
    pub async fn note_links(&self, connection: &ConnectionId, standings: &[Standing]) -> Result<()> {
        let companies = self.companies_by_id(standings.iter().map(|standing| &standing.company)).await?;
        let companies: HashMap<_, _> = companies.iter().map(|company| (&company.id, company)).collect();
        for standing in standings {
            let links = companies.get(&standing.company).and_then(|company| company.links.get(connection));
            let link = links.and_then(|links| links.iter().find(|link| link.external_id == standing.external_id));
            if link.is_some_and(|link| standing.on(link.clone()) != *link) {
                self.change_link(&standing.company, connection, &standing.external_id, |link| {
                    *link = standing.on(link.clone());
                })
                .await?;
            }
        }
        Ok(())
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
            let key = self.keys.link(connection, external_id);
            let mut update = Update::default();
            update.set.insert("state", item::text(item::json(&key, &link.state)?));
            let pointer = Write::Update { key, update, condition: Some(Condition::Exists) };
            let writes = vec![self.company_update(&company)?, self.row_put(&company)?, pointer];
            match self.all_or_stale(writes, By::System).await {
                Err(StoreError::Stale) => {}
                other => return other,
            }
        }
        Ok(())
    }

    /// Links of a connection whose vendor companies are there, in the order of the vendor's ids: one query.
    pub async fn live_links(&self, connection: &ConnectionId) -> Result<Vec<Linked>> {
        let query = Query { pk: self.keys.links(connection), consistent: true, ..Query::default() };
        let items = self.table.query(query).await?.items;
        let mut links: Vec<Linked> = items.iter().filter_map(Linked::from_item).collect();
        links.retain(|link| link.state != LinkState::GoneAtVendor);
        links.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        Ok(links)
    }

    /// Deletes a company read at `company.version`; its vendor companies are blocked from import until unblocked. Its users
    /// stay, without a company until they are moved or it is made again.
    ///
    /// Links beyond what goes into one transaction are taken away before the last one, so what was interrupted is a company
    /// with fewer links, and is deleted by deleting it again.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody changed the company since.
    pub async fn delete_company(&self, company: &PortalCompany, by: By<'_>) -> Result<()> {
        let mut left = company.clone();
        loop {
            let gone = take_links(&mut left, UNLINKED_AT_ONCE);
            let is_last = left.links.is_empty();
            let mut writes = if is_last {
                vec![self.company_delete(&left), self.row_delete(&left.id)]
            } else {
                vec![self.company_update(&left)?, self.row_put(&left)?]
            };
            for (connection, links) in &gone {
                for link in links {
                    writes.push(Write::Delete { key: self.keys.link(connection, &link.external_id), condition: None });
                    writes.push(self.block_put(connection, link));
                    writes.push(self.mark_write(connection, Some(&link.external_id)));
                }
                writes.push(self.wake_write(connection));
            }
            self.all_or_stale(writes, if is_last { by } else { By::System }).await?;
            if is_last {
                return Ok(());
            }
            left.version += 1;
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

    /// Every link of a connection.
    pub async fn all_links(&self, connection: &ConnectionId) -> Result<HashMap<ExternalId, CompanyId>> {
        let query = Query { pk: self.keys.links(connection), ..Query::default() };
        Ok(self.table.query(query).await?.items.iter().filter_map(Self::read_link).collect())
    }

    pub(crate) fn read_link(row: &Item) -> Option<(ExternalId, CompanyId)> {
        Some((item::get_text(row, "id")?.into(), item::get_text(row, "company")?.into()))
    }
}

/// Takes so many links off a company at most.
fn take_links(company: &mut PortalCompany, most: usize) -> BTreeMap<ConnectionId, Vec<Link>> {
    let mut taken: BTreeMap<ConnectionId, Vec<Link>> = BTreeMap::new();
    let mut room = most;
    for (connection, links) in &mut company.links {
        let some: Vec<Link> = links.drain(..room.min(links.len())).collect();
        room -= some.len();
        if !some.is_empty() {
            taken.insert(connection.clone(), some);
        }
    }
    company.links.retain(|_, links| !links.is_empty());
    taken
}

#[cfg(test)]
mod tests;
