//! Applying a quick match, and undoing it.
//!
//! Invariants: a link is made in one transaction with the item that says that this quick match made it, so whoever goes on
//! after a kill knows what is done, and two at once never do it twice. The link's pointer names the quick match; only a
//! link whose pointer still does is taken away again.

use domain::id::{ConnectionId, QuickMatchId};
use domain::portal::{Link, PortalCompany};
use domain::quick_match::{Application, Choice, Outcome};
use jiff::Timestamp;

use super::{GRACE, KEPT, UNDO, expire};
use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::links::{POINTER, WAKE};
use crate::table::{Condition, Item, Query, SortRange, TableError, Update, Write};

const CHOICE: &str = "CHOICE";
const APPLICATION: &str = "APPLICATION";

/// What came of proposals: a list of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// They were linked; those that were unlinked again stay in the list.
    Linked,
    /// They could not be linked.
    Failed,
    /// Their links were changed since, and stay.
    Kept,
}

impl Came {
    const fn list(self) -> &'static str {
        match self {
            Self::Linked => "LINKED",
            Self::Failed => "FAILED",
            Self::Kept => "KEPT",
        }
    }
}

/// An application that is worked on.
#[derive(Clone, Debug)]
pub struct Held {
    /// How it stands; saved by [`TenantStore::release_application`].
    pub application: Application,
    /// Whoever held it before did not get to save: more may be done than it says.
    pub interrupted: bool,
    owner: String,
    times: u64,
}

/// What making a link came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is made, now or before.
    Linked,
    /// The vendor company is linked to this portal company.
    Taken(String),
    /// The connection is disconnected.
    Closed,
    /// The portal company was changed since it was read.
    Stale,
}

/// What taking a link away came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It is gone, now or before.
    Unlinked,
    /// It is another link, or none.
    Changed,
    /// The connection is disconnected.
    Closed,
    /// The portal company was changed since it was read.
    Stale,
}

impl TenantStore {
    /// Notes what is to be applied; [`StoreError::Stale`] if something was chosen before.
    pub async fn put_application(
        &self,
        id: &QuickMatchId,
        choice: &Choice,
        application: &Application,
        by: By<'_>,
    ) -> Result<()> {
        let mut chosen = item::item(&self.keys.quick_match_item(id, CHOICE), choice)?;
        let mut state = item::item(&self.keys.quick_match_item(id, APPLICATION), application)?;
        for row in [&mut chosen, &mut state] {
            expire(row, application.started_at, KEPT + UNDO + GRACE);
        }
        let put = |item| Write::Put { item, condition: Some(Condition::NotExists) };
        self.all_or_stale(vec![put(chosen), put(state)], by).await
    }

    /// What was chosen.
    pub async fn choice(&self, id: &QuickMatchId) -> Result<Option<Choice>> {
        self.table.get(self.keys.quick_match_item(id, CHOICE)).await?.as_ref().map(item::body).transpose()
    }

    /// How applying goes.
    pub async fn application(&self, id: &QuickMatchId) -> Result<Option<Application>> {
        self.table.get(self.keys.quick_match_item(id, APPLICATION)).await?.as_ref().map(item::body).transpose()
    }

    /// Takes the lease until then; `None`: somebody else is at work, or nothing is to be done.
    pub async fn hold_application(
        &self,
        id: &QuickMatchId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Held>> {
        let mut update = Update::default();
        update.set.insert("lease", item::text(owner));
        update.set.insert("lease_until", item::number(until.as_millisecond()));
        update.add.insert("held", 1);
        let free = Condition::Any(vec![
            Condition::Lacks("lease"),
            // A repeated request, the answer of which was lost.
            Condition::Equal("lease", item::text(owner)),
            Condition::LessOrEqual("lease_until", item::number(now.as_millisecond())),
        ]);
        let condition = Condition::All(vec![Condition::Exists, free]);
        match self.table.update(self.keys.quick_match_item(id, APPLICATION), update, Some(condition)).await {
            Ok(row) => {
                let times = item::get_count(&row, "held");
                let interrupted = times != item::get_count(&row, "released") + 1;
                Ok(Some(Held { application: item::body(&row)?, interrupted, owner: owner.to_owned(), times }))
            }
            Err(TableError::Condition { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Saves that undoing begins, while it is held; [`StoreError::LeaseLost`] if somebody else has gone on meanwhile.
    pub async fn begin_undo(&self, id: &QuickMatchId, held: &Held, by: By<'_>) -> Result<()> {
        let key = self.keys.quick_match_item(id, APPLICATION);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, &held.application)?));
        let ours = Condition::Equal("lease", item::text(&held.owner));
        let begin = Write::Update { key, update, condition: Some(ours) };
        match self.table.transact(self.with_entry(vec![begin], by)?).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::LeaseLost),
            other => Ok(other?),
        }
    }

