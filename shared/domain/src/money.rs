//! Amounts: whole numbers in the minor unit of their currency, and how many of its digits stand behind the point.

/// Currencies (ISO 4217) without a minor unit in use.
const NONE: &[&str] = &[
    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "uyi", "vnd", "vuv", "xaf",
    "xof", "xpf",
];
/// Currencies whose unit has a thousand parts.
const THOUSANDTHS: &[&str] = &["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"];

/// How many digits of an amount in minor units stand behind the point: 2 for dollars, 0 for yen, 3 for dinars.
pub fn minor_digits(currency: &str) -> u8 {
    let currency = currency.to_ascii_lowercase();
    match currency.as_str() {
        none if NONE.contains(&none) => 0,
        thousandths if THOUSANDTHS.contains(&thousandths) => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::minor_digits;

    #[test]
    fn yen_have_no_parts_and_dinars_a_thousand() {
        let digits = ["usd", "EUR", "jpy", "KRW", "kwd", "bhd", "tnd", "isk", "of the moon"].map(minor_digits);
        assert_eq!(digits, [2, 2, 0, 0, 3, 3, 3, 0, 2]);
    }
}
