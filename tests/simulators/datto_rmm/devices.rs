//! Devices of every class.

use serde_json::{Map, Value, json};

use super::lists::{self, like};
use super::state::View;
use super::wire::{Reject, kept, moment, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

pub(super) fn list(view: &View<'_>, call: &Call, site: Option<&String>) -> Result<Answer, Reject> {
    if let Some(site) = site {
        view.state.sites.get(site).ok_or(Reject::NotFound)?;
    }
    let kind = |row: &Record| {
        let of = |name: &str| row.fields.get("deviceType").and_then(|kind| kind.get(name)).and_then(Value::as_str);
        format!("{} {}", of("category").unwrap_or_default(), of("type").unwrap_or_default())
    };
    let fits = |row: &&Record| {
        site.is_none_or(|site| row.text("siteUid") == site)
            && like(call, "hostname", row.text("hostname"))
            && like(call, "deviceType", &kind(row))
            && like(call, "operatingSystem", row.text("operatingSystem"))
            && like(call, "siteName", row.text("siteName"))
    };
    let rows: Vec<&Record> = view.state.devices.live().filter(fits).collect();
    Ok(lists::page(view, call, "devices", &rows, true, |row| show(view, row)))
}

pub(super) fn one(view: &View<'_>, uid: &str) -> Result<Answer, Reject> {
    let row = view.state.devices.get(&uid.to_owned()).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&Value::Object(show(view, row))))
}

pub(super) fn one_by_id(view: &View<'_>, id: i64) -> Result<Answer, Reject> {
    let row = view.state.devices.live().find(|row| row.int("id") == Some(id)).ok_or(Reject::NotFound)?;
    Ok(Answer::ok(&Value::Object(show(view, row))))
}

/// A device that is online was seen just now.
pub(super) fn show(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut shown = view.shown(row);
    if row.flag("online") {
        let times = view.knobs.quirk("times");
        let times = times.as_ref().and_then(Value::as_str).unwrap_or("ms");
        shown.insert("lastSeen".to_owned(), moment(&kept(view.at), times));
    }
    shown
}

pub(super) fn defaults(uid: &str, number: i64) -> Map<String, Value> {
    object(json!({"id": number, "uid": uid, "siteId": null, "siteUid": null, "siteName": null, "deviceType": null,
        "hostname": null, "intIpAddress": null, "extIpAddress": null, "operatingSystem": null, "lastLoggedInUser": null,
        "domain": null, "cagVersion": null, "displayVersion": null, "description": null, "a64Bit": null,
        "rebootRequired": null, "online": false, "suspended": null, "deleted": false, "lastSeen": null,
        "lastReboot": null, "lastAuditDate": null, "creationDate": null, "udf": {"udf1": null}, "snmpEnabled": false,
        "deviceClass": "device", "portalUrl": format!("https://merlot.rmm.datto.com/device/{number}"),
        "warrantyDate": null, "antivirus": null, "patchManagement": null, "softwareStatus": null, "webRemoteUrl": null,
        "networkProbe": false, "onboardedViaNetworkMonitor": false}))
}
