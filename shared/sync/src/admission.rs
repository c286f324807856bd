//! Which contacts become portal users, with which role, and why the others do not.
//!
//! Invariant: a plan reads and writes nothing, so that the engine acts on the very plan that a preview shows.

use std::collections::{BTreeSet, HashMap};

use domain::email::Email;
use domain::id::{CompanyId, ConnectionId, ExternalId, RoleId, UserId};
use domain::options::{AutoImport, RoleChoice};
use domain::portal::ContactRef;
use domain::record::{Contact, PrimaryContact, RecordData, RecordType};
use domain::role::{self, RoleDecision, RoleSource};
use store::records::MirrorRecord;
use store::users::Holder;
use store::{Result, TenantStore};

/// What is to become of a contact without a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It becomes a user.
    Import {
        /// The user that it becomes.
        user: UserId,
        /// The portal company.
        company: CompanyId,
        /// The role.
        role: RoleId,
        /// The step of the chain that gave the role.
        source: RoleSource,
    },
    /// It is the person that has a user already: same address, same company.
    Join {
        /// That user.
        user: UserId,
        /// The portal company.
        company: CompanyId,
    },
    /// It does not become a user; why, where there is anything to say.
    Skip(Option<String>),
}

/// A contact that may become a user.
struct Candidate {
    index: usize,
    email: Email,
    company: CompanyId,
    primary: bool,
}

/// Plans for the contacts of one connection, a part of them at a time.
pub struct Planner<'a> {
    store: &'a TenantStore,
    connection: &'a ConnectionId,
    rules: &'a AutoImport,
    links: &'a HashMap<ExternalId, CompanyId>,
    supposed: HashMap<CompanyId, Option<RoleChoice>>,
    roles: Option<HashMap<RoleId, String>>,
    taken: HashMap<Email, Holder>,
}

impl<'a> Planner<'a> {
    /// By these rules, with vendor companies linked like this.
    pub fn new(
        store: &'a TenantStore,
        connection: &'a ConnectionId,
        rules: &'a AutoImport,
        links: &'a HashMap<ExternalId, CompanyId>,
    ) -> Self {
        let (supposed, roles, taken) = (HashMap::new(), None, HashMap::new());
        Self { store, connection, rules, links, supposed, roles, taken }
    }

    /// As if this were the company's override of the role chain.
    #[must_use]
    pub fn suppose(mut self, company: CompanyId, role: Option<RoleChoice>) -> Self {
        self.supposed.insert(company, role);
        self
    }

    /// The portal's roles, once a plan needed them.
    pub fn role_name<'b>(&'b self, role: &'b RoleId) -> &'b str {
        self.roles.as_ref().and_then(|roles| roles.get(role)).map_or(role.as_str(), String::as_str)
    }

    /// What is to become of those contacts that have no user, each by its index. Those that import come in the order in
    /// which they have to be imported: of two with one address the first gives the role.
    pub async fn plan(&mut self, records: &[MirrorRecord]) -> Result<Vec<(usize, Verdict)>> {
        let (mut plan, mut candidates) = (Vec::new(), Vec::new());
        for (index, record) in records.iter().enumerate() {
            if record.body.import.as_ref().is_some_and(|import| import.user.is_some()) {
                continue;
            }
            match self.candidate(record) {
                Ok((email, company)) => candidates.push(Candidate { index, email, company, primary: false }),
                Err(why) => plan.push((index, Verdict::Skip(why))),
            }
        }
        if candidates.is_empty() {
            return Ok(plan);
        }
        self.find_primaries(&mut candidates, records).await?;
        // Of two contacts with one address, the primary and then the older one comes first and gives the role.
        candidates.sort_by_key(|candidate| {
            let created = contact(&records[candidate.index]).and_then(|contact| contact.created_at);
            let id = records[candidate.index].external_id.as_str();
            (!candidate.primary, created.is_none(), created, id.len(), id.to_owned())
        });
        let overrides = self.overrides(&candidates).await?;
        if self.roles.is_none() {
            let roles = self.store.roles().await?;
            self.roles = Some(roles.into_iter().map(|role| (role.id, role.name)).collect());
        }
        let holders = self.store.holders(candidates.iter().map(|candidate| &candidate.email)).await?;
        let own = self.own_holders(&candidates, records, &holders).await?;
        for candidate in candidates {
            let record = &records[candidate.index];
            let own = own.contains(&record.external_id);
            let verdict = self.verdict(&candidate, record, &overrides, holders.get(&candidate.email), own);
            plan.push((candidate.index, verdict));
        }
        Ok(plan)
    }

    /// Whether a contact may become a user, or why not; `None` where there is nothing to say.
    fn candidate(&self, record: &MirrorRecord) -> Result<(Email, CompanyId), Option<String>> {
        let Some(contact) = contact(record) else { return Err(None) };
        let refuse = |why: &str| Err(Some(why.to_owned()));
        if !self.rules.enabled {
            return refuse("contact auto-import is off");
        }
        if contact.inactive {
            return refuse("inactive at the vendor");
        }
        let Some(company) = &contact.company else { return refuse("it belongs to no company") };
        let Some(company) = self.links.get(company) else { return refuse("its company is not linked") };
        let Some(address) = &contact.email else { return refuse("it has no e-mail address") };
        let Some(email) = Email::parse(address) else { return refuse("its e-mail address cannot be one") };
        let excluded = self.rules.exclude_emails.iter().find(|pattern| pattern.matches(&email));
        if let Some(pattern) = excluded {
            return Err(Some(format!("its e-mail address is excluded by {:?}", pattern.as_str())));
        }
        Ok((email, company.clone()))
    }

