//! Items in order: the table itself or one of its indexes.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;

use super::number::Number;
use super::value::item_size;
use crate::dynamodb::schema::{Index, PK, SK};
use crate::table::{Item, Key, Query, QueryPage, SortRange};

/// A page of a query ends before it would weigh more.
const PAGE_BYTES: usize = 1024 * 1024;

/// A value of the sort attribute; an index without one has the same for all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    None,
    Number(Number),
    Text(String),
}

/// Orders the items of an index that have the same sort value. The table itself has no such items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    First,
    Key(Key),
    Last,
}

type Position = (Sort, Tie);

/// The table, or an index of it.
#[derive(Debug)]
pub(super) struct Shelf {
    index: Option<&'static Index>,
    partitions: HashMap<String, BTreeMap<Position, Arc<Item>>>,
}

impl Shelf {
    pub(super) fn new(index: Option<&'static Index>) -> Self {
        Shelf { index, partitions: HashMap::new() }
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        self.index.map(|index| index.name)
    }

    /// An item of the table by its key.
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Item>> {
        self.partitions.get(&key.pk)?.get(&(Sort::Text(key.sk.clone()), Tie::First))
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.partitions.values().flat_map(BTreeMap::values).map(Arc::as_ref)
    }

    pub(super) fn insert(&mut self, item: &Arc<Item>) {
        if let Some((partition, position)) = self.place(item) {
            self.partitions.entry(partition).or_default().insert(position, Arc::clone(item));
        }
    }

    pub(super) fn remove(&mut self, item: &Item) {
        let Some((partition, position)) = self.place(item) else { return };
        if let Some(items) = self.partitions.get_mut(&partition) {
            items.remove(&position);
            if items.is_empty() {
                self.partitions.remove(&partition);
            }
        }
    }

    /// Refuses an item whose attribute would be a key of this index but has another type or is empty.
    pub(super) fn check(&self, item: &Item) -> Result<(), String> {
        let Some(index) = self.index else { return Ok(()) };
        let partition = item.get(index.partition);
        if partition.is_some_and(|value| !value.as_s().is_ok_and(|text| !text.is_empty())) {
            return Err(format!("{} is a key of an index and must be a string that is not empty", index.partition));
        }
        match index.sort {
            Some(sort) if item.get(sort).is_some_and(|value| !value.is_n()) => {
                Err(format!("{sort} is a key of an index and must be a number"))
            }
            _ => Ok(()),
        }
    }

    /// Where the item stands; `None` when the index does not have it.
    fn place(&self, item: &Item) -> Option<(String, Position)> {
        let key = Key::of(item)?;
        let Some(index) = self.index else { return Some((key.pk, (Sort::Text(key.sk), Tie::First))) };
        let partition = item.get(index.partition)?.as_s().ok()?.clone();
        let sort = match index.sort {
            None => Sort::None,
            Some(sort) => Sort::Number(Number::parse(item.get(sort)?.as_n().ok()?)?),
        };
        Some((partition, (sort, Tie::Key(key))))
    }

    /// One page: up to the limit, up to a megabyte.
    pub(super) fn query(&self, query: &Query, after: Option<&Item>) -> Result<QueryPage, String> {
        self.check_query(query)?;
        let (lowest, highest) = self.range(&query.sort)?;
        let after = match after {
            None => None,
            Some(after) => Some(self.place(after).ok_or("the key to continue after is not one of this query")?.1),
        };
        let Some(items) = self.partitions.get(&query.pk) else { return Ok(QueryPage::default()) };
        Ok(if query.descending {
            let highest = after.map_or(highest, Bound::Excluded);
            let items = items.range((Bound::Unbounded, highest)).rev();
            self.page(query, items.take_while(|(position, _)| **position >= lowest).map(|(_, item)| item))
        } else {
            let from = after.map_or(Bound::Included(lowest), Bound::Excluded);
            let items = items.range((from, Bound::Unbounded));
            let within = |position: &Position| match &highest {
                Bound::Included(highest) => position <= highest,
                Bound::Excluded(highest) => position < highest,
                Bound::Unbounded => true,
            };
            self.page(query, items.take_while(|(position, _)| within(position)).map(|(_, item)| item))
        })
    }

