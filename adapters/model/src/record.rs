//! The records that every source is mapped to.
//!
//! Ids here are the source's own; the core makes them legal for the target. An empty text means
//! that the source does not say. Strings borrow from the unit's buffer where they can.

use std::borrow::Cow;

use crate::{Custom, Time};

/// Text that is borrowed from the source's buffer where possible.
pub type Text<'a> = Cow<'a, str>;

/// The kinds of record, in the order in which an import file holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`User`].
    User,
    /// [`Channel`].
    Channel,
    /// [`Member`].
    Member,
    /// [`Message`].
    Message,
    /// [`Reaction`], of one user.
    Reaction,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Kind; 5] = [
        Kind::User,
        Kind::Channel,
        Kind::Member,
        Kind::Message,
        Kind::Reaction,
    ];

    /// The kind in lower case, as reports name it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Channel => "channel",
            Kind::Member => "member",
            Kind::Message => "message",
            Kind::Reaction => "reaction",
        }
    }
}

/// Where a record comes from, for the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the source.
    Read,
    /// The adapter derived it from other records; the text is the kind under which it is listed,
    /// such as `slack.unlisted_folder`.
    Made(&'static str),
}

/// What an adapter hands to the core.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Record<'a> {
    /// A person or a bot.
    User(User<'a>),
    /// A place for messages.
    Channel(Channel<'a>),
    /// A user's membership of a channel.
    Member(Member<'a>),
    /// A message.
    Message(Message<'a>),
    /// A reaction of one user to a message.
    Reaction(Reaction<'a>),
}

impl From<Kind> for Record<'_> {
    /// A record of this kind of which nothing is known yet.
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Record::User(User::default()),
            Kind::Channel => Record::Channel(Channel::default()),
            Kind::Member => Record::Member(Member::default()),
            Kind::Message => Record::Message(Message::default()),
            Kind::Reaction => Record::Reaction(Reaction::default()),
        }
    }
}

impl Record<'_> {
    /// The record's kind.
    pub fn kind(&self) -> Kind {
        match self {
            Record::User(_) => Kind::User,
            Record::Channel(_) => Kind::Channel,
            Record::Member(_) => Kind::Member,
            Record::Message(_) => Kind::Message,
            Record::Reaction(_) => Kind::Reaction,
        }
    }
}

