//! One slice: what a worker does with a connection while it holds the lease.
//!
//! Under the lease, in order: re-evaluate marks, hints, pulls. Then the lease is given back, conditional on nothing having
//! arrived since the last look; if something has, the slice looks again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use connector::http::{Budget, BudgetLimits, TokenOwner, VendorHttp};
use connector::{ConnectorError, Descriptor, ErrorKind, Session, SessionContext};
use domain::id::{ConnectionId, RunId, TenantId};
use domain::record::RecordType;
use domain::run::{Counts, Mode, Outcome, Run, RunRecord, RunState, Trigger, TypeResult};
use jiff::{SignedDuration, Timestamp};
use store::TenantStore;
use store::connection::Settings;
use store::state::{Fence, Release, Released, Requested, State};

use crate::body::{Body, REFUSALS_UNTIL_PAUSE, Refused};
use crate::engine::{BudgetShare, Engine, EngineError};
use crate::issues::{Finding, IssueBook, explain};
use crate::message::WorkMessage;
use crate::ports::DomainEvent;

/// How a slice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing is left.
    Done,
    /// Work is left; go on after this long.
    Continues {
        /// Until the vendor's allowance or the next slice.
        after: Duration,
    },
}

/// Why a part of the work stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// This slice's time, or the vendor's allowance, is used up; go on after this long.
    Later(Duration),
    /// The vendor asks to slow down; go on after this long.
    Limited(Duration),
    /// The vendor failed us.
    Vendor(ConnectorError),
    /// The connection may not go on until a person acts; the issue is noted.
    OutOfService(&'static str),
    /// Our side failed.
    Engine(EngineError),
}

impl<E: Into<EngineError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

/// A vendor's error, or only its asking for time.
pub(crate) fn vendor(error: ConnectorError) -> Stop {
    match error.kind {
        ErrorKind::Paused { resume_after } => Stop::Later(resume_after),
        ErrorKind::Limited { retry_after } => Stop::Limited(retry_after.unwrap_or(Duration::from_secs(60))),
        _ => Stop::Vendor(error),
    }
}

/// A worker with a lease.
pub(crate) struct Slice<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) store: TenantStore,
    pub(crate) connection: ConnectionId,
    pub(crate) fence: Fence,
    pub(crate) settings: Settings,
    pub(crate) issues: IssueBook,
    pub(crate) body: Body,
    pub(crate) stop_at: Timestamp,
    /// What happened to records since the last pack was written.
    pub(crate) log: Vec<RunRecord>,
    state: State,
    claimed: bool,
    trigger: Trigger,
    vendor: Option<(Arc<dyn Session>, VendorHttp)>,
    calls_before: u64,
    /// Calls of the open session that belong to runs already ended.
    calls_counted: u64,
    /// The last run that ended in this slice.
    ended: Option<RunId>,
    /// The table knows of the run at work.
    begun: bool,
    deactivate: bool,
    pub(crate) portal: Option<crate::companies::PortalIndex>,
}

