//! Documents as Markdown: tables of cases, and properties against a reader of Markdown.
//!
//! `MIGRATE_CASES=20 cargo test -p migrate-markdown` tries twenty times as many.

use std::env;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::escape::WORD_JOINER;
use crate::{Block, BlockKind, Document, Style};

pub(crate) const B: Style = Style::BOLD;
pub(crate) const I: Style = Style::ITALIC;
pub(crate) const S: Style = Style::STRIKE;
const C: Style = Style::CODE;
pub(crate) const P: Style = Style::PLAIN;

/// How many cases a property is tried with: `usual`, or as many times that as is asked for.
pub(crate) fn cases(usual: u32) -> u32 {
    let times = env::var("MIGRATE_CASES").map_or(1, |it| it.parse::<u32>().expect("a number"));
    usual.saturating_mul(times)
}

/// The Markdown of a document, and how often a style was shortened.
pub(crate) fn written(fill: impl FnOnce(&mut Document)) -> (String, u32) {
    let mut document = Document::default();
    fill(&mut document);
    let mut out = String::new();
    let written = document.write(&mut out);
    (out, written.shortened)
}

pub(crate) fn runs(runs: &[(&str, Style)]) -> (String, u32) {
    written(|document| {
        for (text, style) in runs {
            document.push(text, *style);
        }
    })
}

/// A character that is shown, its styles, and whether it is part of a link.
pub(crate) type Shown = (char, Style, bool);

/// What a reader shows of Markdown, without white space and what is invisible. Anything but runs
/// and lines is named in brackets.
pub(crate) fn shown(markdown: &str) -> Vec<Shown> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut all: Vec<Shown> = Vec::new();
    let mut open = [0_u32; 3];
    let mut links = 0;
    let tags = [B, I, S];
    for event in Parser::new_ext(markdown, options) {
        let mut add = |text: &str, more: Style| {
            let style = tags.into_iter().zip(open).filter(|(_, open)| *open > 0);
            let style = style.fold(more, |all, (tag, _)| all | tag);
            let chars = text.chars();
            let chars = chars.filter(|it| !it.is_whitespace() && *it != WORD_JOINER);
            all.extend(chars.map(|it| (it, style, links > 0)));
        };
        match event {
            Event::Text(it) | Event::Html(it) | Event::InlineHtml(it) => add(&it, P),
            Event::Code(it) => add(&it, C),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::SoftBreak => {}
            Event::Start(Tag::Strong) => open[0] += 1,
            Event::End(TagEnd::Strong) => open[0] -= 1,
            Event::Start(Tag::Emphasis) => open[1] += 1,
            Event::End(TagEnd::Emphasis) => open[1] -= 1,
            Event::Start(Tag::Strikethrough) => open[2] += 1,
            Event::End(TagEnd::Strikethrough) => open[2] -= 1,
            Event::Start(Tag::Link { .. }) => links += 1,
            Event::End(TagEnd::Link) => links -= 1,
            Event::End(_) => {}
            other => add(&format!("[{other:?}]"), P),
        }
    }
    all
}

pub(crate) fn visible(runs: &[(String, Style, bool)]) -> Vec<Shown> {
    let chars = runs.iter().flat_map(|(text, style, is_link)| {
        let style = match text.trim().is_empty() {
            true => *style & !C,
            false => *style,
        };
        text.chars().map(move |it| (it, style, *is_link))
    });
    let chars = chars.filter(|(it, ..)| !it.is_whitespace());
    chars
        .map(|(it, style, link)| (if it == '\0' { '\u{fffd}' } else { it }, style, link))
        .collect()
}

