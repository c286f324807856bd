//! Which company of one system is which of another: names, domains, phones, ids and device serials, weighed together.
//!
//! A [`Matcher`] is an inverted index over the companies to be found (the portal's). Subjects (a vendor's companies) are
//! looked up in it by their words, rare ones first, so nothing is compared with everything. Each pair that is met is scored
//! from 0 to 100 with its [`Evidence`]; [`Matcher::propose`] then settles who belongs to whom.
//!
//! What always holds:
//! - Nothing is guessed. A subject is proposed to a target only if no other target comes close, and, where a target takes one
//!   subject only, no other subject does either; the rest is reported as [`Ambiguous`].
//! - The outcome depends on what the companies are, not on the order in which they are given; sums are whole numbers, so
//!   not even rounding depends on it.
//! - A score is the same from both sides.
//!
//! `name` makes names comparable by the lists in `vocabulary`; `telling` does the same for domains, phones and serials;
//! `words` numbers and weighs words, `similar` says when two are one; `index` finds candidates, `score` judges a pair,
//! `settle` decides. `cargo bench -p domain` prints time, precision and recall.

mod chains;
mod index;
mod name;
mod score;
mod settle;
mod similar;
mod telling;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

pub use index::Matcher;
pub use name::{CompanyName, normalise};
pub use telling::{domain, phone, serial};

use crate::id::{ConnectorId, ExternalId};

/// The score from which on a pair is proposed unless a person says otherwise.
pub const USUAL_THRESHOLD: u8 = 70;
/// Below this nothing is said of a pair.
pub const LOWEST_SCORE: u8 = 40;

/// What is known of a company, on either side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name as written.
    pub name: String,
    /// Web and e-mail domains; those that anybody may have an address at are passed over.
    pub domains: Vec<String>,
    /// Telephone number as written.
    pub phone: Option<String>,
    /// Ids by which systems know it: its own, those it is linked to, those that it carries of other systems.
    pub ids: BTreeSet<(ConnectorId, ExternalId)>,
    /// Serial numbers of its devices; those that makers leave blank are passed over.
    pub serials: Vec<String>,
}

/// What speaks for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Both are known by one id of some system.
    PsaId,
    /// A domain of their own.
    Domain,
    /// The name.
    Name,
    /// The telephone number.
    Phone,
    /// Devices with the same serial number.
    Serials,
}

/// One thing that speaks for a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// What kind of thing.
    pub kind: EvidenceKind,
    /// In words: "same name", "contoso.com".
    pub detail: String,
}

/// A target that a subject may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in what the matcher was made of.
    pub target: usize,
    /// From [`LOWEST_SCORE`] to 100.
    pub score: u8,
    /// What speaks for it, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A subject with the one target that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its place in what was looked up.
    pub subject: usize,
    /// What it is.
    pub candidate: Candidate,
}

/// A subject that may be several targets, or whose one target may as well be another subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// Its place in what was looked up.
    pub subject: usize,
    /// The best few, best first.
    pub candidates: Vec<Candidate>,
}

/// Who belongs to whom, by place of the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Those that are clear, whatever their score.
    pub proposals: Vec<Proposal>,
    /// Those that are not.
    pub ambiguous: Vec<Ambiguous>,
}

/// What a target takes.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// A target takes one subject at most. Otherwise several (sites of one customer), each on its own merit.
    pub one_to_one: bool,
    /// Targets that take none.
    pub closed: HashSet<usize>,
}
