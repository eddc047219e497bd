//! The items of entries, field by field: what is read of each, and the rules that it must keep by
//! itself.

use migrate_model::{Kind, Text};

use super::entry::{Fields, Type};
use super::scan::{Fault, Form};
use crate::getstream::check::{
    self, ChannelFacts, DeviceFacts, MemberFacts, MessageFacts, ReactionFacts,
};
use crate::getstream::custom::{self, Owner};
use crate::getstream::json;
use crate::getstream::rules::{Problem, RuleId};

/// An item, as far as it is referred to or refers to others.
#[derive(Debug)]
pub enum Item<'a> {
    /// A user.
    User(User<'a>),
    /// A device.
    Device(Device<'a>),
    /// A future_channel_ban.
    Ban(Ban<'a>),
    /// A channel.
    Channel(Channel<'a>),
    /// A member.
    Member(Member<'a>),
    /// A message.
    Message(Message<'a>),
    /// A reaction.
    Reaction(Reaction<'a>),
    /// An item whose form is not published.
    Unchecked,
}

/// A user.
#[derive(Debug, Default)]
pub struct User<'a> {
    /// `id`
    pub id: Text<'a>,
    /// `role`, if it is given.
    pub role: Option<Text<'a>>,
    /// `teams`
    pub teams: Vec<Text<'a>>,
    /// `channel_mutes`
    pub channel_mutes: Vec<Text<'a>>,
    /// `user_mutes`
    pub user_mutes: Vec<Text<'a>>,
    /// `blocked_user_ids`
    pub blocked_user_ids: Vec<Text<'a>>,
}

/// A device.
#[derive(Debug, Default)]
pub struct Device<'a> {
    /// `id`
    pub id: Text<'a>,
    /// `user_id`
    pub user_id: Text<'a>,
}

/// A future_channel_ban.
#[derive(Debug, Default)]
pub struct Ban<'a> {
    /// `target_id`
    pub target_id: Text<'a>,
    /// `created_by`
    pub created_by: Text<'a>,
}

/// How an item names its channel.
#[derive(Debug, Default)]
pub struct ChannelName<'a> {
    /// The type.
    pub channel_type: Text<'a>,
    /// The id; empty for a distinct channel.
    pub id: Text<'a>,
    /// The members of a distinct channel.
    pub member_ids: Vec<Text<'a>>,
}

impl ChannelName<'_> {
    fn facts(&self) -> ChannelFacts<'_> {
        ChannelFacts {
            channel_type: &self.channel_type,
            id: &self.id,
            member_count: self.member_ids.len(),
        }
    }
}

/// A channel.
#[derive(Debug, Default)]
pub struct Channel<'a> {
    /// How it is known.
    pub name: ChannelName<'a>,
    /// `created_by`
    pub created_by: Text<'a>,
    /// `team`
    pub team: Text<'a>,
    /// `banned_users`
    pub banned_users: Vec<Text<'a>>,
}

/// A member.
#[derive(Debug, Default)]
pub struct Member<'a> {
    /// The channel.
    pub channel: ChannelName<'a>,
    /// `user_id`
    pub user_id: Text<'a>,
}

/// A message.
#[derive(Debug, Default)]
pub struct Message<'a> {
    /// `id`
    pub id: Text<'a>,
    /// The channel.
    pub channel: ChannelName<'a>,
    /// `user`
    pub user: Text<'a>,
    /// `text`, with its escapes
    pub raw_text: &'a str,
    /// `parent_id`
    pub parent_id: Text<'a>,
    /// `quoted_message_id`
    pub quoted_message_id: Text<'a>,
    /// `pinned_by_id`
    pub pinned_by_id: Text<'a>,
    /// `mentioned_users_ids`
    pub mentioned_users_ids: Vec<Text<'a>>,
    /// `restricted_visibility`
    pub restricted_visibility: Vec<Text<'a>>,
    /// `created_at`
    pub created_at: Option<migrate_model::Time>,
}

/// A reaction.
#[derive(Debug, Default)]
pub struct Reaction<'a> {
    /// `message_id`
    pub message_id: Text<'a>,
    /// `type`
    pub reaction_type: Text<'a>,
    /// `user_id`
    pub user_id: Text<'a>,
}

/// Reads an item, and checks it by itself.
///
/// # Errors
/// If its text is no JSON.
pub fn read<'a>(fields: &mut Fields<'_, 'a>, kind: Type) -> Result<Item<'a>, Fault> {
    Ok(match kind {
        Type::User => Item::User(user(fields)?),
        Type::Device => Item::Device(device(fields)?),
        Type::Ban => Item::Ban(ban(fields)?),
        Type::Channel => Item::Channel(channel(fields)?),
        Type::Member => Item::Member(member(fields)?),
        Type::Message => Item::Message(message(fields)?),
        Type::Reaction => Item::Reaction(reaction(fields)?),
        Type::Poll | Type::PollVote => {
            fields.skip()?;
            Item::Unchecked
        }
    })
}

