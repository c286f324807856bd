//! Technicians and contacts that a request names, as the vendor knows them.

use domain::edit::{PortalId, RecordRef};
use domain::id::ExternalId;
use domain::record::{Contact, RecordData, RecordType};
use store::TenantStore;
use store::records::MirrorRecord;

use crate::problem::{Answer, FieldError};
use crate::v1::two_way::Source;

/// The vendor's id of a technician; wrong ones are noted.
pub(super) async fn technician(
    store: &TenantStore,
    source: &Source,
    errors: &mut Vec<FieldError>,
    id: &str,
) -> Answer<Option<ExternalId>> {
    let name = source.which.descriptor.short_name;
    let found = mirrored(store, source, RecordType::Users, id).await?;
    if found.is_none() {
        let detail =
            format!("Choose a technician that {name} has: see /v1/technicians?connector={}.", source.which.connector);
        errors.push(FieldError::new("/assignee_id", detail));
    }
    Ok(found.map(|found| found.external_id))
}

/// The vendor's id of a contact of this vendor company; wrong ones are noted.
pub(super) async fn contact(
    store: &TenantStore,
    source: &Source,
    errors: &mut Vec<FieldError>,
    id: &str,
    company: &ExternalId,
) -> Answer<Option<ExternalId>> {
    let found = mirrored(store, source, RecordType::Contacts, id).await?;
    let of_company = |contact: &Contact| contact.company.as_ref() == Some(company);
    let fits = |found: &MirrorRecord| matches!(found.live(), Some(RecordData::Contact(contact)) if of_company(contact));
    let found = found.filter(fits);
    if found.is_none() {
        let name = source.which.descriptor.short_name;
        errors.push(FieldError::new("/contact_id", format!("Choose a contact that this company has in {name}.")));
    }
    Ok(found.map(|found| found.external_id))
}

async fn mirrored(
    store: &TenantStore,
    source: &Source,
    record_type: RecordType,
    id: &str,
) -> Answer<Option<MirrorRecord>> {
    let connection = &source.which.connection;
    let Some(id) = PortalId::parse(id).filter(|id| id.connection == *connection) else { return Ok(None) };
    let external_id = match id.record {
        RecordRef::Vendor(id) => Some(id),
        RecordRef::Portal(reference) => store.made(connection, &reference).await?.and_then(|made| made.external_id),
    };
    let Some(external_id) = external_id else { return Ok(None) };
    let found = store.record(connection, record_type, &external_id).await?;
    Ok(found.filter(|found| found.live().is_some()))
}
