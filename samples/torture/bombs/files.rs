//! The bombs, and how their files are written.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Result;
use flate2::{Compression, write::DeflateEncoder};
use libdeflater::Crc;

use super::{Bomb, Want};
use crate::generator::Archive;

/// How many bytes a large text has.
pub(super) const GIGABYTE: u64 = 1 << 30;
/// How many of something small there are.
pub(super) const MILLION: u64 = 1_000_000;
/// How deep things are nested.
pub(super) const DEEP: usize = 100_000;

pub(super) const BOMBS: &[Bomb] = &[
    Bomb {
        what: "slack: a zip of 1 MB, in it a day file of 1 GB that is one text",
        name: "in.zip",
        make: |path| export_of(path, &gigabyte(DAY_START)?),
        args: "slack",
        want: Want::Refused("general/2024-03-04.json` in `"),
        peak: 50,
    },
    Bomb {
        what: "slack: the same, left out",
        name: "in.zip",
        make: |path| export_of(path, &gigabyte(DAY_START)?),
        args: "slack --skip-unreadable",
        want: Want::Written,
        peak: 50,
    },
    Bomb {
        what: "slack: a file that unpacks to more than it states",
        name: "in.zip",
        make: |path| {
            let file = Packed {
                unpacked: 1_000,
                ..deflated(&mut |out| repeat(out, " ", 100 << 20))?
            };
            export_of(path, &file)
        },
        args: "slack",
        want: Want::Refused("it is larger than the 1000 bytes that the zip states"),
        peak: 50,
    },
    Bomb {
        what: "slack: a file that states more than it can unpack to",
        name: "in.zip",
        make: |path| {
            let file = deflated(&mut |out| repeat(out, " ", 1_000))?;
            export_of(
                path,
                &Packed {
                    unpacked: 200 << 20,
                    ..file
                },
            )
        },
        args: "slack",
        want: Want::Refused("which is impossible: the zip is damaged or a trap"),
        peak: 50,
    },
    Bomb {
        what: "slack: zips in zips in a zip, 10 GB at their bottom",
        name: "in.zip",
        make: nested,
        args: "slack",
        want: Want::Refused("holds none of the files of a Slack export"),
        peak: 50,
    },
    Bomb {
        what: "slack: 100,000 lists in each other",
        name: "in.zip",
        make: |path| {
            let blocks = "[".repeat(DEEP) + &"]".repeat(DEEP);
            day(path, &format!("x\",\"blocks\":{blocks},\"y\":\""))
        },
        args: "slack",
        want: Want::Written,
        peak: 50,
    },
    Bomb {
        what: "slack: a million users in one message",
        name: "in.zip",
        make: |path| day(path, &list(|n| format!("<@U{n:07}>"))),
        args: "slack",
        want: Want::Written,
        peak: 1_500,
    },
    Bomb {
        what: "slack: a million reactions to one message",
        name: "in.zip",
        make: |path| {
            let users = list(|n| format!(",\"U{n:07}\""));
            day(
                path,
                &format!(
                    "x\",\"reactions\":[{{\"name\":\"a\",\"users\":[\"U\"{users}]}}],\"y\":\""
                ),
            )
        },
        args: "slack",
        want: Want::Written,
        peak: 1_500,
    },
    Bomb {
        what: "slack: a million files of one message",
        name: "in.zip",
        make: |path| {
            let files = list(|n| format!(",{{\"id\":\"F{n}\",\"name\":\"a\"}}"));
            day(path, &format!("x\",\"files\":[{{}}{files}],\"y\":\""))
        },
        args: "slack",
        want: Want::Written,
        peak: 2_000,
    },
    Bomb {
        what: "csv: a cell of 1 GB",
        name: "in.csv",
        make: |path| large(path, ROW, "a", "\n"),
        args: "csv",
        want: Want::Refused("line 2: the line is longer than"),
        peak: 100,
    },
    Bomb {
        what: "csv: a quote that is never closed, 1 GB behind it",
        name: "in.csv",
        make: |path| large(path, &format!("{ROW}\""), "a\n", ""),
        args: "csv",
        want: Want::Refused("line 2: the quote that opens here is not closed"),
        peak: 100,
    },
    Bomb {
        what: "csv: a million columns",
        name: "in.csv",
        make: |path| {
            write(
                path,
                &[HEADER, &list(|n| format!(",c{n}")), "\n", ROW, "x\n"],
            )
        },
        args: "csv",
        want: Want::Refused("columns"),
        peak: 100,
    },
    Bomb {
        what: "csv: a zip of 4 MB, in it a table of 4 GB",
        name: "in.zip",
        make: |path| {
            let row = format!("{ROW}{}\n", "a".repeat(900));
            let table = deflated(&mut |out| {
                out.write_all(HEADER.as_bytes())?;
                repeat(out, &row, u64::from(u32::MAX) - 10_000)
            })?;
            zip(path, &[("messages.csv", &table)])
        },
        args: "csv --max-temp-size 1GB",
        want: Want::Refused("allow more by `--max-temp-size`"),
        peak: 50,
    },
    Bomb {
        what: "csv: a mapping with 100,000 lists in each other",
        name: "in.csv",
        make: |path| {
            write(
                &path.with_file_name("map.toml"),
                &["a = ", &"[".repeat(DEEP)],
            )?;
            write(path, &[HEADER, "\n", ROW, "x\n"])
        },
        args: "csv --mapping map.toml",
        want: Want::Refused("map.toml"),
        peak: 200,
    },
    Bomb {
        what: "sqlite: a dump with a text of 1 GB",
        name: "in.sql",
        make: |path| {
            large(
                path,
                &format!("{TABLE}INSERT INTO messages VALUES('m1','c1','"),
                "a",
                "');\n",
            )
        },
        args: "sqlite",
        want: Want::Refused("in.sql"),
        peak: 200,
    },
    Bomb {
        what: "sqlite: a dump with 100,000 brackets in each other",
        name: "in.sql",
        make: |path| {
            let value = "(".repeat(DEEP) + "1" + &")".repeat(DEEP);
            write(
                path,
                &[TABLE, "INSERT INTO messages VALUES('m1',", &value, ");\n"],
            )
        },
        args: "sqlite",
        want: Want::Refused("in.sql"),
        peak: 200,
    },
    Bomb {
        what: "sqlite: a dump of a table with a million columns",
        name: "in.sql",
        make: |path| {
            write(
                path,
                &[
                    "CREATE TABLE messages(id",
                    &list(|n| format!(",c{n} TEXT")),
                    ");\n",
                ],
            )
        },
        args: "sqlite",
        want: Want::Refused("in.sql"),
        peak: 200,
    },
    Bomb {
        what: "sqlite: a dump that asks for 1 GB of zeros",
        name: "in.sql",
        make: |path| {
            write(
                path,
                &[
                    TABLE,
                    "INSERT INTO messages VALUES('m1','c1',hex(zeroblob(1000000000)));\n",
                ],
            )
        },
        args: "sqlite",
        want: Want::Refused("in.sql"),
        peak: 200,
    },
    Bomb {
        what: "sqlite: a database with a view that never ends",
        name: "in.db",
        make: endless,
        args: "sqlite",
        want: Want::Refused("no table looks like messages"),
        peak: 100,
    },
    Bomb {
        what: "jsonl: a line of 1 GB",
        name: "in.jsonl",
        make: |path| large(path, &format!("{HELLO}{MESSAGE}"), "a", "\"}}\n"),
        args: "jsonl",
        want: Want::Refused("line 2: the line is longer than"),
        peak: 100,
    },
    Bomb {
        what: "jsonl: 100,000 lists in each other",
        name: "in.jsonl",
        make: |path| {
            line(
                path,
                &format!(
                    "\"custom\":{{\"a\":{}{}}}",
                    "[".repeat(DEEP),
                    "]".repeat(DEEP)
                ),
            )
        },
        args: "jsonl",
        want: Want::Refused("in.jsonl, line 2"),
        peak: 100,
    },
    Bomb {
        what: "jsonl: a million users mentioned in one message",
        name: "in.jsonl",
        make: |path| {
            line(
                path,
                &format!(
                    "\"mentioned_user_ids\":[\"u\"{}]",
                    list(|n| format!(",\"u{n}\""))
                ),
            )
        },
        args: "jsonl",
        want: Want::Written,
        peak: 1_500,
    },
    Bomb {
        what: "jsonl: a million fields of custom data",
        name: "in.jsonl",
        make: |path| {
            line(
                path,
                &format!("\"custom\":{{\"a\":1{}}}", list(|n| format!(",\"a{n}\":1"))),
            )
        },
        args: "jsonl",
        want: Want::Written,
        peak: 1_000,
    },
    Bomb {
        what: "validate: an entry of 1 GB",
        name: "in.json",
        make: |path| large(path, IMPORT, "a", "\"}}]"),
        args: "validate",
        want: Want::Written,
        peak: 100,
    },
    Bomb {
        what: "split: an entry of 1 GB",
        name: "in.json",
        make: |path| large(path, IMPORT, "a", "\"}}]"),
        args: "split",
        want: Want::Refused("cannot be cut into parts"),
        peak: 100,
    },
    Bomb {
        what: "preview: an entry of 1 GB",
        name: "in.json",
        make: |path| large(path, IMPORT, "a", "\"}}]"),
        args: "preview",
        want: Want::Refused("there is no entry to show"),
        peak: 100,
    },
    Bomb {
        what: "validate: 100,000 lists in each other",
        name: "in.json",
        make: |path| {
            write(
                path,
                &[
                    "[{\"type\":\"message\",\"item\":{\"a\":",
                    &"[".repeat(DEEP),
                    &"]".repeat(DEEP),
                    "}}]",
                ],
            )
        },
        args: "validate",
        want: Want::Written,
        peak: 100,
    },
    Bomb {
        what: "validate: 100,000 entries, each begun in the one before",
        name: "in.json",
        make: |path| write(path, &["[", &IMPORT[1..].repeat(DEEP)]),
        args: "validate",
        want: Want::Written,
        peak: 100,
    },
    Bomb {
        what: "split: the same",
        name: "in.json",
        make: |path| write(path, &["[", &IMPORT[1..].repeat(DEEP)]),
        args: "split",
        want: Want::Refused("cannot be cut into parts"),
        peak: 100,
    },
];

