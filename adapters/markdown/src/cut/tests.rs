//! Pieces of Markdown: tables of cases, and that they show what the whole showed.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::block_tests::{Blocks, any_blocks, write_blocks};
use crate::escape::WORD_JOINER;
use crate::tests::cases;
use crate::{Style, cut};

fn check(text: &str, max: usize, expected: &[&str]) {
    assert_eq!(cut(text, max), expected, "of {text:?}");
}

/// A character that is shown, its styles, whether it is part of a link, and in how many quotes it
/// stands.
pub(crate) type Shown = (char, Style, bool, u32);

/// What a reader shows of Markdown, without white space and what is invisible. Items begin with
/// their number, or a dot.
fn shown(markdown: &str) -> Vec<Shown> {
    shown_with(markdown, true)
}

/// The same, with the marks of items or without.
pub(crate) fn shown_with(markdown: &str, has_marks: bool) -> Vec<Shown> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let mut all: Vec<Shown> = Vec::new();
    let mut open = [0_u32; 4];
    let (mut quotes, mut links) = (0, 0);
    let mut lists: Vec<Option<u64>> = Vec::new();
    let mut mark = String::new();
    let tags = [Style::BOLD, Style::ITALIC, Style::STRIKE, Style::CODE];
    for event in Parser::new_ext(markdown, options) {
        let mut add = |text: &str, more: Style| {
            let style = tags.into_iter().zip(open).filter(|(_, open)| *open > 0);
            let style = style.fold(more, |all, (tag, _)| all | tag);
            let is_shown = |it: &char| !it.is_whitespace() && *it != WORD_JOINER;
            let text: Vec<_> = text.chars().filter(is_shown).collect();
            if !text.is_empty() {
                let mark = std::mem::take(&mut mark);
                all.extend(mark.chars().map(|it| (it, Style::PLAIN, false, quotes)));
            }
            all.extend(text.into_iter().map(|it| (it, style, links > 0, quotes)));
        };
        match event {
            Event::Text(it) | Event::Html(it) | Event::InlineHtml(it) => add(&it, Style::PLAIN),
            Event::Code(it) => add(&it, Style::CODE),
            Event::Start(Tag::Strong) => open[0] += 1,
            Event::End(TagEnd::Strong) => open[0] -= 1,
            Event::Start(Tag::Emphasis) => open[1] += 1,
            Event::End(TagEnd::Emphasis) => open[1] -= 1,
            Event::Start(Tag::Strikethrough) => open[2] += 1,
            Event::End(TagEnd::Strikethrough) => open[2] -= 1,
            Event::Start(Tag::CodeBlock(_)) => open[3] += 1,
            Event::End(TagEnd::CodeBlock) => open[3] -= 1,
            Event::Start(Tag::Link { .. }) => links += 1,
            Event::End(TagEnd::Link) => links -= 1,
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Event::Start(Tag::List(number)) => lists.push(number),
            Event::End(TagEnd::List(_)) => {
                lists.pop();
            }
            Event::Start(Tag::Item) if has_marks => match lists.last_mut() {
                Some(Some(number)) => {
                    mark = format!("{number}.");
                    *number += 1;
                }
                _ => "•".clone_into(&mut mark),
            },
            // Nothing is to be seen of an empty one.
            Event::End(TagEnd::Item) => mark.clear(),
            Event::Start(Tag::Heading { .. }) => add("[heading]", Style::PLAIN),
            Event::Rule => add("[rule]", Style::PLAIN),
            _ => {}
        }
    }
    all
}

#[test]
fn a_text_is_cut_where_it_reads_best() {
    check("short", 100, &["short"]);
    check("", 1, &[""]);
    check("     ", 3, &["   "]);
    check("one\n\n\n\n\n\n", 6, &["one"]);
    check(
        "one two three four five six\n\nseven eight nine",
        44,
        &["one two three four five six", "seven eight nine"],
    );
    check("one two\nthree four", 12, &["one two", "three four"]);
    check("one two three", 12, &["one two", "three"]);
    check(&"a".repeat(20), 14, &[&"a".repeat(10), &"a".repeat(10)]);
    check("one two # three", 12, &["one two", "\\# three"]);
    check(
        "\n\none two\n\n\nthree four",
        13,
        &["one two", "three four"],
    );
}

