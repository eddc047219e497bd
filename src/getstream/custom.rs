//! Custom data: extra fields beside the format's own, at most 5 KB an object.

use std::cmp::Reverse;

use migrate_model::{Custom, Kind, Value};

use super::{json, limits};

/// What encoding custom data had to change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Fields that were renamed to `source_<name>`, since the format uses or reserves the name.
    pub renamed: Vec<String>,
    /// Fields that were left away, largest first, since the object would have been too large.
    pub dropped: Vec<String>,
}

/// What owns custom data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An entry.
    Entry(Kind),
    /// An attachment of a message.
    Attachment,
}

/// Room for most fields at once, with their names.
const USUAL_BYTES: usize = 64;

/// Appends custom fields to `out` as `"name":value`, with commas between, at most `room` bytes.
/// What `is_kept` says of is dropped only when all else is.
pub fn encode(
    out: &mut Vec<u8>,
    owner: Owner,
    custom: &Custom<'_>,
    room: usize,
    is_kept: &dyn Fn(&str) -> bool,
) -> Changes {
    let mut changes = Changes::default();
    if custom.is_empty() {
        return changes;
    }
    let mut fields: Vec<(Vec<u8>, &str)> = Vec::with_capacity(custom.len());
    for (name, value) in custom.iter() {
        let mut field = Vec::with_capacity(USUAL_BYTES);
        if is_taken(owner, name) {
            changes.renamed.push(name.to_owned());
            json::string(&mut field, &free_name(owner, name, custom));
        } else {
            json::string(&mut field, name);
        }
        field.push(b':');
        if write_value(&mut field, value) {
            fields.push((field, name));
        }
    }
    drop_largest(&mut fields, room, is_kept, &mut changes);
    for (n, (field, _)) in fields.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        out.extend_from_slice(field);
    }
    changes
}

/// Drops fields until the others have room.
fn drop_largest(
    fields: &mut Vec<(Vec<u8>, &str)>,
    room: usize,
    is_kept: &dyn Fn(&str) -> bool,
    changes: &mut Changes,
) {
    let mut bytes = joined_bytes(fields);
    if bytes <= room {
        return;
    }
    let ranked = fields.iter().enumerate();
    let ranked = ranked.map(|(at, (field, name))| (is_kept(name), Reverse(field.len()), at));
    let mut ranked: Vec<_> = ranked.collect();
    // The first of the largest, so that the choice does not hang on anything but the data.
    ranked.sort_unstable();
    let mut is_left = vec![true; fields.len()];
    for (_, Reverse(length), at) in ranked {
        if bytes <= room {
            break;
        }
        bytes -= length + 1;
        is_left[at] = false;
        changes.dropped.push(fields[at].1.to_owned());
    }
    let mut is_left = is_left.into_iter();
    fields.retain(|_| is_left.next().unwrap_or_default());
}

/// A name for a field whose own name is taken.
fn free_name(owner: Owner, name: &str, custom: &Custom<'_>) -> String {
    let mut free = format!("source_{name}");
    while is_taken(owner, &free) || custom.iter().any(|(other, _)| other == free) {
        free.insert_str(0, "source_");
    }
    free
}

fn joined_bytes(fields: &[(Vec<u8>, &str)]) -> usize {
    fields.iter().map(|(field, _)| field.len() + 1).sum()
}

/// How many of the bytes allowed for custom data are left when these texts count as well, each
/// with its name and the object's braces. Source: current page, where a user's or channel's name
/// and image are "custom" keys that only the SDKs know.
pub fn room(texts: &[(&str, &str)]) -> usize {
    // The quotes of both, a colon and a comma.
    let bytes = |(name, text): &(&str, &str)| name.len() + json::text_bytes(text) + 6;
    let taken: usize = texts.iter().map(bytes).sum();
    limits::CUSTOM_BYTES.saturating_sub("{}".len() + taken)
}

