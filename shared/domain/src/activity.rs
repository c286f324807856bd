//! Activity: who did what to which object, and what it was before and after.
//!
//! An entry is written in the transaction of the change that it tells of, so neither is there without the other. What the
//! engine does on its own is no activity: that is in the run log.
//!
//! Invariant: no secret gets into an entry; who makes one says [`REPLACED`] instead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands in an entry for a secret that was entered.
pub const REPLACED: &str = "replaced";

/// Longest text or JSON of one field's value in an entry.
const LONGEST_VALUE: usize = 300;
/// Fields of an entry at most.
const MOST_FIELDS: usize = 50;

/// The fields that changed, with their values.
pub type Fields = Map<String, Value>;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Action {
    /// A company was made by hand.
    #[serde(rename = "company.created")]
    CompanyCreated,
    /// A company's own fields were changed.
    #[serde(rename = "company.changed")]
    CompanyChanged,
    /// A company was deleted.
    #[serde(rename = "company.deleted")]
    CompanyDeleted,
    /// Companies were made from vendor companies.
    #[serde(rename = "company.imported")]
    CompanyImported,
    /// A vendor company was linked.
    #[serde(rename = "company.linked")]
    CompanyLinked,
    /// A vendor company's link was taken away.
    #[serde(rename = "company.unlinked")]
    CompanyUnlinked,
    /// A vendor company was linked in place of another.
    #[serde(rename = "company.link_swapped")]
    CompanyLinkSwapped,
    /// It was said whether the company has anything in a connection at all.
    #[serde(rename = "company.not_integrated_changed")]
    CompanyNotIntegratedChanged,
    /// A company's Default Import Role was changed.
    #[serde(rename = "company.defaults_changed")]
    CompanyDefaultsChanged,
    /// A vendor company may be imported again.
    #[serde(rename = "vendor_company.unblocked")]
    VendorCompanyUnblocked,
    /// A proposal of quick match was applied.
    #[serde(rename = "quick_match.applied")]
    QuickMatchApplied,
    /// What quick match had linked was taken back.
    #[serde(rename = "quick_match.undone")]
    QuickMatchUndone,
    /// Duplicates were declared to be none.
    #[serde(rename = "duplicate.ignored")]
    DuplicateIgnored,
    /// Duplicates are shown again.
    #[serde(rename = "duplicate.restored")]
    DuplicateRestored,
    /// A user was made by hand.
    #[serde(rename = "user.created")]
    UserCreated,
    /// A user was given access.
    #[serde(rename = "user.access_given")]
    UserAccessGiven,
    /// A user's access was taken away.
    #[serde(rename = "user.access_taken")]
    UserAccessTaken,
    /// A user was moved to the company that the vendor names.
    #[serde(rename = "user.moved")]
    UserMoved,
    /// Credentials were entered.
    #[serde(rename = "credentials.replaced")]
    CredentialsReplaced,
    /// Options were saved.
    #[serde(rename = "options.changed")]
    OptionsChanged,
    /// A connection was switched on.
    #[serde(rename = "integration.enabled")]
    IntegrationEnabled,
    /// A connection was paused.
    #[serde(rename = "integration.paused")]
    IntegrationPaused,
    /// A connection was disconnected.
    #[serde(rename = "integration.disconnected")]
    IntegrationDisconnected,
    /// What is missing at the vendor may be buried.
    #[serde(rename = "deletions.confirmed")]
    DeletionsConfirmed,
    /// An account that another tenant is connected to may be written to.
    #[serde(rename = "account.confirmed")]
    AccountConfirmed,
    /// A run was asked for.
    #[serde(rename = "sync.requested")]
    SyncRequested,
    /// A record that was set aside is to be read again.
    #[serde(rename = "record.retried")]
    RecordRetried,
    /// The address and secret for the vendor's pushes were renewed.
    #[serde(rename = "webhook.rotated")]
    WebhookRotated,
    /// The vendor's subscriptions are to be put in order.
    #[serde(rename = "webhook.provisioned")]
    WebhookProvisioned,
    /// A ticket was opened.
    #[serde(rename = "ticket.created")]
    TicketCreated,
    /// A ticket was changed.
    #[serde(rename = "ticket.changed")]
    TicketChanged,
    /// A note was written.
    #[serde(rename = "ticket.note_added")]
    TicketNoteAdded,
    /// A refused edit of a ticket is sent again.
    #[serde(rename = "ticket.edit_retried")]
    TicketEditRetried,
    /// A refused edit of a ticket was given up.
    #[serde(rename = "ticket.edit_discarded")]
    TicketEditDiscarded,
    /// A technician was added at the vendor.
    #[serde(rename = "technician.created")]
    TechnicianCreated,
    /// A technician was changed.
    #[serde(rename = "technician.changed")]
    TechnicianChanged,
    /// A technician was given a portal user.
    #[serde(rename = "technician.imported")]
    TechnicianImported,
    /// A refused edit of a technician is sent again.
    #[serde(rename = "technician.edit_retried")]
    TechnicianEditRetried,
    /// A refused edit of a technician was given up.
    #[serde(rename = "technician.edit_discarded")]
    TechnicianEditDiscarded,
    /// Somebody was enrolled in a course.
    #[serde(rename = "enrolment.created")]
    Enrolled,
    /// A refused enrolment is sent again.
    #[serde(rename = "enrolment.retried")]
    EnrolmentRetried,
    /// A refused enrolment was given up.
    #[serde(rename = "enrolment.discarded")]
    EnrolmentDiscarded,
    /// Something that another version of this program wrote.
    #[serde(rename = "unknown", other)]
    Unknown,
}