impl<'a> Slice<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        store: TenantStore,
        fence: Fence,
        state: State,
        message: &WorkMessage,
        stop_at: Timestamp,
    ) -> Self {
        Self {
            engine,
            store,
            connection: message.connection.clone(),
            fence,
            settings: Settings::new(message.connector.clone()),
            issues: IssueBook::new(Vec::new()),
            body: Body::default(),
            stop_at,
            log: Vec::new(),
            state,
            claimed: message.claim.is_some(),
            trigger: message.trigger,
            vendor: None,
            calls_before: 0,
            calls_counted: 0,
            ended: None,
            begun: false,
            deactivate: false,
            portal: None,
        }
    }

    pub(crate) fn descriptor(&self) -> &'static Descriptor {
        self.engine.connector.descriptor()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    pub(crate) fn out_of_time(&self) -> bool {
        self.now() >= self.stop_at
    }

    /// Works until nothing is left or time is up.
    pub(crate) async fn run(&mut self) -> Result<Ended, EngineError> {
        self.body = self.state.body()?;
        let now = self.now();
        if let Some(run) = &mut self.body.run {
            self.calls_before = run.vendor_calls;
            self.trigger = run.trigger;
            self.begun = true;
            run.resumed_from = Some(now);
        }
        loop {
            let Some(found) = self.store.connection(&self.connection).await? else {
                return self.release_out_of_service().await;
            };
            if self.settings != found.settings.value {
                // A session speaks with the credentials and the filters that it was opened with.
                self.keep_budget();
                self.vendor = None;
                self.calls_counted = 0;
            }
            self.settings = found.settings.value;
            self.deactivate = false;
            if !self.settings.active() {
                return self.release_out_of_service().await;
            }
            self.issues = IssueBook::carry(&self.issues, found.issues);
            let wake = found.state.wake;
            self.state = found.state;
            match self.look().await {
                Ok(()) => {}
                Err(Stop::Later(after)) => return self.release_with_work_left(after).await,
                Err(Stop::Limited(after)) => {
                    self.note_limit(after).await?;
                    return self.release_with_work_left(after).await;
                }
                Err(Stop::Vendor(error)) => {
                    self.refused(&error).await?;
                    self.give_up(error.to_string()).await?;
                }
                Err(Stop::OutOfService(problem)) => {
                    self.deactivate = true;
                    self.give_up(problem.to_owned()).await?;
                }
                Err(Stop::Engine(error)) => return Err(error),
            }
            let done = self.taken_up();
            if self.state.requested.is_some() && done.is_none() && !self.deactivate {
                // Asked for while another run was under way: that one did not do it.
                self.claimed = false;
                continue;
            }
            let release =
                Release { due_at: Some(self.next_due()), wake: Some(wake), done, deactivate: self.deactivate };
            self.keep_budget();
            if self.store.release(&self.fence, &self.body, &release).await? == Released::Done {
                return Ok(Ended::Done);
            }
            self.claimed = false;
        }
    }

    /// One look: marks, hints, and pulls if they are due.
    async fn look(&mut self) -> Result<(), Stop> {
        // Kept with the run: a slice that ends while it settles what waits leaves the reading to the next one.
        self.body.reads |=
            self.claimed || self.state.requested.is_some() || self.body.planned || self.missed_a_slot();
        self.settle_waiting().await?;
        if self.body.reads {
            self.body.quiet.checked_at = Some(self.now());
            self.pull_all().await?;
        }
        self.finish_run(None).await?;
        Ok(())
    }

    /// A slot came and its message found the lease taken, or was lost.
    fn missed_a_slot(&self) -> bool {
        let interval = self.settings.options.interval_minutes;
        let slot = |at| domain::schedule::next_slot(self.store.tenant(), &self.connection, interval, at);
        self.body.quiet.checked_at.is_some_and(|at| slot(at) <= self.now())
    }

    async fn give_up(&mut self, problem: String) -> Result<(), EngineError> {
        self.body.todo.clear();
        self.body.pass = None;
        self.finish_run(Some(problem)).await
    }

    fn next_due(&self) -> Timestamp {
        self.engine.next_due(self.store.tenant(), &self.connection, self.settings.options.interval_minutes)
    }

    pub(crate) const fn tenant(&self) -> &TenantId {
        self.store.tenant()
    }

    /// What a person asked for, if the run at work or the last one of this slice is the one asked for.
    pub(crate) fn taken_up(&self) -> Option<Requested> {
        let run = self.body.run.as_ref().map(|run| &run.id);
        self.state.requested.clone().filter(|asked| run == Some(&asked.run) || self.ended.as_ref() == Some(&asked.run))
    }

    async fn release_with_work_left(&mut self, after: Duration) -> Result<Ended, EngineError> {
        let wait = SignedDuration::try_from(after).unwrap_or(SignedDuration::from_mins(15));
        self.flush_log(Vec::new()).await?;
        self.keep_budget();
        let release = Release { due_at: Some(self.now() + wait), wake: None, done: self.taken_up(), deactivate: false };
        self.store.release(&self.fence, &self.body, &release).await?;
        Ok(Ended::Continues { after })
    }

    async fn release_out_of_service(&self) -> Result<Ended, EngineError> {
        let release = Release { due_at: None, wake: None, done: None, deactivate: true };
        self.store.release(&self.fence, &self.body, &release).await?;
        Ok(Ended::Done)
    }

    /// Gives the lease back after a failure of our own, as far as that still works; the last checkpoint stays.
    pub(crate) async fn abandon(&self) {
        let due_at = self.now() + SignedDuration::from_secs(60);
        if let Err(error) = self.store.abandon(&self.fence, due_at).await {
            tracing::warn!(error = %error, "Lease was not given back, it expires by itself.");
        }
    }

    fn keep_budget(&mut self) {
        if let Some((_, http)) = &self.vendor {
            self.body.budget = http.budget().state();
        }
        if let Some(run) = &mut self.body.run
            && let Some((_, http)) = &self.vendor
        {
            run.vendor_calls = (self.calls_before + http.calls().data).saturating_sub(self.calls_counted);
        }
    }

    /// The conversation with the vendor; opened at the first need.
    pub(crate) async fn session(&mut self) -> Result<(Arc<dyn Session>, VendorHttp), Stop> {
        if let Some((session, http)) = &self.vendor {
            return Ok((Arc::clone(session), http.clone()));
        }
        let op = "open a session";
        let Some(set) = self.settings.credentials.clone() else {
            return Err(Stop::Vendor(ConnectorError::new(op, ErrorKind::Credentials { field: None })));
        };
        let credentials = self.engine.credentials(self.tenant(), &self.connection, &set).await?;
        let owner = TokenOwner(format!("{}\u{1f}{}\u{1f}{}", self.tenant(), self.connection, set.version));
        let http = self.engine.http.for_connection(owner, self.engine.budget(self.body.budget.clone()));
        let left = Duration::try_from(self.stop_at.duration_since(self.now())).unwrap_or_default();
        http.set_deadline(tokio::time::Instant::now() + left);
        let context = SessionContext {
            http: http.clone(),
            credentials,
            options: self.settings.options.clone(),
            deployment: self.engine.deployment.clone(),
        };
        let session: Arc<dyn Session> = Arc::from(self.engine.connector.open(context).map_err(vendor)?);
        self.vendor = Some((Arc::clone(&session), http.clone()));
        if self.body.verified.as_deref() != Some(set.version.as_str()) {
            self.verify_account(session.as_ref(), &set.version).await?;
        }
        Ok((session, http))
    }

    /// Ids of another vendor account mean something else: compare the account before anything is compared with the mirror.
    async fn verify_account(&mut self, session: &dyn Session, version: &str) -> Result<(), Stop> {
        let account = session.account().await.map_err(vendor)?;
        if let Some(ours) = &self.settings.account
            && ours.id != account.id
        {
            let short = self.descriptor().short_name;
            self.note(Finding {
                cause: domain::issue::Cause::Config,
                reason: domain::issue::Reason::WrongAccount,
                subject: None,
                title: format!("The {short} credentials belong to another account"),
                detail: format!(
                    "This connection belongs to {:?}, the credentials reach {:?}.",
                    ours.name, account.name
                ),
                remedy: format!(
                    "Enter credentials of {:?}, or disconnect and connect the other account anew.",
                    ours.name
                ),
                record_types: Vec::new(),
            })
            .await?;
            return Err(Stop::OutOfService("the credentials belong to another account"));
        }
        self.body.verified = Some(version.to_owned());
        Ok(())
    }

    /// Notes what a vendor's error means for the whole connection.
    async fn refused(&mut self, error: &ConnectorError) -> Result<(), EngineError> {
        let finding = explain(self.descriptor(), error, &[], "API access");
        let reason = finding.reason;
        self.note(finding).await?;
        if !matches!(error.kind, ErrorKind::Credentials { .. } | ErrorKind::Expired | ErrorKind::Plan) {
            return Ok(());
        }
        let version = self.settings.credentials.as_ref().map(|set| set.version.clone()).unwrap_or_default();
        let times = match &self.body.refused {
            Some(before) if before.version == version => before.times + 1,
            _ => 1,
        };
        self.deactivate = times >= REFUSALS_UNTIL_PAUSE;
        self.body.refused = Some(Refused { version, reason, times });
        Ok(())
    }

    /// A vendor that asks to slow down is waited for; that a run takes two intervals by it, somebody should know.
    async fn note_limit(&mut self, after: Duration) -> Result<(), EngineError> {
        let patience = SignedDuration::from_secs(self.settings.options.interval_minutes.seconds() * 2);
        if self.body.run.as_ref().is_none_or(|run| self.now().duration_since(run.started_at) < patience) {
            return Ok(());
        }
        let error = ConnectorError::new("go on reading", ErrorKind::Limited { retry_after: Some(after) });
        self.note(explain(self.descriptor(), &error, &[], "API access")).await
    }

    /// Notes a problem; a new one is announced.
    pub(crate) async fn note(&mut self, finding: Finding) -> Result<(), EngineError> {
        let now = self.now();
        if self.issues.is_new(&finding) {
            let id = finding.id();
            let detail = serde_json::json!({
                "connection": self.connection, "issue": id, "reason": finding.reason, "cause": finding.cause,
            });
            self.announce("integration.needs_attention", &id, detail).await?;
        }
        Ok(self.issues.note(&self.store, &self.connection, finding, now).await?)
    }

    /// Closes issues that a success disproves.
    pub(crate) async fn disprove(
        &mut self,
        disproved: impl Fn(&domain::issue::Issue) -> bool,
    ) -> Result<(), EngineError> {
        for issue in self.issues.which(disproved) {
            let detail =
                serde_json::json!({ "connection": self.connection, "issue": issue.id, "reason": issue.reason });
            self.announce("integration.recovered", &issue.id, detail).await?;
            self.issues.close(&self.store, &self.connection, &issue.id).await?;
        }
        Ok(())
    }

    /// Tells the bus, before the write that it announces.
    pub(crate) async fn announce(
        &self,
        detail_type: &'static str,
        subject: &str,
        detail: serde_json::Value,
    ) -> Result<(), EngineError> {
        let event = self.event(detail_type, subject, detail);
        Ok(self.engine.bus.publish(&[event]).await?)
    }

    /// An event of this tenant; the same occurrence has the same id and hash however often it is told.
    pub(crate) fn event(&self, detail_type: &'static str, subject: &str, detail: serde_json::Value) -> DomainEvent {
        let hash = domain::hash::ContentHash::of(detail.to_string().as_bytes(), 0);
        DomainEvent {
            detail_type,
            tenant: self.tenant().clone(),
            id: format!("{detail_type}:{}:{subject}:{hash:?}", self.connection),
            hash: format!("{hash:?}"),
            detail,
        }
    }

    /// The run at work; begun at the first need.
    pub(crate) fn run_mut(&mut self) -> &mut Run {
        let now = self.now();
        let requested = self.state.requested.clone();
        let trigger = if requested.is_some() { Trigger::Manual } else { self.trigger };
        let quiet_before = self.body.quiet.count;
        let fence = self.fence.number;
        self.body.run.get_or_insert_with(|| Run {
            id: requested.as_ref().map_or_else(|| run_id(now, fence), |requested| requested.run.clone()),
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

    /// Writes parts, the pack of run records gathered so far, and the checkpoint: all or nothing, under the fence.
    pub(crate) async fn flush_log(&mut self, mut parts: Vec<store::table::Write>) -> Result<(), EngineError> {
        if !self.log.is_empty() {
            let log = std::mem::take(&mut self.log);
            let run = self.run_mut().clone();
            parts.push(self.store.run_records_write(&self.connection, &run, self.body.packs, &log)?);
            self.body.packs += 1;
        } else if parts.is_empty() {
            return Ok(());
        }
        self.keep_budget();
        self.store.checkpoint(&self.fence, &self.body, parts).await?;
        self.begun = self.body.run.is_some();
        Ok(())
    }

    /// Ends the run: kept in the log if it did or found something or a person asked for it, else counted as quiet.
    async fn finish_run(&mut self, problem: Option<String>) -> Result<(), EngineError> {
        if self.body.run.is_none() && problem.is_none() {
            self.body.reads = false;
            return Ok(());
        }
        self.flush_log(Vec::new()).await?;
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

/// An id by which later runs sort after earlier ones.
pub fn run_id(now: Timestamp, number: u64) -> RunId {
    RunId::new(format!("{:013}-{number}", now.as_millisecond()))
}

impl Engine {
    /// A budget of the connector's account, going on from where it was.
    pub(crate) fn budget(&self, state: connector::http::BudgetState) -> Budget {
        let limits = &self.connector.descriptor().limits;
        match self.budget {
            BudgetShare::Declared => Budget::new(BudgetLimits::of(limits, None), state),
            BudgetShare::Percent(percent) => Budget::new(BudgetLimits::of(limits, Some(percent)), state),
            BudgetShare::Lifted => Budget::unlimited(),
        }
    }
}
