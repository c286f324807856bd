//! Paging by id: each page asks for ids beyond the last one seen.
//!
//! This is robust where Autotask's own next-page address is not (it must be followed with the method and body that the
//! query began with), and rows that come or go meanwhile shift nothing. It rests on the rows' coming in the order of ids,
//! which the paging of Autotask implies and no source promises: so every page is checked for it.

use bytes::Bytes;
use connector::{ConnectorError, Cursor, ErrorKind, Mapped, Result};
use serde_json::{Value, json};

use crate::wire;

/// The condition that every row fulfils: a filter is mandatory. 0 is a company's id, the MSP's own.
pub(crate) fn everything() -> Value {
    json!({"op": "gte", "field": "id", "value": 0})
}

/// The id that a page begins behind; `None`: the first page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct After(Option<i64>);

impl After {
    /// Where the cursor points; no cursor is the first page.
    pub(crate) fn of(op: &'static str, cursor: Option<&Cursor>) -> Result<Self> {
        let unreadable = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the cursor".to_owned() });
        cursor.map(|Cursor(text)| text.parse().map_err(unreadable)).transpose().map(Self)
    }

    /// The condition on ids.
    pub(crate) fn condition(self) -> Value {
        self.0.map_or_else(everything, |last| json!({"op": "gt", "field": "id", "value": last}))
    }

    /// The place after a page with these ids, of which so many rows were asked for; `None` ends the list.
    ///
    /// A page that is not full ends it only if Autotask names no next one: servers cap pages without a word.
    pub(crate) fn after(self, op: &'static str, ids: &[Option<i64>], asked: u32, body: &Bytes) -> Result<Option<Self>> {
        let malformed = |detail: &str| {
            let error = ConnectorError::new(op, ErrorKind::Malformed { path: "items".to_owned() });
            error.with_detail(detail.to_owned())
        };
        let mut last = self.0;
        for id in ids.iter().flatten().copied() {
            if last.is_some_and(|last| id <= last) {
                // Going on would leave out what stands between, and look like deletions.
                return Err(malformed("the rows are not in the order of ids, or come again"));
            }
            last = Some(id);
        }
        let details = details(body);
        let rows = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        if details.count.0.is_some_and(|count| count > rows) {
            // Rows that are told of and not shown would look like deletions, too.
            return Err(malformed("the page counts more rows than it shows"));
        }
        if ids.is_empty() || rows < i64::from(asked) && details.nextpageurl.get().is_none() {
            return Ok(None);
        }
        if last == self.0 {
            return Err(malformed("no row of the page has an id to go on from"));
        }
        Ok(Some(Self(last)))
    }

    /// The text for the checkpoint.
    pub(crate) fn cursor(self) -> Option<Cursor> {
        self.0.map(|last| Cursor(last.to_string()))
    }
}

/// The ids of mapped rows, in order.
pub(crate) fn ids(rows: &[Mapped]) -> Vec<Option<i64>> {
    let id = |row: &Mapped| {
        let id = match row {
            Mapped::Record(record) => Some(&record.external_id),
            Mapped::Skipped { external_id, .. } => Some(external_id),
            Mapped::Malformed { external_id, .. } => external_id.as_ref(),
        };
        id.and_then(|id| id.as_str().parse().ok())
    };
    rows.iter().map(id).collect()
}

fn details(body: &Bytes) -> wire::PageDetails {
    serde_json::from_slice::<wire::Page>(body).map(|page| page.details.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: &[u8] = br#"{"items":[],"pageDetails":{"nextPageUrl":null}}"#;
    const MORE: &[u8] = br#"{"items":[],"pageDetails":{"nextPageUrl":"https://x/next"}}"#;

    fn next(after: Option<i64>, ids: &[i64], body: &'static [u8]) -> Result<Option<After>> {
        let ids: Vec<_> = ids.iter().copied().map(Some).collect();
        After(after).after("list", &ids, 3, &Bytes::from_static(body))
    }

    #[test]
    fn a_page_begins_behind_the_last_id_of_the_one_before() {
        assert_eq!(After(None).condition(), json!({"op": "gte", "field": "id", "value": 0}));
        assert_eq!(After(Some(7)).condition(), json!({"op": "gt", "field": "id", "value": 7}));
        assert_eq!(next(None, &[0, 4, 9], LAST).unwrap(), Some(After(Some(9))));
        let cursor = After(Some(9)).cursor().unwrap();
        assert_eq!(After::of("list", Some(&cursor)).unwrap(), After(Some(9)));
        assert!(After::of("list", Some(&Cursor("x".to_owned()))).is_err());
    }

    #[test]
    fn a_page_that_is_not_full_ends_the_list_unless_there_is_a_next_one() {
        assert_eq!(next(Some(1), &[2, 3], LAST).unwrap(), None);
        assert_eq!(next(Some(1), &[2, 3], MORE).unwrap(), Some(After(Some(3))));
        assert_eq!(next(Some(1), &[2, 3], b"{\"items\":[]}").unwrap(), None);
        assert_eq!(next(Some(1), &[], MORE).unwrap(), None);
    }

    #[test]
    fn rows_that_are_counted_must_be_shown() {
        const TWO: &[u8] = br#"{"items":[],"pageDetails":{"count":2}}"#;
        assert_eq!(next(None, &[1, 2], TWO).unwrap(), None);
        for short in [&[][..], &[1]] {
            assert!(matches!(next(None, short, TWO).unwrap_err().kind, ErrorKind::Malformed { .. }), "{short:?}");
        }
    }

    #[test]
    fn rows_out_of_order_and_pages_that_come_again_are_errors() {
        for (after, ids) in [(None, [5, 4, 6]), (Some(9), [9, 10, 11]), (Some(9), [0, 4, 9])] {
            assert!(matches!(next(after, &ids, LAST).unwrap_err().kind, ErrorKind::Malformed { .. }), "{ids:?}");
        }
        let nameless = After(Some(1)).after("list", &[None, None, None], 3, &Bytes::from_static(LAST));
        assert!(nameless.is_err());
    }
}
