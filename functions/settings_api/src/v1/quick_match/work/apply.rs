//! Making links, one proposal after the other; each is noted with the link that it became, or with why it did not.

use std::collections::HashMap;

use domain::id::{CompanyId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::quick_match::{Choice, Outcome, Proposal};
use domain::record::{RecordData, RecordType};
use store::quick_match::{Applied, Came};
use store::records::MirrorRecord;

use super::{ATTEMPTS, BUSY, Done, Moment, NO_COMPANY};
use crate::problem::Answer;
use crate::state::Which;
use crate::v1::links::has_room;

/// Proposals that are looked at together.
const AT_ONCE: usize = 100;

impl Moment<'_> {
    pub(super) async fn apply(&self, row: usize, next: usize, choice: &Choice, interrupted: bool) -> Done {
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

    /// How the vendor companies stand that are still there.
    async fn states(&self, which: &Which, proposals: &[&Proposal]) -> Answer<HashMap<ExternalId, LinkState>> {
        let ids = proposals.iter().map(|proposal| &proposal.external_id);
        let records = self.store.records(&which.connection, RecordType::Companies, ids).await?;
        let state = |record: &MirrorRecord| match record.live()? {
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
