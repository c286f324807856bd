//! Finding proposals: the portal's companies and the vendors' mirrored ones, read at once, then matched connection by
//! connection.
//!
//! A portal company is looked for by what its linked vendor companies are known by, too: their domains and telephone
//! numbers, and the ids that vendors carry of each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::id::{ConnectionId, ConnectorId, ExternalId, QuickMatchId};
use domain::matching::{self, Matcher, Profile, Rules, USUAL_THRESHOLD};
use domain::portal::PortalCompany;
use domain::quick_match::{Ambiguity, Candidate, Proposal, QuickMatch, Row, Tally};
use domain::record::Company;
use futures::future::{try_join, try_join_all};
use store::TenantStore;
use tokio::task::{JoinError, spawn_blocking};

use crate::problem::{Answer, FieldError, Problem};
use crate::state::{AppState, Which};
use crate::v1::links::has_room;
use crate::v1::vendor_companies::has_companies;

/// Companies of one vendor that are looked at.
const MOST_COMPANIES: u32 = 50_000;

/// What each unlinked company of one vendor most likely is, as quick match would propose it.
pub(in crate::v1) async fn suggest(
    state: &AppState,
    which: &Which,
    vendors: Vec<(ExternalId, Company)>,
    blocked: impl IntoIterator<Item = ExternalId>,
    companies: Vec<PortalCompany>,
) -> Answer<HashMap<ExternalId, Candidate>> {
    let mut sources: Vec<Source> = state.descriptors().map(Which::of).map(Source::unread).collect();
    let blocked = blocked.into_iter().collect();
    sources.retain(|source| source.which.connection != which.connection);
    sources.push(Source { which: which.clone(), chosen: true, companies: vendors, blocked });
    let proposals = match_all(companies, sources).await?.into_iter().flat_map(|matched| matched.proposals);
    let likely = proposals.filter(|proposal| proposal.company.score >= USUAL_THRESHOLD);
    Ok(likely.map(|proposal| (proposal.external_id, proposal.company)).collect())
}

/// A connection with its companies.
struct Source {
    which: Which,
    /// It was asked for; otherwise it only tells what its companies are known by.
    chosen: bool,
    companies: Vec<(ExternalId, Company)>,
    blocked: HashSet<ExternalId>,
}

impl Source {
    /// One that only names its connector.
    fn unread(which: Which) -> Self {
        Self { which, chosen: false, companies: Vec::new(), blocked: HashSet::new() }
    }
}

/// Finds, and keeps what was found.
pub(super) async fn find(
    state: &AppState,
    store: &TenantStore,
    id: QuickMatchId,
    connectors: Option<&[String]>,
) -> Answer<QuickMatch> {
    let chosen = chosen(state, connectors)?;
    let all: Vec<Which> = state.descriptors().filter(|descriptor| has_companies(descriptor)).map(Which::of).collect();
    let settings = store.settings(all.iter().map(|which| &which.connection)).await?;
    let is_open = |which: &Which| settings.get(&which.connection).is_none_or(|settings| !settings.closed());
    let sources = try_join_all(all.into_iter().filter(is_open).map(|which| {
        let chosen = chosen.contains(&which.connector);
        source(store, which, chosen)
    }));
    let companies = async { Ok::<_, Problem>(store.all_companies().await?) };
    let (sources, companies) = try_join(sources, companies).await?;
    let sources: Vec<Source> = sources.into_iter().flatten().collect();
    let created_at = state.now();
    let portal_companies = u32::try_from(companies.len()).unwrap_or(u32::MAX);
    let matched = match_all(companies, sources).await?;
    let mut found = QuickMatch { id, created_at, portal_companies, rows: Vec::new() };
    let (mut proposals, mut ambiguous) = (Vec::new(), Vec::new());
    for of_one in matched {
        found.rows.push(Row {
            connection: of_one.connection,
            unlinked: of_one.unlinked,
            proposals: Tally::of(of_one.proposals.iter().map(|proposal| proposal.company.score)),
            ambiguous: Tally::of(of_one.ambiguous.iter().map(Ambiguity::score)),
        });
        proposals.push(of_one.proposals);
        ambiguous.push(of_one.ambiguous);
    }
    store.put_quick_match(&found, &proposals, &ambiguous).await?;
    Ok(found)
}

