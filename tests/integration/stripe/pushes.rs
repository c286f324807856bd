//! Events as Stripe pushes them: forged, stale, doubled, reordered, late, and about what is gone; and the secret that only
//! Stripe tells, and only once.

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::http::{HttpPool, HttpSettings};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::Outgoing;
use std::sync::Arc;
use store::activity::By;
use store::webhook::Rotation;
use sync::endpoint::{Receiver, WebhookKeys};
use sync::ports::{Clock as _, SecretRef};
use testkit::InProcess;
use webhooks::{AppState, Parts};

use super::Billed;
use crate::worlds::fields;

fn keys() -> WebhookKeys {
    WebhookKeys::new("https://portal.example".parse().unwrap(), "deployment-key".into())
}

fn secret_ref() -> SecretRef {
    SecretRef { tenant: "acme".into(), connector: "stripe".into(), connection: "stripe".into() }
}

async fn subscribed() -> (Billed, Router) {
    let billed = Billed::connected(Some(keys())).await;
    billed.run().await;
    billed.run().await;
    let receiver = receiver(&billed);
    (billed, receiver)
}

fn receiver(billed: &Billed) -> Router {
    let clock = billed.world.clock.clone();
    let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
    webhooks::app(AppState::new(Parts {
        table: Arc::new(billed.world.table.clone()),
        queue: Arc::new(billed.world.queue.clone()),
        clock: Arc::new(billed.world.clock.clone()),
        http: HttpPool::with_transport(settings, Arc::new(InProcess(billed.stripe.router()))),
        keys: keys(),
        issued: Arc::new(billed.world.issued.clone()),
        connectors: catalog::DESCRIPTORS,
    }))
}

/// Hands a delivery to the receiver's real handler as API Gateway does, its body in base64.
async fn deliver(receiver: &Router, outgoing: &Outgoing) -> (u64, String) {
    let path = outgoing.url.strip_prefix("https://portal.example").unwrap();
    let headers: serde_json::Map<String, Value> =
        outgoing.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "v" },
            "requestId": "req-1", "routeKey": "$default", "stage": "$default",
            "time": "02/Mar/2026:09:00:00 +0000", "timeEpoch": 1_772_442_000_000_i64,
        },
        "body": STANDARD.encode(&outgoing.body),
        "isBase64Encoded": true,
    });
    let answer = platform::http::handle(receiver, event).await.unwrap();
    let said: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let word = said["outcome"].as_str().or(said["cause"].as_str()).unwrap();
    (answer["statusCode"].as_u64().unwrap(), word.to_owned())
}

