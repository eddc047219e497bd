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
    "fromuserid",
    "senderuserid",
    "postedbyid",
    "createdbyid",
    "useruuid",
    "authoruuid",
    "senderuuid",
    "memberid",
    "participantid",
    "accountid",
    "absenderid",
    "autorid",
    "benutzerid",
    "nutzerid",
];
const USER_NAMES: &[&str] = &[
    "user",
    "author",
    "sender",
    "from",
    "poster",
    "postedby",
    "sentby",
    "writtenby",
    "writer",
    "fromuser",
    "messageauthor",
    "messagesender",
    "absender",
    "autor",
    "verfasser",
    "benutzer",
    "nutzer",
    "von",
    "speaker",
    "auteur",
    "expéditeur",
    "utilisateur",
];
const LONG_USER_NAMES: &[&str] = &[
    "username",
    "userusername",
    "sendername",
    "authorname",
    "messageauthorname",
    "fromname",
    "postername",
    "creatorname",
    "userdisplayname",
    "senderdisplayname",
    "userfullname",
    "senderfullname",
    "authorfullname",
    "benutzername",
    "nutzername",
    "absendername",
    "autorname",
];
const CHANNEL_IDS: &[&str] = &[
    "channelid",
    "roomid",
    "conversationid",
    "conversationsourceid",
    "chatid",
    "groupid",
    "channelurl",
    "channeluuid",
    "roomuuid",
    "conversationuuid",
    "chatroomid",
    "groupchatid",
    "spaceid",
    "streamid",
    "dialogid",
    "dialogueid",
    "kanalid",
    "raumid",
    "gruppenid",
    "conversationsid",
    "channelsid",
];
const CHANNEL_NAMES: &[&str] = &[
    "channel",
    "room",
    "conversation",
    "chat",
    "group",
    "chatroom",
    "groupchat",
    "space",
    "stream",
    "dialog",
    "kanal",
    "raum",
    "gruppe",
    "unterhaltung",
    "salon",
    "canal",
    "groupe",
];
const LONG_CHANNEL_NAMES: &[&str] = &[
    "channelname",
    "roomname",
    "chatname",
    "conversationwithname",
    "conversationname",
    "conversationtitle",
    "chattitle",
    "groupname",
    "spacename",
    "streamname",
    "kanalname",
    "raumname",
    "gruppenname",
];
const MESSAGE_IDS: &[&str] = &["messageid", "msgid", "postid", "messageuuid", "messageguid"];

/// Names of channels where their ids stand in another column.
pub(crate) const NAMES_OF_CHANNELS: &[&[&str]] = &[LONG_CHANNEL_NAMES, CHANNEL_NAMES];

/// Names of people where their ids stand in another column.
pub(crate) const NAMES_OF_USERS: &[&[&str]] = &[
    LONG_USER_NAMES,
    USER_NAMES,
    &["displayname", "fullname", "nickname", "name"],
    // As Rocket.Chat's `u._id` and `u.username` are called where objects were made flat.
    &["uusername", "uname"],
];

/// Pictures of people in the rows of their messages.
pub(crate) const PICTURES_OF_USERS: &[&[&str]] =
    &[&["avatar", "avatarurl", "authoravatar", "useravatar"]];

/// To whom a message goes that is between two people; the other one is its author.
pub(crate) const RECIPIENTS: &[&str] = &[
    "to",
    "toid",
    "touser",
    "touserid",
    "recipient",
    "recipientid",
    "recipientuserid",
    "recipients",
    "receiver",
    "receiverid",
    "receiveruserid",
    "addressee",
    "sentto",
    "an",
    "empfänger",
    "empfängerid",
];

/// Flags that say of messages of support whether customers see them: `true` for those that they do.
pub(crate) const PUBLIC: &[&str] = &["public", "ispublic"];

