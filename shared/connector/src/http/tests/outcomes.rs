//! What each answer means to the caller, and how a request arrives.

use super::*;

async fn outcome(answer: Answer<&'static str>) -> ErrorKind {
    let (http, _) = vendor([answer]);
    http.get("list clients", url("/api/client")).repeatable(false).send().await.unwrap_err().kind
}

fn answer(code: u16, body: &'static str) -> Answer<&'static str> {
    Answer::builder().status(code).body(body).unwrap()
}

#[tokio::test]
async fn every_status_has_one_meaning() {
    let rejected = |message: &str| ErrorKind::Rejected { field: None, message: message.to_owned() };
    for (code, kind) in [
        (400, rejected("it answered 400 Bad Request")),
        (401, ErrorKind::Credentials { field: None }),
        (402, ErrorKind::Plan),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (405, rejected("it answered 405 Method Not Allowed")),
        (408, ErrorKind::Unavailable),
        (409, rejected("it answered 409 Conflict")),
        (410, ErrorKind::NotFound),
        (422, rejected("it answered 422 Unprocessable Entity")),
        (425, ErrorKind::Unavailable),
        (429, ErrorKind::Limited { retry_after: None }),
        (500, ErrorKind::Unavailable),
        (501, ErrorKind::Unavailable),
        (521, ErrorKind::Unavailable),
    ] {
        assert_eq!(outcome(status(code)).await, kind, "{code}");
    }
    let limited = ErrorKind::Limited { retry_after: Some(seconds(9)) };
    assert_eq!(outcome(with_header(429, "retry-after", "9")).await, limited);
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_about_the_address() {
    for location in ["http://acme.vendor.com/api/client", "https://login.vendor.com/?next=secret"] {
        let origin = location.parse::<Url>().unwrap().origin().ascii_serialization();
        let kind = ErrorKind::Address { reason: format!("it redirects to {origin}") };
        assert_eq!(outcome(with_header(302, "location", location)).await, kind);
    }
    let loops = ErrorKind::Malformed { path: "redirect".to_owned() };
    assert_eq!(outcome(with_header(301, "location", "/api/client")).await, loops);
    assert_eq!(outcome(status(304)).await, loops);
}

#[tokio::test]
async fn the_vendors_words_are_taken_from_the_usual_places_and_never_from_a_web_page() {
    for (body, words) in [
        (r#"{"error":"invalid_request","error_description":"Page size too large"}"#, Some("Page size too large")),
        (r#"{"errors":["Status is required.","Queue"]}"#, Some("Status is required.")),
        (r#"{"error":{"code":"BadRequest","message":"Invalid filter clause"}}"#, Some("Invalid filter clause")),
        (r#""Just a text""#, Some("Just a text")),
        ("<html>Stack trace</html>", None),
        ("", None),
    ] {
        let (http, _) = vendor([answer(422, body)]);
        let error = http.get("update a ticket", url("/")).send().await.unwrap_err();
        assert_eq!(error.detail.as_deref(), words, "{body}");
        let message = words.unwrap_or("it answered 422 Unprocessable Entity").to_owned();
        assert_eq!(error.kind, ErrorKind::Rejected { field: None, message }, "{body}");
    }
}

#[tokio::test]
async fn a_vendors_hooks_go_first_even_at_200() {
    let hooks = Hooks {
        classify: Some(|response| response.text().contains("no licence").then_some(ErrorKind::Plan)),
        detail: Some(|response| response.header("x-error").map(str::to_owned)),
    };
    let disguised =
        Answer::builder().header("x-error", "Licence\r lapsed".replace('\r', "")).body("no licence").unwrap();
    let (http, _) = vendor([disguised, ok("{}")]);
    let http = http.with_hooks(hooks);
    let error = http.get("list clients", url("/")).send().await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_deref()), (ErrorKind::Plan, Some("Licence lapsed")));
    assert_eq!(http.get("list clients", url("/")).send().await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn the_vendors_clock_is_read_from_the_first_good_answer_with_data() {
    let date =
        |day: u8| Answer::builder().header("date", format!("Mon, 0{day} Jun 2026 10:00:00 GMT")).body("{}").unwrap();
    let (http, _) = vendor([date(1), with_header(500, "date", "Mon, 01 Jun 2026 09:00:00 GMT"), date(8), date(9)]);
    http.post("authenticate", url("/token")).kind(CallKind::Authentication).send().await.unwrap();
    http.get("list clients", url("/")).repeatable(false).send().await.unwrap_err();
    assert_eq!(http.vendor_time(), None);
    http.get("list clients", url("/")).send().await.unwrap();
    let first = http.vendor_time().unwrap();
    http.get("list clients", url("/")).send().await.unwrap();
    assert_eq!(http.vendor_time(), Some(first));
    assert_eq!(first.at, "2026-06-08T10:00:00Z".parse().unwrap());
    assert_eq!(http.calls(), Calls { data: 3, authentication: 1, quota: 0 });
}

#[tokio::test]
async fn a_request_arrives_as_it_was_built() {
    let router = Router::new().fallback(|request: Request<Body>| async move {
        let (parts, body) = request.into_parts();
        let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(body, 1024).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let seen = serde_json::json!([
            parts.method.as_str(),
            parts.uri.path_and_query().unwrap().as_str(),
            [header("authorization"), header("content-type"), header("x-integration")],
            body,
        ]);
        seen.to_string()
    });
    let http = in_process(router).for_connection(owner(), Budget::unlimited());
    let password = secrecy::SecretString::from("pass word");
    let request = http
        .request("update a ticket", Method::PUT, url("/a?x=1"))
        .query(&[("filter", "a&b")])
        .query_pairs([("n", 2.to_string())])
        .header("x-integration", "code")
        .basic("user", &password)
        .form([("name", FormValue::from("Ann Lee")), ("password", FormValue::from(&password))]);
    let seen: serde_json::Value = request.send().await.unwrap().json().unwrap();
    let expected = serde_json::json!([
        "PUT",
        "/a?x=1&filter=a%26b&n=2",
        ["Basic dXNlcjpwYXNzIHdvcmQ=", "application/x-www-form-urlencoded", "code"],
        "name=Ann+Lee&password=pass+word",
    ]);
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_pasted_line_break_in_a_secret_is_a_matter_of_credentials() {
    let (http, log) = vendor([ok("{}")]);
    let error = http.get("list clients", url("/")).bearer(&"abcd\nefgh".into()).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials { field: None });
    assert_eq!(error.detail.as_deref(), Some("it contains characters that cannot be sent"));
    assert_eq!(log.lines().len(), 0);
}

#[tokio::test]
async fn an_answer_above_the_cap_is_not_kept() {
    let (router, _) = scripted([ok("0123456789")]);
    let settings = HttpSettings { response_cap: 9, ..settings() };
    let pool = HttpPool::with_transport(settings, Arc::new(InProcess(router)));
    let error =
        pool.for_connection(owner(), Budget::unlimited()).get("list clients", url("/")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "body".to_owned() });
    assert_eq!(error.detail.as_deref(), Some("the answer is larger than 9 bytes"));
}
