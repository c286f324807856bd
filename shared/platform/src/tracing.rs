//! Logs: one JSON object per line on standard output, where Lambda collects them.
//!
//! Nothing secret can come here: secret values are `secrecy` types, whose `Debug` is redacted, and no body, header or URL
//! with a query is ever a field.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Crates whose `info` is of no use to anybody.
const QUIET: &str = "hyper=warn,hyper_util=warn,rustls=warn,aws_config=warn,aws_runtime=warn,aws_smithy_runtime=warn";

/// Starts logging at this level (`info`, or directives such as `info,sync=debug`). Later calls do nothing, so that tests
/// may call it each.
pub fn init(level: &str) {
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter(level))
        .try_init();
    drop(started);
}

/// Starts logging for people: text on standard error. For a process at a terminal.
pub fn init_terminal(level: &str) {
    let started = tracing_subscriber::fmt()
        .compact()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(filter(level))
        .try_init();
    drop(started);
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(format!("{QUIET},{level}")).unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")))
}

/// An error and its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
