//! Structs whose keys come in whatever case: Autotask's document says `CompanyName`, its answers `companyName`, and some
//! of its entities mix `contactID` with `contactId`.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::CowStrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// A struct with lower-case field names, read from an object with keys in any case.
#[derive(Debug, Default)]
pub(crate) struct AnyCase<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AnyCase<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(Lowering(deserializer)).map(AnyCase)
    }
}

/// Passes everything on, a struct's keys in lower case.
struct Lowering<T>(T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Lowering<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Lowering(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Lowering<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Lowering(map))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Lowering<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.0.next_key::<Cow<'de, str>>()? else { return Ok(None) };
        let key: Cow<'de, str> = Cow::Owned(key.to_ascii_lowercase());
        seed.deserialize(CowStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use connector::lenient::{Int, Text};
    use connector::rows::{Layout, Rows};
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        id: Int,
        companyname: Text,
    }

    #[test]
    fn keys_are_found_in_any_case() {
        for json in [r#"{"id":1,"companyName":"a"}"#, r#"{"Id":1,"CompanyName":"a","Other":{"x":[1]}}"#] {
            let AnyCase(row): AnyCase<Row> = serde_json::from_str(json).unwrap();
            assert_eq!(row, Row { id: Int(Some(1)), companyname: Text(Some("a".to_owned())) });
        }
        assert!(serde_json::from_str::<AnyCase<Row>>("[1]").is_err());
    }

    #[test]
    fn what_is_wrong_with_a_row_is_told_by_the_vendors_key() {
        let layout = Layout { rows: Some("items"), total: None, id: "id" };
        let body = r#"{"items":[{"id":1,"companyName":{}}]}"#;
        let rows: Rows<AnyCase<Row>> = Rows::read("list", bytes::Bytes::from_static(body.as_bytes()), layout).unwrap();
        let mapped = rows.map(|_| Err("unreachable".to_owned()));
        let connector::Mapped::Malformed { error, .. } = &mapped[0] else { panic!("{mapped:?}") };
        assert_eq!(error, "companyName: expected text");
    }
}