    fn check_query(&self, query: &Query) -> Result<(), String> {
        if query.pk.is_empty() {
            return Err("the partition value is empty".to_owned());
        }
        if query.limit == Some(0) {
            return Err("the limit is 0".to_owned());
        }
        let Some(index) = self.index else { return Ok(()) };
        if query.consistent {
            return Err("an index cannot be read consistently".to_owned());
        }
        match query.attributes.iter().find(|attribute| !index.has(attribute)) {
            Some(attribute) => Err(format!("index {} does not have {attribute}", index.name)),
            None => Ok(()),
        }
    }

    /// The first position of the range, included, and its end.
    fn range(&self, range: &SortRange) -> Result<(Position, Bound<Position>), String> {
        let last = |sort| Bound::Included((sort, Tie::Last));
        Ok(match range {
            SortRange::All => ((Sort::None, Tie::First), Bound::Unbounded),
            SortRange::BeginsWith(prefix) => {
                if self.index.is_some() {
                    return Err("the sort attribute of the index is not a text".to_owned());
                }
                let end =
                    successor(prefix).map_or(Bound::Unbounded, |end| Bound::Excluded((Sort::Text(end), Tie::First)));
                ((Sort::Text(prefix.clone()), Tie::First), end)
            }
            SortRange::Between(from, until) => {
                let (from, until) = (self.sort_value(from)?, self.sort_value(until)?);
                if from > until {
                    return Err("the range ends before it begins".to_owned());
                }
                ((from, Tie::First), last(until))
            }
            SortRange::UpTo(until) => ((Sort::None, Tie::First), last(self.sort_value(until)?)),
        })
    }

    fn sort_value(&self, value: &AttributeValue) -> Result<Sort, String> {
        match (self.index, value) {
            (None, AttributeValue::S(text)) if !text.is_empty() => Some(Sort::Text(text.clone())),
            (Some(Index { sort: Some(_), .. }), AttributeValue::N(text)) => Number::parse(text).map(Sort::Number),
            _ => None,
        }
        .ok_or_else(|| "the sort value is empty or not of the sort attribute's type".to_owned())
    }

    fn page<'a>(&self, query: &Query, items: impl Iterator<Item = &'a Arc<Item>>) -> QueryPage {
        let mut page = QueryPage::default();
        let (mut bytes, mut last) = (0, None);
        for item in items {
            let seen = self.seen(item);
            bytes += item_size(&seen);
            if last.is_some() && bytes > PAGE_BYTES {
                page.next = last.map(|last| self.keys(last));
                break;
            }
            last = Some(item);
            page.items.push(project(seen, &query.attributes));
            if query.limit.is_some_and(|limit| page.items.len() >= limit as usize) {
                page.next = last.map(|last| self.keys(last));
                break;
            }
        }
        page
    }

    /// What the table or the index has of the item.
    fn seen(&self, item: &Item) -> Item {
        let mut seen = item.clone();
        if let Some(index) = self.index {
            seen.retain(|name, _| index.has(name));
        }
        seen
    }

    fn keys(&self, item: &Item) -> Item {
        let table_keys = [PK, SK].into_iter();
        let names: Vec<_> = self.index.map_or_else(|| table_keys.collect(), |index| index.keys().collect());
        project(item.clone(), &names)
    }
}

/// Only these attributes; all when none is named.
pub(super) fn project(mut item: Item, attributes: &[&'static str]) -> Item {
    if !attributes.is_empty() {
        item.retain(|name, _| attributes.contains(&name.as_str()));
    }
    item
}

/// The smallest text after all that begin with the prefix.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // Characters are ordered as their UTF-8 is; the range type knows the gap of the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}
