//! The inverted index: from the words, ids, domains, phones and serials of the targets to the targets that have them.
//!
//! A subject meets only targets that share something rare with it. Values that very many targets have lead to none of
//! them, and the commonest words of a name are looked up only as far as a budget reaches; its exact wording is looked up
//! always.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use super::chains::Chains;
use super::name::CompanyName;
use super::score::{self, NameScore, NameView, Scale, Shared, Strength};
use super::settle::{self, Pair};
use super::similar::{Likeness, SAME, Sides, Spellings};
use super::words::{Counts, Dictionary, Vocabulary, Weights, Word};
use super::{Ambiguous, Candidate, LOWEST_SCORE, Outcome, Profile, Proposal, Rules, telling};

/// A value that more targets have tells nothing.
const MOST_SHARING: usize = 10;
/// Targets of the same wording that are looked at.
const MOST_NAMESAKES: usize = 16;
/// Entries of word lists that are read for one subject.
const READ_AT_MOST: usize = 4_000;
/// Candidates by name that are compared word by word.
const COMPARED: usize = 8;
/// The least part of both names' weight that candidates share, in thousandths; none that shares less comes to the lowest
/// score.
const LEAST_SHARED: u64 = 450;
/// Candidates of an ambiguous subject that are told.
const TOLD: usize = 5;

/// What a company is told by, in comparable form.
#[derive(Debug, Default)]
struct Telling {
    ids: BTreeSet<(String, String)>,
    domains: BTreeSet<String>,
    phone: Option<String>,
    serials: BTreeSet<String>,
}

impl Telling {
    fn of(profile: &Profile) -> Self {
        let ids = profile.ids.iter().map(|(system, id)| (system.to_string(), id.to_string()));
        Self {
            ids: ids.collect(),
            domains: profile.domains.iter().filter_map(|text| telling::domain(text)).collect(),
            phone: profile.phone.as_deref().and_then(telling::phone),
            serials: profile.serials.iter().filter_map(|text| telling::serial(text)).collect(),
        }
    }
}

/// A company, prepared.
#[derive(Debug)]
struct Entry {
    name: CompanyName,
    words: Vec<Word>,
    telling: Telling,
}

impl Entry {
    fn view(&self) -> NameView<'_> {
        NameView { words: &self.words, forms: self.name.forms() }
    }
}

/// Who has a value; a list is no longer than it is of use.
#[derive(Debug)]
struct Holders<K>(HashMap<K, Vec<u32>>);

impl<K: Hash + Eq> Holders<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    fn add(&mut self, value: K, holder: u32, at_most: usize) {
        let holders = self.0.entry(value).or_default();
        if holders.len() <= at_most {
            holders.push(holder);
        }
    }

    /// Those who have it, unless too many do.
    fn of<Q: Hash + Eq + ?Sized>(&self, value: &Q) -> &[u32]
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(value).map_or(&[], |holders| if holders.len() > MOST_SHARING { &[] } else { holders })
    }
}

#[derive(Debug)]
struct TellingIndex {
    ids: Holders<(String, String)>,
    domains: Holders<String>,
    phones: Holders<String>,
    serials: Holders<String>,
}

impl TellingIndex {
    fn of<'a>(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut index =
            Self { ids: Holders::new(), domains: Holders::new(), phones: Holders::new(), serials: Holders::new() };
        for (place, entry) in (0..).zip(entries) {
            let telling = &entry.telling;
            telling.ids.iter().for_each(|id| index.ids.add(id.clone(), place, MOST_SHARING));
            telling.domains.iter().for_each(|domain| index.domains.add(domain.clone(), place, MOST_SHARING));
            telling.phone.iter().for_each(|phone| index.phones.add(phone.clone(), place, MOST_SHARING));
            telling.serials.iter().for_each(|serial| index.serials.add(serial.clone(), place, MOST_SHARING));
        }
        index
    }

    fn holders<'a>(&'a self, telling: &'a Telling) -> impl Iterator<Item = u32> + 'a {
        let ids = telling.ids.iter().flat_map(|id| self.ids.of(id));
        let domains = telling.domains.iter().flat_map(|domain| self.domains.of(domain));
        let phones = telling.phone.iter().flat_map(|phone| self.phones.of(phone));
        let serials = telling.serials.iter().flat_map(|serial| self.serials.of(serial));
        ids.chain(domains).chain(phones).chain(serials).copied()
    }
}

