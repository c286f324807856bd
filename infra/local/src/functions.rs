//! The functions that the stack runs, as the deployment would: every connector of the catalogue, the settings API and the
//! receiver of vendors' pushes.

use std::sync::Arc;

use anyhow::Context as _;
use connector::DeploymentValues;
use platform::Services;
use platform::console::{ConsoleAuth, ConsoleConfig};
use settings_api::AppState;
use sync::endpoint::WebhookKeys;

use crate::cli::Plugs;
use crate::gateway::HttpHandler;
use crate::oidc;
use crate::stack::Addresses;

/// Everything there is.
pub fn all() -> Plugs {
    Plugs {
        connectors: catalog::CONNECTORS.to_vec(),
        settings_api: Some(settings_api),
        webhooks: Some(webhooks),
        deployment: DeploymentValues::default(),
    }
}

/// The settings API's real handler, signed in to at the stack's own issuer.
fn settings_api(services: &Services, addresses: &Addresses) -> anyhow::Result<HttpHandler> {
    let console = ConsoleConfig {
        auth: ConsoleAuth::Oidc,
        issuer: addresses.issuer.clone(),
        client_id: oidc::CLIENT_ID.to_owned(),
        ..ConsoleConfig::default()
    };
    let app = settings_api::app(AppState::new(services, keys(services)?, catalog::DESCRIPTORS, console));
    Ok(Arc::new(move |event| {
        let app = app.clone();
        Box::pin(async move { Ok(platform::http::handle(&app, event).await?) })
    }))
}

/// The receiver of vendors' pushes.
fn webhooks(services: &Services, _: &Addresses) -> anyhow::Result<HttpHandler> {
    let parts = webhooks::Parts::of(services, keys(services)?, catalog::DESCRIPTORS);
    let app = webhooks::app(webhooks::AppState::new(parts));
    Ok(Arc::new(move |event| {
        let app = app.clone();
        Box::pin(async move { Ok(platform::http::handle(&app, event).await?) })
    }))
}

fn keys(services: &Services) -> anyhow::Result<WebhookKeys> {
    services.webhooks.clone().context("the webhook key was not read")
}
