//! Changing a ticket.

use axum::Json;
use axum::extract::State;
use connector::TicketChange;
use domain::edit::Edit;
use domain::record::{RecordType, Ticket};
use domain::stage::Stage;
use serde::{Deserialize, Deserializer};
use store::TenantStore;
use utoipa::ToSchema;

use super::view::{TicketView, stage_of, ticket_of};
use super::{LONGEST_CHOICE, LONGEST_TEXT, LONGEST_TITLE, find, people, read, shown};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Ids, Input, lines, text};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::AppState;
use crate::v1::two_way::edits::{difference, shown_field};
use crate::v1::two_way::{Source, is_writable, open_for_edits};

/// What to change; what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TicketEdit {
    title: Option<String>,
    description: Option<String>,
    /// Becomes the status that the options name for it; instead of `status`.
    stage: Option<Stage>,
    /// A status id of the vendor's.
    status: Option<String>,
    /// A priority id of the vendor's.
    priority: Option<String>,
    /// A ticket type id of the vendor's.
    #[serde(rename = "type")]
    ticket_type: Option<String>,
    /// A technician's id; null: nobody.
    #[serde(deserialize_with = "null_is_a_value")]
    #[schema(value_type = Option<String>)]
    assignee_id: Option<Option<String>>,
}

/// Tells `null` from an absent field.
fn null_is_a_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Changes a ticket. Only what differs from what the ticket shows goes to the vendor, where it is merged field by field
/// with what was changed there meanwhile; so it takes no `If-Match`, which would refuse what does not collide.
#[utoipa::path(
    patch,
    path = "/v1/tickets/{ticket}",
    operation_id = "update_ticket",
    params(("ticket" = String, Path, example = "halo-psa.4242")),
    request_body = TicketEdit,
    responses(
        (status = 200, body = TicketView, description = "It is on its way; `sync` says how far."),
        (status = 409, description = "The connection takes no edits at present; the problem says what to do."),
    ),
)]
pub(super) async fn patch(
    caller: Caller,
    State(state): State<AppState>,
    Ids(ticket): Ids<String>,
    Input(edit): Input<TicketEdit>,
) -> Answer<Json<TicketView>> {
    let store = &caller.store;
    let (source, found) = find(&state, store, &ticket).await?;
    let view = shown(store, &source, &found).await?;
    let Some(seen) = ticket_of(&found)? else { return Ok(Json(view)) };
    let change = edit.change(store, &source, &seen).await?;
    match difference(&change, &domain::record::RecordData::Ticket(Box::new(seen)), &found)? {
        None => Ok(Json(view)),
        Some(fields) => {
            let reference = new_id("ed", store, None);
            state.take_in(&caller, &source, &found, reference, Edit::UpdateTicket(fields)).await?;
            Ok(Json(read(&state, store, &ticket).await?))
        }
    }
}

impl TicketEdit {
    /// The change in the vendor's words, or everything that is wrong with it.
    async fn change(self, store: &TenantStore, source: &Source, seen: &Ticket) -> Answer<TicketChange> {
        let declared = open_for_edits(source.which.descriptor, source.settings(), RecordType::Tickets)?;
        let mut errors = Vec::new();
        let mut choice =
            |pointer: &str, id: Option<String>| id.map(|id| text(&mut errors, pointer, &id, LONGEST_CHOICE));
        let mut change = TicketChange {
            status: choice("/status", self.status),
            priority: choice("/priority", self.priority),
            ticket_type: choice("/type", self.ticket_type),
            ..TicketChange::default()
        };
        change.title = self.title.map(|title| text(&mut errors, "/title", &title, LONGEST_TITLE));
        change.description = self.description.map(|body| lines(&mut errors, "/description", &body, LONGEST_TEXT));
        change.assignee = match self.assignee_id {
            None => None,
            Some(None) => Some(None),
            Some(Some(id)) => Some(people::technician(store, source, &mut errors, &id).await?),
        };
        match self.stage {
            Some(_) if change.status.is_some() => {
                errors.push(FieldError::new("/stage", "Send stage or status, not both."));
            }
            Some(stage) if stage != stage_of(source, seen) => match status_for(source, stage, seen.board.as_deref()) {
                Ok(status) => change.status = Some(status),
                Err(error) => errors.push(error),
            },
            _ => {}
        }
        let name = source.which.descriptor.short_name;
        let given = [
            ("title", change.title.is_some()),
            ("description", change.description.is_some()),
            ("status", change.status.is_some()),
            ("priority", change.priority.is_some()),
            ("ticket_type", change.ticket_type.is_some()),
            ("assignee", change.assignee.is_some()),
        ];
        for (field, given) in given {
            if given && !is_writable(declared, field) {
                let shown = if field == "status" && self.stage.is_some() { "stage" } else { shown_field(field) };
                let detail = format!("{name}'s API cannot change the {} of a ticket.", field.replace('_', " "));
                errors.push(FieldError::new(format!("/{shown}"), detail));
            }
        }
        if errors.is_empty() { Ok(change) } else { Err(Problem::invalid(errors)) }
    }
}

/// The status that a stage is written as on this board.
pub(super) fn status_for(source: &Source, stage: Stage, board: Option<&str>) -> Result<String, FieldError> {
    let status = stage.status(&source.settings().options.stages, board);
    status.map(str::to_owned).ok_or_else(|| {
        let (name, stage) = (source.which.descriptor.name, stage.as_str());
        let on_board = board.map(|board| format!(" on board {board:?}")).unwrap_or_default();
        let detail = format!(
            "No status of {name} is set for the stage {stage:?}{on_board}. Set one under ticket stages in the options of {name}."
        );
        FieldError::new("/stage", detail)
    })
}
