//! One slice: what a worker does with a connection while it holds the lease.
//!
//! Under the lease, in order: outbox, re-evaluate marks, hints, pulls. Then the lease is given back, conditional on nothing having
//! arrived since the last look; if something has, the slice looks again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use connector::http::VendorHttp;
use connector::{ConnectorError, Descriptor, ErrorKind, Session};
use domain::id::{ConnectionId, RunId, TenantId};
use domain::record::RecordType;
use domain::run::{RunRecord, Trigger};
use jiff::{SignedDuration, Timestamp};
use store::connection::{Connection, Settings, Versioned};
use store::outbox::Queued;
use store::state::{Fence, Release, Released, Requested, State};
use store::token::SealedToken;
use store::webhook::Webhook;
use store::work::{Waiting, What};
use store::{StoreError, TenantStore};

use crate::body::Body;
use crate::causes::chain;
use crate::engine::{Engine, EngineError};
use crate::issues::IssueBook;
use crate::message::WorkMessage;
use crate::outage::Silent;
use crate::run_log::name_in_logs;
use crate::tally::Counting;

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

/// When a connection whose work failed because of our side is due again. Its message comes back sooner, after the queue's two
/// minutes, is tried again and after five times a dead letter, which raises an alarm; were a tick faster, claiming anew
/// would make the message a stale one, and nobody would be told.
const FAILED: SignedDuration = SignedDuration::from_mins(4);

