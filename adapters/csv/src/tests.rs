//! Whole inputs and what they become.

mod dialects;
mod joins;
mod reading;

use std::collections::BTreeSet;

use migrate_mapping::{Mapping, Preset, SectionKind};
use migrate_model::{Adapter as _, Options, Record, shape};

use crate::testing::{Fixture, lines};
use crate::{CSV, presets};

/// The lines of one type, without what stands before their data.
fn of_type(lines: &[String], kind: &str) -> Vec<String> {
    let start = format!("{{\"type\":\"{kind}\",");
    let found = lines.iter().filter_map(|line| line.strip_prefix(&start));
    found.map(str::to_owned).collect()
}

const MINIMAL: &str = r#"
version = 1
[[messages]]
id = "id"
channel_id = "room"
user_id = "by"
text = "text"
created_at = "at"
"#;

#[track_caller]
fn check_messages(content: &[u8], expected: &[&str]) {
    let fixture = Fixture::new(&[("messages.csv", content)]).mapped(MINIMAL);
    assert_eq!(of_type(&fixture.lines(), "message"), expected);
}

#[test]
fn a_row_is_a_message_with_the_line_where_it_begins() {
    check_messages(
        b"id,room,by,text,at\n\n1,r,ann,\"two\nlines\",2026-01-02T03:04:05Z\n2,r,bo,hi,2026-01-02T03:05:05Z",
        &[
            r#""data":{"id":"1","channel_id":"r","user_id":"ann","text":"two\nlines","created_at":"2026-01-02T03:04:05Z"},"at":"messages.csv","record":3}"#,
            r#""data":{"id":"2","channel_id":"r","user_id":"bo","text":"hi","created_at":"2026-01-02T03:05:05Z"},"at":"messages.csv","record":5}"#,
        ],
    );
}

#[test]
fn spreadsheets_say_how_cells_are_set_apart() {
    check_messages(
        b"\xef\xbb\xbfsep=;\r\n\"id\";room;by;text;at;\r\n1;r;ann;a, b;2026-01-02T03:04:05Z;\r\n",
        &[
            r#""data":{"id":"1","channel_id":"r","user_id":"ann","text":"a, b","created_at":"2026-01-02T03:04:05Z"},"at":"messages.csv","record":3}"#,
        ],
    );
}

/// Told once for files of one layout, and by name.
#[test]
fn columns_that_look_like_secrets_are_not_written() {
    let files: [(&str, &[u8]); 3] = [
        (
            "users.csv",
            b"id,name,passwd,api_token,team\nu,Ann,hunter2,tok,red\n",
        ),
        (
            "a/messages.csv",
            b"id,channel,user_id,text,created_at,access_token\n1,c,u,hi,2026-01-02T03:04:05Z,tok\n",
        ),
        (
            "b/messages.csv",
            b"id,channel,user_id,text,created_at,access_token\n2,c,u,ho,2026-01-02T03:04:06Z,tok\n",
        ),
    ];
    let lines = Fixture::new(&files).lines();
    let told = |it: &&String| it.contains("csv.secret_left_out");
    let told: Vec<&str> = { lines.iter().filter(told) }
        .map(|it| it.split_once("\"kind\"").unwrap().1)
        .collect();
    let expected = [
        r#":"csv.secret_left_out","detail":"access_token","at":"a/messages.csv"}"#,
        r#":"csv.secret_left_out","count":2,"detail":"passwd, api_token","at":"users.csv"}"#,
    ];
    assert_eq!(told, expected);
    assert!(
        !lines
            .iter()
            .any(|it| it.contains("hunter2") || it.contains("\"tok\""))
    );
    assert!(
        lines
            .iter()
            .any(|it| it.contains("\"custom\":{\"team\":\"red\"}"))
    );
    let named = format!("{MINIMAL}[messages.custom]\naccess_token = \"access_token\"\n");
    let lines = Fixture::new(&files[1..])
        .mapped(
            &named
                .replace("room", "channel")
                .replace("\"by\"", "\"user_id\"")
                .replace("\"at\"", "\"created_at\""),
        )
        .lines();
    assert!(!lines.iter().any(|it| it.contains("secret_left_out")));
    assert_eq!(
        lines
            .iter()
            .filter(|it| it.contains("\"access_token\":\"tok\""))
            .count(),
        2
    );
}

