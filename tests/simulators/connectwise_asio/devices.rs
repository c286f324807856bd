//! `/device`: flat lists (v1), the newer lists by category with cursors (v2), one device in full, and how devices are.

use axum::http::header::LINK;
use axum::http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::state::{State, shown};
use super::{answers, object, refusal, word};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::records::Record;

/// Rows of a page, and the most that may be asked for.
const USUAL: usize = 50;
const MOST: usize = 500;
/// What a newer list says of a device that nobody asked more of.
const MINIMAL: &[&str] = &["os", "system", "friendlyName", "resourceType", "endpointType"];

/// `GET /v1/device/endpoints`, and those of a client and a site: no name, no state.
pub(super) fn flat(state: &State, client: Option<&str>, site: Option<&str>) -> Answer {
    let fits = |row: &&Record| {
        client.is_none_or(|client| row.text("clientID") == client) && site.is_none_or(|site| row.text("siteID") == site)
    };
    let rows: Vec<Value> = state.devices.live().filter(fits).map(thin).collect();
    if rows.is_empty() { answers::nothing() } else { Answer::ok(&json!({"endpoints": rows})) }
}

/// The casing of the list differs from that of the detail.
fn thin(row: &Record) -> Value {
    json!({"clientId": row.text("clientID"), "siteId": row.text("siteID"), "endpointId": row.text("endpointID"),
        "regId": row.text("_regId"), "endpointType": row.text("endpointType"), "osType": within(row, "os", "type")})
}

/// Text one level down.
fn within<'a>(row: &'a Record, field: &str, inner: &str) -> &'a str {
    row.fields.get(field).and_then(|field| field[inner].as_str()).unwrap_or_default()
}

pub(super) fn detail(state: &State, id: &str) -> Answer {
    let Some(row) = state.devices.get(&id.to_owned()) else { return answers::nothing() };
    let mut fields = shown(row);
    let installed = row.text("agentInstalledUTC").replace('T', " ").replace('Z', "000+00:00");
    fields.insert("agentInstalledUTC".to_owned(), installed.into());
    Answer::ok(&Value::Object(fields))
}

/// Which rows a newer call is about, by kind and ids of its resources.
fn chosen<'a>(state: &'a State, kind: &str, ids: &[String]) -> Option<Vec<&'a Record>> {
    let field = match kind {
        "company" | "companies" | "client" | "clients" => "clientID",
        "site" | "sites" => "siteID",
        "endpoint" | "endpoints" => "endpointID",
        _ => return None,
    };
    Some(state.devices.live().filter(|row| ids.iter().any(|id| id == row.text(field))).collect())
}

/// `POST /v2/device/categories/{category}/endpoints`.
pub(super) fn by_category(state: &State, category: &str, call: &Call, knobs: &Knobs) -> Answer {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let ids: Vec<String> =
        body["resources"].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let rows = chosen(state, body["resourceType"].as_str().unwrap_or_default(), &ids);
    let Some(mut rows) =
        rows.filter(|_| !ids.is_empty() && ["platform", "network", "cloud", "all"].contains(&category))
    else {
        return refusal(StatusCode::BAD_REQUEST, "bad request", "invalid input data");
    };
    rows.retain(|row| category == "all" || row.text("_category") == category);
    let cap = knobs.quirk("page_cap").and_then(|cap| usize::try_from(cap.as_u64()?).ok()).unwrap_or(MOST);
    let number = |name| call.number(name).and_then(|number| usize::try_from(number).ok());
    let limit = number("limit").unwrap_or(USUAL).clamp(1, cap);
    let cursor = number("cursor").unwrap_or_default();
    let page: Vec<&Record> = rows.iter().skip(cursor).take(limit).copied().collect();
    if page.is_empty() {
        return answers::nothing();
    }
    let asked: Vec<&str> = call.param("field").map(|field| field.split(',').collect()).unwrap_or_default();
    let mut answer = Answer::ok(&grouped(&page, &asked, knobs));
    let next = cursor + page.len();
    if next < rows.len() {
        let link = format!("<{}?limit={limit}&cursor={next}>; rel=\"next\"", call.path);
        if let Ok(link) = HeaderValue::from_str(&link) {
            answer.headers.insert(LINK, link);
        }
    }
    answer
}

