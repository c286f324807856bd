//! Registrations as the API makes them, and the links that open their courses.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::lists::List;
use super::state::{State, defaults};
use super::wire::{Reject, date};
use crate::exchange::Answer;
use crate::knobs::Knobs;
use crate::records::{ChangeMode, Record};

/// Where launch links lead. SIM CHOICE: the path.
pub(super) const LAUNCHES: &str = "/api/cloud/registration/launch/";
/// Seconds that a link is good, unless asked for otherwise, and what may be asked for.
const USUAL: i64 = 120;
const RANGE: std::ops::RangeInclusive<i64> = 10..=300;
const LONGEST_ID: usize = 255;

/// A link that was made.
pub(super) struct Launch {
    registration: String,
    until: Timestamp,
}

pub(super) fn create(state: &mut State, body: &Map<String, Value>, at: Timestamp, knobs: &Knobs) -> Result<(), Reject> {
    let text = |field: &str| {
        let value = body.get(field).and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= LONGEST_ID);
        value.map(str::to_owned).ok_or_else(|| Reject::Invalid(format!("{field} is required")))
    };
    let (id, course) = (text("registrationId")?, text("courseId")?);
    let learner = body.get("learner").filter(|learner| learner["id"].as_str().is_some_and(|id| !id.is_empty()));
    let learner = learner.ok_or_else(|| Reject::Invalid("learner.id is required".to_owned()))?.clone();
    let course = state.courses.get(&course).ok_or(Reject::NotFound("Could not find course by this id."))?;
    if state.registrations.get(&id).is_some() {
        let status = knobs.quirk("duplicate_status").and_then(|status| status.as_u64()).unwrap_or(409);
        return Err(Reject::Exists(u16::try_from(status).unwrap_or(409)));
    }
    let reference =
        json!({"id": course.fields["id"], "title": course.fields["title"], "version": course.fields["version"]});
    let mut row = Record::new(at, at, defaults(List::Registrations, &id));
    row.fields.insert("course".to_owned(), reference);
    row.fields.insert("learner".to_owned(), learner);
    row.fields.insert("tags".to_owned(), body.get("registrationTags").cloned().unwrap_or_else(|| json!([])));
    if let Some(post_back) = body.get("postBack") {
        row.fields.insert("_postBack".to_owned(), post_back.clone());
    }
    state.registrations.rows.insert(id, row);
    Ok(())
}

pub(super) fn link(state: &mut State, id: &str, body: &Map<String, Value>, at: Timestamp) -> Result<String, Reject> {
    let row =
        state.registrations.get(&id.to_owned()).ok_or(Reject::NotFound("Could not find registration by this id."))?;
    let asked = body.get("expiry").map_or(Some(USUAL), Value::as_i64);
    let seconds = asked.filter(|seconds| RANGE.contains(seconds));
    let seconds = seconds.ok_or_else(|| Reject::Invalid("expiry is from 10 to 300 seconds".to_owned()))?;
    if body.get("redirectOnExitUrl").and_then(Value::as_str).is_none() {
        return Err(Reject::Invalid("redirectOnExitUrl is required".to_owned()));
    }
    // No two links are the same.
    let token = format!("{}-{}", row.text("xapiRegistrationId"), state.launches.len());
    let link = format!("https://{}{LAUNCHES}{token}", super::HOST);
    state
        .launches
        .insert(token, Launch { registration: id.to_owned(), until: at + SignedDuration::from_secs(seconds) });
    Ok(link)
}

/// Somebody opens a course.
pub(super) fn open(state: &mut State, token: &str, at: Timestamp) -> Answer {
    let launch = state.launches.get(token).filter(|launch| at < launch.until);
    let Some(registration) = launch.map(|launch| launch.registration.clone()) else {
        return Answer::html(
            StatusCode::FORBIDDEN,
            "<!DOCTYPE html><title>Expired</title><h1>This link has expired</h1>",
        );
    };
    let mut fields = Map::from_iter([("lastAccessDate".to_owned(), Value::from(date(at)))]);
    let row = state.registrations.get(&registration);
    let is_new = row.is_some_and(|row| row.text("registrationCompletion") == "UNKNOWN");
    if is_new {
        fields.insert("firstAccessDate".to_owned(), date(at).into());
        fields.insert("registrationCompletion".to_owned(), "INCOMPLETE".into());
    }
    let mode = ChangeMode { at, silent: false };
    if state.change(List::Registrations, &registration, fields, mode, &Knobs::default()).is_none() {
        return Answer::html(StatusCode::NOT_FOUND, "<!DOCTYPE html><title>Gone</title>");
    }
    Answer::html(StatusCode::OK, "<!DOCTYPE html><title>Course</title><h1>The course plays here</h1>")
}
