//! What is known of the words in company names: legal forms, abbreviations, words that say little.
//!
//! All in the form in which [`super::name`] leaves words: lower case, without accents, "S.A.R.L." as `sarl`.

/// Where in a name a legal form is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is no word of any language that a name may have.
    Anywhere,
    /// Elsewhere it may be a word: "AS Roma", "CO Architects".
    End,
    /// Where the language puts it first.
    Begin,
}
use Place::{Anywhere, Begin, End};

/// Legal forms as written, what they stand for, and where. Sorted.
#[rustfmt::skip]
pub(super) const LEGAL_FORMS: &[(&str, &str, Place)] = &[
    ("ab", "ab", End), ("ad", "ad", End), ("ag", "ag", End), ("aktiebolag", "ab", Anywhere),
    ("aktiengesellschaft", "ag", Anywhere), ("aps", "aps", Anywhere), ("as", "as", End), ("asa", "as", End),
    ("bhd", "berhad", Anywhere), ("bv", "bv", End), ("bvba", "bvba", Anywhere), ("cc", "cc", End),
    ("chartered", "chartered", End), ("cia", "company", End), ("cic", "cic", End), ("cie", "company", End),
    ("co", "company", End), ("company", "company", End), ("corp", "corporation", Anywhere),
    ("corporation", "corporation", Anywhere), ("cv", "cv", End), ("cvba", "cvba", Anywhere), ("dd", "dd", End),
    ("doo", "doo", Anywhere), ("ead", "ad", End), ("eg", "eg", End), ("ehf", "ehf", Anywhere),
    ("eirl", "eirl", Anywhere), ("eood", "eood", Anywhere), ("eurl", "eurl", Anywhere), ("ev", "ev", End),
    ("gbr", "gbr", Anywhere), ("ges mbh", "gmbh", Anywhere), ("gesmbh", "gmbh", Anywhere),
    ("ggmbh", "gmbh", Anywhere), ("gmbh", "gmbh", Anywhere), ("hf", "hf", End), ("inc", "incorporated", Anywhere),
    ("incorporated", "incorporated", Anywhere), ("kft", "kft", Anywhere), ("kg", "kg", End),
    ("kgaa", "kgaa", Anywhere), ("kk", "kk", End), ("lda", "limitada", Anywhere),
    ("limitada", "limitada", Anywhere), ("limited", "limited", Anywhere), ("llc", "llc", Anywhere),
    ("lllp", "llp", Anywhere), ("llp", "llp", Anywhere), ("lp", "lp", End), ("ltd", "limited", Anywhere),
    ("ltda", "limitada", Anywhere), ("ltee", "limited", Anywhere), ("mbh", "gmbh", Anywhere), ("nv", "nv", End),
    ("nyrt", "nyrt", Anywhere), ("oao", "ao", Begin), ("oe", "oe", End), ("ohg", "ohg", Anywhere),
    ("ood", "ood", Anywhere), ("ooo", "ooo", Begin), ("ou", "ou", End), ("oy", "oy", End), ("oyj", "oy", Anywhere),
    ("pa", "pa", End), ("pc", "pc", End), ("plc", "plc", Anywhere), ("pllc", "llc", Anywhere),
    ("proprietary", "proprietary", End), ("pt", "pt", Begin), ("pte", "private", Anywhere),
    ("pty", "proprietary", Anywhere), ("pvt", "private", Anywhere), ("s de rl", "s de rl", Anywhere),
    ("s de rl de cv", "s de rl", Anywhere), ("sa", "sa", End), ("sa de cv", "sa", Anywhere),
    ("sarl", "sarl", Anywhere), ("sas", "sas", End), ("sasu", "sas", Anywhere), ("sc", "sc", End),
    ("sca", "sca", End), ("scrl", "scrl", Anywhere), ("sdn", "sendirian", Anywhere), ("se", "se", End),
    ("sia", "sia", Begin), ("sl", "sl", End), ("slu", "sl", Anywhere), ("snc", "snc", Anywhere),
    ("societe anonyme", "sa", Anywhere), ("sp z oo", "sp zoo", Anywhere), ("sp zoo", "sp zoo", Anywhere),
    ("spolka akcyjna", "sa", Anywhere), ("spolka z oo", "sp zoo", Anywhere), ("sprl", "sprl", Anywhere),
    ("spzoo", "sp zoo", Anywhere), ("srl", "srl", Anywhere), ("sro", "sro", Anywhere),
    ("stichting", "stichting", Begin), ("uab", "uab", Begin), ("ug", "ug", End),
    ("ug haftungsbeschrankt", "ug", Anywhere), ("unlimited", "unlimited", End), ("vof", "vof", Anywhere),
    ("zao", "ao", Begin), ("zrt", "zrt", Anywhere), ("ао", "ao", Begin), ("ооо", "ooo", Begin),
    ("пао", "ao", Begin),
];

