//! Changing a technician, as far as the vendor's API writes them.

use axum::Json;
use axum::extract::State;
use connector::TechnicianChange;
use domain::edit::Edit;
use domain::email::Email;
use domain::record::{RecordData, RecordType};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{FIELDS, TechnicianView, technician_of};
use super::{LONGEST_NAME, LONGEST_PHONE, find, read, shown};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Ids, Input, text};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::AppState;
use crate::v1::two_way::edits::difference;
use crate::v1::two_way::{Source, is_writable, open_for_edits};

/// What to change; what is absent stays, an empty phone or title takes it away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TechnicianEdit {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// Job title.
    title: Option<String>,
    /// May work.
    active: Option<bool>,
}

/// Changes a technician. Only what differs goes to the vendor, where it is merged field by field with what was changed
/// there meanwhile; so it takes no `If-Match`, which would refuse what does not collide.
#[utoipa::path(
    patch,
    path = "/v1/technicians/{technician}",
    operation_id = "update_technician",
    params(("technician" = String, Path, example = "halo-psa.7")),
    request_body = TechnicianEdit,
    responses(
        (status = 200, body = TechnicianView, description = "It is on its way; `sync` says how far."),
        (status = 409, description = "The connection takes no edits at present; the problem says what to do."),
    ),
)]
pub(super) async fn patch(
    caller: Caller,
    State(state): State<AppState>,
    Ids(technician): Ids<String>,
    Input(edit): Input<TechnicianEdit>,
) -> Answer<Json<TechnicianView>> {
    let store = &caller.store;
    let (source, found) = find(&state, store, &technician).await?;
    let view = shown(store, &source, &found).await?;
    let Some(seen) = technician_of(&found)? else { return Ok(Json(view)) };
    let change = edit.change(&source)?;
    match difference(&change, &RecordData::Technician(seen), &found)? {
        None => Ok(Json(view)),
        Some(fields) => {
            let reference = new_id("ed", store, None);
            state.take_in(&caller, &source, &found, reference, Edit::UpdateTechnician(fields)).await?;
            Ok(Json(read(&state, store, &technician).await?))
        }
    }
}

impl TechnicianEdit {
    /// The change, or everything that is wrong with it.
    fn change(self, source: &Source) -> Answer<TechnicianChange> {
        self.check_writable(source)?;
        open_for_edits(source.which.descriptor, source.settings(), RecordType::Users)?;
        let mut errors = Vec::new();
        let mut optional = |pointer: &str, value: String, longest: usize| {
            if value.trim().is_empty() { String::new() } else { text(&mut errors, pointer, &value, longest) }
        };
        let phone = self.phone.map(|phone| optional("/phone", phone, LONGEST_PHONE));
        let title = self.title.map(|title| optional("/title", title, LONGEST_NAME));
        let name = self.name.map(|name| text(&mut errors, "/name", &name, LONGEST_NAME));
        let email = self.email.map(|email| address(&mut errors, &email));
        let change = TechnicianChange { name, email, phone, title, active: self.active };
        if errors.is_empty() { Ok(change) } else { Err(Problem::invalid(errors)) }
    }

    /// Refuses fields that the vendor's API does not write.
    fn check_writable(&self, source: &Source) -> Answer<()> {
        let descriptor = source.which.descriptor;
        let Some(declared) = descriptor.record_type(RecordType::Users) else { return Ok(()) };
        let given = [
            self.name.is_some(),
            self.email.is_some(),
            self.phone.is_some(),
            self.title.is_some(),
            self.active.is_some(),
        ];
        let refused = FIELDS.into_iter().zip(given).filter(|(field, given)| *given && !is_writable(declared, field));
        let why = declared.limitation.map(|limitation| format!(" {limitation}")).unwrap_or_default();
        let error = |(field, _): (&str, bool)| {
            let detail = format!("{}'s API cannot change the {field} of a technician.{why}", descriptor.short_name);
            FieldError::new(format!("/{field}"), detail)
        };
        let errors: Vec<_> = refused.map(error).collect();
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    }
}

/// An address that can be one, as it was written.
pub(super) fn address(errors: &mut Vec<FieldError>, email: &str) -> String {
    if Email::parse(email).is_none() {
        errors.push(FieldError::new("/email", "Enter an address such as ann@acme.example."));
    }
    email.trim().to_owned()
}