#[test]
fn what_a_piece_stands_in_is_begun_anew() {
    check("**one two three**", 16, &["**one two**", "**three**"]);
    check(
        "~~a **one _two three_**~~ x",
        26,
        &["~~a **one _two_**~~", "~~**_three_**~~ x"],
    );
    check(
        "a `one two three four`",
        18,
        &["a `one two`", "`three four`"],
    );
    check("> one two three", 14, &["> one two", "> three"]);
    check("> > one\n> > two", 9, &["> > one", "> > two"]);
    check(
        "```rust\none\ntwo\n```\nend",
        16,
        &["```rust\none\n```", "```rust\ntwo\n```", "end"],
    );
    check(
        "| a | b |\n|---|---|\n| c | d |\n| e | f |\n| g | h |",
        40,
        &[
            "| a | b |\n|---|---|\n| c | d |\n| e | f |",
            "| a | b |\n|---|---|\n| g | h |",
        ],
    );
    check(
        "> | a |\n> |---|\n> | b |\n> | c |\n\nd",
        24,
        &[
            "> | a |\n> |---|\n> | b |",
            "> | a |\n> |---|\n> | c |",
            "d",
        ],
    );
}

#[test]
fn links_stay_whole_or_are_told_twice() {
    check(
        "see the page [one two](https://a.b)",
        30,
        &["see the page", "[one two](https://a.b)"],
    );
    check(
        "[one two three four five](http://a)",
        34,
        &["[one two three four](http://a)", "[five](http://a)"],
    );
    let url = format!("https://a.b/{}", "c".repeat(60));
    let pieces = cut(&format!("see [one]({url})"), 50).concat();
    assert_eq!(pieces, format!("see \\[one]({url})"));
}

#[test]
fn items_stand_without_those_around_them() {
    check(
        "- a\n  - b\n    - c one\n    - c two\n- d",
        22,
        &["- a\n  - b\n    - c one", "- c two\n\n* d"],
    );
    check(
        "1. a\n   1. b one\n   2. b two\n   3. b three\n2. c",
        32,
        &["1. a\n   1. b one\n   2. b two", "3. b three\n\n2) c"],
    );
    check("- one two three", 14, &["- one two", "three"]);
    check(
        "- a\n  > one two\n  > three",
        16,
        &["- a\n  > one two", "> three"],
    );
    check(
        "- a\n  ```\n  one\n  two\n  ```\n- d",
        26,
        &["- a\n  ```\n  one\n  ```", "```\ntwo\n```\n\n- d"],
    );
}

#[test]
fn no_piece_ends_before_something_is_shown() {
    check(
        "- a\n-\n  ```\n\n  bbbbbb\n  ```",
        24,
        &["- a\n-\n  ```\n\n  bbb\n  ```", "```\nbbb\n```"],
    );
    check(
        "- a\n-\n  ```\n\n  bbbbbb\n  ```",
        20,
        &["- a", "-\n  ```\n\n  bbb\n  ```", "```\nbbb\n```"],
    );
    let blank = format!("```{}b\n```", "\n".repeat(60));
    assert_eq!(cut(&blank, 40).len(), 2);
}

#[test]
fn stars_that_end_apart_open_apart() {
    check(
        "**\u{2060}*aaa bbb ccc*ddd*eee***",
        22,
        &["**\u{2060}*aaa bbb***", "**\u{2060}*\u{2060}ccc*ddd*eee***"],
    );
    check(
        "**aaaaaaaabbbbbb*ccc*ddd*eee***",
        22,
        &["**aaaaaaaabbbbbb**", "**\u{2060}*\u{2060}ccc*ddd*eee***"],
    );
    check(
        "***aaa bbb ccc***ddd",
        18,
        &["***aaa bbb***", "***ccc***ddd"],
    );
}

