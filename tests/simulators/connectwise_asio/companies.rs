//! `/company`: companies and sites, each list whole.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{State, shown};
use super::{object, refusal};
use crate::exchange::Answer;
use crate::records::Record;

pub(super) fn all(state: &State) -> Value {
    state.companies.live().map(|row| Value::Object(show(row))).collect()
}

pub(super) fn one(state: &State, id: &str) -> Answer {
    state.companies.get(&id.to_owned()).map_or_else(|| gone("company"), |row| Answer::ok(&Value::Object(show(row))))
}

/// All sites, or those of a company.
pub(super) fn sites(state: &State, company: Option<&str>) -> Value {
    let of = |row: &&Record| company.is_none_or(|company| of_company(row) == Some(company));
    state.sites.live().filter(of).map(|row| Value::Object(show(row))).collect()
}

/// The company of a site.
pub(super) fn of_company(site: &Record) -> Option<&str> {
    site.fields.get("company")?["id"].as_str()
}

pub(super) fn site(state: &State, id: &str) -> Answer {
    state.sites.get(&id.to_owned()).map_or_else(|| gone("site"), |row| Answer::ok(&Value::Object(show(row))))
}

fn gone(what: &str) -> Answer {
    refusal(StatusCode::NOT_FOUND, "not found", &format!("{what} does not exist"))
}

pub(super) fn show(row: &Record) -> Map<String, Value> {
    let mut fields = shown(row);
    fields.extend(object(json!({"createdDate": date(row.created), "updatedDate": date(row.changed)})));
    fields
}

/// To the second, in UTC.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
