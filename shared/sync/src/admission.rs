//! Which contacts become portal users, with which role, and why others do not.
//!
//! Invariant: nothing is written here. The engine acts on what is decided, the preview and the explanation show it, so that
//! what is shown is what the next run does.

use std::collections::{BTreeSet, HashMap};

use domain::admission::{self, Refusal};
use domain::email::Email;
use domain::id::{CompanyId, ConnectionId, ExternalId, RoleId, UserId};
use domain::options::{AutoImport, RoleChoice};
use domain::portal::ContactRef;
use domain::record::{Contact, PrimaryContact, RecordData, RecordType};
use domain::role::{self, RoleSource};
use store::records::MirrorRecord;
use store::users::Holder;
use store::{StoreError, TenantStore};

/// What decides on the contacts of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// The tenant's part of the table; only read.
    pub store: &'a TenantStore,
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The rules.
    pub rules: &'a AutoImport,
    /// Portal companies by vendor company.
    pub links: &'a HashMap<ExternalId, CompanyId>,
    /// Addresses that are as good as taken, by users that are to be made.
    pub planned: &'a HashMap<Email, Holder>,
}

/// What becomes of a contact that has no user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A user is made of it.
    New {
        /// Its address.
        email: Email,
        /// The user's company.
        company: CompanyId,
        /// The user's role.
        role: RoleId,
        /// The step that gave it.
        source: RoleSource,
    },
    /// The user with its address at its company is the same person.
    Attach {
        /// The user.
        user: UserId,
        /// The user's company.
        company: CompanyId,
    },
    /// It stays outside.
    Refused(Refusal),
    /// It is no contact, or not there any more: there is nothing to say.
    None,
}

/// A contact that may become a user.
struct Candidate {
    index: usize,
    email: Email,
    company: CompanyId,
    primary: bool,
}