/// The custom data of an item that is being read.
struct CustomData {
    item: &'static str,
    owner: Owner,
    reserved: RuleId,
    /// As JSON, braces counted.
    bytes: usize,
}

impl CustomData {
    fn of(kind: Kind, reserved: RuleId) -> CustomData {
        CustomData {
            item: kind.name(),
            owner: Owner::Entry(kind),
            reserved,
            bytes: 2,
        }
    }

    /// Takes in a field that the format does not have.
    fn field(&mut self, fields: &mut Fields<'_, '_>, name: &str) -> Result<(), Fault> {
        if custom::reserved(self.owner).contains(&name) {
            fields
                .problems
                .add(Problem::plain(self.reserved).with("field", name));
        }
        self.value(fields, name)
    }

    /// Takes in a field that the format has and that counts all the same.
    fn value(&mut self, fields: &mut Fields<'_, '_>, name: &str) -> Result<(), Fault> {
        let value = fields.skip()?;
        self.add(name, value);
        Ok(())
    }

    fn add(&mut self, name: &str, value: &str) {
        // Its quotes, a colon and a comma.
        self.bytes += name.len() + 4 + json::compact(value).len();
    }

    fn end(self, fields: &mut Fields<'_, '_>) {
        // No comma stands behind the last.
        let bytes = self.bytes.max(3) - 1;
        check::custom_size(fields.problems, self.item, bytes);
    }
}

/// A text that counts as custom data too.
fn custom_text<'a>(
    fields: &mut Fields<'_, 'a>,
    custom: &mut CustomData,
    name: &'static str,
) -> Result<(), Fault> {
    match fields.form()? {
        Form::Text => custom.value(fields, name),
        _ => fields.text(name).map(|_| ()),
    }
}

fn user<'a>(fields: &mut Fields<'_, 'a>) -> Result<User<'a>, Fault> {
    let mut it = User::default();
    let mut custom = CustomData::of(Kind::User, RuleId::UserReserved);
    fields.each(|fields, name| {
        let is_current = fields.is_current();
        match name.as_ref() {
            "id" => it.id = fields.text("id")?,
            "role" => it.role = fields.given_text("role")?,
            "name" => custom_text(fields, &mut custom, "name")?,
            "image" => custom_text(fields, &mut custom, "image")?,
            "invisible" => {
                fields.flag("invisible")?;
            }
            "language" => {
                fields.text("language")?;
            }
            "teams" => it.teams = fields.texts("teams")?,
            "channel_mutes" => it.channel_mutes = fields.texts("channel_mutes")?,
            "user_mutes" => it.user_mutes = fields.texts("user_mutes")?,
            "created_at" => {
                fields.time("created_at")?;
            }
            "updated_at" => {
                fields.time("updated_at")?;
            }
            "deleted_at" => {
                fields.time("deleted_at")?;
            }
            "deactivated_at" => {
                fields.time("deactivated_at")?;
            }
            "push_notifications" if !is_current => push_notifications(fields)?,
            "teams_role" if is_current => {
                fields.object("teams_role", "map[string]string", |fields, _| {
                    fields.text("teams_role").map(|_| ())
                })?;
            }
            "blocked_user_ids" if is_current => {
                it.blocked_user_ids = fields.texts("blocked_user_ids")?;
            }
            "push_preferences" if is_current => push_preferences(fields)?,
            "privacy_settings" if is_current => privacy_settings(fields)?,
            _ => custom.field(fields, &name)?,
        }
        Ok(())
    })?;
    check::user(fields.problems, &it.id);
    custom.end(fields);
    Ok(it)
}

fn push_notifications(fields: &mut Fields<'_, '_>) -> Result<(), Fault> {
    fields.object("push_notifications", "object", |fields, name| {
        match name.as_ref() {
            "disabled" => {
                fields.flag("push_notifications.disabled")?;
            }
            "disabled_until" => {
                fields.time("push_notifications.disabled_until")?;
            }
            _ => {
                fields.skip()?;
            }
        }
        Ok(())
    })
}