/// What kind of thing an action was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A portal company.
    Company,
    /// A vendor's company, `{connector}.{id}`.
    VendorCompany,
    /// A portal user.
    User,
    /// A connection, by its connector.
    Integration,
    /// A mirrored record, `{connector}.{record type}.{id}`.
    Record,
    /// A ticket.
    Ticket,
    /// A technician.
    Technician,
    /// Somebody's enrolment in a course.
    Enrolment,
    /// One quick match.
    QuickMatch,
    /// A group of duplicates.
    Duplicate,
    /// Something that another version of this program wrote.
    #[serde(other)]
    Unknown,
}

impl ObjectKind {
    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::VendorCompany => "vendor_company",
            Self::User => "user",
            Self::Integration => "integration",
            Self::Record => "record",
            Self::Ticket => "ticket",
            Self::Technician => "technician",
            Self::Enrolment => "enrolment",
            Self::QuickMatch => "quick_match",
            Self::Duplicate => "duplicate",
            Self::Unknown => "unknown",
        }
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Actor {
    /// Their id at the issuer of their sign-in.
    pub id: String,
    /// Their name when they did it.
    pub name: String,
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its id, unique among its kind.
    pub id: String,
    /// What it was called at that time.
    pub name: String,
}

impl Object {
    /// An object of this kind.
    pub fn new(kind: ObjectKind, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, id: id.into(), name: name.into() }
    }
}

/// One thing that a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Activity)]
pub struct Entry {
    /// Names the entry.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// The fields that changed, as they were.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>)]
    pub before: Fields,
    /// The fields that changed, as they are since.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Value>>)]
    pub after: Fields,
    /// How many such things were done at once, where they have one entry together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Entry {
    /// An entry without details.
    pub fn new(id: String, at: Timestamp, actor: Actor, action: Action, object: Object) -> Self {
        Self { id, at, actor, action, object, before: Map::new(), after: Map::new(), count: None }
    }

    /// With what was there before; anything but an object says nothing.
    #[must_use]
    pub fn was(self, before: Value) -> Self {
        Self { before: short(fields(before)), ..self }
    }

    /// With what is there since; anything but an object says nothing.
    #[must_use]
    pub fn is(self, after: Value) -> Self {
        Self { after: short(fields(after)), ..self }
    }

    /// With the fields that differ between the two.
    #[must_use]
    pub fn changed(self, before: &Fields, after: &Fields) -> Self {
        let differing = |one: &Fields, other: &Fields| {
            one.iter().filter(|(key, value)| other.get(*key) != Some(value)).map(owned).collect::<Fields>()
        };
        Self { before: short(differing(before, after)), after: short(differing(after, before)), ..self }
    }
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// The fields of a value that serialises as an object; of anything else none.
pub fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// An entry is a line to read, not a backup: long values are cut, and what is null is left out.
fn short(fields: Fields) -> Fields {
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .take(MOST_FIELDS)
        .map(|(key, value)| (key, cut(value)))
        .collect()
}

fn cut(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST_VALUE => {
            Value::String(format!("{}…", &text[..text.floor_char_boundary(LONGEST_VALUE)]))
        }
        Value::Array(entries) if too_long(&entries) => Value::String(format!("{} entries", entries.len())),
        Value::Object(fields) if too_long(&fields) => Value::String(format!("{} fields", fields.len())),
        value => value,
    }
}

fn too_long(value: &impl Serialize) -> bool {
    serde_json::to_string(value).is_ok_and(|text| text.len() > LONGEST_VALUE)
}

#[cfg(test)]
mod tests;
