//! Events: what happened, with the object as it was then. Kept for 30 days, listed newest first.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::VERSION;
use super::state::{State, seconds};

pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) created: i64,
    object: Value,
    previous: Option<Map<String, Value>>,
}

impl Event {
    pub(super) fn shown(&self) -> Value {
        let mut data = json!({ "object": self.object });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone().into();
        }
        json!({
            "id": self.id, "object": "event", "api_version": VERSION, "created": self.created, "data": data,
            "livemode": false, "pending_webhooks": 0, "request": {"id": null, "idempotency_key": null}, "type": self.kind,
        })
    }

    /// As a notification of version 2, which has no snapshot.
    pub(super) fn thin(&self) -> Value {
        let created = Timestamp::from_second(self.created).unwrap_or_default();
        let (id, kind) = (&self.object["id"], &self.object["object"]);
        let list = kind.as_str().map(|kind| format!("{kind}s")).unwrap_or_default();
        json!({
            "id": self.id, "object": "v2.core.event", "type": format!("v1.{}", self.kind), "created": created.to_string(),
            "livemode": false, "context": null,
            "related_object": {"id": id, "type": kind, "url": format!("/v1/{list}/{}", id.as_str().unwrap_or_default())},
        })
    }
}

impl State {
    /// Notes that something happened to an object, and what is to be sent of it.
    pub(super) fn happened(&mut self, kind: &str, object: Value, previous: Option<Map<String, Value>>, at: Timestamp) {
        let id = self.id("evt");
        let event = Event { id, kind: kind.to_owned(), created: seconds(at), object, previous };
        let endpoints = self.webhook_endpoints.live();
        let told = endpoints.filter(|endpoint| {
            let kinds = endpoint.fields.get("enabled_events").and_then(Value::as_array);
            let chosen = kinds.is_some_and(|kinds| kinds.iter().any(|chosen| chosen == "*" || chosen == kind));
            chosen && endpoint.text("status") == "enabled"
        });
        let told: Vec<String> = told.map(|endpoint| endpoint.text("id").to_owned()).collect();
        for endpoint in told {
            self.sender.queue(endpoint, &event, at);
        }
        self.events.push(event);
    }
}
