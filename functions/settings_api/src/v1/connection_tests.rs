//! Connection tests: what the vendor permits, line by line, without writing or enabling anything there.
//!
//! The connector's function runs a test and writes its lines; the settings are this API's to write. A passed test takes
//! effect (`tested_at`, what is not permitted, credentials that waited for it) **when its end is first read here**, and
//! *enable* runs or reads a test of its own and puts its effect into the very write that switches the connection on. So
//! nothing that matters hangs on a request that may be cut off: a page that was closed runs the test again, and what is
//! enabled was tested. (The request that starts a test cannot do it: it has ended by then.) A test's id carries the
//! fingerprint of the credentials that it tries, so it never speaks for others.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use connector::{Account, Descriptor};
use domain::hash::ContentHash;
use domain::id::TestId;
use domain::probe::{Authenticated, Check, CheckResult, ConnectionTest, TestState};
use jiff::SignedDuration;
use serde::Serialize;
use store::connection::{AccountRef, CredentialSet, Settings};
use sync::message::Command;
use utoipa::ToSchema;

use super::saving::{Effect, not_closing};
use crate::access::{Caller, Permission};
use crate::input::{Ids, idempotency_key};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

/// No test takes so long: it ends after 60 seconds, its worker after 90.
const LONGEST: SignedDuration = SignedDuration::from_secs(90);

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(start)).route(Permission::Manage, handlers!(get))
}

/// A yes or no that may not be known.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Yes,
    No,
    Unverified,
}

/// A test as far as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestView {
    id: TestId,
    state: TestState,
    /// The vendor's host answered; null until asked.
    reachable: Option<Verdict>,
    /// Over a trusted connection; null until asked.
    tls: Option<Verdict>,
    /// The vendor took the credentials; null until asked.
    authenticated: Option<Verdict>,
    /// Who we are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<domain::probe::TestAccount>,
    /// What could not be done at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    checks: Vec<Check>,
}

/// A test that was started.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Started {
    test: TestView,
}

impl Started {
    pub(super) fn of(test: ConnectionTest) -> Self {
        Self { test: TestView::of(test) }
    }
}

impl TestView {
    fn of(test: ConnectionTest) -> Self {
        let done = test.state == TestState::Done;
        let known = |known: Option<bool>| match known {
            Some(true) => Some(Verdict::Yes),
            Some(false) => Some(Verdict::No),
            None => done.then_some(Verdict::Unverified),
        };
        Self {
            reachable: known(test.reachable),
            tls: known(test.tls),
            authenticated: test.authenticated.map(|authenticated| match authenticated {
                Authenticated::Yes => Verdict::Yes,
                Authenticated::No => Verdict::No,
                Authenticated::Unverified => Verdict::Unverified,
            }),
            id: test.id,
            state: test.state,
            account: test.account,
            problem: test.problem,
            remedy: test.remedy,
            checks: test.checks,
        }
    }
}

/// Starts a test with the credentials entered last. It ends within 60 seconds and is kept for 15 minutes.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/test",
    operation_id = "start_test",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeated key starts nothing new."),
    ),
    responses(
        (status = 202, body = Started),
        (status = 400, description = "The idempotency key is none."),
        (status = 409, description = "There are no credentials yet, or it is being disconnected."),
    ),
)]
async fn start(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(connector): Ids<String>,
) -> Answer<(StatusCode, Json<Started>)> {
    let key = idempotency_key(&headers)?;
    let which = state.connector(&connector)?;
    let read = state.read(&caller.store, &which).await?;
    not_closing(&which, read.settings())?;
    let id = test_id(which.descriptor, read.settings(), key)?;
    if let Some(begun) = caller.store.test(&which.connection, &id).await? {
        return Ok((StatusCode::ACCEPTED, Json(Started::of(begun))));
    }
    let (test, command) = state.prepare_test(&caller, &which, id).await?;
    let started = state.invoker.start(&which.connector, &command).await;
    started.map_err(|error| Problem::unavailable(platform::tracing::chain(&error)))?;
    Ok((StatusCode::ACCEPTED, Json(Started::of(test))))
}

