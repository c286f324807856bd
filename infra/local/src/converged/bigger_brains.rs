//! What the portal should show of a SCORM Cloud application, read from the simulator's dump by its own field names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Expected;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    for row in rows("courses") {
        let fields = BTreeMap::from([
            ("title", row["title"].clone()),
            ("description", row["metadata"]["description"].clone()),
            ("keywords", row["metadata"]["keywords"].clone()),
            ("version", row["version"].clone()),
        ]);
        expected.records.entry("courses").or_default().insert(id(&row), fields);
    }
    for row in rows("registrations") {
        let completion = row["registrationCompletion"].as_str().unwrap_or_default().to_lowercase();
        let passed = match row["registrationSuccess"].as_str() {
            Some("PASSED") => json!(true),
            Some("FAILED") => json!(false),
            _ => Value::Null,
        };
        let fields = BTreeMap::from([
            ("course", row["course"]["id"].clone()),
            ("name", row["course"]["title"].clone()),
            ("learner", row["learner"]["id"].clone()),
            ("learner_email", row["learner"]["email"].clone()),
            ("portal_company", company(&row)),
            ("instance", row["instance"].clone()),
            ("completion", json!(completion)),
            ("passed", passed),
            ("progress", row["registrationCompletionAmount"].clone()),
            ("score", row["score"]["scaled"].clone()),
        ]);
        expected.records.entry("registrations").or_default().insert(id(&row), fields);
    }
    expected
}

fn company(row: &Value) -> Value {
    let tags = row["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    tags.filter_map(|tag| tag.split_once(':'))
        .find(|(kind, _)| *kind == "company")
        .map_or(Value::Null, |(_, company)| json!(company))
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap_or_default().to_owned()
}
