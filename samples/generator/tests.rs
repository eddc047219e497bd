//! What every generated export promises: these tests run with the integration tests, which make
//! their larger inputs with this generator.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Cursor, Read},
    path::Path,
};

use libdeflater::Decompressor;
use serde_json::Value;

use super::{Archive, Slack, Table, VERSION, Written, database, slack, table};

/// All files of an export by name, and what the generator says of it.
fn export(options: &Slack) -> (BTreeMap<String, Value>, Written) {
    let mut bytes = Vec::new();
    let written = slack(options, &mut bytes, &mut |_| {}).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index_raw(index).unwrap();
        let name = String::from_utf8(entry.name_raw().to_vec()).unwrap();
        if name.ends_with('/') {
            continue;
        }
        let mut packed = Vec::new();
        entry.read_to_end(&mut packed).unwrap();
        let mut content = vec![0; entry.size() as usize];
        if entry.compressed_size() == entry.size() {
            content = packed;
        } else {
            Decompressor::new()
                .deflate_decompress(&packed, &mut content)
                .unwrap();
        }
        assert_eq!(libdeflater::crc32(&content), entry.crc32(), "{name}");
        assert!(
            files
                .insert(name, serde_json::from_slice(&content).unwrap())
                .is_none()
        );
    }
    (files, written)
}

/// The messages of an export, each with its folder.
fn messages(files: &BTreeMap<String, Value>) -> Vec<(&str, &Value)> {
    files
        .iter()
        .filter_map(|(name, content)| Some((name.split_once('/')?.0, content)))
        .flat_map(|(folder, content)| {
            content
                .as_array()
                .unwrap()
                .iter()
                .map(move |it| (folder, it))
        })
        .collect()
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let options = Slack {
        strangers_percent: 10,
        ..Slack::new(700)
    };
    let mut first = Vec::new();
    slack(&options, &mut first, &mut |_| {}).unwrap();
    let mut second = Vec::new();
    slack(&options, &mut second, &mut |_| {}).unwrap();
    assert!(first == second);
    // These change only with the generator, and then its version does; another machine must get
    // the same.
    assert_eq!(
        (VERSION, first.len(), libdeflater::crc32(&first)),
        (1, 227_336, 418_423_958)
    );
}

#[test]
fn an_export_has_as_many_messages_and_day_files_as_were_asked_for() {
    for count in [0, 1, 7, 100, 2_000] {
        for channels in [1, 3, 4, 12, 40] {
            let options = Slack::new(count).with_channels(channels);
            let (files, written) = export(&options);
            assert_eq!(messages(&files).len() as u64, count, "{options:?}");
            let day_files = files.keys().filter(|name| name.contains('/')).count() as u64;
            assert_eq!(day_files, options.day_files, "{options:?}");
            assert_eq!((written.messages, written.day_files), (count, day_files));
        }
    }
}

#[test]
fn a_quarter_of_the_messages_can_stand_in_the_same_files() {
    let large = Slack::new(8_000);
    let small = Slack {
        messages: 2_000,
        ..large.clone()
    };
    let day_files = Slack::new(2_000).with_channels(large.channels).day_files;
    let names = |options: Slack| -> Vec<String> {
        export(&Slack {
            day_files,
            ..options
        })
        .0
        .into_keys()
        .collect()
    };
    assert_eq!(names(large), names(small));
}

#[test]
fn inputs_are_about_as_large_as_was_asked_for() {
    let size = 3_000_000;
    let (files, export) = export(&Slack::of_bytes(size));
    let folders = files.keys().filter_map(|name| name.split_once('/'));
    let folders: BTreeSet<&str> = folders.map(|(folder, _)| folder).collect();
    // The folder of the quiet conversation holds nothing.
    let entries = files.len() + folders.len() + 1;
    assert_eq!(entries as u64, Slack::of_bytes(size).entries());
    let table = table(&Table::of_bytes(size), Vec::new()).unwrap();
    for bytes in [export.json_bytes, table] {
        assert!(bytes.abs_diff(size) < size / 10, "{bytes}");
    }
}

#[test]
fn the_largest_conversation_can_be_asked_for_and_the_others_are_even() {
    let options = Slack {
        largest: Some(300),
        day_files: 150,
        channels: 20,
        ..Slack::new(1_000)
    };
    let (files, written) = export(&options);
    assert_eq!((written.messages, written.day_files), (1_000, 150));
    let mut counts = BTreeMap::new();
    for (folder, _) in messages(&files) {
        *counts.entry(folder).or_insert(0) += 1;
    }
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts.pop(), Some(300));
    assert_eq!(counts.len(), 18);
    assert!(counts.iter().all(|count| [38, 39].contains(count)));
    assert!(
        Slack {
            largest: Some(30),
            ..options
        }
        .largest_channel()
        .is_err()
    );
}

