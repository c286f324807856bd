//! Where duplicates are looked for, and what is told of their members.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::duplicates::{self, SharedBy, Told};
use domain::hash::ContentHash;
use domain::id::{CompanyId, ConnectionId, ExternalId};
use domain::record::{RecordData, RecordType};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use utoipa::ToSchema;

use crate::problem::{Answer, LinkedTo};
use crate::state::{AppState, Which};

/// Things of a kind in one place that are compared: more than a vendor account has.
const MOST: u32 = 100_000;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateKind)]
pub(crate) enum Kind {
    /// Companies of one vendor, by name and domain.
    VendorCompanies,
    /// The portal's companies, by name and domain.
    Companies,
    /// Contacts of one vendor, by e-mail address.
    Contacts,
    /// Devices of one vendor, by serial number.
    Devices,
}

impl Kind {
    const ALL: [Self; 4] = [Self::VendorCompanies, Self::Companies, Self::Contacts, Self::Devices];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::VendorCompanies => "vendor_companies",
            Self::Companies => "companies",
            Self::Contacts => "contacts",
            Self::Devices => "devices",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The record type whose records are compared; portal companies are none.
    const fn record_type(self) -> Option<RecordType> {
        match self {
            Self::VendorCompanies => Some(RecordType::Companies),
            Self::Companies => None,
            Self::Contacts => Some(RecordType::Contacts),
            Self::Devices => Some(RecordType::Devices),
        }
    }
}

/// Where things are compared with each other: the portal, or one vendor.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) which: Option<Which>,
}

/// Things that are probably one.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Names the place and what is shared there.
    pub(super) id: String,
    pub(super) by: SharedBy,
    pub(super) value: String,
    /// The vendor's or the portal's ids.
    pub(super) members: Vec<String>,
}

/// One of a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DuplicateMember)]
pub(crate) struct MemberView {
    #[serde(skip_serializing_if = "Option::is_none")]
    connector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    /// Of a portal company: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<CompanyId>,
    name: String,
    /// Tells two of one name apart: a vendor's second line, the domains, the vendor company.
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    /// The portal company that it is linked to, or that its vendor company is.
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_to: Option<LinkedTo>,
}

impl Place {
    /// Every place, in the order in which groups are listed.
    pub(super) fn all(state: &AppState, wanted: Option<Kind>) -> Vec<Self> {
        let kinds = Kind::ALL.into_iter().filter(|kind| wanted.is_none_or(|wanted| wanted == *kind));
        let of_kind = |kind: Kind| match kind.record_type() {
            None => vec![Self { kind, which: None }],
            Some(record_type) => {
                let having = state.descriptors().filter(|descriptor| descriptor.record_type(record_type).is_some());
                having.map(|descriptor| Self { kind, which: Some(Which::of(descriptor)) }).collect()
            }
        };
        kinds.flat_map(of_kind).collect()
    }

    /// Where the group of this id is, if an id can be that.
    pub(super) fn of_group(state: &AppState, id: &str) -> Option<Self> {
        let (place, _) = id.rsplit_once('.')?;
        Self::all(state, None).into_iter().find(|known| known.name() == place)
    }

    fn name(&self) -> String {
        match &self.which {
            None => self.kind.as_str().to_owned(),
            Some(which) => format!("{}.{}", self.kind.as_str(), which.connection),
        }
    }

    /// Everything here that is probably one thing.
    pub(super) async fn groups(&self, store: &TenantStore) -> Answer<Vec<Group>> {
        let (ids, found): (Vec<String>, Vec<duplicates::Group>) = match (self.kind, &self.which) {
            (Kind::Companies, _) | (_, None) => {
                let rows = store.company_rows().await?;
                let domains: Vec<Vec<String>> =
                    rows.iter().map(|row| row.domains.iter().map(str::to_owned).collect()).collect();
                let told = rows.iter().zip(&domains).map(|(row, domains)| Told { name: &row.name, domains });
                let found = duplicates::companies(told);
                (rows.into_iter().map(|row| row.id.to_string()).collect(), found)
            }
            (Kind::VendorCompanies, Some(which)) => {
                let companies = store.live_companies(&which.connection, MOST).await?;
                let told = companies.iter().map(|(_, company)| Told { name: &company.name, domains: &company.domains });
                let found = duplicates::companies(told);
                (companies.into_iter().map(|(id, _)| id.to_string()).collect(), found)
            }
            (Kind::Contacts, Some(which)) => {
                listed(store, &which.connection, RecordType::Contacts, SharedBy::Email).await?
            }
            (Kind::Devices, Some(which)) => {
                listed(store, &which.connection, RecordType::Devices, SharedBy::Serial).await?
            }
        };
        Ok(found.into_iter().map(|group| self.group(group, &ids)).collect())
    }

