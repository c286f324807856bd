//! Taking away the links that were made, unless they were changed since.

use domain::portal::PortalCompany;
use domain::quick_match::{Outcome, Proposal};
use store::quick_match::{Came, Undone};

use super::{ATTEMPTS, BUSY, Done, Moment, NO_COMPANY};
use crate::problem::Answer;
use crate::state::Which;

impl Moment<'_> {
    pub(super) async fn undo(&self, row: usize, next: usize) -> Done {
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
