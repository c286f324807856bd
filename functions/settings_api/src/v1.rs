//! `/v1`: one file per noun. Each lists its routes with the permission that they need.

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

mod choices;
mod connectors;
mod credentials;
mod enabling;
mod integration;
mod integrations;
mod issues;
mod me;
mod options;
mod saving;
mod connection_tests;

/// Every route of the API.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(me::routes())
        .merge(connectors::routes())
        .merge(integrations::routes())
        .merge(credentials::routes())
        .merge(connection_tests::routes())
        .merge(options::routes())
        .merge(choices::routes())
        .merge(enabling::routes())
        .merge(issues::routes())
}
