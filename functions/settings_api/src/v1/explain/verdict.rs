//! What is said of a record: from what is mirrored and linked now, in words that name the remedy.

use std::collections::{BTreeSet, HashMap};

use domain::id::{CompanyId, ExternalId};
use domain::record::{RecordData, RecordType};
use store::records::{MirrorRecord, Presence};
use sync::company_import::{PortalIndex, Refusal};
use sync::scope::takes_baseline;

use super::{Asking, Explanation, Found, LOOKED_THROUGH, Verdict};
use crate::problem::Answer;

/// What a verdict needs to know besides its record.
pub(super) struct Surroundings {
    /// Portal companies by vendor company.
    pub(super) links: HashMap<ExternalId, CompanyId>,
    /// Names of portal companies.
    portal: HashMap<CompanyId, String>,
    /// Names of vendor companies.
    vendor: HashMap<ExternalId, String>,
}

impl Surroundings {
    /// What the vendor calls its company.
    pub(super) fn vendor_company(&self, id: &ExternalId) -> String {
        self.vendor.get(id).map_or_else(|| format!("the company with the id {id}"), |name| format!("{name:?}"))
    }

    /// What the portal calls the company that this vendor company is linked to.
    pub(super) fn portal_company(&self, vendor: &ExternalId) -> Option<String> {
        let company = self.links.get(vendor)?;
        Some(self.portal.get(company).map_or_else(|| company.to_string(), |name| format!("{name:?}")))
    }
}

/// A verdict with its words.
pub(super) struct Said {
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    pub(super) remedy: Option<String>,
}

pub(super) fn say(verdict: Verdict, detail: impl Into<String>, remedy: impl Into<String>) -> Said {
    Said { verdict, detail: detail.into(), remedy: Some(remedy.into()) }
}

pub(super) fn settled(verdict: Verdict, detail: impl Into<String>) -> Said {
    Said { verdict, detail: detail.into(), remedy: None }
}

