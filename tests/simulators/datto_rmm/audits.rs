//! Audits: what a device is made of. Each class has a form of its own, and answers 400 to the others.

use serde_json::{Value, json};

use super::state::View;
use super::wire::Reject;
use crate::exchange::Answer;

pub(super) fn one(view: &View<'_>, device: &str) -> Result<Answer, Reject> {
    let row = view.state.devices.get(&device.to_owned()).ok_or(Reject::NotFound)?;
    if row.text("deviceClass") != "device" {
        return Err(Reject::Invalid);
    }
    Ok(Answer::ok(row.fields.get("_audit").unwrap_or(&json!({}))))
}

pub(super) fn printer(view: &View<'_>, device: &str) -> Result<Answer, Reject> {
    let row = view.state.devices.get(&device.to_owned()).ok_or(Reject::NotFound)?;
    if row.text("deviceClass") != "printer" {
        return Err(Reject::Invalid);
    }
    let body: Value = json!({"portalUrl": row.fields.get("portalUrl"), "snmpInfo": null, "nics": [],
        "systemInfo": null, "printer": null, "printerMarkerSupplies": []});
    Ok(Answer::ok(&body))
}
