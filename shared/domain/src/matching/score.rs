//! How much speaks for one pair: its names word by word, then everything else on top.
//!
//! Of names, what both have counts for the pair and what one lacks against it, each word by its weight; a word that stands
//! against another counts more than one that is merely left out. Numbers are thousandths.

use super::similar::{Likeness, SAME};
use super::words::{Vocabulary, Weights, Word};
use super::{Evidence, EvidenceKind};

/// What counts against a pair, in hundredths of a word's weight: the part of two words in which they differ, a word of each
/// side against one of the other, a word that only one side has.
const DIFFERENT: u32 = 100;
const AGAINST: u32 = 200;
const LACKING: u32 = 80;

/// Two words written as one, a single letter for a word, initials for two words and for more.
const JOINED: Likeness = 970;
const INITIAL: Likeness = 750;
const TWO_INITIALS: Likeness = 700;
const INITIALS: Likeness = 800;
const MOST_INITIALS: usize = 6;
/// Initials alone are a guess that nobody should take without looking.
const INITIALS_ALONE: u32 = 650;

/// Same words in another order; other legal forms; a legal form on one side only.
const REORDERED: u32 = 970;
const OTHER_FORM: u32 = 955;
const NO_FORM: u32 = 970;

/// A name as it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameView<'a> {
    pub(super) words: &'a [Word],
    pub(super) forms: &'a [&'static str],
}

/// What a comparison goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale<'a> {
    pub(super) vocabulary: &'a Vocabulary<'a>,
    pub(super) weights: &'a Weights,
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NameScore {
    pub(super) thousandths: u32,
    /// In words, if they have all words in common.
    same: Option<&'static str>,
}

/// Words matched so far, and what they weigh.
struct Alignment<'a> {
    one: &'a [Word],
    other: &'a [Word],
    one_free: u32,
    other_free: u32,
    agreed: u32,
    differing: u32,
}

impl Alignment<'_> {
    fn take(&mut self, ones: u32, others: u32, weight: u32, likeness: Likeness) {
        self.one_free &= !ones;
        self.other_free &= !others;
        self.agreed += weight * likeness / SAME;
        self.differing += weight * (SAME - likeness) / SAME;
    }
}

fn places(free: u32) -> impl Iterator<Item = usize> {
    (0..32).filter(move |at| free & (1 << at) != 0)
}

const fn all(words: &[Word]) -> u32 {
    // A name has 24 words at most.
    (1 << words.len()) - 1
}

/// Compares two names; `alike` gives the likeness of two different words, 0 for none.
pub(super) fn names(
    one: NameView<'_>,
    other: NameView<'_>,
    scale: Scale<'_>,
    alike: impl Fn(Word, Word) -> Likeness,
) -> NameScore {
    let mut alignment = Alignment {
        one: one.words,
        other: other.words,
        one_free: all(one.words),
        other_free: all(other.words),
        agreed: 0,
        differing: 0,
    };
    let in_order = same_words(&mut alignment, scale);
    let all_same = alignment.one_free == 0 && alignment.other_free == 0 && !one.words.is_empty();
    let same = all_same.then_some(match (in_order, one.forms == other.forms) {
        (true, true) => "same name",
        (true, false) => "same name but for the legal form",
        (false, _) => "same words in another order",
    });
    let mut by_initials = 0;
    if alignment.one_free != 0 && alignment.other_free != 0 {
        like_words(&mut alignment, scale, alike);
        if alignment.one_free != 0 && alignment.other_free != 0 {
            joined_words(&mut alignment, scale);
            by_initials = initials(&mut alignment, scale);
        }
    }
    let lacks = |words: &[Word], free: u32| places(free).map(|at| scale.weights.of(words[at])).sum::<u32>();
    let (one_lacks, other_lacks) = (lacks(other.words, alignment.other_free), lacks(one.words, alignment.one_free));
    let (fewer, more) = (one_lacks.min(other_lacks), one_lacks.max(other_lacks));
    let agreed = u64::from(alignment.agreed) * 100;
    let against = u64::from(alignment.differing) * u64::from(DIFFERENT)
        + u64::from(fewer) * u64::from(AGAINST)
        + u64::from(more - fewer) * u64::from(LACKING);
    let mut thousandths = u32::try_from(agreed * 1_000 / (agreed + against).max(1)).unwrap_or(0);
    if !in_order {
        thousandths = thousandths * REORDERED / 1_000;
    }
    thousandths = thousandths * forms(one.forms, other.forms) / 1_000;
    if by_initials > 0 && by_initials >= alignment.agreed {
        thousandths = thousandths.min(INITIALS_ALONE);
    }
    NameScore { thousandths, same }
}