fn push_preferences(fields: &mut Fields<'_, '_>) -> Result<(), Fault> {
    fields.object("push_preferences", "object", |fields, name| {
        match name.as_ref() {
            "chat_level" => {
                let level = fields.given_text("push_preferences.chat_level")?;
                let is_known = |level: &Text<'_>| matches!(&**level, "all" | "none" | "mentions");
                if let Some(level) = level.filter(|level| !is_known(level)) {
                    let problem = Problem::plain(RuleId::UserChatLevel);
                    fields.problems.add(problem.with("level", level));
                }
            }
            "disabled_until" => {
                fields.time("push_preferences.disabled_until")?;
            }
            other => fields.not_allowed("push_preferences", other)?,
        }
        Ok(())
    })
}

fn privacy_settings(fields: &mut Fields<'_, '_>) -> Result<(), Fault> {
    fields.object("privacy_settings", "object", |fields, name| {
        let field = match name.as_ref() {
            "typing_indicators" => "typing_indicators",
            "read_receipts" => "read_receipts",
            "delivery_receipts" => "delivery_receipts",
            other => return fields.not_allowed("privacy_settings", other),
        };
        let mut is_enabled_said = false;
        let is_object = fields.form()? == Form::Object;
        fields.object(field, "object", |fields, name| match name.as_ref() {
            "enabled" => {
                is_enabled_said = true;
                fields.flag("enabled").map(|_| ())
            }
            other => fields.not_allowed(field, other),
        })?;
        if is_object && !is_enabled_said {
            let problem = Problem::plain(RuleId::UserPrivacy);
            fields.problems.add(problem.with("field", field));
        }
        Ok(())
    })
}

fn device<'a>(fields: &mut Fields<'_, 'a>) -> Result<Device<'a>, Fault> {
    let mut it = Device::default();
    let mut provider = Text::Borrowed("");
    let mut has_time = false;
    fields.each(|fields, name| {
        match name.as_ref() {
            "id" => it.id = fields.text("id")?,
            "user_id" => it.user_id = fields.text("user_id")?,
            "push_provider_type" => provider = fields.text("push_provider_type")?,
            "push_provider_name" => {
                fields.text("push_provider_name")?;
            }
            "created_at" => has_time = fields.time("created_at")?.is_some(),
            other => fields.not_allowed("device", other)?,
        }
        Ok(())
    })?;
    let facts = DeviceFacts {
        id: &it.id,
        user_id: &it.user_id,
        provider: &provider,
        has_time,
    };
    check::device(fields.problems, &facts);
    Ok(it)
}

fn ban<'a>(fields: &mut Fields<'_, 'a>) -> Result<Ban<'a>, Fault> {
    let mut it = Ban::default();
    fields.each(|fields, name| {
        match name.as_ref() {
            "target_id" => it.target_id = fields.text("target_id")?,
            "created_by" => it.created_by = fields.text("created_by")?,
            "shadow" => {
                fields.flag("shadow")?;
            }
            "reason" => {
                fields.text("reason")?;
            }
            "created_at" => {
                fields.time("created_at")?;
            }
            other => fields.not_allowed("future_channel_ban", other)?,
        }
        Ok(())
    })?;
    check::ban(fields.problems, &it.target_id, &it.created_by);
    Ok(it)
}

fn channel<'a>(fields: &mut Fields<'_, 'a>) -> Result<Channel<'a>, Fault> {
    let mut it = Channel::default();
    let mut custom = CustomData::of(Kind::Channel, RuleId::ChannelReserved);
    fields.each(|fields, name| {
        let is_current = fields.is_current();
        match name.as_ref() {
            "id" => it.name.id = fields.text("id")?,
            "member_ids" => it.name.member_ids = fields.texts("member_ids")?,
            "type" => it.name.channel_type = fields.text("type")?,
            "created_by" => it.created_by = fields.text("created_by")?,
            "team" => it.team = fields.text("team")?,
            "name" => custom_text(fields, &mut custom, "name")?,
            "image" => custom_text(fields, &mut custom, "image")?,
            "frozen" => {
                fields.flag("frozen")?;
            }
            "disabled" if is_current => {
                fields.flag("disabled")?;
            }
            "created_at" => {
                fields.time("created_at")?;
            }
            "updated_at" => {
                fields.time("updated_at")?;
            }
            "truncated_at" if is_current => {
                fields.time("truncated_at")?;
            }
            "banned_users" if is_current => it.banned_users = fields.texts("banned_users")?,
            _ => custom.field(fields, &name)?,
        }
        Ok(())
    })?;
    check::channel(fields.problems, &it.name.facts());
    fields
        .problems
        .require(!it.created_by.is_empty(), RuleId::ChannelCreatedByRequired);
    custom.end(fields);
    Ok(it)
}

