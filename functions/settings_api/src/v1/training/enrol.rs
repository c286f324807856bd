//! Enrolling somebody in a course.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::edit::{Edit, RecordRef};
use domain::id::{CompanyId, UserId};
use domain::portal::{Access, User};
use domain::record::{Completion, RecordType, Registration};
use serde::Deserialize;
use store::TenantStore;
use utoipa::ToSchema;

use super::view::EnrolmentView;
use super::{find, takes_enrolments};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Ids, Input, idempotency_key};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::AppState;
use crate::v1::two_way::{TwoWay, id};
use crate::v1::{companies, courses};

/// Who is to take which course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolmentInput {
    /// Of `GET /v1/courses`.
    course_id: String,
    /// A user of the company, of `GET /v1/users?company=`.
    contact_id: UserId,
}

/// Enrols somebody of a company in a course. Asking again answers the enrolment that is there.
#[utoipa::path(
    post,
    path = "/v1/companies/{company}/enrolments",
    operation_id = "enrol",
    params(
        ("company" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Not needed: somebody takes a course once, however often it is asked for."),
    ),
    request_body = EnrolmentInput,
    responses(
        (status = 200, body = EnrolmentView, description = "They were enrolled before."),
        (status = 201, body = EnrolmentView, description = "It is on its way; `sync` says how far."),
        (status = 409, description = "The connection is off, or takes no enrolments at present."),
    ),
)]
pub(super) async fn enrol(
    caller: Caller,
    State(state): State<AppState>,
    Ids(company): Ids<String>,
    headers: HeaderMap,
    Input(input): Input<EnrolmentInput>,
) -> Answer<(StatusCode, Json<EnrolmentView>)> {
    let store = &caller.store;
    let reference = new_id("en", store, idempotency_key(&headers)?);
    let company = companies::find(store, &company).await?.id;
    let mut errors = Vec::new();
    let course = courses::find(&state, store, &input.course_id).await?;
    if course.is_none() {
        errors.push(FieldError::new("/course_id", "There is no course of this id: see /v1/courses."));
    }
    let person = person(store, &input.contact_id, &company).await?;
    if person.is_none() {
        errors.push(FieldError::new("/contact_id", "Choose an active user of this company: see /v1/users?company=."));
    }
    let (Some((connection, course)), Some(person)) = (course, person) else { return Err(Problem::invalid(errors)) };
    let external_id = Registration::id_of(&course.external_id, person.id.as_str());
    let record = RecordRef::Vendor(external_id);
    let portal_id = id(&connection, &record);
    if let Ok((source, found)) = find(&state, store, &portal_id).await
        && let Some(view) = EnrolmentView::of(&source, &found)
    {
        return Ok((StatusCode::OK, Json(view)));
    }
    let mut sources = state.sources(store, RecordType::Registrations, Some(connection.as_str())).await?;
    let source = sources.pop().ok_or_else(|| Problem::conflict("The catalogue is not connected. Connect it first."))?;
    takes_enrolments(&source)?;
    let enrolment = Registration {
        name: course.body.name,
        course: course.external_id,
        learner: person.id.to_string(),
        learner_name: Some(person.name),
        learner_email: Some(person.email),
        portal_company: Some(company.to_string()),
        instance: 0,
        completion: Completion::Unknown,
        progress: None,
        passed: None,
        score: None,
        seconds: None,
        created_at: None,
        started_at: None,
        last_access_at: None,
        completed_at: None,
        updated_at: None,
    };
    let asked = TwoWay { record, mirrored: None, operations: Vec::new() };
    state.take_in(&caller, &source, &asked, reference, Edit::Enrol(Box::new(enrolment))).await?;
    let (source, found) = find(&state, store, &portal_id).await?;
    let view = EnrolmentView::of(&source, &found);
    let view = view.ok_or_else(|| Problem::internal("an enrolment that was taken in is not there"))?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Somebody of this company who may sign in.
async fn person(store: &TenantStore, id: &UserId, company: &CompanyId) -> Answer<Option<User>> {
    let user = store.user(id).await?;
    Ok(user.filter(|user| user.company_id.as_ref() == Some(company) && user.access == Access::Active))
}