#[test]
fn runs_are_marked() {
    let check = |given: &[(&str, Style)], expected: &str| {
        assert_eq!(runs(given), (expected.to_owned(), 0), "{given:?}");
    };
    check(&[("a", P)], "a");
    check(
        &[("b", B), (" ", P), ("i", I), (" ", P), ("s", S)],
        "**b** _i_ ~~s~~",
    );
    check(&[("a", P), ("i", I), ("b", P)], "a*i*b");
    check(&[("bold ", B), ("x", P)], "**bold** x");
    check(&[(" ", B), ("x", P)], " x");
    check(&[("a", B), ("b", B)], "**ab**");
    check(&[("a ", B), ("b", B | I), (" c", B)], "**a _b_ c**");
    check(&[("x", P), ("bi", B | I), ("y", P)], "x***bi***y");
    check(&[("x", B | C)], "**`x`**");
    check(
        &[("a`b", C), ("`", C)],
        "``` a`b` ```".replace("```", "``").as_str(),
    );
    check(&[("a\nb", B)], "**a**\n**b**");
    check(&[("a", B), ("b", I)], "**a**_b_");
    check(
        &[("x", P), ("a", I), ("b", B), ("y", P)],
        "x*a*\u{2060}**b**y",
    );
    check(
        &[("x", P), ("a", B | S), ("y", P)],
        "x~~\u{2060}**a**\u{2060}~~y",
    );
    check(&[("!", P), ("(x)", B)], "!**(x)**");
    check(&[("太字。", B), (" です", P)], "**太字。** です");
}

#[test]
fn a_style_ends_where_a_marker_can_stand() {
    let check = |given: &[(&str, Style)], expected: &str, shortened: u32| {
        assert_eq!(runs(given), (expected.to_owned(), shortened), "{given:?}");
    };
    check(&[("太字。", B), ("です", P)], "**太字**。です", 1);
    check(&[("x", P), ("(y)", B), ("z", P)], "x(**y**)z", 2);
    check(&[("x", P), ("...", B), ("z", P)], "x.**.**.z", 2);
    check(&[("x", B | C), ("y", P)], "`x`y", 1);
}

#[test]
fn markers_behind_an_address_are_read() {
    for (style, marker) in [(S, "~~"), (B, "**"), (I, "*")] {
        let (out, shortened) = runs(&[("see http://x.de/a_b", style), ("x@y.de", P)]);
        let link = "[http://x.de/a_b](http://x.de/a_b)";
        assert_eq!(out, format!("{marker}see {link}\u{2060}{marker}x@y.de"));
        assert_eq!(shortened, 0);
        let end = shown(&out).into_iter().rev();
        assert!(end.take("x@y.de".len()).all(|it| it.1.is_plain()));
    }
}

