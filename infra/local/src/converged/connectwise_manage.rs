//! What the portal should show of a ConnectWise company, read from the simulator's dump by ConnectWise's own field names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Expected;

/// The built-in company for mail from nobody known.
const CATCHALL: &str = "Catchall";
/// A description is written in the same minute as its ticket.
const TOGETHER_SECONDS: i64 = 60;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true)).collect()
    };
    let statuses = rows("company_statuses");
    let inactive: BTreeSet<i64> =
        statuses.iter().filter(|row| flag(row, "inactiveFlag")).filter_map(|row| row["id"].as_i64()).collect();
    let active_companies = companies(&rows("companies"), &inactive, &mut expected);
    contacts(&rows("contacts"), &active_companies, &mut expected);
    for row in rows("members").iter().filter(|row| row["licenseClass"] != json!("A")) {
        let fields = BTreeMap::from([
            ("name", full_name(row)),
            ("email", trimmed(&row["primaryEmail"])),
            ("title", trimmed(&row["title"])),
            ("active", json!(!flag(row, "inactiveFlag"))),
        ]);
        expected.records.entry("users").or_default().insert(id(row), fields);
    }
    tickets(&rows("tickets"), &rows("notes"), &mut expected);
    expected
}

/// Gives the ids of the companies that are active.
fn companies(rows: &[Value], inactive: &BTreeSet<i64>, expected: &mut Expected) -> BTreeSet<i64> {
    let mut active = BTreeSet::new();
    for row in rows.iter().filter(|row| !flag(row, "deletedFlag") && row["identifier"] != json!(CATCHALL)) {
        let is_inactive = row["status"]["id"].as_i64().is_some_and(|status| inactive.contains(&status));
        let default_contact = row["defaultContact"]["id"].as_i64();
        let primary = default_contact.map_or(Value::Null, |contact| json!({"contact": contact.to_string()}));
        let fields = BTreeMap::from([
            ("name", trimmed(&row["name"])),
            ("inactive", optional_flag(is_inactive)),
            ("types", names(&row["types"])),
            ("primary_contact", primary),
        ]);
        expected.records.entry("companies").or_default().insert(id(row), fields);
        if !is_inactive {
            active.extend(row["id"].as_i64());
            expected.companies.insert(id(row), row["name"].as_str().unwrap_or_default().trim().to_owned());
        }
    }
    active
}

fn contacts(rows: &[Value], active_companies: &BTreeSet<i64>, expected: &mut Expected) {
    for row in rows {
        let is_inactive = flag(row, "inactiveFlag");
        let email = default_email(row);
        let company = row["company"]["id"].as_i64();
        let fields = BTreeMap::from([
            ("name", full_name(row)),
            ("email", trimmed(&email)),
            ("inactive", optional_flag(is_inactive)),
            ("company", company.map_or(Value::Null, |company| json!(company.to_string()))),
            ("types", names(&row["types"])),
            ("primary", optional_flag(flag(row, "defaultFlag"))),
        ]);
        expected.records.entry("contacts").or_default().insert(id(row), fields);
        let email = email.as_str().unwrap_or_default().trim().to_lowercase();
        let machine = ["noreply@", "no-reply@", "scanner@"].iter().any(|prefix| email.starts_with(prefix));
        let of_active = company.is_some_and(|company| active_companies.contains(&company));
        if !is_inactive && of_active && email.contains('@') && !machine {
            expected.users.insert(email);
        }
    }
}

fn tickets(rows: &[Value], notes: &[Value], expected: &mut Expected) {
    for row in rows.iter().filter(|row| row["recordType"] == json!("ServiceTicket")) {
        let mut of_ticket: Vec<&Value> = notes.iter().filter(|note| note["ticketId"] == row["id"]).collect();
        of_ticket.sort_by_key(|note| note["id"].as_i64());
        let public = |note: &Value| flag(note, "detailDescriptionFlag") && !flag(note, "internalAnalysisFlag");
        let opened = seconds(&row["_info"]["dateEntered"]);
        let description = of_ticket
            .first()
            .is_some_and(|first| public(first) && (seconds(&first["dateCreated"]) - opened).abs() <= TOGETHER_SECONDS);
        let shown = of_ticket.iter().skip(usize::from(description));
        let told: Vec<(String, bool)> = shown.map(|note| (id(note), !public(note))).collect();
        let fields = BTreeMap::from([
            ("title", trimmed(&row["summary"])),
            ("status", json!(row["status"]["id"].to_string())),
            ("board", json!(row["board"]["id"].to_string())),
            ("closed", optional_flag(flag(row, "closedFlag"))),
            ("notes", json!(told)),
        ]);
        expected.records.entry("tickets").or_default().insert(id(row), fields);
    }
}

/// The address that counts among a contact's addresses and numbers.
fn default_email(row: &Value) -> Value {
    let items = row["communicationItems"].as_array().into_iter().flatten();
    let mut addresses = items.filter(|item| item["communicationType"] == json!("Email"));
    addresses.find(|item| flag(item, "defaultFlag")).map_or(Value::Null, |item| item["value"].clone())
}

fn names(references: &Value) -> Value {
    let references = references.as_array().into_iter().flatten();
    let mut names: Vec<&str> = references.filter_map(|reference| reference["name"].as_str()).collect();
    names.sort_unstable();
    if names.is_empty() { Value::Null } else { json!(names) }
}

fn full_name(row: &Value) -> Value {
    let parts = ["firstName", "lastName"].map(|key| row[key].as_str().unwrap_or_default().trim());
    json!(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
}

fn seconds(date: &Value) -> i64 {
    date.as_str().and_then(|date| date.parse::<jiff::Timestamp>().ok()).map_or(0, jiff::Timestamp::as_second)
}

fn id(row: &Value) -> String {
    row["id"].to_string()
}

fn flag(row: &Value, key: &str) -> bool {
    row[key] == json!(true)
}

/// The API leaves out a flag that is not set.
fn optional_flag(set: bool) -> Value {
    if set { json!(true) } else { Value::Null }
}

/// The portal shows texts without the blanks around them, and leaves out an empty one.
fn trimmed(value: &Value) -> Value {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}
