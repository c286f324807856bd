//! What code may not say.

use super::{File, code_lines, files, nothing_to_do, vendor_folders};

/// Beginnings of words by which a vendor would be named.
const VENDORS: &[&str] =
    &["halo", "connectwise", "autotask", "syncro", "datto", "asio", "microsoft", "stripe", "biggerbrains"];
/// Readings of the environment and of the clock.
const AMBIENT: &[&str] = &["env::var", "SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now"];
/// Split, so that this file does not contain them.
const UNFINISHED: &[&str] =
    &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[ign", "ore"), concat!("FIX", "ME")];

fn rust(folders: &[&str]) -> Vec<File> {
    folders.iter().flat_map(|folder| files(folder)).filter(|file| file.has_extension(&["rs"])).collect()
}

#[test]
fn engine_and_store_name_no_vendor() {
    let mut complaints = Vec::new();
    for file in rust(&["shared/sync/src", "shared/store/src"]).iter().filter(|file| !file.is_test()) {
        let source = file.read();
        for (number, line) in code_lines(&source) {
            let line = line.to_lowercase();
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
            if words.any(|word| VENDORS.iter().any(|vendor| word.starts_with(vendor))) {
                complaints.push(format!(
                    "{}:{number}: names a vendor; let its descriptor declare the difference, or its connector hide it",
                    file.place
                ));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn environment_and_clock_are_read_in_platform_and_local_only() {
    let mut complaints = Vec::new();
    for file in rust(&["functions", "shared", "tests/simulators"]) {
        if file.place.starts_with("shared/platform/") {
            continue;
        }
        for (number, line) in file.read().lines().enumerate() {
            if let Some(reading) = AMBIENT.iter().find(|reading| line.contains(**reading)) {
                complaints.push(format!(
                    "{}:{}: take the value as an argument; {reading} is platform's",
                    file.place,
                    number + 1
                ));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn platform_serves_only_the_main_of_a_connector() {
    let mut complaints = Vec::new();
    for vendor in vendor_folders() {
        for file in rust(&[&format!("functions/{vendor}/src")]) {
            let source = file.read();
            if file.name() == "main.rs" {
                if code_lines(&source).count() > 20 {
                    complaints.push(format!("{}: hands the connector to platform and does nothing else", file.place));
                }
            } else if source.contains("platform::") {
                complaints.push(format!("{}: use connector and domain only; platform is for main.rs", file.place));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_file_says_first_what_it_is() {
    let mut complaints = Vec::new();
    for file in rust(&["functions", "shared", "infra", "tests"]).iter().filter(|file| !file.is_test()) {
        let source = file.read();
        if !source.starts_with("//! ") && !source.starts_with("#![doc = include_str!(") {
            complaints.push(format!("{}: begin with a module doc: what it is, why, and what always holds", file.place));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn nothing_is_left_unfinished() {
    let mut complaints = Vec::new();
    let sources = ["functions", "shared", "infra", "tests"].into_iter().flat_map(files);
    for file in sources.filter(|file| file.has_extension(&["rs", "js"])) {
        let source = file.read();
        for mark in UNFINISHED.iter().filter(|mark| source.contains(**mark)) {
            complaints.push(format!("{}: finish what {mark} stands for, or take it out", file.place));
        }
    }
    nothing_to_do(&complaints);
}

/// Reads that go across tenants, all in one file.
const ACROSS_TENANTS: &[&str] = &["due", "addressee", "connected_before"];

#[test]
fn reads_across_tenants_stand_in_one_file_and_are_known() {
    let mut complaints = Vec::new();
    for file in rust(&["shared/store/src"]).iter().filter(|file| !file.is_test()) {
        let source = file.read();
        if file.name() == "cross_tenant.rs" {
            let found: Vec<_> =
                source.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next()).collect();
            if found != ACROSS_TENANTS {
                complaints
                    .push(format!("{}: {found:?} is not the list of this test; think twice, then add it", file.place));
            }
            continue;
        }
        for (number, line) in code_lines(&source).filter(|(_, line)| line.contains("index: Some(")) {
            complaints.push(format!("{}:{number}: reads an index: put it into cross_tenant.rs ({line})", file.place));
        }
    }
    nothing_to_do(&complaints);
}
