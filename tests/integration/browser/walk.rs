//! From zero companies and zero links to people with the right roles, and back: what an admin does with a PSA from the first
//! day to the last, by the pages alone. Each step is believed when the page says so.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::chromium::{By, Chromium};
use super::connecting;
use super::looks::{LIGHT, picture};
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

const HALO: &str = "halo-psa";
/// Past the two minutes between two *Sync now*.
const COOLED_DOWN: i64 = 130;
/// A portal company whose name says nothing of the vendor's.
const OWN_NAME: &str = "Entirely different";

/// Vendor companies, by what becomes of them.
struct Clients {
    /// Imported, with a role of its own for its people.
    imported: String,
    /// Linked by hand to a company of another name.
    by_hand: String,
    /// Found by quick match.
    matched: String,
    /// Left alone.
    left: String,
}

impl Clients {
    fn of(stage: &Stage) -> Self {
        let dump = stage.vendor(HALO).dump();
        let clients = dump["clients"].as_array().unwrap();
        // The built-in client that Halo keeps what belongs to nobody under never comes to the portal.
        let usable = |client: &&Value| client["inactive"] != Value::Bool(true) && client["name"] != "Unknown";
        let mut names = clients.iter().filter(usable).map(|client| client["name"].as_str().unwrap().to_owned());
        let mut next = || names.next().unwrap();
        Self { imported: next(), by_hand: next(), matched: next(), left: next() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_connects_halo_maps_companies_and_sees_people_come_with_the_right_roles() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO], 200).await;
    let clients = Clients::of(&stage);
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    LIGHT.at(&admin).await;

    connecting::by_the_page(&admin, &stage, connecting::descriptor(HALO)).await;
    admin.sees("companies found, 0 linked.").await;
    picture(&admin, "walk-connected").await;

    imports(&admin, &clients.imported).await;
    says_who_gets_in(&admin).await;
    sees_people(&admin, &clients.imported, &["Standard User", "Company Admin"], &["Billing"]).await;
    picture(&admin, "walk-company").await;

    adds_company(&admin, OWN_NAME).await;
    adds_company(&admin, &clients.matched).await;
    links_by_hand(&admin, OWN_NAME, &clients.by_hand).await;
    links_by_quick_match(&admin, &clients.matched).await;
    picture(&admin, "walk-mapped").await;
    sees_people(&admin, OWN_NAME, &["Standard User"], &["Billing"]).await;
    sees_people(&admin, &clients.matched, &["Standard User"], &["Billing"]).await;

    overrides(&admin, &clients.imported, "Billing").await;
    somebody_joins(&stage, &clients.imported);
    stage.clock.advance(COOLED_DOWN);
    syncs(&admin).await;
    sees_people(&admin, &clients.imported, &["Billing", "Standard User"], &[]).await;
    asks_why(&admin, &stage, &clients.left).await;

    unlinks(&admin, &clients.by_hand).await;
    marks_as_not_integrated(&admin, OWN_NAME).await;
    pauses_and_resumes(&admin).await;
    disconnects(&admin, "Keep links and records", "Disconnect Halo PSA").await;
    admin.sees("What was kept can be read and no longer changes.").await;
    sees_people(&admin, &clients.imported, &["Has access"], &["Suspended"]).await;
    disconnects(&admin, "Remove everything that came from there", "Remove").await;
    admin.sees("Halo PSA is not connected").await;
    sees_people(&admin, &clients.imported, &["Suspended"], &["Has access"]).await;
    sees_history(&admin).await;
    admin.browser.quit().await;
    stage.end().await;
}

async fn imports(admin: &Person, client: &str) {
    admin.clicks("Import companies").await;
    admin.types("Search by name, domain or id", client).await;
    admin.ticks(client).await;
    admin.clicks("Import 1 company").await;
    admin.sees("1 created.").await;
    picture(admin, "walk-imported").await;
    admin.clicks("Done").await;
    admin.sees("Imported from Halo PSA").await;
}

async fn adds_company(admin: &Person, name: &str) {
    admin.goes_to("/settings/companies").await;
    admin.clicks("Add company").await;
    admin.types("Name", name).await;
    admin.presses(Key::Enter).await;
    admin.sees(&format!("{name} is added.")).await;
}

/// In the grid: a click on the blank cell, a search, the first answer.
async fn links_by_hand(admin: &Person, company: &str, client: &str) {
    admin.goes_to("/settings/integrations/companies").await;
    let row = format!("//mapping-row[.//a[normalize-space(.)='{company}']]");
    let blank = By::XPath(format!("{row}//mapping-cell[contains(., 'not linked')]"));
    admin.browser.find(&blank, "the blank cell of its row").await.click().await.unwrap();
    admin.types("Search Halo companies", client).await;
    admin.clicks_option(client).await;
    let linked = By::XPath(format!("{row}//mapping-cell[contains(., '{client}')]"));
    admin.browser.find(&linked, "the link in its cell").await;
}

async fn links_by_quick_match(admin: &Person, client: &str) {
    admin.clicks("Quick match").await;
    admin.sees("Same name").await;
    admin.sees("1 of 1 ticked").await;
    picture(admin, "walk-quick-match").await;
    admin.clicks("Link 1 company").await;
    admin.sees("1 company linked.").await;
    admin.clicks("Done").await;
    let linked = By::XPath(format!("//mapping-cell[contains(., '{client}')]"));
    admin.browser.find(&linked, "the link that quick match made").await;
    admin.sees("All linked").await;
}

