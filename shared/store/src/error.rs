//! What can go wrong with the aggregates.

use crate::table::TableError;

/// Result of an aggregate operation.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Which part of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table refused or failed.
    #[error("the table failed")]
    Table(#[from] TableError),
    /// An item's body could not be written or read.
    #[error("body of item {sk:?} could not be converted")]
    Body {
        /// Its sort key.
        sk: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// An item was written by a newer version of this system.
    #[error("item {sk:?} has schema version {version}, newer than this program")]
    Newer {
        /// Its sort key.
        sk: String,
        /// Its version.
        version: i64,
    },
    /// Somebody else changed it since it was read.
    #[error("changed by somebody else in the meantime")]
    Stale,
    /// Another worker took the lease over: this one must stop.
    #[error("the lease is no longer held")]
    LeaseLost,
    /// A person has the connection taken down: whoever holds its lease must stop what it does, and look again.
    #[error("the connection is being taken down")]
    Closing,
    /// The connection was taken down, or is being; what is there is read-only.
    #[error("the connection is disconnected")]
    Closed,
    /// It exists already, held by the thing named.
    #[error("already taken by {by}")]
    Taken {
        /// Who holds it.
        by: String,
    },
    /// There is no such thing.
    #[error("not found")]
    NotFound,
}