impl Admission<'_> {
    /// Decides on those of the records that have no user, by their index. Who stands first of several with one address comes
    /// first.
    pub async fn decide(&self, records: &[MirrorRecord]) -> Result<Vec<(usize, Decision)>, StoreError> {
        self.decide_with(records, &HashMap::new()).await
    }

    /// Decides as if this were the company's own override.
    pub async fn decide_as_if(
        &self,
        records: &[MirrorRecord],
        company: &CompanyId,
        own: Option<&RoleChoice>,
    ) -> Result<Vec<(usize, Decision)>, StoreError> {
        self.decide_with(records, &HashMap::from([(company.clone(), own.cloned())])).await
    }

    /// `assumed`: overrides that stand in place of those that companies have.
    async fn decide_with(
        &self,
        records: &[MirrorRecord],
        assumed: &HashMap<CompanyId, Option<RoleChoice>>,
    ) -> Result<Vec<(usize, Decision)>, StoreError> {
        let mut decided = Vec::new();
        let mut candidates = Vec::new();
        for (index, record) in records.iter().enumerate().filter(|(_, record)| user_of(record).is_none()) {
            match contact(record).map(|contact| (contact, self.company(contact))) {
                None => decided.push((index, Decision::None)),
                Some((contact, company)) => {
                    match (admission::eligible(contact, self.rules, company.is_some()), company) {
                        (Ok(email), Some(company)) => {
                            candidates.push(Candidate { index, email, company: company.clone(), primary: false });
                        }
                        (Ok(_), None) => decided.push((index, Decision::Refused(Refusal::CompanyNotLinked))),
                        (Err(refusal), _) => decided.push((index, Decision::Refused(refusal))),
                    }
                }
            }
        }
        if !candidates.is_empty() {
            self.find_primaries(&mut candidates, records).await?;
            // Of two contacts with one address, the primary and then the older one comes first and gives the role.
            candidates.sort_by_key(|candidate| {
                let created = contact(&records[candidate.index]).and_then(|contact| contact.created_at);
                let id = records[candidate.index].external_id.as_str();
                (!candidate.primary, created.is_none(), created, id.len(), id.to_owned())
            });
            decided.extend(self.decide_candidates(candidates, records, assumed).await?);
        }
        Ok(decided)
    }

    fn company(&self, contact: &Contact) -> Option<&CompanyId> {
        contact.company.as_ref().and_then(|company| self.links.get(company))
    }

    /// Marks who is primary where the vendor keeps that on the company or on its main site.
    async fn find_primaries(&self, candidates: &mut [Candidate], records: &[MirrorRecord]) -> Result<(), StoreError> {
        let mut of_company: HashMap<ExternalId, Option<PrimaryContact>> = HashMap::new();
        let ids: BTreeSet<_> = candidates.iter().filter_map(|c| contact(&records[c.index])?.company.clone()).collect();
        for record in self.store.records(self.connection, RecordType::Companies, &ids).await? {
            if let Some(RecordData::Company(company)) = record.live() {
                of_company.insert(record.external_id.clone(), company.primary_contact.clone());
            }
        }
        let sites: BTreeSet<_> = of_company
            .values()
            .filter_map(|primary| match primary {
                Some(PrimaryContact::OfSite(site)) => Some(site.clone()),
                _ => None,
            })
            .collect();
        let mut main_contact: HashMap<ExternalId, ExternalId> = HashMap::new();
        for record in self.store.records(self.connection, RecordType::Sites, &sites).await? {
            if let Some(RecordData::Site(site)) = record.live()
                && let Some(contact) = &site.main_contact
            {
                main_contact.insert(record.external_id.clone(), contact.clone());
            }
        }
        for candidate in candidates {
            let record = &records[candidate.index];
            let Some(contact) = contact(record) else { continue };
            let named = match contact.company.as_ref().and_then(|id| of_company.get(id)).and_then(Option::as_ref) {
                Some(PrimaryContact::Contact(id)) => Some(id),
                Some(PrimaryContact::OfSite(site)) => main_contact.get(site),
                None => None,
            };
            // Where the two disagree, the company knows better whom it means.
            candidate.primary = named.map_or(contact.primary, |id| *id == record.external_id);
        }
        Ok(())
    }

    async fn decide_candidates(
        &self,
        candidates: Vec<Candidate>,
        records: &[MirrorRecord],
        assumed: &HashMap<CompanyId, Option<RoleChoice>>,
    ) -> Result<Vec<(usize, Decision)>, StoreError> {
        let ids: BTreeSet<_> = candidates.iter().map(|candidate| candidate.company.clone()).collect();
        let mut overrides: HashMap<CompanyId, Option<RoleChoice>> = self
            .store
            .companies_by_id(&ids)
            .await?
            .into_iter()
            .map(|company| (company.id, company.import_role))
            .collect();
        overrides.extend(assumed.clone());
        let roles: BTreeSet<RoleId> = self.store.roles().await?.into_iter().map(|role| role.id).collect();
        let mut holders = self.store.holders(candidates.iter().map(|candidate| &candidate.email)).await?;
        let stand_behind = self.stand_behind_their_own(&candidates, records, &holders).await?;
        let mut decided = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let record = &records[candidate.index];
            let own = self.user_made_of(record);
            let role = || {
                let types = contact(record).map(|contact| contact.types.as_slice()).unwrap_or_default();
                let company_override = overrides.get(&candidate.company).and_then(Option::as_ref);
                let decision = role::decide(company_override, self.rules, types, candidate.primary);
                admission::role(decision, |role| roles.contains(role))
            };
            let decision = match holders.get(&candidate.email).or_else(|| self.planned.get(&candidate.email)) {
                Some(holder) if holder.company.as_ref() != Some(&candidate.company) => {
                    Decision::Refused(Refusal::AddressTaken { by_staff: holder.company.is_none() })
                }
                Some(holder) => match role() {
                    // Made of this very contact before a crash.
                    Ok((role, source)) if stand_behind.contains(&record.external_id) => candidate.becomes(role, source),
                    _ => candidate.stands_behind(holder.user.clone()),
                },
                None => match role() {
                    Ok((role, source)) => {
                        let holder = Holder { user: own, company: Some(candidate.company.clone()) };
                        holders.insert(candidate.email.clone(), holder);
                        candidate.becomes(role, source)
                    }
                    Err(refusal) => Decision::Refused(refusal),
                },
            };
            decided.push((candidate.index, decision));
        }
        Ok(decided)
    }

    /// Contacts whose own user holds their address and has them behind it. One without them was imported over a connection
    /// that has been removed since.
    async fn stand_behind_their_own(
        &self,
        candidates: &[Candidate],
        records: &[MirrorRecord],
        holders: &HashMap<Email, Holder>,
    ) -> Result<BTreeSet<ExternalId>, StoreError> {
        let own = |candidate: &Candidate| {
            let record = &records[candidate.index];
            let user = self.user_made_of(record);
            (holders.get(&candidate.email)?.user == user).then(|| (record.external_id.clone(), user))
        };
        let own: Vec<_> = candidates.iter().filter_map(own).collect();
        let users = self.store.users_by_id(own.iter().map(|(_, user)| user)).await?;
        let stands = |(id, user): &(ExternalId, UserId)| {
            let held = |contact: &ContactRef| contact.connection == *self.connection && contact.external_id == *id;
            users.get(user).is_some_and(|user| user.contacts.iter().any(held))
        };
        Ok(own.into_iter().filter(|own| stands(own)).map(|(id, _)| id).collect())
    }

    /// The id of the user that is made of a contact.
    pub fn user_made_of(&self, record: &MirrorRecord) -> UserId {
        UserId::imported(self.store.tenant(), self.connection, &record.external_id)
    }
}

impl Candidate {
    fn becomes(&self, role: RoleId, source: RoleSource) -> Decision {
        Decision::New { email: self.email.clone(), company: self.company.clone(), role, source }
    }

    fn stands_behind(&self, user: UserId) -> Decision {
        Decision::Attach { user, company: self.company.clone() }
    }
}

/// The portal user behind a contact.
pub fn user_of(record: &MirrorRecord) -> Option<&UserId> {
    record.body.import.as_ref()?.user.as_ref()
}

/// A contact that is there.
pub fn contact(record: &MirrorRecord) -> Option<&Contact> {
    match record.live()? {
        RecordData::Contact(contact) => Some(contact),
        _ => None,
    }
}
