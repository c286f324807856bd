//! What the portal should show of an Autotask database, read from the simulator's dump by Autotask's own field names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Expected;

const COMPLETE: i64 = 5;
const ALL_AUTOTASK_USERS: i64 = 1;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    let mut active_companies = BTreeSet::new();
    for row in rows("companies") {
        let inactive = row["isActive"] == json!(false);
        let kind = label(dump, "Companies", "companyType", &row["companyType"]);
        let fields = BTreeMap::from([
            ("name", trimmed(&row["companyName"])),
            ("inactive", optional_flag(inactive)),
            ("phone", trimmed(&row["phone"])),
            ("types", json!([kind])),
        ]);
        expected.records.entry("companies").or_default().insert(id(&row, "id"), fields);
        if !inactive {
            active_companies.insert(id(&row, "id"));
            let name = row["companyName"].as_str().unwrap_or_default().trim().to_owned();
            expected.companies.insert(id(&row, "id"), name);
        }
    }
    let groups = groups(&rows("contact_groups"), &rows("contact_group_contacts"));
    for row in rows("contacts") {
        let inactive = row["isActive"] == json!(0);
        let names = groups.get(&id(&row, "id"));
        let fields = BTreeMap::from([
            ("name", full_name(&row)),
            ("email", trimmed(&row["emailAddress"])),
            ("inactive", optional_flag(inactive)),
            ("company", json!(id(&row, "companyID"))),
            ("primary", optional_flag(row["primaryContact"] == json!(true))),
            ("types", names.map_or(Value::Null, |names| json!(names))),
        ]);
        expected.records.entry("contacts").or_default().insert(id(&row, "id"), fields);
        let email = row["emailAddress"].as_str().unwrap_or_default().trim().to_lowercase();
        if !inactive && active_companies.contains(&id(&row, "companyID")) && email.contains('@') {
            expected.users.insert(email);
        }
    }
    for row in rows("resources") {
        if label(dump, "Resources", "licenseType", &row["licenseType"]) == "API User" {
            continue;
        }
        let fields = BTreeMap::from([
            ("name", full_name(&row)),
            ("email", trimmed(&row["email"])),
            ("phone", trimmed(&row["officePhone"])),
            ("active", json!(row["isActive"] == json!(true))),
        ]);
        expected.records.entry("users").or_default().insert(id(&row, "id"), fields);
    }
    tickets(&rows("tickets"), &rows("notes"), &mut expected);
    expected
}

fn tickets(rows: &[Value], notes: &[Value], expected: &mut Expected) {
    for row in rows {
        let mut of_ticket: Vec<&Value> = notes.iter().filter(|note| note["ticketID"] == row["id"]).collect();
        of_ticket.sort_by_key(|note| note["id"].as_i64());
        let of_ticket: Vec<(String, bool)> =
            of_ticket.iter().map(|note| (id(note, "id"), note["publish"] != json!(ALL_AUTOTASK_USERS))).collect();
        let fields = BTreeMap::from([
            ("title", trimmed(&row["title"])),
            ("status", json!(id(row, "status"))),
            ("board", json!(id(row, "queueID"))),
            ("company", json!(id(row, "companyID"))),
            ("closed", optional_flag(row["status"] == json!(COMPLETE))),
            ("notes", json!(of_ticket)),
        ]);
        expected.records.entry("tickets").or_default().insert(id(row, "id"), fields);
    }
}

/// The names of the groups in use that each contact is in, sorted.
fn groups(groups: &[Value], members: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let in_use = groups.iter().filter(|group| group["isActive"] == json!(true));
    let names: BTreeMap<String, &Value> = in_use.map(|group| (id(group, "id"), &group["name"])).collect();
    let mut of_contact: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for member in members {
        if let Some(name) = names.get(&id(member, "contactGroupID")).and_then(|name| name.as_str()) {
            of_contact.entry(id(member, "contactID")).or_default().insert(name.to_owned());
        }
    }
    of_contact
}

fn label<'a>(dump: &'a Value, entity: &str, field: &str, value: &Value) -> &'a str {
    let values = dump["picklists"][entity][field].as_array().into_iter().flatten();
    let found = values.into_iter().find(|entry| entry["value"] == *value);
    found.and_then(|entry| entry["label"].as_str()).unwrap_or_default()
}

fn full_name(row: &Value) -> Value {
    let names = ["firstName", "lastName"].map(|field| row[field].as_str().unwrap_or_default().trim());
    json!(names.join(" ").trim())
}

fn id(row: &Value, key: &str) -> String {
    row[key].to_string()
}

/// The API leaves out a flag that is not set.
fn optional_flag(set: bool) -> Value {
    if set { json!(true) } else { Value::Null }
}

/// The portal shows texts without the blanks around them, and leaves out an empty one.
fn trimmed(value: &Value) -> Value {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}
