//! Dependencies and settings of the crates, from their manifests.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{OTHER_FUNCTIONS, folders, nothing_to_do, root, vendor_folders};

/// What a crate of `shared` may use of our own crates. The order is that of the arrows: nothing points back.
const SHARED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("connector", &["domain"]),
    ("store", &["domain"]),
    ("sync", &["connector", "domain", "store"]),
    ("platform", &["connector", "domain", "store", "sync"]),
    ("testkit", &["connector", "domain", "store", "sync"]),
];
/// What a vendor's crate may use; `platform` in its `main.rs` only.
const VENDOR: &[&str] = &["connector", "domain", "platform"];
/// What a function that serves HTTP may use.
const SERVER: &[&str] = &["catalog", "connector", "domain", "platform", "store", "sync"];
/// I/O that the rules of the product know nothing of.
const IO: &[&str] = &["axum", "futures", "hyper", "lambda_http", "lambda_runtime", "reqwest", "tokio"];
/// Package settings that the workspace decides.
const INHERITED: &[&str] = &["edition", "license", "publish", "rust-version", "version"];

struct Manifest {
    folder: String,
    name: String,
    content: Table,
}

impl Manifest {
    fn read(folder: &str) -> Self {
        let path = root().join(folder).join("Cargo.toml");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{folder}: give it a Cargo.toml, or remove it"));
        let content: Table = text.parse().unwrap_or_else(|error| panic!("{folder}/Cargo.toml: {error}"));
        let name = content["package"]["name"].as_str().unwrap_or_default().to_owned();
        Self { folder: folder.to_owned(), name, content }
    }

    fn dependencies(&self, kinds: &[&str]) -> BTreeSet<String> {
        let tables = kinds.iter().filter_map(|kind| self.content.get(*kind)?.as_table());
        tables.flat_map(|table| table.keys().cloned()).collect()
    }

    /// What ends up in the product.
    fn built_in(&self) -> BTreeSet<String> {
        self.dependencies(&["dependencies", "build-dependencies"])
    }
}

fn manifests() -> Vec<Manifest> {
    let crates = ["functions", "shared"]
        .into_iter()
        .flat_map(|of| folders(of).into_iter().map(move |folder| format!("{of}/{folder}")));
    crates.chain(["infra/local".to_owned(), "tests".to_owned()]).map(|folder| Manifest::read(&folder)).collect()
}

/// Our own crates that a crate may be built with; `None`: any of them.
fn allowed(name: &str) -> Option<Vec<String>> {
    let owned = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
    match name {
        // The one package that holds everything.
        "local" => None,
        // A simulator shares nothing with the connector that it tests.
        "simulators" => owned(&[]),
        "catalog" => Some(vendor_folders().into_iter().chain(["connector".to_owned(), "domain".to_owned()]).collect()),
        _ if OTHER_FUNCTIONS.contains(&name) => owned(SERVER),
        _ => owned(SHARED.iter().find(|(shared, _)| *shared == name).map_or(VENDOR, |(_, uses)| uses)),
    }
}

#[test]
fn dependencies_follow_the_arrows() {
    let manifests = manifests();
    let ours: BTreeSet<_> = manifests.iter().map(|manifest| manifest.name.clone()).collect();
    let mut complaints = Vec::new();
    for manifest in &manifests {
        let Manifest { folder, name, .. } = manifest;
        if folder.starts_with("shared/") && !SHARED.iter().any(|(shared, _)| shared == name) {
            complaints
                .push(format!("{folder}: say in the layout test and in the README's design what it may depend on"));
        }
        let Some(allowed) = allowed(name) else { continue };
        for used in manifest.built_in().intersection(&ours) {
            if !allowed.contains(used) {
                complaints.push(format!(
                    "{folder}: remove the dependency on {used}; it may use {allowed:?} of our crates, so put what it needs \
                     there or pass it in"
                ));
            }
        }
        if name == "simulators" {
            continue;
        }
        for used in manifest.dependencies(&["dev-dependencies"]).intersection(&ours) {
            if used != "testkit" && !allowed.contains(used) {
                complaints.push(format!("{folder}: a test that needs {used} belongs in tests/integration"));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn test_doubles_stay_out_of_the_product() {
    let mut complaints = Vec::new();
    for manifest in manifests() {
        if manifest.built_in().contains("testkit") {
            complaints.push(format!("{}: testkit may only be a dev-dependency", manifest.folder));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn only_store_and_platform_know_aws_and_domain_knows_no_io() {
    let mut complaints = Vec::new();
    for manifest in manifests() {
        let Manifest { folder, name, .. } = &manifest;
        for used in manifest.built_in() {
            // Cryptography that AWS publishes.
            let is_aws = (used.starts_with("aws-") || used.starts_with("aws_")) && used != "aws-lc-rs";
            let may = matches!(name.as_str(), "platform" | "local") || (name == "store" && used == "aws-sdk-dynamodb");
            if is_aws && !may {
                complaints.push(format!(
                    "{folder}: remove {used}; the table is reached through store, everything else of AWS through a port that \
                     platform implements"
                ));
            }
            if name == "domain" && (is_aws || IO.contains(&used.as_str())) {
                complaints.push(format!(
                    "{folder}: remove {used}; domain is pure, so do the I/O in the caller and pass values"
                ));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn only_one_package_runs_by_default() {
    let mut complaints = Vec::new();
    for manifest in manifests() {
        let is_default = manifest.content["package"].get("default-run").is_some();
        if is_default != (manifest.name == "local") {
            complaints.push(format!(
                "{}: `default-run` belongs to infra/local alone, so that `cargo run` works",
                manifest.folder
            ));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn manifests_take_their_settings_from_the_workspace() {
    let inherits = |value: Option<&Value>| value.and_then(|value| value.get("workspace")?.as_bool()) == Some(true);
    let mut complaints = Vec::new();
    for manifest in manifests() {
        let Manifest { folder, name, content } = &manifest;
        if !inherits(content.get("lints")) {
            complaints.push(format!("{folder}/Cargo.toml: add `[lints]` with `workspace = true`"));
        }
        for key in INHERITED {
            if !inherits(content["package"].get(key)) {
                complaints.push(format!("{folder}/Cargo.toml: write `{key}.workspace = true`"));
            }
        }
        // The simulators' crate is named for what others depend on; its folder is the customer's.
        let expected = if folder == "tests" { "simulators" } else { folder.rsplit('/').next().unwrap_or_default() };
        if name != expected {
            complaints.push(format!("{folder}: name the crate {expected}, as its folder"));
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (used, how) in content.get(kind).and_then(Value::as_table).into_iter().flatten() {
                if !inherits(Some(how)) {
                    complaints
                        .push(format!("{folder}/Cargo.toml: move {used} to the root's `[workspace.dependencies]`"));
                }
            }
        }
    }
    nothing_to_do(&complaints);
}
