//! The tree is as the README's design says. Every failure is a sentence that says what to do.
//!
//! Read from the files alone: [`tree`] names and sizes, [`manifests`] dependencies and settings, [`sources`] what code may
//! not say, [`documents`] READMEs and events, [`connectors`] that none is forgotten anywhere, [`template`] what is
//! deployed, [`rights`] who may do what, [`grants`] that nothing else says so.

mod connectors;
mod documents;
mod grants;
mod manifests;
mod rights;
mod sources;
mod template;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

/// Crates in `functions` that are no connector.
const OTHER_FUNCTIONS: &[&str] = &["catalog", "settings_api", "webhooks"];

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file below the top and its place, with `/` between the parts.
struct File {
    place: String,
    path: PathBuf,
}

impl File {
    fn read(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_else(|error| panic!("{}: {error}", self.place))
    }

    fn name(&self) -> &str {
        self.place.rsplit('/').next().unwrap_or_default()
    }

    fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.extension().is_some_and(|found| extensions.iter().any(|extension| found == *extension))
    }

    /// Tests beside the code: what they say is not in the product.
    fn is_test(&self) -> bool {
        self.name() == "tests.rs"
            || self.name().ends_with("_tests.rs")
            || self.place.contains("/tests/")
            || self.place.contains("/contract")
    }
}

/// All files of a folder of the top, in order of their places; none where there is no such folder.
fn files(folder: &str) -> Vec<File> {
    fn collect(path: &Path, place: &str, found: &mut Vec<File>) {
        for entry in fs::read_dir(path).into_iter().flatten() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Build output and hidden folders are not ours.
            if name.starts_with('.') || name == "target" {
                continue;
            }
            let place = format!("{place}/{name}");
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), &place, found);
            } else {
                found.push(File { place, path: entry.path() });
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), folder, &mut found);
    found.sort_by(|left, right| left.place.cmp(&right.place));
    found
}

/// Names of the folders in a folder of the top, sorted.
fn folders(of: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(of)).into_iter().flatten().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Folders of `functions` that are one vendor's.
fn vendor_folders() -> Vec<String> {
    folders("functions").into_iter().filter(|name| !OTHER_FUNCTIONS.contains(&name.as_str())).collect()
}

/// Lines before the tests at the end of a file, with their numbers.
fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source
        .lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(index, line)| (index + 1, line))
}

/// Second-level headings of a Markdown text.
fn headings(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::trim).collect()
}

#[track_caller]
fn nothing_to_do(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
