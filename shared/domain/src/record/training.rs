//! What a training catalogue has: courses, and who takes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

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

/// The namespace of enrolments' ids; any UUID would do, and it never changes.
const ENROLMENTS: [u8; 16] = *b"\x8e\x0d\x3a\x52\x6b\x1f\x4c\x77\x9d\x24\x51\xc8\x0e\x7a\xb3\x96";

impl Registration {
    /// The id of somebody's enrolment in a course (UUID version 5): who asks twice asks for the same one.
    pub fn id_of(course: &ExternalId, learner: &str) -> ExternalId {
        let hash =
            Sha1::new().chain_update(ENROLMENTS).chain_update(course.as_str()).chain_update([0]).chain_update(learner);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        ExternalId::new(uuid::Builder::from_sha1_bytes(bytes).into_uuid().to_string())
    }

    /// What is known of it after this reading, where `before` was known.
    ///
    /// Readings come in any order. An older one tells nothing, and an attempt that was completed stays so: only the next
    /// attempt, or another enrolment under the same id, begins anew.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        let is_another =
            self.created_at.is_some() && before.created_at.is_some() && self.created_at != before.created_at;
        if is_another || self.instance > before.instance {
            return self;
        }
        let is_older = self.updated_at.zip(before.updated_at).is_some_and(|(this, before)| this < before);
        if self.instance < before.instance || is_older {
            return before.clone();
        }
        if before.completion == Completion::Completed && self.completion != Completion::Completed {
            let (completion, completed_at, progress) = (before.completion, before.completed_at, before.progress);
            return Self { completion, completed_at, progress, ..self };
        }
        self
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(instance: u32, completion: Completion, second: i64) -> Registration {
        Registration {
            name: "Excel".to_owned(),
            course: "excel".into(),
            learner: "us_1".to_owned(),
            learner_name: None,
            learner_email: None,
            portal_company: None,
            instance,
            completion,
            progress: Some(if completion == Completion::Completed { 1.0 } else { 0.4 }),
            passed: None,
            score: None,
            seconds: Some(second.unsigned_abs()),
            created_at: Timestamp::from_second(1).ok(),
            started_at: None,
            last_access_at: None,
            completed_at: (completion == Completion::Completed).then_some(Timestamp::UNIX_EPOCH),
            updated_at: Timestamp::from_second(second).ok(),
        }
    }

    #[test]
    fn an_enrolment_is_named_by_its_course_and_its_learner() {
        let id = |course: &str, learner: &str| Registration::id_of(&course.into(), learner);
        assert_eq!(id("excel", "us_1").as_str(), "cd90d2a4-4c64-5647-95c8-75d2f007e355");
        assert_eq!(id("excel", "us_1"), id("excel", "us_1"));
        assert_ne!(id("excel", "us_1"), id("excelu", "s_1"), "what belongs to which part counts");
        let version = |id: &ExternalId| id.as_str().as_bytes()[14];
        assert_eq!(version(&id("a", "b")), b'5');
    }

    #[test]
    fn a_completed_attempt_stays_completed_and_the_rest_moves_on() {
        let before = reading(0, Completion::Completed, 100);
        let after = reading(0, Completion::Incomplete, 200).after(&before);
        assert_eq!((after.completion, after.progress), (Completion::Completed, Some(1.0)));
        assert_eq!((after.completed_at, after.seconds), (before.completed_at, Some(200)));
    }

    #[test]
    fn the_next_attempt_begins_anew_and_an_earlier_one_is_history() {
        let (first, second) = (reading(0, Completion::Completed, 100), reading(1, Completion::Incomplete, 200));
        assert_eq!(second.clone().after(&first), second);
        assert_eq!(reading(0, Completion::Completed, 300).after(&second), second);
    }

    #[test]
    fn an_older_reading_tells_nothing() {
        let before = reading(0, Completion::Incomplete, 200);
        assert_eq!(reading(0, Completion::Unknown, 199).after(&before), before);
        let same_moment = reading(0, Completion::Completed, 200);
        assert_eq!(same_moment.clone().after(&before), same_moment);
    }

    #[test]
    fn another_enrolment_under_the_same_id_is_taken_as_it_is() {
        let again = Registration { created_at: Timestamp::from_second(5).ok(), ..reading(0, Completion::Unknown, 6) };
        assert_eq!(again.clone().after(&reading(3, Completion::Completed, 4)), again);
    }

    proptest! {
        /// Whatever order readings of one attempt come in, once completed it is completed, and the latest moment is kept.
        #[test]
        fn completion_never_falls_back(readings in prop::collection::vec((0..3_u8, 0..50_i64), 1..12)) {
            let completion = |n: u8| [Completion::Unknown, Completion::Incomplete, Completion::Completed][usize::from(n)];
            let mut known: Option<Registration> = None;
            let (mut completed, mut latest) = (false, i64::MIN);
            for (n, second) in readings {
                let read = reading(0, completion(n), second);
                // What is older than what is known was never seen.
                completed |= read.completion == Completion::Completed && second >= latest;
                latest = latest.max(second);
                let after = match &known { Some(known) => read.after(known), None => read };
                prop_assert_eq!(after.completion == Completion::Completed, completed);
                prop_assert_eq!(after.updated_at, Timestamp::from_second(latest).ok());
                known = Some(after);
            }
        }
    }
}
