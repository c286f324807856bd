//! A page's body into rows, so that one unreadable row costs that row and not the page.
//!
//! The whole page is read as typed rows in one go; only if that fails is it taken apart row by row. A row that does not
//! fit becomes [`Mapped::Malformed`] with what was received.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use domain::id::ExternalId;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{ConnectorError, ErrorKind, Result};
use crate::lenient::{Int, Text};
use crate::page::{Mapped, Outcome};

/// Longest raw row kept with a malformed record.
const RAW_LIMIT: usize = 4096;

/// Where a vendor's answer keeps its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Key of the array; `None`: the answer is a bare array.
    pub rows: Option<&'static str>,
    /// Key of the number of rows in the whole filtered list, where the vendor says.
    pub total: Option<&'static str>,
    /// Key of a row's id, read from rows that cannot be read otherwise; its place, if rows are arrays.
    pub id: &'static str,
}

/// The rows of one answer.
#[derive(Debug)]
pub struct Rows<T> {
    items: Vec<Result<T, String>>,
    /// Rows in the whole filtered list, where the vendor says.
    pub total: Option<u64>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    List(Bytes, Layout),
    Single(Bytes, &'static str),
}

impl<T: for<'de> Deserialize<'de>> Rows<T> {
    /// Reads a list.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the answer is not JSON or not laid out as promised.
    pub fn read(op: &'static str, body: Bytes, layout: Layout) -> Result<Self> {
        let body = without_mark(body);
        if let Ok((items, total)) = list::<T>(&body, layout) {
            return Ok(Self { items: items.into_iter().map(Ok).collect(), total, source: Source::List(body, layout) });
        }
        let Ok((raw, total)) = list::<&RawValue>(&body, layout) else {
            let path = layout.rows.unwrap_or("the list").to_owned();
            return Err(ConnectorError::new(op, ErrorKind::Malformed { path }));
        };
        let items = raw.into_iter().map(|row| item(row.get().as_bytes())).collect();
        Ok(Self { items, total, source: Source::List(body, layout) })
    }

    /// Reads an answer that is one object, as a list of one.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the answer is not JSON.
    pub fn single(op: &'static str, body: Bytes, id: &'static str) -> Result<Self> {
        let body = without_mark(body);
        if serde_json::from_slice::<&RawValue>(&body).is_err() {
            return Err(ConnectorError::new(op, ErrorKind::Malformed { path: "the record".to_owned() }));
        }
        Ok(Self { items: vec![item(&body)], total: Some(1), source: Source::Single(body, id) })
    }
}

impl<T> Rows<T> {
    /// How many rows were received, unreadable ones too.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether none was received.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The rows that could be read.
    pub fn readable(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }

    /// The rows that could be read, for keeping.
    pub fn into_readable(self) -> Vec<T> {
        self.items.into_iter().flatten().collect()
    }

    /// Maps every row in order; `Err` says what is wrong with a row.
    pub fn map(&self, map: impl Fn(&T) -> Outcome) -> Vec<Mapped> {
        let outcome =
            |(index, item): (usize, &Result<T, String>)| match item.as_ref().map_err(Clone::clone).and_then(&map) {
                Ok(mapped) => mapped,
                Err(error) => self.malformed(index, error),
            };
        self.items.iter().enumerate().map(outcome).collect()
    }

    fn malformed(&self, index: usize, error: String) -> Mapped {
        let (raw, id) = match &self.source {
            Source::Single(body, id) => (String::from_utf8_lossy(body).into_owned(), *id),
            Source::List(body, layout) => {
                let rows = list::<&RawValue>(body, *layout).map(|(rows, _)| rows).unwrap_or_default();
                (rows.get(index).map_or_else(String::new, |row| row.get().to_owned()), layout.id)
            }
        };
        Mapped::Malformed { external_id: id_of(&raw, id), error, raw: cut(&raw, RAW_LIMIT).to_owned() }
    }
}

/// Some servers put a byte order mark before their JSON.
fn without_mark(body: Bytes) -> Bytes {
    if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body }
}

/// Says where a row does not fit and what was expected there, without the value that stands there.
fn item<T: for<'de> Deserialize<'de>>(row: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(row);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.inner().to_string();
        let expected = inner.split(" at line ").next().and_then(|text| text.rsplit_once(", expected "));
        let expected = expected.map_or("another kind of value", |(_, expected)| expected);
        format!("{}: expected {expected}", error.path())
    })
}

fn id_of(raw: &str, key: &str) -> Option<ExternalId> {
    let row: serde_json::Value = serde_json::from_str(raw).ok()?;
    let place = || row.get(key.parse::<usize>().ok()?);
    let value = row.get(key).or_else(place)?;
    // A float such as 12.0 is the same id as 12.
    let number = Int::deserialize(value).ok().and_then(|number| number.0).map(|number| number.to_string());
    number.or_else(|| Text::deserialize(value).ok()?.owned()).map(ExternalId::new)
}

fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

fn list<'de, T: Deserialize<'de>>(body: &'de [u8], layout: Layout) -> serde_json::Result<(Vec<T>, Option<u64>)> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let read = Envelope { layout, rows: PhantomData }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(read)
}

