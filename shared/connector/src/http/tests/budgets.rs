//! Pacing by the vendor account's budget, under paused time.

use futures::future::join_all;
use proptest::prelude::*;

use super::*;

/// Half of a vendor's 300 calls in 300 seconds.
const HALF: BudgetLimits = BudgetLimits { calls: 150, window: Duration::from_secs(300), concurrency: 1 };

fn budgeted(budget: &Budget) -> (VendorHttp, Log) {
    let (router, log) = scripted([ok("{}")]);
    (in_process(router).for_connection(owner(), budget.clone()), log)
}

#[tokio::test(start_paused = true)]
async fn half_of_the_share_is_free_and_the_rest_is_spread_over_the_window() {
    let (http, log) = budgeted(&Budget::new(HALF, BudgetState::default()));
    for _ in 0..300 {
        http.get("list clients", url("/")).send().await.unwrap();
    }
    let seconds = log.seconds();
    assert_eq!(seconds.iter().filter(|at| **at == 0).count(), 75);
    let first_window = seconds.iter().filter(|at| **at < 300).count();
    assert!((140..=150).contains(&first_window), "{first_window} calls in the first window");
    let gaps: Vec<u64> = seconds[75..first_window].windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (3..=5).contains(gap)), "{gaps:?}");
    for start in 0..=*seconds.last().unwrap() {
        let in_window = seconds.iter().filter(|at| (start..start + 300).contains(at)).count();
        assert!(in_window <= 150, "{in_window} calls in the window from {start} s");
    }
}

#[tokio::test(start_paused = true)]
async fn callers_at_once_share_one_budget() {
    let budget = Budget::new(BudgetLimits { concurrency: 8, ..HALF }, BudgetState::default());
    let (http, log) = budgeted(&budget);
    let calls = (0..160).map(|_| http.get("list clients", url("/")).send());
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert!(log.seconds().iter().filter(|at| **at < 300).count() <= 150);
}

