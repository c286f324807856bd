//! What a PSA knows: companies with their sites and people, technicians, tickets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ConnectorId, ExternalId};
use crate::record::is_false;

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
