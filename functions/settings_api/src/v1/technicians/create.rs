//! Adding a technician at the vendor.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use connector::TechnicianCreation;
use domain::edit::{Edit, RecordRef};
use domain::email::Email;
use domain::record::{RecordData, RecordType, Technician};
use serde::Deserialize;
use store::TenantStore;
use store::outbox::Added;
use utoipa::ToSchema;

use super::change::address;
use super::view::TechnicianView;
use super::{LONGEST_NAME, LONGEST_PHONE, read};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Input, idempotency_key, text};
use crate::problem::{Answer, Problem};
use crate::state::AppState;
use crate::v1::two_way::{Source, TwoWay, id, open_for_edits};

/// Technicians looked through for the same e-mail address: more than an MSP has.
const MOST_TECHNICIANS: u32 = 2_000;

/// A technician to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TechnicianInput {
    connector: String,
    name: String,
    email: String,
    #[serde(default)]
    phone: Option<String>,
    /// Job title.
    #[serde(default)]
    title: Option<String>,
    /// The licence that the vendor takes for it is wanted.
    #[serde(default)]
    confirm_seat: bool,
}

/// Adds a technician at the vendor, where its API can; where that takes a licence, only if it is confirmed.
#[utoipa::path(
    post,
    path = "/v1/technicians",
    operation_id = "create_technician",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one made.")),
    request_body = TechnicianInput,
    responses(
        (status = 201, body = TechnicianView, description = "It is on its way; `sync` says how far."),
        (status = 409, description = "The address is a technician's already, the connection takes no edits at present, or the \
                                      key was used for another."),
    ),
)]
pub(super) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Input(input): Input<TechnicianInput>,
) -> Answer<(StatusCode, Json<TechnicianView>)> {
    let store = &caller.store;
    let reference = new_id("tn", store, idempotency_key(&headers)?);
    let record = RecordRef::Portal(reference.clone());
    let source = state.taking_technicians(store, &input).await?;
    let technician = input.technician()?;
    let id = id(&source.which.connection, &record);
    if let Some(other) = holder(store, &source, &record, &technician).await? {
        return Err(Problem::conflict(format!("{other:?} has this e-mail address there already.")));
    }
    let found = TwoWay { record, mirrored: None, operations: Vec::new() };
    let email = technician.email.clone();
    let edit = Edit::CreateTechnician(Box::new(technician));
    let added = state.take_in(&caller, &source, &found, reference, edit).await?;
    let view = match read(&state, store, &id).await {
        Err(problem) if problem.is_not_found() => {
            return Err(Problem::conflict(
                "The technician of this idempotency key was refused and discarded, or is gone.",
            ));
        }
        view => view?,
    };
    if added != Added::New && view.email != email {
        return Err(Problem::conflict("This idempotency key was used for another technician."));
    }
    Ok((StatusCode::CREATED, Json(view)))
}

/// The name of another technician with the same address.
async fn holder(
    store: &TenantStore,
    source: &Source,
    own: &RecordRef,
    technician: &Technician,
) -> Answer<Option<String>> {
    let connection = &source.which.connection;
    let wanted = technician.email.as_deref().and_then(Email::parse);
    let same = |found: &Technician| found.email.as_deref().and_then(Email::parse) == wanted;
    let waiting = store.operations(connection, RecordType::Users, None).await?.into_iter();
    let waiting =
        waiting.filter(|queued| queued.operation.record != *own).find_map(|queued| match queued.operation.edit {
            Edit::CreateTechnician(found) if same(&found) => Some(found.name),
            _ => None,
        });
    if waiting.is_some() {
        return Ok(waiting);
    }
    let ours = match own {
        RecordRef::Portal(reference) => store.made(connection, reference).await?.and_then(|made| made.external_id),
        RecordRef::Vendor(id) => Some(id.clone()),
    };
    let mirrored = store.record_page(connection, RecordType::Users, MOST_TECHNICIANS, None).await?;
    let others = mirrored.iter().filter(|found| ours.as_ref() != Some(&found.external_id));
    Ok(others.filter_map(|found| found.live()).find_map(|data| match data {
        RecordData::Technician(found) if same(found) => Some(found.name.clone()),
        _ => None,
    }))
}

impl AppState {
    /// The connection that adds a technician, if it can and whoever asks wants what it takes.
    async fn taking_technicians(&self, store: &TenantStore, input: &TechnicianInput) -> Answer<Source> {
        let mut sources = self.sources(store, RecordType::Users, Some(&input.connector)).await?;
        let which = self.connector(&input.connector)?;
        let descriptor = which.descriptor;
        let creation = which.descriptor.technician_creation;
        if creation == TechnicianCreation::Unsupported {
            let why = descriptor.record_type(RecordType::Users).and_then(|declared| declared.limitation);
            let why = why.map(|why| format!(" {why}")).unwrap_or_default();
            let detail = format!("{}'s API cannot add a technician: add them there.{why}", descriptor.short_name);
            return Err(Problem::field("/connector", detail));
        }
        let Some(source) = sources.pop() else {
            return Err(Problem::conflict(format!("{} is not connected. Connect it first.", descriptor.name)));
        };
        open_for_edits(descriptor, source.settings(), RecordType::Users)?;
        if creation == TechnicianCreation::TakesLicence && !input.confirm_seat {
            let detail = format!(
                "A new technician takes one of your {} licences, which may cost money. Send true to confirm it.",
                descriptor.short_name
            );
            return Err(Problem::field("/confirm_seat", detail));
        }
        Ok(source)
    }
}

impl TechnicianInput {
    fn technician(self) -> Answer<Technician> {
        let mut errors = Vec::new();
        let name = text(&mut errors, "/name", &self.name, LONGEST_NAME);
        let email = address(&mut errors, &self.email);
        let mut optional = |pointer: &str, value: Option<String>, longest: usize| {
            let value = value.filter(|value| !value.trim().is_empty());
            value.map(|value| text(&mut errors, pointer, &value, longest))
        };
        let phone = optional("/phone", self.phone, LONGEST_PHONE);
        let title = optional("/title", self.title, LONGEST_NAME);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(Technician { name, email: Some(email), phone, title, team: None, active: true })
    }
}