fn said(status: u64, word: &str) -> (u64, String) {
    (status, word.to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_event_brings_its_record_at_once_and_its_double_nothing() {
    let (billed, receiver) = subscribed().await;
    let invoice = billed.first("invoices", |row| row["status"] == "open");
    billed.stripe.set_quirk("webhook_times", json!(2));
    billed.change("invoices", &invoice, json!({ "status": "void", "customer_name": "Zoë & Söhne" }));
    let sent = billed.stripe.deliveries();
    assert_eq!(sent.len(), 4, "updated and voided, each twice");
    assert_eq!(deliver(&receiver, &sent[0]).await, said(200, "accepted"));
    assert_eq!(deliver(&receiver, &sent[1]).await, said(200, "duplicate"));
    billed.world.drain().await;
    assert_eq!(billed.status_of(&invoice).await, "void");
}

#[tokio::test(start_paused = true)]
async fn what_is_forged_altered_or_stale_is_refused() {
    let (billed, receiver) = subscribed().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    let push = |quirk: &str, value: Value| {
        billed.stripe.set_quirk(quirk, value);
        billed.change("customers", &customer, json!({ "phone": "+1 555 0100" }));
        let sent = billed.stripe.deliveries().remove(0);
        billed.stripe.set_quirk(quirk, Value::Null);
        sent
    };
    assert_eq!(deliver(&receiver, &push("webhook_forged", json!(true))).await, said(403, "signature_mismatch"));
    for off in [-301, 301] {
        assert_eq!(deliver(&receiver, &push("webhook_stamp_offset", json!(off))).await, said(400, "stale"), "{off}");
    }
    let mut altered = push("webhook_times", json!(1));
    // Read and written again, as a gateway must not.
    let same: Value = serde_json::from_slice(&altered.body).unwrap();
    altered.body = same.to_string().into_bytes();
    assert_eq!(deliver(&receiver, &altered).await, said(403, "signature_mismatch"));
    let mut unsigned = push("webhook_times", json!(1));
    unsigned.headers.retain(|(name, _)| name != "stripe-signature");
    assert_eq!(deliver(&receiver, &unsigned).await, said(403, "signature_missing"));
}

#[tokio::test(start_paused = true)]
async fn events_out_of_order_two_in_one_second_and_one_for_what_is_gone_end_as_things_are() {
    let (billed, receiver) = subscribed().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("customers", &customer, json!({ "name": "First" }));
    billed.change("customers", &customer, json!({ "name": "Second" }));
    billed.stripe.set_quirk("webhook_reversed", json!(true));
    for sent in billed.stripe.deliveries() {
        assert_eq!(deliver(&receiver, &sent).await, said(200, "accepted"));
    }
    billed.world.drain().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Second"));

    billed.change("customers", &customer, json!({ "name": "Third" }));
    billed.stripe.delete("customers", &customer, false).unwrap();
    for sent in billed.stripe.deliveries() {
        assert_eq!(deliver(&receiver, &sent).await, said(200, "accepted"), "the deletion first, the update after it");
        billed.world.drain().await;
    }
    assert_eq!(billed.name_of(&customer).await, None);
}

#[tokio::test(start_paused = true)]
async fn events_of_unknown_types_and_notifications_of_version_2_are_taken() {
    let (billed, receiver) = subscribed().await;
    let endpoint = billed.first("webhook_endpoints", |_| true);
    billed.change("webhook_endpoints", &endpoint, json!({ "enabled_events": ["*"] }));
    billed.stripe.create("events", fields(json!({ "type": "moon.landed", "object": { "id": "moon_1" } }))).unwrap();
    let unknown = billed.stripe.deliveries().remove(0);
    assert_eq!(deliver(&receiver, &unknown).await, said(200, "accepted"));
    assert_eq!(deliver(&receiver, &unknown).await, said(200, "duplicate"));

    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.stripe.set_quirk("webhook_thin", json!(true));
    billed.change("customers", &customer, json!({ "name": "Thin" }));
    assert_eq!(deliver(&receiver, &billed.stripe.deliveries().remove(0)).await, said(200, "accepted"));
    billed.world.drain().await;
    assert_eq!(billed.name_of(&customer).await.as_deref(), Some("Thin"));
}

#[tokio::test(start_paused = true)]
async fn a_late_retry_has_a_stamp_of_its_own_and_is_taken() {
    let (billed, receiver) = subscribed().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("customers", &customer, json!({ "name": "Late" }));
    let sent = billed.stripe.deliveries().remove(0);
    billed.stripe.delivered(sent.id, Some(503));
    assert!(billed.stripe.deliveries().is_empty(), "not at once");
    billed.world.clock.advance(SignedDuration::from_hours(2));
    let again = billed.stripe.deliveries().remove(0);
    assert_eq!(deliver(&receiver, &again).await, said(200, "accepted"));
    assert_eq!(deliver(&receiver, &sent).await, said(400, "stale"), "the first attempt, held back by somebody");
}

#[tokio::test(start_paused = true)]
async fn the_secret_is_kept_once_and_a_rotation_leaves_the_one_before_good_for_a_day() {
    let (billed, receiver) = subscribed().await;
    let endpoint = billed.first("webhook_endpoints", |_| true);
    assert_eq!(billed.world.issued.of(&secret_ref()).into_keys().collect::<Vec<_>>(), [1]);
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("customers", &customer, json!({ "phone": "1" }));
    let before = billed.stripe.deliveries().remove(0);

    let store = &billed.connected.store;
    let webhook = store.webhook_with_waiting(&billed.connected.id).await.unwrap().unwrap();
    let (tenant, connector, id) = ("acme".into(), "stripe".into(), billed.connected.id.clone());
    let to = Receiver { tenant: &tenant, connector: &connector, connection: &id };
    let token = keys().hashed_token(to, webhook.generation + 1);
    let now = billed.world.clock.now();
    let rotation = Rotation { token: &token, now, until: now + SignedDuration::from_hours(24), by: None };
    store.rotate_webhook(&id, &connector, &webhook, &rotation, By::System).await.unwrap();
    billed.run().await;

    let moved = billed.first("webhook_endpoints", |_| true);
    assert_ne!(moved, endpoint, "a new one, with a secret of its own");
    assert_eq!(billed.world.issued.of(&secret_ref()).into_keys().collect::<Vec<_>>(), [1, 2]);
    billed.change("customers", &customer, json!({ "phone": "2" }));
    let after = billed.stripe.deliveries().remove(0);
    assert_ne!(after.url, before.url);
    assert_eq!(deliver(&receiver, &after).await, said(200, "accepted"));
    let late = billed.world.clock.now().duration_since(now);
    assert!(late > SignedDuration::from_secs(300), "the first push is stale by now, but not forged");
    assert_eq!(deliver(&receiver, &before).await, said(400, "stale"));
}

#[tokio::test(start_paused = true)]
async fn an_event_of_another_version_has_its_record_read_in_ours() {
    let (billed, receiver) = subscribed().await;
    for (n, version) in [json!("2019-05-16"), json!("2099-01-01.zephyr"), Value::Null].into_iter().enumerate() {
        billed.stripe.set_quirk("webhook_version", version.clone());
        let invoice = billed.first("invoices", |row| row["status"] == "open");
        billed.change("invoices", &invoice, json!({ "status": "void" }));
        let sent = billed.stripe.deliveries().remove(0);
        assert_eq!(deliver(&receiver, &sent).await, said(200, "accepted"), "{n}: {version}");
        billed.world.drain().await;
        assert_eq!(billed.status_of(&invoice).await, "void", "{n}: {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_secret_is_rolled_at_stripe_either_signature_counts() {
    let (billed, receiver) = subscribed().await;
    let endpoint = billed.first("webhook_endpoints", |_| true);
    let ours = billed.stripe.dump()["webhook_endpoints"][0]["_secret"].clone();
    let customer = billed.first("customers", |row| row["name"].is_string());
    for (now, before) in [(json!("whsec_new"), ours.clone()), (ours, json!("whsec_old"))] {
        billed.change("webhook_endpoints", &endpoint, json!({ "_secret": now, "_former_secret": before }));
        billed.change("customers", &customer, json!({ "phone": now }));
        let sent = billed.stripe.deliveries().remove(0);
        assert_eq!(deliver(&receiver, &sent).await, said(200, "accepted"));
    }
    billed.change("webhook_endpoints", &endpoint, json!({ "_secret": "whsec_new", "_former_secret": "" }));
    billed.change("customers", &customer, json!({ "phone": "3" }));
    let sent = billed.stripe.deliveries().remove(0);
    assert_eq!(deliver(&receiver, &sent).await, said(403, "signature_mismatch"), "a day later ours is over");
}

#[tokio::test(start_paused = true)]
async fn secrets_that_cannot_be_read_have_the_push_sent_again() {
    let (billed, receiver) = subscribed().await;
    let customer = billed.first("customers", |row| row["name"].is_string());
    billed.change("customers", &customer, json!({ "phone": "1" }));
    let sent = billed.stripe.deliveries().remove(0);
    billed.world.issued.fail(true);
    assert_eq!(deliver(&receiver, &sent).await, said(429, "key_unreachable"));
    billed.world.issued.fail(false);
    assert_eq!(deliver(&receiver, &sent).await, said(200, "accepted"));
}
