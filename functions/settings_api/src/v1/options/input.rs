//! Options as they are sent, and what is refused of them, field by field.
//!
//! Whether a status, board or type is still there at the vendor is not asked: saving must not hang on the vendor. Everything
//! that the options say about each other is checked, so that what is saved makes sense on its own.

use std::collections::{BTreeMap, BTreeSet};

use connector::{ChoiceSource, Descriptor, FieldKind, OptionField};
use domain::id::RoleId;
use domain::options::{AutoImport, CompanyImport, Interval, Options};
use domain::record::RecordType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema;
use crate::input::escape;
use crate::problem::FieldError;

/// Entries of `record_types`; repeated ones count.
pub(super) const MOST_TYPES: usize = 50;
pub(super) const MOST_VALUES: usize = 500;
/// Names and ids of a vendor.
pub(super) const LONGEST_VALUE: usize = 200;
/// Numbers that are entered: from 0 to here.
const LARGEST_NUMBER: u32 = 99_999;

/// Everything that an admin chooses besides credentials.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = OptionsInput)]
pub(crate) struct OptionsInput {
    /// 5, 15 or 30.
    #[schema(schema_with = schema::interval)]
    interval_minutes: i64,
    /// Import what exists already.
    initial_import: bool,
    /// Where portal companies come from.
    company_import: CompanyImport,
    /// Record types to sync; absent: those that the connector turns on by itself.
    #[schema(value_type = Option<Vec<RecordType>>, min_items = 1, max_items = 50)]
    record_types: Option<Vec<String>>,
    /// Contacts to users.
    auto_import: AutoImportInput,
    /// Values of the connector's option fields, by key.
    #[schema(schema_with = schema::filters)]
    filters: BTreeMap<String, Vec<String>>,
    /// Stages (`new`, `triaged`, `working`, `waiting`, `resolved`) to vendor statuses.
    #[schema(schema_with = schema::stages)]
    stages: BTreeMap<String, StageInput>,
    /// Values for tickets that the portal creates, by the key of the connector's `ticket_defaults`.
    #[schema(schema_with = schema::ticket_defaults)]
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
    pub(super) enabled: bool,
    /// A role's id, or `do_not_import`.
    #[schema(schema_with = schema::role)]
    pub(super) default_role: Option<String>,
    /// The first rule that names one of a contact's types decides; each type has one rule.
    #[schema(max_items = 100)]
    pub(super) type_rules: Vec<TypeRuleInput>,
    /// For primary contacts.
    #[schema(schema_with = schema::role)]
    pub(super) primary_role: Option<String>,
    /// Addresses that are never imported; `*` stands for anything.
    #[schema(schema_with = schema::patterns)]
    pub(super) exclude_emails: Vec<String>,
}

/// Contacts of one named type get this role.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeRuleInput {
    #[serde(rename = "type")]
    #[schema(schema_with = schema::value)]
    pub(super) contact_type: String,
    #[schema(schema_with = schema::value)]
    pub(super) role: String,
}

/// How one stage of the portal maps to the vendor's statuses.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StageInput {
    /// Vendor status ids shown as this stage.
    #[serde(rename = "in")]
    pub(super) incoming: Vec<String>,
    /// The status written back, by board; `*` for boards not named. Each is among those shown as this stage.
    #[serde(rename = "out")]
    pub(super) outgoing: BTreeMap<String, String>,
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
pub(super) struct Checker<'a> {
    pub(super) descriptor: &'static Descriptor,
    pub(super) roles: &'a BTreeSet<RoleId>,
    errors: Vec<FieldError>,
}

impl OptionsInput {
    /// Initial options but for who gets in.
    pub(in crate::v1) fn of_people(auto_import: AutoImportInput) -> Self {
        Self { auto_import, ..Self::default() }
    }

    /// The options, or everything that is wrong with them.
    pub(crate) fn check(
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
            stages: checker.stages(&self.stages),
            ticket_defaults: checker.ticket_defaults(self.ticket_defaults),
        };
        if checker.errors.is_empty() { Ok(options) } else { Err(checker.errors) }
    }
}

impl Checker<'_> {
    pub(super) fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::new(pointer, detail));
    }

    pub(super) fn cap(&mut self, pointer: &str, length: usize, most: usize) -> bool {
        if length > most {
            self.wrong(pointer, format!("At most {most} entries."));
        }
        length <= most
    }

    /// A name or id of the vendor's.
    pub(super) fn short(&mut self, pointer: &str, value: &str) {
        if value.trim().is_empty() || value.chars().count() > LONGEST_VALUE {
            self.wrong(pointer, format!("1 to {LONGEST_VALUE} characters."));
        } else if value.chars().any(char::is_control) {
            self.wrong(pointer, "One line without control characters.");
        }
    }

    /// A value of a field that the connector declares.
    pub(super) fn value(&mut self, pointer: &str, field: &OptionField, value: &str) {
        match field.choices {
            ChoiceSource::Fixed(choices) if !choices.iter().any(|(known, _)| *known == value) => {
                self.wrong(pointer, format!("Choose one of the values offered for {}.", field.label));
            }
            _ if field.kind == FieldKind::Number => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                if !digits || !value.parse::<u32>().is_ok_and(|number| number <= LARGEST_NUMBER) {
                    self.wrong(pointer, format!("Enter a whole number from 0 to {LARGEST_NUMBER}."));
                }
            }
            _ => self.short(pointer, value),
        }
    }

    fn record_types(&mut self, names: &[String]) -> Vec<RecordType> {
        if !self.cap("/record_types", names.len(), MOST_TYPES) {
            return Vec::new();
        }
        if names.is_empty() {
            self.wrong("/record_types", "Choose at least one record type. To sync nothing, pause the integration.");
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

    fn filters(&mut self, mut filters: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
        for (key, values) in &mut filters {
            let pointer = format!("/filters/{}", escape(key));
            let Some(field) = self.descriptor.options.iter().find(|field| field.key == key) else {
                self.wrong(pointer, format!("{} has no such option.", self.descriptor.name));
                continue;
            };
            if !self.cap(&pointer, values.len(), if field.kind == FieldKind::List { MOST_VALUES } else { 1 }) {
                continue;
            }
            for (index, value) in values.iter().enumerate() {
                self.value(&format!("{pointer}/{index}"), field, value);
            }
            // Choosing something twice is choosing it.
            let mut seen = BTreeSet::new();
            values.retain(|value| seen.insert(value.clone()));
        }
        filters.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }
}
