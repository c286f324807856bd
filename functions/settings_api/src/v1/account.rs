//! A vendor account that another portal is connected to, too: the connection only reads until an admin confirms.

use axum::Json;
use axum::extract::State;
use domain::activity::Action;

use super::integration::Integration;
use super::saving::Effect;
use crate::access::{Caller, Permission};
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(confirm))
}

/// Confirms that this portal may write to the vendor account although another one is connected to it. It holds until the
/// connection is disconnected or gets another account.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/confirm-account",
    operation_id = "confirm_account",
    params(
        ("connector" = String, Path, example = "halo-psa"),
    ),
    responses(
        (status = 200, body = Integration),
        (status = 409, description = "The connection is not read-only, or is being disconnected."),
    ),
)]
async fn confirm(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
) -> Answer<Json<Integration>> {
    let which = state.connector(&connector)?;
    state
        .change(&caller, &which, Some(Action::AccountConfirmed), |read, settings| {
            let account = settings.account.as_ref().map(|account| account.id.clone());
            if account.is_some() && settings.account_confirmed == account {
                return Ok(Effect::default());
            }
            if !read.body.is_read_only(settings) {
                let name = which.descriptor.name;
                return Err(Problem::conflict(format!("{name} is not read-only, so there is nothing to confirm.")));
            }
            settings.account_confirmed = account;
            Ok(Effect { run: true, re_evaluate: false })
        })
        .await?;
    Ok(Json(state.integration(&caller.store, &which).await?.0))
}
