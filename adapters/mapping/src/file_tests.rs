//! Mapping files are read as they say, written back the same, and told off with the line.

use migrate_model::Outcome;
use proptest::prelude::*;

use crate::declared::Declared;
use crate::mapping::*;
use crate::names;
use crate::pattern::Pattern;
use crate::read::{MENTIONS, OUTCOMES};
use crate::read_transform::TIMES;
use crate::transform::{Blob, Lookup, Source, Transform, Unescape};
use crate::zone::Zone;
use crate::{TimeForm, counts};

const EXAMPLE: &str = r#"
version = 1
source = "csv"
origin = "acme"
id_prefix = "acme-"
timezone = "Europe/Berlin"
unknown_columns = "ignore"
message_ids = "channel"

[csv]
delimiter = ";"
encoding = "windows-1252"
header = ["a", "b"]
null_values = ["", "NULL", "\\N"]
bad_rows = "stop"
quote = "none"

[tables]
m = "messages.csv"

[[messages]]
files = "export/{channel}/messages-*.csv"
id = "msg_id"
channel_id = { template = "room-{room}" }
user_id = { column = "author", lookup = "users", by = "email" }
text = ["body", "text"]
created_at = { column = "ts", time = "epoch_ms" }
parent_id = { column = "thread", null_if = ["0"] }
mentioned_user_ids = { column = "mentions", split = ";" }
attachments = { column = "files_json", json = true, map = { asset_url = "url", title = "name" } }
text_format = { const = "html" }
where = { column = "type", in = ["comment", "note"] }
group_by = "msg_id"
pin = { at = "pinned_at" }

[messages.csv]
delimiter = ","

[messages.custom]
score = { number = true }
"secret notes" = false

[[channels]]
from = "messages"
name = { path = "channel" }

[[users]]
files = ["users.csv", "people.csv"]
id = "id"
email = "mail"
"#;

