use std::sync::atomic::{AtomicBool, Ordering};

use connector::http::{HeaderMap, StatusCode};
use connector::{Account, ChoiceQuery, Connector, DeploymentValues, SessionContext};
use domain::options::Options;
use domain::record::RecordType;
use serde_json::json;
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::CONNECTOR;
use crate::fake::{bare, company_info, forbidden, gone, manage};

#[expect(clippy::needless_pass_by_value, reason = "texts and JSON alike, as they are written in the tests")]
fn answer(status: u16, body: impl ToString) -> Response {
    Response::new("write", StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body.to_string())
}

fn field(error: &ConnectorError) -> Option<&'static str> {
    match error.kind {
        ErrorKind::Credentials { field } => field,
        _ => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn the_site_is_asked_for_its_codebase_and_the_api_sibling_for_everything_else() {
    let manage = manage(|_| ok(&json!({ "count": 412 })));
    let session = manage.session();
    let account = session.account().await.unwrap();
    session.account().await.unwrap();
    let expected = Account {
        id: "na.myconnectwise.net/acme".to_owned(),
        name: "Acme MSP at na.myconnectwise.net, 412 companies".to_owned(),
    };
    assert_eq!(account, expected);
    let seen = manage.seen();
    let urls: Vec<&str> = seen.iter().map(|seen| seen.url.as_str()).collect();
    let count =
        "https://api-na.myconnectwise.net/v2025_1/apis/3.0/company/companies/count?conditions=deletedFlag+%3D+false";
    assert_eq!(urls, ["https://na.myconnectwise.net/login/companyinfo/acme", count, count]);
    assert_eq!(seen[0].header("authorization"), None);
    // The Developer Guide's own example of the header.
    let pair = "acme+PubKey123:PrivKey456";
    assert_eq!(
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair),
        "YWNtZStQdWJLZXkxMjM6UHJpdktleTQ1Ng=="
    );
    assert_eq!(seen[1].header("authorization"), Some("Basic YWNtZStQdWJLZXkxMjM6UHJpdktleTQ1Ng=="));
    assert_eq!(seen[1].header("clientid"), Some("0c1d-client-id"));
    assert_eq!(seen[1].header("accept"), Some("application/vnd.connectwise.com+json; version=2025.1"));
}

#[tokio::test]
async fn an_account_is_the_same_however_its_company_is_spelt() {
    let manage = manage(|_| forbidden());
    let account = manage.session_with(&[("company_id", "ACME")], Options::initial()).account().await.unwrap();
    // Forbidden: the credentials are good all the same.
    let expected =
        Account { id: "na.myconnectwise.net/acme".to_owned(), name: "Acme MSP at na.myconnectwise.net".to_owned() };
    assert_eq!(account, expected);
}

#[tokio::test]
async fn after_an_upgrade_the_codebase_is_asked_for_once_more() {
    for old in [
        reply(404, json!({ "code": "ConnectWiseApi", "message": "The endpoint does not exist." })),
        reply(404, "<html>"),
        reply(400, "Cannot route. Codebase/company is invalid"),
    ] {
        let upgraded = AtomicBool::new(false);
        let manage = bare(move |seen| match seen.url.as_str() {
            url if url.contains("/login/") => {
                company_info(if upgraded.swap(true, Ordering::Relaxed) { "v2025_2/" } else { "v2025_1/" })
            }
            url if url.contains("/v2025_1/") => old.clone(),
            url if url.contains("/v2025_2/") => ok(&json!({ "count": 1 })),
            url => panic!("{url}"),
        });
        let session = manage.session();
        assert_eq!(session.account().await.unwrap().name, "Acme MSP at na.myconnectwise.net, 1 company");
        session.account().await.unwrap();
        assert_eq!(manage.seen().len(), 2 + 2 + 1, "the new codebase is kept");
    }
}

#[tokio::test]
async fn paths_that_stay_unknown_are_asked_about_once_and_are_no_news_of_a_record() {
    let manage = manage(|_| reply(404, ""));
    let session = manage.session();
    for _ in 0..3 {
        let error = session.get(RecordType::Contacts, &"57919".into()).await.unwrap_err();
        assert!(is_misrouted(&error), "{error:?}");
    }
    assert_eq!(manage.seen().len() - manage.calls().len(), 2, "discovery at the start and once more");
    // The Developer Guide: credentials that the cloud cannot place may be answered with 404.
    assert_eq!(field(&session.account().await.unwrap_err()), None);
}

#[tokio::test]
async fn only_the_servers_own_word_says_that_a_record_is_gone() {
    let manage = manage(|_| gone());
    assert_eq!(manage.session().get(RecordType::Contacts, &"57919".into()).await.unwrap(), None);
    assert_eq!(manage.seen().len(), 2, "and nobody asks for the codebase again");
}

