//! Which vendor companies become portal companies by themselves, and why others do not. Only reads: the engine acts on what
//! is decided, the preview and the explanation show it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use domain::id::{ConnectionId, ExternalId};
use domain::matching;
use domain::options::CompanyImport;
use domain::portal::PortalCompany;
use domain::record::Company;
use store::{StoreError, TenantStore};

/// The tenant's portal companies by what a vendor company may resemble.
///
/// Only what is the same counts here: a name but for its writing, or a domain of its own. What is merely alike is no reason
/// to keep a company from people who asked for all of them; quick match shows it to them.
#[derive(Debug)]
pub struct PortalIndex {
    choice: CompanyImport,
    by_name: HashMap<String, String>,
    by_domain: HashMap<String, String>,
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
        let mut index = Self { choice, by_name: HashMap::new(), by_domain: HashMap::new(), blocked };
        if choice == CompanyImport::All {
            // Companies imported over this connection do not count as resembling: two vendor companies of one name are two.
            let own = |company: &PortalCompany| {
                company.imported_from.as_ref() == Some(connection) && company.links.contains_key(connection)
            };
            for company in store.all_companies().await?.into_iter().filter(|company| !own(company)) {
                index.add(company);
            }
        }
        Ok(index)
    }

    fn add(&mut self, company: PortalCompany) {
        for domain in company.domains.iter().filter_map(|domain| matching::domain(domain)) {
            self.by_domain.insert(domain, company.name.clone());
        }
        self.by_name.insert(matching::normalise(&company.name), company.name);
    }

    /// The name of the portal company that this one resembles so much that a person has to look.
    fn resembled(&self, company: &Company) -> Option<&String> {
        let by_domain = || company.domains.iter().find_map(|domain| self.by_domain.get(&matching::domain(domain)?));
        self.by_name.get(&matching::normalise(&company.name)).or_else(by_domain)
    }

    /// Why an unlinked vendor company does not become a portal company; `None`: it does.
    pub fn refuses(&self, external_id: &ExternalId, company: &Company) -> Option<Refusal> {
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
        self.resembled(company).cloned().map(Refusal::Resembles)
    }
}