fn forms(one: &[&str], other: &[&str]) -> u32 {
    if one == other {
        1_000
    } else if one.is_empty() || other.is_empty() || one.iter().any(|form| other.contains(form)) {
        NO_FORM
    } else {
        OTHER_FORM
    }
}

/// Matches words that are the same. Returns whether they stand in the same order.
fn same_words(alignment: &mut Alignment<'_>, scale: Scale<'_>) -> bool {
    let (mut in_order, mut last) = (true, None);
    for (at, word) in alignment.one.iter().enumerate() {
        let found = places(alignment.other_free).take_while(|there| *there < alignment.other.len());
        let found = { found }.find(|there| alignment.other[*there] == *word);
        if let Some(there) = found {
            in_order &= last.is_none_or(|last| last < there);
            last = Some(there);
            alignment.take(1 << at, 1 << there, scale.weights.of(*word), SAME);
        }
    }
    in_order
}

/// Matches words that are one but for the way they are written, the best pair first.
fn like_words(alignment: &mut Alignment<'_>, scale: Scale<'_>, alike: impl Fn(Word, Word) -> Likeness) {
    loop {
        let mut best: Option<(u32, usize, usize, Likeness, u32)> = None;
        for at in places(alignment.one_free) {
            for there in places(alignment.other_free) {
                let (one, other) = (alignment.one[at], alignment.other[there]);
                let likeness = alike(one, other);
                if likeness == 0 {
                    continue;
                }
                let weight = scale.weights.of(one).midpoint(scale.weights.of(other));
                let gain = weight * likeness / SAME;
                let better = best.is_none_or(|(most, i, j, ..)| {
                    let texts = |i: usize, j: usize| {
                        let (one, other) = (alignment.one[i], alignment.other[j]);
                        let (one, other) = (scale.vocabulary.text(one), scale.vocabulary.text(other));
                        (one.min(other), one.max(other))
                    };
                    gain > most || (gain == most && texts(at, there) < texts(i, j))
                });
                if better {
                    best = Some((gain, at, there, likeness, weight));
                }
            }
        }
        let Some((_, at, there, likeness, weight)) = best else { return };
        alignment.take(1 << at, 1 << there, weight, likeness);
    }
}

/// Matches two words of one side with the word that the other made of them.
fn joined_words(alignment: &mut Alignment<'_>, scale: Scale<'_>) {
    for turned in [false, true] {
        let (pairs, pairs_free, wholes, wholes_free) = if turned {
            (alignment.other, alignment.other_free, alignment.one, alignment.one_free)
        } else {
            (alignment.one, alignment.one_free, alignment.other, alignment.other_free)
        };
        for at in places(pairs_free & (pairs_free >> 1)) {
            let (first, second) = (scale.vocabulary.text(pairs[at]), scale.vocabulary.text(pairs[at + 1]));
            let whole = places(wholes_free).find(|there| {
                let whole = scale.vocabulary.text(wholes[*there]);
                whole.len() == first.len() + second.len() && whole.starts_with(first) && whole.ends_with(second)
            });
            let Some(there) = whole else { continue };
            let pair = scale.weights.of(pairs[at]) + scale.weights.of(pairs[at + 1]);
            let weight = pair.midpoint(scale.weights.of(wholes[there]));
            let (two, one) = (0b11 << at, 1 << there);
            let (ones, others) = if turned { (one, two) } else { (two, one) };
            alignment.take(ones, others, weight, JOINED);
            break;
        }
    }
}

