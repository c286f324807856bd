//! Lists: filters that several resources share, order, pages, envelopes.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Target;
use super::state::View;
use super::wire::{Reject, parse_date};
use crate::exchange::{Answer, Call};
use crate::records::{Record, int};

/// Rows of a page, or of a list that is not paged, when no number is asked for (SIM CHOICE for the latter).
const DEFAULT_ROWS: usize = 50;

/// Fields that order by the change stamp.
const STAMPS: &[&str] = &["last_update", "flastupdate", "alastupdate", "slastupdate", "ulastupdate", "last_modified"];

/// What differs between the lists.
pub(super) struct Shape {
    /// Key of the rows in the envelope.
    pub(super) key: &'static str,
    /// Field that orders the rows unless the caller names one.
    pub(super) order: &'static str,
    pub(super) descending: bool,
    /// Parameter for rows of ids only.
    pub(super) id_only: &'static str,
}

/// Orders, cuts out the page, and renders only that.
pub(super) fn page<'a>(
    view: &View<'_>,
    call: &Call,
    shape: &Shape,
    rows: impl Iterator<Item = &'a Record>,
    render: impl Fn(&'a Record) -> Value,
) -> Answer {
    let mut rows: Vec<&Record> = rows.collect();
    sort(call, shape, &mut rows);
    let total = rows.len();
    if call.flag(shape.id_only).unwrap_or_default() {
        // Light lists know no pages.
        let ids = rows.iter().map(|row| json!({"id": row.int("id")})).collect();
        return envelope(shape.key, total, ids, None);
    }
    let asked = |name: &str| call.number(name).and_then(|number| usize::try_from(number).ok()).filter(|n| *n > 0);
    if call.flag("pageinate").unwrap_or_default() {
        let number = asked("page_no").unwrap_or(1);
        let asked_size = asked("page_size").unwrap_or(DEFAULT_ROWS);
        let size = asked_size.min(view.page_cap).max(1);
        let start = (number - 1).saturating_mul(size);
        let page = rows.into_iter().skip(start).take(size).map(render).collect();
        return envelope(shape.key, total, page, Some((number, size)));
    }
    let count = asked("count").unwrap_or(DEFAULT_ROWS);
    envelope(shape.key, total, rows.into_iter().take(count).map(render).collect(), None)
}

fn envelope(key: &str, total: usize, rows: Vec<Value>, page: Option<(usize, usize)>) -> Answer {
    let mut body = Map::new();
    if let Some((number, size)) = page {
        body.insert("page_no".to_owned(), number.into());
        body.insert("page_size".to_owned(), size.into());
    }
    body.insert("record_count".to_owned(), total.into());
    body.insert(key.to_owned(), Value::Array(rows));
    Answer::ok(&Value::Object(body))
}

/// What a list answers to someone who may see nothing of it.
pub(super) fn none(call: &Call, target: &Target<'_>) -> Answer {
    let key = match target.resource {
        _ if target.id.is_some() => return Answer::empty(axum::http::StatusCode::NOT_FOUND),
        "Client" => "clients",
        "Site" => "sites",
        "Users" => "users",
        "Tickets" => "tickets",
        "Actions" => "actions",
        _ => return Answer::ok(&json!([])),
    };
    let page = call.flag("pageinate").unwrap_or_default().then_some((1, DEFAULT_ROWS));
    envelope(key, 0, Vec::new(), page)
}

fn sort(call: &Call, shape: &Shape, rows: &mut [&Record]) {
    let mut orders = Vec::new();
    for suffix in ["", "2", "3", "4", "5"] {
        if let Some(field) = call.param(&format!("order{suffix}")) {
            orders.push((field.to_ascii_lowercase(), call.flag(&format!("orderdesc{suffix}")).unwrap_or_default()));
        }
    }
    if orders.is_empty() {
        orders.push((shape.order.to_owned(), shape.descending));
    }
    // Tables are in the order of ids already.
    if orders.first().is_some_and(|(field, descending)| field == "id" && !descending) {
        return;
    }
    let keys = |row: &Record| orders.iter().map(|(field, _)| Key::of(row, field)).collect::<Vec<_>>();
    let mut keyed: Vec<(Vec<Key>, &Record)> = rows.iter().map(|row| (keys(row), *row)).collect();
    keyed.sort_by(|(left, _), (right, _)| {
        let mut pairs = left.iter().zip(right).zip(&orders);
        let first = pairs.find_map(|((left, right), (_, descending))| {
            let order = if *descending { right.cmp(left) } else { left.cmp(right) };
            order.is_ne().then_some(order)
        });
        first.unwrap_or(Ordering::Equal)
    });
    for (place, (_, row)) in rows.iter_mut().zip(keyed) {
        *place = row;
    }
}

/// What a row is ordered by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Nothing,
    Number(i64),
    Moment(Timestamp),
    Text(String),
}

