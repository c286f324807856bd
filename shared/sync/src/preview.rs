//! Who would be imported, were the rules these: what the next run decides, without writing anything.
//!
//! Records are looked at in the order in which the engine looks at them when it decides again on everything, by the same
//! code ([`PortalIndex`], [`Admission`]); what the engine would have written by then is kept in mind instead.

use std::collections::HashMap;

use domain::admission::Refusal;
use domain::email::Email;
use domain::id::{CompanyId, ConnectionId, ExternalId, RoleId, UserId};
use domain::options::Options;
use domain::record::{RecordData, RecordType};
use domain::role::RoleSource;
use store::records::MirrorRecord;
use store::users::Holder;
use store::{StoreError, TenantStore};

use crate::admission::{Admission, Decision, contact, user_of};
use crate::company_import::{PortalIndex, Refusal as CompanyRefusal};
use crate::deciding::SCAN;

/// Records of a type looked at, at most: what 40 queries read.
pub const MOST: usize = 20_000;

/// What becomes of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It becomes a user.
    Import {
        /// With this role.
        role: RoleId,
        /// Given by this step.
        source: RoleSource,
    },
    /// It stands behind a user that is there, whose role stays.
    Link {
        /// The user.
        user: UserId,
    },
    /// It stays outside.
    Skip(Refusal),
}

/// Which outcomes are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Outcome::Import`].
    Import,
    /// [`Outcome::Link`].
    Link,
    /// [`Outcome::Skip`].
    Skip,
}

impl Outcome {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Import { .. } => Kind::Import,
            Self::Link { .. } => Kind::Link,
            Self::Skip(_) => Kind::Skip,
        }
    }
}

/// A contact with what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The vendor's id.
    pub external_id: ExternalId,
    /// Its name.
    pub name: String,
    /// Its address, as the vendor has it.
    pub email: Option<String>,
    /// Its company's name at the vendor.
    pub company: Option<String>,
    /// The portal company, where its company is linked or would be.
    pub company_id: Option<CompanyId>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of vendor companies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Companies {
    /// Become portal companies.
    pub create: u64,
    /// Resemble a portal company: for a person to link.
    pub link: u64,
    /// Stay outside.
    pub skip: u64,
    /// Linked already.
    pub linked: u64,
}

/// What becomes of contacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Become users.
    pub import: u64,
    /// Stand behind users that are there.
    pub link: u64,
    /// Stay outside.
    pub skip: u64,
    /// Have a user already.
    pub imported: u64,
}

/// Which part of the list is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Entries before it.
    pub skip: usize,
    /// Entries at most.
    pub limit: usize,
    /// Only these.
    pub kind: Option<Kind>,
}

/// The preview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Vendor companies.
    pub companies: Companies,
    /// Contacts.
    pub contacts: Contacts,
    /// The part of the contacts that was wanted.
    pub items: Vec<Item>,
    /// More contacts follow.
    pub more: bool,
    /// Every mirrored record was looked at.
    pub complete: bool,
}

/// Looks at what is mirrored under these options.
pub async fn preview(
    store: &TenantStore,
    connection: &ConnectionId,
    options: &Options,
    window: Window,
) -> Result<Preview, StoreError> {
    let portal = PortalIndex::read(store, connection, options.company_import).await?;
    let links = store.all_links(connection).await?;
    let mut looking = Looking { window, listed: 0, links, names: HashMap::new(), found: Preview::default() };
    let mut complete = true;
    let mut scan = Scan::of(store, connection, RecordType::Companies);
    while let Some(page) = scan.next().await? {
        for record in &page {
            looking.at_company(&portal, store, connection, record);
        }
    }
    complete &= scan.complete;
    let mut planned = HashMap::new();
    let mut scan = Scan::of(store, connection, RecordType::Contacts);
    while let Some(page) = scan.next().await? {
        let links = &looking.links;
        let admission = Admission { store, connection, rules: &options.auto_import, links, planned: &planned };
        let mut decided = admission.decide(&page).await?;
        decided.sort_by_key(|(index, _)| *index);
        let new: Vec<_> =
            decided.iter().filter_map(|(index, decision)| holder(&admission, &page[*index], decision)).collect();
        looking.found.contacts.imported += page.iter().filter(|record| user_of(record).is_some()).count() as u64;
        for (index, decision) in decided {
            looking.at_contact(&page[index], decision);
        }
        planned.extend(new);
    }
    complete &= scan.complete;
    Ok(Preview { complete, ..looking.found })
}

