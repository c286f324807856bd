//! What needs somebody.

use axum::Json;
use axum::extract::State;
use domain::issue::Issue;

use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

const LIST: &str = "issues";

/// The open issues of a connection, one per problem.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/issues",
    operation_id = "list_issues",
    params(("connector" = String, Path, example = "halo-psa"), PageParams),
    responses((status = 200, body = Listing<Issue>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Listing<Issue>>> {
    let page = params.page()?;
    let which = state.connector(&connector)?;
    let mut issues = state.read(&caller.store, &which).await?.connection.issues;
    issues.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(after) = page.key(LIST)? {
        issues.retain(|issue| issue.id.as_str() > after);
    }
    let more = issues.len() > page.size();
    issues.truncate(page.size());
    let next = issues.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(Listing::until_key(issues, LIST, next.as_deref())))
}
