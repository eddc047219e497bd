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
    if spelled.starts_with('/') || has_drive || spelled.split('/').any(|piece| piece == "..") {
        return Named::Refused;
    }
    if spelled.is_empty() || spelled.ends_with('/') || spelled.split('/').next_back() == Some(".") {
        return Named::Ignored;
    }
    let is_clean = spelled.split('/').all(|piece| !matches!(piece, "" | "."));
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

/// Whether an operating system, not the export, put this file there.
pub(crate) fn is_junk(name: &str) -> bool {
    let mut pieces = name.rsplit('/');
    let base = pieces.next().unwrap_or(name);
    base.starts_with("._")
        || base == ".DS_Store"
        || base.eq_ignore_ascii_case("thumbs.db")
        || base.eq_ignore_ascii_case("desktop.ini")
        || pieces.any(is_junk_folder)
}

/// Whether a folder of this name (one piece) holds nothing but junk.
pub(crate) fn is_junk_folder(piece: &str) -> bool {
    piece == "__MACOSX"
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
