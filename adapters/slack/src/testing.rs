//! Exports in folders, and a sink that writes down what it is given.

use std::env;
use std::fmt::Write;
use std::fs;

use migrate_model::{
    Adapter, Attachment, ChannelRef, Custom, Directory, ListedFile, Loss, Member, Message,
    MessageKind, Options, Origin, Outcome, Person, Reaction, Record, Sink, Source, Stop, Value,
    Want,
};

use crate::contents::hosting::Hosting;
use crate::message::{Buffers, Mapper};
use crate::people::{self, Bots};
use crate::reactions::names::ReactionNames;
use crate::text::emoji;
use crate::versions::Version;
use crate::{Slack, foreign};

/// How many cases a property is tried with: `usual`, or `MIGRATE_CASES` times as many.
pub(crate) fn cases(usual: u32) -> u32 {
    let times = env::var("MIGRATE_CASES").map_or(1, |it| it.parse::<u32>().expect("a number"));
    usual.saturating_mul(times)
}

/// Draws numbers, the same ones in every run.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // Sebastiano Vigna's splitmix64, in the public domain.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % end.max(1) as u64) as usize
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// An export in a folder that is removed with it.
pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) options: Options,
}

impl Fixture {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        for (name, json) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, json).unwrap();
        }
        let options = Options::default();
        Fixture { folder, options }
    }

    pub(crate) fn open(&self) -> Box<dyn Source> {
        let input = self.folder.path().to_path_buf();
        Slack.open(&[input], &self.options).unwrap()
    }

    pub(crate) fn directory(&self) -> Vec<String> {
        let mut sink = Recorder::default();
        self.open().directory(&mut sink).unwrap();
        sink.lines().to_vec()
    }

    /// What the files of conversations give, after a check that the people of both ways to read
    /// them are the same.
    pub(crate) fn messages(&self) -> Vec<String> {
        let source = self.open();
        let mut reader = source.reader().unwrap();
        let mut sink = Recorder::default();
        let mut people = Recorder::default();
        for unit in source.units() {
            reader
                .read(unit, Want::Everything(&Names), &mut sink)
                .unwrap();
            reader.read(unit, Want::People, &mut people).unwrap();
        }
        assert_eq!(sink.people, people.people);
        assert!(people.lines().is_empty());
        sink.lines().to_vec()
    }
}

/// Keeps a line for each record and loss.
#[derive(Default)]
pub(crate) struct Recorder {
    lines: Vec<String>,
    pub(crate) people: Vec<Person<'static>>,
}

impl Recorder {
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl Sink for Recorder {
    fn file(&mut self, name: &str) {
        self.lines.push(format!("in {name}"));
    }

    fn put(&mut self, record: u32, origin: Origin, it: Record<'_>) -> Result<(), Stop> {
        let origin = match origin {
            Origin::Read => String::new(),
            Origin::Made(kind) => format!(" made {kind}"),
        };
        let line = match it {
            Record::User(it) => {
                format!("user {} {}{}", it.id, it.name, teams(&it.teams.join("+")))
            }
            Record::Channel(it) => {
                let members = it.member_ids.join(" ");
                format!(
                    "channel {} {:?} {} [{members}]{}",
                    it.id,
                    it.channel_type,
                    it.name,
                    teams(&it.team)
                )
            }
            Record::Member(it) => member(&it),
            Record::Message(it) => message(&it),
            Record::Reaction(it) => reaction(&it),
            _ => "?".to_owned(),
        };
        self.lines.push(format!("{record}{origin} {line}"));
        Ok(())
    }

    fn lose(&mut self, record: u32, loss: Loss<'_>) -> Result<(), Stop> {
        let outcome = match loss.outcome {
            Outcome::Field => "field",
            Outcome::LeftOut => "left out",
            Outcome::Merged => "merged",
            Outcome::Excluded => "excluded",
        };
        let (kind, of) = (loss.kind, loss.of.name());
        self.lines.push(format!(
            "{record} {outcome} {kind} {} {of} {}",
            loss.count, loss.detail
        ));
        Ok(())
    }

    fn list_file(&mut self, record: u32, it: ListedFile<'_>) -> Result<(), Stop> {
        let size = it.size_bytes.map_or(String::new(), |it| it.to_string());
        let fields = [
            &*it.message_id,
            &it.id,
            &it.name,
            &it.mime_type,
            &size,
            &it.source_url,
            &it.path,
            &it.import_url,
        ];
        self.lines
            .push(format!("{record} listed {}", fields.join(", ")));
        Ok(())
    }

    fn meet(&mut self, it: Person<'_>) -> Result<(), Stop> {
        self.people.push(Person {
            id: it.id.into_owned().into(),
            name: it.name.into_owned().into(),
            image_url: it.image_url.into_owned().into(),
            rank: it.rank,
            seen_at: it.seen_at,
            custom: it.custom.into_owned(),
        });
        Ok(())
    }
}

/// Keeps the texts of messages.
#[derive(Default)]
pub(crate) struct Texts {
    pub(crate) texts: Vec<String>,
}

impl Sink for Texts {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, _: u32, _: Origin, it: Record<'_>) -> Result<(), Stop> {
        if let Record::Message(message) = it {
            self.texts.push(message.text.into_owned());
        }
        Ok(())
    }

