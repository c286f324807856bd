//! The seeded tenant.

use std::sync::Arc;

use connector::Connector;
use domain::id::TenantId;
use domain::portal::Role;
use jiff::Timestamp;
use platform::clock::SystemClock;
use store::roles::Profile;
use store::table::Table;
use store::{TenantStore, cross_tenant};
use sync::ports::Clock as _;

/// Its id.
pub const ID: &str = "demo";
/// Its name.
pub const NAME: &str = "Demo MSP";
/// Its portal's roles, by id and name.
pub const ROLES: [(&str, &str); 4] =
    [("standard", "Standard User"), ("admin", "Company Admin"), ("billing", "Billing"), ("viewer", "Viewer")];

/// The seeded tenant's id.
pub fn id() -> TenantId {
    ID.into()
}

/// Writes the tenant and its roles, if there are no roles yet.
///
/// # Errors
/// The table fails.
pub async fn seed(table: &Arc<dyn Table>) -> anyhow::Result<()> {
    let store = TenantStore::new(Arc::clone(table), id());
    if !store.roles().await?.is_empty() {
        return Ok(());
    }
    store.put_profile(&Profile { name: NAME.to_owned() }).await?;
    for (id, name) in ROLES {
        store.put_role(&Role { id: id.into(), name: name.to_owned() }).await?;
    }
    Ok(())
}

/// Ends every lease left in a table on disk: its owner ended with the last process.
///
/// # Errors
/// The table fails.
pub async fn break_leases(table: &Arc<dyn Table>, connector: &'static dyn Connector) -> anyhow::Result<()> {
    let id = connector.descriptor().id.into();
    for known in cross_tenant::due(table.as_ref(), &id, Timestamp::MAX).await? {
        let store = TenantStore::new(Arc::clone(table), known.tenant);
        store.break_lease(&known.connection, SystemClock.now()).await?;
    }
    Ok(())
}
