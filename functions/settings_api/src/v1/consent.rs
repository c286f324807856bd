//! The link by which a customer's administrator consents to our reading what the vendor has of them.

use axum::Json;
use axum::extract::State;
use connector::{LinkRequest, Reach};
use domain::activity::Action;
use domain::id::ExternalId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::activity::By;
use store::consents::ConsentRequest;
use sync::endpoint::hash_token;
use sync::message::{Command, Reply};
use utoipa::ToSchema;

use super::companies::find;
use crate::access::{Caller, Permission};
use crate::activity;
use crate::commands::{Asked, refusal, unexpected};
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Write, handlers!(ask))
}

/// An administrator may be away for a few days.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A link to send to an administrator of the customer. It works once.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsentLink {
    url: String,
    expires_at: Timestamp,
}

/// Makes a link by which the owner of a linked vendor company consents. Links made before stay good.
#[utoipa::path(
    post,
    path = "/v1/companies/{company}/links/{connector}/{external_id}/consent",
    operation_id = "request_consent",
    params(
        ("company" = String, Path),
        ("connector" = String, Path, example = "microsoft-365"),
        ("external_id" = String, Path, description = "The vendor's id of its company."),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; each call makes another link."),
    ),
    responses(
        (status = 200, body = ConsentLink),
        (status = 502, description = "The credentials do not suffice to make a link."),
        (status = 504, description = "It was not made in time: ask again."),
    ),
)]
async fn ask(
    caller: Caller,
    State(state): State<AppState>,
    Ids((company, connector, external_id)): Ids<(String, String, String)>,
) -> Answer<Json<ConsentLink>> {
    let which = state.connector(&connector)?;
    if !which.descriptor.feeds().any(|(_, feed)| feed.reach == Reach::LinkedCompanies) {
        return Err(Problem::not_found(format!("{} needs no consent of each customer.", which.descriptor.name)));
    }
    let company = find(&caller.store, &company).await?;
    let external_id = ExternalId::new(external_id);
    let linked = company
        .links
        .get(&which.connection)
        .and_then(|links| links.iter().find(|link| link.external_id == external_id));
    let link = linked.ok_or_else(|| Problem::not_found("The company is not linked to it."))?;
    let token = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let return_url = state.webhooks.page(&["consent", which.connector.as_str()]);
    let request = LinkRequest::Consent { company: external_id.clone(), return_url, state: token.clone() };
    let (tenant, connection) = (caller.store.tenant().clone(), which.connection.clone());
    let asked = state.ask(&which, &Command::IssueLink { tenant, connection, request }).await?;
    let url = match asked {
        Asked::Reply(Reply::Link { link }) => link.url,
        Asked::Reply(Reply::Failed { problem }) => return Err(refusal(which.descriptor, &problem)),
        Asked::Reply(other) => return Err(unexpected(&other)),
        Asked::NotInTime => return Err(Problem::vendor_slow(which.descriptor.name)),
    };
    let expires_at = state.now() + GOOD_FOR;
    let entry = caller.did(&state, Action::ConsentRequested, activity::company(&company));
    let entry = entry.is(json!({ "connector": which.connector, "external_id": external_id, "name": link.name }));
    let request = ConsentRequest { company: company.id.clone(), external_id, expires_at };
    let hash = hash_token(&token);
    caller.store.put_consent(&which.connection, &which.connector, &hash, &request, By::Person(&entry)).await?;
    Ok(Json(ConsentLink { url: url.into(), expires_at }))
}