/// A test as far as it is.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/tests/{test}",
    operation_id = "get_test",
    params(("connector" = String, Path, example = "halo-psa"), ("test" = String, Path)),
    responses((status = 200, body = TestView)),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, id)): Ids<(String, String)>,
) -> Answer<Json<TestView>> {
    let which = state.connector(&connector)?;
    let test = caller.store.test(&which.connection, &TestId::new(id)).await?;
    let mut test =
        test.ok_or_else(|| Problem::not_found("There is no test of this id. Tests are kept for 15 minutes."))?;
    if test.state == TestState::Running && state.now().duration_since(test.started_at) >= LONGEST {
        // Its worker was killed: nobody writes the lines that are missing.
        test.give_up();
    }
    if test.passed() {
        let mut effect = TestEffect::None;
        let saved = state
            .change_even_closing(&caller, &which, None, |_, settings| {
                if settings.disconnect.is_some() {
                    return Ok(Effect::default());
                }
                effect = apply(settings, &test);
                Ok(Effect { run: effect == TestEffect::Promoted, re_evaluate: false })
            })
            .await;
        saved?;
        if effect == TestEffect::OtherAccount {
            test.problem = Some(other_account(which.descriptor));
        }
    }
    Ok(Json(TestView::of(test)))
}

impl AppState {
    /// Writes a test's first state; the command has it run.
    pub(super) async fn prepare_test(
        &self,
        caller: &Caller,
        which: &Which,
        id: TestId,
    ) -> Answer<(ConnectionTest, Command)> {
        let checks = which.descriptor.record_types.iter().map(|declared| Check {
            record_type: declared.record_type,
            result: CheckResult::Waiting,
            permission: declared.feeds.first().map(|feed| feed.permission.to_owned()),
            cause: None,
            remedy: None,
        });
        let test = ConnectionTest {
            id: id.clone(),
            state: TestState::Running,
            reachable: None,
            tls: None,
            authenticated: None,
            account: None,
            problem: None,
            remedy: None,
            checks: checks.collect(),
            started_at: self.now(),
        };
        caller.store.put_test(&which.connection, &test).await?;
        let tenant = caller.store.tenant().clone();
        Ok((test, Command::Test { tenant, connection: which.connection.clone(), test: id }))
    }
}

/// The credentials that a test tries: those entered last.
fn tried(settings: &Settings) -> Option<&CredentialSet> {
    settings.pending.as_ref().or(settings.credentials.as_ref())
}

fn fingerprint(set: &CredentialSet) -> String {
    let text = serde_json::json!([set.version, set.open]).to_string();
    format!("{:?}", ContentHash::of(text.as_bytes(), 0))
}

/// The id of a test of the credentials entered last; with an idempotency key always the same one.
pub(super) fn test_id(descriptor: &Descriptor, settings: &Settings, key: Option<&str>) -> Answer<TestId> {
    let set = tried(settings)
        .ok_or_else(|| Problem::conflict(format!("Enter the {} credentials first.", descriptor.short_name)))?;
    let own = match key {
        Some(key) => format!("{:?}", ContentHash::of(key.as_bytes(), 1)),
        None => uuid::Uuid::new_v4().simple().to_string(),
    };
    Ok(TestId::new(format!("te_{}{own}", fingerprint(set))))
}

/// What a passed test did to the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestEffect {
    /// Nothing: it speaks for other credentials, or a later one has spoken.
    None,
    /// Noted.
    Noted,
    /// Noted, and the credentials that waited are now in use.
    Promoted,
    /// The credentials that waited reach another account, so they go on waiting.
    OtherAccount,
}

/// Puts a passed test into effect.
pub(super) fn apply(settings: &mut Settings, test: &ConnectionTest) -> TestEffect {
    let speaks = tried(settings).is_some_and(|set| test.id.as_str().starts_with(&format!("te_{}", fingerprint(set))));
    if !test.passed() || !speaks || settings.tested_at.is_some_and(|at| at >= test.started_at) {
        return TestEffect::None;
    }
    if let (Some(ours), Some(theirs)) = (&settings.account, &test.account)
        && ours.id != theirs.id
        && !Account::is_provisional(&ours.id)
    {
        return TestEffect::OtherAccount;
    }
    for check in &test.checks {
        match check.result {
            CheckResult::Granted => settings.not_permitted.remove(&check.record_type),
            CheckResult::NotPermitted | CheckResult::NotAvailable => settings.not_permitted.insert(check.record_type),
            CheckResult::Waiting | CheckResult::Unverified => false,
        };
    }
    settings.tested_at = Some(test.started_at);
    if let Some(account) = &test.account {
        settings.account = Some(AccountRef { id: account.id.clone(), name: account.name.clone() });
    }
    match settings.pending.take() {
        Some(set) => {
            settings.credentials = Some(set);
            TestEffect::Promoted
        }
        None => TestEffect::Noted,
    }
}

pub(super) fn other_account(descriptor: &Descriptor) -> String {
    format!(
        "The {} credentials entered last belong to another account than this connection, so they are not used.",
        descriptor.short_name
    )
}
