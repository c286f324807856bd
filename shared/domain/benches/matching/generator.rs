//! Two lists of company names of which it is known who is whom.
//!
//! Made from words of its own: nothing here is taken from what the matcher knows, so a list shows how it fares with names
//! that nobody prepared it for. Of each list 70 % are in the other as well: of these 30 % bear another legal form, 15 % have
//! a slip of the keys, 10 % their words in another order, 10 % an abbreviation. The rest of each list are other companies,
//! with names of the same words.

use std::collections::HashSet;

use fastrand::Rng;

use words::{
    ABBREVIATIONS, COLOURS, FORMS, GIVEN, HONOURED, NATURE, PLACES, SURNAMES, SYLLABLES, TITLES, TRADES, TRAILS,
};

#[path = "generator_words.rs"]
mod words;

/// Two lists, and who is whom.
pub(crate) struct Sample {
    /// Names in the portal.
    pub(crate) portal: Vec<String>,
    /// Names at the vendor.
    pub(crate) vendor: Vec<String>,
    /// Which portal company each vendor company is, by place.
    pub(crate) truth: Vec<Option<usize>>,
}

/// A company as it calls itself.
#[derive(Clone)]
struct Company {
    words: Vec<&'static str>,
    coined: Option<String>,
    form: Option<&'static str>,
    /// The first word is a person's given name.
    person: bool,
}

impl Company {
    fn written(&self) -> Vec<String> {
        self.coined.iter().cloned().chain(self.words.iter().map(|word| (*word).to_owned())).collect()
    }

    /// What makes it this company: two of the same words would be one to anybody.
    fn identity(&self) -> Vec<String> {
        let mut words = self.written();
        words.retain(|word| word != "&" && word != "and");
        words.sort();
        words
    }
}

/// How a vendor writes what the portal writes its own way.
#[derive(Clone, Copy)]
enum Variant {
    Same,
    Form,
    Slip,
    Order,
    Abbreviation,
}

/// Two lists of `size` names.
pub(crate) fn sample(size: usize, seed: u64) -> Sample {
    let mut rng = Rng::with_seed(seed);
    let mut known = HashSet::new();
    let shared = size * 70 / 100;
    let (mut portal, mut vendor) = (Vec::new(), Vec::new());
    for number in 0..shared {
        let variant = match number * 100 / shared {
            0..30 => Variant::Form,
            30..45 => Variant::Slip,
            45..55 => Variant::Order,
            55..65 => Variant::Abbreviation,
            _ => Variant::Same,
        };
        let (own, theirs) = pair(&mut rng, &mut known, variant);
        portal.push((own, Some(number)));
        vendor.push((theirs, Some(number)));
    }
    for list in [&mut portal, &mut vendor] {
        while list.len() < size {
            let company = new_company(&mut rng, &mut known, |_| true);
            list.push((finish(&mut rng, company.written(), company.form), None));
        }
        rng.shuffle(list);
    }
    let mut places = vec![None; shared];
    for (place, (_, number)) in portal.iter().enumerate() {
        if let Some(number) = number {
            places[*number] = Some(place);
        }
    }
    let truth = vendor.iter().map(|(_, number)| places[(*number)?]).collect();
    let names = |list: Vec<(String, Option<usize>)>| list.into_iter().map(|(name, _)| name).collect();
    Sample { truth, portal: names(portal), vendor: names(vendor) }
}

/// A company that was not there before, of which the condition holds.
fn new_company(rng: &mut Rng, known: &mut HashSet<Vec<String>>, fits: impl Fn(&Company) -> bool) -> Company {
    loop {
        let company = company(rng);
        if fits(&company) && known.insert(company.identity()) {
            return company;
        }
    }
}

