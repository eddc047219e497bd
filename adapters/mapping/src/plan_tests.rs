//! Rows become what their mapping says.

use std::fmt::Write as _;

use migrate_model::{Loss, Origin, Person, Record, Sink, Stop};

use crate::cell::{Cell, Row};
use crate::mapping::SourceKind;
use crate::{Captures, Joint, Lookups, Mapping, Place, Position, SectionKind, Survey, Twins};

/// A sink that writes down what it gets, in short.
#[derive(Default)]
pub(crate) struct Book(pub(crate) String);

impl Sink for Book {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        let shown = format!("{it:?}");
        // What is as it was made is no news.
        let mut fields = String::new();
        let inner = shown.split_once('(').map_or("", |it| it.1);
        let inner = inner.split_once('{').map_or("", |it| it.1);
        let inner = inner.strip_suffix(" })").unwrap_or(inner);
        for field in split_fields(inner) {
            let (_, value) = field.split_once(": ").unwrap_or_default();
            let empty = [
                "\"\"",
                "[]",
                "None",
                "false",
                "Regular",
                "Custom([])",
                "Unit",
                "Channel",
            ];
            if !empty.contains(&value) {
                let _ = write!(fields, " {}", field.replace(": ", "="));
            }
        }
        let made = if origin == Origin::Read { "" } else { " made" };
        let _ = writeln!(self.0, "{record} {}{made}{fields}", it.kind().name());
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        // Times of these tests count few seconds since 1970, of which each would be told.
        if loss.kind == "mapping.odd_time" {
            return Ok(());
        }
        let (outcome, of) = (loss.outcome, loss.of.name());
        let _ = writeln!(
            self.0,
            "{record} {outcome:?} {of} {} x{} {}",
            loss.kind, loss.count, loss.detail
        );
        Ok(())
    }

    fn meet(&mut self, it: Person<'_>) -> Result<(), Stop> {
        let _ = writeln!(self.0, "person {} {}", it.id, it.name);
        Ok(())
    }
}

/// The fields of a thing as `Debug` shows it.
fn split_fields(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start, mut fields) = (0, false, 0, Vec::new());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '"' if before != '\\' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                fields.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    fields.push(text[start..].trim());
    fields
}

/// What rows of one table become.
pub(crate) fn read<R: Row + ?Sized>(toml: &str, columns: &[&str], rows: &[&R]) -> String {
    let mapping = Mapping::parse(&format!("version = 1\n{toml}"), "map.toml").unwrap();
    read_with(&mapping, columns, rows)
}

pub(crate) fn read_with<R: Row + ?Sized>(
    mapping: &Mapping,
    columns: &[&str],
    rows: &[&R],
) -> String {
    let mut book = Book::default();
    let lookups = Lookups::default();
    for section in mapping
        .sections
        .iter()
        .filter(|it| it.input != crate::Input::Messages)
    {
        let plan = mapping
            .bind(section, columns, &Captures::default())
            .unwrap();
        let mut survey = Survey::default();
        let position = |row: usize| Position {
            file: 0,
            row: u32::try_from(row).unwrap(),
        };
        for (at, row) in rows.iter().enumerate().rev() {
            survey.note(&plan, *row, position(at));
        }
        let mut settled = survey.settle(mapping, section).unwrap();
        let mut twins = Twins::default();
        for (at, row) in rows.iter().enumerate().rev() {
            let place = Place {
                record: 0,
                position: position(at),
                settled: &settled,
                lookups: &lookups,
                attachments: Vec::new(),
            };
            twins.note(&plan, *row, &place, 0);
        }
        twins.settle(&mut settled);
        for loss in settled.losses() {
            book.lose(0, loss).unwrap();
        }
        for (at, row) in rows.iter().enumerate() {
            let place = Place {
                record: u32::try_from(at + 1).unwrap(),
                position: position(at),
                settled: &settled,
                lookups: &lookups,
                attachments: Vec::new(),
            };
            plan.apply(*row, place, &mut book).unwrap();
        }
    }
    book.0
}

fn check(toml: &str, columns: &[&str], rows: &[&[&str]], expected: &str) {
    let read = read(toml, columns, rows);
    assert_eq!(read.trim(), expected.trim(), "{toml}");
}

