//! Under which names columns hold the fields of the model, and tables the kinds of record.
//!
//! Names are compared without case, spaces and punctuation. The lists are from exports that were
//! read; see docs/adapters/csv.md for where they are from.

use crate::mapping::SectionKind;

/// A field, and the names under which columns hold it: of the first list that fits a column. Two
/// columns of one list are a doubt if `is_sure` is set, and otherwise the first counts.
pub(crate) struct Alias {
    pub(crate) field: &'static str,
    pub(crate) names: &'static [&'static [&'static str]],
    pub(crate) is_sure: bool,
}

const fn sure(field: &'static str, names: &'static [&'static [&'static str]]) -> Alias {
    Alias {
        field,
        names,
        is_sure: true,
    }
}

const fn first(field: &'static str, names: &'static [&'static [&'static str]]) -> Alias {
    Alias {
        field,
        names,
        is_sure: false,
    }
}

const USER_IDS: &[&str] = &[
    "userid",
    "authorid",
    "senderid",
    "fromid",
    "messageauthorid",
    "creatorid",
];
const USER_NAMES: &[&str] = &[
    "user",
    "author",
    "sender",
    "from",
    "username",
    "userusername",
    "sendername",
    "authorname",
    "messageauthorname",
];
const CHANNEL_IDS: &[&str] = &[
    "channelid",
    "roomid",
    "conversationid",
    "conversationsourceid",
    "chatid",
    "groupid",
    "channelurl",
];
const CHANNEL_NAMES: &[&str] = &[
    "channel",
    "room",
    "conversation",
    "chat",
    "group",
    "channelname",
    "roomname",
    "chatname",
    "conversationwithname",
];
const MESSAGE_IDS: &[&str] = &["messageid", "msgid", "postid"];

/// Names of channels where their ids stand in another column.
pub(crate) const NAMES_OF_CHANNELS: &[&str] = CHANNEL_NAMES;

/// Names of people where their ids stand in another column.
pub(crate) const NAMES_OF_USERS: &[&str] = USER_NAMES;

/// Pictures of people in the rows of their messages.
pub(crate) const PICTURES_OF_USERS: &[&str] =
    &["avatar", "avatarurl", "authoravatar", "useravatar"];

const MESSAGES: &[Alias] = &[
    sure(
        "id",
        &[
            &["messageid", "msgid", "postid"],
            &["id", "sid", "eventid", "guid", "clientmessageid"],
        ],
    ),
    sure("channel_id", &[CHANNEL_IDS, CHANNEL_NAMES, &["threadid"]]),
    sure("user_id", &[USER_IDS, USER_NAMES]),
    sure(
        "text",
        &[
            &[
                "text",
                "content",
                "body",
                "messagebody",
                "messagetext",
                "messagecontent",
                "postmessage",
            ],
            &["message", "msg"],
            &["data"],
        ],
    ),
    sure(
        "parent_id",
        &[
            &[
                "parentid",
                "parentmessageid",
                "threadts",
                "rootid",
                "postrootid",
            ],
            &["replyto", "replytoid", "inreplyto"],
        ],
    ),
    first("quoted_message_id", &[&["quotedmessageid", "quotedid"]]),
    first(
        "mentioned_user_ids",
        &[&["mentioneduserids", "mentionedusers", "mentions"]],
    ),
    first("pin", &[&["pinned", "ispinned"]]),
    sure(
        "created_at",
        &[
            &[
                "createdat",
                "sentat",
                "datesent",
                "messagecreatedat",
                "postcreateat",
                "sendtime",
                "messagetime",
                "timestamp",
                "created",
            ],
            &["datetime", "date", "time", "ts"],
        ],
    ),
    first(
        "edited_at",
        &[&[
            "editedat",
            "updatedat",
            "editdate",
            "postupdateat",
            "dateupdated",
        ]],
    ),
    first("deleted_at", &[&["deletedat", "postdeleteat"]]),
    first(
        "attachments",
        &[&[
            "attachments",
            "files",
            "mediaurl",
            "media",
            "attachmenturl",
            "fileurl",
        ]],
    ),
    first("reactions", &[&["reactions"]]),
];

const USERS: &[Alias] = &[
    first(
        "id",
        &[
            &["id", "userid", "uid", "memberid", "authorid"],
            &["username", "handle", "email"],
        ],
    ),
    first(
        "name",
        &[&[
            "displayname",
            "name",
            "fullname",
            "realname",
            "username",
            "nickname",
        ]],
    ),
    first("email", &[&["email", "emailaddress", "mail"]]),
    first(
        "image_url",
        &[&[
            "imageurl",
            "avatarurl",
            "avatar",
            "image",
            "picture",
            "photourl",
            "photo",
        ]],
    ),
    first("role", &[&["role"]]),
    first("teams", &[&["teams"]]),
    first("language", &[&["language", "locale"]]),
    first(
        "created_at",
        &[&["createdat", "joinedat", "registeredat", "created"]],
    ),
    first("updated_at", &[&["updatedat"]]),
    first("deactivated_at", &[&["deactivatedat"]]),
    first("deleted_at", &[&["deletedat"]]),
];

