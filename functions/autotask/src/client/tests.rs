use connector::http::{Budget, BudgetLimits, BudgetState};
use connector::{Connector, ErrorKind, PullRequest};
use jiff::Timestamp;
use serde_json::json;
use testkit::fake_vendor::{NOW, ok, reply};

use crate::CONNECTOR;
use crate::descriptor::DESCRIPTOR;
use crate::fake::{autotask, bare, budgeted, errors, items, zone};

fn tickets(size: bool) -> PullRequest<'static> {
    PullRequest { feed: DESCRIPTOR.feed("tickets").unwrap(), since: None, cursor: None, probe: size, company: None }
}

#[tokio::test]
async fn the_zone_is_looked_up_once_and_every_call_carries_three_headers() {
    let fake = autotask(|_| items(json!([])));
    let session = fake.session();
    session.pull(tickets(false)).await.unwrap();
    session.pull(tickets(false)).await.unwrap();
    let calls = fake.seen();
    let lines: Vec<_> = calls.iter().map(|seen| (seen.host(), seen.line.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("webservices.autotask.net", "GET zoneInformation?user=api%2Bx%40msp.example"),
            ("webservices5.autotask.net", "POST Tickets/query"),
            ("webservices5.autotask.net", "POST Tickets/query"),
        ]
    );
    let header = |name: &str| calls[1].headers[name].to_str().unwrap();
    let sent = [header("username"), header("secret"), header("apiintegrationcode")];
    assert_eq!(sent, ["api+x@msp.example", "hush-hush", "TRACKING"]);
    assert!(calls[0].headers.get("secret").is_none(), "the look-up needs no credentials");
}

#[tokio::test]
async fn a_moved_account_is_found_in_its_new_zone() {
    let moved = std::sync::atomic::AtomicBool::new(false);
    let fake = bare(Budget::unlimited(), move |seen| {
        let new = moved.load(std::sync::atomic::Ordering::Relaxed);
        match (seen.line.starts_with("GET zone"), seen.host()) {
            (true, _) => zone(if new { 6 } else { 5 }),
            (_, "webservices5.autotask.net") => {
                moved.store(true, std::sync::atomic::Ordering::Relaxed);
                reply(401, "")
            }
            _ => items(json!([])),
        }
    });
    fake.session().pull(tickets(false)).await.unwrap();
    let hosts: Vec<_> = fake.seen().into_iter().map(|seen| seen.host().to_owned()).collect();
    let zone = |n: &str| format!("webservices{n}.autotask.net");
    assert_eq!(hosts, [zone(""), zone("5"), zone(""), zone("6")]);
}

#[tokio::test]
async fn refusals_name_the_field() {
    let cases = [
        (bare(Budget::unlimited(), |_| errors("Zone information could not be determined")), Some("username"), 1),
        (autotask(|_| reply(401, "")), Some("secret"), 4),
        (autotask(|_| errors("IntegrationCode is invalid.")), None, 4),
    ];
    for (fake, field, calls) in cases {
        let error = fake.session().pull(tickets(false)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials { field });
        assert_eq!(fake.seen().len(), calls, "looked up and tried once more, not for ever");
    }
}

#[tokio::test]
async fn a_zone_outside_autotask_gets_no_secret() {
    for url in ["https://webservices5.autotask.net.evil.com/", "http://webservices5.autotask.net/", "https://evil.com/"]
    {
        let fake = bare(Budget::unlimited(), move |_| ok(&json!({"url": url, "ci": 1})));
        let error = fake.session().pull(tickets(false)).await.unwrap_err();
        let reason = "Autotask names a zone outside autotask.net".to_owned();
        assert_eq!(error.kind, ErrorKind::Address { reason });
        assert_eq!(fake.seen().len(), 1);
    }
}

#[test]
fn without_our_tracking_identifier_no_session_is_opened() {
    let fake = autotask(|_| items(json!([])));
    let mut context = fake.context(&[]);
    context.deployment.0.clear();
    let error = CONNECTOR.open(context).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.unwrap().contains("autotask_integration_code"));
}

fn bounded() -> Budget {
    Budget::new(BudgetLimits::of(&DESCRIPTOR.limits, None), BudgetState::default())
}

#[tokio::test(start_paused = true)]
async fn what_everybody_has_used_is_read_once_a_session_and_respected() {
    for (used, calls, left) in [(1_000, 2, None), (8_500, 1, Some(180))] {
        let budget = bounded();
        let fake = budgeted(budget.clone(), move |seen| match seen.line.as_str() {
            "GET ThresholdInformation" => {
                let all = json!({"externalRequestThreshold": 10_000, "requestThresholdTimeframe": 60});
                let mut all = all;
                all["currentTimeframeRequestCount"] = used.into();
                ok(&all)
            }
            _ => items(json!([])),
        });
        let context = fake.context(&[]);
        context.http.set_deadline(tokio::time::Instant::now() + std::time::Duration::from_secs(45));
        let session = CONNECTOR.open(context).unwrap();
        let outcome = session.pull(tickets(false)).await;
        assert_eq!(fake.lines().len(), calls, "{used}");
        let blocked = left.map(|seconds| NOW.parse::<Timestamp>().unwrap().as_second() + seconds);
        assert_eq!(budget.state().blocked_until, blocked);
        assert_eq!(outcome.is_ok(), left.is_none());
        if outcome.is_ok() {
            session.pull(tickets(false)).await.unwrap();
            assert_eq!(fake.lines().iter().filter(|line| *line == "GET ThresholdInformation").count(), 1);
        }
    }
}

#[tokio::test]
async fn a_count_that_cannot_be_read_hinders_nothing() {
    let fake = budgeted(bounded(), |seen| match seen.line.as_str() {
        "GET ThresholdInformation" => reply(403, ""),
        _ => items(json!([])),
    });
    fake.session().pull(tickets(false)).await.unwrap();
    assert_eq!(fake.lines(), ["GET ThresholdInformation", "POST Tickets/query"]);
}

#[tokio::test(start_paused = true)]
async fn three_threads_too_many_are_waited_for_and_the_hourly_limit_ends_the_run() {
    let started = tokio::time::Instant::now();
    let tries = std::sync::atomic::AtomicU32::new(0);
    let fake = autotask(move |_| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 | 1 => reply(429, json!({"errors": ["API thread threshold of 3 threads has been exceeded (Itgenatr005)."]})),
        _ => items(json!([])),
    });
    fake.session().pull(tickets(false)).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 12, "4 and 8 seconds");

    let fake = autotask(|_| errors("The request threshold of 10000 requests per 60 minutes has been exceeded."));
    let context = fake.context(&[]);
    context.http.set_deadline(tokio::time::Instant::now() + std::time::Duration::from_secs(45));
    let error = CONNECTOR.open(context).unwrap().pull(tickets(false)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limited { retry_after: Some(std::time::Duration::from_secs(300)) });
    assert_eq!(fake.lines().len(), 1);
}