#[test]
fn a_mapping_file_says_what_it_says() {
    let mapping = Mapping::parse(
        &EXAMPLE.replace("name = { path = \"channel\" }\n", ""),
        "map.toml",
    );
    let mapping = mapping.unwrap();
    assert_eq!(mapping.timezone, Zone::parse("Europe/Berlin"));
    assert_eq!(mapping.csv.quote, Some(None));
    let kinds: Vec<_> = mapping.sections.iter().map(|it| it.kind).collect();
    use SectionKind::{Channels, Messages, Users};
    assert_eq!(kinds, [Messages, Channels, Users]);
    let messages = &mapping.sections[0];
    assert_eq!(messages.text_format, TextFormat::Html);
    assert_eq!(messages.line.0, 21);
    assert_eq!(mapping.origin.as_deref(), Some("acme"));
    assert_eq!(messages.csv.delimiter, Some(Delimiter::Char(',')));
    let names: Vec<_> = messages.fields.iter().map(|it| it.name).collect();
    let expected = [
        "id",
        "channel_id",
        "user_id",
        "text",
        "created_at",
        "parent_id",
        "mentioned_user_ids",
        "attachments",
    ];
    assert_eq!(names, expected);
    assert_eq!(messages.pin[0].name, "at");
    assert_eq!(messages.custom[1], ("secret notes".to_owned(), None));
    let again = Mapping::parse(&mapping.to_toml(), "again").unwrap();
    assert_eq!(again, mapping);
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_was_meant() {
    let check = |text: &str, expected: &str| {
        let error = Mapping::parse(text, "map.toml").unwrap_err();
        assert_eq!(format!("{error:#}"), expected, "{text}");
    };
    let messages = |fields: &str| {
        format!(
            "version = 1\n[[messages]]\nid = \"a\"\nchannel_id = \"b\"\ncreated_at = \"c\"\n{fields}\n"
        )
    };
    check(
        "",
        "map.toml, line 1: the file does not say its version; write `version = 1`",
    );
    check(
        "version = 2",
        "map.toml, line 1: version 2 is not known, this program reads 1",
    );
    check(
        "version = 1",
        "map.toml, line 1: no section says what to read; write `[[messages]]`",
    );
    check(
        "version = 1\n[[mesages]]\n",
        "map.toml, line 2: unknown key `mesages` (did you mean `messages`?)",
    );
    check(
        "version = 1\ntimezone = \"Europe/Berln\"",
        "map.toml, line 2: unknown zone `Europe/Berln` (did you mean `Europe/Berlin`?)",
    );
    check(
        "version = 1\norigin = \"What's App\"",
        "map.toml, line 2: `origin` is `What's App`; it is a name in small letters, digits and `-`, of 40 at the most",
    );
    check(
        "version = 1\nmessages = 3",
        "map.toml, line 2: `messages`: expected tables: `[[messages]]`, found the number 3",
    );
    check(
        &messages("txt = \"d\""),
        "map.toml, line 6: unknown field `txt` (did you mean `text`?)",
    );
    check(
        &messages("updated_at = \"d\""),
        "map.toml, line 6: unknown field `updated_at` (did you mean `edited_at`?)",
    );
    check(
        &messages("text = 3"),
        "map.toml, line 6: `text`: expected a table, found the number 3",
    );
    check(
        &messages("text = { colum = \"d\" }"),
        "map.toml, line 6: unknown key `colum` (did you mean `column`?)",
    );
    check(
        &messages("text = { lower = true }"),
        "map.toml, line 6: `text` does not say what it is made from; write `column = \"…\"`",
    );
    check(
        &messages("text = { column = \"d\", blob = \"apple\" }"),
        "map.toml, line 6: `blob`: unknown word `apple` (did you mean `apple_attributed`?)",
    );
    check(
        &messages("mentions = \"matrix\""),
        "map.toml, line 2: `mentions = \"matrix\"` goes with `text_format = \"html\"`",
    );
    let losses = |line: &str| messages(&format!("loss = \"d\"\n[losses]\n{line}"));
    check(
        &losses("draft = \"a draft\""),
        "map.toml, line 8: `draft` is no name of a loss; write what it is a loss of, a point and \
         what it is, as in `\"crm.draft\"`, in small letters",
    );
    check(
        &losses("\"mapping.draft\" = \"a draft\""),
        "map.toml, line 8: `mapping.draft`: names that begin with `mapping.` are the program's own",
    );
    check(
        &losses("\"crm.draft\" = { outcome = \"merged\" }"),
        "map.toml, line 8: a loss needs a `text` that says what happened",
    );
    check(
        &losses("\"crm.draft\" = { text = \"a\", outcome = \"gone\" }"),
        "map.toml, line 8: `outcome`: unknown word `gone`, expected one of `left_out`, `merged`, `excluded`, `field`",
    );
    check(
        "version = 1\n[[attachments]]\nmessage_id = \"a\"\nloss = \"b\"",
        "map.toml, line 4: rows of attachments have no losses of their own; take `loss` away",
    );
    check(
        &messages("text = { column = \"d\", const = \"e\" }"),
        "map.toml, line 6: a field has one of `column`, `columns`, `const`, `template`, `path` and `hash`",
    );
    check(
        &messages("text = { column = \"d\", time = \"slack\" }"),
        "map.toml, line 6: `time` is for fields that hold a time, and `text` does not",
    );
    check(
        &messages("edited_at = { column = \"d\", time = \"epoch\" }"),
        "map.toml, line 6: `time`: unknown word `epoch` (did you mean `epoch_s`?)",
    );
    check(
        &messages("edited_at = { column = \"d\", time = \"%d.%m\" }"),
        "map.toml, line 6: `time`: the pattern does not say day, month, year and hour",
    );
    check(
        &messages("parent_id = { hash = [\"text\"] }"),
        "map.toml, line 6: `hash` makes an `id` of a message and nothing else",
    );
    check(
        "version = 1\n[[users]]\nid = { hash = [\"name\"] }\nname = \"a\"",
        "map.toml, line 3: `hash` makes an `id` of a message and nothing else",
    );
    check(
        &messages("attachments = { column = \"d\", json = true, map = { asset_ulr = \"url\" } }"),
        "map.toml, line 6: unknown field `asset_ulr` (did you mean `asset_url`?)",
    );
    check(
        &messages("reactions = { column = \"d\", json = true, map = { counts = \"n\" } }"),
        "map.toml, line 6: unknown field `counts` (did you mean `count`?)",
    );
    check(
        "version = 1\n[[message]]\nid = \"a\"",
        "map.toml, line 2: unknown key `message` (did you mean `messages`?)",
    );
    check(
        "version = 1\ntimezones = \"UTC\"",
        "map.toml, line 2: unknown key `timezones` (did you mean `timezone`?)",
    );
    check(
        &messages("timezone = \"UTC\""),
        "map.toml, line 6: `timezone` is no field of `messages`, and stands before the first section",
    );
    check(
        &messages("delimiter = \";\""),
        "map.toml, line 6: `delimiter` is no field of `messages`, and stands under `[csv]` or `[messages.csv]`",
    );
    check(
        &messages("grup_by = \"id\""),
        "map.toml, line 6: unknown field `grup_by` (did you mean `group_by`?)",
    );
    check(
        &messages("text = { path = \"channel\" }"),
        "map.toml, line 6: unknown part of the path `channel`; name it in `files`, as in `files = \"{channel}/*.csv\"`",
    );
    check(
        &messages("text = { template = \"a{b\" }"),
        "map.toml, line 6: `template`: `{` has no `}`",
    );
    check(
        &messages("files = \"{a}{b}.csv\""),
        "map.toml, line 6: `{a}{b}.csv` has two stars or names side by side, so nobody can tell where one ends",
    );
    check(
        &messages("where = { column = \"x\" }"),
        "map.toml, line 6: `where` needs a `column` and one of `in`, `not_in`, `empty`",
    );
    check(
        "version = 1\n[[users]]\nfiles = \"u\"\nid = \"a\"\n[[messages]]\nid = { hash = [\"txt\"] }\nchannel_id = \"b\"\ncreated_at = \"c\"",
        "map.toml, line 6: `hash`: unknown field `txt` (did you mean `text`?)",
    );
    check(
        "version = 1\n\n[[messages]]\nid = \"a\"\ncreated_at = \"c\"",
        "map.toml, line 3: `[[messages]]` does not say `channel_id` or `channel_member_ids`; for one file a channel, write `files = \"{channel}.csv\"` and `channel_id = { path = \"channel\" }`, for one channel alone `channel_id = { const = \"general\" }`",
    );
    check(
        "version = 1\n[[users]]\nid = \"a\"\n[[channels]]\nid = \"a\"",
        "map.toml, line 4: `[[channels]]` is the second section that does not say where its rows come from; write `files = \"channels*.csv\"`",
    );
    check(
        "version = 1\n[csv]\ndelimiter = \"ab\"",
        "map.toml, line 3: `delimiter`: expected one character, found the text `ab`",
    );
    check(
        "version = 1\nx = ",
        "map.toml, line 2: not TOML: string values must be quoted, expected literal string",
    );
}

#[test]
fn a_path_fits_a_pattern_by_its_last_folders() {
    let check = |pattern: &str, path: &str, expected: Option<&[(&str, &str)]>| {
        let captures = Pattern(pattern.to_owned()).captures(path);
        let expected = expected.map(|all| {
            let all = all
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            crate::Captures(all.collect())
        });
        assert_eq!(captures, expected, "{pattern}: {path}");
    };
    check("*.csv", "a/b.csv", Some(&[]));
    check("*.csv", "b.csv.gz", None);
    check("x/*.csv", "a/b.csv", None);
    check("messages-*.csv", "messages-1.csv", Some(&[]));
    check("messages.csv", "messages.csv", Some(&[]));
    check("messages.csv", "messages.csv2", None);
    check("{channel}.csv", ".csv", None);
    check(
        "{channel}/{date}.csv",
        "x/general/2026.csv",
        Some(&[("channel", "general"), ("date", "2026")]),
    );
    check(
        "{guild} - {category} - {channel} [{id}].csv",
        "Acme - Text - off - topic [12].csv",
        Some(&[
            ("guild", "Acme"),
            ("category", "Text"),
            ("channel", "off - topic"),
            ("id", "12"),
        ]),
    );
    check("{a}-{b}", "--x", Some(&[("a", "-"), ("b", "x")]));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", "[ -~äö\n\t\"\\\\']{1,8}"]
}

/// Text that is no template by itself, and no empty one.
fn plain() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 .äß\"'\\\\\n\u{7f}]{1,9}"]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(plain(), 0..3)
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        name().prop_map(Source::Column),
        prop::collection::vec(name(), 1..3).prop_map(Source::Columns),
        any::<String>().prop_map(Source::Const),
        plain().prop_map(Source::Template),
    ]
}

