//! `/system/callbacks`: registration, and the calls that the server makes.
//!
//! A call is tried again only after 404, 409, 419 and 429: two seconds later, and four seconds after that. A callback
//! that has failed for three days on end is switched off.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::wire::{Problem, Reject, date, id_of, object};
use super::{COMPANY, HOST};
use crate::records::{Record, Table};
use crate::vendor::Outgoing;

/// Pauses before the second and the third try.
const PAUSES: [i64; 2] = [2, 4];
const PATIENCE: Duration = Duration::from_secs(5);
const DISABLED_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// Levels of each type.
const LEVELS: &[(&str, &[&str])] = &[
    ("ticket", &["owner", "board", "project", "phase", "status", "ticket", "integratortag"]),
    ("company", &["owner", "status", "type", "territory", "company", "integratortag"]),
    ("contact", &["owner", "type", "territory", "company", "contact"]),
    ("member", &["owner", "location", "securityrole", "member"]),
];

#[derive(Default)]
pub(super) struct Callbacks {
    pub(super) table: Table<i64>,
    failing_since: BTreeMap<i64, Timestamp>,
    waiting: Vec<Waiting>,
    out: BTreeMap<u64, Waiting>,
    sent: u64,
    events: u64,
}

/// A call that is not answered yet.
#[derive(Clone)]
struct Waiting {
    callback: i64,
    due: Timestamp,
    tries: usize,
    url: String,
    body: String,
    key_id: String,
}

/// A change, for those who want to hear of it.
pub(super) struct Change<'a> {
    pub(super) action: &'static str,
    pub(super) kind: &'static str,
    pub(super) id: i64,
    /// As the server shows it; `None`: it was deleted.
    pub(super) entity: Option<Map<String, Value>>,
    pub(super) by: &'a str,
    /// Changed by the member who made the callbacks.
    pub(super) by_us: bool,
    pub(super) at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    message_id: String,
    from_url: &'a str,
    company_id: &'a str,
    member_id: &'a str,
    action: &'a str,
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(rename = "ID")]
    id: i64,
    product_instance_id: Option<&'a str>,
    partner_id: Option<&'a str>,
    /// JSON in text.
    entity: Option<String>,
    metadata: Metadata,
    callback_object_rec_id: i64,
}

#[derive(Serialize)]
struct Metadata {
    key_url: String,
}

impl Callbacks {
    pub(super) fn create(
        &mut self,
        fields: Map<String, Value>,
        by: &str,
        member: i64,
        at: Timestamp,
    ) -> Result<i64, Reject> {
        let mut row = Record::new(at, at, Map::new());
        row.merge(object(json!({"description": "", "inactiveFlag": false, "isSoapCallbackFlag": false,
            "isSelfSuppressedFlag": false, "payloadVersion": "3.0.0"})));
        row.merge(fields);
        // Whatever is sent, the level "owner" has the object 1.
        if row.text("level").eq_ignore_ascii_case("owner") {
            row.fields.insert("objectId".to_owned(), 1.into());
        }
        self.check(&row, None)?;
        let id = self.table.rows.last_key_value().map_or(26_551, |(id, _)| *id) + 1;
        row.merge(object(json!({"id": id, "memberId": member, "_updatedBy": by,
            "connectWiseID": format!("5a6f7d74-a45f-4111-aa6d-{id:012x}")})));
        self.table.rows.insert(id, row);
        Ok(id)
    }

    pub(super) fn patch(&mut self, id: i64, changed: Map<String, Value>, at: Timestamp) -> Result<(), Reject> {
        let not_found = || Reject::NotFound("CallbackEntry", id.to_string());
        let mut row = self.table.get(&id).ok_or_else(not_found)?.clone();
        row.merge(changed);
        self.check(&row, Some(id))?;
        row.touch(at);
        if !row.flag("inactiveFlag") {
            self.failing_since.remove(&id);
        }
        self.table.rows.insert(id, row);
        Ok(())
    }

    fn check(&self, row: &Record, own: Option<i64>) -> Result<(), Reject> {
        let mut problems = Vec::new();
        let mut problem = |code, message: &str, field: &str| {
            problems.push(Problem { code, message: message.to_owned(), field: field.to_owned() });
        };
        if !row.text("url").starts_with("https://") && !row.text("url").starts_with("http://127.0.0.1") {
            problem("InvalidField", "Invalid URL", "url");
        }
        let levels = LEVELS.iter().find(|(kind, _)| row.text("type").eq_ignore_ascii_case(kind));
        let known =
            levels.is_some_and(|(_, levels)| levels.iter().any(|level| row.text("level").eq_ignore_ascii_case(level)));
        if !known {
            let message = "Unrecognized level for type, see documentation for supported levels for each type";
            problem("InvalidObject", message, "level");
        }
        let same = |other: &Record| {
            ["type", "level", "url"].iter().all(|field| other.text(field).eq_ignore_ascii_case(row.text(field)))
                && other.int("objectId") == row.int("objectId")
        };
        if self.table.live().any(|other| other.int("id") != own && same(other)) {
            problem("ObjectExists", "A matching callback entry already exists", "objectId");
        }
        if problems.is_empty() { Ok(()) } else { Err(Reject::Invalid("callbackEntry", problems)) }
    }

