//! Quick matches: what was found, packed, the best first; one partition each, of which nothing is shown after a
//! day unless it was applied, and which is gone after eight.
//!
//! Invariant: the head is written last, so a quick match that can be read is whole.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use domain::id::QuickMatchId;
use domain::quick_match::{Ambiguity, KEPT, Proposal, QuickMatch, UNDO};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{BatchWrite, Item};

mod application;

pub use application::{Applied, Came, Held, Undone};

/// Entries of a pack: some 25 KB, so a page of 50 reads a pack or two of each row.
const PACK: usize = 100;

const HEAD: &str = "HEAD";
const PROPOSALS: &str = "PROPOSED";
const AMBIGUOUS: &str = "AMBIGUOUS";

/// Time for what began at the last moment.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

impl TenantStore {
    /// Keeps what was found; a row for each of `found.rows`.
    pub async fn put_quick_match(
        &self,
        found: &QuickMatch,
        proposals: &[Vec<Proposal>],
        ambiguous: &[Vec<Ambiguity>],
    ) -> Result<()> {
        let mut packs = Vec::new();
        for (row, (proposals, ambiguous)) in proposals.iter().zip(ambiguous).enumerate() {
            self.pack(found, PROPOSALS, row, proposals, &mut packs)?;
            self.pack(found, AMBIGUOUS, row, ambiguous, &mut packs)?;
        }
        self.table.batch_write(packs).await?;
        let mut head = item::item(&self.keys.quick_match_item(&found.id, HEAD), found)?;
        expire(&mut head, found.created_at, KEPT + UNDO + GRACE);
        Ok(self.table.put(head, None).await?)
    }

    fn pack<T: Serialize>(
        &self,
        found: &QuickMatch,
        list: &str,
        row: usize,
        entries: &[T],
        packs: &mut Vec<BatchWrite>,
    ) -> Result<()> {
        for (number, entries) in entries.chunks(PACK).enumerate() {
            let mut pack = item::item(&self.keys.quick_match_entry(&found.id, list, row, number), &entries)?;
            // As long as the head: an application may be carried on until then, and reads them.
            expire(&mut pack, found.created_at, KEPT + UNDO + GRACE);
            packs.push(BatchWrite::Put(pack));
        }
        Ok(())
    }

    /// A quick match, while anything of it is kept.
    pub async fn quick_match(&self, id: &QuickMatchId) -> Result<Option<QuickMatch>> {
        self.table.get(self.keys.quick_match_item(id, HEAD)).await?.as_ref().map(item::body).transpose()
    }

    /// Proposals by row and places, in the order asked for, each with its row and place.
    pub async fn proposals(
        &self,
        id: &QuickMatchId,
        wanted: &[(usize, Range<usize>)],
    ) -> Result<Vec<(usize, usize, Proposal)>> {
        self.entries(id, PROPOSALS, wanted).await
    }

    /// Ambiguous vendor companies, likewise.
    pub async fn ambiguities(
        &self,
        id: &QuickMatchId,
        wanted: &[(usize, Range<usize>)],
    ) -> Result<Vec<(usize, usize, Ambiguity)>> {
        self.entries(id, AMBIGUOUS, wanted).await
    }

    async fn entries<T: DeserializeOwned>(
        &self,
        id: &QuickMatchId,
        list: &str,
        wanted: &[(usize, Range<usize>)],
    ) -> Result<Vec<(usize, usize, T)>> {
        let places = || wanted.iter().flat_map(|(row, places)| places.clone().map(move |place| (*row, place)));
        let packs: BTreeSet<(usize, usize)> = places().map(|(row, place)| (row, place / PACK)).collect();
        if packs.is_empty() {
            return Ok(Vec::new());
        }
        let keys: HashMap<String, (usize, usize)> = packs
            .into_iter()
            .map(|(row, number)| (self.keys.quick_match_entry(id, list, row, number).sk, (row, number)))
            .collect();
        let of = |sk: &String| self.keys.quick_match_item(id, sk);
        let mut found: HashMap<(usize, usize), T> = HashMap::new();
        for pack in self.table.batch_get(keys.keys().map(of).collect(), Vec::new()).await? {
            let Some((row, number)) = item::get_text(&pack, "sk").and_then(|sk| keys.get(sk)) else { continue };
            let entries: Vec<T> = item::body(&pack)?;
            found.extend((number * PACK..).zip(entries).map(|(place, entry)| ((*row, place), entry)));
        }
        Ok(places().filter_map(|(row, place)| Some((row, place, found.remove(&(row, place))?))).collect())
    }
}

fn expire(row: &mut Item, from: Timestamp, after: SignedDuration) {
    row.insert("expires_at".to_owned(), item::number(from.as_second() + after.as_secs()));
}
