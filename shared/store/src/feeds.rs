//! Page items: what a pass knows of a feed without reading a record.
//!
//! A page item keeps (id, hash) of every row of one page of the last full pass; the overlay keeps those of rows that came
//! since by other ways; *displaced* keeps ids that a running full pass has overwritten and not seen again yet; *missing*
//! counts the sweeps that did not find an id, in as many items as it takes: a whole list may vanish. All of a feed is one
//! query, and so is one company's part of a feed that is read company by company.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::hash::ContentHash;
use domain::id::{ConnectionId, ExternalId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::keys::{self, TenantKeys};
use crate::table::{BatchWrite, Item, Key, Query, SortRange, Write};

/// The name of a list: a feed, or a company's part of it. No feed's id has a slash.
pub fn list_key(feed: &str, company: Option<&ExternalId>) -> String {
    company.map_or_else(|| feed.to_owned(), |company| format!("{feed}/{company}"))
}

/// The feed of such a name, and the company.
pub fn feed_and_company(key: &str) -> (&str, Option<&str>) {
    key.split_once('/').map_or((key, None), |(feed, company)| (feed, Some(company)))
}

/// The rows of one page: id and content hash.
pub type Entries = Vec<(ExternalId, ContentHash)>;

/// One page of the last full pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageItem {
    /// Scope under which its hashes were taken; hashes of another scope say nothing.
    pub scope: String,
    /// Its rows.
    pub entries: Entries,
}

/// A row that came outside a full pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayEntry {
    /// Its content hash, in hex.
    pub hash: String,
    /// When it came.
    pub at: Timestamp,
}

/// Rows that came outside full passes, by id.
pub type Overlay = BTreeMap<ExternalId, OverlayEntry>;

/// A row that sweeps did not find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// How many sweeps in a row; of many, not all are counted.
    pub sweeps: u8,
    /// A person says that it may be gone, however many are.
    pub confirmed: bool,
}

/// Rows that sweeps did not find, by id.
pub type Missing = BTreeMap<ExternalId, Missed>;

/// Rows that a running full pass has overwritten and not seen again yet, by id.
pub type Displaced = HashMap<ExternalId, ContentHash>;

/// Bytes of rows in one of several items; an item has 400 KB at most.
const PORTION_BYTES: usize = 300_000;
const CONFIRMED: u8 = 1;

/// Everything kept of one feed.
#[derive(Clone, Debug, Default)]
pub struct FeedItems {
    /// Pages by number, from 0.
    pub pages: BTreeMap<u32, PageItem>,
    /// Rows that came since.
    pub overlay: Overlay,
    /// Ids overwritten by a running full pass and not seen again yet.
    pub displaced: Displaced,
    /// Items that tell of them.
    pub displaced_items: u32,
    /// What sweeps did not find.
    pub missing: Missing,
    /// Items that tell of it.
    pub missing_items: u32,
}

/// Packs rows: length of the id (2 bytes), id, hash.
pub fn pack<'a>(entries: impl IntoIterator<Item = (&'a ExternalId, &'a ContentHash)>) -> Vec<u8> {
    entries.into_iter().flat_map(|(id, hash)| packed_row(id, hash.as_bytes())).collect()
}

/// One row: length of the id (2 bytes), id, what is kept of it. Nothing for an id that is too long for a key.
fn packed_row(id: &ExternalId, kept: &[u8]) -> Vec<u8> {
    let id = id.as_str().as_bytes();
    let Ok(length) = u16::try_from(id.len()) else { return Vec::new() };
    [&length.to_be_bytes(), id, kept].concat()
}

/// Rows in portions that fit an item each.
fn portions(rows: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut portions: Vec<Vec<u8>> = Vec::new();
    for row in rows {
        match portions.last_mut() {
            Some(portion) if portion.len() + row.len() <= PORTION_BYTES => portion.extend(row),
            _ => portions.push(row),
        }
    }
    portions
}

/// Reads packed rows; what is cut off at the end is dropped, so those rows are looked up instead.
pub fn unpack(mut bytes: &[u8]) -> Entries {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((id, rest)) = rest.split_at_checked(length) else { break };
        let Some((hash, rest)) = rest.split_first_chunk::<16>() else { break };
        let Ok(id) = std::str::from_utf8(id) else { break };
        entries.push((id.into(), ContentHash::from_bytes(*hash)));
        bytes = rest;
    }
    entries
}

/// A missing row: of it, sweeps and flags are kept.
fn packed_missing(id: &ExternalId, missed: &Missed) -> Vec<u8> {
    packed_row(id, &[missed.sweeps, if missed.confirmed { CONFIRMED } else { 0 }])
}

