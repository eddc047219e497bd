//! Bombs among the files that options name.

use std::path::Path;

use anyhow::Result;

use super::{
    Bomb, Want,
    files::{DEEP, day, large, list, write},
};

pub(super) const BOMBS: &[Bomb] = &[
    Bomb {
        what: "user map: a cell of 1 GB",
        name: "in.zip",
        make: |path| beside(path, |map| large(map, "source,id,name\nU1,app,", "a", "\n")),
        args: "slack --user-map map",
        want: Want::Refused("it has more than 1 GiB"),
        peak: 50,
    },
    Bomb {
        what: "user map: a million columns",
        name: "in.zip",
        make: |path| {
            let columns = list(|n| format!(",custom.c{n}"));
            beside(path, |map| {
                write(map, &["source,id", &columns, "\nU1,app\n"])
            })
        },
        args: "slack --user-map map",
        want: Want::Refused("it has 1000002 columns"),
        peak: 200,
    },
    Bomb {
        what: "user map: a million rows",
        name: "in.zip",
        make: |path| {
            let rows = list(|n| format!("U{n},app-{n}\n"));
            beside(path, |map| write(map, &["source,id\n", &rows]))
        },
        args: "slack --user-map map",
        want: Want::Written,
        peak: 2_000,
    },
    Bomb {
        what: "people: a text of 1 GB",
        name: "in.zip",
        make: |path| beside(path, |map| large(map, "\"", "a", "\"")),
        args: "slack --people map",
        want: Want::Refused("it has more than 1 GiB"),
        peak: 50,
    },
    Bomb {
        what: "people: 100,000 lists in each other",
        name: "in.zip",
        make: |path| beside(path, |map| write(map, &["[", &"[".repeat(DEEP)])),
        args: "slack --people map",
        want: Want::Refused("could not read the people file"),
        peak: 50,
    },
    Bomb {
        what: "reaction map: a million rows",
        name: "in.zip",
        make: |path| {
            let rows = list(|n| format!("r{n},love\n"));
            beside(path, |map| write(map, &[&rows]))
        },
        args: "slack --reaction-map map",
        want: Want::Written,
        peak: 500,
    },
    Bomb {
        what: "validate: a list of users of 1 GB",
        name: "in.json",
        make: |path| {
            beside(path, |map| large(map, "", "a", "\n"))?;
            write(path, &["[]"])
        },
        args: "validate --existing-users map",
        want: Want::Refused("it has more than 1 GiB"),
        peak: 50,
    },
];

/// Writes a small export, and a map beside it.
fn beside(path: &Path, map: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    day(path, "x")?;
    map(&path.with_file_name("map"))
}
