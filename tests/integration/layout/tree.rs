//! Names and sizes.

use std::fs;

use super::{File, files, nothing_to_do, root};

/// What stands at the top besides dotfiles; `target` is build output.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "events",
    "functions",
    "infra",
    "samconfig.toml",
    "shared",
    "target",
    "tests",
];
const LINES: usize = 500;
/// They say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

fn all() -> Vec<File> {
    ["functions", "shared", "infra", "tests"].into_iter().flat_map(files).collect()
}

#[test]
fn the_top_level_is_the_customers() {
    let mut complaints = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !TOP.contains(&name.as_str()) {
            complaints.push(format!(
                "{name}: the top level is fixed; move it into functions, shared, infra, events or tests, or give a tool's \
                 settings their dot name"
            ));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn source_files_stay_readable() {
    let mut complaints = Vec::new();
    for file in all().iter().filter(|file| file.has_extension(&["rs", "js"])) {
        let lines = file.read().lines().count();
        if lines > LINES {
            complaints.push(format!(
                "{}: {lines} lines; split it by its nouns to about 300, never above {LINES}",
                file.place
            ));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn files_and_folders_are_named_for_what_they_hold() {
    let mut complaints = Vec::new();
    for file in all() {
        let parts = file.place.split('/').map(|part| part.split('.').next().unwrap_or_default());
        if let Some(name) = parts.into_iter().find(|part| EMPTY_NAMES.contains(part)) {
            complaints.push(format!("{}: rename {name:?} to the noun of what is inside", file.place));
        }
    }
    nothing_to_do(&complaints);
}
