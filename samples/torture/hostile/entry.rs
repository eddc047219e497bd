//! The ways into the program for bytes from outside: what of a run the bytes are, and what stands
//! around them. The targets of `fuzz/` are made from the same list.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A way in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its name, which is that of its fuzz target and of its folder of seeds.
    pub(crate) name: &'static str,
    /// What the bytes are.
    lay: Lay,
    /// The command and its inputs.
    pub(crate) args: &'static str,
    /// What the run writes.
    pub(crate) writes: Writes,
    /// How the bytes are changed.
    pub(crate) form: Form,
    /// Files of `samples/` that are bytes for it too.
    pub(crate) samples: &'static [&'static str],
}

/// What a run leaves when it ends well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// Parts and a report, from records.
    Records,
    /// Parts, from an import file.
    Parts,
    /// A page.
    Page,
    /// Nothing.
    Nothing,
}

/// What the bytes of a way in look like, so that they can be changed in places that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A zip of JSON.
    Zip,
    /// JSON, one value or one a line.
    Json,
    /// Several files in one, as [`unfold`] takes them apart.
    Files,
    /// Text with cells, or words.
    Text,
    /// Anything else.
    Bytes,
}

/// Where the bytes go.
#[derive(Clone, Copy, Debug)]
enum Lay {
    /// A file of this name.
    File(&'static str),
    /// Several files in the folder `in`.
    Folder,
    /// The day file of a small Slack export.
    Day,
    /// The text of a message in one.
    Text,
    /// The text of a message in a table, as HTML.
    Html,
    /// The mapping file of a small table.
    Mapping,
    /// The user map of a few records.
    UserMap,
}

const fn entry(name: &'static str, lay: Lay, args: &'static str, form: Form) -> Entry {
    Entry {
        name,
        lay,
        args,
        writes: Writes::Records,
        form,
        samples: &[],
    }
}

/// All ways in.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry {
        samples: &["slack-export.zip"],
        ..entry("slack_zip", Lay::File("in.zip"), "slack in.zip", Form::Zip)
    },
    entry("slack_folder", Lay::Folder, "slack in", Form::Files),
    Entry {
        samples: &[
            "slack/general/2024-03-04.json",
            "slack/general/2024-03-07.json",
            "slack/telescopes/2024-03-05.json",
            "slack/telescopes/2024-03-06.json",
        ],
        ..entry("slack_messages", Lay::Day, "slack in", Form::Json)
    },
    entry("mrkdwn", Lay::Text, "slack in --max-text 100", Form::Text),
    Entry {
        samples: &["csv/messages.csv", "csv/users.csv", "csv/office/chat.csv"],
        ..entry(
            "csv",
            Lay::File("messages.csv"),
            "csv messages.csv",
            Form::Text,
        )
    },
    entry(
        "csv_mapped",
        Lay::Folder,
        "csv in/chat.csv --mapping in/chat.toml",
        Form::Files,
    ),
    entry(
        "mapping",
        Lay::Mapping,
        "csv chat.csv --mapping chat.toml",
        Form::Text,
    ),
    entry(
        "html",
        Lay::Html,
        "csv chat.csv --mapping chat.toml --max-text 100",
        Form::Text,
    ),
    Entry {
        samples: &[
            "sqlite/chat.sql",
            "sqlite/campfire.sql",
            "sqlite/discord-history-tracker.sql",
            "sqlite/imessage.sql",
            "sqlite/slackdump.sql",
            "sqlite/synapse.sql",
            "sqlite/whatsapp.sql",
        ],
        ..entry("sql_dump", Lay::File("in.sql"), "sqlite in.sql", Form::Text)
    },
    entry("sqlite", Lay::File("in.db"), "sqlite in.db", Form::Bytes),
    entry(
        "sqlite_mapped",
        Lay::Folder,
        "sqlite in/chat.sql in/staff.csv --mapping in/chat.toml",
        Form::Files,
    ),
    Entry {
        samples: &["jsonl/workspace.jsonl"],
        ..entry("jsonl", Lay::File("in.jsonl"), "jsonl in.jsonl", Form::Json)
    },
    Entry {
        samples: &["user-map.csv"],
        ..entry(
            "user_map",
            Lay::UserMap,
            "jsonl in.jsonl --user-map map.csv",
            Form::Text,
        )
    },
    Entry {
        writes: Writes::Nothing,
        samples: &["broken.json"],
        ..entry(
            "validate",
            Lay::File("in.json"),
            "validate in.json",
            Form::Json,
        )
    },
    Entry {
        writes: Writes::Nothing,
        ..entry(
            "validate_lines",
            Lay::File("in.jsonl"),
            "validate in.jsonl",
            Form::Json,
        )
    },
    Entry {
        writes: Writes::Parts,
        ..entry(
            "split",
            Lay::File("in.json"),
            "split in.json --max-part-size 1kB",
            Form::Json,
        )
    },
    Entry {
        writes: Writes::Page,
        ..entry(
            "preview",
            Lay::File("in.json"),
            "preview in.json",
            Form::Json,
        )
    },
];

