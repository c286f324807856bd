//! Secrets stay where they belong: distinctive values appear in nothing that is logged, kept, announced or shown.

use std::io::Write;
use std::sync::{Arc, Mutex};

use connector::ErrorKind;
use connector::http::TransportError;
use domain::id::TestId;
use domain::record::RecordType;
use jiff::SignedDuration;
use secrecy::SecretString;
use simulators::{DenyAs, Fault, FaultKind};
use sync::message::Command;
use tracing_subscriber::fmt::MakeWriter;

use crate::acme::{Acme, import_all};
use crate::pushing::Pushing;
use crate::wire::Dead;

#[derive(Clone, Default)]
pub(crate) struct Log(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Captures everything that is logged until the guard is dropped.
fn capture() -> (Log, tracing::Dispatch, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone());
    // With a single dispatcher, a call site that another test's thread meets first would be off for good.
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber.finish());
    (log, second, guard)
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_in_any_log_line_issue_run_record_event_or_debug_text() {
    let (log, _second, guard) = capture();
    let acme = Acme::connected(40, import_all()).await;
    let mut shown = trouble_of_every_kind(&acme).await;
    drop(guard);

    shown.push(everything_kept(&acme).await);
    shown.push(String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(shown.last().unwrap().contains("called a vendor"), "the log was captured");
    let mut secrets = acme.wire.sent();
    secrets.push(acme.halo.credentials()["client_secret"].clone());
    secrets.push("wrong-canary-secret-5417".to_owned());
    assert!(secrets.len() > 20);
    for secret in secrets {
        for text in &shown {
            let at = text.find(&secret);
            assert_eq!(at, None, "{:?}", at.map(|at| &text[at.saturating_sub(200)..at]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_address_and_no_secret_of_a_webhook_is_in_any_log_line_or_in_the_table() {
    let (log, _second, guard) = capture();
    let pushing = Pushing::connected(0, import_all()).await;
    pushing.vendor.refuse(Some(ErrorKind::Forbidden));
    pushing.acme.run().await;
    let issues = pushing.acme.issues().await;
    assert_eq!(issues.len(), 1);
    pushing.vendor.refuse(None);
    pushing.acme.world.clock.advance(SignedDuration::from_hours(1));
    pushing.acme.run().await;
    let mut shown = vec![format!("{issues:?} {pushing:?}")];
    for rotation in 0..2 {
        let event = format!("e-{rotation}");
        for _ in 0..2 {
            shown.push(format!("{:?}", pushing.push(&event, "tickets/1").await));
        }
        shown.push(format!("{:?}", pushing.push_forged("tickets/1").await));
        shown.push(format!("{:?}", pushing.push_astray("tickets/1").await));
        pushing.rotate().await;
        pushing.acme.wake().await;
    }
    drop(guard);

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("signature_mismatch") && logged.contains("unknown_address"), "the log was captured");
    shown.push(logged);
    shown.push(format!("{:?}", pushing.acme.world.table.items()));
    let secrets = pushing.secrets(3);
    assert_eq!(secrets.len(), 7, "the key, and an address and a secret for each generation");
    for secret in secrets {
        for text in &shown {
            let at = text.find(&secret);
            assert_eq!(at, None, "{:?}", at.map(|at| &text[at.saturating_sub(200)..at]));
        }
    }
}

/// Runs, tests and commands into every kind of failure; what they answered, as `Debug` shows it.
async fn trouble_of_every_kind(acme: &Acme) -> Vec<String> {
    acme.run().await;
    let secret = acme.halo.credentials()["client_secret"].clone();
    let echo = |code| FaultKind::Status {
        code,
        body: Some(format!("{{\"error\":\"no such secret {secret}\",\"Message\":\"{secret}\"}}")),
        retry_after: None,
        headers: std::collections::BTreeMap::from([("location".to_owned(), format!("https://x.example/?s={secret}"))]),
    };
    let mut shown = Vec::new();
    for kind in [FaultKind::Html, FaultKind::BadRow, FaultKind::Reset, FaultKind::Truncate { bytes: 80 }] {
        acme.halo.set_faults(vec![Fault::new(kind)]);
        acme.halo.expire_tokens();
        acme.run().await;
    }
    for code in [302, 400, 401, 403, 404, 429, 500] {
        acme.halo.set_faults(vec![Fault::new(echo(code)).times(9)]);
        acme.rest().await;
        let values = acme.halo.credentials();
        let entered: connector::CredentialValues =
            values.into_iter().map(|(key, value)| (key, SecretString::from(value))).collect();
        shown.extend(acme.commands(entered).await);
    }
    acme.halo.clear_faults();
    acme.halo.deny(["tickets"], DenyAs::Forbidden);
    acme.rest().await;
    let mut wrong: connector::CredentialValues =
        acme.halo.credentials().into_iter().map(|(key, value)| (key, SecretString::from(value))).collect();
    wrong.insert("client_secret".to_owned(), SecretString::from("wrong-canary-secret-5417"));
    shown.extend(acme.commands(wrong).await);
    acme.wire.lead_to(Arc::new(Dead));
    acme.rest().await;
    shown.push(format!("{:?}", TransportError::TimedOut));
    shown.push(format!("{:?} {:?}", acme.world.engine().secrets, acme.connected.read().await));
    shown
}

impl Acme {
    /// A new function environment works on the connection, whatever paused it.
    async fn rest(&self) {
        self.world.clock.advance(SignedDuration::from_hours(1));
        let wake =
            store::connection::Wake { due_at: Some(sync::ports::Clock::now(&self.world.clock)), re_evaluate: true };
        self.connected.change(wake, |_| {}).await;
        self.world.scheduled_run(&self.connected).await;
    }

    async fn commands(&self, values: connector::CredentialValues) -> Vec<String> {
        let tenant = self.connected.store.tenant().clone();
        let connection = self.connected.id.clone();
        let test = TestId::new("t-1");
        let commands = [
            Command::Authenticate { tenant: tenant.clone(), connection: connection.clone(), values },
            Command::Test { tenant: tenant.clone(), connection: connection.clone(), test: test.clone() },
            Command::Choices { tenant, connection, field: "teams".to_owned(), search: None, board: None },
        ];
        let mut shown = Vec::new();
        for command in commands {
            shown.push(format!("{command:?}"));
            let reply = self.world.engine().command(command, self.world.deadline()).await;
            shown.push(format!("{reply:?}"));
            shown.push(serde_json::to_string(&reply.unwrap()).unwrap());
        }
        shown.push(format!("{:?}", self.connected.store.test(&self.connected.id, &test).await));
        shown
    }
}

/// Everything that the table keeps of the connection, and every event.
async fn everything_kept(acme: &Acme) -> String {
    let store = &acme.connected.store;
    let id = &acme.connected.id;
    let mut kept = format!("{:?} {:?}", acme.connected.read().await, acme.connected.body().await);
    let runs = store.runs(id, 1_000, None).await.unwrap().items;
    for run in &runs {
        kept.push_str(&format!("{run:?} {:?}", acme.lines(run).await));
    }
    for record_type in RecordType::ALL {
        kept.push_str(&format!("{:?}", store.record_page(id, record_type, 10_000, None).await.unwrap()));
        kept.push_str(&format!("{:?}", store.quarantined(id, 1_000, None).await.unwrap()));
    }
    kept.push_str(&format!("{:?}", acme.world.bus.events()));
    kept
}