const MESSAGES: &str = "[[messages]]\nid = \"id\"\nchannel_id = \"room\"\nuser_id = \"who\"\ntext = \"text\"\ncreated_at = { column = \"at\", time = \"epoch_s\" }\n";
const COLUMNS: &[&str] = &["id", "room", "who", "text", "at", "x"];

#[test]
fn a_row_is_a_message() {
    check(
        MESSAGES,
        COLUMNS,
        &[
            &["m1", "r", "ann", "hi, NULL", "1", "7"],
            &["m2", "r", "NULL", "", "2"],
        ],
        r#"
1 message id="m1" channel=Id("r") user_id="ann" text="hi, NULL" created_at=Some(Time(1000000)) custom=Custom([("x", Text("7"))])
2 message id="m2" channel=Id("r") created_at=Some(Time(2000000))
"#,
    );
}

#[test]
fn every_step_is_taken() {
    let check_text = |transform: &str, cell: &str, expected: &str| {
        let toml = format!(
            "{}unknown",
            MESSAGES.replace("text = \"text\"", &format!("text = {transform}"))
        );
        let toml = toml.trim_end_matches("unknown");
        let toml = format!("unknown_columns = \"ignore\"\n{toml}");
        let row: &[&str] = &["m", "r", "u", cell, "1", "fallback"];
        let read = read(&toml, COLUMNS, &[row]);
        let text = read.split_once(" text=").map_or("", |it| it.1);
        let text = text.split(" created_at").next().unwrap();
        assert_eq!(text, expected, "{transform}");
    };
    check_text("[\"text\", \"x\"]", "", "\"fallback\"");
    check_text("[\"missing\", \"x\"]", "", "\"fallback\"");
    check_text("{ const = \"c\" }", "t", "\"c\"");
    check_text("{ template = \"{{{text}}}-{x}\" }", "t", "\"{t}-fallback\"");
    check_text(
        "{ column = \"text\", trim = true, lower = true }",
        " ÄB ",
        "\"äb\"",
    );
    check_text("{ column = \"text\", null_if = [\"-\"] }", "-", "");
    check_text(
        "{ column = \"text\", strip_prefix = \"x:\" }",
        "x:y",
        "\"y\"",
    );
    check_text("{ column = \"text\", map = { a = \"b\" } }", "a", "\"b\"");
    check_text(
        "{ column = \"text\", unescape = [\"formula\"] }",
        "'=1",
        "\"=1\"",
    );
    check_text(
        "{ column = \"text\", unescape = \"backslash\" }",
        "a\\nb",
        "\"a\\nb\"",
    );
}

#[test]
fn the_text_of_an_attributed_string_is_read() {
    let toml = MESSAGES.replace(
        "text = \"text\"",
        "text = { columns = [\"text\", \"x\"], blob = \"apple_attributed\" }",
    );
    let check = |text: Cell<'_>, blob: &[u8], expected: &str| {
        let time = Cell::Integer(1);
        let row = [
            Cell::Text("m"),
            Cell::Text("r"),
            Cell::Null,
            text,
            time,
            Cell::Blob(blob),
        ];
        let read = read(&toml, COLUMNS, &[&row[..]]);
        assert!(read.contains(expected), "{read}");
    };
    let stream = crate::typedstream::tests::stream("\u{fffc}Hello\n*you*");
    check(Cell::Null, &stream, " text=\"Hello\\n*you*\" ");
    check(
        Cell::Text("\u{fffc}read first"),
        &stream,
        " text=\"read first\" ",
    );
    check(
        Cell::Null,
        &stream[..50],
        "1 Field message mapping.not_text x1",
    );
    check(
        Cell::Text(""),
        b"no stream",
        "1 Field message mapping.not_text x1",
    );
}