/// A worker with a lease.
pub(crate) struct Slice<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) store: TenantStore,
    pub(crate) connection: ConnectionId,
    pub(crate) fence: Fence,
    pub(crate) settings: Settings,
    pub(crate) issues: IssueBook,
    /// Where the vendor pushes to.
    pub(crate) webhook: Option<Webhook>,
    /// The access token as it was kept when this slice last looked.
    pub(crate) token: Option<SealedToken>,
    pub(crate) body: Body,
    pub(crate) stop_at: Timestamp,
    /// What happened to records since the last pack was written.
    pub(crate) log: Vec<RunRecord>,
    pub(crate) state: State,
    claimed: bool,
    pub(crate) trigger: Trigger,
    pub(crate) vendor: Option<(Arc<dyn Session>, VendorHttp)>,
    pub(crate) calls_before: u64,
    /// Calls of the open session that belong to runs already ended.
    pub(crate) calls_counted: u64,
    /// The last run that ended in this slice.
    pub(crate) ended: Option<RunId>,
    /// Seconds from the slot that was due to the reading that it was for.
    pub(crate) lag_seconds: Option<u64>,
    /// The table knows of the run at work.
    pub(crate) begun: bool,
    pub(crate) deactivate: bool,
    pub(crate) portal: Option<crate::company_import::PortalIndex>,
    /// How many records each vendor company has, as far as this slice changes it.
    pub(crate) tallies: BTreeMap<RecordType, Counting>,
    /// A list that got no answer, until it is known whether others do.
    pub(crate) silent: Option<Silent>,
    /// When an edit that was sent without an answer is to be looked for again.
    pub(crate) recheck: Option<Timestamp>,
    /// Edits wait for the first pass of their records' feed.
    pub(crate) outbox_held: bool,
    /// Marks wait of which this slice could not decide on everything.
    pub(crate) undecided: bool,
    /// Rows that came outside full passes fill their item: a full pass comes before more of them.
    pub(crate) overlay_full: bool,
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
            webhook: None,
            token: None,
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
            lag_seconds: None,
            begun: false,
            deactivate: false,
            portal: None,
            tallies: BTreeMap::new(),
            silent: None,
            recheck: None,
            outbox_held: false,
            undecided: false,
            overlay_full: false,
        }
    }

    pub(crate) fn descriptor(&self) -> &'static Descriptor {
        self.engine.connector.descriptor()
    }

    /// The type that people know such records by.
    pub(crate) fn declares(&self, produced: RecordType) -> RecordType {
        let declared = self.descriptor().feeds().find(|(_, feed)| feed.produces == produced);
        declared.map_or(produced, |(declared, _)| declared.record_type)
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
            name_in_logs(run.id.clone());
        }
        let mut looked = false;
        loop {
            match self.turn(looked).await {
                Ok(Some(ended)) => return Ok(ended),
                Ok(None) => {}
                // Whatever was under way is given up: the next turn takes the connection down.
                Err(EngineError::Store(StoreError::Closing)) => {}
                Err(error) => return Err(error),
            }
            looked = true;
            self.claimed = false;
        }
    }

    /// One look at the connection, and the release after it. `None`: something arrived, look again.
    async fn turn(&mut self, again: bool) -> Result<Option<Ended>, EngineError> {
        let Some(found) = self.store.connection(&self.connection).await? else {
            return self.release_out_of_service(None).await;
        };
        if found.settings.value.disconnect.is_some() {
            // What is not kept is counted anew, if the records stay.
            self.tallies.clear();
            return Box::pin(self.take_down(found)).await;
        }
        let Connection { settings: Versioned { value: settings, .. }, state, issues, webhook, token } = found;
        if self.settings != settings {
            // A session speaks with the credentials and the filters that it was opened with.
            self.keep_budget();
            self.vendor = None;
            self.calls_counted = 0;
            // Saved while we were at work: what it asks for now must not wait for the next slot.
            self.body.reads |= again;
        }
        self.settings = settings;
        self.deactivate = false;
        if !self.settings.active() {
            // Switched on again since it was read, it is looked at again.
            return self.release_out_of_service(Some(state.wake)).await;
        }
        self.issues = IssueBook::carry(&self.issues, issues);
        self.webhook = webhook;
        self.token = token;
        let wake = state.wake;
        self.state = state;
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
            return Ok(None);
        }
        let release = Release { due_at: Some(self.next_due()), wake: Some(wake), done, deactivate: self.deactivate };
        self.body.rechecks = release.due_at == self.recheck && !self.deactivate;
        self.give_back(&release, Ended::Done).await
    }

    /// Releases the lease. `None`: something arrived that it may not be released with.
    pub(crate) async fn give_back(&mut self, release: &Release, ended: Ended) -> Result<Option<Ended>, EngineError> {
        self.keep_budget();
        let released = self.store.release(&self.fence, &self.body, release).await?;
        Ok((released == Released::Done).then_some(ended))
    }

    /// What waits: edits on their way to the vendor, and the rest.
    async fn waiting(&mut self) -> Result<(Vec<Queued>, Vec<Waiting>), EngineError> {
        let (mut operations, mut unreadable, mut rest) = (Vec::new(), BTreeSet::new(), Vec::new());
        for waiting in self.store.waiting(&self.connection).await? {
            match waiting.what {
                What::Operation(queued) => operations.push(*queued),
                What::Unreadable(queue) => drop(unreadable.insert(queue)),
                _ => rest.push(waiting),
            }
        }
        self.note_unreadable(&unreadable).await?;
        operations.retain(|queued| !unreadable.contains(&queued.queue()));
        Ok((operations, rest))
    }

    /// One look: the outbox, marks, hints, and pulls if they are due.
    async fn look(&mut self) -> Result<(), Stop> {
        // Kept with the run: a slice that ends while it settles what waits leaves the reading to the next one.
        let rechecks = std::mem::take(&mut self.body.rechecks);
        self.body.reads |=
            (self.claimed && !rechecks) || self.state.requested.is_some() || self.body.planned || self.missed_a_slot();
        self.account_settled().await?;
        loop {
            let (operations, waiting) = self.waiting().await?;
            self.recheck = None;
            self.outbox_held = false;
            self.undecided = false;
            self.overlay_full = false;
            self.push_out(operations).await?;
            if self.settle_waiting(waiting).await? {
                break;
            }
        }
        self.bury_confirmed().await?;
        self.keep_subscriptions().await?;
        if self.body.reads {
            self.lag_seconds = self.overdue().map(|overdue| overdue.as_secs().unsigned_abs());
            self.body.quiet.checked_at = Some(self.now());
            self.pull_all().await?;
            if self.outbox_held {
                let (operations, _) = self.waiting().await?;
                self.push_out(operations).await?;
            }
        }
        self.finish_run(None).await?;
        // Without a claim: the next slice decides on, and reads only when its slot has come.
        if self.undecided { Err(Stop::Later(Duration::ZERO)) } else { Ok(()) }
    }

    /// A slot came and its message found the lease taken, or was lost; or nothing was ever read, and a wake-up overtook the
    /// first slot.
    fn missed_a_slot(&self) -> bool {
        self.body.quiet.checked_at.is_none() || self.overdue().is_some()
    }

    /// For how long the first slot after the last check has been waiting.
    fn overdue(&self) -> Option<SignedDuration> {
        let interval = self.settings.options.interval_minutes;
        let slot = |at| domain::schedule::next_slot(self.store.tenant(), &self.connection, interval, at);
        let overdue = self.now().duration_since(slot(self.body.quiet.checked_at?));
        (!overdue.is_negative()).then_some(overdue)
    }

    pub(crate) async fn give_up(&mut self, problem: String) -> Result<(), EngineError> {
        self.body.todo.clear();
        self.leave_pass();
        (self.silent, self.body.silent) = (None, false);
        self.finish_run(Some(problem)).await
    }

    fn next_due(&self) -> Timestamp {
        let slot = self.engine.next_due(self.store.tenant(), &self.connection, self.settings.options.interval_minutes);
        self.recheck.map_or(slot, |recheck| recheck.min(slot))
    }

    pub(crate) const fn tenant(&self) -> &TenantId {
        self.store.tenant()
    }

    /// What a person asked for, if the run at work or the last one of this slice is the one asked for.
    pub(crate) fn taken_up(&self) -> Option<Requested> {
        let run = self.body.run.as_ref().map(|run| &run.id);
        self.state.requested.clone().filter(|asked| run == Some(&asked.run) || self.ended.as_ref() == Some(&asked.run))
    }

    pub(crate) async fn release_with_work_left(&mut self, after: Duration) -> Result<Option<Ended>, EngineError> {
        let wait = SignedDuration::try_from(after).unwrap_or(SignedDuration::from_mins(15));
        self.flush_log(Vec::new()).await?;
        self.keep_tallies().await?;
        let release = Release { due_at: Some(self.now() + wait), wake: None, done: self.taken_up(), deactivate: false };
        self.give_back(&release, Ended::Continues { after }).await
    }

    async fn release_out_of_service(&mut self, wake: Option<u64>) -> Result<Option<Ended>, EngineError> {
        self.give_back(&Release { due_at: None, wake, done: None, deactivate: true }, Ended::Done).await
    }

    /// Gives the lease back after a failure of our own, as far as that still works; the last checkpoint stays.
    pub(crate) async fn abandon(&self) {
        let due_at = self.now() + FAILED;
        if let Err(error) = self.store.abandon(&self.fence, due_at).await {
            tracing::warn!(error = chain(&error), "Lease was not given back, it expires by itself.");
        }
    }

    pub(crate) fn keep_budget(&mut self) {
        if let Some((_, http)) = &self.vendor {
            self.body.budget = http.budget().state();
        }
        if let Some(run) = &mut self.body.run
            && let Some((_, http)) = &self.vendor
        {
            run.vendor_calls = (self.calls_before + http.calls().data).saturating_sub(self.calls_counted);
        }
    }
}