/// Writes a value; `false` if it has no form in JSON.
fn write_value(out: &mut Vec<u8>, value: &Value<'_>) -> bool {
    match value {
        Value::Bool(it) => json::number(out, it),
        Value::Integer(it) => json::number(out, it),
        Value::Float(it) if !it.is_finite() => return false,
        Value::Float(it) => json::number(out, it),
        Value::Text(it) => json::string(out, it),
        Value::List(values) => {
            let mut written = Vec::with_capacity(values.len());
            for value in values {
                let mut one = Vec::new();
                if write_value(&mut one, value) {
                    written.push(one);
                }
            }
            json::list(out, &written, |out, one| out.extend_from_slice(one));
        }
        Value::Object(fields) => {
            out.push(b'{');
            let start = out.len();
            for (name, value) in fields.iter() {
                let mut one = Vec::new();
                if !write_value(&mut one, value) {
                    continue;
                }
                if out.len() > start {
                    out.push(b',');
                }
                json::string(out, name);
                out.push(b':');
                out.extend_from_slice(&one);
            }
            out.push(b'}');
        }
        _ => return false,
    }
    true
}

/// Whether custom data may not use a name: the format's own fields, the reserved ones, and what
/// we write ourselves.
pub fn is_taken(owner: Owner, name: &str) -> bool {
    let is_ours = match owner {
        Owner::Entry(Kind::Channel) => name == SOURCE_IDS,
        // The validator looks for the reserved names of an attachment inside this one.
        Owner::Attachment => name == "custom",
        Owner::Entry(_) => false,
    };
    let is_theirs = known(owner).contains(&name) || reserved(owner).contains(&name);
    name.is_empty() || is_ours || is_theirs
}

/// The custom field in which a distinct channel keeps the ids that it has in the source.
pub const SOURCE_IDS: &str = "source_ids";

/// The names that the format reserves. Source: validator; case counts.
pub const fn reserved(owner: Owner) -> &'static [&'static str] {
    match owner {
        Owner::Entry(Kind::User) => &["app_pk", "online", "pk", "user_pk", "last_active"],
        Owner::Entry(Kind::Channel) => &[
            "last_message_at",
            "cid",
            "created_by_pk",
            "members",
            "config",
            "app_pk",
            "pk",
        ],
        Owner::Entry(Kind::Member) => &[],
        Owner::Entry(Kind::Message) => &[
            "tmp_id",
            "app_pk",
            "latest_reactions",
            "own_reactions",
            "reactions_count",
            "reply_count",
            "command",
            "pk",
            "quoted_message",
            "pinned_by",
        ],
        Owner::Entry(Kind::Reaction) => &["app_pk", "pk", "user", "user_pk"],
        Owner::Attachment => &["actions", "fields"],
    }
}

