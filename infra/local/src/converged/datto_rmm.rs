//! What the portal should show of a Datto RMM account, read from the simulator's dump by Datto RMM's own field names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Expected;

/// `beside_the_psa`: the PSA whose customers most of the sites are is connected, too, and came first.
pub(super) fn expected(dump: &Value, beside_the_psa: bool) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    for row in rows("sites").iter().filter(|row| row["name"] != "Deleted Devices") {
        let foreign = |id: &str| json!([{"connector": "autotask", "external_id": id}]);
        let name = trimmed(&row["name"]);
        let fields = BTreeMap::from([
            ("name", name.clone()),
            ("external_ids", row["autotaskCompanyId"].as_str().map_or(Value::Null, foreign)),
        ]);
        expected.records.entry("companies").or_default().insert(uid(row), fields);
        // One whose name an active customer of the PSA has waits for quick match.
        let customer = &row["_sim"]["customer"];
        if !(beside_the_psa && customer["active"] == json!(true)) {
            expected.companies.insert(uid(row), name.as_str().unwrap_or_default().to_owned());
        }
    }
    let deleted = |row: &&Value| row["deleted"] == json!(true) || row["siteName"] == "Deleted Devices";
    for row in rows("devices").iter().filter(|row| !deleted(row)) {
        expected.records.entry("devices").or_default().insert(uid(row), device(row));
    }
    for row in rows("alerts").iter().filter(|row| row["resolved"] != json!(true)) {
        let of = |field: &str| row["alertSourceInfo"][field].clone();
        let fields = BTreeMap::from([
            ("priority", row["priority"].as_str().map_or(Value::Null, |priority| priority.to_lowercase().into())),
            ("company", of("siteUid")),
            ("device", of("deviceUid")),
            ("device_name", of("deviceName")),
            ("muted", set(&row["muted"])),
            ("ticket_number", row["ticketNumber"].clone()),
            ("raised_at", moment(&row["timestamp"])),
        ]);
        let id = row["alertUid"].as_str().unwrap_or_default().to_owned();
        expected.records.entry("alerts").or_default().insert(id, fields);
    }
    expected
}

fn device(row: &Value) -> BTreeMap<&'static str, Value> {
    let audit = &row["_sim"]["audit"];
    // Never audited, or of a class whose audits have another form.
    let audited = row["deviceClass"] == "device" && row["lastAuditDate"].as_i64().is_some_and(|at| at > 0);
    let audited = |value: &Value| if audited { value.clone() } else { Value::Null };
    BTreeMap::from([
        ("name", row["hostname"].clone()),
        ("company", row["siteUid"].clone()),
        ("operating_system", row["operatingSystem"].clone()),
        ("ip_address", row["intIpAddress"].clone()),
        ("external_ip_address", row["extIpAddress"].clone()),
        ("last_user", row["lastLoggedInUser"].clone()),
        ("online", row["online"].clone()),
        ("suspended", set(&row["suspended"])),
        ("reboot_required", set(&row["rebootRequired"])),
        ("warranty_until", row["warrantyDate"].clone()),
        ("url", row["portalUrl"].clone()),
        ("created_at", moment(&row["creationDate"])),
        ("booted_at", moment(&row["lastReboot"])),
        ("manufacturer", audited(&audit["systemInfo"]["manufacturer"])),
        ("model", audited(&audit["systemInfo"]["model"])),
        ("memory_bytes", audited(&audit["systemInfo"]["totalPhysicalMemory"])),
        ("serial_number", audited(&audit["bios"]["serialNumber"])),
        ("processor", audited(&audit["processors"][0]["name"])),
    ])
}

fn uid(row: &Value) -> String {
    row["uid"].as_str().unwrap_or_default().to_owned()
}

/// A flag that leaves no trace unless it is set.
fn set(flag: &Value) -> Value {
    if *flag == json!(true) { json!(true) } else { Value::Null }
}

/// Milliseconds; before 1970 means never.
fn moment(value: &Value) -> Value {
    let at = value.as_i64().filter(|at| *at > 0).and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.map_or(Value::Null, |at| at.to_string().into())
}

/// The portal shows texts without the blanks around them.
fn trimmed(value: &Value) -> Value {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}
