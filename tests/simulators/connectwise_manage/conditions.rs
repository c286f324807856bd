//! The query language: `conditions`, `childConditions`, `orderBy`, `fields`.

mod parse;

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::wire::{Reject, date};
use crate::records::Record;

/// A condition as parsed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare { field: Vec<String>, operator: Operator, values: Vec<Literal> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Like,
    In,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(f64),
    Flag(bool),
    Null,
    Moment(Timestamp),
}

impl Condition {
    pub(super) fn parse(text: &str) -> Result<Self, Reject> {
        parse::condition(text)
    }

    /// Whether a record fits.
    pub(super) fn holds(&self, row: &Record) -> bool {
        self.test(&|field| of_record(row, field))
    }

    /// Whether one element of an array of the record fits; the array is the first part of every field.
    pub(super) fn holds_for_a_child(&self, row: &Record) -> bool {
        let Some(array) = self.first_part() else { return false };
        let found = row.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(array));
        let children = found.and_then(|(_, value)| value.as_array()).map(Vec::as_slice).unwrap_or_default();
        children.iter().any(|child| self.test(&|field| of_value(child, field.get(1..).unwrap_or_default())))
    }

    fn first_part(&self) -> Option<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().find_map(Self::first_part),
            Self::Not(inner) => inner.first_part(),
            Self::Compare { field, .. } => field.first().map(String::as_str),
        }
    }

    fn test(&self, get: &dyn Fn(&[String]) -> Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.test(get)),
            Self::Any(parts) => parts.iter().any(|part| part.test(get)),
            Self::Not(inner) => !inner.test(get),
            Self::Compare { field, operator, values } => {
                let value = get(field);
                values.iter().any(|literal| compare(&value, *operator, literal))
            }
        }
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal) -> bool {
    let order = order(value, literal);
    match operator {
        Operator::Equal | Operator::In => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Contains | Operator::Like => match (value.as_str(), literal) {
            (Some(text), Literal::Text(pattern)) => {
                let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase().replace('%', "*"));
                let pattern = if operator == Operator::Contains { format!("*{pattern}*") } else { pattern };
                fits(&text, &pattern)
            }
            _ => false,
        },
    }
}

fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::String(text), Literal::Text(wanted)) => Some(text.to_lowercase().cmp(&wanted.to_lowercase())),
        (Value::String(text), Literal::Moment(wanted)) => {
            Some(text.parse::<Timestamp>().ok()?.as_second().cmp(&wanted.as_second()))
        }
        (Value::Number(number), Literal::Number(wanted)) => number.as_f64()?.partial_cmp(wanted),
        (Value::Bool(flag), Literal::Flag(wanted)) => Some(flag.cmp(wanted)),
        // A flag that is not set is often not shown.
        (Value::Null, Literal::Flag(wanted)) => Some(false.cmp(wanted)),
        _ => None,
    }
}

/// Whether text fits a pattern in which `*` stands for any run of characters.
fn fits(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => {
            let Some(text) = text.strip_prefix(start) else { return false };
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| fits(&text[at..], rest))
        }
    }
}

/// A field of a record; names are compared without case. Every record has a change stamp, shown or not.
fn of_record(row: &Record, field: &[String]) -> Value {
    let stamp = |name: &str| name.eq_ignore_ascii_case("lastUpdated");
    let entered = |name: &str| name.eq_ignore_ascii_case("dateEntered");
    match field {
        [name] if stamp(name) => date(row.changed).into(),
        [info, name] if info == "_info" && stamp(name) => date(row.changed).into(),
        [info, name] if info == "_info" && entered(name) => date(row.created).into(),
        [info, name] if info == "_info" && name.eq_ignore_ascii_case("updatedBy") => row.text("_updatedBy").into(),
        [first, rest @ ..] => {
            let found = row.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(first));
            found.map_or(Value::Null, |(_, value)| of_value(value, rest))
        }
        [] => Value::Null,
    }
}

fn of_value(value: &Value, field: &[String]) -> Value {
    let [first, rest @ ..] = field else { return value.clone() };
    let found = value.as_object().and_then(|own| own.iter().find(|(name, _)| name.eq_ignore_ascii_case(first)));
    found.map_or(Value::Null, |(_, value)| of_value(value, rest))
}

/// `contact/name desc`.
pub(super) fn sort(rows: &mut [&Record], order: &str) {
    for part in order.rsplit(',') {
        let mut words = part.split_whitespace();
        let Some(field) = words.next() else { continue };
        let field: Vec<String> = field.split('/').map(str::to_owned).collect();
        let descending = words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"));
        rows.sort_by(|left, right| {
            let order = sorted(&of_record(left, &field), &of_record(right, &field));
            if descending { order.reverse() } else { order }
        });
    }
}

fn sorted(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Only the members asked for: `id,status/id,_info/lastUpdated`.
pub(super) fn only(shown: &Map<String, Value>, fields: &str) -> Map<String, Value> {
    let mut kept = Map::new();
    for field in fields.split(',').map(str::trim) {
        let (first, rest) = field.split_once('/').map_or((field, None), |(first, rest)| (first, Some(rest)));
        let Some((name, value)) = shown.iter().find(|(name, _)| name.eq_ignore_ascii_case(first)) else { continue };
        match (rest, value) {
            (Some(rest), Value::Object(inner)) => {
                let own = only(inner, rest);
                match kept.entry(name.clone()).or_insert_with(|| Value::Object(Map::new())) {
                    Value::Object(known) => known.extend(own),
                    _ => continue,
                }
            }
            _ => {
                kept.insert(name.clone(), value.clone());
            }
        }
    }
    kept
}
