//! Taking secrets out of what vendors say, before anybody reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// Longest text of a vendor that is kept, in characters.
const LONGEST: usize = 300;

/// Shorter values are no secrets, and replacing them would riddle the text.
const SHORTEST_SECRET: usize = 4;

const STAND_IN: &str = "[secret]";

/// The secret values that one request carries, in every spelling in which a vendor might echo them.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(super) fn add(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        let form: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        let json = serde_json::Value::from(plain).to_string();
        for spelling in [plain, &form, &form.replace('+', "%20"), &json[1..json.len() - 1]] {
            self.add_spelling(spelling);
        }
    }

    /// Basic authentication: the pair as it stands in the header.
    pub(super) fn add_basic(&mut self, user: &str, password: &SecretString) -> SecretString {
        self.add(password);
        let pair = SecretString::from(STANDARD.encode(format!("{user}:{}", password.expose_secret())));
        self.add_spelling(pair.expose_secret());
        pair
    }

    fn add_spelling(&mut self, spelling: &str) {
        let known = self.0.iter().any(|secret| secret.expose_secret() == spelling);
        if spelling.chars().count() >= SHORTEST_SECRET && !known {
            self.0.push(SecretString::from(spelling));
            // A secret that contains another one must be replaced first.
            self.0.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        }
    }

    /// The text without secrets and control characters, cut to 300 characters. Secrets go first: a cut may not leave
    /// half of one behind.
    pub(super) fn scrub(&self, text: &str) -> String {
        let clean = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), STAND_IN));
        let words: String = clean.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() <= LONGEST {
            return words;
        }
        words.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets<const N: usize>(values: [&str; N]) -> Secrets {
        let mut secrets = Secrets::default();
        values.into_iter().for_each(|value| secrets.add(&SecretString::from(value)));
        secrets
    }

    #[test]
    fn a_secret_is_replaced_in_every_spelling() {
        let secrets = secrets([r#"p&ss "word""#]);
        let echoed = r#"plain p&ss "word"; form p%26ss+%22word%22; json p&ss \"word\""#;
        assert_eq!(secrets.scrub(echoed), "plain [secret]; form [secret]; json [secret]");
    }

    #[test]
    fn a_basic_pair_is_replaced_encoded_and_plain() {
        let mut secrets = Secrets::default();
        let pair = secrets.add_basic("acme+key", &SecretString::from("hunter22"));
        let echoed = format!("bad header Basic {} for hunter22", pair.expose_secret());
        assert_eq!(secrets.scrub(&echoed), "bad header Basic [secret] for [secret]");
    }

    #[test]
    fn the_longer_secret_goes_first() {
        assert_eq!(secrets(["abcd", "abcdefgh"]).scrub("xabcdefgh abcd"), "x[secret] [secret]");
    }

    #[test]
    fn the_cut_leaves_no_half_of_a_secret() {
        let text = format!("{}hunter22", "x".repeat(296));
        let scrubbed = secrets(["hunter22"]).scrub(&text);
        assert_eq!(scrubbed, format!("{}[se…", "x".repeat(296)));
    }

    #[test]
    fn control_characters_and_line_breaks_become_single_spaces() {
        assert_eq!(secrets([]).scrub(" a\r\n\tb\u{0}\u{1b}[31mc "), "a b [31mc");
    }
}
