//! Blocks of a document: that they are shown as they were put in, whatever stands in them.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::cut::tests::{Shown, shown_with};
use crate::tests::{block, blocks_shown, cases, visible, written};
use crate::{Block, BlockKind, Document, Style};

const P: Style = Style::PLAIN;
const C: Style = Style::CODE;

#[test]
fn an_item_without_text_keeps_what_stands_in_it() {
    use BlockKind::{Code, Item, Paragraph, Rule};
    let check = |blocks: &[(u8, BlockKind, &str)], expected: &str, shown: &[&str]| {
        let (out, _) = written(|document| {
            for (level, kind, text) in blocks {
                document.begin(block(0, *level, *kind));
                document.push(text, P);
            }
        });
        assert_eq!(out, expected);
        assert_eq!(blocks_shown(&out), shown, "{expected}");
    };
    check(
        &[
            (0, Item(Some(1)), ""),
            (1, Paragraph, "\n"),
            (1, Item(Some(3)), "x"),
        ],
        "1.\n   3. x",
        &["list Some(1)", "-", "list Some(3)", "-", "x"],
    );
    check(
        &[(0, Item(Some(10)), " \n"), (1, Paragraph, "\n  [ ] x")],
        "10.\n    \\[ ] x",
        &["list Some(10)", "-", "[ ", "]", " x"],
    );
    check(
        &[
            (0, Item(None), ""),
            (1, Item(None), "\n"),
            (2, Code, "x"),
            (0, Item(None), ""),
            (1, Rule, ""),
        ],
        "-\n  -\n    ```\n    x\n    ```\n-\n  ---",
        &["list None", "-", "list None", "-", "x\n", "-"],
    );
    check(
        &[(0, Item(None), ""), (0, Paragraph, "x")],
        "-\n\nx",
        &["list None", "-", "x"],
    );
}

#[test]
fn spaces_do_not_put_text_into_an_item() {
    let blocks = |text: &str| {
        let (out, _) = written(|document| {
            document.begin(block(0, 0, BlockKind::Item(None)));
            document.push(" ", Style::BOLD | C);
            document.push("\ta", C);
            document.begin(Block::default());
            document.push(text, P);
        });
        out
    };
    assert_eq!(blocks("   b\n   c"), "- `\ta`\n\nb\n   c");
    assert_eq!(blocks("\n   b"), "- `\ta`\n\nb");
    assert_eq!(blocks("\u{a0}\nb"), "- `\ta`\n\n\u{a0}\nb");
}

fn any_style() -> impl Strategy<Value = Style> {
    (0_u8..8, 0_u8..8).prop_map(|(marked, code)| {
        let bits = [Style::BOLD, Style::ITALIC, Style::STRIKE].into_iter();
        let bits = bits.enumerate().filter(|(bit, _)| marked & (1 << bit) != 0);
        let style = bits.fold(Style::PLAIN, |all, (_, bit)| all | bit);
        if code == 0 {
            style | Style::CODE
        } else {
            style
        }
    })
}

fn any_kind() -> impl Strategy<Value = BlockKind> {
    prop_oneof![
        4 => Just(BlockKind::Paragraph),
        2 => Just(BlockKind::Item(None)),
        2 => (1_u32..12).prop_map(|it| BlockKind::Item(Some(it))),
        1 => Just(BlockKind::Code),
        1 => Just(BlockKind::Rule),
    ]
}

/// A text, its styles, and whether it is part of a link.
type Run = (String, Style, bool);

/// Blocks with their text.
pub(crate) type Blocks = [(Block, Vec<Run>)];

/// Blocks of runs of a text.
pub(crate) fn any_blocks(text: &'static str) -> impl Strategy<Value = Vec<(Block, Vec<Run>)>> {
    let run = (text, any_style(), 0_u8..6).prop_map(|(text, style, link)| (text, style, link == 0));
    let runs = proptest::collection::vec(run, 1..6);
    let block = (0_u8..3, 0_u8..4, any_kind(), runs).prop_map(|(quote, level, kind, runs)| {
        let runs = if kind == BlockKind::Rule {
            Vec::new()
        } else {
            runs
        };
        (Block { quote, level, kind }, runs)
    });
    proptest::collection::vec(block, 1..8)
}

/// Blocks as Markdown, and how often a style was shortened.
pub(crate) fn write_blocks(blocks: &Blocks) -> (String, u32) {
    let mut document = Document::default();
    for (block, runs) in blocks {
        document.begin(*block);
        for (text, style, is_link) in runs {
            match is_link {
                true => document.begin_link("https://a.b/(c)"),
                false => document.end_link(),
            }
            document.push(text, *style);
        }
        document.end_link();
    }
    let mut out = String::new();
    let written = document.write(&mut out);
    (out, written.shortened)
}

