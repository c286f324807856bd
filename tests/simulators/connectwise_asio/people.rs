//! Changes made by people in Asio's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::state::{State, shown};
use super::{companies, object, tenant};
use crate::records::{ChangeMode, Record, Table};
use crate::vendor::Refusal;

/// The list of a name. How devices are is part of them.
fn table<'a>(state: &'a mut State, list: &str) -> Result<&'a mut Table<String>, Refusal> {
    match list {
        "companies" => Ok(&mut state.companies),
        "sites" => Ok(&mut state.sites),
        "devices" | "monitoring_states" => Ok(&mut state.devices),
        _ => Err(Refusal::UnknownList(list.to_owned())),
    }
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let table = table(state, list)?;
    let id = tenant::id(0x6e65_7700 + table.rows.len());
    let key = if list == "companies" || list == "sites" { "id" } else { "endpointID" };
    let mut row = Record::new(mode.at, mode.at, object(json!({key: id, "_category": "platform"})));
    if list == "companies" {
        row.merge(object(json!({ "partnerId": tenant::PARTNER })));
    }
    row.merge(fields);
    table.rows.insert(id, row.clone());
    Ok(in_full(&row))
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let row = table(state, list)?.rows.get_mut(id).ok_or_else(|| unknown(list, id))?;
    row.deleted &= !fields.remove("_restore").is_some_and(|restore| restore == true);
    row.merge(fields);
    if !mode.silent {
        row.touch(mode.at);
    }
    Ok(in_full(row))
}

/// A device that is gone leaves nothing behind; a company takes its sites and devices with it.
pub(super) fn delete(state: &mut State, list: &str, id: &str, mode: ChangeMode) -> Result<(), Refusal> {
    let row = table(state, list)?.get_mut(&id.to_owned()).ok_or_else(|| unknown(list, id))?;
    row.deleted = true;
    row.touch(mode.at);
    if list == "companies" {
        for row in state.sites.rows.values_mut().filter(|row| companies::of_company(row) == Some(id)) {
            row.deleted = true;
        }
        for row in state.devices.rows.values_mut().filter(|row| row.text("clientID") == id) {
            row.deleted = true;
        }
    }
    Ok(())
}

fn unknown(list: &str, id: &str) -> Refusal {
    Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() }
}

fn in_full(row: &Record) -> Value {
    let mut full = shown(row);
    let own = row.fields.iter().filter(|(name, _)| name.starts_with('_'));
    let mut own: Map<String, Value> =
        own.map(|(name, value)| (name.trim_start_matches('_').to_owned(), value.clone())).collect();
    own.extend(object(json!({"changed": row.changed, "created": row.created, "deleted": row.deleted})));
    full.insert("_sim".to_owned(), Value::Object(own));
    Value::Object(full)
}

pub(super) fn dump(state: &State) -> Value {
    let all = |table: &Table<String>| table.rows.values().map(in_full).collect::<Value>();
    let with_dates = |table: &Table<String>| -> Value {
        let full = |row: &Record| {
            let mut full = object(in_full(row));
            full.extend(companies::show(row));
            Value::Object(full)
        };
        table.rows.values().map(full).collect()
    };
    json!({"companies": with_dates(&state.companies), "sites": with_dates(&state.sites), "devices": all(&state.devices)})
}