/// Companies that can be found. See the module's documentation.
#[derive(Debug)]
pub struct Matcher {
    /// Where each stood in what was given; here they are in order of what they are.
    places: Vec<usize>,
    entries: Vec<Entry>,
    dictionary: Dictionary,
    counts: Counts,
    spellings: Spellings,
    /// Targets that have a word, that have two neighbouring words as one, whose initials are a word.
    having: Vec<Vec<u32>>,
    joined: Chains,
    initials: Chains,
    worded: Chains,
    telling: TellingIndex,
}

impl Matcher {
    /// An index over these companies.
    pub fn new(targets: Vec<Profile>) -> Self {
        let mut ordered: Vec<(usize, Profile)> = targets.into_iter().enumerate().collect();
        ordered.sort_by(|(_, one), (_, other)| content(one).cmp(&content(other)));
        let (places, profiles): (Vec<_>, Vec<_>) = ordered.into_iter().unzip();
        let mut dictionary = Dictionary::default();
        let mut counts = Counts::default();
        let entries: Vec<Entry> = profiles
            .iter()
            .map(|profile| {
                let name = CompanyName::of(&profile.name);
                let words: Vec<Word> = name.words().map(|word| dictionary.number(word)).collect();
                counts.add(&words);
                Entry { name, words, telling: Telling::of(profile) }
            })
            .collect();
        let having = vec![Vec::new(); dictionary.texts().len()];
        let mut matcher = Self {
            spellings: Spellings::of(&dictionary),
            having,
            joined: Chains::default(),
            initials: Chains::default(),
            worded: Chains::default(),
            telling: TellingIndex::of(entries.iter()),
            places,
            entries,
            dictionary,
            counts,
        };
        matcher.list_words();
        matcher
    }

    fn list_words(&mut self) {
        for (place, entry) in (0..).zip(&self.entries) {
            for (at, &word) in entry.words.iter().enumerate() {
                if !entry.words[..at].contains(&word) {
                    self.having[word as usize].push(place);
                }
            }
            let texts: Vec<&str> = entry.name.words().collect();
            for pair in texts.windows(2) {
                self.joined.add(pair.concat().as_bytes(), place);
            }
            if let Some(initials) = initials_of(&texts) {
                self.initials.add(initials.as_bytes(), place);
            }
            self.worded.add(entry.name.as_str().as_bytes(), place);
        }
    }

    /// What each subject is most like, at [`LOWEST_SCORE`] at least, however many others are as like.
    #[cfg(test)]
    pub(super) fn best(&self, subjects: &[Profile]) -> Vec<Option<Candidate>> {
        let lookup = Lookup::new(self, subjects, &Rules::default());
        let mut scratch = Scratch::default();
        let mut best = |subject| {
            let pair = lookup.candidates(subject, &mut scratch).into_iter().next()?;
            Some(lookup.candidate(subject, pair.target))
        };
        (0..).take(subjects.len()).map(&mut best).collect()
    }

    /// Says which subject is which target.
    pub fn propose(&self, subjects: &[Profile], rules: &Rules) -> Outcome {
        let lookup = Lookup::new(self, subjects, rules);
        let mut scratch = Scratch::default();
        let each = (0..).take(subjects.len());
        let pairs: Vec<Pair> = each.flat_map(|subject| lookup.candidates(subject, &mut scratch)).collect();
        let (taken, left) = settle::settle(&pairs, rules.one_to_one);
        let proposal = |pair: &Pair| Proposal {
            subject: pair.subject as usize,
            candidate: lookup.candidate(pair.subject, pair.target),
        };
        let ambiguous = |pairs: &Vec<Pair>| {
            let told = pairs.iter().take(TOLD).map(|pair| lookup.candidate(pair.subject, pair.target));
            Some(Ambiguous { subject: pairs.first()?.subject as usize, candidates: told.collect() })
        };
        Outcome {
            proposals: taken.iter().map(proposal).collect(),
            ambiguous: left.iter().filter_map(ambiguous).collect(),
        }
    }
}

/// What a company is, for an order that does not depend on where it stands.
fn content(profile: &Profile) -> impl Ord + '_ {
    (&profile.name, &profile.domains, &profile.phone, &profile.ids, &profile.serials)
}

/// The initials of a name of several words.
fn initials_of(texts: &[&str]) -> Option<String> {
    if !(3..=6).contains(&texts.len()) {
        return None;
    }
    texts.iter().map(|word| word.chars().next().filter(char::is_ascii_lowercase)).collect()
}

