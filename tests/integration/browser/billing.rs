//! A company's tab Billing: what it has subscribed to, its invoices with the ways to see them, what is left to pay.

use serde_json::{Value, json};

use super::chromium::{By, Chromium};
use super::looks::LIGHT;
use super::pages::inspect;
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

const STRIPE: &str = "stripe";

/// The page of the company that a customer in Stripe is linked to.
async fn page_of(stage: &Stage, customer: &str) -> String {
    let company = stage.company(|company| company["links"][STRIPE][0]["external_id"] == *customer).await;
    format!("/settings/companies/{}/billing", company["id"].as_str().unwrap())
}

/// The rows of one of Stripe's lists that are a customer's.
fn of(dump: &Value, list: &str, customer: &str) -> Vec<Value> {
    dump[list].as_array().unwrap().iter().filter(|row| row["customer"] == *customer).cloned().collect()
}

/// Dollars as a person reads them.
fn dollars(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let digits: Vec<&[u8]> = whole.as_bytes().rchunks(3).rev().collect();
    let groups: Vec<&str> = digits.into_iter().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("${}.{:02}", groups.join(","), cents % 100)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companys_plans_invoices_and_open_balance_are_read_as_stripe_has_them() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[STRIPE], 60).await;
    // Where Stripe knows nothing but an address, it is the name: there is no place to break it.
    let address = json!({"email": "accounts-payable@quiet-quarry-and-gravel.st.example"});
    let quiet = stage.vendor(STRIPE).create("customers", fields(address)).unwrap();
    stage.connect(STRIPE, local::connect::import_all).await;
    let dump = stage.vendor(STRIPE).dump();
    let owes = |row: &&Value| row["status"] == "open" && row["currency"] == "usd";
    let open = dump["invoices"].as_array().unwrap().iter().find(owes).unwrap();
    let customer = open["customer"].as_str().unwrap();
    let invoices = of(&dump, "invoices", customer);
    let left: Vec<i64> = invoices.iter().filter(owes).map(|row| row["amount_remaining"].as_i64().unwrap()).collect();
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    let balance = dollars(left.iter().sum());
    let page = page_of(&stage, customer).await;
    inspect(&admin, "billing", &page, &["Open balance", &balance, "Next invoice", "Paid", "PDF"]).await;

    LIGHT.at(&admin).await;
    for invoice in &invoices {
        let Some(number) = invoice["number"].as_str() else { continue };
        let amount = dollars(invoice["total"].as_i64().unwrap());
        let row =
            format!("//company-billing//tr[th[normalize-space(.)='{number}']][td[normalize-space(.)='{amount}']]");
        admin.browser.find(&By::XPath(row.clone()), &format!("{number} of {amount}")).await;
        let pdf = admin.browser.find(&By::XPath(format!("{row}//a[.='PDF']")), "its PDF").await;
        assert_eq!(pdf.attr("href").await.unwrap().as_deref(), invoice["invoice_pdf"].as_str(), "{number}");
    }
    let many = of(&dump, "subscriptions", customer).len();
    let plans = "return document.querySelectorAll('company-billing .plan').length";
    assert_eq!(admin.browser.client.execute(plans, Vec::new()).await.unwrap(), many, "each subscription");

    let page = page_of(&stage, quiet["id"].as_str().unwrap()).await;
    inspect(&admin, "billing-empty", &page, &["Nothing is open.", "No subscriptions.", "No invoices.", "No payments."])
        .await;
    admin.browser.quit().await;
    stage.end().await;
}