impl Asking<'_> {
    /// Judges everything that was found, in the order in which it was found.
    pub(super) async fn judge(&self, found: Found) -> Answer<Vec<Explanation>> {
        let name = self.which.descriptor.short_name;
        let mut explained: Vec<_> = found
            .aside
            .into_iter()
            .map(|aside| Explanation {
                record_type: Some(aside.record_type),
                external_id: Some(aside.external_id),
                name: None,
                verdict: Verdict::Quarantined,
                detail: format!("It could not be read: {}.", aside.error),
                remedy: Some(format!("Set it right in {name}, then retry it in the sync log.")),
            })
            .collect();
        let around = self.surroundings(&found.records).await?;
        let (contacts, others): (Vec<_>, Vec<_>) =
            found.records.into_iter().partition(|(record_type, _)| *record_type == RecordType::Contacts);
        let of_contacts = self.contacts(contacts.iter().map(|(_, record)| record.clone()).collect(), &around).await?;
        for ((record_type, record), said) in contacts.into_iter().zip(of_contacts) {
            explained.push(explanation(record_type, record, said));
        }
        let mut portal = None;
        for (record_type, record) in others {
            let said = match self.at_first_sight(record_type, &record) {
                Some(said) => said,
                None if record_type == RecordType::Companies => {
                    if portal.is_none() {
                        let choice = self.read.settings().options.company_import;
                        portal = Some(PortalIndex::read(self.store, &self.which.connection, choice).await?);
                    }
                    self.company(&record, portal.as_ref(), &around)
                }
                None => self.other(&record, &around),
            };
            explained.push(explanation(record_type, record, said));
        }
        Ok(explained)
    }

    async fn surroundings(&self, records: &[(RecordType, MirrorRecord)]) -> Answer<Surroundings> {
        let connection = &self.which.connection;
        let company = |(record_type, record): &(RecordType, MirrorRecord)| match record_type {
            RecordType::Companies => Some(record.external_id.clone()),
            _ => record.body.data.as_ref()?.company().cloned(),
        };
        let ids: BTreeSet<ExternalId> = records.iter().filter_map(company).collect();
        let links = self.store.linked(connection, &ids).await?;
        let portal = self.store.companies_by_id(links.values()).await?;
        let vendor = self.store.records(connection, RecordType::Companies, &ids).await?;
        Ok(Surroundings {
            links,
            portal: portal.into_iter().map(|company| (company.id, company.name)).collect(),
            vendor: vendor.into_iter().map(|record| (record.external_id, record.body.name)).collect(),
        })
    }

    /// What can be said of a record of any type; `None`: it is there and lives.
    pub(super) fn at_first_sight(&self, record_type: RecordType, record: &MirrorRecord) -> Option<Said> {
        let (name, label) = (self.which.descriptor.short_name, self.label(record_type));
        let reason = record.body.reason.as_deref().unwrap_or("a rule leaves it out");
        if !self.is_on(record_type) {
            let detail = format!("{label} are switched off, so nothing is kept up to date.");
            return Some(say(Verdict::Off, detail, format!("Switch {label} on in the options of {name}.")));
        }
        match record.body.presence {
            Presence::Live => None,
            Presence::Gone => Some(settled(
                Verdict::NotSeen,
                format!("It was here, but is no longer there at {name} since {}.", date(record)),
            )),
            Presence::Skipped => {
                let remedy = format!("Change it in {name}, or change the scope in the options.");
                Some(say(Verdict::Filtered, format!("It does not come in: {reason}."), remedy))
            }
        }
    }

    /// What the next sync brings, if there is one.
    pub(super) fn coming(&self, detail: impl Into<String>) -> Said {
        let name = self.which.descriptor.short_name;
        if self.read.settings().active() && self.read.connection.state.active {
            return say(Verdict::Waiting, detail, "Sync now.");
        }
        let detail = format!("{} But {name} does not sync at the moment.", detail.into());
        say(Verdict::Waiting, detail, format!("Resume {name}, or connect it again, under Integrations."))
    }

    fn company(&self, record: &MirrorRecord, portal: Option<&PortalIndex>, around: &Surroundings) -> Said {
        if let Some(linked) = around.portal_company(&record.external_id) {
            return settled(Verdict::Imported, format!("It is linked to {linked}."));
        }
        let Some(RecordData::Company(company)) = record.live() else {
            return settled(Verdict::NotSeen, "It is not there.");
        };
        let link = "Link it under Integrations, Companies, or import it.";
        let refusal = portal.and_then(|portal| portal.refuses(&record.external_id, company));
        match refusal {
            None => self.coming("It becomes a portal company with the next sync."),
            Some(Refusal::Blocked) => say(
                Verdict::Excluded,
                "Its portal company was deleted, which blocks it from import.",
                "Unblock it under Settings, Companies, Blocked.",
            ),
            Some(Refusal::Inactive) => say(Verdict::Inactive, "It is inactive at the vendor and not linked.", link),
            Some(Refusal::LeftToPerson) => say(
                Verdict::CompanyNotLinked,
                "Companies are linked or imported by a person, and this one is not.",
                link,
            ),
            Some(refusal @ (Refusal::NoName | Refusal::Resembles(_))) => {
                say(Verdict::CompanyNotLinked, format!("It is not linked: {refusal}."), link)
            }
        }
    }

    fn other(&self, record: &MirrorRecord, around: &Surroundings) -> Said {
        let name = self.which.descriptor.short_name;
        match record.live() {
            Some(RecordData::Technician(technician)) if !technician.active => {
                settled(Verdict::Inactive, format!("This technician is here, and switched off in {name}."))
            }
            Some(RecordData::Ticket(ticket)) => match &ticket.company {
                None => say(
                    Verdict::Waiting,
                    "It belongs to no company, and a ticket is shown with its company only.",
                    format!("Give it a company in {name}."),
                ),
                Some(company) => around.portal_company(company).map_or_else(
                    || {
                        let vendor = around.vendor_company(company);
                        let detail = format!("It waits for its company: {vendor} is not linked.");
                        say(Verdict::Waiting, detail, format!("Link {vendor} under Integrations, Companies."))
                    },
                    |portal| settled(Verdict::Imported, format!("It is shown at {portal}.")),
                ),
            },
            _ => settled(Verdict::Imported, "It is here."),
        }
    }

    /// Nothing fits the query.
    pub(super) fn not_seen(&self, query: &str, cut_short: &[RecordType]) -> Explanation {
        let (descriptor, settings) = (self.which.descriptor, self.read.settings());
        let name = descriptor.short_name;
        let mut detail = vec![format!("Nothing that was read from {name} has the id, address or name {query:?}.")];
        let labels = |types: Vec<RecordType>| types.iter().map(|t| self.label(*t)).collect::<Vec<_>>().join(", ");
        let off: Vec<_> = self.types().filter(|t| !self.is_on(*t)).collect();
        if settings.connected_at.is_none() {
            detail.push(format!("{name} was never switched on."));
        } else if !off.is_empty() {
            detail.push(format!("Switched off are: {}.", labels(off)));
        }
        if !settings.options.initial_import && descriptor.record_types.iter().any(|t| takes_baseline(t.record_type)) {
            detail.push("Initial import is off: what existed before arrives when it is next changed.".to_owned());
        }
        let by_id: Vec<_> = self.types().filter(|t| LOOKED_THROUGH.iter().all(|(known, _)| known != t)).collect();
        if !by_id.is_empty() {
            detail.push(format!("Found by their id only are: {}.", labels(by_id)));
        }
        if !cut_short.is_empty() {
            let most =
                |t: &RecordType| LOOKED_THROUGH.iter().find(|(known, _)| known == t).map_or(0, |(_, most)| *most);
            let each: Vec<_> = cut_short.iter().map(|t| format!("the first {} {}", most(t), self.label(*t))).collect();
            detail.push(format!("Of names only {} were looked through: ask for the vendor's id.", each.join(", ")));
        }
        Explanation {
            record_type: None,
            external_id: None,
            name: None,
            verdict: Verdict::NotSeen,
            detail: detail.join(" "),
            remedy: Some(format!("Look for it in {name} and ask again by the id that it has there, or sync now.")),
        }
    }
}

fn explanation(record_type: RecordType, record: MirrorRecord, said: Said) -> Explanation {
    Explanation {
        record_type: Some(record_type),
        external_id: Some(record.external_id),
        name: Some(record.body.name),
        verdict: said.verdict,
        detail: said.detail,
        remedy: said.remedy,
    }
}

/// The day on which its content last changed here.
fn date(record: &MirrorRecord) -> String {
    record.body.changed_at.to_string().chars().take(10).collect()
}
