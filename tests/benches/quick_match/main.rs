//! How long a person waits for quick match, beside the matching alone, measured in this process in turns.
//!
//! `cargo bench -p simulators --bench quick_match` mirrors 5,000 vendor companies over each of eight connections and makes
//! 5,000 portal companies on an embedded `DynamoDB` behind the real SDK, and sends the gateway's requests to the API:
//! - starting a quick match over all of them (target: within a second), beside matching the same companies in memory;
//! - a page of proposals, and a search through all of them;
//! - applying, two seconds a request: links a second.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails by a panic")]

#[path = "../../../shared/domain/benches/matching/generator.rs"]
mod generator;
mod world;

use std::time::Instant;

use domain::matching::{Matcher, Profile, Rules};
use serde_json::{Value, json};
use world::World;

/// Portal companies, and companies of each vendor.
const COMPANIES: usize = 5_000;
const ROUNDS: usize = 5;
const TARGET_MS: f64 = 1_000.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let world = World::new(COMPANIES).await;
    let pure = (0..ROUNDS).map(|_| pure(&world)).fold(f64::INFINITY, f64::min);
    let (mut least, mut found) = (f64::INFINITY, Value::Null);
    for _ in 0..ROUNDS {
        let before = world.requests();
        let start = Instant::now();
        found = world.call("POST", "/v1/quick-match", Some(json!({}))).await;
        least = least.min(ms(start));
        println!("  {:>6.0} ms: {:?}", ms(start), world.requests().since(&before));
    }
    println!(
        "{} connections x {COMPANIES} vendor companies, {COMPANIES} portal companies: {}",
        world.connections(),
        found["counts"]
    );
    println!("  matching alone {pure:.0} ms; at the API {least:.0} ms, {:.1} times as long", least / pure);
    println!("  target {TARGET_MS} ms: {}", if least <= TARGET_MS { "met" } else { "missed" });

    let path = format!("/v1/quick-match/{}", found["id"].as_str().unwrap());
    for query in ["proposals?limit=100", "proposals?limit=100&connector=psa-1&threshold=90", "proposals?search=dental"]
    {
        let before = world.requests();
        let start = Instant::now();
        let page = world.call("GET", &format!("{path}/{query}"), None).await;
        println!("  {query}: {:.0} ms, total {}, {:?}", ms(start), page["total"], world.requests().since(&before));
    }
    let start = Instant::now();
    let result = world.call("POST", &format!("{path}/apply"), Some(json!({ "accept": "filtered" }))).await;
    let (applied, seconds) = (result["applied"].as_f64().unwrap(), start.elapsed().as_secs_f64());
    println!("  apply: {applied} of {} links in {seconds:.1} s, {:.0}/s", result["total"], applied / seconds);
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

/// The same companies, in memory.
fn pure(world: &World) -> f64 {
    let profiles = |names: &[String]| -> Vec<Profile> {
        names.iter().map(|name| Profile { name: name.clone(), ..Profile::default() }).collect()
    };
    let vendors: Vec<Vec<Profile>> = world.vendors.iter().map(|names| profiles(names)).collect();
    let portal = profiles(&world.portal);
    let start = Instant::now();
    let matcher = Matcher::new(portal);
    for vendor in &vendors {
        matcher.propose(vendor, &Rules { one_to_one: true, ..Rules::default() });
    }
    ms(start)
}
