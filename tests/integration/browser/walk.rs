//! From zero companies and zero links to people with the right roles, and back: the whole of what an admin does with a PSA,
//! by the pages alone.

use fantoccini::key::Key;
use serde_json::Value;

use super::chromium::{By, Chromium};
use super::connecting;
use super::looks::picture;
use super::person::Person;
use super::stage::Stage;

const HALO: &str = "halo-psa";
const COOLED_DOWN: i64 = 130;

/// Names of active companies at the simulated vendor, in the order of their ids.
fn vendor_companies(stage: &Stage) -> Vec<String> {
    let dump = stage.vendor(HALO).dump();
    let clients = dump["clients"].as_array().unwrap();
    let active = clients.iter().filter(|client| client["inactive"] != Value::Bool(true));
    active.map(|client| client["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_connects_halo_maps_companies_and_sees_people_come_with_the_right_roles() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO], 200).await;
    let names = vendor_companies(&stage);
    let [imported, by_hand, matched, ..] = names.as_slice() else { panic!("too few companies: {names:?}") };
    let admin = Person::sign_in(browser, stage.console(), "admin").await;

    connecting::by_the_page(&admin, &stage, halo()).await;
    admin.sees("0 linked").await;
    picture(&admin, "walk-connected").await;

    // One company is imported, two are made by hand: one to be linked by hand, one that quick match finds.
    admin.goes_to("/settings/companies?import=halo-psa").await;
    admin.types("Search by name, domain or id", imported).await;
    admin.ticks(imported).await;
    admin.clicks("Import 1 company").await;
    admin.sees("Created").await;
    picture(&admin, "walk-imported").await;
    admin.clicks("Done").await;
    add_company(&admin, "Entirely different").await;
    add_company(&admin, matched).await;

    admin.goes_to("/settings/integrations/companies").await;
    admin.sees("Entirely different").await;
    link_by_hand(&admin, "Entirely different", by_hand).await;
    admin.clicks("Quick match").await;
    admin.sees("Proposed").await;
    picture(&admin, "walk-quick-match").await;
    admin.clicks("Link 1 company").await;
    admin.sees("1 company linked").await;
    admin.clicks("Done").await;
    picture(&admin, "walk-mapped").await;

    // Everybody becomes a Standard User, but for one company's people.
    admin.goes_to("/settings/integrations/halo-psa/options").await;
    admin.ticks("Make contacts portal users").await;
    admin.chooses("Everybody else gets", "Standard User").await;
    admin.clicks("Save").await;
    admin.sees_no_more("Discard").await;
    admin.clicks("Preview who gets in").await;
    admin.sees("Standard User").await;
    picture(&admin, "walk-preview").await;
    admin.presses(Key::Escape).await;
    admin.goes_to("/settings/companies").await;
    override_role(&admin, imported, "Admin").await;

    stage.clock.advance(COOLED_DOWN);
    admin.goes_to("/settings/integrations").await;
    admin.clicks("Sync now").await;
    sees_role(&admin, imported, "Admin").await;
    sees_role(&admin, "Entirely different", "Standard User").await;
    picture(&admin, "walk-company").await;

    // Unlinking says first what it does, and does it at once.
    admin.clicks_first("Unlink").await;
    admin.sees("Suspends").await;
    picture(&admin, "walk-unlink").await;
    admin.clicks("Unlink").await;
    admin.sees("Suspended").await;

    disconnects(&admin, "Keep links and records").await;
    admin.sees("Reconnect").await;
    admin.browser.quit().await;
    stage.end().await;
}

fn halo() -> &'static connector::Descriptor {
    let mut all = catalog::CONNECTORS.iter().map(|connector| connector.descriptor());
    all.find(|descriptor| descriptor.id == HALO).unwrap()
}

async fn add_company(admin: &Person, name: &str) {
    admin.clicks("Add company").await;
    admin.types("Name", name).await;
    admin.presses(Key::Enter).await;
    admin.sees(name).await;
}

async fn link_by_hand(admin: &Person, company: &str, vendor_company: &str) {
    let cell = By::XPath(format!("//mapping-row[.//a[normalize-space(.)='{company}']]//mapping-cell"));
    admin.browser.find(&cell, "the cell to link").await.click().await.unwrap();
    admin.types("Search Halo companies", vendor_company).await;
    admin.clicks_option(vendor_company).await;
    let linked = By::XPath(format!("//mapping-cell[contains(., '{vendor_company}')]"));
    admin.browser.find(&linked, "the link in its cell").await;
}

async fn override_role(admin: &Person, company: &str, role: &str) {
    admin.clicks(&format!("More for {company}")).await;
    admin.clicks("Manage defaults").await;
    admin.sees("Inheriting from Halo: Standard User").await;
    admin.chooses("Default Import Role", role).await;
    admin.clicks("Save").await;
    admin.sees_no_more("Inheriting from Halo: Standard User").await;
}

async fn sees_role(admin: &Person, company: &str, role: &str) {
    admin.goes_to("/settings/companies").await;
    admin.clicks(company).await;
    let cell = By::XPath(format!("//company-users//td[normalize-space(.)='{role}']"));
    admin.browser.find(&cell, &format!("somebody at {company} who is {role}")).await;
}

async fn disconnects(admin: &Person, choice: &str) {
    admin.goes_to("/settings/integrations/halo-psa/disconnect").await;
    admin.ticks(choice).await;
    admin.types("Type Halo PSA", "Halo PSA").await;
    admin.clicks("Disconnect Halo PSA").await;
}
