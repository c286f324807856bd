//! Reference lists, which admins edit and connectors map by id: bare arrays without pages.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::state::{State, View};
use super::wire::Reject;
use super::{HOST, TENANT};
use crate::exchange::{Answer, Call};

/// Lists by resource.
pub(super) struct Reference {
    lists: Vec<(&'static str, Vec<Value>)>,
}

impl Reference {
    pub(super) fn new() -> Self {
        let lists = vec![
            ("Status", statuses()),
            ("Priority", priorities()),
            ("TicketType", ticket_types()),
            ("Category", categories()),
            ("Team", teams()),
            ("SLA", vec![json!({"id": 1, "name": "Incident SLA"}), json!({"id": 2, "name": "Request SLA"})]),
            ("Outcome", outcomes()),
            ("UserRoles", roles()),
            ("TopLevel", vec![json!({"id": 1, "name": "UK"}), json!({"id": 2, "name": "Partners"})]),
            ("Lookup", Vec::new()),
            ("Webhook", Vec::new()),
            ("Notification", Vec::new()),
        ];
        Self { lists }
    }

    pub(super) fn rows(&self, resource: &str) -> &[Value] {
        self.lists.iter().find(|(name, _)| *name == resource).map_or(&[], |(_, rows)| rows.as_slice())
    }

    pub(super) fn rows_mut(&mut self, resource: &str) -> Option<&mut Vec<Value>> {
        self.lists.iter_mut().find(|(name, _)| *name == resource).map(|(_, rows)| rows)
    }

    fn by_id(&self, resource: &str, id: Option<i64>) -> Option<&Value> {
        let id = id?;
        self.rows(resource).iter().find(|row| row["id"] == id)
    }

    pub(super) fn name(&self, resource: &str, id: Option<i64>) -> String {
        self.by_id(resource, id).and_then(|row| row["name"].as_str()).unwrap_or_default().to_owned()
    }

    pub(super) fn toplevel_name(&self, id: Option<i64>) -> String {
        self.name("TopLevel", id)
    }

    pub(super) fn role(&self, id: i64) -> Option<&Value> {
        self.by_id("UserRoles", Some(id))
    }

    pub(super) fn ticket_type(&self, id: Option<i64>) -> Option<&Value> {
        self.by_id("TicketType", id)
    }

    /// Priorities are numbered per SLA.
    pub(super) fn priority(&self, sla: Option<i64>, id: Option<i64>) -> Option<&Value> {
        let (sla, id) = (sla?, id?);
        self.rows("Priority").iter().find(|row| row["slaid"] == sla && row["priorityid"] == id)
    }

    pub(super) fn lowest_priority(&self, sla: i64) -> Option<i64> {
        let own = self.rows("Priority").iter().filter(|row| row["slaid"] == sla);
        own.filter_map(|row| row["priorityid"].as_i64()).max()
    }