#[test]
fn links_lead_where_they_led() {
    let check = |url: &str, label: &str, expected: &str| {
        let (out, _) = written(|document| document.link(url, label, P));
        assert_eq!(out, expected);
    };
    check("https://a.b/c_d", "", "https://a.b/c_d");
    check("https://a.b/~me", "", "https://a.b/~me");
    check("https://a.b/?x=1&y=2", "", "https://a.b/?x=1&y=2");
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
    check("https://a.b/?x&copy;", "t", "[t](https://a.b/?x&amp;copy;)");
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

#[test]
fn styles_go_around_links_or_into_them() {
    let check = |before: &str, style: Style, after: &str, expected: &str| {
        let (out, shortened) = written(|document| {
            document.push(before, P);
            document.link("https://a.b", "t", style);
            document.push(after, P);
        });
        assert_eq!((out.as_str(), shortened), (expected, 0));
    };
    check("", B, "", "**[t](https://a.b)**");
    check("x ", B, ": y", "x **[t](https://a.b)**: y");
    check("", B, "y", "[**t**](https://a.b)y");
    check(
        "x",
        B | I,
        "y",
        "x[***t***](https://a.b)y"
            .replace("***t***", "**_t_**")
            .as_str(),
    );
    check("", C, "", "[`t`](https://a.b)");
    check("wow!", P, "", "wow\\![t](https://a.b)");
}

#[test]
fn a_mention_is_told_from_what_follows() {
    let check = |after: &str, style: Style, expected: &str| {
        let (out, _) = written(|document| {
            document.mention("Ada\n_L_", P);
            document.push(after, style);
        });
        assert_eq!(out, expected);
    };
    check("", P, "@Ada \\_L\\_");
    check(" x", P, "@Ada \\_L\\_ x");
    check(", x", P, "@Ada \\_L\\_, x");
    check("さん", P, "@Ada \\_L\\_ さん");
    check("/", P, "@Ada \\_L\\_ /");
    check("x", B, "@Ada \\_L\\_**x**");
}

pub(crate) fn block(quote: u8, level: u8, kind: BlockKind) -> Block {
    Block { quote, level, kind }
}

#[test]
fn blocks_are_kept_apart() {
    use BlockKind::{Code, Item, Paragraph, Rule};
    let check = |blocks: &[(u8, u8, BlockKind, &str)], expected: &str| {
        let (out, _) = written(|document| {
            for (quote, level, kind, text) in blocks {
                document.begin(block(*quote, *level, *kind));
                document.push(text, P);
            }
        });
        assert_eq!(out, expected);
    };
    check(&[(0, 0, Paragraph, "a"), (0, 0, Paragraph, "b")], "a\nb");
    check(
        &[(1, 0, Paragraph, "a\nb"), (0, 0, Paragraph, "c")],
        "> a\n> b\n\nc",
    );
    check(
        &[(1, 0, Paragraph, "a\n\nb"), (0, 0, Paragraph, "\nc")],
        "> a\n>\n> b\n\nc",
    );
    check(
        &[
            (0, 0, Paragraph, "a"),
            (0, 0, Code, "b"),
            (0, 0, Paragraph, "c"),
        ],
        "a\n```\nb\n```\nc",
    );
    check(&[(1, 0, Code, "a\n```")], "> ````\n> a\n> ```\n> ````");
    check(
        &[
            (0, 0, Paragraph, "a"),
            (0, 0, Item(None), "b"),
            (0, 1, Item(None), "c\nd"),
            (0, 0, Item(None), "e"),
            (0, 0, Paragraph, "f"),
        ],
        "a\n- b\n  - c\n    d\n- e\n\nf",
    );
    check(
        &[
            (0, 0, Item(Some(1)), "a"),
            (0, 1, Item(None), "b"),
            (0, 0, Item(Some(2)), "c"),
            (0, 0, Item(Some(1)), "d"),
        ],
        "1. a\n   - b\n2. c\n1) d",
    );
    check(
        &[
            (0, 0, Item(Some(9)), "a"),
            (0, 0, Item(Some(10)), "b"),
            (0, 3, Item(None), "c"),
        ],
        "9. a\n10. b\n    - c",
    );
    check(
        &[(0, 0, Paragraph, "a"), (0, 0, Item(Some(3)), "b")],
        "a\n\n3. b",
    );
    check(&[(0, 0, Paragraph, "a"), (0, 0, Item(None), "")], "a\n\n-");
    check(
        &[
            (0, 0, Item(Some(1)), "a"),
            (0, 1, Item(Some(1)), "b"),
            (0, 0, Item(Some(1)), "c"),
        ],
        "1. a\n   1. b\n2. c",
    );
    check(
        &[
            (1, 0, Paragraph, "a"),
            (1, 0, Item(None), "b"),
            (1, 0, Paragraph, "c"),
            (0, 0, Item(None), "d"),
        ],
        "> a\n> - b\n>\n> c\n- d",
    );
    check(
        &[
            (0, 0, Item(None), "[ ] a"),
            (0, 0, Item(None), "# b"),
            (0, 0, Item(None), "- c"),
        ],
        "- \\[ ] a\n- \\# b\n- \\- c",
    );
    check(
        &[
            (0, 0, Item(None), "a"),
            (0, 1, Code, "b"),
            (0, 1, Paragraph, "c"),
        ],
        "- a\n  ```\n  b\n  ```\n  c",
    );
    check(
        &[
            (0, 0, Paragraph, "a"),
            (0, 0, Rule, ""),
            (0, 0, Paragraph, "b"),
        ],
        "a\n\n---\nb",
    );
    check(
        &[
            (0, 0, Paragraph, ""),
            (0, 0, Paragraph, "b"),
            (0, 0, Code, ""),
        ],
        "b",
    );
}

/// The blocks that a reader finds, by the first letter of each tag that opens.
pub(crate) fn blocks_shown(markdown: &str) -> Vec<String> {
    let mut all = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => all.push(">".to_owned()),
            Event::End(TagEnd::BlockQuote(_)) => all.push("<".to_owned()),
            Event::Start(Tag::List(number)) => all.push(format!("list {number:?}")),
            Event::Start(Tag::Item) => all.push("-".to_owned()),
            Event::Text(text) => all.push(text.into_string()),
            _ => {}
        }
    }
    all
}