struct Envelope<T> {
    layout: Layout,
    rows: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Envelope<T> {
    type Value = (Vec<T>, Option<u64>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.layout.rows.is_some() { deserializer.deserialize_map(self) } else { deserializer.deserialize_seq(self) }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Envelope<T> {
    type Value = (Vec<T>, Option<u64>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layout.rows {
            Some(key) => write!(f, "an object with `{key}`"),
            None => f.write_str("an array"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut rows, mut total) = (None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if Some(key.as_ref()) == self.layout.rows {
                rows = Some(map.next_value()?);
            } else if Some(key.as_ref()) == self.layout.total {
                total = map.next_value::<Int>()?.0.and_then(|total| u64::try_from(total).ok());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let rows = rows.ok_or_else(|| A::Error::custom("the rows are missing"))?;
        Ok((rows, total))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::with_capacity(seq.size_hint().unwrap_or(0));
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok((rows, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Row {
        id: Int,
        name: Text,
    }

    const LIST: Layout = Layout { rows: Some("things"), total: Some("count"), id: "id" };
    const BARE: Layout = Layout { rows: None, total: None, id: "id" };

    fn outcomes(rows: &Rows<Row>) -> Vec<String> {
        let describe = |mapped: Mapped| match mapped {
            Mapped::Skipped { external_id, name, .. } => format!("{external_id} {name}"),
            Mapped::Malformed { external_id, raw, error } => format!("bad {external_id:?} {raw}: {error}"),
            Mapped::Record(_) => unreachable!(),
        };
        let mapped = rows.map(|row| {
            let id = row.id.id().ok_or("it has no id")?;
            let name = row.name.owned().unwrap_or_default();
            Ok(Mapped::Skipped { external_id: ExternalId::new(id.to_string()), name, reason: String::new() })
        });
        mapped.into_iter().map(describe).collect()
    }

    fn read(body: &'static str, layout: Layout) -> Result<Rows<Row>> {
        Rows::read("list things", Bytes::from_static(body.as_bytes()), layout)
    }

    #[test]
    fn rows_are_found_under_their_key_whatever_else_is_there() {
        let rows = read(r#"{"page":{"a":[1]},"things":[{"id":1,"name":"a"}],"count":7,"more":null}"#, LIST).unwrap();
        assert_eq!((outcomes(&rows), rows.total), (vec!["1 a".to_owned()], Some(7)));
        let rows = read(r#"[{"id":"2"}]"#, BARE).unwrap();
        assert_eq!((outcomes(&rows), rows.total), (vec!["2 ".to_owned()], None));
    }

    #[test]
    fn a_bad_row_is_set_aside_and_the_rest_goes_on() {
        let body = r#"{"things":[{"id":1,"name":"a"},{"id":2.0,"name":{}},{"name":"c"},{"id":{},"name":[]},null]}"#;
        let rows = read(body, LIST).unwrap();
        assert_eq!(rows.len(), 5);
        assert_eq!(
            outcomes(&rows),
            [
                "1 a",
                r#"bad Some(ExternalId("2")) {"id":2.0,"name":{}}: name: expected text"#,
                r#"bad None {"name":"c"}: it has no id"#,
                r#"bad None {"id":{},"name":[]}: id: expected a whole number"#,
                "bad None null: .: expected struct Row",
            ]
        );
    }

    #[test]
    fn a_bad_row_that_is_an_array_has_its_id_in_a_place() {
        #[derive(Debug, Deserialize)]
        struct Pair(#[expect(dead_code, reason = "only read")] Int, #[expect(dead_code, reason = "only read")] Text);
        let layout = Layout { id: "0", ..LIST };
        let body = Bytes::from_static(br#"{"things":[[3,{"a":1}],[4,"b"]]}"#);
        let rows: Rows<Pair> = Rows::read("list things", body, layout).unwrap();
        let mapped = rows.map(|_| Err("not mapped".to_owned())).remove(0);
        assert!(matches!(mapped, Mapped::Malformed { external_id: Some(id), .. } if id == "3".into()));
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        for body in ["<html></html>", r#"{"things":[{"id":1}"#, r#"{"count":0}"#, "[]", "", r#"{"things":[]} trailing"#]
        {
            assert!(matches!(read(body, LIST).unwrap_err().kind, ErrorKind::Malformed { .. }), "{body}");
        }
        assert!(read("{}", BARE).is_err());
    }

    #[test]
    fn one_record_is_a_list_of_one() {
        let single =
            |body: &'static str| Rows::<Row>::single("read a thing", Bytes::from_static(body.as_bytes()), "id");
        assert_eq!(outcomes(&single(r#"{"id":1,"name":"a"}"#).unwrap()), ["1 a"]);
        assert_eq!(
            outcomes(&single(r#"{"id":1,"name":{}}"#).unwrap()),
            [r#"bad Some(ExternalId("1")) {"id":1,"name":{}}: name: expected text"#]
        );
        assert!(single("<html>").is_err());
    }

    #[test]
    fn what_is_kept_of_a_bad_row_is_bounded_and_stays_text() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 3), "");
    }
}
