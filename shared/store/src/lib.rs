//! The `DynamoDB` table of the whole system: keys in one file, one file per aggregate, a narrow port with two
//! implementations. `README.md` beside this crate lists every access pattern.
//!
//! Invariant: [`TenantStore`] is made from an authenticated claim or a work message, builds every key from its tenant, and
//! is the only way to an item; the exceptions stand in [`cross_tenant`].

use std::sync::Arc;

use domain::id::TenantId;

pub mod activity;
pub mod blocks;
pub mod companies;
pub mod company_lists;
pub mod company_rows;
pub mod connection;
pub mod consents;
pub mod counted;
pub mod cross_tenant;
mod drained;
pub mod duplicates;
pub mod dynamodb;
pub mod error;
pub mod feeds;
mod issues;
mod item;
mod keys;
pub mod links;
pub mod memory;
pub mod outbox;
mod probes;
pub mod quarantine;
pub mod quick_match;
pub mod records;
pub mod removal;
pub mod roles;
pub mod runs;
pub mod state;
pub mod table;
pub mod tally;
mod technicians;
pub mod token;
pub mod users;
pub mod webhook;
pub mod work;

#[cfg(test)]
mod contract;

pub use drained::drained;
pub use error::{Result, StoreError};

/// One tenant's part of the table.
#[derive(Clone, Debug)]
pub struct TenantStore {
    table: Arc<dyn table::Table>,
    tenant: TenantId,
    keys: keys::TenantKeys,
}

impl TenantStore {
    /// The store of the tenant that a claim or a work message names.
    pub fn new(table: Arc<dyn table::Table>, tenant: TenantId) -> Self {
        Self { keys: keys::TenantKeys::new(&tenant), table, tenant }
    }

    /// Whose store it is.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}
