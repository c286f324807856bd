//! `DynamoDB`'s numbers: decimal, exact, 38 significant digits.

use std::cmp::Ordering;
use std::fmt;

const DIGITS: u32 = 38;

/// coefficient * 10 ^ exponent; the coefficient does not end in a zero, so equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Number {
    coefficient: i128,
    exponent: i32,
}

impl Number {
    /// `None` when it is not a number, or one that `DynamoDB` cannot hold.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let dropped = all.len() - all.trim_end_matches('0').len();
        let significant = all.trim_matches('0');
        if significant.is_empty() {
            return Some(Number { coefficient: 0, exponent: 0 });
        }
        if significant.len() > DIGITS as usize {
            return None;
        }
        let shift = i32::try_from(dropped).ok()?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let exponent = exponent.checked_add(shift)?;
        let number = Number { coefficient: sign * significant.parse::<i128>().ok()?, exponent };
        (-130..126).contains(&(number.magnitude() - 1)).then_some(number)
    }

    /// `None` when the sum needs more digits than there are.
    pub(super) fn plus(self, other: Number) -> Option<Number> {
        let exponent = self.exponent.min(other.exponent);
        let aligned =
            |number: Number| number.coefficient.checked_mul(10_i128.checked_pow(number.exponent.abs_diff(exponent))?);
        let sum = aligned(self)?.checked_add(aligned(other)?)?;
        Number::parse(&format!("{sum}e{exponent}"))
    }

    /// Bytes that count towards an item's size: two digits each on either side of the point, one more, one for a minus.
    pub(super) fn size(self) -> usize {
        let digits = i32::try_from(self.digits()).unwrap_or(0);
        let whole = if self.coefficient == 0 { 0 } else { self.magnitude().clamp(0, digits) };
        let fraction = if self.coefficient == 0 { 0 } else { digits - whole };
        let bytes = usize::try_from((whole + 1) / 2 + (fraction + 1) / 2).unwrap_or(0);
        bytes + 1 + usize::from(self.coefficient < 0)
    }

    fn digits(self) -> u32 {
        self.coefficient.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
    }

    /// Digits before the decimal point; negative for small fractions.
    fn magnitude(self) -> i32 {
        self.exponent + i32::try_from(self.digits()).unwrap_or(0)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = self.coefficient.signum();
        if sign == 0 || sign != other.coefficient.signum() {
            return sign.cmp(&other.coefficient.signum());
        }
        let aligned = |number: &Number| number.coefficient.unsigned_abs() * 10_u128.pow(DIGITS - number.digits());
        let by_size = (self.magnitude(), aligned(self)).cmp(&(other.magnitude(), aligned(other)));
        if sign > 0 { by_size } else { by_size.reverse() }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.coefficient.unsigned_abs().to_string();
        if self.coefficient < 0 {
            to.write_str("-")?;
        }
        if self.coefficient == 0 || self.exponent >= 0 {
            let zeros = usize::try_from(self.exponent).unwrap_or(0);
            return write!(to, "{digits}{:0<zeros$}", "");
        }
        let behind = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(0);
        match digits.len().checked_sub(behind) {
            Some(before) if before > 0 => write!(to, "{}.{}", &digits[..before], &digits[before..]),
            _ => write!(to, "0.{digits:0>behind$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn one_number_has_one_spelling() {
        for (given, kept) in [
            ("007", "7"),
            ("1.50", "1.5"),
            ("-0.0", "0"),
            ("12e3", "12000"),
            ("1200", "1200"),
            ("5e-3", "0.005"),
            ("-12.25", "-12.25"),
            (".5", "0.5"),
        ] {
            assert_eq!(number(given).to_string(), kept, "{given}");
        }
        for text in ["", "-", "1 ", "one", "0x1", "1e", "1.2.3", "1e126", &"9".repeat(39)] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value_and_not_as_text() {
        let ordered = ["-1e100", "-10", "-9.5", "-0.1", "0", "0.01", "0.1", "9", "9.5", "10", "1e20", "1e100"];
        for pair in ordered.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_behave_as_rust_has_them(a in any::<i64>(), b in any::<i64>()) {
            let (x, y) = (number(&a.to_string()), number(&b.to_string()));
            prop_assert_eq!(x.to_string(), a.to_string());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.plus(y).unwrap().to_string(), (i128::from(a) + i128::from(b)).to_string());
        }
    }
}
