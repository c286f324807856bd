//! Lists of what is mirrored of linked companies and only read: of one company whole and in an order of their own, of all
//! companies connection by connection.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use domain::id::{CompanyId, ConnectorId, ExternalId};
use domain::portal::PortalCompany;
use domain::record::{RecordData, RecordType};
use futures::future::try_join_all;
use serde::Serialize;
use store::TenantStore;
use store::records::MirrorRecord;

use super::monitoring;
use super::two_way::walk::{Filling, Walk};
use crate::input::{Listing, Page};
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

/// Records of one vendor company that are read at most; where there are more, the list says so.
const MOST_OF_COMPANY: u32 = 5_000;

/// A record that a list may show.
pub(super) struct Found {
    /// Its id in the portal: connection and vendor's id.
    pub(super) id: String,
    pub(super) connector: ConnectorId,
    pub(super) external_id: ExternalId,
    pub(super) company_id: CompanyId,
    pub(super) company_name: String,
    pub(super) data: RecordData,
}

/// Which records a list is of.
pub(super) struct Asked {
    pub(super) record_type: RecordType,
    pub(super) company: Option<String>,
    pub(super) connector: Option<String>,
    pub(super) page: Page,
}

/// A page of the list: of what is found `view` shows what fits, in this order where it is all of one company.
pub(super) async fn list<T: Serialize + Send>(
    state: &AppState,
    store: &TenantStore,
    asked: Asked,
    view: impl Fn(Found) -> Option<T> + Send,
    order: impl Fn(&T, &T) -> Ordering + Send,
) -> Answer<Listing<T>> {
    let connector = asked.connector.as_deref();
    if let Some(company) = &asked.company {
        let sources = sources(state, asked.record_type, connector)?;
        let Some(company) = store.company(&CompanyId::from(company.as_str())).await? else {
            return Ok(Listing::whole(Vec::new()));
        };
        let skip = asked.page.skip()?;
        let (found, incomplete) = of_company(store, &company, sources, asked.record_type).await?;
        let mut items: Vec<T> = found.into_iter().filter_map(view).collect();
        items.sort_by(order);
        let end = skip.saturating_add(asked.page.size());
        let next = (items.len() > end).then(|| end.to_string());
        let items = items.into_iter().skip(skip).take(asked.page.size()).collect();
        return Ok(Listing { incomplete, ..Listing::until(items, next.as_deref()) });
    }
    let sources = state.sources(store, asked.record_type, connector).await?;
    let mut walk = Walk::of(store, &sources, &asked.page)?;
    let mut filling = Filling::of(&asked.page);
    while let Some(part) = walk.next().await? {
        let (places, mut records): (Vec<_>, Vec<_>) =
            part.entries.into_iter().filter_map(|(place, found)| Some((place, found.mirrored?))).unzip();
        monitoring::lay_over(store, &part.source.which, &mut records).await?;
        let found = with_companies(store, &part.source.which, records).await?;
        for (place, item) in places.into_iter().zip(found).filter_map(|(place, found)| Some((place, view(found?)?))) {
            if let Some(full) = filling.add(place, item)? {
                return filling.page(Some(&full));
            }
        }
        if walk.is_spent() {
            return filling.page(walk.place().as_ref());
        }
    }
    filling.page(None)
}

/// The connections that have records of this type.
fn sources(state: &AppState, record_type: RecordType, connector: Option<&str>) -> Answer<Vec<Which>> {
    let declared = state.descriptors().filter(|found| found.record_type(record_type).is_some()).map(Which::of);
    let sources: Vec<_> =
        declared.filter(|which| connector.is_none_or(|wanted| which.connector.as_str() == wanted)).collect();
    if sources.is_empty() && connector.is_some() {
        return Err(Problem::field("/connector", format!("Choose a connector that has {record_type}.")));
    }
    Ok(sources)
}

/// All records of a company: those that the lists of its vendor companies name. And in words, whether one names too many.
async fn of_company(
    store: &TenantStore,
    company: &PortalCompany,
    sources: Vec<Which>,
    record_type: RecordType,
) -> Answer<(Vec<Found>, Option<String>)> {
    let links = sources.iter().flat_map(|which| {
        let links = company.links.get(&which.connection).into_iter().flatten();
        links.map(move |link| (which, &link.external_id))
    });
    let each = links.map(async |(which, vendor_company)| {
        let mut ids = store.listed(&which.connection, record_type, vendor_company, MOST_OF_COMPANY + 1).await?;
        let is_cut = ids.len() > MOST_OF_COMPANY as usize;
        ids.truncate(MOST_OF_COMPANY as usize);
        let mut records = store.records(&which.connection, record_type, &ids).await?;
        monitoring::lay_over(store, which, &mut records).await?;
        let of = |record: MirrorRecord| {
            // The pointer of a record that moved may stand for a moment longer.
            let data = record.live().filter(|data| data.company() == Some(vendor_company))?.clone();
            Some(found(which, record, data, company.id.clone(), company.name.clone()))
        };
        Answer::Ok((records.into_iter().filter_map(of).collect::<Vec<_>>(), is_cut))
    });
    let (found, cut): (Vec<_>, Vec<_>) = try_join_all(each).await?.into_iter().unzip();
    let incomplete = cut.contains(&true).then(|| {
        format!(
            "One of the linked companies has more than {MOST_OF_COMPANY} {record_type}; the others of it are left out."
        )
    });
    Ok((found.into_iter().flatten().collect(), incomplete))
}

/// Records with their portal companies, in the same order; `None`: it is of none.
async fn with_companies(store: &TenantStore, which: &Which, records: Vec<MirrorRecord>) -> Answer<Vec<Option<Found>>> {
    let vendor_companies: BTreeSet<_> = records.iter().filter_map(|record| record.live()?.company().cloned()).collect();
    let links = store.linked(&which.connection, &vendor_companies).await?;
    let ids: BTreeSet<_> = links.values().cloned().collect();
    let companies = store.companies_by_id(&ids).await?;
    let names: HashMap<_, _> = companies.into_iter().map(|company| (company.id, company.name)).collect();
    let of = |record: MirrorRecord| {
        let data = record.live()?.clone();
        let company = links.get(data.company()?)?;
        let name = names.get(company)?.clone();
        Some(found(which, record, data, company.clone(), name))
    };
    Ok(records.into_iter().map(of).collect())
}

fn found(which: &Which, record: MirrorRecord, data: RecordData, company_id: CompanyId, company_name: String) -> Found {
    Found {
        id: portal_id(which, &record.external_id),
        connector: which.connector.clone(),
        external_id: record.external_id,
        company_id,
        company_name,
        data,
    }
}

fn portal_id(which: &Which, external_id: &ExternalId) -> String {
    super::two_way::id(&which.connection, &domain::edit::RecordRef::Vendor(external_id.clone()))
}

/// The id in the portal of another record of the connection that this one is of.
pub(super) fn beside(found: &Found, external_id: &ExternalId) -> String {
    let connection = domain::id::ConnectionId::from(found.connector.as_str());
    super::two_way::id(&connection, &domain::edit::RecordRef::Vendor(external_id.clone()))
}