    /// Saves how it stands and lets it go; [`StoreError::LeaseLost`] if somebody else has gone on meanwhile.
    pub async fn release_application(&self, id: &QuickMatchId, held: &Held) -> Result<()> {
        let key = self.keys.quick_match_item(id, APPLICATION);
        let mut update = Update::default();
        update.set.insert("body", item::text(item::json(&key, &held.application)?));
        update.set.insert("released", item::count(held.times));
        update.remove = vec!["lease", "lease_until"];
        let ours = Condition::Equal("lease", item::text(&held.owner));
        match self.table.update(key, update, Some(ours)).await {
            Ok(_) => Ok(()),
            Err(TableError::Condition { existing, .. })
                if existing.as_ref().is_some_and(|row| item::get_count(row, "released") == held.times) =>
            {
                Ok(())
            }
            Err(TableError::Condition { .. }) => Err(StoreError::LeaseLost),
            Err(error) => Err(error.into()),
        }
    }

    /// Links a vendor company to a company read at `company.version`, as linking by hand does.
    pub async fn apply_link(
        &self,
        id: &QuickMatchId,
        company: &PortalCompany,
        connection: &ConnectionId,
        link: Link,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<Applied> {
        let external_id = link.external_id.clone();
        let mut writes = self.link_writes(company, connection, link, Some(id.as_str()))?;
        let note = writes.len();
        let item = self.outcome_item(id, Came::Linked, outcome, now)?;
        writes.push(Write::Put { item, condition: Some(Condition::NotExists) });
        match self.table.transact(writes).await {
            Ok(()) => Ok(Applied::Linked),
            Err(TableError::Cancelled(failed)) if failed.contains(&note) => Ok(Applied::Linked),
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Ok(Applied::Closed),
            Err(TableError::Cancelled(failed)) if failed.contains(&POINTER) => {
                match self.taken(connection, &external_id).await? {
                    StoreError::Taken { by } => Ok(Applied::Taken(by)),
                    other => Err(other),
                }
            }
            Err(TableError::Cancelled(_)) => Ok(Applied::Stale),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a link away from a company read at `company.version`, if it is still the one that this quick match made.
    pub async fn undo_link(
        &self,
        id: &QuickMatchId,
        company: &PortalCompany,
        connection: &ConnectionId,
        outcome: &Outcome,
    ) -> Result<Undone> {
        let external_id = &outcome.proposal.external_id;
        let mut writes = self.unlink_writes(company, connection, external_id, Some(id.as_str()))?;
        let note = writes.len();
        let mut update = Update::default();
        update.set.insert("undone", item::count(1));
        writes.push(Write::Update {
            key: self.keys.quick_match_entry(id, Came::Linked.list(), outcome.row, outcome.place),
            update,
            condition: Some(Condition::All(vec![Condition::Exists, Condition::Lacks("undone")])),
        });
        match self.table.transact(writes).await {
            Ok(()) => Ok(Undone::Unlinked),
            Err(TableError::Cancelled(failed)) if failed.contains(&note) => Ok(Undone::Unlinked),
            Err(TableError::Cancelled(failed)) if failed.contains(&WAKE) => Ok(Undone::Closed),
            Err(TableError::Cancelled(failed)) if failed.contains(&POINTER) => Ok(Undone::Changed),
            Err(TableError::Cancelled(_)) => Ok(Undone::Stale),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes what came of a proposal; noting it again changes nothing.
    pub async fn note_outcome(&self, id: &QuickMatchId, came: Came, outcome: &Outcome, now: Timestamp) -> Result<()> {
        Ok(self.table.put(self.outcome_item(id, came, outcome, now)?, None).await?)
    }

    fn outcome_item(&self, id: &QuickMatchId, came: Came, outcome: &Outcome, now: Timestamp) -> Result<Item> {
        let key = self.keys.quick_match_entry(id, came.list(), outcome.row, outcome.place);
        let mut row = item::item(&key, outcome)?;
        expire(&mut row, now, KEPT + UNDO + GRACE);
        Ok(row)
    }

    /// What came of a row's proposals from this place on, at most so many; of linked ones whether they were unlinked again.
    pub async fn outcomes(
        &self,
        id: &QuickMatchId,
        came: Came,
        row: usize,
        from: usize,
        limit: u32,
    ) -> Result<Vec<(Outcome, bool)>> {
        let key = |place| item::text(self.keys.quick_match_entry(id, came.list(), row, place).sk);
        let query = Query {
            pk: self.keys.quick_match(id),
            sort: SortRange::Between(key(from), key(9_999_999)),
            limit: Some(limit),
            consistent: true,
            ..Query::default()
        };
        let rows = self.table.query(query).await?.items;
        rows.iter().map(|row| Ok((item::body(row)?, row.contains_key("undone")))).collect()
    }
}
