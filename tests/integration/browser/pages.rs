//! Every page, light and dark and on a phone: whether axe-core finds fault with it, whether anything sticks out at the
//! side, whether the browser complains; and a picture of each.

use super::accessibility;
use super::chromium::Chromium;
use super::looks::{DARK, LIGHT, Look, PHONE, picture};
use super::person::Person;
use super::stage::Stage;

/// Where a page is, and words that are there once it has read what it shows. `COMPANY` and `RUN` stand for one of each.
const PAGES: &[(&str, &str, &str)] = &[
    ("connections", "/settings/integrations", "Available"),
    ("wizard-credentials", "/settings/integrations?connect=autotask", "Set up Autotask"),
    ("wizard-options", "/settings/integrations?connect=syncro&step=options", "What to sync, and how often"),
    ("wizard-test", "/settings/integrations?connect=syncro&step=test", "Everything that was asked for is permitted."),
    ("wizard-enable", "/settings/integrations?connect=syncro&step=enable", "Switch on automatic sync"),
    ("overview", "/settings/integrations/halo-psa/overview", "Record types"),
    ("options", "/settings/integrations/halo-psa/options", "Who gets in"),
    ("why-missing", "/settings/integrations/halo-psa/overview?why=nobody", "Never seen"),
    ("import-preview", "/settings/integrations/halo-psa/options?preview=yes", "Nothing is imported by looking."),
    ("field-mapping", "/settings/integrations/halo-psa/field-mapping", "Field in the portal"),
    ("sync-log", "/settings/integrations/halo-psa/sync-log", "Succeeded"),
    ("run", "/settings/integrations/halo-psa/sync-log?run=RUN", "Calls to the vendor"),
    ("webhooks", "/settings/integrations/halo-psa/webhooks", "Address"),
    ("disconnect", "/settings/integrations/halo-psa/disconnect", "Disconnect"),
    ("company-mapping", "/settings/integrations/companies", "Quick match"),
    ("quick-match", "/settings/integrations/companies?quick-match=1", "Proposed"),
    ("duplicates", "/settings/integrations/duplicates", "Show what is ignored"),
    ("companies", "/settings/companies", "Imported from Halo PSA"),
    ("add-company", "/settings/companies?add=1", "A company added by hand can be linked"),
    ("import", "/settings/companies?import=halo-psa", "Each becomes a new company here"),
    ("defaults", "/settings/companies?defaults=COMPANY", "The next import would give"),
    ("blocked", "/settings/companies?blocked=1", "Nothing is blocked"),
    ("company", "/settings/companies/COMPANY/overview", "Has access"),
    ("company-details", "/settings/companies/COMPANY/overview?edit=details", "One a line"),
    ("company-user", "/settings/companies/COMPANY/overview?user=new", "For people who are not in a PSA"),
    ("activity", "/settings/activity", "Switched automatic sync on"),
    ("nowhere", "/settings/nowhere", "There is no such page"),
];

/// The same before anything is connected.
const NOTHING_YET: &[(&str, &str, &str)] = &[
    ("new-connections", "/settings/integrations", "Nothing is connected yet"),
    ("new-connection", "/settings/integrations/halo-psa/overview", "Halo PSA is not connected"),
    ("new-mapping", "/settings/integrations/companies", "Connect a PSA or RMM first"),
    ("new-duplicates", "/settings/integrations/duplicates", "No duplicates"),
    ("new-companies", "/settings/companies", "No companies yet"),
    ("new-activity", "/settings/activity", "Nothing yet"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_what_it_is_for_before_there_is_anything_on_it() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["halo-psa"], 40).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    for (name, path, words) in NOTHING_YET {
        inspect(&admin, name, path, &[words]).await;
    }
    admin.browser.quit().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_in_light_in_dark_and_on_a_phone() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["halo-psa", "syncro", "autotask"], 40).await;
    stage.connect("halo-psa", local::connect::import_all).await;
    stage.enter_credentials("syncro").await;
    let company = stage.company(|company| company["users"].as_u64() > Some(0)).await;
    let run = stage.runs("halo-psa").await.remove(0);
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    for (name, path, words) in PAGES {
        let path = path.replace("COMPANY", company["id"].as_str().unwrap()).replace("RUN", run["id"].as_str().unwrap());
        inspect(&admin, name, &path, &[words]).await;
    }
    admin.browser.quit().await;
    stage.end().await;
}

/// Looks at a page in every way, once it shows these words.
pub(crate) async fn inspect(person: &Person, name: &str, path: &str, words: &[&str]) {
    for look in [LIGHT, DARK, PHONE] {
        look.at(person).await;
        person.goes_to(path).await;
        for said in words {
            person.sees(said).await;
        }
        inspect_as_it_is(person, name, look).await;
    }
}

/// What is on the page, as somebody looks at it now.
pub(crate) async fn inspect_as_it_is(person: &Person, name: &str, look: Look) {
    let name = format!("{name}-{}", look.name);
    picture(person, &name).await;
    accessibility::check(person, &name).await;
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    let wide = person.browser.client.execute(wide, Vec::new()).await.unwrap();
    assert_eq!(wide, 0, "{name} sticks out at the side");
}
