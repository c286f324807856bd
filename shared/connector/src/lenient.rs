//! Values as vendors really send them: a number as text, an id as a float, an empty string for nothing.
//!
//! A wire struct made of these with `#[serde(default)]` takes an absent field, `null` and `""` alike as "nothing", and
//! fails only where a value cannot be what the field says (`"id": {}`), so that such a row is set aside instead of being
//! read wrongly.

use std::fmt;

use domain::id::ExternalId;
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A whole number: `18`, `18.0`, `"18"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Int(pub Option<i64>);

/// Text, or a number or a flag where text is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Option<String>);

/// A flag: `true`, `1`, `"true"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub Option<bool>);

impl Int {
    /// The number, if it is an id: vendors write "none" as 0 or -1.
    pub fn id(self) -> Option<i64> {
        self.0.filter(|id| *id > 0)
    }

    /// As [`Self::id`], as text.
    pub fn id_text(self) -> Option<String> {
        self.id().map(|id| id.to_string())
    }

    /// As [`Self::id`], naming a record.
    pub fn external_id(self) -> Option<ExternalId> {
        self.id_text().map(ExternalId::new)
    }

    /// The id of the row itself.
    ///
    /// # Errors
    /// The row has none.
    pub fn required_id(self) -> Result<ExternalId, String> {
        required(self.external_id())
    }
}

impl Text {
    /// The text, naming a record.
    pub fn external_id(&self) -> Option<ExternalId> {
        self.owned().map(ExternalId::new)
    }

    /// The id of the row itself.
    ///
    /// # Errors
    /// The row has none.
    pub fn required_id(&self) -> Result<ExternalId, String> {
        required(self.external_id())
    }

    /// The text without space around it; empty counts as absent.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// As [`Self::get`], owned.
    pub fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }
}

fn required(id: Option<ExternalId>) -> Result<ExternalId, String> {
    id.ok_or_else(|| "it has no id".to_owned())
}

impl Flag {
    /// Whether the flag is set; absent is not set.
    pub fn is_set(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntVisitor)
    }
}

struct IntVisitor;

impl Visitor<'_> for IntVisitor {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Int, E> {
        Ok(Int(None))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Int, E> {
        Ok(Int(Some(number)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Int, E> {
        i64::try_from(number).map(|number| Int(Some(number))).map_err(E::custom)
    }

    #[expect(clippy::cast_possible_truncation, reason = "integral and far inside the range")]
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Int, E> {
        if number.fract() == 0.0 && number.abs() < 9.0e15 {
            Ok(Int(Some(number as i64)))
        } else {
            Err(E::custom("not a whole number"))
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Int, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Int(None));
        }
        match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Ok(Int(Some(number))),
            (_, Ok(number)) => self.visit_f64(number),
            _ => Err(E::custom("text that is not a whole number")),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Text, E> {
        Ok(Text(None))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Text, E> {
        Ok(Text(Some(flag.to_string())))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Text, E> {
        Ok(Text(Some(number.to_string())))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(Some(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(Some(text)))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flag")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Flag, E> {
        Ok(Flag(None))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Flag, E> {
        Ok(Flag(Some(flag)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Flag, E> {
        match number {
            0 => Ok(Flag(Some(false))),
            1 => Ok(Flag(Some(true))),
            _ => Err(E::custom("a number that is not a flag")),
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Flag, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(-1))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Flag, E> {
        match IntVisitor.visit_f64(number)? {
            Int(Some(number)) => self.visit_i64(number),
            Int(None) => Ok(Flag(None)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" => Ok(Flag(None)),
            "true" | "1" => Ok(Flag(Some(true))),
            "false" | "0" => Ok(Flag(Some(false))),
            _ => Err(E::custom("text that is not a flag")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(json: &str) -> Option<Int> {
        serde_json::from_str(json).ok()
    }

    fn text(json: &str) -> Option<Text> {
        serde_json::from_str(json).ok()
    }

    fn flag(json: &str) -> Option<Flag> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn numbers_come_in_every_dress() {
        for eighteen in ["18", "18.0", "\"18\"", "\" 18 \"", "\"18.0\""] {
            assert_eq!(int(eighteen), Some(Int(Some(18))), "{eighteen}");
        }
        for nothing in ["null", "\"\"", "\" \""] {
            assert_eq!(int(nothing), Some(Int(None)), "{nothing}");
        }
        assert_eq!(int("-0.0"), Some(Int(Some(0))));
        for bad in ["18.5", "\"eighteen\"", "{}", "[]", "true", "1e300", "18446744073709551615"] {
            assert_eq!(int(bad), None, "{bad}");
        }
    }

    #[test]
    fn none_ids_are_no_ids() {
        assert_eq!([Int(Some(-1)), Int(Some(0)), Int(None), Int(Some(7))].map(Int::id), [None, None, None, Some(7)]);
    }

    #[test]
    fn text_takes_scalars_and_refuses_the_rest() {
        assert_eq!(text("\" a \"").unwrap().get(), Some("a"));
        assert_eq!(text("12").unwrap().get(), Some("12"));
        assert_eq!(text("false").unwrap().get(), Some("false"));
        assert_eq!(text("\"  \"").unwrap().get(), None);
        assert_eq!(text("null").unwrap().get(), None);
        assert_eq!(text("{}"), None);
        assert_eq!(text("[1]"), None);
    }

    #[test]
    fn flags_come_as_numbers_and_words() {
        for set in ["true", "1", "1.0", "\"True\"", "\"1\""] {
            assert_eq!(flag(set), Some(Flag(Some(true))), "{set}");
        }
        for unset in ["false", "0", "\"false\"", "null", "\"\""] {
            assert!(!flag(unset).unwrap().is_set(), "{unset}");
        }
        for bad in ["2", "\"yes please\"", "{}"] {
            assert_eq!(flag(bad), None, "{bad}");
        }
    }
}
