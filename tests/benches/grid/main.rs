//! How long a page of the grid of companies takes, measured at the API.
//!
//! `cargo bench -p simulators --bench grid` writes 5,000 portal companies with links in eight connections, asks the API's real
//! handler (the gateway's JSON in, its answer out) on an embedded `DynamoDB` behind the real SDK for pages of 100, and prints
//! how long one took (target: half of them in less than 50 ms) and what was asked of the table.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and fails by a panic")]

mod portal;

use std::time::{Duration, Instant};

use portal::{COMPANIES, Portal, connections};

const ROUNDS: usize = 25;
const TARGET: Duration = Duration::from_millis(50);

/// What a person does on the page.
const PAGES: [(&str, &str); 6] = [
    ("first page", "limit=100"),
    ("unlinked first", "limit=100&order=unlinked"),
    ("missing anything", "limit=100&missing=any"),
    ("search by name", "limit=100&search=harbour"),
    ("search that finds nothing", "limit=100&search=zzzzzz"),
    ("the next page", "limit=100&cursor="),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let portal = Portal::new().await;
    println!("{COMPANIES} companies, {} connections, {ROUNDS} rounds", connections().len());
    let first = portal.get("/v1/companies?limit=100").await;
    assert_eq!(first["total"], COMPANIES);
    assert_eq!(first["missing"].as_object().unwrap().len(), connections().len());
    let cursor = first["next_cursor"].as_str().unwrap();
    for (what, query) in PAGES {
        let query = query.replace("cursor=", &format!("cursor={cursor}"));
        let path = format!("/v1/companies?{query}");
        let before = portal.table.requests();
        portal.get(&path).await;
        let requests = portal.table.requests().since(&before);
        let mut each = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            portal.get(&path).await;
            each.push(start.elapsed());
        }
        each.sort();
        let (half, all) = (each[ROUNDS / 2], each[ROUNDS - 1]);
        let verdict = if half < TARGET { "met" } else { "missed" };
        println!("  {what:<26} half in {half:>7.1?}, all in {all:>7.1?}, target {TARGET:?}: {verdict}");
        println!("    {} reads, {} items", requests.reads(), requests.items_read);
    }
}