fn steps() -> impl Strategy<Value = Transform> {
    let unescape = prop::sample::select(vec![
        Unescape::Backslash,
        Unescape::Arithmetic,
        Unescape::Formula,
        Unescape::Html,
    ]);
    let map = prop::collection::btree_map(name(), plain(), 0..3);
    (
        source(),
        any::<(bool, bool, bool)>(),
        texts(),
        prop::collection::vec(unescape, 0..3),
        prop::option::of(plain()),
        map,
        prop::option::of(name()),
    )
        .prop_map(
            |(source, (trim, lower, is_blob), null_if, unescape, strip_prefix, map, by)| {
                Transform {
                    source,
                    blob: is_blob.then_some(Blob::AppleAttributed),
                    trim,
                    lower,
                    null_if,
                    unescape,
                    strip_prefix,
                    map: map.into_iter().collect(),
                    lookup: by.map(|by| Lookup {
                        section: SectionKind::Users,
                        by,
                    }),
                    ..Transform::default()
                }
            },
        )
}

/// The fields of a section, some of them, each with something that fits it.
fn fields(
    all: Vec<names::Name>,
    needed: &'static [&'static str],
) -> impl Strategy<Value = Vec<Field>> {
    let count = all.len();
    let times: Vec<TimeForm> = TIMES.iter().map(|(form, _)| form.clone()).collect();
    let chosen = prop::collection::vec(any::<u8>(), count);
    let transforms = prop::collection::vec((steps(), prop::sample::select(times)), count);
    (chosen, transforms).prop_map(move |(chosen, transforms)| {
        let chosen = chosen.into_iter().zip(transforms).zip(&all);
        let wanted = chosen.filter(|((dice, _), (name, _))| dice % 3 == 0 || needed.contains(name));
        let fields = wanted.map(|((dice, (mut value, time)), (name, holds))| {
            use migrate_model::shape::Shape;
            match holds {
                names::Holds::Shape(Shape::Time) => value.time = (dice % 2 == 0).then_some(time),
                names::Holds::Reactions => value.counts = Some("name (n)".to_owned()),
                names::Holds::Shape(Shape::Texts) => value.split = Some(";".to_owned()),
                _ => {}
            }
            Field { name, value }
        });
        fields.collect()
    })
}

