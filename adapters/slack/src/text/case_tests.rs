//! The table of cases: messages as Slack writes them, and what a reader of Markdown shows of them.
//!
//! `cases.txt` holds them: a name behind `== `, the message in JSON on one line, and the HTML
//! that it becomes, which `MIGRATE_BLESS=1` writes anew. Short forms of a message: a text alone is
//! its `text`, and a list the elements of its `rich_text` block, or of one section within it.

use std::fmt::Write;

use pulldown_cmark::{Options, Parser, html};
use serde_json::{Value, json};

use crate::foreign::Message;
use crate::testing::{self, Texts};

pub(crate) const CASES: &str = include_str!("cases.txt");

/// What stands in the table without being a case.
const HEAD: &str = "\
# Cases of the conversion of texts, for `case_tests.rs` and for `tests/client`: a name, a message as
# Slack writes it, and what is shown of it. A text alone is a message's `text`; a list is what stands
# in its `rich_text` block, or in one section of it. Users: U1 is Ada, U2 is bob_*x*, U4 is 佐藤.
# Channels: C1 is general. Rewrite the HTML with `MIGRATE_BLESS=1 cargo test -p migrate-slack cases`,
# and read the difference.
";

struct Case<'c> {
    name: &'c str,
    message: &'c str,
    html: &'c str,
}

fn cases() -> Vec<Case<'static>> {
    let rows = CASES.split("\n== ").skip(1);
    let case = |row: &'static str| {
        let (name, row) = row.split_once('\n').unwrap_or((row, ""));
        let (message, html) = row.split_once('\n').unwrap_or((row, ""));
        let html = html.trim_end_matches('\n');
        Case {
            name,
            message,
            html,
        }
    };
    rows.map(case).collect()
}

/// The whole message of which a row may have the short form.
pub(crate) fn message(short: &str) -> Value {
    let mut it: Value = serde_json::from_str(short).unwrap_or_else(|error| {
        panic!("{error}: {short}");
    });
    if it.is_string() {
        it = json!({ "text": it });
    } else if let Some(elements) = it.as_array() {
        let is_block = |it: &Value| {
            let kind = it["type"].as_str();
            kind.is_some_and(|kind| kind.starts_with("rich_text"))
        };
        let elements = match elements.iter().any(is_block) {
            true => it,
            false => json!([{ "type": "rich_text_section", "elements": it }]),
        };
        it = json!({ "text": "", "blocks": [{ "type": "rich_text", "elements": elements }] });
    }
    it["type"] = "message".into();
    it["ts"] = "1700000000.000000".into();
    if it["user"].is_null() {
        it["user"] = "U1".into();
    }
    it
}

/// The text that a message gets.
pub(crate) fn markdown(message: &Value) -> String {
    let json = message.to_string();
    let message: Message<'_> = serde_json::from_str(&json).unwrap();
    let mut texts = Texts::default();
    testing::put(&[message], &migrate_model::Options::default(), &mut texts);
    texts.texts.pop().unwrap_or_default()
}

fn rendered(markdown: &str) -> String {
    let options =
        Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(markdown, options));
    out.trim_end().to_owned()
}

#[test]
fn cases_are_shown_as_slack_showed_them() {
    let cases = cases();
    let is_blessing = std::env::var_os("MIGRATE_BLESS").is_some();
    let mut all = HEAD.to_owned();
    let mut differences = String::new();
    for case in &cases {
        let markdown = markdown(&message(case.message));
        let html = rendered(&markdown);
        let _ = write!(all, "\n== {}\n{}\n{html}\n", case.name, case.message);
        if html != case.html {
            let _ = write!(
                differences,
                "\n== {}\n{}\nexpected: {}\nfound:    {html}\nmarkdown: {markdown:?}\n",
                case.name, case.message, case.html,
            );
        }
    }
    if is_blessing {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/text/cases.txt");
        std::fs::write(path, all).unwrap();
        return;
    }
    assert!(differences.is_empty(), "{differences}");
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut names: Vec<_> = cases.iter().map(|it| it.name).collect();
    names.sort_unstable();
    assert!(
        names.windows(2).all(|it| it[0] != it[1]),
        "a name stands twice"
    );
}
