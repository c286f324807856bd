//! READMEs and events.

use std::fs;

use serde_json::Value;

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
    let Ok(text) = fs::read_to_string(root().join("README.md")) else { return };
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
