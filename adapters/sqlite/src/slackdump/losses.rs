//! The kinds of loss that a database of slackdump has besides those of Slack.

use migrate_model::{ChannelRef, Kind, Loss, LossKind, Outcome, Text};

/// All kinds, in the order in which help lists them.
pub(crate) const ALL: &[LossKind] = &[
    EARLIER_COPY,
    SEARCH_RESULT,
    OTHER_CHUNK,
    NO_CONVERSATION,
    UNFINISHED_SESSION,
];

pub(super) const EARLIER_COPY: LossKind = LossKind {
    kind: "slackdump.earlier_copy",
    text: "slackdump stores a message, a user or a conversation again with every run, and a message with its thread; the newest copy is kept",
};
pub(super) const SEARCH_RESULT: LossKind = LossKind {
    kind: "slackdump.search_result",
    text: "a message is in the archive as the result of a search alone, so little is known of it; archive its conversation with slackdump to get it",
};
pub(super) const OTHER_CHUNK: LossKind = LossKind {
    kind: "slackdump.other_chunk",
    text: "a message stands in no chunk of a conversation, a thread or a canvas, but only in one of a type that holds other things",
};
pub(super) const NO_CONVERSATION: LossKind = LossKind {
    kind: "slackdump.no_conversation",
    text: "the `CHANNEL_ID` of a message is no id of a conversation",
};
pub(super) const UNFINISHED_SESSION: LossKind = LossKind {
    kind: "slackdump.unfinished_session",
    text: "a run of slackdump was broken off, so newer messages may be missing; let `slackdump resume` end it and convert again",
};

/// A loss of so many records.
pub(super) fn loss<'a>(
    kind: LossKind,
    outcome: Outcome,
    of: Kind,
    count: u64,
    detail: impl Into<Text<'a>>,
) -> Loss<'a> {
    Loss {
        kind: kind.kind,
        outcome,
        of,
        channel: ChannelRef::Unit,
        count: u32::try_from(count).unwrap_or(u32::MAX).max(1),
        detail: detail.into(),
    }
}
