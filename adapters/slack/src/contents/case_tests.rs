//! What messages show besides their own text, as a table.
//!
//! A case of `cases.txt` is a line `# name`, lines `- option value`, the fields of a
//! message as JSON, and behind `=>` what is written of it: records and losses, a line each.
//! `MIGRATE_BLESS=1 cargo test -p migrate-slack content` writes what was found; look at the
//! difference before it is committed.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use migrate_model::Options;
use proptest::prelude::*;
use pulldown_cmark::{Event, Parser, Tag};

use crate::foreign;
use crate::json::mend;
use crate::reader::MESSAGE;
use crate::testing::{self, Draw, Recorder, Texts, cases};

const CASES: &str = include_str!("cases.txt");

/// The options that are given in a case; a model of options holds names for the whole run.
const OPTIONS: [&str; 6] = [
    "file-list",
    "file-tokens",
    "file-url-prefix",
    "migrate-resources",
    "reaction-map",
    "reactions",
];

/// The text that a message gets.
fn text_of(json: &str) -> String {
    let mut sink = Texts::default();
    let it = serde_json::from_str(json).unwrap();
    testing::put(&[it], &Options::default(), &mut sink);
    sink.texts.pop().unwrap_or_default()
}

/// Reads a message of channel C1 at 100.000001 by U1.
fn read(fields: &str, options: &Options) -> Vec<String> {
    let json = format!("{{\"ts\":\"100.000001\",\"user\":\"U1\",{fields}}}");
    let it: foreign::Message<'_> =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let mut sink = Recorder::default();
    testing::put(&[it], options, &mut sink);
    let lines = sink.lines().iter().map(|line| short(line));
    lines.collect()
}

/// A line without what is the same in every case.
fn short(line: &str) -> String {
    let line = line.strip_prefix("1 ").unwrap_or(line);
    if let Some(loss) = line.strip_prefix("field ") {
        return format!("lost {}", loss.replacen(" message ", " ", 1).trim_end());
    }
    let message = line.strip_prefix("message C1-100-000001 by U1 ");
    message.unwrap_or(line).trim_end().to_owned()
}

