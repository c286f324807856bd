//! When two different words are one: a slip of the keys, a plural, an umlaut written out, an abbreviation.
//!
//! Words one slip apart have a form in common from which one letter was taken; those forms are an index, so a word finds
//! its neighbours without being compared with all. Two words that both sides have are two, however alike: a slip makes a
//! word that hardly anybody has, and an abbreviation is the habit of one side.

use super::chains::Chains;
use super::vocabulary;
use super::words::{Counts, Dictionary, Vocabulary, Word, has_digit};

/// How alike two words are, in thousandths.
pub(super) type Likeness = u32;

pub(super) const SAME: Likeness = 1_000;
const SAME_ROOT: Likeness = 965;
const CONTRACTED: Likeness = 930;
const SHORTENED: Likeness = 850;
/// What one slip takes from the likeness of words of one letter; of longer ones accordingly less.
const SLIP: Likeness = 800;

/// Shorter words have too many neighbours.
const SHORTEST: usize = 4;
const LONGEST: usize = 32;
/// A slip that more names have is a word.
const SLIPS_AT_MOST: u32 = 3;
/// Names have a word so often before people abbreviate it, unless it is common anywhere.
const ABBREVIATED_FROM: u32 = 8;
/// The least that is left of a word.
const SHORTEST_ABBREVIATION: usize = 3;
/// Neighbours that are kept of a word.
const MOST_NEIGHBOURS: usize = 12;

/// The targets' words by the forms under which their neighbours find them.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    slips: Chains,
    beginnings: Chains,
    /// Full words and contractions, by their first letter.
    full: Chains,
    contracted: Chains,
}

impl Spellings {
    pub(super) fn of(dictionary: &Dictionary) -> Self {
        let mut spellings = Self::default();
        for (word, text) in (0..).zip(dictionary.texts()) {
            forms(text, |form| spellings.slips.add(form, word));
            if let Some(beginning) = beginning(text) {
                spellings.beginnings.add(beginning, word);
                let list = if is_contraction(text) { &mut spellings.contracted } else { &mut spellings.full };
                list.add(&beginning[..1], word);
            }
        }
        spellings
    }

    /// The targets' words that a subject's word may be, itself aside, most alike first.
    pub(super) fn neighbours(&self, word: Word, sides: Sides<'_>) -> Vec<(Word, Likeness)> {
        let text = sides.vocabulary.text(word);
        let mut found: Vec<(Word, Likeness)> = Vec::new();
        let mut note = |other: Word, likeness: Likeness| {
            if likeness > 0 && !found.iter().any(|(known, _)| *known == other) {
                found.push((other, likeness));
            }
        };
        forms(text, |form| {
            for other in self.slips.of(form).filter(|other| *other != word) {
                note(other, sides.slip(word, other));
            }
        });
        if let Some(beginning) = beginning(text) {
            let list = if is_contraction(text) { &self.full } else { &self.contracted };
            let contractions = list.of(&beginning[..1]);
            for other in contractions.chain(self.beginnings.of(beginning)).filter(|other| *other != word) {
                note(other, sides.abbreviation(word, other));
            }
        }
        found.sort_unstable_by(|(one, alike), (other, more)| {
            more.cmp(alike).then_with(|| sides.vocabulary.text(*one).cmp(sides.vocabulary.text(*other)))
        });
        found.truncate(MOST_NEIGHBOURS);
        found
    }
}

/// Which words either side has, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    pub(super) vocabulary: &'a Vocabulary<'a>,
    pub(super) targets: &'a Counts,
    pub(super) subjects: &'a Counts,
}

impl Sides<'_> {
    /// How alike two words that share a form are; 0: not.
    fn slip(self, subject: Word, target: Word) -> Likeness {
        let (one, other) = (self.vocabulary.text(subject), self.vocabulary.text(target));
        if root(one) == root(other) {
            return SAME_ROOT;
        }
        let of_subjects = self.targets.of(subject) == 0 && self.subjects.of(subject) <= SLIPS_AT_MOST;
        let of_targets = self.subjects.of(target) == 0 && self.targets.of(target) <= SLIPS_AT_MOST;
        if one.len().min(other.len()) < SHORTEST || !(of_subjects || of_targets) || !one_slip(one, other) {
            return 0;
        }
        let length = u32::try_from(one.len().max(other.len())).unwrap_or(1);
        SAME - SLIP / length
    }

    /// How likely one word is the other, written short; 0: not.
    fn abbreviation(self, subject: Word, target: Word) -> Likeness {
        let (one, other) = (self.vocabulary.text(subject), self.vocabulary.text(target));
        let subject_is_short = one.len() < other.len();
        let (short, long) = if subject_is_short { (one, other) } else { (other, one) };
        if long.len() < short.len() + 2 {
            return 0;
        }
        let contraction = is_contraction(short) && has_in_order(long, short);
        if contraction && long.as_bytes().last() == short.as_bytes().last() {
            return CONTRACTED;
        }
        let only_there = if subject_is_short { self.targets.of(subject) == 0 } else { self.subjects.of(target) == 0 };
        let full = if subject_is_short { target } else { subject };
        let often = self.targets.of(full) + self.subjects.of(full) >= ABBREVIATED_FROM;
        let likely = only_there && (often || vocabulary::is_common(long));
        if likely && (contraction || long.starts_with(short)) { SHORTENED } else { 0 }
    }
}