/// Flags that say which messages only colleagues see.
pub(crate) const INTERNAL: &[&str] = &[
    "internal",
    "isinternal",
    "internalnote",
    "isinternalnote",
    "isprivatenote",
    "privatenote",
];

/// The same, by names that may be about channels as well.
pub(crate) const PRIVATE: &[&str] = &["private", "isprivate"];

/// Columns that name what customers of support wrote about.
pub(crate) const TICKETS: &[&str] = &["ticketid", "caseid", "ticket"];

/// What people are called who log in, which is theirs alone.
pub(crate) const LOGINS: &[&str] = &[
    "username",
    "login",
    "handle",
    "screenname",
    "userprincipalname",
    "benutzername",
];

/// Their addresses.
pub(crate) const ADDRESSES: &[&str] = &["email", "emailaddress", "mail"];

/// Words in the names of columns that may tell messages of several channels apart.
pub(crate) const CHANNEL_WORDS: &[&str] = &[
    "channel",
    "room",
    "chat",
    "group",
    "conversation",
    "thread",
    "topic",
    "space",
    "stream",
    "dialog",
    "ticket",
    "session",
    "forum",
    "board",
    "server",
    "guild",
    "workspace",
    "kanal",
    "raum",
    "gruppe",
    "thema",
];

/// Days of times that have their clock in another column.
pub(crate) const DAYS: &[&str] = &["date", "day", "messagedate", "sentdate", "datum", "tag"];

/// Clocks of times that have their day in another column.
pub(crate) const CLOCKS: &[&str] = &[
    "time",
    "clock",
    "timeofday",
    "messagetime",
    "senttime",
    "uhrzeit",
    "zeit",
    "hour",
    "heure",
    "hora",
    "ora",
    "tijd",
];

/// Columns that hold texts as HTML.
pub(crate) const HTML: &[&str] = &["html", "htmlbody", "bodyhtml", "htmlcontent", "contenthtml"];

/// When messages were pinned, and by whom.
pub(crate) const PINNED_AT: &[&str] = &["pinnedat", "pinnedon"];
pub(crate) const PINNED_BY: &[&str] = &["pinnedby", "pinnedbyid", "pinnedbyuserid", "pinner"];

/// First and last names of people.
pub(crate) const FIRST_NAMES: &[&str] = &["firstname", "givenname", "forename", "vorname"];
pub(crate) const LAST_NAMES: &[&str] = &["lastname", "familyname", "surname", "nachname"];

/// The places of the lists from which on a name of a message's text is so usual for other things
/// that it makes no table one of messages.
pub(crate) const WEAK_TEXTS: usize = 2;

/// The places of the lists from which on a name of an id is so usual for other numbers that only one
/// whose values never come twice is an id.
pub(crate) const WEAK_IDS: usize = 2;

/// The same for names of authors: a table of people has names and addresses as well.
pub(crate) const WEAK_USERS: usize = 5;