#[tokio::test]
async fn a_company_that_nobody_knows_names_its_field() {
    for unknown in [reply(200, "null"), reply(404, "")] {
        let manage = bare(move |_| unknown.clone());
        let error = manage.session().account().await.unwrap_err();
        assert_eq!(field(&error), Some("company_id"));
        assert_eq!(manage.calls().len(), 0);
    }
}

#[tokio::test]
async fn a_codebase_that_would_lead_elsewhere_is_refused() {
    for codebase in ["", "../../x", "https://evil.example/", "a b", "..", "v2025_1/x?y"] {
        let manage = bare(move |_| company_info(codebase));
        let error = manage.session().account().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "Codebase".to_owned() }, "{codebase}");
        assert_eq!(manage.calls().len(), 0);
    }
}

#[tokio::test]
async fn refused_keys_are_told_by_status_or_in_words() {
    let unauthenticated = json!({ "code": "ConnectWiseApi", "message": "UserNotAuthenticated", "errors": null });
    for refusal in
        [reply(401, json!({ "code": "Unauthorized" })), reply(401, &unauthenticated), reply(400, &unauthenticated)]
    {
        let manage = manage(move |_| refusal.clone());
        assert_eq!(field(&manage.session().account().await.unwrap_err()), None);
    }
}

#[test]
fn refusals_carry_the_servers_words_and_field() {
    let first_name = json!({ "code": "InvalidObject", "message": "contact object is invalid", "errors": [
        { "code": "MissingRequiredField", "message": "The firstName field is required.", "resource": "contact", "field": "firstName" },
        { "code": "InvalidField", "message": "Too long.", "field": "title" }] });
    let response = answer(400, &first_name);
    let expected =
        ErrorKind::Rejected { field: Some("firstName".to_owned()), message: "contact object is invalid".to_owned() };
    assert_eq!(classify(&response), Some(expected));
    assert_eq!(words(&response).as_deref(), Some("The firstName field is required.; Too long."));
    let plain = answer(409, json!({ "code": "Conflict", "message": "The record is in use." }));
    assert_eq!(
        classify(&plain),
        Some(ErrorKind::Rejected { field: None, message: "The record is in use.".to_owned() })
    );
    assert_eq!(words(&plain), None, "the kit finds the message");
    for status in [200, 401, 403, 429, 500] {
        assert_eq!(classify(&answer(status, "{}")), None, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_without_a_time_waits_half_a_minute_and_more() {
    let limited = AtomicBool::new(true);
    let manage = manage(move |_| {
        if limited.swap(false, Ordering::Relaxed) {
            // The edge in front answers with a page.
            return reply(429, "<html>Too many requests</html>");
        }
        ok(&json!({ "count": 2 }))
    });
    let began = tokio::time::Instant::now();
    manage.session().account().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(30));
}

#[tokio::test]
async fn small_lists_are_read_to_their_end() {
    let rows =
        |ids: std::ops::Range<u32>| -> Value { ids.map(|id| json!({ "id": id, "name": format!("P{id}") })).collect() };
    let next = "<https://other.example/x?page=2>; rel=\"next\"";
    let pages = move |seen: &Seen| -> Reply {
        match seen.parameter("page").as_deref() {
            Some("1") => ok(&rows(0..1000)).header("link", next),
            Some("2") => ok(&rows(1000..1003)),
            other => panic!("{other:?}"),
        }
    };
    let manage = manage(pages);
    let query = ChoiceQuery { field: "priorities", search: None, board: None };
    // The first row has no id that could be one.
    assert_eq!(manage.session().choices(query).await.unwrap().len(), 1002);
    assert_eq!(
        manage.lines(),
        ["GET /service/priorities?page=1&pageSize=1000", "GET /service/priorities?page=2&pageSize=1000",]
    );
}

#[test]
fn credentials_that_cannot_work_are_refused_without_a_call() {
    let manage = manage(|_| ok(&json!({ "count": 1 })));
    for (key, value) in [("site", ""), ("site", "a b"), ("company_id", ""), ("public_key", ""), ("private_key", "")] {
        let Err(error) = CONNECTOR.open(manage.context(&[(key, value)])) else { panic!("{key}") };
        assert_eq!(field(&error), Some(key), "{value}");
    }
    let without = SessionContext { deployment: DeploymentValues::default(), ..manage.context(&[]) };
    let Err(error) = CONNECTOR.open(without) else { panic!("no client id") };
    assert!(error.to_string().contains("connectwise_client_id"), "{error}");
    assert_eq!(manage.seen().len(), 0);
}
