//! What operators count of runs: one line for each, with its outcome and what became of records.

use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::acme::{Acme, import_all};
use crate::canary::Log;

/// Metrics of what happens until the guard is dropped.
fn capture() -> (Log, tracing::Dispatch, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().json().flatten_event(true).with_max_level(LevelFilter::INFO).with_writer(log.clone());
    // With a single dispatcher, a call site that another test's thread meets first would be off for good.
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    (log, second, subscriber.finish().set_default())
}

fn metrics(log: &Log) -> Vec<Value> {
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == sync::metrics::TARGET).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_is_counted_once_with_outcome_records_calls_and_lag() {
    let acme = Acme::up_to_date(import_all()).await;
    let (log, _second, guard) = capture();
    acme.run().await;
    acme.add_company("Harbour Ltd");
    acme.run().await;
    drop(guard);

    let metrics = metrics(&log);
    let counted: Vec<(&Value, &Value)> = metrics.iter().map(|line| (&line["outcome"], &line["runs"])).collect();
    assert_eq!(counted, [(&json!("quiet"), &json!(1)), (&json!("succeeded"), &json!(1))]);
    let [quiet, busy] = &metrics[..] else { panic!("two runs") };
    assert_eq!(quiet.get("records_created"), None);
    // The company, and the general user that Halo gives it.
    assert_eq!(busy["records_created"], 2);
    for line in [quiet, busy] {
        assert_eq!((&line["connector"], &line["tenant.id"]), (&json!("halo-psa"), &json!("acme")));
        assert!(line["vendor_calls"].as_u64().unwrap() > 0);
        assert!(line["run.id"].is_string());
        assert!(line["lag_seconds"].is_u64(), "{line}");
        assert!(!line.to_string().contains("Harbour"), "no name is ever a field");
    }
}
