//! How well whole lists are matched that nobody prepared the matcher for.

use super::generator::{Sample, sample};
use crate::matching::{Matcher, Profile, Rules, USUAL_THRESHOLD};

/// Precision and recall of what is proposed at the usual threshold, in thousandths.
fn quality(sample: &Sample) -> (usize, usize) {
    let profiles =
        |names: &[String]| names.iter().map(|name| Profile { name: name.clone(), ..Profile::default() }).collect();
    let (portal, vendor): (Vec<_>, Vec<_>) = (profiles(&sample.portal), profiles(&sample.vendor));
    let outcome = Matcher::new(portal).propose(&vendor, &Rules { one_to_one: true, ..Rules::default() });
    let sure = outcome.proposals.iter().filter(|proposal| proposal.candidate.score >= USUAL_THRESHOLD);
    let right: Vec<bool> =
        sure.map(|proposal| sample.truth[proposal.subject] == Some(proposal.candidate.target)).collect();
    let hits = right.iter().filter(|right| **right).count();
    (hits * 1_000 / right.len(), hits * 1_000 / sample.truth.iter().flatten().count())
}

#[test]
fn nearly_all_pairs_are_found_and_nearly_all_found_are_pairs() {
    for seed in 1..=3 {
        let (precision, recall) = quality(&sample(1_500, seed));
        let f1 = 2 * precision * recall / (precision + recall);
        assert!(f1 >= 965 && precision >= 980 && recall >= 950, "seed {seed}: {precision} {recall} {f1}");
    }
}
