use connector::http::{HeaderMap, StatusCode};
use connector::{Account, Connector};
use serde_json::json;
use testkit::fake_vendor::{FakeVendor, ok, reply};

use super::*;
use crate::CONNECTOR;
use crate::fake::syncro;

fn answered(status: u16, body: impl Into<Bytes>) -> Response {
    Response::new("read", StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body)
}

#[test]
fn the_message_is_found_in_every_shape_of_error() {
    let cases = [
        (
            json!({ "success": false, "message": ["Body can't be blank", "Subject can't be blank"] }),
            "Body can't be blank, Subject can't be blank",
        ),
        (json!({ "message": "Not found" }), "Not found"),
        (json!({ "error": "Customer required field" }), "Customer required field"),
        (json!({ "error": ["no", "never"] }), "no, never"),
        (json!({ "record": { "id": 1 }, "errors": "Email is not an email" }), "Email is not an email"),
        (
            json!({ "errors": { "email": ["is invalid"], "name": ["can't be blank"] } }),
            "email is invalid, name can't be blank",
        ),
        (json!({ "subject": ["can't be blank"] }), "subject can't be blank"),
        (json!({ "message": "", "error": "second" }), "second"),
    ];
    for (body, message) in cases {
        assert_eq!(words(&answered(422, body.to_string())).as_deref(), Some(message), "{body}");
    }
    assert_eq!(words(&answered(422, json!({ "success": false }).to_string())), None);
    assert_eq!(words(&answered(422, "Disabled")), None);
}

#[test]
fn a_missing_permission_is_told_from_a_token_that_is_not_known() {
    let missing =
        json!({ "error": "Not authorized. Please ask account admin to update your group permissions." }).to_string();
    assert_eq!(classify(&answered(401, missing)), Some(ErrorKind::Forbidden));
    for other in [json!({ "error": "Unauthorized" }).to_string(), String::new()] {
        let refused = ErrorKind::Credentials { field: Some("api_key") };
        assert_eq!(classify(&answered(401, other)), Some(refused));
    }
}

#[test]
fn a_page_of_syncros_own_means_that_nobody_has_the_subdomain() {
    let unknown = Some(ErrorKind::Misdirected { field: Some("subdomain") });
    assert_eq!(classify(&answered(404, "\n<!DOCTYPE html><html>")), unknown);
    assert_eq!(classify(&answered(302, "")), unknown);
    assert_eq!(classify(&answered(404, json!({ "message": "Not found" }).to_string())), None);
    assert_eq!(classify(&answered(404, "")), None);
}

#[test]
fn a_refusal_names_the_portals_field() {
    let field = |message: &str| match classify(&answered(422, json!({ "message": [message] }).to_string())) {
        Some(ErrorKind::Rejected { field, message: told }) => {
            assert_eq!(told, message);
            field
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(field("Subject can't be blank").as_deref(), Some("title"));
    assert_eq!(field("User must exist").as_deref(), Some("assignee"));
    assert_eq!(field("Computer says no"), None);
}

async fn account(syncro: &std::sync::Arc<FakeVendor>) -> Result<Account> {
    syncro.session().account().await
}

#[tokio::test]
async fn the_account_is_the_one_that_answers() {
    let syncro = syncro(|seen| match seen.target() {
        "GET /api/v1/me" => ok(&json!({ "user_token": "t", "subdomain": "Acme" })),
        _ => ok(&json!({ "customers": [], "meta": { "total_pages": 5, "total_entries": 412, "page": 1 } })),
    });
    let expected = Account { id: "acme".to_owned(), name: "acme, 412 companies".to_owned() };
    assert_eq!(account(&syncro).await.unwrap(), expected);
    let call = &syncro.calls()[0];
    assert_eq!((call.host(), call.header("authorization")), ("acme.syncromsp.com", Some("Bearer hush-hush")));
    assert_eq!(syncro.lines()[1], "GET /api/v1/customers?include_disabled=true&page=1");
}

#[tokio::test]
async fn a_token_without_the_right_to_list_customers_is_good_all_the_same() {
    let syncro = syncro(|seen| match seen.target() {
        "GET /api/v1/me" => ok(&json!({ "subdomain": "acme" })),
        _ => reply(401, json!({ "error": "Not authorized. Please ask account admin." })),
    });
    assert_eq!(account(&syncro).await.unwrap(), Account { id: "acme".to_owned(), name: "acme".to_owned() });
}

#[tokio::test]
async fn words_that_are_no_data_are_no_account() {
    let syncro = syncro(|_| reply(200, "Disabled"));
    assert!(matches!(account(&syncro).await.unwrap_err().kind, ErrorKind::Malformed { .. }));
}

#[test]
fn credentials_that_cannot_work_are_refused_without_a_call() {
    let syncro = syncro(|_| reply(500, ""));
    for (key, value) in [
        ("subdomain", ""),
        ("subdomain", "acme.example/x"),
        ("subdomain", "127.0.0.1"),
        ("subdomain", "-"),
        ("api_key", ""),
    ] {
        let Err(error) = CONNECTOR.open(syncro.context(&[(key, value)])) else { panic!("{value}") };
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some(key) }, "{value}");
    }
    assert_eq!(syncro.calls().len(), 0);
}
