//! What a person enters of a company: checked, field by field, before anything of it is kept.

use domain::portal::PortalCompany;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::{lines, text};
use crate::problem::{Answer, FieldError, Problem};

const LONGEST_NAME: usize = 200;
const LONGEST_PHONE: usize = 50;
const LONGEST_ADDRESS: usize = 500;
const MOST_DOMAINS: usize = 50;

/// A company made by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompanyInput {
    name: String,
    /// Web and e-mail domains.
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    address: Option<String>,
}

impl From<CompanyInput> for CompanyChange {
    fn from(CompanyInput { name, domains, phone, address }: CompanyInput) -> Self {
        Self { name: Some(name), domains: Some(domains), phone, address }
    }
}

/// What to change; what is absent stays, an empty text takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CompanyChange {
    name: Option<String>,
    domains: Option<Vec<String>>,
    phone: Option<String>,
    address: Option<String>,
}

impl CompanyChange {
    pub(super) fn apply(self, mut company: PortalCompany) -> Answer<PortalCompany> {
        let mut errors = Vec::new();
        if let Some(name) = self.name {
            company.name = text(&mut errors, "/name", &name, LONGEST_NAME);
        }
        if let Some(domains) = self.domains {
            company.domains = tidy_domains(&mut errors, &domains);
        }
        match self.phone {
            None => {}
            Some(phone) if phone.trim().is_empty() => company.phone = None,
            Some(phone) => company.phone = Some(text(&mut errors, "/phone", &phone, LONGEST_PHONE)),
        }
        if let Some(address) = self.address {
            let address = lines(&mut errors, "/address", &address, LONGEST_ADDRESS);
            company.address = Some(address).filter(|address| !address.is_empty());
        }
        if errors.is_empty() { Ok(company) } else { Err(Problem::invalid(errors)) }
    }
}

fn tidy_domains(errors: &mut Vec<FieldError>, given: &[String]) -> Vec<String> {
    if given.len() > MOST_DOMAINS {
        errors.push(FieldError::new("/domains", format!("At most {MOST_DOMAINS} domains.")));
        return Vec::new();
    }
    let mut domains = Vec::new();
    for (index, domain) in given.iter().enumerate() {
        let domain = domain.trim().trim_end_matches('.').to_lowercase();
        let domain = domain.strip_prefix("www.").unwrap_or(&domain);
        let label = |label: &str| {
            let edges = label.starts_with('-') || label.ends_with('-');
            !label.is_empty() && !edges && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if domain.len() > 253 || !domain.contains('.') || !domain.split('.').all(label) {
            errors.push(FieldError::new(format!("/domains/{index}"), "Enter a domain such as acme.example."));
        } else if !domains.iter().any(|known| known == domain) {
            domains.push(domain.to_owned());
        }
    }
    domains
}