    fn lose(&mut self, _: u32, _: Loss<'_>) -> Result<(), Stop> {
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// Lends names to whoever sees them: user U1 writes as bot B1 too, and the workspace has the emoji
/// `:yes:` for `:+1:`, and a picture `:parrot:`.
pub(crate) fn with_names<T>(see: impl FnOnce(people::Names<'_>) -> T) -> T {
    let mut bots = Bots::default();
    bots.learn(&serde_json::from_str(r#"{"id":"U1","profile":{"bot_id":"B1"}}"#).unwrap());
    let emoji = emoji::Custom::read(br#"{"yes":"alias:+1","parrot":"https://a.b/c.png"}"#);
    see(people::Names {
        directory: &Names,
        bots: &bots,
        emoji: &emoji,
    })
}

/// Puts messages of channel C1.
pub(crate) fn put(messages: &[foreign::Message<'_>], options: &Options, sink: &mut dyn Sink) {
    let hosting = Hosting::new(options).unwrap();
    let reactions = ReactionNames::new(options).unwrap();
    with_names(|names| {
        let mut mapper = Mapper {
            channel_id: "C1",
            names,
            listed_pin: &|_| None,
            hosting: &hosting,
            reactions: &reactions,
            sink,
            buffers: Buffers::new(Default::default()),
        };
        for version in messages.iter().filter_map(Version::of) {
            mapper.put(1, version, 1).unwrap();
        }
    });
}

/// Users U1 `Ada`, U2 `bob_*x*`, U4 `佐藤`, U3 without a name, and channel C1 `general`.
pub(crate) struct Names;

impl Directory for Names {
    fn user_name(&self, user_id: &str) -> Option<&str> {
        match user_id {
            "U1" => Some("Ada"),
            "U2" => Some("bob_*x*"),
            "U4" => Some("佐藤"),
            _ => None,
        }
    }

    fn channel_name(&self, channel_id: &str) -> Option<&str> {
        (channel_id == "C1").then_some("general")
    }
}

fn teams(names: &str) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!(" of {names}"),
    }
}

fn member(it: &Member<'_>) -> String {
    let ChannelRef::Id(channel) = &it.channel else {
        return "member ?".to_owned();
    };
    format!("member {channel} {}", it.user_id)
}

fn message(it: &Message<'_>) -> String {
    let mut line = match it.kind {
        MessageKind::Regular => "message".to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    };
    let _ = write!(line, " {} by {} {:?}", it.id, it.user_id, it.text);
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = write!(line, " {name}:{value}");
        }
    };
    let time =
        |at: Option<migrate_model::Time>| at.map_or(String::new(), |it| it.micros().to_string());
    add("parent", it.parent_id.to_string());
    add("parent_user", it.parent_user_id.to_string());
    add("parent_at", time(it.parent_created_at));
    add(
        "shown",
        if it.show_in_channel {
            "yes".into()
        } else {
            String::new()
        },
    );
    add("mentions", it.mentioned_user_ids.join("+"));
    add("edited", time(it.edited_at));
    add("deleted", time(it.deleted_at));
    add(
        "pin",
        it.pin
            .as_ref()
            .map_or(String::new(), |pin| format!("{} {}", time(pin.at), pin.by)),
    );
    add("quotes", it.quoted_message_id.to_string());
    add("quoted", it.quoted_text.escape_debug().to_string());
    let files: Vec<_> = it.attachments.iter().map(attachment).collect();
    add("files", files.join(" + "));
    line + &custom(&it.custom)
}

/// The fields of an attachment that have a value.
fn attachment(it: &Attachment<'_>) -> String {
    let mut line = format!("{} {:?}", it.kind, it.title);
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = write!(line, " {name}:{value}");
        }
    };
    add("image", &it.image_url);
    add("thumb", &it.thumb_url);
    add("asset", &it.asset_url);
    match it.og_scrape_url == it.title_link {
        true => add("link", &it.title_link),
        false => {
            add("link", &it.title_link);
            add("from", &it.og_scrape_url);
        }
    }
    add("text", &it.text);
    add("author", &it.author_name);
    add("author_link", &it.author_link);
    add("author_icon", &it.author_icon);
    add("color", &it.color);
    add("footer", &it.footer);
    add("mime", &it.mime_type);
    add(
        "bytes",
        &it.size_bytes.map_or(String::new(), |it| it.to_string()),
    );
    add(
        "seconds",
        &it.duration.map_or(String::new(), |it| it.to_string()),
    );
    if let (Some(width), Some(height)) = (it.width, it.height) {
        add("size", &format!("{width}x{height}"));
    }
    let wave: Vec<_> = it.waveform.iter().map(f64::to_string).collect();
    add("wave", &wave.join(","));
    if it.migrate_resources {
        add("migrate", "yes");
    }
    line + &custom(&it.custom)
}

fn reaction(it: &Reaction<'_>) -> String {
    let custom = custom(&it.custom);
    format!(
        "reaction {} {} {}{custom}",
        it.message_id, it.reaction_type, it.user_id
    )
}

fn custom(it: &Custom<'_>) -> String {
    match it.is_empty() {
        true => String::new(),
        false => format!(" {{{}}}", fields(it)),
    }
}

fn fields(it: &Custom<'_>) -> String {
    let fields = it.iter().map(|(name, it)| format!("{name}: {}", value(it)));
    fields.collect::<Vec<_>>().join(", ")
}

fn value(it: &Value<'_>) -> String {
    match it {
        Value::Text(text) => text.to_string(),
        Value::List(values) => {
            let values: Vec<_> = values.iter().map(value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(it) => format!("{{{}}}", fields(it)),
        other => format!("{other:?}"),
    }
}
