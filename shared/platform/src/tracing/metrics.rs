//! Metrics in CloudWatch's embedded format: one JSON line for each event of [`sync::metrics::TARGET`].
//!
//! CloudWatch makes metrics of a line by its `_aws` member; the other members stay searchable. Only `environment`,
//! `connector` and `outcome` are dimensions: each combination is a metric that is paid for, and a tenant is none.

use std::fmt::Debug;
use std::io::Write as _;

use serde_json::{Map, Value, json};
use sync::ports::Clock as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;

use crate::clock::SystemClock;
use crate::origin;

/// The namespace of all metrics.
const NAMESPACE: &str = "Portal";
/// Metrics that are told apart by outcome; the others of the same event are not.
const BY_OUTCOME: &[&str] = &["runs", "webhooks", "failures"];

/// Writes metrics.
pub(super) struct Metrics<W> {
    pub(super) environment: String,
    pub(super) writer: W,
}

impl<S: Subscriber, W: for<'w> MakeWriter<'w> + 'static> Layer<S> for Metrics<W> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = fields.line(&self.environment);
        // A log that cannot be written to has nowhere to say so.
        drop(writeln!(self.writer.make_writer(), "{line}"));
    }
}

/// The fields of one event, numbers and texts apart.
#[derive(Default)]
struct Fields {
    numbers: Vec<(&'static str, u64)>,
    texts: Vec<(&'static str, String)>,
}

impl Fields {
    fn line(self, environment: &str) -> Value {
        let (by_outcome, plain): (Vec<_>, Vec<_>) =
            self.numbers.iter().map(|(name, _)| *name).partition(|name| BY_OUTCOME.contains(name));
        let directives: Vec<Value> =
            [(plain, &["environment", "connector"][..]), (by_outcome, &["environment", "connector", "outcome"])]
                .into_iter()
                .filter(|(names, _)| !names.is_empty())
                .map(|(names, dimensions)| {
                    let metrics: Vec<Value> =
                        names.into_iter().map(|name| json!({ "Name": name, "Unit": unit(name) })).collect();
                    json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics })
                })
                .collect();
        let mut line = Map::new();
        line.insert("environment".to_owned(), environment.into());
        line.extend(self.texts.into_iter().map(|(name, text)| (name.to_owned(), text.into())));
        if let Some(origin) = origin::current() {
            line.insert("request.id".to_owned(), origin.request.into());
            line.insert("trace.id".to_owned(), origin.trace.into());
        }
        line.extend(self.numbers.into_iter().map(|(name, number)| (name.to_owned(), number.into())));
        let now = SystemClock.now().as_millisecond();
        line.insert("_aws".to_owned(), json!({ "Timestamp": now, "CloudWatchMetrics": directives }));
        line.into()
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.numbers.push((field.name(), value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.texts.push((field.name(), format!("{value:?}")));
    }
}

fn unit(name: &str) -> &'static str {
    match name.rsplit('_').next() {
        Some("seconds") => "Seconds",
        Some("percent") => "Percent",
        _ => "Count",
    }
}
