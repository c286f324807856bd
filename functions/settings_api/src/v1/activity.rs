//! Activity: who did what to which object, before and after.

use axum::Json;
use domain::activity::{Entry, ObjectKind};
use serde::Deserialize;
use store::activity::Wanted;
use utoipa::IntoParams;

use super::runs::parse;
use crate::access::{Caller, Permission};
use crate::input::{Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

const LIST: &str = "activity";
/// Longest id to filter by, in bytes.
const LONGEST_ID: usize = 512;
/// Every kind of object, as it is written.
const KINDS: &str = "company, vendor_company, user, integration, record, ticket, technician, quick_match, duplicate";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActivityParams {
    /// Only what this person did, by their id.
    #[param(min_length = 1)]
    actor: Option<String>,
    /// Only what was done to this object, as `{kind}:{id}`.
    #[param(example = "company:co_5f0c")]
    object: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What people did, latest first; 400 days. With both filters a page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/activity",
    operation_id = "list_activity",
    params(ActivityParams),
    responses((status = 200, body = Listing<Entry>)),
)]
async fn list(caller: Caller, Params(params): Params<ActivityParams>) -> Answer<Json<Listing<Entry>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let wanted = params.wanted()?;
    let found = caller.store.activity(&wanted, page.limit, page.key(LIST)?).await?;
    Ok(Json(Listing::until_key(found.items, LIST, found.next.as_deref())))
}

impl ActivityParams {
    fn wanted(self) -> Answer<Wanted> {
        let usable = |id: &str| (1..=LONGEST_ID).contains(&id.len());
        if self.actor.as_deref().is_some_and(|actor| !usable(actor)) {
            return Err(Problem::field("/actor", "Send the id of an actor, as an entry has it."));
        }
        let object = match self.object.as_deref().map(|object| object.split_once(':')) {
            None => None,
            Some(Some((kind, id))) if usable(id) => {
                let kind: Option<ObjectKind> = parse("object", Some(kind), KINDS)?;
                match kind {
                    Some(ObjectKind::Unknown) | None => {
                        return Err(Problem::field("/object", format!("Kinds are {KINDS}.")));
                    }
                    Some(kind) => Some((kind, id.to_owned())),
                }
            }
            Some(_) => {
                let detail = "Send the kind and the id of an object, as an entry has them: company:co_5f0c.";
                return Err(Problem::field("/object", detail));
            }
        };
        Ok(Wanted { actor: self.actor, object })
    }
}
