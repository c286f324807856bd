//! Attribute values as `DynamoDB` keeps them: what it accepts, their spelling, their weight, their order.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;

use super::number::Number;
use crate::table::Item;

/// The most that one item may weigh.
pub(super) const ITEM_BYTES: usize = 400 * 1024;

/// The value in its one spelling: numbers without superfluous zeros, sets in order. Refuses what `DynamoDB` refuses.
pub(super) fn canonical(value: AttributeValue) -> Result<AttributeValue, String> {
    Ok(match value {
        AttributeValue::N(text) => AttributeValue::N(number(&text)?.to_string()),
        AttributeValue::Ss(texts) => AttributeValue::Ss(set(texts)?),
        AttributeValue::Bs(blobs) => {
            let ordered = set(blobs.into_iter().map(aws_sdk_dynamodb::primitives::Blob::into_inner).collect())?;
            AttributeValue::Bs(ordered.into_iter().map(aws_sdk_dynamodb::primitives::Blob::new).collect())
        }
        AttributeValue::Ns(texts) => {
            let numbers = set(texts.iter().map(|text| number(text)).collect::<Result<_, _>>()?)?;
            AttributeValue::Ns(numbers.iter().map(Number::to_string).collect())
        }
        AttributeValue::L(values) => AttributeValue::L(values.into_iter().map(canonical).collect::<Result<_, _>>()?),
        AttributeValue::M(item) => AttributeValue::M(canonical_item(item)?),
        AttributeValue::Null(false) => return Err("null must be true".to_owned()),
        plain => plain,
    })
}

/// Every attribute in its one spelling.
pub(super) fn canonical_item(item: Item) -> Result<Item, String> {
    item.into_iter().map(|(name, value)| Ok((name, canonical(value)?))).collect()
}

fn number(text: &str) -> Result<Number, String> {
    Number::parse(text).ok_or_else(|| format!("{text:?} is not a number that fits"))
}

fn set<T: Ord>(mut members: Vec<T>) -> Result<Vec<T>, String> {
    members.sort();
    if members.is_empty() || members.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a set must have members, each once".to_owned());
    }
    Ok(members)
}

/// What the item counts towards the limits, as `DynamoDB` counts it.
pub(super) fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

fn size(value: &AttributeValue) -> usize {
    let number_size = |text: &String| Number::parse(text).map_or(0, Number::size);
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(text) => number_size(text),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(texts) => texts.iter().map(number_size).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::M(item) => 3 + item.len() + item_size(item),
        _ => 1,
    }
}

/// How two values of one ordered type compare; `None` when the types differ.
///
/// # Errors
/// When the type of the second, which the caller chose, has no order.
pub(super) fn compare(found: &AttributeValue, given: &AttributeValue) -> Result<Option<Ordering>, String> {
    Ok(match (found, given) {
        (AttributeValue::S(found), AttributeValue::S(given)) => Some(found.cmp(given)),
        (AttributeValue::N(found), AttributeValue::N(given)) => Some(number(found)?.cmp(&number(given)?)),
        (AttributeValue::B(found), AttributeValue::B(given)) => Some(found.as_ref().cmp(given.as_ref())),
        (_, AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_)) => None,
        _ => return Err("a value of this type has no order".to_owned()),
    })
}
