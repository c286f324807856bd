//! A technician's portal user: made on request, or one that exists.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::activity::Action;
use domain::edit::RecordRef;
use domain::email::Email;
use domain::id::{RoleId, UserId};
use domain::portal::{Access, Origin, User};
use serde::Deserialize;
use serde_json::json;
use store::activity::By;
use utoipa::ToSchema;

use super::view::TechnicianView;
use super::{find, read, shown};
use crate::access::Caller;
use crate::activity;
use crate::commands::new_id;
use crate::input::{Ids, Input, idempotency_key};
use crate::problem::{Answer, Problem};
use crate::state::AppState;
use crate::v1::two_way::Source;

/// Either the role of a new user, or the user.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TechnicianImport {
    /// Makes a user of the MSP's own staff, with this role.
    role: Option<RoleId>,
    /// Links to this user.
    user_id: Option<UserId>,
}

/// Gives a technician a portal user: a new one of the MSP's own staff, or one that exists. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/technicians/{technician}/import",
    operation_id = "import_technician",
    params(
        ("technician" = String, Path, example = "halo-psa.7"),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; a technician is imported once anyway."),
    ),
    request_body = TechnicianImport,
    responses(
        (status = 200, body = TechnicianView),
        (status = 409, description = "The e-mail address belongs to another user, or the technician is switched off."),
    ),
)]
pub(super) async fn import(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(technician): Ids<String>,
    Input(input): Input<TechnicianImport>,
) -> Answer<Json<TechnicianView>> {
    idempotency_key(&headers)?;
    let store = &caller.store;
    let (source, found) = find(&state, store, &technician).await?;
    let view = shown(store, &source, &found).await?;
    let user = match (input.role, input.user_id) {
        (Some(role), None) => state.staff(&caller, &source, &found.record, &view, role).await?,
        (None, Some(user)) => {
            if store.user(&user).await?.is_none() {
                return Err(Problem::field("/user_id", "There is no user of this id."));
            }
            user
        }
        _ => return Err(Problem::field("", "Send either role, for a new user, or user_id, for one that exists.")),
    };
    let entry = caller.did(&state, Action::TechnicianImported, source.object(&found.record, &view.name));
    let entry = entry.is(json!({ "user": user }));
    store.link_technician(&source.which.connection, &found.record, &user, By::Person(&entry)).await?;
    Ok(Json(read(&state, store, &technician).await?))
}

impl AppState {
    /// The user made of a technician; made before, it stays as it is.
    async fn staff(
        &self,
        caller: &Caller,
        source: &Source,
        record: &RecordRef,
        technician: &TechnicianView,
        role: RoleId,
    ) -> Answer<UserId> {
        let store = &caller.store;
        let name = source.which.descriptor.short_name;
        // Derived from the technician, so that asking twice makes one user.
        let id = UserId::new(new_id("us_technician", store, Some(&source.id(record))));
        if store.user(&id).await?.is_some() {
            return Ok(id);
        }
        if !store.roles().await?.iter().any(|known| known.id == role) {
            return Err(Problem::field("/role", "There is no such role."));
        }
        if !technician.active {
            let detail = format!("This technician is switched off in {name}. Switch them on there first.");
            return Err(Problem::conflict(detail));
        }
        let email = technician.email.as_deref().filter(|email| Email::parse(email).is_some());
        let Some(email) = email else {
            let detail = format!("This technician has no usable e-mail address in {name}. Enter one first.");
            return Err(Problem::conflict(detail));
        };
        let user = User {
            id: id.clone(),
            name: technician.name.clone(),
            email: email.trim().to_owned(),
            company_id: None,
            role,
            origin: Origin::Imported,
            access: Access::Active,
            reason: None,
            // A person asked for it: what becomes of contacts does not take it away.
            access_decided: true,
            contacts: Vec::new(),
            created_at: self.now(),
            version: 1,
        };
        let detail = json!({ "user": user.id, "company": null, "connection": source.which.connection });
        let entry = caller.did(self, Action::UserCreated, activity::user(&user)).is(json!({ "role": user.role }));
        if self.make_user(store, &user, detail, &entry).await? || store.user(&id).await?.is_some() {
            return Ok(id);
        }
        let detail = "A portal user has this e-mail address already. Send its id as user_id to link it.";
        Err(Problem::conflict(detail))
    }
}