#[test]
fn an_empty_line_parts_blocks() {
    use BlockKind::{Code, Item, Paragraph};
    let check = |blocks: &[(u8, u8, BlockKind, &str)], expected: &str, shown: &[&str]| {
        let (out, _) = written(|document| {
            for (quote, level, kind, text) in blocks {
                document.begin(block(*quote, *level, *kind));
                document.push(text, P);
            }
        });
        assert_eq!(out, expected);
        assert_eq!(blocks_shown(&out), shown, "{expected}");
    };
    for empty in ["", " "] {
        check(
            &[
                (1, 0, Paragraph, "a"),
                (0, 0, Paragraph, empty),
                (1, 0, Paragraph, "b"),
            ],
            &format!("> a\n{empty}\n> b"),
            &[">", "a", "<", ">", "b", "<"],
        );
    }
    check(
        &[
            (1, 0, Paragraph, "a"),
            (0, 0, Paragraph, "\n"),
            (1, 0, Paragraph, "b"),
        ],
        "> a\n\n\n> b",
        &[">", "a", "<", ">", "b", "<"],
    );
    check(
        &[
            (2, 0, Paragraph, "a"),
            (1, 0, Paragraph, ""),
            (3, 0, Paragraph, ""),
            (2, 0, Paragraph, "b"),
        ],
        "> > a\n>\n> > b",
        &[">", ">", "a", "<", ">", "b", "<", "<"],
    );
    check(
        &[
            (0, 0, Item(Some(1)), "a"),
            (0, 0, Paragraph, ""),
            (0, 0, Item(Some(1)), "b"),
        ],
        "1. a\n\n1) b",
        &["list Some(1)", "-", "a", "list Some(1)", "-", "b"],
    );
    check(
        &[
            (0, 0, Item(Some(2)), "a"),
            (0, 0, Paragraph, "\n"),
            (0, 0, Item(Some(1)), "b"),
        ],
        "2. a\n\n\n1) b",
        &["list Some(2)", "-", "a", "list Some(1)", "-", "b"],
    );
    check(
        &[(0, 2, Item(Some(3)), "a"), (0, 0, Item(Some(1)), "b")],
        "3. a\n1) b",
        &["list Some(3)", "-", "a", "list Some(1)", "-", "b"],
    );
    check(
        &[(0, 0, Paragraph, "a"), (0, 0, Item(None), "\n \n b")],
        "a\n- b",
        &["a", "list None", "-", "b"],
    );
    check(
        &[
            (0, 0, Paragraph, ""),
            (0, 0, Paragraph, "a"),
            (0, 0, Code, ""),
            (0, 0, Paragraph, "b"),
            (0, 0, Paragraph, ""),
        ],
        "a\nb",
        &["a", "b"],
    );
}

#[test]
fn a_link_without_a_label_is_not_written() {
    let (out, _) = written(|document| {
        document.begin(block(0, 0, BlockKind::Item(None)));
        document.begin_link("https://a.b");
        document.push(" ", B);
        document.push("\n", I);
        document.end_link();
        document.push("a", P);
        document.begin(Block::default());
        document.begin_link("https://a.b");
        document.push(" \nb ", B);
    });
    assert_eq!(out, "- a\n \n**[b ](https://a.b)**");
}