/// Everybody becomes a Standard User, the primary contact of each company its admin. What that means is looked at before it
/// is saved.
async fn says_who_gets_in(admin: &Person) {
    admin.goes_to("/settings/integrations/halo-psa/options").await;
    admin.ticks("Make contacts portal users").await;
    admin.sees("No step gives a role yet").await;
    admin.chooses("Everybody else gets", "Standard User").await;
    admin.chooses("Primary contacts get", "Company Admin").await;
    admin.sees_no_more("No step gives a role yet").await;
    admin.clicks("Preview who gets in").await;
    for words in ["By the rules as they stand on this page", "Primary contact", "Default", "Its company is not linked"]
    {
        admin.sees(words).await;
    }
    picture(admin, "walk-preview").await;
    admin.clicks("Close").await;
    admin.clicks("Save").await;
    admin.sees_no_more("Discard").await;
}

async fn overrides(admin: &Person, company: &str, role: &str) {
    admin.goes_to("/settings/companies").await;
    admin.clicks(&format!("Actions for {company}")).await;
    admin.clicks("Manage defaults").await;
    admin.sees("Inheriting from Halo: Standard User").await;
    admin.sees("Nobody new from Halo").await;
    admin.chooses("Default Import Role", role).await;
    picture(admin, "walk-defaults").await;
    admin.clicks("Save").await;
    admin.browser.gone(&By::Css("defaults-dialog".to_owned()), "the dialog").await;
}

async fn syncs(admin: &Person) {
    admin.goes_to("/settings/integrations").await;
    admin.clicks("Sync now").await;
}

/// A company's people: these words are there, those are not.
async fn sees_people(admin: &Person, company: &str, there: &[&str], absent: &[&str]) {
    admin.goes_to("/settings/companies").await;
    admin.clicks(company).await;
    let cell =
        |words: &str| By::XPath(format!("//company-users//td[descendant-or-self::*[normalize-space(.)='{words}']]"));
    for words in there {
        admin.browser.find(&cell(words), &format!("{words} among the people of {company}")).await;
    }
    for words in absent {
        admin.browser.gone(&cell(words), &format!("{words} among the people of {company}")).await;
    }
}

/// At the vendor a new contact is entered.
fn somebody_joins(stage: &Stage, client: &str) {
    let dump = stage.vendor(HALO).dump();
    let site = dump["sites"].as_array().unwrap().iter().find(|site| site["client_name"] == client).unwrap();
    let new = json!({ "name": "Nia Newcomer", "emailaddress": "nia@newcomer.example", "site_id": site["id"] });
    stage.vendor(HALO).create("users", fields(new)).unwrap();
}

/// Somebody of a company that is not linked has not come, and the page knows why.
async fn asks_why(admin: &Person, stage: &Stage, client: &str) {
    let dump = stage.vendor(HALO).dump();
    let known = |user: &&Value| user["client_name"] == client && user["inactive"] != Value::Bool(true);
    let mut addresses = dump["users"].as_array().unwrap().iter().filter(known).map(|user| &user["emailaddress"]);
    let address = addresses.find_map(|address| address.as_str().filter(|address| address.contains('@'))).unwrap();
    admin.goes_to("/settings/integrations/halo-psa/overview").await;
    admin.types("An id, an e-mail address or a name", address).await;
    admin.clicks("Find out").await;
    admin.sees("Company not linked").await;
    admin.sees(&format!("Not a portal user: \"{client}\" is not linked.")).await;
}

/// Says first what it does, and does it at once.
async fn unlinks(admin: &Person, client: &str) {
    sees_people(admin, OWN_NAME, &["Has access"], &["Suspended"]).await;
    admin.clicks(&format!("Unlink {client}")).await;
    admin.sees("Suspends").await;
    picture(admin, "walk-unlink").await;
    admin.clicks("Unlink").await;
    admin.sees("Not linked").await;
    sees_people(admin, OWN_NAME, &["Suspended"], &["Has access"]).await;
}

/// What has nothing at the vendor is missing nothing there.
async fn marks_as_not_integrated(admin: &Person, company: &str) {
    admin.goes_to("/settings/integrations/companies").await;
    admin.sees("1 not linked").await;
    let row = format!("//mapping-row[.//a[normalize-space(.)='{company}']]");
    admin.browser.find(&By::XPath(format!("{row}//mapping-cell")), "the cell of its row").await.click().await.unwrap();
    admin.ticks("Not integrated").await;
    let marked = By::XPath(format!("{row}//mapping-cell[contains(., 'Not integrated')]"));
    admin.browser.find(&marked, "Not integrated in its cell").await;
}

async fn pauses_and_resumes(admin: &Person) {
    let pill = |status: &str| format!("connection-card[data-key='{HALO}'] .pill.{status}");
    admin.goes_to("/settings/integrations").await;
    admin.clicks("More for Halo PSA").await;
    admin.clicks("Pause").await;
    admin.sees_element(&pill("disconnected")).await;
    admin.sees("Paused. Credentials and links are kept.").await;
    admin.clicks("Resume").await;
    admin.sees_element(&pill("connected")).await;
}

/// Only once the name is typed.
async fn disconnects(admin: &Person, choice: &str, button: &str) {
    admin.goes_to("/settings/integrations/halo-psa/disconnect").await;
    admin.ticks(choice).await;
    picture(admin, &format!("walk-{}", button.to_lowercase().replace(' ', "-"))).await;
    admin.types("Type Halo PSA", "Halo PSA").await;
    admin.clicks(button).await;
}

async fn sees_history(admin: &Person) {
    admin.goes_to("/settings/activity").await;
    for action in [
        "Entered credentials",
        "Imported 1 company",
        "Linked a vendor company",
        "Applied quick match",
        "Changed the Default Import Role",
        "Unlinked a vendor company",
        "Paused the integration",
        "Disconnected the integration",
    ] {
        admin.sees(action).await;
    }
    picture(admin, "walk-activity").await;
}
