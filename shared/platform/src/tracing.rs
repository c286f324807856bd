//! Logs and metrics: one JSON object per line on standard output, where Lambda collects them.
//!
//! A line names tenant, connection, run, request and trace of the work that wrote it. Nothing secret can come here: secret
//! values are `secrecy` types, whose `Debug` is redacted, and no name, address, body, header or URL with a query is ever a
//! field.

mod metrics;

use std::io::IsTerminal as _;

use tracing::{Span, Subscriber, field, info_span};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

use self::metrics::Metrics;
use crate::config::Config;
use crate::origin::Origin;

pub use sync::causes::chain;

/// Crates whose `info` is of no use to anybody.
const QUIET: &str = "hyper=warn,hyper_util=warn,rustls=warn,aws_config=warn,aws_runtime=warn,aws_smithy_runtime=warn";

/// Starts logging as this configuration says. Later calls do nothing, so that tests may call it each.
pub fn init(config: &Config) {
    drop(lines(&config.log_level, &config.environment, std::io::stdout).try_init());
}

/// Starts logging for people: text on standard error. For a process at a terminal, where nobody collects metrics.
pub fn init_terminal(level: &str) {
    let started = tracing_subscriber::fmt()
        .compact()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(filter(&format!("{level},{}=off", sync::metrics::TARGET)))
        .try_init();
    drop(started);
}

/// Log lines of this level, and all metrics.
fn lines<W>(level: &str, environment: &str, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
{
    let is_metric = |metadata: &tracing::Metadata<'_>| metadata.target() == sync::metrics::TARGET;
    let log = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer.clone())
        .with_filter(filter(&format!("{level},{}=off", sync::metrics::TARGET)));
    let metrics = Metrics { environment: environment.to_owned(), writer }.with_filter(filter_fn(is_metric));
    Registry::default().with(log).with(metrics)
}

fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(format!("{QUIET},{level}")).unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")))
}

/// The span of a request to an HTTP function; the tenant is recorded once the token is known.
pub fn request_span(origin: &Origin) -> Span {
    info_span!("request", request.id = origin.request, trace.id = origin.trace, tenant.id = field::Empty)
}

/// Names the tenant in what the request at hand logs from now on.
pub fn name_tenant(tenant: &str) {
    Span::current().record("tenant.id", tenant);
}

#[cfg(test)]
pub(crate) mod tests;
