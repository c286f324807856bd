//! The tenants and what is in each. What belongs to a tenant is kept under `{tenant}_{its id in Graph}`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{PARTNER, scores};
use crate::vendor::Refusal;

/// How a tenant is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scored {
    Daily,
    /// No licence that would be: the list is empty.
    Never,
    /// `maxScore` is 0.
    Nothing,
}

#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    /// Its administrator has consented to the application.
    pub(super) consented: bool,
    /// Record types that it consented to without: its administrator agreed before the application asked for them.
    pub(super) lacks: BTreeSet<String>,
    /// A delegated relationship with the partner is active.
    pub(super) related: bool,
    pub(super) scored: Scored,
    /// Its scores name a control that has no profile any more.
    pub(super) retired_control: bool,
    pub(super) users: u32,
}

pub(super) struct State {
    pub(super) seeded: Timestamp,
    /// By id; the partner's own among them.
    pub(super) tenants: BTreeMap<String, Tenant>,
    /// `control_profiles`, `licences`, `domains`: rows by tenant and Graph's own id.
    pub(super) rows: BTreeMap<&'static str, BTreeMap<String, Map<String, Value>>>,
    /// Fields that a person changed of a day's score.
    pub(super) changed_scores: BTreeMap<String, Map<String, Value>>,
}

impl State {
    pub(super) fn new(seeded: Timestamp) -> Self {
        let rows = ["control_profiles", "licences", "domains"].map(|list| (list, BTreeMap::new())).into();
        Self { seeded, tenants: BTreeMap::new(), rows, changed_scores: BTreeMap::new() }
    }

    /// The customers that the partner's lists show.
    pub(super) fn customers(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants.values().filter(|tenant| tenant.id != PARTNER && tenant.related)
    }

    pub(super) fn rows_of(&self, list: &str, tenant: &str) -> impl Iterator<Item = &Map<String, Value>> {
        let prefix = format!("{tenant}_");
        let rows = self.rows.get(list).into_iter().flatten();
        rows.filter(move |(id, _)| id.starts_with(&prefix)).map(|(_, row)| row)
    }

    pub(super) fn patch(&mut self, list: &str, id: &str, fields: Map<String, Value>) -> Result<Value, Refusal> {
        let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
        match list {
            "customers" | "companies" | "tenants" => {
                let tenant = self.tenants.get_mut(id).ok_or_else(unknown)?;
                let flag = |name: &str, before: bool| fields.get(name).and_then(Value::as_bool).unwrap_or(before);
                tenant.consented = flag("consented", tenant.consented);
                tenant.related = flag("related", tenant.related);
                if let Some(lacks) = fields.get("lacks").and_then(Value::as_array) {
                    tenant.lacks = lacks.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                }
                if let Some(name) = fields.get("displayName").and_then(Value::as_str) {
                    name.clone_into(&mut tenant.name);
                }
                Ok(shown(tenant))
            }
            "secure_scores" => {
                self.changed_scores.entry(id.to_owned()).or_default().extend(fields);
                Ok(json!(self.changed_scores[id]))
            }
            _ => {
                let rows = self.rows.get_mut(list).ok_or_else(|| Refusal::UnknownList(list.to_owned()))?;
                let row = rows.get_mut(id).ok_or_else(unknown)?;
                row.extend(fields);
                Ok(json!(row))
            }
        }
    }

    pub(super) fn delete(&mut self, list: &str, id: &str) -> Result<(), Refusal> {
        let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
        if matches!(list, "customers" | "companies") {
            // The relationship ends; the tenant lives on.
            self.tenants.get_mut(id).ok_or_else(unknown)?.related = false;
            return Ok(());
        }
        let rows = self.rows.get_mut(list).ok_or_else(|| Refusal::UnknownList(list.to_owned()))?;
        rows.remove(id).map(|_| ()).ok_or_else(unknown)
    }

    /// Everything, by list; scores as they are on the day on which the tenants were seeded.
    pub(super) fn dump(&self) -> Value {
        let tenants: Vec<Value> = self.tenants.values().filter(|tenant| tenant.id != PARTNER).map(shown).collect();
        let mut all = json!({"customers": tenants, "partner": PARTNER});
        for (list, rows) in &self.rows {
            let rows = rows.iter().map(|(id, row)| {
                let tenant = id.split_once('_').map_or("", |(tenant, _)| tenant);
                json!({"key": id, "tenant": tenant, "row": row})
            });
            all[*list] = rows.collect();
        }
        let days = self.tenants.values().flat_map(|tenant| {
            let days = scores::days(tenant, self.seeded).into_iter();
            days.map(move |day| {
                let row = scores::on(self, tenant, day);
                json!({"key": row["id"], "tenant": tenant.id, "row": row})
            })
        });
        all["secure_scores"] = days.collect();
        all
    }
}

fn shown(tenant: &Tenant) -> Value {
    json!({"id": tenant.id, "tenantId": tenant.id, "displayName": tenant.name, "defaultDomainName": tenant.domain,
        "consented": tenant.consented, "related": tenant.related})
}
