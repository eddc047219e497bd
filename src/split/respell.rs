//! Writes an entry in the other spelling. What that cannot hold is put into custom fields where
//! it is free to, and noted.
//!
//! Fields keep their order and their bytes, but for those that the spellings write differently.

use std::borrow::Cow;

use hashbrown::HashMap;
use migrate_model::{Kind, Text};

use super::read::{Taken, fields, set_of};
use crate::getstream::Spelling;
use crate::getstream::custom::{Owner, known};
use crate::getstream::json::{self, Object};
use crate::validate::entry::{Type, item_key};
use crate::validate::item::Item;
use crate::validate::scan::{Form, Scanner};

/// What a respelling may cost, each with its text for people.
pub const LOSSES: &[(&str, &str)] = &[
    (
        "updated_at_dropped",
        "JSON Lines have no `updated_at` of users and channels",
    ),
    (
        "edited_at_taken",
        "JSON Lines have no `updated_at`, and the custom field `edited_at` holds something else",
    ),
    (
        "blocked_deleted",
        "JSON Lines have no type `blocked`; the message is written as deleted",
    ),
    (
        "url_not_allowed",
        "an address of an attachment does not begin with `https://`; it is kept in the custom field `source_url`, `source_image_url` or `source_thumb_url`",
    ),
    (
        "show_in_channel_dropped",
        "a message without a parent cannot have `show_in_channel` in JSON Lines",
    ),
    (
        "reply_without_parent",
        "a reply without a parent is written as a regular message",
    ),
    (
        "push_notifications_kept",
        "JSON Lines have no `push_notifications`; they are kept in the custom field `source_push_notifications`",
    ),
    (
        "device_field_dropped",
        "a device has no such field in JSON Lines",
    ),
    (
        "custom_dropped",
        "there is no room for it in the custom data, of which 5 KB are allowed",
    ),
    (
        "visibility_lost",
        "the array of the classic format has no `restricted_visibility`; it is kept as a custom field, and all who see the channel may see the message",
    ),
    (
        "field_unknown_to_array",
        "the array of the classic format has no such field; it is kept as a custom field",
    ),
    (
        "entry_key_dropped",
        "an entry has nothing beside its type and its item in the other spelling",
    ),
    (
        BAN,
        "the array of the classic format has no future_channel_ban",
    ),
];

/// An entry that an array cannot hold is left out under this name.
pub const BAN: &str = "future_channel_ban";

/// Takes the name of a loss and what exactly was lost.
pub type Noter<'n> = &'n mut dyn FnMut(&'static str, &str);

/// How an entry is respelled.
#[derive(Clone, Copy, Debug)]
pub struct Respelling {
    /// The spelling that is written.
    pub to: Spelling,
    /// Whether what the spelling does not have may become custom data.
    pub may_add: bool,
}

/// Writes an entry in the other spelling; `None` if that has no such entry.
pub fn respell(text: &str, taken: &Taken<'_>, how: Respelling, note: Noter<'_>) -> Option<Vec<u8>> {
    if how.to == Spelling::Array && taken.kind == Type::Ban {
        note(BAN, "");
        return None;
    }
    let item = match text.get(taken.item_range.clone())? {
        "null" => Fields::of("{}")?,
        item => Fields::of(item)?,
    };
    let mut out = Vec::with_capacity(text.len() + 64);
    out.extend_from_slice(b"{\"type\":");
    json::string(&mut out, taken.kind.name());
    out.extend_from_slice(b",\"");
    out.extend_from_slice(item_key(set_of(how.to)).as_bytes());
    out.extend_from_slice(b"\":");
    let mut object = Object::begin(&mut out);
    for key in &taken.other_keys {
        note("entry_key_dropped", key);
    }
    let mut writer = Writer {
        item: &item,
        owner: owner(taken.kind),
        object: &mut object,
        how,
        note,
    };
    match (how.to, taken.kind) {
        (Spelling::Array, kind) => writer.of_array(kind),
        (Spelling::Jsonl, Type::Message) => {
            let has_parent = matches!(&taken.item, Item::Message(it) if !it.parent_id.is_empty());
            writer.message_of_lines(has_parent);
        }
        (Spelling::Jsonl, kind) => writer.of_lines(kind),
    }
    object.end();
    out.push(b'}');
    Some(out)
}

/// An object's fields in their order, the values as they stand. Of names that stand twice, the
/// last value counts.
struct Fields<'a> {
    all: Vec<(Text<'a>, &'a str)>,
    places: HashMap<Text<'a>, usize>,
}

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Option<Fields<'a>> {
        let mut it = Fields {
            all: Vec::new(),
            places: HashMap::new(),
        };
        let mut scan = Scanner::new(text);
        if scan.form().ok()? != Form::Object {
            return None;
        }
        let read = fields(&mut scan, |scan, name| {
            let value = scan.skip()?;
            match it.places.get(&name) {
                Some(place) => it.all[*place].1 = value,
                None => {
                    it.places.insert(name.clone(), it.all.len());
                    it.all.push((name, value));
                }
            }
            Ok(())
        });
        read.ok().map(|()| it)
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let place = self.places.get(name)?;
        Some(self.all[*place].1).filter(|value| *value != "null")
    }

    fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }
}

