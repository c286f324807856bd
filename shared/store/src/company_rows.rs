//! What the grid of companies searches, filters and orders by: a small item for each company beside the company itself, so
//! that looking at all of them reads a seventh of what they are.
//!
//! All rows of a tenant are read for each page of the grid, so what a row costs counts by the thousand: its body is a list
//! without names of fields, and texts of one kind are one text.
//!
//! Invariant: a row is written in the transaction that writes its company, so neither is older than the other.

use domain::id::{CompanyId, ConnectionId};
use domain::portal::PortalCompany;
use serde::{Deserialize, Serialize, Serializer};

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{Query, Write};

/// Several texts as one, a line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lines(String);

impl Lines {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.lines()
    }
}

impl<'a> FromIterator<&'a str> for Lines {
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut lines = String::new();
        for text in texts {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
        }
        Self(lines)
    }
}

/// A company as far as the grid looks at all of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CompanyRow {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Web and e-mail domains.
    pub domains: Lines,
    /// Connections that it is linked in.
    pub links: Lines,
    /// Connections that it explicitly has nothing in.
    pub not_integrated: Lines,
    /// What it is called at vendors, where that is not its name.
    pub also_called: Lines,
}

impl Serialize for CompanyRow {
    /// As a list, in the order of the fields; what reads it takes it so.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Self { id, name, domains, links, not_integrated, also_called } = self;
        (id, name, domains, links, not_integrated, also_called).serialize(serializer)
    }
}

impl CompanyRow {
    /// The row of this company.
    pub fn of(company: &PortalCompany) -> Self {
        let linked = company.links.iter().filter(|(_, links)| !links.is_empty());
        let mut also_called: Vec<&str> = company.links.values().flatten().map(|link| link.name.as_str()).collect();
        also_called.sort_unstable();
        also_called.dedup();
        also_called.retain(|name| *name != company.name);
        Self {
            id: company.id.clone(),
            name: company.name.clone(),
            domains: company.domains.iter().map(String::as_str).collect(),
            links: linked.map(|(connection, _)| connection.as_str()).collect(),
            not_integrated: company.not_integrated.iter().map(ConnectionId::as_str).collect(),
            also_called: also_called.into_iter().collect(),
        }
    }

    /// Connections of which it is known what it has there: those that it is linked in, and those that it has nothing in.
    pub fn settled(&self) -> impl Iterator<Item = &str> {
        self.links.iter().chain(self.not_integrated.iter())
    }

    /// Whether its name, a domain or a linked company's name contains the text, given in lower case and of one line.
    pub fn fits(&self, search: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(search);
        search.is_empty() || has(&self.name) || has(&self.domains.0) || has(&self.also_called.0)
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use domain::portal::{Link, LinkState};

    use super::*;

    fn acme() -> PortalCompany {
        let link = |name: &str| Link { external_id: "1".into(), name: name.to_owned(), state: LinkState::Ok };
        PortalCompany {
            id: "co_1".into(),
            name: "Acme \"A\"".to_owned(),
            domains: vec!["acme.example".to_owned(), "acme.test".to_owned()],
            phone: Some("1".to_owned()),
            address: None,
            imported_from: None,
            links: BTreeMap::from([
                ("psa".into(), vec![link("Acme\nLtd"), link("Acme \"A\"")]),
                ("rmm".into(), vec![link("ACME HQ")]),
                ("cloud".into(), Vec::new()),
            ]),
            not_integrated: BTreeSet::from(["billing".into()]),
            import_role: None,
            users: 7,
            version: 3,
        }
    }

    #[test]
    fn a_row_is_a_list_without_names_and_is_read_as_it_was_written() {
        let row = CompanyRow::of(&acme());
        let body = serde_json::to_string(&row).unwrap();
        assert_eq!(body, r#"["co_1","Acme \"A\"","acme.example\nacme.test","psa\nrmm","billing","ACME HQ\nAcme Ltd"]"#);
        assert_eq!(serde_json::from_str::<CompanyRow>(&body).unwrap(), row);
        assert_eq!(row.settled().collect::<Vec<_>>(), ["psa", "rmm", "billing"]);
    }

    #[test]
    fn a_row_is_found_by_name_domain_and_what_vendors_call_it() {
        let row = CompanyRow::of(&acme());
        for search in ["", "acme", "\"a\"", "acme.test", "hq", "acme ltd"] {
            assert!(row.fits(search), "{search}");
        }
        for search in ["psa", "billing", "co_1", "beta"] {
            assert!(!row.fits(search), "{search}");
        }
    }
}
