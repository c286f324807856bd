//! The partner's data. A device's own fields are those of its full inventory; what is known of its state stands beside.

use serde_json::{Map, Value};

use crate::records::{Record, Table};

#[derive(Default)]
pub(super) struct State {
    pub(super) companies: Table<String>,
    pub(super) sites: Table<String>,
    pub(super) devices: Table<String>,
}

/// The fields that Asio shows: not the simulator's own.
pub(super) fn shown(row: &Record) -> Map<String, Value> {
    let own = |name: &str| name.starts_with('_');
    row.fields.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
