//! Logs and metrics: one JSON object per line on standard output, where Lambda collects them.
//!
//! A line names tenant, connection, run, request and trace of the work that wrote it. Nothing secret can come here: secret
//! values are `secrecy` types, whose `Debug` is redacted, and no name, address, body, header or URL with a query is ever a
//! field. Libraries know no such rule: what they say in detail is never written, whatever is asked for.

mod metrics;

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Span, Subscriber, error_span, field};
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry};

use self::metrics::Metrics;
use crate::config::Config;
use crate::origin::Origin;

pub use sync::causes::chain;

/// Libraries by how their names begin, and the most that is written of them: below it, Lambda's runtime writes whole events,
/// credentials that were just entered among them, and clients write headers.
const AT_MOST: &str = "trace,aws_=warn,h2=warn,hyper=warn,lambda_=info,reqwest=warn,rustls=warn";

/// Starts logging as this configuration says. Later calls do nothing, so that tests may call it each.
pub fn init(config: &Config) {
    drop(lines(&config.log_level, &config.environment, std::io::stdout).try_init());
}

/// Starts logging for people: text on standard error. For a process at a terminal, where nobody collects metrics.
pub fn init_terminal(level: &str) {
    let log = tracing_subscriber::fmt::layer()
        .compact()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_filter(filter(level));
    drop(Registry::default().with(log).try_init());
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
        .with_filter(filter(level));
    let metrics = Metrics { environment: environment.to_owned(), writer }.with_filter(filter_fn(is_metric));
    Registry::default().with(log).with(metrics)
}

/// What is logged at this level; metrics are no log. A level that cannot be read is `info`.
fn filter<S: Subscriber>(level: &str) -> impl Filter<S> + use<S> {
    let asked = level.parse::<Targets>().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    let at_most = AT_MOST.parse::<Targets>().unwrap_or_default();
    asked.and(at_most.with_target(sync::metrics::TARGET, LevelFilter::OFF))
}

/// The span of a request to an HTTP function; the tenant is recorded once the token is known.
///
/// Spans are of the level `error`: one below `LOG_LEVEL` would not be there, and its lines would not say whose they are.
pub fn request_span(origin: &Origin) -> Span {
    error_span!("request", request.id = origin.request, trace.id = origin.trace, tenant.id = field::Empty)
}

/// Names the tenant in what the request at hand logs from now on.
pub fn name_tenant(tenant: &str) {
    Span::current().record("tenant.id", tenant);
}

#[cfg(test)]
pub(crate) mod tests;