/// The format's own fields, over both pages and the schema.
pub const fn known(owner: Owner) -> &'static [&'static str] {
    match owner {
        Owner::Entry(Kind::User) => &[
            "id",
            "name",
            "image",
            "role",
            "invisible",
            "teams",
            "teams_role",
            "language",
            "created_at",
            "updated_at",
            "deleted_at",
            "deactivated_at",
            "channel_mutes",
            "user_mutes",
            "blocked_user_ids",
            "push_notifications",
            "push_preferences",
            "privacy_settings",
        ],
        Owner::Entry(Kind::Channel) => &[
            "id",
            "member_ids",
            "type",
            "created_by",
            "team",
            "frozen",
            "disabled",
            "banned_users",
            "truncated_at",
            "created_at",
            "updated_at",
            "name",
            "image",
        ],
        Owner::Entry(Kind::Member) => &[
            "channel_type",
            "channel_id",
            "channel_member_ids",
            "user_id",
            "channel_role",
            "is_moderator",
            "created_at",
            "last_read",
            "invited",
            "invite_accepted_at",
            "invite_rejected_at",
            "hide_channel",
            "hide_messages_before",
            "archived_at",
        ],
        Owner::Entry(Kind::Message) => &[
            "id",
            "channel_type",
            "channel_id",
            "channel_member_ids",
            "user",
            "type",
            "text",
            "html",
            "attachments",
            "parent_id",
            "show_in_channel",
            "quoted_message_id",
            "mentioned_users_ids",
            "mentioned_roles",
            "mentioned_channel",
            "mentioned_here",
            "restricted_visibility",
            "pinned_at",
            "pinned_by_id",
            "pin_expires",
            "created_at",
            "updated_at",
            "deleted_at",
            "poll_id",
        ],
        Owner::Entry(Kind::Reaction) => &["message_id", "type", "user_id", "created_at", "score"],
        Owner::Attachment => &[
            "type",
            "image_url",
            "thumb_url",
            "asset_url",
            "migrate_resources",
            "fallback",
            "color",
            "pretext",
            "author_name",
            "author_link",
            "author_icon",
            "title",
            "title_link",
            "text",
            "footer",
            "footer_icon",
            "og_scrape_url",
            "original_width",
            "original_height",
            "size",
            "file_size",
            "mime_type",
            "duration",
            "waveform_data",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(custom: &[(&str, Value<'static>)], room: usize, expected: &str) -> Changes {
        let mut fields = Custom::default();
        for (name, value) in custom {
            fields.set((*name).to_owned(), value.clone());
        }
        let mut out = Vec::new();
        let owner = Owner::Entry(Kind::Message);
        let changes = encode(&mut out, owner, &fields, room, &|name| name == "kept");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        changes
    }

    #[test]
    fn a_taken_name_is_renamed_and_said() {
        let changes = check(
            &[("command", "x".into()), ("a", 1.into())],
            100,
            r#""source_command":"x","a":1"#,
        );
        assert_eq!(changes.renamed, ["command"]);
    }

    #[test]
    fn a_name_that_is_free_is_no_other_fields() {
        let changes = check(
            &[("command", 1.into()), ("source_command", 2.into())],
            100,
            r#""source_source_command":1,"source_command":2"#,
        );
        assert_eq!(changes.renamed, ["command"]);
    }

    #[test]
    fn the_largest_field_goes_first_when_room_is_short() {
        let long = "x".repeat(50);
        let changes = check(
            &[("a", 1.into()), ("b", long.into()), ("c", 2.into())],
            12,
            r#""a":1,"c":2"#,
        );
        assert_eq!(changes.dropped, ["b"]);
    }

    #[test]
    fn what_is_to_be_kept_goes_last() {
        let long = "x".repeat(50);
        let changes = check(
            &[("kept", long.into()), ("b", 1.into()), ("c", 2.into())],
            65,
            r#""kept":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#,
        );
        assert_eq!(changes.dropped, ["b", "c"]);
    }

    #[test]
    fn a_number_that_is_not_finite_is_not_written() {
        check(
            &[
                ("a", Value::Float(f64::INFINITY)),
                (
                    "b",
                    Value::List(vec![Value::Float(f64::NAN), Value::Bool(true)]),
                ),
            ],
            100,
            r#""b":[true]"#,
        );
    }

    #[test]
    fn values_of_every_kind_are_written() {
        let mut fields = Custom::default();
        fields.set("x", Value::Float(f64::NAN));
        fields.set("y", Value::Float(-0.5));
        fields.set("z", "t");
        check(
            &[("a", Value::Float(1.5)), ("b", Value::Object(fields))],
            100,
            r#""a":1.5,"b":{"y":-0.5,"z":"t"}"#,
        );
    }

    #[test]
    fn names_that_the_program_writes_are_taken_where_it_does() {
        let channel = Owner::Entry(Kind::Channel);
        assert!(is_taken(channel, SOURCE_IDS) && is_taken(Owner::Attachment, "custom"));
        assert!(!is_taken(channel, "custom") && !is_taken(Owner::Attachment, SOURCE_IDS));
        assert!(!is_taken(Owner::Entry(Kind::User), SOURCE_IDS) && is_taken(channel, ""));
    }
}