#[test]
fn what_looks_like_the_definition_of_a_link_is_shown() {
    let check = |fill: fn(&mut Document), expected: &str| {
        let (out, _) = written(fill);
        assert_eq!(out, expected);
        assert!(!shown(&out).is_empty());
    };
    check(
        |document| document.link("https://a.b", "]: a", C),
        "\u{2060}[`]: a`](https://a.b)",
    );
    check(
        |document| {
            document.push("[a\nb ", P);
            document.push("]: c", C);
        },
        "\u{2060}[a\nb `]: c`",
    );
    check(
        |document| {
            document.push("[a](b)", P);
            document.push("]: c", C);
        },
        "[a]\\(b)`]: c`",
    );
}

#[test]
fn a_gap_stands_before_the_text_that_comes_first() {
    let (out, _) = written(|document| {
        document.separate();
        document.push("a", P);
        document.begin(Block::default());
        document.push("b", P);
    });
    assert_eq!(out, "a\nb");
}

#[test]
fn the_blocks_around_are_no_neighbours() {
    // Each block is a list of runs.
    let check = |blocks: &[&[(&str, Style)]], expected: &str| {
        let (out, _) = written(|document| {
            for runs in blocks {
                document.begin(Block::default());
                for (text, style) in *runs {
                    document.push(text, *style);
                }
            }
        });
        assert_eq!(out, expected, "{blocks:?}");
    };
    check(&[&[("a", P)], &[("_x_", P)], &[("b", P)]], "a\n\\_x\\_\nb");
    check(
        &[&[("a", B)], &[("_x_", P)], &[("b", P)]],
        "**a**\n\\_x\\_\nb",
    );
    let linked = "a\n[https://a.b/\\_x](https://a.b/_x)\\_\nb";
    check(
        &[&[("a", P)], &[("https://a.b/_x_", P)], &[("b", P)]],
        linked,
    );
    // An entity, an address and an insertion that only two blocks together make.
    let halves = "https://a.b/?x&am\np;";
    check(&[&[("https://a.b/?x&am", P)], &[("p;", P)]], halves);
    check(&[&[("x", P), ("h", B)], &[("ttp", P)]], "x**h**\nttp");
    check(&[&[("++b+", P)], &[("+c", P)]], "++b+\n+c");
    // The end of a style is not moved into an address that begins its block.
    check(
        &[&[("a", P)], &[("https://a.b/c(", B), ("d", P)]],
        "a\nhttps://a.b/c(d",
    );
    let (out, _) = written(|document| {
        document.push("a", P);
        for _ in 0..2 {
            document.begin(Block::default());
            document.link("https://a.b", "", P);
        }
        document.begin(Block::default());
        document.push("c", P);
    });
    assert_eq!(out, "a\nhttps://a.b\nhttps://a.b\nc");
    let (out, _) = written(|document| {
        document.push("a*b", P);
        document.begin(block(0, 0, BlockKind::Code));
        document.push("c*d", P);
    });
    assert_eq!(out, "a*b\n```\nc*d\n```");
}

#[test]
fn depth_is_bounded() {
    let lines = "x\n".repeat(10_000);
    let (out, _) = written(|document| {
        for level in 0..=u8::MAX {
            document.begin_quote();
            document.begin(block(level, level, BlockKind::Item(Some(u32::MAX))));
            document.push(if level == u8::MAX { &lines } else { "a" }, P);
        }
    });
    let widest = 20 * "> ".len() + 20 * "999999999. ".len();
    assert!(out.lines().all(|it| it.len() <= widest + 1));
}

#[test]
fn what_is_no_markup_is_left_alone() {
    let check = |text: &str, expected: &str| {
        assert_eq!(runs(&[(text, P)]).0, expected, "{text}");
    };
    check("about ~5 days or ~6", "about ~5 days or ~6");
    check("~5~", "\\~5\\~");
    check("it`s 5`", "it\\`s 5\\`");
    check("a_b_c *", "a_b_c *");
    check(
        "see https://a.b/x_y_z?a=*b now",
        "see [https://a.b/x_y_z?a=\\*b](https://a.b/x_y_z?a=*b) now",
    );
    check("see https://a.b/x_y_z *b*", "see https://a.b/x_y_z \\*b\\*");
    check(
        "(https://a.b/_x_)",
        "([https://a.b/\\_x](https://a.b/_x)\\_)",
    );
    check("http://* *", "http://* *");
    check("a\rb\0", "a b\u{fffd}");
    check("[^1]: x", "[^1]\\: x");
    check("[^1]://x y", "[^1]\\://x y");
    check("[^a\\]b]: x", "[^a\\\\]b]\\: x");
    check("[^1] and [^a](b) ^[c]", "[^1] and [^a]\\(b) ^[c]");
}

