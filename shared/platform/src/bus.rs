//! Domain events on EventBridge.

use std::time::Duration;

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures::future::BoxFuture;
use serde_json::json;
use sync::ports::{DomainEvent, EventBus, PortError};

/// The `source` of every event; rules of listeners match on it.
pub const SOURCE: &str = "portal.integrations";

/// EventBridge takes ten at once.
const BATCH: usize = 10;
const ATTEMPTS: u32 = 4;

/// The event bus of the deployment.
#[derive(Clone, Debug)]
pub struct EventBridgeBus {
    client: aws_sdk_eventbridge::Client,
    bus: String,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl EventBridgeBus {
    /// The bus of this name.
    pub fn new(client: aws_sdk_eventbridge::Client, bus: impl Into<String>) -> Self {
        Self { client, bus: bus.into() }
    }

    fn entry(&self, event: &DomainEvent) -> PutEventsRequestEntry {
        let detail = json!({
            "tenant": event.tenant,
            "id": event.id,
            "hash": event.hash,
            "data": event.detail,
        });
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.detail_type)
            .detail(detail.to_string())
            .build()
    }

    async fn put(&self, mut entries: Vec<PutEventsRequestEntry>) -> Result<(), BoxError> {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            }
            let answer = self.client.put_events().set_entries(Some(entries.clone())).send().await?;
            if answer.failed_entry_count() == 0 {
                return Ok(());
            }
            // The answer's entries are in the order of the request's; those with a code were not taken.
            let failed: Vec<bool> = answer.entries().iter().map(|entry| entry.error_code().is_some()).collect();
            let mut index = 0;
            entries.retain(|_| {
                index += 1;
                failed.get(index - 1).copied().unwrap_or(true)
            });
        }
        Err(format!("the event bus refused {} events {ATTEMPTS} times", entries.len()).into())
    }
}

impl EventBus for EventBridgeBus {
    fn publish<'a>(&'a self, events: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async move {
            for batch in events.chunks(BATCH) {
                let entries = batch.iter().map(|event| self.entry(event)).collect();
                self.put(entries).await.map_err(|source| PortError { op: "publish events", source })?;
            }
            Ok(())
        })
    }
}
