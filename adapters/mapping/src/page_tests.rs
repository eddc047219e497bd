//! The page about mapping files says everything that they can say.

use std::fmt::Write as _;
use std::{env, fs};

use crate::mapping::{Mapping, SectionKind};
use crate::{names, read, read_transform};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/mapping.md");

/// What stands before the table of fields.
const TABLE: &str = "| section | fields |\n| --- | --- |\n";

#[test]
fn the_page_has_all_fields() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (head, shown) = page.split_once(TABLE).unwrap();
    let mut table = String::new();
    let mut line = |what: &str, fields: Vec<names::Name>| {
        let fields: Vec<String> = fields.iter().map(|(name, _)| format!("`{name}`")).collect();
        writeln!(table, "| {what} | {} |", fields.join(", ")).unwrap();
    };
    for kind in SectionKind::ALL {
        line(&format!("`[[{}]]`", kind.name()), names::of_section(kind));
    }
    line("`[[users]]` with `from`", names::of_person());
    line("`attachment` of messages", names::of_attachment());
    line("`reaction` of messages", names::of_reaction());
    line("`pin` of messages", names::of_pin());
    if env::var_os("MIGRATE_BLESS").is_some() {
        return fs::write(PAGE, format!("{head}{TABLE}{table}")).unwrap();
    }
    assert_eq!(
        shown, table,
        "`MIGRATE_BLESS=1 cargo test -p migrate-mapping page` mends it"
    );
}

#[test]
fn the_page_has_all_steps_and_its_example_is_one() {
    let page = fs::read_to_string(PAGE).unwrap();
    let words = read_transform::KEYS.iter().copied();
    let times = read_transform::TIMES.iter().map(|(_, name)| *name);
    let unescapes = read_transform::UNESCAPES.iter().map(|(_, name)| *name);
    let blobs = read_transform::BLOBS.iter().map(|(_, name)| *name);
    let outcomes = read::OUTCOMES.iter().map(|(_, name)| *name);
    let mentions = read::MENTIONS.iter().map(|(_, name)| *name);
    let words = words
        .chain(times)
        .chain(unescapes)
        .chain(blobs)
        .chain(mentions);
    for word in words.chain(outcomes) {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
    let examples = page.split("```toml\n").skip(1);
    let sections = examples.map(|it| {
        let example = it.split_once("```").unwrap().0;
        let mapping = Mapping::parse(example, "docs/mapping.md").unwrap();
        (mapping.sections.len(), mapping.losses.len())
    });
    assert_eq!(sections.collect::<Vec<_>>(), [(3, 0), (1, 0), (1, 3)]);
}
