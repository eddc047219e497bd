//! Reads what an entry refers to, whatever rules its file is held to.
//!
//! `validate` reads only the fields that a set of rules has; a part stands alone under both sets,
//! so that all fields that refer to something are read here. Values that are of another form than
//! they should be are skipped: that they are wrong is `validate`'s business.

use std::borrow::Cow;
use std::ops::Range;

use migrate_model::Text;

use crate::getstream::Spelling;
use crate::getstream::rules::RuleSet;
use crate::validate::entry::{Type, item_key};
use crate::validate::item::{
    Ban, Channel, ChannelName, Device, Item, Member, Message, Reaction, User,
};
use crate::validate::scan::{Fault, Form, Scanner};
use crate::validate::time;

/// An entry that was read.
#[derive(Debug)]
pub struct Taken<'a> {
    /// Its type.
    pub kind: Type,
    /// How it is known and what it refers to.
    pub item: Item<'a>,
    /// Where its item stands in its text.
    pub item_range: Range<usize>,
    /// What else the entry holds beside its type and its item: the names of what is not null.
    pub other_keys: Vec<Text<'a>>,
}

/// The rules that files of a spelling are held to.
pub const fn set_of(spelling: Spelling) -> RuleSet {
    match spelling {
        Spelling::Array => RuleSet::Classic,
        Spelling::Jsonl => RuleSet::Current,
    }
}

/// Reads an entry of a file of that spelling; `None` if it is none.
pub fn read(text: &str, spelling: Spelling) -> Option<Taken<'_>> {
    envelope(text, set_of(spelling)).ok().flatten()
}

fn envelope(text: &str, set: RuleSet) -> Result<Option<Taken<'_>>, Fault> {
    let mut scan = Scanner::new(text);
    if scan.form()? != Form::Object {
        return Ok(None);
    }
    let mut kind = None;
    let mut found: Option<(Type, Item<'_>)> = None;
    let mut item_range = 0..0;
    let mut other_keys = Vec::new();
    let mut is_first = true;
    scan.enter();
    while let Some(key) = scan.next_key(is_first)? {
        is_first = false;
        let form = scan.form()?;
        if key == "type" && form == Form::Text {
            kind = Type::of(&scan.string()?, set);
        } else if key == item_key(set) {
            let start = scan.at();
            found = match kind {
                Some(kind) if form == Form::Object => Some((kind, item(&mut scan, kind)?)),
                _ => {
                    scan.skip()?;
                    None
                }
            };
            item_range = match form {
                Form::Object => start..scan.at(),
                // To Go's decoder null is an item without fields.
                Form::Null if set == RuleSet::Classic => start..scan.at(),
                _ => 0..0,
            };
        } else {
            scan.skip()?;
            if key != "type" && form != Form::Null {
                other_keys.push(key);
            }
        }
    }
    scan.end()?;
    let Some(kind) = kind.filter(|_| !item_range.is_empty()) else {
        return Ok(None);
    };
    let item = match found {
        Some((known, item)) if known == kind => item,
        // The type stands behind the item, or twice.
        _ if text.get(item_range.clone()) == Some("null") => item(&mut empty(), kind)?,
        _ => item(&mut scan.at_again(item_range.clone()), kind)?,
    };
    Ok(Some(Taken {
        kind,
        item,
        item_range,
        other_keys,
    }))
}

fn empty<'a>() -> Scanner<'a> {
    Scanner::new("{}")
}

fn item<'a>(scan: &mut Scanner<'a>, kind: Type) -> Result<Item<'a>, Fault> {
    Ok(match kind {
        Type::User => Item::User(user(scan)?),
        Type::Device => Item::Device(device(scan)?),
        Type::Ban => Item::Ban(ban(scan)?),
        Type::Channel => Item::Channel(channel(scan)?),
        Type::Member => Item::Member(member(scan)?),
        Type::Message => Item::Message(message(scan)?),
        Type::Reaction => Item::Reaction(reaction(scan)?),
        Type::Poll | Type::PollVote => {
            scan.skip()?;
            Item::Unchecked
        }
    })
}

/// Goes over the fields of an object whose form has been asked for.
pub fn fields<'a>(
    scan: &mut Scanner<'a>,
    mut field: impl FnMut(&mut Scanner<'a>, Text<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut is_first = true;
    scan.enter();
    while let Some(key) = scan.next_key(is_first)? {
        is_first = false;
        field(scan, key)?;
    }
    Ok(())
}

/// A text; empty for anything else.
fn string<'a>(scan: &mut Scanner<'a>) -> Result<Text<'a>, Fault> {
    match scan.form()? {
        Form::Text => scan.string(),
        _ => {
            scan.skip()?;
            Ok(Cow::Borrowed(""))
        }
    }
}

/// The texts of a list; none for anything else.
fn strings<'a>(scan: &mut Scanner<'a>) -> Result<Vec<Text<'a>>, Fault> {
    let mut texts = Vec::new();
    if scan.form()? != Form::List {
        scan.skip()?;
        return Ok(texts);
    }
    scan.enter();
    let mut is_first = true;
    while scan.next_element(is_first)? {
        is_first = false;
        texts.push(string(scan)?);
    }
    Ok(texts)
}

