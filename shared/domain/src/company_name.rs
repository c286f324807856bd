//! Company names as people compare them: without case, punctuation and legal form.

/// Legal forms that say nothing about which company it is.
const LEGAL_FORMS: [&str; 24] = [
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "pty",
    "sa",
    "sarl",
    "spa",
    "srl",
];

/// The comparable form of a name: lower case, words only, "&" as "and", legal forms at the end dropped.
///
/// A name that consists of nothing else keeps its words, so it never becomes empty by dropping them.
pub fn normalise(name: &str) -> String {
    let spaced: String = name
        .replace('&', " and ")
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '.' | '\'' | '’'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| LEGAL_FORMS.contains(word)) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn legal_form_case_and_punctuation_do_not_matter() {
        for name in ["Contoso Ltd", "CONTOSO, Ltd.", "contoso limited", "Contoso  Co. Ltd"] {
            assert_eq!(normalise(name), "contoso", "{name}");
        }
        assert_eq!(normalise("Smith & Sons"), normalise("Smith and Sons"));
        assert_eq!(normalise("Ltd"), "ltd");
        assert_ne!(normalise("Contoso North"), normalise("Contoso South"));
    }
}
