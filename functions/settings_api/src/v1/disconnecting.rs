//! Disconnecting: the consequences first, in counts and sentences, then the name typed, then the engine's work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::activity::Action;
use domain::disconnect::{DataChoice, Disconnect};
use domain::run::{Mode, RunState};
use serde::Deserialize;
use store::connection::Settings;
use utoipa::ToSchema;

use self::consequences::DisconnectPreview;
use super::current_run::waiting_run;
use super::saving::Effect;
use super::sync::RunStarted;
use crate::access::{Caller, Permission};
use crate::input::{Ids, Input};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

mod consequences;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(preview)).route(Permission::Manage, handlers!(start))
}

/// What disconnecting would do, for either choice. Counts are of this moment.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/disconnect-preview",
    operation_id = "preview_disconnect",
    params(("connector" = String, Path, example = "halo-psa")),
    responses(
        (status = 200, body = DisconnectPreview),
        (status = 409, description = "There is nothing to disconnect."),
    ),
)]
async fn preview(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
) -> Answer<Json<DisconnectPreview>> {
    let which = state.connector(&connector)?;
    let read = state.read(&caller.store, &which).await?;
    something(&which, read.settings())?;
    Ok(Json(state.consequences(&caller.store, &which, &read).await?))
}

/// What becomes of the data, and the connector's name to confirm it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisconnectInput {
    data: DataChoice,
    /// The connector's full name, such as "Halo PSA".
    #[schema(max_length = 200, example = "Halo PSA")]
    confirm: String,
}

/// Disconnects, whatever is under way. From now on nothing is synced; the vendor's webhooks and the credentials are removed
/// first, then the data, if it is not kept. The run says how far that is. Asking again answers the same run.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/disconnect",
    operation_id = "disconnect_integration",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; it is disconnected once anyway."),
    ),
    request_body = DisconnectInput,
    responses(
        (status = 202, body = RunStarted),
        (status = 409, description = "There is nothing to disconnect, or it is being disconnected with the other choice."),
    ),
)]
async fn start(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Input(input): Input<DisconnectInput>,
) -> Answer<(StatusCode, Json<RunStarted>)> {
    let which = state.connector(&connector)?;
    let name = which.descriptor.name;
    if input.confirm.trim() != name {
        return Err(Problem::field("/confirm", format!("Type {name:?} to confirm.")));
    }
    let now = state.now();
    let mut asked = None;
    state
        .change_even_closing(&caller, &which, Some(Action::IntegrationDisconnected), |read, settings| {
            if let Some(begun) = &settings.disconnect {
                if begun.data != input.data {
                    let how = if begun.data == DataChoice::Keep { "keeping" } else { "removing" };
                    let detail =
                        format!("{name} is being disconnected already, {how} its data. Wait until that is done.");
                    return Err(Problem::conflict(detail));
                }
                asked = Some((begun.clone(), read.current(now)));
                return Ok(Effect::default());
            }
            something(&which, settings)?;
            if input.data == DataChoice::Keep && settings.closed() {
                return Err(Problem::conflict(format!("{name} is disconnected already; its data was kept.")));
            }
            // Numbered by the next lease, so that its id differs from every run's.
            let run = sync::run_id(now, read.connection.state.fence + 1);
            let disconnect = Disconnect { data: input.data, run, at: now };
            asked = Some((disconnect.clone(), None));
            settings.disconnect = Some(disconnect);
            Ok(Effect { run: true, re_evaluate: false })
        })
        .await?;
    let (disconnect, run) = asked.ok_or_else(|| Problem::internal("a disconnect was saved and not made"))?;
    let waiting = || waiting_run(disconnect.run.clone(), Mode::Disconnect, RunState::Queued, disconnect.at);
    Ok((StatusCode::ACCEPTED, Json(RunStarted { run: run.unwrap_or_else(waiting) })))
}

/// There is a connection, or what is left of one.
fn something(which: &Which, settings: &Settings) -> Answer<()> {
    if settings.credentials.is_some() || settings.pending.is_some() || settings.connected_at.is_some() {
        return Ok(());
    }
    Err(Problem::conflict(format!("{} is not connected, so there is nothing to disconnect.", which.descriptor.name)))
}
