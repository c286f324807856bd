//! A vendor that shuts out whoever goes on after its 429s, with the status of a missing permission.

use super::*;

const BLOCK: Duration = Duration::from_secs(300);
const LIMITS: BudgetLimits = BudgetLimits { calls: 600, window: Duration::from_secs(60), concurrency: 1 };

const PAUSES: &[Duration] = &[Duration::from_secs(60)];

async fn ask(http: &VendorHttp) -> Result<Response> {
    http.get("list devices", url("/")).limited_steps(PAUSES).blocked_after_limit(BLOCK).send().await
}

fn asking(statuses: impl IntoIterator<Item = u16>) -> (HttpPool, Log) {
    let (router, log) = scripted(statuses.into_iter().map(status).chain([ok("{}")]));
    (in_process(router), log)
}

#[tokio::test(start_paused = true)]
async fn a_403_alone_is_a_missing_permission() {
    let (pool, log) = asking([403]);
    let http = pool.for_connection(owner(), Budget::unlimited());
    assert_eq!(ask(&http).await.unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(log.seconds(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_403_after_a_429_waits_until_the_block_is_over() {
    let (pool, log) = asking([429, 403]);
    ask(&pool.for_connection(owner(), Budget::unlimited())).await.unwrap();
    assert_eq!(log.seconds(), [0, 60, 360]);
}

#[tokio::test(start_paused = true)]
async fn the_block_counts_for_every_account_at_the_host_as_all_call_from_one_address() {
    let (pool, log) = asking([429, 200, 403]);
    ask(&pool.for_connection(owner(), Budget::unlimited())).await.unwrap();
    let other = pool.for_connection(TokenOwner("other".to_owned()), Budget::unlimited());
    ask(&other).await.unwrap();
    assert_eq!(log.seconds(), [0, 60, 60, 360]);
}

#[tokio::test(start_paused = true)]
async fn the_429_is_remembered_between_runs() {
    let (pool, _) = asking([429]);
    let budget = Budget::new(LIMITS, BudgetState::default());
    let first = pool.for_connection(owner(), budget.clone());
    first.set_deadline(Instant::now() + Duration::from_secs(45));
    assert_eq!(ask(&first).await.unwrap_err().kind, ErrorKind::Limited { retry_after: Some(Duration::from_secs(60)) });

    let (elsewhere, log) = asking([403]);
    ask(&elsewhere.for_connection(owner(), Budget::new(LIMITS, budget.state()))).await.unwrap();
    assert_eq!(log.seconds(), [60, 360]);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_is_told_as_such_when_the_block_must_be_over() {
    let (pool, log) = asking([429, 403, 403, 403, 403]);
    let http = pool.for_connection(owner(), Budget::unlimited());
    assert_eq!(ask(&http).await.unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(log.seconds(), [0, 60, 360, 660]);
}
