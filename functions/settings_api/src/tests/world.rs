//! What surrounds the API in tests: a clock that stands still unless it is told to go on, a queue, secrets and a bus that remember, a connector's
//! function that answers what it was told to.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::Account;
use domain::id::ConnectorId;
use domain::probe::{Authenticated, CheckResult, ConnectionTest, TestAccount, TestState};
use domain::record::{Choice, RecordData, RecordType};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use platform::invoke::InvokeError;
use secrecy::{ExposeSecret as _, SecretString};
use store::TenantStore;
use store::activity::By;
use store::connection::{CredentialSet, Settings, Versioned, Wake};
use store::table::Table;
use sync::message::{Command, Problem, Reply, WorkMessage};
use sync::ports::{Clock, DomainEvent, EventBus, PortError, SecretRef, SecretWriter};

use super::harness::Api;
use super::imports::record;

#[derive(Clone, Debug)]
pub(super) struct TestClock(Arc<Mutex<(Timestamp, SignedDuration)>>);

impl TestClock {
    pub(super) fn at(time: &str) -> Self {
        Self(Arc::new(Mutex::new((time.parse().unwrap(), SignedDuration::ZERO))))
    }

    pub(super) fn advance(&self, by: SignedDuration) {
        self.0.lock().unwrap().0 += by;
    }

    /// From now on so much passes whenever somebody looks.
    pub(super) fn ticks(&self, by: SignedDuration) {
        self.0.lock().unwrap().1 = by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let (now, tick) = &mut *self.0.lock().unwrap();
        *now += *tick;
        *now
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    sent: Arc<Mutex<Vec<WorkMessage>>>,
    down: Arc<AtomicBool>,
}

impl Queue {
    pub(super) fn take(&self) -> Vec<WorkMessage> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    /// From now on nothing can be sent.
    pub(super) fn fail(&self) {
        self.down.store(true, Ordering::Relaxed);
    }
}

impl sync::ports::Queue for Queue {
    fn send<'a>(&'a self, message: &'a WorkMessage, _: Duration) -> BoxFuture<'a, Result<(), PortError>> {
        if self.down.load(Ordering::Relaxed) {
            return Box::pin(async { Err(PortError { op: "queue work", source: "the queue is down".into() }) });
        }
        self.sent.lock().unwrap().push(message.clone());
        Box::pin(async { Ok(()) })
    }
}

/// Versions put, by number; there is no way to read them through the port.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

impl Secrets {
    /// Those of the secret that is there: of a deleted one none.
    pub(super) fn versions(&self) -> Vec<BTreeMap<String, String>> {
        self.0.lock().unwrap().clone()
    }
}

impl SecretWriter for Secrets {
    fn put<'a>(
        &'a self,
        _: &'a SecretRef,
        values: &'a BTreeMap<String, SecretString>,
    ) -> BoxFuture<'a, Result<String, PortError>> {
        let exposed = values.iter().map(|(key, value)| (key.clone(), value.expose_secret().to_owned())).collect();
        let mut versions = self.0.lock().unwrap();
        versions.push(exposed);
        let version = format!("v{}", versions.len());
        Box::pin(async { Ok(version) })
    }

    fn delete<'a>(&'a self, _: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        self.0.lock().unwrap().clear();
        Box::pin(async { Ok(()) })
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Bus(Arc<Mutex<Vec<DomainEvent>>>);

impl Bus {
    pub(super) fn take(&self) -> Vec<&'static str> {
        self.take_whole().into_iter().map(|event| event.detail_type).collect()
    }

    pub(super) fn take_whole(&self) -> Vec<DomainEvent> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl EventBus for Bus {
    fn publish<'a>(&'a self, events: &'a [DomainEvent]) -> BoxFuture<'a, Result<(), PortError>> {
        self.0.lock().unwrap().extend_from_slice(events);
        Box::pin(async { Ok(()) })
    }
}

