//! READMEs and events.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::portal::Role;
use serde_json::Value;
use store::TenantStore;
use store::memory::MemoryTable;
use store::table::Table as _;

use super::{files, headings, nothing_to_do, root, vendor_folders};

const VENDOR_LINES: usize = 60;
const VENDOR_HEADINGS: &[&str] =
    &["Auth", "Endpoints used", "Paging", "Limits", "Webhooks", "Permissions to ask for", "Quirks", "Sources"];
const HEADINGS: &[&str] = &[
    "Map of the folders",
    "Design",
    "Invariants",
    "First connect",
    "A scheduled run",
    "From webhook to ticket",
    "Threat model",
    "Operations",
];
/// The first things that a newcomer types.
const COMMANDS: &[&str] = &["cargo run", "cargo test --workspace"];
/// Lines that a newcomer sees without scrolling.
const SCREEN: usize = 40;

#[test]
fn every_vendor_has_its_facts_on_one_page() {
    let mut complaints = Vec::new();
    for vendor in vendor_folders() {
        let place = format!("functions/{vendor}/README.md");
        let Ok(text) = fs::read_to_string(root().join(&place)) else {
            complaints.push(format!("{place}: write it, with the headings {VENDOR_HEADINGS:?}"));
            continue;
        };
        let lines = text.lines().count();
        if lines > VENDOR_LINES {
            complaints.push(format!("{place}: {lines} lines; cut it to {VENDOR_LINES}"));
        }
        if headings(&text) != VENDOR_HEADINGS {
            complaints.push(format!("{place}: its headings must be {VENDOR_HEADINGS:?}, in this order"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn the_readme_leads_a_newcomer() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut complaints = Vec::new();
    let screen: String = text.lines().take(SCREEN).collect::<Vec<_>>().join("\n");
    for command in COMMANDS.iter().filter(|command| !screen.contains(**command)) {
        complaints.push(format!("README.md: `{command}` must stand in its first {SCREEN} lines"));
    }
    let titles: Vec<_> =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_matches(['#', ' '])).collect();
    for heading in HEADINGS.iter().filter(|heading| !titles.contains(heading)) {
        complaints.push(format!("README.md: add the section {heading:?}"));
    }
    nothing_to_do(&complaints);
}

#[tokio::test]
async fn a_role_that_is_written_as_the_readme_says_is_one() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let item = text.split_once("put-item").and_then(|(_, rest)| rest.split('\'').nth(1)).unwrap();
    let item: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(item).unwrap();
    let attribute = |value: BTreeMap<String, String>| match value.into_iter().next() {
        Some((kind, number)) if kind == "N" => AttributeValue::N(number),
        Some((_, text)) => AttributeValue::S(text),
        None => AttributeValue::Null(true),
    };
    let table = MemoryTable::new();
    table.put(item.into_iter().map(|(name, value)| (name, attribute(value))).collect(), None).await.unwrap();
    let store = TenantStore::new(Arc::new(table), "acme".into());
    let role = Role { id: "standard".into(), name: "Standard User".to_owned() };
    assert_eq!(store.roles().await.unwrap(), [role]);
}

#[test]
fn every_event_is_json() {
    let mut complaints = Vec::new();
    for file in files("events").iter().filter(|file| file.has_extension(&["json"])) {
        if let Err(error) = serde_json::from_str::<Value>(&file.read()) {
            complaints.push(format!("{}: make it the JSON that the trigger sends: {error}", file.place));
        }
    }
    nothing_to_do(&complaints);
}
