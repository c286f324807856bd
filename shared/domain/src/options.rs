//! What an MSP admin may choose for a connection, and what is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::email::EmailPattern;
use crate::id::RoleId;
use crate::record::RecordType;

/// How often a connection looks for changes: 5, 15 or 30 minutes and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Interval {
    /// Every 5 minutes.
    Five,
    /// Every 15 minutes.
    #[default]
    Fifteen,
    /// Every 30 minutes.
    Thirty,
}

impl Interval {
    /// The interval in minutes.
    pub const fn minutes(self) -> u32 {
        match self {
            Self::Five => 5,
            Self::Fifteen => 15,
            Self::Thirty => 30,
        }
    }

    /// The interval in seconds.
    pub const fn seconds(self) -> i64 {
        self.minutes() as i64 * 60
    }
}

impl From<Interval> for u32 {
    fn from(interval: Interval) -> Self {
        interval.minutes()
    }
}

impl TryFrom<u32> for Interval {
    type Error = String;

    fn try_from(minutes: u32) -> Result<Self, Self::Error> {
        match minutes {
            5 => Ok(Self::Five),
            15 => Ok(Self::Fifteen),
            30 => Ok(Self::Thirty),
            other => Err(format!("{other} is not an interval: choose 5, 15 or 30 minutes")),
        }
    }
}

/// Where portal companies come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompanyImport {
    /// Every vendor company that passes the filters becomes a portal company, later ones too.
    All,
    /// A person picks.
    #[default]
    Choose,
}

/// A role that an import rule gives, or the explicit decision to import nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RoleChoice {
    /// Give this role.
    Role(RoleId),
    /// `do_not_import`: stop here and import nobody.
    DoNotImport,
}

/// How [`RoleChoice::DoNotImport`] is written.
pub const DO_NOT_IMPORT: &str = "do_not_import";

impl From<String> for RoleChoice {
    fn from(text: String) -> Self {
        if text == DO_NOT_IMPORT { Self::DoNotImport } else { Self::Role(RoleId::new(text)) }
    }
}

impl From<RoleChoice> for String {
    fn from(choice: RoleChoice) -> Self {
        match choice {
            RoleChoice::Role(role) => role.as_str().to_owned(),
            RoleChoice::DoNotImport => DO_NOT_IMPORT.to_owned(),
        }
    }
}

/// Contacts of one named type get this role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TypeRule {
    /// The contact type's name at the vendor, compared without regard to case.
    #[serde(rename = "type")]
    pub contact_type: String,
    /// What they get.
    #[schema(value_type = String)]
    pub role: RoleChoice,
}

/// Whether and how contacts become portal users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct AutoImport {
    /// Contacts become users.
    pub enabled: bool,
    /// Last step of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub default_role: Option<RoleChoice>,
    /// Second step; the rule listed first wins.
    pub type_rules: Vec<TypeRule>,
    /// Third step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub primary_role: Option<RoleChoice>,
    /// Addresses that are never imported; `*` stands for anything.
    pub exclude_emails: Vec<EmailPattern>,
}

impl Default for AutoImport {
    fn default() -> Self {
        Self {
            enabled: false,
            default_role: None,
            type_rules: Vec::new(),
            primary_role: None,
            exclude_emails: ["noreply@*", "no-reply@*", "scanner@*"].map(EmailPattern::new).to_vec(),
        }
    }
}

/// How one stage of the portal maps to the vendor's statuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct StageMap {
    /// Vendor status ids shown as this stage.
    #[serde(rename = "in")]
    pub incoming: Vec<String>,
    /// The status written back, by board; `*` for boards not named.
    #[serde(rename = "out")]
    pub outgoing: BTreeMap<String, String>,
}

/// Everything an admin sets for a connection besides its credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Options {
    /// How often changes are looked for: 5, 15 or 30.
    #[schema(value_type = u32)]
    pub interval_minutes: Interval,
    /// Import what exists already; off: only what is created or changed after connecting.
    #[serde(default = "on")]
    pub initial_import: bool,
    /// Where portal companies come from.
    pub company_import: CompanyImport,
    /// Record types to sync; absent: all that the descriptor turns on by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_types: Option<Vec<RecordType>>,
    /// Contacts to users.
    pub auto_import: AutoImport,
    /// The descriptor's option fields: what the admin chose, by field key.
    pub filters: BTreeMap<String, Vec<String>>,
    /// Portal stage to vendor statuses.
    pub stages: BTreeMap<String, StageMap>,
    /// Values for tickets that the portal creates, by field.
    pub ticket_defaults: BTreeMap<String, String>,
}

const fn on() -> bool {
    true
}

impl Options {
    /// What a new connection starts with.
    pub fn initial() -> Self {
        Self { initial_import: true, ..Self::default() }
    }

    /// The chosen values of an option field; nothing chosen is an empty list.
    pub fn filter(&self, field: &str) -> &[String] {
        self.filters.get(field).map_or(&[], Vec::as_slice)
    }
}
