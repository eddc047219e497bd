//! What is found out about tables: `cases.txt` has tables and what they are taken for.
//!
//! `MIGRATE_BLESS=1 cargo test -p migrate-mapping detect` writes what is found out into the file.

use super::*;
use crate::plan_tests::read_with;

/// A table as a case has it.
struct Given {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The tables that stand before `=>`: names of files, and indented rows, the columns first.
fn given(lines: &[&str]) -> Vec<Given> {
    let mut tables: Vec<Given> = Vec::new();
    for line in lines {
        let Some(row) = line.strip_prefix("  ") else {
            tables.push(Given {
                name: (*line).to_owned(),
                columns: Vec::new(),
                rows: Vec::new(),
            });
            continue;
        };
        // Cells with commas stand in tables with bars.
        let is_barred = lines
            .iter()
            .any(|line| line.starts_with("  ") && line.contains('|'));
        let between = if is_barred { '|' } else { ',' };
        let cells: Vec<String> = row.split(between).map(str::to_owned).collect();
        let table = tables.last_mut().expect("a file before its rows");
        match table.columns.is_empty() {
            true => table.columns = cells,
            false => table.rows.push(cells),
        }
    }
    tables
}

/// Each section of a mapping in one line.
fn sections(mapping: &Mapping) -> Vec<String> {
    let toml = mapping.to_toml();
    let mut lines: Vec<String> = Vec::new();
    let kept = toml
        .lines()
        .filter(|it| !it.is_empty() && !it.starts_with('#'));
    for line in kept.skip_while(|line| !line.starts_with("[[")) {
        match lines.last_mut().filter(|_| !line.starts_with("[[")) {
            Some(last) => last.extend([" | ", line]),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// What is found out about tables, and what is wrong with what was found out.
fn found(given: &[Given]) -> Vec<String> {
    let tables = given.iter().map(|it| Table {
        name: &it.name,
        columns: &it.columns,
        rows: &it.rows,
    });
    let tables: Vec<Table<'_>> = tables.collect();
    let draft = draft(&tables, |_| {}, |_| true);
    let read = Mapping::parse(&draft, "draft");
    match detect(&tables, "init") {
        Ok(mapping) => {
            assert_eq!(read.unwrap_or_else(|it| panic!("{it}\n{draft}")), mapping);
            let remarks = mapping.remarks.0.iter().map(|it| format!("note: {it}"));
            sections(&mapping).into_iter().chain(remarks).collect()
        }
        Err(error) => {
            let guess = Guess::of(&tables, SourceKind::Csv, Doubts::Leave);
            let faults = guess.faults.iter().map(|fault| fault.text.clone());
            let faults: Vec<String> = faults.collect();
            let error = error.to_string();
            assert!(error.starts_with(&faults.join("\n")), "{error}");
            assert!(draft.starts_with("# mend this: "), "{draft}");
            // A draft can be read, and what is to be filled in is an error where it is used.
            if let Ok(read) = read {
                let asks = guess.faults.iter().any(|fault| fault.field.is_some());
                let has_blank = |line: &str| line.contains(" = \"?\"") && !line.starts_with('#');
                assert_eq!(draft.lines().any(has_blank), asks, "{draft}");
                assert_eq!(asks, !binds(&read, given), "{draft}");
            } else {
                assert!(guess.mapping.sections.is_empty(), "{draft}");
            }
            faults.iter().map(|it| format!("error: {it}")).collect()
        }
    }
}

/// Whether all sections that read a table find their columns in it.
fn binds(mapping: &Mapping, given: &[Given]) -> bool {
    given.iter().all(|table| {
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let sections = mapping.sections_of(&table.name).into_iter();
        let mut plans = sections.map(|(section, path)| mapping.bind(section, &columns, &path));
        plans.all(|plan| {
            if let Err(error) = &plan {
                assert!(
                    error.to_string().contains("`?` is to be replaced"),
                    "{error}"
                );
            }
            plan.is_ok()
        })
    })
}

#[test]
fn tables_are_taken_for_what_they_are() {
    let cases = include_str!("cases.txt");
    let (about, cases) = cases.split_once("\n\n").expect("what the file is");
    let mut blessed = vec![about.to_owned()];
    for case in cases.trim_end().split("\n\n") {
        let lines: Vec<&str> = case.lines().collect();
        let [title, lines @ ..] = lines.as_slice() else {
            panic!("an empty case");
        };
        let arrow = lines.iter().position(|line| *line == "=>");
        let given = given(&lines[..arrow.expect("an arrow")]);
        let found = found(&given);
        let kept = lines[..=arrow.unwrap()].iter().map(|it| (*it).to_owned());
        let kept = std::iter::once((*title).to_owned()).chain(kept);
        blessed.push(kept.chain(found).collect::<Vec<_>>().join("\n"));
    }
    let blessed = blessed.join("\n\n") + "\n";
    if std::env::var_os("MIGRATE_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/detect/cases.txt");
        std::fs::write(path, blessed).unwrap();
        return;
    }
    for (found, expected) in blessed
        .split("\n\n")
        .zip(include_str!("cases.txt").split("\n\n"))
    {
        assert_eq!(found.trim_end(), expected.trim_end());
    }
}

#[test]
fn an_error_shows_what_every_column_was_taken_for() {
    let given = given(&[
        "messages.csv",
        "  id,room,who,text,created_at_ms,sent_at,timestamp",
    ]);
    let tables = [Table {
        name: &given[0].name,
        columns: &given[0].columns,
        rows: &[],
    }];
    let error = detect(&tables, "migrate csv init m.csv > map.toml").unwrap_err();
    assert_eq!(
        error.to_string(),
        "messages.csv: `created_at` may be any of the columns `sent_at`, `timestamp`
messages.csv: no column is known for `user_id`
messages.csv, read as messages:
  id                       id
  room                     channel_id
  who                      custom data
  text                     text
  created_at_ms            custom data
  sent_at                  created_at ?
  timestamp                created_at ?
write a draft of a mapping by `migrate csv init m.csv > map.toml`, mend it, and give it by `--mapping map.toml`"
    );
}

#[test]
fn a_draft_has_a_blank_for_what_nobody_can_tell() {
    let given = given(&["x.csv", "  id,room,who,text,sent_at,timestamp"]);
    let tables = [Table {
        name: &given[0].name,
        columns: &given[0].columns,
        rows: &[],
    }];
    let change = |mapping: &mut Mapping| mapping.id_prefix = "x-".to_owned();
    let draft = draft(&tables, change, |_| true);
    assert_eq!(
        draft,
        "# mend this: x.csv: `created_at` may be any of the columns `sent_at`, `timestamp`
# mend this: x.csv: no column is known for `user_id`

version = 1
# stands before every id
id_prefix = \"x-\"
# the zone of times that name none; without this they count as UTC
# timezone = \"Europe/Berlin\"
# columns that no field names: custom, ignore or error
unknown_columns = \"custom\"
# whether ids of messages are unique everywhere: auto, global or channel
message_ids = \"auto\"

# one message a row
[[messages]]
id = \"id\"
channel_id = \"room\"
user_id = \"?\"  # perhaps `who`
text = \"text\"
created_at = \"?\"  # one of `sent_at`, `timestamp`

# `x.csv` has the columns `id`, `room`, `who`, `text`, `sent_at`, `timestamp`
"
    );
}

#[test]
fn a_draft_asks_for_days_that_no_row_tells() {
    let check = |rows: &[&str], is_told: bool, expected: &str| {
        let columns = owned(&["id", "room", "user", "text", "Date", "Time"]);
        let rows = rows
            .iter()
            .map(|row| owned(&row.split(',').collect::<Vec<_>>()));
        let rows: Vec<_> = rows.collect();
        let tables = [Table {
            name: "x.csv",
            columns: &columns,
            rows: &rows,
        }];
        let text = draft(&tables, |_| {}, |_| is_told);
        let line = text.lines().find(|line| line.starts_with("created_at"));
        assert_eq!(line, Some(expected));
        assert_eq!(
            text.starts_with("# mend this: "),
            expected.contains('?'),
            "{text}"
        );
    };
    let told = "created_at = { template = \"{Date} {Time}\" }";
    let asked = "created_at = \"?\"  # { template = \"{Date} {Time}\", time = \"day_first\" } or \
                 { template = \"{Date} {Time}\", time = \"month_first\" }";
    check(&["1,r,ann,hi,1/2/2026,2:05 PM"], false, asked);
    check(&["1,r,ann,hi,1/2/2026,2:05 PM"], true, told);
    check(&["1,r,ann,hi,1/13/2026,2:05 PM"], false, told);
    check(&["1,r,ann,hi,2026-01-02,2:05 PM"], false, told);
}

fn owned(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn tables_of_a_database_are_told_apart() {
    let all = [
        ("boosts", "id,message_id,booster_id,content"),
        ("messages", "id,room_id,creator_id,body,created_at"),
        ("rooms", "id,name,created_at"),
        ("schema_migrations", "version"),
        ("users", "id,name,passwordDigest,bot_token,tokenized,bio"),
    ];
    let columns: Vec<Vec<String>> = all
        .iter()
        .map(|(_, it)| owned(&it.split(',').collect::<Vec<_>>()))
        .collect();
    let tables = all.iter().zip(&columns);
    let tables: Vec<Table<'_>> = tables
        .map(|((name, _), columns)| Table {
            name,
            columns,
            rows: &[],
        })
        .collect();
    let mapping = detect_in_database(&tables, "init").unwrap();
    let inputs = mapping.sections.iter().map(|it| match &it.input {
        Input::Table(name) => format!("{} {name}", it.kind.name()),
        other => format!("{} {other:?}", it.kind.name()),
    });
    assert_eq!(
        inputs.collect::<Vec<_>>(),
        ["users users", "channels rooms", "messages messages"]
    );
    let secrets = [
        ("passwordDigest".to_owned(), None),
        ("bot_token".to_owned(), None),
    ];
    assert_eq!(mapping.sections[0].custom, secrets);
    let toml = mapping.to_toml();
    let draft = draft_of_database(&tables, |_| {});
    assert_eq!(
        draft,
        toml + "\n# not read: `boosts`, `schema_migrations`\n"
    );
    assert_eq!(Mapping::parse(&draft, "draft").unwrap(), mapping);
}

#[test]
fn tables_that_are_called_after_another_are_no_rivals() {
    let all = [
        ("message_edits", "message_id,text,created_at"),
        ("messages", "id,room_id,user_id,text,created_at"),
        ("rooms", "id,name"),
        ("room_settings", "id,name"),
        ("user_sessions", "id,ip"),
        ("users", "id,name"),
    ];
    let columns = all.map(|(_, it)| owned(&it.split(',').collect::<Vec<_>>()));
    let tables = all.iter().zip(&columns).map(|((name, _), columns)| Table {
        name,
        columns,
        rows: &[],
    });
    let tables: Vec<Table<'_>> = tables.collect();
    let mapping = detect_in_database(&tables, "init").unwrap_or_else(|error| panic!("{error}"));
    let inputs = mapping.sections.iter().map(|it| match &it.input {
        Input::Table(name) => name.as_str(),
        _ => "",
    });
    assert_eq!(inputs.collect::<Vec<_>>(), ["users", "rooms", "messages"]);
}

#[test]
fn two_tables_that_look_alike_are_told() {
    let columns = owned(&["id", "room_id", "user_id", "body", "created_at"]);
    let tables = ["messages", "messages_old"].map(|name| Table {
        name,
        columns: &columns,
        rows: &[],
    });
    let error = detect_in_database(&tables, "init").unwrap_err().to_string();
    assert!(
        error.starts_with("the tables `messages`, `messages_old` look like messages alike;"),
        "{error}"
    );
    let draft = draft_of_database(&tables, |_| {});
    assert!(draft.starts_with("# mend this: the tables"), "{draft}");
}

#[test]
fn a_detected_mapping_reads_rows() {
    let columns = owned(&["id", "room", "user", "message", "date", "mood", "deleted"]);
    let rows = ["1", "r", "ann", "hi", "13/02/2026 10:00", "good", "0"];
    let rows = [owned(&rows)];
    let tables = [Table {
        name: "m.csv",
        columns: &columns,
        rows: &rows,
    }];
    let mapping = detect(&tables, "init").unwrap();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let row = &["1", "r", "ann", "hi", "13/02/2026 10:00", "good", "F"][..];
    let gone = &["2", "r", "ann", "hi", "13/02/2026 10:00", "", "True"][..];
    assert_eq!(
        read_with(&mapping, &columns, &[row, gone]),
        "0 Field message mapping.zone_assumed x2 \n1 message id=\"1\" channel=Id(\"r\") user_id=\"ann\" text=\"hi\" created_at=Some(Time(1770976800000000)) custom=Custom([(\"mood\", Text(\"good\"))])\n2 message id=\"2\" channel=Id(\"r\") user_id=\"ann\" text=\"hi\" kind=Deleted created_at=Some(Time(1770976800000000))\n"
    );
}
