//! Credentials: entered, checked field by field, tried once at the vendor, kept. Secrets go in and never come out.
//!
//! Order: the vendor's answer, the secret's new version, the settings that name it. A crash in between leaves a version
//! that nothing names, and the credentials in use stay in use.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use connector::{Account, CredentialField, CredentialValues, Credentials, Descriptor};
use domain::activity::Action;
use regex_lite::Regex;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use store::connection::{AccountRef, CredentialSet, SecretMeta, Settings};
use store::cross_tenant;
use sync::message::{Command, Problem as Refusal, Reply};
use sync::ports::SecretRef;
use sync::takedown::TakeDown;
use utoipa::ToSchema;

use super::saving::{Effect, not_closing};
use crate::access::{Caller, Permission};
use crate::commands::{Asked, unexpected};
use crate::input::{Ids, Input, escape};
use crate::problem::{Answer, FieldError, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(put))
}

/// Characters of a value at most; private keys are the longest.
const LONGEST: usize = 8 * 1024;
/// Secrets shorter than this show nothing of themselves.
const SHOWS_ITS_END: usize = 12;

/// All credential values of a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialInput {
    /// By field key; the secret ones each time, because they cannot be read back.
    #[schema(value_type = BTreeMap<String, String>)]
    values: BTreeMap<String, SecretString>,
}

/// Whether credentials are in use.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialUse {
    /// The vendor took them.
    Active,
    /// The vendor could not be asked: kept beside those in use until a test passes.
    Pending,
}

/// What came of entering credentials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialAnswer {
    state: CredentialUse,
    /// Who we are at the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountName>,
    /// What an admin should know before going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

/// A vendor account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountName {
    id: String,
    name: String,
}

/// Enters credentials: one authentication at the vendor.
#[utoipa::path(
    put,
    path = "/v1/integrations/{connector}/credentials",
    operation_id = "put_credentials",
    params(("connector" = String, Path, example = "halo-psa")),
    request_body = CredentialInput,
    responses(
        (status = 200, body = CredentialAnswer),
        (status = 409, description = "It is being disconnected, or somebody else changed it at the same moment."),
    ),
)]
async fn put(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Input(input): Input<CredentialInput>,
) -> Answer<Json<CredentialAnswer>> {
    let which = state.connector(&connector)?;
    let before = state.read(&caller.store, &which).await?;
    not_closing(&which, before.settings())?;
    let values = check(which.descriptor, &input.values)?;
    let command = Command::Authenticate {
        tenant: caller.store.tenant().clone(),
        connection: which.connection.clone(),
        values: values.clone(),
    };
    let account = match state.ask(&which, &command).await? {
        Asked::Reply(Reply::Authenticated { account }) => Some(account),
        Asked::Reply(Reply::Failed { problem }) if problem.reached || problem.field.is_some() => {
            return Err(refused(which.descriptor, &problem));
        }
        Asked::Reply(Reply::Failed { .. }) | Asked::NotInTime => None,
        Asked::Reply(other) => return Err(unexpected(&other)),
    };
    if let Some(account) = &account {
        same_account(which.descriptor, state.read(&caller.store, &which).await?.settings(), account)?;
    }
    let set = state.keep(&caller, &which, &values).await?;
    let saved = state
        .change(&caller, &which, Some(Action::CredentialsReplaced), |_, settings| {
            if before.settings().credentials.is_some() && settings.credentials.is_none() {
                let detail =
                    format!("{} was disconnected at the same moment. Enter them again.", which.descriptor.name);
                return Err(Problem::conflict(detail));
            }
            match &account {
                Some(account) => {
                    same_account(which.descriptor, settings, account)?;
                    settings.account = Some(AccountRef { id: account.id.clone(), name: account.name.clone() });
                    settings.credentials = Some(set.clone());
                    settings.pending = None;
                    if settings.enabled_at.is_none() {
                        // What others were permitted says nothing about these.
                        settings.tested_at = None;
                    }
                }
                None => settings.pending = Some(set.clone()),
            }
            Ok(Effect { run: account.is_some(), re_evaluate: false })
        })
        .await;
    if saved.is_err() {
        state.forget_unnamed(&caller, &which).await?;
    }
    saved?;
    let used = if account.is_some() { CredentialUse::Active } else { CredentialUse::Pending };
    let warning = match &account {
        Some(account) => state.shared(&caller, &which, account).await?,
        None => None,
    };
    let account = account.map(|account| AccountName { id: account.id, name: account.name });
    Ok(Json(CredentialAnswer { state: used, account, warning }))
}

impl AppState {
    /// A warning, naming nobody, if another portal is connected to the account.
    async fn shared(&self, caller: &Caller, which: &Which, account: &Account) -> Answer<Option<String>> {
        let read = self.read(&caller.store, which).await?;
        if read.settings().account_confirmed.as_ref() == Some(&account.id) {
            return Ok(None);
        }
        let since = read.settings().account_since.unwrap_or_else(|| self.now());
        let tenant = caller.store.tenant();
        let before = cross_tenant::connected_before(
            self.table.as_ref(),
            &which.connector,
            &account.id,
            tenant,
            &which.connection,
            since,
        );
        let short = which.descriptor.short_name;
        Ok(before.await?.then(|| {
            format!(
                "Another portal is connected to this {short} account already. It will be read, and nothing will be \
                 written to {short} until an admin confirms that both are meant to work with it."
            )
        }))
    }