#[test]
fn columns_may_have_no_name_or_the_same() {
    let content = b",id,room,by,text,at,mood,mood\n0,1,r,ann,hi,2026-01-02T03:04:05Z,a,b\n";
    let found = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL).lines();
    let found = of_type(&found, "message");
    assert!(
        found[0].contains(r#""id":"1","channel_id":"r""#),
        "{found:?}"
    );
    assert!(found[0].contains(r#""column_1":"0""#), "{found:?}");
}

#[test]
fn rows_of_another_width_are_told_with_their_line() {
    let content = b"id,room,by,text,at\n\
        1,r,ann,one, two,2026-01-02T03:04:05Z\n\
        2,r,ann,hi,2026-01-02T03:04:06Z,,\n\
        3,r,ann\n";
    let fixture = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL);
    let lines = fixture.lines();
    // Whether a message can do without a time is for others to say.
    assert_eq!(of_type(&lines, "message").len(), 2);
    let left_out = of_type(&lines, "left_out");
    assert_eq!(
        left_out[0],
        r#""of":"message","kind":"csv.long_row","detail":"6 cells in 5 columns","at":"m.csv","record":2}"#
    );
    let short = of_type(&lines, "loss");
    let expected =
        r#""of":"message","kind":"csv.short_row","detail":"3 of 5 cells","at":"m.csv","record":4}"#;
    assert!(short.iter().any(|line| line == expected), "{short:?}");
}

#[test]
fn lines_that_a_stray_quote_swallows_are_left_out() {
    let content = b"id,room,by,text,at\n\
        1,r,ann,\"open,2026-01-02T03:04:05Z\n\
        2,r,ann,\"hi\",2026-01-02T03:04:06Z\n\
        3,r,ann,ok,2026-01-02T03:04:07Z\n";
    let fixture = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL);
    let lines = fixture.lines();
    assert_eq!(
        of_type(&lines, "left_out"),
        [r#""of":"message","kind":"csv.stray_quote","detail":"2 lines","at":"m.csv","record":2}"#]
    );
    assert_eq!(of_type(&lines, "message").len(), 1);
    let stopping = MINIMAL.replace("[[messages]]", "[csv]\nbad_rows = \"stop\"\n[[messages]]");
    let error = Fixture::new(&[("m.csv", content)])
        .mapped(&stopping)
        .error();
    assert!(
        error.starts_with("m.csv, line 2: a quote is not closed"),
        "{error}"
    );
}

#[test]
fn a_run_can_end_with_the_first_row_that_is_not_sound() {
    let stopping = MINIMAL.replace("[[messages]]", "[csv]\nbad_rows = \"stop\"\n[[messages]]");
    let check = |row: &str, expected: &str| {
        let content = format!("id,room,by,text,at\n{row}\n");
        let fixture = Fixture::new(&[("m.csv", content.as_bytes())]).mapped(&stopping);
        let error = fixture.error();
        assert!(error.starts_with(expected), "{row}: {error}");
    };
    check("1,r,ann", "m.csv, line 2: a row has fewer cells");
    check("1,r,ann,a,b,c", "m.csv, line 2: a row has more cells");
    check(
        "1,r,ann,\"say \"hi\" to\",2026-01-02T03:04:05Z",
        "m.csv, line 2: a quote",
    );
}

#[test]
fn text_that_copy_has_written_is_read_as_it_was() {
    let content = b"id\troom\tby\ttext\tat\n\
        1\tr\t\\N\t\"hi\"\\tall\\nof you\t2026-01-02T03:04:05Z\n";
    let lines = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL).lines();
    let messages = of_type(&lines, "message");
    let expected = r#""text":"\"hi\"\tall\nof you""#;
    assert!(
        messages.iter().any(|line| line.contains(expected)),
        "{messages:?}"
    );
    assert!(!lines.concat().contains(r"\\N"), "{lines:?}");
}

#[test]
fn what_is_no_text_ends_the_run_with_its_line() {
    let check = |content: &[u8], expected: &str| {
        let error = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL).error();
        assert!(error.contains(expected), "{error}");
    };
    check(
        b"id,room,by,text,at\n1,r,ann,caf\xe9,2\n",
        "m.csv, line 2, byte 12 of the line: 0xE9",
    );
    check(
        b"id,room,by,text,at\n1,r,\"ann,hi,2\n",
        "m.csv, line 2: the quote that opens here",
    );
    check(b"{\"id\":1}\n", "the file is JSON");
    check(b"<!DOCTYPE html>", "the file is HTML");
    check(b"SQLite format 3\0", "an SQLite database");
    check(b"\xff\xfe\0\0", "UTF-32");
    check(b"i\0\0\0d\0\0\0,\0\0\0x\0\0\0", "UTF-32");
    check(
        b"user_id,user_external_id,company_id,email,name,ruleset_id,content_id,received_at\n",
        "id",
    );
    let receipts =
        b"user_id,user_external_id,company_id,email,name,ruleset_id,content_id,received_at\n";
    let error = Fixture::new(&[("m.csv", receipts)]).error();
    assert!(error.contains("Intercom's own content export"), "{error}");
}

