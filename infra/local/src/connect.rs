//! Connecting a simulated vendor through the public API, as an admin of the seeded tenant would.

use anyhow::{Context as _, bail};
use domain::id::ConnectorId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::ApiClient;
use crate::stack::Stack;
use crate::tenant;

/// Options with which every company and every contact comes to the portal.
pub fn import_all(options: &mut Value) {
    options["company_import"] = "all".into();
    options["auto_import"]["enabled"] = true.into();
    options["auto_import"]["default_role"] = tenant::ROLES[0].0.into();
}

/// Enters the simulated vendor's credentials, changes the options, and switches the connection on.
///
/// # Errors
/// The vendor is not simulated, or the API refuses something.
pub async fn connect(
    stack: &Stack,
    api: &ApiClient,
    connector: &ConnectorId,
    change: impl FnOnce(&mut Value),
) -> anyhow::Result<()> {
    let vendor = stack.vendors().get(connector).with_context(|| format!("{connector} is not simulated"))?;
    let integration = format!("/v1/integrations/{connector}");
    let credentials = json!({ "values": vendor.credentials() });
    api.expect(Method::PUT, &format!("{integration}/credentials"), Some(&credentials)).await?;

    let current = api.send(Method::GET, &integration, None).await?;
    let mut options = current.body.get("options").cloned().unwrap_or_else(|| json!({}));
    change(&mut options);
    let path = format!("{integration}/options");
    let answer = api.send_if(Method::PUT, &path, Some(&options), current.etag.as_deref()).await?;
    if !(200..300).contains(&answer.status) {
        bail!("PUT {path} answered {}: {}", answer.status, answer.body);
    }
    api.expect(Method::POST, &format!("{integration}/enable"), None).await?;
    Ok(())
}
