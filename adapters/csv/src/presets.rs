//! Mappings that come with the program, for layouts whose headers are certain.

use anyhow::{Context, Result, bail};
use migrate_mapping::Mapping;
use migrate_model::wording;

use crate::inputs::Found;
use crate::table::Table;

/// A mapping that comes with the program.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The name by which it is asked for.
    pub(crate) name: &'static str,
    /// What it reads, in one line.
    pub(crate) title: &'static str,
    /// The mapping file.
    pub(crate) text: &'static str,
    /// The headers of its files, exactly; empty where files are not known by them.
    headers: &'static [&'static [&'static str]],
    /// Names of files by all of which together it is known.
    files: &'static [&'static str],
}

/// All presets, in the order in which they are listed.
pub(crate) static ALL: &[Preset] = &[
    Preset {
        name: "chatistics",
        title: "a table of Chatistics, with one's own conversations of several services",
        text: include_str!("../presets/chatistics.toml"),
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
        files: &[],
    },
    Preset {
        name: "discord-channel-column",
        title: "files like those of DiscordChatExporter, with the channel in a column",
        text: include_str!("../presets/discord-channel-column.toml"),
        headers: &[&[
            "Channel",
            "AuthorID",
            "Author",
            "Date",
            "Content",
            "Attachments",
            "Reactions",
        ]],
        files: &[],
    },
    Preset {
        name: "discord-chat-exporter",
        title: "DiscordChatExporter, one file for each channel, of any year",
        text: include_str!("../presets/discord-chat-exporter.toml"),
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
        files: &[],
    },
    Preset {
        name: "intercom-prodsight",
        title: "conversations of Intercom, exported by ProdSight",
        text: include_str!("../presets/intercom-prodsight.toml"),
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
        files: &[],
    },
    Preset {
        name: "mattermost-compliance",
        title: "posts.csv of Mattermost's compliance export",
        text: include_str!("../presets/mattermost-compliance.toml"),
        headers: &[&[
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
        ]],
        files: &[],
    },
    Preset {
        name: "rocketchat",
        title: "the zip of Rocket.Chat's own CSV importer, without headers",
        text: include_str!("../presets/rocketchat.toml"),
        headers: &[],
        files: &["users.csv", "channels.csv"],
    },
    Preset {
        name: "template",
        title: "a layout of your own: every field of the model, with what it means",
        text: include_str!("../presets/template.toml"),
        headers: &[],
        files: &[],
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

impl Preset {
    /// Its mapping.
    ///
    /// # Errors
    /// Never in a program that was tested.
    pub(crate) fn mapping(&self) -> Result<Mapping> {
        Mapping::parse(self.text, &format!("preset {}", self.name))
    }

    fn fits_files(&self, found: &[Found]) -> bool {
        let is_there = |name: &&str| found.iter().any(|it| it.path == **name);
        !self.files.is_empty() && self.files.iter().all(is_there)
    }

    fn fits_header(&self, table: &Table) -> bool {
        self.headers.iter().any(|header| *header == table.columns)
    }
}

/// The preset of that name.
///
/// # Errors
/// If there is none; with the name that was probably meant.
pub(crate) fn by_name(name: &str) -> Result<&'static Preset> {
    let found = ALL.iter().find(|preset| preset.name == name);
    found.with_context(|| {
        let names: Vec<_> = ALL.iter().map(|preset| preset.name).collect();
        let known = format!("; there are {}", wording::list(&names));
        wording::unknown("preset", name, &names, &known)
    })
}

/// The preset whose files these are, by what they are called.
pub(crate) fn of_files(found: &[Found]) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.fits_files(found))
}

/// The preset that all of these tables are of, by their headers.
pub(crate) fn of_tables(tables: &[Table]) -> Option<&'static Preset> {
    let fits_all = |preset: &&Preset| tables.iter().all(|table| preset.fits_header(table));
    ALL.iter().find(|preset| fits_all(preset))
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