/// What is to be seen of blocks, in how many quotes it stands with it.
fn visible_blocks(blocks: &Blocks) -> Vec<Shown> {
    let mut all = Vec::new();
    for (block, runs) in blocks {
        let quotes = u32::from(block.quote);
        match block.kind {
            BlockKind::Rule => all.extend("[rule]".chars().map(|it| (it, P, false, quotes))),
            BlockKind::Code => {
                all.extend(visible(runs).into_iter().map(|it| (it.0, C, false, quotes)))
            }
            _ => all.extend(
                visible(runs)
                    .into_iter()
                    .map(|(it, style, link)| (it, style, link, quotes)),
            ),
        }
    }
    all
}

/// A line or the mark of an item, in how many items and quotes it stands.
type Placed = (usize, u32, String);

/// What a reader shows where.
fn placed(markdown: &str) -> Vec<Placed> {
    let mut all = Vec::new();
    let mut lists: Vec<Option<u64>> = Vec::new();
    let (mut items, mut quotes) = (0, 0);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        let mut add = |items, text: &str| {
            let text = text.trim();
            if !text.is_empty() {
                all.push((items, quotes, text.to_owned()));
            }
        };
        match event {
            Event::Start(Tag::BlockQuote(_)) => quotes += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Event::Start(Tag::List(number)) => lists.push(number),
            Event::End(TagEnd::List(_)) => drop(lists.pop()),
            Event::Start(Tag::Item) => {
                items += 1;
                match lists.last_mut().and_then(Option::as_mut) {
                    Some(number) => {
                        add(items, &format!("{number}."));
                        *number += 1;
                    }
                    None => add(items, "-"),
                }
            }
            Event::End(TagEnd::Item) => items -= 1,
            Event::Text(text) => text.lines().for_each(|it| add(items, it)),
            Event::Rule => add(items, "[rule]"),
            _ => {}
        }
    }
    all
}

/// What should be shown where.
fn places(blocks: &Blocks) -> Vec<Placed> {
    let mut all = Vec::new();
    let mut levels: Vec<u8> = Vec::new();
    let mut quote = 0;
    for (block, runs) in blocks {
        let text: String = runs.iter().map(|(text, ..)| text.as_str()).collect();
        if block.quote != quote {
            levels.clear();
            quote = block.quote;
        }
        let is_blank = block.kind == BlockKind::Paragraph && text.trim().is_empty();
        while !is_blank && levels.last().is_some_and(|it| *it >= block.level) {
            levels.pop();
        }
        if matches!(block.kind, BlockKind::Item(_)) {
            levels.push(block.level);
        }
        let mut add = |text: &str| all.push((levels.len(), u32::from(quote), text.to_owned()));
        match block.kind {
            BlockKind::Item(None) => add("-"),
            BlockKind::Item(Some(number)) => add(&format!("{number}.")),
            BlockKind::Rule => add("[rule]"),
            _ => {}
        }
        let lines = text.lines().map(str::trim);
        lines.filter(|it| !it.is_empty()).for_each(add);
    }
    all
}

/// An item with the number 1 may be counted on behind a list within the list.
fn without_one(block: Block) -> Block {
    match block.kind {
        BlockKind::Item(Some(1)) => Block {
            kind: BlockKind::Item(Some(13)),
            ..block
        },
        _ => block,
    }
}

fn words_of(runs: Vec<Run>) -> Vec<Run> {
    runs.into_iter()
        .map(|(text, ..)| (text, P, false))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(2000), failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in blocks, it is shown with no style that it has not, all that it has unless
    /// that is counted, and in as many quotes as it was put in.
    #[test]
    fn no_block_is_lost_uncounted(
        blocks in any_blocks("([ab .,*_~`()!。「😀\\[\\]\\\\&<+:#>|=-]{1,9}|\n| |&amp;|1\\. |- |\u{a0}|\t){1,5}")
    ) {
        let (markdown, shortened) = write_blocks(&blocks);
        let (shown, visible) = (shown_with(&markdown, false), visible_blocks(&blocks));
        let texts = |all: &[Shown]| all.iter().map(|it| (it.0, it.2, it.3)).collect::<Vec<_>>();
        prop_assert_eq!(texts(&shown), texts(&visible), "{:?}", markdown);
        for (shown, meant) in shown.iter().zip(&visible) {
            let is_same = shown.1 == meant.1;
            prop_assert!(meant.1.has(shown.1) && (is_same || shortened > 0), "{:?} {:?} {:?}", shown, meant, markdown);
        }
    }

    /// Each block stands in its items and quotes, and items have their numbers.
    #[test]
    fn blocks_stand_where_they_were_put(
        blocks in any_blocks("[ab]{1,3}| {1,5}|\n| {0,5}[ab]\n?|\n {0,5}[ab]|\t[ab]")
    ) {
        let blocks: Vec<_> = blocks.into_iter().map(|(block, runs)| (without_one(block), words_of(runs))).collect();
        let (markdown, _) = write_blocks(&blocks);
        prop_assert_eq!(placed(&markdown), places(&blocks), "{:?}", markdown);
    }
}
