//! Where to go on in a paged list, and when to stop.
//!
//! Halo caps every page at 100 rows whatever is asked for (HaloAPI issue 90: 1000 asked, 100 of 717 received), so nothing
//! is computed from the size asked for: rows are counted as they come, and the list ends when `record_count` is reached or a
//! page is empty.

use connector::{ConnectorError, Cursor, ErrorKind, Mapped, Result};
use serde::{Deserialize, Serialize};

/// Rows asked for on each page: the cap.
pub(crate) const PAGE_SIZE: u32 = 100;

/// The place in a list, kept as text in the checkpoint between slices, processes and deployments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Page to read, from 1.
    pub(crate) page: u32,
    /// Rows received on the pages before.
    pub(crate) seen: u64,
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
}

/// More than this, and the vendor's count means nothing.
const BACK: u32 = 20;

impl Default for Place {
    fn default() -> Self {
        Self { page: 1, seen: 0, ends: None, total: None, seen_before: 0, back: 0 }
    }
}

impl Place {
    /// Where the cursor points; no cursor is the first page.
    pub(crate) fn of(op: &'static str, cursor: Option<&Cursor>) -> Result<Self> {
        let Some(Cursor(text)) = cursor else { return Ok(Self::default()) };
        let unreadable = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the cursor".to_owned() });
        serde_json::from_str(text).map_err(unreadable)
    }

    /// The place after a page with these rows; `None` ends the list.
    pub(crate) fn after(&self, op: &'static str, rows: &[Mapped], total: Option<u64>) -> Result<Option<Self>> {
        if let Some(back) = self.back_for(total) {
            return Ok(Some(back));
        }
        let seen = self.seen + rows.len() as u64;
        if rows.is_empty() || total.is_some_and(|total| seen >= total) {
            return Ok(None);
        }
        let ends = rows.first().and_then(id).zip(rows.last().and_then(id));
        if ends.is_some() && ends == self.ends {
            // Ending here would pass a part of the list off as the whole.
            let repeated = ConnectorError::new(op, ErrorKind::Malformed { path: "page_no".to_owned() });
            return Err(repeated.with_detail(format!("page {} repeats the page before", self.page)));
        }
        Ok(Some(Self { page: self.page + 1, seen, ends, total, seen_before: self.seen, back: self.back }))
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
        Some(Self { page, seen, back: self.back + 1, ..Self::default() })
    }

    /// The text for the checkpoint.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Rows that are counted and not shown are an error in disguise. Believed, it would take a ticket's notes away, and a
/// creation that is looked for would be repeated. Lists of a pass are swept daily, so there an empty page just ends them.
pub(crate) fn shown(op: &'static str, rows: usize, total: Option<u64>) -> Result<()> {
    if rows > 0 || total.is_none_or(|total| total == 0) {
        return Ok(());
    }
    Err(ConnectorError::new(op, ErrorKind::Malformed { path: "record_count".to_owned() }))
}

fn id(row: &Mapped) -> Option<String> {
    let id = match row {
        Mapped::Record(record) => Some(&record.external_id),
        Mapped::Skipped { external_id, .. } => Some(external_id),
        Mapped::Malformed { external_id, .. } => external_id.as_ref(),
    };
    id.map(|id| id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use domain::id::ExternalId;

    use super::*;

    fn rows(ids: std::ops::Range<u32>) -> Vec<Mapped> {
        let row = |id: u32| Mapped::Skipped {
            external_id: ExternalId::new(id.to_string()),
            name: String::new(),
            reason: String::new(),
        };
        ids.map(row).collect()
    }

    fn start() -> Place {
        Place::of("list", None).unwrap()
    }

    #[test]
    fn the_list_ends_when_all_rows_were_received() {
        let second = start().after("list", &rows(0..100), Some(150)).unwrap().unwrap();
        assert_eq!((second.page, second.seen), (2, 100));
        assert_eq!(second.after("list", &rows(100..150), Some(150)).unwrap(), None);
    }

    #[test]
    fn fewer_rows_than_asked_for_do_not_end_it() {
        let second = start().after("list", &rows(0..50), Some(120)).unwrap().unwrap();
        let third = second.after("list", &rows(50..100), Some(120)).unwrap().unwrap();
        assert_eq!((third.page, third.seen), (3, 100));
    }

    #[test]
    fn an_empty_page_ends_it_whatever_the_count_says() {
        assert_eq!(start().after("list", &[], Some(717)).unwrap(), None);
        let second = start().after("list", &rows(0..100), Some(101)).unwrap().unwrap();
        assert_eq!(second.after("list", &[], Some(101)).unwrap(), None);
    }

    #[test]
    fn without_a_count_only_an_empty_page_ends_it() {
        let second = start().after("list", &rows(0..3), None).unwrap().unwrap();
        assert_eq!(second.after("list", &[], None).unwrap(), None);
    }

    #[test]
    fn a_page_that_comes_again_is_an_error() {
        let second = start().after("list", &rows(0..100), Some(717)).unwrap().unwrap();
        let error = second.after("list", &rows(0..100), Some(717)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "page_no".to_owned() });
    }

    #[test]
    fn a_list_that_became_shorter_is_read_again_from_the_page_before() {
        let second = start().after("list", &rows(0..100), Some(250)).unwrap().unwrap();
        let third = second.after("list", &rows(100..200), Some(250)).unwrap().unwrap();
        // One of the first 200 was deleted: row 200 has moved to the second page.
        let again = third.after("list", &rows(201..250), Some(249)).unwrap().unwrap();
        assert_eq!((again.page, again.seen), (2, 100));
        let third = again.after("list", &rows(101..201), Some(249)).unwrap().unwrap();
        assert_eq!(third.after("list", &rows(201..250), Some(249)).unwrap(), None);
        // More than a page is gone.
        let all = third.after("list", &[], Some(100)).unwrap().unwrap();
        assert_eq!((all.page, all.seen), (1, 0));
    }

    #[test]
    fn the_place_survives_as_text() {
        let second = start().after("list", &rows(0..100), Some(717)).unwrap().unwrap();
        insta::assert_snapshot!(second.cursor().0, @r#"{"page":2,"seen":100,"ends":["0","99"],"total":717,"seen_before":0,"back":0}"#);
        assert_eq!(Place::of("list", Some(&second.cursor())).unwrap(), second);
        assert!(Place::of("list", Some(&Cursor("2".to_owned()))).is_err());
    }
}
