//! What a company pays for, and the way to the vendor's pages.

use domain::record::{Invoice, Payment, RecordData, RecordType, Subscription, SubscriptionItem};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, Call};
use super::imports::record;

const STRIPE: &str = "stripe";

/// A company linked to a customer with something of everything.
async fn billed(api: &Api, customers: &[&str]) -> String {
    let made = api.post("/v1/companies", &json!({ "name": "North" })).await.expect(201);
    let company = made["id"].as_str().unwrap().to_owned();
    let connection = domain::id::ConnectionId::new(STRIPE);
    for customer in customers {
        let data = domain::record::Company { name: "North Ltd".to_owned(), ..Default::default() };
        let row = record(api, customer, "North Ltd", Some(RecordData::Company(data)));
        api.store().put_records(&connection, RecordType::Companies, &[row]).await.unwrap();
        api.send(Call::new("PUT", &format!("/v1/companies/{company}/links/{STRIPE}/{customer}"))).await.expect(200);
    }
    company
}

async fn mirror(api: &Api, rows: Vec<(&str, RecordData)>) {
    let connection = domain::id::ConnectionId::new(STRIPE);
    for (id, data) in rows {
        let row = record(api, id, "x", Some(data.clone()));
        api.store().put_records(&connection, data.record_type(), &[row]).await.unwrap();
    }
}

fn invoice(customer: &str, status: &str, currency: &str, left: i64, day: &str) -> RecordData {
    RecordData::Invoice(Box::new(Invoice {
        name: format!("N-{day}"),
        company: Some(customer.into()),
        status: status.to_owned(),
        currency: currency.to_owned(),
        total: 50_000,
        amount_due: 50_000,
        amount_paid: 50_000 - left,
        amount_remaining: left,
        created_at: Some(format!("2026-{day}T00:00:00Z").parse().unwrap()),
        hosted_url: Some("https://invoice.stripe.com/i/x".to_owned()),
        pdf_url: Some("https://pay.stripe.com/x/pdf".to_owned()),
        ..Invoice::default()
    }))
}

#[tokio::test]
async fn a_company_sees_its_own_subscriptions_invoices_and_balance_by_currency() {
    let api = Api::new().await;
    api.connect().await;
    let company = billed(&api, &["cus_1", "cus_2"]).await;
    let subscription = Subscription {
        name: "Managed seat".to_owned(),
        company: Some("cus_1".into()),
        status: "active".to_owned(),
        currency: "jpy".to_owned(),
        items: vec![SubscriptionItem {
            name: "Managed seat".to_owned(),
            quantity: Some(25),
            unit_amount: Some(4_500),
            interval: Some("month".to_owned()),
            interval_count: Some(1),
        }],
        period_ends_at: Some("2026-07-01T00:00:00Z".parse().unwrap()),
        ..Subscription::default()
    };
    let payment = Payment {
        name: "Invoice".to_owned(),
        company: Some("cus_1".into()),
        status: "succeeded".to_owned(),
        currency: "kwd".to_owned(),
        amount: 5_000,
        amount_refunded: 1_250,
        ..Payment::default()
    };
    mirror(
        &api,
        vec![
            ("sub_1", RecordData::Subscription(Box::new(subscription))),
            ("in_1", invoice("cus_1", "open", "jpy", 50_000, "06-01")),
            ("in_2", invoice("cus_2", "open", "jpy", 20_000, "06-03")),
            ("in_3", invoice("cus_1", "paid", "usd", 0, "06-02")),
            ("in_4", invoice("cus_2", "void", "usd", 50_000, "05-02")),
            ("in_9", invoice("cus_of_somebody_else", "open", "usd", 99, "05-01")),
            ("ch_1", RecordData::Payment(Box::new(payment))),
        ],
    )
    .await;

    let billing = api.get(&format!("/v1/companies/{company}/billing")).await.expect(200);

    let named = |list: &str| -> Vec<Value> {
        billing[list].as_array().unwrap().iter().map(|row| row["external_id"].clone()).collect()
    };
    assert_eq!(named("customers"), ["cus_1", "cus_2"]);
    assert_eq!(named("invoices"), ["in_2", "in_3", "in_1", "in_4"], "the newest first, nobody else's");
    assert_eq!(billing["balance"], json!([{ "currency": "jpy", "digits": 0, "amount": 70_000, "invoices": 2 }]));
    assert_json_snapshot!(billing["subscriptions"][0], @r#"
    {
      "connector": "stripe",
      "currency": "jpy",
      "customer": "cus_1",
      "digits": 0,
      "ends_at": null,
      "external_id": "sub_1",
      "items": [
        {
          "interval": "month",
          "interval_count": 1,
          "name": "Managed seat",
          "quantity": 25,
          "unit_amount": 4500
        }
      ],
      "name": "Managed seat",
      "next_at": "2026-07-01T00:00:00Z",
      "started_at": null,
      "status": "active",
      "trial_ends_at": null
    }
    "#);
    assert_eq!(
        (&billing["payments"][0]["digits"], &billing["payments"][0]["amount_refunded"]),
        (&json!(3), &json!(1_250))
    );
    assert_eq!(billing["more"], false);
}

#[tokio::test]
async fn the_tab_is_there_where_a_linked_connection_bills() {
    let api = Api::new().await;
    api.connect().await;
    let plain = api.post("/v1/companies", &json!({ "name": "South" })).await.expect(201);
    let plain = api.get(&format!("/v1/companies/{}", plain["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(plain["tabs"], json!([]));
    let company = billed(&api, &["cus_1"]).await;
    let company = api.get(&format!("/v1/companies/{company}")).await.expect(200);
    assert_eq!(company["tabs"], json!(["billing"]));
}

#[tokio::test]
async fn the_billing_portal_needs_one_customer_that_is_meant_and_a_page_to_come_back_to() {
    let api = Api::new().await;
    api.connect().await;
    let company = billed(&api, &["cus_1", "cus_2"]).await;
    let path = format!("/v1/companies/{company}/billing/portal");
    let back = "https://portal.example/settings/companies/x/billing";
    let detail = |answer: Value| answer["detail"].as_str().unwrap_or_default().to_owned();

    let several = api.post(&path, &json!({ "return_url": back })).await.expect(409);
    assert!(detail(several).contains("Several customers"));
    let unknown = api.post(&path, &json!({ "return_url": back, "external_id": "cus_9" })).await.expect(409);
    assert!(detail(unknown).contains("No such customer"));
    for wrong in ["", "javascript:alert(1)", "/settings", "https://"] {
        let refused = api.post(&path, &json!({ "return_url": wrong, "external_id": "cus_1" })).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/return_url", "{wrong}");
    }
    let off = api.post(&path, &json!({ "return_url": back, "external_id": "cus_1" })).await.expect(409);
    assert!(detail(off).contains("not connected"), "the records are there, the connection is not");
}
