//! Deletions that are held: so many records vanished at once that a person has to say that they are really gone.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::Action;
use domain::record::RecordType;
use serde::Serialize;
use serde_json::json;
use store::activity::By;
use sync::list::List;
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(confirm))
}

/// Deletions that were confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmedDeletions {
    items: Vec<Confirmed>,
}

/// Records of one list at the vendor.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Confirmed {
    record_type: RecordType,
    /// How many vanished.
    count: u64,
    /// How many there were.
    of: u64,
}

/// Confirms the deletions that are held: what was missing when the issue was last raised. Each record is asked for once
/// more at the vendor; what is there after all stays. What goes missing later is held again.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/deletions/confirm",
    operation_id = "confirm_deletions",
    params(
        ("connector" = String, Path, example = "halo-psa"),
    ),
    responses(
        (status = 202, body = ConfirmedDeletions, description = "They will be carried out in a moment."),
        (status = 409, description = "Nothing is held, or the connection is not switched on."),
    ),
)]
async fn confirm(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
) -> Answer<(StatusCode, Json<ConfirmedDeletions>)> {
    let which = state.connector(&connector)?;
    let read = state.read(&caller.store, &which).await?;
    if !read.settings().active() || !read.connection.state.active {
        return Err(Problem::conflict(format!("{} is not switched on.", which.descriptor.name)));
    }
    let held: Vec<_> = read
        .body
        .held
        .iter()
        .filter_map(|(list, held)| Some((List::parse(which.descriptor, list)?.feed.produces, list.clone(), *held)))
        .collect();
    if held.is_empty() {
        return Err(Problem::conflict("No deletions are held."));
    }
    let words: Vec<_> = held.iter().map(|(_, feed, held)| (feed.clone(), held.at)).collect();
    let entry = caller.did(&state, Action::DeletionsConfirmed, activity::integration(&which));
    let mut counts = BTreeMap::<_, u64>::new();
    for (record_type, _, held) in &held {
        *counts.entry(record_type.as_str()).or_default() += held.count;
    }
    let entry = entry.is(json!(counts));
    caller.store.confirm_deletions(&which.connection, &words, state.now(), By::Person(&entry)).await?;
    state.wake(&caller.store, &which).await;
    let items =
        held.into_iter().map(|(record_type, _, held)| Confirmed { record_type, count: held.count, of: held.of });
    Ok((StatusCode::ACCEPTED, Json(ConfirmedDeletions { items: items.collect() })))
}