/// Legal forms of scripts that put no space between words.
pub(super) const UNSPACED_FORMS: &[&str] =
    &["株式会社", "有限会社", "合同会社", "股份有限公司", "有限责任公司", "有限公司", "株式會社", "주식회사"];

/// "and", where it stands between words.
pub(super) const CONNECTIVES: &[&str] = &["and", "e", "en", "et", "och", "og", "und", "y"];

/// Abbreviations and what they stand for. Sorted. One that stands for several words has the commonest.
#[rustfmt::skip]
pub(super) const ABBREVIATIONS: &[(&str, &str)] = &[
    ("acad", "academy"), ("acct", "accounting"), ("acctg", "accounting"), ("admin", "administration"),
    ("advtg", "advertising"), ("agcy", "agency"), ("amer", "american"), ("apts", "apartments"),
    ("archs", "architects"), ("assn", "association"), ("assoc", "associates"), ("assocs", "associates"),
    ("assur", "assurance"), ("atty", "attorney"), ("attys", "attorneys"), ("auth", "authority"), ("ave", "avenue"),
    ("bldg", "building"), ("bldr", "builder"), ("bldrs", "builders"), ("bros", "brothers"), ("cath", "catholic"),
    ("centre", "center"), ("chem", "chemical"), ("chiro", "chiropractic"), ("comm", "communications"),
    ("comms", "communications"), ("cons", "consulting"), ("const", "construction"), ("constr", "construction"),
    ("consult", "consulting"), ("coop", "cooperative"), ("ctr", "center"), ("ctrs", "centers"), ("cty", "county"),
    ("dept", "department"), ("dev", "development"), ("devel", "development"), ("dist", "distribution"),
    ("distr", "distribution"), ("distrib", "distribution"), ("div", "division"), ("edu", "education"),
    ("elec", "electric"), ("electr", "electric"), ("eng", "engineering"), ("engg", "engineering"),
    ("engr", "engineering"), ("engrg", "engineering"), ("ent", "enterprises"), ("entpr", "enterprises"),
    ("env", "environmental"), ("envir", "environmental"), ("equip", "equipment"), ("exec", "executive"),
    ("fdn", "foundation"), ("fed", "federal"), ("fin", "financial"), ("fncl", "financial"), ("fndn", "foundation"),
    ("ft", "fort"), ("gen", "general"), ("govt", "government"), ("grp", "group"), ("hldg", "holding"),
    ("hldgs", "holdings"), ("hosp", "hospital"), ("hq", "headquarters"), ("ind", "industries"),
    ("inds", "industries"), ("indus", "industrial"), ("info", "information"), ("ins", "insurance"),
    ("inst", "institute"), ("instr", "instruments"), ("int", "international"), ("intern", "international"),
    ("internat", "international"), ("intl", "international"), ("inv", "investments"), ("invs", "investments"),
    ("lab", "laboratory"), ("labs", "laboratories"), ("lib", "library"), ("log", "logistics"), ("mach", "machine"),
    ("maint", "maintenance"), ("manuf", "manufacturing"), ("mdse", "merchandise"), ("mech", "mechanical"),
    ("med", "medical"), ("mfg", "manufacturing"), ("mfr", "manufacturer"), ("mfrs", "manufacturers"),
    ("mgmt", "management"), ("mgt", "management"), ("mkt", "market"), ("mktg", "marketing"),
    ("mngmt", "management"), ("mt", "mount"), ("mtg", "mortgage"), ("mun", "municipal"), ("mutl", "mutual"),
    ("nat", "national"), ("natl", "national"), ("org", "organization"), ("ortho", "orthopedics"),
    ("ped", "pediatrics"), ("peds", "pediatrics"), ("pharm", "pharmacy"), ("phys", "physical"),
    ("pkg", "packaging"), ("plbg", "plumbing"), ("plmbg", "plumbing"), ("pptys", "properties"),
    ("prod", "products"), ("prods", "products"), ("prof", "professional"), ("prop", "properties"),
    ("props", "properties"), ("ptnrs", "partners"), ("ptr", "partner"), ("ptrs", "partners"), ("pub", "publishing"),
    ("publ", "publishing"), ("rec", "recreation"), ("refrig", "refrigeration"), ("rehab", "rehabilitation"),
    ("res", "research"), ("rlty", "realty"), ("rsrch", "research"), ("sch", "school"), ("sci", "sciences"),
    ("serv", "services"), ("servs", "services"), ("sol", "solutions"), ("soln", "solutions"),
    ("solns", "solutions"), ("sols", "solutions"), ("spec", "specialists"), ("sply", "supply"), ("sq", "square"),
    ("st", "saint"), ("ste", "sainte"), ("str", "street"), ("sup", "supply"), ("surg", "surgery"),
    ("svc", "service"), ("svcs", "services"), ("svs", "services"), ("sys", "systems"), ("syst", "systems"),
    ("tech", "technology"), ("techs", "technologies"), ("tel", "telephone"), ("telecom", "telecommunications"),
    ("terr", "terrace"), ("theatre", "theater"), ("tr", "trust"), ("trans", "transportation"),
    ("transp", "transportation"), ("twp", "township"), ("univ", "university"), ("util", "utilities"),
    ("utils", "utilities"), ("vet", "veterinary"), ("vill", "village"), ("whse", "warehouse"),
    ("whsl", "wholesale"),
];

