//! What the portal should show of an Asio partner, read from the simulator's dump by Asio's own field names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Expected;

/// `beside_the_psa`: the PSA whose customers these companies are is connected, too, and came first.
pub(super) fn expected(dump: &Value, beside_the_psa: bool, now: Timestamp) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    for row in rows("companies") {
        let friendly = words(&row["friendlyName"]);
        let name = if friendly.is_null() { words(&row["name"]) } else { friendly };
        let ended = ended(&row["inactiveDate"], now);
        let inactive = row["activityStatus"]["activeFlag"] == json!(false) || ended;
        let ids = row["externalIds"].as_array().into_iter().flatten().filter(|id| id["productId"] == "cw-manage");
        let ids: Vec<Value> =
            ids.map(|id| json!({"connector": "connectwise-manage", "external_id": id["externalId"]})).collect();
        let fields = BTreeMap::from([
            ("name", name.clone()),
            ("inactive", if inactive { json!(true) } else { Value::Null }),
            ("external_ids", if ids.is_empty() { Value::Null } else { ids.into() }),
        ]);
        expected.records.entry("companies").or_default().insert(id(&row["id"]), fields);
        // One whose name or domain an active customer of the PSA has waits for quick match.
        let psa_has_it = beside_the_psa && row["_sim"]["active_customer"] == json!(true);
        if !(inactive || psa_has_it) {
            expected.companies.insert(id(&row["id"]), name.as_str().unwrap_or_default().to_owned());
        }
    }
    for row in rows("devices") {
        let names = [&row["friendlyName"], &row["deviceName"], &row["system"]["systemName"], &row["endpointID"]];
        let named = names.into_iter().map(words).find(|name| !name.is_null());
        let os = [&row["os"]["product"], &row["os"]["version"]].map(|part| part.as_str().unwrap_or_default()).join(" ");
        let memory: u64 =
            row["physicalMemory"].as_array().into_iter().flatten().filter_map(|m| m["sizeBytes"].as_u64()).sum();
        let fields = BTreeMap::from([
            ("name", named.unwrap_or_default()),
            ("company", row["clientID"].clone()),
            ("site", row["siteID"].clone()),
            ("serial_number", words(&row["system"]["serialNumber"])),
            ("operating_system", words(&json!(os))),
            ("memory_bytes", if memory == 0 { Value::Null } else { memory.into() }),
            ("mac_addresses", json!([row["networks"][0]["macAddress"]])),
        ]);
        expected.records.entry("devices").or_default().insert(id(&row["endpointID"]), fields);
        let booted = &row["_sim"]["booted"];
        let fields = BTreeMap::from([
            ("device", row["endpointID"].clone()),
            ("company", row["clientID"].clone()),
            ("online", row["_sim"]["online"].clone()),
            ("last_user", words(&row["_sim"]["user"])),
            (
                "booted_at",
                if booted.as_str().is_some_and(|at| at.starts_with("16")) { Value::Null } else { whole(booted) },
            ),
        ]);
        expected.records.entry("monitoring_states").or_default().insert(id(&row["endpointID"]), fields);
    }
    expected
}

fn id(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The portal shows texts without the blanks around them, and leaves out an empty one.
fn words(value: &Value) -> Value {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}

/// A moment as the portal writes it: without zeros at the end of its second.
fn whole(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<Timestamp>().ok()).map_or(Value::Null, |at| at.to_string().into())
}

/// A date that has come, and none from before computers.
fn ended(date: &Value, now: Timestamp) -> bool {
    let date = date.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    date.is_some_and(|date| date > Timestamp::UNIX_EPOCH && date <= now)
}
