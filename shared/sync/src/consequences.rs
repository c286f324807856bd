//! What a change of links would do, in counts, before it is made.
//!
//! Read by the lists of the vendor companies concerned, never over all records, and decided by the rules that the engine
//! goes by. Nothing is written.

use std::collections::{BTreeMap, HashMap};

use domain::id::{CompanyId, ConnectionId, ExternalId, UserId};
use domain::options::AutoImport;
use domain::portal::{Access, ContactRef, User};
use domain::record::RecordType;
use store::records::MirrorRecord;
use store::users::Holder;
use store::{Result, TenantStore};

use crate::admission::{Admission, Decision, contact, user_of};
use crate::contacts::set_access;

/// Records of one type of one vendor company that are looked at; where there are more, so many count.
pub(crate) const MOST: u32 = 20_000;
/// What a portal company's own people see of a linked vendor company, and what is counted of it.
const SEEN: [RecordType; 2] = [RecordType::Tickets, RecordType::Devices];
/// Contacts looked at together.
pub(crate) const AT_ONCE: usize = 500;

/// Links that a portal company loses, and one at most that it gets.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The portal company.
    pub company: &'a CompanyId,
    /// Vendor companies that are unlinked.
    pub unlinked: &'a [(ConnectionId, ExternalId)],
    /// A vendor company that is linked, with the rules by which its contacts are imported.
    pub linked: Option<(&'a ConnectionId, &'a ExternalId, &'a AutoImport)>,
}

/// What follows from a change of links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// Users who lose access.
    pub suspended: u64,
    /// Users who get it back.
    pub restored: u64,
    /// Contacts who become users.
    pub imported: u64,
    /// Records that nobody sees any more.
    pub hidden: BTreeMap<RecordType, u64>,
    /// Records that are seen from then on.
    pub shown: BTreeMap<RecordType, u64>,
}

impl Consequences {
    /// What this change would do now.
    pub async fn of(store: &TenantStore, change: Change<'_>) -> Result<Self> {
        let mut found = Self::default();
        let mut users = Users::new(store);
        for (connection, external_id) in change.unlinked {
            count(store, connection, external_id, &mut found.hidden).await?;
            let ids = store.listed(connection, RecordType::Contacts, external_id, MOST).await?;
            for ids in ids.chunks(AT_ONCE) {
                let records = store.records(connection, RecordType::Contacts, ids).await?;
                users.follow(connection, &records, |_, _| false).await?;
            }
        }
        if let Some((connection, external_id, rules)) = change.linked {
            count(store, connection, external_id, &mut found.shown).await?;
            let links = HashMap::from([(external_id.clone(), change.company.clone())]);
            let mut planned = HashMap::new();
            let ids = store.listed(connection, RecordType::Contacts, external_id, MOST).await?;
            for ids in ids.chunks(AT_ONCE) {
                let records = store.records(connection, RecordType::Contacts, ids).await?;
                let stands_behind = |record: &MirrorRecord, user: &User| {
                    contact(record).is_some_and(|contact| !contact.inactive)
                        && user.company_id.as_ref() == Some(change.company)
                };
                users.follow(connection, &records, stands_behind).await?;
                let admission = Admission { store, connection, rules, links: &links, planned: &planned };
                let mut new = Vec::new();
                for (index, decision) in admission.decide(&records).await? {
                    match decision {
                        Decision::New { email, company, .. } => {
                            let user = admission.user_made_of(&records[index]);
                            new.push((email, Holder { user, company: Some(company) }));
                        }
                        Decision::Attach { user, .. } => users.join(connection, &records[index], &user).await?,
                        Decision::Refused(_) | Decision::None => {}
                    }
                }
                found.imported += new.len() as u64;
                planned.extend(new);
            }
        }
        (found.suspended, found.restored) = users.changes();
        Ok(found)
    }
}

/// Adds what else is seen of the vendor company as long as it is linked.
async fn count(
    store: &TenantStore,
    connection: &ConnectionId,
    company: &ExternalId,
    counts: &mut BTreeMap<RecordType, u64>,
) -> Result<()> {
    for record_type in SEEN {
        let listed = store.listed(connection, record_type, company, MOST).await?;
        *counts.entry(record_type).or_default() += listed.len() as u64;
    }
    Ok(())
}

/// Users behind whom contacts stand, as they are and as they would be.
struct Users<'a> {
    store: &'a TenantStore,
    known: HashMap<UserId, (Access, User)>,
}

impl<'a> Users<'a> {
    fn new(store: &'a TenantStore) -> Self {
        Self { store, known: HashMap::new() }
    }

    /// Contacts that have a user would stand behind it, or not any more.
    async fn follow(
        &mut self,
        connection: &ConnectionId,
        records: &[MirrorRecord],
        stands_behind: impl Fn(&MirrorRecord, &User) -> bool,
    ) -> Result<()> {
        self.read(records.iter().filter_map(user_of)).await?;
        for record in records {
            let Some((_, user)) = user_of(record).and_then(|user| self.known.get_mut(user)) else { continue };
            let active = stands_behind(record, user);
            stand(user, connection, record, active);
        }
        Ok(())
    }

    /// A contact would stand behind a user whom it has not met yet.
    async fn join(&mut self, connection: &ConnectionId, record: &MirrorRecord, user: &UserId) -> Result<()> {
        self.read([user]).await?;
        // One that is only about to be imported is not there yet, and loses nothing.
        if let Some((_, user)) = self.known.get_mut(user) {
            stand(user, connection, record, true);
        }
        Ok(())
    }

    async fn read<'b>(&mut self, ids: impl IntoIterator<Item = &'b UserId>) -> Result<()> {
        let unknown: Vec<&UserId> = ids.into_iter().filter(|id| !self.known.contains_key(*id)).collect();
        let found = self.store.users_by_id(unknown).await?;
        self.known.extend(found.into_iter().map(|(id, user)| (id, (user.access, user))));
        Ok(())
    }

    /// How many lose access, and how many get it back.
    fn changes(self) -> (u64, u64) {
        let (mut suspended, mut restored) = (0, 0);
        for (before, mut user) in self.known.into_values() {
            set_access(&mut user);
            match (before, user.access) {
                (Access::Active, Access::Suspended) => suspended += 1,
                (Access::Suspended, Access::Active) => restored += 1,
                _ => {}
            }
        }
        (suspended, restored)
    }
}

fn stand(user: &mut User, connection: &ConnectionId, record: &MirrorRecord, active: bool) {
    user.contacts.retain(|held| held.connection != *connection || held.external_id != record.external_id);
    let external_id = record.external_id.clone();
    user.contacts.push(ContactRef { connection: connection.clone(), external_id, active });
}
