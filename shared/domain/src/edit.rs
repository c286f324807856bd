//! Edits made in the portal, on their way to a vendor.
//!
//! An edit is kept as an [`Operation`] until the vendor has it. It carries what the person saw when they made it (`base`),
//! so that it can be merged with what the vendor has by then.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::id::{ConnectionId, ExternalId};
use crate::record::{RecordType, Registration, Technician, Ticket};

/// How the portal names a two-way record: by the vendor's id, or, if the portal made it, by our reference for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RecordRef {
    /// The vendor made it.
    Vendor(ExternalId),
    /// The portal made it, under this reference.
    Portal(String),
}

impl From<String> for RecordRef {
    fn from(text: String) -> Self {
        match text.strip_prefix('~') {
            Some(reference) => Self::Portal(reference.to_owned()),
            None => Self::Vendor(ExternalId::new(text)),
        }
    }
}

impl From<RecordRef> for String {
    fn from(record: RecordRef) -> Self {
        record.to_string()
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vendor(id) => write!(f, "{id}"),
            Self::Portal(reference) => write!(f, "~{reference}"),
        }
    }
}

/// The id of a two-way record in the portal's API: `halo-psa.4242`, `halo-psa.~tk_5f0c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalId {
    /// The connection.
    pub connection: ConnectionId,
    /// The record.
    pub record: RecordRef,
}

impl PortalId {
    /// Reads an id; `None` for a text that is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (connection, record) = text.split_once('.')?;
        let empty = connection.is_empty() || record.is_empty() || record == "~";
        (!empty).then(|| Self { connection: connection.into(), record: record.to_owned().into() })
    }
}

impl fmt::Display for PortalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.connection, self.record)
    }
}

/// Fields of a ticket that the portal may change; the keys are those of [`Ticket`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketChange {
    /// Summary line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Vendor's status id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Vendor's priority id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Vendor's ticket type id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_type: Option<String>,
    /// Technician; `Some(None)`, in JSON null, unassigns.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "null_is_a_value")]
    pub assignee: Option<Option<ExternalId>>,
}

/// Fields of a technician that the portal may change; the keys are those of [`Technician`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TechnicianChange {
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// May work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// Tells `null` from an absent field.
fn null_is_a_value<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<ExternalId>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// A note to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteDraft {
    /// Who wrote it in the portal.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// Not for the customer's eyes.
    pub internal: bool,
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// Opened a ticket; ids in it are the vendor's.
    CreateTicket {
        /// The ticket.
        ticket: Box<Ticket>,
        /// Values for what a person does not choose, by field, as they were set then.
        defaults: BTreeMap<String, String>,
    },
    /// Changed fields of a ticket.
    UpdateTicket(Fields),
    /// Wrote a note on a ticket.
    AddNote(NoteDraft),
    /// Added a technician.
    CreateTechnician(Box<Technician>),
    /// Changed fields of a technician.
    UpdateTechnician(Fields),
    /// Enrolled somebody in a course. The record is named by [`Registration::id_of`], so it cannot be made twice.
    Enrol(Box<Registration>),
}

/// Changed fields by their key in the record's content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// What the person wants.
    pub wanted: Map<String, Value>,
    /// What they saw; null for an empty field, absent for one that the vendor had not made yet.
    pub base: Map<String, Value>,
}

/// How far an operation is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OperationState {
    /// It waits for its turn.
    #[default]
    Queued,
    /// It was sent, and no answer is known: it is looked for before it is sent again.
    Sent {
        /// When.
        at: Timestamp,
        /// How often.
        times: u32,
        /// Searches since that did not find it.
        #[serde(default)]
        missed: u32,
        /// Notes of the ticket that were known then: none of them can be this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        known: Vec<ExternalId>,
    },
    /// The vendor refused it; later ones of its record wait behind it until a person corrects, retries or discards.
    Refused {
        /// The field at fault, where the vendor names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        /// The vendor's words.
        message: String,
        /// When.
        at: Timestamp,
    },
}

/// An edit on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Ours, unique for this edit.
    pub reference: String,
    /// What kind of record.
    pub record_type: RecordType,
    /// Which record.
    pub record: RecordRef,
    /// What was done.
    pub edit: Edit,
    /// Who did it, by id.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How far it is.
    #[serde(default)]
    pub state: OperationState,
}

/// An operation without an answer for so long is told to somebody, who may discard it.
const SILENCE: SignedDuration = SignedDuration::from_mins(30);

impl Operation {
    /// It was sent, and was made so long ago that somebody should know that no answer came.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        matches!(self.state, OperationState::Sent { .. }) && now.duration_since(self.at) > SILENCE
    }
}

impl Edit {
    /// The changed fields of a change.
    pub const fn fields(&self) -> Option<&Fields> {
        match self {
            Self::UpdateTicket(fields) | Self::UpdateTechnician(fields) => Some(fields),
            Self::CreateTicket { .. } | Self::AddNote(_) | Self::CreateTechnician(_) | Self::Enrol(_) => None,
        }
    }

    /// The same, to be based on something else.
    pub const fn fields_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Self::UpdateTicket(fields) | Self::UpdateTechnician(fields) => Some(fields),
            Self::CreateTicket { .. } | Self::AddNote(_) | Self::CreateTechnician(_) | Self::Enrol(_) => None,
        }
    }

    /// Sending it twice would make two of it.
    pub const fn is_creation(&self) -> bool {
        matches!(self, Self::CreateTicket { .. } | Self::AddNote(_) | Self::CreateTechnician(_))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for text in ["halo-psa.4242", "halo-psa.~tk_1", "syncro.a.b~c"] {
            assert_eq!(PortalId::parse(text).map(|id| id.to_string()).as_deref(), Some(text));
        }
        for text in ["", "4242", ".1", "halo-psa.", "halo-psa.~"] {
            assert_eq!(PortalId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn unassigning_survives_as_json() {
        let unassign = TicketChange { assignee: Some(None), ..TicketChange::default() };
        let written = serde_json::to_value(&unassign).unwrap();
        assert_eq!(written, json!({ "assignee": null }));
        assert_eq!(serde_json::from_value::<TicketChange>(written).unwrap(), unassign);
        assert_eq!(serde_json::from_value::<TicketChange>(json!({})).unwrap(), TicketChange::default());
    }
}