const MESSAGES: &[Alias] = &[
    sure(
        "id",
        &[
            MESSAGE_IDS,
            &["id", "sid", "eventid", "guid", "clientmessageid"],
            &["uuid"],
            &["commentid"],
            &["partid"],
            &["documentid"],
            &["docid"],
            &["entryid"],
            &["recordid"],
            &["noteid"],
            &["pk"],
            &["key"],
            &["rowid"],
            &["nr"],
            &["number"],
            &["nummer"],
        ],
    ),
    sure(
        "channel_id",
        &[
            CHANNEL_IDS,
            CHANNEL_NAMES,
            LONG_CHANNEL_NAMES,
            &["rid"],
            &["cid"],
            &["ticketid"],
            &["caseid"],
            &["threadid"],
            &["thread"],
        ],
    ),
    sure(
        "user_id",
        &[
            USER_IDS,
            USER_NAMES,
            LONG_USER_NAMES,
            &["createdby"],
            &["creator"],
            &["login"],
            &["handle"],
            &["nick"],
            &["nickname"],
            &["screenname"],
            &["useremail"],
            &["senderemail"],
            &["authoremail"],
            &["fromemail"],
            &["email"],
            &["emailaddress"],
            &["displayname"],
            &["fullname"],
            &["name"],
            &["member"],
            &["participant"],
            &["uid"],
            &["owner"],
        ],
    ),
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
                "textbody",
                "bodytext",
                "plaintext",
                "nachrichtentext",
                "utterance",
                "texte",
                "contenu",
            ],
            &["message", "msg", "nachricht"],
            &["comment"],
            &["comments"],
            &["post"],
            &["note"],
            &["notes"],
            &["kommentar"],
            &["inhalt"],
            HTML,
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
                "rootmessageid",
                "threadrootid",
                "parentpostid",
                "tmid",
            ],
            &[
                "replyto",
                "replytoid",
                "inreplyto",
                "inreplytoid",
                "replytomessageid",
                "inreplytomessageid",
                "replytomsgid",
                "inreplytomsgid",
                "referencemessageid",
                "referencedmessageid",
                "repliedto",
                "repliedtoid",
                "antwortauf",
            ],
            &["parent"],
        ],
    ),
    first(
        "quoted_message_id",
        &[&["quotedmessageid", "quotedid", "quotemessageid", "quoteid"]],
    ),
    first(
        "mentioned_user_ids",
        &[&[
            "mentioneduserids",
            "mentionedusers",
            "mentions",
            "mentionedids",
            "erwähnungen",
        ]],
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
                "createat",
                "createdon",
                "createddate",
                "createdtime",
                "createdate",
                "createtime",
                "creationdate",
                "creationtime",
                "datecreated",
                "timecreated",
                "insertedat",
                "postedat",
                "postedon",
                "postdate",
                "posttime",
                "posttimestamp",
                "senton",
                "sent",
                "sentdate",
                "senttime",
                "sentdatetime",
                "timesent",
                "messagedate",
                "messagedatetime",
                "messagetimestamp",
                "timestampms",
                "timestamputc",
                "dateutc",
                "erstelltam",
                "gesendetam",
                "gesendet",
                "zeitstempel",
                "originserverts",
                "horodatage",
                "datedenvoi",
                "dateenvoi",
                "envoyéle",
            ],
            &[
                "datetime",
                "dateandtime",
                "date",
                "time",
                "ts",
                "at",
                "datum",
                "uhrzeit",
                "zeit",
                "zeitpunkt",
            ],
            &["day"],
            &["when"],
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
            "updateat",
            "editat",
            "editedon",
            "updatedon",
            "modifiedat",
            "modifiedon",
            "lastmodified",
            "lastmodifiedat",
            "lasteditedat",
            "lastedited",
            "datemodified",
            "dateedited",
            "edited",
            "modified",
            "updated",
            "bearbeitetam",
            "geändertam",
        ]],
    ),
    first(
        "deleted_at",
        &[&[
            "deletedat",
            "postdeleteat",
            "deleteat",
            "deletedon",
            "datedeleted",
            "deletiondate",
            "removedat",
            "gelöschtam",
        ]],
    ),
    first(
        "kind",
        &[&[
            "isdeleted",
            "deleted",
            "wasdeleted",
            "messagedeleted",
            "softdeleted",
            "isremoved",
            "removed",
            "gelöscht",
        ]],
    ),
    first(
        "attachments",
        &[&[
            "attachments",
            "files",
            "mediaurl",
            "media",
            "attachmenturl",
            "fileurl",
            "attachmenturls",
            "mediaurls",
            "fileurls",
            "attachment",
            "anhänge",
            "anhang",
        ]],
    ),
    first("reactions", &[&["reactions", "reaktionen"]]),
];

