//! A first import within our share of the vendor's allowance, as the vendor sees it.

use jiff::{SignedDuration, Timestamp};
use sync::engine::BudgetShare;

use crate::worlds::{connected, import_all, until_quiet};

/// Halo: 300 calls in 300 seconds, of which we take half.
const SHARE: usize = 150;
const WINDOW: SignedDuration = SignedDuration::from_secs(300);

#[tokio::test(start_paused = true)]
async fn a_first_import_never_takes_more_than_its_share_and_completes() {
    let (mut world, app, connected) = connected(2_000, import_all()).await;
    world.budget = BudgetShare::Declared;
    app.clear_calls();
    until_quiet(&world).await;

    let calls: Vec<Timestamp> = app.calls(10_000).last.iter().map(|call| call.at).collect();
    assert!(calls.len() > SHARE, "only {} calls: the scale says nothing of the share", calls.len());
    for (first, at) in calls.iter().enumerate() {
        let in_window = calls[first..].iter().take_while(|later| later.duration_since(*at) < WINDOW).count();
        assert!(in_window <= SHARE, "{in_window} calls in the window that begins at {at}");
    }

    let run = connected.store.runs(&connected.id, 1, None).await.unwrap().items.remove(0);
    assert_eq!(run.state, domain::run::RunState::Succeeded);
    assert!(run.resumed_from.is_some(), "it took more than one slice");
    let created: u64 = run.records.values().map(|counts| counts.created).sum();
    let present: u64 = connected.body().await.feeds.values().map(|feed| feed.present).sum();
    assert_eq!(created, present, "every record counted once over all slices");
    let took = run.ended_at.unwrap().duration_since(run.started_at);
    let at_least = WINDOW * i32::try_from((calls.len() - 1) / SHARE).unwrap();
    assert!(took >= at_least && took <= at_least * 2, "{} calls took {took:#}", calls.len());
}
