//! The role chain: which role an imported contact gets, and which step gave it.

use serde::{Deserialize, Serialize};

use crate::id::RoleId;
use crate::options::{AutoImport, RoleChoice};

/// The step of the chain that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleSource {
    /// The company's own Default Import Role.
    CompanyOverride,
    /// A rule for one of the contact's named types.
    TypeRule,
    /// The rule for primary contacts.
    Primary,
    /// The connection's default.
    Default,
}

impl RoleSource {
    /// The step in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CompanyOverride => "company override",
            Self::TypeRule => "contact-type rule",
            Self::Primary => "primary-contact rule",
            Self::Default => "integration default",
        }
    }
}

/// What the chain says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleDecision {
    /// Import with this role.
    Import {
        /// The role.
        role: RoleId,
        /// The step that gave it.
        source: RoleSource,
    },
    /// A step says "do not import".
    Refused(RoleSource),
    /// No step applies.
    NoRole,
}

/// Walks the chain: company override, contact-type rule, primary contact, integration default; the first that applies.
pub fn decide(
    company_override: Option<&RoleChoice>,
    rules: &AutoImport,
    contact_types: &[String],
    primary: bool,
) -> RoleDecision {
    let type_rule = rules
        .type_rules
        .iter()
        .find(|rule| contact_types.iter().any(|held| held.trim().eq_ignore_ascii_case(rule.contact_type.trim())))
        .map(|rule| &rule.role);
    let primary_rule = rules.primary_role.as_ref().filter(|_| primary);
    let steps = [
        (company_override, RoleSource::CompanyOverride),
        (type_rule, RoleSource::TypeRule),
        (primary_rule, RoleSource::Primary),
        (rules.default_role.as_ref(), RoleSource::Default),
    ];
    match steps.into_iter().find_map(|(choice, source)| choice.map(|choice| (choice, source))) {
        Some((RoleChoice::Role(role), source)) => RoleDecision::Import { role: role.clone(), source },
        Some((RoleChoice::DoNotImport, source)) => RoleDecision::Refused(source),
        None => RoleDecision::NoRole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::TypeRule;

    fn role(name: &str) -> RoleChoice {
        RoleChoice::Role(name.into())
    }

    fn rules() -> AutoImport {
        AutoImport {
            enabled: true,
            default_role: Some(role("standard")),
            type_rules: vec![
                TypeRule { contact_type: "Billing Contact".into(), role: role("billing") },
                TypeRule { contact_type: "Technical Contact".into(), role: role("technical") },
            ],
            primary_role: Some(role("admin")),
            ..AutoImport::default()
        }
    }

    fn import(role: &str, source: RoleSource) -> RoleDecision {
        RoleDecision::Import { role: role.into(), source }
    }

    #[test]
    fn the_first_step_that_applies_gives_the_role() {
        let rules = rules();
        let types = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let billing = types(&["technical contact", "BILLING CONTACT "]);
        let over = role("viewer");
        assert_eq!(decide(Some(&over), &rules, &billing, true), import("viewer", RoleSource::CompanyOverride));
        // Several types on one contact: the rule listed first wins, whatever the order on the contact.
        assert_eq!(decide(None, &rules, &billing, true), import("billing", RoleSource::TypeRule));
        assert_eq!(decide(None, &rules, &types(&["Other"]), true), import("admin", RoleSource::Primary));
        assert_eq!(decide(None, &rules, &[], false), import("standard", RoleSource::Default));
    }

    #[test]
    fn do_not_import_may_stand_at_every_step_and_no_step_imports_nobody() {
        let mut rules = rules();
        let refuse = RoleChoice::DoNotImport;
        assert_eq!(decide(Some(&refuse), &rules, &[], true), RoleDecision::Refused(RoleSource::CompanyOverride));
        rules.primary_role = Some(RoleChoice::DoNotImport);
        assert_eq!(decide(None, &rules, &[], true), RoleDecision::Refused(RoleSource::Primary));
        rules.default_role = None;
        assert_eq!(decide(None, &rules, &[], false), RoleDecision::NoRole);
    }
}