/// Forms under which a word and its neighbours meet.
fn forms(text: &str, mut take: impl FnMut(&[u8])) {
    if !(SHORTEST..=LONGEST).contains(&text.len()) || has_digit(text) {
        return;
    }
    take(text.as_bytes());
    let root = root(text);
    let mut buffer = [0; LONGEST + 1];
    buffer[0] = b'=';
    buffer[1..=root.len()].copy_from_slice(root.as_bytes());
    take(&buffer[..=root.len()]);
    let mut last = None;
    for (at, letter) in text.char_indices() {
        // Taking either of two equal letters gives one form.
        if last != Some(letter) {
            let after = at + letter.len_utf8();
            buffer[..at].copy_from_slice(&text.as_bytes()[..at]);
            buffer[at..text.len() - letter.len_utf8()].copy_from_slice(&text.as_bytes()[after..]);
            take(&buffer[..text.len() - letter.len_utf8()]);
        }
        last = Some(letter);
    }
}

/// Without plural and with umlauts as one letter: "mueller" and "muller", "companies" and "company".
fn root(text: &str) -> String {
    let singular = match text.strip_suffix("ies") {
        Some(stem) if stem.len() >= 3 => format!("{stem}y"),
        _ if text.len() > SHORTEST && !text.ends_with("ss") => text.strip_suffix('s').unwrap_or(text).to_owned(),
        _ => text.to_owned(),
    };
    if !singular.contains(['a', 'o', 'u']) {
        return singular;
    }
    singular.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Whether one letter was left out, put in, replaced, or two neighbours exchanged.
fn one_slip(one: &str, other: &str) -> bool {
    let alike = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| -> usize {
        one.zip(other).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let begin = alike(&mut one.chars(), &mut other.chars());
    let (one, other) = (&one[begin..], &other[begin..]);
    let end = alike(&mut one.chars().rev(), &mut other.chars().rev());
    let (one, other) = (&one[..one.len() - end], &other[..other.len() - end]);
    match (one.chars().count(), other.chars().count()) {
        (0 | 1, 0 | 1) => true,
        (2, 2) => one.chars().eq(other.chars().rev()),
        _ => false,
    }
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// What words that one may be short for begin with.
fn beginning(text: &str) -> Option<&[u8]> {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase());
    text.as_bytes().get(..SHORTEST_ABBREVIATION).filter(|_| plain)
}

/// A word such as `svcs`: consonants, but for its first letter.
fn is_contraction(text: &str) -> bool {
    (SHORTEST_ABBREVIATION..=6).contains(&text.len()) && !text.bytes().skip(1).any(is_vowel)
}

/// Whether the letters of the short word stand in the long one in this order, the first at its beginning.
fn has_in_order(long: &str, short: &str) -> bool {
    let mut letters = long.bytes();
    long.as_bytes().first() == short.as_bytes().first()
        && short.bytes().all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_one_letter_or_two_exchanged() {
        for (one, other) in
            [("harper", "harpr"), ("harper", "harpier"), ("harper", "hamper"), ("harper", "hraper"), ("łódź", "łóźd")]
        {
            assert!(one_slip(one, other) && one_slip(other, one), "{one} {other}");
        }
        for (one, other) in [("harper", "hrapre"), ("harper", "harp"), ("harper", "hooper"), ("ab", "cd")] {
            assert!(!one_slip(one, other) && !one_slip(other, one), "{one} {other}");
        }
    }

    #[test]
    fn contractions_leave_vowels_out() {
        for (short, long) in
            [("svcs", "services"), ("mgmt", "management"), ("hldgs", "holdings"), ("cnslt", "consulting")]
        {
            assert!(is_contraction(short) && has_in_order(long, short), "{short}");
        }
        for (short, long) in [("svcs", "savings"), ("tech", "technology")] {
            assert!(!(is_contraction(short) && has_in_order(long, short)), "{short}");
        }
    }

    #[test]
    fn words_of_one_root_are_plural_and_singular_or_written_umlauts() {
        for (one, other) in
            [("muller", "mueller"), ("companies", "company"), ("partner", "partners"), ("goethe", "gothe")]
        {
            assert_eq!(root(one), root(other), "{one}");
        }
        assert_ne!(root("glass"), root("glas"));
    }
}
