//! Writes items as entries, in either spelling.

use migrate_model::{Kind, MessageKind, Text, Time};

use super::Spelling;
use super::item::{
    Attachment, Channel, ChannelDetails, ChannelRef, Member, MemberDetails, Message, Reaction, User,
};
use super::json::{self, Object};

impl ChannelRef {
    /// Encodes the fields by which a member or a message names its channel.
    pub fn fields(&self) -> Vec<u8> {
        fields(|object| match self {
            ChannelRef::Id { channel_type, id } => {
                object.text("channel_type", channel_type);
                object.text("channel_id", id);
            }
            ChannelRef::Distinct {
                channel_type,
                member_ids,
            } => {
                object.text("channel_type", channel_type);
                object.texts("channel_member_ids", member_ids);
            }
        })
    }
}

impl Spelling {
    /// Appends a user's entry.
    pub fn user(self, out: &mut Vec<u8>, it: &User<'_>) {
        self.entry(out, Kind::User, |object| {
            object.text("id", &it.id);
            object.text_if_any("name", &it.name);
            object.text_if_any("image", &it.image);
            object.text_if_any("role", &it.role);
            object.texts("teams", &it.teams);
            object.flag("invisible", it.invisible);
            object.text_if_any("language", &it.language);
            object.time("created_at", it.created_at);
            if self == Spelling::Array {
                object.time("updated_at", it.updated_at);
            }
            object.time("deactivated_at", it.deactivated_at);
            object.time("deleted_at", it.deleted_at);
            object.texts("user_mutes", &it.user_mutes);
            object.texts("channel_mutes", &it.channel_mutes);
            object.texts("blocked_user_ids", &it.blocked_user_ids);
            object.encoded(it.custom);
        });
    }

    /// Appends a channel's entry.
    pub fn channel(self, out: &mut Vec<u8>, it: &Channel<'_>) {
        self.entry(out, Kind::Channel, |object| {
            match it.channel {
                ChannelRef::Id { channel_type, id } => {
                    object.text("type", channel_type);
                    object.text("id", id);
                }
                ChannelRef::Distinct {
                    channel_type,
                    member_ids,
                } => {
                    object.text("type", channel_type);
                    object.texts("member_ids", member_ids);
                }
            }
            object.text("created_by", it.created_by);
            object.encoded(it.details);
        });
    }

    /// Encodes what a channel has beyond its id and who made it.
    pub fn channel_details(self, it: &ChannelDetails<'_>) -> Vec<u8> {
        fields(|object| {
            object.text_if_any("name", &it.name);
            object.text_if_any("image", &it.image);
            object.text_if_any("team", &it.team);
            object.flag("frozen", it.frozen);
            object.flag("disabled", it.disabled);
            object.time("created_at", it.created_at);
            if self == Spelling::Array {
                object.time("updated_at", it.updated_at);
            }
            object.time("truncated_at", it.truncated_at);
            object.texts("banned_users", &it.banned_users);
            object.encoded(it.custom);
        })
    }

    /// Appends a member's entry.
    pub fn member(self, out: &mut Vec<u8>, it: &Member<'_>) {
        self.entry(out, Kind::Member, |object| {
            object.encoded(&it.channel.fields());
            object.text("user_id", it.user_id);
            object.encoded(it.details);
        });
    }

    /// Appends a message's entry.
    pub fn message(self, out: &mut Vec<u8>, it: &Message<'_>) {
        self.entry(out, Kind::Message, |object| {
            object.text("id", &it.id);
            object.encoded(it.channel);
            object.text("user", &it.user);
            object.text("type", self.message_type(it.kind, !it.parent_id.is_empty()));
            object.text_if_any("parent_id", &it.parent_id);
            object.flag("show_in_channel", it.show_in_channel);
            object.text_if_any("text", &it.text);
            object.texts("mentioned_users_ids", &it.mentioned_users_ids);
            object.flag("mentioned_channel", it.mentioned_channel);
            object.flag("mentioned_here", it.mentioned_here);
            object.text_if_any("quoted_message_id", &it.quoted_message_id);
            object.texts("restricted_visibility", &it.restricted_visibility);
            if !it.attachments.is_empty() {
                json::list(object.key("attachments"), it.attachments, attachment);
            }
            object.time("created_at", Some(it.created_at));
            if self == Spelling::Array {
                object.time("updated_at", it.updated_at);
            }
            object.time("deleted_at", it.deleted_at);
            object.time("pinned_at", it.pinned_at);
            object.text_if_any("pinned_by_id", &it.pinned_by_id);
            object.time("pin_expires", it.pin_expires);
            object.encoded(it.custom);
        });
    }

    /// Appends a reaction's entry.
    pub fn reaction(self, out: &mut Vec<u8>, it: &Reaction<'_>) {
        self.entry(out, Kind::Reaction, |object| {
            object.text("message_id", &it.message_id);
            object.text("type", &it.reaction_type);
            object.text("user_id", &it.user_id);
            object.time("created_at", Some(it.created_at));
            object.encoded(it.custom);
        });
    }