/// Who will hold an address once the decision is carried out.
fn holder(admission: &Admission<'_>, record: &MirrorRecord, decision: &Decision) -> Option<(Email, Holder)> {
    match decision {
        Decision::New { email, company, .. } => {
            let holder = Holder { user: admission.user_made_of(record), company: Some(company.clone()) };
            Some((email.clone(), holder))
        }
        Decision::Attach { .. } | Decision::Refused(_) | Decision::None => None,
    }
}

/// What was seen so far.
struct Looking {
    window: Window,
    listed: usize,
    links: HashMap<ExternalId, CompanyId>,
    names: HashMap<ExternalId, String>,
    found: Preview,
}

impl Looking {
    fn at_company(
        &mut self,
        portal: &PortalIndex,
        store: &TenantStore,
        connection: &ConnectionId,
        record: &MirrorRecord,
    ) {
        self.names.insert(record.external_id.clone(), record.body.name.clone());
        let Some(RecordData::Company(company)) = record.live() else { return };
        let counts = &mut self.found.companies;
        if self.links.contains_key(&record.external_id) {
            counts.linked += 1;
            return;
        }
        match portal.refuses(&record.external_id, company) {
            None => {
                counts.create += 1;
                let made = CompanyId::imported(store.tenant(), connection, &record.external_id);
                self.links.insert(record.external_id.clone(), made);
            }
            Some(CompanyRefusal::Resembles(_)) => counts.link += 1,
            Some(_) => counts.skip += 1,
        }
    }

    fn at_contact(&mut self, record: &MirrorRecord, decision: Decision) {
        let counts = &mut self.found.contacts;
        let (outcome, count) = match decision {
            Decision::New { role, source, .. } => (Outcome::Import { role, source }, &mut counts.import),
            Decision::Attach { user, .. } => (Outcome::Link { user }, &mut counts.link),
            Decision::Refused(refusal) => (Outcome::Skip(refusal), &mut counts.skip),
            Decision::None => return,
        };
        *count += 1;
        if self.window.kind.is_some_and(|kind| kind != outcome.kind()) {
            return;
        }
        self.listed += 1;
        if self.listed <= self.window.skip {
            return;
        }
        if self.found.items.len() == self.window.limit {
            self.found.more = true;
            return;
        }
        let contact = contact(record);
        let company = contact.and_then(|contact| contact.company.as_ref());
        self.found.items.push(Item {
            external_id: record.external_id.clone(),
            name: record.body.name.clone(),
            email: contact.and_then(|contact| contact.email.clone()),
            company: company.and_then(|company| self.names.get(company)).cloned(),
            company_id: company.and_then(|company| self.links.get(company)).cloned(),
            outcome,
        });
    }
}

/// Walks over mirrored records of one type, as far as a request may.
struct Scan<'a> {
    store: &'a TenantStore,
    connection: &'a ConnectionId,
    record_type: RecordType,
    after: Option<ExternalId>,
    seen: usize,
    ended: bool,
    complete: bool,
}

impl<'a> Scan<'a> {
    const fn of(store: &'a TenantStore, connection: &'a ConnectionId, record_type: RecordType) -> Self {
        Self { store, connection, record_type, after: None, seen: 0, ended: false, complete: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<MirrorRecord>>, StoreError> {
        if self.ended || self.seen >= MOST {
            return Ok(None);
        }
        let page = self.store.record_page(self.connection, self.record_type, SCAN, self.after.as_ref()).await?;
        self.ended = page.len() < SCAN as usize;
        self.complete = self.ended;
        self.seen += page.len();
        self.after = page.last().map(|last| last.external_id.clone());
        Ok(Some(page))
    }
}
