//! The run at work: what it counted, the records behind the counts, and how it is kept or only counted as quiet.

use std::collections::BTreeMap;

use domain::id::RunId;
use domain::record::RecordType;
use domain::run::{Counts, Mode, Outcome, Run, RunRecord, RunState, Trigger, TypeResult};
use jiff::Timestamp;

use crate::engine::EngineError;
use crate::metrics::{self, Ended};
use crate::slice::Slice;

/// Bytes of records in one pack: an item takes 400 KB.
const PACK: usize = 300_000;

impl Slice<'_> {
    /// The run at work; begun at the first need.
    pub(crate) fn run_mut(&mut self) -> &mut Run {
        let now = self.now();
        let requested = self.state.requested.clone();
        let trigger = if requested.is_some() { Trigger::Manual } else { self.trigger };
        let quiet_before = self.body.quiet.count;
        let fence = self.fence.number;
        self.body.run.get_or_insert_with(|| Run {
            id: name_in_logs(requested.as_ref().map_or_else(|| run_id(now, fence), |requested| requested.run.clone())),
            trigger,
            mode: requested.map_or(Mode::Changes, |requested| requested.mode),
            state: RunState::Running,
            started_at: now,
            ended_at: None,
            resumed_from: None,
            vendor_calls: 0,
            budget_left: None,
            quiet_before,
            progress: None,
            records: BTreeMap::new(),
            types: BTreeMap::new(),
            problem: None,
        })
    }

    /// Counts an outcome and remembers the record behind it.
    pub(crate) fn record(&mut self, record: RunRecord) {
        self.counts(record.record_type).count(record.outcome);
        if record.outcome != Outcome::Unchanged {
            self.log.push(record);
        }
    }

    /// Makes the beginning of the run known before its first write, so that after a crash what it wrote still counts as
    /// its own: in the log, and in what came since the last full pass.
    pub(crate) async fn begin_for_good(&mut self) -> Result<(), EngineError> {
        self.run_mut();
        if self.begun {
            return Ok(());
        }
        self.keep_budget();
        self.store.checkpoint(&self.fence, &self.body, Vec::new()).await?;
        self.begun = true;
        Ok(())
    }

    /// The counts of one type in this run.
    pub(crate) fn counts(&mut self, record_type: RecordType) -> &mut Counts {
        self.run_mut().records.entry(record_type).or_default()
    }

    /// Writes parts, the run records gathered so far, and the checkpoint: all or nothing, under the fence.
    pub(crate) async fn flush_log(&mut self, mut parts: Vec<store::table::Write>) -> Result<(), EngineError> {
        let before = self.body.packs;
        if !self.log.is_empty() {
            let run = self.run_mut().clone();
            for pack in packs(&self.log) {
                parts.push(self.store.run_records_write(&self.connection, &run, self.body.packs, pack)?);
                self.body.packs += 1;
            }
        } else if parts.is_empty() {
            return Ok(());
        }
        self.keep_budget();
        if let Err(error) = self.store.checkpoint(&self.fence, &self.body, parts).await {
            // Where a part was refused, the work may go on without it.
            self.body.packs = before;
            return Err(error.into());
        }
        self.log.clear();
        self.begun = self.body.run.is_some();
        Ok(())
    }

    /// Ends the run: kept in the log if it did or found something or a person asked for it, else counted as quiet.
    pub(crate) async fn finish_run(&mut self, problem: Option<String>) -> Result<(), EngineError> {
        if self.body.run.is_none() && problem.is_none() {
            self.body.reads = false;
            return self.keep_tallies().await;
        }
        self.flush_log(Vec::new()).await?;
        self.keep_tallies().await?;
        self.keep_budget();
        let now = self.now();
        let left = self.vendor.as_ref().and_then(|(_, http)| http.budget().left(now));
        let noted = self.issues.noted_any();
        let run = self.run_mut();
        run.ended_at = Some(now);
        run.budget_left = left;
        run.progress = None;
        run.problem = problem;
        run.state = final_state(run);
        let quiet = run.trigger != Trigger::Manual
            && run.state == RunState::Succeeded
            && !noted
            && !run.records.values().any(Counts::changed_anything);
        let Some(run) = self.body.run.take() else { return Ok(()) };
        self.ended = Some(run.id.clone());
        self.count_run(&run, quiet, left);
        (self.body.reads, self.body.planned) = (false, false);
        self.begun = false;
        self.calls_before = 0;
        self.calls_counted = self.vendor.as_ref().map_or(0, |(_, http)| http.calls().data);
        self.body.packs = 0;
        if quiet {
            self.body.quiet.count += 1;
            self.body.quiet.since.get_or_insert(run.started_at);
            return Ok(());
        }
        self.body.quiet.count = 0;
        self.body.quiet.since = None;
        Ok(self.store.put_run(&self.connection, &run).await?)
    }

    /// Tells operators what came of a run.
    fn count_run(&mut self, run: &Run, quiet: bool, left: Option<u64>) {
        let allowance = self.engine.budget.limits(&self.descriptor().limits).map(|limits| limits.calls);
        let used = allowance.zip(left).map(|(calls, left)| 100 * calls.saturating_sub(left) / calls.max(1));
        metrics::run_ended(&Ended {
            tenant: self.store.tenant(),
            connection: &self.connection,
            connector: self.descriptor().id,
            run,
            quiet,
            budget_used_percent: used,
            lag_seconds: self.lag_seconds.take(),
        });
    }

    /// Notes how one record type fared.
    pub(crate) fn fared(&mut self, record_type: RecordType, problem: Option<String>) {
        let state = if problem.is_some() { RunState::Failed } else { RunState::Succeeded };
        let types = &mut self.run_mut().types;
        let entry = types.entry(record_type).or_insert(TypeResult { state, problem: None });
        if problem.is_some() {
            *entry = TypeResult { state, problem };
        }
    }
}

/// Records in packs that fit an item each.
fn packs(records: &[RunRecord]) -> Vec<&[RunRecord]> {
    let (mut packs, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (at, record) in records.iter().enumerate() {
        // Serialising these types cannot fail.
        let more = serde_json::to_vec(record).map_or(0, |json| json.len() + 1);
        if bytes + more > PACK && begin < at {
            packs.push(&records[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += more;
    }
    packs.push(&records[begin..]);
    packs
}

fn final_state(run: &Run) -> RunState {
    let failed = run.types.values().filter(|result| result.state == RunState::Failed).count();
    if run.problem.is_some() || (failed > 0 && failed == run.types.len()) {
        RunState::Failed
    } else if failed > 0 || run.records.values().any(|counts| counts.quarantined > 0) {
        RunState::Partial
    } else {
        RunState::Succeeded
    }
}

/// From here on, what is logged of this work names its run.
pub(crate) fn name_in_logs(run: RunId) -> RunId {
    tracing::Span::current().record("run.id", run.as_str());
    run
}

/// An id by which later runs sort after earlier ones.
pub fn run_id(now: Timestamp, number: u64) -> RunId {
    RunId::new(format!("{:013}-{number}", now.as_millisecond()))
}