    /// Deletes a secret that was put away in vain and that nobody else will delete: no settings name it, or the take-down is
    /// past deleting it. Until then a take-down needs it to leave the vendor.
    async fn forget_unnamed(&self, caller: &Caller, which: &Which) -> Answer<()> {
        let read = self.read(&caller.store, which).await?;
        let Settings { credentials, pending, .. } = read.settings();
        let is_named = credentials.is_some() || pending.is_some();
        if !is_named || read.body.takedown.as_ref().is_some_and(TakeDown::has_deleted_secret) {
            self.secrets.delete(&secret_of(caller, which)).await?;
        }
        Ok(())
    }

    /// Puts the secret fields away and returns what is kept in the table.
    async fn keep(&self, caller: &Caller, which: &Which, values: &CredentialValues) -> Answer<CredentialSet> {
        let sorted = Credentials::sort(which.descriptor, values);
        let set_at = self.now();
        let meta = |secret: &SecretString| SecretMeta { last4: end_of(secret.expose_secret()), set_at };
        let secrets = sorted.secrets().iter().map(|(key, secret)| (key.clone(), meta(secret))).collect();
        let version = if sorted.secrets().is_empty() {
            uuid::Uuid::new_v4().to_string()
        } else {
            self.secrets.put(&secret_of(caller, which), sorted.secrets()).await?
        };
        Ok(CredentialSet { open: sorted.open().clone(), secrets, version })
    }
}

fn secret_of(caller: &Caller, which: &Which) -> SecretRef {
    SecretRef {
        tenant: caller.store.tenant().clone(),
        connector: which.connector.clone(),
        connection: which.connection.clone(),
    }
}

/// Brings values into the form in which they are kept and refuses those that cannot work.
fn check(descriptor: &Descriptor, given: &CredentialValues) -> Answer<CredentialValues> {
    let mut errors = Vec::new();
    for key in given.keys().filter(|key| !descriptor.credentials.iter().any(|field| field.key == **key)) {
        errors.push(FieldError::new(pointer(key), format!("{} asks for no such field.", descriptor.name)));
    }
    let mut values = CredentialValues::new();
    for field in descriptor.credentials {
        match tidy(field, given.get(field.key).map(ExposeSecret::expose_secret).unwrap_or_default()) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => {
                values.insert(field.key.to_owned(), SecretString::from(value));
            }
            Err(detail) => errors.push(FieldError::new(pointer(field.key), detail)),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(Problem::invalid(errors)) }
}

/// The value in the form in which it is kept, or what is wrong with it, without quoting it.
fn tidy(field: &CredentialField, given: &str) -> Result<String, String> {
    let label = field.label;
    if given.len() > LONGEST {
        return Err(format!("{label} is longer than anything that could be one."));
    }
    let value = field.normalise.map_or_else(|| given.trim().to_owned(), |normalise| normalise(given));
    if value.is_empty() {
        let again = if field.secret { " Secrets are never shown, so they have to be entered each time." } else { "" };
        return if field.required { Err(format!("{label} is needed.{again}")) } else { Ok(value) };
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(format!("{label} has a character in it that cannot be typed; copy it once more."));
    }
    if !field.choices.is_empty() && !field.choices.iter().any(|(choice, _)| *choice == value) {
        return Err(format!("Choose one of the values offered for {label}."));
    }
    let fits = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(&value));
    if field.pattern.is_some_and(|pattern| !fits(pattern)) {
        return Err(format!("This does not look like a {label}. Example: {}", field.example));
    }
    Ok(value)
}

fn pointer(key: &str) -> String {
    format!("/values/{}", escape(key))
}

fn end_of(secret: &str) -> String {
    let count = secret.chars().count();
    if count < SHOWS_ITS_END { String::new() } else { secret.chars().skip(count - 4).collect() }
}

/// The vendor took note of them and said no.
fn refused(descriptor: &Descriptor, refusal: &Refusal) -> Problem {
    let field = refusal.field.as_deref().filter(|key| descriptor.credentials.iter().any(|field| field.key == *key));
    let at = field.map_or_else(|| "/values".to_owned(), pointer);
    Problem::field(at, format!("{}. {}", refusal.title, refusal.remedy))
}

/// Ids of another account mean something else, so a connection stays with its account.
fn same_account(descriptor: &Descriptor, settings: &Settings, account: &Account) -> Answer<()> {
    match &settings.account {
        Some(ours) if account.is_other_than(&ours.id) => Err(Problem::field(
            "/values",
            format!(
                "These credentials belong to the {} account {:?}; this connection belongs to {:?}. Enter credentials of \
                 {:?}, or disconnect and remove the data first.",
                descriptor.short_name, account.name, ours.name, ours.name
            ),
        )),
        _ => Ok(()),
    }
}
