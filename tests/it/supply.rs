//! What the program is built of: licences, sources, reasons, and nothing twice. Looks at what is there
//! for this system; advisories need the network and stand in docs/release.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Licences that ask for no more than to be named.
const LICENCES: [&str; 8] = [
    "0BSD",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSL-1.0",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that are there in two versions: chrono-tz has the older of `phf`, emojis the newer. It is a
/// few hundred lines for looking things up in tables.
const TWICE: [&str; 2] = ["phf", "phf_shared"];

/// What cargo knows of all packages.
fn metadata() -> Value {
    let output = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(ROOT).output();
        let output = output.expect("a program of the toolchain");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
        String::from_utf8(output.stdout).expect("text")
    };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = output(&rustc, &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let system = ["--filter-platform", host.expect("a host")];
    let args = ["metadata", "--format-version", "1", "--locked"];
    serde_json::from_str(&output(&cargo, &[&args[..], &system].concat())).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().expect("packages").iter()
}

/// Whether every part of an expression offers a licence from the list.
fn is_allowed(expression: &str) -> bool {
    let offers = |part: &str| {
        let part = part.trim().trim_matches(['(', ')']);
        let mut licences = part.split(" OR ").flat_map(|it| it.split('/'));
        licences.any(|it| LICENCES.contains(&it.trim()))
    };
    expression.split(" AND ").all(offers)
}

#[test]
fn every_crate_has_a_licence_from_the_list_and_comes_from_the_registry() {
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && is_allowed("Unlicense/MIT"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
    let metadata = metadata();
    assert!(packages(&metadata).count() > 50);
    for package in packages(&metadata) {
        let name = text(package, "name");
        let licence = text(package, "license");
        assert!(is_allowed(licence), "{name} has the licence {licence:?}");
        let is_ours = Path::new(text(package, "manifest_path")).starts_with(ROOT);
        let source = text(package, "source");
        assert!(
            is_ours || source.starts_with("registry+"),
            "{name} comes from {source:?}"
        );
    }
}

#[test]
fn no_crate_is_there_twice_but_those_with_a_reason() {
    let metadata = metadata();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(&metadata) {
        let versions = versions.entry(text(package, "name")).or_default();
        versions.insert(text(package, "version"));
    }
    let twice = versions.iter().filter(|(_, versions)| versions.len() > 1);
    let twice: Vec<_> = twice.map(|(name, _)| *name).collect();
    assert_eq!(twice, TWICE);
}

#[test]
fn every_dependency_has_a_reason_and_every_reason_a_dependency() {
    let metadata = metadata();
    let ours = packages(&metadata).filter(|it| it["source"].is_null());
    let mut used = BTreeSet::new();
    for package in ours {
        for dependency in package["dependencies"].as_array().expect("a list") {
            let name = text(dependency, "name");
            if !name.starts_with("migrate-") {
                used.insert(name.to_owned());
            }
        }
    }
    let doc = fs::read_to_string(Path::new(ROOT).join("docs/dependencies.md")).expect("the list");
    let rows = doc.lines().filter_map(|line| line.strip_prefix("| "));
    let names = rows.filter_map(|row| row.split(" |").next());
    let mut told: BTreeSet<_> = names
        .flat_map(|it| it.split(", ").map(str::to_owned))
        .collect();
    told.remove("crate");
    told.remove("---");
    let of_tests = doc
        .lines()
        .skip_while(|line| !line.starts_with("For tests"));
    let of_tests: String = of_tests.take_while(|line| !line.is_empty()).collect();
    used.retain(|name| !of_tests.contains(name.as_str()) || told.contains(name));
    assert_eq!(used, told);
}

#[test]
fn none_of_our_crates_has_unsafe_code() {
    let metadata = metadata();
    let workspace = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("a manifest");
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    let ours: Vec<_> = packages(&metadata)
        .filter(|it| it["source"].is_null())
        .map(|it| text(it, "manifest_path"))
        .collect();
    assert!(ours.len() > 5);
    for manifest in ours {
        let text = fs::read_to_string(manifest).expect("a manifest");
        assert!(
            text.contains("\n[lints]\nworkspace = true\n"),
            "{manifest} has lints of its own"
        );
    }
}
