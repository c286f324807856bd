use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::Instrument as _;

use super::*;
use crate::origin;

/// Lines as they would stand on standard output.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// What `work` writes as this request's.
pub(crate) async fn written(level: &str, work: impl Future<Output = ()>) -> Vec<Value> {
    let output = Output::default();
    // With one dispatcher alone, tracing asks the thread that comes first whether a line is wanted, and other tests' threads
    // want none; with two it asks the dispatchers.
    let _second = tracing::Dispatch::new(Registry::default());
    let _guard = tracing::subscriber::set_default(lines(level, "test", output.clone()));
    let origin = Origin { request: "r-1".to_owned(), trace: "1-6741f6ae-2d3e4f5a6b7c8d9e0f1a2b3c".to_owned() };
    let span = request_span(&origin);
    origin::within(origin, work.instrument(span)).await;
    output.lines()
}

#[tokio::test]
async fn a_line_names_request_trace_and_tenant() {
    let lines = written("info", async {
        name_tenant("acme");
        tracing::warn!(status = 500, "A request failed.");
    })
    .await;
    let mut line = lines[0].clone();
    line.as_object_mut().unwrap().remove("timestamp");
    let expected = json!({
        "level": "WARN", "message": "A request failed.", "status": 500, "target": "platform::tracing::tests",
        "span": {
            "name": "request", "request.id": "r-1", "trace.id": "1-6741f6ae-2d3e4f5a6b7c8d9e0f1a2b3c", "tenant.id": "acme",
        },
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn a_line_names_its_request_whatever_the_level_of_the_log() {
    let lines = written("error,sync=debug", async { tracing::error!("It broke.") }).await;
    assert_eq!(lines[0]["span"]["request.id"], "r-1");
    let wrong = written("sync=verbose", async { tracing::info!("Read as info.") }).await;
    assert_eq!(wrong[0]["message"], "Read as info.");
}

#[tokio::test]
async fn a_metric_is_one_line_in_the_embedded_format_and_no_log_line() {
    let lines = written("error", async {
        tracing::info!(
            target: sync::metrics::TARGET,
            connector = "halo-psa",
            outcome = "partial",
            tenant.id = %"acme",
            runs = 1_u64,
            lag_seconds = 7_u64,
            budget_used_percent = Option::<u64>::None,
        );
    })
    .await;
    assert_eq!(lines.len(), 1);
    let mut line = lines[0].clone();
    assert!(line["_aws"]["Timestamp"].take().as_i64().unwrap() > 1_700_000_000_000);
    let expected = json!({
        "environment": "test", "connector": "halo-psa", "outcome": "partial", "tenant.id": "acme",
        "request.id": "r-1", "trace.id": "1-6741f6ae-2d3e4f5a6b7c8d9e0f1a2b3c", "runs": 1, "lag_seconds": 7,
        "_aws": { "Timestamp": null, "CloudWatchMetrics": [
            {
                "Namespace": "Portal", "Dimensions": [["environment", "connector"]],
                "Metrics": [{ "Name": "lag_seconds", "Unit": "Seconds" }],
            },
            {
                "Namespace": "Portal", "Dimensions": [["environment", "connector", "outcome"]],
                "Metrics": [{ "Name": "runs", "Unit": "Count" }],
            },
        ] },
    });
    assert_eq!(line, expected);
}

#[tokio::test]
async fn a_wrong_level_logs_as_usual() {
    let lines = written("no=such=level", async { tracing::info!("Still here.") }).await;
    assert_eq!(lines[0]["message"], "Still here.");
}

#[tokio::test]
async fn no_level_has_libraries_write_what_was_entered() {
    for level in
        ["trace", "lambda_runtime::layers=trace,lambda_http=debug", "trace,hyper=trace,aws_smithy_runtime=debug"]
    {
        let lines = written(level, async {
            tracing::trace!(target: "lambda_runtime::layers::api_response", body = "hunter2", "raw JSON event received");
            tracing::debug!(target: "lambda_http", body = "hunter2");
            tracing::debug!(target: "hyper_util::client", authorization = "hunter2");
            tracing::debug!(target: "aws_smithy_runtime::client", body = "hunter2");
            tracing::info!(target: "lambda_runtime", "Shutting down.");
        })
        .await;
        let messages: Vec<_> = lines.iter().map(|line| line["message"].clone()).collect();
        assert!(!format!("{lines:?}").contains("hunter2"), "{level}: {lines:?}");
        assert!(!level.starts_with("trace") || messages == ["Shutting down."], "{level}: {messages:?}");
    }
    let ours = written("trace", async { tracing::debug!("In detail.") }).await;
    assert_eq!(ours[0]["message"], "In detail.");
}
