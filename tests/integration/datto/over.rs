//! Alerts that have left the list of open ones: read once more by themselves, and then left alone. What the engine does for every
//! list of what goes on (`shared/sync/src/over.rs`), over the one vendor that has such a list.

use domain::record::RecordType;
use serde_json::{Value, json};
use simulators::Limit;
use store::records::Presence;
use sync::engine::BudgetShare;

use super::Acme;

const ALERT: &str = "/api/v2/alert/{alertUid}";

impl Acme {
    /// How many alerts the status says are there.
    async fn counted(&self) -> u64 {
        self.connected.body().await.feeds["alerts"].present
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_no_longer_open_is_read_once_and_shown_as_resolved() {
    let acme = Acme::up_to_date(60).await;
    let alert = acme.open_alerts().remove(0);
    acme.change("alerts", &alert, json!({"resolved": true}));
    acme.runs(1).await;
    let shown = acme.alert(&alert).await;
    assert_eq!((shown.resolved, shown.resolved_by.as_deref(), acme.calls(ALERT)), (true, Some("anna"), 1));
    acme.runs(4).await;
    assert_eq!(acme.calls(ALERT), 1, "it is over, and nobody asks again");
    assert_eq!(acme.alert(&alert).await, shown);
}

#[tokio::test(start_paused = true)]
async fn all_alerts_resolved_at_once_need_no_person() {
    let acme = Acme::up_to_date(300).await;
    let alerts = acme.open_alerts();
    assert!(alerts.len() > 20);
    for alert in &alerts {
        acme.change("alerts", alert, json!({"resolved": true}));
    }
    acme.runs(1).await;
    for alert in &alerts {
        assert!(acme.alert(alert).await.resolved);
    }
    assert_eq!(acme.connected.read().await.issues, Vec::new());
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_datto_forgot_is_gone_whatever_it_answers() {
    for status in [403, 404, 500] {
        let acme = Acme::up_to_date(60).await;
        acme.datto.set_quirk("unknown_alert", json!(status));
        let alert = acme.open_alerts().remove(0);
        acme.datto.delete("alerts", &alert, true).unwrap();
        acme.runs(1).await;
        assert_eq!(acme.presence(RecordType::Alerts, &alert).await, Some(Presence::Gone), "{status}");
        assert_eq!(acme.connected.read().await.issues, Vec::new(), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slice_that_ends_among_resolved_alerts_goes_on_with_those_that_are_left() {
    let mut acme = Acme::up_to_date(300).await;
    let alerts = acme.open_alerts();
    for alert in &alerts {
        acme.change("alerts", alert, json!({"resolved": true}));
    }
    // A few calls in each slice: the vendor refuses the rest.
    acme.datto.set_quirk("block", json!(false));
    acme.datto.set_limit(Some(Limit { calls: 12, window_seconds: 60, retry_after: true }));
    acme.world.budget = BudgetShare::Declared;
    acme.runs(1).await;
    for alert in &alerts {
        assert!(acme.alert(alert).await.resolved, "{alert}");
    }
    let asked = acme.calls(ALERT);
    assert!(asked < 2 * alerts.len() as u64 + 60, "{asked} calls for {} alerts", alerts.len());
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_only_not_listed_is_open_still_and_looked_for_until_it_is_over() {
    let acme = Acme::up_to_date(60).await;
    let alert = acme.open_alerts().remove(0);
    let (shown, counted) = (acme.alert(&alert).await, acme.counted().await);
    acme.datto.set_quirk("unlisted", json!(alert));
    for asked in [1, 2] {
        acme.runs(1).await;
        assert_eq!((acme.calls(ALERT), acme.counted().await), (asked, counted));
        assert_eq!(acme.alert(&alert).await, shown);
    }
    acme.datto.set_quirk("unlisted", Value::Null);
    acme.runs(2).await;
    assert_eq!((acme.calls(ALERT), acme.counted().await), (2, counted), "it is listed again");
    acme.change("alerts", &alert, json!({"resolved": true}));
    acme.runs(2).await;
    assert_eq!((acme.calls(ALERT), acme.counted().await), (3, counted - 1));
    assert!(acme.alert(&alert).await.resolved);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_cannot_be_read_is_set_aside_and_asked_for_until_it_can() {
    let acme = Acme::up_to_date(60).await;
    let alert = acme.open_alerts().remove(0);
    let source = acme.datto.dump()["alerts"].as_array().unwrap().iter().find(|row| row["alertUid"] == *alert).unwrap()
        ["alertSourceInfo"]
        .clone();
    acme.change("alerts", &alert, json!({"resolved": true, "alertSourceInfo": 7}));
    acme.runs(1).await;
    assert_eq!(acme.presence(RecordType::Alerts, &alert).await, Some(Presence::Live));
    assert!(!acme.alert(&alert).await.resolved, "what it was stays");
    acme.change("alerts", &alert, json!({"alertSourceInfo": source}));
    acme.runs(1).await;
    assert!(acme.alert(&alert).await.resolved);
    acme.datto.clear_calls();
    acme.runs(2).await;
    assert_eq!(acme.calls(ALERT), 0);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_raised_again_is_open_again_and_ends_as_any_other() {
    let acme = Acme::up_to_date(60).await;
    let alert = acme.open_alerts().remove(0);
    for _ in 0..2 {
        acme.change("alerts", &alert, json!({"resolved": true}));
        acme.runs(1).await;
        assert!(acme.alert(&alert).await.resolved);
        acme.change("alerts", &alert, json!({"resolved": false, "resolvedBy": null, "resolvedOn": null}));
        acme.runs(1).await;
        assert!(!acme.alert(&alert).await.resolved);
    }
    assert_eq!(acme.calls(ALERT), 2);
}
