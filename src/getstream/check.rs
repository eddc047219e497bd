//! The field rules, applied to an item before it is encoded.
//!
//! Reference rules (who is in the part, in what order) are kept by [`parts`](crate::parts).
//! Reserved names and the size of custom data are kept where that is encoded, in
//! [`custom`].

use migrate_model::MessageKind;

use super::item::{ChannelDetails, ChannelRef, MemberDetails, Message, Reaction, User};
use super::rules::{Problem, RuleId};
use super::{Spelling, custom, ids, limits};

/// What the rules depend on beside the item itself.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// The spelling that is written.
    pub spelling: Spelling,
    /// Longest text of a message, in characters.
    pub max_text_chars: usize,
}

impl Checks {
    /// Checks a user.
    pub fn user(&self, it: &User<'_>) -> Result<(), Problem> {
        user_id(&it.id, RuleId::UserIdRequired)?;
        fits_named(it.custom, &it.name, &it.image)
    }

    /// Checks a channel. Who made it may be known only later.
    pub fn channel(&self, channel: &ChannelRef, it: &ChannelDetails<'_>) -> Result<(), Problem> {
        let channel_type = match channel {
            ChannelRef::Id { channel_type, id } => {
                require(!id.is_empty(), RuleId::ChannelIdOrMembers)?;
                require(
                    id.len() <= limits::CHANNEL_ID_BYTES,
                    RuleId::ChannelIdLength,
                )?;
                matches(id, ids::in_channel_id, RuleId::ChannelIdPattern, "id")?;
                channel_type
            }
            ChannelRef::Distinct {
                channel_type,
                member_ids,
            } => {
                require(!member_ids.is_empty(), RuleId::ChannelIdOrMembers)?;
                for id in member_ids {
                    user_id(id, RuleId::ChannelIdOrMembers)?;
                }
                channel_type
            }
        };
        require(!channel_type.is_empty(), RuleId::ChannelTypeRequired)?;
        if channel_type.len() > limits::CHANNEL_TYPE_BYTES
            || !channel_type.bytes().all(ids::in_channel_id)
        {
            return Err(Problem::with(
                RuleId::ChannelTypePattern,
                "type",
                channel_type,
            ));
        }
        fits_named(it.custom, &it.name, &it.image)
    }

    /// Checks a member.
    pub fn member(&self, user: &str, it: &MemberDetails<'_>) -> Result<(), Problem> {
        user_id(user, RuleId::MemberUserRequired)?;
        let answered = it.invite_accepted_at.is_some() || it.invite_rejected_at.is_some();
        require(it.invited || !answered, RuleId::MemberInvite)?;
        fits_custom(it.custom.len())
    }

    /// Checks a message.
    pub fn message(&self, it: &Message<'_>) -> Result<(), Problem> {
        message_id(&it.id)?;
        user_id(&it.user, RuleId::MessageUserRequired)?;
        let is_deleted = it.kind == MessageKind::Deleted;
        require(
            is_deleted == it.deleted_at.is_some(),
            RuleId::MessageDeletedAt,
        )?;
        require(
            it.pinned_at.is_some() != it.pinned_by_id.is_empty()
                && (it.pin_expires.is_none() || it.pinned_at.is_some()),
            RuleId::MessagePin,
        )?;
        require(
            !it.show_in_channel || !it.parent_id.is_empty(),
            RuleId::MessageShowInChannel,
        )?;
        // Fewer bytes than allowed characters cannot be too many characters.
        if it.text.len() > self.max_text_chars && it.text.chars().count() > self.max_text_chars {
            let limit = self.max_text_chars.to_string();
            return Err(Problem::with(RuleId::MessageText, "limit", &limit));
        }
        require(
            it.attachments.len() <= limits::ATTACHMENTS,
            RuleId::MessageAttachments,
        )?;
        for attachment in it.attachments {
            require(!attachment.kind.is_empty(), RuleId::AttachmentType)?;
            fits_custom(attachment.custom.len())?;
            for url in [
                &attachment.image_url,
                &attachment.thumb_url,
                &attachment.asset_url,
            ] {
                require(self.is_url(url), RuleId::AttachmentUrl)?;
            }
        }
        fits_custom(it.custom.len() + limits::CUSTOM_RESERVE_BYTES)
    }

    /// Checks a reaction.
    pub fn reaction(&self, it: &Reaction<'_>) -> Result<(), Problem> {
        require(!it.message_id.is_empty(), RuleId::ReactionMessageRequired)?;
        require(!it.reaction_type.is_empty(), RuleId::ReactionTypeRequired)?;
        require(
            it.reaction_type.len() <= limits::REACTION_TYPE_BYTES,
            RuleId::ReactionTypeLength,
        )?;
        matches(
            &it.reaction_type,
            ids::in_reaction_type,
            RuleId::ReactionTypePattern,
            "type",
        )?;
        user_id(&it.user_id, RuleId::ReactionUserRequired)?;
        fits_custom(it.custom.len())
    }

    /// Whether a URL may stand in an attachment. Source: schema, `^https://`; the classic page
    /// asks only that it can be reached, which no URL can without a host or with a space.
    pub fn is_url(&self, url: &str) -> bool {
        let rest = match self.spelling {
            Spelling::Array => url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://")),
            Spelling::Jsonl => url.strip_prefix("https://"),
        };
        let can_be_reached = |rest: &str| {
            !rest.is_empty()
                && !rest.starts_with(['/', '?', '#'])
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        url.is_empty() || rest.is_some_and(can_be_reached)
    }
}

fn user_id(id: &str, required: RuleId) -> Result<(), Problem> {
    require(!id.is_empty(), required)?;
    require(id.len() <= limits::USER_ID_BYTES, RuleId::UserIdLength)?;
    matches(id, ids::in_user_id, RuleId::UserIdPattern, "id")
}

fn message_id(id: &str) -> Result<(), Problem> {
    require(!id.is_empty(), RuleId::MessageIdRequired)?;
    require(
        id.len() <= limits::MESSAGE_ID_BYTES,
        RuleId::MessageIdLength,
    )?;
    matches(id, ids::in_message_id, RuleId::MessageIdPattern, "id")
}

/// A name and an image count as custom data.
fn fits_named(custom: &[u8], name: &str, image: &str) -> Result<(), Problem> {
    let room = custom::room(&[("name", name), ("image", image)]);
    require(custom.len() <= room, RuleId::CustomSize)
}

fn fits_custom(bytes: usize) -> Result<(), Problem> {
    require(bytes <= custom::room(&[]), RuleId::CustomSize)
}

fn require(holds: bool, rule: RuleId) -> Result<(), Problem> {
    if holds {
        Ok(())
    } else {
        Err(Problem::plain(rule))
    }
}

fn matches(
    text: &str,
    allowed: fn(u8) -> bool,
    rule: RuleId,
    name: &'static str,
) -> Result<(), Problem> {
    if text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Problem::with(rule, name, text))
    }
}
