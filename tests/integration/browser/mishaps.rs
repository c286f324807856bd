//! What goes wrong while somebody works: a sign-in expires, an answer is lost or late, a key is held, somebody else saves in
//! between.
//!
//! Nothing that was entered is lost, nothing is done twice, no page is left useless.

use fantoccini::wd::WindowHandle;
use http::Method;
use local::oidc::PEOPLE;
use local::stack::Stack;
use serde_json::{Value, json};

use super::chromium::{By, Chromium};
use super::connecting;
use super::person::Person;
use super::stage::Stage;

const HALO: &str = "halo-psa";
const SYNCRO: &str = "syncro";

/// Has the page's next request of this kind go wrong.
const NEXT_REQUEST: &str = "
    const [method, path, how] = arguments;
    const real = window.fetch;
    window.fetch = async (address, options = {}) => {
        const meant = options.method === method && new URL(address, location.href).pathname === path;
        if (!meant) return real(address, options);
        window.fetch = real;
        if (how === 'expired') return new Response('{}', { status: 401 });
        if (how === 'lost') await real(address, options);
        if (how !== 'late') throw new TypeError(how);
        await new Promise((letGo) => { window.letGo = letGo; });
        return new Response('{}', { status: 404 });
    };";

/// Lets the late answer come, and gives the window's title once the page has read it.
const LET_GO: &str = "
    const [done] = arguments;
    window.letGo();
    fetch('/health').then(() => setTimeout(() => done(document.title), 0));";