#[test]
fn no_two_messages_of_a_conversation_have_the_same_time() {
    let (files, _) = export(&Slack::new(5_000));
    let mut seen = BTreeSet::new();
    for (folder, message) in messages(&files) {
        assert!(
            seen.insert((folder, message["ts"].as_str().unwrap())),
            "{message}"
        );
    }
}

#[test]
fn strangers_are_not_listed_and_some_are_mentioned_before_their_profile_appears() {
    let options = Slack {
        strangers_percent: 20,
        users: 30,
        ..Slack::new(20_000)
    };
    let (files, _) = export(&options);
    let listed = files["users.json"].as_array().unwrap();
    assert_eq!(listed.len(), 24);
    let listed: BTreeSet<&str> = listed.iter().map(|it| it["id"].as_str().unwrap()).collect();
    let mut mentioned_at = BTreeMap::new();
    let mut profiled_at = BTreeMap::new();
    let mut silent = BTreeSet::new();
    for (_, message) in messages(&files) {
        let (at, text) = (
            message["ts"].as_str().unwrap(),
            message["text"].as_str().unwrap(),
        );
        for label in text
            .split("<@")
            .skip(1)
            .filter_map(|rest| rest.split_once('>'))
        {
            if let Some((id, _)) = label.0.split_once('|') {
                let first = mentioned_at.entry(id.to_owned()).or_insert(at);
                *first = at.min(first);
            }
        }
        match message["user"].as_str() {
            Some(user) if !listed.contains(user) && user != "USLACKBOT" => {
                if message.get("user_profile").is_some() {
                    let first = profiled_at.entry(user.to_owned()).or_insert(at);
                    *first = at.min(first);
                } else {
                    silent.insert(user.to_owned());
                }
            }
            _ => {}
        }
    }
    assert!(
        mentioned_at
            .iter()
            .any(|(id, at)| profiled_at.get(id).is_some_and(|it| it > at))
    );
    assert!(profiled_at.keys().any(|id| !mentioned_at.contains_key(id)));
    assert!(
        silent
            .iter()
            .any(|id| { !profiled_at.contains_key(id) && !mentioned_at.contains_key(id) })
    );
}

#[test]
fn the_sample_zip_is_made_from_the_sample_folder() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let folder = samples.join("slack");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.push(format!("{name}/"));
            for file in fs::read_dir(entry.path()).unwrap() {
                let file = file.unwrap().file_name().into_string().unwrap();
                names.push(format!("{name}/{file}"));
            }
        } else {
            names.push(name);
        }
    }
    names.retain(|name| !name.starts_with('.') && !name.contains("/."));
    names.sort_unstable();
    let mut archive = Archive::new(Vec::new());
    for name in &names {
        match name.strip_suffix('/') {
            Some(name) => archive.folder(name).unwrap(),
            None => archive
                .file(name, &fs::read(folder.join(name)).unwrap())
                .unwrap(),
        }
    }
    let made = archive.finish().unwrap();
    let kept = fs::read(samples.join("slack-export.zip")).unwrap();
    assert!(made == kept, "run `generate zip` as samples/README.md says");
}

#[test]
fn a_table_has_the_same_rows_in_any_order() {
    for messages in [1, 7, 1_000] {
        let rows = |is_shuffled| {
            let mut bytes = Vec::new();
            let options = Table {
                channels: 10,
                is_shuffled,
                ..Table::new(messages)
            };
            let written = table(&options, &mut bytes).unwrap();
            assert_eq!(written, bytes.len() as u64);
            let rows = csv::Reader::from_reader(bytes.as_slice()).into_records();
            rows.map(|row| row.unwrap()).collect::<Vec<_>>()
        };
        let (mut ordered, mut shuffled) = (rows(false), rows(true));
        assert_eq!(ordered.len() as u64, messages);
        assert!(messages < 1_000 || ordered != shuffled);
        let key = |row: &csv::StringRecord| row.as_slice().to_owned();
        ordered.sort_by_key(key);
        shuffled.sort_by_key(key);
        assert_eq!(ordered, shuffled);
    }
}

#[test]
fn a_database_has_the_rows_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.db");
    let mut options = Table::new(300);
    options.channels = 7;
    options.is_shuffled = true;
    database(&options, &path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mut rows = connection.prepare("SELECT * FROM messages").unwrap();
    let rows = rows.query_map([], |row| {
        let cells = (0..7).map(|column| row.get::<_, Option<String>>(column));
        let cells = cells.map(|cell| cell.map(Option::unwrap_or_default));
        cells.collect::<rusqlite::Result<Vec<String>>>()
    });
    let rows: Vec<Vec<String>> = rows.unwrap().map(Result::unwrap).collect();
    let mut bytes = Vec::new();
    table(&options, &mut bytes).unwrap();
    let written = csv::Reader::from_reader(bytes.as_slice()).into_records();
    let written = written.map(|row| row.unwrap().iter().map(str::to_owned).collect());
    assert_eq!(rows, written.collect::<Vec<Vec<String>>>());
}
