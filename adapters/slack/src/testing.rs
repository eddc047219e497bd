//! Exports in folders, and a sink that writes down what it is given.

use std::fmt::Write;
use std::fs;

use migrate_model::{
    Adapter, ChannelRef, Custom, Directory, Loss, Member, Message, MessageKind, Options, Origin,
    Outcome, Person, Reaction, Record, Sink, Source, Stop, Value, Want,
};

use crate::Slack;

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

    fn meet(&mut self, it: Person<'_>) -> Result<(), Stop> {
        self.people.push(Person {
            id: it.id.into_owned().into(),
            name: it.name.into_owned().into(),
            image_url: it.image_url.into_owned().into(),
            rank: it.rank,
            seen_at: it.seen_at,
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
    let files: Vec<_> = it
        .attachments
        .iter()
        .map(|it| format!("{} {}", it.kind, it.title))
        .collect();
    add("files", files.join("+"));
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
    let field = |(name, value): (&str, &Value<'_>)| match value {
        Value::Text(text) => format!("{name}: {text}"),
        value => format!("{name}: {value:?}"),
    };
    let fields: Vec<_> = it.iter().map(field).collect();
    match fields.is_empty() {
        true => String::new(),
        false => format!(" {{{}}}", fields.join(", ")),
    }
}