struct Writer<'w, 'a, 'b> {
    item: &'w Fields<'a>,
    /// What owns its custom fields; `None` if it can have none.
    owner: Option<Owner>,
    object: &'w mut Object<'b>,
    how: Respelling,
    note: Noter<'w>,
}

impl Writer<'_, '_, '_> {
    fn field(&mut self, name: &str, value: &str) {
        let value = self.value(self.owner, name, value);
        self.object
            .any_key(name)
            .extend_from_slice(value.as_bytes());
    }

    /// The value of a field as it is written; custom ones are kept as they stand.
    fn value<'v>(&self, owner: Option<Owner>, name: &str, value: &'v str) -> Cow<'v, str> {
        let is_custom = owner.is_some_and(|owner| !known(owner).contains(&name));
        match self.how.to {
            Spelling::Jsonl if !is_custom => without_nulls(value, 0),
            _ => json::compact(value),
        }
    }

    /// Writes a custom field if it may be there.
    fn add(&mut self, name: &str, value: &str) {
        match self.how.may_add {
            true => self.field(name, value),
            false => (self.note)("custom_dropped", name),
        }
    }

    fn of_array(&mut self, kind: Type) {
        for (name, value) in &self.item.all {
            match (kind, name.as_ref(), *value) {
                (Type::Message, "type", r#""reply""#) => self.object.text("type", "regular"),
                (kind, name, value) => {
                    if lines_fields(kind).contains(&name) && !is_unset(value) {
                        match name {
                            "restricted_visibility" => (self.note)("visibility_lost", value),
                            name => (self.note)("field_unknown_to_array", name),
                        }
                    }
                    self.field(name, value);
                }
            }
        }
    }

    fn of_lines(&mut self, kind: Type) {
        for (name, value) in &self.item.all {
            let name = name.as_ref();
            match (kind, name) {
                _ if *value == "null" => {}
                (Type::User | Type::Channel, "updated_at") => {
                    // What was never changed loses nothing.
                    if self.item.get("created_at") != Some(value) {
                        (self.note)("updated_at_dropped", value);
                    }
                }
                (Type::User, "push_notifications") => {
                    (self.note)("push_notifications_kept", "");
                    let name = free_name("source_push_notifications", |name| self.item.has(name));
                    self.add(&name, value);
                }
                (Type::Device, name) if !DEVICE_FIELDS.contains(&name) => {
                    (self.note)("device_field_dropped", name);
                }
                (_, name) => self.field(name, value),
            }
        }
    }

    fn message_of_lines(&mut self, has_parent: bool) {
        let kind = self.item.get("type").unwrap_or(r#""regular""#);
        let is_blocked = kind == r#""blocked""#;
        for (name, value) in &self.item.all {
            match name.as_ref() {
                _ if *value == "null" => {}
                "type" | "updated_at" => {}
                "show_in_channel" if *value == "false" => {}
                "show_in_channel" if !has_parent => (self.note)("show_in_channel_dropped", ""),
                "attachments" => self.attachments(value),
                name => self.field(name, value),
            }
        }
        match kind {
            r#""regular""# if has_parent => self.object.text("type", "reply"),
            r#""reply""# if !has_parent => {
                (self.note)("reply_without_parent", "");
                self.object.text("type", "regular");
            }
            r#""blocked""# => {
                (self.note)("blocked_deleted", "");
                self.object.text("type", "deleted");
            }
            kind if self.item.has("type") => self.field("type", kind),
            _ => {}
        }
        let updated_at = self.item.get("updated_at");
        let created_at = self.item.get("created_at");
        if is_blocked
            && self.item.get("deleted_at").is_none()
            && let Some(time) = updated_at.or(created_at)
        {
            self.field("deleted_at", time);
        }
        // A message that was never changed was not edited.
        if let Some(updated_at) = updated_at.filter(|_| updated_at != created_at) {
            match self.item.get("edited_at") {
                None => self.add("edited_at", updated_at),
                Some(edited_at) if edited_at == updated_at => {}
                Some(_) => (self.note)("edited_at_taken", updated_at),
            }
        }
    }

    fn attachments(&mut self, list: &str) {
        let mut scan = Scanner::new(list);
        let mut written = Vec::new();
        if !matches!(scan.form(), Ok(Form::List)) {
            return self.field("attachments", list);
        }
        scan.enter();
        while let Ok(true) = scan.next_element(written.is_empty()) {
            let Ok(value) = scan.skip() else {
                break;
            };
            written.push(match Fields::of(value) {
                Some(fields) => self.attachment(&fields),
                None => self.value(None, "", value).into_owned().into_bytes(),
            });
        }
        json::list(self.object.key("attachments"), &written, |out, one| {
            out.extend_from_slice(one);
        });
    }

    fn attachment(&mut self, it: &Fields<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        for (name, value) in &it.all {
            if *value == "null" {
                continue;
            }
            let custom = match name.as_ref() {
                "image_url" => Some("source_image_url"),
                "thumb_url" => Some("source_thumb_url"),
                "asset_url" => Some("source_url"),
                _ => None,
            };
            let mut name = Cow::Borrowed(name.as_ref());
            if let Some(custom) = custom.filter(|_| !is_allowed(value)) {
                (self.note)("url_not_allowed", value);
                name = Cow::Owned(free_name(custom, |name| it.has(name)));
                if !self.how.may_add {
                    (self.note)("custom_dropped", &name);
                    continue;
                }
            }
            let value = self.value(Some(Owner::Attachment), &name, value);
            object.any_key(&name).extend_from_slice(value.as_bytes());
        }
        object.end();
        out
    }
}

