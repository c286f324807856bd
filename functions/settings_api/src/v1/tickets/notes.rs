//! Writing a note on a ticket.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::edit::{Edit, NoteDraft};
use domain::record::RecordType;
use serde::Deserialize;
use store::outbox::Added;
use utoipa::ToSchema;

use super::view::NoteView;
use super::{LONGEST_TEXT, find, read, shown};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Ids, Input, idempotency_key, lines};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::AppState;
use crate::v1::two_way::{is_writable, note_of, open_for_edits};

/// A note to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteInput {
    /// Plain text.
    text: String,
    /// Not for the customer's eyes; true unless told, so that nothing reaches a customer by omission.
    #[serde(default = "hidden")]
    internal: bool,
}

const fn hidden() -> bool {
    true
}

/// Writes a note, in the caller's name.
#[utoipa::path(
    post,
    path = "/v1/tickets/{ticket}/notes",
    operation_id = "add_ticket_note",
    params(
        ("ticket" = String, Path, example = "halo-psa.4242"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one made."),
    ),
    request_body = NoteInput,
    responses(
        (status = 201, body = NoteView, description = "It is on its way."),
        (status = 409, description = "The connection takes no edits at present, or the key was used for another note."),
    ),
)]
pub(super) async fn add(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Ids(ticket): Ids<String>,
    Input(input): Input<NoteInput>,
) -> Answer<(StatusCode, Json<NoteView>)> {
    let store = &caller.store;
    let reference = new_id("nt", store, idempotency_key(&headers)?);
    let (source, found) = find(&state, store, &ticket).await?;
    // A ticket that waits for its company to be linked is no ticket yet.
    shown(store, &source, &found).await?;
    let declared = open_for_edits(source.which.descriptor, source.settings(), RecordType::Tickets)?;
    let mut errors = Vec::new();
    let text = lines(&mut errors, "/text", &input.text, LONGEST_TEXT);
    if text.is_empty() {
        errors.push(FieldError::new("/text", "This is needed."));
    }
    if !is_writable(declared, "notes") {
        let name = source.which.descriptor.short_name;
        errors.push(FieldError::new("/text", format!("{name}'s API cannot add notes.")));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let draft = NoteDraft { author: caller.name.clone(), text, internal: input.internal };
    let note = note_of(&reference, &draft, state.now());
    let note = match state.take_in(&caller, &source, &found, reference, Edit::AddNote(draft)).await? {
        Added::New => NoteView::of(note),
        Added::Before(made) if made.record == found.record => {
            let id = made.note_id.unwrap_or(note.external_id).to_string();
            let written = read(&state, store, &ticket).await?.notes.into_iter().find(|note| note.id == id);
            written
                .ok_or_else(|| Problem::conflict("The note of this idempotency key was refused or taken away since."))?
        }
        Added::Before(_) => {
            return Err(Problem::conflict("This idempotency key was used for a note on another ticket."));
        }
    };
    Ok((StatusCode::CREATED, Json(note)))
}
