//! Changes made by people in Datto RMM's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::state::{State, View, assign};
use super::{alerts, devices, sites, webhooks};
use crate::knobs::Knobs;
use crate::records::{ChangeMode, Record, Table};
use crate::vendor::Refusal;

/// The list of a name; the vendor's words and the product's are taken.
fn list_of(name: &str) -> Result<&'static str, Refusal> {
    Ok(match name {
        "sites" | "companies" => "sites",
        "devices" => "devices",
        "alerts" => "alerts",
        "webhooks" => "webhooks",
        _ => return Err(Refusal::UnknownList(name.to_owned())),
    })
}

fn table<'a>(state: &'a mut State, list: &str) -> &'a mut Table<String> {
    match list {
        "sites" => &mut state.sites,
        "devices" => &mut state.devices,
        "alerts" => &mut state.alerts,
        _ => &mut state.webhooks.hooks,
    }
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let list = list_of(list)?;
    let table_of = table(state, list);
    let first = i64::try_from(table_of.rows.len()).unwrap_or_default() + 1;
    let number = State::next_number(table_of, first);
    let uid = format!("{:08x}-0000-4000-8000-{number:012x}", number * 7_919);
    let filled = match list {
        "sites" => sites::defaults(&uid, number),
        "devices" => devices::defaults(&uid, number),
        "alerts" => {
            settle_source(state, &mut fields);
            alerts::defaults(&uid, mode.at)
        }
        _ => webhooks::defaults(&uid),
    };
    let mut row = Record::new(mode.at, mode.at, filled);
    assign(&mut row, fields);
    table(state, list).rows.insert(uid.clone(), row);
    if list == "alerts" {
        webhooks::raised(state, &uid);
    }
    show(state, list, &uid, mode, knobs)
}

/// An alert of a device (`deviceUid`) tells its name and its site, too.
fn settle_source(state: &State, fields: &mut Map<String, Value>) {
    let Some(device) = fields.remove("deviceUid").and_then(|uid| uid.as_str().map(str::to_owned)) else { return };
    if let Some(row) = state.devices.get(&device) {
        let source = json!({"deviceUid": device, "deviceName": row.text("hostname"), "siteUid": row.text("siteUid"),
            "siteName": row.text("siteName")});
        fields.insert("alertSourceInfo".to_owned(), source);
    }
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let list = list_of(list)?;
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    if list == "alerts" && fields.get("resolved") == Some(&json!(true)) {
        alerts::resolve(state, id, "anna", mode.at).map_err(|_| unknown())?;
    }
    if list == "webhooks" && fields.remove("test") == Some(json!(true)) {
        state.webhooks.test(id);
    }
    let row = table(state, list).get_mut(&id.to_owned()).ok_or_else(unknown)?;
    assign(row, fields);
    if !mode.silent {
        row.touch(mode.at);
    }
    show(state, list, id, mode, knobs)
}

/// A device goes to the site "Deleted Devices" first, and `hard` from there; everything else is gone at once.
pub(super) fn delete(state: &mut State, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal> {
    let list = list_of(list)?;
    let bin = state.sites.live().find(|site| site.text("name") == super::tenant::DELETED).cloned();
    let row = table(state, list).get_mut(&id.to_owned());
    let row = row.ok_or_else(|| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() })?;
    match bin.filter(|_| list == "devices" && !hard) {
        Some(bin) => {
            let moved = json!({"siteUid": bin.text("uid"), "siteId": bin.int("id"), "siteName": bin.text("name"),
                "deleted": true, "online": false});
            assign(row, super::wire::object(moved));
        }
        None => row.deleted = true,
    }
    row.touch(mode.at);
    Ok(())
}

fn show(state: &mut State, list: &'static str, id: &str, mode: ChangeMode, knobs: &Knobs) -> Result<Value, Refusal> {
    let row = table(state, list).rows.get(id).cloned();
    let row = row.ok_or_else(|| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() })?;
    Ok(in_full(&state.view(mode.at, knobs), list, &row))
}

fn in_full(view: &View<'_>, list: &str, row: &Record) -> Value {
    let mut full = Value::Object(match list {
        "sites" => sites::show(view, row),
        "devices" => devices::show(view, row),
        "alerts" => view.shown(&view.as_it_is(row)),
        _ => view.shown(row),
    });
    let own = |name: &str| row.fields.get(name).cloned().unwrap_or_default();
    full["_sim"] = json!({"changed": row.changed, "created": row.created, "deleted": row.deleted,
        "audit": own("_audit"), "customer": own("_customer")});
    full
}

/// Everything, as Datto RMM shows it in full, each record with what only the simulator knows under `_sim`.
pub(super) fn dump(view: &View<'_>) -> Value {
    let state = view.state;
    let all = |list: &str, table: &Table<String>| -> Value {
        table.rows.values().map(|row| in_full(view, list, row)).collect()
    };
    json!({"account": state.account_shown(), "sites": all("sites", &state.sites),
        "devices": all("devices", &state.devices), "alerts": all("alerts", &state.alerts),
        "webhooks": all("webhooks", &state.webhooks.hooks)})
}
