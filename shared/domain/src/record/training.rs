//! What a training catalogue has: courses, and who takes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ExternalId;

/// A course of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How long it takes, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The vendor's tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The standard that it is made to: `SCORM12`, `AICC`, `XAPI`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// Counts up when its content is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// Somebody who takes a course, and how far they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// The course's title.
    pub name: String,
    /// The course.
    pub course: ExternalId,
    /// Who takes it: our id of the person, where we enrolled them.
    pub learner: String,
    /// Their name at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learner_name: Option<String>,
    /// Their e-mail address at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learner_email: Option<String>,
    /// The portal company, where we enrolled them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_company: Option<String>,
    /// Counts the attempts: a completed one never becomes incomplete again, the next one may be.
    pub instance: u32,
    /// How far they are.
    pub completion: Completion,
    /// How much is done, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<f64>,
    /// Passed or failed, where the course tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// Score from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Time spent, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// When they were enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When they first opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When they last opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_access_at: Option<Timestamp>,
    /// When they completed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// When the vendor last changed it: of two readings the later counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

/// How far somebody is with a course.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// Not known: never opened.
    #[default]
    Unknown,
    /// Begun.
    Incomplete,
    /// Done.
    Completed,
}
