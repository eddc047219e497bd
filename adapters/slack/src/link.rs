//! Links as Markdown.

use crate::escape::{self, Literal};

/// Writes a link with its label, or as a bare address where that is read as what it is.
///
/// `rest` is the text behind it.
pub(crate) fn write(url: &str, label: &str, rest: &str, out: &mut String) {
    let mut address = String::with_capacity(url.len());
    escape::decode(url, &mut address);
    if label.trim().is_empty() || label == url {
        if is_safe_bare(&address) && stands_free(out, rest) {
            out.push_str(&address);
            return;
        }
        let shown = address.strip_prefix("mailto:").unwrap_or(&address);
        open(out);
        Literal::name(shown).in_link().write(out);
    } else {
        open(out);
        Literal::label(label).in_link().write(out);
    }
    out.push_str("](");
    write_destination(&address, out);
    out.push(')');
}

fn open(out: &mut String) {
    // With an exclamation mark before it a link is a picture.
    if out.ends_with('!') {
        out.pop();
        out.push_str("\\!");
    }
    out.push('[');
}

/// Writes an address so that nothing in it ends the link.
fn write_destination(address: &str, out: &mut String) {
    let needs_brackets = address.contains([' ', '(', ')']);
    if needs_brackets {
        out.push('<');
    }
    for (at, it) in address.char_indices() {
        match it {
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '&' if escape::looks_like_entity(address.get(at + 1..).unwrap_or_default()) => {
                out.push_str("&amp;");
            }
            _ if it.is_ascii_control() => out.push_str(&format!("%{:02X}", u32::from(it))),
            _ => out.push(it),
        }
    }
    if needs_brackets {
        out.push('>');
    }
}

/// Whether an address is recognised as a whole, and shown as it stands, without any markup.
fn is_safe_bare(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return false;
    }
    let is_active = |it: char| {
        it.is_whitespace()
            || it.is_control()
            || matches!(it, '*' | '`' | '\\' | '[' | ']' | '<' | '>')
    };
    if address.contains(is_active) || address.matches('~').count() > 1 {
        return false;
    }
    if address.ends_with(['?', '!', '.', ',', ':', ';', '_', '~', '\'', '"']) {
        return false;
    }
    let mut depth = 0_i64;
    let mut before = '/';
    for it in address.chars() {
        match it {
            '_' if !before.is_alphanumeric() => return false,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
        before = it;
    }
    true
}

/// Whether the text around a bare address cannot be taken for a part of it.
fn stands_free(out: &str, rest: &str) -> bool {
    let before = out.chars().next_back();
    let is_apart = |it: char| it.is_whitespace() || it == '(';
    if !before.is_none_or(is_apart) {
        return false;
    }
    let rest = rest.trim_start_matches(['.', ',', ':', ';', '!', '?', ')', '\'', '"']);
    rest.chars().next().is_none_or(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_link_leads_where_it_led() {
        let check = |url: &str, label: &str, expected: &str| {
            let mut out = String::new();
            write(url, label, "", &mut out);
            assert_eq!(out, expected);
        };
        check("https://a.b/c_d", "", "https://a.b/c_d");
        check("https://a.b/~me", "", "https://a.b/~me");
        check("https://a.b/?x=1&amp;y=2", "", "https://a.b/?x=1&y=2");
        check("https://a.b/R_(x)", "", "https://a.b/R_(x)");
        check("https://a.b", "https://a.b", "https://a.b");
        check("https://a.b", "t", "[t](https://a.b)");
        check(
            "https://a.b",
            "a [b] *c*",
            "[a \\[b\\] \\*c\\*](https://a.b)",
        );
        check("https://a.b/c d", "t", "[t](<https://a.b/c d>)");
        check("https://a.b/c)", "t", "[t](<https://a.b/c)>)");
        check(
            "https://a.b/?x&amp;copy;",
            "t",
            "[t](https://a.b/?x&amp;copy;)",
        );
        check("https://a.b\\c\n", "t", "[t](https://a.b%5Cc%0A)");
        check(
            "https://a.b/*x*",
            "",
            "[https://a.b/\\*x\\*](https://a.b/*x*)",
        );
        check(
            "https://a.b/_x_/",
            "",
            "[https://a.b/\\_x\\_/](https://a.b/_x_/)",
        );
        check("https://a.b.", "", "[https://a.b.](https://a.b.)");
        check("ftp://a.b", "", "[ftp://a.b](ftp://a.b)");
        check("mailto:a@b.c", "", "[a@b.c](mailto:a@b.c)");
        check("mailto:a@b.c", "a@b.c", "[a@b.c](mailto:a@b.c)");
    }
}
