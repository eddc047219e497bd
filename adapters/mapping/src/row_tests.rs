//! Properties of rows: what is written in any usual way reads back, and nothing ends the program.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};
use proptest::prelude::*;

use crate::plan_tests::read;

/// A message as a source knows it.
#[derive(Clone, Debug)]
struct Known {
    text: String,
    /// In seconds since 1970.
    at: i64,
    mentions: Vec<String>,
    is_pinned: bool,
}

fn known() -> impl Strategy<Value = Known> {
    (
        "[ -~äö\n]{0,20}",
        // Years in which seconds have ten digits and spreadsheets count to five.
        1_000_000_000..4_000_000_000_i64,
        // No word that means nobody, such as `nan`, which each way of writing tells of differently.
        prop::collection::vec("u[a-z]{0,3}", 0..4),
        any::<bool>(),
    )
        .prop_map(|(text, at, mentions, is_pinned)| Known {
            text,
            at,
            mentions,
            is_pinned,
        })
}

/// Every way to write a time that needs no hint, to the second.
const TIMES: usize = 14;

fn time(way: usize, at: i64) -> String {
    let time = DateTime::from_timestamp(at, 0).unwrap();
    let local = |ahead: i32| {
        let zone = chrono::FixedOffset::east_opt(ahead).unwrap();
        time.with_timezone(&zone)
    };
    match way {
        0 => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        1 => local(-12_600).to_rfc3339_opts(SecondsFormat::Nanos, false),
        2 => time.format("%Y-%m-%d %H:%M:%S").to_string(),
        3 => time.format("%Y-%m-%d %H:%M:%S.0000000+0000").to_string(),
        4 => at.to_string(),
        5 => (at * 1000).to_string(),
        6 => (at * 1_000_000).to_string(),
        7 => (at * 1_000_000_000).to_string(),
        8 => format!("{at}.000200"),
        9 => time.format("%d.%m.%Y %H:%M:%S").to_string(),
        10 => local(7200).format("%a, %d %b %Y %H:%M:%S %z").to_string(),
        11 => time.format("%d-%b-%Y %I:%M:%S %p").to_string(),
        12 => time.format("%B %-d, %Y %H:%M:%S UTC").to_string(),
        _ => time.format("%Y/%m/%d %H:%M:%S").to_string(),
    }
}

fn list(way: usize, values: &[String]) -> String {
    let quoted = |quote: &str| {
        let values = values.iter().map(|it| format!("{quote}{it}{quote}"));
        values.collect::<Vec<_>>().join(", ")
    };
    match way {
        0 => serde_json::to_string(values).unwrap(),
        1 => values.join(";"),
        2 => values.join(","),
        3 => values.join(" | "),
        4 => format!("[{}]", quoted("'")),
        5 => format!("{{{}}}", values.join(",")),
        _ => format!("{{{}}}", quoted("'")),
    }
}

fn flag(way: usize, it: bool) -> &'static str {
    let words = [
        ["false", "true"],
        ["0", "1"],
        ["no", "YES"],
        ["", "t"],
        ["off", "on"],
    ];
    words[way % words.len()][usize::from(it)]
}

const TOML: &str = "timezone = \"UTC\"\n[[messages]]\nid = \"id\"\nchannel_id = \"room\"\ntext = \"text\"\ncreated_at = \"at\"\nmentioned_user_ids = \"who\"\npin = \"pinned\"\n";
const COLUMNS: [&str; 6] = ["id", "room", "text", "at", "who", "pinned"];

/// What messages become that are written in these ways, with columns in this order.
fn written(all: &[Known], ways: [usize; 3], order: &[usize]) -> String {
    let columns: Vec<&str> = order.iter().map(|at| COLUMNS[*at]).collect();
    let rows: Vec<Vec<String>> = { all.iter().enumerate() }
        .map(|(at, it)| {
            let cells = [
                format!("m{at}"),
                "r".to_owned(),
                it.text.clone(),
                time(ways[0], it.at),
                list(ways[1], &it.mentions),
                flag(ways[2], it.is_pinned).to_owned(),
            ];
            order.iter().map(|at| cells[*at].clone()).collect()
        })
        .collect();
    let rows: Vec<Vec<&str>> = { rows.iter() }
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    // Slack's fraction is part of the time.
    read(TOML, &columns, &rows).replace("000200))", "000000))")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn messages_read_back_from_every_way_to_write_them(
        all in prop::collection::vec(known(), 1..6),
        time in 0..TIMES,
        list in 0..7_usize,
        flag in 0..5_usize,
        order in Just((0..COLUMNS.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let plain = written(&all, [0, 0, 0], &[0, 1, 2, 3, 4, 5]);
        prop_assert_eq!(written(&all, [time, list, flag], &order), plain);
    }

    #[test]
    fn no_cell_ends_the_program(
        cells in prop::collection::vec("[ -~äß\n]{0,12}|[0-9.:/+TZ-]{0,24}|[\\[{'\",;|(]{0,8}", 8),
        steps in prop::collection::vec(prop::sample::select(STEPS.to_vec()), 6),
    ) {
        let mut toml = "message_ids = \"channel\"\nid_prefix = \"p\"\ntimezone = \"Europe/Berlin\"\n[[messages]]\nchannel_id = \"1\"\ngroup_by = \"2\"\nid = { hash = [\"created_at\", \"channel_id\"] }\n".to_owned();
        let mut has_time = false;
        for (at, (field, step)) in steps.iter().enumerate() {
            if !toml.contains(&format!("\n{field} = ")) {
                has_time |= *field == "created_at";
                let _ = writeln!(toml, "{field} = {{ column = \"{}\"{step} }}", at + 1);
            }
        }
        if !has_time {
            toml.push_str("created_at = { column = \"3\", time = \"epoch_auto\" }\n");
        }
        toml.push_str("[messages.reaction]\nreaction_type = \"5\"\nuser_id = \"6\"\n[messages.custom]\na = { column = \"7\", json = true }\nb = { column = \"8\", number = true }\n");
        let columns = ["1", "2", "3", "4", "5", "6", "7", "8"];
        let row: Vec<&str> = cells.iter().map(String::as_str).collect();
        let row = row.as_slice();
        let _ = read(&toml, &columns, &[row, row]);
    }
}

/// Fields and what may be done for them. Times have a form, since days and months may be refused.
const STEPS: &[(&str, &str)] = &[
    (
        "text",
        ", unescape = [\"backslash\", \"html\", \"formula\"]",
    ),
    ("quoted_text", ", trim = true, lower = true"),
    ("created_at", ", time = \"rfc3339\""),
    ("created_at", ", time = \"excel\""),
    ("created_at", ", time = \"discord_id\""),
    ("edited_at", ", time = \"%d.%m.%Y %H:%M\""),
    ("edited_at", ", time = \"apple_auto\""),
    ("deleted_at", ", time = \"slack\""),
    ("mentioned_user_ids", ", split = \";\", map = { a = \"b\" }"),
    ("mentioned_user_ids", ""),
    ("attachments", ""),
    ("attachments", ", json = true"),
    ("reactions", ""),
    ("reactions", ", counts = \"name (n)\""),
    ("reactions", ", json = true"),
    ("kind", ", null_if = [\"\"]"),
    ("pin", ""),
];
