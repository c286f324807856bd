//! Edits on their way: taken in, put back into their place, forgotten.

use domain::activity::{Action, Entry};
use domain::edit::{Edit, Fields, Operation, OperationState};
use domain::record::{RecordData, RecordType};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::activity::By;
use store::outbox::Added;

use super::{Source, TwoWay, fields_of};
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::state::AppState;

/// The name in the API of a field of a record's content.
pub(in crate::v1) fn shown_field(field: &str) -> &str {
    match field {
        "ticket_type" => "type",
        "assignee" => "assignee_id",
        other => other,
    }
}

/// What of a change is one: fields that differ from what the person saw. `None`: nothing does.
pub(in crate::v1) fn difference(change: &impl Serialize, seen: &RecordData, found: &TwoWay) -> Answer<Option<Fields>> {
    let inner = |error: serde_json::Error| Problem::internal(format!("a change cannot be compared: {error}"));
    let Value::Object(mut wanted) = serde_json::to_value(change).map_err(inner)? else { return Ok(None) };
    let fields = fields_of(seen).map_err(inner)?;
    wanted.retain(|field, value| !is_same(Some(value), fields.get(field)));
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut edit = sync::edit_of(wanted, seen);
    if found.mirrored.is_none() {
        // Nobody saw what the vendor will make of it: there is nothing that this could conflict with.
        edit.base = Map::new();
    }
    Ok(Some(edit))
}

/// An absent field, null and an empty text are the same.
fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    fn plain(value: Option<&Value>) -> Option<&Value> {
        value.filter(|value| !value.is_null() && value.as_str() != Some(""))
    }
    plain(one) == plain(other)
}

impl AppState {
    /// Takes an edit in. What waits in the table is found by the schedule; telling the queue makes it fast.
    pub(in crate::v1) async fn take_in(
        &self,
        caller: &Caller,
        source: &Source,
        found: &TwoWay,
        reference: String,
        edit: Edit,
    ) -> Answer<Added> {
        if source.read.body.is_read_only(source.settings()) {
            let short = source.which.descriptor.short_name;
            return Err(Problem::conflict(format!(
                "Another portal is connected to this {short} account, so nothing is written there until an admin confirms it."
            )));
        }
        let entry = self.told(caller, source, found, &edit)?;
        let operation = Operation {
            reference,
            record_type: source.record_type,
            record: found.record.clone(),
            edit,
            by: caller.user.clone(),
            at: self.now(),
            state: OperationState::Queued,
        };
        let added = caller.store.add_operation(&source.which.connection, &operation, By::Person(&entry)).await?;
        self.wake(&caller.store, &source.which).await;
        Ok(added)
    }

    /// The entry that tells of an edit: the fields that it changes, of a note only that there is one.
    fn told(&self, caller: &Caller, source: &Source, found: &TwoWay, edit: &Edit) -> Answer<Entry> {
        let did = |action, name: &str| caller.did(self, action, source.object(&found.record, name));
        let changed = |action, fields: &Fields| {
            let entry = did(action, &name(found)?);
            Ok(entry.was(shown(fields, |fields| &fields.base)).is(shown(fields, |fields| &fields.wanted)))
        };
        match edit {
            Edit::CreateTicket { ticket, .. } => Ok(did(Action::TicketCreated, &ticket.title)),
            Edit::CreateTechnician(technician) => Ok(did(Action::TechnicianCreated, &technician.name)),
            Edit::AddNote(note) => {
                Ok(did(Action::TicketNoteAdded, &name(found)?).is(json!({ "internal": note.internal })))
            }
            Edit::Enrol(enrolment) => {
                Ok(did(Action::Enrolled, &enrolment.name).is(json!({ "person": enrolment.learner })))
            }
            Edit::UpdateTicket(fields) => changed(Action::TicketChanged, fields),
            Edit::UpdateTechnician(fields) => changed(Action::TechnicianChanged, fields),
        }
    }

    /// Puts the refused edit of a record back into its place.
    pub(in crate::v1) async fn retry_refused(&self, caller: &Caller, source: &Source, found: &TwoWay) -> Answer<()> {
        super::open_for_edits(source.which.descriptor, source.settings(), source.record_type)?;
        let refused = found.refused().ok_or_else(|| nothing_refused(source))?;
        let action = match source.record_type {
            RecordType::Tickets => Action::TicketEditRetried,
            RecordType::Registrations => Action::EnrolmentRetried,
            _ => Action::TechnicianEditRetried,
        };
        let entry = caller.did(self, action, source.object(&found.record, &name(found)?));
        caller.store.retry_operation(&source.which.connection, refused, self.now(), By::Person(&entry)).await?;
        self.wake(&caller.store, &source.which).await;
        Ok(())
    }

    /// Forgets the edit of a record that was refused or got no answer. With a creation goes everything that waits behind it:
    /// there is nothing that it could be an edit of. Tells whether the record is still there.
    pub(in crate::v1) async fn discard_stuck(&self, caller: &Caller, source: &Source, found: &TwoWay) -> Answer<bool> {
        let stuck = found.stuck(source).ok_or_else(|| nothing_stuck(source))?;
        let stays = found.mirrored.is_some();
        let discarded = if stays { std::slice::from_ref(stuck) } else { found.operations.as_slice() };
        let action = match source.record_type {
            RecordType::Tickets => Action::TicketEditDiscarded,
            RecordType::Registrations => Action::EnrolmentDiscarded,
            _ => Action::TechnicianEditDiscarded,
        };
        let entry = caller.did(self, action, source.object(&found.record, &name(found)?));
        caller.store.discard_operations(&source.which.connection, discarded, self.now(), By::Person(&entry)).await?;
        self.wake(&caller.store, &source.which).await;
        Ok(stays)
    }
}

/// What a person calls the record.
fn name(found: &TwoWay) -> Answer<String> {
    Ok(match found.content()? {
        Some(RecordData::Ticket(ticket)) => ticket.title,
        Some(RecordData::Technician(technician)) => technician.name,
        Some(RecordData::Registration(enrolment)) => enrolment.name,
        _ => found.record.to_string(),
    })
}

/// Fields of a record by their names in the API.
fn shown(fields: &Fields, which: impl Fn(&Fields) -> &Map<String, Value>) -> Value {
    let shown = |(field, value): (&String, &Value)| (shown_field(field).to_owned(), value.clone());
    Value::Object(which(fields).iter().map(shown).collect())
}

fn nothing_refused(source: &Source) -> Problem {
    let name = source.which.descriptor.short_name;
    Problem::conflict(format!("{name} has refused nothing of this, or it was retried or discarded already."))
}

fn nothing_stuck(source: &Source) -> Problem {
    let name = source.which.descriptor.short_name;
    Problem::conflict(format!(
        "{name} has refused nothing of this and left nothing without an answer for half an hour, or it was retried or \
         discarded already."
    ))
}
