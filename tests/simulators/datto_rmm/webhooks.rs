//! Webhooks of monitors. Not in the API: a person pastes an address and a body with variables into the screens (list `webhooks`
//! of the control plane, with `url`, `body` and, for resolved alerts, `resolved_body`).
//!
//! Values are put in as they are, so a quote breaks the JSON. A call is not signed and not repeated. *Test* (`"test": true`)
//! sends the body with its variables.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::PLATFORM;
use super::contexts::message;
use super::state::State;
use super::wire::object;
use crate::records::{Record, Table};
use crate::vendor::Outgoing;

#[derive(Default)]
pub(super) struct Webhooks {
    pub(super) hooks: Table<String>,
    waiting: Vec<(String, String)>,
    sent: Vec<String>,
}

impl Webhooks {
    fn tell(&mut self, field: &str, fill: impl Fn(&str) -> String) {
        for (id, hook) in self.hooks.rows.iter().filter(|(_, hook)| !hook.deleted) {
            let body = hook.text(field);
            if !body.is_empty() {
                self.waiting.push((id.clone(), fill(body)));
            }
        }
    }

    /// A person presses *Test*.
    pub(super) fn test(&mut self, id: &str) {
        if let Some(hook) = self.hooks.get(&id.to_owned()) {
            self.waiting.push((id.to_owned(), hook.text("body").to_owned()));
        }
    }

    pub(super) fn deliveries(&mut self) -> Vec<Outgoing> {
        let mut calls = Vec::new();
        for (hook, body) in std::mem::take(&mut self.waiting) {
            let Some(url) = self.hooks.get(&hook).map(|hook| hook.text("url").to_owned()) else { continue };
            calls.push(Outgoing {
                id: self.sent.len() as u64,
                url,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.into_bytes(),
                // SIM CHOICE
                patience: Duration::from_secs(10),
            });
            self.sent.push(hook);
        }
        calls
    }

    /// SIM CHOICE: a failure is noted and nothing follows from it.
    pub(super) fn delivered(&mut self, id: u64, status: Option<u16>) {
        let hook = usize::try_from(id).ok().and_then(|index| self.sent.get(index)).cloned();
        if let Some(hook) = hook.and_then(|hook| self.hooks.get_mut(&hook)) {
            hook.fields.insert("last_status".to_owned(), status.into());
        }
    }
}

pub(super) fn raised(state: &mut State, alert: &str) {
    tell(state, alert, "body");
}

pub(super) fn resolved(state: &mut State, alert: &str) {
    tell(state, alert, "resolved_body");
}

fn tell(state: &mut State, alert: &str, field: &str) {
    let Some(row) = state.alerts.get(&alert.to_owned()).cloned() else { return };
    let numbers = (number_of(&state.devices, &row, "deviceUid"), number_of(&state.sites, &row, "siteUid"));
    state.webhooks.tell(field, |body| fill(body, &row, &numbers));
}

/// The numeric id beside the uid.
fn number_of(table: &Table<String>, alert: &Record, field: &str) -> String {
    let uid = alert.fields["alertSourceInfo"][field].as_str().unwrap_or_default().to_owned();
    table.get(&uid).and_then(|row| row.int("id")).map(|id| id.to_string()).unwrap_or_default()
}

fn fill(body: &str, alert: &Record, (device, site): &(String, String)) -> String {
    let source = |field: &str| alert.fields["alertSourceInfo"][field].as_str().unwrap_or_default().to_owned();
    let class = alert.fields["alertContext"]["@class"].as_str().unwrap_or_default();
    let values = [
        ("[alert_uid]", alert.text("alertUid").to_owned()),
        ("[alert_message]", message(&alert.fields["alertContext"])),
        ("[alert_category]", class.to_owned()),
        ("[device_hostname]", source("deviceName")),
        ("[device_id]", device.clone()),
        ("[site_id]", site.clone()),
        ("[sitename]", source("siteName")),
        ("[platform]", PLATFORM.to_owned()),
    ];
    values.iter().fold(body.to_owned(), |body, (variable, value)| body.replace(variable, value))
}

pub(super) fn defaults(id: &str) -> Map<String, Value> {
    object(json!({"id": id, "name": "Portal", "url": "", "body": "", "resolved_body": "", "last_status": null}))
}