/// Subjects on their way through a matcher.
struct Lookup<'a> {
    matcher: &'a Matcher,
    profiles: &'a [Profile],
    closed: HashSet<u32>,
    entries: Vec<Entry>,
    vocabulary: Vocabulary<'a>,
    weights: Weights,
    /// What each target's name weighs.
    target_weights: Vec<u32>,
    /// Of each word that subjects have: what it may be besides itself.
    neighbours: Vec<Vec<(Word, Likeness)>>,
    telling: TellingIndex,
    one_to_one: bool,
}

impl<'a> Lookup<'a> {
    fn new(matcher: &'a Matcher, profiles: &'a [Profile], rules: &Rules) -> Self {
        let mut vocabulary = Vocabulary::after(&matcher.dictionary);
        let mut counts = Counts::default();
        let entries: Vec<Entry> = profiles
            .iter()
            .map(|profile| {
                let name = CompanyName::of(&profile.name);
                let words: Vec<Word> = name.words().map(|word| vocabulary.number(word)).collect();
                counts.add(&words);
                Entry { name, words, telling: Telling::of(profile) }
            })
            .collect();
        let weights = Weights::new(&vocabulary, &matcher.counts, &counts);
        let sides = Sides { vocabulary: &vocabulary, targets: &matcher.counts, subjects: &counts };
        let neighbours = (0..)
            .zip(vocabulary.texts())
            .map(|(word, _)| if counts.of(word) == 0 { Vec::new() } else { matcher.spellings.neighbours(word, sides) })
            .collect();
        Self {
            closed: (0..).zip(&matcher.places).filter(|(_, at)| rules.closed.contains(at)).map(|(at, _)| at).collect(),
            target_weights: matcher.entries.iter().map(|entry| weights.sum(&entry.words)).collect(),
            telling: TellingIndex::of(entries.iter()),
            one_to_one: rules.one_to_one,
            matcher,
            profiles,
            entries,
            vocabulary,
            weights,
            neighbours,
        }
    }

    /// The pairs of a subject that come into question, best first.
    fn candidates(&self, subject: u32, scratch: &mut Scratch) -> Vec<Pair> {
        let mut met = self.by_name(subject, scratch);
        met.extend(self.matcher.telling.holders(&self.entries[subject as usize].telling));
        met.sort_unstable();
        met.dedup();
        met.retain(|target| !self.closed.contains(target));
        let mut pairs: Vec<Pair> = met
            .into_iter()
            .filter_map(|target| {
                let strength = self.strength(subject, target).0;
                let told = rounded(strength.score) >= LOWEST_SCORE;
                told.then_some(Pair { subject, target, rank: strength.rank })
            })
            .collect();
        pairs.sort_by_key(|pair| (std::cmp::Reverse(pair.rank), pair.target));
        pairs
    }

    fn strength(&self, subject: u32, target: u32) -> (Strength, NameScore, Shared) {
        let (one, other) = (&self.entries[subject as usize], &self.matcher.entries[target as usize]);
        let scale = Scale { vocabulary: &self.vocabulary, weights: &self.weights };
        let name = score::names(one.view(), other.view(), scale, |word, other| {
            let neighbours = &self.neighbours[word as usize];
            neighbours.iter().find(|(known, _)| *known == other).map_or(0, |(_, likeness)| *likeness)
        });
        let shared = self.shared(&one.telling, &other.telling);
        (shared.with_name(name), name, shared)
    }

    /// What they have in common, and how many of either side have it too.
    fn shared(&self, one: &Telling, other: &Telling) -> Shared {
        let theirs = &self.matcher.telling;
        // Where a target takes several, its subjects may well share what is the target's.
        let here = |holders: &[u32]| if self.one_to_one { holders.len() } else { 1 };
        let domain = one.domains.intersection(&other.domains).filter_map(|domain| {
            let (here, there) = (here(self.telling.domains.of(domain)), theirs.domains.of(domain).len());
            (here > 0 && there > 0).then(|| (domain.clone(), here.max(there)))
        });
        let phone = one.phone.as_ref().filter(|phone| other.phone.as_ref() == Some(*phone)).and_then(|phone| {
            let (here, there) = (here(self.telling.phones.of(phone)), theirs.phones.of(phone).len());
            (here > 0 && there > 0).then(|| (phone.clone(), here.max(there)))
        });
        let serials = one
            .serials
            .intersection(&other.serials)
            .filter(|serial| self.telling.serials.of(*serial).len() == 1 && theirs.serials.of(*serial).len() == 1);
        let mut systems = one.ids.iter().map(|(system, _)| system);
        Shared {
            id: one.ids.intersection(&other.ids).next().map(|(system, id)| format!("{system} {id}")),
            other_id: systems.any(|system| other.ids.iter().any(|(known, _)| known == system)),
            domain: domain.min_by(|(text, many), (other, more)| (many, text).cmp(&(more, other))),
            other_domain: !one.domains.is_empty()
                && !other.domains.is_empty()
                && one.domains.is_disjoint(&other.domains),
            phone,
            serials: serials.count(),
        }
    }

