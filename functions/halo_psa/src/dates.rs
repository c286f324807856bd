//! Halo's dates: three shapes and three ways to say "none".

use connector::dates;
use connector::lenient::Text;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Reads `2024-06-20T14:45:15.9746271Z`, `2024-06-21T10:45:15.975Z` and `2023-10-18T09:54:26.28`, which is UTC too
/// (captured answers in uktrade/help-desk-service).
///
/// The sentinels `0001-01-01`, `1899-12-30` and `1900-01-01` mean "no date"; nothing real is that old, so neither is any
/// other date up to 1900. Text that is no date is an error and not "no date": the row is set aside where somebody sees it.
pub(crate) fn read(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    let date = dates::read(field, text)?;
    Ok(date.filter(|date| date.to_zoned(TimeZone::UTC).year() > 1900))
}

/// As [`read`], to the second: the answer to a write carries seven decimals, the same record read later two or three.
pub(crate) fn to_the_second(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    Ok(read(field, text)?.map(dates::to_the_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text(Some(text.to_owned()))
    }

    #[test]
    fn three_shapes_are_read() {
        let cases = [
            ("2024-06-20T14:45:15.9746271Z", "2024-06-20T14:45:15.9746271Z"),
            ("2024-06-21T10:45:15.975Z", "2024-06-21T10:45:15.975Z"),
            ("2023-10-18T09:54:26.28", "2023-10-18T09:54:26.28Z"),
            ("2023-10-18T09:54:26", "2023-10-18T09:54:26Z"),
            ("2023-10-18T11:54:26+02:00", "2023-10-18T09:54:26Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(read("d", &text(given)).unwrap(), Some(expected.parse().unwrap()), "{given}");
        }
    }

    #[test]
    fn sentinels_are_no_date_and_nonsense_is_an_error() {
        for none in
            ["0001-01-01T00:00:00", "1899-12-30T00:00:00", "1900-01-01T00:00:00", "1900-01-01T00:00:00Z", "", " "]
        {
            assert_eq!(read("d", &text(none)).unwrap(), None, "{none}");
        }
        assert_eq!(read("d", &Text(None)).unwrap(), None);
        assert_eq!(read("dateclosed", &text("soon")).unwrap_err(), "dateclosed is not a date: \"soon\"");
    }

    #[test]
    fn decimals_are_cut_where_they_differ_between_answers() {
        let of = |given: &str| to_the_second("d", &text(given)).unwrap().unwrap().to_string();
        assert_eq!(of("2024-06-20T14:45:15.9746271Z"), "2024-06-20T14:45:15Z");
        assert_eq!(of("2024-06-20T14:45:15.973"), "2024-06-20T14:45:15Z");
    }
}
