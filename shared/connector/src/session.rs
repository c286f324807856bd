//! The coded half of a connector: open a session, pull pages, read one, write one.

use std::collections::BTreeMap;

pub use domain::edit::{NoteDraft, TechnicianChange, TicketChange};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Choice, Record, RecordData, RecordType, Registration, Technician, Ticket};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::BoxFuture;
use crate::descriptor::Descriptor;
use crate::error::{ConnectorError, ErrorKind, Result};
use crate::http::VendorHttp;
use crate::page::{Cursor, JournalPage, Page, PullRequest};
use crate::values::{Credentials, DeploymentValues};
use crate::webhook::{Endpoint, Provisioned};

/// One vendor's integration.
pub trait Connector: Send + Sync {
    /// Everything that is declared.
    fn descriptor(&self) -> &'static Descriptor;

    /// Makes a session. Does no I/O: the first call authenticates.
    ///
    /// # Errors
    /// Credentials that cannot work (a host that is no host) are refused with the field's name.
    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>>;
}

/// What a session is opened with.
#[derive(Clone, Debug)]
pub struct SessionContext {
    /// The HTTP client: bounded, budgeted, guarded. Its token cache lives as long as the function's environment.
    pub http: VendorHttp,
    /// This connection's credentials.
    pub credentials: Credentials,
    /// What the admin chose.
    pub options: Options,
    /// Values that belong to the deployment.
    pub deployment: DeploymentValues,
}

/// A connection's conversation with its vendor. One run has one session; calls may be made at once.
pub trait Session: Send + Sync {
    /// Who we are at the vendor. Its `id` is the account's fingerprint: ids of another account mean something else.
    fn account(&self) -> BoxFuture<'_, Result<Account>>;

    /// One page of a feed.
    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>>;

    /// One page of the journal that the descriptor declares: what changed at or after this moment of the vendor's clock.
    fn journal<'a>(&'a self, since: Timestamp, cursor: Option<&'a Cursor>) -> BoxFuture<'a, Result<JournalPage>> {
        let _ = (since, cursor);
        Box::pin(async { Err(ConnectorError::new("read the journal of changes", ErrorKind::Unsupported)) })
    }

    /// One record as it stands now, mapped exactly as [`Self::pull`] maps it, not completed. `Ok(None)`: confirmed gone.
    fn get<'a>(
        &'a self,
        record_type: RecordType,
        external_id: &'a ExternalId,
    ) -> BoxFuture<'a, Result<Option<crate::Mapped>>>;

    /// The same, whatever the admin's filters leave out: what an edit made in the portal is merged with.
    fn get_unfiltered<'a>(
        &'a self,
        record_type: RecordType,
        external_id: &'a ExternalId,
    ) -> BoxFuture<'a, Result<Option<crate::Mapped>>> {
        self.get(record_type, external_id)
    }

    /// Adds what the list does not carry (a ticket's notes). Called for new and changed records of feeds that declare it.
    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        let _ = record;
        Box::pin(async { Ok(()) })
    }

    /// Takes over what [`Self::complete`] added to the mirrored record, where the row shows that this still holds, and says
    /// whether that was all: then the record is not completed again.
    fn take_over(&self, record: &mut Record, mirrored: &RecordData) -> bool {
        let _ = (record, mirrored);
        false
    }

    /// Writes one change and returns the record as the vendor has it afterwards.
    fn push<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Pushed>> {
        let _ = change;
        Box::pin(async { Err(ConnectorError::new("write a change", ErrorKind::Unsupported)) })
    }

    /// Looks for a creation or note whose answer was lost: what may be it, the likeliest first, a few at most. The engine
    /// knows which of them stem from other changes. None: it is not there (yet).
    fn find<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Vec<Pushed>>> {
        let _ = change;
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Makes the vendor's subscriptions to be just what is needed: missing ones are made, those switched off are switched
    /// on, another address or secret is put in place of the old one. Doing it again changes nothing. Returns all of ours,
    /// and the secret if the vendor issued one.
    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        let _ = endpoint;
        Box::pin(async { Err(ConnectorError::new("subscribe to changes", ErrorKind::Unsupported)) })
    }

    /// Takes our subscriptions away, or switches them off where the vendor refuses to delete them.
    fn unprovision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        let _ = endpoint;
        Box::pin(async { Ok(()) })
    }

    /// Whether the account may read this vendor company, where each company consents by itself.
    fn company_access<'a>(&'a self, company: &'a ExternalId) -> BoxFuture<'a, Result<()>> {
        let _ = company;
        Box::pin(async { Ok(()) })
    }

    /// Has the vendor make an address for one person's click. It is used at once and kept nowhere.
    fn issue_link<'a>(&'a self, request: &'a LinkRequest) -> BoxFuture<'a, Result<IssuedLink>> {
        let _ = request;
        Box::pin(async { Err(ConnectorError::new("make a link", ErrorKind::Unsupported)) })
    }

    /// A live picklist.
    fn choices<'a>(&'a self, query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>>;
}

