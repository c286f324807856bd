//! Technicians that a person linked to a portal user. Kept apart from the mirror, which only the holder of the lease writes.

use std::collections::HashMap;

use domain::edit::RecordRef;
use domain::id::{ConnectionId, UserId};

use crate::TenantStore;
use crate::activity::By;
use crate::error::Result;
use crate::item;
use crate::table::{Query, Write};

impl TenantStore {
    /// Links a technician to a user, in place of the link that it had.
    pub async fn link_technician(
        &self,
        connection: &ConnectionId,
        technician: &RecordRef,
        user: &UserId,
        by: By<'_>,
    ) -> Result<()> {
        let technician = technician.to_string();
        let mut row = item::bare(&self.keys.technician_link(connection, &technician));
        row.insert("technician".to_owned(), item::text(technician));
        row.insert("user".to_owned(), item::text(user.as_str()));
        let mut writes = vec![Write::Put { item: row, condition: None }];
        writes.extend(self.entry_writes(by)?);
        Ok(self.table.transact(writes).await?)
    }

    /// Every link of a connection.
    pub async fn technician_links(&self, connection: &ConnectionId) -> Result<HashMap<RecordRef, UserId>> {
        let query = Query { pk: self.keys.technician_links(connection), consistent: true, ..Query::default() };
        let items = self.table.query(query).await?.items;
        let read = |row| {
            let technician = RecordRef::from(item::get_text(row, "technician")?.to_owned());
            Some((technician, item::get_text(row, "user")?.into()))
        };
        Ok(items.iter().filter_map(read).collect())
    }
}