#[test]
fn rows_name_the_losses_that_the_mapping_declares() {
    let losses = r#"
unknown_columns = "ignore"
[losses]
"crm.draft" = "a draft"
"crm.edit" = { text = "an edit", outcome = "merged" }
"crm.spam" = { text = "spam", outcome = "excluded" }
"crm.no_file" = { text = "no file", outcome = "field" }
"#;
    let row =
        |id, loss| ["m", "r", "u", "t", "1", loss].map(move |it| if it == "m" { id } else { it });
    let rows = [
        row("1", ""),
        row("2", "crm.draft"),
        row("3", "crm.edit of 1"),
        row("4", "crm.spam;crm.draft"),
        row("5", "crm.no_file a.png;crm.no_file b.png;"),
        row("6", "crm.no_file; crm.draft unsent"),
        row("7", "crm.drfat"),
    ];
    let rows: Vec<&[&str]> = rows.iter().map(|it| &it[..]).collect();
    check(
        &format!("{losses}{MESSAGES}loss = \"x\""),
        COLUMNS,
        &rows,
        r#"
1 message id="1" channel=Id("r") user_id="u" text="t" created_at=Some(Time(1000000))
2 LeftOut message crm.draft x1 
3 Merged message crm.edit x1 of 1
4 Excluded message crm.spam x1 
5 message id="5" channel=Id("r") user_id="u" text="t" created_at=Some(Time(1000000))
5 Field message crm.no_file x1 a.png
5 Field message crm.no_file x1 b.png
6 LeftOut message crm.draft x1 unsent
7 message id="7" channel=Id("r") user_id="u" text="t" created_at=Some(Time(1000000))
7 Field message mapping.undeclared x1 crm.drfat
"#,
    );
    check(
        &format!("{losses}[[users]]\nid = \"id\"\nloss = \"x\""),
        COLUMNS,
        &[
            &["1", "", "", "", "", "crm.draft"],
            &["2", "", "", "", "", "crm.no_file"],
        ],
        "1 LeftOut user crm.draft x1 \n2 user id=\"2\"\n2 Field user crm.no_file x1",
    );
}

#[test]
fn whom_a_text_mentions_is_mentioned() {
    check(
        &format!(
            "id_prefix = \"a-\"\nunknown_columns = \"ignore\"\n{MESSAGES}mentions = \"discord\"\nmentioned_user_ids = \"x\""
        ),
        COLUMNS,
        &[
            &["1", "r", "u", "<@7> and <@8>", "1", "7;9"],
            &["2", "r", "u", "hi", "1", ""],
        ],
        r#"
1 message id="a-1" channel=Id("a-r") user_id="a-u" text="@7 and @8" mentioned_user_ids=["a-7", "a-9", "a-8"] created_at=Some(Time(1000000))
2 message id="a-2" channel=Id("a-r") user_id="a-u" text="hi" created_at=Some(Time(1000000))
"#,
    );
}

#[test]
fn texts_become_markdown() {
    let check = |format: &str, cell: &str, expected: &str| {
        let toml = format!("{MESSAGES}text_format = \"{format}\"");
        let row: &[&str] = &["m", "r", "u", cell, "1"];
        let read = read(&toml, COLUMNS, &[row]);
        assert!(read.contains(&format!(" text={expected} ")), "{read}");
    };
    check("markdown", "*a* <b>", "\"*a* <b>\"");
    check("plain", "*a*\\nb", "\"\\\\*a\\\\*\\\\nb\"");
    check("html", "<p>a <b>b</b></p>", "\"a **b**\"");
}

#[test]
fn lists_flags_and_kinds_are_read() {
    check(
        "unknown_columns = \"ignore\"\n[[messages]]\nid = \"id\"\nchannel_id = \"room\"\ncreated_at = \"at\"\nmentioned_user_ids = \"who\"\nshow_in_channel = \"text\"\nkind = { column = \"x\", map = { join = \"system\" } }\npin = \"text\"",
        COLUMNS,
        &[
            &["m1", "r", "['a', 'b']", "yes", "1700000000", "join"],
            &["m2", "r", "a;b", "maybe", "1700000000", "odd"],
        ],
        r#"
1 message id="m1" channel=Id("r") kind=System show_in_channel=true mentioned_user_ids=["a", "b"] pin=Some(Pin { at=None, by="", until=None }) created_at=Some(Time(1700000000000000))
2 message id="m2" channel=Id("r") mentioned_user_ids=["a", "b"] created_at=Some(Time(1700000000000000)) custom=Custom([("source_kind", Text("odd"))])
2 Field message mapping.bad_flag x1 show_in_channel maybe
2 Field message mapping.bad_flag x1 pin maybe
"#,
    );
}

