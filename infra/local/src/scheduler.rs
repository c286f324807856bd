//! The schedule, the queues and the vendors' pushes, while `cargo run` stays: a tick per connector each minute, a poller per
//! queue, a postman for all.

use std::sync::Arc;
use std::time::Duration;

use domain::id::ConnectorId;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::stack::Stack;

const TICK: Duration = Duration::from_secs(60);
/// Between two looks at an empty queue. Asking the emulated queue to wait would hold up its other callers.
const IDLE: Duration = Duration::from_millis(500);
/// Between two looks at the simulated vendors for pushes that are due.
const POST: Duration = Duration::from_secs(1);
/// After a failure, before the next try.
const PAUSE: Duration = Duration::from_secs(1);
/// Work begun may end; what takes longer is left to its lease.
const GRACE: Duration = Duration::from_secs(10);

/// The running schedule.
pub struct Scheduler {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Scheduler {
    /// Starts ticking, at once and then each minute, and polling.
    pub fn start(stack: &Arc<Stack>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for connector in stack.connectors() {
            let id = ConnectorId::from(connector.descriptor().id);
            tasks.spawn(tick(Arc::clone(stack), id.clone(), stopped.clone()));
            tasks.spawn(poll(Arc::clone(stack), id, stopped.clone()));
        }
        tasks.spawn(post(Arc::clone(stack), stopped));
        Self { stop, tasks }
    }

    /// Stops; work begun gets a few seconds to end.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            self.tasks.shutdown().await;
        }
    }

    /// Ends at once; work begun is dropped where it stands, as when its environment is killed.
    pub async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn tick(stack: Arc<Stack>, connector: ConnectorId, mut stopped: watch::Receiver<bool>) {
    let mut minute = tokio::time::interval(TICK);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = minute.tick() => {}
        }
        if let Err(error) = stack.tick(&connector).await {
            tracing::warn!(%connector, error = format!("{error:#}"), "A tick failed; the next comes in a minute.");
        }
    }
}

/// Carries simulated vendors' pushes.
async fn post(stack: Arc<Stack>, mut stopped: watch::Receiver<bool>) {
    let mut round = tokio::time::interval(POST);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = round.tick() => {}
        }
        stack.deliver().await;
    }
}

async fn poll(stack: Arc<Stack>, connector: ConnectorId, stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match stack.poll(&connector, 0).await {
            Ok(outcome) if outcome.messages > 0 => {}
            Ok(_) => tokio::time::sleep(IDLE).await,
            Err(error) => {
                tracing::warn!(%connector, error = format!("{error:#}"), "Polling failed.");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
