//! Subscriptions at a vendor whose API makes them.

use connector::ErrorKind;
use domain::issue::{Cause, Reason};
use domain::record::RecordType;
use jiff::SignedDuration;
use store::activity::By;

use crate::acme::{import_all, tale};
use crate::pushing::{KEY, Pushing};

#[tokio::test(start_paused = true)]
async fn the_first_run_subscribes_and_later_ones_leave_it_alone() {
    let pushing = Pushing::connected(0, import_all()).await;
    let run = pushing.acme.run().await.unwrap();
    let url = pushing.vendor.subscribed().unwrap();
    assert!(url.starts_with("https://portal.example/webhooks/halo-psa/"), "{url}");
    let plain = crate::acme::Acme::connected(0, import_all()).await.run().await.unwrap();
    assert_eq!(tale(&run), tale(&plain), "a run's calls tell what its records cost");
    pushing.acme.runs(5).await;
    assert_eq!(pushing.vendor.asked(), 1);
    let body = pushing.acme.connected.body().await;
    assert!(body.subscriptions.are_active(1) && !body.subscriptions.are_active(2));
}

#[tokio::test(start_paused = true)]
async fn another_address_is_subscribed_at_once() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let before = pushing.vendor.subscribed();
    pushing.rotate().await;
    pushing.acme.wake().await;
    assert_eq!(pushing.vendor.asked(), 2);
    assert_ne!(pushing.vendor.subscribed(), before);
    assert!(pushing.acme.connected.body().await.subscriptions.are_active(2));
    assert_eq!(pushing.push("e-1", "tickets/1").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_switched_off_is_switched_on_within_a_day_and_what_it_missed_is_read() {
    let pushing = Pushing::up_to_date(import_all()).await;
    pushing.vendor.switch_off();
    pushing.acme.run().await;
    assert_eq!(pushing.vendor.subscribed(), None, "nobody said a word");
    pushing.acme.world.clock.advance(SignedDuration::from_hours(24));
    pushing.acme.run().await;
    assert!(pushing.vendor.subscribed().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_word_about_the_subscription_has_it_looked_at_and_what_it_missed_is_read() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    let url = pushing.vendor.subscribed().unwrap();
    pushing.acme.connected.store.hint_subscription(&pushing.acme.connected.id, By::System).await.unwrap();
    pushing.vendor.switch_off();
    pushing.acme.wake().await;
    assert_eq!(pushing.vendor.subscribed(), Some(url));
    assert!(
        pushing.acme.record(RecordType::Companies, &company.id).await.is_some(),
        "a revived one has missed changes"
    );
    assert_eq!(pushing.push("e-1", "subscription").await.0, 200);
    pushing.acme.world.drain().await;
    assert_eq!(pushing.vendor.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_refuses_costs_an_issue_and_not_the_run() {
    let pushing = Pushing::connected(0, import_all()).await;
    pushing.vendor.refuse(Some(ErrorKind::Forbidden));
    let run = pushing.acme.run().await.unwrap();
    assert!(tale(&run).starts_with("schedule succeeded"), "{}", tale(&run));
    let [issue] = pushing.acme.issues().await.try_into().unwrap();
    assert_eq!((issue.id.as_str(), issue.reason), ("permission_missing:webhook", Reason::PermissionMissing));
    assert_eq!(issue.title, "Changes are not pushed to us");
    assert!(issue.remedy.contains("webhooks"), "{}", issue.remedy);
    assert!(!issue.detail.contains("/webhooks/halo-psa/") && !issue.detail.contains(KEY), "{}", issue.detail);
    pushing.acme.run().await;
    assert_eq!(pushing.vendor.asked(), 1, "not again at every slot");
    pushing.vendor.refuse(None);
    pushing.acme.world.clock.advance(SignedDuration::from_hours(1));
    pushing.acme.run().await;
    assert!(pushing.vendor.subscribed().is_some());
    assert_eq!(pushing.acme.issues().await, []);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_does_not_answer_about_subscriptions_is_read_all_the_same() {
    let pushing = Pushing::connected(0, import_all()).await;
    pushing.vendor.refuse(Some(ErrorKind::Unavailable));
    let run = pushing.acme.run().await.unwrap();
    assert!(tale(&run).starts_with("schedule succeeded"), "{}", tale(&run));
    pushing.acme.run().await;
    assert_eq!(pushing.vendor.asked(), 1, "not again at every slot");
    let [issue] = pushing.acme.issues().await.try_into().unwrap();
    assert_eq!((issue.id.as_str(), issue.cause), ("vendor_unreachable:webhook", Cause::Transient));
}

#[tokio::test(start_paused = true)]
async fn what_only_a_person_can_set_right_at_the_vendor_is_said_in_the_vendors_words() {
    let pushing = Pushing::connected(0, import_all()).await;
    let message = "you have reached the maximum of 16 endpoints".to_owned();
    pushing.vendor.refuse(Some(ErrorKind::Rejected { field: None, message }));
    pushing.acme.run().await;
    let [issue] = pushing.acme.issues().await.try_into().unwrap();
    assert_eq!((issue.cause, issue.reason), (Cause::Config, Reason::WebhookRefused));
    assert_eq!(
        issue.remedy,
        "You have reached the maximum of 16 endpoints. Until then changes arrive with the next sync."
    );
}
