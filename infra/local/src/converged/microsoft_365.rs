//! What the portal should show of an MSP's customers in Microsoft 365, read from the simulator's dump by Graph's own field
//! names. Of a tenant that has not consented only its name is known.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Expected;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let mut readable = BTreeSet::new();
    for customer in rows(dump, "customers").filter(|customer| customer["related"] == json!(true)) {
        let (id, name) = (text(&customer["tenantId"]), customer["displayName"].clone());
        expected.companies.insert(id.clone(), text(&name));
        expected.records.entry("companies").or_default().insert(id.clone(), BTreeMap::from([("name", name)]));
        if customer["consented"] == json!(true) {
            readable.insert(id);
        }
    }
    for list in ["secure_scores", "control_profiles", "licences", "domains"] {
        for entry in rows(dump, list).filter(|entry| readable.contains(entry["tenant"].as_str().unwrap_or_default())) {
            let mut fields = fields(list, &entry["row"]);
            fields.insert("company", entry["tenant"].clone());
            expected.records.entry(list).or_default().insert(text(&entry["key"]), fields);
        }
    }
    expected
}

fn fields(list: &str, row: &Value) -> BTreeMap<&'static str, Value> {
    match list {
        "secure_scores" => BTreeMap::from([
            ("date", json!(text(&row["createdDateTime"])[..10])),
            ("score", row["currentScore"].clone()),
            ("max", row["maxScore"].clone()),
            ("licensed_users", row["licensedUserCount"].clone()),
        ]),
        "control_profiles" => BTreeMap::from([
            ("control", row["id"].clone()),
            ("title", row["title"].clone()),
            ("category", row["controlCategory"].clone()),
            ("tier", row["tier"].clone()),
            ("max", row["maxScore"].clone()),
            ("rank", row["rank"].clone()),
        ]),
        "licences" => {
            let units = |name: &str| row["prepaidUnits"][name].as_u64().unwrap_or_default();
            BTreeMap::from([
                ("name", row["skuPartNumber"].clone()),
                ("status", row["capabilityStatus"].clone()),
                ("total", json!(units("enabled") + units("warning"))),
                ("used", row["consumedUnits"].clone()),
            ])
        }
        _ => BTreeMap::from([
            ("name", row["id"].clone()),
            ("verified", row["isVerified"].clone()),
            ("authentication", row["authenticationType"].clone()),
        ]),
    }
}

fn rows<'a>(dump: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    dump[list].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
