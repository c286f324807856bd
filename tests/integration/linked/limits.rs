//! What Microsoft allows: calls at once of one tenant, calls after which it asks to wait, days that it keeps.

use axum::body::Body;
use domain::issue::Reason;
use tower::ServiceExt as _;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_tenant_that_asks_to_slow_down_for_a_moment_is_waited_for() {
    let acme = Acme::imported().await;
    let limited =
        FaultKind::Status { code: 429, body: None, retry_after: Some("2.128".to_owned()), headers: Default::default() };
    acme.graph.add_faults(vec![Fault::new(limited).on("secure_scores").times(1)]);
    let before = acme.world.clock.now();
    acme.an_hour_later().await;
    assert!(acme.world.clock.now().duration_since(before) >= SignedDuration::from_secs(3_602));
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    let runs = acme.connected.store.runs(&acme.connected.id, 1, None).await.unwrap().items;
    assert_ne!(runs[0].state, RunState::Partial);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_asks_to_slow_down_for_long_is_read_later_and_stops_nobody_else() {
    let acme = Acme::imported().await;
    let customers: Vec<_> = acme.customers().into_iter().filter(|customer| acme.days(customer) == 90).collect();
    let known = acme.live(RecordType::SecureScores, &customers[0]).await;
    acme.graph.set_quirk("throttled", json!(customers[0]));
    acme.world.clock.advance(SignedDuration::from_hours(24));
    let before = acme.world.clock.now();
    acme.an_hour_later().await;
    let took = acme.world.clock.now().duration_since(before) - SignedDuration::from_mins(60);
    assert!(took < SignedDuration::from_mins(5), "nobody waits for it: {took}");
    for customer in &customers[1..] {
        assert!(acme.score(customer, "2026-03-03").await.is_some(), "{customer}");
    }
    let asked = |acme: &Acme| acme.graph.calls(1_000).last.iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(asked(&acme), 1, "not for its other lists either");
    assert_eq!(acme.live(RecordType::SecureScores, &customers[0]).await, known);
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    // Ten minutes are not over.
    acme.world.scheduled_run(&acme.connected).await;
    assert_eq!(asked(&acme), 1);
    acme.graph.set_quirk("throttled", json!(null));
    acme.world.clock.advance(SignedDuration::from_mins(10));
    acme.world.scheduled_run(&acme.connected).await;
    assert!(acme.score(&customers[0], "2026-03-03").await.is_some());
    assert_eq!(acme.state(&customers[0]).await, LinkState::Ok);
    let runs = acme.connected.store.runs(&acme.connected.id, 1, None).await.unwrap().items;
    assert_ne!(runs[0].state, RunState::Partial);
}

/// So many calls of a tenant's scores at once; the statuses of their answers.
async fn at_once(acme: &Acme, calls: usize) -> Vec<u16> {
    let router = acme.graph.router();
    let credentials = acme.graph.credentials();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "client_credentials"),
            ("client_id", &credentials["client_id"]),
            ("client_secret", &credentials["client_secret"]),
            ("scope", "https://graph.microsoft.com/.default"),
        ])
        .finish();
    let request = |method: &str, host: &str, path: &str| {
        axum::http::Request::builder().method(method).uri(path.to_owned()).header("host", host.to_owned())
    };
    let token = request("POST", "login.microsoftonline.com", &format!("/{}/oauth2/v2.0/token", acme.customers()[0]))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = router.clone().oneshot(token).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let token: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let call = || {
        let request = request("GET", "graph.microsoft.com", SCORES).header("authorization", &bearer);
        router.clone().oneshot(request.body(Body::empty()).unwrap())
    };
    let answers = futures::future::join_all((0..calls).map(|_| call())).await;
    answers.into_iter().map(|answer| answer.unwrap().status().as_u16()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_fifth_call_of_one_tenants_scores_at_once_is_refused() {
    let acme = Acme::listed().await;
    acme.graph.add_faults(vec![Fault::new(FaultKind::DelayMs(200)).on("secure_scores")]);
    assert_eq!(at_once(&acme, 5).await, [200, 200, 200, 200, 429]);
    assert_eq!(at_once(&acme, 4).await, [200; 4], "when the others have their answers");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_four_calls_of_one_tenant_are_under_way() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    let controls = acme.live(RecordType::ControlProfiles, &customer).await;
    // Whatever is missing is asked for by itself, some at once.
    let dump = acme.graph.dump();
    let own = dump["control_profiles"].as_array().unwrap().iter().filter(|row| row["tenant"] == customer.as_str());
    for row in own.take(8) {
        acme.graph.delete("control_profiles", row["key"].as_str().unwrap(), false).unwrap();
    }
    acme.graph.add_faults(vec![Fault::new(FaultKind::DelayMs(50)).on("control_profiles")]);
    for _ in 0..3 {
        acme.an_hour_later().await;
    }
    assert_eq!(acme.live(RecordType::ControlProfiles, &customer).await, controls - 8);
    let calls = acme.graph.calls(1_000).last;
    let asked = calls.iter().filter(|call| call.path.starts_with("/v1.0/security/secureScoreControlProfiles/"));
    assert_eq!(asked.count(), 8);
    assert!(calls.iter().all(|call| call.status != Some(429)));
}

#[tokio::test(start_paused = true)]
async fn days_that_microsoft_keeps_no_longer_go_and_nobody_is_asked() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    // A month without any reading: a third of what is known has left the list.
    acme.world.clock.advance(SignedDuration::from_hours(30 * 24));
    for _ in 0..4 {
        acme.an_hour_later().await;
        assert_eq!(acme.connected.read().await.issues, Vec::new());
        acme.world.clock.advance(SignedDuration::from_hours(24));
    }
    assert_eq!(acme.score(&customer, "2026-03-02").await.map(|score| score.controls.len()), Some(0));
    assert_eq!(acme.score(&customer, "2025-12-30").await, None, "gone with its ninety days");
    let days = acme.live(RecordType::SecureScores, &customer).await;
    assert!((90..=92).contains(&days), "ninety and those that are missing for the first time: {days}");
}

#[tokio::test(start_paused = true)]
async fn days_that_vanish_before_their_time_are_asked_about() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    acme.graph.set_quirk("days_kept", json!(40));
    for _ in 0..3 {
        acme.world.clock.advance(SignedDuration::from_hours(24));
        acme.an_hour_later().await;
    }
    let issues = acme.connected.read().await.issues;
    assert!(!issues.is_empty());
    assert!(issues.iter().all(|issue| issue.reason == Reason::DeletionsHeld), "{issues:#?}");
    assert!(acme.score(&customer, "2026-01-10").await.is_some(), "nothing went");
}
