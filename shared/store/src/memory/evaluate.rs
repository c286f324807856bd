//! What a condition says about an item, and what an update makes of it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;

use super::number::Number;
use super::value::{canonical, compare};
use crate::dynamodb::schema::{PK, SK};
use crate::table::{Condition, Item, Key, Update};

/// Whether the condition holds. The error says what `DynamoDB` would refuse, whatever the item.
pub(super) fn holds(condition: &Condition, item: Option<&Item>) -> Result<bool, String> {
    let attribute = |name: &str| item.and_then(|item| item.get(name));
    let ordered = |name: &str, given: &AttributeValue, accepted: &[Ordering]| {
        let given = canonical(given.clone())?;
        compare(&given, &given)?;
        let found = attribute(name).map(|found| compare(found, &given)).transpose()?.flatten();
        Ok(found.is_some_and(|ordering| accepted.contains(&ordering)))
    };
    match condition {
        Condition::Exists => Ok(item.is_some()),
        Condition::NotExists => Ok(item.is_none()),
        Condition::Has(name) => Ok(attribute(name).is_some()),
        Condition::Lacks(name) => Ok(attribute(name).is_none()),
        Condition::Equal(name, given) => Ok(attribute(name) == Some(&canonical(given.clone())?)),
        Condition::NotEqual(name, given) => Ok(attribute(name) != Some(&canonical(given.clone())?)),
        Condition::Less(name, given) => ordered(name, given, &[Ordering::Less]),
        Condition::LessOrEqual(name, given) => ordered(name, given, &[Ordering::Less, Ordering::Equal]),
        Condition::All(parts) => parts.iter().try_fold(true, |all, part| Ok(holds(part, item)? && all)),
        Condition::Any(parts) => parts.iter().try_fold(false, |any, part| Ok(holds(part, item)? || any)),
    }
}

/// The update with its values in their one spelling. Refuses what `DynamoDB` refuses whatever the item.
pub(super) fn checked(update: Update) -> Result<Update, String> {
    let Update { set, set_if_absent, add, remove } = update;
    let mut named = HashSet::from([PK, SK]);
    for attribute in set.keys().chain(set_if_absent.keys()).chain(add.keys()).chain(&remove) {
        if !named.insert(attribute) {
            return Err(format!("{attribute} is in the key or is changed twice"));
        }
    }
    let canonical_values = |values: BTreeMap<&'static str, AttributeValue>| {
        values.into_iter().map(|(attribute, value)| Ok((attribute, canonical(value)?))).collect::<Result<_, String>>()
    };
    Ok(Update { set: canonical_values(set)?, set_if_absent: canonical_values(set_if_absent)?, add, remove })
}

/// The item after a checked update; one that is absent begins with its key alone.
pub(super) fn updated(key: Key, update: Update, item: Option<&Item>) -> Result<Item, String> {
    let Update { set, set_if_absent, add, remove } = update;
    let mut item = item.cloned().unwrap_or_else(|| key.into_item());
    for (attribute, value) in set {
        item.insert(attribute.to_owned(), value);
    }
    for (attribute, value) in set_if_absent {
        item.entry(attribute.to_owned()).or_insert(value);
    }
    for (attribute, summand) in add {
        let summand = Number::parse(&summand.to_string());
        let sum = match item.get(attribute) {
            None => summand,
            Some(AttributeValue::N(found)) => {
                Number::parse(found).zip(summand).and_then(|(found, summand)| found.plus(summand))
            }
            Some(_) => return Err(format!("{attribute} is not a number, nothing can be added to it")),
        };
        let sum = sum.ok_or_else(|| format!("{attribute} grows out of range"))?;
        item.insert(attribute.to_owned(), AttributeValue::N(sum.to_string()));
    }
    for attribute in remove {
        item.remove(attribute);
    }
    Ok(item)
}
