//! Where to go on in a list that is paged by number, and when to stop.
//!
//! Vendors cap their pages at sizes of their own, so nothing is computed from the size asked for: rows are counted as they
//! come, and the list ends with the last page that the vendor tells of, when as many rows came as it counts, or with an
//! empty page.
//!
//! Invariant: a list of changes ends before its count on no page. What it left out would be passed over until the daily list.

use serde::{Deserialize, Serialize};

use crate::error::{ConnectorError, ErrorKind, Result};
use crate::page::{Cursor, Mapped, PullRequest};

/// How long a list is, as far as the vendor says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// Rows on all pages together.
    pub rows: Option<u64>,
    /// Pages.
    pub pages: Option<u32>,
}

impl Length {
    /// Rows that are counted and not shown are an error in disguise. Believed, it would take a ticket's notes away, and a
    /// creation that is looked for would be repeated. To be asked of the first page of such a list, with all rows that it
    /// has. A feed's whole list is swept daily, so there an empty page just ends it.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for a page without rows of a list that has some.
    pub fn shown(self, op: &'static str, rows: usize) -> Result<()> {
        if rows > 0 || !self.goes_on(1, 0) { Ok(()) } else { Err(not_shown(op)) }
    }

    /// There is more than these rows before this page.
    fn goes_on(self, page: u32, seen: u64) -> bool {
        self.rows.is_some_and(|rows| rows > seen) || self.pages.is_some_and(|pages| pages > page)
    }
}

/// The place in a list, kept as text in the checkpoint between slices, processes and deployments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Page to read, from 1.
    pub page: u32,
    /// Rows received on the pages before.
    seen: u64,
    /// First and last id of the page before: the same again would go on for ever.
    #[serde(default)]
    ends: Option<(String, String)>,
    /// Length of the list as the page before told it.
    #[serde(default)]
    total: Option<u64>,
    /// Rows received before the page before.
    #[serde(default)]
    seen_before: u64,
    /// How often it went back.
    #[serde(default)]
    back: u32,
    /// The list is of changes.
    #[serde(skip)]
    changes: bool,
}

/// More than this, and the vendor's count means nothing.
const BACK: u32 = 20;

impl Default for Place {
    fn default() -> Self {
        Self { page: 1, seen: 0, ends: None, total: None, seen_before: 0, back: 0, changes: false }
    }
}

impl Place {
    /// Where the request's cursor points; no cursor is the first page.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for a cursor that is none of ours.
    pub fn of(op: &'static str, request: &PullRequest<'_>) -> Result<Self> {
        let changes = request.since.is_some() && request.feed.is_filtered();
        let Some(Cursor(text)) = request.cursor else { return Ok(Self { changes, ..Self::default() }) };
        let unreadable = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the cursor".to_owned() });
        Ok(Self { changes, ..serde_json::from_str(text).map_err(unreadable)? })
    }

    /// The place after a page with these rows, all that were received; `None` ends the list.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for a page that is the one before once more, and for an empty one of changes of which more
    /// are counted.
    pub fn after(&self, op: &'static str, rows: &[Mapped], length: Length) -> Result<Option<Self>> {
        let total = length.rows;
        if let Some(back) = self.back_for(total) {
            return Ok(Some(back));
        }
        if rows.is_empty() {
            let cut = self.changes && length.goes_on(self.page, self.seen);
            return if cut { Err(not_shown(op)) } else { Ok(None) };
        }
        let id = |row: &Mapped| row.id().map(|id| id.as_str().to_owned());
        let ends = rows.first().and_then(id).zip(rows.last().and_then(id));
        if ends.is_some() && ends == self.ends {
            // Ending here would pass a part of the list off as the whole.
            return Err(ConnectorError::malformed(op, "page", format!("page {} repeats the page before", self.page)));
        }
        let seen = self.seen + rows.len() as u64;
        let is_last = match length.pages {
            Some(pages) => self.page >= pages,
            None => total.is_some_and(|total| seen >= total),
        };
        if is_last {
            return Ok(None);
        }
        Ok(Some(Self { page: self.page + 1, seen, ends, total, seen_before: self.seen, ..*self }))
    }

    /// A list that became shorter moved up: rows between the page before and this one were on neither. The page before is
    /// read again; where more are gone than it held, the whole list.
    fn back_for(&self, total: Option<u64>) -> Option<Self> {
        let gone = self.total?.checked_sub(total?).filter(|gone| *gone > 0)?;
        if self.page < 2 || self.back == BACK {
            return None;
        }
        let one_back = gone <= self.seen - self.seen_before;
        let (page, seen) = if one_back { (self.page - 1, self.seen_before) } else { (1, 0) };
        Some(Self { page, seen, back: self.back + 1, changes: self.changes, ..Self::default() })
    }

    /// The text for the checkpoint.
    pub fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

fn not_shown(op: &'static str) -> ConnectorError {
    ConnectorError::malformed(op, "the rows", "rows are counted and none is there")
}

#[cfg(test)]
mod tests {
    use domain::id::ExternalId;

    use super::*;
    use crate::descriptor::{Changes, Feed};

    fn rows(ids: std::ops::Range<u32>) -> Vec<Mapped> {
        let row = |id: u32| Mapped::Skipped {
            external_id: ExternalId::new(id.to_string()),
            name: String::new(),
            reason: String::new(),
        };
        ids.map(row).collect()
    }

    fn counted(rows: u64) -> Length {
        Length { rows: Some(rows), pages: None }
    }