/// Words that many names have anywhere, so that a small tenant's list does not show how little they say. Sorted.
#[rustfmt::skip]
pub(super) const COMMON_WORDS: &[&str] = &[
    "academy", "advisors", "agency", "american", "associates", "association", "automotive", "brothers", "builders",
    "business", "capital", "care", "center", "city", "clinic", "communications", "community", "construction",
    "consultants", "consulting", "contractors", "corporate", "county", "creative", "de", "dental", "design",
    "development", "digital", "distribution", "education", "electric", "energy", "engineering", "enterprise",
    "enterprises", "equipment", "express", "family", "finance", "financial", "first", "foods", "foundation",
    "general", "global", "group", "gruppe", "health", "healthcare", "holding", "holdings", "home", "hotel",
    "industrial", "industries", "information", "insurance", "international", "investments", "it", "law", "legal",
    "logistics", "management", "manufacturing", "marketing", "media", "medical", "national", "network", "networks",
    "of", "office", "partner", "partners", "plumbing", "practice", "products", "professional", "properties",
    "property", "realty", "restaurant", "retail", "sales", "school", "security", "service", "services", "shop",
    "software", "solutions", "sons", "store", "stores", "studio", "supply", "support", "systems", "team",
    "technologies", "technology", "trading", "transport", "travel", "trust", "uk", "union", "united", "university",
    "us", "usa", "value", "ventures", "works", "world",
];

/// What a legal form stands for, if it is one there.
pub(super) fn legal_form(words: &str, place: Place) -> Option<&'static str> {
    let found = LEGAL_FORMS.binary_search_by(|(form, ..)| form.cmp(&words)).ok()?;
    let (_, stands_for, allowed) = LEGAL_FORMS[found];
    let fits = match allowed {
        Anywhere => true,
        End => place == End,
        Begin => place == Begin,
    };
    fits.then_some(stands_for)
}

/// What a word stands for that is a legal form wherever it stands.
pub(super) fn unmistakable_form(word: &str) -> Option<&'static str> {
    let found = LEGAL_FORMS.binary_search_by(|(form, ..)| form.cmp(&word)).ok()?;
    let (_, stands_for, allowed) = LEGAL_FORMS[found];
    (allowed == Anywhere).then_some(stands_for)
}

/// What an abbreviation stands for, else the word itself.
pub(super) fn expand(word: &str) -> &str {
    match ABBREVIATIONS.binary_search_by(|(abbreviation, _)| abbreviation.cmp(&word)) {
        Ok(found) => ABBREVIATIONS[found].1,
        Err(_) => word,
    }
}

/// Whether many names have the word anywhere.
pub(super) fn is_common(word: &str) -> bool {
    COMMON_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_have_everything_once() {
        assert!(LEGAL_FORMS.is_sorted_by(|(one, ..), (next, ..)| one < next));
        assert!(ABBREVIATIONS.is_sorted_by(|(one, _), (next, _)| one < next));
        assert!(COMMON_WORDS.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn an_abbreviation_stands_for_a_word_and_not_for_another_abbreviation() {
        for (abbreviation, word) in ABBREVIATIONS {
            assert_eq!(expand(word), *word, "{abbreviation}");
        }
    }
}
