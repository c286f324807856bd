//! The settings API as a Lambda function. Clients, pages and the document are made before the first request.

use platform::Services;
use platform::console::ConsoleConfig;
use settings_api::AppState;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let mut services = Services::from_env()?;
    platform::tracing::init(&services.config);
    let webhooks = services.read_webhook_keys().await?;
    let state = AppState::new(&services, webhooks, catalog::DESCRIPTORS, ConsoleConfig::from_env()?);
    lambda_http::run(settings_api::app(state)).await
}
