//! ConnectWise's dates: UTC, whole seconds.

use connector::lenient::Text;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads `2026-06-09T21:59:47Z`; without a zone it is UTC as well. Text that is no date is an error and not "no date": the
/// row is set aside where somebody sees it.
pub(crate) fn read(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    let Some(text) = text.get() else { return Ok(None) };
    let zoned = text.parse::<Timestamp>();
    let read = zoned.or_else(|_| text.parse::<DateTime>()?.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()));
    read.map(Some).map_err(|_| format!("{field} is not a date: {text:?}"))
}

/// As conditions take a date: UTC and whole seconds, as parts of seconds are refused.
pub(crate) fn parameter(date: Timestamp) -> String {
    date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_and_without_a_zone() {
        let read = |text: &str| read("closedDate", &Text(Some(text.to_owned())));
        let expected: Timestamp = "2026-06-09T21:59:47Z".parse().unwrap();
        for text in ["2026-06-09T21:59:47Z", "2026-06-09T21:59:47", "2026-06-09T23:59:47+02:00"] {
            assert_eq!(read(text), Ok(Some(expected)), "{text}");
        }
        assert_eq!(read(" "), Ok(None));
        assert_eq!(read("soon"), Err("closedDate is not a date: \"soon\"".to_owned()));
    }

    #[test]
    fn parameters_have_whole_seconds() {
        assert_eq!(parameter("2026-08-01T08:30:00.75+02:00".parse().unwrap()), "2026-08-01T06:30:00Z");
    }
}
