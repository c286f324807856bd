//! What is the same thing twice: found, linked to one company, or declared to be none.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::chromium::{By, Chromium};
use super::looks::{DARK, LIGHT, PHONE};
use super::pages::inspect_as_it_is;
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

const HALO: &str = "halo-psa";

/// A person at the vendor enters a client that is there already; gives the name.
fn enters_again(stage: &Stage) -> String {
    let dump = stage.vendor(HALO).dump();
    let usable = |client: &&Value| client["inactive"] != Value::Bool(true) && client["name"] != "Unknown";
    let client = dump["clients"].as_array().unwrap().iter().find(usable).unwrap();
    let name = client["name"].as_str().unwrap();
    stage.vendor(HALO).create("clients", fields(json!({ "name": name }))).unwrap();
    name.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vendor_companies_that_are_one_are_linked_to_one_company_or_ignored() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO], 40).await;
    let name = enters_again(&stage);
    stage.connect(HALO, |_| {}).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    admin.goes_to("/settings/companies").await;
    admin.clicks("Add company").await;
    admin.types("Name", &name).await;
    admin.presses(Key::Enter).await;
    admin.sees(&format!("{name} is added.")).await;

    admin.goes_to("/settings/integrations/duplicates").await;
    admin.sees("Vendor companies in Halo PSA").await;
    for look in [PHONE, DARK, LIGHT] {
        look.at(&admin).await;
        inspect_as_it_is(&admin, "duplicates-found", look).await;
    }

    admin.clicks("Link all to…").await;
    admin.clicks_option(&name).await;
    admin.sees(&format!("2 of 2 vendor companies linked to {name}")).await;
    admin.clicks("Done").await;
    let linked = By::XPath(format!("//duplicate-group//li[.//*[@class='duplicate-link'][contains(., \"{name}\")]][2]"));
    admin.browser.find(&linked, "where the second of them is linked to").await;

    admin.clicks("Ignore").await;
    admin.sees("No duplicates").await;
    admin.ticks("Show what is ignored").await;
    admin.sees("Vendor companies in Halo PSA").await;
    admin.clicks("List again").await;
    admin.sees("Nothing is ignored").await;
    admin.browser.quit().await;
    stage.end().await;
}
