//! Vendor companies that are not imported by themselves, because the portal company that they were linked to was deleted.

use std::collections::BTreeMap;

use domain::id::{ConnectionId, ExternalId};
use domain::portal::Link;

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::runs::Listed;
use crate::table::{Item, Key, Query, SortRange, Write};

/// A vendor company that is blocked from import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The connection.
    pub connection: ConnectionId,
    /// The vendor's id.
    pub external_id: ExternalId,
    /// Its name when it was blocked.
    pub name: String,
}

impl Blocked {
    fn from_item(row: &Item) -> Option<Self> {
        Some(Self {
            connection: item::get_text(row, "connection")?.into(),
            external_id: item::get_text(row, "id")?.into(),
            name: item::get_text(row, "name")?.to_owned(),
        })
    }
}

impl TenantStore {
    /// The part of a transaction that blocks what was linked.
    pub(crate) fn block_put(&self, connection: &ConnectionId, link: &Link) -> Write {
        let mut row = item::bare(&self.keys.block(connection, &link.external_id));
        row.insert("connection".to_owned(), item::text(connection.as_str()));
        row.insert("id".to_owned(), item::text(link.external_id.as_str()));
        row.insert("name".to_owned(), item::text(&link.name));
        Write::Put { item: row, condition: None }
    }

    /// Vendor companies of a connection that may not be imported, with their names.
    pub async fn blocked(&self, connection: &ConnectionId) -> Result<BTreeMap<ExternalId, String>> {
        let sort = SortRange::BeginsWith(self.keys.blocks_of(connection));
        let query = Query { pk: self.keys.blocks(), sort, ..Query::default() };
        let items = self.table.query(query).await?.items;
        Ok(items.iter().filter_map(Blocked::from_item).map(|found| (found.external_id, found.name)).collect())
    }

    /// A page of all that is blocked, by connection and id.
    pub async fn blocked_page(&self, limit: u32, after: Option<&str>) -> Result<Listed<Blocked>> {
        let pk = self.keys.blocks();
        let after = after.map(|sk| Key::new(&pk, sk).into_item());
        let page = self.table.query(Query { pk, limit: Some(limit), after, ..Query::default() }).await?;
        let next = page.next.as_ref().and_then(|key| item::get_text(key, "sk")).map(str::to_owned);
        Ok(Listed { items: page.items.iter().filter_map(Blocked::from_item).collect(), next })
    }
}