#[test]
fn an_encoding_that_is_named_is_read() {
    let content = b"id,room,by,text,at\n1,r,ann,caf\xe9 \x80,2026-01-02T03:04:05Z\n";
    let fixture = Fixture::new(&[("m.csv", content)]).mapped(MINIMAL);
    let lines = fixture.with("encoding", "windows-1252").lines();
    assert!(lines[0].contains("café €"), "{lines:?}");
}

#[test]
fn large_files_are_read_in_pieces_and_lines_are_right() {
    let mut content = String::from("id,room,by,text,at\n");
    for number in 0..60_000 {
        let text = if number % 7 == 0 {
            "\"a\nb\""
        } else {
            "some words of a text"
        };
        content += &format!("m{number},r,ann,{text},2026-01-02T03:04:05Z\n");
    }
    let fixture = Fixture::new(&[("m.csv", content.as_bytes())]).mapped(MINIMAL);
    let source = fixture.open().unwrap();
    assert!(source.units().len() > 2);
    let found = lines(&*source).unwrap();
    let found = of_type(&found, "message");
    assert_eq!(found.len(), 60_000);
    let mut line = 2;
    for (number, message) in found.iter().enumerate() {
        assert!(
            message.starts_with(&format!(r#""data":{{"id":"m{number}","#)),
            "{message}"
        );
        assert!(
            message.ends_with(&format!(r#""record":{line}}}"#)),
            "{message}"
        );
        line += if number % 7 == 0 { 2 } else { 1 };
    }
}

#[test]
fn attachments_in_a_table_of_their_own_join_their_messages() {
    let mapping = format!(
        "{}\n[[attachments]]\nfiles = \"files.csv\"\nmessage_id = \"message\"\nasset_url = \"url\"\n",
        MINIMAL.replace("[[messages]]", "[[messages]]\nfiles = \"m.csv\"")
    );
    let fixture = Fixture::new(&[
        ("files.csv", b"message,url\n2,https://example.org/b\n1,https://example.org/a\n2,https://example.org/c\n9,https://example.org/d\n"),
        ("m.csv", b"id,room,by,text,at\n1,r,ann,hi,2026-01-02T03:04:05Z\n2,r,ann,ho,2026-01-02T03:04:05Z\n"),
    ]);
    let lines = fixture.mapped(&mapping).lines();
    let stray =
        r#""of":"message","kind":"csv.stray_attachment","detail":"9","at":"files.csv","record":5}"#;
    assert_eq!(of_type(&lines, "loss")[0], stray);
    let found = of_type(&lines, "message");
    let urls = |line: &str| line.matches("https://example.org/").count();
    assert_eq!(
        found.iter().map(|line| urls(line)).collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(found[1].find("org/b") < found[1].find("org/c"));
}

#[test]
fn channels_may_stand_in_paths() {
    let mapping = MINIMAL
        .replace("[[messages]]", "[[messages]]\nfiles = \"{room}/*.csv\"")
        .replace("channel_id = \"room\"", "channel_id = { path = \"room\" }");
    let row = |id: u8| format!("id,by,text,at\n{id},ann,hi,2026-01-02T03:04:05Z\n");
    let (one, two) = (row(1), row(2));
    let fixture = Fixture::new(&[
        ("board/2026.csv", one.as_bytes()),
        ("general/2026.csv", two.as_bytes()),
        ("photo.png", b"x"),
        ("other.csv", b"a,b\n1,2\n"),
    ]);
    let lines = fixture.mapped(&mapping).lines();
    let found = of_type(&lines, "message");
    assert!(found[0].contains(r#""channel_id":"board""#), "{found:?}");
    assert!(found[1].contains(r#""channel_id":"general""#), "{found:?}");
    let unread: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("csv.file_not_read"))
        .collect();
    assert_eq!(unread.len(), 2, "{unread:?}");
}

#[test]
fn a_draft_says_what_was_said_to_it() {
    let content = b"id;room;user;text;time\n1;r;ann;caf\xe9;2026-01-02 03:04\n";
    let fixture = Fixture::new(&[("m.csv", content)]);
    let fixture = fixture
        .with("encoding", "windows-1252")
        .with("timezone", "Europe/Berlin");
    let init = CSV.commands().iter().find(|it| it.name == "init").unwrap();
    let input = [fixture.folder.path().join("m.csv")];
    let draft = (init.show)(&input, &fixture.options).unwrap();
    let mapping = Mapping::parse(&draft, "draft").unwrap();
    assert_eq!(mapping.csv.encoding.as_deref(), Some("windows-1252"));
    assert_eq!(
        mapping.timezone,
        migrate_mapping::Zone::parse("Europe/Berlin")
    );
    let odd = Fixture::new(&[("m.csv", b"aa,bb\n1,2\n")]);
    let draft = (init.show)(&[odd.folder.path().join("m.csv")], &odd.options).unwrap();
    assert!(
        draft.ends_with("# `m.csv` has the columns `aa`, `bb`\n"),
        "{draft}"
    );
}

#[test]
fn a_draft_asks_for_days_that_no_row_tells_and_what_it_proposes_reads_them() {
    let init = CSV.commands().iter().find(|it| it.name == "init").unwrap();
    let table = |last: &str| {
        let mut content = "id,room,user,text,Date\n".to_owned();
        for nth in 0..1000 {
            content.push_str(&format!("{nth},r,ann,hi,1/{}/2026 2:05 PM\n", nth % 12 + 1));
        }
        content + "x,r,ann,hi," + last + "\n"
    };
    let draft = |last: &str| {
        let fixture = Fixture::new(&[("m.csv", table(last).as_bytes())]);
        let input = [fixture.folder.path().join("m.csv")];
        let draft = (init.show)(&input, &fixture.options).unwrap();
        (fixture, draft)
    };
    let (_, told) = draft("1/13/2026 2:05 PM");
    assert!(told.contains("created_at = \"Date\"\n"), "{told}");
    let (fixture, asked) = draft("1/12/2026 2:05:33 PM");
    let blank = "\"?\"  # { column = \"Date\", time = \"day_first\" } or ";
    assert!(asked.contains(blank), "{asked}");
    let lines = fixture.mapped(&asked.replace(blank, "")).lines();
    let read = lines
        .iter()
        .filter(|line| line.contains("\"created_at\":\"2026-01-"));
    assert_eq!(read.count(), 1001, "{asked}");
}

#[test]
fn people_are_joined_by_their_addresses_in_all_rows() {
    let users = "id,name,email\n1,Ann,Ann@e.org\n2,Bo,bo@e.org\n";
    let mut messages = "id,channel,author,text,time\n".to_owned();
    // A guest who comes after the first rows is not listed.
    for id in 1..=300 {
        let author = if id < 300 { "ann@e.org" } else { "guest@e.org" };
        messages.push_str(&format!("{id},g,{author},hi,2026-01-01T00:00:00Z\n"));
    }
    let files = [
        ("users.csv", users.as_bytes()),
        ("messages.csv", messages.as_bytes()),
    ];
    let lines = Fixture::new(&files).lines();
    let has = |parts: [&str; 2]| {
        let mut lines = lines.iter();
        lines.any(|line| parts.iter().all(|part| line.contains(part)))
    };
    assert!(
        has(["\"id\":\"1\",\"channel_id\"", "\"user_id\":\"1\""]),
        "{lines:?}"
    );
    assert!(
        has([
            "\"id\":\"300\",\"channel_id\"",
            "\"user_id\":\"guest@e.org\""
        ]),
        "{lines:?}"
    );
    assert!(has(["mapping.lookup_missed", "guest@e.org"]), "{lines:?}");
}

#[test]
fn presets_are_read_and_written_back() {
    for preset in presets::all() {
        let mapping = preset.mapping().unwrap_or_else(|error| panic!("{error:#}"));
        let again = Mapping::parse(&mapping.to_toml(), preset.name).unwrap();
        assert_eq!(again, mapping, "{}", preset.name);
        // So a draft of the preset calls people as the preset does.
        assert_eq!(mapping.origin.as_deref(), Some(preset.name));
    }
    let names: Vec<_> = presets::all().map(|preset| preset.name).collect();
    assert!(names.is_sorted());
}

#[test]
fn the_template_has_every_field_of_the_model() {
    let template = Preset::by_name(presets::all(), "template")
        .unwrap()
        .mapping()
        .unwrap();
    for section in &template.sections {
        let named: BTreeSet<_> = section.fields.iter().map(|field| field.name).collect();
        let kind = match section.kind {
            SectionKind::Users => migrate_model::Kind::User,
            SectionKind::Channels => migrate_model::Kind::Channel,
            SectionKind::Members => migrate_model::Kind::Member,
            SectionKind::Messages => migrate_model::Kind::Message,
            SectionKind::Reactions => migrate_model::Kind::Reaction,
            SectionKind::Attachments => continue,
        };
        for (name, _) in shape::shapes(&mut Record::from(kind)) {
            assert!(
                named.contains(name) || ["custom", "pin"].contains(&name),
                "{kind:?} {name}"
            );
        }
    }
    assert_eq!(template.sections.len(), SectionKind::ALL.len());
}

/// What a folder of the samples becomes, without anything said about it.
fn sample(folder: &str) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/csv");
    let input = std::path::Path::new(path).join(folder);
    let source = CSV.open(&[input], &Options::default());
    lines(&*source.unwrap_or_else(|error| panic!("{error:#}"))).unwrap()
}

#[test]
fn files_of_discord_chat_exporter_are_recognised() {
    let lines = sample("discord");
    let found = of_type(&lines, "message");
    assert_eq!(found.len(), 5);
    let night = found
        .iter()
        .filter(|line| line.contains(r#""channel_id":"700000000000000001""#));
    assert_eq!(night.count(), 4);
    assert!(
        found
            .iter()
            .any(|line| line.contains("2025-09-23T18:15:48.379Z")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains(r#""reaction_counts":{"👍":2,"telescope":1}"#)),
        "{found:?}"
    );
    let ids: BTreeSet<_> = found.iter().map(|line| line.split('"').nth(5)).collect();
    assert_eq!(ids.len(), 5);
    assert!(lines.iter().any(|line| line.contains(r#""name":"tobin""#)));
}

#[test]
fn older_files_of_discord_chat_exporter_are_recognised() {
    let check = |header: &str, row: &str| {
        let content = format!("{header}\n{row}\n");
        let fixture = Fixture::new(&[("G - C - talk [7].csv", content.as_bytes())]);
        let found = of_type(&fixture.lines(), "message");
        assert_eq!(found.len(), 1, "{header}");
        assert!(found[0].contains(r#""channel_id":"7""#), "{found:?}");
        assert!(
            found[0].contains(r#""created_at":"2020-05-17T02:21:00Z""#),
            "{found:?}"
        );
    };
    check(
        "Author;Date;Content;Attachments;",
        "\"ann#1\";\"17-May-20 02:21 AM\";\"hi\";\"\";",
    );
    check(
        "Author;Date;Content;Attachments;Reactions;",
        "\"ann#1\";\"17-May-20 02:21 AM\";\"hi\";\"\";\"\";",
    );
    check(
        "AuthorID;Author;Date;Content;Attachments;Reactions;",
        "\"3\";\"ann#1\";\"17-May-20 02:21 AM\";\"hi\";\"\";\"\";",
    );
    check(
        "AuthorID,Author,Date,Content,Attachments,Reactions",
        "\"3\",\"ann\",\"5/17/2020 2:21 AM\",\"hi\",\"\",\"\"",
    );
}

#[test]
fn channels_of_rocket_chat_may_have_members_or_none() {
    let files: [(&str, &[u8]); 3] = [
        ("users.csv", b"ann,ann@x,Ann\nbo,bo@x,Bo\n"),
        (
            "channels.csv",
            b"general,ann,public\ndev,bo,private,ann;bo\n",
        ),
        (
            "general/messages.csv",
            b"ann,1767355200000,hi\nbo,1767355200000\n",
        ),
    ];
    let lines = Fixture::new(&files).lines();
    assert_eq!(of_type(&lines, "channel").len(), 2);
    assert_eq!(of_type(&lines, "member").len(), 2);
    let lost = of_type(&lines, "loss");
    let short: Vec<_> = { lost.iter() }
        .filter(|it| it.contains("csv.short_row"))
        .collect();
    assert_eq!(short.len(), 1, "{lost:?}");
    assert!(short[0].contains(r#""detail":"2 of 3 cells","at":"general/messages.csv","record":2"#));
}

#[test]
fn the_import_of_rocket_chat_is_recognised() {
    let lines = sample("rocketchat");
    assert_eq!(of_type(&lines, "user").len(), 3);
    assert_eq!(of_type(&lines, "channel").len(), 1);
    assert_eq!(of_type(&lines, "member").len(), 2, "{lines:?}");
    let found = of_type(&lines, "message");
    assert_eq!(found.len(), 4);
    assert!(
        found
            .iter()
            .any(|line| line.contains(r#""channel_id":"board""#))
    );
    let direct = found
        .iter()
        .filter(|line| line.contains("channel_member_ids"));
    assert_eq!(direct.count(), 2, "{found:?}");
}

const COMPLIANCE: &str = "TeamName,TeamDisplayName,ChannelName,ChannelDisplayName,ChannelType,UserUsername,UserEmail,UserNickname,UserType,PostId,PostCreateAt,PostUpdateAt,PostDeleteAt,PostRootId,PostOriginalId,PostMessage,PostType,PostProps,PostHashtags,PostFileIds\n";

#[test]
fn the_compliance_export_of_mattermost_is_recognised() {
    let content = format!(
        "{COMPLIANCE}\
        sky,Sky,dome,Dome,O,ann,ann@example.org,Ann,user,p1,2026-01-02T03:04:05Z,,,,,'=1+1,,{{}},,[]\n\
        sky,Sky,dome,Dome,O,bo,bo@example.org,,user,p2,2026-01-02T03:05:05Z,,,p1,,joined,system_join_channel,\"{{\"\"a\"\":1}}\",,[]\n\
        sky,Sky,dome,Dome,O,ann,ann@example.org,Ann,user,p3,2026-01-02T03:04:05Z,,2026-01-02T03:06:05Z,,p1,earlier,,{{}},,[]\n"
    );
    let lines = Fixture::new(&[("posts.csv", content.as_bytes())]).lines();
    let found = of_type(&lines, "message");
    assert_eq!(found.len(), 2, "{lines:?}");
    assert!(
        found[0].contains(r#""channel_id":"sky_dome""#) && found[0].contains(r#""text":"=1+1""#),
        "{found:?}"
    );
    assert!(
        found[1].contains(r#""kind":"system""#) && found[1].contains(r#""parent_id":"p1""#),
        "{found:?}"
    );
    assert!(found[1].contains(r#""post_props":{"a":1}"#), "{found:?}");
}

#[test]
fn names_of_mattermost_lose_their_guard_and_channels_stay_apart() {
    let content = format!(
        "{COMPLIANCE}\
        a,'-A,b-c,'-dev,O,'-ann,a@x,'=Ann,user,p1,2026-01-02T12:00:00Z,,,,,'@ann hi,,,,\n\
        a-b,B,c,Dev,P,bo,b@x,,bot,p2,2026-01-02T12:00:01Z,,,,,' + one,,,,\n\
        direct-messages,Direct Messages,u1__u2,,D,bo,b@x,,user,p3,2026-01-02T12:00:02Z,,,,,psst,,,,\n"
    );
    let lines = Fixture::new(&[("posts.csv", content.as_bytes())]).lines();
    let has = |part: &str| {
        assert!(
            lines.iter().any(|it| it.contains(part)),
            "{part} {lines:#?}"
        )
    };
    has(r#""id":"a_b-c","name":"-dev","custom":{"team_name":"a","team_display_name":"-A"}"#);
    has(r#""id":"a-b_c","name":"Dev","custom":{"team_name":"a-b","team_display_name":"B"}"#);
    has(r#""id":"u1__u2","direct":true"#);
    has(r#""id":"-ann","rank":"profile","name":"=Ann""#);
    has(r#""channel_id":"a_b-c","user_id":"-ann","text":"'@ann hi""#);
    has(r#""text":" + one""#);
    assert!(lines.iter().all(|it| !it.contains("bad_")), "{lines:#?}");
}

#[test]
fn the_compliance_export_of_older_servers_is_recognised() {
    let head = COMPLIANCE.replace("PostRootId,", "PostRootId,PostParentId,");
    let content = format!(
        "{head}\
        sky,Sky,dome,Dome,O,ann,a@x,Ann,user,p1,2026-01-02T12:00:00Z,,,,,,one,,{{}},,[]\n\
        sky,Sky,dome,Dome,O,ann,a@x,Ann,user,p2,2026-01-02T12:00:01Z,,,p1,p1,,two,,{{}},,[]\n\
        sky,Sky,dome,Dome,O,ann,a@x,Ann,user,p3,2026-01-02T12:00:01Z,,2026-01-02T12:00:05Z,,,p1,earlier,,{{}},,[]\n"
    );
    let lines = Fixture::new(&[("posts.csv", content.as_bytes())]).lines();
    let found = of_type(&lines, "message");
    assert_eq!(found.len(), 2, "{lines:?}");
    assert!(found[1].contains(r#""parent_id":"p1""#), "{found:?}");
    assert!(!found[1].contains("PostParentId"), "{found:?}");
}

#[test]
fn conversations_of_intercom_are_recognised() {
    let content = "message_id,message_body,message_type,message_created_at,message_author_type,message_author_id,message_author_user_id,message_author_name,message_author_email,message_author_companies,conversation_tags,conversation_id,conversation_state,conversation_created_at,conversation_first_response_at,conversation_closed_at,app_id,app_name\n\
        1,<p>Hi <b>there</b></p>,comment,2017-11-14 21:45:08,user,u1,,Ann,ann@example.org,,,c1,open,2017-11-14 21:45:08,,,a,App\n\
        2,,assignment,2017-11-14 21:46:08,admin,a1,,Bo,bo@example.org,,,c1,open,2017-11-14 21:45:08,,,a,App\n";
    let found = of_type(
        &Fixture::new(&[("x.csv", content.as_bytes())]).lines(),
        "message",
    );
    assert!(found[0].contains(r#""text":"Hi **there**""#), "{found:?}");
    assert!(
        found[0].contains(r#""created_at":"2017-11-14T21:45:08Z""#),
        "{found:?}"
    );
    assert!(found[1].contains(r#""kind":"system""#), "{found:?}");
}

/// Writes down what is told while inputs are opened.
#[derive(Debug, Default)]
struct Watched(std::sync::Mutex<Vec<(&'static str, u64, u64)>>);

impl migrate_model::Watch for Watched {
    fn begin_reading(&self, what: &'static str, bytes: u64) {
        self.0.lock().unwrap().push((what, bytes, 0));
    }

    fn have_read(&self, bytes: u64) {
        self.0.lock().unwrap().last_mut().unwrap().2 += bytes;
    }
}

#[test]
fn many_attachments_wait_in_a_work_file_and_readings_are_told() {
    let mut messages = String::from("id,channel_id,user_id,text,created_at\n");
    let mut files = String::from("message_id,asset_url\n");
    let padding = "x".repeat(150);
    for n in 0..10_000 {
        messages.push_str(&format!("m{n},c,u,hello,2025-01-01T00:00:00Z\n"));
        // The last rows are of messages that are not there.
        files.push_str(&format!("m{},https://a.b/{n}-{padding}\n", n + 5));
    }
    let mut fixture = Fixture::new(&[
        ("messages.csv", messages.as_bytes()),
        ("attachments.csv", files.as_bytes()),
    ]);
    let in_memory = fixture.lines();
    let count = |kind: &str| in_memory.iter().filter(|line| line.contains(kind)).count();
    assert_eq!(count("asset_url"), 9_995);
    assert_eq!(count("csv.stray_attachment"), 5);
    let work = tempfile::tempdir().unwrap();
    let watched = std::sync::Arc::new(Watched::default());
    fixture.options.work_in(work.path().to_path_buf());
    fixture.options.watch_by(watched.clone());
    assert!(fixture.lines() == in_memory);
    assert!(work.path().join("attachments").metadata().unwrap().len() > 1 << 20);
    let told = watched.0.lock().unwrap();
    assert!(told.iter().any(|(what, ..)| *what == "looking at rows"));
    assert!(
        told.iter()
            .any(|(what, ..)| *what == "looking at attachments")
    );
    for (what, bytes, read) in told.iter() {
        assert_eq!(bytes, read, "{what}");
    }
}

#[test]
fn what_was_found_out_is_told() {
    let fixture = Fixture::new(&[
        (
            "general/messages.csv",
            b"id,user,text,time,mood,is_deleted\n1,ann,hi,2026-01-01T00:00:00Z,good,true\n",
        ),
        (
            "random/messages.csv",
            b"id,user,text,time,mood,is_deleted\n2,bo,hi,2026-01-01T00:00:00Z,good,false\n",
        ),
        ("users.csv", b"id,name\nann,Ann\n"),
    ]);
    let source = fixture.open().unwrap();
    let remarks = source.remarks();
    assert_eq!(
        remarks,
        [
            "general/messages.csv and 1 more like it: where `is_deleted` says so, a message is deleted",
            "general/messages.csv and 1 more like it: no column names a channel, so channels are called \
             after folders (`{channel}/*.csv`)",
            "general/messages.csv and 1 more like it: no field names these columns, so they are kept as \
             custom data: `mood`",
        ]
    );
    let messages = of_type(&fixture.lines(), "message");
    let has = |at: usize, part: &str| messages.get(at).is_some_and(|line| line.contains(part));
    assert!(
        has(0, r#""channel_id":"general""#) && has(0, r#""kind":"deleted""#),
        "{messages:?}"
    );
    assert!(
        has(1, r#""channel_id":"random""#) && !has(1, "deleted"),
        "{messages:?}"
    );
}

#[test]
fn errors_say_what_to_do_next() {
    let check = |name: &str, content: &[u8], expected: &[&str]| {
        let error = Fixture::new(&[(name, content)]).error();
        for part in expected {
            assert!(error.contains(part), "{error}");
        }
    };
    check(
        "general.csv",
        b"id,user,text,time\n1,ann,hi,3/4/2026 10:00\n",
        &["what was found out: `created_at`", "migrate csv init"],
    );
    check(
        "empty.csv",
        b"",
        &["with anything in it", "`empty.csv` is none"],
    );
    check(
        "m.csv",
        b"id,text,time\n1,hi,2026-01-01T00:00:00Z\n",
        &[
            "no column is known for `user_id`",
            "no column is known for `channel_id`",
        ],
    );
    let error = Fixture::new(&[("m.csv", b"id\n1\n")])
        .mapped(&MINIMAL.replace("[[messages]]", "[[messages]]\nfiles = \"x-*.csv\""))
        .error();
    assert!(
        error.contains("m.csv; its patterns are `x-*.csv`"),
        "{error}"
    );
}

#[test]
fn files_of_a_preset_keep_it_beside_others() {
    let part = "AuthorID,Author,Date,Content,Attachments,Reactions\n\
                1,ann,2026-01-02T12:00:00Z,same,,\n";
    let files = [
        ("G - C - talk [9].csv", part),
        ("G - C - talk [9] [part 2].csv", part),
        (
            "other.csv",
            "id,room,user,text,time,extra\n7,r,bo,hi,2026-01-02T12:00:00Z,x\n",
        ),
    ];
    let files = files.map(|(name, content)| (name, content.as_bytes()));
    let fixture = Fixture::new(&files);
    let lines = fixture.lines();
    let found = of_type(&lines, "message");
    let count = |part: &str| found.iter().filter(|it| it.contains(part)).count();
    assert_eq!(count(r#""channel_id":"9""#), 2, "{found:#?}");
    assert_eq!(
        count(r#""id":"7","channel_id":"r","user_id":"bo""#),
        1,
        "{found:#?}"
    );
    assert_eq!(count(r#""custom":{"extra":"x"}"#), 1, "{found:#?}");
    let ids: BTreeSet<_> = found.iter().map(|line| line.split('"').nth(5)).collect();
    assert_eq!(ids.len(), 3, "parts are counted together");
    assert_eq!(of_type(&lines, "channel").len(), 1);
    let source = fixture.open().unwrap();
    let told = "2 of 3 files are read by the preset `discord-chat-exporter`";
    assert_eq!(source.remarks()[0], told);
}

#[test]
fn a_title_above_the_header_is_left_out() {
    let table = "id,channel_id,user_id,text,created_at\n1,c,u,x,2026-01-02T12:00:00Z\n";
    let titled = format!("Export of chat\n\n{table}");
    let check = |fixture: Fixture| {
        let lines = fixture.lines();
        let found = of_type(&lines, "message");
        assert_eq!(found.len(), 1, "{lines:?}");
        assert!(
            found[0].contains(r#""at":"a3.csv","record":4"#),
            "{found:?}"
        );
    };
    let seen = Fixture::new(&[("a3.csv", titled.as_bytes())]);
    let remarks = seen.open().unwrap().remarks().join("\n");
    assert!(
        remarks.contains("a3.csv: 2 lines above the header are left out"),
        "{remarks}"
    );
    let one = Fixture::new(&[("a1.csv", format!("Export\n{table}").as_bytes())]);
    let remarks = one.open().unwrap().remarks().join("\n");
    assert!(
        remarks.contains("a1.csv: the line above the header is left out"),
        "{remarks}"
    );
    check(seen);
    check(Fixture::new(&[("a3.csv", titled.as_bytes())]).with("skip-lines", "2"));
    let as_it_is = Fixture::new(&[("a3.csv", titled.as_bytes())]).with("skip-lines", "0");
    let error = as_it_is.error();
    assert!(error.contains("`--skip-lines N`"), "{error}");
    let mapped = "version = 1\n[csv]\nskip_lines = 2\n[[messages]]\nid = \"id\"\n\
                  channel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\n\
                  created_at = \"created_at\"\n";
    check(Fixture::new(&[("a3.csv", titled.as_bytes())]).mapped(mapped));
}

#[test]
fn files_beside_a_preset_need_no_messages() {
    let preset = b"AuthorID,Author,Date,Content,Attachments,Reactions\n\
                   1,ann,2026-01-02T12:00:00Z,hi,,\n";
    let users = ("users.csv", &b"id,name,email\n1,Ann,ann@e.org\n"[..]);
    let sums = ("sums.csv", &b"a,b\n1,2\n"[..]);
    let check = |beside: &[(&str, &[u8])], known: usize, unread: usize| {
        let mut files = vec![("G - talk [9].csv", &preset[..])];
        files.extend(beside);
        let lines = Fixture::new(&files).lines();
        let is_of = |line: &&String, parts: &[&str]| parts.iter().all(|it| line.contains(it));
        let count = |parts: &[&str]| lines.iter().filter(|it| is_of(it, parts)).count();
        let message = [r#""type":"message""#, r#""user_id":"1""#];
        assert_eq!(count(&message), 1, "{lines:#?}");
        let user = [r#""type":"user""#, r#""email":"ann@e.org""#];
        assert_eq!(count(&user), known, "{lines:#?}");
        let left = [r#""kind":"csv.file_not_read""#, r#""at":"sums.csv""#];
        assert_eq!(count(&left), unread, "{lines:#?}");
    };
    check(&[users], 1, 0);
    check(&[sums], 0, 1);
    check(&[users, sums], 1, 1);
}

#[test]
fn a_picture_without_a_name_comes_with_the_id() {
    let fixture = Fixture::new(&[(
        "messages.csv",
        b"id,channel_id,user_id,text,created_at,avatar\n\
          1,c,u,x,2026-01-02T12:00:00Z,https://x.example/u.png\n",
    )]);
    let person = r#"{"type":"person","data":{"id":"u","rank":"label","name":"u","image_url":"https://x.example/u.png","seen_at":"2026-01-02T12:00:00Z"}}"#;
    let lines = fixture.lines();
    assert!(lines.iter().any(|line| line == person), "{lines:#?}");
}
