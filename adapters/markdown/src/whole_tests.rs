//! What a style that is shortened leaves whole: emoji, mentions and addresses.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser};

use crate::document::may_follow_mention;
use crate::tests::{B, I, P, S, Shown, cases, runs, shown, visible, written};
use crate::{Document, Style};

#[test]
fn emoji_are_not_torn_apart() {
    let check = |given: &[(&str, Style)], expected: &str, shortened: u32| {
        assert_eq!(runs(given), (expected.to_owned(), shortened), "{given:?}");
    };
    check(&[("so", P), ("❤️", B), ("so", P)], "so❤️so", 1);
    check(&[("ok", P), ("👨‍👩‍👧", I)], "ok👨‍👩‍👧", 1);
    check(&[("👨‍👩‍👧", I), ("ok", P)], "👨‍👩‍👧ok", 1);
    check(
        &[("a", P), ("👍🏽 great 👨‍👩‍👧", B), ("b", P)],
        "a👍🏽 **great** 👨‍👩‍👧b",
        2,
    );
    check(&[("1️⃣", B), ("x", P)], "1️⃣x", 1);
    check(&[("a", P), ("🇩🇪🇫🇷 b", B)], "a🇩🇪🇫🇷 **b**", 1);
    check(&[("a", P), (".\u{301}x", B)], "a.\u{301}**x**", 1);
    check(&[("❤️", B), (" so", P)], "**❤️** so", 0);
}

#[test]
fn mentions_are_not_cut() {
    let check = |before: &str, style: Style, after: &str, expected: &str, shortened: u32| {
        let found = written(|document| {
            document.push(before, P);
            document.mention("Bob R.", style);
            document.push(after, P);
        });
        assert_eq!(found, (expected.to_owned(), shortened));
    };
    check("", B, "text", "**@Bob R.** text", 0);
    check("", B, ", hi", "**@Bob R.**, hi", 0);
    check("", B | I | S, "text", "~~**_@Bob R._**~~ text", 0);
    check("a", I, ",", "a@Bob R.,", 1);
    check("a", B, "text", "a@Bob R. text", 1);
    check("a", B, "/", "a@Bob R. /", 1);
    check("a ", B, "", "a **@Bob R.**", 0);
    let (out, shortened) = written(|document| {
        document.push("x", P);
        document.mention("Bob", B);
        document.push("_y_", P);
    });
    assert_eq!((out.as_str(), shortened), ("x@Bob \\_y\\_", 1));
    let (out, shortened) = written(|document| {
        document.mention("Bob R.", B);
        document.push(", x", I);
    });
    assert_eq!((out.as_str(), shortened), ("**@Bob R.** _, x_", 0));
}

#[test]
fn addresses_are_not_cut() {
    let check = |given: &[(&str, Style)], expected: &str, shortened: u32| {
        assert_eq!(runs(given), (expected.to_owned(), shortened), "{given:?}");
    };
    check(
        &[("http://x.de/_a_", B), ("foo", P)],
        "[http://x.de/\\_a_foo](http://x.de/_a_foo)",
        1,
    );
    check(
        &[("see http://x.de/_a_", B), ("foo", P)],
        "**see** [http://x.de/\\_a_foo](http://x.de/_a_foo)",
        1,
    );
    check(
        &[("see http://x.de.", B), ("foo", P)],
        "**see [http://x.de](http://x.de)**.foo",
        1,
    );
}

/// What may be put in, and whether it is a mention. An address stands behind a space, as it is none
/// behind a letter.
fn any_part() -> impl Strategy<Value = (&'static str, Style)> {
    let text = prop::sample::select(vec![
        "a",
        "b ",
        ".",
        "(",
        "_",
        "❤️",
        "👨‍👩‍👧",
        "👍🏽",
        "1️⃣",
        "🇩🇪",
        "e\u{301}",
        ".\u{301}",
        "@Bob R.",
        "@Ada",
        " http://x.de/_a_",
        " http://x.de/a_b",
    ]);
    let style = (0_u8..8).prop_map(|marked| {
        let bits = [B, I, S].into_iter().enumerate();
        let bits = bits.filter(|(bit, _)| marked & (1 << bit) != 0);
        bits.fold(P, |all, (_, bit)| all | bit)
    });
    (text, style)
}

fn push(document: &mut Document, text: &str, style: Style) {
    match text.strip_prefix('@') {
        Some(name) => document.mention(name, style),
        None => document.push(text, style),
    }
}

/// The texts that a reader shows between markup.
fn texts(markdown: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match (event, all.last_mut()) {
            (Event::Text(text), Some(last)) => last.push_str(&text),
            _ => all.push(String::new()),
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2000), failure_persistence: None, ..ProptestConfig::default() })]

    /// Every emoji, mention and address is shown in one style, which is its own unless that is
    /// counted.
    #[test]
    fn no_style_starts_or_ends_within_what_is_one(parts in proptest::collection::vec(any_part(), 0..7)) {
        let (markdown, shortened) = written(|document| {
            for (text, style) in &parts {
                push(document, text, *style);
            }
        });
        let shown: Vec<Shown> = shown(&markdown);
        let mut rest = shown.as_slice();
        for (text, style) in &parts {
            let meant = visible(&[((*text).to_owned(), *style, false)]);
            let (part, behind) = rest.split_at_checked(meant.len()).unwrap_or((rest, &[]));
            rest = behind;
            let chars = |all: &[Shown]| all.iter().map(|(it, ..)| *it).collect::<String>();
            prop_assert_eq!(chars(part), chars(&meant), "{:?}", markdown);
            let found = part.first().map_or(P, |it| it.1);
            prop_assert!(part.iter().all(|it| it.1 == found), "{text:?} in {markdown:?}");
            prop_assert!(style.has(found) && (found == *style || shortened > 0), "{text:?} in {markdown:?}");
        }
        prop_assert!(rest.is_empty(), "{:?}", markdown);
    }

    /// Every mention stands in one text, before what a mention may stand before.
    #[test]
    fn every_mention_can_be_highlighted(mut parts in proptest::collection::vec(any_part(), 0..7)) {
        // What follows an address belongs to it.
        parts.retain(|(text, _)| !text.contains("http"));
        let (markdown, _) = written(|document| {
            for (text, style) in &parts {
                push(document, text, *style);
            }
        });
        let texts = texts(&markdown);
        for mention in ["@Bob R.", "@Ada"] {
            let meant = parts.iter().filter(|(text, _)| *text == mention).count();
            let found = texts.iter().flat_map(|text| text.match_indices(mention).map(move |it| (text, it.0)));
            let found = found.filter(|(text, at)| {
                let next = text[at + mention.len()..].chars().next();
                next.is_none_or(may_follow_mention)
            });
            prop_assert_eq!(found.count(), meant, "{:?}", markdown);
        }
    }
}
