//! A company's tab Devices: devices with their state, alerts open and resolved, search; with a picture in each look.

use local::oidc::PEOPLE;
use serde_json::{Value, json};

use super::chromium::Chromium;
use super::looks::LIGHT;
use super::pages::inspect;
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

/// The first company that has open alerts: its id and one of them.
async fn troubled(stage: &Stage) -> (String, Value) {
    let [_, _, admin] = PEOPLE;
    let api = stage.stack.api(admin).unwrap();
    let companies = api.get("/v1/companies?limit=200").await.unwrap();
    for company in companies["items"].as_array().unwrap() {
        let id = company["id"].as_str().unwrap();
        let alerts = api.get(&format!("/v1/alerts?company={id}")).await.unwrap();
        if let Some(alert) = alerts["items"].as_array().unwrap().first() {
            return (id.to_owned(), alert.clone());
        }
    }
    panic!("no company has alerts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companys_devices_and_alerts_are_seen_and_found() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["datto-rmm"], 60).await;
    stage.connect("datto-rmm", local::connect::import_all).await;
    let (company, alert) = troubled(&stage).await;
    let (uid, message) = (alert["external_id"].as_str().unwrap(), alert["message"].as_str().unwrap());
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    let path = format!("/settings/companies/{company}/devices");
    inspect(&admin, "devices", &path, &[message, "Online"]).await;
    LIGHT.at(&admin).await;
    admin.goes_to(&format!("{path}?search=nobody-has-this")).await;
    admin.sees("No device fits").await;
    admin.clicks("Show all devices").await;
    admin.sees("Online").await;

    stage.vendor("datto-rmm").patch("alerts", uid, fields(json!({"resolved": true})), false).unwrap();
    stage.clock.advance(20 * 60);
    stage.tick("datto-rmm").await;
    admin.goes_to(&path).await;
    admin.chooses("Which alerts", "Resolved").await;
    admin.sees("Resolved by anna").await;
    admin.browser.quit().await;
    stage.end().await;
}
