//! Alerts, open and resolved.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::lists::{self, Of};
use super::state::{State, View, assign};
use super::webhooks;
use super::wire::{Reject, kept, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

pub(super) fn list(view: &View<'_>, call: &Call, list: &lists::Alerts) -> Result<Answer, Reject> {
    match &list.of {
        Of::Account => {}
        Of::Site(site) => drop(view.state.sites.get(site).ok_or(Reject::NotFound)?),
        Of::Device(device) => drop(view.state.devices.get(device).ok_or(Reject::NotFound)?),
    }
    let muted = call.flag("muted");
    let unlisted = view.knobs.quirk("unlisted");
    let from = |row: &Record, field: &str| row.fields["alertSourceInfo"][field].as_str().unwrap_or_default().to_owned();
    let rows = view.state.alerts.live().map(|row| view.as_it_is(row)).filter(|row| {
        row.flag("resolved") == list.resolved
            && unlisted.as_ref().and_then(Value::as_str) != Some(row.text("alertUid"))
            && muted.is_none_or(|muted| row.flag("muted") == muted)
            && match &list.of {
                Of::Account => true,
                Of::Site(site) => from(row, "siteUid") == *site,
                Of::Device(device) => from(row, "deviceUid") == *device,
            }
    });
    let mut rows: Vec<Record> = rows.collect();
    // SIM CHOICE: the newest first.
    rows.sort_by(|a, b| b.text("timestamp").cmp(a.text("timestamp")));
    let total = view.is_on("alert_totals");
    Ok(lists::page(view, call, "alerts", &rows, total, |row| view.shown(row)))
}

pub(super) fn one(view: &View<'_>, uid: &str) -> Result<Answer, Reject> {
    let unknown = match view.knobs.quirk("unknown_alert").and_then(|status| status.as_u64()) {
        Some(403) => Reject::Forbidden,
        Some(500) => Reject::Broken,
        _ => Reject::NotFound,
    };
    let row = view.state.alerts.get(&uid.to_owned()).ok_or(unknown)?;
    Ok(Answer::ok(&Value::Object(view.shown(&view.as_it_is(row)))))
}

pub(super) fn resolve(state: &mut State, uid: &str, by: &str, at: Timestamp) -> Result<(), Reject> {
    let row = state.alerts.get_mut(&uid.to_owned()).ok_or(Reject::NotFound)?;
    assign(row, object(json!({"resolved": true, "resolvedBy": by, "resolvedOn": kept(at)})));
    row.touch(at);
    webhooks::resolved(state, uid);
    Ok(())
}

pub(super) fn defaults(uid: &str, at: Timestamp) -> Map<String, Value> {
    object(json!({"alertUid": uid, "priority": "High", "diagnostics": "", "resolved": false, "resolvedBy": null,
        "resolvedOn": null, "muted": false, "ticketNumber": null, "timestamp": kept(at),
        "alertMonitorInfo": {"sendsEmails": true, "createsTicket": false},
        "alertContext": {"@class": "online_offline_status_ctx", "status": "OFFLINE"},
        "alertSourceInfo": {"deviceUid": null, "deviceName": null, "siteUid": null, "siteName": null},
        "responseActions": [], "autoresolveMins": 0}))
}
