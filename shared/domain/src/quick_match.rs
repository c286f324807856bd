//! Quick match as it is kept: what was found for each connection, and what became of it.
//!
//! Proposals are kept in one row per connection, the best first. How many of a row have which score is known of each, so
//! any page of all rows together, and how long the list is, follow from counting alone: nothing is read to find it.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ConnectionId, ExternalId, QuickMatchId};
use crate::matching::{Evidence, LOWEST_SCORE};

/// How long proposals can be looked at and applied.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long what was applied can be undone.
pub const UNDO: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A vendor company, and the portal company that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The vendor's id.
    pub external_id: ExternalId,
    /// Its name at the vendor.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub company: Candidate,
}

/// A portal company that a vendor company may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id.
    pub company_id: CompanyId,
    /// Its name.
    pub company_name: String,
    /// From 40 to 100.
    pub score: u8,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
}

/// A vendor company that may be several portal companies, or whose one may be another's as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambiguity {
    /// The vendor's id.
    pub external_id: ExternalId,
    /// Its name at the vendor.
    pub name: String,
    /// What it may be, best first.
    pub candidates: Vec<Candidate>,
}

impl Ambiguity {
    /// The score of the best.
    pub fn score(&self) -> u8 {
        self.candidates.first().map_or(0, |best| best.score)
    }
}

/// How many entries of a row have which score, from [`LOWEST_SCORE`] to 100.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tally(Vec<u32>);

impl Tally {
    /// Counts scores; those below [`LOWEST_SCORE`] do not occur.
    pub fn of(scores: impl Iterator<Item = u8>) -> Self {
        let mut tally = vec![0; usize::from(100 - LOWEST_SCORE) + 1];
        for score in scores {
            if let Some(count) = score.checked_sub(LOWEST_SCORE).and_then(|step| tally.get_mut(usize::from(step))) {
                *count += 1;
            }
        }
        Self(tally)
    }

    /// How many have this score.
    pub fn at(&self, score: u8) -> usize {
        let count = score.checked_sub(LOWEST_SCORE).and_then(|step| self.0.get(usize::from(step)));
        count.map_or(0, |count| *count as usize)
    }

    /// How many have this score or a higher one.
    pub fn from(&self, score: u8) -> usize {
        (score..=100).map(|score| self.at(score)).sum()
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.from(LOWEST_SCORE)
    }
}

/// What was found for one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The connection.
    pub connection: ConnectionId,
    /// Vendor companies that were looked at: those that were not linked.
    pub unlinked: u32,
    /// The proposals, by score.
    pub proposals: Tally,
    /// What is ambiguous, by the score of the best.
    pub ambiguous: Tally,
}

/// A quick match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickMatch {
    /// Its id.
    pub id: QuickMatchId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Portal companies that were looked at.
    pub portal_companies: u32,
    /// A row for each connection.
    pub rows: Vec<Row>,
}

impl QuickMatch {
    /// Until when its proposals are kept.
    pub fn kept_until(&self) -> Timestamp {
        self.created_at.checked_add(KEPT).unwrap_or(Timestamp::MAX)
    }

    /// Until when all of it is there: what was begun at the last moment can be ended, and undone.
    pub fn whole_until(&self) -> Timestamp {
        self.created_at.checked_add(KEPT + UNDO).unwrap_or(Timestamp::MAX)
    }
}

/// Which entries of which row stand on a page of the list of all rows: by score, then by row, then by place in it.
///
/// A page is given by the entries before it and its length; entries below the threshold are not in the list.
pub fn page(rows: &[(usize, &Tally)], threshold: u8, page: Range<usize>) -> Vec<(usize, Range<usize>)> {
    let mut shown: Vec<(usize, Range<usize>)> = Vec::new();
    let mut passed = 0;
    let mut places = vec![0; rows.len()];
    for score in (threshold..=100).rev() {
        for ((row, tally), place) in rows.iter().zip(&mut places) {
            let count = tally.at(score);
            let begin = page.start.max(passed).min(passed + count);
            let end = page.end.max(passed).min(passed + count);
            if begin < end {
                shown.push((*row, *place + begin - passed..*place + end - passed));
            }
            passed += count;
            *place += count;
        }
    }
    shown
}

/// What a person chose to have applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is taken, before exceptions.
    pub accept: Accept,
    /// Proposals that are left out, by row and place; sorted.
    pub except: Vec<(usize, usize)>,
}

/// What is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// What a filter shows.
    Filtered {
        /// The least score.
        threshold: u8,
        /// Only this connection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connection: Option<ConnectionId>,
        /// Text that a name contains, in lower case; empty: any.
        search: String,
    },
    /// These, by row and place; sorted.
    Chosen(Vec<(usize, usize)>),
}

impl Proposal {
    /// Whether a name contains this text, which is in lower case.
    pub fn fits(&self, search: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(search);
        search.is_empty() || has(&self.name) || has(&self.company.company_name) || self.external_id.as_str() == search
    }
}

impl Ambiguity {
    /// Whether a name contains this text, which is in lower case.
    pub fn fits(&self, search: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(search);
        search.is_empty()
            || has(&self.name)
            || self.external_id.as_str() == search
            || self.candidates.iter().any(|candidate| has(&candidate.company_name))
    }
}