    pub(super) fn team_named(&self, name: &str) -> Option<i64> {
        let named = |row: &&Value| row["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.rows("Team").iter().find(named)?["id"].as_i64()
    }

    /// The `teams` of an agent whose default team this is.
    pub(super) fn agent_team(&self, agent: i64, team: &str) -> Value {
        let team = self.team_named(team).and_then(|id| self.by_id("Team", Some(id)));
        let entry = team.map(|team| {
            json!({"id": agent * 100 + 1, "agent_id": agent, "team_id": team["id"], "team_name": team["name"],
                "department_id": team["department_id"]})
        });
        entry.into_iter().collect()
    }

    pub(super) fn outcome(&self, id: Option<i64>, name: &str) -> Option<&Value> {
        let named = |row: &&Value| row["outcome"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
        match id {
            Some(_) => self.by_id("Outcome", id),
            None => self.rows("Outcome").iter().find(named),
        }
    }
}

pub(super) fn list(view: &View<'_>, call: &Call, resource: &str) -> Result<Answer, Reject> {
    let fits = |row: &&Value| match resource {
        "Priority" => call.number("slaid").is_none_or(|sla| row["slaid"] == sla),
        "Category" => call.number("type_id").is_none_or(|kind| row["type_id"] == kind),
        // Without `showall` only what agents may choose.
        "TicketType" => call.flag("showall").unwrap_or_default() || row["agentscanselect"] == true,
        _ => true,
    };
    let rows: Vec<Value> = view.state.reference.rows(resource).iter().filter(fits).map(shown).collect();
    if resource == "TopLevel" && call.flag("pageinate").unwrap_or_default() {
        let count = rows.len();
        return Ok(Answer::ok(&json!({"page_no": 1, "page_size": 50, "record_count": count, "tree": rows})));
    }
    Ok(Answer::ok(&Value::Array(rows)))
}

/// A row without the simulator's own fields.
fn shown(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(fields) = row.as_object_mut() {
        fields.remove("_mandatory");
    }
    row
}

pub(super) fn one(view: &View<'_>, resource: &str, id: &str) -> Result<Answer, Reject> {
    let rows = view.state.reference.rows(resource);
    let found = rows.iter().find(|row| has_id(row, id));
    found.map(|row| Answer::json(StatusCode::OK, &shown(row))).ok_or(Reject::NotFound)
}

/// Creates or changes a row of a list.
pub(super) fn write(state: &mut State, resource: &str, mut item: Map<String, Value>) -> Result<Value, Reject> {
    let rows = state.reference.rows_mut(resource).ok_or(Reject::NotFound)?;
    if let Some(id) = item.get("id").cloned() {
        let row = rows.iter_mut().find(|row| row["id"] == id).and_then(Value::as_object_mut).ok_or(Reject::NotFound)?;
        row.extend(item);
        return Ok(shown(&Value::Object(row.clone())));
    }
    let next = rows.iter().filter_map(|row| row["id"].as_i64()).max().unwrap_or_default() + 1;
    let id = match resource {
        "Webhook" | "Priority" => json!(format!("53232637-7724-4a19-b126-{:012x}", rows.len() + 1)),
        _ => json!(next),
    };
    item.insert("id".to_owned(), id);
    rows.push(Value::Object(item.clone()));
    Ok(Value::Object(item))
}

pub(super) fn delete(state: &mut State, resource: &str, id: &str) -> Result<(), Reject> {
    let rows = state.reference.rows_mut(resource).ok_or(Reject::NotFound)?;
    let before = rows.len();
    rows.retain(|row| !has_id(row, id));
    if rows.len() == before { Err(Reject::NotFound) } else { Ok(()) }
}

/// Some lists have numbers as ids, some GUIDs.
fn has_id(row: &Value, id: &str) -> bool {
    match &row["id"] {
        Value::String(own) => own == id,
        own => own.as_i64().is_some() && own.as_i64() == id.parse().ok(),
    }
}

/// Discovery; needs no token.
pub(super) fn auth_info() -> Value {
    json!({"auth_url": format!("https://{HOST}/auth"), "tenant_id": TENANT})
}

pub(super) fn instance_info(state: &State) -> Value {
    json!({"dbid": 1, "app_version": "2.214.1", "database_version": 2_214, "app_name": "HaloPSA",
        "agent_count": state.agents.live().count(), "licensed_agent_count": state.licences,
        "agent_url": format!("https://{HOST}"), "portal_url": format!("https://{HOST}/portal"),
        "auth_url": format!("https://{HOST}/auth")})
}

fn statuses() -> Vec<Value> {
    let rows = [
        (1, "New", "NEW"),
        (2, "In Progress", "INPR"),
        (3, "Action Required", "ACTN"),
        (4, "With User", "USER"),
        (5, "With Supplier", "SUPP"),
        (9, "Closed", "CLSD"),
        (18, "Approved", "APPR"),
        (28, "On Hold", "HOLD"),
        (31, "Waiting for parts", "PART"),
    ];
    let row = |(index, (id, name, short)): (usize, &(i64, &str, &str))| {
        json!({"id": id, "name": name, "shortname": short, "type": 0, "sequence": index + 1, "colour": "#2bd3c6",
            "slaaction": if *id == 28 { "H" } else { "N" }})
    };
    rows.iter().enumerate().map(row).collect()
}

fn priorities() -> Vec<Value> {
    let names = ["Critical", "High", "Medium", "Low"];
    let of = |sla: i64, count: usize| {
        (1..).zip(names.into_iter().take(count)).map(move |(number, name)| {
            json!({"id": format!("aeb80996-724c-4811-892e-{:06x}{number:06x}", sla), "slaid": sla,
                "priorityid": number, "name": name, "fixtime": 5.0, "fixunits": "D", "responsetime": 4.0,
                "responseunits": "H", "ishidden": false, "colour": "#e05f5f"})
        })
    };
    // The second SLA has no fourth priority.
    of(1, 4).chain(of(2, 3)).collect()
}

fn ticket_types() -> Vec<Value> {
    let row = |id: i64, name: &str, kind: &str, sla: i64, mandatory: &[&str]| {
        json!({"id": id, "guid": format!("c1b80996-724c-4811-892e-{id:012x}"), "name": name, "use": kind,
            "sequence": id, "group_id": 1, "visible": true, "agentscanselect": id != 41, "enduserscanselect": id < 20,
            "itilrequesttype": 1, "workflow_id": 0, "initial_status": 1, "default_sla": sla,
            "_mandatory": mandatory})
    };
    vec![
        row(1, "Incident", "tickets", 1, &[]),
        row(3, "Service Request", "tickets", 2, &[]),
        row(4, "Change Request", "tickets", 1, &["category_1", "impact", "urgency"]),
        row(21, "Opportunity", "opps", 1, &[]),
        row(22, "Project", "projects", 1, &[]),
        row(41, "Alert", "tickets", 1, &[]),
    ]
}

fn categories() -> Vec<Value> {
    let rows = ["Hardware", "Hardware>Laptop", "Hardware>Printer", "Software", "Network", "Access & accounts"];
    let row = |(id, name): (i64, &&str)| json!({"id": id, "value": name, "category_name": name, "type_id": 1, "sla_id": 0, "priority_id": 0});
    (1..).zip(&rows).map(row).collect()
}

fn teams() -> Vec<Value> {
    let row = |id: i64, name: &str, inactive: bool| json!({"id": id, "name": name, "department_id": 17, "inactive": inactive, "sequence": id, "use": "team"});
    vec![row(26, "1st Line Support", false), row(27, "Projects", false), row(28, "Old night shift", true)]
}

fn outcomes() -> Vec<Value> {
    let rows = [
        (5, "Note", false),
        (6, "Private Note", true),
        (7, "Internal Note", true),
        (8, "Email User", false),
        (12, "Resolved", false),
        (14, "Assign", true),
    ];
    let row = |(id, name, hidden): &(i64, &str, bool)| {
        json!({"id": id, "outcome": name, "buttonname": name, "hidden": false, "sequence": id,
            "hidefromuser": hidden})
    };
    rows.iter().map(row).collect()
}

fn roles() -> Vec<Value> {
    let names = ["Standard User", "Site Manager", "Billing Contact", "IT Approver", "Read only"];
    let row = |(id, name): (i64, &&str)| {
        json!({"id": id, "guid": format!("d1b80996-724c-4811-892e-{id:012x}"), "name": name,
            "isimportantcontact2": id == 2, "web_access_level": i64::from(id != 5)})
    };
    (1..).zip(&names).map(row).collect()
}
