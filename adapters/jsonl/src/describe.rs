//! What every field means, in one sentence each: the one list from which the schema and the page
//! about the protocol are made. That the names are those of the model is tested.

use migrate_model::{
    Attachment, Custom, Fields, Kind, Person, Pin, Rank, Record, Time,
    shape::{self, Shape},
};

use crate::line_type::LineType;

/// A field and what it means.
type Meaning = (&'static str, &'static str);

/// Something with fields.
pub(crate) struct Thing {
    /// Its name: a type of line, `pin` or `attachment`.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) meaning: &'static str,
    /// Its fields with their shapes, in the model's order.
    pub(crate) fields: Vec<(&'static str, Shape, &'static str)>,
}

/// Everything that has fields, in the order of a page about it.
pub(crate) fn things() -> Vec<Thing> {
    let record = |kind: Kind, meaning, meanings| {
        let name = LineType::from(kind).name();
        thing(name, meaning, &mut Record::from(kind), meanings)
    };
    let mut person = Person {
        id: "".into(),
        rank: Rank::Id,
        name: "".into(),
        image_url: "".into(),
        seen_at: Time::MAX,
        custom: Custom::default(),
    };
    vec![
        record(Kind::User, "a person or a bot", USER),
        thing(
            "person",
            "what a message tells about somebody who may stand in no list of users; such people \
             become users only if something refers to them",
            &mut person,
            PERSON,
        ),
        record(
            Kind::Channel,
            "a place for messages; with `member_ids` it is a distinct channel, known by exactly \
             that set of members",
            CHANNEL,
        ),
        record(Kind::Member, "a user's membership of a channel", MEMBER),
        record(Kind::Message, "a message", MESSAGE),
        record(
            Kind::Reaction,
            "a reaction of one user to a message",
            REACTION,
        ),
        thing("pin", "that a message is pinned", &mut Pin::default(), PIN),
        thing(
            "attachment",
            "a file, a picture or a link card that hangs on a message; a URL in `image_url`, \
             `thumb_url` or `asset_url` must be reachable without a login, others belong into \
             `custom`",
            &mut Attachment::default(),
            ATTACHMENT,
        ),
    ]
}

/// What a line of a type is.
pub(crate) fn line(line: LineType) -> &'static str {
    match line {
        LineType::User => "a person or a bot",
        LineType::Person => "what a message tells about somebody who may stand in no list of users",
        LineType::Channel => "a place for messages",
        LineType::Member => "a user's membership of a channel",
        LineType::Message => "a message",
        LineType::Reaction => "a reaction of one user to a message",
        LineType::Loss => "something of a record is lost; the record has a line of its own",
        LineType::LeftOut => "a record of the source could not be used; it has no line of its own",
        LineType::Merged => {
            "a record of the source went into another one; it has no line of its own"
        }
        LineType::Excluded => "a record of the source was not wanted; it has no line of its own",
        LineType::Hello => "the first line of a file: who writes it",
        LineType::Progress => "how far the program that writes the lines has come",
        LineType::End => "the last line of a file, without which it was cut off",
    }
}

/// The meanings of the fields of the thing of this name.
#[cfg(test)]
fn meanings_of(name: &str) -> &'static [Meaning] {
    match name {
        "user" => USER,
        "person" => PERSON,
        "channel" => CHANNEL,
        "member" => MEMBER,
        "message" => MESSAGE,
        "reaction" => REACTION,
        "pin" => PIN,
        _ => ATTACHMENT,
    }
}

fn thing<'a>(
    name: &'static str,
    meaning: &'static str,
    it: &mut impl Fields<'a>,
    meanings: &[Meaning],
) -> Thing {
    let fields = shape::shapes(it).into_iter().map(|(field, shape)| {
        let found = meanings.iter().find(|(name, _)| *name == field);
        (field, shape, found.map_or("", |(_, meaning)| *meaning))
    });
    Thing {
        name,
        meaning,
        fields: fields.collect(),
    }
}

