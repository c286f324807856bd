//! Datto RMM's moments, which come as epoch milliseconds, as seconds with decimals, and as ISO 8601 with or without a zone.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// Milliseconds of a moment in March 1973; below, a number counts seconds, until the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A moment; absent, empty, or before 1970 (year 1 stands for "never"), none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MomentVisitor)
    }
}

struct MomentVisitor;

impl MomentVisitor {
    fn milliseconds<E: de::Error>(number: i64) -> Result<Moment, E> {
        if number <= 0 {
            return Ok(Moment(None));
        }
        Timestamp::from_millisecond(number).map(|at| Moment(Some(at))).map_err(E::custom)
    }
}

impl Visitor<'_> for MomentVisitor {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Moment, E> {
        Ok(Moment(None))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Moment, E> {
        let seconds = (0..MILLISECONDS_FROM).contains(&number);
        Self::milliseconds(if seconds { number * 1000 } else { number })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Moment, E> {
        self.visit_i64(i64::try_from(number).map_err(E::custom)?)
    }

    #[expect(clippy::cast_possible_truncation, reason = "far inside the range of milliseconds")]
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Moment, E> {
        if !number.is_finite() || number.abs() > 9.0e15 {
            return Err(E::custom("not a moment"));
        }
        let seconds = number.abs() < MILLISECONDS_FROM as f64;
        Self::milliseconds((if seconds { number * 1000.0 } else { number }).round() as i64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Moment(None));
        }
        if let Ok(number) = text.parse::<f64>() {
            return self.visit_f64(number);
        }
        // Without a zone it is taken for UTC.
        let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        let at = text.parse::<Timestamp>().ok().or_else(civil);
        let at = at.ok_or_else(|| E::custom("text that is not a moment"))?;
        Ok(Moment(Some(at).filter(|at| at.as_millisecond() > 0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(json: &str) -> Option<Moment> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn moments_come_in_every_dress() {
        let expected = Some(Moment(Some("2025-11-22T08:28:43.5Z".parse().unwrap())));
        for dress in [
            "1763800123500",
            "1763800123500.0",
            "\"1763800123500\"",
            "1763800123.5",
            "\"1763800123.5\"",
            "\"2025-11-22T08:28:43.500Z\"",
            "\"2025-11-22T10:28:43.500+02:00\"",
            "\"2025-11-22T08:28:43.500\"",
            "\" 2025-11-22 08:28:43.5 \"",
        ] {
            assert_eq!(moment(dress), expected, "{dress}");
        }
        assert_eq!(moment("1763800123"), Some(Moment(Some("2025-11-22T08:28:43Z".parse().unwrap()))));
    }

    #[test]
    fn never_is_said_in_several_ways() {
        for never in
            ["null", "\"\"", "-62135596800000", "0", "\"0001-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00\"", "-1.5"]
        {
            assert_eq!(moment(never), Some(Moment(None)), "{never}");
        }
    }

    #[test]
    fn what_is_no_moment_is_an_error_and_not_never() {
        for bad in ["true", "{}", "\"soon\"", "1e300", "9223372036854775807", "\"2025-13-01T00:00:00Z\""] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}