fn section() -> impl Strategy<Value = Section> {
    let kind = prop::sample::select(SectionKind::ALL.to_vec());
    let rest = (
        prop::collection::btree_map(name(), prop::option::of(steps()), 0..3),
        prop::collection::vec((name(), texts(), 0..3_u8), 0..3),
        prop::sample::select(vec![
            TextFormat::Html,
            TextFormat::Plain,
            TextFormat::Markdown,
        ]),
        prop::collection::vec(name(), 0..2),
        prop_oneof![
            Just(Input::Unsaid),
            plain().prop_map(Input::Query),
            prop::collection::vec("[a-z*]{1,3}/x[a-z]{1,3}\\.csv", 0..3).prop_map(|all| {
                Input::Files(
                    all.into_iter()
                        .map(|it| Pattern(it.replace("**", "*")))
                        .collect(),
                )
            }),
        ],
        csv(),
    );
    let made = kind.prop_flat_map(move |kind| {
        let needed: &'static [&'static str] = &[
            "id",
            "channel_id",
            "user_id",
            "created_at",
            "message_id",
            "reaction_type",
        ];
        (
            Just(kind),
            fields(names::of_section(kind), needed),
            fields(names::of_attachment(), &[]),
            any::<bool>(),
        )
    });
    (made, rest).prop_map(
        |(
            (kind, fields, attachment, dice),
            (custom, filter, text_format, group_by, input, csv),
        )| {
            let is_message = kind == SectionKind::Messages;
            let filter = filter.into_iter().map(|(column, values, test)| Condition {
                column,
                test: match test {
                    0 => Test::In(values),
                    1 => Test::NotIn(values),
                    _ => Test::Empty(true),
                },
                line: Line(0),
            });
            Section {
                input,
                csv,
                fields,
                custom: custom.into_iter().collect(),
                filter: filter.collect(),
                attachment: if is_message { attachment } else { Vec::new() },
                text_format: if is_message {
                    text_format
                } else {
                    TextFormat::default()
                },
                loss: (kind == SectionKind::Users).then(|| Transform::column("x")),
                mentions: { is_message && dice }.then(|| {
                    let fits = |it: &&(Mentions, &str)| it.0.text_format() == text_format;
                    MENTIONS.iter().find(fits).unwrap().0
                }),
                repeated_ids: match is_message && dice && group_by.is_empty() {
                    true => RepeatedIds::Last,
                    false => RepeatedIds::Auto,
                },
                group_by: if is_message { group_by } else { Vec::new() },
                ..Section::new(kind)
            }
        },
    )
}