    /// Marks who is primary where the vendor keeps that on the company or on its main site.
    async fn find_primaries(&self, candidates: &mut [Candidate], records: &[MirrorRecord]) -> Result<()> {
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
            candidate.primary = contact.primary || named == Some(&record.external_id);
        }
        Ok(())
    }

    async fn overrides(&self, candidates: &[Candidate]) -> Result<HashMap<CompanyId, Option<RoleChoice>>> {
        let ids: BTreeSet<_> = candidates.iter().map(|candidate| candidate.company.clone()).collect();
        let companies = self.store.companies_by_id(&ids).await?;
        let mut overrides: HashMap<_, _> = companies.into_iter().map(|found| (found.id, found.import_role)).collect();
        overrides.extend(self.supposed.clone());
        Ok(overrides)
    }

    /// Contacts whose own user holds their address and has them behind it: made of them before a crash. One without them was
    /// imported over a connection that has been removed since.
    async fn own_holders(
        &self,
        candidates: &[Candidate],
        records: &[MirrorRecord],
        holders: &HashMap<Email, Holder>,
    ) -> Result<BTreeSet<ExternalId>> {
        let own = |candidate: &Candidate| {
            let id = &records[candidate.index].external_id;
            let user = UserId::imported(self.store.tenant(), self.connection, id);
            (holders.get(&candidate.email)?.user == user).then(|| (id.clone(), user))
        };
        let own: Vec<_> = candidates.iter().filter_map(own).collect();
        let users = self.store.users_by_id(own.iter().map(|(_, user)| user)).await?;
        let stands = |(id, user): &(ExternalId, UserId)| {
            let held = |contact: &ContactRef| contact.connection == *self.connection && contact.external_id == *id;
            users.get(user).is_some_and(|user| user.contacts.iter().any(held))
        };
        Ok(own.into_iter().filter(|own| stands(own)).map(|(id, _)| id).collect())
    }

    fn verdict(
        &mut self,
        candidate: &Candidate,
        record: &MirrorRecord,
        overrides: &HashMap<CompanyId, Option<RoleChoice>>,
        holder: Option<&Holder>,
        own: bool,
    ) -> Verdict {
        let Candidate { email, company, .. } = candidate;
        if let Some(holder) = holder.or_else(|| self.taken.get(email)) {
            if holder.company.as_ref() != Some(company) {
                let whose = if holder.company.is_some() {
                    "a user of another company"
                } else {
                    "a user of the MSP's own staff"
                };
                return Verdict::Skip(Some(format!("its e-mail address belongs to {whose}")));
            }
            if !own {
                return Verdict::Join { user: holder.user.clone(), company: company.clone() };
            }
        }
        let user = UserId::imported(self.store.tenant(), self.connection, &record.external_id);
        match self.role_of(candidate, record, overrides) {
            Ok((role, source)) => {
                let holder = Holder { user: user.clone(), company: Some(company.clone()) };
                self.taken.insert(email.clone(), holder);
                Verdict::Import { user, company: company.clone(), role, source }
            }
            Err(_) if own => Verdict::Join { user, company: company.clone() },
            Err(why) => Verdict::Skip(Some(why)),
        }
    }

    fn role_of(
        &self,
        candidate: &Candidate,
        record: &MirrorRecord,
        overrides: &HashMap<CompanyId, Option<RoleChoice>>,
    ) -> Result<(RoleId, RoleSource), String> {
        let types = contact(record).map(|contact| contact.types.as_slice()).unwrap_or_default();
        let company_override = overrides.get(&candidate.company).and_then(Option::as_ref);
        let exists = |role: &RoleId| self.roles.as_ref().is_some_and(|roles| roles.contains_key(role));
        match role::decide(company_override, self.rules, types, candidate.primary) {
            RoleDecision::Import { role, source } if exists(&role) => Ok((role, source)),
            RoleDecision::Import { role, source } => {
                Err(format!("the role {:?} given by the {} no longer exists", role.as_str(), words(source)))
            }
            RoleDecision::Refused(source) => Err(format!("the {} says: do not import", words(source))),
            RoleDecision::NoRole => Err("no role applies".to_owned()),
        }
    }
}

/// The contact, if the record is a live one.
pub(crate) fn contact(record: &MirrorRecord) -> Option<&Contact> {
    match record.live()? {
        RecordData::Contact(contact) => Some(contact),
        _ => None,
    }
}

/// A step of the chain as it is named to people.
pub const fn words(source: RoleSource) -> &'static str {
    match source {
        RoleSource::CompanyOverride => "company override",
        RoleSource::TypeRule => "contact-type rule",
        RoleSource::Primary => "primary-contact rule",
        RoleSource::Default => "integration default",
    }
}
