//! Outgoing webhooks: rows of `/Webhook` with their events in `/Notification`, and the log of `/WebhookEvent`.
//!
//! Only tickets have events here. Nothing is signed; Basic authentication is all there is. Halo repeats nothing by itself:
//! a person may send again from the log (a change of list `webhook_events` with `resend`), and a webhook that failed
//! `auto_disable_attempts` times in a row is switched off.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::lists::{take, take_all};
use super::state::State;
use super::tickets::is_closed;
use super::wire::object;
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::records::Record;
use crate::vendor::Outgoing;

/// An event: its number in `/Notification` and the phrase in a delivery.
#[derive(Clone, Copy)]
pub(super) struct Event(i64, &'static str);

pub(super) const CREATED: Event = Event(3, "new ticket logged");
pub(super) const UPDATED_BY_USER: Event = Event(19, "ticket updated by user");
const CLOSED: Event = Event(39, "closed");
const STATUS_CHANGED: Event = Event(76, "ticket status changed");
/// SIM CHOICE: the event exists, its number is not documented.
const REASSIGNED: Event = Event(23, "ticket reassigned");
pub(super) const DELETED: Event = Event(1_072, "ticket deleted");

const SMALL: &[&str] = &[
    "id",
    "summary",
    "status_id",
    "tickettype_id",
    "client_id",
    "team_id",
    "agent_id",
    "customfields",
    "hasbeenclosed",
];
/// SIM CHOICE: what `payload_type` stands for is in the screens only.
const FULL_OBJECT: i64 = 1;
const EVENT_ONLY: i64 = 2;
/// SIM CHOICE: of `batch_method` only that there is batching is known.
const BATCHED: i64 = 1;
/// Seconds for which a batch collects, as the field's default.
const BATCH_DELAY: i64 = 30;

/// What waits to be sent and what was sent.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Vec<Waiting>,
    /// Sent ones by their number.
    log: Vec<Sent>,
    events: u64,
}

struct Waiting {
    webhook: String,
    at: Timestamp,
    event: Value,
}

struct Sent {
    webhook: String,
    at: Timestamp,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    /// `Some(None)`: no answer came.
    answer: Option<Option<u16>>,
    again: bool,
}

/// Tells every active webhook that has the event.
pub(super) fn tell(state: &mut State, event: Event, ticket: i64, at: Timestamp) {
    let Some(row) = state.tickets.rows.get(&ticket) else { return };
    let Event(number, phrase) = event;
    let subscribed: Vec<(String, Value)> = state
        .reference
        .rows("Webhook")
        .iter()
        .filter(|webhook| is_on(webhook) && has_event(state, webhook, number))
        .filter_map(|webhook| Some((webhook["id"].as_str()?.to_owned(), payload(webhook, phrase, ticket, row, at))))
        .collect();
    for (webhook, mut event) in subscribed {
        state.webhooks.events += 1;
        event["id"] = format!("8e25bc7b-e07e-4102-9398-{:012x}", state.webhooks.events).into();
        state.webhooks.waiting.push(Waiting { webhook, at, event });
    }
}

/// Tells what became of a ticket that was like `before`.
pub(super) fn changed(state: &mut State, before: &Record, ticket: i64, at: Timestamp) {
    let Some(row) = state.tickets.rows.get(&ticket) else { return };
    let (status, agent) = (row.int("status_id"), row.int("agent_id"));
    let closes = is_closed(row) && !is_closed(before);
    if status != before.int("status_id") {
        tell(state, STATUS_CHANGED, ticket, at);
    }
    if closes {
        tell(state, CLOSED, ticket, at);
    }
    if agent != before.int("agent_id") {
        tell(state, REASSIGNED, ticket, at);
    }
}

fn is_on(webhook: &Value) -> bool {
    webhook["active"] != json!(false) && webhook["disabled"] != json!(true)
}

