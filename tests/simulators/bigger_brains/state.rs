//! The application's data, and what a change of a registration sets in motion.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::lists::{List, posted};
use super::postbacks::Postbacks;
use super::registrations::Launch;
use super::wire::{Reject, object};
use crate::knobs::Knobs;
use crate::records::{ChangeMode, Record, Table};
use crate::vendor::Refusal;

/// A change of any of these is told.
const TOLD: &[&str] =
    &["registrationCompletion", "registrationSuccess", "score", "totalSecondsTracked", "registrationCompletionAmount"];

#[derive(Default)]
pub(super) struct State {
    pub(super) courses: Table<String>,
    pub(super) registrations: Table<String>,
    /// What is set for the application.
    pub(super) settings: BTreeMap<String, String>,
    pub(super) postbacks: Postbacks,
    /// Launch links by their token.
    pub(super) launches: BTreeMap<String, Launch>,
}

impl State {
    pub(super) const fn table_mut(&mut self, list: List) -> &mut Table<String> {
        match list {
            List::Courses => &mut self.courses,
            List::Registrations => &mut self.registrations,
        }
    }

    /// A person adds one in the screens. What is not given is as the screens fill it in.
    pub(super) fn insert(&mut self, list: List, fields: Map<String, Value>, at: Timestamp) -> Result<Value, Refusal> {
        let id = fields.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or_else(|| Refusal::Invalid("it needs an id".to_owned()))?;
        let mut row = Record::new(at, at, defaults(list, &id));
        row.merge(fields);
        let shown = Value::Object(row.fields.clone());
        self.table_mut(list).rows.insert(id, row);
        Ok(shown)
    }

    /// Changes a record; what a registration came to is told.
    pub(super) fn change(
        &mut self,
        list: List,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        knobs: &Knobs,
    ) -> Option<Value> {
        let row = self.table_mut(list).get_mut(&id.to_owned())?;
        let told =
            TOLD.iter().any(|field| fields.get(*field).is_some_and(|value| row.fields.get(*field) != Some(value)));
        row.merge(fields);
        if !mode.silent {
            row.touch(mode.at);
        }
        let row = row.clone();
        if list == List::Registrations && told {
            let body = posted(self, &row);
            self.postbacks.tell(&row, &self.settings, &body, mode.at, knobs);
        }
        Some(Value::Object(row.fields))
    }

    pub(super) fn delete(&mut self, list: List, id: &str, at: Timestamp) -> Result<(), Reject> {
        let row =
            self.table_mut(list).get_mut(&id.to_owned()).ok_or(Reject::NotFound("Could not find it by this id."))?;
        row.deleted = true;
        row.touch(at);
        Ok(())
    }

    pub(super) fn dump(&self) -> Value {
        let rows = |list: List| -> Vec<Value> {
            let rows = list.of(self).rows.values();
            rows.map(|row| {
                let mut fields = match list {
                    List::Courses => row.fields.clone(),
                    List::Registrations => object(posted(self, row)),
                };
                fields.insert("_sim".to_owned(), json!({"deleted": row.deleted}));
                Value::Object(fields)
            })
            .collect()
        };
        json!({
            "courses": rows(List::Courses), "registrations": rows(List::Registrations), "settings": self.settings,
            "postbacks": self.postbacks.dump(),
        })
    }
}

pub(super) fn defaults(list: List, id: &str) -> Map<String, Value> {
    object(match list {
        List::Courses => json!({
            "id": id, "title": id, "xapiActivityId": format!("http://acme.example/{id}"), "activityId": id, "version": 0,
            "courseLearningStandard": "SCORM12", "tags": [], "dispatched": false,
        }),
        List::Registrations => json!({
            "id": id, "instance": 0, "xapiRegistrationId": id, "registrationCompletion": "UNKNOWN",
            "registrationSuccess": "UNKNOWN", "totalSecondsTracked": 0.0, "course": {"id": "", "title": "", "version": 0},
            "learner": {"id": "", "firstName": "", "lastName": ""}, "tags": [], "globalObjectives": [], "sharedData": [],
        }),
    })
}
