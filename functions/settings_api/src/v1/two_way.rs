//! Records that go both ways, as a person sees them: what is mirrored, with the edits on their way laid over it.
//!
//! Edits are read before what is mirrored: one that the vendor gets in between is seen twice for a moment, never not at all.

use std::collections::HashMap;

use connector::{Descriptor, Direction, RecordTypeDescriptor};
use domain::activity::{Object, ObjectKind};
use domain::edit::{Edit, NoteDraft, OperationState, PortalId, RecordRef};
use domain::id::{ConnectionId, ExternalId};
use domain::merge::Conflict;
use domain::record::{Note, RecordData, RecordType};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::TenantStore;
use store::connection::Settings;
use store::outbox::Queued;
use store::records::MirrorRecord;
use sync::scope::enabled_types;

use super::integration::Read;
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

pub(super) mod edits;
pub(super) mod progress;
pub(super) mod walk;

/// A connection with the edits of one record type that wait there.
pub(super) struct Source {
    pub(super) which: Which,
    pub(super) read: Read,
    record_type: RecordType,
    operations: HashMap<RecordRef, Vec<Queued>>,
    /// When it was read.
    at: Timestamp,
}

/// One record.
#[derive(Clone, Debug)]
pub(super) struct TwoWay {
    /// What the portal calls it for good.
    pub(super) record: RecordRef,
    /// As it is mirrored, once the vendor has it.
    pub(super) mirrored: Option<MirrorRecord>,
    /// Edits of it on their way, in order.
    pub(super) operations: Vec<Queued>,
}

impl Source {
    pub(super) fn settings(&self) -> &Settings {
        self.read.settings()
    }

    /// The id of a record of this connection in the portal.
    pub(super) fn id(&self, record: &RecordRef) -> String {
        id(&self.which.connection, record)
    }

    /// A record of this connection, in an entry of activity.
    pub(super) fn object(&self, record: &RecordRef, name: &str) -> Object {
        let kind = match self.record_type {
            RecordType::Tickets => ObjectKind::Ticket,
            RecordType::Registrations => ObjectKind::Enrolment,
            _ => ObjectKind::Technician,
        };
        Object::new(kind, self.id(record), name)
    }

    /// Records that the vendor has not made yet, in the order in which they were asked for.
    pub(super) fn unmade(&self) -> Vec<(u64, TwoWay)> {
        let creates = |queued: &Queued| {
            matches!(queued.operation.edit, Edit::CreateTicket { .. } | Edit::CreateTechnician(_) | Edit::Enrol(_))
        };
        let begins = |operations: &&Vec<Queued>| operations.first().is_some_and(creates);
        let mut unmade: Vec<_> = self
            .operations
            .values()
            .filter(begins)
            .filter_map(|operations| {
                let first = operations.first()?;
                let record = first.operation.record.clone();
                Some((first.number, TwoWay { record, mirrored: None, operations: operations.clone() }))
            })
            .collect();
        unmade.sort_by_key(|(number, _)| *number);
        unmade
    }

    /// A mirrored record with its edits.
    pub(super) fn with_edits(&self, mirrored: MirrorRecord) -> TwoWay {
        let record = lasting(&mirrored);
        let operations = self.operations.get(&record).cloned().unwrap_or_default();
        TwoWay { record, mirrored: Some(mirrored), operations }
    }

    /// Whether a mirrored record is one whose creation is still being settled, which is shown in its place.
    fn is_being_made(&self, mirrored: &MirrorRecord) -> bool {
        let Some(RecordData::Ticket(ticket)) = mirrored.live() else { return false };
        let reference = ticket.external_reference.clone();
        reference.is_some_and(|reference| self.operations.contains_key(&RecordRef::Portal(reference)))
            && matches!(lasting(mirrored), RecordRef::Vendor(_))
    }
}

pub(super) fn id(connection: &ConnectionId, record: &RecordRef) -> String {
    PortalId { connection: connection.clone(), record: record.clone() }.to_string()
}

/// What the portal calls a mirrored record for good: its own reference where it made it.
pub(super) fn lasting(mirrored: &MirrorRecord) -> RecordRef {
    let reference = mirrored.body.portal.as_ref().and_then(|part| part.reference.clone());
    reference.map_or_else(|| RecordRef::Vendor(mirrored.external_id.clone()), RecordRef::Portal)
}

