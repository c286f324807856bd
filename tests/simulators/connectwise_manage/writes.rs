//! What the API makes of a POST and of a PATCH.

use serde_json::{Map, Value, json};

use super::reference::{HELP_DESK, Reference};
use super::state::{Context, State, full_name};
use super::wire::{Problem, Reject, date, id_of, object};
use crate::records::Record;

/// Fields of a ticket that are written and never shown.
const INITIAL: [(&str, &str); 3] = [
    ("initialDescription", "detailDescriptionFlag"),
    ("initialInternalAnalysis", "internalAnalysisFlag"),
    ("initialResolution", "resolutionFlag"),
];
/// Orders to the server, which no record keeps.
const ORDERS: [&str; 4] = ["skipCallback", "processNotifications", "contactEmailLookup", "ignoreDuplicates"];

/// What the lists' records are called in refusals.
pub(super) fn kind(list: &str) -> &'static str {
    match list {
        "companies" => "company",
        "contacts" => "contact",
        "members" => "member",
        "tickets" => "ticket",
        _ => "serviceNote",
    }
}

/// Creates a record; gives its id.
pub(super) fn create(
    state: &mut State,
    list: &'static str,
    mut fields: Map<String, Value>,
    context: &Context,
) -> Result<i64, Reject> {
    if list == "members" {
        check_new_member(state, &fields)?;
    }
    for required in required(list) {
        let given = fields.get(*required).is_some_and(|value| !value.is_null() && value != "");
        let may_be_left_out = context.by_person && *required == "firstName";
        if !given && !may_be_left_out {
            return Err(Reject::missing(kind(list), required));
        }
    }
    let initial: Vec<(&str, String)> = INITIAL
        .into_iter()
        .filter_map(|(field, flag)| Some((flag, fields.remove(field)?.as_str()?.to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    for order in ORDERS {
        fields.remove(order);
    }
    if list == "tickets" {
        complete_ticket(state, &mut fields);
    }
    resolve(state, list, &mut fields)?;
    let id = state.table(list).map_or(1, crate::records::Table::next_id);
    let mut row = Record::new(context.at, context.at, defaults(state, list, id, context));
    row.merge(fields);
    row.fields.insert("id".to_owned(), id.into());
    check(state, list, &row)?;
    let author = state.author(context);
    row.fields.insert("_updatedBy".to_owned(), author.clone().into());
    row.fields.insert("_enteredBy".to_owned(), author.into());
    if let Some(table) = state.table_mut(list) {
        table.rows.insert(id, row);
    }
    state.settle(list, id, context.at);
    for (flag, text) in initial {
        create(state, "notes", object(json!({"ticketId": id, "text": text, flag: true})), context)?;
    }
    if list == "notes" {
        note_moves_ticket(state, id, context);
    }
    Ok(id)
}

fn note_moves_ticket(state: &mut State, note: i64, context: &Context) {
    let ticket = state.notes.get(&note).and_then(|note| note.int("ticketId"));
    if let Some(ticket) = ticket.filter(|_| context.notes_move_tickets) {
        state.stamp("tickets", ticket, context);
    }
}

fn required(list: &str) -> &'static [&'static str] {
    match list {
        "companies" => &["identifier", "name"],
        "contacts" => &["firstName"],
        "members" => &[
            "identifier",
            "licenseClass",
            "firstName",
            "lastName",
            "hireDate",
            "defaultEmail",
            "defaultPhone",
            "securityRole",
        ],
        "tickets" => &["summary", "company"],
        _ => &["text"],
    }
}

fn defaults(state: &State, list: &str, id: i64, context: &Context) -> Map<String, Value> {
    object(match list {
        "companies" => json!({"status": {"id": 1, "name": "Active"}, "deletedFlag": false, "leadFlag": false,
            "types": [{"id": 1, "name": "Client"}]}),
        "contacts" => json!({"inactiveFlag": false, "defaultFlag": false, "communicationItems": [], "types": [],
            "customFields": []}),
        "members" => json!({"inactiveFlag": false, "disableOnlineFlag": false, "adminFlag": false}),
        "tickets" => {
            let priority = state.reference.find("priorities", 4).map(Reference::refer);
            json!({"recordType": "ServiceTicket", "priority": priority, "severity": "Medium", "impact": "Medium",
                "approved": true, "closedFlag": false, "hasChildTicket": false, "customerUpdatedFlag": false,
                "billTime": "NoDefault", "mobileGuid": format!("c5882071-79ac-4149-9088-{id:012x}")})
        }
        _ => {
            let mut note = json!({"detailDescriptionFlag": false, "internalAnalysisFlag": false, "resolutionFlag": false,
                "issueFlag": false, "customerUpdatedFlag": false, "processNotifications": false,
                "dateCreated": date(context.at), "createdBy": state.author(context)});
            if let Some(member) = state.refer("members", state.api_member).filter(|_| !context.by_person) {
                note["member"] = member;
            }
            note
        }
    })
}

/// Puts the name to every reference given by id (or by name), and refuses those to nothing.
fn resolve(state: &State, list: &str, fields: &mut Map<String, Value>) -> Result<(), Reject> {
    let references: &[(&str, &str)] = match list {
        "companies" => {
            &[("status", "company_statuses"), ("defaultContact", "contacts"), ("parentCompany", "companies")]
        }
        "contacts" => &[("company", "companies")],
        "members" => &[("securityRole", "security_roles")],
        "tickets" => &[
            ("company", "companies"),
            ("contact", "contacts"),
            ("owner", "members"),
            ("board", "boards"),
            ("status", "statuses"),
            ("type", "ticket_types"),
            ("subType", "subtypes"),
            ("priority", "priorities"),
            ("source", "sources"),
        ],
        _ => &[("member", "members"), ("contact", "contacts")],
    };
    for (field, of) in references {
        let Some(value) = fields.get(*field).filter(|value| !value.is_null()) else { continue };
        let refused = || Reject::field(kind(list), "NotFound", field, format!("{field} not found"));
        let full = if let Some(id) = value.get("id").and_then(Value::as_i64) {
            let setup = || state.reference.find(of, id).map(Reference::refer);
            state.refer(of, id).or_else(setup)
        } else {
            let name = value.get("name").and_then(Value::as_str).ok_or_else(refused)?;
            let same = |row: &&Value| row["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
            state.reference.all(of).iter().find(same).map(Reference::refer)
        };
        fields.insert((*field).to_owned(), full.ok_or_else(refused)?);
    }
    Ok(())
}

/// What must hold of a record as a whole.
fn check(state: &State, list: &str, row: &Record) -> Result<(), Reject> {
    match list {
        "tickets" => check_ticket(state, row),
        "notes" => {
            let flags = ["detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag"];
            if !flags.iter().any(|flag| row.flag(flag)) {
                let message = "At least one of the note flags must be true.";
                return Err(Reject::field("serviceNote", "InvalidField", "detailDescriptionFlag", message));
            }
            let ticket = row.int("ticketId").unwrap_or_default();
            state.tickets.get(&ticket).map(drop).ok_or_else(|| Reject::NotFound("Ticket", ticket.to_string()))
        }
        _ => Ok(()),
    }
}

fn check_ticket(state: &State, row: &Record) -> Result<(), Reject> {
    if row.text("summary").chars().count() > 100 {
        return Err(Reject::field(
            "ticket",
            "MaximumLength",
            "summary",
            "The summary field exceeds its maximum length of 100.",
        ));
    }
    let Some(board) = id_of(row.fields.get("board")) else { return Ok(()) };
    let of_board = |list: &str, field: &str| {
        let id = id_of(row.fields.get(field));
        id.is_none_or(|id| state.reference.find(list, id).is_some_and(|row| id_of(row.get("board")) == Some(board)))
    };
    let mut problems = Vec::new();
    for (list, field, what) in
        [("statuses", "status", "Status"), ("ticket_types", "type", "Type"), ("subtypes", "subType", "SubType")]
    {
        if !of_board(list, field) {
            let message = format!("Service {what} not found for Service Board {board}");
            problems.push(Problem { code: "NotFound", message, field: format!("{field}/name") });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Reject::Invalid("ticket", problems)) }
}

/// What a new ticket has from its board, its company and its contact.
fn complete_ticket(state: &State, fields: &mut Map<String, Value>) {
    let board = id_of(fields.get("board")).unwrap_or(HELP_DESK);
    let mut set = |field: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| fields.get(field).is_none_or(Value::is_null)) {
            fields.insert(field.to_owned(), value);
        }
    };
    set("board", Some(json!({"id": board})));
    set("status", state.reference.default_of("statuses", board).map(Reference::refer));
    let contact = id_of(fields.get("contact")).and_then(|contact| state.contacts.get(&contact));
    let Some(contact) = contact else { return };
    let items = contact.fields.get("communicationItems").and_then(Value::as_array).into_iter().flatten();
    let email = items.clone().find(|item| item["communicationType"] == "Email").map(|item| item["value"].clone());
    fields.insert("contactName".to_owned(), full_name(contact).into());
    fields.insert("contactEmailAddress".to_owned(), email.unwrap_or_default());
}

fn check_new_member(state: &State, fields: &Map<String, Value>) -> Result<(), Reject> {
    let identifier = fields.get("identifier").and_then(Value::as_str).unwrap_or_default();
    if identifier.chars().count() > 15 {
        let message = "The identifier field exceeds its maximum length of 15.";
        return Err(Reject::field("member", "MaximumLength", "identifier", message));
    }
    let taken = state.members.live().any(|member| member.text("identifier").eq_ignore_ascii_case(identifier));
    if taken {
        return Err(Reject::field("member", "ObjectExists", "identifier", "Member ID already in use."));
    }
    Ok(())
}

/// Changes a record by a patch, which must be an array.
pub(super) fn patch(
    state: &mut State,
    list: &'static str,
    id: i64,
    body: &Value,
    context: &Context,
) -> Result<(), Reject> {
    let operations = body.as_array().ok_or_else(|| Reject::Body("A patch is an array of operations.".to_owned()))?;
    let not_found = || Reject::NotFound(title(list), id.to_string());
    let mut row = state.table(list).and_then(|table| table.get(&id)).ok_or_else(not_found)?.clone();
    let mut changed = Map::new();
    for operation in operations {
        let op = operation["op"].as_str().unwrap_or_default();
        let path = operation["path"].as_str().unwrap_or_default().trim_start_matches('/');
        let value = operation.get("value").cloned().unwrap_or_default();
        match (op, path.split_once('/')) {
            // A false success: members of references are not written.
            (_, Some(_)) => {}
            ("replace" | "add", None) if !path.is_empty() => drop(changed.insert(path.to_owned(), value)),
            ("remove", None) if !path.is_empty() => drop(changed.insert(path.to_owned(), Value::Null)),
            _ => return Err(Reject::Body(format!("The operation {op} on {path} is not valid."))),
        }
    }
    resolve(state, list, &mut changed)?;
    let deactivates = list == "members" && changed.get("inactiveFlag") == Some(&json!(true));
    if deactivates && !context.by_person {
        // SIM CHOICE: there is a call of its own for this.
        let message = "Use the deactivate endpoint to deactivate a member.";
        return Err(Reject::field("member", "InvalidField", "inactiveFlag", message));
    }
    row.merge(changed);
    row.fields.insert("id".to_owned(), id.into());
    check(state, list, &row)?;
    if let Some(table) = state.table_mut(list) {
        table.rows.insert(id, row);
    }
    state.stamp(list, id, context);
    state.settle(list, id, context.at);
    if list == "notes" {
        note_moves_ticket(state, id, context);
    }
    Ok(())
}

/// A member with open tickets is not deactivated before these are handed on.
pub(super) fn deactivate(state: &mut State, id: i64, context: &Context) -> Result<Value, Reject> {
    let open = state
        .tickets
        .live()
        .filter(|row| id_of(row.fields.get("owner")) == Some(id) && !row.flag("closedFlag"))
        .count();
    let not_found = || Reject::NotFound("Member", id.to_string());
    let member = state.members.rows.get_mut(&id).filter(|member| !member.deleted).ok_or_else(not_found)?;
    if open > 0 {
        let message = format!("The member is assigned to {open} open tickets that must be reassigned first.");
        return Err(Reject::field("memberDeactivation", "InvalidField", "ticketTemplate", message));
    }
    member.merge(object(json!({"inactiveFlag": true, "inactiveDate": date(context.at)})));
    state.stamp("members", id, context);
    Ok(json!({}))
}

/// As refusals name a kind of record that is not there.
pub(super) fn title(list: &str) -> &'static str {
    match list {
        "companies" => "Company",
        "contacts" => "Contact",
        "members" => "Member",
        "tickets" => "Ticket",
        "notes" => "ServiceNote",
        _ => "CallbackEntry",
    }
}