impl Choice {
    /// Places of a row that may have been chosen: all that have to be looked at.
    pub fn places(&self, row: usize, of: &Row) -> Range<usize> {
        match &self.accept {
            Accept::Filtered { threshold, connection, .. } => {
                let counts = connection.as_ref().is_none_or(|connection| *connection == of.connection);
                0..if counts { of.proposals.from(*threshold) } else { 0 }
            }
            Accept::Chosen(chosen) => {
                let begin = chosen.partition_point(|(other, _)| *other < row);
                let own = &chosen[begin..chosen.partition_point(|(other, _)| *other <= row)];
                own.first().map_or(0, |(_, place)| *place)..own.last().map_or(0, |(_, place)| place + 1)
            }
        }
    }

    /// Whether one of those places was chosen.
    pub fn takes(&self, row: usize, place: usize, proposal: &Proposal) -> bool {
        let taken = match &self.accept {
            Accept::Filtered { search, .. } => proposal.fits(search),
            Accept::Chosen(chosen) => chosen.binary_search(&(row, place)).is_ok(),
        };
        taken && self.except.binary_search(&(row, place)).is_err()
    }

    /// Whether how many it takes can only be told from the proposals themselves.
    pub fn searches(&self) -> bool {
        matches!(&self.accept, Accept::Filtered { search, .. } if !search.is_empty())
    }
}

/// How far applying, or undoing it, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuickMatchProgress)]
pub enum Progress {
    /// Each request for the result carries it on.
    Running,
    /// Nothing is left to do.
    Done,
}

/// How applying goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// How far it is.
    pub progress: Progress,
    /// Proposals that were chosen.
    pub total: u32,
    /// Links made.
    pub applied: u32,
    /// Links that could not be made.
    pub failed: u32,
    /// The next place to look at, of each row.
    pub next: Vec<usize>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// How undoing goes, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

impl Application {
    /// Until when it can be undone.
    pub fn undo_until(&self) -> Timestamp {
        self.done_at.unwrap_or(self.started_at).checked_add(UNDO).unwrap_or(Timestamp::MAX)
    }
}

/// How undoing goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// How far it is.
    pub progress: Progress,
    /// Links taken away.
    pub undone: u32,
    /// Links that were changed since, and stay.
    pub kept: u32,
    /// The next place to look at, of each row.
    pub next: Vec<usize>,
}

/// A proposal of which something came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The row that it stands in, and where.
    pub row: usize,
    /// Where in it.
    pub place: usize,
    /// What was proposed.
    pub proposal: Proposal,
    /// Why it was not linked, or not unlinked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_page_is_what_sorting_everything_would_give(
            rows in prop::collection::vec(prop::collection::vec(35..=100_u8, 0..40), 0..5),
            threshold in 40..=100_u8,
            begin in 0..120_usize,
            length in 0..60_usize,
        ) {
            let rows: Vec<Vec<u8>> = rows
                .into_iter()
                .map(|mut scores| {
                    scores.retain(|score| *score >= LOWEST_SCORE);
                    scores.sort_unstable_by(|one, other| other.cmp(one));
                    scores
                })
                .collect();
            let tallies: Vec<Tally> = rows.iter().map(|scores| Tally::of(scores.iter().copied())).collect();
            let counted: Vec<(usize, &Tally)> = tallies.iter().enumerate().collect();
            let shown: Vec<(usize, usize)> = page(&counted, threshold, begin..begin + length)
                .into_iter()
                .flat_map(|(row, places)| places.map(move |place| (row, place)))
                .collect();

            let mut all: Vec<(u8, usize, usize)> = Vec::new();
            for (row, scores) in rows.iter().enumerate() {
                all.extend(scores.iter().enumerate().map(|(place, score)| (*score, row, place)));
            }
            all.retain(|(score, ..)| *score >= threshold);
            all.sort_by_key(|(score, row, place)| (std::cmp::Reverse(*score), *row, *place));
            let expected: Vec<_> = all.iter().skip(begin).take(length).map(|(_, row, place)| (*row, *place)).collect();
            prop_assert_eq!(shown, expected);
            prop_assert_eq!(tallies.iter().map(|tally| tally.from(threshold)).sum::<usize>(), all.len());
        }
    }

    #[test]
    fn a_choice_takes_what_is_filtered_or_named_but_for_its_exceptions() {
        let proposal = |name: &str| Proposal {
            external_id: "1".into(),
            name: name.to_owned(),
            company: Candidate {
                company_id: "co".into(),
                company_name: name.to_owned(),
                score: 80,
                evidence: Vec::new(),
            },
        };
        let row = Row {
            connection: "psa".into(),
            unlinked: 5,
            proposals: Tally::of([90, 80, 80, 60].into_iter()),
            ambiguous: Tally::default(),
        };
        let filtered = |connection: &str| Choice {
            accept: Accept::Filtered { threshold: 70, connection: Some(connection.into()), search: "nor".to_owned() },
            except: vec![(0, 1)],
        };
        assert_eq!((filtered("psa").places(0, &row), filtered("rmm").places(0, &row)), (0..3, 0..0));
        let takes = |place, name| filtered("psa").takes(0, place, &proposal(name));
        assert_eq!((takes(0, "North"), takes(1, "North"), takes(2, "South")), (true, false, false));

        let chosen = Choice { accept: Accept::Chosen(vec![(0, 3), (2, 1), (2, 4)]), except: vec![(2, 4)] };
        assert_eq!((chosen.places(0, &row), chosen.places(1, &row), chosen.places(2, &row)), (3..4, 0..0, 1..5));
        let takes = |place| chosen.takes(2, place, &proposal("Any"));
        assert_eq!((takes(1), takes(2), takes(4)), (true, false, false));
    }
}
