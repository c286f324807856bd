//! The seeded tenant.

use domain::id::TenantId;
use store::table::Table;

/// Its id.
pub const ID: &str = "demo";
/// Its name.
pub const NAME: &str = "Demo MSP";

/// The seeded tenant's id.
pub fn id() -> TenantId {
    ID.into()
}

/// Writes the tenant and its roles into the table, if they are not there.
///
/// # Errors
/// The table fails.
#[expect(clippy::unused_async, reason = "writes once the tenant's aggregate exists")]
pub async fn seed(_table: &dyn Table) -> anyhow::Result<()> {
    Ok(())
}

/// Ends every lease left in a table on disk: their owners ended with the last process.
///
/// # Errors
/// The table fails.
#[expect(clippy::unused_async, reason = "writes once leases exist; until then they expire by themselves")]
pub async fn clear_leases(_table: &dyn Table) -> anyhow::Result<()> {
    Ok(())
}
