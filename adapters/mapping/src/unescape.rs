//! Takes off what was written so that characters would not be in the way.

use std::borrow::Cow;

use crate::transform::Unescape;

/// The text as it was meant.
pub(crate) fn unescape<'t>(how: Unescape, text: Cow<'t, str>) -> Cow<'t, str> {
    match how {
        Unescape::Backslash if text.contains('\\') => Cow::Owned(backslash(&text)),
        Unescape::Formula | Unescape::Arithmetic if is_guarded(how, &text) => match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(1..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(1..).unwrap_or_default().to_owned()),
        },
        Unescape::Html if text.contains('&') => {
            Cow::Owned(migrate_markdown::html::characters(&text))
        }
        _ => text,
    }
}

/// Whether a `'` keeps a spreadsheet from computing. Source: Mattermost's compliance export
/// (`compliance_post.go`), which guards cells that match `^\s*[=+-]`, read 2026-11; others guard `@` too.
fn is_guarded(how: Unescape, text: &str) -> bool {
    let behind = text.strip_prefix('\'').map(str::trim_start);
    behind.is_some_and(|it| {
        it.starts_with(['=', '+', '-']) || how == Unescape::Formula && it.starts_with('@')
    })
}

fn backslash(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('0') => out.push('\0'),
            Some(c @ ('\\' | '"' | '\'' | ',' | ';' | '|' | '\n')) => out.push(c),
            // What is no escape stands as it is.
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_the_way_is_as_it_was() {
        let check = |how, text: &str, expected: &str| {
            assert_eq!(unescape(how, text.into()), expected, "{how:?} {text}");
        };
        check(Unescape::Backslash, r"a\nb\\n\tc\d\", "a\nb\\n\tc\\d\\");
        check(Unescape::Formula, "'=1+1", "=1+1");
        check(Unescape::Formula, "' -x", " -x");
        check(Unescape::Formula, "'tis", "'tis");
        check(Unescape::Formula, "'@ann", "@ann");
        check(Unescape::Arithmetic, "'@ann", "'@ann");
        check(Unescape::Arithmetic, "'- x", "- x");
        check(Unescape::Html, "a &amp; b &lt;c&gt; &#228;", "a & b <c> ä");
    }
}
