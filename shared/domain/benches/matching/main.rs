//! How fast and how well lists of names are matched: `cargo bench -p domain`.
//!
//! Prints for lists of 1,000, 5,000 and 10,000 names on either side the time of making the index and of matching, the least
//! of several rounds, and precision, recall and F1 at the usual threshold. Targets: 10,000 within 200 ms on one core, F1 at
//! least 0.965.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails by a panic")]

mod generator;

use std::time::Instant;

use domain::matching::{Matcher, Outcome, Profile, Rules, USUAL_THRESHOLD};
use generator::Sample;

const ROUNDS: usize = 9;
const TARGET_MS: f64 = 200.0;
const TARGET_F1: f64 = 0.965;

fn main() {
    for size in [1_000, 5_000, 10_000] {
        let sample = generator::sample(size, 1);
        let (mut times, mut index_times) = (Vec::new(), Vec::new());
        let mut outcome = Outcome::default();
        for _ in 0..ROUNDS {
            let (portal, vendor) = (profiles(&sample.portal), profiles(&sample.vendor));
            let start = Instant::now();
            let matcher = Matcher::new(portal);
            index_times.push(start.elapsed().as_secs_f64() * 1_000.0);
            outcome = matcher.propose(&vendor, &Rules { one_to_one: true, ..Rules::default() });
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
        }
        let (precision, recall) = quality(&sample, &outcome);
        let f1 = 2.0 * precision * recall / (precision + recall);
        println!(
            "{size:>6} x {size:<6} {:>6.1} ms, of which {:>5.1} ms the index; precision {precision:.4}, recall {recall:.4}, \
             F1 {f1:.4}; {} ambiguous",
            least(&times),
            least(&index_times),
            outcome.ambiguous.len(),
        );
        if size == 10_000 {
            let met = |met: bool| if met { "met" } else { "missed" };
            println!("  target {TARGET_MS} ms: {}", met(least(&times) <= TARGET_MS));
            println!("  target F1 {TARGET_F1}: {}", met(f1 >= TARGET_F1));
        }
    }
}

fn profiles(names: &[String]) -> Vec<Profile> {
    names.iter().map(|name| Profile { name: name.clone(), ..Profile::default() }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "thousands of names")]
fn quality(sample: &Sample, outcome: &Outcome) -> (f64, f64) {
    let sure = outcome.proposals.iter().filter(|proposal| proposal.candidate.score >= USUAL_THRESHOLD);
    let (mut right, mut all) = (0, 0);
    for proposal in sure {
        all += 1;
        right += usize::from(sample.truth[proposal.subject] == Some(proposal.candidate.target));
    }
    let true_pairs = sample.truth.iter().flatten().count();
    (right as f64 / f64::from(all), right as f64 / true_pairs as f64)
}

/// The least: what else the machine does can only add to it.
fn least(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}
