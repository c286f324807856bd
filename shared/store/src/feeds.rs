//! Page items: what a pass knows of a feed without reading a record.
//!
//! A page item keeps (id, hash) of every row of one page of the last full pass; the overlay keeps those of rows that came
//! since by other ways; *displaced* keeps ids that a running full pass has overwritten and not seen again yet; *missing*
//! counts the sweeps that did not find an id. All of a feed is one query.

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
use crate::keys;
use crate::table::{Item, Query, SortRange, Write};

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

/// Everything kept of one feed.
#[derive(Clone, Debug, Default)]
pub struct FeedItems {
    /// Pages by number, from 0.
    pub pages: BTreeMap<u32, PageItem>,
    /// Rows that came since.
    pub overlay: Overlay,
    /// Ids overwritten by a running full pass and not seen again yet.
    pub displaced: HashMap<ExternalId, ContentHash>,
    /// Sweeps in a row that missed an id.
    pub missing: BTreeMap<ExternalId, u32>,
}

/// Packs rows: length of the id (2 bytes), id, hash.
pub fn pack<'a>(entries: impl IntoIterator<Item = (&'a ExternalId, &'a ContentHash)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (id, hash) in entries {
        let id = id.as_str().as_bytes();
        let Ok(length) = u16::try_from(id.len()) else { continue };
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(hash.as_bytes());
    }
    bytes
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

impl TenantStore {
    /// Everything kept of one feed: one query.
    pub async fn feed_items(&self, connection: &ConnectionId, feed: &str) -> Result<FeedItems> {
        let query = Query { pk: self.keys.feed(connection, feed), consistent: true, ..Query::default() };
        let mut found = FeedItems::default();
        for row in &self.table.query(query).await?.items {
            match item::get_text(row, "sk").unwrap_or_default() {
                keys::OVERLAY => found.overlay = item::body(row)?,
                keys::MISSING => found.missing = item::body(row)?,
                keys::DISPLACED => {
                    found.displaced = unpack(item::get_bytes(row, "rows").unwrap_or_default()).into_iter().collect();
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

    /// What came outside full passes: one small query.
    pub async fn overlay(&self, connection: &ConnectionId, feed: &str) -> Result<Overlay> {
        let query = Query {
            pk: self.keys.feed(connection, feed),
            sort: SortRange::BeginsWith(keys::OVERLAY.to_owned()),
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

    /// Keeps the ids that a running full pass has overwritten; none deletes the item.
    pub fn displaced_write(
        &self,
        connection: &ConnectionId,
        feed: &str,
        displaced: &HashMap<ExternalId, ContentHash>,
    ) -> Write {
        if displaced.is_empty() {
            return Write::Delete { key: self.keys.feed_item(connection, feed, keys::DISPLACED), condition: None };
        }
        let rows: Entries = displaced.iter().map(|(id, hash)| (id.clone(), *hash)).collect();
        Write::Put { item: self.packed(connection, feed, keys::DISPLACED, &rows), condition: None }
    }

    /// Keeps the overlay; an empty one deletes the item.
    pub fn overlay_write(&self, connection: &ConnectionId, feed: &str, overlay: &Overlay) -> Result<Write> {
        self.named_write(connection, feed, keys::OVERLAY, overlay, overlay.is_empty())
    }

    /// Keeps the count of sweeps that missed an id; none deletes the item.
    pub fn missing_write(
        &self,
        connection: &ConnectionId,
        feed: &str,
        missing: &BTreeMap<ExternalId, u32>,
    ) -> Result<Write> {
        self.named_write(connection, feed, keys::MISSING, missing, missing.is_empty())
    }

    fn named_write<T: Serialize>(
        &self,
        connection: &ConnectionId,
        feed: &str,
        name: &str,
        body: &T,
        empty: bool,
    ) -> Result<Write> {
        let key = self.keys.feed_item(connection, feed, name);
        if empty {
            return Ok(Write::Delete { key, condition: None });
        }
        Ok(Write::Put { item: item::item(&key, body)?, condition: None })
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
}