const USERS: &[u8] = br#"[{"id":"U1","name":"maren"}]"#;
const CHANNELS: &[u8] =
    br#"[{"id":"C1","name":"general","created":1,"creator":"U1","members":["U1"]}]"#;
const DAY_START: &str = r#"[{"type":"message","user":"U1","ts":"1709539201.000200","text":""#;
const HEADER: &str = "id,channel_id,user_id,created_at,text";
const ROW: &str = "\nm1,c1,u1,2025-01-01T00:00:00Z,";
const TABLE: &str = "CREATE TABLE messages(id TEXT,channel_id TEXT,text TEXT);\n";
pub(super) const HELLO: &str =
    "{\"type\":\"hello\",\"protocol\":\"migrate\",\"version\":1,\"adapter\":\"bomb\"}\n";
pub(super) const MESSAGE: &str = r#"{"type":"message","data":{"id":"m1","channel_id":"c1","user_id":"u1","created_at":"2025-01-01T00:00:00Z","text":""#;
pub(super) const END: &str = "{\"type\":\"end\",\"counts\":{\"message\":1}}\n";
const IMPORT: &str = r#"[{"type":"message","item":{"id":"m1","text":""#;

/// Writes pieces one behind the other.
pub(super) fn write(path: &Path, pieces: &[&str]) -> Result<()> {
    std::fs::write(path, pieces.concat())?;
    Ok(())
}

