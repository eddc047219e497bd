//! Drives the conversion of texts and of `rich_text` with random and mutated input, and holds
//! generated `rich_text` against what a reader shows of it.
//!
//! `MIGRATE_CASES=2000 cargo test -p migrate-slack driven_texts` tries 2000 times as many cases, which
//! takes about ten minutes.

use migrate_markdown::Style;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use crate::foreign::Message;
use crate::testing::{self, Draw, Texts, cases};
use crate::text::case_tests::{CASES, markdown};
use crate::text::{self, Converted, Markup};

/// Pieces that mean something to one of the parsers.
const PIECES: &[&str] = &[
    "*",
    "_",
    "~",
    "`",
    "```",
    "<",
    ">",
    "|",
    "&gt;",
    "&lt;",
    "&amp;",
    "<@U1>",
    "<#C1|a>",
    "<!here>",
    "<!subteam^S1|@a>",
    "<!date^1^{date}|x>",
    "<https://a.b|t>",
    "https://a.b/_x_",
    "\n",
    "\r",
    "\t",
    "    ",
    ":+1:",
    ":skin-tone-3:",
    "::",
    "[",
    "](",
    "]:",
    "\\",
    "!",
    "++",
    "#",
    "-",
    "1.",
    "=",
    "é",
    "日",
    "。",
    "😀",
    "\u{301}",
    "\u{202e}",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\"",
    "{",
    "}",
    "null",
    "\"elements\":[",
    "\"style\":{\"bold\":true}",
    "\"type\":\"text\"",
    "\"type\":\"rich_text_list\"",
    "\"indent\":255",
    "\"offset\":4294967295",
    "\"offset\":-1",
    "\"border\":1",
    "\"skin_tone\":3",
    "\\ud800",
    "\\u0000",
    "1e999",
    "true",
    "[[[[",
    "]]]]",
];

fn mutate(bytes: &mut Vec<u8>, draw: &mut Draw) {
    for _ in 0..=draw.below(4) {
        let at = draw.below(bytes.len() + 1);
        let end = (at + draw.below(12)).min(bytes.len());
        match draw.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let copied = bytes[at..end].to_vec();
                let to = draw.below(bytes.len() + 1);
                bytes.splice(to..to, copied);
            }
            2 if at < bytes.len() => bytes[at] = draw.byte(),
            3 => bytes.truncate(at.max(2)),
            _ => {
                let piece = PIECES[draw.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}

/// Converts whatever a message has, as a text and as blocks.
fn drive(json: &[u8]) {
    let text = String::from_utf8_lossy(json);
    testing::with_names(|names| {
        let mut out = Converted::default();
        for (markup, style) in [
            (Markup::Mrkdwn, Style::PLAIN),
            (Markup::Mrkdwn, Style::ITALIC),
            (Markup::Tokens, Style::PLAIN),
            (Markup::Plain, Style::BOLD),
        ] {
            out.clear();
            text::push(&text, markup, style, names, &mut out);
            out.finish();
            assert!(out.markdown.len() <= 40 * (text.len() + 1), "{text:?}");
        }
    });
    let Ok(message) = serde_json::from_slice::<Message<'_>>(json) else {
        return;
    };
    let mut texts = Texts::default();
    testing::put(&[message], &migrate_model::Options::default(), &mut texts);
    for text in &texts.texts {
        // Reading it is part of the drive: a reader that fails shows nothing.
        Parser::new_ext(text, Options::all()).count();
    }
}

#[test]
fn driven_texts_do_no_harm() {
    const ROUNDS: u32 = 20_000;
    let rows: Vec<_> = CASES.split("\n== ").skip(1).collect();
    let seeds: Vec<Vec<u8>> = rows
        .iter()
        .filter_map(|row| row.lines().nth(1))
        .map(|row| {
            crate::text::case_tests::message(row)
                .to_string()
                .into_bytes()
        })
        .collect();
    let mut draw = Draw(5);
    for _ in 0..cases(ROUNDS) {
        let mut json = match draw.below(4) {
            0 => Vec::new(),
            _ => seeds[draw.below(seeds.len())].clone(),
        };
        let rounds = if json.is_empty() { 8 } else { 1 };
        for _ in 0..rounds {
            mutate(&mut json, &mut draw);
        }
        drive(&json);
    }
}

/// A character that is shown, and its styles.
type Shown = (char, [bool; 4]);

fn shown(markdown: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut styles = [0_u32; 4];
    for event in Parser::new_ext(
        markdown,
        Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES,
    ) {
        let mut add = |text: &str, is_code: bool| {
            let mut open = styles.map(|it| it > 0);
            open[3] = is_code;
            let chars = text.chars();
            let chars = chars.filter(|it| !it.is_whitespace() && *it != '\u{2060}');
            all.extend(chars.map(|it| (it, open)));
        };
        match event {
            Event::Text(it) => add(&it, false),
            Event::Code(it) => add(&it, true),
            Event::Start(Tag::Strong) => styles[0] += 1,
            Event::End(TagEnd::Strong) => styles[0] -= 1,
            Event::Start(Tag::Emphasis) => styles[1] += 1,
            Event::End(TagEnd::Emphasis) => styles[1] -= 1,
            Event::Start(Tag::Strikethrough) => styles[2] += 1,
            Event::End(TagEnd::Strikethrough) => styles[2] -= 1,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) | Event::SoftBreak => {}
            other => add(&format!("[{other:?}]"), false),
        }
    }
    all
}

