//! The pure path of pages, without any call.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use connector::Mapped;
use domain::hash::ContentHash;
use domain::id::ExternalId;
use domain::record::Record;
use halo_psa::listing::Listing;
use halo_psa::map::{self, Context};
use halo_psa::wire;
use serde::Deserialize;
use sync::rows::{self, Row};

const ROUNDS: usize = 31;
const MAP_VERSION: u32 = 1;
const TARGET: f64 = 0.6;

type Known = HashMap<ExternalId, ContentHash>;

/// Prints records a second of the engine, with nothing known and with everything known, beside the plain way.
pub(crate) fn measure(pages: &[Bytes]) {
    let context = Context::default();
    let nothing = Known::new();
    let all: Known = engine(pages, &context, &nothing).into_iter().map(|row| (row.id, row.hash)).collect();
    let records = plain(pages, &context).len();
    assert!(engine(pages, &context, &all).is_empty(), "everything is known");
    println!("pure path: {} pages, {records} contacts, {} rows, {ROUNDS} rounds", pages.len(), all.len());

    let [mut plain_way, mut new, mut unchanged] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        plain_way.push(seconds(|| plain(pages, &context)));
        new.push(seconds(|| engine(pages, &context, &nothing)));
        unchanged.push(seconds(|| engine(pages, &context, &all)));
    }
    let ratio = |ways: &[f64]| crate::median(plain_way.iter().zip(ways).map(|(plain, way)| plain / way).collect());
    let (ratio_new, ratio_unchanged) = (ratio(&new), ratio(&unchanged));
    #[expect(clippy::cast_precision_loss, reason = "thousands of rows")]
    let rate = |way: Vec<f64>| all.len() as f64 / crate::median(way);
    println!("  plain reading, mapping, hashing {:>10.0} rows/s", rate(plain_way));
    println!("  engine, everything new          {:>10.0} rows/s", rate(new));
    crate::verdict(ratio_new, TARGET);
    println!("  engine, nothing changed         {:>10.0} rows/s", rate(unchanged));
    crate::verdict(ratio_unchanged, TARGET);
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn engine(pages: &[Bytes], context: &Context, known: &Known) -> Vec<Row> {
    let mut changed = Vec::new();
    for page in pages {
        let listing = Listing::read("contacts", page.clone()).unwrap();
        black_box(listing.has_roles());
        let rows = rows::hash(listing.map(context), MAP_VERSION);
        changed.extend(rows::changed(rows, |id| known.get(id).copied()));
    }
    changed
}

#[derive(Deserialize)]
struct Answer {
    users: Vec<wire::User>,
}

/// What nobody could do without: typed reading, mapping, hashing what will be kept.
fn plain(pages: &[Bytes], context: &Context) -> Vec<(Record, ContentHash)> {
    let mut records = Vec::new();
    let mut bytes = Vec::new();
    for page in pages {
        let answer: Answer = serde_json::from_slice(page).unwrap();
        for row in &answer.users {
            if let Ok(Mapped::Record(record)) = map::contact(row, context) {
                bytes.clear();
                serde_json::to_writer(&mut bytes, &record.data).unwrap();
                let hash = ContentHash::of(&bytes, MAP_VERSION);
                records.push((record, hash));
            }
        }
    }
    records
}