/// What is found for each case, in the form of the table.
fn found() -> String {
    let mut out = String::new();
    for (n, case) in CASES.trim().split("\n\n").enumerate() {
        let (given, _) = case.split_once("\n=>").unwrap_or((case, ""));
        let mut options = Options::default();
        let mut fields = String::new();
        for line in given.lines() {
            if let Some(option) = line.strip_prefix("- ") {
                let (name, value) = option.split_once(' ').unwrap_or((option, "true"));
                let name = OPTIONS.into_iter().find(|it| *it == name);
                options.set(name.expect("a known option"), value.to_owned());
            } else if !line.starts_with("# ") {
                fields.push_str(line);
                fields.push('\n');
            }
        }
        let gap = if n > 0 { "\n" } else { "" };
        let _ = writeln!(out, "{gap}{given}\n=>");
        for line in read(&fields, &options) {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

#[test]
fn every_case_is_written_as_the_table_says() {
    let found = found();
    if env::var_os("MIGRATE_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contents/cases.txt");
        fs::write(path, found).unwrap();
        return;
    }
    let cases = CASES.trim().split("\n\n");
    for (expected, found) in cases.zip(found.trim().split("\n\n")) {
        assert_eq!(found, expected);
    }
}

#[test]
fn no_secret_is_written_unless_it_was_asked_for() {
    for case in CASES.trim().split("\n\n") {
        let (given, written) = case.split_once("\n=>").unwrap();
        let is_asked_for = given.contains("\n- file-tokens keep");
        let secrets = ["xox", "geheim"];
        let has_secret = secrets.iter().any(|secret| written.contains(secret));
        assert!(is_asked_for || !has_secret, "{case}");
    }
}

/// The messages of the table as a day file.
fn day_file() -> String {
    let cases = CASES.trim().split("\n\n").zip(100..).map(|(case, n)| {
        let given = case.split("\n=>").next().unwrap_or_default();
        let fields = given.lines().filter(|it| !it.starts_with(['#', '-']));
        let fields = fields.collect::<Vec<_>>().join(" ");
        format!("{{\"ts\":\"{n}.000001\",\"user\":\"U1\",{fields}}}")
    });
    format!("[{}]", cases.collect::<Vec<_>>().join(",\n"))
}

/// Reads a file element by element where that is needed, as the reader does.
fn read_day(json: &[u8]) -> usize {
    let mut slot = None;
    let rows = mend::rows::<foreign::Message<'_>>(json, MESSAGE, &mut slot);
    testing::put(&rows.items, &Options::default(), &mut Recorder::default());
    rows.items.len()
}

#[test]
fn damaged_contents_cost_themselves_and_nothing_panics() {
    const PIECES: [&str; 12] = [
        "null",
        "{}",
        "[]",
        "\"",
        "\\ud800",
        "{\"type\":\"section\"}",
        "-1",
        "1e99",
        "<@U1>",
        "*",
        "```",
        "\\n> ",
    ];
    let whole = day_file().into_bytes();
    let count = CASES.trim().split("\n\n").count();
    assert_eq!(read_day(&whole), count);
    let mut draw = Draw(7);
    for _ in 0..cases(300) {
        let mut damaged = whole.clone();
        for _ in 0..=draw.below(6) {
            let at = draw.below(damaged.len());
            match draw.below(4) {
                0 => damaged[at] = draw.byte(),
                1 => {
                    let end = (at + draw.below(30)).min(damaged.len());
                    drop(damaged.drain(at..end));
                }
                _ => {
                    let piece = PIECES[draw.below(PIECES.len())];
                    damaged.splice(at..at, piece.bytes());
                }
            }
        }
        read_day(&damaged);
    }
}

#[test]
fn long_lists_take_no_more_time_than_their_length() {
    let group = r#"{"type":"usergroup","usergroup_id":"S9"},"#.repeat(100);
    let block = format!(
        r#"{{"type":"rich_text","elements":[{{"type":"rich_text_section","elements":[{}]}}]}},"#,
        group.trim_end_matches(',')
    );
    let text = "<!subteam^S1>".repeat(50_000);
    let blocks = block.repeat(1_000);
    let fields = format!(
        r#""text":"{text}","blocks":[{}]"#,
        blocks.trim_end_matches(',')
    );
    assert!(!read(&fields, &Options::default()).is_empty());
    let lists = [
        ("files", r#"{"id":"F#","mode":"tombstone"}"#),
        ("reactions", r#"{"name":"r#","users":[],"count":1}"#),
        ("attachments", r#"{"fallback":"f#"}"#),
        ("attachments", r#"{"is_share":true,"text":"<!here> f#"}"#),
    ];
    for (name, element) in lists {
        let elements = (0..40_000).map(|n| element.replace('#', &n.to_string()));
        let elements: Vec<String> = elements.collect();
        let fields = format!(r#""text":"x","{name}":[{}]"#, elements.join(","));
        assert!(!read(&fields, &Options::default()).is_empty());
    }
}

#[test]
fn long_addresses_take_no_more_time_than_their_length() {
    let address = "https://files.slack.com/?";
    for part in [
        "t=xoxe-1&",
        "xox",
        "://",
        "https://a",
        ")",
        "*",
        "_",
        "&amp;",
    ] {
        let text = format!("{address}{}", part.repeat(300_000));
        let fields = format!(
            r#""text":"{text} <{text}|x>","attachments":[{{"from_url":"{text}","title":"{text}"}}]"#
        );
        assert!(!read(&fields, &Options::default()).is_empty());
    }
}

/// What a reader of Markdown shows of a quote that holds nothing but words, some of them bold.
fn words_of(markdown: &str) -> String {
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(it) | Event::InlineHtml(it) | Event::Html(it) => text.push_str(&it),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::Start(Tag::Paragraph | Tag::BlockQuote(_) | Tag::HtmlBlock) => text.push(' '),
            Event::Start(Tag::Strong) | Event::End(_) => {}
            other => text.push_str(&format!("[{other:?}]")),
        }
    }
    // What keeps markers apart is not seen.
    one_line(&text.replace('\u{2060}', ""))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn encoded(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: testing::cases(500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_report_says_is_shown_as_it_stands(
        texts in prop::collection::vec("[-a-c 1.#>*_~`+=|<&;!()\\[\\]\\\\éあ]{1,12}", 6),
        body in "[-a-c 1.#>*_~`+=|<&;!()\\[\\]\\\\\n]{0,40}",
    ) {
        let [author, title, name, value, footer, last] = &texts[..] else {
            return Ok(());
        };
        let report = serde_json::json!({"attachments": [{
            "author_name": encoded(author), "title": encoded(title), "text": encoded(&body),
            "mrkdwn_in": ["pretext"], "footer": encoded(footer),
            "fields": [{"title": encoded(name), "value": encoded(value)}, {"title": encoded(last)}],
        }]});
        let fields = report.to_string();
        let json = format!("{{\"ts\":\"100.000001\",{}", &fields[1..]);
        let text = text_of(&json);
        let said = [author, title, &body, name, value, last, footer].map(String::as_str);
        prop_assert_eq!(words_of(&text), one_line(&said.join(" ")), "{}", text);
    }
}