fn user<'a>(scan: &mut Scanner<'a>) -> Result<User<'a>, Fault> {
    let mut it = User::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "id" => it.id = string(scan)?,
            "channel_mutes" => it.channel_mutes = strings(scan)?,
            "user_mutes" => it.user_mutes = strings(scan)?,
            "blocked_user_ids" => it.blocked_user_ids = strings(scan)?,
            _ => {
                scan.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(it)
}

fn device<'a>(scan: &mut Scanner<'a>) -> Result<Device<'a>, Fault> {
    let mut it = Device::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "id" => it.id = string(scan)?,
            "user_id" => it.user_id = string(scan)?,
            _ => {
                scan.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(it)
}

fn ban<'a>(scan: &mut Scanner<'a>) -> Result<Ban<'a>, Fault> {
    let mut it = Ban::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "target_id" => it.target_id = string(scan)?,
            "created_by" => it.created_by = string(scan)?,
            _ => {
                scan.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(it)
}

fn channel<'a>(scan: &mut Scanner<'a>) -> Result<Channel<'a>, Fault> {
    let mut it = Channel::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "id" => it.name.id = string(scan)?,
            "type" => it.name.channel_type = string(scan)?,
            "member_ids" => it.name.member_ids = strings(scan)?,
            "created_by" => it.created_by = string(scan)?,
            "banned_users" => it.banned_users = strings(scan)?,
            _ => {
                scan.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(it)
}

/// Reads a field by which a member or a message names its channel; whether it is one.
fn channel_name<'a>(
    scan: &mut Scanner<'a>,
    name: &str,
    it: &mut ChannelName<'a>,
) -> Result<bool, Fault> {
    match name {
        "channel_type" => it.channel_type = string(scan)?,
        "channel_id" => it.id = string(scan)?,
        "channel_member_ids" => it.member_ids = strings(scan)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn member<'a>(scan: &mut Scanner<'a>) -> Result<Member<'a>, Fault> {
    let mut it = Member::default();
    fields(scan, |scan, name| {
        if name == "user_id" {
            it.user_id = string(scan)?;
        } else if !channel_name(scan, &name, &mut it.channel)? {
            scan.skip()?;
        }
        Ok(())
    })?;
    Ok(it)
}

fn message<'a>(scan: &mut Scanner<'a>) -> Result<Message<'a>, Fault> {
    let mut it = Message::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "id" => it.id = string(scan)?,
            "user" => it.user = string(scan)?,
            "parent_id" => it.parent_id = string(scan)?,
            "quoted_message_id" => it.quoted_message_id = string(scan)?,
            "pinned_by_id" => it.pinned_by_id = string(scan)?,
            "mentioned_users_ids" => it.mentioned_users_ids = strings(scan)?,
            "restricted_visibility" => it.restricted_visibility = strings(scan)?,
            "created_at" => it.created_at = time::parse(scan.skip()?).ok(),
            name => {
                if !channel_name(scan, name, &mut it.channel)? {
                    scan.skip()?;
                }
            }
        }
        Ok(())
    })?;
    Ok(it)
}

fn reaction<'a>(scan: &mut Scanner<'a>) -> Result<Reaction<'a>, Fault> {
    let mut it = Reaction::default();
    fields(scan, |scan, name| {
        match name.as_ref() {
            "message_id" => it.message_id = string(scan)?,
            "type" => it.reaction_type = string(scan)?,
            "user_id" => it.user_id = string(scan)?,
            _ => {
                scan.skip()?;
            }
        }
        Ok(())
    })?;
    Ok(it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, spelling: Spelling, expected: Option<&str>) {
        let taken = read(text, spelling);
        let item = taken.as_ref().map(|taken| &text[taken.item_range.clone()]);
        assert_eq!(item, expected, "{text}");
    }

    #[test]
    fn an_entry_is_read_wherever_its_type_stands() {
        let item = r#"{"id":"a","blocked_user_ids":["b"],"user_mutes":5}"#;
        let array = format!(r#"{{"type":"user","item":{item}}}"#);
        check(&array, Spelling::Array, Some(item));
        check(&array, Spelling::Jsonl, None);
        let turned = format!(r#"{{"data":{item},"more":[1],"type":"user"}}"#);
        check(&turned, Spelling::Jsonl, Some(item));
        let Some(Item::User(user)) = read(&turned, Spelling::Jsonl).map(|it| it.item) else {
            panic!("a user");
        };
        assert_eq!((&*user.id, user.blocked_user_ids.len()), ("a", 1));
        assert!(user.user_mutes.is_empty());
        check(r#"{"type":"user","item":5}"#, Spelling::Array, None);
        check(r#"{"type":"user","item":{}"#, Spelling::Array, None);
        check(r#"{"type":"room","item":{}}"#, Spelling::Array, None);
    }

    #[test]
    fn a_null_item_of_an_array_is_empty_and_the_last_one_counts() {
        let array = |text| check(text, Spelling::Array, Some("null"));
        array(r#"{"type":"user","item":null}"#);
        array(r#"{"item":null,"type":"reaction"}"#);
        array(r#"{"type":"user","item":{"id":"a"},"item":null}"#);
        let last = r#"{"type":"user","item":null,"item":{}}"#;
        check(last, Spelling::Array, Some("{}"));
        check(r#"{"type":"user","data":null}"#, Spelling::Jsonl, None);
        let typed = r#"{"type":"user","type":5,"item":{}}"#;
        check(typed, Spelling::Array, Some("{}"));
    }
}
