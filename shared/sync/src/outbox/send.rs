//! Sending one operation.

use std::collections::VecDeque;

use connector::{Change, ConnectorError, ErrorKind, Feed, Mapped, Pushed};
use domain::edit::{Edit, Fields, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::merge::{Conflict, merge};
use domain::record::{Record, RecordData};
use domain::stage::Stage;
use serde_json::{Map, Value};
use store::outbox::Queued;

use super::search::Found;
use super::{Brought, Refusal, never_made, patience, refusal};
use crate::engine::EngineError;
use crate::slice::{Slice, Stop, vendor};

/// So often a record may be missing before it is believed to be gone.
const GONE: u32 = 2;

/// An operation as the vendor is to get it.
enum Prepared {
    /// This call.
    Send(Change, Vec<Conflict>),
    /// The vendor has everything already, or has decided otherwise.
    Nothing(Record, Vec<Conflict>),
    /// It cannot be sent.
    Refused(Refusal),
    /// What the vendor has could not be read just now.
    NotNow,
}

impl Slice<'_> {
    /// Sends an operation that was sent `times` times before and is known not to have arrived.
    pub(super) async fn send(
        &mut self,
        feed: &'static Feed,
        queued: Queued,
        times: u32,
        later: &mut VecDeque<Queued>,
    ) -> Result<Brought, Stop> {
        if queued.operation.edit.is_creation() {
            return self.send_creation(feed, queued, times, later).await;
        }
        match self.prepare(&queued.operation, times).await? {
            Prepared::Nothing(record, conflicts) => {
                let external_id = record.external_id.clone();
                let pushed = Pushed { external_id, record: Some(record), note_id: None };
                self.arrived(feed, queued, pushed, conflicts, later).await
            }
            Prepared::Refused(refusal) => self.refuse(queued, refusal).await,
            Prepared::NotNow => self.unanswered(queued, times).await,
            Prepared::Send(change, conflicts) => {
                let (session, _) = self.session().await?;
                match session.push(&change).await {
                    // What the vendor made of a change is the base of the next one.
                    Ok(Pushed { record: None, .. }) => self.unanswered(queued, times).await,
                    Ok(pushed) => self.arrived(feed, queued, pushed, conflicts, later).await,
                    Err(error) => match self.not_sent(&error) {
                        NotSent::Refused(refusal) => self.refuse(queued, refusal).await,
                        NotSent::Stop => Err(vendor(error)),
                        NotSent::Unknown => self.unanswered(queued, times).await,
                    },
                }
            }
        }
    }

    /// A change without an answer is tried again, later each time.
    async fn unanswered(&mut self, queued: Queued, times: u32) -> Result<Brought, Stop> {
        self.note_silence(&queued.operation).await?;
        let at = self.now();
        self.look_again(at + patience(times + 1));
        self.move_on(queued, OperationState::Sent { at, times: times + 1, missed: 0, known: Vec::new() }).await?;
        Ok(Brought::Held)
    }

    /// Marks a creation or note as sent, then sends it. From the mark on it is looked for before it is sent again.
    async fn send_creation(
        &mut self,
        feed: &'static Feed,
        queued: Queued,
        times: u32,
        later: &mut VecDeque<Queued>,
    ) -> Result<Brought, Stop> {
        let Some(change) = self.change(&queued.operation).await? else {
            return self.refuse(queued, never_made()).await;
        };
        let (session, _) = self.session().await?;
        let known = self.known_notes(&change).await?;
        let at = self.now();
        let before = queued.operation.state.clone();
        let sent = OperationState::Sent { at, times: times + 1, missed: 0, known: known.clone() };
        let queued = self.move_on(queued, sent).await?;
        match session.push(&change).await {
            Ok(pushed) => self.arrived(feed, queued, pushed, Vec::new(), later).await,
            Err(error) => match self.not_sent(&error) {
                NotSent::Refused(refusal) => self.refuse(queued, refusal).await,
                NotSent::Stop => {
                    // It is as before: an earlier attempt may still turn up.
                    self.move_on(queued, before).await?;
                    Err(vendor(error))
                }
                NotSent::Unknown => match self.search(&queued.operation, &change, at, &known).await? {
                    Found::Yes(pushed) => self.arrived(feed, queued, *pushed, Vec::new(), later).await,
                    Found::Refused(refusal) => self.refuse(queued, refusal).await,
                    found => {
                        // The vendor may have taken it at the end of the call: the wait begins now.
                        let at = self.now();
                        if matches!(found, Found::No) {
                            let missed = OperationState::Sent { at, times: times + 1, missed: 1, known };
                            self.move_on(queued, missed).await?;
                        }
                        self.look_again(at + patience(times + 1));
                        Ok(Brought::Held)
                    }
                },
            },
        }
    }

    /// Keeps an operation's new state, under the fence.
    pub(super) async fn move_on(&mut self, queued: Queued, state: OperationState) -> Result<Queued, Stop> {
        let part = self.store.operation_write(&queued, state.clone())?;
        self.begin_for_good().await?;
        self.keep(vec![part]).await?;
        Ok(queued.moved_on(state))
    }

    /// Notes of the ticket that are known before a note is written: none of them can be the one.
    async fn known_notes(&self, change: &Change) -> Result<Vec<ExternalId>, EngineError> {
        let Change::AddNote { ticket, .. } = change else { return Ok(Vec::new()) };
        let record = self.store.record(&self.connection, domain::record::RecordType::Tickets, ticket).await?;
        let Some(RecordData::Ticket(ticket)) = record.and_then(|record| record.body.data) else {
            return Ok(Vec::new());
        };
        Ok(ticket.notes.into_iter().map(|note| note.external_id).collect())
    }

    /// A creation or note as the vendor is to get it; `None`: what it belongs to was never made.
    pub(super) async fn change(&self, operation: &Operation) -> Result<Option<Change>, EngineError> {
        let reference = operation.reference.clone();
        Ok(Some(match &operation.edit {
            Edit::CreateTicket { ticket, defaults } => {
                Change::CreateTicket { reference, ticket: ticket.clone(), defaults: defaults.clone() }
            }
            Edit::CreateTechnician(technician) => {
                Change::CreateTechnician { reference, technician: technician.as_ref().clone() }
            }
            Edit::AddNote(note) => {
                let Some(ticket) = self.external_id(&operation.record).await? else { return Ok(None) };
                Change::AddNote { ticket, reference, note: note.clone() }
            }
            Edit::UpdateTicket(_) | Edit::UpdateTechnician(_) | Edit::Enrol(_) => return Ok(None),
        }))
    }

    /// The vendor's id of a record.
    async fn external_id(&self, record: &RecordRef) -> Result<Option<ExternalId>, EngineError> {
        Ok(match record {
            RecordRef::Vendor(id) => Some(id.clone()),
            RecordRef::Portal(reference) => {
                self.store.made(&self.connection, reference).await?.and_then(|made| made.external_id)
            }
        })
    }

    /// Merges a change with what the vendor has now.
    async fn prepare(&mut self, operation: &Operation, times: u32) -> Result<Prepared, Stop> {
        if let Edit::Enrol(enrolment) = &operation.edit {
            let Some(registration) = self.external_id(&operation.record).await? else {
                return Ok(Prepared::Refused(never_made()));
            };
            // The id is ours: whatever is there under it is what is asked for, so there is nothing to compare.
            let enrolment = enrolment.clone();
            return Ok(Prepared::Send(Change::Enrol { registration, enrolment }, Vec::new()));
        }
        let (Edit::UpdateTicket(fields) | Edit::UpdateTechnician(fields)) = &operation.edit else {
            return Ok(Prepared::NotNow);
        };
        let Some(id) = self.external_id(&operation.record).await? else {
            return Ok(Prepared::Refused(never_made()));
        };
        let (session, _) = self.session().await?;
        let now = match session.get_unfiltered(operation.record_type, &id).await {
            Ok(Some(mapped)) => mapped,
            // A vendor may not show for a while what it was given just now.
            Ok(None) if times < GONE => return Ok(Prepared::NotNow),
            Ok(None) => {
                let gone = ConnectorError::new("read it", ErrorKind::NotFound);
                return Ok(refusal(&gone).map_or(Prepared::NotNow, Prepared::Refused));
            }
            Err(error) => {
                return match self.not_sent(&error) {
                    NotSent::Refused(refusal) => Ok(Prepared::Refused(refusal)),
                    NotSent::Stop => Err(vendor(error)),
                    NotSent::Unknown => Ok(Prepared::NotNow),
                };
            }
        };
        // One that is left out for another reason than a filter is not compared: what it looks like is not known.
        let vendor = match &now {
            Mapped::Record(record) => content(&record.data),
            Mapped::Skipped { .. } => fields.base.clone(),
            Mapped::Malformed { error, .. } => {
                let message = format!("what the vendor has of it cannot be read: {error}");
                return Ok(Prepared::Refused(Refusal { field: None, message }));
            }
        };
        let stages = self.settings.options.stages.clone();
        let stage = |status: &Value| status.as_str().and_then(|status| Stage::of_status(&stages, status));
        let same = |field: &str, a: &Value, b: &Value| field == "status" && stage(a).is_some() && stage(a) == stage(b);
        let merged = merge(fields, &vendor, same);
        let at = self.now();
        let conflict = |(field, vendor): (String, Value)| Conflict {
            portal: fields.wanted.get(&field).cloned().unwrap_or_default(),
            field,
            vendor,
            reference: operation.reference.clone(),
            by: operation.by.clone(),
            at,
        };
        let conflicts: Vec<_> = merged.lost.into_iter().map(conflict).collect();
        match now {
            Mapped::Record(record) if merged.write.is_empty() => Ok(Prepared::Nothing(record, conflicts)),
            _ => Ok(match update(&operation.edit, id, merged.write) {
                Ok(change) => Prepared::Send(change, conflicts),
                Err(error) => Prepared::Refused(Refusal { field: None, message: error.to_string() }),
            }),
        }
    }

    /// What a failed call says of what was to be sent.
    fn not_sent(&self, error: &ConnectorError) -> NotSent {
        if let Some(refusal) = refusal(error) {
            return NotSent::Refused(refusal);
        }
        match error.kind {
            ErrorKind::Unavailable | ErrorKind::Malformed { .. } => NotSent::Unknown,
            _ => NotSent::Stop,
        }
    }
}

/// What a failed call says of what was to be sent.
enum NotSent {
    /// The vendor will not have it.
    Refused(Refusal),
    /// It was not sent, and nothing else can be sent now.
    Stop,
    /// It may have arrived.
    Unknown,
}

fn update(edit: &Edit, external_id: ExternalId, write: Map<String, Value>) -> serde_json::Result<Change> {
    let write = Value::Object(write);
    Ok(match edit {
        Edit::UpdateTechnician(_) => Change::UpdateTechnician { external_id, change: serde_json::from_value(write)? },
        _ => Change::UpdateTicket { external_id, change: serde_json::from_value(write)? },
    })
}

/// A record's content as fields.
pub(super) fn content(data: &RecordData) -> Map<String, Value> {
    match serde_json::to_value(data) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// What a change of these fields is based on: the content that the person saw.
pub fn edit_of(wanted: Map<String, Value>, seen: &RecordData) -> Fields {
    let seen = content(seen);
    let base = wanted.keys().map(|field| (field.clone(), seen.get(field).cloned().unwrap_or_default())).collect();
    Fields { wanted, base }
}