fn pair(rng: &mut Rng, known: &mut HashSet<Vec<String>>, variant: Variant) -> (String, String) {
    let company = new_company(rng, known, |company| match variant {
        Variant::Same | Variant::Form => true,
        Variant::Slip => company.written().iter().any(|word| word.chars().count() >= 4),
        Variant::Order => company.written().iter().filter(|word| *word != "&").count() >= 2,
        Variant::Abbreviation => {
            company.person || company.words.iter().any(|word| abbreviations(word).next().is_some())
        }
    });
    let mut words = company.written();
    let mut form = company.form;
    match variant {
        Variant::Same => {}
        Variant::Form => {
            while form == company.form {
                form = if rng.u8(..4) == 0 { None } else { Some(pick(rng, FORMS)) };
            }
        }
        Variant::Slip => slip(rng, &mut words),
        Variant::Order => {
            words.retain(|word| word != "&");
            let before = words.clone();
            while words == before {
                rng.shuffle(&mut words);
            }
        }
        Variant::Abbreviation => abbreviate(rng, &mut words, company.person),
    }
    (finish(rng, company.written(), company.form), finish(rng, words, form))
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}

fn company(rng: &mut Rng) -> Company {
    let mut coined = None;
    let mut person = false;
    let mut words: Vec<&'static str> = Vec::new();
    let mut trade = true;
    match rng.u8(..100) {
        0..26 => {
            let syllables: String = (0..rng.usize(2..=3)).map(|_| pick(rng, SYLLABLES)).collect();
            let (first, rest) = syllables.split_at(1);
            coined = Some(first.to_uppercase() + rest);
            trade = rng.u8(..3) > 0;
        }
        26..46 => words.push(pick(rng, SURNAMES)),
        46..58 => {
            words.extend([pick(rng, SURNAMES), "&", pick(rng, SURNAMES)]);
            trade = rng.bool();
        }
        58..72 => words.extend(pick(rng, PLACES)),
        72..84 => words.extend([pick(rng, COLOURS), pick(rng, NATURE)]),
        84..93 => {
            person = true;
            words.extend([pick(rng, GIVEN), pick(rng, SURNAMES)]);
        }
        _ => {
            words.extend([pick(rng, TITLES), pick(rng, HONOURED)]);
            words.extend(pick(rng, PLACES));
        }
    }
    if trade {
        words.extend(pick(rng, TRADES));
    }
    if coined.is_none() && words.len() < 2 || rng.u8(..100) < 35 {
        words.push(pick(rng, TRAILS));
    }
    let form = (rng.u8(..100) < 70).then(|| pick(rng, FORMS));
    Company { words, coined, form, person }
}

/// One wrong key.
fn slip(rng: &mut Rng, words: &mut [String]) {
    let long: Vec<usize> = (0..words.len()).filter(|at| words[*at].chars().count() >= 4).collect();
    let word = &mut words[long[rng.usize(..long.len())]];
    let before: Vec<char> = word.chars().collect();
    let mut letters = before.clone();
    while letters == before {
        letters.clone_from(&before);
        let at = rng.usize(..letters.len());
        match rng.u8(..4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, rng.lowercase()),
            2 => letters[at] = rng.lowercase(),
            _ if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => {}
        }
    }
    *word = letters.into_iter().collect();
}

fn abbreviations(word: &str) -> impl Iterator<Item = &'static str> {
    ABBREVIATIONS.iter().filter(move |(full, _)| *full == word).map(|(_, short)| *short)
}

/// At least one word written short.
fn abbreviate(rng: &mut Rng, words: &mut [String], person: bool) {
    let mut changed = false;
    while !changed {
        for word in words.iter_mut() {
            let short: Vec<&str> = abbreviations(word).collect();
            if !short.is_empty() && rng.u8(..10) < 7 {
                *word = pick(rng, &short).to_owned() + if rng.u8(..4) == 0 { "." } else { "" };
                changed = true;
            }
        }
        if person && rng.bool() {
            let initial: String = words[0].chars().take(1).collect();
            words[0] = initial + if rng.bool() { "." } else { "" };
            changed = true;
        }
    }
}

/// The name in full, in somebody's way of writing.
fn finish(rng: &mut Rng, mut words: Vec<String>, form: Option<&str>) -> String {
    for word in &mut words {
        if word == "&" && rng.u8(..3) == 0 {
            "and".clone_into(word);
        }
    }
    let mut name = words.join(" ");
    if let Some(form) = form {
        name.push_str(if rng.u8(..4) == 0 { ", " } else { " " });
        name.push_str(form);
    }
    match rng.u8(..20) {
        0 | 1 => name.to_uppercase(),
        2 => name.to_lowercase(),
        3 => name.replace(' ', "  "),
        _ => name,
    }
}
