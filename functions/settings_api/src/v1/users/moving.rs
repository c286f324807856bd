//! What becomes of a user whose contact moved to another linked company: a person moves it there, or keeps it.

use axum::Json;
use axum::extract::State;
use domain::activity::Action;
use domain::id::UserId;
use domain::portal::User;
use serde::Deserialize;
use serde_json::json;
use store::StoreError;
use store::activity::By;
use sync::moves::{self, Move};
use utoipa::ToSchema;

use super::UserView;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::input::{Ids, Input};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Write, handlers!(move_user))
}

/// What becomes of the user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserMove)]
pub(crate) struct MoveInput {
    /// `true`: it stays at its company and has access by a person's decision; otherwise it goes where its contact is.
    #[serde(default)]
    keep: bool,
}

/// Moves a user to the company that its contact belongs to now, with its role, or keeps it where it is. Either settles the
/// issue that told of it.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/move",
    operation_id = "move_user",
    params(
        ("user" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; what is settled is not settled twice."),
    ),
    request_body = MoveInput,
    responses(
        (status = 200, body = UserView),
        (
            status = 409,
            description = "No contact of the user moved, several moved to different companies, the company to keep it at is \
                           gone, or the user was changed at the same moment.",
        ),
    ),
)]
async fn move_user(
    caller: Caller,
    State(state): State<AppState>,
    Ids(user): Ids<String>,
    Input(input): Input<MoveInput>,
) -> Answer<Json<UserView>> {
    let store = &caller.store;
    let missing = || Problem::not_found("There is no user of this id.");
    let before = store.user(&UserId::new(user)).await?.ok_or_else(missing)?;
    let found = Move::all_of(store, &before).await?;
    let Some(first) = found.first() else {
        return Err(Problem::conflict(format!("No contact of {:?} belongs to another company.", before.name)));
    };
    if !input.keep && found.iter().any(|other| other.to != first.to) {
        return Err(Problem::conflict(format!(
            "The contacts of {:?} belong to different companies now, so it is not clear where to move it. Put them right in \
             the PSA, or keep the user where it is.",
            before.name
        )));
    }
    if input.keep
        && let Some(company) = &before.company_id
        && store.company(company).await?.is_none()
    {
        return Err(Problem::conflict(format!(
            "The company of {:?} was deleted, so it cannot stay there.",
            before.name
        )));
    }
    let after = if input.keep { moves::kept(&before) } else { first.followed(&before) };
    let seen = |user: &User| json!({ "company": user.company_id, "access": user.access });
    let detail = json!({
        "user": after.id, "company": after.company_id, "before": before.company_id, "version": before.version,
    });
    let (kind, action) =
        if input.keep { ("user.access_changed", Action::UserAccessGiven) } else { ("user.moved", Action::UserMoved) };
    state.announce(store, kind, after.id.as_str(), detail).await?;
    let entry = caller.did(&state, action, activity::user(&after)).was(seen(&before)).is(seen(&after));
    store.settle_move(&before, &after, &first.connection, &first.vendor_company, By::Person(&entry)).await?;
    if let Some(which) = state.which(&first.connection) {
        state.wake(store, &which).await;
    }
    let saved = store.user(&after.id).await?.ok_or(StoreError::NotFound)?;
    Ok(Json(UserView::of(saved)))
}
