//! What speaks for a pair and what against it, company by company.

use crate::matching::{Candidate, Evidence, EvidenceKind, Matcher, Outcome, Profile, Rules};

fn named(name: &str) -> Profile {
    Profile { name: name.to_owned(), ..Profile::default() }
}

fn with_domain(name: &str, domain: &str) -> Profile {
    Profile { domains: vec![domain.to_owned()], ..named(name) }
}

fn with_id(name: &str, system: &str, id: &str) -> Profile {
    Profile { ids: [(system.into(), id.into())].into(), ..named(name) }
}

fn one_to_one() -> Rules {
    Rules { one_to_one: true, ..Rules::default() }
}

fn best(one: &Profile, other: &Profile) -> Option<Candidate> {
    Matcher::new(vec![other.clone()]).best(std::slice::from_ref(one)).remove(0)
}

fn score(one: &Profile, other: &Profile) -> u8 {
    best(one, other).map_or(0, |best| best.score)
}

fn names(one: &str, other: &str) -> u8 {
    score(&named(one), &named(other))
}

/// Subject and target of each proposal.
fn settled(outcome: &Outcome) -> Vec<(usize, usize)> {
    outcome.proposals.iter().map(|proposal| (proposal.subject, proposal.candidate.target)).collect()
}

fn unsettled(outcome: &Outcome) -> Vec<(usize, Vec<usize>)> {
    let candidates = |candidates: &[Candidate]| candidates.iter().map(|candidate| candidate.target).collect();
    outcome.ambiguous.iter().map(|ambiguous| (ambiguous.subject, candidates(&ambiguous.candidates))).collect()
}

#[test]
fn a_common_word_meets_its_rare_abbreviation_from_either_side() {
    assert_eq!((names("Dental", "Dent"), names("Dent", "Dental")), (85, 85));
}

#[test]
fn one_company_in_two_spellings_is_proposed() {
    for (one, other) in [
        ("Northwind Traders", "Northwind Traders"),
        ("Northwind Traders Ltd", "NORTHWIND TRADERS GmbH"),
        ("Northwind Traders", "Nortwhind Traders"),
        ("Northwind Traders", "North Wind Traders"),
        ("Northwind Traders", "Traders, Northwind"),
        ("Harper Property Management", "Harper Property Mgmt"),
        ("Harper Consulting", "Harper Cnsltg"),
        ("James Porter Electric", "J. Porter Electric"),
        ("Müller Maschinenbau", "Mueller Maschinenbau"),
        ("Fabrikam", "Fabrikam Group"),
    ] {
        assert!(names(one, other) >= 70, "{one} | {other}: {}", names(one, other));
        assert_eq!(names(one, other), names(other, one), "{one} | {other}");
    }
    assert_eq!(names("Northwind Traders Ltd", "northwind traders limited"), 100);
}

#[test]
fn two_companies_with_words_in_common_are_not() {
    for (one, other) in [
        ("Northwind Traders", "Southwind Traders"),
        ("Harper Plumbing", "Hooper Plumbing"),
        ("Harper Plumbing", "Harper Legal"),
        ("Northwind Dental Care", "Northwind Legal Services"),
        ("Contoso Store 101", "Contoso Store 102"),
        ("Contoso North", "Contoso South"),
        ("International Business Machines", "IBM"),
        ("Dental Care", "Dental Services"),
    ] {
        assert!(names(one, other) < 70, "{one} | {other}: {}", names(one, other));
    }
}

#[test]
fn a_domain_says_more_than_a_name() {
    let (one, other) =
        (with_domain("Contoso IT", "www.contoso.com"), with_domain("Brightwell Partners", "contoso.com"));
    let best = best(&one, &other).unwrap();
    assert_eq!(best.evidence, [Evidence { kind: EvidenceKind::Domain, detail: "contoso.com".to_owned() }]);
    assert!(best.score >= 85, "{best:?}");
    let free = (with_domain("Contoso IT", "gmail.com"), with_domain("Brightwell Partners", "gmail.com"));
    assert_eq!(score(&free.0, &free.1), 0);
}

