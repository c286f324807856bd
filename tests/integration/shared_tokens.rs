//! Access tokens that environments share: one asking, whoever comes and whoever is killed, and no token in plain anywhere.
//!
//! Every message and every command of a [`World`] is handled in a fresh environment, which holds no token of its own.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use domain::id::TestId;
use domain::probe::CheckResult;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::json;
use simulators::{App, DenyAs, Setup};
use store::memory::Fault;
use sync::engine::Engine;
use sync::message::{Command, Reply};
use sync::ports::{Clock, SecretRef};
use testkit::{Connected, InProcess, TestClock, World};
use tower::ServiceExt as _;

use crate::worlds::import_all;

const CONNECTOR: &str = "connectwise-asio";

struct Shared {
    world: World,
    vendor: App,
    connected: Connected,
}

impl Shared {
    /// Connected; what that asked for is not counted, and may be asked for as often as one likes.
    async fn connected() -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 40, seed: 1, clock: Arc::new(move || time.now()) };
        let vendor = simulators::by_id(CONNECTOR).unwrap().build(&setup);
        let world = World::new(&connectwise_asio::CONNECTOR, Arc::new(InProcess(vendor.router())), clock);
        let connected = world.connect("acme", &vendor.credentials(), import_all()).await;
        vendor.clear_calls();
        Self { world, vendor, connected }
    }

    async fn run(&self) {
        self.world.scheduled_run(&self.connected).await;
        assert_eq!(self.connected.read().await.issues, Vec::new());
    }

    fn asked(&self) -> u64 {
        self.vendor.calls(0).token
    }

    async fn test(&self, id: &str) -> Vec<CheckResult> {
        self.test_in(&self.world.engine(), id).await
    }

    /// In an environment that may have a token of its own.
    async fn test_in(&self, environment: &Engine, id: &str) -> Vec<CheckResult> {
        let command =
            Command::Test { tenant: "acme".into(), connection: CONNECTOR.into(), test: TestId::new(id.to_owned()) };
        let reply = environment.command(command, self.world.deadline()).await.unwrap();
        assert!(matches!(reply, Reply::Tested), "{reply:?}");
        let test = self.connected.store.test(&self.connected.id, &TestId::new(id.to_owned())).await.unwrap().unwrap();
        test.checks.into_iter().map(|check| check.result).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn environments_that_come_and_go_ask_once_in_the_life_of_a_token() {
    let shared = Shared::connected().await;
    for _ in 0..4 {
        shared.run().await;
    }
    assert_eq!(shared.asked(), 1);
    shared.world.clock.advance(SignedDuration::from_hours(1));
    shared.run().await;
    shared.run().await;
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn two_environments_at_once_ask_once() {
    let shared = Shared::connected().await;
    shared.world.tick().await;
    let (message, _) = shared.world.queue.take().unwrap();
    let (one, two) = (shared.world.engine(), shared.world.engine());
    let deadline = shared.world.deadline();
    let (one, two) = tokio::join!(one.work(&message, deadline), two.work(&message, deadline));
    let outcomes = (one.unwrap(), two.unwrap());
    shared.world.drain().await;
    assert_eq!(shared.asked(), 1, "{outcomes:?}");
}

/// Two environments, and so many tests in them that thousands of calls need a token at the same time.
async fn thousands_at_once(shared: &Shared, environments: &[Engine; 2], round: &str) {
    let before = shared.vendor.calls(0).data;
    let tests = (0..700).map(|n| async move { shared.test_in(&environments[n % 2], &format!("{round}-{n}")).await });
    for results in futures::future::join_all(tests).await {
        assert_eq!(results, [CheckResult::Granted; 3]);
    }
    assert!(shared.vendor.calls(0).data - before > 2_000);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_calls_in_two_environments_cost_one_token_and_a_lost_one_costs_each_of_them_one() {
    let shared = Shared::connected().await;
    shared.run().await;
    let environments = [shared.world.engine(), shared.world.engine()];
    thousands_at_once(&shared, &environments, "kept").await;
    assert_eq!(shared.asked(), 1);
    // Refused in the middle: each environment asks once, whoever of its hundreds notices first. A command keeps nothing.
    shared.vendor.expire_tokens();
    thousands_at_once(&shared, &environments, "refused").await;
    assert_eq!(shared.asked(), 3);
    shared.run().await;
    assert_eq!(shared.asked(), 4, "the run finds that what is kept is refused, and keeps another");
    thousands_at_once(&shared, &[shared.world.engine(), shared.world.engine()], "renewed").await;
    assert_eq!(shared.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_asked_too_often_is_locked_whoever_asks() {
    let shared = Shared::connected().await;
    // Somebody else's environments, which share nothing.
    let body = json!({"grant_type": "client_credentials", "client_id": shared.vendor.credentials()["client_id"],
        "client_secret": shared.vendor.credentials()["client_secret"]});
    let ask = async || {
        let request = Request::post("https://openapi.service.itsupport247.net/v1/token")
            .header("host", "openapi.service.itsupport247.net")
            .body(Body::from(body.to_string()))
            .unwrap();
        shared.vendor.router().oneshot(request).await.unwrap().status().as_u16()
    };
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(ask().await);
    }
    // Connecting was the first of ten.
    assert_eq!(answers, [[200; 9].as_slice(), &[423; 3]].concat());
    shared.world.clock.advance(SignedDuration::from_secs(301));
    assert_eq!(ask().await, 200);
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_before_the_token_is_kept_the_next_worker_asks_once_more_and_after_it_not_at_all() {
    let mut asked = Vec::new();
    for nth in 1..=6 {
        let mut shared = Shared::connected().await;
        shared.world.tick().await;
        let (message, _) = shared.world.queue.take().unwrap();
        shared.world.table = shared.world.table.reopen();
        let table = shared.world.table.clone();
        table.faults().at_write(nth, Fault::KillBefore);
        let (engine, deadline) = (shared.world.engine(), shared.world.deadline());
        assert!(table.faults().run(engine.work(&message, deadline)).await.is_none(), "it has {nth} writes");
        shared.world.table = shared.world.table.reopen();
        shared.connected.store = shared.world.store("acme");
        shared.world.clock.advance(SignedDuration::from_mins(5));
        shared.run().await;
        asked.push(shared.asked());
    }
    // The lease, then the token, then the rest.
    assert_eq!(asked, [1, 2, 1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_vendor_ended_is_replaced_once() {
    let shared = Shared::connected().await;
    shared.run().await;
    shared.vendor.expire_tokens();
    shared.run().await;
    shared.run().await;
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn rotated_credentials_do_not_use_the_token_of_those_before() {
    let shared = Shared::connected().await;
    shared.run().await;
    let secret = SecretRef { tenant: "acme".into(), connector: CONNECTOR.into(), connection: CONNECTOR.into() };
    let value = SecretString::from(shared.vendor.credentials()["client_secret"].clone());
    shared.world.secrets.keep(secret, "2", [("client_secret".to_owned(), value)].into());
    let version = |settings: &mut store::connection::Settings| {
        settings.credentials.as_mut().unwrap().version = "2".to_owned();
    };
    shared.connected.change(store::connection::Wake::default(), version).await;
    shared.run().await;
    shared.run().await;
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn commands_use_the_shared_token_and_without_one_ask_once_and_keep_nothing() {
    let shared = Shared::connected().await;
    let granted = [CheckResult::Granted; 3];
    assert_eq!(shared.test("before").await, granted);
    assert_eq!(shared.asked(), 1);
    assert_eq!(shared.connected.read().await.token, None);
    shared.run().await;
    assert_eq!(shared.asked(), 2);
    for id in ["one", "two", "three"] {
        assert_eq!(shared.test(id).await, granted);
    }
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_test_with_a_key_that_was_revoked_asks_once() {
    let shared = Shared::connected().await;
    shared.run().await;
    shared.vendor.revoke_credentials(true);
    shared.test("revoked").await;
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scope_that_was_given_since_is_found_by_the_next_test() {
    let shared = Shared::connected().await;
    shared.vendor.deny(["devices"], DenyAs::Forbidden);
    shared.world.scheduled_run(&shared.connected).await;
    shared.vendor.deny(Vec::<String>::new(), DenyAs::Forbidden);
    shared.world.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(shared.test("again").await, [CheckResult::Granted; 3]);
    assert_eq!(shared.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_locked_key_is_waited_for() {
    let shared = Shared::connected().await;
    shared.vendor.set_quirk("token_lock", json!({"calls": 1, "seconds": 200}));
    // The connection's own asking has used it up.
    shared.world.tick().await;
    shared.world.drain().await;
    let connection = shared.connected.read().await;
    assert_eq!(connection.issues, Vec::new(), "nobody has to act");
    shared.run().await;
    assert!(shared.connected.body().await.run.is_none());
    assert_eq!(shared.asked(), 2, "asked when it was locked, and after");
}

#[tokio::test(start_paused = true)]
async fn a_connection_taken_down_leaves_no_token() {
    let shared = Shared::connected().await;
    shared.run().await;
    assert!(shared.connected.read().await.token.is_some());
    let run = sync::run_id(shared.world.clock.now(), 0);
    let at = shared.world.clock.now();
    let wish = domain::disconnect::Disconnect { data: domain::disconnect::DataChoice::Keep, run, at };
    let wake = store::connection::Wake { due_at: Some(at), re_evaluate: false };
    shared.connected.change(wake, |settings| settings.disconnect = Some(wish)).await;
    shared.world.tick().await;
    shared.world.drain().await;
    assert_eq!(shared.connected.read().await.token, None);
}

/// Everything logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn neither_key_nor_token_is_in_a_log_line_or_in_plain_in_the_table() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);

    let mut shared = Shared::connected().await;
    let key = "the-key-of-this-deployment";
    shared.world.tokens = Some(sync::tokens::TokenVault::new(key.into()));
    shared.run().await;
    shared.vendor.expire_tokens();
    shared.run().await;
    let sealed = shared.connected.read().await.token.unwrap();
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("renewing a refused token"), "the log was captured");
    let table = format!("{:?}", shared.world.table.items());
    let debug = format!("{:?} {:?}", shared.world.engine().tokens, shared.connected.read().await);
    let dump = shared.vendor.dump();
    let tokens: Vec<&str> = dump["tokens"].as_array().unwrap().iter().filter_map(|token| token.as_str()).collect();
    assert_eq!(tokens.len(), 3);
    for secret in tokens.into_iter().chain([key, shared.vendor.credentials()["client_secret"].as_str()]) {
        for (place, text) in [("log", &logged), ("table", &table), ("debug output", &debug)] {
            assert!(!text.contains(secret), "a secret stands in the {place}");
        }
        let bytes = secret.as_bytes();
        assert!(!sealed.sealed.windows(bytes.len()).any(|part| part == bytes), "the token is kept in plain");
    }
}
