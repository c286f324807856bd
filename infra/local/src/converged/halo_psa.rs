//! What the portal should show of a Halo instance, read from the simulator's dump by Halo's own field names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Expected;

/// Halo's placeholders are nobody's company and nobody's contact.
const PLACEHOLDER_CLIENT: i64 = 1;
const UNASSIGNED_AGENT: i64 = 1;
const CLOSED_STATUS: i64 = 9;

pub(super) fn expected(dump: &Value) -> Expected {
    let mut expected = Expected::default();
    let rows = |list: &str| -> Vec<Value> {
        let rows = dump[list].as_array().cloned().unwrap_or_default();
        rows.into_iter().filter(|row| row["_sim"]["deleted"] != json!(true) && row["deleted"] != json!(true)).collect()
    };
    let own = |row: &Value, key: &str| number(row, key) == PLACEHOLDER_CLIENT;
    let mut active_clients = BTreeSet::new();
    for row in rows("clients").iter().filter(|row| !own(row, "id")) {
        let inactive = flag(row, "inactive");
        let fields = BTreeMap::from([("name", trimmed(&row["name"])), ("inactive", optional_flag(inactive))]);
        expected.records.entry("companies").or_default().insert(id(row, "id"), fields);
        if !inactive {
            active_clients.insert(number(row, "id"));
            expected.companies.insert(id(row, "id"), row["name"].as_str().unwrap_or_default().trim().to_owned());
        }
    }
    for row in rows("sites").iter().filter(|row| !own(row, "client_id")) {
        let main = number(row, "maincontact_id");
        let main_contact = if main > 0 { json!(main.to_string()) } else { Value::Null };
        let fields = BTreeMap::from([
            ("name", trimmed(&row["name"])),
            ("company", json!(id(row, "client_id"))),
            ("main_contact", main_contact),
        ]);
        expected.records.entry("sites").or_default().insert(id(row, "id"), fields);
    }
    let roles: BTreeMap<i64, Value> =
        rows("roles").iter().map(|role| (number(role, "id"), role["name"].clone())).collect();
    for row in rows("users") {
        let nobody = row["_sim"]["general_user"] == json!(true) || flag(&row, "isserviceaccount");
        if nobody || number(&row, "linked_agent_id") > 0 {
            continue;
        }
        let inactive = flag(&row, "inactive");
        let fields = BTreeMap::from([
            ("name", trimmed(&row["name"])),
            ("email", trimmed(&row["emailaddress"])),
            ("inactive", optional_flag(inactive)),
            ("company", if own(&row, "client_id") { Value::Null } else { json!(id(&row, "client_id")) }),
            ("types", type_names(&row, &roles)),
        ]);
        expected.records.entry("contacts").or_default().insert(id(&row, "id"), fields);
        let email = row["emailaddress"].as_str().unwrap_or_default().trim().to_lowercase();
        let machine = ["noreply@", "no-reply@", "scanner@"].iter().any(|prefix| email.starts_with(prefix));
        if !inactive && active_clients.contains(&number(&row, "client_id")) && email.contains('@') && !machine {
            expected.users.insert(email);
        }
    }
    agents(&rows("agents"), &mut expected);
    // Projects and opportunities are tickets to Halo, and not to its ticket lists.
    let types = rows("ticket_types");
    let service: BTreeSet<i64> =
        types.iter().filter(|kind| kind["use"] == json!("tickets")).map(|kind| number(kind, "id")).collect();
    let mut service_tickets = rows("tickets");
    service_tickets.retain(|row| service.contains(&number(row, "tickettype_id")));
    tickets(&service_tickets, &rows("actions"), &mut expected);
    expected
}

fn agents(rows: &[Value], expected: &mut Expected) {
    for row in rows {
        if flag(row, "isapiagent") || number(row, "id") == UNASSIGNED_AGENT {
            continue;
        }
        let fields = BTreeMap::from([
            ("name", trimmed(&row["name"])),
            ("email", trimmed(&row["email"])),
            ("active", json!(!flag(row, "isdisabled"))),
        ]);
        expected.records.entry("users").or_default().insert(id(row, "id"), fields);
    }
}

fn tickets(rows: &[Value], actions: &[Value], expected: &mut Expected) {
    for row in rows {
        let ticket = number(row, "id");
        let mut of_ticket: Vec<&Value> = actions
            .iter()
            .filter(|action| number(action, "ticket_id") == ticket && action["who"] != json!("System"))
            .collect();
        of_ticket.sort_by_key(|action| number(action, "id"));
        let notes: Vec<(String, bool)> =
            of_ticket.iter().map(|action| (id(action, "id"), flag(action, "hiddenfromuser"))).collect();
        let closed = flag(row, "hasbeenclosed") || number(row, "status_id") == CLOSED_STATUS;
        let fields = BTreeMap::from([
            ("title", trimmed(&row["summary"])),
            ("status", json!(id(row, "status_id"))),
            ("closed", optional_flag(closed)),
            ("notes", json!(notes)),
        ]);
        expected.records.entry("tickets").or_default().insert(ticket.to_string(), fields);
    }
}

/// The names of a user's roles, sorted; absent where there are none.
fn type_names(row: &Value, roles: &BTreeMap<i64, Value>) -> Value {
    let list = row["role_list"].as_str().unwrap_or_default();
    let ids = list.split(',').filter_map(|id| id.trim().parse::<i64>().ok());
    let mut names: Vec<&str> = ids.filter_map(|id| roles.get(&id)?.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { Value::Null } else { json!(names) }
}

/// Halo writes ids as integers and, in places, as floats.
fn number(row: &Value, key: &str) -> i64 {
    let value = &row[key];
    #[expect(clippy::cast_possible_truncation, reason = "ids are small whole numbers")]
    value.as_i64().or_else(|| value.as_f64().map(|float| float as i64)).unwrap_or(0)
}

fn id(row: &Value, key: &str) -> String {
    number(row, key).to_string()
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
