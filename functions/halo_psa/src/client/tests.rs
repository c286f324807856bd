use connector::http::HeaderMap;
use connector::http::StatusCode;
use domain::options::Options;
use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, ok, reply};

use super::*;
use crate::CONNECTOR;
use crate::fake::{bare, halo, token};
use connector::{Account, Connector};

fn words_of(body: &Value) -> Option<String> {
    words(&Response::new("write", StatusCode::BAD_REQUEST, HeaderMap::new(), body.to_string()))
}

#[test]
fn the_message_is_found_in_every_shape_of_error() {
    let exception = json!({ "ClassName": "System.Exception", "Message": "An Outcome must be entered for this Action",
        "Data": null, "InnerException": null });
    let cases = [
        (exception, "An Outcome must be entered for this Action"),
        (json!({ "resultCode": 3, "errorMessage": "no", "message": "other" }), "no"),
        (json!({ "message": "lower" }), "lower"),
        (json!({ "error": "invalid_client", "error_description": "Unknown client" }), "Unknown client"),
        (json!({ "error": "Rate Limit Reached" }), "Rate Limit Reached"),
        (json!("just text"), "just text"),
        (
            json!({ "errors": { "$": ["The JSON value could not be converted"] }, "title": "One or more validation errors",
            "status": 400 }),
            "The JSON value could not be converted",
        ),
        (json!({ "title": "Bad Request", "errors": {} }), "Bad Request"),
    ];
    for (body, message) in cases {
        assert_eq!(words_of(&body).as_deref(), Some(message), "{body}");
    }
    assert_eq!(words_of(&json!({})), None);
    assert_eq!(words(&Response::new("write", StatusCode::BAD_REQUEST, HeaderMap::new(), "")), None);
}

#[test]
fn the_record_is_taken_from_an_object_and_from_an_array() {
    let first =
        |answer: &'static str| String::from_utf8(first(Bytes::from_static(answer.as_bytes())).to_vec()).unwrap();
    assert_eq!(first(r#"{"id":1}"#), r#"{"id":1}"#);
    assert_eq!(first(r#" [ {"id":1}, {"id":2} ]"#), r#"{"id":1}"#);
    assert_eq!(first("[]"), "");
    assert_eq!(first("<html>"), "<html>");
}

fn one_client() -> Reply {
    ok(&json!({ "record_count": 412, "clients": [{ "id": 12, "name": "Contoso" }] }))
}

async fn account(halo: &std::sync::Arc<FakeVendor>, more: &[(&str, &str)]) -> Result<Account> {
    halo.session_with(more, Options::initial()).account().await
}

#[tokio::test]
async fn a_redirect_says_nothing_of_the_credentials() {
    let halo = bare(|_| reply(302, ""));
    let error = account(&halo, &[("tenant", "acme")]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Misdirected { field: Some("tenant") });
}

fn field(error: &ConnectorError) -> Option<&'static str> {
    match error.kind {
        ErrorKind::Credentials { field } | ErrorKind::Misdirected { field } => field,
        _ => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn the_tenant_goes_into_the_query_and_the_secret_into_the_form() {
    let halo = halo(|_| one_client());
    let expected = Account { id: "acme.halopsa.com".to_owned(), name: "acme.halopsa.com, 412 companies".to_owned() };
    assert_eq!(account(&halo, &[("tenant", "acme")]).await.unwrap(), expected);
    assert_eq!(account(&halo, &[]).await.unwrap(), expected);
    let tokens = halo.seen_aside();
    assert_eq!(tokens[0].line, "POST /auth/token?tenant=acme");
    assert_eq!(tokens[0].body, "grant_type=client_credentials&client_id=portal&client_secret=hush-hush&scope=all");
    assert_eq!(tokens[1].line, "POST /auth/token");
}

#[tokio::test]
async fn refused_credentials_name_the_field() {
    for status in [400, 401] {
        let halo = bare(move |_| reply(status, r#"{"error":"invalid_client"}"#));
        let error = account(&halo, &[]).await.unwrap_err();
        assert_eq!(
            (field(&error), error.detail.as_deref()),
            (Some("client_secret"), Some("invalid_client")),
            "{status}"
        );
        assert_eq!(halo.calls().len(), 0);
    }
}

#[tokio::test]
async fn a_login_page_or_a_redirect_names_tenant_or_url() {
    for (status, body) in [(200, "<html>Sign in</html>"), (302, ""), (200, "{}"), (404, "")] {
        let halo = bare(move |_| reply(status, body));
        assert_eq!(
            field(&account(&halo, &[("tenant", "acmee")]).await.unwrap_err()),
            Some("tenant"),
            "{status} {body}"
        );
        assert_eq!(field(&account(&halo, &[]).await.unwrap_err()), Some("url"), "{status} {body}");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let halo = halo(|_| reply(401, ""));
    assert_eq!(field(&account(&halo, &[]).await.unwrap_err()), None);
    assert_eq!((halo.seen_aside().len(), halo.calls().len()), (2, 2));
}

#[tokio::test]
async fn a_permission_given_later_needs_a_new_token() {
    let halo = bare(|seen| match seen.line.as_str() {
        line if line.contains("/auth/") => token(),
        line if line.contains("lastupdatefromdate") => one_client(),
        _ => reply(403, ""),
    });
    let session = halo.session();
    // Forbidden: the credentials are good all the same.
    assert_eq!(session.account().await.unwrap().name, "acme.halopsa.com");
    assert_eq!(halo.seen_aside().len(), 1);
    halo.wait(jiff::SignedDuration::from_mins(10));
    session.account().await.unwrap();
    assert_eq!(halo.seen_aside().len(), 2);
}

#[test]
fn credentials_that_cannot_work_are_refused_without_a_call() {
    let halo = halo(|_| one_client());
    for (key, value) in
        [("url", "nonsense"), ("url", "http://acme.halopsa.com"), ("client_id", ""), ("client_secret", "")]
    {
        let Err(error) = CONNECTOR.open(halo.context(&[(key, value)])) else { panic!("{key}") };
        assert_eq!(field(&error), Some(key), "{value}");
    }
}
