//! `/Client`: companies.

use serde_json::{Map, Value, json};

use super::lists::{self, Changed, Numbers, Search, Shape, set, take, take_all};
use super::sites;
use super::state::{Context, State, View};
use super::wire::{Reject, date, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const LIST: &[&str] = &[
    "id",
    "name",
    "toplevel_id",
    "inactive",
    "colour",
    "confirmemail",
    "actionemail",
    "clearemail",
    "messagegroup_id",
    "customfields",
    "main_site_id",
    "website",
    "ref",
    "accountsemailaddress",
    "customertype",
    "customer_relationship",
    "is_vip",
    "stopped",
    "is_account",
    "use",
    "key",
    "table",
];
const SEARCHABLE: &[&str] = &["id", "name", "website", "ref", "accountsemailaddress", "inactive"];
/// The instance's own company, which every instance has.
pub(super) const INTERNAL: i64 = 1;

const SHAPE: Shape = Shape { key: "clients", order: "name", descending: false, id_only: "idonly" };

pub(super) fn list(view: &View<'_>, call: &Call) -> Result<Answer, Reject> {
    let conditions = lists::conditions(call, SEARCHABLE)?;
    let (active, inactive) = lists::activity(call, "includeactive", "includeinactive");
    let exclude_internal = call.flag("exclude_internal").unwrap_or_default();
    let only_name = call.flag("search_name_only").unwrap_or_default();
    let searched: &[&str] = if only_name { &["name"] } else { &["name", "ref", "website"] };
    let (search, changed) = (Search::of(call, "search"), Changed::of(call));
    let numbers = Numbers::of(call, &[("toplevel_id", "toplevel_id")]);
    let rows = view.state.clients.live().filter(|row| {
        (if row.flag("inactive") { inactive } else { active })
            && !(exclude_internal && row.int("id") == Some(INTERNAL))
            && numbers.hold(row)
            && search.finds(row, searched)
            && changed.holds(row)
            && conditions.iter().all(|condition| condition.holds(row))
    });
    Ok(lists::page(view, call, &SHAPE, rows, |row| Value::Object(brief(view, row))))
}

fn brief(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut brief = take(row, LIST);
    set(&mut brief, "toplevel_name", view.state.reference.toplevel_name(row.int("toplevel_id")));
    brief
}

pub(super) fn one(view: &View<'_>, id: i64, details: bool) -> Option<Value> {
    let row = view.state.clients.get(&id)?;
    Some(Value::Object(if details { detail(view, row) } else { brief(view, row) }))
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut full = take_all(row);
    full.extend(brief(view, row));
    let id = row.int("id").unwrap_or_default();
    let main_site = row.int("main_site_id").and_then(|site| state.sites.rows.get(&site));
    set(&mut full, "main_site_name", main_site.map(|site| site.text("name")));
    let main_contact = main_site.and_then(|site| site.int("maincontact_id")).and_then(|id| state.users.get(&id));
    set(&mut full, "main_contact_name", main_contact.map(|user| user.text("name")));
    set(&mut full, "main_phonenumber", main_site.map(|site| site.text("phonenumber")));
    set(&mut full, "datecreated", date(row.created, id));
    set(&mut full, "alastupdate", date(row.changed, id + 1));
    full
}

pub(super) fn write(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let id = if let Some(id) = item.get("id").and_then(Value::as_i64) {
        let row = state.clients.get_mut(&id).ok_or(Reject::NotFound)?;
        row.merge(item);
        row.touch(context.at);
        id
    } else {
        let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Reject::exception("A name must be entered for this Customer"));
        }
        let (id, site) = (state.clients.next_id(), state.sites.next_id());
        item.insert("id".to_owned(), id.into());
        item.insert("main_site_id".to_owned(), site.into());
        let mut row = Record::new(context.at, context.at, defaults(id));
        row.merge(item);
        state.clients.rows.insert(id, row);
        sites::write(state, object(json!({"name": "Main", "client_id": id})), context)?;
        id
    };
    one(&state.view(context.knobs), id, true).ok_or(Reject::NotFound)
}

/// What Halo fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "toplevel_id": 1, "inactive": false, "colour": "#2bd3c6", "confirmemail": 1, "actionemail": 1,
        "clearemail": 1, "messagegroup_id": -1, "customfields": [], "is_vip": false, "stopped": 0, "customertype": 0,
        "customer_relationship": [], "website": "", "ref": "", "is_account": false, "use": "client", "key": id,
        "table": 0, "notes": "", "pritech": 0, "sectech": 0, "accountmanagertech": 0, "allow_api_access": false,
        "azure_tenants": [], "connectwiseid": 0, "autotaskid": -1, "syncroid": -1,
    }))
}
