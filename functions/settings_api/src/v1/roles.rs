//! The roles that the portal has.

use axum::Json;
use domain::portal::Role;

use crate::access::{Caller, Permission};
use crate::input::{Listing, PageParams, Params};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

const LIST: &str = "roles";

/// The portal's roles, by id.
#[utoipa::path(
    get,
    path = "/v1/roles",
    operation_id = "list_roles",
    params(PageParams),
    responses((status = 200, body = Listing<Role>)),
)]
async fn list(caller: Caller, Params(params): Params<PageParams>) -> Answer<Json<Listing<Role>>> {
    let page = params.page()?;
    let mut roles = caller.store.roles().await?;
    if let Some(after) = page.key(LIST)? {
        roles.retain(|role| role.id.as_str() > after);
    }
    let more = roles.len() > page.size();
    roles.truncate(page.size());
    let next = roles.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Listing::until_key(roles, LIST, next.as_deref())))
}
