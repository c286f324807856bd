//! Connection tests: written while they run, read by the page, gone after 15 minutes.

use domain::id::{ConnectionId, TestId};
use domain::probe::ConnectionTest;

use crate::TenantStore;
use crate::error::Result;
use crate::item;

const KEPT_SECONDS: i64 = 15 * 60;

impl TenantStore {
    /// Keeps a test as far as it is.
    pub async fn put_test(&self, connection: &ConnectionId, test: &ConnectionTest) -> Result<()> {
        let mut row = item::item(&self.keys.test(connection, &test.id), test)?;
        row.insert("expires_at".to_owned(), item::number(test.started_at.as_second() + KEPT_SECONDS));
        Ok(self.table.put(row, None).await?)
    }

    /// One test.
    pub async fn test(&self, connection: &ConnectionId, test: &TestId) -> Result<Option<ConnectionTest>> {
        self.table.get(self.keys.test(connection, test)).await?.as_ref().map(item::body).transpose()
    }
}
