//! Duplicates that a person declared to be none: ignored for as long as nothing joins them.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::table::{Condition, Query, TableError, Write};

/// A group that is ignored, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredDuplicate {
    /// Names the group.
    pub group: String,
    /// What its members share.
    pub value: String,
    /// The vendor's or the portal's ids of those who shared it.
    pub members: BTreeSet<String>,
}

impl TenantStore {
    /// Ignores a group as it is.
    pub async fn ignore_duplicate(&self, ignored: &IgnoredDuplicate, by: By<'_>) -> Result<()> {
        let key = self.keys.ignored_duplicate(&ignored.group);
        let writes = vec![Write::Put { item: item::item(&key, ignored)?, condition: None }];
        Ok(self.table.transact(self.with_entry(writes, by)?).await?)
    }

    /// Shows a group again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not ignored.
    pub async fn restore_duplicate(&self, group: &str, by: By<'_>) -> Result<()> {
        let key = self.keys.ignored_duplicate(group);
        let writes = vec![Write::Delete { key, condition: Some(Condition::Exists) }];
        match self.table.transact(self.with_entry(writes, by)?).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::NotFound),
            other => Ok(other?),
        }
    }

    /// One group, if it is ignored.
    pub async fn ignored_duplicate(&self, group: &str) -> Result<Option<IgnoredDuplicate>> {
        self.table.get(self.keys.ignored_duplicate(group)).await?.as_ref().map(item::body).transpose()
    }

    /// The groups that are ignored, by name: one query.
    pub async fn ignored_duplicates(&self) -> Result<HashMap<String, IgnoredDuplicate>> {
        let query = Query { pk: self.keys.ignored_duplicates(), ..Query::default() };
        let rows = self.table.query(query).await?.items;
        let read = |row| item::body(row).map(|ignored: IgnoredDuplicate| (ignored.group.clone(), ignored));
        rows.iter().map(read).collect()
    }
}
