//! Typed ids. All are opaque strings on the wire; a wrong kind of id does not compile.
//!
//! Ids of imported objects are *derived* from what they were imported from, so a repeated import (a crash between two
//! writes, a message delivered twice) arrives at the same key and its conditional write fails instead of doubling.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! string_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id received from the table, a claim or a vendor.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    )+};
}

string_id! {
    /// One MSP. Comes from an authenticated claim or a work message and from nowhere else.
    TenantId,
    /// One vendor's integration, such as `halo-psa`; fixed in its descriptor.
    ConnectorId,
    /// A tenant's configured connector. Equal to the connector's id for now; nothing may rely on that.
    ConnectionId,
    /// A portal company.
    CompanyId,
    /// A portal user.
    UserId,
    /// A portal role.
    RoleId,
    /// One pass of synchronisation.
    RunId,
    /// One connection test.
    TestId,
    /// One quick match.
    QuickMatchId,
    /// A vendor's id of a record, as text. Unique per connection and record type.
    ExternalId,
}

impl CompanyId {
    /// The id of the portal company imported from a vendor company.
    pub fn imported(tenant: &TenantId, connection: &ConnectionId, external_id: &ExternalId) -> Self {
        Self(derived("co", tenant, connection, external_id))
    }
}

impl UserId {
    /// The id of the portal user imported from a vendor contact.
    pub fn imported(tenant: &TenantId, connection: &ConnectionId, external_id: &ExternalId) -> Self {
        Self(derived("us", tenant, connection, external_id))
    }
}

/// Names a vendor account without telling which: the same for every tenant that is connected to it.
pub fn account_key(connector: &ConnectorId, account: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["account", connector.as_str(), account] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

fn derived(prefix: &str, tenant: &TenantId, connection: &ConnectionId, external_id: &ExternalId) -> String {
    let mut hash = Sha256::new();
    for part in [tenant.as_str(), connection.as_str(), external_id.as_str()] {
        // Length first, so that ("ab", "c") and ("a", "bc") differ.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    format!("{prefix}_{}", hex::encode(&hash.finalize()[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imported_ids_are_stable_and_differ_by_every_part() {
        let id = |tenant: &str, connection: &str, external: &str| {
            CompanyId::imported(&tenant.into(), &connection.into(), &external.into())
        };
        assert_eq!(id("acme", "halo-psa", "12"), id("acme", "halo-psa", "12"));
        let others = [id("acme2", "halo-psa", "12"), id("acme", "halo", "psa12"), id("acme", "halo-psa", "13")];
        assert!(others.iter().all(|other| *other != id("acme", "halo-psa", "12")));
        assert!(id("acme", "halo-psa", "12").as_str().starts_with("co_"));
    }
}