/// How deep nulls are looked for. Ours: no chat nests deeper, and it bounds the call stack.
const NULL_DEPTH: usize = 64;

/// A value in which no null stands, neither in objects nor in lists.
fn without_nulls(value: &str, depth: usize) -> Cow<'_, str> {
    if !value.contains("null") || depth == NULL_DEPTH {
        return json::compact(value);
    }
    let mut scan = Scanner::new(value);
    let mut out = Vec::new();
    match scan.form() {
        Ok(Form::Object) => {
            let mut object = Object::begin(&mut out);
            for (name, value) in Fields::of(value).map_or(Vec::new(), |it| it.all) {
                if value != "null" {
                    let value = without_nulls(value, depth + 1);
                    object.any_key(&name).extend_from_slice(value.as_bytes());
                }
            }
            object.end();
        }
        Ok(Form::List) => {
            let mut values = Vec::new();
            let mut is_first = true;
            scan.enter();
            while let Ok(true) = scan.next_element(is_first) {
                is_first = false;
                match scan.skip() {
                    Ok("null") => {}
                    Ok(value) => values.push(without_nulls(value, depth + 1)),
                    Err(_) => break,
                }
            }
            json::list(&mut out, &values, |out, one| {
                out.extend_from_slice(one.as_bytes());
            });
        }
        _ => return json::compact(value),
    }
    // What was taken from a text is one.
    String::from_utf8(out).map_or(json::compact(value), Cow::Owned)
}

/// The fields that only JSON Lines have; to an array they are custom fields. Source: current page
/// and schema beside the classic page.
const fn lines_fields(kind: Type) -> &'static [&'static str] {
    match kind {
        Type::User => &[
            "teams_role",
            "blocked_user_ids",
            "push_preferences",
            "privacy_settings",
        ],
        Type::Channel => &["banned_users", "truncated_at"],
        Type::Member => &["archived_at"],
        Type::Message => &[
            "mentioned_roles",
            "mentioned_channel",
            "mentioned_here",
            "restricted_visibility",
        ],
        _ => &[],
    }
}

/// Whether a value says no more than a field that is not there.
fn is_unset(value: &str) -> bool {
    matches!(
        json::compact(value).as_ref(),
        "null" | "false" | "\"\"" | "[]" | "{}"
    )
}

/// What owns the custom fields of a type; `None` for types that have none.
const fn owner(kind: Type) -> Option<Owner> {
    Some(Owner::Entry(match kind {
        Type::User => Kind::User,
        Type::Channel => Kind::Channel,
        Type::Member => Kind::Member,
        Type::Message => Kind::Message,
        Type::Reaction => Kind::Reaction,
        Type::Device | Type::Ban | Type::Poll | Type::PollVote => return None,
    }))
}

/// The fields of a device in JSON Lines, which may have no other. Source: schema.
const DEVICE_FIELDS: &[&str] = &[
    "id",
    "user_id",
    "push_provider_type",
    "push_provider_name",
    "created_at",
];

