//! Removing what was mirrored, and what hangs on it: links, access, records, and everything that the engine kept to read
//! less. Portal companies and users stay; access goes with the contacts behind it.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{CompanyId, ConnectionId, ExternalId, RunId};
use domain::portal::{Access, User};
use domain::record::RecordType;
use domain::run::Progress;
use store::activity::By;
use store::removal::Holding;
use store::{Result, StoreError, TenantStore, drained};

use crate::contacts::set_access;
use crate::slice::{Slice, Stop};

/// Links taken away between two looks at the clock.
const LINKS: u32 = 90;
/// Users read at once.
const USERS: u32 = 500;
/// Users, and companies, written at the same time.
const AT_ONCE: usize = 16;
/// Items forgotten between two looks at the clock.
const ITEMS: u32 = 500;
/// Attempts at something that somebody else changes at the same moment.
const RACES: usize = 5;

impl Slice<'_> {
    /// Removes whatever there still is.
    pub(super) async fn remove_data(&mut self) -> Result<(), Stop> {
        if self.takedown().data_removed {
            return Ok(());
        }
        self.remove_links().await?;
        self.release_users().await?;
        for record_type in RecordType::ALL {
            self.forget_records(record_type).await?;
            self.forget_all(Holding::Tally(record_type)).await?;
            self.forget_all(Holding::CompanyLists(record_type)).await?;
        }
        for feed in self.known_feeds() {
            self.forget_all(Holding::Feed(&feed)).await?;
        }
        self.forget_runs().await?;
        for holding in [
            Holding::Quarantine,
            Holding::Made,
            Holding::TechnicianLinks,
            Holding::Blocks,
            Holding::Waiting,
            Holding::Tests,
        ] {
            self.forget_all(holding).await?;
        }
        self.takedown().data_removed = true;
        Ok(self.keep_takedown().await?)
    }

    /// A company loses all its links over this connection at once.
    async fn remove_links(&mut self) -> Result<(), Stop> {
        loop {
            let links = self.store.some_links(&self.connection, LINKS).await?;
            if links.is_empty() {
                return Ok(());
            }
            self.in_time()?;
            let mut by_company: BTreeMap<CompanyId, BTreeSet<ExternalId>> = BTreeMap::new();
            for (external_id, company) in links {
                by_company.entry(company).or_default().insert(external_id);
            }
            let (store, connection) = (&self.store, &self.connection);
            let unlinked = by_company.iter().map(|(company, links)| unlink(store, connection, company, links));
            drained(AT_ONCE, unlinked.collect()).await?;
        }
    }

    /// Takes this connection's contacts from behind every user. There is no list of those users alone, because a crash may
    /// leave one that no record names.
    async fn release_users(&mut self) -> Result<(), Stop> {
        let mut after = match self.takedown().users_after.clone() {
            Some(after) => after,
            None => {
                self.takedown().users_after = Some(None);
                None
            }
        };
        loop {
            self.in_time()?;
            let page = self.store.every_user(USERS, after.as_deref()).await?;
            let name = self.descriptor().name;
            let changed: Vec<(User, User)> = page
                .items
                .into_iter()
                .filter_map(|user| Some((without_contacts(&user, &self.connection, name)?, user)))
                .map(|(after, before)| (before, after))
                .collect();
            let losing = changed.iter().filter(|(before, after)| before.access != after.access);
            let events: Vec<_> = losing
                .map(|(before, after)| {
                    let detail =
                        serde_json::json!({ "user": after.id, "company": after.company_id, "version": before.version });
                    self.event("user.suspended", after.id.as_str(), detail)
                })
                .collect();
            self.engine.bus.publish(&events).await?;
            let (store, connection) = (&self.store, &self.connection);
            let saved = changed.iter().map(|(before, after)| release(store, connection, before, after, name));
            drained(AT_ONCE, saved.collect()).await?;
            if page.next.is_none() {
                return Ok(());
            }
            after = page.next;
            self.takedown().users_after = Some(after.clone());
            self.keep_takedown().await?;
        }
    }

    /// Deletes mirrored records. They are counted before they are deleted, so that a crash in between neither loses a count
    /// nor counts twice.
    async fn forget_records(&mut self, record_type: RecordType) -> Result<(), Stop> {
        let holding = Holding::Records(record_type);
        let label = self.label(record_type);
        loop {
            let found = self.store.held(&self.connection, holding, ITEMS).await?;
            let Some(last) = found.last() else { return Ok(()) };
            self.in_time()?;
            let counted = self.takedown().counted.get(&record_type);
            let new = found.iter().filter(|sk| counted.is_none_or(|counted| *sk > counted)).count() as u64;
            if new > 0 {
                self.takedown().counted.insert(record_type, last.clone());
                let total = self.takedown().totals.get(&record_type).copied();
                let counts = self.counts(record_type);
                counts.deleted += new;
                let done = counts.deleted;
                let total = total.filter(|total| *total >= done);
                self.run_mut().progress = Some(Progress { record_type, done, total, unit: label.clone() });
                self.keep_takedown().await?;
            }
            self.store.forget(&self.connection, holding, &found).await?;
        }
    }

    fn label(&self, record_type: RecordType) -> String {
        let declared = self.descriptor().record_type(record_type);
        declared.map_or_else(|| record_type.to_string(), |declared| declared.label.to_lowercase())
    }

    /// Feeds that were ever read, those of other versions of the connector included.
    fn known_feeds(&self) -> BTreeSet<String> {
        let declared = self.descriptor().feeds().map(|(_, feed)| feed.id.to_owned());
        declared.chain(self.body.feeds.keys().cloned()).collect()
    }

    /// The log names records.
    async fn forget_runs(&mut self) -> Result<(), Stop> {
        loop {
            let found = self.store.held(&self.connection, Holding::Runs, ITEMS).await?;
            if found.is_empty() {
                return Ok(());
            }
            for run in &found {
                self.in_time()?;
                self.forget_all(Holding::RunRecords(&RunId::new(run))).await?;
            }
            self.store.forget(&self.connection, Holding::Runs, &found).await?;
        }
    }

    pub(super) async fn forget_all(&mut self, holding: Holding<'_>) -> Result<(), Stop> {
        loop {
            let found = self.store.held(&self.connection, holding, ITEMS).await?;
            if found.is_empty() {
                return Ok(());
            }
            self.in_time()?;
            self.store.forget(&self.connection, holding, &found).await?;
        }
    }
}