/// Runs of letters, words, spaces, marks and code.
fn any_runs(text: &'static str) -> impl Strategy<Value = Vec<(String, Style, bool)>> {
    let style = (0_u8..8, 0_u8..6, 0_u8..6).prop_map(|(marked, code, link)| {
        let bits = [B, I, S].into_iter().enumerate();
        let bits = bits.filter(|(bit, _)| marked & (1 << bit) != 0);
        let style = bits.fold(P, |all, (_, bit)| all | bit);
        (if code == 0 { style | C } else { style }, link == 0)
    });
    let run = (text, style).prop_map(|(text, (style, link))| (text, style, link));
    proptest::collection::vec(run, 0..9)
}

fn write_runs(runs: &[(String, Style, bool)]) -> (String, u32) {
    written(|document| {
        for (text, style, is_link) in runs {
            match is_link {
                true => document.begin_link("https://a.b"),
                false => document.end_link(),
            }
            document.push(text, *style);
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2000), failure_persistence: None, ..ProptestConfig::default() })]

    /// Styles of letters and words are shown as they are, however they are nested.
    #[test]
    fn styles_of_words_are_shown_exactly(runs in any_runs("[ab ]{1,4}|é|日|字 ")) {
        let runs: Vec<_> = runs.into_iter().map(|(text, style, _)| (text, style & !C, false)).collect();
        let (markdown, shortened) = write_runs(&runs);
        prop_assert_eq!(shown(&markdown), visible(&runs), "{:?}", markdown);
        prop_assert_eq!(shortened, 0);
    }

    /// Whatever stands in a run, no style is shown that it has not, and all that it has unless that
    /// is counted.
    #[test]
    fn no_style_is_lost_uncounted(
        runs in any_runs("[ab .,*_~`()!。「😀\\[\\]\\\\&<+:#-]{1,4}|a|b|\n|x\\*y|\0|\u{301}|\r")
    ) {
        let (markdown, shortened) = write_runs(&runs);
        let (shown, visible) = (shown(&markdown), visible(&runs));
        let texts = |all: &[Shown]| all.iter().map(|(it, ..)| *it).collect::<String>();
        prop_assert_eq!(texts(&shown), texts(&visible), "{:?}", markdown);
        for (shown, meant) in shown.iter().zip(&visible) {
            let is_same = shown.1 == meant.1;
            prop_assert!(meant.1.has(shown.1) && (is_same || shortened > 0), "{:?} {:?} {:?}", shown, meant, markdown);
            prop_assert_eq!(shown.2, meant.2, "{:?}", markdown);
        }
    }

    /// Literal text is shown as it stands.
    #[test]
    fn literal_text_is_shown_as_it_stands(
        text in "((\\*|_|~|`|a|\\*\\*|__|~~|a\\*a|a_a|a~a|``\\.|#|-|--|---|\\+|\\+\\+|=|==|1\\.|2\\)|\\||:|&|&lt;|&copy;|<|<b>|</b>|<!--|<a@b.c>|>|!|\\[|\\]|\\(|\\)|\\\\|\"|'|b|é|日|😀|\\.|,|\n| |    |\t|https://a.b|/|\0|\r)){0,30}"
    ) {
        let (markdown, _) = runs(&[(&text, P)]);
        let visible = visible(&[(text, P, false)]);
        let texts = |all: Vec<Shown>| all.into_iter().map(|(it, style, _)| (it, style)).collect::<Vec<_>>();
        prop_assert_eq!(texts(shown(&markdown)), texts(visible), "{:?}", markdown);
    }

    /// Each block shows its own text, whatever stands in the one before and the one behind.
    #[test]
    fn literal_blocks_are_shown_as_they_stand(
        texts in proptest::collection::vec("(\\*|_|~|`|a|\\*\\*|__|a_a|\\+\\+|\\[|\\]|:|\\(|&lt;|<b>|é|日|\\.|https://a.b|/){1,4}", 1..5),
        is_bold in any::<[bool; 4]>(),
    ) {
        let (markdown, _) = written(|document| {
            for (text, is_bold) in texts.iter().zip(is_bold) {
                document.begin(Block::default());
                document.push(text, P);
                if is_bold {
                    document.push(" a", B);
                }
            }
        });
        let texts = texts.iter().zip(is_bold).enumerate().flat_map(|(n, (text, is_bold))| {
            let own = (format!("{}{text}", if n == 0 { "" } else { "\n" }), P, false);
            let bold = is_bold.then(|| [(" ".to_owned(), P, false), ("a".to_owned(), B, false)]);
            [own].into_iter().chain(bold.into_iter().flatten())
        });
        let visible = visible(&texts.collect::<Vec<_>>());
        let texts = |all: Vec<Shown>| all.into_iter().map(|(it, style, _)| (it, style)).collect::<Vec<_>>();
        prop_assert_eq!(texts(shown(&markdown)), texts(visible), "{:?}", markdown);
    }

    #[test]
    fn any_text_is_shown_as_it_stands(text in "[\\PC\n]*") {
        let (markdown, _) = runs(&[(&text, P)]);
        let texts = |all: Vec<Shown>| all.into_iter().map(|(it, style, _)| (it, style)).collect::<Vec<_>>();
        prop_assert_eq!(texts(shown(&markdown)), texts(visible(&[(text, P, false)])), "{:?}", markdown);
    }
}

