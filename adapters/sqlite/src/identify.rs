//! Says what a file is by its first bytes, and for what is neither a database nor a dump of one,
//! what to do.
//!
//! Opening it is left to [`Database`](crate::Database).

use std::path::Path;

/// How many bytes of a file are looked at.
pub use migrate_model::HEAD_BYTES;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An SQLite database.
    Database,
    /// A dump in SQL text, such as `sqlite3 chat.db .dump` prints.
    Dump,
    /// Something else, which cannot be read.
    Other {
        /// What it is, as in "is gzip data".
        what: &'static str,
        /// What to do about it.
        cure: &'static str,
    },
}

/// How a database begins. Source: SQLite, "Database File Format", 1.3, read 2026-11.
pub(crate) const DATABASE: &[u8] = b"SQLite format 3\0";

/// How the journal of a transaction begins. Source: the same, 3.
pub(crate) const JOURNAL: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

const DECRYPT_WHATSAPP: &str = "decrypt it first with the key of the phone, for example with \
    `wadecrypt` of wa-crypt-tools, and give the `msgstore.db` that comes out";
/// What a text is of which no more is known.
pub(crate) const NO_DUMP: &str = "a text that is no dump of a database";

const UNPACK: &str = "unpack it and give the file that comes out";
const FROM_POSTGRES: &str = "write each table as CSV, with `\\copy TABLE TO 'TABLE.csv' CSV HEADER` in `psql`, and give these to `migrate csv`";
const FROM_MYSQL: &str =
    "load it into a MySQL server, write each table as CSV there, and give these to `migrate csv`";
const AS_UTF8: &str =
    "make the dump again with `sqlite3 chat.db \".output dump.sql\" .dump`, which writes UTF-8";

/// A form that is known by how it begins.
const FORMS: &[(&[u8], &str, &str)] = &[
    (b"\x1f\x8b", "gzip data", UNPACK),
    (
        b"PK\x03\x04",
        "a zip",
        "unpack it and give the database in it, with its `-wal` beside it if there is one",
    ),
    (b"\xfd7zXZ\0", "xz data", UNPACK),
    (b"BZh", "bzip2 data", UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstd data", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (
        b"PGDMP",
        "a Postgres dump in the custom format",
        FROM_POSTGRES,
    ),
    (
        b"\x37\x7f\x06\x82",
        "the write-ahead log of a database",
        "give the database itself, the file of the same name without `-wal`",
    ),
    (
        b"\x37\x7f\x06\x83",
        "the write-ahead log of a database",
        "give the database itself, the file of the same name without `-wal`",
    ),
    (
        JOURNAL,
        "the journal of a database",
        "give the database itself, the file of the same name without `-journal`",
    ),
    (
        b"** This file contains an SQLite 2",
        "a database of SQLite 2",
        "dump it with `sqlite` of version 2 and load that into `sqlite3`",
    ),
    (b"\xff\xfe", "text in UTF-16", AS_UTF8),
    (b"\xfe\xff", "text in UTF-16", AS_UTF8),
    (
        b"ANDROID BACKUP",
        "an Android backup",
        "unpack it, for example with `abe unpack`, and give the database in it",
    ),
    (
        b"%PDF-",
        "a PDF document",
        "give a database or a dump of one",
    ),
];

/// Words of SQL with which a dump begins.
const WORDS: &[&[u8]] = &[
    b"PRAGMA",
    b"BEGIN",
    b"CREATE",
    b"INSERT",
    b"DROP",
    b"DELETE",
    b"ALTER",
    b"SAVEPOINT",
    b"ATTACH",
    b"VACUUM",
    b"SELECT",
    b"WITH",
    b"REPLACE",
    b"UPDATE",
    b"ANALYZE",
    b"COMMIT",
    b"ROLLBACK",
    b"EXPLAIN",
];

/// What a file with this name and these first bytes is.
///
/// `head` are its first [`HEAD_BYTES`], or all of it where it is shorter.
pub fn identify(path: &Path, head: &[u8]) -> Kind {
    if head.is_empty() {
        return other("empty", "export it again");
    }
    if head.starts_with(DATABASE) {
        return Kind::Database;
    }
    // The header of an encrypted backup has no bytes of its own, so its name has to tell.
    let extension = path.extension().and_then(|extension| extension.to_str());
    if extension.is_some_and(|extension| extension.to_ascii_lowercase().starts_with("crypt")) {
        return other("an encrypted backup of WhatsApp", DECRYPT_WHATSAPP);
    }
    for (magic, what, cure) in FORMS {
        if head.starts_with(magic) {
            return other(what, cure);
        }
    }
    if begins_as_sql(head) || is_text(head) {
        return text(head);
    }
    if looks_encrypted(head) {
        return other(
            "an encrypted database (SQLCipher, for example of Signal or WhatsApp) or no database at all",
            "decrypt it first: with its key, `sqlcipher` writes a readable copy by `sqlcipher_export`",
        );
    }
    other(
        "neither an SQLite database nor a dump of one",
        "give a `.db` file or what `sqlite3 chat.db .dump` prints",
    )
}

/// Whether a text begins with these letters of any case.
fn starts_as(head: &[u8], start: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    { head.get(..start.len()) }.is_some_and(|it| it.eq_ignore_ascii_case(start))
}

