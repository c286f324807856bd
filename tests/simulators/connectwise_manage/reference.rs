//! Setup tables: boards with their statuses, types and subtypes, priorities, sources, types and statuses of companies,
//! types of contacts, security roles.

use serde_json::{Map, Value, json};

use super::wire::object;
use crate::records::Record;

/// The setup tables.
pub(super) struct Reference {
    lists: Vec<(&'static str, Vec<Value>)>,
}

/// Paths of the lists and their names; `{}` is a board.
pub(super) const PATHS: &[(&str, &str)] = &[
    ("company/companies/statuses", "company_statuses"),
    ("company/companies/types", "company_types"),
    ("company/contacts/types", "contact_types"),
    ("company/communicationtypes", "communication_types"),
    ("service/boards", "boards"),
    ("service/boards/{}/statuses", "statuses"),
    ("service/boards/{}/types", "ticket_types"),
    ("service/boards/{}/subtypes", "subtypes"),
    ("service/priorities", "priorities"),
    ("service/sources", "sources"),
    ("system/securityroles", "security_roles"),
];

pub(super) const HELP_DESK: i64 = 1;
pub(super) const ALERTS: i64 = 2;

impl Reference {
    pub(super) fn new() -> Self {
        let place = json!({"id": 2, "name": "Northbridge Office"});
        let department = json!({"id": 10, "identifier": "Services", "name": "Professional Services"});
        let board = |id: i64, name: &str, inactive: bool, project: bool| {
            json!({"id": id, "name": name, "location": place, "department": department, "inactiveFlag": inactive,
                "projectFlag": project})
        };
        let status = |id: i64, board: i64, name: &str, closed: bool, default: bool, inactive: bool| {
            let of = if board == HELP_DESK { "Help Desk" } else { "Alerts" };
            json!({"id": id, "name": name, "board": {"id": board, "name": of}, "sortOrder": id % 100, "displayOnBoard": !closed,
                "inactive": inactive, "closedStatus": closed, "timeEntryNotAllowed": false, "defaultFlag": default,
                "escalationStatus": if closed { "Resolved" } else { "NotResponded" }, "customerPortalFlag": false})
        };
        let of_board = |id: i64, board: i64, name: &str, default: bool| {
            let of = if board == HELP_DESK { "Help Desk" } else { "Alerts" };
            json!({"id": id, "name": name, "category": "Reactive", "defaultFlag": default, "inactiveFlag": false,
                "requestForChangeFlag": false, "board": {"id": board, "name": of}})
        };
        let subtype = |id: i64, name: &str| {
            json!({"id": id, "name": name, "inactiveFlag": false, "typeAssociationIds": [8, 9],
                "board": {"id": HELP_DESK, "name": "Help Desk"}})
        };
        let priority = |id: i64, name: &str, color: &str, level: &str| json!({"id": id, "name": name, "color": color, "sortOrder": id, "defaultFlag": id == 4, "level": level});
        let named = |id: i64, name: &str| json!({"id": id, "name": name});
        let contact_type = |id: i64, name: &str| json!({"id": id, "description": name, "defaultFlag": id == 2});
        let lists = vec![
            (
                "company_statuses",
                vec![
                    json!({"id": 1, "name": "Active", "defaultFlag": true, "inactiveFlag": false}),
                    json!({"id": 2, "name": "Inactive", "defaultFlag": false, "inactiveFlag": true}),
                    json!({"id": 3, "name": "Not-Approved", "defaultFlag": false, "inactiveFlag": true}),
                    json!({"id": 4, "name": "Credit Hold", "defaultFlag": false, "inactiveFlag": false, "notifyFlag": true}),
                ],
            ),
            (
                "company_types",
                vec![
                    json!({"id": 1, "name": "Client", "defaultFlag": true, "vendorFlag": false}),
                    json!({"id": 2, "name": "Vendor", "defaultFlag": false, "vendorFlag": true}),
                    json!({"id": 3, "name": "Prospect", "defaultFlag": false, "vendorFlag": false}),
                ],
            ),
            (
                "contact_types",
                ["End User", "Billing Contact", "Approver", "VIP"]
                    .iter()
                    .zip(2..)
                    .map(|(name, id)| contact_type(id, name))
                    .collect(),
            ),
            (
                "communication_types",
                vec![
                    json!({"id": 1, "description": "Email", "phoneFlag": false, "faxFlag": false, "emailFlag": true, "defaultFlag": true}),
                    json!({"id": 2, "description": "Direct", "phoneFlag": true, "faxFlag": false, "emailFlag": false, "defaultFlag": true}),
                    json!({"id": 4, "description": "Mobile", "phoneFlag": true, "faxFlag": false, "emailFlag": false, "defaultFlag": false}),
                    json!({"id": 5, "description": "Private Email", "phoneFlag": false, "faxFlag": false, "emailFlag": true, "defaultFlag": false}),
                ],
            ),
            (
                "boards",
                vec![
                    board(HELP_DESK, "Help Desk", false, false),
                    board(ALERTS, "Alerts", false, false),
                    board(3, "Customer Projects", false, true),
                    board(4, "Old Desk", true, false),
                ],
            ),
            (
                "statuses",
                vec![
                    status(101, HELP_DESK, "New", false, true, false),
                    status(102, HELP_DESK, "In Progress", false, false, false),
                    status(103, HELP_DESK, "Waiting Customer", false, false, false),
                    status(104, HELP_DESK, "Retired Status", false, false, true),
                    status(105, HELP_DESK, ">Closed", true, false, false),
                    status(201, ALERTS, "New", false, true, false),
                    status(202, ALERTS, ">Resolved automatically", true, false, false),
                ],
            ),
            (
                "ticket_types",
                vec![
                    of_board(8, HELP_DESK, "Incident", true),
                    of_board(9, HELP_DESK, "Request", false),
                    of_board(18, ALERTS, "Alert", true),
                ],
            ),
            ("subtypes", vec![subtype(31, "Hardware"), subtype(32, "Software")]),
            (
                "priorities",
                vec![
                    priority(1, "Priority 1 - Emergency Response", "Red", "Critical"),
                    priority(3, "Priority 2 - Quick Response", "Orange", "High"),
                    priority(4, "Priority 3 - Normal Response", "Yellow", "Medium"),
                    priority(7, "Priority 4 - Scheduled Maintenance", "White", "Low"),
                ],
            ),
            ("sources", vec![named(1, "Phone"), named(2, "Portal"), named(3, "Email Connector")]),
            ("security_roles", vec![named(63, "Admin"), named(64, "Technician"), named(70, "Client Portal")]),
        ];
        Self { lists }
    }