impl Entry {
    /// Bytes to begin with: the files in the folder of its name in `fuzz/seeds`, in the order of their
    /// names, and `samples`. `root` is a checkout of the project.
    pub(crate) fn seeds(&self, root: &Path) -> Vec<Vec<u8>> {
        let folder = root.join("fuzz/seeds").join(self.name);
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|it| it.path()).collect();
        paths.sort_unstable();
        paths.extend(self.samples.iter().map(|it| root.join("samples").join(it)));
        let read = |path: &PathBuf| fs::read(path).expect("a seed can be read");
        paths.iter().map(read).collect()
    }

    /// The files of a run with these bytes: names below the folder of the run, and contents.
    pub(crate) fn files(&self, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let file = |name: &str, text: String| (name.to_owned(), text.into_bytes());
        let given = |name: &str| (name.to_owned(), bytes.to_vec());
        let text = || String::from_utf8_lossy(bytes);
        match self.lay {
            Lay::File(name) => vec![given(name)],
            Lay::Folder => unfold(bytes),
            Lay::Day => export(bytes.to_vec()),
            Lay::Text => {
                let text = serde_json::Value::from(text().into_owned());
                export(DAY.replace("TEXT", &text.to_string()).into_bytes())
            }
            Lay::Html => {
                let cell = text().replace('"', "\"\"");
                vec![
                    file("chat.csv", TABLE.replace("TEXT", &cell)),
                    file("chat.toml", MAPPING.to_owned()),
                ]
            }
            Lay::Mapping => vec![file("chat.csv", TABLE.to_owned()), given("chat.toml")],
            Lay::UserMap => vec![file("in.jsonl", LINES.to_owned()), given("map.csv")],
        }
    }
}

/// A small export with this day file.
fn export(day: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let file = |name: &str, text: &str| (format!("in/{name}"), text.as_bytes().to_vec());
    vec![
        file("users.json", USERS),
        file("channels.json", CHANNELS),
        ("in/general/2024-03-04.json".to_owned(), day),
    ]
}

/// What a line begins with that names the next file of a folder.
const NEXT_FILE: &str = "=== ";

/// Takes apart what stands for a folder: each line `=== NAME` begins a file. No name leads out of
/// the folder `in`.
pub(crate) fn unfold(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match (line.strip_prefix(NEXT_FILE.as_bytes()), files.last_mut()) {
            (Some(name), _) => files.push((inside(name), Vec::new())),
            (None, Some((_, contents))) => contents.extend_from_slice(line),
            (None, None) => {}
        }
    }
    files
}

/// The same backwards, for files whose names begin with `in/`.
pub(crate) fn fold(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, contents) in files {
        let name = name.strip_prefix("in/").unwrap_or(name);
        bytes.extend_from_slice(format!("{NEXT_FILE}{name}\n").as_bytes());
        bytes.extend_from_slice(contents);
        if !contents.ends_with(b"\n") {
            bytes.push(b'\n');
        }
    }
    bytes
}

/// A name below `in` that any file system takes.
fn inside(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let words = name.trim().split('/').map(|word| {
        let word = word.replace(['\0', '\\', ':'], "_");
        word.chars().take(60).collect::<String>()
    });
    let words = words.filter(|word| !matches!(word.as_str(), "" | "." | ".."));
    let words: Vec<String> = words.take(8).collect();
    format!("in/{}", words.join("/"))
}

const USERS: &str = r#"[{"id":"U1","name":"maren","profile":{"real_name":"Maren"}},
{"id":"U2","name":"tobin","profile":{"real_name":"Tobin"}}]"#;
const CHANNELS: &str = r#"[{"id":"C1","name":"general","creator":"U1","created":1700000000,
"members":["U1","U2"]},{"id":"C2","name":"dome","creator":"U2","created":1700000001,"members":[]}]"#;
const DAY: &str = r#"[{"type":"message","user":"U1","ts":"1709539201.000200","text":TEXT},
{"type":"message","user":"U2","ts":"1709539202.000200","text":"yes","attachments":[{"text":TEXT}]}]"#;
const TABLE: &str = "id,room,author,sent,body,extra\n\
    1,dome,u1,2025-11-02 08:12:00,\"TEXT\",7\n\
    2,dome,u2,2025-11-02 08:13:00,\"before TEXT behind\",\n";
const MAPPING: &str = r#"version = 1
source = "csv"
[[messages]]
id = "id"
channel_id = "room"
user_id = "author"
created_at = { column = "sent", time = "%Y-%m-%d %H:%M:%S" }
text = "body"
text_format = "html"
"#;
const LINES: &str = r#"{"type":"hello","protocol":"migrate","version":1,"adapter":"torture"}
{"type":"user","data":{"id":"U05MAREN01","name":"Maren","email":"maren@example.com"}}
{"type":"user","data":{"id":"u2","name":"Tobin","email":"tobin@example.com"}}
{"type":"channel","data":{"id":"dome","name":"Dome","member_ids":["U05MAREN01"]}}
{"type":"message","data":{"id":"m1","channel_id":"dome","user_id":"u2","text":"@Maren hi","mentioned_user_ids":["U05MAREN01"],"created_at":"2025-11-02T08:12:00Z"}}
{"type":"end","counts":{"user":2,"channel":1,"message":1}}
"#;
