//! No connector is forgotten anywhere.

use std::fs;

use super::{files, nothing_to_do, root, vendor_folders};

/// Files of every vendor's crate.
const FILES: &[&str] = &["README.md", "Cargo.toml", "src/lib.rs", "src/client.rs", "src/map.rs", "src/wire.rs"];

#[test]
fn a_vendors_crate_has_the_files_that_a_reader_expects() {
    let mut complaints = Vec::new();
    for vendor in vendor_folders() {
        let folder = root().join("functions").join(&vendor);
        for file in FILES.iter().filter(|file| !folder.join(file).is_file()) {
            complaints.push(format!("functions/{vendor}: add {file}, as every connector has it"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_connector_is_in_the_catalog() {
    let list = fs::read_to_string(root().join("functions/catalog/src/lib.rs")).unwrap();
    let mut complaints = Vec::new();
    for vendor in vendor_folders() {
        if !list.lines().any(|line| line.trim().strip_suffix(',') == Some(vendor.as_str())) {
            complaints.push(format!("functions/catalog/src/lib.rs: add `{vendor},` to the list"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_connector_has_a_simulator_and_every_simulator_a_connector() {
    let mut complaints = Vec::new();
    let vendors = vendor_folders();
    for vendor in &vendors {
        let id = vendor.replace('_', "-");
        if simulators::by_id(&id).is_none() {
            complaints.push(format!("tests/simulators/{vendor}: write it and list it in `simulators::all` as {id:?}"));
        }
    }
    for simulator in simulators::all() {
        let folder = simulator.id.replace('-', "_");
        if !vendors.contains(&folder) {
            complaints
                .push(format!("functions/{folder}: write the connector, or name its simulator as the folder is named"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_connector_is_put_through_the_conformance_suite() {
    let suite = fs::read_to_string(root().join("tests/integration/conformance.rs")).unwrap();
    let mut complaints = Vec::new();
    for vendor in vendor_folders() {
        if !suite.contains(&format!("&::{vendor}::CONNECTOR")) {
            complaints.push(format!("tests/integration/conformance.rs: add a module with `&::{vendor}::CONNECTOR`"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_connector_that_takes_pushes_has_a_sample_that_a_test_handles() {
    let mut complaints = Vec::new();
    for descriptor in catalog::DESCRIPTORS {
        let (id, folder) = (descriptor.id, descriptor.id.replace('-', "_"));
        if descriptor.webhook.is_none() {
            continue;
        }
        let sample = format!("events/webhook-{id}.json");
        if !root().join(&sample).is_file() {
            complaints.push(format!("{sample}: add a push of this vendor as API Gateway hands it over (payload 2.0)"));
        }
        let tests = files(&format!("functions/{folder}/src"));
        if !tests.iter().any(|file| file.read().contains(&sample)) {
            complaints.push(format!("functions/{folder}: prove and understand {sample} in a test, as halo_psa does"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_event_is_handled_by_a_test() {
    let tests: Vec<String> = ["functions", "shared", "tests"]
        .into_iter()
        .flat_map(files)
        .filter(|file| file.has_extension(&["rs"]))
        .map(|file| file.read())
        .collect();
    let mut complaints = Vec::new();
    for event in files("events") {
        if !tests.iter().any(|source| source.contains(&event.place)) {
            complaints.push(format!("{}: handle it in a test, or take it out", event.place));
        }
    }
    nothing_to_do(&complaints);
}
