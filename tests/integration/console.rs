//! The console's modules that need no browser, in Node's own test runner: what a page decides before it shows anything.
//!
//! Needs `node` on the search path and nothing else; without it this passes after saying that it did nothing, unless
//! `NODE_TESTS=required`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::setting;

#[test]
fn the_pages_decide_as_their_modules_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration/console");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let output = match Command::new("node").arg("--test").args(&files).output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound && setting("NODE_TESTS").as_deref() != Some("required") => {
            println!("skipped: the console's modules are not tried, as there is no node");
            return;
        }
        Err(error) => panic!("node does not start: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
