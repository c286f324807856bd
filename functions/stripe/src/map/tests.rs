use domain::record::{Record, RecordData};
use serde_json::{Value, json};

use super::*;

fn data(outcome: Outcome) -> RecordData {
    match outcome {
        Ok(Mapped::Record(record)) => record.data,
        other => panic!("{other:?}"),
    }
}

fn customer(fields: Value) -> Company {
    match data(company(&serde_json::from_value(fields).unwrap())) {
        RecordData::Company(company) => company,
        other => panic!("{other:?}"),
    }
}

fn billed(fields: Value) -> Result<Invoice, String> {
    match invoice(&serde_json::from_value(fields).unwrap()) {
        Ok(Mapped::Record(Record { data: RecordData::Invoice(invoice), .. })) => Ok(*invoice),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error),
    }
}

fn minimal(currency: &str, amount: i64) -> Value {
    json!({"id": "in_1", "status": "open", "currency": currency, "total": amount, "amount_due": amount, "amount_paid": 0,
        "amount_remaining": amount})
}

#[test]
fn a_customer_is_called_by_the_first_name_that_it_has() {
    let named = |fields: Value| customer(fields).name;
    assert_eq!(named(json!({"id": "cus_1", "name": " Acme ", "business_name": "B", "email": "a@b.example"})), "Acme");
    assert_eq!(named(json!({"id": "cus_1", "name": null, "business_name": "B"})), "B");
    assert_eq!(named(json!({"id": "cus_1", "name": "", "email": "a@b.example"})), "a@b.example");
    assert_eq!(named(json!({"id": "cus_1"})), "cus_1");
}

#[test]
fn the_address_for_invoices_tells_the_domain_unless_it_is_a_mail_providers() {
    let own = customer(json!({"id": "cus_1", "name": "Acme", "email": "Billing@Acme.example"}));
    assert_eq!((own.domains, own.subtitle.as_deref()), (vec!["acme.example".to_owned()], Some("Billing@Acme.example")));
    let free = customer(json!({"id": "cus_1", "name": "Acme", "email": "acme@gmail.com"}));
    assert_eq!(free.domains, Vec::<String>::new());
    let nowhere = customer(json!({"id": "cus_1", "name": "Acme", "address": {"city": "Turku"}}));
    assert_eq!(nowhere.subtitle.as_deref(), Some("Turku"));
}

#[test]
fn a_subscription_has_its_period_and_its_plans_on_its_items() {
    let row = json!({"id": "sub_1", "customer": {"id": "cus_1", "object": "customer", "deleted": true}, "status": "hibernating",
    "currency": "USD", "start_date": 1_780_000_000, "items": {"data": [
        {"id": "si_1", "quantity": 25, "current_period_end": 1_782_678_400, "price": {"id": "price_1", "product": "prod_1",
            "unit_amount": 2_000, "recurring": {"interval": "month", "interval_count": 1}}},
        {"id": "si_2", "current_period_end": 1_800_000_000, "price": {"id": "price_2", "nickname": "Gigabytes",
            "product": {"id": "prod_2"}, "unit_amount": null}},
    ]}});
    let mapped = data(subscription(&serde_json::from_value(row).unwrap(), &Names::known(&[("prod_1", "Seat")])));
    let RecordData::Subscription(subscription) = mapped else { panic!("{mapped:?}") };
    assert_eq!(subscription.name, "Seat + Gigabytes");
    assert_eq!((subscription.company.unwrap().as_str(), subscription.status.as_str()), ("cus_1", "hibernating"));
    assert_eq!(subscription.currency, "usd");
    assert_eq!(subscription.period_ends_at, Some(Timestamp::constant(1_782_678_400, 0)), "what is paid next");
    let amounts: Vec<_> = subscription.items.iter().map(|item| (item.quantity, item.unit_amount)).collect();
    assert_eq!(amounts, [(Some(25), Some(2_000)), (None, None)], "metered and in tiers");
}

#[test]
fn amounts_stay_in_minor_units_whatever_the_currency_has_of_them() {
    for (currency, amount, mapped) in
        [("usd", 1_000, 1_000), ("jpy", 1_000, 1_000), ("kwd", 5_000, 5_000), ("isk", 500_000, 5_000), ("ugx", 700, 7)]
    {
        let invoice = billed(minimal(currency, amount)).unwrap();
        assert_eq!((invoice.total, invoice.amount_remaining), (mapped, mapped), "{currency}");
    }
}

#[test]
fn an_invoice_names_its_subscription_where_todays_version_has_it() {
    let mut row = minimal("usd", 50_000);
    row["subscription"] = Value::Null;
    row["parent"] = json!({"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}});
    row["status_transitions"] = json!({"paid_at": 1_785_270_400});
    row["hosted_invoice_url"] = "https://invoice.stripe.com/i/x".into();
    row["invoice_pdf"] = "javascript:alert(1)".into();
    let invoice = billed(row).unwrap();
    assert_eq!(invoice.subscription.unwrap().as_str(), "sub_1");
    assert_eq!(invoice.paid_at, Some(Timestamp::constant(1_785_270_400, 0)));
    assert_eq!(invoice.hosted_url.as_deref(), Some("https://invoice.stripe.com/i/x"));
    assert_eq!(invoice.pdf_url, None, "nobody is sent to what is no page");
    assert_eq!(invoice.name, "in_1", "a final one without a number");
    let mut draft = minimal("usd", 1);
    draft["status"] = "draft".into();
    assert_eq!(billed(draft).unwrap().name, "Draft");
}

#[test]
fn what_an_invoice_lacks_is_named() {
    for (field, complaint) in [
        ("total", "it has no total"),
        ("currency", "it has no currency"),
        ("status", "it has no status"),
        ("id", "it has no id"),
    ] {
        let mut row = minimal("usd", 1);
        row.as_object_mut().unwrap().remove(field);
        assert_eq!(billed(row).unwrap_err(), complaint);
    }
}

#[test]
fn a_payment_tells_what_was_given_back_and_why_it_failed() {
    let row = json!({"id": "ch_1", "customer": null, "status": "failed", "currency": "usd", "amount": 900, "amount_refunded": 300,
        "failure_message": "Your card was declined.", "created": 1_780_000_000});
    let mapped = data(payment(&serde_json::from_value(row).unwrap()));
    let RecordData::Payment(payment) = mapped else { panic!("{mapped:?}") };
    assert_eq!(
        (payment.name.as_str(), payment.company, payment.amount, payment.amount_refunded),
        ("Payment", None, 900, 300)
    );
    assert_eq!(payment.failure.as_deref(), Some("Your card was declined."));
}
