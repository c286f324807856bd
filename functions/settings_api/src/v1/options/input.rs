//! Options as they are sent, and what is refused of them, field by field.

use std::collections::{BTreeMap, BTreeSet};

use connector::{ChoiceSource, Descriptor, FieldKind};
use domain::email::EmailPattern;
use domain::id::RoleId;
use domain::options::{AutoImport, CompanyImport, Interval, Options, RoleChoice, StageMap, TypeRule};
use domain::record::RecordType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::escape;
use crate::problem::FieldError;

/// The portal's stages of a ticket.
const STAGES: [&str; 5] = ["new", "triaged", "working", "waiting", "resolved"];
const MOST_RULES: usize = 100;
const MOST_PATTERNS: usize = 200;
const MOST_VALUES: usize = 500;
const MOST_BOARDS: usize = 200;
const LONGEST_VALUE: usize = 200;
const LONGEST_PATTERN: usize = 254;

/// Everything that an admin chooses besides credentials.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = OptionsInput)]
pub(crate) struct OptionsInput {
    /// 5, 15 or 30.
    #[schema(example = 15)]
    interval_minutes: i64,
    /// Import what exists already.
    initial_import: bool,
    /// Where portal companies come from.
    company_import: CompanyImport,
    /// Record types to sync; absent: those that the connector turns on by itself.
    record_types: Option<Vec<String>>,
    /// Contacts to users.
    auto_import: AutoImportInput,
    /// Values of the connector's option fields, by key.
    filters: BTreeMap<String, Vec<String>>,
    /// Stages (`new`, `triaged`, `working`, `waiting`, `resolved`) to vendor statuses.
    stages: BTreeMap<String, StageMap>,
    /// Values for tickets that the portal creates, by field.
    ticket_defaults: BTreeMap<String, String>,
}

impl Default for OptionsInput {
    fn default() -> Self {
        let initial = Options::initial();
        Self {
            interval_minutes: i64::from(initial.interval_minutes.minutes()),
            initial_import: initial.initial_import,
            company_import: initial.company_import,
            record_types: None,
            auto_import: AutoImportInput::default(),
            filters: BTreeMap::new(),
            stages: BTreeMap::new(),
            ticket_defaults: BTreeMap::new(),
        }
    }
}

/// Whether and how contacts become users.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AutoImportInput {
    enabled: bool,
    /// A role's id, or `do_not_import`.
    default_role: Option<String>,
    type_rules: Vec<TypeRuleInput>,
    /// For primary contacts.
    primary_role: Option<String>,
    /// Addresses that are never imported; `*` stands for anything.
    exclude_emails: Vec<String>,
}

/// Contacts of one named type get this role.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeRuleInput {
    #[serde(rename = "type")]
    contact_type: String,
    role: String,
}

impl Default for AutoImportInput {
    fn default() -> Self {
        let initial = AutoImport::default();
        Self {
            enabled: initial.enabled,
            default_role: None,
            type_rules: Vec::new(),
            primary_role: None,
            exclude_emails: initial.exclude_emails.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        }
    }
}

/// Gathers what is wrong.
struct Checker<'a> {
    descriptor: &'static Descriptor,
    roles: &'a BTreeSet<RoleId>,
    errors: Vec<FieldError>,
}

impl OptionsInput {
    /// Initial options but for who gets in.
    pub(in crate::v1) fn of_people(auto_import: AutoImportInput) -> Self {
        Self { auto_import, ..Self::default() }
    }

    /// The options, or everything that is wrong with them.
    pub(in crate::v1) fn check(
        self,
        descriptor: &'static Descriptor,
        roles: &BTreeSet<RoleId>,
    ) -> Result<Options, Vec<FieldError>> {
        let mut checker = Checker { descriptor, roles, errors: Vec::new() };
        let interval = u32::try_from(self.interval_minutes).ok().and_then(|minutes| Interval::try_from(minutes).ok());
        if interval.is_none() {
            checker.wrong("/interval_minutes", "Choose 5, 15 or 30 minutes.");
        }
        let options = Options {
            interval_minutes: interval.unwrap_or_default(),
            initial_import: self.initial_import,
            company_import: self.company_import,
            record_types: self.record_types.map(|types| checker.record_types(&types)),
            auto_import: checker.auto_import(self.auto_import),
            filters: checker.filters(self.filters),
            stages: checker.stages(self.stages),
            ticket_defaults: checker.ticket_defaults(self.ticket_defaults),
        };
        if checker.errors.is_empty() { Ok(options) } else { Err(checker.errors) }
    }
}