/// Takes a company's links away. After a race that was lost too often they are still there, and the next look at them tries
/// again.
async fn unlink(
    store: &TenantStore,
    connection: &ConnectionId,
    company: &CompanyId,
    links: &BTreeSet<ExternalId>,
) -> Result<()> {
    for _ in 0..RACES {
        let Some(company) = store.company(company).await? else {
            return store.drop_pointers(connection, links).await;
        };
        match store.unlink_all(&company, connection, links).await {
            Err(StoreError::Stale) => {}
            other => return other,
        }
    }
    Ok(())
}

/// Saves a user without the contacts, also if somebody changes the user at the same moment.
async fn release(
    store: &TenantStore,
    connection: &ConnectionId,
    before: &User,
    after: &User,
    name: &str,
) -> Result<()> {
    let (mut before, mut after) = (before.clone(), after.clone());
    for _ in 0..RACES {
        match store.save_user(&before, &after, By::System).await {
            Err(StoreError::Stale) => {}
            other => return other,
        }
        let Some(fresh) = store.user(&before.id).await? else { return Ok(()) };
        let Some(again) = without_contacts(&fresh, connection, name) else { return Ok(()) };
        (before, after) = (fresh, again);
    }
    Err(StoreError::Stale)
}

/// The user without the contacts of a connection that was taken down; `None`: there is none of them behind it. An admin's
/// decision and users made by hand keep their access.
pub fn without_contacts(user: &User, connection: &ConnectionId, name: &str) -> Option<User> {
    let mut after = user.clone();
    after.contacts.retain(|contact| contact.connection != *connection);
    if after.contacts.len() == user.contacts.len() {
        return None;
    }
    set_access(&mut after);
    if after.access != user.access && after.access == Access::Suspended {
        after.reason = Some(format!("{name}, where its contact was, has been disconnected"));
    }
    Some(after)
}
