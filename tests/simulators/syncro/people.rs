//! Changes made by people in Syncro's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::state::{Context, State, View, assign, settle_status, shown};
use super::wire::Reject;
use super::{comments, contacts, customers, notifications, tickets, users};
use crate::knobs::Knobs;
use crate::records::{ChangeMode, Record, Table};
use crate::vendor::Refusal;

/// The list of a name; the vendor's words and the product's are taken.
fn list_of(name: &str) -> Result<&'static str, Refusal> {
    Ok(match name {
        "customers" | "companies" => "customers",
        "contacts" => "contacts",
        "users" | "technicians" => "users",
        "tickets" => "tickets",
        "comments" | "notes" => "comments",
        "notification_sets" => "notification_sets",
        _ => return Err(Refusal::UnknownList(name.to_owned())),
    })
}

fn table<'a>(state: &'a mut State, list: &str) -> &'a mut Table<i64> {
    match list {
        "customers" => &mut state.customers,
        "contacts" => &mut state.contacts,
        "users" => &mut state.users,
        "tickets" => &mut state.tickets,
        "comments" => &mut state.comments,
        _ => &mut state.notifications.sets,
    }
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let list = list_of(list)?;
    let context = &Context { at: mode.at, knobs, by_person: true };
    let refused = |reject: Reject| Refusal::Invalid(reject.message());
    let id = match list {
        "customers" => customers::make(state, fields, context).map_err(refused)?,
        "contacts" => contacts::make(state, fields, context).map_err(refused)?,
        "tickets" => tickets::make(state, fields, context).map_err(refused)?,
        "comments" => {
            let ticket = fields.get("ticket_id").and_then(Value::as_i64).unwrap_or_default();
            comments::make(state, ticket, &fields, context).map_err(refused)?
        }
        _ => {
            let table = table(state, list);
            let id = table.next_id();
            let filled = if list == "users" { users::defaults(id) } else { notifications::defaults(id) };
            let mut row = Record::new(mode.at, mode.at, filled);
            assign(&mut row, fields);
            table.rows.insert(id, row);
            id
        }
    };
    show(state, list, id, knobs)
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
    knobs: &Knobs,
) -> Result<Value, Refusal> {
    let list = list_of(list)?;
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let restore = fields.remove("_restore").is_some_and(|restore| restore == true);
    if list == "users"
        && let Some(suspended) = fields.remove("suspended")
    {
        fields.insert("_suspended".to_owned(), suspended);
    }
    let row = table(state, list).rows.get_mut(&number).ok_or_else(unknown)?;
    // What was deleted may be brought back.
    row.deleted &= !restore;
    let before = row.changed;
    if list == "tickets" {
        tickets::change(state, number, fields, &Context { at: mode.at, knobs, by_person: true });
    } else if list == "contacts" {
        contacts::change(row, fields);
        row.touch(mode.at);
    } else {
        assign(row, fields);
        row.touch(mode.at);
    }
    if mode.silent {
        table(state, list).rows.get_mut(&number).ok_or_else(unknown)?.changed = before;
    }
    if list == "comments" && !mode.silent {
        let ticket = state.comments.get(&number).and_then(|comment| comment.int("ticket_id"));
        if let Some(ticket) = ticket.and_then(|ticket| state.tickets.get_mut(&ticket)) {
            settle_status(ticket, mode.at);
            ticket.touch(mode.at);
        }
    }
    show(state, list, number, knobs)
}

pub(super) fn delete(state: &mut State, list: &str, id: &str, mode: ChangeMode) -> Result<(), Refusal> {
    let list = list_of(list)?;
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let done = match list {
        "customers" => state.delete_customer(number, mode.at),
        "contacts" => state.delete_contact(number, mode.at),
        "tickets" => state.delete_ticket(number, mode.at),
        _ => {
            let row = table(state, list).get_mut(&number).ok_or_else(unknown)?;
            row.deleted = true;
            Ok(())
        }
    };
    done.map_err(|_| unknown())
}

fn show(state: &mut State, list: &'static str, id: i64, knobs: &Knobs) -> Result<Value, Refusal> {
    let row = table(state, list).rows.get(&id).cloned();
    let row = row.ok_or_else(|| Refusal::UnknownRecord { list: list.to_owned(), id: id.to_string() })?;
    Ok(in_full(&state.view(knobs), list, &row))
}

fn in_full(view: &View<'_>, list: &str, row: &Record) -> Value {
    let mut full = Value::Object(match list {
        "customers" => customers::detail(view, row),
        "contacts" => contacts::show(row),
        "users" => users::show(row),
        "tickets" => {
            let mut ticket = tickets::detail(view, row);
            ticket.remove("comments");
            ticket.insert("contact_id".to_owned(), row.int("contact_id").into());
            ticket.insert("ticket_type_id".to_owned(), row.int("ticket_type_id").into());
            ticket
        }
        "comments" => comments::show(row, "plaintext"),
        _ => shown(row),
    });
    full["_sim"] = json!({
        "changed": row.changed, "created": row.created, "deleted": row.deleted, "suspended": row.flag("_suspended"),
    });
    full
}

/// Everything, as Syncro shows it in full, each record with what only the simulator knows under `_sim`.
pub(super) fn dump(view: &View<'_>) -> Value {
    let state = view.state;
    let all =
        |list: &str, table: &Table<i64>| -> Value { table.rows.values().map(|row| in_full(view, list, row)).collect() };
    json!({
        "customers": all("customers", &state.customers), "contacts": all("contacts", &state.contacts),
        "users": all("users", &state.users), "tickets": all("tickets", &state.tickets),
        "comments": all("comments", &state.comments),
        "notification_sets": all("notification_sets", &state.notifications.sets), "owner": state.owner,
    })
}
