//! Picklists: what the numbers in records stand for. Every customer has their own, so nothing is hard-coded but the ids of
//! the two statuses that are the same everywhere.

use std::collections::HashMap;

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Result};
use domain::record::Choice;

use crate::any_case::AnyCase;
use crate::wire;

/// The picklists of one entity, by field in lower case.
#[derive(Debug, Default)]
pub(crate) struct Picklists(HashMap<String, Picklist>);

/// One picklist in the order in which Autotask shows it. Values out of use are kept: old records have them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picklist(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    value: i64,
    label: String,
    order: i64,
    active: bool,
    default: bool,
}

impl Picklists {
    /// Reads the answer of `entityInformation/fields`.
    pub(crate) fn read(op: &'static str, body: Bytes) -> Result<Self> {
        const FIELDS: Layout = Layout { rows: Some("fields"), total: None, id: "name" };
        let fields: Rows<AnyCase<wire::Field>> = Rows::read(op, body, FIELDS)?;
        let list = |AnyCase(field): AnyCase<wire::Field>| {
            let entries = field.picklistvalues.unwrap_or_default().into_iter().filter_map(|AnyCase(value)| {
                Some(Entry {
                    value: value.value.get()?.parse().ok()?,
                    label: value.label.owned()?,
                    order: value.sortorder.0.unwrap_or(i64::MAX),
                    // Absent in old answers: in use.
                    active: value.isactive.0 != Some(false),
                    default: value.isdefaultvalue.is_set(),
                })
            });
            let mut entries: Vec<Entry> = entries.collect();
            entries.sort_by_key(|entry| (entry.order, entry.value));
            Some((field.name.get()?.to_lowercase(), Picklist(entries)))
        };
        Ok(Self(fields.into_readable().into_iter().filter_map(list).collect()))
    }

    /// The picklist of a field, which the entity must have: an answer without it is not to be believed.
    pub(crate) fn of(&self, field: &str) -> Result<&Picklist> {
        let missing = || ConnectorError::new("read a picklist", ErrorKind::Malformed { path: field.to_owned() });
        self.0.get(&field.to_lowercase()).ok_or_else(missing)
    }
}

impl Picklist {
    /// What a value is called.
    pub(crate) fn label(&self, value: i64) -> Option<&str> {
        self.0.iter().find(|entry| entry.value == value).map(|entry| entry.label.as_str())
    }

    /// What is taken where nothing is given.
    pub(crate) fn default_value(&self) -> Option<i64> {
        self.0.iter().find(|entry| entry.default && entry.active).map(|entry| entry.value)
    }

    /// The first value in use whose label fits.
    pub(crate) fn find(&self, fits: impl Fn(&str) -> bool) -> Option<i64> {
        self.0.iter().find(|entry| entry.active && fits(&entry.label)).map(|entry| entry.value)
    }

    /// Values in use with their labels.
    pub(crate) fn active(&self) -> impl Iterator<Item = (i64, &str)> {
        self.0.iter().filter(|entry| entry.active).map(|entry| (entry.value, entry.label.as_str()))
    }

    /// For a form; values out of use may still be on records.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let choice = |entry: &Entry| {
            let label = if entry.active { entry.label.clone() } else { format!("{} (inactive)", entry.label) };
            Choice::new(entry.value.to_string(), label)
        };
        self.0.iter().map(choice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists() -> Picklists {
        let body = r#"{"fields":[
            {"name":"priority","isPickList":true,"picklistValues":[
                {"value":"1","label":"High","sortOrder":2,"isActive":true},
                {"value":"2","label":"Medium","sortOrder":3,"isActive":true,"isDefaultValue":true},
                {"value":"9","label":"Old","sortOrder":4,"isActive":false},
                {"value":"4","label":"Critical","sortOrder":1,"isActive":true}]},
            {"Name":"Title","PicklistValues":null}]}"#;
        Picklists::read("read fields", Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn values_are_numbers_written_as_text_and_ranked_by_order() {
        let lists = lists();
        let priorities = lists.of("Priority").unwrap();
        let shown: Vec<_> = priorities.choices().into_iter().map(|choice| (choice.value, choice.label)).collect();
        let wanted = [("4", "Critical"), ("1", "High"), ("2", "Medium"), ("9", "Old (inactive)")];
        assert_eq!(shown, wanted.map(|(value, label)| (value.to_owned(), label.to_owned())));
        assert_eq!(
            (priorities.label(9), priorities.label(7), priorities.default_value()),
            (Some("Old"), None, Some(2))
        );
        assert_eq!(priorities.find(|label| label == "Old"), None, "out of use");
    }

    #[test]
    fn a_field_without_list_is_empty_and_a_field_that_is_not_there_is_an_error() {
        assert!(lists().of("title").unwrap().choices().is_empty());
        assert_eq!(lists().of("status").unwrap_err().kind, ErrorKind::Malformed { path: "status".to_owned() });
    }
}