/// Events are rows of their own, or come with the webhook.
fn has_event(state: &State, webhook: &Value, number: i64) -> bool {
    let is =
        |event: &Value| event["eventno"].as_i64().or_else(|| event["eventno"].as_str()?.parse().ok()) == Some(number);
    let own = webhook["events"].as_array().into_iter().flatten();
    let rows = state.reference.rows("Notification").iter().filter(|row| row["webhook_id"] == webhook["id"]);
    own.chain(rows).any(is)
}

fn payload(webhook: &Value, phrase: &str, ticket: i64, row: &Record, at: Timestamp) -> Value {
    let utc = Offset::UTC.to_datetime(at);
    let seconds = utc.strftime("%Y-%m-%dT%H:%M:%S");
    let mut payload = json!({
        "webhook_id": webhook["id"], "notification_id": 41, "event": phrase,
        "escmsg_id": format!("a726ee11-acb8-4111-8260-{ticket:012x}"),
        "message": format!("{phrase} for Ticket ID: {ticket:07}."), "object_id": ticket, "agent_id": row.int("agent_id"),
        "timestamp": format!("{seconds}.{:07}Z", utc.subsec_nanosecond() / 100),
    });
    match webhook["payload_type"].as_i64() {
        Some(EVENT_ONLY) => {}
        Some(FULL_OBJECT) => payload["ticket"] = Value::Object(take_all(row)),
        _ => payload["ticket"] = Value::Object(take(row, SMALL)),
    }
    payload
}

/// What is due: single events at once, batches when they are old or large enough, and what a person sends again.
pub(super) fn deliveries(state: &mut State, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
    let underscores = knobs.quirk("webhook_event").is_some_and(|value| value == "underscores");
    let webhooks: Vec<Value> = state.reference.rows("Webhook").to_vec();
    let outbox = &mut state.webhooks;
    let resent: Vec<Sent> =
        outbox.log.iter_mut().filter_map(|sent| std::mem::take(&mut sent.again).then(|| sent.copied())).collect();
    let first = outbox.log.len();
    for webhook in webhooks.iter().filter(|webhook| is_on(webhook)) {
        let id = webhook["id"].as_str().unwrap_or_default();
        let of_this = |waiting: &Waiting| waiting.webhook == id;
        let number = |field: &str| webhook[field].as_i64().filter(|number| *number > 0);
        let batched = webhook["batch_method"].as_i64() == Some(BATCHED);
        let delay = SignedDuration::from_secs(number("batch_delay_seconds").unwrap_or(BATCH_DELAY));
        let count = i64::try_from(outbox.waiting.iter().filter(|waiting| of_this(waiting)).count()).unwrap_or(i64::MAX);
        let full = number("batch_limit").is_some_and(|limit| count >= limit);
        let old = outbox
            .waiting
            .iter()
            .find(|waiting| of_this(waiting))
            .is_some_and(|one| now.duration_since(one.at) >= delay);
        if batched && !full && !old {
            continue;
        }
        let (due, rest) = std::mem::take(&mut outbox.waiting).into_iter().partition(of_this);
        outbox.waiting = rest;
        let events: Vec<Value> =
            Vec::into_iter(due).map(|waiting: Waiting| spoken(waiting.event, underscores)).collect();
        let bodies = match (batched, events) {
            (_, events) if events.is_empty() => Vec::new(),
            (true, events) => vec![Value::Array(events)],
            (false, events) => events,
        };
        outbox.log.extend(bodies.into_iter().map(|body| Sent::new(webhook, now, body.to_string())));
    }
    outbox.log.extend(resent);
    let calls = outbox.log.iter().enumerate().skip(first);
    calls.map(|(number, sent)| sent.call(number as u64)).collect()
}

/// Phrases come with blanks; some clients have seen `_`.
fn spoken(mut event: Value, underscores: bool) -> Value {
    if underscores && let Some(phrase) = event["event"].as_str() {
        event["event"] = phrase.replace(' ', "_").into();
    }
    event
}

