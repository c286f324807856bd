//! Several vendors in one tenant: what one PSA seeds must not be mistaken for what another does, and what everybody else
//! seeds must be found at one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::matching::{Matcher, Profile, Rules, USUAL_THRESHOLD};
use serde_json::Value;
use simulators::Setup;

/// Lists of companies and the fields of their names, of whatever vendor.
const COMPANIES: [&str; 3] = ["clients", "companies", "customers"];
const NAMES: [&str; 4] = ["name", "companyName", "business_name", "business_and_full_name"];

/// Every text in a dump.
fn texts<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => {
            found.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

/// Domains of e-mail addresses, and names of companies.
fn marks(dump: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    texts(dump, &mut all);
    let domain = |text: &&str| text.split_once('@').map(|(_, domain)| domain.trim().to_lowercase());
    let domains = all.iter().filter(|text| !text.contains([' ', '/'])).filter_map(domain);
    let rows = COMPANIES.iter().filter_map(|list| dump[*list].as_array()).flatten();
    let names = rows.flat_map(|row| NAMES.iter().filter_map(|field| row[*field].as_str()));
    domains.chain(names.map(|name| name.trim().to_lowercase())).filter(|mark| mark != "unknown").collect()
}

#[test]
fn no_two_psas_share_a_company_name_or_a_mail_domain() {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    // An RMM, a cloud or a biller has the customers of a PSA: those are to be recognised.
    let is_psa = |id: &str| catalog::by_id(id).is_some_and(|connector| connector.descriptor().has_one_company_each());
    for simulator in simulators::all().iter().filter(|simulator| is_psa(simulator.id)) {
        let clock: simulators::Clock = Arc::new(|| "2026-03-02T09:00:00Z".parse().unwrap());
        let dump = simulator.build(&Setup { scale: 600, seed: 1, clock }).dump();
        let marks = marks(&dump);
        assert!(marks.len() > 25, "{}: its companies were not found", simulator.id);
        for mark in marks {
            let owner = owners.entry(mark.clone()).or_insert(simulator.id);
            assert_eq!(*owner, simulator.id, "both have {mark:?}");
        }
    }
}

/// Names and mail domains of a simulator's companies.
fn companies(id: &str, lists: &[&str], names: &[&str]) -> Vec<Profile> {
    let clock: simulators::Clock = Arc::new(|| "2026-03-02T09:00:00Z".parse().unwrap());
    let dump = simulators::by_id(id).unwrap().build(&Setup { scale: 600, seed: 1, clock }).dump();
    let rows = lists.iter().filter_map(|list| dump[*list].as_array()).flatten();
    let text = |row: &Value, field: &str| row[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mail = |text: String| text.split_once('@').map(|(_, domain)| domain.to_owned());
    rows.map(|row| Profile {
        name: names.iter().find_map(|field| text(row, field)).unwrap_or_default(),
        domains: ["email", "accountsemailaddress"]
            .iter()
            .find_map(|field| mail(text(row, field)?))
            .or_else(|| text(row, "defaultDomainName"))
            .into_iter()
            .collect(),
        ..Profile::default()
    })
    .collect()
}

#[test]
fn the_cloud_and_the_biller_have_the_customers_of_a_psa_and_some_of_their_own() {
    let matcher = Matcher::new(companies("halo-psa", &["clients"], &["name"]));
    for (id, names) in [("stripe", ["name", "business_name", "email"]), ("microsoft-365", ["displayName"; 3])] {
        let own = companies(id, &["customers"], &names);
        let proposals = matcher.propose(&own, &Rules::default()).proposals;
        let found = proposals.iter().filter(|proposal| proposal.candidate.score >= USUAL_THRESHOLD).count();
        assert!(found * 2 > own.len(), "{id}: only {found} of {} resemble a company of the PSA", own.len());
        assert!(found < own.len(), "{id}: nobody else than the PSA's");
    }
}
