//! The filter language of `query`: groups, operators, and what is refused.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::schema::{Entity, Field, Kind};
use super::wire::{Reject, get};
use crate::records::Record;

/// Conditions joined by OR in one query, the values of `in` counted singly.
const MOST_OR: usize = 500;

/// One node of a filter.
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
}

/// One condition.
pub(super) struct Test {
    field: &'static Field,
    op: Op,
    value: Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Op {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    BeginsWith,
    EndsWith,
    Contains,
    Exist,
    NotExist,
    In,
    NotIn,
}

impl Op {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "noteq" => Self::NotEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "lte" => Self::LessOrEqual,
            "beginswith" => Self::BeginsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "exist" => Self::Exist,
            "notexist" => Self::NotExist,
            "in" => Self::In,
            "notin" => Self::NotIn,
            _ => return None,
        })
    }
}

/// The `filter` of a query; the top-level list is an AND.
pub(super) fn parse(entity: &'static Entity, filter: Option<&Value>) -> Result<Node, Reject> {
    let list = filter.and_then(Value::as_array).filter(|list| !list.is_empty());
    // SIM CHOICE: the text.
    let list = list.ok_or_else(|| Reject::errors("Query filter is required."))?;
    let nodes = list.iter().map(|node| parse_node(entity, node)).collect::<Result<Vec<_>, _>>()?;
    let root = Node::All(nodes);
    if root.alternatives() > MOST_OR {
        return Err(Reject::errors("Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."));
    }
    Ok(root)
}

fn parse_node(entity: &'static Entity, node: &Value) -> Result<Node, Reject> {
    let fields = node.as_object().ok_or_else(|| Reject::errors("Invalid query syntax."))?;
    let op = get(fields, "op").and_then(Value::as_str).unwrap_or_default();
    if op.eq_ignore_ascii_case("and") || op.eq_ignore_ascii_case("or") {
        let items = get(fields, "items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let nodes = items.iter().map(|node| parse_node(entity, node)).collect::<Result<Vec<_>, _>>()?;
        return Ok(if op.eq_ignore_ascii_case("or") { Node::Any(nodes) } else { Node::All(nodes) });
    }
    let op = Op::parse(op).ok_or_else(|| Reject::errors(format!("Invalid query syntax. Unknown operator: {op}.")))?;
    parse_test(entity, fields, op).map(Node::Test)
}

fn parse_test(entity: &'static Entity, fields: &Map<String, Value>, op: Op) -> Result<Test, Reject> {
    let name = get(fields, "field").and_then(Value::as_str).unwrap_or_default();
    let field = entity.field(name);
    // SIM CHOICE: the text.
    let field =
        field.ok_or_else(|| Reject::errors(format!("Unable to find {name} in the {} Entity.", entity.singular)))?;
    if !field.queryable {
        return Err(Reject::errors(format!("The field {name} of {} cannot be queried.", entity.singular)));
    }
    let value = get(fields, "value").cloned().unwrap_or(Value::Null);
    let list = matches!(op, Op::In | Op::NotIn);
    if !matches!(op, Op::Exist | Op::NotExist) {
        let values = if list { value.as_array().map(Vec::as_slice) } else { Some(std::slice::from_ref(&value)) };
        let values = values.ok_or_else(|| Reject::errors("Invalid query syntax. The value must be a list."))?;
        for value in values {
            check(field, value)?;
        }
    }
    Ok(Test { field, op, value })
}

/// A value must be of the field's kind.
fn check(field: &Field, value: &Value) -> Result<(), Reject> {
    let fits = match field.kind {
        Kind::Integer | Kind::Long | Kind::Picklist => {
            let number = value.is_i64() || value.as_str().is_some_and(|text| text.trim().parse::<i64>().is_ok());
            if !number {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                return Err(Reject::errors(format!(
                    "Conversion failed when converting varchar '{text}' to data type int."
                )));
            }
            true
        }
        Kind::Boolean => value.is_boolean(),
        Kind::Date => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        Kind::Decimal => value.is_number(),
        Kind::Text => value.is_string(),
    };
    // SIM CHOICE: the text.
    let wrong = || Reject::errors(format!("Invalid query syntax. Wrong value for the field {}.", field.name));
    fits.then_some(()).ok_or_else(wrong)
}

impl Node {
    fn alternatives(&self) -> usize {
        match self {
            Self::All(nodes) => nodes.iter().map(Self::alternatives).sum(),
            Self::Any(nodes) => nodes.iter().map(|node| node.alternatives().max(1)).sum(),
            Self::Test(test) if test.op == Op::In => test.value.as_array().map_or(0, Vec::len),
            Self::Test(_) => 0,
        }
    }

    pub(super) fn holds(&self, record: &Record) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(record)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(record)),
            Self::Test(test) => test.holds(record),
        }
    }
}

impl Test {
    fn holds(&self, record: &Record) -> bool {
        let own = record.fields.get(self.field.name).filter(|value| !value.is_null());
        let own = own.filter(|value| value.as_str().is_none_or(|text| !text.is_empty()));
        match self.op {
            Op::Exist => return own.is_some(),
            Op::NotExist => return own.is_none(),
            _ => {}
        }
        // As in SQL, nothing is neither equal nor unequal to anything.
        let Some(own) = own else { return false };
        let order = |value: &Value| compare(self.field.kind, own, value);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        match self.op {
            Op::Equal => order(&self.value) == Some(Ordering::Equal),
            Op::NotEqual => order(&self.value) != Some(Ordering::Equal),
            Op::Greater => order(&self.value) == Some(Ordering::Greater),
            Op::GreaterOrEqual => order(&self.value).is_some_and(Ordering::is_ge),
            Op::Less => order(&self.value) == Some(Ordering::Less),
            Op::LessOrEqual => order(&self.value).is_some_and(Ordering::is_le),
            Op::BeginsWith => text(own).starts_with(&text(&self.value)),
            Op::EndsWith => text(own).ends_with(&text(&self.value)),
            Op::Contains => text(own).contains(&text(&self.value)),
            Op::In | Op::NotIn => {
                let listed = self.value.as_array().into_iter().flatten();
                let found = listed.into_iter().any(|value| order(value) == Some(Ordering::Equal));
                found == (self.op == Op::In)
            }
            Op::Exist | Op::NotExist => false,
        }
    }
}

fn compare(kind: Kind, own: &Value, asked: &Value) -> Option<Ordering> {
    match kind {
        Kind::Integer | Kind::Long | Kind::Picklist => {
            Some(crate::records::int(own)?.cmp(&crate::records::int(asked)?))
        }
        Kind::Decimal => own.as_f64()?.partial_cmp(&asked.as_f64()?),
        Kind::Boolean => Some(own.as_bool()?.cmp(&asked.as_bool()?)),
        Kind::Date => Some(own.as_str()?.parse::<Timestamp>().ok()?.cmp(&asked.as_str()?.parse::<Timestamp>().ok()?)),
        // The database compares text without case.
        Kind::Text => Some(own.as_str()?.to_lowercase().cmp(&asked.as_str()?.to_lowercase())),
    }
}
