//! Holds docs/adapters/slack.md against the code's own lists.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use crate::losses;
use crate::subtype::{Class, KNOWN};

const SUBTYPES: &str = "\n| subtype | becomes |\n| --- | --- |\n";
const LOSSES: &str = "\n| kind | what happened |\n| --- | --- |\n";

/// The page with the tables that the code says.
fn expected(page: &str) -> String {
    let (head, rest) = page.split_once(SUBTYPES).expect("a table of subtypes");
    let (_, rest) = rest.split_once("\n\n").expect("something behind it");
    let (middle, _) = rest.split_once(LOSSES).expect("a table of losses");
    let mut page = format!("{head}{SUBTYPES}{}\n", subtypes());
    write!(page, "{middle}{LOSSES}").unwrap();
    for kind in losses::ALL {
        writeln!(page, "| `{}` | {} |", kind.kind, kind.text).unwrap();
    }
    page
}

/// A row for all subtypes that become the same.
fn subtypes() -> String {
    let mut classes: Vec<Class> = Vec::new();
    for (_, class) in KNOWN {
        if !classes.contains(class) {
            classes.push(*class);
        }
    }
    let mut rows = String::new();
    for class in classes {
        let all = KNOWN.iter().filter(|(_, it)| *it == class);
        let mut names: Vec<_> = all.map(|(name, _)| format!("`{name}`")).collect();
        if class == Class::Regular {
            names.insert(0, "none".to_owned());
        }
        writeln!(rows, "| {} | {} |", names.join(", "), class.becomes()).unwrap();
    }
    writeln!(rows, "| any other | {} |", Class::Unknown.becomes()).unwrap();
    rows
}

#[test]
fn subtypes_and_losses_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/adapters/slack.md");
    let page = fs::read_to_string(&path).unwrap();
    let expected = expected(&page);
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(path, expected).unwrap();
    }
    for (shown, expected) in page.lines().zip(expected.lines()) {
        let cure = "`MIGRATE_BLESS=1 cargo test -p migrate-slack documented` mends it";
        assert_eq!(shown, expected, "{cure}");
    }
    assert_eq!(page.len(), expected.len());
}