    /// The rows of a list as records, so that they are filtered and cut into pages like all others.
    pub(super) fn rows(&self, list: &str, board: Option<i64>) -> Vec<(i64, Record)> {
        let rows = self.all(list).iter().filter(|row| board.is_none() || super::wire::id_of(row.get("board")) == board);
        let at = jiff::Timestamp::from_second(1_700_000_000).unwrap_or_default();
        rows.map(|row| (row["id"].as_i64().unwrap_or_default(), Record::new(at, at, object(row.clone())))).collect()
    }

    pub(super) fn all(&self, list: &str) -> &[Value] {
        self.lists.iter().find(|(name, _)| *name == list).map(|(_, rows)| rows.as_slice()).unwrap_or_default()
    }

    pub(super) fn find(&self, list: &str, id: i64) -> Option<&Value> {
        self.all(list).iter().find(|row| row["id"].as_i64() == Some(id))
    }

    pub(super) fn status(&self, id: i64) -> Option<&Value> {
        self.find("statuses", id)
    }

    /// A row of a board: of a status, the one for new tickets.
    pub(super) fn default_of(&self, list: &str, board: i64) -> Option<&Value> {
        let mut of_board = self.all(list).iter().filter(|row| super::wire::id_of(row.get("board")) == Some(board));
        of_board.find(|row| row["defaultFlag"] == json!(true))
    }

    /// As others refer to a row.
    pub(super) fn refer(row: &Value) -> Value {
        let name = row.get("name").or_else(|| row.get("description")).cloned().unwrap_or_default();
        let mut reference = object(json!({"id": row["id"], "name": name}));
        for extra in ["sort", "level"] {
            if let Some(value) = row.get(extra) {
                reference.insert(extra.to_owned(), value.clone());
            }
        }
        Value::Object(reference)
    }

    /// A person changes a row of a setup table, or adds one.
    pub(super) fn put(&mut self, list: &str, id: i64, fields: Map<String, Value>) -> Option<Value> {
        let (_, rows) = self.lists.iter_mut().find(|(name, _)| *name == list)?;
        let known = rows.iter_mut().find(|row| row["id"].as_i64() == Some(id));
        if let Some(row) = known.and_then(Value::as_object_mut) {
            row.extend(fields);
            return Some(Value::Object(row.clone()));
        }
        let mut row = fields;
        row.insert("id".to_owned(), id.into());
        rows.push(Value::Object(row.clone()));
        Some(Value::Object(row))
    }

    /// Every list, for the dump.
    pub(super) fn dump(&self) -> impl Iterator<Item = (&'static str, &[Value])> {
        self.lists.iter().map(|(name, rows)| (*name, rows.as_slice()))
    }
}