/// What stands beside `data`, in all types of lines.
pub(crate) const BESIDE: &[Meaning] = &[
    ("type", "what the line is"),
    ("data", "the fields of the record"),
    (
        "at",
        "the place in the source, such as the name of a file; without it the place is this file \
         and the number of the line",
    ),
    (
        "record",
        "which record of the place `at` it is, from 1 to 4294967295",
    ),
    (
        "made",
        "a kind that says why the record was derived, if it does not stand in the source itself",
    ),
    ("of", "the kind of record that it happened to"),
    (
        "kind",
        "a name for what happened, 1 to 64 of the characters `a-z`, `0-9`, `_`, `.` and `-`",
    ),
    (
        "count",
        "how many records or things it happened to; 1 if left away",
    ),
    ("detail", "what exactly, in a few words; never a secret"),
    ("channel_id", "the channel in which it happened, by its id"),
    (
        "channel_member_ids",
        "the distinct channel in which it happened, by its members",
    ),
    ("protocol", "the name of the protocol, `migrate`"),
    ("version", "the version of the protocol, 1"),
    (
        "adapter",
        "the name of what the records come from, 1 to 32 of the characters `a-z`, `0-9` and `-`; \
         the user who stands for unknown authors is called by it",
    ),
    (
        "adapter_version",
        "the version of the program that writes the lines",
    ),
    (
        "losses",
        "what kinds mean: what happened and what to do about it, in one sentence each",
    ),
    ("counts", "how many lines of each type stand in the file"),
    ("done", "how much has been done"),
    ("total", "how much there is to do"),
];

const USER: &[Meaning] = &[
    ("id", "the source's id; a user without one is left out"),
    ("name", "the display name, as mentions write it"),
    (
        "email",
        "the e-mail address, by which a user map may name the person; not written",
    ),
    ("image_url", "the picture"),
    ("role", "the role; left away for an ordinary user"),
    ("teams", "the teams of a multi-tenant app"),
    ("invisible", "whether the user is shown as offline always"),
    ("language", "an ISO 639-1 language code"),
    ("created_at", "when the account was made"),
    ("updated_at", "when the account was last changed"),
    ("deactivated_at", "since when the account cannot be used"),
    ("deleted_at", "when the account was deleted"),
    ("muted_user_ids", "whom this user muted"),
    (
        "muted_channel_ids",
        "the ids of the channels that this user muted",
    ),
    ("blocked_user_ids", "whom this user blocked"),
    ("custom", CUSTOM),
];

const PERSON: &[Meaning] = &[
    ("id", "the source's id of the user"),
    (
        "rank",
        "how well the person is known by this: `id` alone, by a `label` that somebody else wrote, \
         or by a `profile` of their own; `label` if left away; the highest rank counts, and among equals the first value that is \
         not empty",
    ),
    ("name", "the display name"),
    ("image_url", "the picture"),
    ("seen_at", "when the message was written that tells it"),
    (
        "custom",
        "everything else, by names of your choice; of several lines that of the highest rank which tells any counts, and a `profile` tells it even if it has none",
    ),
];

const CHANNEL: &[Meaning] = &[
    (
        "id",
        "the source's id; may be left away only with `member_ids`",
    ),
    (
        "member_ids",
        "the members that make a channel distinct; left away for one with an id of its own",
    ),
    (
        "channel_type",
        "a type of channel of your app; left away for what `--channel-type` says",
    ),
    (
        "direct",
        "true for a conversation between named people, whose type `--dm-type` says",
    ),
    ("name", "the name that people see"),
    ("image_url", "the picture"),
    ("team", "the team of a multi-tenant app"),
    ("created_by", "the id of the user who made it"),
    ("frozen", "whether nobody may write any more"),
    ("disabled", "whether nobody may read any more"),
    ("created_at", "when it was made"),
    ("updated_at", "when it was last changed"),
    ("truncated_at", "messages before this time are hidden"),
    ("banned_user_ids", "who may not take part"),
    ("custom", CUSTOM),
];

const MEMBER: &[Meaning] = &[
    ("channel_id", "the channel, by its id"),
    (
        "channel_member_ids",
        "the channel, by its members, if it is a distinct one; not with `channel_id`",
    ),
    ("user_id", "the member"),
    (
        "role",
        "the role in this channel; left away for an ordinary member",
    ),
    ("created_at", "since when"),
    (
        "last_read",
        "until when the member has read; left away for everything",
    ),
    ("invited", "whether the member was invited"),
    ("invite_accepted_at", "when the invitation was accepted"),
    ("invite_rejected_at", "when the invitation was rejected"),
    ("hide_channel", "whether the member hid the channel"),
    (
        "hide_messages_before",
        "messages before this time are hidden from the member",
    ),
    ("archived_at", "when the member archived the channel"),
    ("custom", CUSTOM),
];

