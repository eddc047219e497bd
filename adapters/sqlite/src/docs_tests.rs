//! Holds docs/adapters/sqlite.md against the code's own lists.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use crate::{losses, presets};

const PRESETS: &str = "\n| preset | reads |\n| --- | --- |\n";
const LOSSES: &str = "\n| kind | what happened |\n| --- | --- |\n";

/// The page with the tables that the code says.
fn expected(page: &str) -> String {
    let (head, rest) = page.split_once(PRESETS).expect("a table of presets");
    let behind = rest.find("\n## ").expect("something behind it");
    let (middle, _) = rest[behind..]
        .split_once(LOSSES)
        .expect("a table of losses");
    let mut page = format!("{head}{PRESETS}");
    for preset in presets::all() {
        writeln!(page, "| `{}` | {} |", preset.name, preset.title).unwrap();
    }
    write!(page, "{middle}{LOSSES}").unwrap();
    for kind in &losses::ALL {
        writeln!(page, "| `{}` | {} |", kind.kind, kind.text).unwrap();
    }
    page
}

#[test]
fn presets_and_losses_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/adapters/sqlite.md");
    let page = fs::read_to_string(&path).unwrap();
    let expected = expected(&page);
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(path, expected).unwrap();
    }
    for (shown, expected) in page.lines().zip(expected.lines()) {
        let cure = "`MIGRATE_BLESS=1 cargo test -p migrate-sqlite documented` mends it";
        assert_eq!(shown, expected, "{cure}");
    }
    assert_eq!(page.len(), expected.len());
}
