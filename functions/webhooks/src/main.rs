//! The receiver as a Lambda function. Clients and the deployment's key are ready before the first push.

use platform::Services;
use webhooks::{AppState, Parts};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let mut services = Services::from_env()?;
    platform::tracing::init(&services.config);
    let keys = services.read_webhook_keys().await?;
    let state = AppState::new(Parts::of(&services, keys, catalog::DESCRIPTORS));
    lambda_http::run(webhooks::app(state)).await
}
