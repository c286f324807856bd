//! A connector's function: an event of AWS in, the engine's work, an answer out.
//!
//! Three kinds of event reach it: its schedule's rule (a tick), its queue (work), and the settings API (a command). The
//! same [`ConnectorFunction::handle`] runs in Lambda and in one process on a laptop.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use connector::{Connector, TokenSharing};
use futures::FutureExt as _;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use store::StoreError;
use sync::engine::{Engine, EngineError};
use sync::message::{Command, WorkMessage};
use tracing::{Instrument as _, Span, error_span, field};

use crate::deadline;
use crate::origin::{self, Origin};
use crate::services::Services;
use crate::tracing::chain;

/// What a connector's function does with an event.
#[derive(Clone)]
pub struct ConnectorFunction {
    engine: Engine,
}

impl std::fmt::Debug for ConnectorFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorFunction").field("connector", &self.id()).finish_non_exhaustive()
    }
}

/// Why an invocation failed. Failed work is no failed invocation: it is named in the batch's answer.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The event is of no known kind.
    #[error("the event is neither a scheduled event, nor an SQS batch, nor a command")]
    Event,
    /// The tick could not claim or queue; the next minute's tries again.
    #[error("the tick failed")]
    Tick(#[source] EngineError),
    /// The command could not be answered.
    #[error("the command failed")]
    Command(#[source] EngineError),
    /// The time ran out.
    #[error("the invocation's time ran out")]
    TimedOut,
    /// The answer could not be written as JSON.
    #[error("the answer could not be written")]
    Answer(#[source] serde_json::Error),
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        Self { error_type: error.stable_type().to_owned(), error_message: error.to_string() }
    }
}

impl FunctionError {
    /// Alarms and log queries match on these; they stay when variants are renamed.
    const fn stable_type(&self) -> &'static str {
        match self {
            Self::Event => "UnknownEvent",
            Self::Tick(_) => "TickFailed",
            Self::Command(_) => "CommandFailed",
            Self::TimedOut => "TimedOut",
            Self::Answer(_) => "AnswerFailed",
        }
    }
}

/// Why work failed, in the same way.
const fn stable_type(error: &EngineError) -> &'static str {
    match error {
        EngineError::Store(StoreError::Table(_)) => "TableFailed",
        EngineError::Store(StoreError::Body { .. } | StoreError::Newer { .. }) => "ItemUnreadable",
        EngineError::Store(_) => "StoreFailed",
        EngineError::Port(_) => "ServiceFailed",
    }
}

/// An event, by its kind.
#[derive(Debug)]
enum Event {
    Tick,
    Work(SqsEvent),
    Command(Box<Command>),
}

impl Event {
    fn parse(event: Value) -> Result<Self, FunctionError> {
        if event.get("Records").is_some() {
            return serde_json::from_value(event).map(Self::Work).map_err(|_| FunctionError::Event);
        }
        if event.get("command").is_some() {
            // The parser's message could quote a credential, so it is dropped.
            return serde_json::from_value(event).map(Self::Command).map_err(|_| FunctionError::Event);
        }
        match event.get("detail-type").and_then(Value::as_str) {
            Some("Scheduled Event") => Ok(Self::Tick),
            _ => Err(FunctionError::Event),
        }
    }
}

