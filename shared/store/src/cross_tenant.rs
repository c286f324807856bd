//! The few reads that go across tenants. They stand here and nowhere else; a test lists them.

use domain::id::{ConnectionId, ConnectorId, TenantId, account_key};
use jiff::Timestamp;

use crate::error::Result;
use crate::item;
use crate::state::{DUE_SHARDS, due_shard};
use crate::table::{Query, SortRange, Table};

/// A connection that the due index names. The index lags behind the table, so claiming is conditional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub connection: ConnectionId,
    /// When it is due.
    pub due_at: Timestamp,
}

/// Connections of one connector that are due until `until`, soonest first within each shard.
pub async fn due(table: &dyn Table, connector: &ConnectorId, until: Timestamp) -> Result<Vec<Due>> {
    let mut due = Vec::new();
    for shard in 0..DUE_SHARDS {
        let query = Query {
            index: Some("due"),
            pk: due_shard(connector, shard),
            sort: SortRange::UpTo(item::number(until.as_second())),
            ..Query::default()
        };
        for item in table.query(query).await?.items {
            let (Some(tenant), Some(connection)) =
                (item::get_text(&item, "tenant"), item::get_text(&item, "connection"))
            else {
                continue;
            };
            let Some(due_at) = item::get_number(&item, "due_at").and_then(|s| Timestamp::from_second(s).ok()) else {
                continue;
            };
            due.push(Due { tenant: tenant.into(), connection: connection.into(), due_at });
        }
    }
    Ok(due)
}

/// Whom a webhook address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Whose.
    pub tenant: TenantId,
    /// Which connection.
    pub connection: ConnectionId,
    /// Of which connector.
    pub connector: ConnectorId,
}

/// Whom the address with this hashed token belongs to. The index lags behind the table, so the connection's own item
/// decides whether the address is still good.
pub async fn addressee(table: &dyn Table, token: &str) -> Result<Option<Addressee>> {
    let query = Query { index: Some("webhook"), pk: token.to_owned(), limit: Some(1), ..Query::default() };
    let items = table.query(query).await?.items;
    Ok(items.first().and_then(|item| {
        Some(Addressee {
            tenant: item::get_text(item, "tenant")?.into(),
            connection: item::get_text(item, "connection")?.into(),
            connector: item::get_text(item, "connector")?.into(),
        })
    }))
}

/// Connections of one account that are looked at.
const HOLDERS: u32 = 20;

/// Whether another connection, of whichever tenant, has been connected to this vendor account for longer than this one.
///
/// Tells no more than that. The index lags behind the table; of two that connect at the same moment at least one is told.
pub async fn connected_before(
    table: &dyn Table,
    connector: &ConnectorId,
    account: &str,
    tenant: &TenantId,
    connection: &ConnectionId,
    since: Timestamp,
) -> Result<bool> {
    let query = Query {
        index: Some("account"),
        pk: account_key(connector, account),
        sort: SortRange::UpTo(item::number(since.as_second())),
        limit: Some(HOLDERS),
        ..Query::default()
    };
    let ours = (since.as_second(), tenant.as_str(), connection.as_str());
    let items = table.query(query).await?.items;
    Ok(items.iter().any(|item| {
        let text = |name| item::get_text(item, name).unwrap_or_default();
        let theirs = (item::get_number(item, "account_since").unwrap_or(i64::MAX), text("tenant"), text("connection"));
        (theirs.1, theirs.2) != (ours.1, ours.2) && theirs < ours
    }))
}
