//! What Slack's subtypes of messages mean.
//!
//! Source: Slack API reference, "message event", read 2026-08, and subtypes that stand in exports
//! without being documented. Slack adds new ones without notice.

/// What a message is, by its subtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Written by a person or a bot.
    Regular,
    /// A reply that is shown in the channel too.
    Broadcast,
    /// Written with `/me`.
    Me,
    /// A comment on a file, as it was until 2018.
    FileComment,
    /// Slack withheld the text.
    Withheld,
    /// Something that Slack says: somebody joined, a topic changed.
    System,
    /// A deleted message whose replies are kept.
    Tombstone,
    /// A new version of a message.
    Changed,
    /// That a message was deleted.
    Deleted,
    /// An event that people never saw.
    Bookkeeping,
    /// None that is known here.
    Unknown,
}

impl Class {
    /// The class of a subtype.
    pub(crate) fn of(subtype: &str) -> Class {
        match subtype {
            ""
            | "bot_message"
            | "file_share"
            | "file_mention"
            | "slackbot_response"
            | "document_mention"
            | "document_comment_root"
            | "assistant_app_thread"
            | "app_message" => Class::Regular,
            "thread_broadcast" | "reply_broadcast" => Class::Broadcast,
            "me_message" => Class::Me,
            "file_comment" => Class::FileComment,
            "ekm_access_denied" => Class::Withheld,
            "tombstone" => Class::Tombstone,
            "message_changed" => Class::Changed,
            "message_deleted" => Class::Deleted,
            "message_replied" | "share_shortcut" | "emoji_changed" | "file_created"
            | "file_changed" | "file_public" | "file_private" | "file_deleted" => {
                Class::Bookkeeping
            }
            _ if is_system(subtype) => Class::System,
            _ => Class::Unknown,
        }
    }
}

fn is_system(subtype: &str) -> bool {
    let event = subtype
        .strip_prefix("channel_")
        .or_else(|| subtype.strip_prefix("group_"));
    if let Some(event) = event {
        return matches!(
            event,
            "join"
                | "leave"
                | "topic"
                | "purpose"
                | "name"
                | "archive"
                | "unarchive"
                | "posting_permissions"
                | "tab_added"
                | "canvas_updated"
                | "convert_to_private"
                | "convert_to_public"
        );
    }
    matches!(
        subtype,
        "pinned_item"
            | "unpinned_item"
            | "bot_add"
            | "bot_remove"
            | "bot_enable"
            | "bot_disable"
            | "reminder_add"
            | "huddle_thread"
            | "sh_room_created"
            | "sh_room_shared"
            | "welcome_party"
            | "tabbed_canvas_updated"
            | "app_conversation_join"
            | "app_conversation_leave"
            | "joiner_notification"
            | "joiner_notification_for_inviter"
    )
}

#[cfg(test)]
mod tests {
    use super::Class;

    #[test]
    fn subtypes_have_their_class() {
        let check = |class: Class, subtypes: &str| {
            for subtype in subtypes.split(' ') {
                assert_eq!(Class::of(subtype), class, "{subtype}");
            }
        };
        check(
            Class::Regular,
            "bot_message file_share slackbot_response app_message",
        );
        assert_eq!(Class::of(""), Class::Regular);
        check(Class::Broadcast, "thread_broadcast reply_broadcast");
        check(
            Class::System,
            "channel_join group_leave channel_topic group_unarchive",
        );
        check(
            Class::System,
            "pinned_item bot_add reminder_add huddle_thread",
        );
        check(Class::System, "channel_convert_to_private welcome_party");
        check(Class::Bookkeeping, "message_replied file_deleted");
        check(Class::Unknown, "channel_ join sparkle group_x");
    }
}
