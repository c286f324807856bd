//! Where to go on in a list, and when to stop.
//!
//! Rows come in the order of ids, and a page is asked for by the id before it. A page shorter than asked for does not end
//! the list, because the server takes out what the role may not see after it has counted; it ends with an empty page, or
//! where the `Link` header names no next one.

use connector::http::{Response, next_target};
use connector::{ConnectorError, Cursor, ErrorKind, Mapped, Result};
use url::Url;

/// Rows asked for on each page: a page of companies is about half a megabyte. The vendor's cap is 1000.
pub(crate) const PAGE_SIZE: u32 = 200;
/// Rows asked for where a list is read whole: the vendor's cap.
pub(crate) const WHOLE_PAGE: usize = 1000;

/// What the links of a page say of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It begins behind this id.
    After(i64),
    /// There is none.
    End,
    /// There are no links.
    Unsaid,
}

impl Next {
    /// Reads the links. Their host is of no account, as they are never called: it may be another than ours, and the query
    /// in them comes back encoded in another way (recorded answers).
    pub(crate) fn of(response: &Response) -> Self {
        if !response.headers.contains_key("link") {
            return Self::Unsaid;
        }
        let target = next_target(response).and_then(|target| Url::parse(target).ok());
        let id = target.and_then(|target| {
            let mut pairs = target.query_pairs();
            pairs.find(|(name, _)| name.eq_ignore_ascii_case("pageId"))?.1.parse().ok()
        });
        id.map_or(Self::End, Self::After)
    }
}

/// The id behind which a cursor goes on; no cursor is the beginning.
pub(crate) fn place(op: &'static str, cursor: Option<&Cursor>) -> Result<Option<i64>> {
    let Some(Cursor(text)) = cursor else { return Ok(None) };
    let unreadable = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the cursor".to_owned() });
    text.parse().map(Some).map_err(unreadable)
}

/// The cursor behind a page; `None` ends the list.
pub(crate) fn after(op: &'static str, before: Option<i64>, rows: &[Mapped], next: Next) -> Result<Option<Cursor>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let ids = rows.iter().filter_map(id);
    let last = ids.clone().max();
    if let (Some(before), Some(first)) = (before, ids.min())
        && first <= before
    {
        // Ending here would pass a part of the list off as the whole.
        let repeated = ConnectorError::new(op, ErrorKind::Malformed { path: "pageId".to_owned() });
        return Err(repeated.with_detail(format!("the page behind id {before} begins with id {first}")));
    }
    let next = match next {
        Next::End => None,
        // The link may point beyond the last row: behind rows that the role may not see.
        Next::After(id) => Some(last.map_or(id, |last| last.max(id))),
        Next::Unsaid => last.filter(|_| rows.len() >= PAGE_SIZE as usize),
    };
    Ok(next.filter(|next| before.is_none_or(|before| *next > before)).map(|id| Cursor(id.to_string())))
}

fn id(row: &Mapped) -> Option<i64> {
    let id = match row {
        Mapped::Record(record) => &record.external_id,
        Mapped::Skipped { external_id, .. } => external_id,
        Mapped::Malformed { external_id, .. } => external_id.as_ref()?,
    };
    id.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use connector::http::{HeaderMap, StatusCode};
    use domain::id::ExternalId;

    use super::*;

    fn rows(ids: impl IntoIterator<Item = u32>) -> Vec<Mapped> {
        let row = |id: u32| Mapped::Skipped {
            external_id: ExternalId::new(id.to_string()),
            name: String::new(),
            reason: String::new(),
        };
        ids.into_iter().map(row).collect()
    }

    fn next(link: Option<&'static str>) -> Next {
        let mut headers = HeaderMap::new();
        if let Some(link) = link {
            headers.insert("link", link.parse().unwrap());
        }
        Next::of(&Response::new("list", StatusCode::OK, headers, "[]"))
    }

    fn goes_on(before: Option<i64>, rows: &[Mapped], next: Next) -> Option<String> {
        after("list", before, rows, next).unwrap().map(|Cursor(text)| text)
    }

    #[test]
    fn the_links_are_read_whatever_host_and_encoding_they_have() {
        let recorded = "<https://api-na.myconnectwise.net/v4_6_release/apis/3.0/company/contacts/?conditions=LastUpdated\
                        +%3e%3d+%5b2025-04-01T20%3a02%3a28Z%5d&pageSize=2&pageId=57961>; rel=\"next\"";
        assert_eq!(next(Some(recorded)), Next::After(57_961));
        assert_eq!(
            next(Some("<http://other.example/?pageid=7>; rel=\"next\", <http://x/>; rel=\"first\"")),
            Next::After(7)
        );
        assert_eq!(next(Some("")), Next::End);
        assert_eq!(next(Some("<https://api-na.myconnectwise.net/>; rel=\"first\"")), Next::End);
        assert_eq!(next(None), Next::Unsaid);
    }

    #[test]
    fn a_short_page_does_not_end_the_list_while_a_link_goes_on() {
        assert_eq!(goes_on(None, &rows([3, 4]), Next::After(4)), Some("4".to_owned()));
        assert_eq!(goes_on(Some(4), &rows([9]), Next::After(12)), Some("12".to_owned()));
        assert_eq!(goes_on(Some(12), &[], Next::After(12)), None);
    }

    #[test]
    fn the_list_ends_without_a_next_link() {
        assert_eq!(goes_on(None, &rows(1..=200), Next::End), None);
        assert_eq!(goes_on(None, &rows([3, 4]), Next::Unsaid), None);
        assert_eq!(goes_on(None, &rows(1..=200), Next::Unsaid), Some("200".to_owned()));
    }

    #[test]
    fn a_page_that_comes_again_is_an_error() {
        let error = after("list", Some(200), &rows(1..=200), Next::After(200)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "pageId".to_owned() });
        assert_eq!(error.detail.as_deref(), Some("the page behind id 200 begins with id 1"));
    }

    #[test]
    fn a_link_that_stands_still_ends_it() {
        let unreadable = vec![Mapped::Malformed { external_id: None, error: String::new(), raw: String::new() }];
        assert_eq!(goes_on(Some(5), &unreadable, Next::After(5)), None);
        assert_eq!(goes_on(Some(5), &unreadable, Next::After(6)), Some("6".to_owned()));
    }

    #[test]
    fn the_place_survives_as_text() {
        assert_eq!(place("list", None).unwrap(), None);
        assert_eq!(place("list", Some(&Cursor("57961".to_owned()))).unwrap(), Some(57_961));
        assert!(place("list", Some(&Cursor("{\"page\":2}".to_owned()))).is_err());
    }
}
