//! Open issues, one item per problem; its id is derived from what it is about.

use domain::id::ConnectionId;
use domain::issue::Issue;

use crate::TenantStore;
use crate::error::Result;
use crate::item;

impl TenantStore {
    /// Opens an issue or notes that it was seen again.
    pub async fn put_issue(&self, connection: &ConnectionId, issue: &Issue) -> Result<()> {
        let row = item::item(&self.keys.issue(connection, &issue.id), issue)?;
        Ok(self.table.put(row, None).await?)
    }

    /// Closes an issue.
    pub async fn close_issue(&self, connection: &ConnectionId, id: &str) -> Result<()> {
        Ok(self.table.delete(self.keys.issue(connection, id), None).await?)
    }
}