const MESSAGE: &[Meaning] = &[
    (
        "id",
        "the source's id, unique in the source or at least in its channel; a message without one is left out",
    ),
    ("channel_id", "the channel, by its id"),
    (
        "channel_member_ids",
        "the channel, by its members, if it is a distinct one; not with `channel_id`",
    ),
    (
        "user_id",
        "who wrote it; left away where the source does not say",
    ),
    ("text", "the text, as Markdown"),
    (
        "kind",
        "`regular`, `system` for what the chat itself wrote, `deleted` or `blocked`; `regular` if \
         left away",
    ),
    (
        "parent_id",
        "the message that started the thread; left away outside threads",
    ),
    (
        "parent_user_id",
        "who wrote the parent; used only where the parent is missing",
    ),
    (
        "parent_created_at",
        "when the parent was written; used only where the parent is missing",
    ),
    (
        "show_in_channel",
        "whether a reply is shown in the channel too",
    ),
    ("quoted_message_id", "the message that this one quotes"),
    (
        "quoted_text",
        "what the quoted message says, as Markdown; shown only where that message is not there",
    ),
    (
        "mentioned_user_ids",
        "who is mentioned; the text has `@` and exactly the user's name for each",
    ),
    (
        "mentioned_channel",
        "whether the whole channel is mentioned",
    ),
    ("mentioned_here", "whether everybody present is mentioned"),
    (
        "restricted_visibility",
        "the only users who may see it; left away for all",
    ),
    ("pin", "that it is pinned"),
    (
        "created_at",
        "when it was written; a message without a time is left out",
    ),
    ("edited_at", "when it was last edited"),
    (
        "deleted_at",
        "when it was deleted, which makes it a deleted message whatever its kind; left away in a deleted message for when it was written",
    ),
    ("attachments", "what hangs on it"),
    ("custom", CUSTOM),
];

const REACTION: &[Meaning] = &[
    ("message_id", "the message"),
    (
        "channel_id",
        "the channel of the message, by its id; left away, the message is found by its own id",
    ),
    (
        "channel_member_ids",
        "the channel of the message, by its members, if it is a distinct one; not with `channel_id`",
    ),
    ("reaction_type", "the reaction's name, such as `like`"),
    ("user_id", "who reacted"),
    (
        "created_at",
        "when; left away for when the message was written",
    ),
    ("custom", CUSTOM),
];

const PIN: &[Meaning] = &[
    (
        "at",
        "when it was pinned; left away for when it was written",
    ),
    ("by", "the id of the user who pinned it"),
    ("until", "when the pin ends"),
];

const ATTACHMENT: &[Meaning] = &[
    (
        "kind",
        "`image`, `video`, `audio`, `voiceRecording`, `file`, or a word of the source",
    ),
    ("image_url", "a picture"),
    ("thumb_url", "a small picture"),
    ("asset_url", "the file itself"),
    ("title", "the title or the file's name"),
    (
        "title_link",
        "where the title leads; with it an attachment is shown as a link card",
    ),
    ("og_scrape_url", "the page that a link card was made from"),
    ("text", "text on a card"),
    ("author_name", "who made it"),
    ("author_link", "where the author's name leads"),
    ("author_icon", "the author's picture"),
    ("color", "the colour of a card's edge"),
    ("footer", "the last line of a card"),
    ("mime_type", "the media type, such as `image/png`"),
    ("size_bytes", "the size of the file, in bytes"),
    ("duration", "the length of a recording, in seconds"),
    ("width", "the width of a picture, in pixels"),
    ("height", "the height of a picture, in pixels"),
    (
        "waveform",
        "the loudness of a voice recording over its length, each value from 0 to 1",
    ),
    (
        "migrate_resources",
        "whether the import shall copy the contents of the URLs",
    ),
    ("custom", CUSTOM),
];

const CUSTOM: &str = "everything else, by names of your choice; values of any type";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_meaning_and_every_meaning_a_field() {
        for thing in things() {
            let names: Vec<&str> = thing.fields.iter().map(|(name, ..)| *name).collect();
            let meanings = meanings_of(thing.name);
            let described: Vec<&str> = meanings.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, described, "{}", thing.name);
            for (name, meaning) in meanings {
                let is_sentence = meaning.len() > 3 && !meaning.ends_with('.');
                assert!(
                    is_sentence && !meaning.contains(['\n', '|']),
                    "{name}: {meaning}"
                );
            }
        }
    }
}
