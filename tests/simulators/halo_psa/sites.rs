//! `/Site`: places of a company, each with its placeholder user.

use serde_json::{Map, Value, json};

use super::lists::{self, Changed, Numbers, Search, Shape, set, take, take_all};
use super::state::{Context, State, View};
use super::users;
use super::wire::{Reject, date, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const LIST: &[&str] = &[
    "id",
    "name",
    "inactive",
    "sla_id",
    "phonenumber",
    "colour",
    "timezone",
    "invoice_address_isdelivery",
    "isstocklocation",
    "messagegroup_id",
    "maincontact_id",
    "customfields",
    "use",
];
const SEARCHABLE: &[&str] = &["id", "name", "client_id", "phonenumber", "inactive"];

const SHAPE: Shape = Shape { key: "sites", order: "name", descending: false, id_only: "idonly" };

pub(super) fn list(view: &View<'_>, call: &Call) -> Result<Answer, Reject> {
    let conditions = lists::conditions(call, SEARCHABLE)?;
    let (active, inactive) = lists::activity(call, "includeactive", "includeinactive");
    let exclude_internal = call.flag("exclude_internal").unwrap_or_default();
    let (search, changed, top) = (Search::of(call, "search"), Changed::of(call), call.number("toplevel_id"));
    let numbers = Numbers::of(call, &[("client_id", "client_id"), ("site_id", "id")]);
    let rows = view.state.sites.live().filter(|row| {
        let client = row.int("client_id");
        (if row.flag("inactive") { inactive } else { active })
            && numbers.hold(row)
            && (top.is_none() || toplevel(view, client) == top)
            && !(exclude_internal && client == Some(super::clients::INTERNAL))
            && search.finds(row, &["name"])
            && changed.holds(row)
            && conditions.iter().all(|condition| condition.holds(row))
    });
    Ok(lists::page(view, call, &SHAPE, rows, |row| Value::Object(brief(view, row))))
}

pub(super) fn toplevel(view: &View<'_>, client: Option<i64>) -> Option<i64> {
    view.state.clients.rows.get(&client?)?.int("toplevel_id")
}

#[expect(clippy::cast_precision_loss, reason = "ids are small")]
fn brief(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut brief = take(row, LIST);
    let client = row.int("client_id");
    let client_name = State::name(&view.state.clients, client);
    // The company's id is a float here, and whole on a user and on a ticket.
    set(&mut brief, "client_id", client.map(|id| id as f64));
    set(&mut brief, "client_name", client_name);
    set(&mut brief, "clientsite_name", format!("{client_name}/{}", row.text("name")));
    brief
}

pub(super) fn one(view: &View<'_>, id: i64, details: bool) -> Option<Value> {
    let row = view.state.sites.get(&id)?;
    Some(Value::Object(if details { detail(view, row) } else { brief(view, row) }))
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut full = take_all(row);
    full.extend(brief(view, row));
    let id = row.int("id").unwrap_or_default();
    let contact = row.int("maincontact_id").filter(|user| *user > 0);
    let contact_name = State::name(&view.state.users, contact);
    set(&mut full, "maincontact_name", contact_name);
    set(&mut full, "slastupdate", date(row.changed, id));
    let contacts = contact.map(|user| {
        json!({"id": id, "site": id, "uid": user, "user_name": contact_name, "type": 1, "type_name": "Main Contact"})
    });
    set(&mut full, "sitecontacts", contacts.into_iter().collect::<Value>());
    full
}

pub(super) fn write(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let client = item.get("client_id").and_then(Value::as_i64);
    if client.is_some_and(|client| state.clients.get(&client).is_none()) {
        return Err(Reject::exception("Invalid Customer specified for this Site"));
    }
    let id = if let Some(id) = item.get("id").and_then(Value::as_i64) {
        let row = state.sites.get_mut(&id).ok_or(Reject::NotFound)?;
        row.merge(item);
        row.touch(context.at);
        id
    } else {
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.trim().is_empty() || client.is_none() {
            return Err(Reject::exception("A name and a Customer must be entered for this Site"));
        }
        let id = state.sites.next_id();
        item.insert("id".to_owned(), id.into());
        let mut row = Record::new(context.at, context.at, defaults(id));
        row.merge(item);
        state.sites.rows.insert(id, row);
        let general = state.users.next_id();
        let user = Record::new(context.at, context.at, users::general(general, id));
        state.users.rows.insert(general, user);
        id
    };
    one(&state.view(context.knobs), id, true).ok_or(Reject::NotFound)
}

/// What Halo fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "inactive": false, "sla_id": -1, "phonenumber": "", "colour": "#2bd3c6", "timezone": "",
        "invoice_address_isdelivery": false, "isstocklocation": false, "messagegroup_id": -1, "maincontact_id": -1,
        "customfields": [], "use": "site", "emaildomain": "", "notes": "",
    }))
}
