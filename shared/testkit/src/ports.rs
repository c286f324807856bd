//! Fakes of the engine's ports.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sync::message::WorkMessage;
use sync::ports::{Clock, DomainEvent, EventBus, IssuedSecrets, PortError, Queue, SecretRef, Secrets, WebhookSecrets};

/// A clock that a test moves; under paused time it also goes on with tokio's.
#[derive(Clone, Debug)]
pub struct TestClock {
    start: tokio::time::Instant,
    base: Arc<Mutex<Timestamp>>,
}

impl TestClock {
    /// A clock that stands at `at`. Must be made inside a runtime with paused time.
    pub fn at(at: Timestamp) -> Self {
        Self { start: tokio::time::Instant::now(), base: Arc::new(Mutex::new(at)) }
    }

    /// Moves it.
    pub fn advance(&self, by: SignedDuration) {
        *self.base.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.base.lock().unwrap() + SignedDuration::try_from(self.start.elapsed()).unwrap()
    }
}

/// A queue that keeps what was sent; delays are noted and not waited for.
#[derive(Clone, Debug, Default)]
pub struct FakeQueue {
    sent: Arc<Mutex<VecDeque<(WorkMessage, Duration)>>>,
    fails: Arc<AtomicBool>,
}

impl FakeQueue {
    /// Takes the oldest message.
    pub fn take(&self) -> Option<(WorkMessage, Duration)> {
        self.sent.lock().unwrap().pop_front()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.sent.lock().unwrap().is_empty()
    }

    /// From now on sending fails, or works again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }
}

impl Queue for FakeQueue {
    fn send<'a>(&'a self, message: &'a WorkMessage, delay: Duration) -> BoxFuture<'a, Result<(), PortError>> {
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err(PortError { op: "queue work", source: "the queue fails".into() }) });
        }
        self.sent.lock().unwrap().push_back((message.clone(), delay));
        Box::pin(async { Ok(()) })
    }
}

type Values = BTreeMap<String, SecretString>;

/// Secrets in memory, by reference and version.
#[derive(Clone, Debug, Default)]
pub struct FakeSecrets {
    kept: Arc<Mutex<BTreeMap<(SecretRef, String), Values>>>,
}

impl FakeSecrets {
    /// Keeps a version.
    pub fn keep(&self, secret: SecretRef, version: &str, values: BTreeMap<String, SecretString>) {
        self.kept.lock().unwrap().insert((secret, version.to_owned()), values);
    }

    /// They are gone, by whatever accident.
    pub fn lose(&self) {
        self.kept.lock().unwrap().clear();
    }

    /// Nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.lock().unwrap().is_empty()
    }
}

impl Secrets for FakeSecrets {
    fn read<'a>(
        &'a self,
        secret: &'a SecretRef,
        version: &'a str,
    ) -> BoxFuture<'a, Result<BTreeMap<String, SecretString>, PortError>> {
        let found = self.kept.lock().unwrap().get(&(secret.clone(), version.to_owned())).cloned();
        Box::pin(async move {
            found.ok_or_else(|| PortError { op: "read secret", source: format!("no version {version}").into() })
        })
    }

    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        self.kept.lock().unwrap().retain(|(kept, _), _| kept != secret);
        Box::pin(async { Ok(()) })
    }
}

/// Issued secrets in memory.
#[derive(Clone, Debug, Default)]
pub struct FakeWebhookSecrets {
    kept: Arc<Mutex<BTreeMap<SecretRef, IssuedSecrets>>>,
    fails: Arc<AtomicBool>,
}

impl FakeWebhookSecrets {
    /// From now on every call fails, or none.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// What is kept for a connection.
    pub fn of(&self, secret: &SecretRef) -> IssuedSecrets {
        self.kept.lock().unwrap().get(secret).cloned().unwrap_or_default()
    }

    /// Nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.kept.lock().unwrap().is_empty()
    }

    fn tried<'a, T: Send + 'a>(&self, op: &'static str, done: T) -> BoxFuture<'a, Result<T, PortError>> {
        let fails = self.fails.load(Ordering::Relaxed);
        Box::pin(async move { if fails { Err(PortError { op, source: "the secrets fail".into() }) } else { Ok(done) } })
    }
}

impl WebhookSecrets for FakeWebhookSecrets {
    fn read<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<IssuedSecrets, PortError>> {
        self.tried("read issued secrets", self.of(secret))
    }

    fn put<'a>(&'a self, secret: &'a SecretRef, issued: &'a IssuedSecrets) -> BoxFuture<'a, Result<(), PortError>> {
        if !self.fails.load(Ordering::Relaxed) {
            self.kept.lock().unwrap().insert(secret.clone(), issued.clone());
        }
        self.tried("keep issued secrets", ())
    }

    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        self.kept.lock().unwrap().remove(secret);
        self.tried("delete issued secrets", ())
    }
}

/// A bus that keeps what was published.
#[derive(Clone, Debug, Default)]
pub struct FakeBus {
    events: Arc<Mutex<Vec<DomainEvent>>>,
}

impl FakeBus {
    /// Everything published so far.
    pub fn events(&self) -> Vec<DomainEvent> {
        self.events.lock().unwrap().clone()
    }
}

impl EventBus for FakeBus {
    fn publish<'a>(&'a self, events: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>> {
        self.events.lock().unwrap().extend_from_slice(events);
        Box::pin(async { Ok(()) })
    }
}
