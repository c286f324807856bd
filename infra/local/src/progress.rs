//! A line per connector while the first import runs, fed by the public API.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::api::ApiClient;

const INTERVAL: Duration = Duration::from_millis(500);

/// Shows what every connector is at, until none is syncing any more.
///
/// # Errors
/// The API does not answer.
pub async fn show(api: &ApiClient) -> anyhow::Result<()> {
    let lines = MultiProgress::new();
    let mut bars: BTreeMap<String, ProgressBar> = BTreeMap::new();
    loop {
        let answer = api.get("/v1/integrations").await?;
        let integrations = answer.get("items").unwrap_or(&answer).as_array().cloned().unwrap_or_default();
        let mut busy = false;
        for integration in &integrations {
            let Some(connector) = integration.get("connector").and_then(Value::as_str) else { continue };
            let syncing = integration.get("status").and_then(Value::as_str) == Some("syncing");
            busy |= syncing;
            if syncing {
                let bar = bars.entry(connector.to_owned()).or_insert_with(|| lines.add(line(connector)));
                update(bar, integration);
            } else if let Some(bar) = bars.get(connector)
                && !bar.is_finished()
            {
                bar.finish_with_message("imported");
            }
        }
        if !busy {
            return Ok(());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

fn line(connector: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {prefix:<20} {pos}{msg}");
    let bar = ProgressBar::new_spinner().with_prefix(connector.to_owned());
    bar.enable_steady_tick(INTERVAL);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn update(bar: &ProgressBar, integration: &Value) {
    let Some(progress) = integration.pointer("/run/progress") else { return };
    let text = |key: &str| progress.get(key).and_then(Value::as_str).unwrap_or_default();
    bar.set_position(progress.get("done").and_then(Value::as_u64).unwrap_or_default());
    let total = progress.get("total").and_then(Value::as_u64).map(|total| format!(" of {total}")).unwrap_or_default();
    bar.set_message(format!("{total} {} ({})", text("unit"), text("record_type")));
}
