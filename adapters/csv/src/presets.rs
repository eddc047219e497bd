//! Mappings that come with the program, for layouts whose headers are certain.

use anyhow::{Result, bail};
use migrate_mapping::Preset;

use crate::inputs::Found;
use crate::table::Table;

/// A mapping that comes with the program, and what files it is for.
#[derive(Debug)]
struct Known {
    preset: Preset,
    /// The headers of its files, exactly; empty where files are not known by them.
    headers: &'static [&'static [&'static str]],
    /// Whether files without headers are of it, with their first rows in the place of headers.
    fits: Option<Fits>,
}

/// Whether files are of a layout.
type Fits = fn(&[Found], &[Table]) -> bool;

/// All presets, in the order in which they are listed.
static ALL: &[Known] = &[
    Known {
        preset: Preset {
            name: "chatistics",
            title: "a table of Chatistics, with one's own conversations of several services",
            text: include_str!("../presets/chatistics.toml"),
        },
        headers: &[&[
            "timestamp",
            "conversationId",
            "conversationWithName",
            "senderName",
            "outgoing",
            "text",
            "language",
            "platform",
        ]],
        fits: None,
    },
    Known {
        preset: Preset {
            name: "discord-channel-column",
            title: "files like those of DiscordChatExporter, with the channel in a column",
            text: include_str!("../presets/discord-channel-column.toml"),
        },
        headers: &[&[
            "Channel",
            "AuthorID",
            "Author",
            "Date",
            "Content",
            "Attachments",
            "Reactions",
        ]],
        fits: None,
    },
    Known {
        preset: Preset {
            name: "discord-chat-exporter",
            title: "DiscordChatExporter, one file for each channel, of any year",
            text: include_str!("../presets/discord-chat-exporter.toml"),
        },
        headers: &[
            &[
                "AuthorID",
                "Author",
                "Date",
                "Content",
                "Attachments",
                "Reactions",
            ],
            &["Author", "Date", "Content", "Attachments", "Reactions"],
            &["Author", "Date", "Content", "Attachments"],
        ],
        fits: None,
    },
    Known {
        preset: Preset {
            name: "intercom-prodsight",
            title: "conversations of Intercom, exported by ProdSight",
            text: include_str!("../presets/intercom-prodsight.toml"),
        },
        headers: &[&[
            "message_id",
            "message_body",
            "message_type",
            "message_created_at",
            "message_author_type",
            "message_author_id",
            "message_author_user_id",
            "message_author_name",
            "message_author_email",
            "message_author_companies",
            "conversation_tags",
            "conversation_id",
            "conversation_state",
            "conversation_created_at",
            "conversation_first_response_at",
            "conversation_closed_at",
            "app_id",
            "app_name",
        ]],
        fits: None,
    },
    Known {
        preset: Preset {
            name: "mattermost-compliance",
            title: "posts.csv of Mattermost's compliance export, with `PostParentId` (older servers) or without",
            text: include_str!("../presets/mattermost-compliance.toml"),
        },
        headers: &[
            &[
                "TeamName",
                "TeamDisplayName",
                "ChannelName",
                "ChannelDisplayName",
                "ChannelType",
                "UserUsername",
                "UserEmail",
                "UserNickname",
                "UserType",
                "PostId",
                "PostCreateAt",
                "PostUpdateAt",
                "PostDeleteAt",
                "PostRootId",
                "PostOriginalId",
                "PostMessage",
                "PostType",
                "PostProps",
                "PostHashtags",
                "PostFileIds",
            ],
            // Servers before version 6.
            &[
                "TeamName",
                "TeamDisplayName",
                "ChannelName",
                "ChannelDisplayName",
                "ChannelType",
                "UserUsername",
                "UserEmail",
                "UserNickname",
                "UserType",
                "PostId",
                "PostCreateAt",
                "PostUpdateAt",
                "PostDeleteAt",
                "PostRootId",
                "PostParentId",
                "PostOriginalId",
                "PostMessage",
                "PostType",
                "PostProps",
                "PostHashtags",
                "PostFileIds",
            ],
        ],
        fits: None,
    },
    Known {
        preset: Preset {
            name: "rocketchat",
            title: "the zip of Rocket.Chat's own CSV importer, without headers",
            text: include_str!("../presets/rocketchat.toml"),
        },
        headers: &[],
        fits: Some(is_rocketchat),
    },
    Known {
        preset: Preset {
            name: "template",
            title: "a layout of your own: every field of the model, with what it means",
            text: include_str!("../presets/template.toml"),
        },
        headers: &[],
        fits: None,
    },
];

/// A layout that is recognised and holds no chat.
struct NoChat {
    header: &'static [&'static str],
    what: &'static str,
}

const NO_CHAT: &[NoChat] = &[NoChat {
    header: &[
        "user_id",
        "user_external_id",
        "company_id",
        "email",
        "name",
        "ruleset_id",
        "content_id",
    ],
    what: "this is Intercom's own content export: it has receipts of what was sent and opened, not \
           what anybody wrote; export conversations instead",
}];

impl Known {
    fn fits_header(&self, table: &Table) -> bool {
        self.headers.iter().any(|header| *header == table.columns)
    }
}

/// All presets.
pub(crate) fn all() -> impl Iterator<Item = &'static Preset> + Clone {
    ALL.iter().map(|known| &known.preset)
}

/// A preset that files are of.
pub(crate) struct Recognised {
    pub(crate) preset: &'static Preset,
    /// Which files are beside those of the preset; empty if none is.
    pub(crate) beside: Vec<bool>,
}

/// The preset that all of these files are of, or the only one that some are of.
pub(crate) fn of(found: &[Found], tables: &[Table]) -> Option<Recognised> {
    let fits = |known: &&Known| match known.fits {
        Some(fits) => fits(found, tables),
        None => tables.iter().all(|table| known.fits_header(table)),
    };
    if let Some(known) = ALL.iter().find(fits) {
        return Some(Recognised {
            preset: &known.preset,
            beside: Vec::new(),
        });
    }
    let fits_some = |known: &&Known| tables.iter().any(|table| known.fits_header(table));
    let mut some = ALL.iter().filter(fits_some);
    let (Some(known), None) = (some.next(), some.next()) else {
        return None;
    };
    let beside = tables.iter().map(|table| !known.fits_header(table));
    Some(Recognised {
        preset: &known.preset,
        beside: beside.collect(),
    })
}

/// Whether there are `users.csv`, `channels.csv`, and folders of files whose second or third cell is
/// a time in milliseconds.
fn is_rocketchat(found: &[Found], tables: &[Table]) -> bool {
    let is_there = |name: &str| found.iter().any(|it| it.path == name);
    let is_time = |cell: &String| {
        (12..=14).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut in_folders = found
        .iter()
        .zip(tables)
        .filter(|(found, _)| found.path.contains('/'));
    let is_first_a_message = in_folders.next().is_some_and(|(_, table)| {
        let cells = table.columns.iter().skip(1).take(2);
        cells.into_iter().any(is_time)
    });
    is_there("users.csv") && is_there("channels.csv") && is_first_a_message
}

/// Fails if a table is of a layout that is known to hold no chat.
///
/// # Errors
/// With what it is, in one line.
pub(crate) fn refuse_no_chat(table: &Table) -> Result<()> {
    let known = NO_CHAT.iter().find(|it| {
        let start = table.columns.get(..it.header.len());
        start.is_some_and(|start| start == it.header)
    });
    match known {
        Some(it) => bail!("{}: {}", table.shape.bytes.name, it.what),
        None => Ok(()),
    }
}