const CHANNELS: &[Alias] = &[
    first(
        "id",
        &[
            &[
                "id",
                "channelid",
                "roomid",
                "conversationid",
                "chatid",
                "groupid",
            ],
            &["name", "channel", "room"],
        ],
    ),
    first("direct", &[&["direct", "isdirect", "isdm", "isim"]]),
    first(
        "name",
        &[&[
            "name",
            "channelname",
            "displayname",
            "title",
            "roomname",
            "subject",
        ]],
    ),
    first(
        "image_url",
        &[&["imageurl", "image", "avatarurl", "avatar", "picture"]],
    ),
    first("team", &[&["team"]]),
    first(
        "created_by",
        &[&[
            "createdby",
            "createdbyid",
            "creatorid",
            "creator",
            "ownerid",
            "owner",
        ]],
    ),
    first("frozen", &[&["frozen", "archived", "isarchived"]]),
    first("created_at", &[&["createdat", "created"]]),
    first("updated_at", &[&["updatedat"]]),
];

const MEMBERS: &[Alias] = &[
    first("channel_id", &[CHANNEL_IDS, CHANNEL_NAMES]),
    first(
        "user_id",
        &[
            &["userid", "memberid", "participantid"],
            &["user", "member", "username", "participant"],
        ],
    ),
    first("role", &[&["role", "channelrole"]]),
    first("created_at", &[&["joinedat", "createdat", "addedat"]]),
    first("last_read", &[&["lastread", "lastreadat"]]),
];

const REACTIONS: &[Alias] = &[
    first("message_id", &[MESSAGE_IDS, &["message", "msg"]]),
    first("channel_id", &[CHANNEL_IDS, CHANNEL_NAMES]),
    first(
        "reaction_type",
        &[
            &[
                "reactiontype",
                "reaction",
                "emoji",
                "emojiname",
                "shortcode",
            ],
            &["type", "name", "content"],
        ],
    ),
    first("user_id", &[USER_IDS, USER_NAMES]),
    first("created_at", &[&["createdat", "timestamp", "date", "time"]]),
];

const ATTACHMENTS: &[Alias] = &[
    first("message_id", &[MESSAGE_IDS, &["message", "msg"]]),
    first("channel_id", &[CHANNEL_IDS]),
    first("kind", &[&["kind", "attachmenttype"]]),
    first("image_url", &[&["imageurl"]]),
    first("thumb_url", &[&["thumburl", "thumbnailurl", "thumbnail"]]),
    first(
        "asset_url",
        &[&["asseturl", "fileurl", "url", "downloadurl", "link", "href"]],
    ),
    first("title", &[&["title", "filename", "name"]]),
    first(
        "mime_type",
        &[&["mimetype", "contenttype", "mediatype", "type"]],
    ),
    first("size_bytes", &[&["sizebytes", "filesize", "size", "bytes"]]),
];

/// The fields of a kind of record.
pub(crate) fn of(kind: SectionKind) -> &'static [Alias] {
    match kind {
        SectionKind::Users => USERS,
        SectionKind::Channels => CHANNELS,
        SectionKind::Members => MEMBERS,
        SectionKind::Messages => MESSAGES,
        SectionKind::Reactions => REACTIONS,
        SectionKind::Attachments => ATTACHMENTS,
    }
}

/// Names of tables. Those of members and users have some in common; columns tell them apart.
pub(crate) const TABLES: &[(SectionKind, &[&str])] = &[
    (
        SectionKind::Messages,
        &["messages", "message", "posts", "chathistory", "chatlog"],
    ),
    (
        SectionKind::Members,
        &[
            "memberships",
            "channelmembers",
            "roomusers",
            "channelusers",
            "members",
            "participants",
        ],
    ),
    (
        SectionKind::Users,
        &["users", "user", "contacts", "agents", "people", "profiles"],
    ),
    (
        SectionKind::Channels,
        &[
            "channels",
            "channel",
            "rooms",
            "conversations",
            "chats",
            "groups",
            "threads",
        ],
    ),
    (SectionKind::Reactions, &["reactions", "likes", "boosts"]),
    (SectionKind::Attachments, &["attachments", "files", "media"]),
];

/// Words in the names of columns that hold what nobody else may know.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "salt",
    "pincode",
    "otp",
    "credential",
    "sessionid",
];

/// Whether a column seems to hold what nobody else may know: a word of its name, or two that stand
/// beside each other, say so.
pub(crate) fn is_secret(column: &str) -> bool {
    let words = column.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words.map(plain).filter(|word| !word.is_empty()).collect();
    let pairs = words.windows(2).map(<[String]>::concat);
    let is = |word: &str| {
        let single = word.strip_suffix('s').unwrap_or(word);
        SECRETS
            .iter()
            .any(|secret| *secret == word || *secret == single)
    };
    // Names in camel case are one word here, so the longer secrets count within it.
    let whole = plain(column);
    let within = SECRETS.iter().filter(|secret| secret.len() > 5);
    pairs.chain(words.iter().cloned()).any(|word| is(&word))
        || within.into_iter().any(|secret| whole.contains(secret))
        || whole.ends_with("token")
}

/// A name as it is compared.
pub(crate) fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names;

    #[test]
    fn every_name_is_plain_and_means_a_field() {
        for kind in SectionKind::ALL {
            let known = names::of_section(kind);
            for alias in of(kind) {
                assert!(
                    known.iter().any(|(name, _)| *name == alias.field),
                    "{}",
                    alias.field
                );
                for name in alias.names.iter().copied().flatten() {
                    assert_eq!(*name, plain(name));
                }
            }
        }
    }
}
