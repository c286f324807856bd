//! Who gets in: roles that exist, one rule per type, patterns that can match.

use std::collections::BTreeSet;

use domain::email::EmailPattern;
use domain::options::{AutoImport, RoleChoice, TypeRule};

use super::input::{AutoImportInput, Checker, TypeRuleInput};

pub(super) const MOST_RULES: usize = 100;
pub(super) const MOST_PATTERNS: usize = 200;
pub(super) const LONGEST_PATTERN: usize = 254;

impl Checker<'_> {
    pub(super) fn auto_import(&mut self, input: AutoImportInput) -> AutoImport {
        AutoImport {
            enabled: input.enabled,
            type_rules: self.type_rules(input.type_rules),
            exclude_emails: self.patterns(&input.exclude_emails),
            default_role: self.role("/auto_import/default_role", input.default_role),
            primary_role: self.role("/auto_import/primary_role", input.primary_role),
        }
    }

    fn role(&mut self, pointer: &str, role: Option<String>) -> Option<RoleChoice> {
        let choice = RoleChoice::from(role?);
        if let RoleChoice::Role(role) = &choice
            && !self.roles.contains(role)
        {
            self.wrong(pointer, "There is no such role. Choose one of the portal's roles, or do_not_import.");
        }
        Some(choice)
    }

    fn type_rules(&mut self, input: Vec<TypeRuleInput>) -> Vec<TypeRule> {
        const AT: &str = "/auto_import/type_rules";
        if !self.cap(AT, input.len(), MOST_RULES) {
            return Vec::new();
        }
        if !input.is_empty() && self.descriptor.list("contact_types").is_none() {
            self.wrong(AT, format!("{} has no contact types, so no rule could apply.", self.descriptor.name));
            return Vec::new();
        }
        let mut ruled = BTreeSet::new();
        let mut rules = Vec::new();
        for (index, rule) in input.into_iter().enumerate() {
            let at = format!("{AT}/{index}/type");
            let contact_type = rule.contact_type.trim().to_owned();
            self.short(&at, &contact_type);
            if !ruled.insert(contact_type.to_ascii_lowercase()) {
                self.wrong(at, "This type has a rule already, and the rule listed first wins. Take one of them out.");
            }
            let role = self.role(&format!("{AT}/{index}/role"), Some(rule.role));
            rules.extend(role.map(|role| TypeRule { contact_type, role }));
        }
        rules
    }

    fn patterns(&mut self, input: &[String]) -> Vec<EmailPattern> {
        const AT: &str = "/auto_import/exclude_emails";
        if !self.cap(AT, input.len(), MOST_PATTERNS) {
            return Vec::new();
        }
        let mut known = BTreeSet::new();
        let mut patterns = Vec::new();
        for (index, pattern) in input.iter().enumerate() {
            let pattern = pattern.trim();
            match refused(pattern) {
                Some(why) => self.wrong(format!("{AT}/{index}"), why),
                None if known.insert(pattern.to_lowercase()) => patterns.push(EmailPattern::new(pattern)),
                None => {}
            }
        }
        patterns
    }
}

/// Why a pattern cannot be meant.
fn refused(pattern: &str) -> Option<&'static str> {
    let one_word = !pattern.chars().any(|c| c.is_whitespace() || c.is_control());
    let fits = pattern.chars().count() <= LONGEST_PATTERN;
    if !fits || !one_word || !pattern.contains(['@', '*']) || pattern.matches('@').count() > 1 {
        Some("Enter an address or a pattern such as noreply@*; at most 254 characters.")
    } else if pattern.chars().all(|c| matches!(c, '*' | '@')) {
        Some("This stands for every address. To import nobody, switch the automatic import off.")
    } else {
        None
    }
}
