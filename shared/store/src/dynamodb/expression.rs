//! Conditions, updates and key ranges as `DynamoDB`'s expressions.
//!
//! Every attribute name and every value is a placeholder, so reserved words and foreign text cannot get into an
//! expression. Pure: the operations beside it put the result into their requests.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::schema::PK;
use crate::table::{Condition, SortRange, Update};

/// Names and values that the expressions of one request refer to.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    names: Vec<&'static str>,
    values: Vec<AttributeValue>,
}

impl Placeholders {
    fn name(&mut self, attribute: &'static str) -> String {
        let known = self.names.iter().position(|&name| name == attribute);
        let index = known.unwrap_or_else(|| {
            self.names.push(attribute);
            self.names.len() - 1
        });
        format!("#{index}")
    }

    fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":{}", self.values.len() - 1)
    }

    /// For `expression_attribute_names`, which must not be empty.
    pub(crate) fn names(&self) -> Option<HashMap<String, String>> {
        let names = self.names.iter().enumerate();
        (!self.names.is_empty()).then(|| names.map(|(index, &name)| (format!("#{index}"), name.to_owned())).collect())
    }

    /// For `expression_attribute_values`, which must not be empty.
    pub(crate) fn into_values(self) -> Option<HashMap<String, AttributeValue>> {
        let some = !self.values.is_empty();
        let values = self.values.into_iter().enumerate();
        some.then(|| values.map(|(index, value)| (format!(":{index}"), value)).collect())
    }
}

/// A condition expression.
pub(crate) fn condition(condition: Condition, to: &mut Placeholders) -> String {
    match condition {
        Condition::Exists => format!("attribute_exists({})", to.name(PK)),
        Condition::NotExists => format!("attribute_not_exists({})", to.name(PK)),
        Condition::Has(attribute) => format!("attribute_exists({})", to.name(attribute)),
        Condition::Lacks(attribute) => format!("attribute_not_exists({})", to.name(attribute)),
        Condition::Equal(attribute, value) => format!("{} = {}", to.name(attribute), to.value(value)),
        Condition::NotEqual(attribute, value) => format!("NOT {} = {}", to.name(attribute), to.value(value)),
        Condition::Less(attribute, value) => format!("{} < {}", to.name(attribute), to.value(value)),
        Condition::LessOrEqual(attribute, value) => format!("{} <= {}", to.name(attribute), to.value(value)),
        Condition::All(parts) => joined(parts, "AND", to),
        Condition::Any(parts) => joined(parts, "OR", to),
    }
}

/// There is no literal for true or false, so joining nothing asks whether the item both exists and does not, or either.
/// One part stands alone, since parentheses around parentheses are refused.
fn joined(mut parts: Vec<Condition>, operator: &str, to: &mut Placeholders) -> String {
    let operator = match (parts.len(), operator) {
        (0, "AND") => "OR",
        (0, _) => "AND",
        (1, _) => return condition(parts.remove(0), to),
        _ => operator,
    };
    if parts.is_empty() {
        parts = vec![Condition::Exists, Condition::NotExists];
    }
    let parts: Vec<_> = parts.into_iter().map(|part| format!("({})", condition(part, to))).collect();
    parts.join(&format!(" {operator} "))
}

/// An update expression; `None` when the update changes nothing, since `DynamoDB` refuses an empty one.
pub(crate) fn update(update: Update, to: &mut Placeholders) -> Option<String> {
    let Update { set, set_if_absent, add, remove } = update;
    let mut sets = Vec::new();
    for (attribute, value) in set {
        sets.push(format!("{} = {}", to.name(attribute), to.value(value)));
    }
    for (attribute, value) in set_if_absent {
        let name = to.name(attribute);
        sets.push(format!("{name} = if_not_exists({name}, {})", to.value(value)));
    }
    let mut adds = Vec::new();
    for (attribute, number) in add {
        adds.push(format!("{} {}", to.name(attribute), to.value(AttributeValue::N(number.to_string()))));
    }
    let removes: Vec<_> = remove.into_iter().map(|attribute| to.name(attribute)).collect();

    let clauses = [("SET", sets), ("ADD", adds), ("REMOVE", removes)];
    let clauses = clauses.into_iter().filter(|(_, parts)| !parts.is_empty());
    let clauses: Vec<_> = clauses.map(|(keyword, parts)| format!("{keyword} {}", parts.join(", "))).collect();
    (!clauses.is_empty()).then(|| clauses.join(" "))
}

/// A projection expression; `None` for all attributes.
pub(crate) fn projection(attributes: &[&'static str], to: &mut Placeholders) -> Option<String> {
    let names: Vec<_> = attributes.iter().map(|&attribute| to.name(attribute)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// A key condition expression on the table's attributes or on an index's.
pub(crate) fn key_range(
    partition: (&'static str, String),
    sort: &'static str,
    range: SortRange,
    to: &mut Placeholders,
) -> String {
    let (attribute, value) = partition;
    let partition = format!("{} = {}", to.name(attribute), to.value(AttributeValue::S(value)));
    let range = match range {
        SortRange::All => return partition,
        SortRange::BeginsWith(prefix) => {
            format!("begins_with({}, {})", to.name(sort), to.value(AttributeValue::S(prefix)))
        }
        SortRange::Between(from, until) => {
            format!("{} BETWEEN {} AND {}", to.name(sort), to.value(from), to.value(until))
        }
        SortRange::UpTo(until) => format!("{} <= {}", to.name(sort), to.value(until)),
    };
    format!("{partition} AND {range}")
}

#[cfg(test)]
mod tests;
