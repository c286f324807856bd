//! Portal users and their access.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::activity::{Action, Entry};
use domain::email::Email;
use domain::id::{CompanyId, ExternalId, RoleId, UserId};
use domain::portal::{Access, Origin, User};
use domain::record::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::TenantStore;
use store::activity::By;
use sync::admission::user_of;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Caller, Permission};
use crate::activity;
use crate::commands::new_id;
use crate::input::{Ids, Input, Listing, Page, Params, idempotency_key, text};
use crate::problem::{Answer, FieldError, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

mod moving;

pub(super) fn routes() -> Routes {
    Routes::new()
        .route(Permission::Read, handlers!(list))
        .route(Permission::Write, handlers!(create))
        .route(Permission::Write, handlers!(give_access, take_access))
        .merge(moving::routes())
}

const LONGEST_SEARCH: usize = 200;
const LIST: &str = "users";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserParams {
    /// Text that name or e-mail address contain.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Only users of this company.
    company: Option<String>,
    /// Only the user behind whom this contact stands: `halo-psa.12`, the connector and the vendor's id.
    contact: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A portal user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: UserId,
    name: String,
    email: String,
    /// Absent: one of the MSP's own staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
    role: RoleId,
    origin: Origin,
    state: Access,
    /// Why it is not active.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl UserView {
    pub(super) fn of(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            company_id: user.company_id,
            role: user.role,
            origin: user.origin,
            state: user.access,
            reason: user.reason,
        }
    }
}

/// Users by id. With a search a page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/users",
    operation_id = "list_users",
    params(UserParams),
    responses((status = 200, body = Listing<UserView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<UserParams>,
) -> Answer<Json<Listing<UserView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    if let Some(contact) = &params.contact {
        if params.search.is_some() || params.company.is_some() {
            return Err(Problem::field("/contact", "A contact has one user: send nothing else with it."));
        }
        let user = state.user_behind(&caller.store, contact).await?;
        return Ok(Json(Listing::whole(user.into_iter().map(UserView::of).collect())));
    }
    let after = page.key(LIST)?;
    let company = params.company.map(CompanyId::new);
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    if search.chars().count() > LONGEST_SEARCH {
        return Err(Problem::field("/search", format!("At most {LONGEST_SEARCH} characters.")));
    }
    let found = match &company {
        _ if !search.is_empty() => {
            let fits = |text: &str| text.to_lowercase().contains(&search);
            let wanted = |user: &User| fits(&user.name) || fits(&user.email);
            caller.store.find_users(company.as_ref(), page.size(), after, wanted).await?
        }
        None => caller.store.users(page.limit, after).await?,
        Some(company) => caller.store.users_of(company, page.limit, after).await?,
    };
    let items = found.items.into_iter().map(UserView::of).collect();
    Ok(Json(Listing::until_key(items, LIST, found.next.as_deref())))
}

/// A user made by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserInput {
    name: String,
    email: String,
    company_id: CompanyId,
    role: RoleId,
}

/// Makes a user. Synchronisation never changes what was made by hand.
#[utoipa::path(
    post,
    path = "/v1/users",
    operation_id = "create_user",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one made.")),
    request_body = UserInput,
    responses(
        (status = 201, body = UserView),
        (status = 409, description = "The address belongs to another user, or the key was used for another."),
    ),
)]
async fn create(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Input(input): Input<UserInput>,
) -> Answer<(StatusCode, Json<UserView>)> {
    let key = idempotency_key(&headers)?;
    let store = &caller.store;
    let name = check(store, &input).await?;
    let user = User {
        id: UserId::new(new_id("us", store, key)),
        name,
        email: input.email.trim().to_owned(),
        company_id: Some(input.company_id),
        role: input.role,
        origin: Origin::Manual,
        access: Access::Active,
        reason: None,
        access_decided: false,
        contacts: Vec::new(),
        created_at: state.now(),
        version: 1,
    };
    let told = json!({ "company": user.company_id, "role": user.role });
    let entry = caller.did(&state, Action::UserCreated, activity::user(&user)).is(told);
    let detail = json!({ "user": user.id, "company": user.company_id });
    if state.make_user(store, &user, detail, &entry).await? {
        return Ok((StatusCode::CREATED, Json(UserView::of(user))));
    }
    match store.user(&user.id).await? {
        Some(before) if before.email == user.email => Ok((StatusCode::CREATED, Json(UserView::of(before)))),
        Some(_) => Err(Problem::conflict("This idempotency key was used for another user.")),
        None => Err(Problem::conflict("This e-mail address belongs to another user.")),
    }
}

