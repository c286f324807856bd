//! Every page, light and dark and on a phone: whether axe-core finds fault with it, whether anything sticks out at the
//! side, whether the browser complains; and a picture of each.

use super::accessibility;
use super::chromium::Chromium;
use super::looks::{DARK, LIGHT, Look, PHONE, picture};
use super::person::Person;
use super::stage::Stage;

/// Where a page is, and words that are there once it has read what it shows.
const PAGES: &[(&str, &str, &str)] = &[
    ("connections", "/settings/integrations", "Available"),
    ("wizard", "/settings/integrations?connect=syncro", "Set up Syncro"),
    ("overview", "/settings/integrations/halo-psa/overview", "Record types"),
    ("options", "/settings/integrations/halo-psa/options", "Who gets in"),
    ("why-missing", "/settings/integrations/halo-psa/overview?why=nobody", "Never seen"),
    ("import-preview", "/settings/integrations/halo-psa/options?preview=yes", "Nothing is imported by looking."),
    ("field-mapping", "/settings/integrations/halo-psa/field-mapping", "Field in the portal"),
    ("sync-log", "/settings/integrations/halo-psa/sync-log", "Succeeded"),
    ("webhooks", "/settings/integrations/halo-psa/webhooks", "Address"),
    ("disconnect", "/settings/integrations/halo-psa/disconnect", "Disconnect"),
    ("company-mapping", "/settings/integrations/companies", "Quick match"),
    ("quick-match", "/settings/integrations/companies?quick-match=1", "Proposed"),
    ("duplicates", "/settings/integrations/duplicates", "Show what is ignored"),
    ("companies", "/settings/companies", "Add company"),
    ("import", "/settings/companies?import=halo-psa", "Import"),
    ("activity", "/settings/activity", "Switched automatic sync on"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_in_light_in_dark_and_on_a_phone() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["halo-psa", "syncro"], 40).await;
    stage.connect("halo-psa", local::connect::import_all).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    for (name, path, words) in PAGES {
        inspect(&admin, name, path, &[words]).await;
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
