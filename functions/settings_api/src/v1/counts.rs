//! Counts as they are said to people.

/// A count of what is called so in the plural: "1 ticket", "3,100 companies".
pub(super) fn of(count: u64, plural: &str) -> String {
    let one = plural.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let one = one.unwrap_or_else(|| plural.strip_suffix('s').unwrap_or(plural).to_owned());
    format!("{} {}", number(count), if count == 1 { &one } else { plural })
}

/// With thousands apart.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn counts_read_as_people_say_them() {
        let said =
            [(0, "users"), (1, "companies"), (1, "tickets"), (1_234_567, "tickets")].map(|(n, what)| of(n, what));
        assert_eq!(said, ["0 users", "1 company", "1 ticket", "1,234,567 tickets"]);
    }
}
