use connector::Connector;
use serde_json::json;
use testkit::fake_vendor::{ok, reply};

use super::*;
use crate::CONNECTOR;
use crate::fake::{TOKEN, asked_for_tokens, datto};

#[tokio::test]
async fn keys_become_a_token_outside_the_api_as_the_public_client() {
    let datto = datto(|_| ok(&json!({"uid": "ab12", "name": "Acme MSP"})));
    datto.session().account().await.unwrap();
    let calls = datto.seen();
    assert_eq!((calls[0].target(), calls[0].host()), (TOKEN, "merlot-api.centrastage.net"));
    assert_eq!(calls[0].header("authorization"), Some("Basic cHVibGljLWNsaWVudDpwdWJsaWM="));
    assert_eq!(calls[0].body, "grant_type=password&username=AAAA1111BBBB2222CCCC3333DDDD4444&password=hush-hush");
    assert_eq!(
        (calls[1].line.as_str(), calls[1].header("authorization")),
        ("GET /api/v2/account", Some("Bearer t0ken"))
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let datto = datto(|_| reply(401, json!({"timestamp": 1, "status": 401, "error": "Unauthorized"})));
    let error = datto.session().account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials { field: None });
    assert_eq!((datto.seen_aside().len(), datto.lines().len()), (2, 2));
}

#[tokio::test]
async fn refused_keys_are_told_with_the_other_possibility_and_asked_with_once() {
    for status in [400, 401] {
        let refusal = json!({"error": "invalid_grant", "error_description": "Bad credentials"});
        let datto = asked_for_tokens(move |_| reply(status, &refusal));
        let error = datto.session().account().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials { field: None }, "{status}");
        let words = "Bad credentials. Keys work on their own platform only: check the platform, too.";
        assert_eq!(error.detail.as_deref(), Some(words));
        assert_eq!(datto.seen().len(), 1);
    }
}

#[tokio::test]
async fn something_else_at_the_token_endpoint_is_about_the_platform() {
    let datto = asked_for_tokens(|_| reply(404, ""));
    let error = datto.session().account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Misdirected { field: Some("platform") });
}

#[test]
fn what_is_missing_is_named_before_any_call() {
    let datto = datto(|seen| panic!("{}", seen.line));
    for (field, value) in [("platform", "bordeaux"), ("platform", ""), ("api_key", ""), ("secret_key", "")] {
        let error = CONNECTOR.open(datto.context(&[(field, value)])).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some(field) }, "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_concurrent_write_is_waited_for() {
    let attempts = std::sync::atomic::AtomicU32::new(0);
    let datto = datto(move |_| match attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => reply(409, json!({"status": 409, "error": "Conflict"})),
        _ => ok(&json!({"uid": "ab12"})),
    });
    assert_eq!(datto.session().account().await.unwrap().id, "ab12");
}

#[tokio::test(start_paused = true)]
async fn a_403_alone_is_a_missing_permission_and_after_a_429_a_block_of_five_minutes() {
    let forbidden = || reply(403, json!({"status": 403, "error": "Forbidden"}));
    let alone = datto(move |_| forbidden());
    let error = alone.session().account().await.unwrap_err();
    assert_eq!((error.kind, alone.lines().len()), (ErrorKind::Forbidden, 1));

    let attempts = std::sync::atomic::AtomicU32::new(0);
    let blocked = datto(move |_| match attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => reply(429, ""),
        1 => forbidden(),
        _ => ok(&json!({"uid": "ab12"})),
    });
    let began = tokio::time::Instant::now();
    assert_eq!(blocked.session().account().await.unwrap().id, "ab12");
    assert_eq!(began.elapsed().as_secs(), 360);
}
