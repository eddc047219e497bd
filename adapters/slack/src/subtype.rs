//! What Slack's subtypes of messages mean.
//!
//! Sources: Slack API reference, "message event", read 2026-08, and subtypes that stand in exports
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

/// Every subtype that is known, sorted.
pub(crate) const KNOWN: &[(&str, Class)] = &[
    ("app_conversation_join", Class::System),
    ("app_conversation_leave", Class::System),
    ("app_message", Class::Regular),
    ("assistant_app_thread", Class::Regular),
    ("bot_add", Class::System),
    ("bot_disable", Class::System),
    ("bot_enable", Class::System),
    ("bot_message", Class::Regular),
    ("bot_remove", Class::System),
    ("channel_archive", Class::System),
    ("channel_canvas_updated", Class::System),
    ("channel_convert_to_private", Class::System),
    ("channel_convert_to_public", Class::System),
    ("channel_join", Class::System),
    ("channel_leave", Class::System),
    ("channel_name", Class::System),
    ("channel_posting_permissions", Class::System),
    ("channel_purpose", Class::System),
    ("channel_tab_added", Class::System),
    ("channel_topic", Class::System),
    ("channel_unarchive", Class::System),
    ("document_comment_root", Class::Regular),
    ("document_mention", Class::Regular),
    ("ekm_access_denied", Class::Withheld),
    ("emoji_changed", Class::Bookkeeping),
    ("file_changed", Class::Bookkeeping),
    ("file_comment", Class::FileComment),
    ("file_created", Class::Bookkeeping),
    ("file_deleted", Class::Bookkeeping),
    ("file_mention", Class::Regular),
    ("file_private", Class::Bookkeeping),
    ("file_public", Class::Bookkeeping),
    ("file_share", Class::Regular),
    ("group_archive", Class::System),
    ("group_canvas_updated", Class::System),
    ("group_convert_to_private", Class::System),
    ("group_convert_to_public", Class::System),
    ("group_join", Class::System),
    ("group_leave", Class::System),
    ("group_name", Class::System),
    ("group_posting_permissions", Class::System),
    ("group_purpose", Class::System),
    ("group_tab_added", Class::System),
    ("group_topic", Class::System),
    ("group_unarchive", Class::System),
    ("huddle_thread", Class::System),
    ("joiner_notification", Class::System),
    ("joiner_notification_for_inviter", Class::System),
    ("me_message", Class::Me),
    ("message_changed", Class::Changed),
    ("message_deleted", Class::Deleted),
    ("message_replied", Class::Bookkeeping),
    ("pinned_item", Class::System),
    ("reminder_add", Class::System),
    ("reply_broadcast", Class::Broadcast),
    ("sh_room_created", Class::System),
    ("sh_room_shared", Class::System),
    ("share_shortcut", Class::Bookkeeping),
    ("slackbot_response", Class::Regular),
    ("tabbed_canvas_updated", Class::System),
    ("thread_broadcast", Class::Broadcast),
    ("tombstone", Class::Tombstone),
    ("unpinned_item", Class::System),
    ("welcome_party", Class::System),
];

impl Class {
    /// The class of a subtype.
    pub(crate) fn of(subtype: &str) -> Class {
        if subtype.is_empty() {
            return Class::Regular;
        }
        let place = KNOWN.binary_search_by(|(known, _)| (*known).cmp(subtype));
        let known = place.ok().and_then(|place| KNOWN.get(place));
        known.map_or(Class::Unknown, |(_, class)| *class)
    }

    /// What a message of this class becomes, for people.
    #[cfg(test)]
    pub(crate) const fn becomes(self) -> &'static str {
        match self {
            Class::Regular => "an ordinary message",
            Class::Broadcast => "a reply that is shown in the channel too",
            Class::Me => "an ordinary message in italics, with `slack_subtype`",
            Class::FileComment => {
                "a reply of the commenter to the message that shared the file; where that is not known, an ordinary message with the file"
            }
            Class::Withheld => "an ordinary message that says that Slack withheld its text",
            Class::System => "a system message with `slack_subtype`",
            Class::Tombstone => "a deleted message",
            Class::Changed => "the message as it was after the edit",
            Class::Deleted => "a deleted message, without its text",
            Class::Bookkeeping => "nothing",
            Class::Unknown => "an ordinary message with `slack_subtype`, if it has content",
        }
    }
}

/// What a system message says whose text Slack leaves empty; empty where nothing is known to say.
pub(crate) fn said(subtype: &str) -> &'static str {
    match subtype {
        "huddle_thread" | "sh_room_created" => "A huddle started",
        "sh_room_shared" => "A huddle was shared",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, KNOWN};

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

    #[test]
    fn known_subtypes_are_sorted_and_stand_once() {
        assert!(KNOWN.is_sorted_by(|a, b| a.0 < b.0));
        for (subtype, class) in KNOWN {
            assert_eq!(Class::of(subtype), *class);
        }
    }
}
