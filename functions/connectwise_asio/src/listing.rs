//! Asio's answers as rows: everything between the bytes and the mapping, without any call.
//!
//! Lists of devices come in several shapes (v1's flat one, v2's groups by category, company and site, rows bare or below
//! `platform`), and the same name in several cases (`endpointId`, `endpointID`, `EndpointID`). Here they become one shape:
//! a flat array of rows with names in lower case, each with its company and site. Of names that differ in case alone, the
//! first that is filled counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::wire;

/// A JSON object with names in lower case.
type Row = Map<String, Value>;

/// What a device's own fields may stand below.
const WRAPPERS: &[&str] = &["platform", "network", "cloud"];
/// Rows of a flat list of devices.
const DEVICES: Layout = Layout { rows: None, total: None, id: "endpointid" };

/// Companies or sites: a bare array, or below their name.
pub(crate) fn flat<T: DeserializeOwned>(op: &'static str, body: Bytes, name: &'static str) -> Result<Rows<T>> {
    let enveloped = body.trim_ascii_start().starts_with(b"{");
    Rows::read(op, body, Layout { rows: enveloped.then_some(name), total: None, id: "id" })
}

/// The devices of an answer.
pub(crate) fn devices(op: &'static str, body: &Bytes) -> Result<Rows<wire::Device>> {
    let mut seen = BTreeSet::new();
    // Categories overlap.
    let mut is_new = |row: &Row| text(row, "endpointid").is_none_or(|id| seen.insert(id.to_owned()));
    let rows = endpoints(op, body)?.into_iter().filter(|row| is_new(row)).map(Value::Object).collect();
    Rows::read(op, Value::Array(rows).to_string().into(), DEVICES)
}

/// The detail of one device.
pub(crate) fn device(op: &'static str, body: &Bytes) -> Result<Option<wire::Device>> {
    Ok(devices(op, body)?.into_readable().pop())
}

/// Heartbeats and system states joined by device; companies from the inventory where the answers name none.
pub(crate) fn states(
    op: &'static str,
    heartbeats: Option<&Bytes>,
    systems: Option<&Bytes>,
    inventory: &Inventory,
) -> Result<Rows<wire::State>> {
    let mut joined: BTreeMap<String, Row> = BTreeMap::new();
    for (part, body) in [("heartbeat", heartbeats), ("system", systems)] {
        for row in body.map(|body| endpoints(op, body)).transpose()?.into_iter().flatten() {
            let Some(id) = text(&row, "endpointid").map(str::to_owned) else { continue };
            let company = text(&row, "companyid").or_else(|| inventory.company_of(&id)).map(Value::from);
            let state = joined.entry(id.clone()).or_default();
            state.insert("endpointid".to_owned(), id.into());
            if let Some(company) = company {
                state.entry("companyid").or_insert(company);
            }
            state.insert(part.to_owned(), Value::Object(row));
        }
    }
    let rows = joined.into_values().map(Value::Object).collect();
    Rows::read(op, Value::Array(rows).to_string().into(), DEVICES)
}

/// Which devices there are, and whose they are.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    companies: BTreeSet<String>,
    owners: HashMap<String, String>,
}

impl Inventory {
    pub(crate) fn read(op: &'static str, body: &Bytes) -> Result<Self> {
        let mut inventory = Self::default();
        for row in endpoints(op, body)? {
            let (Some(id), Some(company)) = (text(&row, "endpointid"), text(&row, "companyid")) else { continue };
            inventory.companies.insert(company.to_owned());
            inventory.owners.insert(id.to_owned(), company.to_owned());
        }
        Ok(inventory)
    }

    /// How many devices.
    pub(crate) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The next companies with devices behind this one, at most so many, in the order of their ids.
    pub(crate) fn companies_behind(&self, behind: Option<&str>, most: usize) -> Vec<String> {
        let rest = self.companies.iter().filter(|company| behind.is_none_or(|behind| company.as_str() > behind));
        rest.take(most).cloned().collect()
    }

    fn company_of(&self, endpoint: &str) -> Option<&str> {
        self.owners.get(endpoint).map(String::as_str)
    }
}

/// The rows of devices in an answer of any of the known shapes.
fn endpoints(op: &'static str, body: &Bytes) -> Result<Vec<Row>> {
    let malformed = |path: &str| ConnectorError::new(op, ErrorKind::Malformed { path: path.to_owned() });
    let answer = folded(serde_json::from_slice(body).map_err(|_| malformed("the answer"))?);
    let mut rows = Vec::new();
    let known = collect(answer, &Row::new(), &mut rows);
    if known { Ok(rows) } else { Err(malformed("endpoints")) }
}

/// Names in lower case, all the way down.
fn folded(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut row = Row::new();
            for (name, value) in fields {
                let value = folded(value);
                let filled = row.get(&name.to_lowercase()).is_some_and(|known| !is_empty(known));
                if !filled {
                    row.insert(name.to_lowercase(), value);
                }
            }
            Value::Object(row)
        }
        Value::Array(values) => values.into_iter().map(folded).collect(),
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Adds the rows in a value that stands in a group of devices. False: it is nothing that has rows.
fn collect(value: Value, group: &Row, rows: &mut Vec<Row>) -> bool {
    match value {
        Value::Array(values) => {
            for value in values {
                if !collect(value, group, rows) {
                    // Not an object: kept, so that it is set aside where somebody sees it.
                    rows.push(Row::new());
                }
            }
            true
        }
        Value::Object(fields) if fields.contains_key("endpointid") => {
            rows.push(row(fields, group));
            true
        }
        Value::Object(mut fields) => {
            if let Some(endpoints) = fields.remove("endpoints") {
                return collect(endpoints, &owner(&fields, group), rows);
            }
            // By category; what could not be read stands beside what could.
            let lists = fields.into_iter().filter(|(name, value)| value.is_array() && !name.starts_with("failed"));
            lists.fold(false, |_, (_, list)| collect(list, group, rows))
        }
        _ => false,
    }
}

/// A group's company and site, else those of the group around it.
fn owner(fields: &Row, around: &Row) -> Row {
    let mut owner = around.clone();
    for (name, names) in [("companyid", &["companyid", "clientid"][..]), ("siteid", &["siteid"])] {
        if let Some(id) = names.iter().find_map(|name| text(fields, name)) {
            owner.insert(name.to_owned(), id.into());
        }
    }
    owner
}

/// One device: its own fields, those below a wrapper, then its group's.
fn row(mut fields: Row, group: &Row) -> Row {
    for wrapper in WRAPPERS {
        if let Some(Value::Object(own)) = fields.remove(*wrapper) {
            add(&mut fields, own);
        }
    }
    let own = owner(&fields, group);
    add(&mut fields, own);
    fields
}

fn add(fields: &mut Row, more: Row) {
    for (name, value) in more {
        if fields.get(&name).is_none_or(is_empty) {
            fields.insert(name, value);
        }
    }
}

fn text<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
