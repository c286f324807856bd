//! Who is let in: which contacts may become portal users and, if not, why not.
//!
//! Everything that can be said without the table. The engine acts on it, the preview and the explanation show it; none of
//! them decides on its own.

use std::fmt;

use crate::email::Email;
use crate::id::RoleId;
use crate::options::AutoImport;
use crate::record::Contact;
use crate::role::{RoleDecision, RoleSource};

/// Why a contact does not become a portal user. Displayed as it stands in the run log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Auto-import is off.
    Off,
    /// Switched off at the vendor.
    Inactive,
    /// The contact names no company.
    NoCompany,
    /// The contact's company is not linked.
    CompanyNotLinked,
    /// The contact has no address.
    NoAddress,
    /// Nobody can have such an address.
    UnusableAddress,
    /// The address fits this pattern.
    Excluded(String),
    /// The address is held by somebody else.
    AddressTaken {
        /// By one of the MSP's own staff.
        by_staff: bool,
    },
    /// A step of the chain says so.
    DoNotImport(RoleSource),
    /// A step of the chain gives a role that the portal does not have any more.
    RoleGone(RoleId, RoleSource),
    /// No step of the chain applies.
    NoRole,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("contact auto-import is off"),
            Self::Inactive => f.write_str("inactive at the vendor"),
            Self::NoCompany => f.write_str("it belongs to no company"),
            Self::CompanyNotLinked => f.write_str("its company is not linked"),
            Self::NoAddress => f.write_str("it has no e-mail address"),
            Self::UnusableAddress => f.write_str("its e-mail address cannot be one"),
            Self::Excluded(pattern) => write!(f, "its e-mail address is excluded by {pattern:?}"),
            Self::AddressTaken { by_staff: true } => {
                f.write_str("its e-mail address belongs to a user of the MSP's own staff")
            }
            Self::AddressTaken { by_staff: false } => {
                f.write_str("its e-mail address belongs to a user of another company")
            }
            Self::DoNotImport(source) => write!(f, "the {} says: do not import", source.words()),
            Self::RoleGone(role, source) => {
                write!(f, "the role {:?} given by the {} no longer exists", role.as_str(), source.words())
            }
            Self::NoRole => f.write_str("no role applies"),
        }
    }
}

/// The address under which a contact may become a user; whose address it is, and the role, come after.
pub fn eligible(contact: &Contact, rules: &AutoImport, is_linked: bool) -> Result<Email, Refusal> {
    if !rules.enabled {
        return Err(Refusal::Off);
    }
    if contact.inactive {
        return Err(Refusal::Inactive);
    }
    if contact.company.is_none() {
        return Err(Refusal::NoCompany);
    }
    if !is_linked {
        return Err(Refusal::CompanyNotLinked);
    }
    let address = contact.email.as_deref().ok_or(Refusal::NoAddress)?;
    let email = Email::parse(address).ok_or(Refusal::UnusableAddress)?;
    match rules.exclude_emails.iter().find(|pattern| pattern.matches(&email)) {
        Some(pattern) => Err(Refusal::Excluded(pattern.as_str().to_owned())),
        None => Ok(email),
    }
}

/// The role that the chain gives, if the portal has it.
pub fn role(decision: RoleDecision, exists: impl FnOnce(&RoleId) -> bool) -> Result<(RoleId, RoleSource), Refusal> {
    match decision {
        RoleDecision::Import { role, source } if exists(&role) => Ok((role, source)),
        RoleDecision::Import { role, source } => Err(Refusal::RoleGone(role, source)),
        RoleDecision::Refused(source) => Err(Refusal::DoNotImport(source)),
        RoleDecision::NoRole => Err(Refusal::NoRole),
    }
}

#[cfg(test)]
mod tests;