    /// The word for a message's type. Source: classic page for the array, where a reply is told
    /// by its parent alone and `blocked` is a type; current page for JSON Lines.
    pub const fn message_type(self, kind: MessageKind, is_reply: bool) -> &'static str {
        match (self, kind) {
            (_, MessageKind::Deleted) => "deleted",
            (Spelling::Array, MessageKind::System) => "system",
            (Spelling::Array, MessageKind::Blocked) => "blocked",
            (Spelling::Array, _) => "regular",
            (Spelling::Jsonl, _) if is_reply => "reply",
            (Spelling::Jsonl, MessageKind::System) => "system",
            (Spelling::Jsonl, _) => "regular",
        }
    }

    /// How much of a user's room for custom data goes to fields that only JSON Lines have, in
    /// bytes: to an array's import they are custom data. Source: classic page; validator.
    pub fn user_extra(self, it: &User<'_>) -> usize {
        self.extra(|object| object.texts("blocked_user_ids", &it.blocked_user_ids))
    }

    /// The same of a channel.
    pub fn channel_extra(self, it: &ChannelDetails<'_>) -> usize {
        self.extra(|object| {
            object.flag("disabled", it.disabled);
            object.time("truncated_at", it.truncated_at);
            object.texts("banned_users", &it.banned_users);
        })
    }

    /// The same of a member.
    pub fn member_extra(self, archived_at: Option<Time>) -> usize {
        // Exports hold millions of members, few of them archived.
        archived_at.map_or(0, |_| {
            self.extra(|object| object.time("archived_at", archived_at))
        })
    }

    /// The same of a message.
    pub fn message_extra(
        self,
        mentioned_channel: bool,
        mentioned_here: bool,
        restricted_visibility: &[Text<'_>],
    ) -> usize {
        if !mentioned_channel && !mentioned_here && restricted_visibility.is_empty() {
            return 0;
        }
        self.extra(|object| {
            object.flag("mentioned_channel", mentioned_channel);
            object.flag("mentioned_here", mentioned_here);
            object.texts("restricted_visibility", restricted_visibility);
        })
    }

    fn extra(self, fill: impl FnOnce(&mut Object<'_>)) -> usize {
        match self {
            // With the comma behind the last.
            Spelling::Array => Some(fields(fill).len())
                .filter(|it| *it > 0)
                .map_or(0, |it| it + 1),
            Spelling::Jsonl => 0,
        }
    }

    fn entry(self, out: &mut Vec<u8>, kind: Kind, fill: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(self.open(kind).as_bytes());
        let mut object = Object::begin(out);
        fill(&mut object);
        object.end();
        out.push(b'}');
    }
}

/// Encodes what a member has beyond its channel and user.
pub fn member_details(it: &MemberDetails<'_>) -> Vec<u8> {
    fields(|object| {
        object.text_if_any("channel_role", &it.channel_role);
        object.time("created_at", it.created_at);
        object.time("last_read", it.last_read);
        object.flag("invited", it.invited);
        object.time("invite_accepted_at", it.invite_accepted_at);
        object.time("invite_rejected_at", it.invite_rejected_at);
        object.flag("hide_channel", it.hide_channel);
        object.time("hide_messages_before", it.hide_messages_before);
        object.time("archived_at", it.archived_at);
        object.encoded(it.custom);
    })
}

/// Encodes fields without the braces around them.
fn fields(fill: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    fill(&mut object);
    out.split_off(1)
}

/// Appends an attachment of a message.
pub fn attachment(out: &mut Vec<u8>, it: &Attachment<'_>) {
    let mut object = Object::begin(out);
    object.text("type", &it.kind);
    object.text_if_any("image_url", &it.image_url);
    object.text_if_any("thumb_url", &it.thumb_url);
    object.text_if_any("asset_url", &it.asset_url);
    object.text_if_any("title", &it.title);
    object.text_if_any("title_link", &it.title_link);
    object.text_if_any("og_scrape_url", &it.og_scrape_url);
    object.text_if_any("text", &it.text);
    object.text_if_any("author_name", &it.author_name);
    object.text_if_any("author_link", &it.author_link);
    object.text_if_any("author_icon", &it.author_icon);
    object.text_if_any("color", &it.color);
    object.text_if_any("footer", &it.footer);
    object.text_if_any("mime_type", &it.mime_type);
    object.integer("file_size", it.file_size);
    object.float("duration", it.duration);
    object.integer("original_width", it.original_width);
    object.integer("original_height", it.original_height);
    if !it.waveform_data.is_empty() {
        json::list(object.key("waveform_data"), &it.waveform_data, json::number);
    }
    object.flag("migrate_resources", it.migrate_resources);
    object.encoded(&it.custom);
    object.end();
}
