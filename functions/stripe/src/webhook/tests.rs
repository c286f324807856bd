use serde_json::{Value, json};

use super::*;

fn one(event: &Value) -> Notice {
    let mut all = notices(event.to_string().as_bytes());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn about(kind: &str, object: &Value) -> Subject {
    one(&json!({"id": "evt_1", "object": "event", "created": 1_782_864_000, "type": kind, "data": {"object": object}}))
        .subject
}

fn record(record_type: RecordType, id: &str) -> Subject {
    Subject::Record(record_type, id.into())
}

#[test]
fn the_event_as_the_gateway_sends_it_is_read() {
    let event: Value = serde_json::from_str(include_str!("../../../../events/webhook-stripe.json")).unwrap();
    let mut all = notices(event["body"].as_str().unwrap().as_bytes());
    let wanted = Notice {
        id: Some("evt_1TnKx2LkdIwHu7ixq0XyZabc".to_owned()),
        sent_at: Some(Timestamp::constant(1_775_037_900, 0)),
        subject: record(RecordType::Invoices, "in_1TnKx0LkdIwHu7ixPq3Rstuv"),
    };
    assert_eq!(all.remove(0), wanted);
}

#[test]
fn an_event_names_the_record_that_it_changes() {
    let plain = json!({"id": "x_1", "object": "x"});
    assert_eq!(about("customer.updated", &plain), record(RecordType::Companies, "x_1"));
    assert_eq!(about("customer.deleted", &plain), record(RecordType::Companies, "x_1"));
    assert_eq!(about("customer.subscription.paused", &plain), record(RecordType::Subscriptions, "x_1"));
    assert_eq!(about("invoice.payment_failed", &plain), record(RecordType::Invoices, "x_1"));
    assert_eq!(about("charge.refunded", &plain), record(RecordType::Payments, "x_1"));
    let of_charge = json!({"id": "re_1", "charge": "ch_1"});
    for kind in ["refund.created", "charge.refund.updated", "charge.dispute.created"] {
        assert_eq!(about(kind, &of_charge), record(RecordType::Payments, "ch_1"), "{kind}");
    }
    let expanded = json!({"id": "pi_1", "latest_charge": {"id": "ch_2", "object": "charge"}});
    assert_eq!(about("payment_intent.succeeded", &expanded), record(RecordType::Payments, "ch_2"));
    let payment = json!({"id": "inpay_1", "invoice": "in_1"});
    assert_eq!(about("invoice_payment.paid", &payment), record(RecordType::Invoices, "in_1"));
}

#[test]
fn an_event_of_another_version_names_the_same_record() {
    // Before 2025 an invoice named its charge and its subscription in other places, and a notification had no version.
    let of = |version: Value| {
        let object =
            json!({"id": "in_1", "object": "invoice", "charge": "ch_1", "subscription": "sub_1", "paid": true});
        one(&json!({"id": "evt_1", "object": "event", "api_version": version, "created": 1_782_864_000,
            "type": "invoice.paid", "data": {"object": object}}))
    };
    for version in [json!("2019-05-16"), json!("2099-01-01.zephyr"), Value::Null] {
        assert_eq!(of(version.clone()).subject, record(RecordType::Invoices, "in_1"), "{version}");
    }
}

#[test]
fn what_concerns_no_record_of_ours_is_about_nothing() {
    assert_eq!(about("moon.landed", &json!({"id": "x_1"})), Subject::Nothing);
    assert_eq!(about("customer.source.created", &json!({"id": "card_1"})), Subject::Nothing);
    assert_eq!(about("product.updated", &json!({"id": "prod_1"})), Subject::Nothing);
    assert_eq!(about("invoice.upcoming", &json!({"object": "invoice"})), Subject::Nothing, "it has no id yet");
    assert_eq!(about("payment_intent.created", &json!({"id": "pi_1", "latest_charge": null})), Subject::Nothing);
    assert_eq!(one(&json!({})).subject, Subject::Nothing);
}

#[test]
fn what_is_no_json_is_about_something() {
    assert_eq!(notices(b"not json")[0].subject, Subject::Something);
    assert_eq!(notices(br#"{"id": "evt_1", "data": 7}"#)[0].subject, Subject::Something);
}

#[test]
fn a_notification_of_version_2_names_its_object_beside_itself() {
    let thin = |kind: &str| {
        one(
            &json!({"id": "evt_test_65", "object": "v2.core.event", "type": kind, "created": "2026-07-01T00:00:00.000Z",
            "livemode": false, "context": null, "related_object": {"id": "x_1", "type": "x", "url": "/v1/x/x_1"}}),
        )
    };
    let notice = thin("v1.customer.created");
    assert_eq!(notice.subject, record(RecordType::Companies, "x_1"));
    assert_eq!(notice.sent_at, Some(Timestamp::constant(1_782_864_000, 0)));
    assert_eq!(thin("v1.refund.created").subject, Subject::Nothing, "the charge stands in no snapshot");
    assert_eq!(thin("v2.money_management.account.created").subject, Subject::Nothing);
}

#[test]
fn the_events_asked_for_are_those_that_are_understood_in_order() {
    let mut sorted = EVENTS.to_vec();
    sorted.sort_unstable();
    assert_eq!(EVENTS, sorted);
    let understood = |kind: &&str| FAMILIES.iter().any(|(family, ..)| kind.starts_with(family));
    assert_eq!(EVENTS.iter().filter(|kind| !understood(kind)).count(), 0);
}