#[test]
fn no_piece_ends_behind_what_is_invisible() {
    let text = "aaaa bbbb\n- **\u{2060}*cccccccccccccccc*dddddddd**";
    let pieces = cut(text, 24);
    let is_bare = |it: &str| it.contains("**\u{2060}**");
    assert!(pieces.iter().all(|it| !is_bare(it)), "{pieces:?}");
}

#[test]
fn no_piece_begins_with_the_definition_of_a_link() {
    check(
        "a b c d e [`]: f g`](h)",
        16,
        &["a b c d e", "\u{2060}[`]: f g`](h)"],
    );
}

#[test]
fn time_grows_with_length_only() {
    let mut late = Vec::new();
    for unit in [
        "a",
        " ",
        "\n",
        "a\n",
        "a ",
        "> ",
        "- ",
        "  - a\n",
        ">a\na\n",
        "**a ",
        "_a ",
        "*a **b ",
        "*a*",
        "`a ",
        "`",
        "```\n",
        "```\na\n",
        "[a](b) ",
        "[",
        "](",
        "![",
        "&amp;",
        "\\*",
        "<a ",
        "|a|\n|-|\n",
        "|",
        "1. a\n   ",
        "~~",
        "é",
        "\r",
    ] {
        let text = unit.repeat(128 * 1024 / unit.len());
        for max in [100, 5_000] {
            let start = Instant::now();
            let pieces = cut(&text, max).len();
            if start.elapsed() > Duration::from_secs(5) {
                late.push((unit, max, pieces, start.elapsed()));
            }
        }
    }
    assert!(late.is_empty(), "{late:?}");
}

fn hold(blocks: &Blocks, max: usize) -> Result<(), TestCaseError> {
    let markdown = &write_blocks(blocks).0;
    let pieces = cut(markdown, max);
    for piece in &pieces {
        prop_assert!(
            piece.chars().count() <= max,
            "{:?} of {:?}",
            piece,
            markdown
        );
    }
    let all: Vec<_> = pieces.iter().flat_map(|it| shown(it)).collect();
    prop_assert_eq!(all, shown(markdown), "{:#?} of {:?}", pieces, markdown);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1500), failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces show each for itself what the whole shows.
    #[test]
    fn pieces_of_words_show_the_whole(
        blocks in any_blocks("([ab]{1,9} |é|日本 |# |1\\. |- |> |\n|[ab]{50,90}){1,60}"), max in 200_usize..400
    ) {
        hold(&blocks, max)?;
    }

    /// The same of everything that could be markup.
    #[test]
    fn pieces_of_marks_show_the_whole(
        blocks in any_blocks("([ab .,*_~`()!。「😀\\[\\]\\\\&<+:#>|=-]{1,9}|[ab]{30,60}|\n| |&amp;|https://a\\.b/c_d ){1,40}"), max in 200_usize..400
    ) {
        hold(&blocks, max)?;
    }

    /// Whatever the markup, no word is lost or told twice.
    #[test]
    fn no_word_is_lost(
        text in "([a-zé]{1,12}|\\*\\*|_|`a|~~a|\\[|\\]|> |- |# |<|\n| |    |\n\n){0,300}", max in 60_usize..200
    ) {
        let words = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
        let pieces = cut(&text, max);
        prop_assert_eq!(words(&pieces.concat()), words(&text), "{:#?}", pieces);
    }

    #[test]
    fn no_piece_is_over_the_limit(
        text in "(\\*\\*|_|~~|`|```|\n|\n\n|    |\t|\r|\\[|\\]\\(|\\)|<|> |- |1\\. |\\||-|\\||&amp;|\\\\|!\\[|[a-c]{1,9}|é| |\\PC){0,200}", max in 1_usize..60
    ) {
        let pieces = cut(&text, max);
        prop_assert!(pieces.iter().all(|it| it.chars().count() <= max));
    }
}
