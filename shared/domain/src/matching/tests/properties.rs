//! What holds for any names.

use proptest::prelude::*;

use crate::matching::{Matcher, Profile, Proposal, Rules, normalise};

const ONE_TO_ONE: fn() -> Rules = || Rules { one_to_one: true, ..Rules::default() };

fn named(name: &str) -> Profile {
    Profile { name: name.to_owned(), ..Profile::default() }
}

/// Names of few words, so that many resemble each other.
fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "Contoso", "Contosso", "Northwind", "North", "Wind", "Harper", "Harpers", "Müller", "Mueller", "Dental", "Dent",
            "Group", "Grp", "Services", "Svcs", "International", "Intl", "A", "B", "&", "and", "J.", "Ltd", "GmbH", "12",
            "ABC", "株式会社", "SpA",
        ])
        .prop_map(str::to_owned),
        1 => "[a-z]{1,6}",
    ];
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

fn profile() -> impl Strategy<Value = Profile> {
    let domain = prop::sample::select(vec!["a.example", "www.a.example", "b.example", "gmail.com", "nonsense"]);
    let phone = prop::option::of(prop::sample::select(vec!["020 7946 0958", "+44 2079460958", "1", "555-0173-221"]));
    let id = (prop::sample::select(vec!["x", "y"]), 0..3_u8);
    let serial = prop::sample::select(vec!["PF1234X", "CN778812", "None"]);
    let lists = (
        prop::collection::vec(domain, 0..2),
        prop::collection::btree_set(id, 0..2),
        prop::collection::vec(serial, 0..3),
    );
    (name(), phone, lists).prop_map(|(name, phone, (domains, ids, serials))| Profile {
        name,
        phone: phone.map(str::to_owned),
        domains: domains.into_iter().map(str::to_owned).collect(),
        ids: ids.into_iter().map(|(system, id)| (system.into(), id.to_string().as_str().into())).collect(),
        serials: serials.into_iter().map(str::to_owned).collect(),
    })
}

/// The proposals by what they are of, in an order of their own.
fn by_content(proposals: &[Proposal], subjects: &[Profile], targets: &[Profile]) -> Vec<String> {
    let told = |proposal: &Proposal| {
        let (subject, target) = (&subjects[proposal.subject], &targets[proposal.candidate.target]);
        format!("{subject:?} {target:?} {}", proposal.candidate.score)
    };
    let mut all: Vec<_> = proposals.iter().map(told).collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn any_text_has_a_comparable_form_that_is_its_own(text in any::<String>()) {
        let once = normalise(&text);
        prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "), "{once:?}");
        prop_assert_eq!(normalise(&text), once);
    }

    #[test]
    fn any_texts_are_matched(portal in prop::collection::vec(any::<String>(), 0..8), vendor in any::<String>()) {
        let matcher = Matcher::new(portal.iter().map(|name| named(name)).collect());
        matcher.propose(&[named(&vendor)], &ONE_TO_ONE());
    }

    #[test]
    fn a_score_is_the_same_from_both_sides(one in profile(), other in profile()) {
        let score = |one: &Profile, other: &Profile| {
            Matcher::new(vec![other.clone()]).best(std::slice::from_ref(one)).remove(0).map(|best| best.score)
        };
        prop_assert_eq!(score(&one, &other), score(&other, &one));
    }

    #[test]
    fn the_outcome_does_not_depend_on_the_order(
        targets in prop::collection::vec(profile(), 0..12),
        subjects in prop::collection::vec(profile(), 0..12),
        turn in 0..12_usize,
        one_to_one: bool,
    ) {
        let rules = Rules { one_to_one, ..Rules::default() };
        let outcome = Matcher::new(targets.clone()).propose(&subjects, &rules);
        let (mut turned_targets, mut turned_subjects) = (targets.clone(), subjects.clone());
        turned_targets.rotate_left(turn.min(targets.len()));
        turned_subjects.reverse();
        turned_subjects.rotate_left(turn.min(subjects.len()));
        let again = Matcher::new(turned_targets.clone()).propose(&turned_subjects, &rules);
        prop_assert_eq!(
            by_content(&outcome.proposals, &subjects, &targets),
            by_content(&again.proposals, &turned_subjects, &turned_targets)
        );
        prop_assert_eq!(outcome.ambiguous.len(), again.ambiguous.len());
    }

    #[test]
    fn nobody_is_proposed_twice(
        targets in prop::collection::vec(profile(), 0..12),
        subjects in prop::collection::vec(profile(), 0..12),
        one_to_one: bool,
    ) {
        let outcome = Matcher::new(targets).propose(&subjects, &Rules { one_to_one, ..Rules::default() });
        let told = outcome.proposals.iter().map(|proposal| proposal.subject);
        let mut subjects: Vec<_> = told.chain(outcome.ambiguous.iter().map(|ambiguous| ambiguous.subject)).collect();
        let all = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        prop_assert_eq!(subjects.len(), all);
        if one_to_one {
            let mut targets: Vec<_> = outcome.proposals.iter().map(|proposal| proposal.candidate.target).collect();
            targets.sort_unstable();
            targets.dedup();
            prop_assert_eq!(targets.len(), outcome.proposals.len());
        }
    }
}
