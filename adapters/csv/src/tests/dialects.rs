//! The same history, however its tables are written, becomes the same records.

use std::fmt::Write as _;

use migrate_model::{Channel, ChannelRef, Message, Origin, Reaction, Record, Time, User};
use proptest::prelude::*;

use crate::testing::Fixture;

/// A history: numbers of users, channels and messages are places in the lists.
#[derive(Clone, Debug)]
struct History {
    users: Vec<String>,
    channels: Vec<String>,
    messages: Vec<Said>,
    reactions: Vec<(usize, usize, String)>,
}

#[derive(Clone, Debug)]
struct Said {
    channel: usize,
    user: usize,
    text: String,
    /// Seconds since 1970.
    time: i64,
    mentions: Vec<usize>,
    is_reply: bool,
}

/// How tables are written.
#[derive(Clone, Debug)]
struct Dialect {
    delimiter: char,
    encoding: &'static str,
    has_mark: bool,
    quoting: Quoting,
    line_end: &'static str,
    list: List,
    time: &'static str,
    /// By how much columns are turned.
    turn: usize,
    has_trailing_delimiter: bool,
    /// Whether a blank stands behind each delimiter.
    has_blanks: bool,
    told: Told,
}

/// What the program is told of the files.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    /// How they are written, and what their columns are.
    All,
    /// What their columns are, and what of the rest nobody can find out.
    Columns,
    /// What nobody can find out.
    Little,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Quoting {
    Needed,
    Always,
    Escaped,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum List {
    Json,
    Split(char),
    Python,
    Postgres,
}

/// Characters that every encoding of the test has.
const LETTER: &str = "[a-d,;|\"'\\t\\\\ äéß€\\n\\r]";

/// 2024-01-14 in seconds since 1970.
const FOURTEENTH: i64 = 1_705_190_400;

fn any_history() -> impl Strategy<Value = History> {
    let name = || prop::collection::vec("[a-zäé,;|\"' ]{1,8}", 1..4);
    (name(), name()).prop_flat_map(|(users, channels)| {
        let (user, channel) = (0..users.len(), 0..channels.len());
        let text = prop::collection::vec(LETTER, 0..12).prop_map(|letters| letters.concat());
        let mentions = prop::collection::vec(user.clone(), 0..3);
        let said = (
            channel,
            user.clone(),
            text,
            0..2_000_000_000_i64,
            mentions,
            any::<bool>(),
        );
        let said = said.prop_map(|(channel, user, text, time, mentions, is_reply)| Said {
            channel,
            user,
            text,
            time: 1_000_000_000 + time / 2,
            mentions,
            is_reply,
        });
        let messages = prop::collection::vec(said, 1..8);
        let reactions = prop::collection::vec((0..8_usize, user, "[a-z]{1,5}"), 0..4);
        (Just(users), Just(channels), messages, reactions).prop_map(
            |(users, channels, mut messages, reactions)| {
                // Of one time it can be told whether its day stands before its month.
                if let Some(first) = messages.first_mut() {
                    first.time = FOURTEENTH + first.time % 86_400;
                }
                let in_range = |(message, user, kind)| (message % messages.len(), user, kind);
                History {
                    users,
                    channels,
                    reactions: reactions.into_iter().map(in_range).collect(),
                    messages,
                }
            },
        )
    })
}

fn any_dialect() -> impl Strategy<Value = Dialect> {
    let quoting = prop::sample::select(vec![Quoting::Needed, Quoting::Always, Quoting::Escaped]);
    let list = prop::sample::select(vec![
        List::Json,
        List::Split(';'),
        List::Split(','),
        List::Split('|'),
        List::Python,
        List::Postgres,
    ]);
    let encoding = prop::sample::select(vec!["utf-8", "utf-16le", "utf-16be", "windows-1252"]);
    let time = prop::sample::select(vec![
        "rfc3339",
        "space",
        "offset",
        "epoch_s",
        "epoch_ms",
        "epoch_us",
        "epoch_ns",
        "slack",
        "%Y-%m-%d %H:%M:%S",
        "%d.%m.%Y %H:%M:%S",
        "%m/%d/%Y %I:%M:%S %p",
    ]);
    let told = prop::sample::select(vec![Told::All, Told::Columns, Told::Little]);
    (
        prop::sample::select(vec![',', ';', '\t', '|', '^', '§']),
        encoding,
        any::<bool>(),
        quoting,
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        list,
        time,
        0..5_usize,
        (any::<bool>(), any::<bool>(), told),
    )
        .prop_map(
            |(delimiter, encoding, has_mark, quoting, line_end, list, time, turn, more)| {
                let (trailing, has_blanks, told) = more;
                let is_escaped = quoting == Quoting::Escaped;
                Dialect {
                    delimiter,
                    encoding,
                    has_mark: has_mark && encoding != "windows-1252",
                    quoting,
                    line_end,
                    list,
                    time,
                    turn,
                    has_trailing_delimiter: trailing,
                    // Nobody can find out blanks or escapes of which there is no sign.
                    has_blanks: has_blanks && !is_escaped && told != Told::All,
                    told: match is_escaped {
                        true => Told::All,
                        false => told,
                    },
                }
            },
        )
}

impl Dialect {
    fn table(&self, header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
        let header = header.iter().map(|name| (*name).to_owned()).collect();
        let mut text = String::new();
        for row in [&header].into_iter().chain(rows) {
            let count = row.len();
            for nth in 0..count {
                if nth > 0 {
                    text.push(self.delimiter);
                    text.extend(self.has_blanks.then_some(' '));
                }
                self.cell(&row[(nth + self.turn) % count], &mut text);
            }
            if self.has_trailing_delimiter {
                text.push(self.delimiter);
            }
            text.push_str(self.line_end);
        }
        let mark = if self.has_mark { "\u{feff}" } else { "" };
        let text = format!("{mark}{text}");
        match self.encoding {
            "utf-8" => text.into_bytes(),
            "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        }
    }

    fn cell(&self, cell: &str, text: &mut String) {
        let special = [self.delimiter, '"', '\n', '\r'];
        match self.quoting {
            Quoting::Escaped => {
                for c in cell.chars() {
                    if special.contains(&c) || c == '\\' {
                        text.push('\\');
                    }
                    text.push(c);
                }
            }
            Quoting::Needed if !cell.contains(special) => text.push_str(cell),
            _ => _ = write!(text, "\"{}\"", cell.replace('"', "\"\"")),
        }
    }

    fn list(&self, values: &[String]) -> String {
        let quoted = |quote: char| {
            let quoted = values.iter().map(|it| {
                let it = it.replace('\\', "\\\\");
                format!("{quote}{}{quote}", it.replace(quote, &format!("\\{quote}")))
            });
            quoted.collect::<Vec<_>>()
        };
        match self.list {
            List::Json => serde_json::to_string(values).unwrap(),
            List::Split(by) => values.join(&by.to_string()),
            List::Python => format!("[{}]", quoted('\'').join(", ")),
            List::Postgres => format!("{{{}}}", quoted('"').join(",")),
        }
    }

    /// The id of a user: with whatever a list may hold that is written like this.
    fn user(&self, number: usize) -> String {
        match self.list {
            List::Split(_) => format!("u{number}"),
            _ => format!("u, \"é'\\;|{number}"),
        }
    }

    fn time(&self, seconds: i64) -> String {
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        match self.time {
            "rfc3339" => time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "space" => time.format("%Y-%m-%d %H:%M:%S+00:00").to_string(),
            "offset" => {
                let there = time + chrono::TimeDelta::hours(3);
                there.format("%Y-%m-%dT%H:%M:%S.000+0300").to_string()
            }
            "epoch_s" => seconds.to_string(),
            "epoch_ms" => (seconds * 1_000).to_string(),
            "epoch_us" => (seconds * 1_000_000).to_string(),
            "epoch_ns" => (seconds * 1_000_000_000).to_string(),
            "slack" => format!("{seconds}.000000"),
            pattern => time.format(pattern).to_string(),
        }
    }

    /// The files with what is told of them.
    fn fixture(&self, files: &[(&str, &[u8])]) -> Fixture {
        let fixture = Fixture::new(files);
        if self.told != Told::Little {
            return fixture.mapped(&self.mapping());
        }
        let mut fixture = fixture.with("timezone", "UTC");
        if let Some(delimiter) = self.told_delimiter() {
            fixture = fixture.with("delimiter", &delimiter.to_string());
        }
        if let Some(encoding) = self.told_encoding() {
            fixture = fixture.with("encoding", encoding);
        }
        fixture
    }

    /// The delimiter, if it must be told or is.
    fn told_delimiter(&self) -> Option<char> {
        let is_usual = [',', ';', '\t', '|'].contains(&self.delimiter);
        (self.told == Told::All || !is_usual).then_some(self.delimiter)
    }

    /// The encoding, if it must be told or is.
    fn told_encoding(&self) -> Option<&'static str> {
        let is_told = self.told == Told::All && !self.has_mark;
        (is_told || self.encoding == "windows-1252").then_some(self.encoding)
    }

    fn mapping(&self) -> String {
        let is_all = self.told == Told::All;
        let time = match self.time {
            _ if !is_all => "auto",
            "rfc3339" | "space" | "offset" => "rfc3339",
            other => other,
        };
        let split = match self.list {
            List::Split(by) if is_all => format!(", split = \"{by}\""),
            _ => String::new(),
        };
        let escape = match self.quoting {
            Quoting::Escaped => "escape = '\\'",
            _ => "",
        };
        let delimiter = self
            .told_delimiter()
            .map_or("auto".to_owned(), String::from);
        let encoding = self.told_encoding().unwrap_or("auto");
        format!(
            r#"version = 1
timezone = "UTC"
[csv]
delimiter = {delimiter:?}
encoding = "{encoding}"
{escape}
[[users]]
files = "users.csv"
id = "id"
name = "name"
[[channels]]
files = "channels.csv"
id = "id"
name = "name"
[[messages]]
files = "messages.csv"
id = "id"
channel_id = "channel_id"
user_id = "user_id"
text = "text"
created_at = {{ column = "created_at", time = "{time}" }}
mentioned_user_ids = {{ column = "mentioned_user_ids"{split} }}
parent_id = "parent_id"
[[reactions]]
files = "reactions.csv"
message_id = "message_id"
channel_id = "channel_id"
user_id = "user_id"
reaction_type = "reaction_type"
"#
        )
    }
}

impl History {
    fn parent(&self, message: usize) -> Option<usize> {
        let it = self.messages.get(message).filter(|it| it.is_reply)?;
        (0..message).find(|other| self.messages[*other].channel == it.channel)
    }

    fn files(&self, dialect: &Dialect) -> Vec<(&'static str, Vec<u8>)> {
        let named = |id: &dyn Fn(usize) -> String, names: &[String]| {
            let numbered = names.iter().enumerate();
            let rows = numbered.map(|(nth, name)| vec![id(nth), name.clone()]);
            rows.collect::<Vec<_>>()
        };
        let user = |nth| dialect.user(nth);
        let channel = |nth| format!("c{nth}");
        let said = self.messages.iter().enumerate().map(|(nth, it)| {
            let mentions: Vec<_> = it.mentions.iter().map(|it| user(*it)).collect();
            let parent = self.parent(nth).map(|parent| format!("m{parent}"));
            vec![
                format!("m{nth}"),
                format!("c{}", it.channel),
                user(it.user),
                it.text.clone(),
                dialect.time(it.time),
                dialect.list(&mentions),
                parent.unwrap_or_default(),
            ]
        });
        let said: Vec<_> = said.collect();
        let reactions = self.reactions.iter().map(|(message, by, kind)| {
            let channel = self.messages[*message].channel;
            vec![
                format!("m{message}"),
                format!("c{channel}"),
                user(*by),
                kind.clone(),
            ]
        });
        let reactions: Vec<_> = reactions.collect();
        let columns = [
            "id",
            "channel_id",
            "user_id",
            "text",
            "created_at",
            "mentioned_user_ids",
            "parent_id",
        ];
        let of_reactions = ["message_id", "channel_id", "user_id", "reaction_type"];
        vec![
            (
                "users.csv",
                dialect.table(&["id", "name"], &named(&user, &self.users)),
            ),
            (
                "channels.csv",
                dialect.table(&["id", "name"], &named(&channel, &self.channels)),
            ),
            ("messages.csv", dialect.table(&columns, &said)),
            ("reactions.csv", dialect.table(&of_reactions, &reactions)),
        ]
    }

    /// The records that it is.
    fn records(&self, dialect: &Dialect) -> Vec<String> {
        let channel = |number: usize| ChannelRef::Id(format!("c{number}").into());
        let mut records = Vec::new();
        let mut put = |record| {
            let mut line = Vec::new();
            migrate_jsonl::record(&mut line, record, Origin::Read, None);
            records.push(String::from_utf8(line).unwrap().trim_end().to_owned());
        };
        for (nth, name) in self.users.iter().enumerate() {
            let mut it = User::default();
            it.id = dialect.user(nth).into();
            it.name = name.as_str().into();
            put(Record::User(it));
        }
        for (nth, name) in self.channels.iter().enumerate() {
            let mut it = Channel::default();
            it.id = format!("c{nth}").into();
            it.name = name.as_str().into();
            put(Record::Channel(it));
        }
        for (nth, said) in self.messages.iter().enumerate() {
            let mut it = Message::default();
            it.id = format!("m{nth}").into();
            it.channel = channel(said.channel);
            it.user_id = dialect.user(said.user).into();
            it.text = said.text.as_str().into();
            it.created_at = Time::from_micros(said.time * 1_000_000);
            it.mentioned_user_ids = said
                .mentions
                .iter()
                .map(|user| dialect.user(*user).into())
                .collect();
            it.parent_id = self
                .parent(nth)
                .map(|it| format!("m{it}"))
                .unwrap_or_default()
                .into();
            put(Record::Message(it));
        }
        for (message, user, kind) in &self.reactions {
            let mut it = Reaction::default();
            it.message_id = format!("m{message}").into();
            it.channel = channel(self.messages[*message].channel);
            it.user_id = dialect.user(*user).into();
            it.reaction_type = kind.as_str().into();
            put(Record::Reaction(it));
        }
        records.sort();
        records
    }
}

/// Takes the place off a line of a record.
fn without_place(line: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
    let record = value.as_object_mut().unwrap();
    record.remove("at");
    record.remove("record");
    value.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_history_is_the_same_in_every_dialect(history in any_history(), dialect in any_dialect()) {
        let files = history.files(&dialect);
        let files: Vec<_> = files.iter().map(|(name, content)| (*name, content.as_slice())).collect();
        let lines = dialect.fixture(&files).lines();
        // Nothing may be lost on the way, so losses count as well.
        let counts = |line: &&String| !line.contains("csv.file_not_read");
        let mut found: Vec<_> = lines.iter().filter(counts).map(|line| without_place(line)).collect();
        found.sort();
        let records = history.records(&dialect);
        let mut expected: Vec<_> = records.iter().map(|line| without_place(line)).collect();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
