//! Duplicates: things that share what only one of them should have.
//!
//! Invariant: a group's value does not depend on the order in which things are given, so it names the group for as long as
//! it exists.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::matching::{domain, normalise};

/// Things that may be one, at most. A value that more of them share is a placeholder and tells nothing.
const MOST_MEMBERS: usize = 500;

/// What the members of a group share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharedBy {
    /// Their name, without case, punctuation and legal form.
    Name,
    /// A domain of their own.
    Domain,
    /// An e-mail address.
    Email,
    /// A serial number.
    Serial,
}

/// Things that are likely one, by their places in what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What kind of thing they share.
    pub by: SharedBy,
    /// What they share, in comparable form.
    pub value: String,
    /// Two or more.
    pub members: Vec<usize>,
}

/// What a company is told by.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its name as written.
    pub name: &'a str,
    /// Web and e-mail domains.
    pub domains: &'a [String],
}

/// Companies of one name or of one domain, by value. A domain shared by companies of one name adds nothing.
pub fn companies<'a>(companies: impl IntoIterator<Item = Told<'a>>) -> Vec<Group> {
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut domains: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (place, company) in companies.into_iter().enumerate() {
        names.entry(normalise(company.name)).or_default().push(place);
        for own in company.domains.iter().filter_map(|given| domain(given)) {
            domains.entry(own).or_default().insert(place);
        }
    }
    names.remove("");
    let mut groups = groups(SharedBy::Name, names);
    let same: BTreeSet<Vec<usize>> = groups.iter().map(|group| group.members.clone()).collect();
    let domains = domains.into_iter().map(|(domain, members)| (domain, members.into_iter().collect::<Vec<_>>()));
    groups.extend(self::groups(SharedBy::Domain, domains.filter(|(_, members)| !same.contains(members))));
    groups
}

/// Things with one value of a kind, by value.
pub fn sharing(by: SharedBy, values: impl IntoIterator<Item = Option<String>>) -> Vec<Group> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, value) in values.into_iter().enumerate() {
        if let Some(value) = value {
            places.entry(value).or_default().push(place);
        }
    }
    groups(by, places)
}

fn groups(by: SharedBy, places: impl IntoIterator<Item = (String, Vec<usize>)>) -> Vec<Group> {
    let several = places.into_iter().filter(|(_, members)| (2..=MOST_MEMBERS).contains(&members.len()));
    several.map(|(value, members)| Group { by, value, members }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(given: &[(&str, &[&str])]) -> Vec<(SharedBy, String, Vec<usize>)> {
        let domains: Vec<Vec<String>> =
            given.iter().map(|(_, domains)| domains.iter().map(|domain| (*domain).to_owned()).collect()).collect();
        let told = given.iter().zip(&domains).map(|((name, _), domains)| Told { name, domains });
        companies(told).into_iter().map(|group| (group.by, group.value, group.members)).collect()
    }

    #[test]
    fn companies_of_one_name_or_one_domain_are_found() {
        let given: [(&str, &[&str]); 5] = [
            ("Harbour Ltd", &["harbour.example"]),
            ("HARBOUR", &[]),
            ("Harbour Holdings", &["harbour.example"]),
            ("Quay", &["quay.example"]),
            ("", &[]),
        ];
        assert_eq!(
            found(&given),
            [
                (SharedBy::Name, "harbour".to_owned(), vec![0, 1]),
                (SharedBy::Domain, "harbour.example".to_owned(), vec![0, 2]),
            ]
        );
    }

    #[test]
    fn what_is_shared_twice_over_is_told_once_and_mail_providers_not_at_all() {
        let given: [(&str, &[&str]); 4] = [
            ("Harbour Ltd", &["harbour.example"]),
            ("Harbour", &["harbour.example"]),
            ("Quay", &["gmail.com"]),
            ("Pier", &["gmail.com"]),
        ];
        assert_eq!(found(&given), [(SharedBy::Name, "harbour".to_owned(), vec![0, 1])]);
    }

    #[test]
    fn what_hundreds_share_is_a_placeholder() {
        let values = |many: usize| std::iter::repeat_n(Some("SN12345".to_owned()), many);
        assert_eq!(sharing(SharedBy::Serial, values(500)).len(), 1);
        assert_eq!(sharing(SharedBy::Serial, values(501)), []);
    }

    #[test]
    fn values_that_one_thing_has_alone_are_no_duplicates() {
        let values = ["ann@x.example", "", "ann@x.example", "ben@x.example"];
        let values = values.map(|value| Some(value.to_owned()).filter(|value| !value.is_empty()));
        let group = Group { by: SharedBy::Email, value: "ann@x.example".to_owned(), members: vec![0, 2] };
        assert_eq!(sharing(SharedBy::Email, values), [group]);
    }
}
