//! Who belongs to whom, from the scores of all pairs that came into question.
//!
//! A pair is taken when it is clearly the best of its subject and, where a target takes one subject only, clearly the best
//! of its target. Taking one frees the others that hoped for it, so it goes on until nothing is clear any more. No pair
//! that is clear can spoil another one, hence the outcome does not depend on where one begins.

use std::cmp::Reverse;

/// A pair that came into question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) subject: u32,
    pub(super) target: u32,
    pub(super) rank: u32,
}

/// Less than what tells a name from the same name with another legal form, more than what tells two such names apart.
const LEAST_LEAD: u32 = 25;

/// By how much the best has to lead: the less sure it is itself, the more.
const fn lead(rank: u32) -> u32 {
    let doubt = 1_000_u32.saturating_sub(rank) / 4;
    if doubt > LEAST_LEAD { doubt } else { LEAST_LEAD }
}

/// Pairs by one of their ends, best first, and how far each list has been used up.
struct Side {
    pairs: Vec<Vec<u32>>,
    gone: Vec<bool>,
}

impl Side {
    fn new(pairs: &[Pair], end: impl Fn(&Pair) -> u32) -> Self {
        let ends = pairs.iter().map(|pair| end(pair) as usize + 1).max().unwrap_or(0);
        let mut side = Self { pairs: vec![Vec::new(); ends], gone: vec![false; ends] };
        for (at, pair) in (0..).zip(pairs) {
            side.pairs[end(pair) as usize].push(at);
        }
        for list in &mut side.pairs {
            list.sort_by_key(|at| Reverse(pairs[*at as usize].rank));
        }
        side
    }
}

/// Settles; returns for each subject that has one its pair, and the pairs that remain of the others, best first.
pub(super) fn settle(pairs: &[Pair], one_to_one: bool) -> (Vec<Pair>, Vec<Vec<Pair>>) {
    let mut subjects = Side::new(pairs, |pair| pair.subject);
    let mut targets = Side::new(pairs, |pair| pair.target);
    let mut taken = Vec::new();
    let mut look: Vec<u32> = (0..).take(subjects.pairs.len()).collect();
    while let Some(subject) = look.pop() {
        if subjects.gone[subject as usize] {
            continue;
        }
        let Some(best) =
            clear_best(pairs, &subjects.pairs[subject as usize], |pair| targets.gone[pair.target as usize])
        else {
            continue;
        };
        let pair = pairs[best as usize];
        if one_to_one {
            let rivals = &targets.pairs[pair.target as usize];
            if clear_best(pairs, rivals, |pair| subjects.gone[pair.subject as usize]) != Some(best) {
                continue;
            }
            targets.gone[pair.target as usize] = true;
            look.extend(rivals.iter().map(|rival| pairs[*rival as usize].subject));
        }
        subjects.gone[subject as usize] = true;
        taken.push(pair);
        // Those for whom this subject stood in the way.
        if one_to_one {
            for at in &subjects.pairs[subject as usize] {
                let rivals = &targets.pairs[pairs[*at as usize].target as usize];
                look.extend(rivals.iter().map(|rival| pairs[*rival as usize].subject));
            }
        }
    }
    taken.sort_by_key(|pair| pair.subject);
    let open = subjects.pairs.iter().enumerate().filter(|(subject, _)| !subjects.gone[*subject]);
    let left = open
        .map(|(_, list)| {
            let left = list.iter().map(|at| pairs[*at as usize]);
            left.filter(|pair| !targets.gone[pair.target as usize]).collect::<Vec<_>>()
        })
        .filter(|left| !left.is_empty())
        .collect();
    (taken, left)
}

/// The best pair of a list, if it leads the second clearly.
fn clear_best(pairs: &[Pair], list: &[u32], gone: impl Fn(&Pair) -> bool) -> Option<u32> {
    let mut left = list.iter().filter(|at| !gone(&pairs[**at as usize]));
    let best = *left.next()?;
    let rank = pairs[best as usize].rank;
    match left.next() {
        Some(second) if pairs[*second as usize].rank + lead(rank) > rank => None,
        _ => Some(best),
    }
}