fn unpack_missing(mut bytes: &[u8], missing: &mut Missing) {
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((id, rest)) = rest.split_at_checked(length) else { return };
        let Some(([sweeps, flags], rest)) = rest.split_first_chunk::<2>() else { return };
        let Ok(id) = std::str::from_utf8(id) else { return };
        missing.insert(id.into(), Missed { sweeps: *sweeps, confirmed: flags & CONFIRMED != 0 });
        bytes = rest;
    }
}

impl TenantStore {
    /// Everything kept of one feed: one query.
    pub async fn feed_items(&self, connection: &ConnectionId, feed: &str) -> Result<FeedItems> {
        let own = TenantKeys::list(feed);
        let sort = if own.is_empty() { SortRange::All } else { SortRange::BeginsWith(own.clone()) };
        let query = Query { pk: self.keys.feed(connection, feed), sort, consistent: true, ..Query::default() };
        let mut found = FeedItems::default();
        for row in &self.table.query(query).await?.items {
            let name = item::get_text(row, "sk").unwrap_or_default();
            match name.strip_prefix(own.as_str()).unwrap_or(name) {
                keys::OVERLAY => found.overlay = item::body(row)?,
                sk if sk.starts_with(keys::MISSING) => {
                    unpack_missing(item::get_bytes(row, "rows").unwrap_or_default(), &mut found.missing);
                    found.missing_items += 1;
                }
                sk if sk.starts_with(keys::DISPLACED) => {
                    found.displaced.extend(unpack(item::get_bytes(row, "rows").unwrap_or_default()));
                    found.displaced_items += 1;
                }
                sk => {
                    let Some(page) = sk.strip_prefix(keys::PAGE).and_then(|n| n.parse().ok()) else { continue };
                    let entries = unpack(item::get_bytes(row, "rows").unwrap_or_default());
                    let scope = item::get_text(row, "scope").unwrap_or_default().to_owned();
                    found.pages.insert(page, PageItem { scope, entries });
                }
            }
        }
        Ok(found)
    }

    /// Forgets everything that is kept of a company's part of a feed.
    pub async fn forget_list(&self, connection: &ConnectionId, list: &str) -> Result<()> {
        let query = Query {
            pk: self.keys.feed(connection, list),
            sort: SortRange::BeginsWith(TenantKeys::list(list)),
            attributes: vec!["pk", "sk"],
            consistent: true,
            ..Query::default()
        };
        let keys: Option<Vec<_>> = self.table.query(query).await?.items.iter().map(Key::of).collect();
        Ok(self.table.batch_write(keys.unwrap_or_default().into_iter().map(BatchWrite::Delete).collect()).await?)
    }

    /// What came outside full passes: one small query.
    pub async fn overlay(&self, connection: &ConnectionId, feed: &str) -> Result<Overlay> {
        let query = Query {
            pk: self.keys.feed(connection, feed),
            sort: SortRange::BeginsWith(format!("{}{}", TenantKeys::list(feed), keys::OVERLAY)),
            consistent: true,
            ..Query::default()
        };
        let items = self.table.query(query).await?.items;
        items.first().map_or_else(|| Ok(Overlay::default()), item::body)
    }

    /// Keeps a page.
    pub fn page_write(&self, connection: &ConnectionId, feed: &str, number: u32, page: &PageItem) -> Write {
        let mut row = self.packed(connection, feed, &format!("{}{number:07}", keys::PAGE), &page.entries);
        row.insert("scope".to_owned(), item::text(&page.scope));
        Write::Put { item: row, condition: None }
    }

    /// Forgets a page.
    pub fn page_delete(&self, connection: &ConnectionId, feed: &str, number: u32) -> Write {
        Write::Delete { key: self.keys.page(connection, feed, number), condition: None }
    }

    /// Keeps what a running full pass has overwritten, in place of what so many items told of it.
    pub fn displaced_writes(
        &self,
        connection: &ConnectionId,
        feed: &str,
        displaced: &Displaced,
        items_before: u32,
    ) -> Vec<Write> {
        let rows = displaced.iter().map(|(id, hash)| packed_row(id, hash.as_bytes()));
        self.portion_writes(connection, feed, keys::DISPLACED, portions(rows), items_before)
    }

    /// Keeps the overlay; an empty one deletes the item.
    pub fn overlay_write(&self, connection: &ConnectionId, feed: &str, overlay: &Overlay) -> Result<Write> {
        let key = self.keys.feed_item(connection, feed, keys::OVERLAY);
        if overlay.is_empty() {
            return Ok(Write::Delete { key, condition: None });
        }
        Ok(Write::Put { item: item::item(&key, overlay)?, condition: None })
    }