impl ConnectorFunction {
    /// The function of this engine's connector.
    pub const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn id(&self) -> &'static str {
        self.engine.connector.descriptor().id
    }

    /// Handles one event. When it returns, no call is in flight.
    ///
    /// # Errors
    /// See [`FunctionError`]; Lambda reports it, and the next tick finds what is due.
    pub async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, FunctionError> {
        let event = Event::parse(event).inspect_err(|_| {
            tracing::error!(connector = self.id(), "An event of unknown kind was refused.");
        })?;
        let left = Duration::try_from(deadline.duration_since(self.engine.clock.now())).unwrap_or_default();
        deadline::within(left, async {
            match event {
                Event::Tick => self.tick(deadline).await,
                Event::Work(batch) => self.work(&batch, deadline).await,
                Event::Command(command) => self.command(*command, deadline).await,
            }
        })
        .await
        .inspect_err(|error| {
            let error_type = error.stable_type();
            tracing::error!(
                connector = self.id(),
                "error.type" = error_type,
                error = chain(error),
                "The invocation failed."
            );
        })
    }

    async fn tick(&self, deadline: Timestamp) -> Result<Value, FunctionError> {
        let queued = in_time(self.engine.tick(deadline)).await?.map_err(FunctionError::Tick)?;
        Ok(json!({ "queued": queued }))
    }

    async fn command(&self, command: Command, deadline: Timestamp) -> Result<Value, FunctionError> {
        let reply = in_time(Box::pin(self.engine.command(command, deadline))).await?.map_err(FunctionError::Command)?;
        serde_json::to_value(reply).map_err(FunctionError::Answer)
    }

    /// Works on every message of the batch at once; names those that must come again.
    async fn work(&self, batch: &SqsEvent, deadline: Timestamp) -> Result<Value, FunctionError> {
        let outcomes = batch.records.iter().map(|record| async move {
            // On the heap: a slice's future is large, and there are ten of them.
            let origin = origin::current().map(|origin| origin.in_trace(trace_of(record)));
            let span = self.span(record, origin.as_ref());
            let work = AssertUnwindSafe(self.record(record, deadline)).catch_unwind().instrument(span);
            let done = match origin {
                Some(origin) => Box::pin(origin::within(origin, work)).await,
                None => Box::pin(work).await,
            };
            // A defect that one message meets must not fail the others. Its lease ends by itself.
            let done = done.unwrap_or_else(|_| {
                let id = record.message_id.as_deref().unwrap_or_default();
                tracing::error!(connector = self.id(), message.id = id, "error.type" = "Panicked", "Work panicked.");
                false
            });
            (record, done)
        });
        let mut answer = SqsBatchResponse::default();
        for (record, done) in futures::future::join_all(outcomes).await {
            if !done {
                answer.batch_item_failures.push(failure(record));
            }
        }
        serde_json::to_value(answer).map_err(FunctionError::Answer)
    }

    /// What everything logged about this message names.
    fn span(&self, record: &SqsMessage, origin: Option<&Origin>) -> Span {
        error_span!(
            "work",
            connector = self.id(),
            message.id = record.message_id,
            request.id = origin.map(|origin| &*origin.request),
            trace.id = origin.map(|origin| &*origin.trace),
            tenant.id = field::Empty,
            connection.id = field::Empty,
            trigger = field::Empty,
            run.id = field::Empty,
        )
    }

    /// Whether the message is done with.
    async fn record(&self, record: &SqsMessage, deadline: Timestamp) -> bool {
        let id = record.message_id.as_deref().unwrap_or_default();
        let Ok(message) = serde_json::from_str::<WorkMessage>(record.body.as_deref().unwrap_or_default()) else {
            // It would not become readable by coming again.
            tracing::error!(connector = self.id(), message.id = id, "A message that is no work was dropped.");
            return true;
        };
        if message.connector.as_str() != self.id() {
            tracing::error!(connector = self.id(), message.id = id, "Work of another connector was dropped.");
            return true;
        }
        let span = Span::current();
        span.record("tenant.id", message.tenant.as_str());
        span.record("connection.id", message.connection.as_str());
        span.record("trigger", field::debug(message.trigger));
        let (error_type, error) = match in_time(Box::pin(self.engine.work(&message, deadline))).await {
            Ok(Ok(_)) => return true,
            Ok(Err(error)) => (stable_type(&error), chain(&error)),
            Err(error) => (error.stable_type(), chain(&error)),
        };
        tracing::warn!("error.type" = error_type, error, "Work failed; its message comes again.");
        tracing::info!(
            target: sync::metrics::TARGET,
            connector = self.id(),
            outcome = error_type,
            tenant.id = %message.tenant,
            connection.id = %message.connection,
            failures = 1_u64,
        );
        false
    }
}

fn trace_of(record: &SqsMessage) -> Option<&str> {
    record.attributes.get("AWSTraceHeader").map(String::as_str)
}

fn failure(record: &SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = record.message_id.clone().unwrap_or_default();
    failure
}

/// Ends what the engine did not end itself by the deadline, so that Lambda does not end the environment instead.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, FunctionError> {
    match deadline::left() {
        Some(left) => tokio::time::timeout(left, work).await.map_err(|_| FunctionError::TimedOut),
        None => Ok(work.await),
    }
}

/// When an invocation ends, in milliseconds since 1970. `cargo lambda watch` gives the time left instead: 600,000.
fn end(deadline: u64, now: Timestamp) -> Timestamp {
    const YEAR_2001: u64 = 978_307_200_000;
    let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let end = if deadline < YEAR_2001 { now.saturating_add(deadline) } else { deadline };
    i64::try_from(end).ok().and_then(|end| Timestamp::from_millisecond(end).ok()).unwrap_or(Timestamp::MAX)
}

/// Runs a connector's function in Lambda; the whole of its `main.rs`. Clients, certificates and configuration are made
/// before the first event, in the init phase.
///
/// # Errors
/// The configuration is wrong, or the Lambda runtime ended.
pub async fn run(connector: &'static dyn Connector) -> Result<(), lambda_runtime::Error> {
    let mut services = Services::from_env()?;
    crate::tracing::init(&services.config);
    let descriptor = connector.descriptor();
    let pushes = services.config.webhooks.is_some() && descriptor.webhook.is_some();
    // Shared tokens are sealed with the same key; without it each environment would ask for its own, until the vendor locks.
    if pushes || descriptor.token == TokenSharing::Table {
        services.read_webhook_keys().await?;
    }
    let function = ConnectorFunction::new(services.engine(connector));
    let function = &function;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let deadline = end(event.context.deadline, function.engine.clock.now());
        let Context { request_id, xray_trace_id, .. } = event.context;
        let origin = Origin::new(request_id, xray_trace_id.as_deref());
        let span =
            error_span!("invocation", connector = function.id(), request.id = origin.request, trace.id = origin.trace);
        let work = function.handle(event.payload, deadline).instrument(span);
        origin::within(origin, work).await
    }))
    .await
}

#[cfg(test)]
mod tests;
