//! The rules for names: which are junk, which are refused, how they are spelled.

use std::borrow::Cow;

/// What a name in a zip stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named<'a> {
    /// A file, under this `/`-separated name without empty or `.` pieces.
    File(Cow<'a, str>),
    /// A folder, or what an operating system left behind: no entry.
    Ignored,
    /// A name that leads out of the archive.
    Refused,
}

/// Reads a name of a zip's directory.
///
/// A name with `\` and without any `/` was written by an old Windows packer, which took `\` as
/// the separator; beside `/` a `\` is a character like any other (a canvas may be called so).
pub(crate) fn parse(name: &str) -> Named<'_> {
    let spelled = if name.contains('\\') && !name.contains('/') {
        Cow::Owned(name.replace('\\', "/"))
    } else {
        Cow::Borrowed(name)
    };
    let bytes = spelled.as_bytes();
    let has_drive = matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic());
    if has_drive || bytes.starts_with(b"/") {
        return Named::Refused;
    }
    let mut is_clean = true;
    let mut last: &[u8] = b"";
    for piece in pieces(bytes) {
        match piece {
            b".." => return Named::Refused,
            b"" | b"." => is_clean = false,
            _ => {}
        }
        last = piece;
    }
    if matches!(last, b"" | b".") {
        return Named::Ignored;
    }
    let cleaned = if is_clean {
        spelled
    } else {
        let pieces = spelled
            .split('/')
            .filter(|piece| !matches!(*piece, "" | "."));
        Cow::Owned(pieces.collect::<Vec<_>>().join("/"))
    };
    if is_junk(&cleaned) {
        return Named::Ignored;
    }
    Named::File(cleaned)
}

/// The pieces between the slashes of a name. Zips have millions of names, mostly short, in which to look
/// for a slash byte by byte takes less than to begin a search.
fn pieces(name: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/')
}

/// Whether an operating system, not the export, put this file there.
pub(crate) fn is_junk(name: &str) -> bool {
    let mut pieces = pieces(name.as_bytes()).rev();
    let base = pieces.next().unwrap_or_default();
    base.starts_with(b"._")
        || base == b".DS_Store"
        || base.eq_ignore_ascii_case(b"thumbs.db")
        || base.eq_ignore_ascii_case(b"desktop.ini")
        || pieces.any(|piece| piece == JUNK_FOLDER.as_bytes())
}

/// The name of a folder (one piece) that holds nothing but junk.
const JUNK_FOLDER: &str = "__MACOSX";

/// Whether a folder of this name (one piece) holds nothing but junk.
pub(crate) fn is_junk_folder(piece: &str) -> bool {
    piece == JUNK_FOLDER
}

#[cfg(test)]
mod tests {
    use super::{Named, parse};

    fn check(name: &str, expected: Option<&str>) {
        let expected = match expected {
            Some(name) => Named::File(name.into()),
            None => Named::Ignored,
        };
        assert_eq!(parse(name), expected, "{name}");
    }

    #[test]
    fn names_are_spelled_with_slashes_and_without_empty_pieces() {
        check("general/2026-01-01.json", Some("general/2026-01-01.json"));
        check(
            "./general//2026-01-01.json",
            Some("general/2026-01-01.json"),
        );
        check(r"general\2026-01-01.json", Some("general/2026-01-01.json"));
        check(
            r"FC:F1:a\b/2026-01-01.json",
            Some(r"FC:F1:a\b/2026-01-01.json"),
        );
        check("..x/a...json", Some("..x/a...json"));
        check("チャネル/1.json", Some("チャネル/1.json"));
    }

    #[test]
    fn folders_and_what_systems_leave_behind_are_no_files() {
        for name in ["", "general/", r"general\", ".", "./", "a/."] {
            check(name, None);
        }
        for name in [
            "__MACOSX/a.json",
            "wrap/__MACOSX/._a",
            ".DS_Store",
            "a/.DS_Store",
        ] {
            check(name, None);
        }
        for name in ["a/Thumbs.db", "THUMBS.DB", "Desktop.ini", "a/._b.json"] {
            check(name, None);
        }
        check("a/DS_Store.json", Some("a/DS_Store.json"));
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in [
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/..",
            r"..\a",
            r"C:\a",
            "c:a",
            r"\\host\a",
        ] {
            assert_eq!(parse(name), Named::Refused, "{name}");
        }
    }
}
