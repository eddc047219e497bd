//! The two ways in which an import file is written.

use std::path::Path;

use migrate_model::Kind;

/// How an import file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// One JSON array of `{"type","item"}`. Source: classic page.
    Array,
    /// One `{"type","data"}` a line. Source: current page.
    Jsonl,
}

impl Spelling {
    /// The spelling that a file's extension asks for.
    pub fn of(path: &Path) -> Option<Spelling> {
        match path.extension()?.to_str()? {
            "json" => Some(Spelling::Array),
            "jsonl" | "ndjson" => Some(Spelling::Jsonl),
            _ => None,
        }
    }

    /// The spelling's name, as `--format` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Spelling::Array => "array",
            Spelling::Jsonl => "jsonl",
        }
    }

    /// The spelling of an import file that begins with these bytes; `None` if it is none.
    pub fn of_head(head: &[u8]) -> Option<Spelling> {
        let start = head.trim_ascii_start();
        let start = start.strip_prefix(b"[").unwrap_or(start);
        // No entry that we write opens with more.
        let start: Vec<u8> = { start.iter().copied() }
            .filter(|byte| !byte.is_ascii_whitespace())
            .take(32)
            .collect();
        let opens = |it: &Spelling| {
            let mut kinds = Kind::ALL.iter();
            kinds.any(|kind| start.starts_with(it.open(*kind).as_bytes()))
        };
        [Spelling::Array, Spelling::Jsonl].into_iter().find(opens)
    }

    /// What stands before the first entry.
    pub const fn head(self) -> &'static [u8] {
        match self {
            Spelling::Array => b"[\n",
            Spelling::Jsonl => b"",
        }
    }

    /// What stands behind each entry; in an array not behind the last.
    pub const fn separator(self) -> &'static [u8] {
        match self {
            Spelling::Array => b",\n",
            Spelling::Jsonl => b"\n",
        }
    }

    /// What stands behind the last entry.
    pub const fn tail(self) -> &'static [u8] {
        match self {
            Spelling::Array => b"\n]\n",
            Spelling::Jsonl => b"\n",
        }
    }

    /// The size of a file whose entries, each with its separator, have `entry_bytes` together.
    pub const fn file_bytes(self, entry_bytes: u64) -> u64 {
        let frame = self.head().len() + self.tail().len() - self.separator().len();
        entry_bytes + frame as u64
    }

    /// The start of an entry, up to its item. Source for the words: classic and current page;
    /// the schema's `channel_member` is used by no page.
    pub(crate) const fn open(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Spelling::Array, Kind::User) => r#"{"type":"user","item":"#,
            (Spelling::Array, Kind::Channel) => r#"{"type":"channel","item":"#,
            (Spelling::Array, Kind::Member) => r#"{"type":"member","item":"#,
            (Spelling::Array, Kind::Message) => r#"{"type":"message","item":"#,
            (Spelling::Array, Kind::Reaction) => r#"{"type":"reaction","item":"#,
            (Spelling::Jsonl, Kind::User) => r#"{"type":"user","data":"#,
            (Spelling::Jsonl, Kind::Channel) => r#"{"type":"channel","data":"#,
            (Spelling::Jsonl, Kind::Member) => r#"{"type":"member","data":"#,
            (Spelling::Jsonl, Kind::Message) => r#"{"type":"message","data":"#,
            (Spelling::Jsonl, Kind::Reaction) => r#"{"type":"reaction","data":"#,
        }
    }
}
