//! A technician as it is answered.

use domain::email::Email;
use domain::id::{ConnectorId, ExternalId, UserId};
use domain::merge::Conflict;
use domain::record::{RecordData, RecordType, Technician};
use serde::Serialize;
use store::TenantStore;
use utoipa::ToSchema;

use crate::problem::Answer;
use crate::v1::two_way::progress::Progress;
use crate::v1::two_way::{Source, TwoWay, is_writable};

/// Fields that the portal may write where the vendor's API can.
pub(super) const FIELDS: [&str; 5] = ["name", "email", "phone", "title", "active"];

/// A technician.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Technician)]
pub(crate) struct TechnicianView {
    /// Stays the same, also of a technician whom the vendor has not made yet.
    id: String,
    #[schema(value_type = String)]
    connector: ConnectorId,
    /// The vendor's id, once it has the technician.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    pub(super) name: String,
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// May work.
    pub(super) active: bool,
    /// The portal user: the one linked by a person, else the one with the same e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<UserId>,
    /// Fields that can be changed from here.
    writable: Vec<&'static str>,
    /// What the vendor's API cannot do.
    #[serde(skip_serializing_if = "Option::is_none")]
    limitation: Option<&'static str>,
    sync: Progress,
    /// Portal values that lost to the vendor's, newest last.
    conflicts: Vec<Conflict>,
}

/// The technician as a person sees them; `None`: not there.
pub(super) fn technician_of(found: &TwoWay) -> Answer<Option<Technician>> {
    Ok(match found.content()? {
        Some(RecordData::Technician(technician)) => Some(technician),
        _ => None,
    })
}

/// Technicians as they are answered, in the same order.
pub(super) async fn views<K>(
    store: &TenantStore,
    source: &Source,
    entries: Vec<(K, TwoWay)>,
) -> Answer<Vec<(K, TechnicianView)>> {
    let mut technicians = Vec::with_capacity(entries.len());
    for (key, found) in entries {
        if let Some(technician) = technician_of(&found)? {
            technicians.push((key, found, technician));
        }
    }
    if technicians.is_empty() {
        return Ok(Vec::new());
    }
    let links = store.technician_links(&source.which.connection).await?;
    let email = |technician: &Technician| technician.email.as_deref().and_then(Email::parse);
    let emails: Vec<Email> = technicians.iter().filter_map(|(_, _, technician)| email(technician)).collect();
    let holders = store.holders(&emails).await?;
    let view = |(key, found, technician): (K, TwoWay, Technician)| {
        let by_email = email(&technician).and_then(|email| holders.get(&email)).map(|holder| holder.user.clone());
        let user = links.get(&found.record).cloned().or(by_email);
        (key, TechnicianView::of(source, &found, technician, user))
    };
    Ok(technicians.into_iter().map(view).collect())
}

impl TechnicianView {
    fn of(source: &Source, found: &TwoWay, technician: Technician, user_id: Option<UserId>) -> Self {
        let declared = source.which.descriptor.record_type(RecordType::Users);
        let writable = |field: &&str| declared.is_some_and(|declared| is_writable(declared, field));
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            id: source.id(&found.record),
            connector: source.which.connector.clone(),
            external_id: found.external_id(),
            name: technician.name,
            email: given(technician.email),
            phone: given(technician.phone),
            title: given(technician.title),
            active: technician.active,
            user_id,
            writable: FIELDS.into_iter().filter(writable).collect(),
            limitation: declared.and_then(|declared| declared.limitation),
            sync: Progress::of(source, found),
            conflicts: found.conflicts(),
        }
    }
}