/// What a text is.
fn text(head: &[u8]) -> Kind {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if has(head, b"-- PostgreSQL database")
        || has(head, b"\nSET statement_timeout")
        || starts_as(head, b"SET search_path")
        || starts_as(head, b"SET client_encoding")
        || has(head, b"\nCOPY ")
    {
        return other("a dump of a Postgres database", FROM_POSTGRES);
    }
    if has(head, b"-- MySQL dump")
        || has(head, b"-- MariaDB dump")
        || has(head, b"-- phpMyAdmin SQL Dump")
        || has(head, b"/*!40")
        || has(head, b"/*M!")
        || has(head, b") ENGINE=")
    {
        return other("a dump of a MySQL database", FROM_MYSQL);
    }
    if begins_as_sql(head) {
        return Kind::Dump;
    }
    let start = head.trim_ascii_start();
    match start.first() {
        Some(b'{' | b'[') => other(
            "JSON",
            "give lines of JSON to `migrate jsonl`, or a Slack export to `migrate slack`",
        ),
        Some(b'<') => other("HTML or XML", "give a database or a dump of one"),
        // A dump may begin with a command of the shell; it is told of with its line.
        Some(b'.' | b'#') => Kind::Dump,
        None => other("empty but for spaces", "export it again"),
        _ => other(NO_DUMP, "give tables as text to `migrate csv`"),
    }
}

/// Whether a text begins with a word or a comment of SQL. What comes later may be anything.
fn begins_as_sql(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start = head.trim_ascii_start();
    let is_sql = |word: &&[u8]| {
        let (begin, rest) = start.split_at_checked(word.len()).unwrap_or_default();
        begin.eq_ignore_ascii_case(word) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    };
    WORDS.iter().any(is_sql) || start.starts_with(b"--") || start.starts_with(b"/*")
}

/// Whether a text has a statement of a dump near its beginning. A comment may begin any text.
pub(crate) fn has_statement(head: &[u8]) -> bool {
    let head = head.to_ascii_uppercase();
    let statements: [&[u8]; 3] = [b"CREATE TABLE ", b"INSERT INTO ", b"PRAGMA FOREIGN_KEYS"];
    statements.iter().any(|it| has(&head, it))
}

fn other(what: &'static str, cure: &'static str) -> Kind {
    Kind::Other { what, cure }
}

fn has(head: &[u8], words: &[u8]) -> bool {
    memchr::memmem::find(head, words).is_some()
}

/// Whether it could be text: no control characters among the first bytes but those of lines and
/// pages.
fn is_text(head: &[u8]) -> bool {
    let start = head.get(..512).unwrap_or(head);
    !start
        .iter()
        .any(|&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// Whether the bytes look like noise: more than three of four values occur in the first 4096.
fn looks_encrypted(head: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in head {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    head.len() >= 1024 && seen.iter().filter(|&&seen| seen).count() > 192
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, head: &[u8], expected: &str) {
        let said = match identify(Path::new(name), head) {
            Kind::Database => "database",
            Kind::Dump => "dump",
            Kind::Other { what, .. } => what,
        };
        assert_eq!(said, expected, "{name}");
    }

    #[test]
    fn files_are_told_by_how_they_begin() {
        check("a.db", b"SQLite format 3\0\x10\0", "database");
        check(
            "a.sql",
            b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
            "dump",
        );
        check("a.sql", b"-- made by hand\ncreate table t(a);", "dump");
        check("a.sql", b"\xef\xbb\xbfinsert into t values(1);", "dump");
        check("a.sql", b"\xff\xfeP\0R\0", "text in UTF-16");
        check("a.db", b"", "empty");
        check("a.sql", b" \n\n", "empty but for spaces");
        check("a.gz", b"\x1f\x8b\x08\0", "gzip data");
        check("a.zip", b"PK\x03\x04", "a zip");
        check(
            "a.dump",
            b"PGDMP\x01",
            "a Postgres dump in the custom format",
        );
        check(
            "a.sql",
            b"--\n-- PostgreSQL database dump\n--\n",
            "a dump of a Postgres database",
        );
        check(
            "a.sql",
            b"set search_path = public;\nCREATE TABLE t(a text);\n",
            "a dump of a Postgres database",
        );
        check(
            "a.sql",
            b"-- MySQL dump 10.13  Distrib 8.0\n",
            "a dump of a MySQL database",
        );
        check(
            "a.sql",
            b"/*M!999999\\- enable the sandbox mode */\n",
            "a dump of a MySQL database",
        );
        check(
            "a.sql",
            b"CREATE TABLE `a` (\n `b` int\n) ENGINE=InnoDB;",
            "a dump of a MySQL database",
        );
        check(
            "msgstore.db.crypt15",
            b"\x3b\x01\x08",
            "an encrypted backup of WhatsApp",
        );
        check(
            "a.db-wal",
            b"\x37\x7f\x06\x82\0\x2d",
            "the write-ahead log of a database",
        );
        check("a.json", b"[{\"a\":1}]", "JSON");
        check(
            "a.csv",
            b"created,text\n1,hi\n",
            "a text that is no dump of a database",
        );
        check(
            "a.bin",
            b"\0\0\0\x01",
            "neither an SQLite database nor a dump of one",
        );
    }

    #[test]
    fn noise_is_told_as_encrypted() {
        let mut noise = vec![0u8; HEAD_BYTES];
        let mut state = 1u32;
        for byte in &mut noise {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 24) as u8;
        }
        noise[0] = 1;
        check(
            "db.sqlite",
            &noise,
            "an encrypted database (SQLCipher, for example of Signal or WhatsApp) or no database at all",
        );
    }
}
