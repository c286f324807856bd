//! Webhook calls: what is told, how it is signed, when it is sent again, and when a webhook is switched off.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha1::Sha1;

use super::picklists;
use super::schema::{self, Entity, Kind};
use super::state::{Context, State};
use super::webhooks::{excluded_of, fields_of};
use super::wire::{date, object, pascal_case};
use crate::records::{Record, int};
use crate::vendor::Outgoing;

const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Attempts at one callout, the first included.
const ATTEMPTS: u32 = 5;
/// SIM CHOICE: attempts are counted, not callouts.
const FAILURES_UNTIL_OFF: u32 = 25;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
}

/// A webhook: its entity and id.
type Hook = (&'static str, i64);

struct Callout {
    sequence: i64,
    body: Vec<u8>,
    attempts: u32,
    due: Timestamp,
    /// Given out and not answered yet.
    under_way: Option<u64>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Callout>,
    sequence: i64,
    failures: u32,
}

/// Calls that wait, in order for each webhook.
#[derive(Default)]
pub(super) struct Callouts {
    lines: BTreeMap<Hook, Line>,
    /// Calls to deactivation URLs: sent once, not signed.
    farewells: Vec<(Hook, Timestamp)>,
    numbers: u64,
    given: BTreeMap<u64, Hook>,
}

impl Callouts {
    pub(super) fn forgive(&mut self, entity: &'static str, id: i64) {
        self.lines.entry((entity, id)).or_default().failures = 0;
    }
}

/// Queues what the subscriptions of an entity are told about a change.
pub(super) fn emit(
    state: &mut State,
    entity: &'static Entity,
    id: i64,
    action: Action,
    changed: &[String],
    context: &Context,
) {
    let Some(webhooks) = entity.webhooks().and_then(schema::entity) else { return };
    let (Some(fields), Some(excluded)) = (fields_of(webhooks.name), excluded_of(webhooks.name)) else { return };
    let subscribed = match action {
        Action::Create => "isSubscribedToCreateEvents",
        Action::Update => "isSubscribedToUpdateEvents",
        Action::Delete => "isSubscribedToDeleteEvents",
    };
    let Some(record) = state.table(entity).rows.get(&id).cloned() else { return };
    let mut told = Vec::new();
    for webhook in state.table(webhooks).live() {
        let Some(own) = webhook.int("id") else { continue };
        let on = webhook.flag("isActive") && webhook.flag("isReady") && webhook.flag(subscribed);
        let spared = state
            .table(excluded)
            .live()
            .any(|row| row.int("webhookID") == Some(own) && row.int("resourceID") == Some(context.by));
        if !on || spared {
            continue;
        }
        let watched: Vec<&Record> =
            state.table(fields).live().filter(|row| row.int("webhookID") == Some(own)).collect();
        let of = |row: &&&Record, flag: &str| row.flag(flag);
        let name = |row: &Record| {
            let number = row.int("fieldID");
            schema::webhook_fields(entity).find(|(id, _)| Some(*id) == number).map(|(_, field)| field)
        };
        let triggers = watched.iter().filter(|row| of(row, "isSubscribedField")).filter_map(|row| name(row));
        let touched: Vec<_> = triggers.filter(|field| changed.iter().any(|changed| changed == field.name)).collect();
        if action == Action::Update && touched.is_empty() {
            continue;
        }
        let shown = watched.iter().filter(|row| of(row, "isDisplayAlwaysField")).filter_map(|row| name(row));
        let mut values = Map::new();
        if action != Action::Delete {
            for field in touched.into_iter().chain(shown) {
                values.insert(pascal_case(field.name), text(entity, field, &record));
            }
        }
        told.push((own, webhook.text("webhookGUID").to_owned(), values));
    }
    for (own, guid, values) in told {
        let line = state.callouts.lines.entry((webhooks.name, own)).or_default();
        line.sequence += 1;
        let kind = if entity.name == "Companies" { "Account" } else { entity.singular };
        let body = json!({
            "Action": format!("{action:?}"), "Guid": guid, "EntityType": kind, "Id": id, "Fields": values,
            "EventTime": Offset::UTC.to_datetime(context.at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "SequenceNumber": line.sequence, "PersonID": context.by,
        });
        let callout = Callout {
            sequence: line.sequence,
            body: escaped(&body).into_bytes(),
            attempts: 0,
            due: context.at,
            under_way: None,
        };
        line.waiting.push_back(callout);
    }
}

/// Values come as text, list values by their label (SIM CHOICE; ids are seen, too).
fn text(entity: &Entity, field: &schema::Field, record: &Record) -> Value {
    let value = record.fields.get(field.name).unwrap_or(&Value::Null);
    let label = (field.kind == Kind::Picklist).then(|| int(value)).flatten();
    if let Some(label) = label.and_then(|value| picklists::label(entity, field, value)) {
        return label.into();
    }
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}

/// The sender writes more letters as `\uXXXX` than JSON asks for.
fn escaped(body: &Value) -> String {
    let plain = body.to_string();
    let mut text = String::with_capacity(plain.len());
    let mut letters = plain.chars().peekable();
    let push = |text: &mut String, letter: char| {
        let mut units = [0; 2];
        for unit in letter.encode_utf16(&mut units) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut text, '"');
            }
            '\\' => {
                text.push('\\');
                text.extend(letters.next());
            }
            '&' | '<' | '>' | '\'' | '`' | '+' => push(&mut text, letter),
            other if !other.is_ascii() => push(&mut text, other),
            other => text.push(other),
        }
    }
    text
}

