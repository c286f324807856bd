//! Answers that are no data: who is told, what goes on, and what heals by itself.

use connector::{Feed, Reach};
use domain::issue::{Cause, Reason};
use domain::run::RunState;
use domain::status::{Status, TypeState};
use sync::ports::Clock;

use super::subject::{SMALL, Subject};
use super::{Disturbance, Vendor};

/// 401 for good.
pub async fn refused_credentials_disconnect(vendor: &dyn Vendor) {
    let subject = Subject::imported(vendor, SMALL).await;
    let before = subject.live().await;
    let first_type = vendor.connector().descriptor().record_types[0].record_type;
    subject.simulated.revoke();
    subject.run().await;
    let issues = subject.issues().await;
    assert_eq!(issues.len(), 1, "{issues:#?}");
    assert_eq!((issues[0].cause, issues[0].reason), (Cause::Config, Reason::CredentialsRevoked));
    assert!(!issues[0].remedy.is_empty());
    assert_eq!(subject.status(first_type).await.0, Status::Disconnected);
    assert_eq!(subject.live().await, before);
    for _ in 0..5 {
        if subject.connected.read().await.state.due_at.is_some() {
            subject.run().await;
        }
    }
    assert!(!subject.connected.read().await.state.active, "after repeated refusals it stops asking");
    assert_eq!(subject.issues().await.len(), 1, "one problem, one issue");
}

/// 403 on one feed, each in turn.
pub async fn one_forbidden_type_waits_for_a_person_and_the_others_go_on(vendor: &dyn Vendor) {
    for (declared, feed) in vendor.connector().descriptor().feeds() {
        let subject = Subject::imported(vendor, SMALL).await;
        if feed.reach == Reach::LinkedCompanies {
            companies_that_refuse_keep_what_is_known(&subject, feed).await;
            continue;
        }
        subject.simulated.deny(feed.id);
        for round in 0..2 {
            subject.run_over(feed).await;
            let issues = subject.issues().await;
            assert_eq!(issues.len(), 1, "feed {}, round {round}: {issues:#?}", feed.id);
            assert_eq!(issues[0].reason, Reason::PermissionMissing);
            assert_eq!(issues[0].record_types, [declared.record_type]);
            assert!(issues[0].remedy.contains(feed.permission), "{}", issues[0].remedy);
            assert_eq!(subject.status(declared.record_type).await, (Status::Error, TypeState::ActionRequired));
        }
        let run = subject.runs().await.remove(0);
        assert_eq!(run.state, RunState::Partial);
        for (record_type, result) in &run.types {
            let wanted = if *record_type == declared.record_type { RunState::Failed } else { RunState::Succeeded };
            assert_eq!(result.state, wanted, "feed {} denied: {record_type}", feed.id);
        }
        subject.simulated.heal();
        subject.run_over(feed).await;
        assert_eq!(subject.issues().await, Vec::new(), "feed {}: closed by the first success", feed.id);
    }
}

/// What a company's owner has not given is nobody else's matter: its link says so, and its next success unsays it. What no
/// owner has given, the account may not ask for.
async fn companies_that_refuse_keep_what_is_known(subject: &Subject, feed: &'static Feed) {
    let (before, lists) = (subject.live().await, subject.lists(feed).await);
    assert!(lists > 0, "feed {}: no company lets us in", feed.id);
    subject.simulated.deny(feed.id);
    for _ in 0..3 {
        subject.run().await;
        assert_eq!(subject.live().await, before, "feed {}: nothing is swept", feed.id);
        let issues = subject.issues().await;
        assert_eq!(issues.len(), 1, "feed {}: {issues:#?}", feed.id);
        assert_eq!(issues[0].reason, Reason::PermissionMissing);
        assert!(issues[0].remedy.contains(feed.permission), "{}", issues[0].remedy);
    }
    subject.simulated.heal();
    subject.run().await;
    assert_eq!(subject.issues().await, Vec::new(), "feed {}", feed.id);
    assert_eq!((subject.live().await, subject.lists(feed).await), (before, lists), "feed {}", feed.id);
}

/// 429 that names a time.
pub async fn a_429_delays_and_then_succeeds(vendor: &dyn Vendor) {
    limited(vendor, Some("40"), 40).await;
}

/// 429 that names none.
pub async fn a_429_without_a_time_delays_and_then_succeeds(vendor: &dyn Vendor) {
    limited(vendor, None, 10).await;
}

async fn limited(vendor: &dyn Vendor, retry_after: Option<&'static str>, at_least: i64) {
    let undisturbed = Subject::imported(vendor, SMALL).await;
    let subject = Subject::connected(vendor, SMALL).await;
    let began = subject.world.clock.now();
    let feed = vendor.connector().descriptor().record_types[0].feeds[0].id;
    subject.simulated.disturb(Some(feed), Disturbance::Status { code: 429, retry_after, body: None }, Some(2));
    subject.run().await;
    let took = subject.world.clock.now().duration_since(began).as_secs();
    assert!(took >= at_least, "it waited {took} s");
    assert_eq!(subject.live().await, undisturbed.live().await);
    assert_eq!(subject.issues().await, Vec::new(), "nobody has to be told");
    assert_eq!(subject.runs().await.len(), 1, "one run over all its slices");
}

/// 5xx longer than the kit repeats a call.
pub async fn a_server_error_heals(vendor: &dyn Vendor) {
    for code in [500, 502, 503, 504] {
        heals(vendor, &Disturbance::status(code)).await;
    }
}

/// A maintenance page.
pub async fn a_page_of_html_heals(vendor: &dyn Vendor) {
    heals(vendor, &Disturbance::Html).await;
}

/// A body that ends too early.
pub async fn a_cut_answer_heals(vendor: &dyn Vendor) {
    heals(vendor, &Disturbance::Cut).await;
}

/// A run over each disturbed feed leaves a transient issue and every record; the first good run closes it.
async fn heals(vendor: &dyn Vendor, how: &Disturbance) {
    for (declared, feed) in vendor.connector().descriptor().feeds() {
        let subject = Subject::imported(vendor, SMALL).await;
        let before = subject.live().await;
        subject.simulated.disturb(Some(feed.id), how.clone(), None);
        subject.run_over(feed).await;
        let issues = subject.issues().await;
        assert_eq!(issues.len(), 1, "{how:?} on {}: {issues:#?}", feed.id);
        assert_eq!(issues[0].cause, Cause::Transient, "{how:?} on {}", feed.id);
        assert_eq!(subject.live().await, before, "{how:?} on {}", feed.id);
        let failed = subject.runs().await.remove(0);
        assert_ne!(failed.state, RunState::Succeeded, "{how:?} on {}", feed.id);
        subject.simulated.heal();
        subject.run_over(feed).await;
        assert_eq!(subject.issues().await, Vec::new(), "{how:?} on {}: healed", feed.id);
        assert_eq!(subject.status(declared.record_type).await, (Status::Connected, TypeState::OnTime));
    }
}
