//! Work queues on SQS.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::id::ConnectorId;
use futures::future::BoxFuture;
use sync::message::WorkMessage;
use sync::ports::{PortError, Queue};

/// SQS delays a message by 15 minutes at most.
const LONGEST_DELAY: i32 = 900;

/// The work queues, one per connector.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    urls: BTreeMap<ConnectorId, String>,
}

impl SqsQueue {
    /// Queues by their URLs.
    pub const fn new(client: aws_sdk_sqs::Client, urls: BTreeMap<ConnectorId, String>) -> Self {
        Self { client, urls }
    }

    async fn send_message(&self, message: &WorkMessage, delay: Duration) -> Result<(), BoxError> {
        let url = self
            .urls
            .get(&message.connector)
            .ok_or_else(|| format!("no queue for connector {}; name its URL in QUEUE_URLS", message.connector))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(serde_json::to_string(message)?)
            // A standard queue with group ids is a fair queue: a tenant with a long backlog does not delay the others.
            .message_group_id(message.tenant.as_str())
            .delay_seconds(seconds_up(delay))
            .send()
            .await?;
        Ok(())
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Queue for SqsQueue {
    fn send<'a>(&'a self, message: &'a WorkMessage, delay: Duration) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async move {
            self.send_message(message, delay).await.map_err(|source| PortError { op: "queue work", source })
        })
    }
}

/// Whole seconds, rounded up: a message may come late by less than a second, never early.
fn seconds_up(delay: Duration) -> i32 {
    i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_rounded_up_and_capped() {
        assert_eq!(seconds_up(Duration::ZERO), 0);
        assert_eq!(seconds_up(Duration::from_millis(1)), 1);
        assert_eq!(seconds_up(Duration::from_secs(59)), 59);
        assert_eq!(seconds_up(Duration::from_secs(3600)), 900);
        assert_eq!(seconds_up(Duration::MAX), 900);
    }
}
