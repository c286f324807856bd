//! Lists: pages from 0, clamped, with the address of the next one.

use serde_json::{Map, Value, json};

use super::state::View;
use super::{HOST, Target};
use crate::exchange::{Answer, Call};

/// Whose alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Account,
    Site(String),
    Device(String),
}

/// A list of alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alerts {
    pub(super) of: Of,
    pub(super) resolved: bool,
}

impl Alerts {
    pub(super) fn template(&self) -> String {
        let whose = match self.of {
            Of::Account => "account",
            Of::Site(_) => "site/{siteUid}",
            Of::Device(_) => "device/{deviceUid}",
        };
        format!("/api/v2/{whose}/alerts/{}", if self.resolved { "resolved" } else { "open" })
    }
}

/// The page asked for of these rows; only its rows are rendered.
pub(super) fn page<T>(
    view: &View<'_>,
    call: &Call,
    key: &str,
    rows: &[T],
    with_total: bool,
    show: impl Fn(&T) -> Map<String, Value>,
) -> Answer {
    let cap = view.page_cap();
    let asked = |name: &str| call.number(name).and_then(|number| usize::try_from(number).ok());
    let size = asked("max").filter(|size| *size > 0).unwrap_or(cap).min(cap);
    let number = asked("page").unwrap_or_default();
    let shown: Vec<Value> =
        rows.iter().skip(number.saturating_mul(size)).take(size).map(|row| Value::Object(show(row))).collect();
    let address = |number: usize| {
        let mut query = format!("max={size}&page={number}");
        if view.is_on("next_keeps_params") {
            let others = call.query.iter().filter(|(name, _)| name != "max" && name != "page");
            query.extend(others.map(|(name, value)| format!("&{name}={value}")));
        }
        format!("https://{HOST}{}?{query}", call.path)
    };
    let more = (number + 1).saturating_mul(size) < rows.len();
    let mut details = json!({"count": shown.len(), "totalCount": rows.len(),
        "prevPageUrl": (number > 0).then(|| address(number - 1)), "nextPageUrl": more.then(|| address(number + 1))});
    if let Some(details) = details.as_object_mut().filter(|_| !with_total) {
        details.remove("totalCount");
    }
    Answer::ok(&json!({"pageDetails": details, key: shown}))
}

/// What a list answers to someone who may see nothing of it.
pub(super) fn nothing(target: &Target) -> Answer {
    let key = target.record_type().unwrap_or_default();
    let details = json!({"count": 0, "totalCount": 0, "prevPageUrl": null, "nextPageUrl": null});
    Answer::ok(&json!({"pageDetails": details, key: []}))
}

/// LIKE with the value anywhere in the text.
pub(super) fn like(call: &Call, param: &str, text: &str) -> bool {
    call.param(param).is_none_or(|part| text.to_lowercase().contains(&part.to_lowercase()))
}
