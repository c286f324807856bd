//! Records that are over: where a vendor lists only what goes on, to leave the list is no sign of being gone.
//!
//! Invariants: each is read once more by itself and then left alone, however often its list is read; nothing is buried that a
//! direct read finds. Many at once ask no person, because nothing is lost by it.

use std::collections::BTreeSet;
use std::time::Duration;

use connector::{Feed, Mapped};
use domain::id::ExternalId;
use store::feeds::{Missed, Missing};
use store::records::MirrorRecord;

use crate::apply::Completing;
use crate::burial::AT_ONCE;
use crate::burial::GONE;
use crate::rows;
use crate::slice::{Slice, Stop};

impl Slice<'_> {
    /// Reads what has left its list and went on when it was last seen, and gives what still does: the next pass looks for it
    /// again. A slice that ends in between goes on with those that are left, as the mirror tells who has been read.
    pub(crate) async fn look_after(
        &mut self,
        feed: &'static Feed,
        unlisted: &BTreeSet<ExternalId>,
    ) -> Result<Missing, Stop> {
        let mut still = Missing::new();
        let unlisted: Vec<&ExternalId> = unlisted.iter().collect();
        let at_once = usize::try_from(self.descriptor().limits.concurrency).unwrap_or(1).max(1);
        for some in unlisted.chunks(AT_ONCE) {
            let found = self.store.records(&self.connection, feed.produces, some.iter().copied()).await?;
            let went_on = |record: &&MirrorRecord| record.live().is_some_and(|data| !data.is_over());
            let asked: Vec<&ExternalId> = found.iter().filter(went_on).map(|record| &record.external_id).collect();
            // What was answered is kept before more is asked: an allowance that ends in between costs no answer.
            for few in asked.chunks(at_once) {
                if self.out_of_time() {
                    return Err(Stop::Later(Duration::ZERO));
                }
                self.settle(feed, few, &mut still).await?;
            }
        }
        Ok(still)
    }

    async fn settle(&mut self, feed: &'static Feed, asked: &[&ExternalId], still: &mut Missing) -> Result<(), Stop> {
        let (mut there, mut gone) = (Vec::new(), BTreeSet::new());
        let answers = self.ask_for(feed, asked).await?;
        // Who could not be read may go on, and is looked for again.
        let unread = asked.iter().filter(|id| !answers.contains_key(**id));
        still.extend(unread.map(|id| ((*id).clone(), Missed::default())));
        for (id, answer) in answers {
            let Some(mapped) = answer else {
                gone.insert(id);
                continue;
            };
            let settled = match &mapped {
                Mapped::Record(record) => record.data.is_over(),
                Mapped::Skipped { .. } => true,
                Mapped::Malformed { .. } => false,
            };
            if !settled {
                still.insert(id, Missed::default());
            }
            there.push(mapped);
        }
        let rows = rows::hash(there, self.descriptor().map_version);
        self.apply(feed, rows, |_| true, Completing::Changed).await?;
        self.bury(feed, &gone, GONE).await?;
        Ok(())
    }
}
