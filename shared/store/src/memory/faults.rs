//! Faults on demand: a write that fails, one whose answer is lost, one that the SDK repeats, a process that dies at a write.
//!
//! Writes are counted from 1. Each item of a batch counts, in its order, so a batch may end half-way; a transaction
//! counts once. A write whose condition does not hold counts too.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::table::{TableError, TableResult};

/// The operation whose repeats are recognised by the table.
pub(super) const TRANSACT: &str = "transact";

/// What happens at a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not applied and ends in `Unavailable`.
    Fail,
    /// It is applied and yet ends in `Unavailable`.
    LoseAnswer,
    /// It is applied, its answer is lost, and it is sent again, as the SDK does; the second answer counts. A transaction has
    /// a token, so the first answer is given again.
    Repeat,
    /// It is not applied and never returns, nor does anything afterwards.
    KillBefore,
    /// It is applied and never returns, nor does anything afterwards.
    KillAfter,
}

/// The faults of one process, shared by the clones of its table. [`super::MemoryTable::reopen`] starts another process.
#[derive(Clone, Debug)]
pub struct Faults {
    plan: Arc<Mutex<Plan>>,
    killed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Plan {
    writes: u64,
    reads: u64,
    at_write: BTreeMap<u64, Fault>,
    at_read: BTreeSet<u64>,
}

impl Faults {
    pub(super) fn none() -> Self {
        Faults { plan: Arc::default(), killed: watch::Sender::new(false) }
    }

    /// Sets what happens at the `nth` write, counted from 1 since the table was opened.
    pub fn at_write(&self, nth: u64, fault: Fault) {
        self.plan().at_write.insert(nth, fault);
    }

    /// Lets the `nth` read request fail with `Unavailable`, counted from 1 since the table was opened.
    pub fn at_read(&self, nth: u64) {
        self.plan().at_read.insert(nth);
    }

    /// Writes so far, the one that a fault hit included.
    pub fn writes(&self) -> u64 {
        self.plan().writes
    }

    /// Read requests so far.
    pub fn reads(&self) -> u64 {
        self.plan().reads
    }

    /// Kills the process now.
    pub fn kill(&self) {
        self.killed.send_replace(true);
    }

    /// Whether the process is dead.
    pub fn is_killed(&self) -> bool {
        *self.killed.borrow()
    }

    /// Returns when the process dies.
    pub async fn killed(&self) {
        let mut killed = self.killed.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = killed.wait_for(|killed| *killed).await;
    }

    /// Runs the work of the process to its end, or drops it where it stands when the process dies: `None`.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.killed() => None,
            done = work => Some(done),
        }
    }

    /// One write, with the fault that is due. `apply` runs at most once, and twice where the write is repeated.
    pub(super) async fn write<T>(&self, op: &'static str, apply: impl Fn() -> TableResult<T>) -> TableResult<T> {
        self.alive().await;
        let fault = {
            let mut plan = self.plan();
            plan.writes += 1;
            let nth = plan.writes;
            plan.at_write.remove(&nth)
        };
        match fault {
            None => return apply(),
            Some(Fault::Repeat) => {
                let first = apply();
                return if op == TRANSACT { first } else { apply() };
            }
            Some(Fault::Fail | Fault::KillBefore) => {}
            // Whether its condition held is part of the answer that is lost.
            Some(Fault::LoseAnswer | Fault::KillAfter) => drop(apply()),
        }
        if matches!(fault, Some(Fault::KillBefore | Fault::KillAfter)) {
            self.kill();
            self.alive().await;
        }
        Err(failed(op))
    }

    /// One read request, with the fault that is due.
    pub(super) async fn read<T>(&self, op: &'static str, apply: impl FnOnce() -> TableResult<T>) -> TableResult<T> {
        self.alive().await;
        let fails = {
            let mut plan = self.plan();
            plan.reads += 1;
            let nth = plan.reads;
            plan.at_read.remove(&nth)
        };
        if fails { Err(failed(op)) } else { apply() }
    }

    async fn alive(&self) {
        if self.is_killed() {
            pending::<()>().await;
        }
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(op: &'static str) -> TableError {
    TableError::Unavailable { op, source: "a fault was asked for".into() }
}
