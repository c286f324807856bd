//! SCORM Cloud's rows to the portal's records: pure and total. A row becomes a record, or (as `Err`) what is wrong with it.

use connector::lenient::Text;
use connector::{Mapped, Outcome, dates};
use domain::id::ExternalId;
use domain::record::{Completion, Course, RecordData, Registration};
use jiff::SignedDuration;

use crate::wire;

/// What a tag of ours begins with; the portal company follows.
pub(crate) const COMPANY_TAG: &str = "company:";

pub(crate) fn course(row: &wire::Course) -> Outcome {
    let id = required("the course", &row.id)?;
    let metadata = row.metadata.as_ref();
    let told = |field: fn(&wire::Metadata) -> &Text| metadata.and_then(|metadata| field(metadata).owned());
    let lasts = [told(|metadata| &metadata.typical_time), told(|metadata| &metadata.duration)];
    let course = Course {
        title: row.title.owned().or_else(|| told(|metadata| &metadata.title)).unwrap_or_else(|| id.to_string()),
        description: told(|metadata| &metadata.description),
        seconds: lasts.iter().flatten().find_map(|text| seconds(text)),
        keywords: metadata.and_then(|metadata| metadata.keywords.as_deref()).map(texts).unwrap_or_default(),
        tags: row.tags.as_deref().map(texts).unwrap_or_default(),
        standard: row.standard.owned().filter(|standard| standard != "UNKNOWN"),
        version: row.version.0.and_then(|version| u32::try_from(version).ok()),
    };
    Ok(Mapped::record(id, dates::read("updated", &row.updated)?, RecordData::Course(course)))
}

pub(crate) fn registration(row: &wire::Registration) -> Outcome {
    let id = required("the registration", &row.id)?;
    let course = row.course.as_ref().ok_or("the registration names no course")?;
    let course_id = required("its course", &course.id)?;
    let learner = row.learner.as_ref().ok_or("the registration names nobody")?;
    let name = [learner.first_name.get(), learner.last_name.get()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let updated = dates::read("updated", &row.updated)?;
    let registration = Registration {
        name: course.title.owned().unwrap_or_else(|| course_id.to_string()),
        course: course_id,
        learner: required("its learner", &learner.id)?.to_string(),
        learner_name: Some(name).filter(|name| !name.is_empty()),
        learner_email: learner.email.owned(),
        portal_company: row.tags.as_deref().unwrap_or_default().iter().find_map(company),
        instance: row.instance.0.and_then(|instance| u32::try_from(instance).ok()).unwrap_or_default(),
        completion: completion(row.registration_completion.get()),
        progress: row.registration_completion_amount,
        passed: passed(row.registration_success.get()),
        score: row.score.as_ref().and_then(|score| score.scaled),
        seconds: row.total_seconds_tracked.and_then(whole),
        created_at: dates::read("createdDate", &row.created_date)?,
        started_at: dates::read("firstAccessDate", &row.first_access_date)?,
        last_access_at: dates::read("lastAccessDate", &row.last_access_date)?,
        completed_at: dates::read("completedDate", &row.completed_date)?,
        updated_at: updated,
    };
    Ok(Mapped::record(id, updated, RecordData::Registration(Box::new(registration))))
}

/// What nobody has heard of says nothing about how far somebody is.
fn completion(text: Option<&str>) -> Completion {
    match text {
        Some("COMPLETED") => Completion::Completed,
        Some("INCOMPLETE") => Completion::Incomplete,
        _ => Completion::Unknown,
    }
}

fn passed(text: Option<&str>) -> Option<bool> {
    match text {
        Some("PASSED") => Some(true),
        Some("FAILED") => Some(false),
        _ => None,
    }
}

/// The portal company that a tag names.
fn company(tag: &Text) -> Option<String> {
    tag.get()?.strip_prefix(COMPANY_TAG).filter(|company| !company.is_empty()).map(str::to_owned)
}

/// A length of time in seconds: `PT45M`, or `00:45:00` as SCORM 1.2 writes it. Authors write all sorts of things there.
fn seconds(text: &str) -> Option<u64> {
    let length: SignedDuration = text.parse().ok()?;
    u64::try_from(length.as_secs()).ok().filter(|seconds| *seconds > 0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length of time far inside the range")]
fn whole(seconds: f64) -> Option<u64> {
    (0.0..1e12).contains(&seconds).then_some(seconds as u64)
}

fn texts(list: &[Text]) -> Vec<String> {
    list.iter().filter_map(Text::owned).collect()
}

fn required(what: &str, id: &Text) -> Result<ExternalId, String> {
    id.external_id().ok_or_else(|| format!("{what} has no id"))
}

#[cfg(test)]
mod tests;
