//! Open issues, one item per problem; its id is derived from what it is about. How many were closed is counted with the
//! state, so that a problem that comes back is told apart from the one before.

use domain::id::ConnectionId;
use domain::issue::Issue;

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{Condition, TableError, Update, Write};

impl TenantStore {
    /// Opens an issue or notes that it was seen again.
    pub async fn put_issue(&self, connection: &ConnectionId, issue: &Issue) -> Result<()> {
        let row = item::item(&self.keys.issue(connection, &issue.id), issue)?;
        Ok(self.table.put(row, None).await?)
    }

    /// Closes an issue, and counts it once.
    pub async fn close_issue(&self, connection: &ConnectionId, id: &str) -> Result<()> {
        let mut update = Update::default();
        update.add.insert("recoveries", 1);
        let writes = vec![
            Write::Delete { key: self.keys.issue(connection, id), condition: Some(Condition::Exists) },
            Write::Update { key: self.keys.state(connection), update, condition: None },
        ];
        match self.table.transact(writes).await {
            // It was closed before.
            Err(TableError::Cancelled(_)) => Ok(()),
            other => Ok(other?),
        }
    }
}