#[test]
fn time_grows_with_length_only() {
    let mut late = Vec::new();
    for unit in [
        "<",
        "`",
        "` ",
        "*a ",
        "*a",
        "_",
        "~",
        "[",
        "[\n",
        "](",
        "&amp;",
        "\n- ",
        "http://",
        "http://*",
        "http://a* ",
        "http://(",
        "++a",
        "\\",
        "\n\t",
        "=\n",
        "|-",
        "é*",
        "a\r",
        "😀",
        "🇦",
        "\u{200d}👍",
    ] {
        let text = unit.repeat(128 * 1024 / unit.len());
        for style in [P, B | I | S, C] {
            let start = Instant::now();
            let (out, _) = written(|document| {
                document.push("a", P);
                document.push(&text, style);
                document.push("a", P);
            });
            let took = start.elapsed();
            if took > Duration::from_secs(5) {
                late.push((unit, style, took, out.len()));
            }
        }
    }
    let start = Instant::now();
    let (out, _) = written(|document| {
        for number in 0..50_000 {
            let style = if number % 3 == 0 { B } else { B | I };
            document.push("a.", if number % 5 == 0 { style | S } else { style });
            document.link("https://a.b/(", "", I);
        }
    });
    if start.elapsed() > Duration::from_secs(5) {
        late.push(("runs", P, start.elapsed(), out.len()));
    }
    assert!(late.is_empty(), "{late:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(2_000)))]

    #[test]
    fn a_paragraph_begins_behind_whatever_is_open(
        text in "(```|~~~~|    |> |- |1\\. |\\*|\\[|\\]\\(|`|a|\n){0,16}",
    ) {
        let mut out = text.clone();
        crate::begin_paragraph(&mut out);
        let start = out.len();
        out.push_str("[a](https://e.com)");
        let mut events = Parser::new(&out).into_offset_iter();
        let is_link = events.any(|(event, range)| {
            matches!(event, Event::Start(Tag::Link { .. })) && range.start == start
        });
        prop_assert!(is_link, "{out:?}");
        prop_assert!(shown(&out).starts_with(&shown(&text)), "{out:?}");
    }
}