/// What came of a call: the log says so, and so many failures in a row switch the webhook off.
pub(super) fn delivered(state: &mut State, id: u64, status: Option<u16>) {
    let Some(sent) = usize::try_from(id).ok().and_then(|id| state.webhooks.log.get_mut(id)) else { return };
    sent.answer = Some(status);
    let webhook = sent.webhook.clone();
    let failed = |answer: Option<u16>| !answer.is_some_and(|status| (200..300).contains(&status));
    let answers = state.webhooks.log.iter().rev().filter(|sent| sent.webhook == webhook).filter_map(|sent| sent.answer);
    let failures = i64::try_from(answers.take_while(|answer| failed(*answer)).count()).unwrap_or(i64::MAX);
    let rows = state.reference.rows_mut("Webhook").into_iter().flatten();
    for row in rows.filter(|row| row["id"] == webhook.as_str()) {
        row["last_status"] = status.into();
        if row["auto_disable_attempts"].as_i64().is_some_and(|limit| limit > 0 && failures >= limit) {
            row["disabled"] = true.into();
        }
    }
}

/// A person sends an entry of the log again.
pub(super) fn resend(state: &mut State, id: &str) -> Option<Value> {
    let index = state.webhooks.log.iter().enumerate().position(|(index, _)| log_id(index) == id)?;
    let sent = state.webhooks.log.get_mut(index)?;
    sent.again = true;
    Some(sent.logged(index))
}

/// `GET /WebhookEvent`: the log, newest first. SIM CHOICE: the key of the rows.
pub(super) fn log(state: &State, call: &Call) -> Answer {
    let asked = call.param("webhook_id");
    let all = state.webhooks.log.iter().enumerate().rev();
    let mine = all.filter(|(_, sent)| asked.is_none_or(|id| sent.webhook == id));
    let mut rows: Vec<Value> = mine.map(|(index, sent)| sent.logged(index)).collect();
    let count = rows.len();
    if call.flag("pageinate").unwrap_or_default() {
        let number = |name: &str, usual: usize| {
            call.number(name).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(usual)
        };
        let size = number("page_size", 50);
        rows = rows.into_iter().skip((number("page_no", 1) - 1) * size).take(size).collect();
    }
    Answer::ok(&json!({"record_count": count, "events": rows}))
}

/// All that was sent, for the dump.
pub(super) fn dump(state: &State) -> Vec<Value> {
    state.webhooks.log.iter().enumerate().map(|(index, sent)| sent.logged(index)).collect()
}

fn log_id(index: usize) -> String {
    format!("f1b80996-724c-4811-892e-{index:012x}")
}

impl Sent {
    fn new(webhook: &Value, at: Timestamp, body: String) -> Self {
        let text = |field: &str| webhook[field].as_str().unwrap_or_default().to_owned();
        let content_type = Some(text("content_type")).filter(|own| !own.is_empty());
        let mut headers =
            vec![("content-type".to_owned(), content_type.unwrap_or_else(|| "application/json".to_owned()))];
        if webhook["authentication_type"] == 1 {
            let pair = STANDARD.encode(format!("{}:{}", text("basic_username"), text("basic_password")));
            headers.push(("authorization".to_owned(), format!("Basic {pair}")));
        }
        Self { webhook: text("id"), at, url: text("url"), headers, body, answer: None, again: false }
    }

    fn copied(&self) -> Self {
        let (webhook, url, headers, body) =
            (self.webhook.clone(), self.url.clone(), self.headers.clone(), self.body.clone());
        Self { webhook, at: self.at, url, headers, body, answer: None, again: false }
    }

    fn call(&self, id: u64) -> Outgoing {
        // SIM CHOICE: how long Halo waits is not documented.
        let patience = Duration::from_secs(30);
        Outgoing {
            id,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone().into_bytes(),
            patience,
        }
    }

    fn logged(&self, index: usize) -> Value {
        let answered = self.answer.flatten();
        let mut row: Map<String, Value> = object(json!({
            "id": log_id(index), "webhook_id": self.webhook, "timestamp": self.at, "requestbody": self.body,
            "responsestatus": answered.map(|status| status.to_string()),
        }));
        row.retain(|_, value| !value.is_null());
        Value::Object(row)
    }
}
