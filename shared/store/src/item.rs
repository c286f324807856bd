//! How aggregates become items: a JSON body, the schema version, and as attributes only what conditions and indexes need.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Result, StoreError};
use crate::table::{Item, Key};

/// Version of the items' form. A reader that meets a newer one refuses it instead of guessing.
pub(crate) const SCHEMA: i64 = 1;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An unsigned number; beyond `i64` it is capped, which no counter reaches.
pub(crate) fn count(value: u64) -> AttributeValue {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Builds an item: key, schema version, JSON body.
pub(crate) fn item<T: Serialize>(key: &Key, body: &T) -> Result<Item> {
    let mut item = bare(key);
    item.insert("body".to_owned(), AttributeValue::S(json(key, body)?));
    Ok(item)
}

/// Builds an item without body.
pub(crate) fn bare(key: &Key) -> Item {
    Item::from([("pk".to_owned(), text(&key.pk)), ("sk".to_owned(), text(&key.sk)), ("v".to_owned(), number(SCHEMA))])
}

pub(crate) fn json<T: Serialize>(key: &Key, body: &T) -> Result<String> {
    serde_json::to_string(body).map_err(|source| StoreError::Body { sk: key.sk.clone(), source })
}

/// Reads an item's JSON body.
pub(crate) fn body<T: DeserializeOwned>(item: &Item) -> Result<T> {
    let sk = get_text(item, "sk").unwrap_or_default().to_owned();
    let version = get_number(item, "v").unwrap_or(SCHEMA);
    if version > SCHEMA {
        return Err(StoreError::Newer { sk, version });
    }
    serde_json::from_str(get_text(item, "body").unwrap_or("null")).map_err(|source| StoreError::Body { sk, source })
}

pub(crate) fn get_text<'a>(item: &'a Item, attribute: &str) -> Option<&'a str> {
    item.get(attribute)?.as_s().ok().map(String::as_str)
}

pub(crate) fn get_number(item: &Item, attribute: &str) -> Option<i64> {
    item.get(attribute)?.as_n().ok()?.parse().ok()
}

pub(crate) fn get_count(item: &Item, attribute: &str) -> u64 {
    get_number(item, attribute).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}

pub(crate) fn get_bytes<'a>(item: &'a Item, attribute: &str) -> Option<&'a [u8]> {
    item.get(attribute)?.as_b().ok().map(AsRef::as_ref)
}

pub(crate) fn key_of(item: &Item) -> Key {
    Key {
        pk: get_text(item, "pk").unwrap_or_default().to_owned(),
        sk: get_text(item, "sk").unwrap_or_default().to_owned(),
    }
}
