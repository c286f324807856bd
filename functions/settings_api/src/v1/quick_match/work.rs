//! A moment's work at applying or undoing, under a lease, so that two requests never do it twice.
//!
//! Links of one connection are made one after the other, because each wakes the connection in its transaction; different
//! connections go on side by side. What was done is known from the table even after a kill: see the store's part.

use std::collections::{HashMap, HashSet};

use domain::activity::Action;
use domain::id::CompanyId;
use domain::portal::{Link, LinkState, PortalCompany};
use domain::quick_match::{Application, Choice, Outcome, Progress, Proposal, QuickMatch, Undo};
use domain::record::{RecordData, RecordType};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::activity::By;
use store::quick_match::{Applied, Came, Held, Undone};
use store::{StoreError, TenantStore};

use crate::access::Caller;
use crate::activity;
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};
use crate::v1::links::has_room;

/// How long one request works.
const WORKS: SignedDuration = SignedDuration::from_secs(2);
/// How long its lease is: the work, and whatever a last link may take.
const LEASE: SignedDuration = SignedDuration::from_secs(20);
/// Proposals that are looked at together.
const AT_ONCE: usize = 100;
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

    async fn apply(&self, row: usize, next: usize, choice: &Choice, interrupted: bool) -> Done {
        let mut done = Done { next, ..Done::default() };
        done.problem = self.apply_row(row, choice, interrupted, &mut done).await.err();
        done
    }

    async fn apply_row(&self, row: usize, choice: &Choice, interrupted: bool, done: &mut Done) -> Answer<()> {
        let places = choice.places(row, &self.found.rows[row]);
        let which = self.which(row)?;
        done.next = done.next.max(places.start);
        let before = if interrupted { self.done_before(row, done.next).await? } else { HashMap::new() };
        while done.next < places.end {
            let end = places.end.min(done.next - done.next % AT_ONCE + AT_ONCE);
            let mut chosen = self.store.proposals(&self.found.id, &[(row, done.next..end)]).await?;
            chosen.retain(|(row, place, proposal)| choice.takes(*row, *place, proposal));
            let open: Vec<&Proposal> = chosen
                .iter()
                .filter(|(_, place, _)| !before.contains_key(place))
                .map(|(.., proposal)| proposal)
                .collect();
            let mut companies = self.companies(&open).await?;
            let states = self.states(&which, &open).await?;
            for (_, place, proposal) in chosen {
                if self.is_over() {
                    return Ok(());
                }
                let linked = match before.get(&place) {
                    Some(linked) => *linked,
                    None => {
                        let state = states.get(&proposal.external_id).copied();
                        let company = companies.remove(&proposal.company.company_id);
                        self.link(&which, Outcome { row, place, proposal, reason: None }, company, state).await?
                    }
                };
                done.done += u32::from(linked);
                done.refused += u32::from(!linked);
                done.next = place + 1;
            }
            done.next = end;
        }
        done.finished = true;
        Ok(())
    }

    /// What came of proposals that the worker before did not get to save: linked or not, by place.
    async fn done_before(&self, row: usize, from: usize) -> Answer<HashMap<usize, bool>> {
        let mut before = HashMap::new();
        for came in [Came::Linked, Came::Failed] {
            let mut from = from;
            loop {
                let found = self.store.outcomes(&self.found.id, came, row, from, 200).await?;
                let Some((last, _)) = found.last() else { break };
                from = last.place + 1;
                before.extend(found.iter().map(|(outcome, _)| (outcome.place, came == Came::Linked)));
            }
        }
        Ok(before)
    }

    async fn companies(&self, proposals: &[&Proposal]) -> Answer<HashMap<CompanyId, PortalCompany>> {
        let ids: HashSet<&CompanyId> = proposals.iter().map(|proposal| &proposal.company.company_id).collect();
        let companies = self.store.companies_by_id(ids).await?;
        Ok(companies.into_iter().map(|company| (company.id.clone(), company)).collect())
    }

    /// How the vendor companies stand that are still there.
    async fn states(
        &self,
        which: &Which,
        proposals: &[&Proposal],
    ) -> Answer<HashMap<domain::id::ExternalId, LinkState>> {
        let ids = proposals.iter().map(|proposal| &proposal.external_id);
        let records = self.store.records(&which.connection, RecordType::Companies, ids).await?;
        let state = |record: &store::records::MirrorRecord| match record.live()? {
            RecordData::Company(company) if company.inactive => Some(LinkState::Inactive),
            RecordData::Company(_) => Some(LinkState::Ok),
            _ => None,
        };
        Ok(records.iter().filter_map(|record| Some((record.external_id.clone(), state(record)?))).collect())
    }

    /// Makes one link, or notes why not. Returns whether it is made.
    async fn link(
        &self,
        which: &Which,
        mut outcome: Outcome,
        mut company: Option<PortalCompany>,
        state: Option<LinkState>,
    ) -> Answer<bool> {
        let mut refusal = BUSY.to_owned();
        for _ in 0..ATTEMPTS {
            let proposal = &outcome.proposal;
            if company.is_none() {
                company = self.store.company(&proposal.company.company_id).await?;
            }
            let Some(read) = company.take() else {
                NO_COMPANY.clone_into(&mut refusal);
                break;
            };
            let Some(state) = state else {
                refusal = format!("{} has no such company any more.", which.descriptor.name);
                break;
            };
            // Of the very link an answer may have been lost: then the table says that it is made.
            let linked = read.links.get(&which.connection).into_iter().flatten();
            let may_be_ours = { linked }.any(|link| link.external_id == proposal.external_id);
            if let Err(why) = takes_link(&read, which)
                && !may_be_ours
            {
                refusal = why;
                break;
            }
            let link = Link { external_id: proposal.external_id.clone(), name: proposal.name.clone(), state };
            let applied = self.store.apply_link(&self.found.id, &read, &which.connection, link, &outcome, self.now);
            match applied.await? {
                Applied::Linked => return Ok(true),
                Applied::Taken(by) => {
                    let holder = self.store.company(&CompanyId::new(&by)).await?;
                    let holder = holder.map_or(by, |holder| format!("{:?}", holder.name));
                    refusal = format!("It is linked to {holder} already.");
                    break;
                }
                Applied::Closed => {
                    refusal = format!("{} is disconnected.", which.descriptor.name);
                    break;
                }
                Applied::Stale => {}
            }
        }
        outcome.reason = Some(refusal);
        self.store.note_outcome(&self.found.id, Came::Failed, &outcome, self.now).await?;
        Ok(false)
    }

    async fn undo(&self, row: usize, next: usize) -> Done {
        let mut done = Done { next, ..Done::default() };
        done.problem = self.undo_row(row, &mut done).await.err();
        done
    }

    async fn undo_row(&self, row: usize, done: &mut Done) -> Answer<()> {
        let which = self.which(row)?;
        loop {
            let linked = self.store.outcomes(&self.found.id, Came::Linked, row, done.next, 100).await?;
            if linked.is_empty() {
                done.finished = true;
                return Ok(());
            }
            let open: Vec<&Proposal> =
                linked.iter().filter(|(_, undone)| !undone).map(|(outcome, _)| &outcome.proposal).collect();
            let mut companies = self.companies(&open).await?;
            for (outcome, undone_before) in linked {
                if self.is_over() {
                    return Ok(());
                }
                let place = outcome.place;
                let company = companies.remove(&outcome.proposal.company.company_id);
                let undone = undone_before || self.unlink(&which, outcome, company).await?;
                done.done += u32::from(undone);
                done.refused += u32::from(!undone);
                done.next = place + 1;
            }
        }
    }

    /// Takes one link away, or notes why it stays. Returns whether it is gone.
    async fn unlink(&self, which: &Which, mut outcome: Outcome, mut company: Option<PortalCompany>) -> Answer<bool> {
        let mut refusal = BUSY;
        for _ in 0..ATTEMPTS {
            if company.is_none() {
                company = self.store.company(&outcome.proposal.company.company_id).await?;
            }
            let Some(read) = company.take() else {
                refusal = NO_COMPANY;
                break;
            };
            match self.store.undo_link(&self.found.id, &read, &which.connection, &outcome).await? {
                Undone::Unlinked => return Ok(true),
                Undone::Changed => {
                    refusal = "It was unlinked or linked anew since, so it stays as it is.";
                    break;
                }
                Undone::Closed => {
                    refusal = "The integration is disconnected, so what is left of it can only be read.";
                    break;
                }
                Undone::Stale => {}
            }
        }
        outcome.reason = Some(refusal.to_owned());
        self.store.note_outcome(&self.found.id, Came::Kept, &outcome, self.now).await?;
        Ok(false)
    }
}

/// Whether a portal company takes a link of this connection, or why not.
fn takes_link(company: &PortalCompany, which: &Which) -> Result<(), String> {
    let vendor = which.descriptor.name;
    if company.not_integrated.contains(&which.connection) {
        return Err(format!("{:?} is marked as having nothing in {vendor}.", company.name));
    }
    if which.descriptor.has_one_company_each() && company.links.contains_key(&which.connection) {
        return Err(format!("{:?} is linked to another company of {vendor} already.", company.name));
    }
    has_room(company)
}