/// What is wrong with a new user, or its name.
async fn check(store: &TenantStore, input: &UserInput) -> Answer<String> {
    let mut errors = Vec::new();
    let name = text(&mut errors, "/name", &input.name, 200);
    if Email::parse(&input.email).is_none() {
        errors.push(FieldError::new("/email", "Enter an address such as ann@acme.example."));
    }
    if store.company(&input.company_id).await?.is_none() {
        errors.push(FieldError::new("/company_id", "There is no company of this id."));
    }
    if !store.roles().await?.iter().any(|role| role.id == input.role) {
        errors.push(FieldError::new("/role", "There is no such role."));
    }
    if errors.is_empty() { Ok(name) } else { Err(Problem::invalid(errors)) }
}

/// Gives a user access. From then on synchronisation leaves the user's access alone.
#[utoipa::path(
    put,
    path = "/v1/users/{user}/access",
    operation_id = "give_access",
    params(("user" = String, Path)),
    responses((status = 200, body = UserView), (status = 409, description = "The user was changed at the same moment.")),
)]
async fn give_access(caller: Caller, State(state): State<AppState>, Ids(user): Ids<String>) -> Answer<Json<UserView>> {
    state.decide_access(&caller, user, Access::Active, None).await
}

/// Takes a user's access away, and blocks importing the person again until it is given back.
#[utoipa::path(
    delete,
    path = "/v1/users/{user}/access",
    operation_id = "take_access",
    params(("user" = String, Path)),
    responses((status = 200, body = UserView), (status = 409, description = "The user was changed at the same moment.")),
)]
async fn take_access(caller: Caller, State(state): State<AppState>, Ids(user): Ids<String>) -> Answer<Json<UserView>> {
    state.decide_access(&caller, user, Access::Removed, Some("an admin took access away")).await
}

impl AppState {
    /// Makes a user and announces it, unless its address is held. False when it, or its address, exists already.
    pub(super) async fn make_user(
        &self,
        store: &TenantStore,
        user: &User,
        detail: Value,
        entry: &Entry,
    ) -> Answer<bool> {
        let email = Email::parse(&user.email);
        if !store.holders(email.iter()).await?.is_empty() {
            return Ok(false);
        }
        self.announce(store, "user.created", user.id.as_str(), detail).await?;
        Ok(store.create_user(user, By::Person(entry)).await?)
    }

    /// The user behind whom a contact stands.
    async fn user_behind(&self, store: &TenantStore, contact: &str) -> Answer<Option<User>> {
        let named = contact.split_once('.').and_then(|(connector, id)| Some((self.connector(connector).ok()?, id)));
        let (which, id) = named.ok_or_else(|| {
            Problem::field("/contact", "Send a connector and the vendor's id of a contact, such as halo-psa.12.")
        })?;
        let record = store.record(&which.connection, RecordType::Contacts, &ExternalId::from(id)).await?;
        match record.as_ref().and_then(user_of) {
            Some(user) => Ok(store.user(user).await?),
            None => Ok(None),
        }
    }

    async fn decide_access(
        &self,
        caller: &Caller,
        user: String,
        access: Access,
        reason: Option<&str>,
    ) -> Answer<Json<UserView>> {
        let store = &caller.store;
        let missing = || Problem::not_found("There is no user of this id.");
        let before = store.user(&UserId::new(user)).await?.ok_or_else(missing)?;
        let mut after = before.clone();
        after.access = access;
        after.reason = reason.map(str::to_owned);
        after.access_decided = true;
        if after != before {
            let detail = json!({ "user": after.id, "access": after.access, "version": before.version });
            self.announce(store, "user.access_changed", after.id.as_str(), detail).await?;
            let given = after.access == Access::Active;
            let action = if given { Action::UserAccessGiven } else { Action::UserAccessTaken };
            let entry = caller.did(self, action, activity::user(&after));
            let entry = entry.was(json!({ "access": before.access })).is(json!({ "access": after.access }));
            store.save_user(&before, &after, By::Person(&entry)).await?;
        }
        Ok(Json(UserView::of(after)))
    }
}
