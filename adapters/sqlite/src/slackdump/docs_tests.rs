//! Holds docs/adapters/slackdump.md against the list of losses.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use crate::slackdump::losses;

const LOSSES: &str = "\n| kind | what happened |\n| --- | --- |\n";

#[test]
fn losses_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/adapters/slackdump.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once(LOSSES).expect("a table of losses");
    let mut expected = format!("{head}{LOSSES}");
    for kind in losses::ALL {
        writeln!(expected, "| `{}` | {} |", kind.kind, kind.text).unwrap();
    }
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(&path, expected).unwrap();
    }
    let cure = "`MIGRATE_BLESS=1 cargo test -p migrate-sqlite documented` mends it";
    assert_eq!(page, expected, "{cure}");
}