/// Who we are at the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Fingerprint of the vendor account, equal whatever credentials reach it.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// What the fingerprint of an account begins with that the vendor does not tell apart yet.
const PROVISIONAL: &str = "provisional:";

impl Account {
    /// An account that is known by its key only, until the vendor tells more of it.
    pub fn provisional(key: &str, name: String) -> Self {
        Self { id: format!("{PROVISIONAL}{key}"), name }
    }

    /// Whether a fingerprint is such a one.
    pub fn is_provisional(id: &str) -> bool {
        id.starts_with(PROVISIONAL)
    }

    /// Whether it is another than the one that a connection is of. A provisional fingerprint says nothing: there was
    /// nothing at the vendor yet that could mean something else, and the first definite one takes its place.
    pub fn is_other_than(&self, ours: &str) -> bool {
        self.id != ours && !Self::is_provisional(ours)
    }

    /// Whether its fingerprint takes the place of the one that a connection has.
    pub fn settles(&self, ours: &str) -> bool {
        Self::is_provisional(ours) && !Self::is_provisional(&self.id)
    }
}

/// What a person wants to be taken to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum LinkRequest {
    /// The vendor's pages on which a customer sees and changes how they pay.
    BillingPortal {
        /// The vendor company.
        company: ExternalId,
        /// Where they come back to.
        return_url: Url,
    },
    /// Where somebody who may speak for a vendor company consents to our reading it. Made without a call.
    Consent {
        /// The vendor company.
        company: ExternalId,
        /// Where they come back to.
        return_url: Url,
        /// What they bring back, for us to know the request again.
        state: String,
    },
    /// A course that somebody is enrolled in.
    Course {
        /// Their registration.
        registration: ExternalId,
        /// Where they come back to.
        return_url: Url,
    },
}

/// An address made for one click. It is a secret, and does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedLink {
    /// Who opens it needs no other proof.
    pub url: Url,
    /// Until when it works, where the vendor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for IssuedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedLink").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a picklist is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceQuery<'a> {
    /// Key of an option field or of a choice field of the descriptor.
    pub field: &'a str,
    /// Text that labels contain; the connector may leave filtering to the engine.
    pub search: Option<&'a str>,
    /// Narrow to a board, queue or ticket type.
    pub board: Option<&'a str>,
}

/// One change on its way to the vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new ticket. `reference` is ours, to find it again by.
    CreateTicket {
        /// Our reference, unique for this change.
        reference: String,
        /// The ticket; ids in it are the vendor's.
        ticket: Box<Ticket>,
        /// The connection's `ticket_defaults`.
        defaults: BTreeMap<String, String>,
    },
    /// An edit: only what is `Some` is written.
    UpdateTicket {
        /// Which ticket.
        external_id: ExternalId,
        /// The fields.
        change: TicketChange,
    },
    /// A new note.
    AddNote {
        /// Which ticket.
        ticket: ExternalId,
        /// Our reference, unique for this change.
        reference: String,
        /// The note.
        note: NoteDraft,
    },
    /// A new technician.
    CreateTechnician {
        /// Our reference.
        reference: String,
        /// Who.
        technician: Technician,
    },
    /// An edit of a technician: only what is `Some` is written.
    UpdateTechnician {
        /// Which technician.
        external_id: ExternalId,
        /// The fields.
        change: TechnicianChange,
    },
    /// Somebody is to take a course. One that is there under this id already is the one that is asked for.
    Enrol {
        /// The id, which is ours.
        registration: ExternalId,
        /// Who takes which course.
        enrolment: Box<Registration>,
    },
}

/// What the vendor has after a write. Once its id is known a write is never an error any more: it would be made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The record's id at the vendor.
    pub external_id: ExternalId,
    /// The record as the vendor returned it or as read back, the base of the next three-way merge. `None`: the vendor took
    /// the write, and what it has now could not be read.
    pub record: Option<Record>,
    /// A note's own id, where a note was written.
    pub note_id: Option<ExternalId>,
}
