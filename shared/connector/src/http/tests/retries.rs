//! Which failures are tried again, when, and when not.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_burst_of_server_errors_is_outlived() {
    let (http, log) = vendor([status(503), status(500), status(504), ok("[1]")]);
    let answer = http.get("list clients", url("/api/client?page=1")).send().await.unwrap();
    assert_eq!(answer.json::<Vec<u8>>().unwrap(), [1]);
    assert_eq!(log.lines(), ["GET /api/client?page=1"; 4]);
    assert_eq!(http.calls(), Calls { data: 4, authentication: 0, quota: 0 });
    assert!(log.start.elapsed() < seconds(4), "{:?}", log.start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn after_four_attempts_the_vendor_does_not_answer() {
    let (http, log) = vendor([status(502)]);
    let error = http.get("list clients", url("/api/client")).send().await.unwrap_err();
    assert_eq!(error.to_string(), "list clients: the vendor does not answer");
    assert_eq!(log.lines().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_once_unless_repeating_it_does_no_harm() {
    let (http, log) = vendor([status(503)]);
    let error = http.post("create a ticket", url("/api/tickets")).json(&[1]).send().await.unwrap_err();
    assert_eq!((error.kind, log.lines().len()), (ErrorKind::Unavailable, 1));

    let (http, log) = vendor([status(503), ok("{}")]);
    http.post("search tickets", url("/api/tickets/query")).json(&[1]).repeatable(true).send().await.unwrap();
    assert_eq!(log.lines().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_limit_waits_as_long_as_the_vendor_says() {
    let date = with_header(429, "retry-after", "Mon, 21 Sep 2026 14:14:10 GMT");
    let (http, log) = vendor([with_header(429, "retry-after", "7"), date, ok("{}")]);
    http.get("list clients", url("/api/client")).send().await.unwrap();
    assert_eq!(log.seconds(), [0, 7, 50]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_names_no_pause_waits_in_steps() {
    let (http, log) = vendor([status(429)]);
    let error = http.get("list clients", url("/api/client")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limited { retry_after: None });
    assert_eq!(log.seconds(), [0, 15, 45, 90]);

    const STEPS: &[Duration] = &[Duration::from_secs(1), Duration::from_secs(2)];
    let (http, log) = vendor([status(429)]);
    http.get("list clients", url("/api/client")).limited_steps(STEPS).send().await.unwrap_err();
    assert_eq!(log.seconds(), [0, 1, 3, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_is_reported_instead_of_waited_for() {
    let (http, log) = vendor([with_header(429, "retry-after", "315360000")]);
    http.set_deadline(Instant::now() + seconds(45));
    let error = http.get("list clients", url("/api/client")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limited { retry_after: Some(seconds(900)) });
    assert_eq!((log.seconds(), log.start.elapsed()), (vec![0], Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_names_its_return_is_given_the_time() {
    let (http, log) = vendor([with_header(503, "retry-after", "20"), ok("{}")]);
    http.get("list clients", url("/api/client")).send().await.unwrap();
    assert_eq!(log.seconds(), [0, 20]);
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_after_the_deadline() {
    let (http, log) = vendor([ok("{}")]);
    http.set_deadline(Instant::now() + seconds(1));
    http.get("list clients", url("/api/client")).send().await.unwrap();
    tokio::time::advance(seconds(1)).await;
    let error = http.get("list clients", url("/api/client")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Paused { resume_after: Duration::ZERO });
    assert_eq!(log.lines().len(), 1);
}

fn hanging() -> VendorHttp {
    let router = Router::new().fallback(|| async { std::future::pending::<()>().await });
    in_process(router).for_connection(owner(), Budget::unlimited())
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_hangs_is_given_up_at_the_total_limit() {
    let start = Instant::now();
    let error = hanging().get("list clients", url("/")).repeatable(false).send().await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_deref()), (ErrorKind::Unavailable, Some("no answer in time")));
    assert_eq!(start.elapsed(), seconds(30));
}

#[tokio::test(start_paused = true)]
async fn a_read_cut_by_the_deadline_is_paused_and_a_write_is_of_unknown_outcome() {
    let (http, start) = (hanging(), Instant::now());
    http.set_deadline(start + seconds(10));
    let error = http.get("list clients", url("/")).send().await.unwrap_err();
    assert_eq!((error.kind, start.elapsed()), (ErrorKind::Paused { resume_after: Duration::ZERO }, seconds(10)));

    http.set_deadline(start + seconds(20));
    let error = http.post("create a ticket", url("/")).send().await.unwrap_err();
    assert_eq!((error.kind, start.elapsed()), (ErrorKind::Unavailable, seconds(20)));
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_one_company_keeps_no_other_call_waiting() {
    fn of_one(response: &Response) -> Option<ErrorKind> {
        (response.status.as_u16() == 429).then_some(ErrorKind::CompanyLimited { retry_after: None })
    }
    let (http, log) =
        vendor([with_header(429, "retry-after", "2.128"), ok("{}"), with_header(429, "retry-after", "600"), ok("{}")]);
    let ask = || http.get("list scores", url("/scores")).classify(of_one).send();
    ask().await.unwrap();
    assert_eq!(log.seconds(), [0, 2], "a moment is waited for");
    let error = ask().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::CompanyLimited { retry_after: Some(seconds(600)) });
    ask().await.unwrap();
    assert_eq!(log.seconds(), [0, 2, 2, 2]);
}
