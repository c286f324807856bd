//! Consents that somebody at a customer was asked for: who comes back is known by a token, of which the table has the hash.
//!
//! Invariant: a consent is settled once, in one transaction with what follows from it.

use domain::id::{CompanyId, ConnectionId, ConnectorId, ExternalId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::activity::By;
use crate::dynamodb::schema::EXPIRES_AT;
use crate::error::Result;
use crate::item;
use crate::table::{Condition, Write};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRequest {
    /// The portal company.
    pub company: CompanyId,
    /// The vendor company that is to consent.
    pub external_id: ExternalId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The name under which the index of addresses knows it; no address has one like it.
pub fn index_name(hash: &str) -> String {
    format!("consent:{hash}")
}

impl TenantStore {
    /// Remembers what was asked for under the hash of its token.
    pub async fn put_consent(
        &self,
        connection: &ConnectionId,
        connector: &ConnectorId,
        hash: &str,
        request: &ConsentRequest,
        by: By<'_>,
    ) -> Result<()> {
        let mut row = item::item(&self.keys.consent(connection, hash), request)?;
        row.insert("webhook_token".to_owned(), item::text(index_name(hash)));
        row.insert("tenant".to_owned(), item::text(self.tenant.as_str()));
        row.insert("connection".to_owned(), item::text(connection.as_str()));
        row.insert("connector".to_owned(), item::text(connector.as_str()));
        row.insert(EXPIRES_AT.to_owned(), item::number(request.expires_at.as_second()));
        self.all_or_stale(vec![Write::Put { item: row, condition: Some(Condition::NotExists) }], by).await
    }

    /// What was asked for, if it still counts.
    pub async fn consent(
        &self,
        connection: &ConnectionId,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<ConsentRequest>> {
        let found = self.table.get(self.keys.consent(connection, hash)).await?;
        let request: Option<ConsentRequest> = found.as_ref().map(item::body).transpose()?;
        Ok(request.filter(|request| now < request.expires_at))
    }

    /// It was given: the vendor company is read next.
    ///
    /// # Errors
    /// [`crate::StoreError::Stale`] when it was settled before.
    pub async fn settle_consent(&self, connection: &ConnectionId, hash: &str, request: &ConsentRequest) -> Result<()> {
        let key = self.keys.consent(connection, hash);
        let writes = vec![
            Write::Delete { key, condition: Some(Condition::Exists) },
            self.mark_write(connection, Some(&request.external_id)),
            self.wake_write(connection),
        ];
        self.all_or_stale(writes, By::System).await
    }
}
