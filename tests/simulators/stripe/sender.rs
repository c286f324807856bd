//! Webhooks: each event to each endpoint that asked for it, signed anew at every try, for up to three days.

use std::time::Duration;

use hmac::{Hmac, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::Sha256;

use super::events::Event;
use super::flag;
use super::state::State;
use crate::knobs::Knobs;
use crate::vendor::Outgoing;

/// SIM CHOICE: the intervals are not published.
const RETRIES: &[i64] = &[60, 300, 1_800, 7_200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200];
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct Sender {
    waiting: Vec<Waiting>,
    sent: Vec<Waiting>,
}

#[derive(Clone)]
struct Waiting {
    endpoint: String,
    body: Value,
    thin: Value,
    due: Timestamp,
    tries: usize,
}

impl Sender {
    pub(super) fn queue(&mut self, endpoint: String, event: &Event, at: Timestamp) {
        self.waiting.push(Waiting { endpoint, body: event.shown(), thin: event.thin(), due: at, tries: 0 });
    }
}

pub(super) fn due(state: &mut State, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
    let number = |quirk: &str, usual: i64| knobs.quirk(quirk).and_then(|value| value.as_i64()).unwrap_or(usual);
    let (mut due, later): (Vec<_>, Vec<_>) =
        std::mem::take(&mut state.sender.waiting).into_iter().partition(|waiting| waiting.due <= now);
    state.sender.waiting = later;
    if flag(knobs, "webhook_reversed") {
        due.reverse();
    }
    let mut calls = Vec::new();
    for waiting in due {
        // What is deleted or switched off gets no more retries.
        let Some(endpoint) = state.webhook_endpoints.get(&waiting.endpoint) else { continue };
        let mut secrets = vec![endpoint.text("_secret"), endpoint.text("_former_secret")];
        secrets.retain(|secret| !secret.is_empty());
        if flag(knobs, "webhook_forged") {
            secrets = vec!["whsec_ofNobody"];
        }
        let mut content = if flag(knobs, "webhook_thin") { waiting.thin.clone() } else { waiting.body.clone() };
        if let Some(version) = knobs.quirk("webhook_version") {
            content["api_version"] = version;
        }
        // Indented, as Stripe writes it: read and written again it would be other bytes.
        let body = serde_json::to_vec_pretty(&content).unwrap_or_default();
        let stamp = now.as_second() + number("webhook_stamp_offset", 0);
        let header = signature(stamp, &secrets, &body);
        for _ in 0..number("webhook_times", 1) {
            calls.push(Outgoing {
                id: state.sender.sent.len() as u64,
                url: endpoint.text("url").to_owned(),
                headers: vec![
                    ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
                    ("stripe-signature".to_owned(), header.clone()),
                    ("user-agent".to_owned(), "Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned()),
                ],
                body: body.clone(),
                patience: PATIENCE,
            });
            state.sender.sent.push(waiting.clone());
        }
    }
    calls
}

/// One `v1` for each secret that is good; in a sandbox a `v0` that proves nothing.
fn signature(stamp: i64, secrets: &[&str], body: &[u8]) -> String {
    let mut header = format!("t={stamp}");
    for secret in secrets {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        let mac = mac.chain_update(format!("{stamp}.")).chain_update(body).finalize().into_bytes();
        header += &format!(",v1={}", hex::encode(mac));
    }
    header + ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
}

pub(super) fn answered(state: &mut State, id: u64, status: Option<u16>, now: Timestamp) {
    let sent = usize::try_from(id).ok().and_then(|index| state.sender.sent.get(index)).cloned();
    let Some(mut waiting) = sent else { return };
    if status.is_some_and(|status| (200..300).contains(&status)) {
        return;
    }
    if let Some(pause) = RETRIES.get(waiting.tries) {
        waiting.due = now.checked_add(SignedDuration::from_secs(*pause)).unwrap_or(now);
        waiting.tries += 1;
        state.sender.waiting.push(waiting);
    }
}
