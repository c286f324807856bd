//! Whether the portal shows what the vendor has: the public API's answers against the simulator's own dump, field by
//! field, by code that shares nothing with the mapper.

mod autotask;
mod bigger_brains;
mod connectwise_asio;
mod connectwise_manage;
mod datto_rmm;
mod halo_psa;
mod microsoft_365;
mod stripe;
mod syncro;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use domain::id::ConnectorId;
use serde_json::Value;

use crate::api::ApiClient;
use crate::oidc::PEOPLE;
use crate::stack::Stack;

/// So many differences are put in words; the rest is counted.
const SHOWN: usize = 20;

/// What the portal should show, read from a vendor's dump.
#[derive(Debug, Default)]
pub struct Expected {
    /// Live records by type and vendor id: the fields to compare.
    pub records: BTreeMap<&'static str, BTreeMap<String, BTreeMap<&'static str, Value>>>,
    /// Portal companies by vendor id: their names.
    pub companies: BTreeMap<String, String>,
    /// Addresses of the people who may sign in, lower case.
    pub users: BTreeSet<String>,
}

/// What the portal should show of a connector's simulator.
///
/// # Errors
/// It is not simulated, or nothing says what it should look like.
pub fn expected(stack: &Stack, connector: &ConnectorId) -> anyhow::Result<Expected> {
    let vendor = stack.vendors().get(connector);
    let dump =
        vendor.with_context(|| format!("{connector} is not simulated, so there is nothing to compare with"))?.dump();
    Ok(match connector.as_str() {
        "autotask" => autotask::expected(&dump),
        "connectwise-asio" => {
            let beside = stack.vendors().get(&ConnectorId::from("connectwise-manage")).is_some();
            connectwise_asio::expected(&dump, beside, stack.clock().now())
        }
        "bigger-brains" => bigger_brains::expected(&dump),
        "connectwise-manage" => connectwise_manage::expected(&dump),
        "datto-rmm" => datto_rmm::expected(&dump, stack.vendors().get(&ConnectorId::from("autotask")).is_some()),
        "halo-psa" => halo_psa::expected(&dump),
        "microsoft-365" => microsoft_365::expected(&dump),
        "stripe" => stripe::expected(&dump, stack.vendors().get(&ConnectorId::from("halo-psa")).is_some()),
        "syncro" => syncro::expected(&dump),
        other => bail!("nothing says what {other} should look like: add it to infra/local/src/converged"),
    })
}

/// The portal as the public API shows it: what all connectors share is read once.
pub struct Portal {
    api: ApiClient,
    companies: Vec<Value>,
    /// Addresses of active users, lower case.
    users: BTreeSet<String>,
}

impl Portal {
    /// Reads it.
    ///
    /// # Errors
    /// The API gives no answer.
    pub async fn read(stack: &Stack) -> anyhow::Result<Self> {
        let [_, _, admin] = PEOPLE;
        let api = stack.api(admin)?;
        let companies = list(&api, "/v1/companies").await?;
        let users = list(&api, "/v1/users").await?;
        let active = users.iter().filter(|user| text(user, "state") == "active");
        let users = active.map(|user| text(user, "email").to_lowercase()).collect();
        Ok(Self { api, companies, users })
    }

    /// Every difference between a connector's part of the portal and what it should be, in words; none means converged.
    ///
    /// `people` are the addresses expected of all connectors together: a portal user may stem from any of them.
    ///
    /// # Errors
    /// The API gives no answer.
    pub async fn differences(
        &self,
        connector: &ConnectorId,
        expected: &Expected,
        people: &BTreeSet<String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for (record_type, records) in &expected.records {
            compare_records(&self.api, connector, record_type, records, &mut found).await?;
        }
        compare_companies(&self.companies, connector, &expected.companies, &mut found);
        found.extend(expected.users.difference(&self.users).map(|email| format!("no user for {email}")));
        found.extend(self.users.difference(people).map(|email| format!("{email} is a user and should not be")));
        if found.len() > SHOWN {
            let more = found.len() - SHOWN;
            found.truncate(SHOWN);
            found.push(format!("and {more} more"));
        }
        Ok(found)
    }
}

/// Every item of a list of the public API.
async fn list(api: &ApiClient, path: &str) -> anyhow::Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("{path}?limit=200{cursor}")).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        let Some(next) = page["next_cursor"].as_str() else { return Ok(items) };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        cursor = format!("&cursor={next}");
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

async fn compare_records(
    api: &ApiClient,
    connector: &ConnectorId,
    record_type: &str,
    expected: &BTreeMap<String, BTreeMap<&'static str, Value>>,
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    let items = list(api, &format!("/v1/integrations/{connector}/records/{record_type}")).await?;
    let live = items.iter().filter(|item| text(item, "presence") == "live");
    let shown: BTreeMap<&str, &Value> = live.map(|item| (text(item, "external_id"), &item["data"])).collect();
    for (id, fields) in expected {
        let Some(data) = shown.get(id.as_str()) else {
            found.push(format!("{record_type} {id} is not shown"));
            continue;
        };
        for (field, value) in fields {
            let shown = if *field == "notes" { notes(data) } else { data[*field].clone() };
            if shown != *value {
                found.push(format!("{record_type} {id} shows {field} {shown} instead of {value}"));
            }
        }
    }
    let extra = shown.keys().filter(|id| !expected.contains_key(**id));
    found.extend(extra.map(|id| format!("{record_type} {id} is shown and should not be")));
    Ok(())
}

/// Of each note its id and whether it is internal: what must never be lost, doubled or shown to the wrong people.
fn notes(data: &Value) -> Value {
    let notes = data["notes"].as_array().into_iter().flatten();
    notes.map(|note| serde_json::json!([note["external_id"], note["internal"]])).collect()
}

fn compare_companies(
    companies: &[Value],
    connector: &ConnectorId,
    expected: &BTreeMap<String, String>,
    found: &mut Vec<String>,
) {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for company in companies {
        for link in company["links"][connector.as_str()].as_array().into_iter().flatten() {
            shown.insert(text(link, "external_id").to_owned(), text(company, "name").to_owned());
        }
    }
    if shown != *expected {
        let missing = expected.iter().filter(|(id, name)| shown.get(*id) != Some(name));
        found.extend(missing.map(|(id, name)| format!("portal company {name:?} of vendor company {id} is not there")));
        let extra = shown.iter().filter(|(id, _)| !expected.contains_key(*id));
        found.extend(
            extra.map(|(id, name)| format!("portal company {name:?} of vendor company {id} should not be there")),
        );
    }
}