/// Matches initials with the words that they are of. Returns what the matched words weigh.
fn initials(alignment: &mut Alignment<'_>, scale: Scale<'_>) -> u32 {
    let before = alignment.agreed;
    for turned in [false, true] {
        let (shorts, shorts_free, fulls, fulls_free) = if turned {
            (alignment.other, alignment.other_free, alignment.one, alignment.one_free)
        } else {
            (alignment.one, alignment.one_free, alignment.other, alignment.other_free)
        };
        let found = places(shorts_free).find_map(|at| {
            let letters = scale.vocabulary.text(shorts[at]);
            let length = letters.len();
            if length > MOST_INITIALS || !letters.bytes().all(|letter| letter.is_ascii_lowercase()) {
                return None;
            }
            let run: u32 = (1 << length) - 1;
            let starts = (0..fulls.len()).filter(|start| start + length <= fulls.len());
            let mut starts = starts.filter(|start| fulls_free & (run << start) == run << start);
            let fits = |start: &usize| {
                let words = fulls[*start..start + length].iter().map(|word| scale.vocabulary.text(*word));
                words.zip(letters.bytes()).all(|(word, letter)| word.len() > 1 && word.bytes().next() == Some(letter))
            };
            starts.find(fits).map(|start| (at, start, length, run << start))
        });
        let Some((at, start, length, taken)) = found else { continue };
        let full: u32 = scale.weights.sum(&fulls[start..start + length]);
        let weight = full.midpoint(scale.weights.of(shorts[at]));
        let likeness = match length {
            1 => INITIAL,
            2 => TWO_INITIALS,
            _ => INITIALS,
        };
        let (ones, others) = if turned { (taken, 1 << at) } else { (1 << at, taken) };
        alignment.take(ones, others, weight, likeness);
    }
    alignment.agreed - before
}

/// What two companies have in common besides their names. How many share a value says how much it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// An id of one system.
    pub(super) id: Option<String>,
    /// They have different ids in one system.
    pub(super) other_id: bool,
    /// A domain, and how many companies of a side have it.
    pub(super) domain: Option<(String, usize)>,
    /// Both have domains, and none in common.
    pub(super) other_domain: bool,
    /// A telephone number, and how many have it.
    pub(super) phone: Option<(String, usize)>,
    /// Devices with one serial number.
    pub(super) serials: usize,
}

/// How sure a pair is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Strength {
    /// As shown, in thousandths.
    pub(super) score: u32,
    /// As ordered: it goes on growing where the score is at its end.
    pub(super) rank: u32,
}

const NOTHING: u32 = 1_000;

impl Shared {
    /// What remains unsure of a pair, in thousandths, by each thing that they share; and what it adds to the rank.
    fn parts(&self) -> [(u32, u32); 4] {
        let told = |shared: &Option<(String, usize)>, steps: [(u32, u32); 3]| match shared {
            None => (NOTHING, 0),
            Some((_, 1)) => steps[0],
            Some((_, 2 | 3)) => steps[1],
            Some(_) => steps[2],
        };
        [
            if self.id.is_some() { (10, 2_000) } else { (NOTHING, 0) },
            told(&self.domain, [(100, 300), (300, 150), (600, 60)]),
            told(&self.phone, [(350, 150), (550, 80), (800, 30)]),
            match self.serials {
                0 => (NOTHING, 0),
                1 => (200, 200),
                _ => (50, 300),
            },
        ]
    }

    /// Everything together.
    pub(super) fn with_name(&self, name: NameScore) -> Strength {
        let mut unsure = NOTHING - name.thousandths;
        let mut rank = name.thousandths;
        for (part, more) in self.parts() {
            unsure = unsure * part / NOTHING;
            rank += more;
        }
        let mut strength = Strength { score: NOTHING - unsure, rank };
        let mut weaken = |score: u32, rank: u32| {
            strength.score = strength.score * score / NOTHING;
            strength.rank = strength.rank.saturating_sub(rank);
        };
        if self.other_domain {
            weaken(970, 40);
        }
        if self.other_id && self.id.is_none() {
            weaken(600, 400);
        }
        strength
    }

    /// In words, strongest first.
    pub(super) fn evidence(&self, name: NameScore, phone: Option<&str>) -> Vec<Evidence> {
        let devices = match self.serials {
            0 => None,
            1 => Some("one device".to_owned()),
            many => Some(format!("{many} devices")),
        };
        let alone = self.id.is_none() && self.domain.is_none() && devices.is_none();
        let name = match name.thousandths {
            600.. => Some(name.same.unwrap_or("similar name")),
            400.. => Some("somewhat similar name"),
            _ => alone.then_some("somewhat similar name"),
        };
        let told = [
            (EvidenceKind::PsaId, self.id.clone()),
            (EvidenceKind::Domain, self.domain.as_ref().map(|(domain, _)| domain.clone())),
            (EvidenceKind::Serials, devices),
            (EvidenceKind::Name, name.map(str::to_owned)),
            (EvidenceKind::Phone, self.phone.as_ref().and(phone).map(str::to_owned)),
        ];
        told.into_iter().filter_map(|(kind, detail)| Some(Evidence { kind, detail: detail? })).collect()
    }
}
