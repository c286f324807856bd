//! A company's tab Secure Score: how its tenant stands and moved, and what to do about it; and a customer without consent,
//! who marks its own cell and nothing else.

use serde_json::{Value, json};

use super::chromium::{By, Chromium};
use super::looks::LIGHT;
use super::pages::inspect;
use super::person::Person;
use super::stage::Stage;
use crate::worlds::fields;

const MICROSOFT: &str = "microsoft-365";
/// What is not consented to is tried again each hour.
const NEXT_READ: i64 = 61 * 60;

struct Customer {
    id: String,
    name: String,
    /// The newest day that Microsoft scored.
    score: Option<Value>,
}

/// The partner's customers, by whether they have consented.
fn customers(stage: &Stage, consented: bool) -> Vec<Customer> {
    let dump = stage.vendor(MICROSOFT).dump();
    let days = dump["secure_scores"].as_array().unwrap();
    let all = dump["customers"].as_array().unwrap().iter().filter(|customer| customer["consented"] == consented);
    let customer = |row: &Value| {
        let own = days.iter().filter(|day| day["tenant"] == row["id"]).map(|day| &day["row"]);
        let score = own.max_by_key(|day| day["createdDateTime"].as_str().unwrap()).cloned();
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        Customer { id: text("id"), name: text("displayName"), score }
    };
    all.map(customer).collect()
}

/// The page of the company that a customer is linked to.
async fn page_of(stage: &Stage, customer: &Customer) -> String {
    let company = stage.company(|company| company["links"][MICROSOFT][0]["external_id"] == *customer.id).await;
    format!("/settings/companies/{}/secure-score", company["id"].as_str().unwrap())
}

/// A share in percent, and what it is the share of.
fn standing(score: &Value) -> Option<(String, String)> {
    let (points, most) = (score["currentScore"].as_f64()?, score["maxScore"].as_f64()?);
    let percent = (points / most * 1_000.0).round() / 10.0;
    (most > 0.0).then(|| (format!("{percent} %"), format!("{points} of {most} points on")))
}

/// The page asks for the score once more, as it does by itself after something was done.
async fn reads_again(admin: &Person) {
    let read = "
        const [tab, done] = [document.querySelector('company-secure-score'), arguments[arguments.length - 1]];
        tab.look().then(() => done());";
    admin.browser.client.execute_async(read, Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companys_secure_score_is_read_as_microsoft_has_it() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[MICROSOFT], 60).await;
    stage.connect(MICROSOFT, local::connect::import_all).await;
    let all = customers(&stage, true);
    let (customer, percent, points) = all
        .iter()
        .find_map(|one| standing(one.score.as_ref()?).map(|(percent, points)| (one, percent, points)))
        .unwrap();
    let page = page_of(&stage, customer).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    inspect(&admin, "secure-score", &page, &[&percent, &points, "All tenants reach 46.5 % on average", "Licences"])
        .await;

    LIGHT.at(&admin).await;
    let days = "return document.querySelector('.score-course polyline').getAttribute('points').split(' ').length";
    assert_eq!(admin.browser.client.execute(days, Vec::new()).await.unwrap(), 30, "a point for each day of a month");
    for control in customer.score.as_ref().unwrap()["controlScores"].as_array().unwrap() {
        let category = control["controlCategory"].as_str().unwrap();
        let head = By::XPath(format!("//company-secure-score//h3[starts-with(normalize-space(.), '{category} ')]"));
        admin.browser.find(&head, &format!("the category {category}")).await;
    }
    admin.sees_element("company-secure-score details.control summary").await.click().await.unwrap();
    admin.sees("Open the admin centre & sign in.").await;
    admin.sees("Open where it is set").await;
    admin.sees_no_more("alert(1)").await;
    reads_again(&admin).await;
    admin.sees_element("company-secure-score details.control[open]").await;

    let unscored = all.iter().find(|customer| customer.score.is_none()).unwrap();
    inspect(&admin, "secure-score-empty", &page_of(&stage, unscored).await, &["No score yet"]).await;
    admin.browser.quit().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_without_consent_marks_its_own_cell_and_offers_the_link() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[MICROSOFT], 60).await;
    stage.connect(MICROSOFT, local::connect::import_all).await;
    let customer = customers(&stage, false).remove(0);
    let page = page_of(&stage, &customer).await;
    let asks = format!("Send it to an administrator of {}", customer.name);
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    admin.sees_element(&format!("connection-card[data-key='{MICROSOFT}'] .pill.connected")).await;

    inspect(&admin, "mapping-consent", "/settings/integrations/companies", &["needs consent"]).await;
    LIGHT.at(&admin).await;
    let cell = By::XPath("//mapping-cell[.//*[normalize-space(.)='needs consent']]".to_owned());
    admin.browser.find(&cell, "the cell of the customer").await.click().await.unwrap();
    admin.clicks(&format!("Copy consent link for {}", customer.name)).await;
    admin.sees(&asks).await;
    inspect(&admin, "secure-score-consent", &page, &["The customer has not consented"]).await;

    stage.vendor(MICROSOFT).patch("customers", &customer.id, fields(json!({"consented": true})), false).unwrap();
    stage.clock.advance(NEXT_READ);
    stage.tick(MICROSOFT).await;
    admin.sees("All tenants reach").await;
    admin.goes_to("/settings/integrations/companies").await;
    admin.sees(&customer.name).await;
    admin.browser.gone(&cell, "the mark on the cell").await;
    admin.browser.quit().await;
    stage.end().await;
}
