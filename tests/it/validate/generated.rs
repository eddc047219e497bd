//! The import files of the generator, which are measured, are valid.

use migrate::getstream::rules::RuleSet;

use super::Text;
use crate::generator::{Import, import};

fn text(options: &Import) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = import(options, &mut bytes).unwrap();
    assert_eq!(written, bytes.len() as u64);
    bytes
}

#[test]
fn an_invented_import_file_is_valid_and_has_the_size_that_was_asked_for() {
    for entries in [16, 17, 100, 999, 20_000] {
        for (is_lines, is_pretty) in [(false, false), (false, true), (true, false)] {
            let options = Import {
                is_lines,
                is_pretty,
                ..Import::new(entries)
            };
            let bytes = text(&options);
            let (set, start) = match is_lines {
                true => (RuleSet::Current, &b"\n{\"type\""[..]),
                false if is_pretty => (RuleSet::Classic, &b"{\n  \"type\""[..]),
                false => (RuleSet::Classic, &b"\n{\"type\""[..]),
            };
            let starts = bytes.windows(start.len()).filter(|it| *it == start);
            assert_eq!(starts.count() as u64 + u64::from(is_lines), entries);
            assert_eq!(Text::new(set, &bytes).problems(), [""; 0]);
        }
    }
    let wanted = 7_000_000;
    let bytes = text(&Import::of_bytes(wanted)).len() as u64;
    assert!(bytes.abs_diff(wanted) < wanted / 20, "{bytes}");
}

#[test]
fn the_same_options_give_the_same_import_file() {
    let options = Import::new(1_000);
    assert!(text(&options) == text(&options));
    let other = Import {
        seed: 2,
        ..options.clone()
    };
    assert!(text(&options) != text(&other));
}
