//! Switching a connection on and pausing it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connector::Descriptor;
use domain::activity::Action;
use domain::probe::{Authenticated, ConnectionTest};
use jiff::{SignedDuration, Timestamp};
use store::connection::Settings;
use sync::message::Reply;
use sync::scope::enabled_types;

use super::connection_tests::{Started, TestEffect, apply, other_account, test_id};
use super::integration::Integration;
use super::saving::{Effect, not_closing};
use crate::access::{Caller, Permission};
use crate::commands::{Asked, refusal, unexpected};
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(enable)).route(Permission::Manage, handlers!(disable))
}

/// A test that passed this recently need not be repeated.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Switches a connection on: tests it, unless a test passed within the last five minutes, and has it run at once. A vendor
/// too slow for one request is answered with the test at work: read it to its end, then repeat.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/enable",
    operation_id = "enable_integration",
    params(("connector" = String, Path, example = "halo-psa")),
    responses(
        (status = 200, body = Integration),
        (status = 202, body = Started, description = "The test is still at work."),
        (status = 409, description = "Set-up is unfinished, the test did not pass, or it is being disconnected."),
        (status = 502, description = "The vendor refused or failed."),
    ),
)]
async fn enable(caller: Caller, State(state): State<AppState>, Ids(connector): Ids<String>) -> Answer<Response> {
    let which = state.connector(&connector)?;
    let read = state.read(&caller.store, &which).await?;
    if read.settings().active() && read.connection.state.active {
        return answer(&state, &caller, &which).await;
    }
    not_closing(&which, read.settings())?;
    let mut test = None;
    ready(which.descriptor, read.settings())?;
    if !is_fresh(read.settings(), state.now()) {
        match state.test_now(&caller, &which, read.settings()).await? {
            Tested::Done(done) => test = Some(done),
            Tested::Running(test) => return Ok((StatusCode::ACCEPTED, Json(Started::of(test))).into_response()),
        }
    }
    let now = state.now();
    state
        .change(&caller, &which, Some(Action::IntegrationEnabled), |_, settings| {
            ready(which.descriptor, settings)?;
            if let Some(test) = &test {
                switch_on_after(which.descriptor, settings, test)?;
            } else if !is_fresh(settings, now) {
                return Err(Problem::conflict("The credentials were changed at the same moment. Try again."));
            }
            if enabled_types(which.descriptor, settings).is_empty() {
                return Err(Problem::conflict(format!(
                    "None of the record types chosen is permitted by {}. Choose others, or have them permitted and test \
                     again.",
                    which.descriptor.short_name
                )));
            }
            settings.paused = false;
            settings.enabled_at = Some(now);
            settings.connected_at.get_or_insert(now);
            settings.account_since.get_or_insert(now);
            Ok(Effect { run: true, re_evaluate: false })
        })
        .await?;
    if which.descriptor.webhook.is_some() {
        state.ensure_webhook(&caller.store, &which).await?;
    }
    answer(&state, &caller, &which).await
}

/// Pauses a connection: credentials, links and records stay.
#[utoipa::path(
    post,
    path = "/v1/integrations/{connector}/disable",
    operation_id = "disable_integration",
    params(("connector" = String, Path, example = "halo-psa")),
    responses((status = 200, body = Integration), (status = 409, description = "It was never switched on, or is being disconnected.")),
)]
async fn disable(caller: Caller, State(state): State<AppState>, Ids(connector): Ids<String>) -> Answer<Response> {
    let which = state.connector(&connector)?;
    state
        .change(&caller, &which, Some(Action::IntegrationPaused), |_, settings| {
            if settings.enabled_at.is_none() {
                return Err(Problem::conflict(format!("{} was never switched on.", which.descriptor.name)));
            }
            settings.paused = true;
            Ok(Effect::default())
        })
        .await?;
    answer(&state, &caller, &which).await
}

async fn answer(state: &AppState, caller: &Caller, which: &Which) -> Answer<Response> {
    let (integration, _) = state.integration(&caller.store, which).await?;
    Ok(Json(integration).into_response())
}

/// The steps before this one are done.
fn ready(descriptor: &Descriptor, settings: &Settings) -> Answer<()> {
    if settings.credentials.is_none() && settings.pending.is_none() {
        return Err(Problem::conflict(format!("Enter the {} credentials first.", descriptor.short_name)));
    }
    if !settings.options_saved {
        return Err(Problem::conflict("Choose the options first: how often, and what to sync."));
    }
    Ok(())
}

fn is_fresh(settings: &Settings, now: Timestamp) -> bool {
    let (Some(at), Some(set), None) = (settings.tested_at, &settings.credentials, &settings.pending) else {
        return false;
    };
    now.duration_since(at) < FRESH && set.secrets.values().all(|secret| secret.set_at <= at)
}

/// A passed test, in the write that switches on.
fn switch_on_after(descriptor: &Descriptor, settings: &mut Settings, test: &ConnectionTest) -> Answer<()> {
    match apply(settings, test) {
        TestEffect::Noted | TestEffect::Promoted => Ok(()),
        TestEffect::OtherAccount => Err(Problem::conflict(other_account(descriptor))),
        // Another reader of the same test was faster; anything else speaks for other credentials.
        TestEffect::None if settings.tested_at == Some(test.started_at) => Ok(()),
        TestEffect::None => Err(Problem::conflict("The credentials were changed during the test. Try again.")),
    }
}

enum Tested {
    Done(ConnectionTest),
    Running(ConnectionTest),
}

impl AppState {
    /// Runs a test and waits for its end, as long as a request may.
    async fn test_now(&self, caller: &Caller, which: &Which, settings: &Settings) -> Answer<Tested> {
        let id = test_id(which.descriptor, settings, None)?;
        let (waiting, command) = self.prepare_test(caller, which, id).await?;
        match self.ask(which, &command).await? {
            Asked::Reply(Reply::Tested) => {}
            Asked::Reply(Reply::Failed { problem }) => return Err(refusal(which.descriptor, &problem)),
            Asked::Reply(other) => return Err(unexpected(&other)),
            Asked::NotInTime => return Ok(Tested::Running(waiting)),
        }
        let test = caller.store.test(&which.connection, &waiting.id).await?;
        let test = test.ok_or_else(|| Problem::internal("a test that has run is not there"))?;
        if test.passed() {
            return Ok(Tested::Done(test));
        }
        let why = match (test.problem, test.authenticated) {
            (Some(problem), _) => format!("{problem}."),
            (None, Some(Authenticated::No)) => format!("{} refused the credentials.", which.descriptor.name),
            (None, _) => format!("{} could not be asked.", which.descriptor.name),
        };
        let remedy = test.remedy.map(|remedy| format!(" {remedy}")).unwrap_or_default();
        Err(Problem::conflict(format!("The test did not pass: {why}{remedy}")))
    }
}
