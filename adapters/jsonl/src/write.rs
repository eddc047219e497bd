//! Writes records and losses as lines. What is empty is left away; the order of the fields is the
//! model's. That channels are named is left to the caller.

use std::convert::Infallible;
use std::io::Write as _;

use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, Loss, LossKind, MessageKind,
    Origin, Person, Pin, Rank, Record, Text, Time, Value, words,
};
use serde::Serialize;

use crate::line::{PROTOCOL, VERSION};
use crate::line_type::{Counts, LineType};
use crate::time;

/// Appends the line that begins a file: who writes it, in which version, and what its kinds of
/// loss mean.
pub fn hello(out: &mut Vec<u8>, adapter: &str, version: &str, losses: &[LossKind]) {
    let mut line = Object::line(out, LineType::Hello);
    line.string("protocol", PROTOCOL);
    line.plain("version", VERSION);
    line.string("adapter", adapter);
    line.filled("adapter_version", version);
    if !losses.is_empty() {
        let mut texts = line.object("losses");
        for it in losses {
            texts.string(it.kind, it.text);
        }
        texts.end();
    }
    line.finish();
}

/// Appends a record. `at` is its place in the source: a file, and the record in it from 1, or 0.
///
/// A record that says [`ChannelRef::Unit`] names no channel in its line; that of a message must
/// have been replaced.
pub fn record(out: &mut Vec<u8>, mut it: Record<'_>, origin: Origin, at: Option<(&str, u32)>) {
    let mut line = Object::line(out, it.kind().into());
    line.fields("data", &mut it);
    if let Origin::Made(kind) = origin {
        line.string("made", kind);
    }
    line.place(at);
    line.finish();
}

/// Appends what a message tells about a person.
pub fn person(out: &mut Vec<u8>, mut it: Person<'_>, at: Option<(&str, u32)>) {
    let mut line = Object::line(out, LineType::Person);
    line.fields("data", &mut it);
    line.place(at);
    line.finish();
}

/// Appends what could not be kept, or what became of a record that is not written.
pub fn loss(out: &mut Vec<u8>, it: &Loss<'_>, at: Option<(&str, u32)>) {
    let mut line = Object::line(out, it.outcome.into());
    line.string("of", it.of.name());
    line.string("kind", it.kind);
    if it.count != 1 {
        line.plain("count", it.count);
    }
    line.filled("detail", &it.detail);
    line.channel_of(&it.channel);
    line.place(at);
    line.finish();
}

/// Appends the line that ends a file: how many lines of each type stand in it.
pub fn end(out: &mut Vec<u8>, counts: &Counts) {
    let mut line = Object::line(out, LineType::End);
    let mut object = line.object("counts");
    for (it, count) in counts.iter().filter(|(_, count)| *count > 0) {
        object.plain(it.name(), count);
    }
    object.end();
    line.finish();
}

/// An object that is being written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

impl<'o> Object<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Object {
            out,
            is_empty: true,
        }
    }

    fn line(out: &'o mut Vec<u8>, it: LineType) -> Self {
        let mut line = Object::new(out);
        line.string("type", it.name());
        line
    }

    fn end(self) {
        self.out.push(b'}');
    }

    fn finish(self) {
        self.out.extend_from_slice(b"}\n");
    }

    /// Begins a field, whose value is to follow.
    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        json(self.out, name);
        self.out.push(b':');
        self.out
    }

    fn object(&mut self, name: &str) -> Object<'_> {
        Object::new(self.key(name))
    }

    fn fields<'a>(&mut self, name: &str, it: &mut impl Fields<'a>) {
        let mut object = self.object(name);
        let Ok(()) = it.each(&mut object);
        object.end();
    }

    fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        write!(self.key(name), "{value}").expect("writing into memory does not fail");
    }

    fn string(&mut self, name: &str, text: &str) {
        json(self.key(name), text);
    }

    /// A text, unless it is empty.
    fn filled(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.string(name, text);
        }
    }

    /// Texts, unless there are none.
    fn strings(&mut self, name: &str, texts: &[Text<'_>]) {
        if !texts.is_empty() {
            json(self.key(name), texts);
        }
    }

    fn channel_of(&mut self, it: &ChannelRef<'_>) {
        match it {
            ChannelRef::Id(id) => self.filled("channel_id", id),
            ChannelRef::Members(ids) => self.strings("channel_member_ids", ids),
            _ => {}
        }
    }

    fn place(&mut self, at: Option<(&str, u32)>) {
        let Some((file, record)) = at else { return };
        self.string("at", file);
        if record > 0 {
            self.plain("record", record);
        }
    }
}

