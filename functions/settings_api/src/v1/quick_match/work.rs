//! A moment's work at applying or undoing, under a lease, so that two requests never do it twice.
//!
//! Links of one connection are made one after the other, because each wakes the connection in its transaction; different
//! connections go on side by side. What was done is known from the table even after a kill: see the store's part.

use std::collections::{HashMap, HashSet};

use domain::activity::Action;
use domain::id::CompanyId;
use domain::portal::PortalCompany;
use domain::quick_match::{Application, Progress, Proposal, QuickMatch, Undo};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::activity::By;
use store::quick_match::Held;
use store::{StoreError, TenantStore};

use crate::access::Caller;
use crate::activity;
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

mod apply;
mod undo;

/// How long one request works.
const WORKS: SignedDuration = SignedDuration::from_secs(2);
/// How long its lease is: the work, and whatever a last link may take.
const LEASE: SignedDuration = SignedDuration::from_secs(20);
/// Attempts at a link whose portal company others change at the same time.
const ATTEMPTS: usize = 5;

const BUSY: &str = "The portal company was changed at the same moment. Try again.";
const NO_COMPANY: &str = "The portal company does not exist any more.";

/// Carries on whatever is to be done, unless somebody else is at it; says how it stands.
pub(super) async fn carry_on(state: &AppState, store: &TenantStore, found: &QuickMatch) -> Answer<Application> {
    let application = application(store, found).await?;
    let undoing = application.undo.as_ref().is_some_and(|undo| undo.progress == Progress::Running);
    if application.progress == Progress::Done && !undoing {
        return Ok(application);
    }
    match hold(state, store, found).await? {
        Some(held) => work(state, store, found, held).await,
        None => Ok(application),
    }
}

/// Begins undoing, or carries it on.
pub(super) async fn undo(state: &AppState, caller: &Caller, found: &QuickMatch) -> Answer<Application> {
    let store = &caller.store;
    let before = application(store, found).await?;
    if before.progress == Progress::Running {
        return Err(Problem::conflict("It is still being applied. Undo it when that is done."));
    }
    if before.undo.is_some() {
        return carry_on(state, store, found).await;
    }
    if state.now() >= before.undo_until() {
        return Err(Problem::conflict("It was applied more than 7 days ago. Unlink single companies on their page."));
    }
    let Some(mut held) = hold(state, store, found).await? else { return Ok(before) };
    if held.application.undo.is_none() {
        let next = vec![0; found.rows.len()];
        held.application.undo = Some(Undo { progress: Progress::Running, undone: 0, kept: 0, next });
        let entry = caller.did(state, Action::QuickMatchUndone, activity::quick_match(&found.id));
        let entry = entry.was(json!({ "links": held.application.applied }));
        store.begin_undo(&found.id, &held, By::Person(&entry)).await?;
    }
    work(state, store, found, held).await
}

async fn application(store: &TenantStore, found: &QuickMatch) -> Answer<Application> {
    let application = store.application(&found.id).await?;
    application.ok_or_else(|| Problem::not_found("Nothing of this quick match was applied."))
}

async fn hold(state: &AppState, store: &TenantStore, found: &QuickMatch) -> Answer<Option<Held>> {
    let now = state.now();
    let owner = uuid::Uuid::new_v4().simple().to_string();
    let until = now.checked_add(LEASE).unwrap_or(now);
    Ok(store.hold_application(&found.id, &owner, now, until).await?)
}

/// What was done of one row.
#[derive(Default)]
struct Done {
    next: usize,
    /// Links made, or taken away.
    done: u32,
    refused: u32,
    finished: bool,
    /// What ended it early.
    problem: Option<Problem>,
}

async fn work(state: &AppState, store: &TenantStore, found: &QuickMatch, mut held: Held) -> Answer<Application> {
    let now = state.now();
    let moment = Moment { state, store, found, now, until: now.checked_add(WORKS).unwrap_or(now) };
    let rows: Vec<Done> = match &held.application.undo {
        None => {
            let choice = store.choice(&found.id).await?;
            let choice = choice.ok_or_else(|| Problem::internal("an application without what was chosen"))?;
            let next = held.application.next.iter().enumerate();
            join_all(next.map(|(row, next)| moment.apply(row, *next, &choice, held.interrupted))).await
        }
        Some(undo) => join_all(undo.next.iter().enumerate().map(|(row, next)| moment.undo(row, *next))).await,
    };
    for (row, done) in found.rows.iter().zip(&rows) {
        if done.done > 0
            && let Some(which) = state.which(&row.connection)
        {
            state.wake(store, &which).await;
        }
    }
    note(&mut held.application, &rows, now);
    match store.release_application(&found.id, &held).await {
        // Somebody else went on after this lease had run out; what they save counts.
        Err(StoreError::LeaseLost) => return application(store, found).await,
        other => other?,
    }
    match rows.into_iter().find_map(|done| done.problem) {
        Some(problem) => Err(problem),
        None => Ok(held.application),
    }
}

fn note(application: &mut Application, rows: &[Done], now: Timestamp) {
    let finished = rows.iter().all(|done| done.finished);
    let (done, refused) = rows.iter().fold((0, 0), |(done, refused), row| (done + row.done, refused + row.refused));
    let next = rows.iter().map(|done| done.next).collect();
    let progress = if finished { Progress::Done } else { Progress::Running };
    match &mut application.undo {
        None => {
            application.applied += done;
            application.failed += refused;
            application.next = next;
            application.progress = progress;
            application.done_at = finished.then_some(now);
        }
        Some(undo) => {
            undo.undone += done;
            undo.kept += refused;
            undo.next = next;
            undo.progress = progress;
        }
    }
}

/// One request's share of the work.
struct Moment<'a> {
    state: &'a AppState,
    store: &'a TenantStore,
    found: &'a QuickMatch,
    now: Timestamp,
    until: Timestamp,
}

impl Moment<'_> {
    fn is_over(&self) -> bool {
        self.state.now() >= self.until
    }

    fn which(&self, row: usize) -> Answer<Which> {
        let connection = &self.found.rows[row].connection;
        self.state.which(connection).ok_or_else(|| Problem::internal(format!("no connector for {connection}")))
    }

    async fn companies(&self, proposals: &[&Proposal]) -> Answer<HashMap<CompanyId, PortalCompany>> {
        let ids: HashSet<&CompanyId> = proposals.iter().map(|proposal| &proposal.company.company_id).collect();
        let companies = self.store.companies_by_id(ids).await?;
        Ok(companies.into_iter().map(|company| (company.id.clone(), company)).collect())
    }
}
