//! When to try again: full jitter, or the vendor's own wish.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::{Timestamp, fmt::rfc2822};
use rand::Rng;

/// Attempts at one call, the first included.
pub(super) const ATTEMPTS: u32 = 4;

/// The longest pause that a vendor can impose: some send a date in ten years.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Pauses after a 429 that names none.
pub(super) const LIMITED_STEPS: &[Duration] =
    &[Duration::from_secs(15), Duration::from_secs(30), Duration::from_secs(45), Duration::from_secs(60)];

/// Thirty years: more than that is a moment.
const EPOCH_SECONDS: f64 = 1e9;
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// `Retry-After` in seconds or as a date, never more than 15 minutes; what is negative or unreadable is no wish.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<f64>() {
        // Some send the moment in place of the distance.
        Ok(seconds) if seconds > EPOCH_SECONDS => {
            let distance = seconds - now.as_duration().as_secs_f64();
            Duration::try_from_secs_f64(distance).ok().filter(|distance| *distance < A_DAY)?
        }
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => {
            Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_PAUSE)
        }
        Ok(_) => return None,
        Err(_) => Duration::try_from(http_date(text)?.duration_since(now)).ok()?,
    };
    Some(pause.min(LONGEST_PAUSE))
}

/// A date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`. A wrong day of the week is the vendor's business.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// Full jitter: anything up to the doubled pause, so that many callers do not come back at once.
pub(super) fn backoff(attempt: u32, rng: &mut impl Rng) -> Duration {
    let longest = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST_BACKOFF);
    rng.random_range(Duration::ZERO..=longest)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn wish(value: &str) -> Option<u64> {
        let now =
            if value.starts_with("20") { "2033-05-18T03:33:20Z" } else { "1994-11-06T08:49:07Z" }.parse().unwrap();
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_str(value).unwrap())]);
        retry_after(&headers, now).map(|pause| pause.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_honoured() {
        assert_eq!(wish("7"), Some(7));
        assert_eq!(wish(" 0 "), Some(0));
        assert_eq!(wish("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(wish("2000000045"), Some(45));
    }

    #[test]
    fn absurd_wishes_are_capped_and_negative_ones_ignored() {
        assert_eq!(wish("315360000"), Some(900));
        assert_eq!(wish("Thu, 06 Nov 2094 08:49:37 GMT"), Some(900));
        assert_eq!(wish("-5"), None);
        assert_eq!(wish("1e300"), None);
        assert_eq!(wish("Sun, 06 Nov 1994 08:00:00 GMT"), None);
        assert_eq!(wish("soon"), None);
        assert_eq!(wish("NaN"), None);
    }

    #[test]
    fn the_jitter_doubles_its_ceiling_to_eight_seconds() {
        let mut rng = StdRng::seed_from_u64(1);
        for (attempt, ceiling) in [(1, 500), (2, 1_000), (3, 2_000), (5, 8_000), (60, 8_000)] {
            let longest = (0..1_000).map(|_| backoff(attempt, &mut rng)).max().unwrap().as_millis();
            assert!((ceiling * 9 / 10..=ceiling).contains(&longest), "attempt {attempt}: {longest} ms");
        }
    }
}