impl TwoWay {
    /// Its content as a person sees it; `None`: it is not there, or left out by a rule.
    pub(super) fn content(&self) -> Answer<Option<RecordData>> {
        let mirrored = self.mirrored.as_ref().map(|mirrored| mirrored.live().cloned());
        let asked_for = || {
            self.operations.iter().find_map(|queued| match &queued.operation.edit {
                Edit::CreateTicket { ticket, .. } => {
                    let created_at = ticket.created_at.or(Some(queued.operation.at));
                    let ticket = domain::record::Ticket { created_at, ..ticket.as_ref().clone() };
                    Some(RecordData::Ticket(Box::new(ticket)))
                }
                Edit::CreateTechnician(technician) => Some(RecordData::Technician(technician.as_ref().clone())),
                Edit::Enrol(enrolment) => Some(RecordData::Registration(enrolment.clone())),
                _ => None,
            })
        };
        let Some(content) = mirrored.unwrap_or_else(asked_for) else { return Ok(None) };
        let laid_over = laid_over(&content, &self.operations);
        laid_over.map(Some).map_err(|error| Problem::internal(format!("edits do not fit their record: {error}")))
    }

    /// The vendor's id, once it has one.
    pub(super) fn external_id(&self) -> Option<ExternalId> {
        self.mirrored.as_ref().map(|mirrored| mirrored.external_id.clone())
    }

    /// The first edit that the vendor refused; later ones wait behind it.
    pub(super) fn refused(&self) -> Option<&Queued> {
        self.operations.iter().find(|queued| is_refused(queued))
    }

    /// The first edit that a person may discard: refused, or sent so long ago that no answer is to be expected.
    pub(super) fn stuck(&self, source: &Source) -> Option<&Queued> {
        self.operations.iter().find(|queued| is_refused(queued) || queued.operation.is_silent(source.at))
    }

    /// Portal values that lost to the vendor's.
    pub(super) fn conflicts(&self) -> Vec<Conflict> {
        let part = self.mirrored.as_ref().and_then(|mirrored| mirrored.body.portal.as_ref());
        part.map(|part| part.conflicts.clone()).unwrap_or_default()
    }
}

fn is_refused(queued: &Queued) -> bool {
    matches!(queued.operation.state, OperationState::Refused { .. })
}

/// The edits laid over, except those that the vendor refused.
fn laid_over(content: &RecordData, operations: &[Queued]) -> serde_json::Result<RecordData> {
    let mut fields = fields_of(content)?;
    let mut notes = Vec::new();
    for operation in operations.iter().filter(|queued| !is_refused(queued)).map(|queued| &queued.operation) {
        match &operation.edit {
            Edit::UpdateTicket(edit) | Edit::UpdateTechnician(edit) => fields.extend(edit.wanted.clone()),
            Edit::AddNote(note) => notes.push(note_of(&operation.reference, note, operation.at)),
            Edit::CreateTicket { .. } | Edit::CreateTechnician(_) | Edit::Enrol(_) => {}
        }
    }
    let mut seen = serde_json::from_value(Value::Object(fields))?;
    if let RecordData::Ticket(ticket) = &mut seen {
        ticket.notes.extend(notes);
    }
    Ok(seen)
}

/// A note that is on its way.
pub(super) fn note_of(reference: &str, draft: &NoteDraft, at: Timestamp) -> Note {
    Note {
        external_id: ExternalId::new(RecordRef::Portal(reference.to_owned()).to_string()),
        author: Some(draft.author.clone()),
        text: draft.text.clone(),
        internal: draft.internal,
        created_at: Some(at),
    }
}

/// Whether a field of the record's content is written to the vendor.
pub(super) fn is_writable(declared: &RecordTypeDescriptor, field: &str) -> bool {
    declared.direction == Direction::Both
        && declared.fields.iter().any(|mapping| mapping.portal == field && mapping.direction == Direction::Both)
}

/// A record's content by its fields.
pub(super) fn fields_of(content: &RecordData) -> serde_json::Result<Map<String, Value>> {
    Ok(match serde_json::to_value(content)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    })
}

impl AppState {
    /// Connections that were ever set up and have this record type, in the catalogue's order.
    pub(super) async fn sources(
        &self,
        store: &TenantStore,
        record_type: RecordType,
        connector: Option<&str>,
    ) -> Answer<Vec<Source>> {
        let mut declared: Vec<Which> =
            self.descriptors().filter(|found| found.record_type(record_type).is_some()).map(Which::of).collect();
        if let Some(connector) = connector {
            declared.retain(|which| which.connector.as_str() == connector);
            if declared.is_empty() {
                let what = format!("Choose a connector that has {record_type}.");
                return Err(Problem::field("/connector", what));
            }
        }
        let sources = try_join_all(declared.into_iter().map(|which| self.source(store, which, record_type))).await?;
        Ok(sources.into_iter().filter(|source| source.read.connection.settings.version > 0).collect())
    }