impl Checker<'_> {
    fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::new(pointer, detail));
    }

    fn cap(&mut self, pointer: &str, length: usize, most: usize) -> bool {
        if length > most {
            self.wrong(pointer, format!("At most {most} entries."));
        }
        length <= most
    }

    fn short(&mut self, pointer: &str, value: &str) {
        if value.trim().is_empty() || value.chars().count() > LONGEST_VALUE {
            self.wrong(pointer, format!("1 to {LONGEST_VALUE} characters."));
        }
    }

    fn record_types(&mut self, names: &[String]) -> Vec<RecordType> {
        if !self.cap("/record_types", names.len(), RecordType::ALL.len()) {
            return Vec::new();
        }
        let known: Vec<&str> = self.descriptor.record_types.iter().map(|d| d.record_type.as_str()).collect();
        let mut chosen = BTreeSet::new();
        for (index, name) in names.iter().enumerate() {
            match RecordType::parse(name).filter(|record_type| self.descriptor.record_type(*record_type).is_some()) {
                Some(record_type) => drop(chosen.insert(record_type)),
                None => {
                    let detail = format!("{} has no such record type: {}.", self.descriptor.name, known.join(", "));
                    self.wrong(format!("/record_types/{index}"), detail);
                }
            }
        }
        chosen.into_iter().collect()
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

    fn auto_import(&mut self, input: AutoImportInput) -> AutoImport {
        let mut rules = Vec::new();
        if self.cap("/auto_import/type_rules", input.type_rules.len(), MOST_RULES) {
            for (index, rule) in input.type_rules.into_iter().enumerate() {
                self.short(&format!("/auto_import/type_rules/{index}/type"), &rule.contact_type);
                let role = self.role(&format!("/auto_import/type_rules/{index}/role"), Some(rule.role));
                rules.extend(role.map(|role| TypeRule { contact_type: rule.contact_type.trim().to_owned(), role }));
            }
        }
        let mut patterns = Vec::new();
        if self.cap("/auto_import/exclude_emails", input.exclude_emails.len(), MOST_PATTERNS) {
            for (index, pattern) in input.exclude_emails.iter().enumerate() {
                let pattern = pattern.trim();
                let plausible = pattern.contains(['@', '*']) && !pattern.chars().any(char::is_whitespace);
                if !plausible || pattern.len() > LONGEST_PATTERN {
                    let detail = "Enter an address or a pattern such as noreply@*; at most 254 characters.";
                    self.wrong(format!("/auto_import/exclude_emails/{index}"), detail);
                } else {
                    patterns.push(EmailPattern::new(pattern));
                }
            }
        }
        AutoImport {
            enabled: input.enabled,
            default_role: self.role("/auto_import/default_role", input.default_role),
            type_rules: rules,
            primary_role: self.role("/auto_import/primary_role", input.primary_role),
            exclude_emails: patterns,
        }
    }

    fn filters(&mut self, filters: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
        for (key, values) in &filters {
            let pointer = format!("/filters/{}", escape(key));
            let Some(field) = self.descriptor.options.iter().find(|field| field.key == key) else {
                self.wrong(pointer, format!("{} has no such option.", self.descriptor.name));
                continue;
            };
            if !self.cap(&pointer, values.len(), if field.kind == FieldKind::List { MOST_VALUES } else { 1 }) {
                continue;
            }
            for (index, value) in values.iter().enumerate() {
                let at = format!("{pointer}/{index}");
                match field.choices {
                    ChoiceSource::Fixed(choices) if !choices.iter().any(|(known, _)| known == value) => {
                        self.wrong(at, format!("Choose one of the values offered for {}.", field.label));
                    }
                    _ => self.short(&at, value),
                }
            }
        }
        filters.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }

    fn stages(&mut self, stages: BTreeMap<String, StageMap>) -> BTreeMap<String, StageMap> {
        let mut holder: BTreeMap<&str, &str> = BTreeMap::new();
        for (stage, map) in &stages {
            let pointer = format!("/stages/{}", escape(stage));
            if !STAGES.contains(&stage.as_str()) {
                self.wrong(pointer, format!("There is no such stage: {}.", STAGES.join(", ")));
                continue;
            }
            let fits = self.cap(&format!("{pointer}/in"), map.incoming.len(), MOST_VALUES)
                & self.cap(&format!("{pointer}/out"), map.outgoing.len(), MOST_BOARDS);
            if !fits {
                continue;
            }
            for (index, status) in map.incoming.iter().enumerate() {
                let at = format!("{pointer}/in/{index}");
                self.short(&at, status);
                if let Some(other) = holder.insert(status, stage) {
                    self.wrong(at, format!("This status stands under {other} already; a status has one stage."));
                }
            }
            for (board, status) in &map.outgoing {
                self.short(&format!("{pointer}/out/{}", escape(board)), board);
                self.short(&format!("{pointer}/out/{}", escape(board)), status);
            }
        }
        stages
    }

    fn ticket_defaults(&mut self, defaults: BTreeMap<String, String>) -> BTreeMap<String, String> {
        self.cap("/ticket_defaults", defaults.len(), 50);
        for (key, value) in &defaults {
            let pointer = format!("/ticket_defaults/{}", escape(key));
            self.short(&pointer, key);
            self.short(&pointer, value);
        }
        defaults
    }
}