fn chosen(state: &AppState, connectors: Option<&[String]>) -> Answer<HashSet<ConnectorId>> {
    let known = |id: &str| state.descriptors().find(|descriptor| descriptor.id == id && has_companies(descriptor));
    let Some(connectors) = connectors else {
        let all = state.descriptors().filter(|descriptor| has_companies(descriptor));
        return Ok(all.map(|descriptor| descriptor.id.into()).collect());
    };
    if connectors.is_empty() || connectors.len() > 20 {
        return Err(Problem::field("/connectors", "Between 1 and 20 connectors; leave it out for all."));
    }
    let mut chosen = HashSet::new();
    let mut errors = Vec::new();
    for (at, id) in connectors.iter().enumerate() {
        if known(id).is_none() {
            errors
                .push(FieldError::new(format!("/connectors/{at}"), "There is no connector with companies of this id."));
        } else if !chosen.insert(ConnectorId::from(id.as_str())) {
            errors.push(FieldError::new(format!("/connectors/{at}"), "This connector stands in the list twice."));
        }
    }
    if errors.is_empty() { Ok(chosen) } else { Err(Problem::invalid(errors)) }
}

/// A connection's companies, if it has any.
async fn source(store: &TenantStore, which: Which, chosen: bool) -> Answer<Option<Source>> {
    let companies = async { Ok::<_, Problem>(store.live_companies(&which.connection, MOST_COMPANIES + 1).await?) };
    let blocked = async { Ok::<_, Problem>(store.blocked(&which.connection).await?) };
    let (companies, blocked) = try_join(companies, blocked).await?;
    if companies.len() > MOST_COMPANIES as usize {
        return Err(Problem::conflict(format!(
            "{} has more than {MOST_COMPANIES} companies, which is more than quick match looks at. Choose other connectors, \
             and link its companies on their page.",
            which.descriptor.name
        )));
    }
    let source = Source { which, chosen, companies, blocked: blocked.into_keys().collect() };
    Ok((!source.companies.is_empty()).then_some(source))
}

/// What was found for one connection, best first.
struct Matched {
    connection: ConnectionId,
    unlinked: u32,
    proposals: Vec<Proposal>,
    ambiguous: Vec<Ambiguity>,
}

/// Matches every chosen connection, each on a thread of its own as far as there are cores: they share the index and nothing
/// else. Some 10 ms for each thousand companies, so it is not for a thread that serves others.
async fn match_all(companies: Vec<PortalCompany>, sources: Vec<Source>) -> Answer<Vec<Matched>> {
    let failed = |error: JoinError| Problem::internal(error.to_string());
    let ground = Arc::new(spawn_blocking(move || Ground::of(companies, sources)).await.map_err(failed)?);
    let chosen = (0..).zip(&ground.sources).filter(|(_, source)| source.chosen);
    let each = chosen.map(|(at, _)| {
        let ground = Arc::clone(&ground);
        spawn_blocking(move || ground.matched(at))
    });
    try_join_all(each.collect::<Vec<_>>()).await.map_err(failed)
}

/// What every connection is matched with.
struct Ground {
    companies: Vec<PortalCompany>,
    sources: Vec<Source>,
    /// The companies, with all that they are known by.
    matcher: Matcher,
}

impl Ground {
    fn of(companies: Vec<PortalCompany>, sources: Vec<Source>) -> Self {
        let connectors: HashMap<&ConnectionId, &ConnectorId> =
            sources.iter().map(|source| (&source.which.connection, &source.which.connector)).collect();
        let mut profiles: Vec<Profile> = Vec::with_capacity(companies.len());
        for company in &companies {
            let links =
                company.links.iter().flat_map(|(connection, links)| links.iter().map(move |link| (connection, link)));
            let ids = links.filter_map(|(connection, link)| {
                Some(((*connectors.get(connection)?).clone(), link.external_id.clone()))
            });
            profiles.push(Profile {
                name: company.name.clone(),
                domains: company.domains.clone(),
                phone: company.phone.clone(),
                ids: ids.collect(),
                ..Profile::default()
            });
        }
        for source in &sources {
            let holders = holders(&companies, &source.which.connection);
            for (id, vendor) in &source.companies {
                let Some(holder) = holders.get(id) else { continue };
                let profile = &mut profiles[*holder];
                profile.domains.extend(vendor.domains.iter().cloned());
                profile.phone = profile.phone.take().or_else(|| vendor.phone.clone());
                profile.ids.extend(foreign_ids(vendor));
            }
        }
        Self { matcher: Matcher::new(profiles), companies, sources }
    }

