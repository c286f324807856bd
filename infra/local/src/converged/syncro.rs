//! What the portal should show of a Syncro account, read from the simulator's dump by Syncro's own field names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Expected;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    let contacts = rows("contacts");
    let mut active = BTreeSet::new();
    for row in rows("customers") {
        let name = trimmed(&row["business_name"]);
        let name = if name.is_null() { trimmed(&row["fullname"]) } else { name };
        let disabled = row["disabled"] == json!(true);
        let fields = BTreeMap::from([
            ("name", name.clone()),
            ("inactive", if disabled { json!(true) } else { Value::Null }),
            ("primary_contact", primary(&row, &contacts)),
        ]);
        expected.records.entry("companies").or_default().insert(id(&row["id"]), fields);
        if !disabled {
            active.insert(id(&row["id"]));
            expected.companies.insert(id(&row["id"]), name.as_str().unwrap_or_default().to_owned());
        }
    }
    for row in contacts.iter().filter(|row| !row["customer_id"].is_null()) {
        let company = id(&row["customer_id"]);
        let fields = BTreeMap::from([
            ("name", trimmed(&row["name"])),
            ("email", trimmed(&row["email"])),
            ("company", json!(company)),
            ("title", trimmed(&row["properties"]["title"])),
        ]);
        expected.records.entry("contacts").or_default().insert(id(&row["id"]), fields);
        let email = row["email"].as_str().unwrap_or_default().trim().to_lowercase();
        let machine = ["noreply@", "no-reply@", "scanner@"].iter().any(|prefix| email.starts_with(prefix));
        if active.contains(&company) && email.contains('@') && !machine {
            expected.users.insert(email);
        }
    }
    for row in rows("users").iter().filter(|row| row["_sim"]["suspended"] != json!(true)) {
        let fields = BTreeMap::from([
            ("name", trimmed(&row["full_name"])),
            ("email", trimmed(&row["email"])),
            ("active", json!(true)),
        ]);
        expected.records.entry("users").or_default().insert(id(&row["id"]), fields);
    }
    let mut comments: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for comment in rows("comments") {
        comments.entry(id(&comment["ticket_id"])).or_default().push(comment);
    }
    for row in rows("tickets") {
        let said = comments.remove(&id(&row["id"])).unwrap_or_default();
        expected.records.entry("tickets").or_default().insert(id(&row["id"]), ticket(&row, said));
    }
    expected
}

/// The contact with the customer's own address, else the one with the customer's own name.
fn primary(customer: &Value, contacts: &[Value]) -> Value {
    let fold = |value: &Value| value.as_str().unwrap_or_default().trim().to_lowercase();
    let mut own: Vec<&Value> = contacts.iter().filter(|contact| contact["customer_id"] == customer["id"]).collect();
    own.sort_by_key(|contact| contact["id"].as_i64());
    let first =
        |key: &str, wanted: String| own.iter().find(|contact| !wanted.is_empty() && fold(&contact[key]) == wanted);
    let found = first("email", fold(&customer["email"])).or_else(|| first("name", fold(&customer["fullname"])));
    found.map_or(Value::Null, |contact| json!({"contact": id(&contact["id"])}))
}

fn ticket(row: &Value, mut said: Vec<Value>) -> BTreeMap<&'static str, Value> {
    said.sort_by_key(|comment| comment["id"].as_i64());
    let described = said.first().is_some_and(|first| first["hidden"] == json!(false));
    let description = if described {
        said.remove(0)["body"].as_str().unwrap_or_default().replace("\r\n", "\n")
    } else {
        String::new()
    };
    let notes: Vec<(String, bool)> =
        said.iter().map(|comment| (id(&comment["id"]), comment["hidden"] != json!(false))).collect();
    let closed = !row["resolved_at"].is_null();
    let reference = |field: &str| if row[field].is_null() { Value::Null } else { json!(id(&row[field])) };
    BTreeMap::from([
        ("title", trimmed(&row["subject"])),
        ("description", trimmed(&json!(description))),
        ("status", trimmed(&row["status"])),
        ("closed", if closed { json!(true) } else { Value::Null }),
        ("company", reference("customer_id")),
        ("contact", reference("contact_id")),
        ("ticket_type", reference("ticket_type_id")),
        ("assignee", reference("user_id")),
        ("notes", json!(notes)),
    ])
}

fn id(value: &Value) -> String {
    value.as_i64().unwrap_or_default().to_string()
}

/// The portal shows texts without the blanks around them, and leaves out an empty one.
fn trimmed(value: &Value) -> Value {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}