    /// What sweeps did not find: one query.
    pub async fn missing(&self, connection: &ConnectionId, feed: &str) -> Result<(Missing, u32)> {
        let query = Query {
            pk: self.keys.feed(connection, feed),
            sort: SortRange::BeginsWith(format!("{}{}", TenantKeys::list(feed), keys::MISSING)),
            consistent: true,
            ..Query::default()
        };
        let mut missing = Missing::new();
        let items = self.table.query(query).await?.items;
        for row in &items {
            unpack_missing(item::get_bytes(row, "rows").unwrap_or_default(), &mut missing);
        }
        Ok((missing, u32::try_from(items.len()).unwrap_or(u32::MAX)))
    }

    /// Keeps what sweeps did not find, in place of what so many items told of it.
    pub fn missing_writes(
        &self,
        connection: &ConnectionId,
        feed: &str,
        missing: &Missing,
        items_before: u32,
    ) -> Vec<Write> {
        let rows = missing.iter().map(|(id, missed)| packed_missing(id, missed));
        self.portion_writes(connection, feed, keys::MISSING, portions(rows), items_before)
    }

    /// Keeps portions under one name, in place of so many items.
    fn portion_writes(
        &self,
        connection: &ConnectionId,
        feed: &str,
        name: &str,
        portions: Vec<Vec<u8>>,
        items_before: u32,
    ) -> Vec<Write> {
        let key = |number| self.keys.feed_item(connection, feed, &format!("{name}#{number:04}"));
        let count = u32::try_from(portions.len()).unwrap_or(u32::MAX);
        let puts = portions.into_iter().zip(0..).map(|(portion, number)| {
            let mut row = item::bare(&key(number));
            row.insert("rows".to_owned(), AttributeValue::B(Blob::new(portion)));
            Write::Put { item: row, condition: None }
        });
        let deletes = (count..items_before).map(|number| Write::Delete { key: key(number), condition: None });
        puts.chain(deletes).collect()
    }

    fn packed(&self, connection: &ConnectionId, feed: &str, name: &str, rows: &Entries) -> Item {
        let mut row = item::bare(&self.keys.feed_item(connection, feed, name));
        let packed = pack(rows.iter().map(|(id, hash)| (id, hash)));
        row.insert("rows".to_owned(), AttributeValue::B(Blob::new(packed)));
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_survive_packing_and_a_cut_loses_only_the_last() {
        let rows: Entries = ["1", "1038", "übung"].map(|id| (id.into(), ContentHash::of(id.as_bytes(), 1))).to_vec();
        let bytes = pack(rows.iter().map(|(id, hash)| (id, hash)));
        assert_eq!(unpack(&bytes), rows);
        assert_eq!(unpack(&bytes[..bytes.len() - 1]), rows[..2]);
        assert_eq!(unpack(&[]), Entries::new());
    }

    #[tokio::test]
    async fn a_hundred_thousand_rows_may_be_displaced() {
        let table = crate::memory::MemoryTable::new();
        let store = TenantStore::new(std::sync::Arc::new(table.clone()), "acme".into());
        let connection = ConnectionId::new("psa");
        let row = |n: u32| (ExternalId::new(format!("{n}")), ContentHash::of(&n.to_be_bytes(), 1));
        let all: Displaced = (0..100_000).map(row).collect();
        let few: Displaced = (0..3).map(row).collect();
        let mut items = 0;
        for displaced in [all, few, Displaced::new()] {
            let writes = store.displaced_writes(&connection, "contacts", &displaced, items);
            crate::table::Table::transact(&table, writes).await.unwrap();
            let found = store.feed_items(&connection, "contacts").await.unwrap();
            assert_eq!(found.displaced, displaced);
            items = found.displaced_items;
        }
        assert_eq!(items, 0);
    }

    #[tokio::test]
    async fn a_list_of_a_hundred_thousand_may_vanish() {
        let table = crate::memory::MemoryTable::new();
        let store = TenantStore::new(std::sync::Arc::new(table.clone()), "acme".into());
        let connection = ConnectionId::new("psa");
        let missed = |n: u32| Missed { sweeps: u8::try_from(n % 3).unwrap(), confirmed: n.is_multiple_of(2) };
        let all: Missing = (0..100_000).map(|n| (ExternalId::new(format!("{n}")), missed(n))).collect();
        let few: Missing = all.iter().take(3).map(|(id, missed)| (id.clone(), *missed)).collect();
        let mut items = 0;
        for missing in [&all, &few, &Missing::new()] {
            let writes = store.missing_writes(&connection, "contacts", missing, items);
            crate::table::Table::transact(&table, writes).await.unwrap();
            let found = store.missing(&connection, "contacts").await.unwrap();
            assert_eq!(found.0, *missing);
            let whole = store.feed_items(&connection, "contacts").await.unwrap();
            assert_eq!((whole.missing, whole.missing_items), found);
            items = found.1;
        }
        assert_eq!(items, 0);
    }
}
