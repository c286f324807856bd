//! Opening a course: an address that the vendor makes for one click. It is answered at once and kept nowhere.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use connector::LinkRequest;
use domain::record::RecordData;
use jiff::Timestamp;
use serde::Serialize;
use sync::message::{Command, Reply};
use utoipa::ToSchema;

use super::{find, takes_enrolments};
use crate::access::Caller;
use crate::commands::{Asked, refusal, unexpected};
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::state::AppState;

/// Where a course opens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Launch {
    /// Whoever opens it needs no other proof, and goes on as the person who is enrolled.
    #[schema(format = "uri")]
    url: String,
    /// Until when it works, where the vendor says.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// Makes an address that opens a course for the person who is enrolled, for one click.
#[utoipa::path(
    post,
    path = "/v1/enrolments/{enrolment}/launch",
    operation_id = "launch_course",
    params(("enrolment" = String, Path)),
    responses(
        (status = 200, body = Launch),
        (status = 409, description = "The vendor has not made the enrolment yet, or the connection is off."),
        (status = 502, description = "The vendor refused or failed."),
        (status = 504, description = "The vendor did not answer in time."),
    ),
)]
pub(super) async fn launch(
    caller: Caller,
    State(state): State<AppState>,
    Ids(enrolment): Ids<String>,
) -> Answer<Response> {
    let (source, found) = find(&state, &caller.store, &enrolment).await?;
    takes_enrolments(&source)?;
    let descriptor = source.which.descriptor;
    let mirrored = found.mirrored.as_ref().and_then(|mirrored| match mirrored.live() {
        Some(RecordData::Registration(enrolment)) => Some((mirrored.external_id.clone(), enrolment)),
        _ => None,
    });
    let (registration, enrolment) = mirrored.ok_or_else(|| {
        Problem::conflict(format!("{} has not made this enrolment yet. Try again in a moment.", descriptor.short_name))
    })?;
    let return_url = match &enrolment.portal_company {
        Some(company) => state.webhooks.page(&["settings", "companies", company, "training"]),
        None => state.webhooks.page(&["settings", "companies"]),
    };
    let command = Command::IssueLink {
        tenant: caller.store.tenant().clone(),
        connection: source.which.connection.clone(),
        request: LinkRequest::Course { registration, return_url },
    };
    match state.ask(&source.which, &command).await? {
        Asked::Reply(Reply::Link { link }) => {
            let launch = Launch { url: link.url.into(), expires_at: link.expires_at };
            Ok(([(CACHE_CONTROL, "no-store")], Json(launch)).into_response())
        }
        Asked::Reply(Reply::Failed { problem }) => Err(refusal(descriptor, &problem)),
        Asked::Reply(other) => Err(unexpected(&other)),
        Asked::NotInTime => Err(Problem::vendor_slow(descriptor.name)),
    }
}