    /// Targets whose names share enough of their weight with a subject's, the most promising ones.
    fn by_name(&self, subject: u32, scratch: &mut Scratch) -> Vec<u32> {
        let entry = &self.entries[subject as usize];
        let matcher = self.matcher;
        let mut lists: Vec<(&[u32], u32)> = Vec::new();
        let mut list = |word: Word, weight: u32| {
            if let Some(having) = matcher.having.get(word as usize) {
                lists.push((having, weight));
            }
        };
        let texts: Vec<&str> = entry.name.words().collect();
        for (at, &word) in entry.words.iter().enumerate() {
            let weight = self.weights.of(word);
            list(word, weight);
            for (other, likeness) in &self.neighbours[word as usize] {
                // As the pair is scored, so that it is met from either side.
                list(*other, weight.midpoint(self.weights.of(*other)) * likeness / SAME);
            }
            if let Some(next) = texts.get(at + 1)
                && let Some(whole) = matcher.dictionary.find(&[texts[at], *next].concat())
            {
                list(whole, weight + self.weights.of(entry.words[at + 1]));
            }
        }
        if let Some(whole) = initials_of(&texts).and_then(|initials| matcher.dictionary.find(&initials)) {
            list(whole, self.weights.of(whole) * 2);
        }
        scratch.sums.resize(matcher.entries.len(), 0);
        lists.sort_by_key(|(having, _)| having.len());
        let mut left = READ_AT_MOST;
        for (having, weight) in lists {
            let read = having.len().min(left);
            having[..read].iter().for_each(|target| scratch.add(*target, weight));
            left -= read;
        }
        for (text, &word) in texts.iter().zip(&entry.words) {
            let weight = self.weights.of(word);
            // What the target's two words weigh is not at hand; rather too many are compared than too few.
            matcher.joined.of(text.as_bytes()).take(MOST_NAMESAKES).for_each(|target| scratch.add(target, weight * 2));
            matcher
                .initials
                .of(text.as_bytes())
                .take(MOST_NAMESAKES)
                .for_each(|target| scratch.add(target, weight * 2));
        }
        let mut met = self.most_promising(scratch, self.weights.sum(&entry.words));
        met.extend(matcher.worded.of(entry.name.as_str().as_bytes()).take(MOST_NAMESAKES));
        met
    }

    fn most_promising(&self, scratch: &mut Scratch, own: u32) -> Vec<u32> {
        let mut parts: Vec<(u64, u32)> = Vec::new();
        for target in scratch.met.drain(..) {
            let sum = std::mem::take(&mut scratch.sums[target as usize]);
            let both = u64::from(own) + u64::from(self.target_weights[target as usize]);
            let part = u64::from(sum) * 2_000 / both.max(1);
            if part >= LEAST_SHARED {
                parts.push((part, target));
            }
        }
        if parts.len() > COMPARED {
            parts.select_nth_unstable_by_key(COMPARED, |&(part, target)| (std::cmp::Reverse(part), target));
            parts.truncate(COMPARED);
        }
        parts.into_iter().map(|(_, target)| target).collect()
    }

    fn candidate(&self, subject: u32, target: u32) -> Candidate {
        let (strength, name, shared) = self.strength(subject, target);
        Candidate {
            target: self.matcher.places[target as usize],
            score: rounded(strength.score),
            evidence: shared.evidence(name, self.profiles[subject as usize].phone.as_deref()),
        }
    }
}

/// Sums of weights by target, empty between two subjects.
#[derive(Debug, Default)]
struct Scratch {
    sums: Vec<u32>,
    met: Vec<u32>,
}

impl Scratch {
    fn add(&mut self, target: u32, weight: u32) {
        let sum = &mut self.sums[target as usize];
        if *sum == 0 {
            self.met.push(target);
        }
        *sum += weight;
    }
}

/// Hundredths; only what is beyond doubt is 100.
fn rounded(thousandths: u32) -> u8 {
    u8::try_from(thousandths / 10).unwrap_or(100).min(100)
}
