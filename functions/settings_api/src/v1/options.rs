//! What an admin chooses for a connection.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::activity::Action;
use domain::options::Options;
use domain::portal::Role;

pub(super) use self::input::{AutoImportInput, OptionsInput};
use super::integration::Integration;
use super::saving::Effect;
use crate::access::{Caller, Permission};
use crate::etag::{if_match, tagged};
use crate::input::{Ids, Input};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) mod input;
mod people;
mod schema;
mod tickets;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(put))
}

/// Saves the options, whole: what is left out gets its initial value.
#[utoipa::path(
    put,
    path = "/v1/integrations/{connector}/options",
    operation_id = "put_options",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("If-Match" = String, Header, description = "The ETag of the integration that was read."),
    ),
    request_body = OptionsInput,
    responses(
        (status = 200, body = Integration, headers(("ETag" = String))),
        (status = 409, description = "It is being disconnected, or somebody else changed it at the same moment."),
        (status = 412, description = "Somebody else changed the connection since it was read."),
        (status = 428, description = "If-Match is missing."),
    ),
)]
async fn put(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(connector): Ids<String>,
    Input(input): Input<OptionsInput>,
) -> Answer<Response> {
    let which = state.connector(&connector)?;
    let roles: BTreeSet<_> = caller.store.roles().await?.into_iter().map(|Role { id, .. }| id).collect();
    let options = input.check(which.descriptor, &roles).map_err(Problem::invalid)?;
    state
        .change(&caller, &which, Some(Action::OptionsChanged), |read, settings| {
            if_match(&headers, read.connection.settings.version, true)?;
            let effect = effect(&settings.options, &options);
            settings.options = options.clone();
            settings.options_saved = true;
            Ok(effect)
        })
        .await?;
    let (integration, version) = state.integration(&caller.store, &which).await?;
    // What is answered stands for what was saved; a client may hold its next change against it.
    tagged(&HeaderMap::new(), version, &integration)
}

/// What the engine has to do about a change: read anew what other rules let in, decide anew where only the decision changed.
fn effect(before: &Options, after: &Options) -> Effect {
    Effect {
        run: before.record_types != after.record_types
            || before.filters != after.filters
            || before.initial_import != after.initial_import,
        re_evaluate: before.auto_import != after.auto_import || before.company_import != after.company_import,
    }
}