/// How the vendor behaves.
#[derive(Clone, Debug)]
pub(super) enum Vendor {
    /// Everything works.
    Fine,
    /// It does not answer, so nothing could be verified.
    Down,
    /// It refuses this field.
    Refuses(&'static str),
    /// These record types are not permitted.
    Forbids(Vec<RecordType>),
    /// The function is at work for longer than a request may take.
    Slow,
}

/// Something that happens while a connector's function is at work.
#[derive(Clone, Default)]
struct Meanwhile(Arc<Mutex<Option<BoxFuture<'static, ()>>>>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

/// A connector's function.
#[derive(Clone, Debug)]
pub(super) struct Invoker {
    table: Arc<dyn Table>,
    clock: TestClock,
    vendor: Arc<Mutex<Vendor>>,
    account: Arc<Mutex<&'static str>>,
    /// Tests started and not run yet.
    started: Arc<Mutex<VecDeque<Command>>>,
    /// Everything that was asked.
    asked: Arc<Mutex<Vec<String>>>,
    meanwhile: Meanwhile,
}

impl Invoker {
    pub(super) fn new(table: Arc<dyn Table>, clock: TestClock) -> Self {
        let vendor = Arc::new(Mutex::new(Vendor::Fine));
        let account = Arc::new(Mutex::new("Acme MSP"));
        let (started, asked, meanwhile) = Default::default();
        Self { table, clock, vendor, account, started, asked, meanwhile }
    }

    /// Lets this happen while the function is at work on the next request.
    pub(super) fn meanwhile(&self, happens: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.0.lock().unwrap() = Some(Box::pin(happens));
    }

    pub(super) fn vendor(&self, vendor: Vendor) {
        *self.vendor.lock().unwrap() = vendor;
    }

    /// From now on the credentials reach this account.
    pub(super) fn account(&self, name: &'static str) {
        *self.account.lock().unwrap() = name;
    }

    /// Runs the tests that were started.
    pub(super) async fn run_started(&self) {
        loop {
            let next = self.started.lock().unwrap().pop_front();
            let Some(command) = next else { return };
            self.answer(&command).await;
        }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    async fn answer(&self, command: &Command) -> Reply {
        let vendor = self.vendor.lock().unwrap().clone();
        let name = *self.account.lock().unwrap();
        let account = Account { id: name.to_lowercase(), name: name.to_owned() };
        match (command, &vendor) {
            (Command::Test { tenant, connection, test }, _) => {
                let store = TenantStore::new(Arc::clone(&self.table), tenant.clone());
                let mut test = store.test(connection, test).await.unwrap().unwrap();
                conclude(&mut test, &vendor, &account);
                test.started_at = self.clock.now();
                store.put_test(connection, &test).await.unwrap();
                Reply::Tested
            }
            (_, Vendor::Down) => Reply::Failed { problem: problem(false, None) },
            (_, Vendor::Refuses(field)) => Reply::Failed { problem: problem(true, Some(field)) },
            (Command::Authenticate { .. }, _) => Reply::Authenticated { account },
            (Command::Choices { field, search, .. }, _) => {
                let all = [("1", "New"), ("2", "In Progress"), ("9", "Closed")];
                let wanted = |label: &str| search.as_deref().is_none_or(|search| label.contains(search));
                let choices = all.into_iter().filter(|(_, label)| wanted(label));
                let choice = |(value, label): (&str, &str)| Choice::new(value, format!("{field}: {label}"));
                Reply::Choices { choices: choices.map(choice).collect() }
            }
            (Command::IssueLink { request, .. }, _) => {
                let mut url: url::Url = "https://vendor.example/once".parse().unwrap();
                if let connector::LinkRequest::Consent { state, .. } = request {
                    url.query_pairs_mut().append_pair("state", state);
                }
                Reply::Link { link: connector::IssuedLink { url, expires_at: None } }
            }
            (Command::CompanyAccess { .. }, _) => Reply::Accessible,
        }
    }
}

fn problem(reached: bool, field: Option<&str>) -> Problem {
    let title = if reached { "Halo PSA refused the client secret" } else { "Halo PSA does not answer" };
    Problem {
        reached,
        field: field.map(str::to_owned),
        title: title.to_owned(),
        detail: None,
        remedy: "Check it in Halo.".to_owned(),
    }
}

fn conclude(test: &mut ConnectionTest, vendor: &Vendor, account: &Account) {
    test.state = TestState::Done;
    test.reachable = Some(!matches!(vendor, Vendor::Down));
    test.authenticated = Some(match vendor {
        Vendor::Down => Authenticated::Unverified,
        Vendor::Refuses(_) => Authenticated::No,
        _ => Authenticated::Yes,
    });
    if test.authenticated != Some(Authenticated::Yes) {
        let problem = problem(!matches!(vendor, Vendor::Down), None);
        test.problem = Some(problem.title);
        test.remedy = Some(problem.remedy);
        return;
    }
    test.tls = Some(true);
    test.account = Some(TestAccount { id: account.id.clone(), name: account.name.clone() });
    for check in &mut test.checks {
        let forbidden = matches!(vendor, Vendor::Forbids(types) if types.contains(&check.record_type));
        check.result = if forbidden { CheckResult::NotPermitted } else { CheckResult::Granted };
    }
}

impl platform::invoke::Invoker for Invoker {
    fn request<'a>(
        &'a self,
        connector: &'a ConnectorId,
        command: &'a Command,
    ) -> BoxFuture<'a, Result<Reply, InvokeError>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(format!("{connector} {}", kind(command)));
            let happens = self.meanwhile.0.lock().unwrap().take();
            if let Some(happens) = happens {
                happens.await;
            }
            if matches!(*self.vendor.lock().unwrap(), Vendor::Slow) {
                self.started.lock().unwrap().push_back(command.clone());
                return Err(InvokeError::TimedOut);
            }
            Ok(self.answer(command).await)
        })
    }

    fn start<'a>(&'a self, connector: &'a ConnectorId, command: &'a Command) -> BoxFuture<'a, Result<(), InvokeError>> {
        self.asked.lock().unwrap().push(format!("{connector} {} started", kind(command)));
        self.started.lock().unwrap().push_back(command.clone());
        Box::pin(async { Ok(()) })
    }
}

