//! The tenant's name and the roles its portal has.

use domain::portal::Role;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::keys;
use crate::table::{Query, SortRange};

/// What is known of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
}

impl TenantStore {
    /// The tenant's profile; one that was never written has the id as name.
    pub async fn profile(&self) -> Result<Profile> {
        let item = self.table.get(self.keys.profile()).await?;
        item.as_ref().map_or_else(|| Ok(Profile { name: self.tenant.to_string() }), item::body)
    }

    /// Keeps the profile.
    pub async fn put_profile(&self, profile: &Profile) -> Result<()> {
        Ok(self.table.put(item::item(&self.keys.profile(), profile)?, None).await?)
    }

    /// The roles by id.
    pub async fn roles(&self) -> Result<Vec<Role>> {
        let sort = SortRange::BeginsWith(keys::ROLE.to_owned());
        let query = Query { pk: self.keys.tenant(), sort, ..Query::default() };
        self.table.query(query).await?.items.iter().map(item::body).collect()
    }

    /// Keeps a role.
    pub async fn put_role(&self, role: &Role) -> Result<()> {
        Ok(self.table.put(item::item(&self.keys.role(&role.id), role)?, None).await?)
    }
}