impl<'a> FieldVisitor<'a> for Object<'_> {
    type Error = Infallible;

    fn text(&mut self, name: &'static str, it: &mut Text<'a>) -> Result<(), Infallible> {
        self.filled(name, it);
        Ok(())
    }

    fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'a>>) -> Result<(), Infallible> {
        self.strings(name, it);
        Ok(())
    }

    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Infallible> {
        if *it {
            self.plain(name, true);
        }
        Ok(())
    }

    fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), Infallible> {
        // A person who was never seen writing has the last of all times.
        let is_never = name == "seen_at" && *it == Some(Time::MAX);
        if let Some(it) = it.filter(|_| !is_never) {
            let out = self.key(name);
            out.push(b'"');
            time::write(out, it);
            out.push(b'"');
        }
        Ok(())
    }

    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
        if let Some(it) = it {
            self.plain(name, it);
        }
        Ok(())
    }

    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
        if let Some(it) = it.filter(|it| it.is_finite()) {
            json(self.key(name), &it);
        }
        Ok(())
    }

    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
        it.retain(|it| it.is_finite());
        if !it.is_empty() {
            json(self.key(name), it);
        }
        Ok(())
    }

    fn channel(&mut self, it: &mut ChannelRef<'a>) -> Result<(), Infallible> {
        self.channel_of(it);
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<(), Infallible> {
        match it {
            ChannelType::Named(name) => self.filled("channel_type", name),
            ChannelType::Direct => self.plain("direct", true),
            _ => {}
        }
        Ok(())
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Infallible> {
        if *it != MessageKind::default()
            && let Some(word) = words::of(words::MESSAGE_KINDS, *it)
        {
            self.string("kind", word);
        }
        Ok(())
    }

    fn rank(&mut self, it: &mut Rank) -> Result<(), Infallible> {
        if let Some(word) = words::of(words::RANKS, *it) {
            self.string("rank", word);
        }
        Ok(())
    }

    fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<(), Infallible> {
        if let Some(it) = it {
            self.fields("pin", it);
        }
        Ok(())
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<(), Infallible> {
        if it.is_empty() {
            return Ok(());
        }
        let out = self.key("attachments");
        for (n, it) in it.iter_mut().enumerate() {
            out.push(if n == 0 { b'[' } else { b',' });
            let mut object = Object::new(out);
            it.each(&mut object)?;
            object.end();
        }
        out.push(b']');
        Ok(())
    }

    fn custom(&mut self, it: &mut Custom<'a>) -> Result<(), Infallible> {
        if !it.is_empty() {
            custom(self.key("custom"), it);
        }
        Ok(())
    }
}

/// Appends custom data as an object.
pub fn custom(out: &mut Vec<u8>, it: &Custom<'_>) {
    let mut object = Object::new(out);
    for (name, it) in it.iter().filter(|(_, it)| has_form(it)) {
        value(object.key(name), it);
    }
    object.end();
}

fn value(out: &mut Vec<u8>, it: &Value<'_>) {
    match it {
        Value::Bool(it) => json(out, it),
        Value::Integer(it) => json(out, it),
        Value::Float(it) => json(out, it),
        Value::Text(it) => json(out, it),
        Value::Object(it) => custom(out, it),
        Value::List(list) => {
            out.push(b'[');
            for (n, it) in list.iter().filter(|it| has_form(it)).enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                value(out, it);
            }
            out.push(b']');
        }
        _ => json(out, &()),
    }
}

/// Whether JSON has a form for it; a number that is not finite has none.
fn has_form(it: &Value<'_>) -> bool {
    !matches!(it, Value::Float(it) if !it.is_finite())
}

fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, it: &T) {
    serde_json::to_writer(out, it).expect("plain values can be written into memory");
}