/// Holds Enter in the picker's search; then presses it before the answer, and goes on typing.
const ENTER_TOO_SOON: &str = "
    const input = document.querySelector('link-picker [role=combobox]');
    const press = (repeat) => {
        const held = { key: 'Enter', repeat, bubbles: true, cancelable: true };
        input.dispatchEvent(new KeyboardEvent('keydown', held));
    };
    const type = (text) => {
        input.value = text;
        input.dispatchEvent(new Event('input'));
    };
    press(true);
    type('x');
    press(false);
    type(arguments[0]);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_entered_outlives_an_expired_sign_in_a_lost_answer_and_back() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO], 40).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    let page = admin.browser.client.window().await.unwrap();

    admin.goes_to("/settings/companies?add=company").await;
    admin.types("Name", "Kept Ltd").await;
    next_request(&admin, "POST", "/v1/companies", "expired").await;
    admin.clicks("Add company").await;
    admin.clicks("Sign in again").await;
    let other = another_window(&admin, &page).await;
    admin.browser.client.switch_to_window(other).await.unwrap();
    admin.sees_element("button[name=person][value=admin]").await.click().await.unwrap();
    admin.browser.client.switch_to_window(page).await.unwrap();
    admin.sees("Kept Ltd is added.").await;

    admin.clicks("Add company").await;
    admin.types("Name", "Once Ltd").await;
    next_request(&admin, "POST", "/v1/companies", "lost").await;
    admin.clicks("Add company").await;
    admin.sees("The portal cannot be reached").await;
    admin.clicks("Add company").await;
    admin.sees("Once Ltd is added.").await;
    let all = stage.stack.api(PEOPLE[2]).unwrap().get("/v1/companies?search=Once&limit=200").await.unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");

    admin.clicks("Add company").await;
    admin.types("Name", "Typed Ltd").await;
    admin.browser.client.back().await.unwrap();
    admin.clicks("Keep editing").await;
    let typed = admin.sees_element("form-dialog input").await;
    assert_eq!(typed.prop("value").await.unwrap().as_deref(), Some("Typed Ltd"));
    admin.browser.client.back().await.unwrap();
    admin.clicks("Leave").await;
    admin.browser.gone(&By::Css("form-dialog".to_owned()), "the form").await;
    admin.browser.quit().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_people_change_of_the_options_is_both_kept() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO], 40).await;
    stage.connect(HALO, |_| {}).await;
    let admin = Person::sign_in(browser, stage.console(), "admin").await;
    admin.goes_to("/settings/integrations/halo-psa/options").await;
    admin.ticks("5 min").await;
    // Not added by its button: Save is as good.
    admin.types("Never import these addresses", "robot@*").await;
    // Somebody is about to leave, and stays: what was kept meanwhile is not to come back once it is saved.
    let leaving = "dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    admin.browser.client.execute(leaving, vec![]).await.unwrap();
    assert_eq!(drafts(&admin).await, 1);

    let mut options = integration(&stage.stack).await.0;
    options["record_types"].as_array_mut().unwrap().retain(|kind| kind != "tickets");
    let (_, etag) = integration(&stage.stack).await;
    let api = stage.stack.api(PEOPLE[2]).unwrap();
    let path = "/v1/integrations/halo-psa/options";
    let saved = api.send_if(Method::PUT, path, Some(&options), etag.as_deref()).await.unwrap();
    assert_eq!(saved.status, 200, "{}", saved.body);

    admin.clicks("Save").await;
    admin.sees("Somebody else changed these options").await;
    admin.clicks("Load, and keep my changes").await;
    admin.sees("Your changes stand on top of theirs.").await;
    admin.clicks("Save").await;
    admin.sees_no_more("Loaded, and not saved yet").await;
    options["interval_minutes"] = json!(5);
    options["auto_import"]["exclude_emails"].as_array_mut().unwrap().push(json!("robot@*"));
    let kept = admin.browser.wait(async || integration(&stage.stack).await.0 == options).await;
    assert!(kept, "{}\nis not\n{options}", integration(&stage.stack).await.0);
    admin.sees_no_more("Discard").await;
    assert_eq!(drafts(&admin).await, 0);
    admin.browser.quit().await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_goes_on_after_failed_and_late_answers_and_a_held_key_picks_nothing() {
    let Some(browser) = Chromium::start().await else { return };
    let stage = Stage::of(&[HALO, SYNCRO], 40).await;
    stage.connect(HALO, |_| {}).await;
    let api = stage.stack.api(PEOPLE[2]).unwrap();
    let mut ids = Vec::new();
    for name in ["Linked Ltd", "Unlinked Ltd"] {
        let made = api.expect(Method::POST, "/v1/companies", Some(&json!({ "name": name }))).await.unwrap();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    stage.link(&ids[0], HALO).await;
    let admin = Person { browser };
    // A page that reads nothing, so that the first reading of the catalogue can fail.
    let nowhere = format!("{}/settings/nowhere", stage.console());
    admin.browser.client.goto(&nowhere).await.unwrap();
    admin.sees_element("button[name=person][value=admin]").await.click().await.unwrap();
    admin.sees("There is no such page").await;

    company_page(&admin, &stage, &ids[0]).await;
    wizard(&admin, &stage).await;
    held_key(&admin, &stage).await;
    admin.browser.quit().await;
    stage.end().await;
}

async fn company_page(admin: &Person, stage: &Stage, id: &str) {
    let path = format!("/v1/companies/{id}");
    next_request(admin, "GET", "/v1/connectors", "unreachable").await;
    admin.goes_to(&format!("/settings/companies/{id}/overview")).await;
    admin.sees("The company could not be read").await;
    admin.clicks("Try again").await;
    admin.sees_heading("Linked Ltd").await;

    // The focus stays where it is while the page shows another state.
    let unlink = By::XPath("//company-links//button[starts-with(normalize-space(.), 'Unlink')]".to_owned());
    let unlink = admin.browser.find(&unlink, "Unlink").await;
    admin.browser.client.execute("arguments[0].focus()", vec![serde_json::to_value(&unlink).unwrap()]).await.unwrap();
    let api = stage.stack.api(PEOPLE[2]).unwrap();
    let etag = api.send(Method::GET, &path, None).await.unwrap().etag;
    let phone = json!({ "phone": "+49 30 1234567" });
    assert_eq!(api.send_if(Method::PATCH, &path, Some(&phone), etag.as_deref()).await.unwrap().status, 200);
    look_again(admin).await;
    admin.sees("+49 30 1234567").await;
    let focused = admin.browser.client.active_element().await.unwrap().text().await.unwrap();
    assert!(focused.starts_with("Unlink"), "the focus is on {focused:?}");

    // An answer that comes when the page has been left changes nothing.
    next_request(admin, "GET", &path, "late").await;
    look_again(admin).await;
    let waits = "return window.letGo !== undefined";
    assert!(admin.browser.wait(async || admin.browser.client.execute(waits, vec![]).await.unwrap() == true).await);
    next_request(admin, "GET", "/v1/integrations", "unreachable").await;
    admin.goes_to("/settings/companies").await;
    admin.sees_heading("Companies").await;
    let title = admin.browser.client.execute_async(LET_GO, vec![]).await.unwrap();
    assert_eq!(title, "Companies · Settings");

    // What is connected could not be read, and is read again.
    admin.sees_element("action-menu [aria-label='Import companies'][data-reason^='What you have connected']").await;
    look_again(admin).await;
    admin.clicks("Import companies").await;
    admin.sees_element("action-menu [role=menuitem]").await;
}

/// A set-up that cannot be read is read again, and a step that cannot is not passed over.
async fn wizard(admin: &Person, stage: &Stage) {
    next_request(admin, "GET", "/v1/integrations/syncro", "unreachable").await;
    admin.goes_to("/settings/integrations?connect=syncro").await;
    admin.clicks("Try again").await;
    connecting::enter(admin, stage, connecting::descriptor(SYNCRO), None).await;
    next_request(admin, "GET", "/v1/integrations/syncro", "unreachable").await;
    admin.clicks("Next").await;
    admin.sees("What to sync, and how often").await;
}

async fn held_key(admin: &Person, stage: &Stage) {
    let free = "/v1/integrations/halo-psa/companies?linked=false&limit=1";
    let free = stage.stack.api(PEOPLE[2]).unwrap().get(free).await.unwrap();
    let name = free["items"][0]["name"].as_str().unwrap();
    admin.goes_to("/settings/integrations/companies").await;
    let blank = "//mapping-row[.//a[normalize-space(.)='Unlinked Ltd']]//mapping-cell[contains(., 'not linked')]";
    admin.browser.find(&By::XPath(blank.to_owned()), "the blank cell").await.click().await.unwrap();
    admin.sees_element("link-picker [role=option]").await;
    admin.browser.client.execute(ENTER_TOO_SOON, vec![name.into()]).await.unwrap();
    let found = format!("//link-picker//*[@role='option'][starts-with(normalize-space(.), \"{name}\")]");
    let found = admin.browser.find(&By::XPath(found), "the results, still open").await;
    let only = "return document.querySelectorAll('link-picker [role=option]').length";
    assert!(admin.browser.wait(async || admin.browser.client.execute(only, vec![]).await.unwrap() == 1).await);
    found.click().await.unwrap();
    admin.sees("Unlinked Ltd is linked to").await;
}

async fn next_request(person: &Person, method: &str, path: &str, how: &str) {
    let arguments = vec![method.into(), path.into(), how.into()];
    person.browser.client.execute(NEXT_REQUEST, arguments).await.unwrap();
}

/// How many connections have options kept in this window.
async fn drafts(person: &Person) -> Value {
    let count = "return Object.keys(sessionStorage).filter((name) => name.startsWith('options/')).length";
    person.browser.client.execute(count, vec![]).await.unwrap()
}

/// As when somebody comes back to the tab.
async fn look_again(person: &Person) {
    let script = "document.dispatchEvent(new Event('visibilitychange'))";
    person.browser.client.execute(script, vec![]).await.unwrap();
}

/// The window that the page has opened.
async fn another_window(person: &Person, page: &WindowHandle) -> WindowHandle {
    let mut other = None;
    let look = async || {
        other = person.browser.client.windows().await.unwrap().into_iter().find(|window| window != page);
        other.is_some()
    };
    assert!(person.browser.wait(look).await, "no window opened");
    other.unwrap()
}

/// Its options, and the state that they are of.
async fn integration(stack: &Stack) -> (Value, Option<String>) {
    let path = "/v1/integrations/halo-psa";
    let answer = stack.api(PEOPLE[2]).unwrap().send(Method::GET, path, None).await.unwrap();
    (answer.body["options"].clone(), answer.etag)
}
