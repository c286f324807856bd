//! `/Users`: end users of the companies, and the placeholder that every site has.

use serde_json::{Map, Value, json};

use super::lists::{self, Changed, Numbers, Search, Shape, set, take, take_all};
use super::sites::toplevel;
use super::state::{Context, State, View};
use super::wire::{NO_DATE, Reject, date, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const LIST: &[&str] = &[
    "id",
    "name",
    "firstname",
    "surname",
    "initials",
    "title",
    "emailaddress",
    "phonenumber",
    "phonenumber_preferred",
    "mobilenumber",
    "homenumber",
    "sitephonenumber",
    "telpref",
    "inactive",
    "colour",
    "isimportantcontact",
    "other1",
    "other2",
    "other3",
    "other4",
    "other5",
    "neversendemails",
    "priority_id",
    "linked_agent_id",
    "isserviceaccount",
    "isimportantcontact2",
    "connectwiseid",
    "autotaskid",
    "messagegroup_id",
    "sitetimezone",
    "login",
    "azure_id",
    "activedirectory_dn",
    "okta_id",
    "relationship_id",
    "user_relationships",
    "customfields",
    "use",
    "overridepdftemplatequote",
];
/// `azureoid` is not among them: asking for it is refused.
const SEARCHABLE: &[&str] = &[
    "id",
    "name",
    "firstname",
    "surname",
    "emailaddress",
    "login",
    "phonenumber",
    "mobilenumber",
    "site_id",
    "inactive",
    "other1",
    "other2",
    "other3",
    "other4",
    "other5",
];

const SHAPE: Shape = Shape { key: "users", order: "name", descending: false, id_only: "idonly" };

pub(super) fn list(view: &View<'_>, call: &Call) -> Result<Answer, Reject> {
    let conditions = lists::conditions(call, SEARCHABLE)?;
    let (active, inactive) = lists::activity(call, "includeactive", "includeinactive");
    let flag = |name: &str, default: bool| call.flag(name).unwrap_or(default);
    // Both names hide the placeholder of a site.
    let no_general = flag("exclude_generaluser", false) || flag("exclude_defaultsiteusers", false);
    let no_agents = flag("exclude_agents", false);
    let service = (flag("includenonserviceaccount", true), flag("includeserviceaccount", true));
    let phones = flag("search_phonenumbers", false);
    let searched: &[&str] = if phones {
        &["name", "emailaddress", "login", "phonenumber", "mobilenumber"]
    } else {
        &["name", "emailaddress", "login"]
    };
    let (search, changed) = (Search::of(call, "search"), Changed::of(call));
    let (client, top) = (call.number("client_id"), call.number("toplevel_id"));
    let in_place = |row: &Record| {
        if client.is_none() && top.is_none() {
            return true;
        }
        let own = view.state.client_of_site(row.int("site_id"));
        (client.is_none() || own == client) && (top.is_none() || toplevel(view, own) == top)
    };
    let numbers = Numbers::of(call, &[("site_id", "site_id")]);
    let role = call.number("role");
    let rows = view.state.users.live().filter(|row| {
        (if row.flag("inactive") { inactive } else { active })
            && !(no_general && row.flag("_general"))
            && !(no_agents && row.int("linked_agent_id").is_some_and(|agent| agent > 0))
            && (if row.flag("isserviceaccount") { service.1 } else { service.0 })
            && numbers.hold(row)
            && in_place(row)
            && role.is_none_or(|role| roles(row).any(|id| id == role))
            && search.finds(row, searched)
            && changed.holds(row)
            && conditions.iter().all(|condition| condition.holds(row))
    });
    Ok(lists::page(view, call, &SHAPE, rows, |row| Value::Object(brief(view, row))))
}

/// Ids of the user's roles.
fn roles(row: &Record) -> impl Iterator<Item = i64> {
    row.fields.get("role_ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64)
}

#[expect(clippy::cast_precision_loss, reason = "ids are small")]
fn brief(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut brief = take(row, LIST);
    let site = row.int("site_id");
    let client = state.client_of_site(site);
    // A float with a whole twin; the company is whole.
    set(&mut brief, "site_id", site.map(|id| id as f64));
    set(&mut brief, "site_id_int", site);
    set(&mut brief, "site_name", State::name(&state.sites, site));
    set(&mut brief, "client_id", client);
    set(&mut brief, "client_name", State::name(&state.clients, client));
    let role_list: Vec<String> = roles(row).map(|id| id.to_string()).collect();
    set(&mut brief, "role_list", role_list.join(&view.role_separator));
    brief
}

pub(super) fn one(view: &View<'_>, id: i64, details: bool) -> Option<Value> {
    let row = view.state.users.get(&id)?;
    Some(Value::Object(if details { detail(view, row) } else { brief(view, row) }))
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut full = take_all(row);
    full.extend(brief(view, row));
    let id = row.int("id").unwrap_or_default();
    let site = row.int("site_id");
    let client = state.client_of_site(site);
    let main_contact = site.and_then(|site| state.sites.rows.get(&site)).and_then(|site| site.int("maincontact_id"));
    set(&mut full, "ismaincontact", main_contact == Some(id));
    set(&mut full, "roles", roles(row).filter_map(|role| state.reference.role(role)).cloned().collect::<Value>());
    set(&mut full, "datecreated", date(row.created, id));
    set(&mut full, "ulastupdate", date(row.changed, id + 1));
    let client_name = State::name(&state.clients, client);
    let place = json!({"id": site, "name": State::name(&state.sites, site),
        "client": {"id": client, "name": client_name}});
    set(&mut full, "site", place);
    full
}

pub(super) fn write(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let site = item.get("site_id").and_then(Value::as_i64);
    if site.is_some_and(|site| state.sites.get(&site).is_none()) {
        return Err(Reject::exception("Invalid Site specified for this User"));
    }
    if let Some(Value::String(list)) = item.remove("role_list") {
        let ids: Vec<i64> = list.split([',', ';']).filter_map(|id| id.trim().parse().ok()).collect();
        item.insert("role_ids".to_owned(), ids.into());
    }
    // What is shown of other records is not taken.
    for shown in ["client_id", "client_name", "site_name", "site_id_int", "roles", "site", "ismaincontact"] {
        item.remove(shown);
    }
    let id = if let Some(id) = item.get("id").and_then(Value::as_i64) {
        let row = state.users.get_mut(&id).ok_or(Reject::NotFound)?;
        row.merge(item);
        row.touch(context.at);
        id
    } else {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = match text("name").trim() {
            "" => format!("{} {}", text("firstname"), text("surname")).trim().to_owned(),
            name => name.to_owned(),
        };
        if site.is_none() {
            return Err(Reject::exception("A Site must be specified for this User"));
        }
        if name.is_empty() {
            return Err(Reject::exception("A name must be entered for this User"));
        }
        let id = state.users.next_id();
        let (first, last) = name.split_once(' ').unwrap_or((name.as_str(), ""));
        let mut row = Record::new(context.at, context.at, defaults(id));
        row.merge(object(json!({"name": name, "firstname": first, "surname": last})));
        item.insert("id".to_owned(), id.into());
        item.remove("name");
        row.merge(item);
        state.users.rows.insert(id, row);
        id
    };
    one(&state.view(context.knobs), id, true).ok_or(Reject::NotFound)
}

/// What Halo fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "emailaddress": "", "phonenumber": "", "sitephonenumber": "", "telpref": 0, "inactive": false,
        "colour": "#2bd3c6", "isimportantcontact": false, "neversendemails": false, "priority_id": 0,
        "linked_agent_id": 0, "isserviceaccount": false, "isimportantcontact2": false, "connectwiseid": 0,
        "autotaskid": -1, "messagegroup_id": -1, "sitetimezone": "", "relationship_id": 0, "user_relationships": [],
        "customfields": [], "use": "user", "overridepdftemplatequote": -1, "role_ids": [], "web_access_level": 0,
        "department": "", "isexternal": false, "iscontractcontact": false, "lastlogindate": NO_DATE[0], "notes": "",
    }))
}

/// The placeholder of a site.
pub(super) fn general(id: i64, site: i64) -> Map<String, Value> {
    let mut fields = defaults(id);
    fields.extend(object(json!({"name": "General User", "firstname": "General", "surname": "User", "initials": "GU",
        "site_id": site, "_general": true})));
    fields
}