/// Writes a file with 1 GB of one text in its middle.
pub(super) fn large(path: &Path, start: &str, middle: &str, end: &str) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let start = match start.strip_prefix('\n') {
        // A row has its header before it.
        Some(row) => format!("{HEADER}\n{row}"),
        None => start.to_owned(),
    };
    out.write_all(start.as_bytes())?;
    repeat(&mut out, middle, GIGABYTE)?;
    out.write_all(end.as_bytes())?;
    Ok(out.flush()?)
}

/// Writes a text again and again, about so many bytes.
pub(super) fn repeat(out: &mut dyn Write, text: &str, bytes: u64) -> Result<()> {
    let piece = text.repeat((1 << 20) / text.len());
    for _ in 0..bytes / piece.len() as u64 {
        out.write_all(piece.as_bytes())?;
    }
    Ok(())
}

/// A million texts.
pub(super) fn list(text: fn(u64) -> String) -> String {
    (0..MILLION).map(text).collect()
}

/// Writes lines of records with one message that has this as well.
fn line(path: &Path, fields: &str) -> Result<()> {
    write(path, &[HELLO, MESSAGE, "x\",", fields, "}}\n", END])
}

/// Deflated contents, and what a zip states of them.
struct Packed {
    data: Vec<u8>,
    unpacked: u32,
    crc: u32,
}

