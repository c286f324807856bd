//! A company's Training tab: enrolling somebody by the page alone, and their progress once it is posted.

use local::oidc::PEOPLE;
use serde_json::{Value, json};

use super::chromium::Chromium;
use super::looks::{DARK, LIGHT, PHONE};
use super::pages::{inspect, inspect_as_it_is};
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

const BIGGER_BRAINS: &str = "bigger-brains";
const ENTER: char = '\u{e007}';
const COURSE: &str = "Outlook for Microsoft 365: Level 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_enrolled_by_the_page_alone_and_their_progress_shows() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["halo-psa", BIGGER_BRAINS], 40).await;
    stage.connect("halo-psa", local::connect::import_all).await;
    stage.connect(BIGGER_BRAINS, |_| {}).await;
    let user = somebody(&stage).await;
    let (company, name) = (user["company_id"].as_str().unwrap(), user["name"].as_str().unwrap());
    let admin = Person::sign_in(browser, stage.console(), "admin").await;

    let page = format!("/settings/companies/{company}/training");
    inspect(&admin, "training-empty", &page, &["Nobody takes a course yet"]).await;
    LIGHT.at(&admin).await;
    admin.clicks("Enrol somebody").await;
    for look in [DARK, PHONE, LIGHT] {
        look.at(&admin).await;
        inspect_as_it_is(&admin, "enrol", look).await;
    }
    admin.types("Search courses", &format!("{COURSE}{ENTER}")).await;
    let people = admin.sees_element(".enrol-dialog input[placeholder^='Search people']").await;
    people.send_keys(&format!("{}{ENTER}", user["email"].as_str().unwrap())).await.unwrap();
    admin.sees_element(".enrol-dialog .chosen + *, .enrol-dialog .field:nth-of-type(2) .chosen").await;
    admin.clicks("Enrol").await;
    admin.sees(&format!("{name} will take {COURSE}.")).await;
    admin.sees("Not started").await;

    let registered = registered(&stage, user["id"].as_str().unwrap());
    let half = json!({ "registrationCompletion": "INCOMPLETE", "registrationCompletionAmount": 0.4 });
    stage.vendor(BIGGER_BRAINS).patch("registrations", &registered, fields(half), false).unwrap();
    stage.tick(BIGGER_BRAINS).await;
    admin.clicks("Overview").await;
    admin.clicks("Training").await;
    admin.sees("In progress").await;
    admin.sees("40 % done").await;
    inspect(&admin, "training", &page, &[COURSE, "In progress"]).await;
    LIGHT.at(&admin).await;
    opens(&admin, name).await;

    let done = json!({ "registrationCompletion": "COMPLETED", "registrationSuccess": "PASSED" });
    stage.vendor(BIGGER_BRAINS).patch("registrations", &registered, fields(done), false).unwrap();
    stage.tick(BIGGER_BRAINS).await;
    admin.clicks("Overview").await;
    admin.clicks("Training").await;
    admin.sees("Passed").await;
    admin.browser.quit().await;
    stage.end().await;
}

/// The course opens at the vendor, by an address made for the click. Where it leads nobody goes: it is beyond this machine.
async fn opens(admin: &Person, name: &str) {
    let stay = "window.open = () => ({ location: { replace: (url) => { document.body.dataset.opened = url; } } });";
    admin.browser.client.execute(stay, Vec::new()).await.unwrap();
    admin.clicks(&format!("Open course {COURSE} as {name}")).await;
    admin.sees_element("body[data-opened^='https://']").await;
}

/// A user of some company.
async fn somebody(stage: &Stage) -> Value {
    let [_, _, admin] = PEOPLE;
    let users = stage.stack.api(admin).unwrap().get("/v1/users?limit=200").await.unwrap();
    let mut users = users["items"].as_array().unwrap().iter();
    users.find(|user| user["state"] == "active" && user["company_id"].is_string()).unwrap().clone()
}

/// The id of a learner's registration at SCORM Cloud.
fn registered(stage: &Stage, learner: &str) -> String {
    let dump = stage.vendor(BIGGER_BRAINS).dump();
    let mut rows = dump["registrations"].as_array().unwrap().iter();
    let own = rows.find(|row| row["learner"]["id"] == learner).unwrap();
    own["id"].as_str().unwrap().to_owned()
}
