//! An enrolment as it is answered.

use domain::edit::{Edit, RecordRef};
use domain::id::{ConnectorId, ExternalId};
use domain::record::{Completion, RecordData, Registration};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::v1::two_way::progress::Progress;
use crate::v1::two_way::{Source, TwoWay, id};

/// Somebody who takes a course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Enrolment)]
pub(crate) struct EnrolmentView {
    id: String,
    connector: ConnectorId,
    course_id: String,
    /// The course's title.
    course: String,
    /// The user, where the portal enrolled them; otherwise the vendor's id of the learner.
    contact_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Counts the attempts, from 1.
    attempt: u32,
    completion: Completion,
    /// How much is done, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<f64>,
    /// Passed or failed, where the course tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<bool>,
    /// From 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// Time spent, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enrolled_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_access_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    sync: Progress,
}

impl EnrolmentView {
    /// `None`: it is not there any more.
    pub(super) fn of(source: &Source, found: &TwoWay) -> Option<Self> {
        let enrolment = content(found)?;
        let asked_at = found.operations.first().map(|queued| queued.operation.at);
        let connection = &source.which.connection;
        Some(Self {
            id: id(connection, &found.record),
            connector: source.which.connector.clone(),
            course_id: id(connection, &RecordRef::Vendor(enrolment.course)),
            course: enrolment.name,
            contact_id: enrolment.learner,
            name: enrolment.learner_name,
            email: enrolment.learner_email,
            attempt: enrolment.instance.saturating_add(1),
            completion: enrolment.completion,
            progress: enrolment.progress,
            passed: enrolment.passed,
            score: enrolment.score,
            seconds: enrolment.seconds,
            enrolled_at: enrolment.created_at.or(asked_at),
            started_at: enrolment.started_at,
            last_access_at: enrolment.last_access_at,
            completed_at: enrolment.completed_at,
            sync: Progress::of(source, found),
        })
    }
}

/// As it is mirrored, else as it was asked for, also where the vendor refused that.
fn content(found: &TwoWay) -> Option<Registration> {
    let mirrored = found.mirrored.as_ref().and_then(|mirrored| match mirrored.live() {
        Some(RecordData::Registration(enrolment)) => Some(enrolment.as_ref().clone()),
        _ => None,
    });
    mirrored.or_else(|| {
        found.operations.iter().find_map(|queued| match &queued.operation.edit {
            Edit::Enrol(enrolment) => Some(enrolment.as_ref().clone()),
            _ => None,
        })
    })
}

/// The portal company that it belongs to.
pub(super) fn company(found: &TwoWay) -> Option<String> {
    content(found)?.portal_company
}

/// The id that it has at the vendor, made yet or not.
pub(super) fn named(found: &TwoWay) -> Option<ExternalId> {
    match &found.record {
        RecordRef::Vendor(id) => Some(id.clone()),
        RecordRef::Portal(_) => None,
    }
}
