//! The application's settings, as far as postbacks are concerned.

use serde_json::{Map, Value, json};

use super::state::State;
use super::wire::Reject;
use crate::knobs::Knobs;

pub(super) const URL: &str = "ApiRollupRegistrationPostBackUrl";
pub(super) const AUTH_TYPE: &str = "ApiRollupRegistrationAuthType";
pub(super) const AUTH_USER: &str = "ApiRollupRegistrationAuthUser";
pub(super) const AUTH_PASSWORD: &str = "ApiRollupRegistrationAuthPassword";
const FORMAT: &str = "ApiRollupRegistrationFormat";

/// Id and default.
const KNOWN: &[(&str, &str)] =
    &[(URL, ""), (AUTH_TYPE, "form"), (AUTH_USER, ""), (AUTH_PASSWORD, ""), (FORMAT, "course")];

pub(super) fn list(state: &State, knobs: &Knobs) -> Value {
    let shows_password = knobs.quirk("shows_password") == Some(json!(true));
    let items = KNOWN.iter().filter(|(id, _)| *id != AUTH_PASSWORD || shows_password).map(|(id, default)| {
        let explicit = state.settings.get(*id);
        let source = if explicit.is_some() { "application" } else { "default" };
        let mut item = json!({
            "id": id,
            "effectiveValue": explicit.map_or(*default, String::as_str),
            "effectiveValueSource": source,
        });
        if let Some(explicit) = explicit {
            item["explicitValue"] = explicit.as_str().into();
        }
        item
    });
    json!({ "settingItems": items.collect::<Vec<_>>() })
}

pub(super) fn set(state: &mut State, body: &Map<String, Value>) -> Result<(), Reject> {
    let settings = body.get("settings").and_then(Value::as_array);
    let settings = settings.ok_or_else(|| Reject::Invalid("settings is missing".to_owned()))?;
    let mut wanted = Vec::new();
    for setting in settings {
        let id = setting["settingId"].as_str().unwrap_or_default();
        let value = setting["value"].as_str().ok_or_else(|| Reject::Invalid(format!("{id} has no value")))?;
        if !KNOWN.iter().any(|(known, _)| *known == id) {
            return Err(Reject::Invalid(format!("{id} is not a setting")));
        }
        if id == AUTH_TYPE && !matches!(value, "" | "form" | "httpbasic") {
            return Err(Reject::Invalid(format!("{value} is not a value of {id}")));
        }
        wanted.push((id.to_owned(), value.to_owned()));
    }
    for (id, value) in wanted {
        // SIM CHOICE: there is no call that clears a setting; an empty value does.
        if value.is_empty() {
            state.settings.remove(&id);
        } else {
            state.settings.insert(id, value);
        }
    }
    Ok(())
}
