use std::sync::{Arc, Mutex};

use connector::{Descriptor, Result as ConnectorResult, Session, SessionContext};
use futures::future::BoxFuture;
use store::memory::MemoryTable;
use sync::ports::{Clock, DomainEvent, EventBus, IssuedSecrets, PortError, Queue, SecretRef, Secrets, WebhookSecrets};

use super::*;

static DESCRIPTOR: Descriptor = Descriptor::bare("halo-psa", "Halo PSA");

struct Silent;

impl Connector for Silent {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, _: SessionContext) -> ConnectorResult<Box<dyn Session>> {
        Err(connector::ConnectorError::new("open a session", connector::ErrorKind::Unsupported))
    }
}

static SILENT: Silent = Silent;

#[derive(Debug)]
struct Fixed(Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[derive(Debug, Default)]
struct Ports(Mutex<Vec<WorkMessage>>);

impl Queue for Ports {
    fn send<'a>(&'a self, message: &'a WorkMessage, _: Duration) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async move {
            self.0.lock().unwrap().push(message.clone());
            Ok(())
        })
    }
}

impl Secrets for Ports {
    fn read<'a>(
        &'a self,
        _: &'a SecretRef,
        _: &'a str,
    ) -> BoxFuture<'a, Result<std::collections::BTreeMap<String, secrecy::SecretString>, PortError>> {
        Box::pin(async { Ok(std::collections::BTreeMap::new()) })
    }

    fn delete<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl WebhookSecrets for Ports {
    fn read<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, Result<IssuedSecrets, PortError>> {
        Box::pin(async { Ok(IssuedSecrets::new()) })
    }

    fn put<'a>(&'a self, _: &'a SecretRef, _: &'a IssuedSecrets) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }

    fn delete<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

impl EventBus for Ports {
    fn publish<'a>(&'a self, _: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async { Ok(()) })
    }
}

const NOW: &str = "2025-06-02T09:15:00Z";

fn function() -> ConnectorFunction {
    let ports = Arc::new(Ports::default());
    let clock: Arc<dyn Clock> = Arc::new(Fixed(NOW.parse().unwrap()));
    let settings = connector::http::HttpSettings::new(Arc::new(|| NOW.parse().unwrap()));
    let pool = connector::http::HttpPool::new(settings).unwrap();
    ConnectorFunction::new(Engine {
        connector: &SILENT,
        table: Arc::new(MemoryTable::default()),
        queue: ports.clone(),
        secrets: ports.clone(),
        bus: ports.clone(),
        issued: ports,
        http: pool,
        clock,
        deployment: connector::DeploymentValues::default(),
        budget: sync::engine::BudgetShare::Declared,
        webhooks: None,
        tokens: None,
    })
}

fn deadline() -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(60)
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_scheduled_event_is_a_tick() {
    let answer = function().handle(event(include_str!("../../../../events/tick.json")), deadline()).await.unwrap();
    assert_eq!(answer, json!({ "queued": 0 }));
}

#[tokio::test]
async fn work_on_a_connection_that_is_gone_is_done_with() {
    let batch = event(include_str!("../../../../events/work.json"));
    assert!(matches!(Event::parse(batch.clone()), Ok(Event::Work(batch)) if batch.records.len() == 1));
    let answer = function().handle(batch, deadline()).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
}

#[tokio::test]
async fn messages_that_are_no_work_do_not_come_again() {
    let mut batch = event(include_str!("../../../../events/work.json"));
    for body in ["", "{}", "hello", r#"{"tenant":"a","connector":"syncro","connection":"syncro","trigger":"manual"}"#] {
        batch["Records"][0]["body"] = body.into();
        let answer = function().handle(batch.clone(), deadline()).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }), "{body}");
    }
}

