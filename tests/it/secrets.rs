//! What nobody is told: secrets that are planted in every input stand in no report, no preview, no
//! error and nothing that is said, however a run goes. What is said is looked at in `program`, whatever
//! test it is that runs.

use crate::{
    program::{Place, assert_discreet, is_told},
    zips::{SAMPLE, pack, unpack},
};

const TOKEN: &str = "xoxe-12345-PLANTEDTOKEN";
const ADDRESS: &str = "planted.person@secret.example";
const NUMBER: &str = "+49 170 5550199";

/// Runs the program in every way, and looks at all that it says and writes but the import files,
/// which hold what people wrote.
fn check(place: &Place, command: &str) {
    let before = place.names();
    for way in [
        "--dry-run --sample 9 --preview dry.html --report dry-report.json",
        "--dry-run --output-format json",
        "-o out.json --preview page.html --report report.json",
        "-o strict.json --strict",
        "-o out.jsonl --user-map users.map -q",
    ] {
        place.run(&format!("{command} {way}"));
    }
    // What these hold is looked at when the place is left.
    let mut told = place.names();
    told.retain(|name| !before.contains(name) && is_told(&place.read(name)));
    let all = ["dry-report.json", "dry.html", "page.html", "report.json"];
    assert_eq!(told, all, "{command}");
}

fn place(files: &[(&str, &str)]) -> Place {
    let place = Place::new();
    for (name, contents) in files {
        place.put(name, contents.as_bytes());
    }
    let map = format!("source,id\n{ADDRESS},ann\nnobody-{ADDRESS},\n");
    place.put("users.map", map.as_bytes());
    place
}

/// Something of every kind that is told of a record with its detail.
fn lines() -> Vec<String> {
    [
        r#"{"type":"user","data":{"id":"SECRET","name":"SECRET","custom":{"phone":"NUMBER"}}}"#,
        r#"{"type":"user","data":{"id":"SECRET","name":"again"}}"#,
        r#"{"type":"channel","data":{"id":"c","name":"SECRET"}}"#,
        r#"{"type":"message","data":{"id":"SECRET","channel_id":"c","user_id":"SECRET","text":"SECRET TOKEN","created_at":"2024-01-01T00:00:00Z","custom":{"text":"SECRET"}}}"#,
        r#"{"type":"message","data":{"id":"SECRET","channel_id":"c","user_id":"SECRET","text":"TOKEN","created_at":"2024-01-01T00:00:00Z"}}"#,
        r#"{"type":"message","data":{"id":"TOKEN NUMBER","channel_id":"SECRET NUMBER","user_id":"x","text":"a"}}"#,
        r#"{"type":"reaction","data":{"message_id":"TOKEN","user_id":"SECRET","reaction_type":"TOKEN"}}"#,
    ]
    .iter()
    .map(|line| {
        let line = line.replace("SECRET", ADDRESS).replace("TOKEN", TOKEN);
        line.replace("NUMBER", NUMBER)
    })
    .collect()
}

#[test]
fn lines_of_json_keep_their_secrets() {
    let lines = lines();
    let place = place(&[("in.jsonl", &lines.join("\n"))]);
    check(&place, "jsonl in.jsonl --bare");
    // What is wrong with a line is told with its beginning.
    for line in &lines {
        for broken in [
            line.replacen("\"data\"", "\"date\"", 1),
            line[..line.len() - 3].to_owned(),
        ] {
            place.put("broken.jsonl", broken.as_bytes());
            let outcome = place.run("jsonl broken.jsonl --bare --dry-run");
            assert_eq!(outcome.code, 2);
        }
    }
}

#[test]
fn a_slack_export_keeps_its_secrets() {
    let mut files = unpack(SAMPLE);
    let message = format!(
        r#"[{{"type":"message","user":"U05MAREN01","ts":"1714500000.000100","text":"{ADDRESS} {TOKEN} <mailto:{ADDRESS}>","user_profile":{{"real_name":"x","email":"{ADDRESS}","phone":"{NUMBER}"}},"files":[{{"id":"F1","name":"{TOKEN}.txt","url_private":"https://files.slack.com/files-pri/T1-F1/x.txt?t={TOKEN}","mimetype":"text/plain"}}]}},{{"type":"message","text":"{ADDRESS}"}},{{"ts":"{TOKEN}"}},"{TOKEN}",{{"type":"message","user":"{ADDRESS}","ts":"1714500001.000100","text":5,"subtype":"{TOKEN}"}}]"#
    );
    files.push(("general/2024-05-01.json".to_owned(), message.into_bytes()));
    for (name, bytes) in &mut files {
        if name == "users.json" {
            let text = String::from_utf8(bytes.clone()).expect("text");
            let user = format!(
                r#"[{{"id":"U0PLANTED","name":"p","profile":{{"real_name":"P","email":"{ADDRESS}","phone":"{NUMBER}"}}}},"#
            );
            *bytes = text.replacen('[', &user, 1).into_bytes();
        }
    }
    for options in ["", "--include-profile title"] {
        let place = place(&[]);
        place.put("in.zip", &pack(&files));
        check(&place, &format!("slack in.zip {options}"));
    }
}

#[test]
fn tables_keep_their_secrets() {
    let rows = format!(
        "id,channel,author,text,created_at,phone\n1,general,{ADDRESS},{TOKEN},2024-01-01T00:00:00Z,{NUMBER}\n\
         2,general,{ADDRESS},hi {ADDRESS},{ADDRESS} {TOKEN} {NUMBER},\n2,general,{TOKEN},other,2024-01-01T00:00:01Z,{NUMBER}\n"
    );
    let table = place(&[("in.csv", &rows)]);
    check(&table, "csv in.csv");
    for broken in [
        rows.replace("2024-01-01", ADDRESS),
        format!("{ADDRESS},{TOKEN}\n{NUMBER},x\n"),
    ] {
        table.put("broken.csv", broken.as_bytes());
        table.run("csv broken.csv --dry-run");
    }
    let dump = format!(
        "CREATE TABLE messages (id TEXT, channel TEXT, author TEXT, text TEXT, created_at TEXT);\n\
         INSERT INTO messages VALUES ('1','general','{ADDRESS}','{TOKEN}','2024-01-01T00:00:00Z');\n\
         INSERT INTO messages VALUES ('2','general','{ADDRESS}','{TOKEN}','{ADDRESS} {NUMBER}');\n\
         INSERT INTO nowhere VALUES ('{ADDRESS} {TOKEN} {NUMBER}');\n"
    );
    let database = place(&[("in.sql", &dump)]);
    check(&database, "sqlite in.sql");
}

#[test]
fn the_wrong_command_line_keeps_its_secrets() {
    let place = Place::with("in.zip", SAMPLE);
    let map = format!("source,id\n{ADDRESS},ann\n{ADDRESS},bob\n");
    place.put("users.csv", map.as_bytes());
    let outcome = place.run("slack in.zip -o out.json --user-map users.csv");
    assert_eq!(outcome.code, 2);
    let unused = format!("source,id\n{ADDRESS},ann\n");
    place.put("users.csv", unused.as_bytes());
    let outcome = place
        .run("slack in.zip -o out.json --user-map users.csv --report report.json --id-map ids.csv");
    assert_eq!(outcome.code, 0);
    let report = String::from_utf8(place.read("report.json")).expect("text");
    assert_discreet("a report", &report);
}
