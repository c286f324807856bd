//! Names and words from a seed. Names are invented; domains end in `.example`, which nobody can own.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

const FIRST: &[&str] = &[
    "Ada", "Ben", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Håkon", "Ines", "João", "Keiko", "Liam", "Maya",
    "Nguyễn", "Olga", "Priya", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Viktor", "Wei", "Ximena", "Yusuf", "Zoë",
];
const LAST: &[&str] = &[
    "Abara",
    "Brandt",
    "Castillo",
    "Duarte",
    "Eriksen",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalska",
    "Lindqvist",
    "Moreau",
    "Novák",
    "O'Brien",
    "Petrov",
    "Quispe",
    "Rossi",
    "Smith-Jones",
    "Tanaka",
    "Ueda",
    "van Dijk",
    "Weber",
    "Yılmaz",
    "Zhang",
];
const FIRM: &[&str] = &[
    "Alder",
    "Birch",
    "Cobalt",
    "Dune",
    "Ember",
    "Fjord",
    "Granite",
    "Harbor",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Larch",
    "Meridian",
    "Nimbus",
    "Orchard",
    "Pebble",
    "Quarry",
    "Raven",
    "Summit",
    "Tidewater",
    "Umber",
    "Vale",
];
const TRADE: &[&str] = &[
    "Accounting",
    "Bakery",
    "Clinics",
    "Dental",
    "Engineering",
    "Freight",
    "Gardens",
    "Hotels",
    "Insurance",
    "Law",
    "Logistics",
    "Motors",
    "Optics",
    "Partners",
    "Schools",
    "Textiles",
];
const FORM: &[&str] = &["Ltd", "GmbH", "Inc.", "& Sons", "B.V.", "LLC"];
const TOWN: &[&str] = &["Ashford", "Brookhaven", "Clearwater", "Dunmore", "Eastfield", "Fairview", "Glenwood"];
const PROBLEM: &[&str] = &[
    "Printer offline",
    "Cannot sign in",
    "VPN drops every hour",
    "New starter on Monday",
    "Laptop fan is loud",
    "Mailbox full",
    "Shared folder missing",
    "Phone does not ring",
    "Screen flickers",
    "Backup failed overnight",
];

/// A person's name.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) first: String,
    pub(crate) last: String,
}

impl Person {
    pub(crate) fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    /// Letters for the part of an address before the `@`.
    pub(crate) fn mailbox(&self) -> String {
        let plain = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
        };
        format!("{}.{}", plain(&self.first), plain(&self.last))
    }
}

/// The generator.
pub(crate) struct Seed {
    rng: Rng,
}

impl Seed {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed) }
    }

    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.rng.u32(0..end.max(1))
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let index = self.below(u32::try_from(of.len()).unwrap_or(u32::MAX));
        of.get(usize::try_from(index).unwrap_or_default()).copied()
    }

    fn word(&mut self, of: &[&'static str]) -> &'static str {
        self.pick(of).unwrap_or_default()
    }

    pub(crate) fn person(&mut self) -> Person {
        Person { first: self.word(FIRST).to_owned(), last: self.word(LAST).to_owned() }
    }

    /// The n-th company's name; no two are the same.
    pub(crate) fn company(&mut self, n: usize) -> String {
        let round = n / FIRM.len();
        let firm = FIRM.get(n % FIRM.len()).copied().unwrap_or_default();
        let name = format!("{firm} {} {}", self.word(TRADE), self.word(FORM));
        if round == 0 { name } else { format!("{name} ({})", round + 1) }
    }

    pub(crate) fn town(&mut self) -> &'static str {
        self.word(TOWN)
    }

    pub(crate) fn problem(&mut self) -> &'static str {
        self.word(PROBLEM)
    }

    pub(crate) fn phone(&mut self) -> String {
        format!("+1 555 01{:02} {:03}", self.below(100), self.below(1000))
    }

    /// A GUID made of seeded bits.
    pub(crate) fn guid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid().to_string()
    }

    /// A moment between `oldest_hours` and `newest_hours` before `now`, with part of a second.
    pub(crate) fn before(&mut self, now: Timestamp, oldest_hours: u32, newest_hours: u32) -> Timestamp {
        let hours = newest_hours + self.below(oldest_hours.saturating_sub(newest_hours));
        let nanoseconds = i64::from(hours) * 3_600_000_000_000
            + i64::from(self.below(3_600)) * 1_000_000_000
            + i64::from(self.below(10_000_000)) * 100;
        now.checked_sub(SignedDuration::from_nanos(nanoseconds)).unwrap_or(now)
    }
}

/// Letters and digits of a name, for domains.
pub(crate) fn slug(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