/// A person or a bot.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct User<'a> {
    /// The source's id; never empty.
    pub id: Text<'a>,
    /// The display name, as mentions write it.
    pub name: Text<'a>,
    /// The e-mail address, by which the user of the program may name the person. It is looked at
    /// and not written; a source whose addresses are to be written sets a custom field.
    pub email: Text<'a>,
    /// The picture.
    pub image_url: Text<'a>,
    /// The role; empty for an ordinary user.
    pub role: Text<'a>,
    /// The teams of a multi-tenant app.
    pub teams: Vec<Text<'a>>,
    /// Whether the user is shown as offline always.
    pub invisible: bool,
    /// An ISO 639-1 language code.
    pub language: Text<'a>,
    /// When the account was made.
    pub created_at: Option<Time>,
    /// When the account was last changed.
    pub updated_at: Option<Time>,
    /// Since when the account cannot be used.
    pub deactivated_at: Option<Time>,
    /// When the account was deleted.
    pub deleted_at: Option<Time>,
    /// Whom this user muted.
    pub muted_user_ids: Vec<Text<'a>>,
    /// The ids of the channels that this user muted.
    pub muted_channel_ids: Vec<Text<'a>>,
    /// Whom this user blocked.
    pub blocked_user_ids: Vec<Text<'a>>,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// What a channel is, which decides its type in the target.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ChannelType<'a> {
    /// An ordinary channel: the type that the user of the program chose for channels.
    #[default]
    Channel,
    /// A conversation between named people: the type chosen for direct messages.
    Direct,
    /// A type named by the source.
    Named(Text<'a>),
}

/// A place for messages.
///
/// With `member_ids` it is a *distinct* channel, known by exactly that set of members; `id` is
/// then only the source's handle for it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Channel<'a> {
    /// The source's id; may be empty only for a distinct channel.
    pub id: Text<'a>,
    /// The members that make the channel distinct; empty for a channel with an id of its own.
    pub member_ids: Vec<Text<'a>>,
    /// What it is.
    pub channel_type: ChannelType<'a>,
    /// The name that people see.
    pub name: Text<'a>,
    /// The picture.
    pub image_url: Text<'a>,
    /// The team of a multi-tenant app.
    pub team: Text<'a>,
    /// Who made it; empty where the source does not say.
    pub created_by: Text<'a>,
    /// Whether nobody may write any more.
    pub frozen: bool,
    /// Whether nobody may read any more.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Option<Time>,
    /// When it was last changed.
    pub updated_at: Option<Time>,
    /// Messages before this time are hidden.
    pub truncated_at: Option<Time>,
    /// Who may not take part.
    pub banned_user_ids: Vec<Text<'a>>,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// How a record names its channel.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ChannelRef<'a> {
    /// The channel of the unit that is being read.
    #[default]
    Unit,
    /// The source's id of a channel, distinct or not.
    Id(Text<'a>),
    /// The member set of a distinct channel.
    Members(Vec<Text<'a>>),
}

/// A user's membership of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Member<'a> {
    /// The channel.
    pub channel: ChannelRef<'a>,
    /// The member.
    pub user_id: Text<'a>,
    /// The role in this channel; empty for an ordinary member.
    pub role: Text<'a>,
    /// Since when.
    pub created_at: Option<Time>,
    /// Until when the member has read; `None`: everything.
    pub last_read: Option<Time>,
    /// Whether the member was invited.
    pub invited: bool,
    /// When the invitation was accepted.
    pub invite_accepted_at: Option<Time>,
    /// When the invitation was rejected.
    pub invite_rejected_at: Option<Time>,
    /// Whether the member hid the channel.
    pub hide_channel: bool,
    /// Messages before this time are hidden from the member.
    pub hide_messages_before: Option<Time>,
    /// When the member archived the channel.
    pub archived_at: Option<Time>,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// Written by a user.
    #[default]
    Regular,
    /// Written by the chat: somebody joined, a topic changed.
    System,
    /// Deleted; kept because others refer to it.
    Deleted,
    /// Held back by moderation.
    Blocked,
}

/// That a message is pinned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pin<'a> {
    /// When it was pinned; `None`: when it was written.
    pub at: Option<Time>,
    /// Who pinned it; empty where the source does not say.
    pub by: Text<'a>,
    /// When the pin ends.
    pub until: Option<Time>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The source's id; never empty. Unique over the whole source, or, in a source with units
    /// without a channel, at least in its channel.
    pub id: Text<'a>,
    /// Where it was written.
    pub channel: ChannelRef<'a>,
    /// Who wrote it; empty where the source does not say.
    pub user_id: Text<'a>,
    /// The text, as Markdown.
    pub text: Text<'a>,
    /// What it is.
    pub kind: MessageKind,
    /// The message that started the thread; empty outside threads.
    pub parent_id: Text<'a>,
    /// Who wrote the parent, as far as this reply knows. Used only where the parent is missing.
    pub parent_user_id: Text<'a>,
    /// When the parent was written, as far as this reply knows. Used only where the parent is
    /// missing.
    pub parent_created_at: Option<Time>,
    /// Whether a reply is shown in the channel too.
    pub show_in_channel: bool,
    /// The message that this one quotes; empty if none.
    pub quoted_message_id: Text<'a>,
    /// What the quoted message says, as Markdown. It is shown only where that message is not there.
    pub quoted_text: Text<'a>,
    /// Who is mentioned. Every user whose name the text holds because of a mention stands here,
    /// with the name that the [`Directory`](crate::Directory) gave.
    pub mentioned_user_ids: Vec<Text<'a>>,
    /// Whether the whole channel is mentioned.
    pub mentioned_channel: bool,
    /// Whether everybody present is mentioned.
    pub mentioned_here: bool,
    /// The only users who may see it; empty for all.
    pub restricted_visibility: Vec<Text<'a>>,
    /// Whether it is pinned.
    pub pin: Option<Pin<'a>>,
    /// When it was written. A message without a time cannot be placed and is left out.
    pub created_at: Option<Time>,
    /// When it was last edited.
    pub edited_at: Option<Time>,
    /// When it was deleted, which makes it a deleted message whatever its kind; `None` in a deleted
    /// message: when it was written.
    pub deleted_at: Option<Time>,
    /// What hangs on it.
    pub attachments: Vec<Attachment<'a>>,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// A file, a picture or a link card that hangs on a message.
///
/// A URL in `image_url`, `thumb_url` or `asset_url` must be reachable without a login: the
/// import fetches it and fails if it cannot. Others belong into `custom`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Attachment<'a> {
    /// What it is: `image`, `video`, `audio`, `voiceRecording`, `file`, or a word of the source.
    pub kind: Text<'a>,
    /// A picture.
    pub image_url: Text<'a>,
    /// A small picture.
    pub thumb_url: Text<'a>,
    /// The file itself.
    pub asset_url: Text<'a>,
    /// The title or the file's name.
    pub title: Text<'a>,
    /// Where the title leads; with it an attachment is shown as a link card.
    pub title_link: Text<'a>,
    /// The page that a link card was made from.
    pub og_scrape_url: Text<'a>,
    /// Text on a card.
    pub text: Text<'a>,
    /// Who made it.
    pub author_name: Text<'a>,
    /// Where the author's name leads.
    pub author_link: Text<'a>,
    /// The author's picture.
    pub author_icon: Text<'a>,
    /// The colour of a card's edge.
    pub color: Text<'a>,
    /// The last line of a card.
    pub footer: Text<'a>,
    /// The media type, such as `image/png`.
    pub mime_type: Text<'a>,
    /// The size of the file.
    pub size_bytes: Option<u64>,
    /// The length of a recording, in seconds.
    pub duration: Option<f64>,
    /// The width of a picture, in pixels.
    pub width: Option<u64>,
    /// The height of a picture, in pixels.
    pub height: Option<u64>,
    /// The loudness of a voice recording over its length, each value from 0 to 1.
    pub waveform: Vec<f64>,
    /// Whether the import shall copy the URLs' contents.
    pub migrate_resources: bool,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// A reaction of one user to a message.
///
/// In a unit of a channel, a reaction should stand directly behind its message; one that does
/// not is kept aside until the channel ends.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Reaction<'a> {
    /// The message.
    pub message_id: Text<'a>,
    /// The channel of the message. In a unit without a channel [`ChannelRef::Unit`] means that the
    /// source does not say; the message is then found by its id.
    pub channel: ChannelRef<'a>,
    /// The reaction's name, such as `+1`.
    pub reaction_type: Text<'a>,
    /// Who reacted.
    pub user_id: Text<'a>,
    /// When; `None`: when the message was written.
    pub created_at: Option<Time>,
    /// Everything else.
    pub custom: Custom<'a>,
}

/// A file that hangs on a message, for a list of what has to be fetched.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ListedFile<'a> {
    /// The source's id of the file.
    pub id: Text<'a>,
    /// The source's id of the message.
    pub message_id: Text<'a>,
    /// The file's name.
    pub name: Text<'a>,
    /// The media type, such as `image/png`.
    pub mime_type: Text<'a>,
    /// The size of the file.
    pub size_bytes: Option<u64>,
    /// Where the source has it; it holds no secret that nobody asked for.
    pub source_url: Text<'a>,
    /// Where it stands in the input; empty if it does not.
    pub path: Text<'a>,
    /// Where the import expects it; empty if it expects nothing.
    pub import_url: Text<'a>,
}

/// How well a person is known who stands in no list of users. A higher rank is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// By id alone.
    Id,
    /// By a name that somebody else wrote, as in a mention.
    Label,
    /// By a profile that came with a message of their own.
    Profile,
    /// In the source's list of users.
    Listed,
}

/// What a message tells about a person.
///
/// Of all that is met about one id, the highest rank counts, then the earliest time, then the
/// first channel: for the name with its picture, and apart from that for the custom data, where
/// only what tells any has a say. A [`Rank::Profile`] tells custom data even if it has none, since
/// it is the person's own. Nothing is put together from the custom data of several. Without a name
/// nothing is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Person<'a> {
    /// The source's id of the user.
    pub id: Text<'a>,
    /// How well the person is known by this.
    pub rank: Rank,
    /// The display name.
    pub name: Text<'a>,
    /// The picture.
    pub image_url: Text<'a>,
    /// When the message was written that tells it.
    pub seen_at: Time,
    /// Everything else. An adapter that meets people in every message borrows it.
    pub custom: Custom<'a>,
}