#[test]
fn ids_get_the_prefix_and_damaged_ones_are_refused() {
    check(
        &format!("id_prefix = \"a-\"\nmessage_ids = \"channel\"\n{MESSAGES}parent_id = \"x\""),
        COLUMNS,
        &[
            &["1", "r", "u", "t", "1", "9"],
            &["4.58E+17", "r", "u", "t", "1", ""],
            &["2", "r", "4.58E+17", "t", "1", ""],
        ],
        r#"
1 message id="a-r-a-1" channel=Id("a-r") user_id="a-u" text="t" parent_id="a-r-a-9" created_at=Some(Time(1000000))
2 LeftOut message mapping.damaged_id x1 id 4.58E+17
3 LeftOut message mapping.damaged_id x1 user_id 4.58E+17
"#,
    );
}

#[test]
fn a_time_that_is_none_leaves_the_message_out() {
    check(
        MESSAGES,
        COLUMNS,
        &[&["m", "r", "u", "t", "noon"]],
        "1 LeftOut message mapping.bad_time x1 noon",
    );
}

#[test]
fn equal_rows_without_an_id_are_numbered_in_their_order() {
    let toml = MESSAGES.replace(
        "id = \"id\"",
        "id = { hash = [\"channel_id\", \"created_at\", \"text\"] }",
    );
    let toml = toml.replacen("channel_{ hash", "channel_id = { hash", 1);
    let toml = format!("unknown_columns = \"ignore\"\n{toml}");
    let row: &[&str] = &["", "r", "u", "ok", "1"];
    let other: &[&str] = &["", "r", "u", "no", "1"];
    let read = read(&toml, COLUMNS, &[row, other, row, row]);
    let ids: Vec<&str> = read
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    let [first, second, third, fourth] = ids[..] else {
        panic!("{read}")
    };
    assert_eq!(first.len(), 32);
    assert_ne!(first, second);
    assert_eq!(third, format!("{first}-2"));
    assert_eq!(fourth, format!("{first}-3"));
    assert!(
        read.starts_with("0 Field message mapping.id_derived x4"),
        "{read}"
    );
}

