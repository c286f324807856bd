//! Records: a vendor's objects as the portal mirrors them, in the portal's words.
//!
//! A connector maps the vendor's JSON to these types and to nothing else. What is stored, hashed and compared is the
//! serialised form, so a field that is `None` or empty leaves no trace in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::{ConnectorId, ExternalId};

/// The kinds of record that a connector can declare. `Display` and serde give the name used in paths and options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// Vendor companies: clients, accounts, customers, sites of an RMM.
    Companies,
    /// Places of a vendor company. Not chosen by itself: it comes with companies.
    Sites,
    /// People at a customer.
    Contacts,
    /// The MSP's own technicians (the customer's page calls them users).
    Users,
    /// Service tickets with their notes.
    Tickets,
}

impl RecordType {
    /// Every record type, in the order in which a run brings them: what others refer to comes first.
    pub const ALL: [Self; 5] = [Self::Companies, Self::Sites, Self::Contacts, Self::Users, Self::Tickets];

    /// The name used in paths, options and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::Sites => "sites",
            Self::Contacts => "contacts",
            Self::Users => "users",
            Self::Tickets => "tickets",
        }
    }

    /// Records of this type belong to a vendor company, and what is done with the company concerns them.
    pub const fn belongs_to_companies(self) -> bool {
        matches!(self, Self::Contacts | Self::Tickets)
    }

    /// Reads a name from a path or a key.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record_type| record_type.as_str() == name)
    }
}

impl std::fmt::Display for RecordType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mirrored object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The vendor's id, unique within the connection and the record type.
    pub external_id: ExternalId,
    /// When the vendor last changed it, where the vendor says so. Not part of the content hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// The content.
    pub data: RecordData,
}

/// The content of a record by its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RecordData {
    /// See [`Company`].
    Company(Company),
    /// See [`Site`].
    Site(Site),
    /// See [`Contact`].
    Contact(Contact),
    /// See [`Technician`].
    Technician(Technician),
    /// See [`Ticket`].
    Ticket(Box<Ticket>),
}

impl RecordData {
    /// The record type that this content belongs to.
    pub const fn record_type(&self) -> RecordType {
        match self {
            Self::Company(_) => RecordType::Companies,
            Self::Site(_) => RecordType::Sites,
            Self::Contact(_) => RecordType::Contacts,
            Self::Technician(_) => RecordType::Users,
            Self::Ticket(_) => RecordType::Tickets,
        }
    }

    /// What a person would call it: a name or a title.
    pub fn name(&self) -> &str {
        match self {
            Self::Company(company) => &company.name,
            Self::Site(site) => &site.name,
            Self::Contact(contact) => &contact.name,
            Self::Technician(technician) => &technician.name,
            Self::Ticket(ticket) => &ticket.title,
        }
    }

    /// The vendor company that it belongs to, if it belongs to one.
    pub fn company(&self) -> Option<&ExternalId> {
        match self {
            Self::Company(_) | Self::Technician(_) => None,
            Self::Site(site) => Some(&site.company),
            Self::Contact(contact) => contact.company.as_ref(),
            Self::Ticket(ticket) => ticket.company.as_ref(),
        }
    }

    /// What another record of the type that stands for the same thing would have, too: a contact's address.
    pub fn distinctive(&self) -> Option<String> {
        match self {
            Self::Contact(contact) => Email::parse(contact.email.as_deref()?).map(|email| email.to_string()),
            Self::Company(_) | Self::Site(_) | Self::Technician(_) | Self::Ticket(_) => None,
        }
    }
}

/// A vendor company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Company {
    /// Its name at the vendor.
    pub name: String,
    /// Switched off at the vendor.
    #[serde(skip_serializing_if = "is_false")]
    pub inactive: bool,
    /// Web and e-mail domains, lower case, without `www.`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// Main telephone number as the vendor writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A second line that tells two companies of one name apart (a parent, a city).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// Named types of the company at the vendor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Where the vendor keeps the primary contact on the company instead of on the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_contact: Option<PrimaryContact>,
    /// Ids by which other systems know it, where the vendor carries them: the PSA's account that a person mapped an RMM's
    /// site to. They decide when companies are matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<ForeignId>,
}

/// An id of another system that a vendor carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignId {
    /// The connector of the system whose id it is.
    pub connector: ConnectorId,
    /// The id there.
    pub external_id: ExternalId,
}

/// How a vendor company points at its primary contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrimaryContact {
    /// It names the contact.
    Contact(ExternalId),
    /// It names a site, and that site names the contact.
    OfSite(ExternalId),
}

/// A place of a vendor company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its name at the vendor.
    pub name: String,
    /// The company it belongs to.
    pub company: ExternalId,
    /// Switched off at the vendor.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inactive: bool,
    /// Its main contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main_contact: Option<ExternalId>,
    /// Telephone number as the vendor writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A person at a customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Full name.
    pub name: String,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address as the vendor writes it; compared through [`crate::email::Email`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number as the vendor writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mobile number as the vendor writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Switched off at the vendor.
    #[serde(skip_serializing_if = "is_false")]
    pub inactive: bool,
    /// The vendor company they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// The site they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<ExternalId>,
    /// Named contact types, in the vendor's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The vendor marks the contact itself as the primary one.
    #[serde(skip_serializing_if = "is_false")]
    pub primary: bool,
    /// When the vendor created it; decides between two contacts with one e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

/// A technician of the MSP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Technician {
    /// Full name.
    pub name: String,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Default team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// May work.
    pub active: bool,
}

/// A value of a vendor's picklist: the id decides, the name is for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Choice {
    /// The vendor's id.
    pub value: String,
    /// The vendor's name for it.
    pub label: String,
    /// The board that it belongs to, where the list differs by board and those of all boards were asked for: names repeat
    /// from board to board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
}

/// A board, queue or team that a value of a picklist belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Board {
    /// The vendor's id.
    pub id: String,
    /// The vendor's name for it.
    pub name: String,
}

impl Choice {
    /// A value that belongs to no board in particular.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), board: None }
    }

    /// Whether the text, in lower case, stands in its name or in that of its board.
    pub fn contains(&self, text: &str) -> bool {
        let board = self.board.as_ref().map(|board| board.name.to_lowercase());
        self.label.to_lowercase().contains(text) || board.is_some_and(|board| board.contains(text))
    }
}

/// A service ticket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ticket {
    /// Summary line.
    pub title: String,
    /// Description as plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Vendor's status id; options map it to a stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Vendor's priority id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Vendor's ticket type id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_type: Option<String>,
    /// Category in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Board, queue or team that works on it, as the vendor's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// Technician it is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<ExternalId>,
    /// Vendor company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// Vendor contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ExternalId>,
    /// Vendor site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<ExternalId>,
    /// Closed at the vendor.
    #[serde(skip_serializing_if = "is_false")]
    pub closed: bool,
    /// When it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When anything last happened on it, a note included: a change of this alone makes the notes be read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Our own reference, where the vendor has a field for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_reference: Option<String>,
    /// Notes, oldest first. Read only when the rest changed, hence not part of the content hash.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A note on a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The vendor's id, unique within the ticket.
    pub external_id: ExternalId,
    /// Who wrote it, as the vendor names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Plain text.
    pub text: String,
    /// Not for the customer's eyes. A connector that cannot tell sets it.
    pub internal: bool,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
