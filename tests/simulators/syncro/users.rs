//! `/users`: technicians, as pairs of id and name, and one by one with their address. Nobody can be written.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::state::{View, shown};
use super::wire::{Reject, date, object};
use crate::exchange::Answer;
use crate::records::Record;

pub(super) fn list(view: &View<'_>) -> Answer {
    let users = view.state.users.live().filter(|row| !row.flag("_suspended"));
    let pairs: Vec<Value> = users.map(|row| json!([row.int("id"), row.fields.get("full_name")])).collect();
    Answer::ok(&json!({"users": pairs}))
}

pub(super) fn one(view: &View<'_>, id: i64) -> Result<Answer, Reject> {
    let row = view.state.users.get(&id).ok_or(Reject::NotFound)?;
    let hidden = view.knobs.quirk("suspended_user").is_some_and(|status| status == StatusCode::NOT_FOUND.as_u16());
    if row.flag("_suspended") && hidden {
        return Err(Reject::NotFound);
    }
    Ok(Answer::ok(&json!({"user": show(row)})))
}

/// As tickets and comments embed it, too.
pub(super) fn show(row: &Record) -> Map<String, Value> {
    let mut user = shown(row);
    user.extend(object(json!({"created_at": date(row.created), "updated_at": date(row.changed)})));
    user
}

/// What Syncro fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "email": null, "full_name": null, "group": "Technicians", "admin": false, "color": "55b932",
    }))
}
