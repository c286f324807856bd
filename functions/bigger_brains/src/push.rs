//! Enrolling somebody: the one thing that the portal writes.
//!
//! The registration's id is ours and says who takes which course, so doing it again changes nothing: what is there already
//! is read and taken for done.

use connector::{Change, ConnectorError, ErrorKind, Mapped, Pushed, Result};
use domain::id::ExternalId;
use domain::record::{RecordType, Registration};
use serde_json::{Value, json};

use crate::map::COMPANY_TAG;
use crate::session::CloudSession;

impl CloudSession {
    pub(crate) async fn write(&self, change: &Change) -> Result<Pushed> {
        match change {
            Change::Enrol { registration, enrolment } => self.enrol(registration, enrolment).await,
            _ => Err(ConnectorError::new("write a change", ErrorKind::Unsupported)),
        }
    }

    async fn enrol(&self, id: &ExternalId, enrolment: &Registration) -> Result<Pushed> {
        const OP: &str = "enrol somebody";
        match self.client.post(OP, &["registrations"], &body(id, enrolment)).await {
            Ok(_) => Ok(self.enrolled(id).await),
            // It says the same of an id that is there already as of a value that it does not take.
            Err(error) if matches!(error.kind, ErrorKind::Rejected { .. }) => {
                match self.read(RecordType::Registrations, id).await? {
                    Some(Mapped::Record(record)) => {
                        Ok(Pushed { external_id: id.clone(), record: Some(record), note_id: None })
                    }
                    Some(_) | None => Err(error),
                }
            }
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => {
                let message = format!("there is no course {} any more", enrolment.course);
                Err(ConnectorError::new(OP, ErrorKind::Rejected { field: Some("course_id".to_owned()), message }))
            }
            Err(error) => Err(error),
        }
    }

    /// What the vendor made of it. From here on nothing is an error: it would be made again.
    async fn enrolled(&self, id: &ExternalId) -> Pushed {
        let record = match self.read(RecordType::Registrations, id).await {
            Ok(Some(Mapped::Record(record))) => Some(record),
            _ => None,
        };
        Pushed { external_id: id.clone(), record, note_id: None }
    }
}

/// Where postbacks go is set for the whole application.
fn body(id: &ExternalId, enrolment: &Registration) -> Value {
    let name = enrolment.learner_name.as_deref().unwrap_or_default().trim();
    let (first, last) = name.rsplit_once(char::is_whitespace).unwrap_or((name, ""));
    let tags: Vec<String> = enrolment.portal_company.iter().map(|company| format!("{COMPANY_TAG}{company}")).collect();
    json!({
        "registrationId": id,
        "courseId": enrolment.course,
        "learner": {
            "id": enrolment.learner,
            "email": enrolment.learner_email,
            "firstName": first.trim_end(),
            "lastName": last,
        },
        "registrationTags": tags,
    })
}

#[cfg(test)]
mod tests;
