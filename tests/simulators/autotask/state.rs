//! The database: one table per entity, who asks, and what a change sets off.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::callouts::Callouts;
use super::schema::Entity;
use super::wire::date;
use crate::knobs::Knobs;
use crate::records::{Record, Table};

/// Calls of everybody in this time are counted together.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_mins(60);
pub(super) const CALLS_ALLOWED: usize = 10_000;

#[derive(Default)]
pub(super) struct State {
    tables: BTreeMap<&'static str, Table<i64>>,
    /// The resource that our credentials belong to.
    pub(super) api_resource: i64,
    pub(super) callouts: Callouts,
    /// When calls came, the oldest first.
    pub(super) calls: VecDeque<Timestamp>,
    tickets_of_day: BTreeMap<String, u32>,
}

/// State as one answer shows it.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) zone: i64,
    pub(super) pascal: bool,
    pub(super) missing_as_null: bool,
    /// Rows of a page at most.
    pub(super) page_cap: usize,
}

/// Who writes, and when.
pub(super) struct Context {
    pub(super) at: Timestamp,
    /// The resource that does it.
    pub(super) by: i64,
    /// A person in the screens, who is not held to the API's rules.
    pub(super) by_person: bool,
    /// Leaves the change stamps as they are.
    pub(super) silent: bool,
}

static NOTHING: Table<i64> = Table { rows: BTreeMap::new() };

impl State {
    pub(super) fn table(&self, entity: &Entity) -> &Table<i64> {
        self.tables.get(entity.name).unwrap_or(&NOTHING)
    }

    pub(super) fn table_mut(&mut self, entity: &'static Entity) -> &mut Table<i64> {
        self.tables.entry(entity.name).or_default()
    }

    pub(super) fn insert(&mut self, entity: &'static Entity, id: i64, record: Record) {
        self.table_mut(entity).rows.insert(id, record);
    }

    /// Ids of one entity do not tell its size: they go up in steps.
    pub(super) fn new_id(&self, entity: &Entity) -> i64 {
        self.table(entity).next_id()
    }

    /// `T20261122.0007`.
    pub(super) fn ticket_number(&mut self, at: Timestamp) -> String {
        let day = super::wire::day(at);
        let count = self.tickets_of_day.entry(day.clone()).or_default();
        *count += 1;
        format!("T{day}.{count:04}")
    }

    /// Counts a call and says how many came within the window that ends with it.
    pub(super) fn count_call(&mut self, at: Timestamp) -> usize {
        while self.calls.front().is_some_and(|oldest| at.duration_since(*oldest) >= WINDOW) {
            self.calls.pop_front();
        }
        self.calls.push_back(at);
        self.calls.len()
    }

    pub(super) fn view(&self, knobs: &Knobs) -> View<'_> {
        let text = |name: &str| knobs.quirk(name).and_then(|value| value.as_str().map(str::to_owned));
        let cap = knobs.quirk("page_cap").and_then(|cap| usize::try_from(cap.as_u64()?).ok());
        View {
            state: self,
            zone: super::zone(knobs),
            pascal: text("case").as_deref() == Some("pascal"),
            missing_as_null: text("missing").as_deref() == Some("null"),
            page_cap: cap.unwrap_or(usize::MAX),
        }
    }
}

impl View<'_> {
    pub(super) fn rows(&self, entity: &Entity) -> impl Iterator<Item = (&i64, &Record)> {
        self.state.table(entity).rows.iter().filter(|(_, record)| !record.deleted)
    }

    pub(super) fn zone_url(&self) -> String {
        format!("https://webservices{}.autotask.net/ATServicesRest/", self.zone)
    }
}

/// Fields that an entity stamps at every change of a row.
pub(super) fn stamp(entity: &Entity, record: &mut Record, context: &Context) {
    if context.silent {
        return;
    }
    record.touch(context.at);
    let fields: &[&str] = match entity.name {
        "Companies" => &["lastActivityDate", "lastTrackedModifiedDateTime"],
        "Contacts" => &["lastModifiedDate", "lastActivityDate"],
        "Tickets" => &["lastActivityDate", "lastTrackedModificationDateTime"],
        "TicketNotes" => &["lastActivityDate"],
        _ => &[],
    };
    for field in fields {
        record.fields.insert((*field).to_owned(), date(context.at).into());
    }
    if entity.name == "Tickets" {
        record.fields.insert("lastActivityResourceID".to_owned(), context.by.into());
    }
}

/// What is set when a row comes into being.
pub(super) fn born(entity: &Entity, context: &Context) -> Map<String, Value> {
    let at = date(context.at);
    let fields = match entity.name {
        "Companies" => json!({"isActive": true, "createDate": at, "createdByResourceID": context.by}),
        "Contacts" => json!({"createDate": at, "primaryContact": false, "receivesEmailNotifications": true}),
        "Tickets" => json!({"createDate": at, "creatorResourceID": context.by, "creatorType": 1}),
        "TicketNotes" => json!({"createDateTime": at, "creatorResourceID": context.by}),
        _ => json!({}),
    };
    super::wire::object(fields)
}