    /// Queues a change for every callback that is on and asks for it.
    pub(super) fn tell(&mut self, change: &Change<'_>) {
        let listening: Vec<(i64, String)> = self
            .table
            .live()
            .filter(|row| !row.flag("inactiveFlag"))
            .filter(|row| !change.by_us || !row.flag("isSelfSuppressedFlag"))
            .filter(|row| row.text("type").eq_ignore_ascii_case(change.kind) && concerns(row, change))
            .filter_map(|row| Some((row.int("id")?, row.text("url").to_owned())))
            .collect();
        for (callback, url) in listening {
            self.events += 1;
            let key_id = format!("e17e6674-42f6-4105-9cff-{callback:012x}");
            let event = Event {
                message_id: format!("6dd82302-5e46-47c0-8c84-{:012x}", self.events),
                from_url: HOST,
                company_id: COMPANY,
                member_id: change.by,
                action: change.action,
                kind: change.kind,
                id: change.id,
                product_instance_id: None,
                partner_id: None,
                entity: change.entity.as_ref().map(|entity| reduced(entity).to_string()),
                metadata: Metadata {
                    key_url: format!(
                        "https://{HOST}/v2025_1//system/callbackkey/index.rails?companyName={COMPANY}&id={key_id}"
                    ),
                },
                callback_object_rec_id: callback,
            };
            // SIM CHOICE: the names of what is appended differ between the sources.
            let url = format!("{url}{}&action={}", change.id, change.action);
            let body = serde_json::to_string(&event).unwrap_or_default();
            self.waiting.push(Waiting { callback, due: change.at, tries: 0, url, body, key_id });
        }
    }

    /// Calls that are due; each is given out once.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Outgoing> {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().partition(|w| w.due <= now);
        self.waiting = later;
        due.into_iter().map(|waiting| self.give_out(waiting)).collect()
    }

    fn give_out(&mut self, waiting: Waiting) -> Outgoing {
        self.sent += 1;
        let outgoing = Outgoing {
            id: self.sent,
            url: waiting.url.clone(),
            headers: vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-content-signature".to_owned(), signature(&signing_key(&waiting.key_id), waiting.body.as_bytes())),
            ],
            body: waiting.body.clone().into_bytes(),
            patience: PATIENCE,
        };
        self.out.insert(self.sent, waiting);
        outgoing
    }

    /// What came of a call.
    pub(super) fn answered(&mut self, id: u64, status: Option<u16>, now: Timestamp) {
        let Some(mut waiting) = self.out.remove(&id) else { return };
        if status.is_some_and(|status| (200..300).contains(&status)) {
            self.failing_since.remove(&waiting.callback);
            return;
        }
        if matches!(status, Some(404 | 409 | 419 | 429))
            && let Some(pause) = PAUSES.get(waiting.tries)
        {
            waiting.tries += 1;
            waiting.due = now.checked_add(SignedDuration::from_secs(*pause)).unwrap_or(now);
            self.waiting.push(waiting);
            return;
        }
        let since = *self.failing_since.entry(waiting.callback).or_insert(now);
        let callback = self.table.rows.get_mut(&waiting.callback);
        if now.duration_since(since) >= DISABLED_AFTER
            && let Some(callback) = callback
        {
            callback.fields.insert("inactiveFlag".to_owned(), true.into());
            callback.touch(now);
        }
    }
}

/// Whether a callback's level takes in the record.
fn concerns(row: &Record, change: &Change<'_>) -> bool {
    let (level, object) = (row.text("level").to_ascii_lowercase(), row.int("objectId"));
    if level == "owner" {
        return true;
    }
    if level == change.kind {
        return object == Some(change.id);
    }
    change.entity.as_ref().is_some_and(|entity| id_of(entity.get(&level)).is_some_and(|id| object == Some(id)))
}

/// What an event shows of its record.
fn reduced(entity: &Map<String, Value>) -> Value {
    let kept =
        entity.iter().filter(|(name, _)| !matches!(name.as_str(), "communicationItems" | "types" | "customFields"));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// The answer at the address of a key.
pub(super) fn served_key(key_id: &str) -> Value {
    json!({"signing_key": signing_key(key_id)})
}

fn signing_key(key_id: &str) -> String {
    format!("signing-key-of-{key_id}")
}

/// The digest of the key is the key (the Developer Guide's sample).
fn signature(signing_key: &str, body: &[u8]) -> String {
    let key = Sha256::digest(signing_key.as_bytes());
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).map(|mac| mac.chain_update(body).finalize().into_bytes());
    mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default()
}

/// As the API shows a callback.
pub(super) fn show(row: &Record) -> Map<String, Value> {
    let own = |name: &str| name.starts_with('_');
    let fields = row.fields.iter().filter(|(name, _)| !own(name));
    let mut shown: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    shown.insert("_info".to_owned(), json!({"lastUpdated": date(row.changed), "updatedBy": row.text("_updatedBy")}));
    shown
}
