//! Company names in a form in which they can be compared: without case, accents, punctuation, "and" and legal form, with
//! abbreviations written out and initials put together.

use std::borrow::Cow;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use super::vocabulary::{self, CONNECTIVES, Place, UNSPACED_FORMS};

const COMPATIBLE: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const COMBINING: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();

/// What is longer is cut: no company is told from another by what stands behind so much.
const LONGEST: usize = 300;
const MOST_WORDS: usize = 24;
/// Words of the longest legal form in the list.
const LONGEST_FORM: usize = 5;

/// A company name, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyName {
    /// Its words, a space between them.
    text: String,
    /// The legal forms that it bears, by what they stand for; sorted.
    forms: Vec<&'static str>,
}

/// The comparable form of a name. A name that consists of nothing but a legal form keeps it.
pub fn normalise(name: &str) -> String {
    CompanyName::of(name).text
}

impl CompanyName {
    /// Takes a name apart.
    pub fn of(name: &str) -> Self {
        let plain = plain(name);
        let bare = unspaced(&plain);
        let mut words: Vec<&str> = bare.split_ascii_whitespace().take(MOST_WORDS).collect();
        drop_connectives(&mut words);
        let joined = join_initials(&words);
        let mut words: Vec<&str> = joined.iter().map(|word| word.as_ref()).collect();
        let forms = take_forms(&mut words, name);
        if words.len() > 1 && words[0] == "the" {
            words.remove(0);
        }
        let mut text = String::with_capacity(bare.len() + 16);
        for word in words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(vocabulary::expand(word));
        }
        Self { text, forms }
    }

    /// Its words, a space between them; nothing for a name without a letter or a digit.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its words, in their order.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').filter(|word| !word.is_empty())
    }

    /// The legal forms that it bears.
    pub(super) fn forms(&self) -> &[&'static str] {
        &self.forms
    }
}

/// Lower-case letters and digits without accents, spaces between words, `&` as a word.
fn plain(name: &str) -> String {
    let mut plain = Plain { text: String::with_capacity(name.len() + 8), start: 0, run: 0, initials: false };
    if name.is_ascii() {
        name.chars().take(LONGEST).for_each(|c| plain.push(c));
    } else {
        COMPATIBLE.normalize_iter(name.chars().take(LONGEST)).for_each(|c| plain.push(c));
    }
    plain.text
}

/// A text as it grows.
struct Plain {
    text: String,
    /// Where the letters since the last space or dot begin, and how many they are.
    start: usize,
    run: usize,
    /// Before them stands an initial with its dot.
    initials: bool,
}

impl Plain {
    fn push(&mut self, c: char) {
        match c {
            'a'..='z' | '0'..='9' => self.letter(c),
            'A'..='Z' => self.letter(c.to_ascii_lowercase()),
            '&' | '+' => {
                self.text.push_str(" and");
                self.space();
            }
            // "O'Brien" is one word; so are the initials "S.A.", but not "Co.Ltd" or "J.Smith".
            '\'' | '’' | '‘' | 'ʼ' | '`' | '´' => {}
            '.' if self.run == 1 => {
                self.run = 0;
                self.initials = true;
            }
            _ if c.is_ascii() => self.space(),
            'ß' | 'ẞ' => self.letters("ss"),
            'æ' | 'Æ' => self.letters("ae"),
            'œ' | 'Œ' => self.letters("oe"),
            'ø' | 'Ø' => self.letter('o'),
            'ł' | 'Ł' => self.letter('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => self.letter('d'),
            'þ' | 'Þ' => self.letters("th"),
            'ı' => self.letter('i'),
            'ς' => self.letter('σ'),
            _ if COMBINING.get_u8(c) != 0 => {}
            _ if c.is_alphanumeric() => {
                c.to_lowercase().filter(|c| COMBINING.get_u8(*c) == 0).for_each(|c| self.letter(c))
            }
            _ => self.space(),
        }
    }

    fn letter(&mut self, c: char) {
        if self.run == 0 {
            self.start = self.text.len();
        } else if self.initials {
            self.text.insert(self.start, ' ');
            self.initials = false;
        }
        self.text.push(c);
        self.run += 1;
    }

    fn letters(&mut self, letters: &str) {
        letters.chars().for_each(|c| self.letter(c));
    }

    fn space(&mut self) {
        self.text.push(' ');
        self.run = 0;
        self.initials = false;
    }
}

/// Without the legal forms of scripts that put no space between words.
fn unspaced(plain: &str) -> Cow<'_, str> {
    if plain.is_ascii() {
        return plain.into();
    }
    let mut rest = plain.trim();
    for form in UNSPACED_FORMS {
        let stripped = rest.strip_prefix(form).or_else(|| rest.strip_suffix(form)).map(str::trim);
        rest = stripped.filter(|stripped| !stripped.is_empty()).unwrap_or(rest);
    }
    rest.into()
}