/// Deflates what is written.
fn deflated(contents: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<Packed> {
    struct Counted {
        out: DeflateEncoder<Vec<u8>>,
        crc: Crc,
        bytes: u32,
    }
    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.crc.update(bytes);
            self.bytes = self.bytes.wrapping_add(bytes.len() as u32);
            self.out.write_all(bytes)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            self.out.flush()
        }
    }
    let mut counted = Counted {
        out: DeflateEncoder::new(Vec::new(), Compression::fast()),
        crc: Crc::new(),
        bytes: 0,
    };
    contents(&mut counted)?;
    Ok(Packed {
        crc: counted.crc.sum(),
        unpacked: counted.bytes,
        data: counted.out.finish()?,
    })
}

fn gigabyte(start: &str) -> Result<Packed> {
    deflated(&mut |out| {
        out.write_all(start.as_bytes())?;
        repeat(out, "a", GIGABYTE)?;
        Ok(out.write_all(b"\"}]")?)
    })
}

/// Writes a zip of such files.
fn zip(path: &Path, files: &[(&str, &Packed)]) -> Result<()> {
    let mut archive = Archive::new(BufWriter::new(File::create(path)?));
    for (name, file) in files {
        archive.deflated(name, &file.data, file.unpacked, file.crc)?;
    }
    archive.finish()?;
    Ok(())
}

/// Writes an export with this day file.
fn export_of(path: &Path, day: &Packed) -> Result<()> {
    let list = |bytes: &[u8]| deflated(&mut |out| Ok(out.write_all(bytes)?));
    let (users, channels) = (list(USERS)?, list(CHANNELS)?);
    let files = [
        ("users.json", &users),
        ("channels.json", &channels),
        ("general/2024-03-04.json", day),
    ];
    zip(path, &files)
}

/// Writes an export of one message with this text, which may end it and go on with other fields.
pub(super) fn day(path: &Path, text: &str) -> Result<()> {
    let json = format!("{DAY_START}{text}\"}}]");
    export_of(
        path,
        &deflated(&mut |out| Ok(out.write_all(json.as_bytes())?))?,
    )
}

/// Writes a zip of ten zips of ten zips of a hundred files of 10 MB.
fn nested(path: &Path) -> Result<()> {
    let mut bottom = vec![deflated(&mut |out| repeat(out, "\0", 10 << 20))?];
    let names: Vec<String> = (0..100).map(|n| format!("{n}.zip")).collect();
    for count in [100, 10, 10] {
        let mut archive = Archive::new(Vec::new());
        for name in names.iter().take(count) {
            let file = &bottom[0];
            archive.deflated(name, &file.data, file.unpacked, file.crc)?;
        }
        let bytes = archive.finish()?;
        bottom = vec![deflated(&mut |out| Ok(out.write_all(&bytes)?))?];
    }
    zip(path, &[("1.zip", &bottom[0]), ("2.zip", &bottom[0])])
}

/// Makes a database whose view of messages has a row for every number.
fn endless(path: &Path) -> Result<()> {
    let database = rusqlite::Connection::open(path)?;
    database.execute_batch(
        "CREATE TABLE users (id TEXT, name TEXT);
         CREATE VIEW messages AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
         SELECT x AS id, 'c' AS channel_id, 'u' AS user_id, 't' AS text, '2025-01-01' AS created_at FROM n;",
    )?;
    Ok(())
}