    fn request(cursor: Option<&Cursor>) -> PullRequest<'_> {
        static FEED: Feed = Feed { id: "clients", changes: Changes::Filtered, ..Feed::USUAL };
        PullRequest { feed: &FEED, since: None, cursor, probe: false, company: None }
    }

    fn start() -> Place {
        Place::of("list", &request(None)).unwrap()
    }

    /// The same list, asked for changes.
    fn changes(place: &Place) -> Place {
        let cursor = place.cursor();
        let since = Some(jiff::Timestamp::UNIX_EPOCH);
        Place::of("list", &PullRequest { since, ..request(Some(&cursor)) }).unwrap()
    }

    #[test]
    fn the_list_ends_when_all_rows_were_received() {
        let second = start().after("list", &rows(0..100), counted(150)).unwrap().unwrap();
        assert_eq!((second.page, second.seen), (2, 100));
        assert_eq!(second.after("list", &rows(100..150), counted(150)).unwrap(), None);
    }

    #[test]
    fn fewer_rows_than_asked_for_do_not_end_it() {
        let second = start().after("list", &rows(0..50), counted(120)).unwrap().unwrap();
        let third = second.after("list", &rows(50..100), counted(120)).unwrap().unwrap();
        assert_eq!((third.page, third.seen), (3, 100));
    }

    #[test]
    fn rows_that_are_counted_and_not_shown_are_an_error_for_whoever_asks() {
        for length in [counted(717), Length { rows: None, pages: Some(2) }] {
            let error = length.shown("list", 0).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Malformed { path: "the rows".to_owned() });
            assert!(length.shown("list", 1).is_ok());
        }
        for length in [counted(0), Length::default(), Length { rows: Some(0), pages: Some(1) }] {
            assert!(length.shown("list", 0).is_ok());
        }
    }

    #[test]
    fn an_empty_page_ends_it_whatever_the_count_says() {
        assert_eq!(start().after("list", &[], counted(717)).unwrap(), None);
        let second = start().after("list", &rows(0..100), counted(101)).unwrap().unwrap();
        assert_eq!(second.after("list", &[], counted(101)).unwrap(), None);
    }

    #[test]
    fn a_list_of_changes_does_not_end_before_its_count() {
        let third = start().after("list", &rows(0..100), counted(717)).unwrap().unwrap();
        let third = changes(&third).after("list", &rows(100..200), counted(717)).unwrap().unwrap();
        let error = third.after("list", &[], counted(717)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "the rows".to_owned() });
        let pages = |pages| Length { rows: None, pages: Some(pages) };
        assert!(third.after("list", &[], pages(4)).is_err());
        // Shorter than before, it is read again from the page before; and nothing may be left.
        assert_eq!(third.after("list", &[], counted(716)).unwrap().unwrap().page, 2);
        let last = changes(&start()).after("list", &rows(0..200), counted(201)).unwrap().unwrap();
        for length in [pages(2), Length::default()] {
            assert_eq!(last.after("list", &[], length).unwrap(), None, "{length:?}");
        }
    }

    #[test]
    fn without_a_count_only_an_empty_page_ends_it() {
        let second = start().after("list", &rows(0..3), Length::default()).unwrap().unwrap();
        assert_eq!(second.after("list", &[], Length::default()).unwrap(), None);
    }

    #[test]
    fn the_last_page_ends_it_where_pages_are_counted() {
        let pages = |pages| Length { rows: None, pages: Some(pages) };
        let second = start().after("list", &rows(0..50), pages(2)).unwrap().unwrap();
        assert_eq!(second.after("list", &rows(50..100), pages(2)).unwrap(), None);
        // A page more has come to it meanwhile.
        assert_eq!(second.after("list", &rows(50..100), pages(3)).unwrap().unwrap().page, 3);
        assert_eq!(start().after("list", &rows(0..50), pages(0)).unwrap(), None);
    }

    #[test]
    fn a_page_that_comes_again_is_an_error() {
        let second = start().after("list", &rows(0..100), counted(717)).unwrap().unwrap();
        let error = second.after("list", &rows(0..100), counted(717)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "page".to_owned() });
        // Nor is it the last one.
        let second = start().after("list", &rows(0..100), counted(200)).unwrap().unwrap();
        assert_eq!(second.after("list", &rows(0..100), counted(200)).unwrap_err().kind, error.kind);
    }

    #[test]
    fn a_list_that_became_shorter_is_read_again_from_the_page_before() {
        let second = start().after("list", &rows(0..100), counted(250)).unwrap().unwrap();
        let third = second.after("list", &rows(100..200), counted(250)).unwrap().unwrap();
        // One of the first 200 was deleted: row 200 has moved to the second page.
        let again = third.after("list", &rows(201..250), counted(249)).unwrap().unwrap();
        assert_eq!((again.page, again.seen), (2, 100));
        let third = again.after("list", &rows(101..201), counted(249)).unwrap().unwrap();
        assert_eq!(third.after("list", &rows(201..250), counted(249)).unwrap(), None);
        // More than a page is gone.
        let all = third.after("list", &[], counted(100)).unwrap().unwrap();
        assert_eq!((all.page, all.seen), (1, 0));
    }

    #[test]
    fn the_place_survives_as_text() {
        let second = start().after("list", &rows(0..100), counted(717)).unwrap().unwrap();
        insta::assert_snapshot!(second.cursor().0, @r#"{"page":2,"seen":100,"ends":["0","99"],"total":717,"seen_before":0,"back":0}"#);
        assert_eq!(Place::of("list", &request(Some(&second.cursor()))).unwrap(), second);
        assert!(Place::of("list", &request(Some(&Cursor("2".to_owned())))).is_err());
    }
}