/// By category, company and site.
fn grouped(rows: &[&Record], asked: &[&str], knobs: &Knobs) -> Value {
    let lists = word(knobs, "lists");
    if lists.as_deref() == Some("bare") {
        let rows: Vec<Value> = rows.iter().map(|row| Value::Object(listed(row, asked))).collect();
        return json!({"endpoints": rows});
    }
    let mut categories: Map<String, Value> = Map::new();
    for row in rows {
        let endpoint = if lists.as_deref() == Some("thin") {
            json!({"endpointID": row.text("endpointID"), "endpointType": row.text("endpointType")})
        } else {
            Value::Object(listed(row, asked))
        };
        let category = row.text("_category").to_owned();
        let Value::Array(groups) = categories.entry(category).or_insert_with(|| json!([])) else { continue };
        let (company, site) = (row.text("clientID"), row.text("siteID"));
        let group = groups.iter().position(|group| group["companyID"] == company && group["siteID"] == site);
        let at = group.unwrap_or_else(|| {
            groups.push(json!({"companyID": company, "siteID": site, "endpoints": []}));
            groups.len() - 1
        });
        if let Some(endpoints) = groups[at]["endpoints"].as_array_mut() {
            endpoints.push(endpoint);
        }
    }
    Value::Object(categories)
}

/// The fields asked for, else the few that always come.
fn listed(row: &Record, asked: &[&str]) -> Map<String, Value> {
    let mut fields = object(
        json!({"endpointID": row.text("endpointID"), "clientID": row.text("clientID"), "siteID": row.text("siteID")}),
    );
    let wanted = if asked.is_empty() { MINIMAL } else { asked };
    let known = shown(row);
    let value = |name: &str| known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    fields.extend(wanted.iter().filter_map(|name| value(name)).map(|(name, value)| (name.clone(), value.clone())));
    // Network devices have their own fields one level down.
    if row.text("_category") == "network" {
        let own = fields.remove("networks").map(|networks| json!({"networks": networks}));
        fields.extend(own.map(|own| ("network".to_owned(), own)));
    }
    fields
}

/// `GET /v2/device/endpoints/heartbeat` and `/systemstate`.
pub(super) fn states(state: &State, call: &Call, knobs: &Knobs, show: fn(&Record) -> Value) -> Answer {
    let ids: Vec<String> = call.param("resources").unwrap_or_default().split(',').map(str::to_owned).collect();
    let Some(rows) = chosen(state, call.param("resourceType").unwrap_or_default(), &ids) else {
        return refusal(StatusCode::BAD_REQUEST, "bad request", "invalid input data");
    };
    if rows.is_empty() {
        return answers::nothing();
    }
    let names_company = knobs.quirk("state_company").is_some_and(|quirk| quirk == true);
    let mut groups: Vec<Value> = Vec::new();
    for row in rows {
        let company = row.text("clientID");
        let at = groups.iter().position(|group| group["_company"] == company).unwrap_or_else(|| {
            groups.push(json!({"_company": company, "endpoints": []}));
            groups.len() - 1
        });
        if let Some(endpoints) = groups[at]["endpoints"].as_array_mut() {
            endpoints.push(show(row));
        }
    }
    for group in &mut groups {
        let Some(fields) = group.as_object_mut() else { continue };
        let company = fields.remove("_company");
        if names_company {
            fields.extend(company.map(|company| ("companyID".to_owned(), company)));
        }
    }
    Answer::ok(&json!({"successfulRecords": groups}))
}

pub(super) fn heartbeat(row: &Record) -> Value {
    json!({"EndpointID": row.text("endpointID"), "Availability": row.flag("_online"), "DcDateTimeUTC": row.text("_seen")})
}

/// What the single device answers, too.
pub(super) fn state_of(row: &Record) -> Value {
    let mut state = json!({"createTimeUTC": row.text("_seen"), "name": "systemState", "type": "systemState",
        "endpointID": row.text("endpointID"), "clientID": row.text("clientID"), "siteID": row.text("siteID"),
        "startupStatus": {"lastBootUpTimeUTC": row.text("_booted")}, "loggedOnUsers": []});
    if !row.text("_user").is_empty() {
        state["lastLoggedOnUser"] = json!({"username": row.text("_user"), "logonTime": row.text("_booted"), "status": "Active", "isAdmin": false});
    }
    state
}

pub(super) fn system_state(state: &State, id: &str) -> Answer {
    state.devices.get(&id.to_owned()).map_or_else(answers::nothing, |row| Answer::ok(&state_of(row)))
}
