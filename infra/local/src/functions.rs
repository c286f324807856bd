//! The functions that the stack runs, as the deployment would: every connector of the catalogue and the settings API.

use std::sync::Arc;

use connector::DeploymentValues;
use platform::Services;
use platform::console::{ConsoleAuth, ConsoleConfig};
use settings_api::AppState;

use crate::cli::Plugs;
use crate::gateway::HttpHandler;
use crate::oidc;
use crate::stack::Addresses;

/// Everything there is.
pub fn all() -> Plugs {
    Plugs {
        connectors: catalog::CONNECTORS.to_vec(),
        settings_api: Some(settings_api),
        webhooks: None,
        deployment: deployment(),
    }
}

/// What the vendors would have given to whoever deploys this, as the simulators know it.
fn deployment() -> DeploymentValues {
    let values = [("connectwise_client_id", "3f2c1a90-7b64-4e0b-9c55-1d2e3f4a5b6c")];
    DeploymentValues(values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
}

/// The settings API's real handler, signed in to at the stack's own issuer.
#[expect(clippy::unnecessary_wraps, reason = "the form that the stack asks of every function")]
fn settings_api(services: &Services, addresses: &Addresses) -> anyhow::Result<HttpHandler> {
    let console = ConsoleConfig {
        auth: ConsoleAuth::Oidc,
        issuer: addresses.issuer.clone(),
        client_id: oidc::CLIENT_ID.to_owned(),
        ..ConsoleConfig::default()
    };
    let app = settings_api::app(AppState::new(services, catalog::CONNECTORS, console));
    Ok(Arc::new(move |event| {
        let app = app.clone();
        Box::pin(async move { Ok(settings_api::handle(&app, event).await?) })
    }))
}