fn runs_of(runs: &[(String, [bool; 4])]) -> Value {
    let elements = runs.iter().map(|(text, [bold, italic, strike, code])| {
        let style = json!({ "bold": bold, "italic": italic, "strike": strike, "code": code });
        json!({ "type": "text", "text": text, "style": style })
    });
    let section = json!({ "type": "rich_text_section", "elements": elements.collect::<Vec<_>>() });
    let block = json!({ "type": "rich_text", "elements": [section] });
    json!({ "type": "message", "ts": "1700000000.000000", "user": "U1", "text": "", "blocks": [block] })
}

fn visible(runs: &[(String, [bool; 4])]) -> Vec<Shown> {
    let chars = runs
        .iter()
        .flat_map(|(text, style)| text.chars().map(move |it| (it, *style)));
    let chars = chars.filter(|(it, _)| !it.is_whitespace() && *it != '\u{2060}');
    chars
        .map(|(it, style)| (if it == '\0' { '\u{fffd}' } else { it }, style))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: testing::cases(1000), failure_persistence: None, ..ProptestConfig::default() })]

    /// A literal run shows its text, whatever stands in it.
    #[test]
    fn a_literal_run_of_any_text_shows_that_text(text in any::<String>()) {
        let runs = [(text, [false; 4])];
        prop_assert_eq!(shown(&markdown(&runs_of(&runs))), visible(&runs));
    }

    #[test]
    fn a_literal_run_of_markup_shows_that_text(
        text in "[-*_~`#+=.:>|<&;!\\[\\]()\\\\/ \n\tax1\0\r\"'@]{0,40}"
    ) {
        let runs = [(text, [false; 4])];
        let markdown = markdown(&runs_of(&runs));
        prop_assert_eq!(shown(&markdown), visible(&runs), "{:?}", markdown);
    }

    /// Any nesting of styles is shown as exactly those, where letters and spaces are styled.
    #[test]
    fn nested_styles_are_shown_exactly(
        runs in proptest::collection::vec(("[a-c]{1,3}|[a-c] [a-c]| [a-c]|é ", any::<[bool; 3]>()), 0..10)
    ) {
        let runs: Vec<_> = runs
            .into_iter()
            .map(|(text, [bold, italic, strike])| (text, [bold, italic, strike, false]))
            .collect();
        let markdown = markdown(&runs_of(&runs));
        prop_assert_eq!(shown(&markdown), visible(&runs), "{:?}", markdown);
    }
}
