//! What the next import would give the contacts of one company, were its Default Import Role this: what the engine would
//! decide, over the lists of its vendor companies. Nothing is written.

use std::collections::{BTreeMap, HashMap};

use domain::id::{CompanyId, ConnectionId, ExternalId, RoleId};
use domain::options::{AutoImport, RoleChoice};
use domain::portal::PortalCompany;
use domain::record::RecordType;
use store::users::Holder;
use store::{Result, TenantStore};

use crate::admission::{Admission, Decision};
use crate::consequences::{AT_ONCE, MOST};

/// How many contacts of the company would become users, by the role that they would get.
pub async fn next_import(
    store: &TenantStore,
    connection: &ConnectionId,
    rules: &AutoImport,
    company: &PortalCompany,
    choice: Option<&RoleChoice>,
) -> Result<BTreeMap<RoleId, u64>> {
    let linked = || company.links.get(connection).into_iter().flatten().map(|link| &link.external_id);
    let links: HashMap<ExternalId, CompanyId> = linked().map(|id| (id.clone(), company.id.clone())).collect();
    let (mut given, mut planned) = (BTreeMap::new(), HashMap::new());
    for vendor_company in linked() {
        let ids = store.listed(connection, RecordType::Contacts, vendor_company, MOST).await?;
        for ids in ids.chunks(AT_ONCE) {
            let records = store.records(connection, RecordType::Contacts, ids).await?;
            let admission = Admission { store, connection, rules, links: &links, planned: &planned };
            let mut new = Vec::new();
            for (index, decision) in admission.decide_as_if(&records, &company.id, choice).await? {
                if let Decision::New { email, company, role, .. } = decision {
                    let holder = Holder { user: admission.user_made_of(&records[index]), company: Some(company) };
                    new.push((email, holder));
                    *given.entry(role).or_default() += 1;
                }
            }
            planned.extend(new);
        }
    }
    Ok(given)
}
