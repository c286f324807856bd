//! Records set aside because they could not be read.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::{Action, Object, ObjectKind};
use domain::id::ExternalId;
use domain::record::RecordType;
use jiff::Timestamp;
use serde::Serialize;
use store::activity::By;
use store::quarantine::Quarantined;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list)).route(Permission::Write, handlers!(retry))
}

const LIST: &str = "quarantine";

/// A record set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Aside {
    record_type: RecordType,
    external_id: ExternalId,
    /// What is wrong with it.
    error: String,
    /// The row as received, cut.
    raw: String,
    at: Timestamp,
}

impl Aside {
    fn of(record: Quarantined) -> Self {
        let Quarantined { record_type, external_id, error, raw, at } = record;
        Self { record_type, external_id, error, raw, at }
    }
}

/// Records set aside, by type and id.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/quarantine",
    operation_id = "list_quarantine",
    params(("connector" = String, Path, example = "halo-psa"), PageParams),
    responses((status = 200, body = Listing<Aside>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Listing<Aside>>> {
    let page = params.page()?;
    let which = state.connector(&connector)?;
    let found = caller.store.quarantined(&which.connection, page.limit, page.key(LIST)?).await?;
    let items = found.items.into_iter().map(Aside::of).collect();
    Ok(Json(Listing::until_key(items, LIST, found.next.as_deref())))
}

/// Has one record read again. It leaves the quarantine when it can be read.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/quarantine/{record_type}/{external_id}/retry",
    operation_id = "retry_quarantined",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("record_type" = String, Path, example = "tickets"),
        ("external_id" = String, Path),
    ),
    responses(
        (status = 202, body = Aside, description = "It will be read again in a moment."),
        (status = 409, description = "The connection is not switched on."),
    ),
)]
async fn retry(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, record_type, external_id)): Ids<(String, String, String)>,
) -> Answer<(StatusCode, Json<Aside>)> {
    let which = state.connector(&connector)?;
    let missing = || Problem::not_found("No record of this id is set aside.");
    let record_type = RecordType::parse(&record_type).ok_or_else(missing)?;
    let id = ExternalId::new(external_id);
    let record = caller.store.quarantined_record(&which.connection, record_type, &id).await?.ok_or_else(missing)?;
    if !state.read(&caller.store, &which).await?.settings().active() {
        return Err(Problem::conflict(format!("{} is not switched on.", which.descriptor.name)));
    }
    let object = format!("{}.{record_type}.{id}", which.connection);
    let entry = caller.did(&state, Action::RecordRetried, Object::new(ObjectKind::Record, object, id.as_str()));
    caller.store.retry_record(&which.connection, record_type, &id, By::Person(&entry)).await?;
    state.wake(&caller.store, &which).await;
    Ok((StatusCode::ACCEPTED, Json(Aside::of(record))))
}
