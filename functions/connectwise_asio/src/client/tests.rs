use connector::Connector;
use connector::http::{HeaderMap, StatusCode};
use serde_json::json;
use testkit::fake_vendor::{ok, reply};

use super::*;
use crate::CONNECTOR;
use crate::fake::{asio, bare};

fn answered(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Response {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    Response::new("read", StatusCode::from_u16(status).unwrap(), headers, body.to_string())
}

#[test]
fn the_message_is_found_in_every_shape_of_error() {
    let cases = [
        (json!({"error": "not found", "description": "topology does not exist"}), "topology does not exist"),
        (json!([{"code": "1", "message": "summary is missing"}]), "summary is missing"),
        (json!({"error": [{"code": "1", "message": "no field"}]}), "no field"),
        (json!({"error": {"message": "Partner is not entitled"}}), "Partner is not entitled"),
        (json!({"error": {"code": 4, "description": "no host"}}), "no host"),
        (json!({"id": "x", "message": "no groups"}), "no groups"),
    ];
    for (body, message) in cases {
        assert_eq!(words(&answered(400, &[], &body)).as_deref(), Some(message), "{body}");
    }
    assert_eq!(words(&answered(400, &[], &json!({"code": 1}))), None);
}

#[test]
fn a_missing_scope_is_told_from_a_token_that_ended() {
    let entitled = json!({"error": {"message": "Partner is not entitled for the feature"}});
    assert_eq!(classify(&answered(401, &[], &entitled)), Some(ErrorKind::Forbidden));
    let ended = json!({"error": "unauthorized request", "description": "The access token provided is expired."});
    assert_eq!(classify(&answered(401, &[], &ended)), None);
}

#[test]
fn nothing_there_is_told_from_a_path_that_is_not_served_any_more() {
    assert_eq!(classify(&answered(404, &[], &json!({"error": "not found"}))), None);
    let page = Response::new("read", StatusCode::NOT_FOUND, HeaderMap::new(), "<html>no route</html>");
    assert!(matches!(classify(&page), Some(ErrorKind::Malformed { .. })));
}

#[test]
fn a_429_is_waited_for_until_the_window_ends() {
    let date = ("date", "Thu, 26 Nov 2026 12:00:00 GMT");
    let wait = |headers: &[(&'static str, &str)]| classify(&answered(429, headers, &json!("Too Many Requests")));
    let seconds = |seconds| Some(ErrorKind::Limited { retry_after: Some(Duration::from_secs(seconds)) });
    assert_eq!(wait(&[date, ("reset", "1795694490")]), seconds(90));
    assert_eq!(wait(&[date, ("x-ratelimit-reset", "1795694430")]), seconds(30));
    // The kit reads it.
    assert_eq!(wait(&[date, ("retry-after", "7"), ("reset", "1795694490")]), None);
    for unusable in
        [&[date, ("reset", "1795694000")][..], &[("reset", "1795694490")], &[date], &[date, ("reset", "soon")]]
    {
        assert_eq!(wait(unusable), None, "{unusable:?}");
    }
}

#[test]
fn only_the_whole_allowance_is_everybodys() {
    let told = |limit, remaining| usage(&answered(200, &[("limit", limit), ("remaining", remaining)], &json!([])));
    assert_eq!(told("500", "380"), Some(Usage { used: 120, allowed: 500 }));
    assert_eq!(told("35", "2"), None);
    assert_eq!(told("500", ""), None);
}

#[tokio::test]
async fn the_token_is_asked_for_as_json_without_a_scope_at_the_regions_host() {
    let asio = asio(|_| ok(&json!([])));
    asio.session().account().await.unwrap();
    let calls = asio.seen();
    let body: Value = calls[0].json();
    let expected =
        json!({"grant_type": "client_credentials", "client_id": "0e31-portal", "client_secret": "hush-hush"});
    assert_eq!((calls[0].line.as_str(), body), ("POST /v1/token", expected));
    assert_eq!(calls[1].host(), "openapi.service.euplatform.connectwise.com");
    assert_eq!(calls[1].header("authorization"), Some("Bearer t0ken"));
}

#[tokio::test(start_paused = true)]
async fn a_locked_key_is_not_asked_again_at_once() {
    let asio = bare(|_| reply(423, json!({"message": "Locked"})));
    let context = asio.context(&[]);
    context.http.set_deadline(tokio::time::Instant::now() + Duration::from_secs(45));
    let error = CONNECTOR.open(context).unwrap().account().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limited { .. } | ErrorKind::Paused { .. }), "{error:?}");
    assert_eq!(asio.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_key_names_the_secret() {
    for code in [400, 401, 403] {
        let asio = bare(move |_| reply(code, json!({"error": "invalid_client"})));
        let error = asio.session().account().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some("client_secret") }, "{code}");
        assert_eq!(asio.seen().len(), 1);
    }
}

#[test]
fn credentials_that_cannot_work_are_refused_without_a_call() {
    let asio = asio(|_| ok(&json!([])));
    for (key, value, field) in
        [("client_id", "", "client_id"), ("client_id", "0e39-new", "region"), ("client_secret", "", "client_secret")]
    {
        let Err(error) = CONNECTOR.open(asio.context(&[(key, value)])) else { panic!("{value}") };
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some(field) }, "{value}");
    }
    assert!(CONNECTOR.open(asio.context(&[("client_id", "0e39-new"), ("region", "au")])).is_ok());
    assert_eq!(asio.seen().len(), 0);
}