fn member<'a>(fields: &mut Fields<'_, 'a>) -> Result<Member<'a>, Fault> {
    let mut it = Member::default();
    let (mut invited, mut has_accepted, mut has_rejected) = (false, false, false);
    // No name is reserved in a member. Source: validator.
    let mut custom = CustomData::of(Kind::Member, RuleId::KeyNotAllowed);
    fields.each(|fields, name| {
        let is_current = fields.is_current();
        match name.as_ref() {
            "channel_type" => it.channel.channel_type = fields.text("channel_type")?,
            "channel_id" => it.channel.id = fields.text("channel_id")?,
            "channel_member_ids" => it.channel.member_ids = fields.texts("channel_member_ids")?,
            "user_id" => it.user_id = fields.text("user_id")?,
            "channel_role" => {
                fields.text("channel_role")?;
            }
            "is_moderator" => {
                fields.flag("is_moderator")?;
            }
            "invited" => invited = fields.flag("invited")?,
            "invite_accepted_at" => has_accepted = fields.time("invite_accepted_at")?.is_some(),
            "invite_rejected_at" => has_rejected = fields.time("invite_rejected_at")?.is_some(),
            "hide_channel" => {
                fields.flag("hide_channel")?;
            }
            "created_at" => {
                fields.time("created_at")?;
            }
            "last_read" => {
                fields.time("last_read")?;
            }
            "hide_messages_before" => {
                fields.time("hide_messages_before")?;
            }
            "archived_at" if is_current => {
                fields.time("archived_at")?;
            }
            _ => custom.field(fields, &name)?,
        }
        Ok(())
    })?;
    let facts = MemberFacts {
        channel: it.channel.facts(),
        user_id: &it.user_id,
        invited,
        has_accepted,
        has_rejected,
    };
    check::member(fields.problems, &facts);
    custom.end(fields);
    Ok(it)
}

/// What rules ask of a message and nothing refers to.
#[derive(Default)]
struct MessageMore<'a> {
    kind: Option<Text<'a>>,
    deleted_at: Option<migrate_model::Time>,
    pinned_at: Option<migrate_model::Time>,
    pin_expires: Option<migrate_model::Time>,
    has_show_in_channel: bool,
    attachment_count: usize,
}

fn message<'a>(fields: &mut Fields<'_, 'a>) -> Result<Message<'a>, Fault> {
    let mut it = Message::default();
    let mut more = MessageMore::default();
    let mut custom = CustomData::of(Kind::Message, RuleId::MessageReserved);
    fields.each(|fields, name| {
        match name.as_ref() {
            "id" => it.id = fields.text("id")?,
            "channel_type" => it.channel.channel_type = fields.text("channel_type")?,
            "channel_id" => it.channel.id = fields.text("channel_id")?,
            "channel_member_ids" => it.channel.member_ids = fields.texts("channel_member_ids")?,
            "user" => it.user = fields.text("user")?,
            "text" => it.raw_text = fields.raw_text("text")?,
            "parent_id" => it.parent_id = fields.text("parent_id")?,
            "quoted_message_id" => it.quoted_message_id = fields.text("quoted_message_id")?,
            "pinned_by_id" => it.pinned_by_id = fields.text("pinned_by_id")?,
            "mentioned_users_ids" => {
                it.mentioned_users_ids = fields.texts("mentioned_users_ids")?
            }
            "restricted_visibility" if fields.is_current() => {
                it.restricted_visibility = fields.texts("restricted_visibility")?;
            }
            "created_at" => it.created_at = fields.time("created_at")?,
            _ => return message_more(fields, &name, &mut more, &mut custom),
        }
        Ok(())
    })?;
    let facts = MessageFacts {
        id: &it.id,
        channel: it.channel.facts(),
        user: &it.user,
        kind: more.kind.as_deref(),
        deleted_at: more.deleted_at,
        pinned_at: more.pinned_at,
        pinned_by_id: &it.pinned_by_id,
        pin_expires: more.pin_expires,
        parent_id: &it.parent_id,
        has_show_in_channel: more.has_show_in_channel,
        attachment_count: more.attachment_count,
    };
    check::message(fields.problems, &facts);
    custom.end(fields);
    Ok(it)
}

