//! Activity, kept 400 days: one list of the tenant, one for each person and one for each object, so that a filtered list
//! reads what it shows and nothing else.
//!
//! Whoever changes something says on whose account, [`By`], and the entry becomes a part of the same transaction. Parts of
//! an entry have no conditions: whether the change takes place is up to the change alone.

use domain::activity::{Entry, ObjectKind};
use jiff::{SignedDuration, Timestamp};

use crate::TenantStore;
use crate::dynamodb::schema::EXPIRES_AT;
use crate::error::Result;
use crate::item;
use crate::runs::Listed;
use crate::table::{Item, Key, Query, Update, Write};

const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Pages of an object's list looked through for one person's entries, at most.
const ROUNDS: usize = 10;

/// Parts of a transaction that an entry takes at most.
pub(crate) const ENTRY_PARTS: usize = 4;

/// On whose account something is changed.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    /// A person's; the entry tells of it.
    Person(&'a Entry),
    /// One of many changes that a person made at once: `whole` counts them, `part` stands in its object's list only.
    PartOf {
        /// The entry that they have together.
        whole: &'a Entry,
        /// What it was for this object.
        part: &'a Entry,
    },
    /// The engine's, or that of set-up: it leaves no entry.
    System,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only what this person did.
    pub actor: Option<String>,
    /// Only what was done to this object.
    pub object: Option<(ObjectKind, String)>,
}

impl TenantStore {
    /// The parts of a transaction that keep the entry.
    pub(crate) fn entry_writes(&self, by: By<'_>) -> Result<Vec<Write>> {
        match by {
            By::System => Ok(Vec::new()),
            By::Person(entry) => {
                let put = |key: Key| Ok(Write::Put { item: Self::entry_item(&key, entry)?, condition: None });
                self.keys_of(entry).into_iter().map(put).collect()
            }
            By::PartOf { whole, part } => {
                let count = |key: Key| {
                    let mut update = Update::default();
                    update.set_if_absent.insert("v", item::number(item::SCHEMA));
                    update.set_if_absent.insert("body", item::text(item::json(&key, whole)?));
                    update.set_if_absent.insert(EXPIRES_AT, expires(whole.at));
                    update.add.insert("count", 1);
                    Ok(Write::Update { key, update, condition: None })
                };
                let mut writes = self.keys_of(whole).into_iter().map(count).collect::<Result<Vec<_>>>()?;
                let own = self.keys.activity_of(part.object.kind, &part.object.id, &place(part));
                writes.push(Write::Put { item: Self::entry_item(&own, part)?, condition: None });
                Ok(writes)
            }
        }
    }

    /// The parts with those of the entry after them.
    pub(crate) fn with_entry(&self, mut writes: Vec<Write>, by: By<'_>) -> Result<Vec<Write>> {
        writes.extend(self.entry_writes(by)?);
        Ok(writes)
    }

    fn keys_of(&self, entry: &Entry) -> [Key; 3] {
        let place = place(entry);
        [
            self.keys.activity(&place),
            self.keys.activity_by(&entry.actor.id, &place),
            self.keys.activity_of(entry.object.kind, &entry.object.id, &place),
        ]
    }

    fn entry_item(key: &Key, entry: &Entry) -> Result<Item> {
        let mut row = item::item(key, entry)?;
        row.insert(EXPIRES_AT.to_owned(), expires(entry.at));
        Ok(row)
    }

    /// Entries, latest first. With both a person and an object a page may be shorter than asked while there are more.
    pub async fn activity(&self, wanted: &Wanted, limit: u32, after: Option<&str>) -> Result<Listed<Entry>> {
        let pk = match (&wanted.object, &wanted.actor) {
            (Some((kind, id)), _) => self.keys.activity_of(*kind, id, "").pk,
            (None, Some(actor)) => self.keys.activity_by(actor, "").pk,
            (None, None) => self.keys.activity("").pk,
        };
        let is_wanted = |entry: &Entry| wanted.actor.as_ref().is_none_or(|actor| entry.actor.id == *actor);
        let mut listed = Listed { items: Vec::new(), next: after.map(str::to_owned) };
        for _ in 0..ROUNDS {
            let after = listed.next.as_deref().map(|sk| Key::new(&pk, sk).into_item());
            let query = Query { pk: pk.clone(), limit: Some(limit), descending: true, after, ..Query::default() };
            let page = self.table.query(query).await?;
            for row in &page.items {
                let entry = read(row)?;
                if is_wanted(&entry) {
                    listed.items.push(entry);
                }
            }
            listed.next = page.next.as_ref().and_then(|key| item::get_text(key, "sk")).map(str::to_owned);
            if listed.next.is_none() || !listed.items.is_empty() {
                break;
            }
        }
        Ok(listed)
    }
}

fn read(row: &Item) -> Result<Entry> {
    let mut entry: Entry = item::body(row)?;
    // Kept beside the body, because each part counts it up.
    entry.count = item::get_number(row, "count").and_then(|count| u64::try_from(count).ok());
    Ok(entry)
}

/// The entry's place in the order of time.
fn place(entry: &Entry) -> String {
    format!("{:013}#{}", entry.at.as_millisecond(), entry.id)
}

fn expires(at: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
    item::number(at.as_second() + KEPT.as_secs())
}

#[cfg(test)]
mod tests;
