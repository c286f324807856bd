//! Words by number, and how much each says.
//!
//! A word says the more, the fewer names have it. Counts are of both sides, so a weight is the same from both; they are
//! mixed with those of an imagined larger list, so that three companies are weighed as three thousand are.

use std::collections::HashMap;

use super::vocabulary;

/// Names of the imagined list.
const IMAGINED: u32 = 2_000;
/// How many of them have a word that is common anywhere.
const HAVE_COMMON: u32 = 150;
/// A number tells branches apart, however many names have it.
const LEAST_OF_NUMBERS: u32 = 3_500;

/// A word by its number.
pub(super) type Word = u32;

/// Words by number, in order of their first use.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    numbers: HashMap<Box<str>, Word>,
    texts: Vec<Box<str>>,
}

impl Dictionary {
    pub(super) fn number(&mut self, text: &str) -> Word {
        if let Some(&word) = self.numbers.get(text) {
            return word;
        }
        let word = Word::try_from(self.texts.len()).unwrap_or(Word::MAX);
        self.numbers.insert(text.into(), word);
        self.texts.push(text.into());
        word
    }

    pub(super) fn find(&self, text: &str) -> Option<Word> {
        self.numbers.get(text).copied()
    }

    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }
}

/// The targets' words, continued by those that only subjects have.
#[derive(Debug)]
pub(super) struct Vocabulary<'a> {
    targets: &'a Dictionary,
    more: Dictionary,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn after(targets: &'a Dictionary) -> Self {
        Self { targets, more: Dictionary::default() }
    }

    pub(super) fn number(&mut self, text: &str) -> Word {
        self.targets.find(text).unwrap_or_else(|| self.own() + self.more.number(text))
    }

    pub(super) fn text(&self, word: Word) -> &str {
        match word.checked_sub(self.own()) {
            None => &self.targets.texts[word as usize],
            Some(more) => &self.more.texts[more as usize],
        }
    }

    /// Every word, by number.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.targets.texts().chain(self.more.texts())
    }

    /// How many words the targets have.
    pub(super) fn own(&self) -> Word {
        Word::try_from(self.targets.texts.len()).unwrap_or(Word::MAX)
    }
}

/// How many names of one side have each word.
#[derive(Debug, Default)]
pub(super) struct Counts {
    names: u32,
    having: Vec<u32>,
}

impl Counts {
    /// Counts a name; a word that it has twice counts once.
    pub(super) fn add(&mut self, words: &[Word]) {
        self.names += 1;
        for (at, &word) in words.iter().enumerate() {
            if words[..at].contains(&word) {
                continue;
            }
            let number = word as usize;
            if self.having.len() <= number {
                self.having.resize(number + 1, 0);
            }
            self.having[number] += 1;
        }
    }

    pub(super) fn of(&self, word: Word) -> u32 {
        self.having.get(word as usize).copied().unwrap_or(0)
    }
}

/// What each word says, in thousandths.
#[derive(Debug)]
pub(super) struct Weights(Vec<u32>);

impl Weights {
    pub(super) fn new(vocabulary: &Vocabulary<'_>, targets: &Counts, subjects: &Counts) -> Self {
        let names = targets.names + subjects.names + IMAGINED;
        let weights = (0..).zip(vocabulary.texts()).map(|(word, text)| {
            let imagined = if vocabulary::is_common(text) { HAVE_COMMON } else { 0 };
            let weight = rarity(names, targets.of(word) + subjects.of(word) + imagined);
            if has_digit(text) { weight.max(LEAST_OF_NUMBERS) } else { weight }
        });
        Self(weights.collect())
    }

    pub(super) fn of(&self, word: Word) -> u32 {
        self.0[word as usize]
    }

    pub(super) fn sum(&self, words: &[Word]) -> u32 {
        words.iter().map(|word| self.of(*word)).sum()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 23,000")]
fn rarity(names: u32, having: u32) -> u32 {
    (1_000.0 * (f64::from(names) / f64::from(having.max(1))).ln_1p()).round() as u32
}

/// Whether a word is a number, or has one in it: then no letter of it is a slip.
pub(super) fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