    async fn source(&self, store: &TenantStore, which: Which, record_type: RecordType) -> Answer<Source> {
        let mut operations: HashMap<RecordRef, Vec<Queued>> = HashMap::new();
        for queued in store.operations(&which.connection, record_type, None).await? {
            operations.entry(queued.operation.record.clone()).or_default().push(queued);
        }
        let read = self.read(store, &which).await?;
        Ok(Source { which, read, record_type, operations, at: self.now() })
    }

    /// The record of this id with its connection. `None`: there is none, or it is not this tenant's.
    pub(super) async fn two_way(
        &self,
        store: &TenantStore,
        record_type: RecordType,
        id: &str,
    ) -> Answer<Option<(Source, TwoWay)>> {
        let Some(PortalId { connection, record }) = PortalId::parse(id) else { return Ok(None) };
        let known = self.which(&connection).filter(|which| which.descriptor.record_type(record_type).is_some());
        let Some(which) = known else { return Ok(None) };
        let Some(found) = find(store, &which, record_type, record).await? else { return Ok(None) };
        let read = self.read(store, &which).await?;
        let operations = HashMap::from([(found.record.clone(), found.operations.clone())]);
        Ok(Some((Source { which, read, record_type, operations, at: self.now() }, found)))
    }
}

async fn find(
    store: &TenantStore,
    which: &Which,
    record_type: RecordType,
    record: RecordRef,
) -> Answer<Option<TwoWay>> {
    let connection = &which.connection;
    let operations = store.operations(connection, record_type, Some(&record)).await?;
    let external_id = match &record {
        RecordRef::Vendor(id) => Some(id.clone()),
        RecordRef::Portal(reference) => {
            let made = store.made(connection, reference).await?;
            // A note's reference names no record.
            let Some(made) = made.filter(|made| made.record == record && made.record_type == record_type) else {
                return Ok(None);
            };
            made.external_id
        }
    };
    let mirrored = match &external_id {
        Some(id) => store.record(connection, record_type, id).await?,
        None => None,
    };
    if mirrored.is_none() && operations.is_empty() {
        return Ok(None);
    }
    // Asked for by the vendor's id, though the portal made it: its edits stand under the name that it has for good.
    let lasting = mirrored.as_ref().map(lasting).filter(|lasting| matches!(lasting, RecordRef::Portal(_)));
    match lasting.filter(|lasting| *lasting != record) {
        None => Ok(Some(TwoWay { record, mirrored, operations })),
        Some(lasting) => {
            let operations = store.operations(connection, record_type, Some(&lasting)).await?;
            Ok(Some(TwoWay { record: lasting, mirrored, operations }))
        }
    }
}

/// The declaration of a record type, if edits of it can be taken at present, or what has to be done first.
pub(super) fn open_for_edits(
    descriptor: &Descriptor,
    settings: &Settings,
    record_type: RecordType,
) -> Answer<&'static RecordTypeDescriptor> {
    let name = descriptor.name;
    let two_way = descriptor.record_type(record_type).filter(|declared| declared.direction == Direction::Both);
    let Some(declared) = two_way else {
        let limitation = descriptor.record_type(record_type).and_then(|declared| declared.limitation);
        let why = limitation.map(|limitation| format!(" {limitation}")).unwrap_or_default();
        return Err(Problem::field("", format!("The portal cannot write {record_type} to {name}.{why}")));
    };
    let what = declared.label;
    if settings.disconnect.is_some() || settings.credentials.is_none() || settings.connected_at.is_none() {
        return Err(Problem::conflict(format!("{name} is not connected. Connect it, then repeat this.")));
    }
    if settings.not_permitted.contains(&record_type) {
        return Err(Problem::conflict(format!(
            "{name} does not permit access to {what}. Have it permitted there, test the connection again, then repeat this."
        )));
    }
    if !enabled_types(descriptor, settings).contains(&record_type) {
        return Err(Problem::conflict(format!(
            "{what} are switched off for {name}. Choose them in its options, then repeat this."
        )));
    }
    Ok(declared)
}
