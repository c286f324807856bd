//! What follows from vendor companies: portal companies with their links, and how a link's vendor company stands.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::id::{CompanyId, ExternalId};
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{Company, RecordData};
use store::companies::NewCompany;
use store::links::Standing;
use store::records::{Import, MirrorRecord, Presence};

use crate::company_import::PortalIndex;
use crate::engine::EngineError;
use crate::slice::Slice;

/// What is said of a vendor company that became a portal company.
const IMPORTED: &str = "imported as a portal company";

impl Slice<'_> {
    pub(crate) async fn decide_companies(&mut self, records: &mut [MirrorRecord]) -> Result<(), EngineError> {
        let linked = self.store.linked(&self.connection, records.iter().map(|record| &record.external_id)).await?;
        let (mut candidates, mut standings) = (Vec::new(), Vec::new());
        for (index, record) in records.iter_mut().enumerate() {
            if let Some(company) = linked.get(&record.external_id) {
                standings.push(Standing {
                    company: company.clone(),
                    external_id: record.external_id.clone(),
                    name: record.body.name.clone(),
                    state: link_state(record),
                });
                let own = *company == CompanyId::imported(self.tenant(), &self.connection, &record.external_id);
                record.body.import = Some(reason(if own { IMPORTED } else { "linked" }));
            } else if matches!(record.live(), Some(RecordData::Company(_))) {
                candidates.push(index);
            } else {
                record.body.import = None;
            }
        }
        self.store.note_links(&self.connection, &standings).await?;
        if candidates.is_empty() {
            return Ok(());
        }
        if self.portal.is_none() {
            let choice = self.settings.options.company_import;
            self.portal = Some(PortalIndex::read(&self.store, &self.connection, choice).await?);
        }
        let mut new = Vec::new();
        for index in candidates {
            let record = &mut records[index];
            let Some(RecordData::Company(company)) = record.live() else { continue };
            match self.import_of(&record.external_id, company) {
                Ok(company) => new.push((index, company)),
                Err(why) => record.body.import = Some(reason(&why)),
            }
        }
        self.create_companies(new, records).await
    }

    /// The portal company to be made of a vendor company, or why none is.
    fn import_of(&self, external_id: &ExternalId, company: &Company) -> Result<PortalCompany, String> {
        let Some(portal) = &self.portal else { return Err("not decided yet".to_owned()) };
        if let Some(refusal) = portal.refuses(external_id, company) {
            return Err(refusal.to_string());
        }
        let link = Link { external_id: external_id.clone(), name: company.name.clone(), state: LinkState::Ok };
        Ok(PortalCompany {
            id: CompanyId::imported(self.tenant(), &self.connection, external_id),
            name: company.name.clone(),
            domains: company.domains.clone(),
            phone: company.phone.clone(),
            address: None,
            imported_from: Some(self.connection.clone()),
            links: BTreeMap::from([(self.connection.clone(), vec![link])]),
            not_integrated: BTreeSet::new(),
            import_role: None,
            users: 0,
            version: 1,
        })
    }

    async fn create_companies(
        &mut self,
        new: Vec<(usize, PortalCompany)>,
        records: &mut [MirrorRecord],
    ) -> Result<(), EngineError> {
        if new.is_empty() {
            return Ok(());
        }
        let known = self.store.known_companies(new.iter().map(|(_, company)| &company.id)).await?;
        let version = |company: &PortalCompany| known.get(&company.id).map_or(0, |known| known.version);
        let is_there = |company: &PortalCompany| known.get(&company.id).is_some_and(|known| known.company.is_some());
        let missing: Vec<_> = new.iter().filter(|(_, company)| !is_there(company)).collect();
        let events: Vec<_> = missing
            .iter()
            .map(|(_, company)| {
                let detail = serde_json::json!({
                    "company": company.id, "connection": self.connection, "version": version(company),
                });
                self.event("company.created", company.id.as_str(), detail)
            })
            .collect();
        self.engine.bus.publish(&events).await?;
        let companies: Vec<_> = missing
            .iter()
            .map(|(index, company)| NewCompany {
                company: company.clone(),
                external_id: records[*index].external_id.clone(),
            })
            .collect();
        // Contacts may be mirrored already, unless this is the import that brings them.
        let mark = self.descriptor().feeds().any(|(_, feed)| {
            feed.produces == domain::record::RecordType::Contacts && self.body.feeds.contains_key(feed.id)
        });
        let made: HashSet<_> =
            self.store.import_companies(&self.connection, &companies, mark).await?.into_iter().collect();
        // One that was not made exists since a crash in between, or a person was faster with a link.
        for company in &made {
            self.owe(company, crate::linked::ALL);
        }
        let missed = new.iter().map(|(index, _)| &records[*index].external_id).filter(|id| !made.contains(*id));
        let linked = self.store.linked(&self.connection, missed).await?;
        for (index, _) in new {
            let record = &mut records[index];
            let id = &record.external_id;
            let why = if made.contains(id) || linked.contains_key(id) {
                IMPORTED
            } else {
                "not imported: a portal company was made of it before and is linked to it no more"
            };
            record.body.import = Some(reason(why));
        }
        Ok(())
    }
}

fn reason(why: &str) -> Import {
    Import { user: None, source: None, reason: why.to_owned() }
}

fn link_state(record: &MirrorRecord) -> LinkState {
    match (record.body.presence, &record.body.data) {
        (Presence::Gone, _) => LinkState::GoneAtVendor,
        (_, Some(RecordData::Company(company))) if company.inactive => LinkState::Inactive,
        _ => LinkState::Ok,
    }
}
