//! Contacts that moved to another linked company.
//!
//! Their user stays where it is, suspended, until a person has it moved or kept. Both are carried out here as the engine
//! would see them, which looks at the contact again afterwards.

use std::collections::BTreeMap;

use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::portal::{Access, ContactRef, User};
use domain::record::RecordType;
use store::{StoreError, TenantStore};

use crate::admission::contact;
use crate::contacts::set_access;

/// A contact that stands behind a user and belongs to another company than the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The connection.
    pub connection: ConnectionId,
    /// The contact.
    pub contact: ExternalId,
    /// Its company at the vendor.
    pub vendor_company: ExternalId,
    /// The portal company that that is linked to.
    pub to: CompanyId,
}

impl Move {
    /// Where the contacts of a user have moved: a few reads for each of them. Contacts that do not agree are all told.
    pub async fn all_of(store: &TenantStore, user: &User) -> Result<Vec<Self>, StoreError> {
        let mut moves = Vec::new();
        for (connection, held) in by_connection(user) {
            let records = store.records(connection, RecordType::Contacts, held).await?;
            let active = records.iter().filter_map(|record| {
                let contact = contact(record).filter(|contact| !contact.inactive)?;
                Some((record.external_id.clone(), contact.company.clone()?))
            });
            let active: Vec<(ExternalId, ExternalId)> = active.collect();
            let links = store.linked(connection, active.iter().map(|(_, company)| company)).await?;
            for (contact, vendor_company) in active {
                if let Some(to) = links.get(&vendor_company).filter(|to| Some(*to) != user.company_id.as_ref()) {
                    moves.push(Self { connection: connection.clone(), contact, vendor_company, to: to.clone() });
                }
            }
        }
        Ok(moves)
    }

    /// The user at its new company, where the contact stands behind it again.
    pub fn followed(&self, user: &User) -> User {
        let mut after = User { company_id: Some(self.to.clone()), ..user.clone() };
        for held in &mut after.contacts {
            held.active = self.is_of(held);
        }
        set_access(&mut after);
        after
    }

    fn is_of(&self, held: &ContactRef) -> bool {
        held.connection == self.connection && held.external_id == self.contact
    }
}

/// The user where it is, with access because a person says so.
pub fn kept(user: &User) -> User {
    User { access: Access::Active, access_decided: true, reason: None, ..user.clone() }
}

fn by_connection(user: &User) -> BTreeMap<&ConnectionId, Vec<&ExternalId>> {
    let mut held: BTreeMap<&ConnectionId, Vec<&ExternalId>> = BTreeMap::new();
    for contact in &user.contacts {
        held.entry(&contact.connection).or_default().push(&contact.external_id);
    }
    held
}
