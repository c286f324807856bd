//! What Lambda's event source mapping does: takes messages from a queue, hands them to the function as one batch, deletes
//! those it is done with and leaves the failed ones to their visibility timeout.

use anyhow::Context as _;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Value, json};

use crate::aws::functions::Functions;

/// A queue and the function that works on it.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// URL of the queue.
    pub queue: String,
    /// Name of the function.
    pub function: String,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages handed over.
    pub messages: usize,
    /// Those that come again.
    pub failed: usize,
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.failed += other.failed;
    }
}

impl Mapping {
    /// Waits up to `wait` seconds for messages and hands over at most ten.
    ///
    /// # Errors
    /// The queue fails, or there is no such function.
    pub async fn poll(&self, sqs: &Client, functions: &Functions, wait: i32) -> anyhow::Result<Outcome> {
        let messages = sqs
            .receive_message()
            .queue_url(&self.queue)
            .max_number_of_messages(10)
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .with_context(|| format!("receive from {}", self.queue))?
            .messages
            .unwrap_or_default();
        if messages.is_empty() {
            return Ok(Outcome::default());
        }
        let answer = functions
            .invoke(&self.function, self.event(&messages))
            .await
            .with_context(|| format!("no function is named {}", self.function))?;
        let failed: Vec<String> = match &answer {
            Ok(answer) => failures(answer),
            // A failed invocation fails its whole batch.
            Err(failure) => {
                tracing::warn!(function = self.function, error = failure.error_type, "A batch failed.");
                messages.iter().filter_map(|message| message.message_id.clone()).collect()
            }
        };
        self.delete(sqs, &messages, &failed).await?;
        Ok(Outcome { messages: messages.len(), failed: failed.len() })
    }

    /// The event as Lambda writes it.
    fn event(&self, messages: &[Message]) -> Value {
        let queue = self.queue.rsplit('/').next().unwrap_or_default();
        let arn = format!("arn:aws:sqs:us-east-1:123456789012:{queue}");
        let record = |message: &Message| {
            let attributes: serde_json::Map<String, Value> = message
                .attributes
                .iter()
                .flatten()
                .map(|(name, value)| (name.as_str().to_owned(), value.clone().into()))
                .collect();
            json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": attributes,
                "messageAttributes": {},
                "md5OfBody": message.md5_of_body,
                "eventSource": "aws:sqs",
                "eventSourceARN": arn,
                "awsRegion": "us-east-1",
            })
        };
        json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
    }

    async fn delete(&self, sqs: &Client, messages: &[Message], failed: &[String]) -> anyhow::Result<()> {
        let done = messages.iter().filter(|message| message.message_id.as_ref().is_none_or(|id| !failed.contains(id)));
        let entries = done
            .enumerate()
            .map(|(index, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(message.receipt_handle.clone().unwrap_or_default())
                    .build()
            })
            .collect::<Result<Vec<_>, _>>()
            .context("delete messages")?;
        if entries.is_empty() {
            return Ok(());
        }
        let deletion = sqs.delete_message_batch().queue_url(&self.queue).set_entries(Some(entries)).send().await;
        deletion.with_context(|| format!("delete from {}", self.queue))?;
        Ok(())
    }
}

fn failures(answer: &Value) -> Vec<String> {
    let items = answer.get("batchItemFailures").and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some(item.get("itemIdentifier")?.as_str()?.to_owned())).collect()
}
