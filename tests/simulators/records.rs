//! Tables of records with the vendor's fields, kept as the vendor would show them in full.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// How a change through the control plane is made.
#[derive(Clone, Copy, Debug)]
pub struct ChangeMode {
    /// When, in the vendor's time.
    pub at: Timestamp,
    /// Leaves the change stamp as it was.
    pub silent: bool,
}

/// One record.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    /// Gone for everyone but the dump.
    pub(crate) deleted: bool,
    pub(crate) fields: Map<String, Value>,
}

impl Record {
    pub(crate) fn new(created: Timestamp, changed: Timestamp, fields: Map<String, Value>) -> Self {
        Self { created, changed, deleted: false, fields }
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number, also where it came as text or as a float.
    pub(crate) fn int(&self, field: &str) -> Option<i64> {
        int(self.fields.get(field)?)
    }

    pub(crate) fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Sets the fields given; null takes a field away.
    pub(crate) fn merge(&mut self, fields: Map<String, Value>) {
        for (name, value) in fields {
            if value.is_null() {
                self.fields.remove(&name);
            } else {
                self.fields.insert(name, value);
            }
        }
    }

    pub(crate) fn touch(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

pub(crate) fn int(value: &Value) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "ids written as floats are whole and small")]
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Records by id.
pub(crate) struct Table<K> {
    pub(crate) rows: BTreeMap<K, Record>,
}

impl<K: Ord> Default for Table<K> {
    fn default() -> Self {
        Self { rows: BTreeMap::new() }
    }
}

impl<K: Ord> Table<K> {
    pub(crate) fn get(&self, id: &K) -> Option<&Record> {
        self.rows.get(id).filter(|record| !record.deleted)
    }

    pub(crate) fn get_mut(&mut self, id: &K) -> Option<&mut Record> {
        self.rows.get_mut(id).filter(|record| !record.deleted)
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Record> {
        self.rows.values().filter(|record| !record.deleted)
    }
}

impl Table<i64> {
    pub(crate) fn next_id(&self) -> i64 {
        self.rows.last_key_value().map_or(1, |(id, _)| id + 1)
    }
}
