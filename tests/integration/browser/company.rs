//! A company's page as a whole: a tab for each connection that feeds it.

use super::chromium::Chromium;
use super::looks::PHONE;
use super::pages::inspect;
use super::person::Person;
use super::stage::Stage;

const HALO: &str = "halo-psa";
const BIGGER_BRAINS: &str = "bigger-brains";
/// What feeds a tab once a company of theirs is linked.
const LINKED: &[&str] = &["datto-rmm", "microsoft-365", "stripe"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_that_everything_feeds_has_every_tab_and_on_a_phone_the_open_one_is_in_sight() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[&[HALO, BIGGER_BRAINS], LINKED].concat(), 40).await;
    stage.connect(HALO, local::connect::import_all).await;
    stage.connect(BIGGER_BRAINS, |_| {}).await;
    let company = stage.company(|company| company["links"][HALO].is_array()).await;
    let company = company["id"].as_str().unwrap();
    for connector in LINKED {
        stage.connect(connector, |_| {}).await;
        stage.link(company, connector).await;
    }
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    let page = format!("/settings/companies/{company}");
    let tabs = ["Overview", "Devices", "Secure Score", "Billing", "Training"];
    inspect(&admin, "company-tabs", &format!("{page}/overview"), &tabs).await;

    admin.goes_to("/settings/companies").await;
    admin.sees("Add company").await;
    PHONE.at(&admin).await;
    admin.goes_to(&format!("{page}/training")).await;
    admin.sees("Nobody takes a course yet").await;
    let in_sight = "
        const tab = document.querySelector('.tabs [aria-current]').getBoundingClientRect();
        return tab.left >= 0 && tab.right <= innerWidth;";
    let seen =
        admin.browser.wait(async || admin.browser.client.execute(in_sight, Vec::new()).await.unwrap() == true).await;
    assert!(seen, "the tab Training is out of sight");
    admin.browser.quit().await;
    stage.end().await;
}
