//! Which vendor companies become portal companies by themselves, and why others do not. Only reads: the engine acts on what
//! is decided, the preview and the explanation show it.

use std::collections::BTreeMap;
use std::fmt;

use domain::id::{ConnectionId, ExternalId};
use domain::matching::{Matcher, Profile, USUAL_THRESHOLD};
use domain::options::CompanyImport;
use domain::portal::PortalCompany;
use domain::record::Company;
use store::{StoreError, TenantStore};

/// The tenant's portal companies that a vendor company may resemble.
#[derive(Debug)]
pub struct PortalIndex {
    choice: CompanyImport,
    names: Vec<String>,
    matcher: Matcher,
    blocked: BTreeMap<ExternalId, String>,
}

/// Why a vendor company does not become a portal company by itself. Displayed as it stands in the run log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its portal company was deleted.
    Blocked,
    /// A person picks.
    LeftToPerson,
    /// Switched off at the vendor.
    Inactive,
    /// Nothing to call it.
    NoName,
    /// A portal company has this name, or its domain.
    Resembles(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.write_str("blocked from import since its portal company was deleted"),
            Self::LeftToPerson => f.write_str("waits to be linked or imported by a person"),
            Self::Inactive => f.write_str("inactive at the vendor"),
            Self::NoName => f.write_str("it has no name"),
            Self::Resembles(other) => write!(f, "resembles {other:?}: review it in quick match"),
        }
    }
}

impl PortalIndex {
    /// Reads it: all portal companies, where it depends on them.
    pub async fn read(
        store: &TenantStore,
        connection: &ConnectionId,
        choice: CompanyImport,
    ) -> Result<Self, StoreError> {
        let blocked = store.blocked(connection).await?;
        let mut others = Vec::new();
        if choice == CompanyImport::All {
            others = store.all_companies().await?;
            // Companies imported over this connection do not count as resembling: two vendor companies of one name are two.
            let own = |company: &PortalCompany| company.imported_from.as_ref() == Some(connection);
            others.retain(|company| !(own(company) && company.links.contains_key(connection)));
        }
        let names = others.iter().map(|company| company.name.clone()).collect();
        let profiles = others.into_iter().map(|company| Profile {
            name: company.name,
            domains: company.domains,
            phone: company.phone,
            ..Profile::default()
        });
        Ok(Self { choice, names, matcher: Matcher::new(profiles.collect()), blocked })
    }

    /// The names of the portal companies that these resemble so much that a person has to look.
    pub fn resembled(&self, companies: &[&Company]) -> Vec<Option<String>> {
        let profiles: Vec<Profile> = companies.iter().map(|company| profile(company)).collect();
        let best = self.matcher.best(&profiles).into_iter();
        let close = best.map(|best| best.filter(|best| best.score >= USUAL_THRESHOLD));
        close.map(|best| self.names.get(best?.target).cloned()).collect()
    }

    /// Why an unlinked vendor company, which resembles this one, does not become a portal company; `None`: it does.
    pub fn refuses(&self, external_id: &ExternalId, company: &Company, resembled: Option<String>) -> Option<Refusal> {
        if self.blocked.contains_key(external_id) {
            return Some(Refusal::Blocked);
        }
        if self.choice != CompanyImport::All {
            return Some(Refusal::LeftToPerson);
        }
        if company.inactive {
            return Some(Refusal::Inactive);
        }
        if company.name.trim().is_empty() {
            return Some(Refusal::NoName);
        }
        resembled.map(Refusal::Resembles)
    }
}

fn profile(company: &Company) -> Profile {
    Profile {
        name: company.name.clone(),
        domains: company.domains.clone(),
        phone: company.phone.clone(),
        ..Profile::default()
    }
}
