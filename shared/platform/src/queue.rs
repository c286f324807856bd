//! Work queues on SQS.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};
use domain::id::ConnectorId;
use futures::future::BoxFuture;
use sync::message::WorkMessage;
use sync::ports::{PortError, Queue};

use crate::origin;

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
        let mut request = self
            .client
            .send_message()
            .queue_url(url)
            .message_body(serde_json::to_string(message)?)
            // A standard queue with group ids is a fair queue: a tenant with a long backlog does not delay the others.
            .message_group_id(message.tenant.as_str())
            .delay_seconds(seconds_up(delay));
        if let Some(origin) = origin::current() {
            let header =
                MessageSystemAttributeValue::builder().data_type("String").string_value(origin.header()).build()?;
            request = request.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, header);
        }
        request.send().await?;
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

    #[tokio::test]
    async fn a_message_carries_the_trace_of_the_request_that_sent_it() {
        let (sent, mut received) = tokio::sync::mpsc::channel(1);
        let app = axum::Router::new().fallback(move |body: String| async move {
            sent.send(body).await.unwrap();
            r#"{"MessageId":"1","MD5OfMessageBody":""}"#
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async { axum::serve(listener, app).await });
        let urls = [("halo-psa".into(), format!("{origin}/1/halo"))].into();
        let queue = SqsQueue::new(crate::aws::Clients::at(&origin, None).sqs, urls);
        let message: WorkMessage = serde_json::from_value(serde_json::json!({
            "tenant": "acme", "connector": "halo-psa", "connection": "halo-psa", "trigger": "webhook",
        }))
        .unwrap();
        let trace = origin::Origin::new("r-1", None);
        // The made-up answer lacks the checksum that the client asks for; what was sent is what counts.
        drop(origin::within(trace.clone(), queue.send(&message, Duration::ZERO)).await);
        let sent: serde_json::Value = serde_json::from_str(&received.recv().await.unwrap()).unwrap();
        assert_eq!(sent["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"], trace.header());
        assert_eq!(sent["MessageGroupId"], "acme");
        server.abort();
    }

    #[test]
    fn delays_are_rounded_up_and_capped() {
        assert_eq!(seconds_up(Duration::ZERO), 0);
        assert_eq!(seconds_up(Duration::from_millis(1)), 1);
        assert_eq!(seconds_up(Duration::from_secs(59)), 59);
        assert_eq!(seconds_up(Duration::from_secs(3600)), 900);
        assert_eq!(seconds_up(Duration::MAX), 900);
    }
}