fn message_more<'a>(
    fields: &mut Fields<'_, 'a>,
    name: &str,
    more: &mut MessageMore<'a>,
    custom: &mut CustomData,
) -> Result<(), Fault> {
    let is_current = fields.is_current();
    match name {
        "type" => more.kind = fields.given_text("type")?,
        "html" => {
            fields.text("html")?;
        }
        "deleted_at" => more.deleted_at = fields.time("deleted_at")?,
        "updated_at" => {
            fields.time("updated_at")?;
        }
        "pinned_at" => more.pinned_at = fields.time("pinned_at")?,
        "pin_expires" => more.pin_expires = fields.time("pin_expires")?,
        "show_in_channel" => {
            more.has_show_in_channel = fields.form()? != Form::Null;
            fields.flag("show_in_channel")?;
        }
        "mentioned_roles" if is_current => {
            fields.texts("mentioned_roles")?;
        }
        "mentioned_channel" if is_current => {
            fields.flag("mentioned_channel")?;
        }
        "mentioned_here" if is_current => {
            fields.flag("mentioned_here")?;
        }
        "attachments" => {
            let mut count = 0;
            fields.list("attachments", "[]attachment", |fields| {
                count += 1;
                attachment(fields)
            })?;
            more.attachment_count = count;
        }
        _ => custom.field(fields, name)?,
    }
    Ok(())
}

fn attachment(fields: &mut Fields<'_, '_>) -> Result<(), Fault> {
    let mut kind = Text::Borrowed("");
    let mut custom = CustomData {
        item: "attachment",
        owner: Owner::Attachment,
        reserved: RuleId::AttachmentReserved,
        bytes: 2,
    };
    let is_object = fields.form()? == Form::Object;
    fields.object("attachments", "attachment", |fields, name| {
        match name.as_ref() {
            "type" => kind = fields.text("attachments.type")?,
            "image_url" => url(fields, "image_url", "attachments.image_url")?,
            "thumb_url" => url(fields, "thumb_url", "attachments.thumb_url")?,
            "asset_url" => url(fields, "asset_url", "attachments.asset_url")?,
            "migrate_resources" => {
                fields.flag("attachments.migrate_resources")?;
            }
            "custom" => reserved_in_custom(fields, &mut custom)?,
            "original_width" => fields.integer("attachments.original_width")?,
            "original_height" => fields.integer("attachments.original_height")?,
            "size" => fields.integer("attachments.size")?,
            name => match ATTACHMENT_TEXTS.iter().find(|(known, _)| *known == name) {
                Some((_, field)) => {
                    fields.text(field)?;
                }
                None => custom.value(fields, name)?,
            },
        }
        Ok(())
    })?;
    if is_object {
        fields
            .problems
            .require(!kind.is_empty(), RuleId::AttachmentType);
        custom.end(fields);
    }
    Ok(())
}

/// Further texts of an attachment, each with the name that Go's decoder has for it. Source:
/// validator, as are the whole numbers.
const ATTACHMENT_TEXTS: &[(&str, &str)] = &[
    ("fallback", "attachments.fallback"),
    ("color", "attachments.color"),
    ("pretext", "attachments.pretext"),
    ("author_name", "attachments.author_name"),
    ("author_link", "attachments.author_link"),
    ("author_icon", "attachments.author_icon"),
    ("title", "attachments.title"),
    ("title_link", "attachments.title_link"),
    ("text", "attachments.text"),
    ("footer", "attachments.footer"),
    ("footer_icon", "attachments.footer_icon"),
    ("og_scrape_url", "attachments.og_scrape_url"),
];

fn url(fields: &mut Fields<'_, '_>, name: &'static str, field: &'static str) -> Result<(), Fault> {
    let url = fields.text(field)?;
    check::url(fields.problems, name, &url);
    Ok(())
}

/// The names that an attachment's object `custom` may not have.
fn reserved_in_custom(fields: &mut Fields<'_, '_>, custom: &mut CustomData) -> Result<(), Fault> {
    if fields.form()? != Form::Object {
        return custom.value(fields, "custom");
    }
    custom.add("custom", "{}");
    fields.object("custom", "object", |fields, name| {
        custom.field(fields, &name)
    })
}

fn reaction<'a>(fields: &mut Fields<'_, 'a>) -> Result<Reaction<'a>, Fault> {
    let mut it = Reaction::default();
    let mut has_time = false;
    let mut custom = CustomData::of(Kind::Reaction, RuleId::ReactionReserved);
    fields.each(|fields, name| {
        match name.as_ref() {
            "message_id" => it.message_id = fields.text("message_id")?,
            "type" => it.reaction_type = fields.text("type")?,
            "user_id" => it.user_id = fields.text("user_id")?,
            "created_at" => has_time = fields.time("created_at")?.is_some(),
            _ => custom.field(fields, &name)?,
        }
        Ok(())
    })?;
    let facts = ReactionFacts {
        message_id: &it.message_id,
        reaction_type: &it.reaction_type,
        user_id: &it.user_id,
        has_time,
    };
    check::reaction(fields.problems, &facts);
    custom.end(fields);
    Ok(it)
}
