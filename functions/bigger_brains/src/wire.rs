//! SCORM Cloud's JSON as it is sent: everything optional, no logic.

use connector::lenient::{Int, Text};
use serde::Deserialize;

/// What a list says beside its rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct More {
    /// Names the next page.
    pub(crate) more: Text,
}

/// `/courses`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Course {
    pub(crate) id: Text,
    pub(crate) title: Text,
    pub(crate) updated: Text,
    pub(crate) version: Int,
    #[serde(rename = "courseLearningStandard")]
    pub(crate) standard: Text,
    pub(crate) tags: Option<Vec<Text>>,
    pub(crate) metadata: Option<Metadata>,
}

/// What the package says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) duration: Text,
    #[serde(rename = "typicalTime")]
    pub(crate) typical_time: Text,
    pub(crate) keywords: Option<Vec<Text>>,
}

/// `/registrations`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Registration {
    pub(crate) id: Text,
    pub(crate) instance: Int,
    pub(crate) updated: Text,
    pub(crate) registration_completion: Text,
    pub(crate) registration_completion_amount: Option<f64>,
    pub(crate) registration_success: Text,
    pub(crate) score: Option<Score>,
    pub(crate) total_seconds_tracked: Option<f64>,
    pub(crate) first_access_date: Text,
    pub(crate) last_access_date: Text,
    pub(crate) completed_date: Text,
    pub(crate) created_date: Text,
    pub(crate) course: Option<CourseReference>,
    pub(crate) learner: Option<Learner>,
    pub(crate) tags: Option<Vec<Text>>,
}

/// A score.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Score {
    pub(crate) scaled: Option<f64>,
}

/// The course of a registration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CourseReference {
    pub(crate) id: Text,
    pub(crate) title: Text,
}

/// Who takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Learner {
    pub(crate) id: Text,
    pub(crate) email: Text,
    pub(crate) first_name: Text,
    pub(crate) last_name: Text,
}

/// The answer to `launchLink`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct LaunchLink {
    pub(crate) launch_link: Text,
}

/// `/appManagement/configuration`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) setting_items: Vec<Setting>,
}

/// One setting of the application.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Setting {
    pub(crate) id: Text,
    /// What is set for the application itself; absent: nothing.
    pub(crate) explicit_value: Text,
}
