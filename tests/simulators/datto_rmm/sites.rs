//! Sites: an MSP's customers, and the built-in ones.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::lists::{self, like};
use super::state::{State, View, assign};
use super::wire::{Reject, object};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::records::Record;

const FIRST: i64 = 1_290;

pub(super) fn list(view: &View<'_>, call: &Call) -> Answer {
    let rows: Vec<&Record> = view.state.sites.live().filter(|row| like(call, "siteName", row.text("name"))).collect();
    lists::page(view, call, "sites", &rows, true, |row| show(view, row))
}

pub(super) fn one(view: &View<'_>, uid: &str) -> Result<Answer, Reject> {
    let row = view.state.sites.get(&uid.to_owned()).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&Value::Object(show(view, row))))
}

pub(super) fn show(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut shown = view.shown(row);
    let own = || view.state.devices.live().filter(|device| device.text("siteUid") == row.text("uid"));
    let (all, online) = (own().count(), own().filter(|device| device.flag("online")).count());
    let status =
        json!({"numberOfDevices": all, "numberOfOnlineDevices": online, "numberOfOfflineDevices": all - online});
    shown.insert("devicesStatus".to_owned(), status);
    shown
}

pub(super) fn create(state: &mut State, call: &Call, knobs: &Knobs) -> Result<Answer, Reject> {
    let fields = written(call)?;
    let number = State::next_number(&state.sites, FIRST);
    let uid = format!("5173{number:04x}-0000-4000-8000-{number:012x}");
    let mut row = Record::new(call.at, call.at, defaults(&uid, number));
    assign(&mut row, fields);
    state.sites.rows.insert(uid.clone(), row);
    one(&state.view(call.at, knobs), &uid)
}

pub(super) fn update(state: &mut State, uid: &str, call: &Call, knobs: &Knobs) -> Result<Answer, Reject> {
    let fields = written(call)?;
    let row = state.sites.get_mut(&uid.to_owned()).ok_or(Reject::NotFound)?;
    assign(row, fields);
    row.touch(call.at);
    one(&state.view(call.at, knobs), uid)
}

/// What may be written of a site; proxy settings only when it is made.
fn written(call: &Call) -> Result<Map<String, Value>, Reject> {
    let fields: Map<String, Value> = serde_json::from_slice(&call.body).map_err(|_| Reject::Invalid)?;
    if fields.get("name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        return Err(Reject::Invalid);
    }
    let creates = call.method == Method::PUT;
    let known = |name: &str| {
        matches!(name, "name" | "description" | "notes" | "onDemand" | "splashtopAutoInstall")
            || (creates && name == "proxySettings")
    };
    Ok(fields.into_iter().filter(|(name, _)| known(name)).collect())
}

pub(super) fn defaults(uid: &str, number: i64) -> Map<String, Value> {
    object(json!({"id": number, "uid": uid, "accountUid": super::tenant::ACCOUNT, "name": "", "description": null,
        "notes": null, "onDemand": false, "splashtopAutoInstall": true, "proxySettings": null,
        "autotaskCompanyName": null, "autotaskCompanyId": null,
        "portalUrl": format!("https://merlot.rmm.datto.com/site/{number}")}))
}
