//! ConnectWise's JSON as it arrives: every field optional, no logic.
//!
//! Newer servers leave out what is not set, older ones write null (both are in recorded answers), so nothing here is
//! required and nothing unknown is refused.

use connector::lenient::{Flag, Int, Text};
use serde::{Deserialize, Deserializer};

/// A reference to another record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    pub(crate) id: Int,
    pub(crate) name: Text,
}

/// What the server keeps of a record itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Info {
    pub(crate) last_updated: Text,
    pub(crate) date_entered: Text,
}

/// `/company/companies`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Company {
    pub(crate) id: Int,
    pub(crate) identifier: Text,
    pub(crate) name: Text,
    pub(crate) status: Option<Reference>,
    pub(crate) city: Text,
    pub(crate) phone_number: Text,
    pub(crate) website: Text,
    pub(crate) default_contact: Option<Reference>,
    pub(crate) parent_company: Option<Reference>,
    pub(crate) types: Option<Vec<Reference>>,
    pub(crate) deleted_flag: Flag,
    #[serde(rename = "_info")]
    pub(crate) info: Option<Info>,
}

/// `/company/contacts`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Contact {
    pub(crate) id: Int,
    pub(crate) first_name: Text,
    pub(crate) last_name: Text,
    pub(crate) company: Option<Reference>,
    pub(crate) title: Text,
    pub(crate) inactive_flag: Flag,
    /// The company's default contact.
    pub(crate) default_flag: Flag,
    /// Absent: the server does not list them with their contact. Older ones write an empty list as null.
    #[serde(deserialize_with = "listed")]
    pub(crate) communication_items: Option<Vec<CommunicationItem>>,
    pub(crate) types: Option<Vec<Reference>>,
    #[serde(rename = "_info")]
    pub(crate) info: Option<Info>,
}

fn listed<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<CommunicationItem>>, D::Error> {
    Option::deserialize(value).map(|items: Option<_>| Some(items.unwrap_or_default()))
}

/// An address or a number of a contact.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CommunicationItem {
    #[serde(rename = "type")]
    pub(crate) kind: Option<Reference>,
    pub(crate) value: Text,
    pub(crate) extension: Text,
    pub(crate) default_flag: Flag,
    /// `Email`, `Phone`, `Fax`.
    pub(crate) communication_type: Text,
}

/// `/system/members`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) id: Int,
    pub(crate) identifier: Text,
    /// `F` full, `A` API, `C` StreamlineIT, `X` subcontractor.
    pub(crate) license_class: Text,
    pub(crate) first_name: Text,
    pub(crate) last_name: Text,
    pub(crate) title: Text,
    pub(crate) inactive_flag: Flag,
    /// `Office`, `Mobile`, `Home`: which of the three addresses counts.
    pub(crate) default_email: Text,
    pub(crate) primary_email: Text,
    pub(crate) office_email: Text,
    pub(crate) mobile_email: Text,
    pub(crate) home_email: Text,
    /// As `default_email`, of the three numbers.
    pub(crate) default_phone: Text,
    pub(crate) office_phone: Text,
    pub(crate) mobile_phone: Text,
    pub(crate) home_phone: Text,
    #[serde(rename = "_info")]
    pub(crate) info: Option<Info>,
}

/// `/service/tickets`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Ticket {
    pub(crate) id: Int,
    pub(crate) summary: Text,
    pub(crate) record_type: Text,
    pub(crate) board: Option<Reference>,
    pub(crate) status: Option<Reference>,
    pub(crate) company: Option<Reference>,
    pub(crate) contact: Option<Reference>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Reference>,
    pub(crate) sub_type: Option<Reference>,
    pub(crate) owner: Option<Reference>,
    pub(crate) priority: Option<Reference>,
    #[serde(rename = "externalXRef")]
    pub(crate) external_x_ref: Text,
    pub(crate) closed_flag: Flag,
    pub(crate) closed_date: Text,
    #[serde(rename = "_info")]
    pub(crate) info: Option<Info>,
}

/// `/service/tickets/{id}/notes`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Note {
    pub(crate) id: Int,
    pub(crate) text: Text,
    /// On the tab Discussion, which customers see.
    pub(crate) detail_description_flag: Flag,
    /// On the tab Internal.
    pub(crate) internal_analysis_flag: Flag,
    pub(crate) internal_flag: Flag,
    pub(crate) member: Option<Reference>,
    pub(crate) contact: Option<Reference>,
    pub(crate) date_created: Text,
    pub(crate) created_by: Text,
}

/// A row of a setup table: a status, a type, a board.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Named {
    pub(crate) id: Int,
    pub(crate) name: Text,
    /// What contact types have in place of a name.
    pub(crate) description: Text,
    pub(crate) inactive_flag: Flag,
    /// What statuses of boards have in place of `inactiveFlag`.
    pub(crate) inactive: Flag,
    /// A board of projects.
    pub(crate) project_flag: Flag,
}

/// `/system/callbacks`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Callback {
    pub(crate) id: Int,
    pub(crate) url: Text,
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    pub(crate) level: Text,
    pub(crate) inactive_flag: Flag,
}

/// `/login/companyinfo/{company}`; the answer for a company that nobody knows is `null`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct CompanyInfo {
    pub(crate) company_name: Text,
    pub(crate) codebase: Text,
}

/// `{list}/count`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Count {
    pub(crate) count: Int,
}

/// A refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal {
    pub(crate) code: Text,
    pub(crate) message: Text,
    pub(crate) errors: Option<Vec<Problem>>,
}

/// One thing that is wrong with what was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    pub(crate) message: Text,
    pub(crate) field: Text,
}

/// What a callback delivers. Its record (`Entity`) is JSON in text, reduced, and null for a deleted one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Event {
    pub(crate) message_id: Text,
    #[serde(rename = "Type")]
    pub(crate) kind: Text,
    #[serde(rename = "ID")]
    pub(crate) id: Int,
    pub(crate) entity: Text,
    pub(crate) metadata: Option<Metadata>,
}

/// Where the key of an event's signature is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) key_url: Text,
}

/// The key of an event's signature.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SigningKey {
    pub(crate) signing_key: Text,
}
