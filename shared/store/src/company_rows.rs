//! What the grid of companies searches, filters and orders by: a small item for each company beside the company itself, so
//! that looking at all of them reads a fifth of what they are.
//!
//! Invariant: a row is written in the transaction that writes its company, so neither is older than the other.

use domain::id::{CompanyId, ConnectionId};
use domain::portal::PortalCompany;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{Query, Write};

/// A company as far as the grid looks at all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyRow {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Web and e-mail domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Connections that it is linked in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ConnectionId>,
    /// Connections that it explicitly has nothing in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_integrated: Vec<ConnectionId>,
    /// What it is called at vendors, where that is not its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_called: Vec<String>,
}

impl CompanyRow {
    /// The row of this company.
    pub fn of(company: &PortalCompany) -> Self {
        let linked = company.links.iter().filter(|(_, links)| !links.is_empty());
        let mut also_called: Vec<String> = company.links.values().flatten().map(|link| link.name.clone()).collect();
        also_called.sort();
        also_called.dedup();
        also_called.retain(|name| *name != company.name);
        Self {
            id: company.id.clone(),
            name: company.name.clone(),
            domains: company.domains.clone(),
            links: linked.map(|(connection, _)| connection.clone()).collect(),
            not_integrated: company.not_integrated.iter().cloned().collect(),
            also_called,
        }
    }

    /// Whether its name, a domain or a linked company's name contains the text, given in lower case.
    pub fn fits(&self, search: &str) -> bool {
        let has = |text: &String| text.to_lowercase().contains(search);
        search.is_empty() || has(&self.name) || self.domains.iter().any(has) || self.also_called.iter().any(has)
    }
}

impl TenantStore {
    /// The part of a transaction that keeps a company's row.
    pub(crate) fn row_put(&self, company: &PortalCompany) -> Result<Write> {
        let key = self.keys.company_row(&company.id);
        Ok(Write::Put { item: item::item(&key, &CompanyRow::of(company))?, condition: None })
    }

    /// The part of a transaction that forgets a company's row.
    pub(crate) fn row_delete(&self, company: &CompanyId) -> Write {
        Write::Delete { key: self.keys.company_row(company), condition: None }
    }

    /// The rows of all companies of the tenant, in no order that means anything.
    pub async fn company_rows(&self) -> Result<Vec<CompanyRow>> {
        let pk = self.keys.company_rows();
        let query = Query { pk, consistent: true, attributes: vec!["body"], ..Query::default() };
        self.table.query(query).await?.items.iter().map(item::body).collect()
    }
}