#[test]
fn of_two_namesakes_the_one_of_the_domain_is_meant() {
    let targets = vec![
        with_domain("Smith Dental", "smith-austin.example"),
        with_domain("Smith Dental", "smith-boston.example"),
        named("Smith Dental"),
    ];
    let outcome = Matcher::new(targets).propose(&[with_domain("Smith Dental", "smith-boston.example")], &one_to_one());
    assert_eq!(settled(&outcome), [(0, 1)]);
    let evidence: Vec<_> = outcome.proposals[0].candidate.evidence.iter().map(|evidence| evidence.kind).collect();
    assert_eq!(evidence, [EvidenceKind::Domain, EvidenceKind::Name]);
}

#[test]
fn the_id_of_another_system_decides_for_and_against() {
    let targets = vec![with_id("Contoso", "psa", "5"), with_id("Contoso Branch Office", "psa", "7"), named("Contoso")];
    let outcome = Matcher::new(targets).propose(&[with_id("Contoso", "psa", "7")], &one_to_one());
    assert_eq!(settled(&outcome), [(0, 1)]);
    let proposed = &outcome.proposals[0].candidate;
    assert_eq!(proposed.evidence[0], Evidence { kind: EvidenceKind::PsaId, detail: "psa 7".to_owned() });
    assert!(score(&with_id("Contoso", "psa", "5"), &with_id("Contoso", "psa", "7")) < 70);
}

#[test]
fn telephone_and_serials_add_to_a_name_that_is_not_enough() {
    let profile = |name: &str| Profile {
        phone: Some("+44 20 7946 0958".to_owned()),
        serials: vec!["PF-1234X".to_owned(), "Default string".to_owned(), "CN778812".to_owned()],
        ..named(name)
    };
    let (one, other) = (profile("Brightwell"), profile("Contoso"));
    let best = best(&one, &other).unwrap();
    let told: Vec<_> = best.evidence.iter().map(|evidence| (evidence.kind, evidence.detail.as_str())).collect();
    assert_eq!(told, [(EvidenceKind::Serials, "2 devices"), (EvidenceKind::Phone, "+44 20 7946 0958")]);
    let phone_alone = |name| Profile { serials: Vec::new(), ..profile(name) };
    assert!(score(&phone_alone("Brightwell"), &phone_alone("Contoso")) < 70);
    let by_name = names("Brightwell Legal", "Brightwell Dental");
    let by_both = score(&phone_alone("Brightwell Legal"), &phone_alone("Brightwell Dental"));
    assert!(by_name < 70 && by_both >= 70, "{by_name} {by_both}");
}

#[test]
fn what_cannot_be_told_apart_is_not_guessed() {
    let twins = Matcher::new(vec![named("Contoso"), named("Contoso Ltd"), named("Fabrikam")]);
    let outcome = twins.propose(&[named("Contoso GmbH"), named("Fabrikam")], &one_to_one());
    assert_eq!(settled(&outcome), [(1, 2)]);
    assert_eq!(unsettled(&outcome), [(0, vec![0, 1])]);

    let outcome = Matcher::new(vec![named("Contoso")]).propose(&[named("Contoso"), named("Contoso")], &one_to_one());
    assert_eq!(settled(&outcome), []);
    assert_eq!(unsettled(&outcome), [(0, vec![0]), (1, vec![0])]);
}

#[test]
fn whoever_is_settled_frees_the_others() {
    let targets = vec![named("Contoso Dental"), named("Contoso Dental Group")];
    let subjects = [named("Contoso Dental Group"), named("Contoso Dental")];
    let outcome = Matcher::new(targets).propose(&subjects, &one_to_one());
    assert_eq!(settled(&outcome), [(0, 1), (1, 0)]);
}

#[test]
fn sites_of_one_customer_may_all_be_it() {
    let customer = || vec![with_domain("Contoso", "contoso.com")];
    let sites = [with_domain("Contoso", "contoso.com"), with_domain("Contoso Group", "contoso.com")];
    let several = Matcher::new(customer()).propose(&sites, &Rules::default());
    assert_eq!(settled(&several), [(0, 0), (1, 0)]);
    let one = Matcher::new(customer()).propose(&sites, &one_to_one());
    assert_eq!(settled(&one), [(0, 0)]);
}

#[test]
fn a_target_that_is_closed_takes_none() {
    let rules = Rules { closed: [0].into(), ..one_to_one() };
    let outcome = Matcher::new(vec![named("Contoso")]).propose(&[named("Contoso")], &rules);
    assert_eq!(outcome, Outcome::default());
}
