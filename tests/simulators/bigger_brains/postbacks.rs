//! Postbacks: what is told, to whom, with which proof, and when it is sent again.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::settings::{AUTH_PASSWORD, AUTH_TYPE, AUTH_USER, URL};
use crate::knobs::Knobs;
use crate::records::Record;
use crate::vendor::Outgoing;

/// SIM CHOICE: how long an answer is waited for is not documented.
const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts at one postback, the first included.
const ATTEMPTS: u32 = 71;
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// Where it goes and with what proof.
#[derive(Clone)]
struct Receiver {
    url: String,
    basic: bool,
    user: String,
    password: String,
}

struct Postback {
    receiver: Receiver,
    body: String,
    attempts: u32,
    due: Timestamp,
    answers: Vec<Option<u16>>,
    under_way: bool,
}

/// All of them, by number.
#[derive(Default)]
pub(super) struct Postbacks {
    all: BTreeMap<u64, Postback>,
    numbers: u64,
}

impl Receiver {
    /// The registration's own, else the application's.
    fn of(row: &Record, settings: &BTreeMap<String, String>) -> Option<Self> {
        if let Some(own) = row.fields.get("_postBack") {
            let text = |field: &str| own[field].as_str().unwrap_or_default().to_owned();
            let basic = text("authType") == "HTTPBASIC";
            return Some(Self { url: text("url"), basic, user: text("userName"), password: text("password") });
        }
        let text = |id: &str| settings.get(id).cloned().unwrap_or_default();
        let url = settings.get(URL)?.clone();
        Some(Self { url, basic: text(AUTH_TYPE) == "httpbasic", user: text(AUTH_USER), password: text(AUTH_PASSWORD) })
    }

    /// Headers and body.
    fn request(&self, json: &str) -> (Vec<(String, String)>, Vec<u8>) {
        let header = |name: &str, value: String| (name.to_owned(), value);
        if self.basic {
            let pair = STANDARD.encode(format!("{}:{}", self.user, self.password));
            let headers = vec![
                header("content-type", "application/json; charset=UTF-8".to_owned()),
                header("authorization", format!("Basic {pair}")),
            ];
            return (headers, json.as_bytes().to_vec());
        }
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("data", json)
            .append_pair("userName", &self.user)
            .append_pair("password", &self.password)
            .finish();
        (vec![header("content-type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned())], form.into_bytes())
    }
}

impl Postbacks {
    pub(super) fn tell(
        &mut self,
        row: &Record,
        settings: &BTreeMap<String, String>,
        body: &Value,
        at: Timestamp,
        knobs: &Knobs,
    ) {
        let Some(mut receiver) = Receiver::of(row, settings) else { return };
        if let Some(password) = knobs.quirk("postback_password").as_ref().and_then(Value::as_str) {
            password.clone_into(&mut receiver.password);
        }
        let times = knobs.quirk("postback_times").and_then(|times| times.as_u64()).unwrap_or(1);
        for _ in 0..times {
            self.numbers += 1;
            let postback = Postback {
                receiver: receiver.clone(),
                body: body.to_string(),
                attempts: 0,
                due: at,
                answers: Vec::new(),
                under_way: false,
            };
            self.all.insert(self.numbers, postback);
        }
    }

    pub(super) fn due(&mut self, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        let waiting = self.all.iter_mut().filter(|(_, postback)| postback.waits() && postback.due <= now);
        let mut due: Vec<Outgoing> = waiting
            .map(|(id, postback)| {
                postback.under_way = true;
                let (headers, body) = postback.receiver.request(&postback.body);
                Outgoing { id: *id, url: postback.receiver.url.clone(), headers, body, patience: PATIENCE }
            })
            .collect();
        if knobs.quirk("postback_order") == Some(json!("reversed")) {
            due.reverse();
        }
        due
    }

    /// Anything but 4xx and 5xx is success, a redirect too; no answer is none.
    pub(super) fn answered(&mut self, id: u64, status: Option<u16>, now: Timestamp) {
        let Some(postback) = self.all.get_mut(&id).filter(|postback| postback.under_way) else { return };
        postback.under_way = false;
        postback.attempts += 1;
        postback.answers.push(status);
        let pause = SHORTEST * 2_i32.saturating_pow(postback.attempts.saturating_sub(1).min(12));
        postback.due = now + pause.min(LONGEST);
    }

    pub(super) fn dump(&self) -> Vec<Value> {
        let shown = |postback: &Postback| json!({"url": postback.receiver.url, "answers": postback.answers});
        self.all.values().map(shown).collect()
    }
}

impl Postback {
    fn waits(&self) -> bool {
        let succeeded = self.answers.last().is_some_and(|last| last.is_some_and(|status| status < 400));
        !self.under_way && !succeeded && self.attempts < ATTEMPTS
    }
}