    fn group(&self, found: duplicates::Group, ids: &[String]) -> Group {
        let shared = format!("{:?} {}", found.by, found.value);
        Group {
            id: format!("{}.{:?}", self.name(), ContentHash::of(shared.as_bytes(), 0)),
            by: found.by,
            value: found.value,
            members: found.members.into_iter().filter_map(|at| ids.get(at).cloned()).collect(),
        }
    }

    /// What is told of things here by their ids; those that are gone are absent.
    pub(super) async fn members(
        &self,
        store: &TenantStore,
        ids: BTreeSet<&str>,
    ) -> Answer<HashMap<String, MemberView>> {
        let (Some(which), Some(record_type)) = (&self.which, self.kind.record_type()) else {
            return portal_companies(store, ids).await;
        };
        let connection = &which.connection;
        let ids: Vec<ExternalId> = ids.into_iter().map(ExternalId::from).collect();
        let records = store.records(connection, record_type, &ids).await?;
        let of = |id: &ExternalId, data: &RecordData| match self.kind {
            Kind::VendorCompanies => Some(id.clone()),
            _ => data.company().cloned(),
        };
        let live = || records.iter().filter_map(|record| Some((&record.external_id, record.live()?)));
        let vendors: BTreeSet<ExternalId> = live().filter_map(|(id, data)| of(id, data)).collect();
        let links = store.linked(connection, &vendors).await?;
        let portal = names(store, links.values()).await?;
        let vendor_names = match self.kind {
            Kind::VendorCompanies => HashMap::new(),
            _ => {
                let companies = store.records(connection, RecordType::Companies, &vendors).await?;
                companies.into_iter().map(|record| (record.external_id, record.body.name)).collect()
            }
        };
        let view = |(id, data): (&ExternalId, &RecordData)| {
            let vendor = of(id, data);
            let linked = vendor.as_ref().and_then(|vendor| links.get(vendor));
            let subtitle = match data {
                RecordData::Company(company) => company.subtitle.clone(),
                _ => vendor.as_ref().and_then(|vendor| vendor_names.get(vendor)).cloned(),
            };
            let member = MemberView {
                connector: Some(which.connector.to_string()),
                external_id: Some(id.clone()),
                company_id: None,
                name: data.name().to_owned(),
                subtitle,
                linked_to: linked
                    .and_then(|id| Some(LinkedTo { company_id: id.clone(), name: portal.get(id)?.clone() })),
            };
            (id.to_string(), member)
        };
        Ok(live().map(view).collect())
    }
}

/// What vendor companies list with a distinctive value, and who shares one: no record is read.
async fn listed(
    store: &TenantStore,
    connection: &ConnectionId,
    record_type: RecordType,
    by: SharedBy,
) -> Answer<(Vec<String>, Vec<duplicates::Group>)> {
    let listed = store.all_listed(connection, record_type, MOST).await?;
    let found = duplicates::sharing(by, listed.iter().map(|pointer| pointer.distinctive.clone()));
    Ok((listed.into_iter().map(|pointer| pointer.external_id.to_string()).collect(), found))
}

async fn portal_companies(store: &TenantStore, ids: BTreeSet<&str>) -> Answer<HashMap<String, MemberView>> {
    let ids: Vec<CompanyId> = ids.into_iter().map(CompanyId::from).collect();
    let companies = store.companies_by_id(&ids).await?;
    let view = |company: domain::portal::PortalCompany| MemberView {
        connector: None,
        external_id: None,
        company_id: Some(company.id),
        name: company.name,
        subtitle: Some(company.domains.join(", ")).filter(|domains| !domains.is_empty()),
        linked_to: None,
    };
    Ok(companies.into_iter().map(|company| (company.id.to_string(), view(company))).collect())
}

async fn names<'a>(
    store: &TenantStore,
    ids: impl Iterator<Item = &'a CompanyId>,
) -> Answer<BTreeMap<CompanyId, String>> {
    let companies = store.companies_by_id(ids.collect::<BTreeSet<_>>()).await?;
    Ok(companies.into_iter().map(|company| (company.id, company.name)).collect())
}