fn losses() -> impl Strategy<Value = Vec<Declared>> {
    let outcomes: Vec<Outcome> = OUTCOMES.iter().map(|(outcome, _)| *outcome).collect();
    let one = (plain(), prop::sample::select(outcomes));
    let all = prop::collection::btree_map("[a-z]{1,3}\\.[a-z_0-9]{1,3}", one, 0..4);
    all.prop_map(|all| {
        let all = all.into_iter();
        all.map(|(kind, (text, outcome))| Declared::new(&kind, text, outcome))
            .collect()
    })
}

fn csv() -> impl Strategy<Value = Csv> + Clone {
    let header = prop_oneof![
        Just(Header::FirstRow),
        Just(Header::Absent),
        texts().prop_map(Header::Names)
    ];
    let delimiter = prop_oneof![
        Just(Delimiter::Auto),
        any::<char>().prop_map(Delimiter::Char)
    ];
    (
        prop::option::of(delimiter),
        prop::option::of(plain()),
        prop::option::of(header),
        prop::option::of(texts()),
        prop::option::of(prop::option::of(any::<char>())),
        prop::option::of(any::<char>()),
    )
        .prop_map(
            |(delimiter, encoding, header, null_values, quote, escape)| Csv {
                delimiter,
                encoding,
                header,
                null_values,
                bad_rows: None,
                skip_lines: delimiter.map(|_| 7),
                quote,
                escape,
            },
        )
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_mapping_that_is_written_reads_back(
        sections in prop::collection::vec(section(), 1..4),
        csv in csv(),
        losses in losses(),
        id_prefix in any::<String>(),
        zone in prop::option::of(prop_oneof![
            (-1439..1440_i32).prop_map(|minutes| Zone::Fixed(minutes * 60)),
            prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()).prop_map(Zone::Named),
        ]),
    ) {
        let mut sections = sections;
        for it in sections.iter_mut().skip(1).filter(|it| it.input == Input::Unsaid) {
            it.input = Input::QueryFile("q.sql".to_owned());
        }
        let mapping = Mapping {
            id_prefix,
            // UTC has a name of its own, which is the same zone.
            timezone: zone.and_then(|zone| Zone::parse(&zone.to_string())),
            csv,
            sections,
            losses,
            message_ids: MessageIds::Channel,
            ..Mapping::default()
        };
        let toml = mapping.to_toml();
        match Mapping::parse(&toml, "m") {
            Ok(again) => prop_assert_eq!(again, mapping, "{}", toml),
            Err(error) => prop_assert!(false, "{:#}\n{}", error, toml),
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_told_off(
        start in 0..EXAMPLE.len(),
        length in 0..20_usize,
        with in "[ -~\n]{0,10}",
    ) {
        let end = (start + length).min(EXAMPLE.len());
        let text = format!("{}{}{}", &EXAMPLE[..start], with, &EXAMPLE[end..]);
        let _ = Mapping::parse(&text, "m");
        let _ = counts::read(&with, &text);
        let _ = Pattern(with.clone()).captures(&text);
    }
}
