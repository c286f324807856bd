//! Lists under hashed keys, for indices that are made anew for each question: one table and one row of entries instead of
//! a list for each key.
//!
//! Two keys of one hash share a list. What is found is only where to look, so that does no harm.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

/// A hash is a good enough hash of itself.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    /// Keys are whole hashes.
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Lists of numbers by key.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// The last entry of each list.
    last: HashMap<u64, u32, BuildHasherDefault<Itself>>,
    /// Numbers, each with the entry before it in its list.
    entries: Vec<(u32, Option<u32>)>,
}

impl Chains {
    pub(super) fn add(&mut self, key: &[u8], number: u32) {
        let entry = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let before = self.last.insert(xxh3_64(key), entry);
        self.entries.push((number, before));
    }

    /// The numbers under a key, the latest first.
    pub(super) fn of(&self, key: &[u8]) -> impl Iterator<Item = u32> + '_ {
        let mut next = self.last.get(&xxh3_64(key)).copied();
        std::iter::from_fn(move || {
            let (number, before) = self.entries[next? as usize];
            next = before;
            Some(number)
        })
    }
}
