//! What the template makes on AWS, made on the emulators: queues with dead letters and the key of webhooks. The table's shape
//! is the store's.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_sdk_sqs::types::QueueAttributeName;
use connector::Connector;
use domain::id::ConnectorId;
use platform::aws::Clients;
use platform::invoke::function_name;
use serde_json::json;

use crate::mapping::Mapping;

pub(crate) const TABLE: &str = "portal";
pub(crate) const BUS: &str = "portal";
pub(crate) const PREFIX: &str = "portal-";
pub(crate) const WEBHOOK_KEY: &str = "portal/webhook-key";
/// As the template has it: longer than the function's timeout.
const VISIBILITY_SECONDS: u32 = 120;
/// As the template has it: then the message goes to the dead letters.
const RECEIVES: u32 = 5;

/// Makes the key that webhooks are derived from, unless the data folder has it from before.
pub(crate) async fn make_webhook_key(clients: &Clients) -> anyhow::Result<()> {
    let key = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let made = clients.secrets.create_secret().name(WEBHOOK_KEY).secret_string(key).send().await;
    match made.map_err(aws_sdk_secretsmanager::error::SdkError::into_service_error) {
        Ok(_) => Ok(()),
        Err(error) if error.is_resource_exists_exception() => Ok(()),
        Err(error) => Err(error).context("make the webhook key"),
    }
}

/// One work queue and one for dead letters each.
pub(crate) async fn make_queues(
    clients: &Clients,
    connectors: &[&'static dyn Connector],
) -> anyhow::Result<BTreeMap<ConnectorId, Mapping>> {
    let mut mappings = BTreeMap::new();
    for connector in connectors {
        let id = connector.descriptor().id;
        let dead = format!("{PREFIX}{id}-dead");
        let create = clients.sqs.create_queue().queue_name(&dead).send().await;
        create.with_context(|| format!("make the queue {dead}"))?;
        let redrive = json!({
            "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:123456789012:{dead}"),
            "maxReceiveCount": RECEIVES,
        });
        let work = format!("{PREFIX}{id}-work");
        let created = clients
            .sqs
            .create_queue()
            .queue_name(&work)
            .attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY_SECONDS.to_string())
            .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
            .send()
            .await
            .with_context(|| format!("make the queue {work}"))?;
        let queue = created.queue_url.with_context(|| format!("make the queue {work}"))?;
        mappings.insert(id.into(), Mapping { queue, function: function_name(PREFIX, &id.into()) });
    }
    Ok(mappings)
}
