//! The account's data, and how an answer shows it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::webhooks::Webhooks;
use super::wire::{MOMENTS, moment};
use crate::knobs::Knobs;
use crate::records::{Record, Table};

#[derive(Default)]
pub(super) struct State {
    pub(super) account: Map<String, Value>,
    pub(super) sites: Table<String>,
    pub(super) devices: Table<String>,
    pub(super) alerts: Table<String>,
    pub(super) webhooks: Webhooks,
}

/// State as one answer shows it.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) at: Timestamp,
    pub(super) knobs: &'a Knobs,
}

impl State {
    pub(super) fn view<'a>(&'a self, at: Timestamp, knobs: &'a Knobs) -> View<'a> {
        View { state: self, at, knobs }
    }

    /// The number that stands beside the uids of sites and devices.
    pub(super) fn next_number(table: &Table<String>, first: i64) -> i64 {
        table.rows.values().filter_map(|row| row.int("id")).max().map_or(first, |id| id + 1)
    }

    pub(super) fn account_shown(&self) -> Value {
        let online = self.devices.live().filter(|row| row.flag("online")).count();
        let all = self.devices.live().count();
        let mut shown = self.account.clone();
        let status = json!({"numberOfDevices": all, "numberOfOnlineDevices": online,
            "numberOfOfflineDevices": all - online, "numberOfOnDemandDevices": 0, "numberOfManagedDevices": all});
        shown.insert("devicesStatus".to_owned(), status);
        Value::Object(shown)
    }

    pub(super) fn request_rate(&self) -> Value {
        let write = |limit: u32| json!({"limit": limit, "count": 0});
        json!({"slidingTimeWindowSizeSeconds": 60, "accountUid": self.account.get("uid"), "accountCount": 37,
            "accountRateLimit": 600, "accountCutOffRatio": 0.9, "accountWriteRateLimit": 600, "accountWriteCount": 0,
            "operationWriteStatus": {"site-create": write(100), "site-update": write(100), "alert-resolve": write(100),
                "device-move": write(100), "device-udf-set": write(600)}})
    }
}

impl View<'_> {
    pub(super) fn page_cap(&self) -> usize {
        let asked = self.knobs.quirk("page_cap").and_then(|cap| cap.as_u64());
        asked.and_then(|cap| usize::try_from(cap).ok()).unwrap_or(250).max(1)
    }

    pub(super) fn is_on(&self, quirk: &str) -> bool {
        self.knobs.quirk(quirk) == Some(Value::Bool(true))
    }

    /// The fields that Datto RMM shows, with moments as it writes them; not the simulator's own.
    pub(super) fn shown(&self, row: &Record) -> Map<String, Value> {
        let times = self.knobs.quirk("times");
        let times = times.as_ref().and_then(Value::as_str).unwrap_or("ms");
        let own = |name: &str| name.starts_with('_');
        let field = |(name, value): (&String, &Value)| {
            let value = if MOMENTS.contains(&name.as_str()) { moment(value, times) } else { value.clone() };
            (name.clone(), value)
        };
        row.fields.iter().filter(|(name, _)| !own(name)).map(field).collect()
    }

    /// An alert as it is now: one that resolves itself does so when its time is over.
    pub(super) fn as_it_is(&self, alert: &Record) -> Record {
        let mut now = alert.clone();
        let minutes = alert.int("autoresolveMins").filter(|minutes| *minutes > 0 && !alert.flag("resolved"));
        let raised: Option<Timestamp> = alert.text("timestamp").parse().ok();
        let over = raised.zip(minutes).and_then(|(raised, minutes)| {
            raised.checked_add(SignedDuration::from_mins(minutes)).ok().filter(|over| *over <= self.at)
        });
        if let Some(over) = over {
            let resolved = json!({"resolved": true, "resolvedBy": "Auto-Resolved", "resolvedOn": over.to_string()});
            now.fields.extend(super::wire::object(resolved));
        }
        now
    }
}

/// Sets fields; null stays, as Datto RMM writes it.
pub(super) fn assign(row: &mut Record, fields: Map<String, Value>) {
    row.fields.extend(fields);
}