/// Takes "and" out where it stands between words; a single letter that may be a name's initial stays.
fn drop_connectives(words: &mut Vec<&str>) {
    if !words.iter().any(|word| CONNECTIVES.contains(word)) {
        return;
    }
    let before = words.clone();
    let mut place = 0..;
    words.retain(|word| {
        let at = place.next().unwrap_or_default();
        let between = at > 0 && at + 1 < before.len();
        let joins = between && CONNECTIVES.contains(word);
        !joins || (word.len() == 1 && (before[at - 1].len() == 1 || before[at + 1].len() == 1))
    });
}

/// Puts single letters that follow each other together: "J P Morgan", "S. A."
fn join_initials<'a>(words: &[&'a str]) -> Vec<Cow<'a, str>> {
    let is_initial = |word: &str| word.len() == 1 && word.as_bytes()[0].is_ascii_lowercase();
    let mut joined: Vec<Cow<'a, str>> = Vec::with_capacity(words.len());
    let mut after_initial = false;
    for word in words {
        let initial = is_initial(word);
        match joined.last_mut() {
            Some(last) if initial && after_initial => last.to_mut().push_str(word),
            _ => joined.push((*word).into()),
        }
        after_initial = initial;
    }
    joined
}

/// Takes the legal forms out of a name, but never its last word.
fn take_forms(words: &mut Vec<&str>, name: &str) -> Vec<&'static str> {
    let mut forms = Vec::new();
    while take_last(words, name, &mut forms) {}
    take_first(words, &mut forms);
    take_inner(words, &mut forms);
    // What stood behind one of those may be at the end now.
    while take_last(words, name, &mut forms) {}
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Takes the longest form at the end.
fn take_last(words: &mut Vec<&str>, name: &str, forms: &mut Vec<&'static str>) -> bool {
    let longest = LONGEST_FORM.min(words.len().saturating_sub(1));
    for length in (1..=longest).rev() {
        let start = words.len() - length;
        let form = match length {
            1 => last_form(words[start], name),
            _ => vocabulary::legal_form(&words[start..].join(" "), Place::End),
        };
        if let Some(form) = form {
            forms.push(form);
            words.truncate(start);
            return true;
        }
    }
    false
}

fn last_form(word: &str, name: &str) -> Option<&'static str> {
    // An Italian company unless it is written as a bath is.
    if word == "spa" {
        return (name.contains("SpA") || name.to_ascii_lowercase().contains("s.p.a")).then_some("spa");
    }
    vocabulary::legal_form(word, Place::End)
}

fn take_first(words: &mut Vec<&str>, forms: &mut Vec<&'static str>) {
    if words.len() > 1
        && let Some(form) = vocabulary::legal_form(words[0], Place::Begin)
    {
        forms.push(form);
        words.remove(0);
    }
}

/// Takes forms out of the middle: "Smith Ltd (UK)".
fn take_inner(words: &mut Vec<&str>, forms: &mut Vec<&'static str>) {
    let mut at = 1;
    while at + 1 < words.len() {
        match vocabulary::unmistakable_form(words[at]) {
            Some(form) => {
                forms.push(form);
                words.remove(at);
            }
            None => at += 1,
        }
    }
}