const USERS: &[Alias] = &[
    first(
        "id",
        &[
            &[
                "id",
                "userid",
                "uid",
                "memberid",
                "authorid",
                "useruuid",
                "uuid",
                "guid",
                "accountid",
                "benutzerid",
                "nutzerid",
            ],
            &["username", "handle", "login", "benutzername", "email"],
        ],
    ),
    first(
        "name",
        &[&[
            "displayname",
            "name",
            "fullname",
            "realname",
            "anzeigename",
            "username",
            "nickname",
            "screenname",
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
            "profileimage",
            "profileimageurl",
            "profilepicture",
            "profilbild",
        ]],
    ),
    first("role", &[&["role"]]),
    first("teams", &[&["teams"]]),
    first("language", &[&["language", "locale"]]),
    first(
        "created_at",
        &[&[
            "createdat",
            "joinedat",
            "registeredat",
            "created",
            "createdon",
            "createat",
            "insertedat",
            "signupdate",
        ]],
    ),
    first("updated_at", &[&["updatedat", "updateat", "updatedon"]]),
    first("deactivated_at", &[&["deactivatedat"]]),
    first("deleted_at", &[&["deletedat", "deleteat"]]),
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
                "spaceid",
                "streamid",
                "dialogid",
                "rid",
                "uuid",
                "guid",
                "kanalid",
            ],
            &["name", "channel", "room", "kanal"],
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
            "kanalname",
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
    first(
        "created_at",
        &[&[
            "createdat",
            "created",
            "createdon",
            "createat",
            "insertedat",
        ]],
    ),
    first("updated_at", &[&["updatedat", "updateat", "updatedon"]]),
];

const MEMBERS: &[Alias] = &[
    first(
        "channel_id",
        &[
            CHANNEL_IDS,
            CHANNEL_NAMES,
            LONG_CHANNEL_NAMES,
            &["rid", "cid"],
        ],
    ),
    first(
        "user_id",
        &[
            &[
                "userid",
                "memberid",
                "participantid",
                "useruuid",
                "accountid",
                "benutzerid",
            ],
            &[
                "user",
                "member",
                "username",
                "participant",
                "login",
                "benutzer",
            ],
            &["email"],
        ],
    ),
    first("role", &[&["role", "channelrole"]]),
    first(
        "created_at",
        &[&["joinedat", "createdat", "addedat", "joinedon", "insertedat"]],
    ),
    first("last_read", &[&["lastread", "lastreadat"]]),
];

const REACTIONS: &[Alias] = &[
    first("message_id", &[MESSAGE_IDS, &["message", "msg", "post"]]),
    first(
        "channel_id",
        &[CHANNEL_IDS, CHANNEL_NAMES, LONG_CHANNEL_NAMES],
    ),
    first(
        "reaction_type",
        &[
            &[
                "reactiontype",
                "reaction",
                "emoji",
                "emojiname",
                "shortcode",
                "reaktion",
            ],
            &["type", "name", "content"],
        ],
    ),
    first(
        "user_id",
        &[
            USER_IDS,
            USER_NAMES,
            LONG_USER_NAMES,
            &["reactedby"],
            &["by"],
            &["login"],
            &["handle"],
            &["email"],
            &["member"],
            &["createdby"],
            &["name"],
        ],
    ),
    first(
        "created_at",
        &[&[
            "createdat",
            "timestamp",
            "date",
            "time",
            "at",
            "reactedat",
            "created",
            "createdon",
            "insertedat",
        ]],
    ),
];

const ATTACHMENTS: &[Alias] = &[
    first("message_id", &[MESSAGE_IDS, &["message", "msg", "post"]]),
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
        &[
            "messages",
            "message",
            "posts",
            "chathistory",
            "chatlog",
            "nachrichten",
        ],
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
        &[
            "users", "user", "contacts", "agents", "people", "profiles", "benutzer", "nutzer",
        ],
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
            "kanäle",
        ],
    ),
    (SectionKind::Reactions, &["reactions", "likes", "boosts"]),
    (SectionKind::Attachments, &["attachments", "files", "media"]),
];

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