#[tokio::test]
async fn work_is_logged_in_the_trace_of_the_request_that_asked_for_it() {
    let trace = "1-6741f6ae-00000000000000000000000a";
    let mut batch = event(include_str!("../../../../events/work.json"));
    batch["Records"][0]["body"] = "no work".into();
    batch["Records"][0]["attributes"]["AWSTraceHeader"] = format!("Root={trace};Parent=53995c3f42cd8ad8").into();
    let lines = crate::tracing::tests::written("info", async {
        function().handle(batch, deadline()).await.unwrap();
    })
    .await;
    let span = &lines[0]["span"];
    let named =
        ["name", "connector", "request.id", "trace.id", "message.id"].map(|field| span[field].as_str().unwrap());
    assert_eq!(named, ["work", "halo-psa", "r-1", trace, "059f36b4-87a3-44ab-83d2-661975830a7d"]);
}

/// Panics when it is asked for the second time: by the first message of a batch.
#[derive(Debug)]
struct Broken(Fixed, std::sync::atomic::AtomicUsize);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert_ne!(self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed), 1, "a defect");
        self.0.now()
    }
}

#[tokio::test]
async fn a_panic_fails_the_message_that_met_it_and_no_other() {
    let mut batch = event(include_str!("../../../../events/work.json"));
    let mut second = batch["Records"][0].clone();
    second["messageId"] = "second".into();
    batch["Records"].as_array_mut().unwrap().push(second);
    let now = function().engine.clock.now();
    let clock = Arc::new(Broken(Fixed(now), 0.into()));
    let function = ConnectorFunction::new(Engine { clock, ..function().engine });
    let answer = function.handle(batch, deadline()).await.unwrap();
    let first = json!({ "itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d" });
    assert_eq!(answer, json!({ "batchItemFailures": [first] }));
}

#[tokio::test]
async fn work_without_time_left_comes_again() {
    let batch = event(include_str!("../../../../events/work.json"));
    let function = function();
    let SqsEvent { records, .. } = serde_json::from_value(batch).unwrap();
    let record = records[0].clone();
    // The engine would wait for ever; the deadline has come.
    let done = deadline::within(Duration::ZERO, async { in_time(futures::future::pending::<()>()).await }).await;
    assert!(matches!(done, Err(FunctionError::TimedOut)));
    assert_eq!(failure(&record).item_identifier, "059f36b4-87a3-44ab-83d2-661975830a7d");
    drop(function);
}

#[tokio::test]
async fn commands_are_parsed_and_answered() {
    for text in [
        include_str!("../../../../events/command-authenticate.json"),
        include_str!("../../../../events/command-test.json"),
        include_str!("../../../../events/command-choices.json"),
        include_str!("../../../../events/command-issue-link.json"),
        include_str!("../../../../events/command-company-access.json"),
    ] {
        assert!(matches!(Event::parse(event(text)), Ok(Event::Command(_))), "{text}");
        let answer = function().handle(event(text), deadline()).await;
        // Without a connection the engine may refuse, but it must be a reply or a command's failure.
        match answer {
            Ok(reply) => drop(serde_json::from_value::<sync::message::Reply>(reply).unwrap()),
            Err(error) => assert!(matches!(error, FunctionError::Command(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn other_events_fail_with_a_stable_type_and_quote_nothing() {
    let secret = json!({ "command": "authenticate", "tenant": "t", "values": { "client_secret": "s3cr3t" } });
    for event in [json!({}), json!({ "detail-type": "Other" }), json!("text"), secret] {
        let error = function().handle(event, deadline()).await.unwrap_err();
        let diagnostic = Diagnostic::from(error);
        assert_eq!(diagnostic.error_type, "UnknownEvent");
        assert!(!diagnostic.error_message.contains("s3cr3t"));
    }
}

#[test]
fn an_invocation_ends_when_lambda_says_or_after_what_cargo_lambda_says() {
    let now: Timestamp = NOW.parse().unwrap();
    let in_a_minute = now + jiff::SignedDuration::from_secs(60);
    assert_eq!(end(u64::try_from(in_a_minute.as_millisecond()).unwrap(), now), in_a_minute);
    assert_eq!(end(60_000, now), in_a_minute);
    assert_eq!(end(u64::MAX, now), Timestamp::MAX);
}