fn signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha1={}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The first waiting call of each webhook, if it is due and none is under way.
pub(super) fn due(state: &mut State, now: Timestamp) -> Vec<Outgoing> {
    let mut outgoing = Vec::new();
    let hooks: Vec<Hook> = state.callouts.lines.keys().copied().collect();
    for hook in hooks {
        let webhook = schema::entity(hook.0).and_then(|entity| state.table(entity).get(&hook.1)).cloned();
        let Some(line) = state.callouts.lines.get_mut(&hook) else { continue };
        let Some(webhook) = webhook.filter(|webhook| webhook.flag("isActive")) else {
            line.waiting.clear();
            continue;
        };
        let Some(first) = line.waiting.front_mut().filter(|call| call.under_way.is_none() && call.due <= now) else {
            continue;
        };
        state.callouts.numbers += 1;
        let id = state.callouts.numbers;
        first.under_way = Some(id);
        state.callouts.given.insert(id, hook);
        outgoing.push(Outgoing {
            id,
            url: webhook.text("webhookUrl").to_owned(),
            headers: vec![
                ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
                ("x-hook-signature".to_owned(), signature(webhook.text("secretKey"), &first.body)),
            ],
            body: first.body.clone(),
            patience: PATIENCE,
        });
    }
    for (hook, at) in std::mem::take(&mut state.callouts.farewells) {
        let webhook = schema::entity(hook.0).and_then(|entity| state.table(entity).get(&hook.1)).cloned();
        let Some(webhook) = webhook else { continue };
        state.callouts.numbers += 1;
        // SIM CHOICE: nothing is known of this call but that it is not signed in a way one could rely on.
        let body = json!({"Action": "Deactivated", "Guid": webhook.text("webhookGUID"), "EventTime": date(at)});
        outgoing.push(Outgoing {
            id: state.callouts.numbers,
            url: webhook.text("deactivationUrl").to_owned(),
            headers: vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())],
            body: body.to_string().into_bytes(),
            patience: PATIENCE,
        });
    }
    outgoing
}

/// What came of a call.
pub(super) fn answered(state: &mut State, id: u64, status: Option<u16>, now: Timestamp) {
    let Some(hook) = state.callouts.given.remove(&id) else { return };
    let Some(line) = state.callouts.lines.get_mut(&hook) else { return };
    let Some(call) = line.waiting.front_mut().filter(|call| call.under_way == Some(id)) else { return };
    if status.is_some_and(|status| (200..300).contains(&status)) {
        line.failures = 0;
        line.waiting.pop_front();
        return;
    }
    call.under_way = None;
    call.attempts += 1;
    call.due = now + PAUSE;
    line.failures += 1;
    let off = line.failures >= FAILURES_UNTIL_OFF;
    let dropped = if call.attempts >= ATTEMPTS { line.waiting.pop_front() } else { None };
    if let Some(call) = dropped {
        log(state, hook, &call, status, now);
    }
    if off {
        switch_off(state, hook, now);
    }
}

fn log(state: &mut State, hook: Hook, call: &Callout, status: Option<u16>, now: Timestamp) {
    let Some(logs) = schema::entity("WebhookEventErrorLogs") else { return };
    let id = state.new_id(logs);
    let of = |entity: &str| if hook.0 == entity { json!(hook.1) } else { Value::Null };
    let why =
        status.map_or_else(|| "The operation has timed out.".to_owned(), |status| format!("HTTP status {status}."));
    let fields = object(json!({
        "id": id, "accountWebhookID": of("CompanyWebhooks"), "contactWebhookID": of("ContactWebhooks"),
        "createDateTime": date(now), "errorMessage": why, "payload": String::from_utf8_lossy(&call.body),
        "sequenceNumber": call.sequence,
    }));
    state.insert(logs, id, Record::new(now, now, fields));
}

/// It is not switched on again by itself.
fn switch_off(state: &mut State, hook: Hook, now: Timestamp) {
    let Some(entity) = schema::entity(hook.0) else { return };
    if let Some(webhook) = state.table_mut(entity).get_mut(&hook.1) {
        webhook.fields.insert("isActive".to_owned(), false.into());
    }
    state.callouts.farewells.push((hook, now));
}
