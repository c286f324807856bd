//! Changes made by people in ConnectWise's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::callbacks;
use super::state::{Context, LISTS, State, show};
use super::writes;
use crate::records::ChangeMode;
use crate::vendor::Refusal;

/// A list by the vendor's words or the product's.
fn list_of(name: &str) -> Result<&'static str, Refusal> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "company" | "companies" | "clients" => "companies",
        "contact" | "contacts" => "contacts",
        "member" | "members" | "users" | "technicians" | "agents" => "members",
        "ticket" | "tickets" => "tickets",
        "note" | "notes" => "notes",
        "callback" | "callbacks" | "webhooks" => "callbacks",
        _ => return Err(Refusal::UnknownList(name.to_owned())),
    })
}

fn context(mode: ChangeMode) -> Context {
    Context { at: mode.at, by_person: true, notes_move_tickets: true, silent: mode.silent }
}

/// Gives the list, the id, and the record as the server shows it.
pub(super) fn create(
    state: &mut State,
    list: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<(&'static str, i64, Value), Refusal> {
    let list = list_of(list)?;
    let invalid = |reject: super::wire::Reject| Refusal::Invalid(reject.message());
    if list == "callbacks" {
        let id = state.callbacks.create(fields, "zAdmin", 1, mode.at).map_err(invalid)?;
        return Ok((list, id, shown(state, list, id)));
    }
    let id = writes::create(state, list, fields, &context(mode)).map_err(invalid)?;
    Ok((list, id, shown(state, list, id)))
}

/// As [`create`]. A setup table's row may be changed, too: the list is its name in the dump.
pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<(&'static str, i64, Value), Refusal> {
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let of = match list_of(list) {
        Ok(of) => of,
        Err(refusal) => {
            let row = state.reference.put(list, number, fields).ok_or(refusal)?;
            return Ok(("", number, row));
        }
    };
    if of == "callbacks" {
        let invalid = |reject: super::wire::Reject| Refusal::Invalid(reject.message());
        state.callbacks.patch(number, fields, mode.at).map_err(invalid)?;
        return Ok((of, number, shown(state, of, number)));
    }
    let operations: Value = fields
        .into_iter()
        .map(|(path, value)| match value {
            Value::Null => json!({"op": "remove", "path": path}),
            value => json!({"op": "replace", "path": path, "value": value}),
        })
        .collect();
    writes::patch(state, of, number, &operations, &context(mode)).map_err(|reject| match reject {
        super::wire::Reject::NotFound(..) => unknown(),
        reject => Refusal::Invalid(reject.message()),
    })?;
    Ok((of, number, shown(state, of, number)))
}

/// Gives the list and the id. A company is kept and marked, unless the deletion is `hard`.
pub(super) fn delete(
    state: &mut State,
    list: &str,
    id: &str,
    hard: bool,
    mode: ChangeMode,
) -> Result<(&'static str, i64), Refusal> {
    let of = list_of(list)?;
    let unknown = || Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() };
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let context = context(mode);
    let table = if of == "callbacks" { Some(&mut state.callbacks.table) } else { state.table_mut(of) };
    let row = table.and_then(|table| table.get_mut(&number)).ok_or_else(unknown)?;
    if of == "companies" && !hard {
        row.merge(super::wire::object(json!({"deletedFlag": true, "dateDeleted": super::wire::date(mode.at),
            "deletedBy": "zAdmin"})));
    } else {
        row.deleted = true;
    }
    state.stamp(of, number, &context);
    Ok((of, number))
}

fn shown(state: &State, list: &str, id: i64) -> Value {
    if list == "callbacks" {
        return state.callbacks.table.rows.get(&id).map(|row| Value::Object(callbacks::show(row))).unwrap_or_default();
    }
    let row = state.table(list).and_then(|table| table.rows.get(&id));
    let Some(row) = row else { return Value::Null };
    let mut shown = Value::Object(show(list, row));
    shown["_sim"] = json!({"changed": row.changed, "created": row.created, "deleted": row.deleted});
    shown
}

/// Everything, as the server shows it, each record with what only the simulator knows under `_sim`.
pub(super) fn dump(state: &State) -> Value {
    let mut dump = Map::new();
    for list in LISTS {
        let ids: Vec<i64> = state.table(list).map(|table| table.rows.keys().copied().collect()).unwrap_or_default();
        dump.insert(list.to_owned(), ids.into_iter().map(|id| shown(state, list, id)).collect());
    }
    let callbacks = state.callbacks.table.live().map(|row| Value::Object(callbacks::show(row))).collect();
    dump.insert("callbacks".to_owned(), callbacks);
    for (name, rows) in state.reference.dump() {
        dump.insert(name.to_owned(), Value::Array(rows.to_vec()));
    }
    dump.insert("api_member".to_owned(), state.api_member.into());
    Value::Object(dump)
}
