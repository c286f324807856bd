//! How fast the engine is, each figure beside that of what it stands on, measured in this process in turns.
//!
//! `cargo bench -p simulators` prints, in about half a minute:
//! - the pure path: bytes of vendor pages in, changed records out, beside plain reading, mapping and hashing of the same
//!   bytes (target: at least 0.6 of its speed);
//! - a first import into an embedded `DynamoDB` through the real SDK, beside batch writes of the same items into an empty
//!   table (target: at least 0.5 of its speed). Once with the simulator at work, whose own filtering and writing of pages
//!   then is most of the time, and once with the answers that it gave: that one is compared;
//! - a complete pass over what did not change, with its requests to the table: none of them reads a record.
//!
//! Ratios of one process on one machine are what is compared; the rates themselves are the machine's.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails by a panic")]

mod fixture;
mod pure;
mod timed;
mod whole;

use tokio::runtime::Builder;

/// Contacts at the vendor.
const SCALE: usize = 10_000;

fn main() {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let pages = runtime.block_on(fixture::contact_pages());
    pure::measure(&pages);
    runtime.block_on(whole::measure());
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a ratio with its target.
fn verdict(ratio: f64, target: f64) {
    let met = if ratio >= target { "met" } else { "missed" };
    println!("  ratio {ratio:.2}, target {target}: {met}");
}
