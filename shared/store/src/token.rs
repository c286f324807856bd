//! The access token that a connection's function environments share, where the vendor locks a key that is asked for tokens
//! too often. The table holds it sealed and cannot read it.
//!
//! Invariant: it stands beside settings and state, so that whoever reads those has it without a request of its own; who
//! lost the lease cannot put an older one over it; it goes with the connection's credentials, and by itself when it ends.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::TenantStore;
use crate::error::{Result, StoreError};
use crate::item;
use crate::keys;
use crate::state::Fence;
use crate::table::{Condition, Item, TableError, Write};
use domain::id::ConnectionId;

/// A token that only the functions can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedToken {
    /// The token with what belongs to it, encrypted.
    pub sealed: Vec<u8>,
    /// When it is of no use any more.
    pub until: Timestamp,
}

impl SealedToken {
    /// The token among the items of a connection.
    pub(crate) fn among(items: &[Item]) -> Option<Self> {
        let item = items.iter().find(|item| item::get_text(item, "sk") == Some(keys::TOKEN))?;
        let until = Timestamp::from_second(item::get_number(item, "expires_at")?).ok()?;
        Some(Self { sealed: item::get_bytes(item, "sealed")?.to_vec(), until })
    }
}

impl TenantStore {
    /// Keeps a token in place of the one before. One write.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when a later holder of the lease has kept one.
    pub async fn keep_token(&self, fence: &Fence, token: &SealedToken) -> Result<()> {
        let mut item = item::bare(&self.keys.token(&fence.connection));
        item.insert("sealed".to_owned(), AttributeValue::B(token.sealed.clone().into()));
        item.insert("fence".to_owned(), item::count(fence.number));
        item.insert("expires_at".to_owned(), item::number(token.until.as_second()));
        let not_later = vec![Condition::Lacks("fence"), Condition::LessOrEqual("fence", item::count(fence.number))];
        match self.table.put(item, Some(Condition::Any(not_later))).await {
            Err(TableError::Condition { .. }) => Err(StoreError::LeaseLost),
            other => Ok(other?),
        }
    }

    /// The part of a transaction that forgets it.
    pub(crate) fn token_delete(&self, connection: &ConnectionId) -> Write {
        Write::Delete { key: self.keys.token(connection), condition: None }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::id::TenantId;

    use super::*;
    use crate::activity::By;
    use crate::connection::{Settings, Versioned, Wake};
    use crate::memory::MemoryTable;

    fn token(text: &str) -> SealedToken {
        SealedToken { sealed: text.as_bytes().to_vec(), until: Timestamp::constant(1_790_000_000, 0) }
    }

    #[tokio::test]
    async fn a_token_is_read_with_the_connection_and_never_replaced_by_an_earlier_holder() {
        let store = TenantStore::new(Arc::new(MemoryTable::new()), TenantId::new("acme"));
        let id = ConnectionId::new("psa");
        let settings = Versioned { value: Settings::new("psa".into()), version: 0 };
        store.save_settings(&id, &settings, &Wake::default(), By::System).await.unwrap();
        let kept = async || store.connection(&id).await.unwrap().unwrap().token;
        assert_eq!(kept().await, None);
        let fence = |number| Fence { connection: id.clone(), number, closing: false };
        store.keep_token(&fence(2), &token("second")).await.unwrap();
        store.keep_token(&fence(2), &token("second again")).await.unwrap();
        let late = store.keep_token(&fence(1), &token("first")).await.unwrap_err();
        assert!(matches!(late, StoreError::LeaseLost), "{late:?}");
        assert_eq!(kept().await, Some(token("second again")));
        store.keep_token(&fence(3), &token("third")).await.unwrap();
        assert_eq!(kept().await, Some(token("third")));
    }
}
