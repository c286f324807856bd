//! Who is asking.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(me))
}

/// An id with its name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    id: String,
    name: String,
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The tenant that the token names.
    tenant: Named,
    /// The person.
    user: Named,
    /// What the token permits: `read`, `write`, `manage`.
    permissions: Vec<&'static str>,
}

/// Who is asking, for which tenant, with which permissions.
#[utoipa::path(get, path = "/v1/me", operation_id = "get_me", responses((status = 200, body = Me)))]
async fn me(caller: Caller) -> Answer<Json<Me>> {
    let profile = caller.store.profile().await?;
    Ok(Json(Me {
        tenant: Named { id: caller.store.tenant().to_string(), name: profile.name },
        user: Named { id: caller.user, name: caller.name },
        permissions: caller.permissions.into_iter().map(Permission::as_str).collect(),
    }))
}
