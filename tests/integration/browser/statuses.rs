//! Each status pill, reached by a real cause.

use simulators::{DenyAs, Fault, FaultKind, RouteKind};

use super::chromium::Chromium;
use super::person::Person;
use super::stage::Stage;

const HALO: &str = "halo-psa";
/// Past the two minutes between two *Sync now*.
const COOLED_DOWN: i64 = 130;
/// Past any lease: a function's time limit of 90 seconds and 30 more.
const LEASES_EXPIRED: i64 = 130;

/// A person at Halo's card, connected and in step.
async fn connected() -> Option<(Stage, Person)> {
    let browser = Chromium::start().await?;
    let stage = Stage::of(&[HALO], 40).await;
    stage.connect(HALO, local::connect::import_all).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    sees_pill(&admin, "connected").await;
    Some((stage, admin))
}

async fn sees_pill(person: &Person, status: &str) {
    person.sees_element(&format!("connection-card[data-key='{HALO}'] .pill.{status}")).await;
}

async fn end(stage: Stage, person: Person) {
    person.browser.quit().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_disconnects_and_resuming_connects_again() {
    let Some((stage, admin)) = connected().await else { return };
    admin.clicks("More for Halo PSA").await;
    admin.clicks("Pause").await;
    sees_pill(&admin, "disconnected").await;
    admin.sees("Paused. Credentials and links are kept.").await;
    admin.clicks("Resume").await;
    sees_pill(&admin, "connected").await;
    end(stage, admin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_refused_disconnect() {
    let Some((stage, admin)) = connected().await else { return };
    stage.vendor(HALO).revoke_credentials(true);
    stage.clock.advance(COOLED_DOWN);
    admin.clicks("Sync now").await;
    sees_pill(&admin, "disconnected").await;
    admin.sees("Halo PSA refused the client secret").await;
    end(stage, admin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_that_is_taken_away_is_an_error_until_it_is_given_back() {
    let Some((stage, admin)) = connected().await else { return };
    stage.vendor(HALO).deny(["tickets"], DenyAs::Forbidden);
    stage.clock.advance(COOLED_DOWN);
    admin.clicks("Sync now").await;
    sees_pill(&admin, "error").await;
    stage.vendor(HALO).deny(Vec::<String>::new(), DenyAs::Forbidden);
    stage.clock.advance(COOLED_DOWN);
    admin.clicks("Sync now").await;
    sees_pill(&admin, "connected").await;
    end(stage, admin).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_takes_its_time_is_syncing_and_a_killed_worker_never_stays_so() {
    let Some((mut stage, admin)) = connected().await else { return };
    stage.vendor(HALO).set_faults(vec![Fault::new(FaultKind::Hang).route(RouteKind::Data)]);
    stage.clock.advance(COOLED_DOWN);
    admin.clicks("Sync now").await;
    sees_pill(&admin, "syncing").await;

    stage.kill_workers().await;
    stage.clock.advance(LEASES_EXPIRED);
    admin.browser.gone(&super::chromium::By::Css(".pill.syncing".to_owned()), "the pill Syncing").await;

    stage.vendor(HALO).clear_faults();
    stage.tick(HALO).await;
    sees_pill(&admin, "connected").await;
    end(stage, admin).await;
}