#[tokio::test(start_paused = true)]
async fn what_was_spent_is_kept_between_runs() {
    let budget = Budget::new(HALF, BudgetState::default());
    let (http, _) = budgeted(&budget);
    for _ in 0..70 {
        http.get("list clients", url("/")).send().await.unwrap();
    }
    let kept = serde_json::to_string(&budget.state()).unwrap();
    assert_eq!(kept, r#"{"buckets":[[1789999995,70]]}"#);
    let state: BudgetState = serde_json::from_str(&kept).unwrap();
    assert_eq!((state.used(EPOCH, &HALF), state.used(EPOCH + seconds(310), &HALF)), (70, 0));
    let resumed = Budget::new(HALF, state);
    assert_eq!((resumed.left(EPOCH), resumed.left(EPOCH + seconds(310))), (Some(80), Some(150)));
    assert_eq!(Budget::unlimited().left(EPOCH), None);
}

#[tokio::test(start_paused = true)]
async fn a_turn_beyond_the_deadline_is_not_waited_for() {
    let full = BudgetState { buckets: vec![(EPOCH.as_second(), 150)], ..BudgetState::default() };
    let (http, log) = budgeted(&Budget::new(HALF, full));
    http.set_deadline(Instant::now() + seconds(45));
    let error = http.get("list clients", url("/")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Paused { resume_after: seconds(315) });
    assert_eq!((log.lines().len(), log.start.elapsed()), (0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn our_share_melts_as_everybody_together_nears_the_limit() {
    for (used, free) in [(0, 75), (6_000, 75), (7_000, 37), (7_900, 3)] {
        let (http, log) = budgeted(&Budget::new(HALF, BudgetState::default()));
        http.report_usage(Usage { used, allowed: 10_000 });
        for _ in 0..80 {
            http.get("list clients", url("/")).send().await.unwrap();
        }
        let at_once = log.seconds().iter().filter(|at| **at == 0).count();
        assert_eq!(at_once, free, "{used} used");
    }
}

#[tokio::test(start_paused = true)]
async fn what_everybody_had_used_is_old_news_after_a_twentieth_of_the_window() {
    let full = BudgetState { buckets: vec![(EPOCH.as_second(), 40)], ..BudgetState::default() };
    let (http, log) = budgeted(&Budget::new(HALF, full));
    http.report_usage(Usage { used: 7_900, allowed: 10_000 });
    http.get("list clients", url("/")).send().await.unwrap();
    assert_eq!(log.seconds(), [15], "not only when our own calls have left the window");
}

#[tokio::test(start_paused = true)]
async fn beyond_four_fifths_nobody_calls_until_the_window_moved_on() {
    let budget = Budget::new(HALF, BudgetState::default());
    let (http, log) = budgeted(&budget);
    http.report_usage(Usage { used: 8_000, allowed: 10_000 });
    assert_eq!(budget.state().blocked_until, Some(EPOCH.as_second() + 15), "a twentieth of 300 seconds");
    http.set_deadline(Instant::now() + seconds(10));
    let error = http.get("list clients", url("/")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Paused { resume_after: seconds(15) });
    http.set_deadline(Instant::now() + seconds(60));
    http.get("list clients", url("/")).send().await.unwrap();
    assert_eq!(log.seconds(), [15]);
    assert!(budget.is_bounded() && !Budget::unlimited().is_bounded());
}

#[tokio::test(start_paused = true)]
async fn a_limit_stops_every_caller_of_the_account() {
    let (router, log) = scripted([with_header(429, "retry-after", "20"), ok("{}")]);
    let (pool, budget) =
        (in_process(router), Budget::new(BudgetLimits { concurrency: 4, ..HALF }, BudgetState::default()));
    let [one, two] = ["1", "2"].map(|name| pool.for_connection(TokenOwner(name.to_owned()), budget.clone()));
    one.post("create a ticket", url("/one")).send().await.unwrap_err();
    assert_eq!(budget.state().blocked_until, Some(EPOCH.as_second() + 20));
    two.get("list clients", url("/two")).send().await.unwrap();
    assert_eq!(log.seconds(), [0, 20]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waited_when_a_limit_came_takes_a_new_turn_after_it() {
    let minute = BudgetLimits { calls: 40, window: seconds(60), concurrency: 200 };
    let budget = Budget::new(minute, BudgetState::default());
    let (http, log) = budgeted(&budget);
    let calls = join_all((0..160).map(|_| http.get("list", url("/")).send()));
    let limited = async {
        tokio::time::sleep(seconds(1)).await;
        budget.block(EPOCH + seconds(1), seconds(150));
    };
    let (answers, ()) = tokio::join!(calls, limited);
    assert!(answers.iter().all(Result::is_ok));
    let at = log.seconds();
    assert!(at.iter().all(|at| *at <= 1 || *at >= 151), "nobody calls meanwhile: {at:?}");
    for start in 0..=*at.last().unwrap() {
        let in_window = at.iter().filter(|at| (start..start + 60).contains(at)).count();
        assert!(in_window <= 40, "{in_window} calls in the window from {start} s");
    }
}

#[tokio::test(start_paused = true)]
async fn connections_behind_one_address_share_its_window_and_a_limit_stops_them_all() {
    let minute = BudgetLimits { calls: 20, window: seconds(60), concurrency: 1 };
    let (router, log) = scripted([ok("{}")]);
    let pool = in_process(router);
    let connection = |name: &str| {
        let own = Budget::new(minute, BudgetState::default());
        let budget = own.within(&pool.address_budget("vendor", minute));
        (pool.for_connection(TokenOwner(name.to_owned()), budget.clone()), budget)
    };
    let [(one, _), (two, of_two)] = ["one", "two"].map(connection);
    let calls = (0..20).flat_map(|_| [one.get("list", url("/one")).send(), two.get("list", url("/two")).send()]);
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let at = log.seconds();
    for start in 0..=*at.last().unwrap() {
        let in_window = at.iter().filter(|at| (start..start + 60).contains(at)).count();
        assert!(in_window <= 20, "{in_window} calls in the window from {start} s");
    }
    // What a connection keeps is its own part.
    let kept: u64 = of_two.state().buckets.iter().map(|(_, calls)| calls).sum();
    assert!(kept <= 20, "{kept} of 40 calls are the other's");
    let [(_, of_three), (_, of_four)] = ["three", "four"].map(connection);
    let now = EPOCH + log.start.elapsed();
    of_three.block(now, seconds(30));
    assert_eq!(of_four.closed_for(now), Some(seconds(30)));
    // Another vendor's address is another window.
    assert_eq!(pool.address_budget("other", minute).left(now), Some(20));
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_allowed() {
    let (now, most) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let (under_way, peak) = (Arc::clone(&now), Arc::clone(&most));
    let router = Router::new().fallback(move || {
        let (under_way, peak) = (Arc::clone(&under_way), Arc::clone(&peak));
        async move {
            *under_way.lock().unwrap() += 1;
            let current: usize = *under_way.lock().unwrap();
            let seen = *peak.lock().unwrap();
            *peak.lock().unwrap() = current.max(seen);
            tokio::time::sleep(seconds(1)).await;
            *under_way.lock().unwrap() -= 1;
        }
    });
    let budget = Budget::new(BudgetLimits { concurrency: 3, ..HALF }, BudgetState::default());
    let http = in_process(router).for_connection(owner(), budget);
    assert!(join_all((0..12).map(|_| http.get("list", url("/")).send())).await.iter().all(Result::is_ok));
    assert_eq!((*now.lock().unwrap(), *most.lock().unwrap()), (0, 3));
}

#[test]
fn the_share_is_the_descriptors_unless_the_deployment_says_otherwise() {
    let declared = crate::Limits {
        scope: crate::LimitScope::Account,
        calls: 10_000,
        window: seconds(3600),
        share_percent: 50,
        concurrency: 3,
    };
    let of = |share| BudgetLimits::of(&declared, share).calls;
    assert_eq!((of(None), of(Some(20)), of(Some(0)), of(Some(400))), (5_000, 2_000, 1, 10_000));
}

proptest! {
    /// Callers arrive as they like, at once or after pauses, and a run may end at any moment and leave its state to
    /// the next.
    #[test]
    fn no_window_ever_holds_more_calls_than_the_share(
        calls in 1..40_u64,
        window in 1..600_u64,
        arrivals in prop::collection::vec((0..20_000_u64, any::<bool>()), 1..200),
    ) {
        let window = seconds(window);
        let limits = BudgetLimits { calls, window, concurrency: 1 };
        let mut budget = Budget::new(limits, BudgetState::default());
        let (mut now, mut slots) = (EPOCH, Vec::new());
        for (pause, restart) in arrivals {
            now += Duration::from_millis(pause);
            if restart {
                budget = Budget::new(limits, budget.state());
            }
            let wait = budget.reserve(now, Duration::MAX).unwrap().wait;
            slots.push(now + wait);
        }
        slots.sort_unstable();
        for (first, last) in slots.iter().zip(slots.iter().skip(usize::try_from(calls).unwrap())) {
            prop_assert!(last.duration_since(*first).unsigned_abs() >= window, "{first} to {last}");
        }
    }
}