impl Key {
    fn of(row: &Record, field: &str) -> Self {
        if STAMPS.contains(&field) {
            return Self::Moment(row.changed);
        }
        match row.fields.get(field) {
            Some(Value::String(text)) => Self::Text(text.to_lowercase()),
            Some(other) => int(other).map_or(Self::Nothing, Self::Number),
            None => Self::Nothing,
        }
    }
}

/// The bounds of the change stamp that were asked for. They count themselves, and whole seconds are compared.
/// A bound that is no date is no bound, as the document's own type for it is `bool`.
pub(super) struct Changed {
    from: i64,
    to: i64,
}

impl Changed {
    pub(super) fn of(call: &Call) -> Self {
        let bound = |name: &str| call.param(name).and_then(parse_date).map(|at| at.as_second());
        let from = bound("lastupdatefromdate").unwrap_or(i64::MIN);
        Self { from, to: bound("lastupdatetodate").unwrap_or(i64::MAX) }
    }

    pub(super) fn holds(&self, row: &Record) -> bool {
        (self.from..=self.to).contains(&row.changed.as_second())
    }
}

/// Whether active and inactive rows are asked for: `(active, inactive)`.
pub(super) fn activity(call: &Call, active: &str, inactive: &str) -> (bool, bool) {
    if let Some((first, second)) = call.param("activeinactive").and_then(|both| both.split_once(',')) {
        return (first.eq_ignore_ascii_case("true"), second.eq_ignore_ascii_case("true"));
    }
    (call.flag(active).unwrap_or(true), call.flag(inactive).unwrap_or_default())
}

/// Fields that must have one of the numbers asked for; those not asked for may have any.
pub(super) struct Numbers(Vec<(&'static str, Vec<i64>)>);

impl Numbers {
    /// Pairs of parameter and field. A parameter may hold several numbers with commas.
    pub(super) fn of(call: &Call, pairs: &[(&'static str, &'static str)]) -> Self {
        let asked = pairs.iter().filter_map(|(param, field)| {
            let wanted = call.param(param)?.split(',').filter_map(|part| part.trim().parse().ok()).collect();
            Some((*field, wanted))
        });
        Self(asked.collect())
    }

    pub(super) fn hold(&self, row: &Record) -> bool {
        self.0.iter().all(|(field, wanted)| row.int(field).is_some_and(|value| wanted.contains(&value)))
    }
}

/// Text that one of some fields must contain, without regard to case.
pub(super) struct Search(Option<String>);

impl Search {
    pub(super) fn of(call: &Call, param: &str) -> Self {
        Self(call.param(param).map(str::to_lowercase))
    }

    pub(super) fn finds(&self, row: &Record, fields: &[&str]) -> bool {
        let Some(wanted) = &self.0 else { return true };
        fields.iter().any(|field| match row.fields.get(*field) {
            Some(Value::String(text)) => text.to_lowercase().contains(wanted),
            Some(other) => other.to_string().contains(wanted),
            None => false,
        })
    }
}

/// One condition of `advanced_search`.
pub(super) struct Condition {
    name: String,
    equals: bool,
    value: String,
}

/// The conditions of `advanced_search`; a field that is not on the list is refused.
pub(super) fn conditions(call: &Call, allowed: &[&str]) -> Result<Vec<Condition>, Reject> {
    let Some(text) = call.param("advanced_search") else { return Ok(Vec::new()) };
    let invalid = |what: &str| Reject::exception(format!("Invalid advanced search parameter: {what}"));
    let parsed = serde_json::from_str::<Vec<Map<String, Value>>>(text).map_err(|_| invalid("not a list of filters"))?;
    let conditions = parsed.into_iter().map(|filter| {
        let text = |key: &str| match filter.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let name = text("filter_name").to_ascii_lowercase();
        if !allowed.contains(&name.as_str()) {
            return Err(invalid(&name));
        }
        // 2 is equals; of the others none is documented, and all search within here.
        Ok(Condition { name, equals: filter.get("filter_type").and_then(int) == Some(2), value: text("filter_value") })
    });
    conditions.collect()
}

impl Condition {
    pub(super) fn holds(&self, row: &Record) -> bool {
        let value = match row.fields.get(&self.name) {
            Some(Value::String(text)) => text.to_lowercase(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let wanted = self.value.to_lowercase();
        if self.equals { value == wanted } else { value.contains(&wanted) }
    }
}

/// The named fields of a record, as far as it has them.
pub(super) fn take(row: &Record, names: &[&str]) -> Map<String, Value> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), row.fields.get(*name)?.clone()))).collect()
}

/// All fields but those of the simulator's own.
pub(super) fn take_all(row: &Record) -> Map<String, Value> {
    let own = |name: &str| name.starts_with('_');
    row.fields.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Sets a field, unless the value is null, which Halo never writes.
pub(super) fn set(row: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    let value = value.into();
    if !value.is_null() {
        row.insert(name.to_owned(), value);
    }
}