fn kind(command: &Command) -> &'static str {
    match command {
        Command::Authenticate { .. } => "authenticate",
        Command::Test { .. } => "test",
        Command::Choices { .. } => "choices",
        Command::IssueLink { .. } => "issue link",
        Command::CompanyAccess { .. } => "company access",
    }
}

impl Api {
    /// A connection that was tested and switched on a moment ago, changed by `change`.
    pub(super) async fn switch_on(&self, connector: &str, change: impl FnOnce(&mut Settings)) {
        let mut settings = Settings {
            credentials: Some(CredentialSet::default()),
            options_saved: true,
            tested_at: Some(self.now()),
            connected_at: Some(self.now()),
            enabled_at: Some(self.now()),
            ..Settings::new(connector.into())
        };
        change(&mut settings);
        let settings = Versioned { value: settings, version: 0 };
        self.store().save_settings(&connector.into(), &settings, &Wake::default(), By::System).await.unwrap();
    }

    /// Records as the engine mirrors them, by the vendor's ids.
    pub(super) async fn mirror(&self, connector: &str, record_type: RecordType, records: Vec<(&str, RecordData)>) {
        let named = records.into_iter().map(|(id, data)| (id, data.name().to_owned(), data));
        let records: Vec<_> = named.map(|(id, name, data)| record(self, id, &name, Some(data))).collect();
        self.store().put_records(&connector.into(), record_type, &records).await.unwrap();
    }
}