#[test]
fn a_derived_id_does_not_hang_on_how_times_are_written() {
    let toml = MESSAGES.replace(
        "id = \"id\"\nchannel",
        "id = { hash = [\"created_at\", \"text\"] }\nchannel",
    );
    let toml = toml.replace(", time = \"epoch_s\"", "");
    let id = |time: &str| {
        let row: &[&str] = &["", "r", "u", "ok", time];
        let read = read(&toml, COLUMNS, &[row]);
        read.lines()
            .find(|line| line.starts_with('1'))
            .unwrap()
            .split('"')
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(id("2026-01-02T12:00:00Z"), id("1767355200"));
    assert_eq!(
        id("2026-01-02T13:00:00+01:00"),
        id("1/2/26 12:00 PM".replace("1/2", "Jan-02").as_str())
    );
}

#[test]
fn rows_of_one_message_need_not_stand_together() {
    check(
        &format!(
            "unknown_columns = \"ignore\"\n{MESSAGES}group_by = \"id\"\n[messages.reaction]\nreaction_type = \"x\"\nuser_id = \"who\""
        ),
        COLUMNS,
        &[
            &["m1", "r", "a", "t", "1", "+1"],
            &["m2", "r", "b", "t", "1", ""],
            &["m1", "r", "c", "t", "1", "-1"],
        ],
        r#"
1 message id="m1" channel=Id("r") user_id="a" text="t" created_at=Some(Time(1000000))
1 reaction message_id="m1" channel=Id("r") reaction_type="+1" user_id="a"
2 message id="m2" channel=Id("r") user_id="b" text="t" created_at=Some(Time(1000000))
3 Merged message mapping.grouped x1 
3 reaction message_id="m1" channel=Id("r") reaction_type="-1" user_id="c"
"#,
    );
}

#[test]
fn counts_of_reactions_are_kept_as_custom_data() {
    check(
        &format!(
            "{MESSAGES}reactions = {{ column = \"x\", counts = \"name (n)\", split = \",\" }}"
        ),
        COLUMNS,
        &[&["m", "r", "a", "t", "1", "👍 (2),x (1),👍 (1),odd (one)"]],
        r#"
1 message id="m" channel=Id("r") user_id="a" text="t" created_at=Some(Time(1000000)) custom=Custom([("reaction_counts", Object(Custom([("👍", Integer(3)), ("x", Integer(1))])))])
1 Field message mapping.bad_reaction x1 
1 Field message mapping.reaction_counts x2 
"#,
    );
}

#[test]
fn attachments_are_read_from_lists_json_and_columns() {
    let read = |extra: &str, cell: &str| {
        let row: &[&str] = &["m", "r", "a", "t", "1", cell];
        let book = read(
            &format!("unknown_columns = \"ignore\"\n{MESSAGES}{extra}"),
            COLUMNS,
            &[row],
        );
        let attachments = book.split_once("attachments=").map_or("", |it| it.1);
        let parts = attachments.split([',', '{']).map(str::trim);
        let told = parts.filter(|it| {
            it.contains('=')
                && !it.ends_with("\"\"")
                && !it.ends_with("None")
                && !it.ends_with("false")
                && !it.ends_with("[]")
        });
        let told = told.collect::<Vec<_>>().join(" ");
        told.replace(" custom=Custom([]) }]", "")
    };
    let picture = r#"kind="image" image_url="https://a.b/c.png" title="c.png""#;
    assert_eq!(
        read("attachments = \"x\"", "https://a.b/c.png?d=e").replace("?d=e", ""),
        picture
    );
    assert_eq!(
        read(
            "attachments = \"x\"",
            r#"[{"url":"https://a.b/c.png","size":"7"}]"#
        )
        .replace(" size_bytes=Some(7)", ""),
        picture
    );
    assert_eq!(
        read(
            "attachments = { column = \"x\", json = true, map = { image_url = \"u\" } }",
            r#"{"u":"https://a.b/c.png"}"#
        ),
        picture
    );
    assert_eq!(
        read("attachment = { asset_url = \"x\" }", "https://a.b/c.png"),
        picture
    );
    assert_eq!(
        read(
            "attachments = { column = \"x\", split = \"|\" }",
            "https://a.b/c.png | "
        ),
        picture
    );
}

#[test]
fn people_and_channels_are_known_from_messages() {
    check(
        &format!(
            "unknown_columns = \"ignore\"\n{MESSAGES}[[users]]\nfrom = \"messages\"\nname = \"x\"\n[[channels]]\nfrom = \"messages\"\nname = {{ template = \"Room {{room}}\" }}"
        ),
        COLUMNS,
        &[
            &["m1", "r", "a", "t", "1", "Ann"],
            &["m2", "r", "a", "t", "1", ""],
        ],
        r#"
1 channel made id="r" name="Room r"
person a Ann
1 message id="m1" channel=Id("r") user_id="a" text="t" created_at=Some(Time(1000000))
2 message id="m2" channel=Id("r") user_id="a" text="t" created_at=Some(Time(1000000))
"#,
    );
}

#[test]
fn rows_that_do_not_count_are_excluded() {
    check(
        &format!(
            "{MESSAGES}where = [{{ column = \"x\", in = [\"a\", \"b\"] }}, {{ column = \"text\", empty = false }}]"
        ),
        COLUMNS,
        &[
            &["m1", "r", "a", "t", "1", "c"],
            &["m2", "r", "a", "", "1", "a"],
        ],
        "1 Excluded message mapping.filtered x1 \n2 Excluded message mapping.filtered x1",
    );
}

#[test]
fn users_channels_members_and_reactions_are_rows_too() {
    check(
        "[[users]]\nid = \"id\"\nname = \"name\"\ncreated_at = { column = \"at\", time = \"epoch_s\" }\n[users.custom]\nage = { column = \"n\", number = true }\nn = false",
        &["id", "name", "at", "n"],
        &[&["u", "Ann", "1", "42"], &["v", "Bob", "x", "old"]],
        r#"
1 user id="u" name="Ann" created_at=Some(Time(1000000)) custom=Custom([("age", Integer(42))])
2 user id="v" name="Bob" custom=Custom([("age", Text("old"))])
2 Field user mapping.bad_time x1 created_at x
2 Field user mapping.bad_number x1 age old
"#,
    );
    check(
        "[[channels]]\nid = \"id\"\ndirect = \"dm\"\nmember_ids = { column = \"who\", split = \" \" }",
        &["id", "dm", "who"],
        &[&["c", "1", "a b"]],
        r#"1 channel id="c" member_ids=["a", "b"] channel_type=Direct"#,
    );
    check(
        "[[members]]\nchannel_id = \"c\"\nuser_id = \"u\"",
        &["c", "u"],
        &[&["c", "u"]],
        r#"1 member channel=Id("c") user_id="u""#,
    );
    check(
        "[[members]]\nchannel_id = \"c\"\nuser_id = { column = \"u\", split = \";\" }",
        &["c", "u"],
        &[&["c", "u;v"]],
        "1 member channel=Id(\"c\") user_id=\"u\"\n1 member channel=Id(\"c\") user_id=\"v\"",
    );
    check(
        "message_ids = \"channel\"\n[[reactions]]\nmessage_id = \"m\"\nchannel_id = \"c\"\nuser_id = \"u\"\nreaction_type = \"t\"",
        &["m", "c", "u", "t"],
        &[&["m", "c", "u", "+1"]],
        r#"1 reaction message_id="c-m" channel=Id("c") reaction_type="+1" user_id="u""#,
    );
}

#[test]
fn cells_of_a_database_have_their_types() {
    let cells: &[Cell<'_>] = &[
        Cell::Integer(7),
        Cell::Text("r"),
        Cell::Integer(8),
        Cell::Blob(b"hi"),
        Cell::Integer(1_767_355_200_000),
        Cell::Real(1.5),
    ];
    let read = read(
        &MESSAGES.replace("epoch_s", "epoch_auto"),
        COLUMNS,
        &[cells],
    );
    let expected = r#"1 message id="7" channel=Id("r") user_id="8" text="hi" created_at=Some(Time(1767355200000000)) custom=Custom([("x", Float(1.5))])"#;
    assert_eq!(read.trim(), expected);
}

#[test]
fn a_number_without_end_stays_as_text_and_is_told() {
    let cells: &[Cell<'_>] = &[
        Cell::Integer(7),
        Cell::Text("r"),
        Cell::Integer(8),
        Cell::Text("hi"),
        Cell::Integer(1_767_355_200_000),
        Cell::Real(f64::NEG_INFINITY),
    ];
    let read = read(
        &MESSAGES.replace("epoch_s", "epoch_auto"),
        COLUMNS,
        &[cells],
    );
    assert!(read.contains("mapping.bad_number"), "{read}");
    assert!(read.contains("(\"x\", Text(\"-inf\"))"), "{read}");
}

#[test]
fn secrets_of_a_whole_table_are_left_out_unless_they_are_named() {
    let check = |source: Option<SourceKind>, custom: &str, expected: (&[&str], &[&str])| {
        let toml = format!("version = 1\n[[users]]\nid = \"id\"\n{custom}");
        let mut mapping = Mapping::parse(&toml, "m.toml").unwrap();
        mapping.source = source;
        let columns = ["id", "pwd", "team"];
        let plan = mapping.bind(&mapping.sections[0], &columns, &Captures::default());
        let plan = plan.unwrap();
        assert_eq!(plan.unknown_columns(), expected.0);
        assert_eq!(plan.secrets(), expected.1);
    };
    let named = "[users.custom]\npwd = \"pwd\"";
    let database = Some(SourceKind::Sqlite);
    check(database, "", (&["team"], &["pwd"]));
    check(database, named, (&["team"], &[]));
    let files = Some(SourceKind::Csv);
    check(files, "", (&["team"], &["pwd"]));
    check(files, named, (&["team"], &[]));
    check(None, "", (&["team"], &["pwd"]));
}

#[test]
fn a_value_is_looked_up_in_another_table() {
    let toml = "version = 1\n[[users]]\nfiles = \"users.csv\"\nid = \"id\"\nemail = \"mail\"\n[[messages]]\nfiles = \"m.csv\"\nid = \"id\"\nchannel_id = \"c\"\ncreated_at = { column = \"t\", time = \"epoch_s\" }\nuser_id = { column = \"who\", lookup = \"users\", by = \"email\" }";
    let mapping = Mapping::parse(toml, "m").unwrap();
    let mut lookups = Lookups::default();
    let sections = mapping.sections_of("x/users.csv");
    let [(users, captures)] = &sections[..] else {
        panic!("{sections:?}")
    };
    let plan = mapping.bind(users, &["id", "mail"], captures).unwrap();
    assert!(lookups.wants(&plan) && !plan.needs_survey());
    let settled = Survey::default().settle(&mapping, users).unwrap();
    lookups.note(&plan, &["u1", "ann@x"][..], &settled);
    lookups.note(&plan, &["u2", "ann@x"][..], &settled);
    let (messages, captures) = &mapping.sections_of("m.csv")[0];
    assert_eq!(messages.kind, SectionKind::Messages);
    let plan = mapping
        .bind(messages, &["id", "c", "t", "who"], captures)
        .unwrap();
    let settled = Survey::default().settle(&mapping, messages).unwrap();
    let mut book = Book::default();
    for who in ["ann@x", "bob@x"] {
        let row = &["m", "c", "1", who][..];
        let place = Place {
            record: 1,
            position: Position::default(),
            settled: &settled,
            lookups: &lookups,
            attachments: Vec::new(),
        };
        plan.apply(row, place, &mut book).unwrap();
    }
    assert!(book.0.contains("user_id=\"u1\""), "{}", book.0);
    assert!(book.0.contains("user_id=\"bob@x\""), "{}", book.0);
    assert!(
        book.0.contains("mapping.lookup_missed x1 bob@x"),
        "{}",
        book.0
    );
}

#[test]
fn a_column_that_is_not_there_is_told_with_the_line() {
    let check = |toml: &str, columns: &[&str], expected: Option<&str>| {
        let mapping = Mapping::parse(&format!("version = 1\n{toml}"), "map.toml").unwrap();
        let bound = mapping.bind(&mapping.sections[0], columns, &Captures::default());
        assert_eq!(
            bound.err().map(|it| it.to_string()).as_deref(),
            expected,
            "{toml}"
        );
    };
    check(
        "[[users]]\nid = \"user\"",
        &["user_id", "name"],
        Some(
            "map.toml, line 3: there is no column `user` (did you mean `user_id`?); the columns are `user_id`, `name`; a field that not every file has is `{ column = \"…\", optional = true }`",
        ),
    );
    check(
        "[[users]]\nid = \"id\"\nname = { column = \"name\", optional = true }",
        &["id"],
        None,
    );
    check("[[users]]\nid = [\"id\", \"user_id\"]", &["user_id"], None);
    check(
        &format!("{MESSAGES}group_by = [\"whom\"]"),
        &COLUMNS[..5],
        Some(
            "map.toml, line 8: there is no column `whom` (did you mean `who`?); the columns are `id`, `room`, `who`, `text`, `at`; a field that not every file has is `{ column = \"…\", optional = true }`",
        ),
    );
    check(
        "unknown_columns = \"error\"\n[[users]]\nid = \"id\"",
        &["id", "x"],
        Some(
            "map.toml: no field names the columns `x`; name them, leave them out by `column = false` under `[users.custom]`, or write `unknown_columns = \"custom\"`",
        ),
    );
    check(
        "unknown_columns = \"error\"\n[[users]]\nid = \"id\"\n[users.custom]\nx = false",
        &["id", "x"],
        None,
    );
}

#[test]
fn a_field_is_explained() {
    let toml =
        format!("version = 1\n{MESSAGES}reactions = {{ column = \"x\", counts = \"name (n)\" }}");
    let mapping = Mapping::parse(&toml, "m").unwrap();
    let section = &mapping.sections[0];
    let plan = mapping
        .bind(section, COLUMNS, &Captures::default())
        .unwrap();
    let settled = Survey::default().settle(&mapping, section).unwrap();
    let lookups = Lookups::default();
    let check = |field: &str, at: &str, expected: Option<(&str, &str)>| {
        let row = &["m", "r", "u", "hi", at, "+1 (2)"][..];
        let place = Place {
            record: 1,
            position: Position::default(),
            settled: &settled,
            lookups: &lookups,
            attachments: Vec::new(),
        };
        let explained = plan.explain(field, row, &place);
        let explained = explained
            .as_ref()
            .map(|it| (it.source.as_str(), it.result.as_str()));
        assert_eq!(explained, expected, "{field}");
    };
    let noon = Some(("at = 1767355200", "2026-01-02T12:00:00Z"));
    check("created_at", "1767355200", noon);
    check("created_at", "x", Some(("at = x", "mapping.bad_time (x)")));
    check("channel_id", "1", Some(("room = r", "r")));
    check("reactions", "1", Some(("x = +1 (2)", "{+1: 2}")));
    check("parent_id", "1", None);
}

#[test]
fn attachments_in_a_table_of_their_own_name_their_message() {
    let toml = "version = 1\nid_prefix = \"p-\"\n[[attachments]]\nfiles = \"a.csv\"\nmessage_id = \"m\"\nasset_url = \"url\"\n[[messages]]\nid = \"id\"\nchannel_id = \"room\"\ncreated_at = { column = \"at\", time = \"epoch_s\" }";
    let mapping = Mapping::parse(toml, "m").unwrap();
    let (section, captures) = &mapping.sections_of("a.csv")[0];
    let plan = mapping
        .bind(section, &["m", "url", "colour"], captures)
        .unwrap();
    let settled = Survey::default().settle(&mapping, section).unwrap();
    let lookups = Lookups::default();
    let place = Place {
        record: 1,
        position: Position::default(),
        settled: &settled,
        lookups: &lookups,
        attachments: Vec::new(),
    };
    let row = &["m1", "https://a.b/c.pdf", "red"][..];
    let (joint, attachments) = plan.hung(row, &place).unwrap();
    assert_eq!(joint, Joint::Anywhere("m1".into()));
    let [attachment] = &attachments[..] else {
        panic!("{attachments:?}")
    };
    assert_eq!((&*attachment.title, &*attachment.kind), ("c.pdf", "file"));
    assert_eq!(attachment.custom.len(), 1);
    assert_eq!(plan.hung(&["", "u"][..], &place), None);

    let (section, captures) = &mapping.sections_of("other.csv")[0];
    let plan = mapping.bind(section, COLUMNS, captures).unwrap();
    let row = &["m1", "r", "", "", "1"][..];
    // Ids as the source has them, on both sides.
    assert_eq!(
        plan.joints(row, &place),
        [Joint::InChannel("m1".into(), "r".into()), joint]
    );
    let mut book = Book::default();
    let settled = Survey::default().settle(&mapping, section).unwrap();
    let place = Place {
        settled: &settled,
        attachments,
        ..place
    };
    plan.apply(row, place, &mut book).unwrap();
    assert!(
        book.0.contains("asset_url=\"https://a.b/c.pdf\""),
        "{}",
        book.0
    );
}

#[test]
fn a_change_that_is_not_later_is_none_and_a_deleted_message_is_deleted() {
    let toml = format!("unknown_columns = \"ignore\"\n{MESSAGES}edited_at = {{ column = \"text\", time = \"epoch_s\" }}\ndeleted_at = {{ column = \"x\", time = \"epoch_s\" }}").replace("text = \"text\"\n", "");
    check(
        &toml,
        COLUMNS,
        &[
            &["m1", "r", "a", "1", "1", ""],
            &["m2", "r", "a", "2", "1", "3"],
        ],
        r#"
1 message id="m1" channel=Id("r") user_id="a" created_at=Some(Time(1000000))
2 message id="m2" channel=Id("r") user_id="a" kind=Deleted created_at=Some(Time(1000000)) edited_at=Some(Time(2000000)) deleted_at=Some(Time(3000000))
"#,
    );
}
