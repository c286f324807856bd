//! Dates as vendors write them: with a zone, or without one and then in UTC.
//!
//! Text that is no date is an error and not "no date": the row is set aside where somebody sees it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::lenient::Text;

/// Reads `2026-06-09T21:59:47.123Z`, `2026-06-09 23:59:47+02:00`, or `2026-06-09T21:59:47`, which is UTC.
///
/// # Errors
/// The field and what stands in it.
pub fn read(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    let Some(text) = text.get() else { return Ok(None) };
    let zoned = text.parse::<Timestamp>();
    let read = zoned.or_else(|_| text.parse::<DateTime>()?.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()));
    read.map(Some).map_err(|_| format!("{field} is not a date: {text:?}"))
}

/// The second in which it was, for vendors whose answers differ in the decimals.
pub fn to_the_second(date: Timestamp) -> Timestamp {
    let floor = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    date.round(floor).unwrap_or(date)
}

/// As vendors take a date to compare with: UTC, whole seconds, not later than asked for.
pub fn parameter(date: Timestamp) -> String {
    date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        let read = |text: &str| read("closedDate", &Text(Some(text.to_owned())));
        let expected: Timestamp = "2026-06-09T21:59:47Z".parse().unwrap();
        for text in
            ["2026-06-09T21:59:47Z", "2026-06-09T21:59:47", "2026-06-09 21:59:47+00:00", "2026-06-09T23:59:47+02:00"]
        {
            assert_eq!(read(text), Ok(Some(expected)), "{text}");
        }
        assert_eq!(read(" "), Ok(None));
        assert_eq!(read("soon"), Err("closedDate is not a date: \"soon\"".to_owned()));
    }

    #[test]
    fn decimals_are_cut_and_not_rounded() {
        assert_eq!(to_the_second("2024-06-20T14:45:15.9746271Z".parse().unwrap()).to_string(), "2024-06-20T14:45:15Z");
        assert_eq!(parameter("2026-08-01T08:30:00.75+02:00".parse().unwrap()), "2026-08-01T06:30:00Z");
    }
}
