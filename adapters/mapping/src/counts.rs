//! Reactions that are written as counts: `name (n)`.

/// The places in a form.
const NAME: &str = "name";
const COUNT: &str = "n";

/// The parts of a form: what stands before, between and behind name and count, and whether the
/// name comes first.
fn parts(form: &str) -> Option<(&str, &str, &str, bool)> {
    let (before, after) = form.split_once(NAME)?;
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    // An `n` within a word is none.
    let count = |text: &'_ str| {
        let mut places = text.match_indices(COUNT).filter(|(at, _)| {
            let (before, behind) = text.split_at(*at);
            let behind = behind.get(COUNT.len()..).unwrap_or_default();
            !is_letter(before.chars().next_back()) && !is_letter(behind.chars().next())
        });
        places.next().map(|(at, _)| at)
    };
    if let Some(at) = count(after) {
        let (between, end) = after.split_at(at);
        let end = end.get(COUNT.len()..)?;
        return (!between.is_empty()).then_some((before, between, end, true));
    }
    let (start, between) = before.split_at(count(before)?);
    let between = between.get(COUNT.len()..)?;
    (!between.is_empty()).then_some((start, between, after, false))
}

/// Whether a text shows how a reaction with its count is written.
pub(crate) fn is_form(form: &str) -> bool {
    parts(form).is_some()
}

/// The name and the count of a reaction that is written in this form; without a count it is 1.
pub(crate) fn read<'t>(form: &str, text: &'t str) -> Option<(&'t str, i64)> {
    let (before, between, after, name_first) = parts(form)?;
    if is_shortcode(text.trim()) {
        return Some((text.trim(), 1));
    }
    let inner = text
        .trim()
        .strip_prefix(before)?
        .strip_suffix(after.trim_end());
    let Some(inner) = inner else {
        return name_alone(text);
    };
    // A name may hold what stands between; a count cannot.
    let split = match name_first {
        true => inner.rsplit_once(between),
        false => inner.split_once(between).map(|(count, name)| (name, count)),
    };
    match split {
        Some((name, count)) => {
            Some((name, count.trim().parse().ok()?)).filter(|it| !it.0.is_empty())
        }
        None => name_alone(text),
    }
}

fn name_alone(text: &str) -> Option<(&str, i64)> {
    let name = text.trim();
    // A digit would be a count that is written in another form.
    let has_digit = name.bytes().any(|byte| byte.is_ascii_digit());
    let is_name = !has_digit || ["+1", "-1"].contains(&name);
    (!name.is_empty() && is_name).then_some((name, 1))
}

/// Whether a text is a name as in `:+1:`.
fn is_shortcode(text: &str) -> bool {
    let inner = text.strip_prefix(':').and_then(|it| it.strip_suffix(':'));
    inner.is_some_and(|it| !it.is_empty() && !it.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_the_form_that_is_shown() {
        let check = |form, text, expected| assert_eq!(read(form, text), expected, "{form}: {text}");
        check("name (n)", "👍 (3)", Some(("👍", 3)));
        check("name (n)", "a b (12)", Some(("a b", 12)));
        check(
            "name (n)",
            " (x) (1)",
            Some((" (x)", 1)).map(|(name, n)| (name.trim(), n)),
        );
        check("name (n)", "tada", Some(("tada", 1)));
        check("name (n)", "tada (many)", None);
        check("name (n)", "", None);
        check("name:n", "+1:2", Some(("+1", 2)));
        check("n name", "2 tada", Some(("tada", 2)));
        check("n×name", "2×tada", Some(("tada", 2)));
        check("name:n", "+1", Some(("+1", 1)));
        check("name (n)", ":100:", Some((":100:", 1)));
        check("name:n", ":+1:", Some((":+1:", 1)));
        assert!(!is_form("name (count)"));
        assert!(!is_form("name"));
        assert!(!is_form("namen"));
        assert!(!is_form("3"));
    }
}