/// Whether the address of an attachment may stand in JSON Lines; an empty one is absent.
fn is_allowed(value: &str) -> bool {
    let mut scan = Scanner::new(value);
    match (scan.form(), scan.string()) {
        (Ok(Form::Text), Ok(url)) => url.is_empty() || url.starts_with("https://"),
        _ => true,
    }
}

fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    while is_taken(&free) {
        free.insert_str(0, "source_");
    }
    free
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    /// Respells an item, and the names of what was lost behind it.
    fn check(kind: &str, item: &str, to: Spelling, expected: &str) {
        let (from, key, other) = match to {
            Spelling::Jsonl => (Spelling::Array, "item", "data"),
            Spelling::Array => (Spelling::Jsonl, "data", "item"),
        };
        let text = format!(r#"{{"type":"{kind}","{key}":{item}}}"#);
        let taken = read(&text, from).unwrap();
        let mut lost = Vec::new();
        let how = Respelling { to, may_add: true };
        let written = respell(&text, &taken, how, &mut |name, _| lost.push(name));
        let written = written.map_or(String::new(), |it| String::from_utf8(it).unwrap());
        let start = format!(r#"{{"type":"{}","{other}":"#, taken.kind.name());
        let item = written.strip_prefix(&start).unwrap_or(&written);
        let item = item.strip_suffix('}').unwrap_or(item);
        let lost: String = lost.iter().map(|name| format!(" {name}")).collect();
        assert_eq!(format!("{item}{lost}"), expected, "{text}");
    }

    fn check_lines(kind: &str, item: &str, expected: &str) {
        check(kind, item, Spelling::Jsonl, expected);
    }

    #[test]
    fn a_regular_message_with_a_parent_is_a_reply_in_json_lines() {
        check_lines(
            "message",
            r#"{"id":"a","parent_id":"b", "type":"regular"}"#,
            r#"{"id":"a","parent_id":"b","type":"reply"}"#,
        );
        check_lines(
            "message",
            r#"{"id":"a","parent_id":"b"}"#,
            r#"{"id":"a","parent_id":"b","type":"reply"}"#,
        );
        check_lines(
            "message",
            r#"{"id":"a","parent_id":"b","type":"deleted"}"#,
            r#"{"id":"a","parent_id":"b","type":"deleted"}"#,
        );
        check_lines("message", r#"{"id":"a"}"#, r#"{"id":"a"}"#);
        check_lines(
            "message",
            r#"{"id":"a","type":"reply"}"#,
            r#"{"id":"a","type":"regular"} reply_without_parent"#,
        );
    }

    #[test]
    fn an_edit_goes_to_a_custom_field_if_that_is_free() {
        check_lines(
            "message",
            r#"{"created_at":"1","updated_at":"2"}"#,
            r#"{"created_at":"1","edited_at":"2"}"#,
        );
        check_lines(
            "message",
            r#"{"created_at":"1","updated_at":"1"}"#,
            r#"{"created_at":"1"}"#,
        );
        check_lines(
            "message",
            r#"{"edited_at":"1","updated_at":"2"}"#,
            r#"{"edited_at":"1"} edited_at_taken"#,
        );
        check_lines(
            "user",
            r#"{"id":"u","updated_at":"2","role":null}"#,
            r#"{"id":"u"} updated_at_dropped"#,
        );
        check_lines(
            "channel",
            r#"{"created_at":"1","updated_at":"1"}"#,
            r#"{"created_at":"1"}"#,
        );
    }

    #[test]
    fn a_blocked_message_is_deleted_when_it_was_changed_last() {
        check_lines(
            "message",
            r#"{"type":"blocked","created_at":"1","updated_at":"1"}"#,
            r#"{"created_at":"1","type":"deleted","deleted_at":"1"} blocked_deleted"#,
        );
        check_lines(
            "message",
            r#"{"type":"blocked","created_at":"1","deleted_at":"3"}"#,
            r#"{"created_at":"1","deleted_at":"3","type":"deleted"} blocked_deleted"#,
        );
    }

    #[test]
    fn addresses_without_tls_are_kept_aside() {
        check_lines(
            "message",
            r#"{"attachments":[{"type":"file","asset_url":"http://a","image_url":"https://b","thumb_url":null},5]}"#,
            r#"{"attachments":[{"type":"file","source_url":"http://a","image_url":"https://b"},5]} url_not_allowed"#,
        );
        check_lines(
            "message",
            r#"{"attachments":[{"asset_url":"ftp:","source_url":1}]}"#,
            r#"{"attachments":[{"source_source_url":"ftp:","source_url":1}]} url_not_allowed"#,
        );
        check_lines("message", r#"{"attachments":[]}"#, r#"{"attachments":[]}"#);
    }

    #[test]
    fn what_only_one_spelling_knows_is_left_away_or_kept_as_custom_data() {
        check_lines(
            "message",
            r#"{"show_in_channel":false,"parent_id":null}"#,
            "{}",
        );
        check_lines(
            "user",
            r#"{"x": {"a": null, "b": [1, null, "null"]}, "y": null}"#,
            r#"{"x":{"a":null,"b":[1,null,"null"]}}"#,
        );
        check_lines(
            "user",
            r#"{"coords":[1, null, 2],"teams":["a",null]}"#,
            r#"{"coords":[1,null,2],"teams":["a"]}"#,
        );
        check_lines(
            "message",
            r#"{"attachments":[{"title":null,"x":[null],"y":null}]}"#,
            r#"{"attachments":[{"x":[null]}]}"#,
        );
        check_lines(
            "message",
            r#"{"show_in_channel":true}"#,
            "{} show_in_channel_dropped",
        );
        check_lines(
            "user",
            r#"{"push_notifications":{"disabled":true}}"#,
            r#"{"source_push_notifications":{"disabled":true}} push_notifications_kept"#,
        );
        check_lines(
            "device",
            r#"{"id":"d","disabled":true}"#,
            r#"{"id":"d"} device_field_dropped"#,
        );
    }

    #[test]
    fn in_an_array_a_reply_is_regular_and_there_is_no_ban() {
        let check = |kind, item, expected| check(kind, item, Spelling::Array, expected);
        check(
            "message",
            r#"{"type":"reply","parent_id":"b"}"#,
            r#"{"type":"regular","parent_id":"b"}"#,
        );
        check(
            "channel_member",
            r#"{"user_id":"b", "a":null}"#,
            r#"{"user_id":"b","a":null}"#,
        );
        check(
            "future_channel_ban",
            r#"{"target_id":"a"}"#,
            " future_channel_ban",
        );
    }

    #[test]
    fn what_only_json_lines_have_is_kept_in_an_array_and_noted() {
        for (kind, field, lost) in [
            (
                "user",
                r#""teams_role":{"a":"b"}"#,
                "field_unknown_to_array",
            ),
            (
                "user",
                r#""blocked_user_ids":["a"]"#,
                "field_unknown_to_array",
            ),
            (
                "user",
                r#""push_preferences":{"a":1}"#,
                "field_unknown_to_array",
            ),
            (
                "user",
                r#""privacy_settings":{"a":1}"#,
                "field_unknown_to_array",
            ),
            (
                "channel",
                r#""banned_users":["a"]"#,
                "field_unknown_to_array",
            ),
            ("channel", r#""truncated_at":"1""#, "field_unknown_to_array"),
            ("member", r#""archived_at":"1""#, "field_unknown_to_array"),
            (
                "message",
                r#""mentioned_roles":["a"]"#,
                "field_unknown_to_array",
            ),
            (
                "message",
                r#""mentioned_channel":true"#,
                "field_unknown_to_array",
            ),
            (
                "message",
                r#""mentioned_here":true"#,
                "field_unknown_to_array",
            ),
            (
                "message",
                r#""restricted_visibility":["a"]"#,
                "visibility_lost",
            ),
            ("message", r#""restricted_visibility":[]"#, ""),
            ("message", r#""mentioned_here":false"#, ""),
            ("message", r#""archived_at":"1""#, ""),
        ] {
            let item = format!("{{{field}}}");
            let expected = format!("{item} {lost}");
            check(kind, &item, Spelling::Array, expected.trim_end());
        }
    }

    #[test]
    fn what_stands_beside_an_item_is_noted() {
        let text = r#"{"type":"user","v":1,"w":null,"item":{"id":"a"}}"#;
        let taken = read(text, Spelling::Array).unwrap();
        let how = Respelling {
            to: Spelling::Jsonl,
            may_add: true,
        };
        let mut lost = Vec::new();
        respell(text, &taken, how, &mut |name, detail| {
            lost.push(format!("{name} {detail}"));
        });
        assert_eq!(lost, ["entry_key_dropped v"]);
    }

    #[test]
    fn of_a_name_that_stands_twice_the_last_counts() {
        check_lines(
            "user",
            r#"{"id":"a","x":1,"id":"b"}"#,
            r#"{"id":"b","x":1}"#,
        );
    }
}
