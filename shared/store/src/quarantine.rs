//! Records set aside because they could not be read.

use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::runs::Listed;
use crate::table::{BatchWrite, Key};

/// A record set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Which type.
    pub record_type: RecordType,
    /// The vendor's id, or a name made from the row where it has none.
    pub external_id: ExternalId,
    /// What is wrong with it.
    pub error: String,
    /// The row as received, cut.
    pub raw: String,
    /// When it was set aside.
    pub at: Timestamp,
}

impl TenantStore {
    fn quarantine_key(&self, connection: &ConnectionId, record_type: RecordType, id: &ExternalId) -> Key {
        self.keys.quarantined(connection, record_type, id)
    }

    /// Sets records aside.
    pub async fn put_quarantined(&self, connection: &ConnectionId, records: &[Quarantined]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let writes = records.iter().map(|record| {
            let key = self.quarantine_key(connection, record.record_type, &record.external_id);
            Ok(BatchWrite::Put(item::item(&key, record)?))
        });
        Ok(self.table.batch_write(writes.collect::<Result<_>>()?).await?)
    }

    /// Takes one out: it could be read.
    pub async fn release_quarantined(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        id: &ExternalId,
    ) -> Result<()> {
        Ok(self.table.delete(self.quarantine_key(connection, record_type, id), None).await?)
    }

    /// One record set aside.
    pub async fn quarantined_record(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        id: &ExternalId,
    ) -> Result<Option<Quarantined>> {
        let row = self.table.get(self.quarantine_key(connection, record_type, id)).await?;
        row.as_ref().map(item::body).transpose()
    }

    /// Records set aside, by type and id.
    pub async fn quarantined(
        &self,
        connection: &ConnectionId,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Listed<Quarantined>> {
        self.list(self.keys.quarantine(connection), limit, after, false).await
    }
}