    /// What was found for the connection of one source.
    fn matched(&self, source: usize) -> Matched {
        match_one(&self.companies, &self.sources[source], &self.matcher)
    }
}

/// Which company is linked to a vendor company of this connection.
fn holders<'a>(companies: &'a [PortalCompany], connection: &ConnectionId) -> HashMap<&'a ExternalId, usize> {
    let linked = companies.iter().enumerate().filter_map(|(at, company)| Some((at, company.links.get(connection)?)));
    linked.flat_map(|(at, links)| links.iter().map(move |link| (&link.external_id, at))).collect()
}

fn match_one(companies: &[PortalCompany], source: &Source, matcher: &Matcher) -> Matched {
    let connection = &source.which.connection;
    let linked = holders(companies, connection);
    let one_to_one = source.which.descriptor.has_one_company_each();
    let takes_none = |company: &PortalCompany| {
        company.not_integrated.contains(connection)
            || (one_to_one && company.links.contains_key(connection))
            || has_room(company).is_err()
    };
    let closed = (0..).zip(companies).filter(|(_, company)| takes_none(company)).map(|(at, _)| at).collect();
    let unlinked = |(id, vendor): &&(ExternalId, Company)| {
        let named = !vendor.name.trim().is_empty();
        named && !vendor.inactive && !source.blocked.contains(id) && !linked.contains_key(id)
    };
    let vendors: Vec<&(ExternalId, Company)> = source.companies.iter().filter(unlinked).collect();
    // Where a portal company has several, another one's id says nothing against this one.
    let own = one_to_one.then_some(&source.which.connector);
    let subjects: Vec<Profile> = vendors.iter().map(|(id, vendor)| profile(own, id, vendor)).collect();
    let outcome = matcher.propose(&subjects, &Rules { one_to_one, closed });
    let candidate = |found: matching::Candidate| {
        let company = &companies[found.target];
        Candidate {
            company_id: company.id.clone(),
            company_name: company.name.clone(),
            score: found.score,
            evidence: found.evidence,
        }
    };
    let named = |subject: usize| (vendors[subject].0.clone(), vendors[subject].1.name.clone());
    let mut proposals: Vec<Proposal> = outcome
        .proposals
        .into_iter()
        .map(|found| {
            let (external_id, name) = named(found.subject);
            Proposal { external_id, name, company: candidate(found.candidate) }
        })
        .collect();
    let mut ambiguous: Vec<Ambiguity> = outcome
        .ambiguous
        .into_iter()
        .map(|found| {
            let (external_id, name) = named(found.subject);
            Ambiguity { external_id, name, candidates: found.candidates.into_iter().map(candidate).collect() }
        })
        .collect();
    let place = |score: u8, name: &str, id: &ExternalId| (std::cmp::Reverse(score), name.to_owned(), id.clone());
    proposals.sort_by_cached_key(|found| place(found.company.score, &found.name, &found.external_id));
    ambiguous.sort_by_cached_key(|found| place(found.score(), &found.name, &found.external_id));
    Matched {
        connection: connection.clone(),
        unlinked: u32::try_from(subjects.len()).unwrap_or(u32::MAX),
        proposals,
        ambiguous,
    }
}

fn profile(own: Option<&ConnectorId>, id: &ExternalId, vendor: &Company) -> Profile {
    Profile {
        name: vendor.name.clone(),
        domains: vendor.domains.clone(),
        phone: vendor.phone.clone(),
        ids: foreign_ids(vendor).chain(own.map(|connector| (connector.clone(), id.clone()))).collect(),
        serials: Vec::new(),
    }
}

fn foreign_ids(vendor: &Company) -> impl Iterator<Item = (ConnectorId, ExternalId)> + '_ {
    vendor.external_ids.iter().map(|foreign| (foreign.connector.clone(), foreign.external_id.clone()))
}
