//! A company's Training tab: enrolling somebody by the page alone, and their progress once it is posted.

use local::oidc::PEOPLE;
use serde_json::{Map, Value};

use super::accessibility;
use super::chromium::Chromium;
use super::looks::{DARK, LIGHT, PHONE, picture};
use super::person::Person;
use super::stage::Stage;

const ENTER: char = '\u{e007}';
const COURSE: &str = "Outlook for Microsoft 365: Level 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_enrolled_by_the_page_alone_and_their_progress_shows() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&["halo-psa", "bigger-brains"], 40).await;
    stage.connect("halo-psa", local::connect::import_all).await;
    stage.connect("bigger-brains", |_| {}).await;
    let user = somebody(&stage).await;
    let (company, name) = (user["company_id"].as_str().unwrap(), user["name"].as_str().unwrap());
    let admin = Person::sign_in(browser, stage.console(), "admin").await;

    admin.goes_to(&format!("/settings/companies/{company}/overview")).await;
    admin.clicks("Training").await;
    admin.sees("Nobody takes a course yet").await;
    admin.clicks("Enrol somebody").await;
    admin.types("Search courses", &format!("{COURSE}{ENTER}")).await;
    let people = admin.sees_element(".enrol-dialog input[placeholder^='Search people']").await;
    people.send_keys(&format!("{}{ENTER}", user["email"].as_str().unwrap())).await.unwrap();
    admin.sees_element(".enrol-dialog .chosen + *, .enrol-dialog .field:nth-of-type(2) .chosen").await;
    admin.clicks("Enrol").await;
    admin.sees(&format!("{name} will take {COURSE}.")).await;
    admin.sees("Not started").await;

    let registered = registered(&stage, user["id"].as_str().unwrap());
    let done = Map::from_iter([
        ("registrationCompletion".to_owned(), Value::from("COMPLETED")),
        ("registrationSuccess".to_owned(), "PASSED".into()),
    ]);
    stage.vendor("bigger-brains").patch("registrations", &registered, done, false).unwrap();
    admin.clicks("Overview").await;
    stage.tick("bigger-brains").await;
    admin.clicks("Training").await;
    admin.sees("Passed").await;
    for look in [LIGHT, DARK, PHONE] {
        look.at(&admin).await;
        admin.sees(COURSE).await;
        picture(&admin, &format!("training-{}", look.name)).await;
        accessibility::check(&admin, &format!("training ({})", look.name)).await;
    }
    admin.browser.quit().await;
    stage.end().await;
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
    let dump = stage.vendor("bigger-brains").dump();
    let mut rows = dump["registrations"].as_array().unwrap().iter();
    let own = rows.find(|row| row["learner"]["id"] == learner).unwrap();
    own["id"].as_str().unwrap().to_owned()
}
