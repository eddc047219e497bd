//! Every kind of loss that this adapter reports, with what happened and what to do.

use migrate_model::{ChannelRef, Kind, Loss, LossKind, Outcome, Text};

/// All kinds, in the order in which help lists them.
pub(crate) const ALL: &[LossKind] = &[
    USERS_MISSING,
    UNLISTED_FOLDER,
    CANVAS_COMMENTS,
    CANVAS,
    LIST,
    HUDDLE_TRANSCRIPT,
    NO_ID,
    REPEATED_USER,
    SHARED_NAME,
    REPEATED_CHANNEL,
    REPEATED_MEMBER,
    MEMBER_WITHOUT_ID,
    UNREADABLE_FILE,
    MISPLACED_FILE,
    UNKNOWN_FILE,
    SHARED_FOLDER,
    PINNED_FILE,
    PINNED_ELSEWHERE,
    REPEATED_FILE,
    REFUSED_FILE,
    CUT_OFF_FILE,
    NOT_A_LIST,
    NOT_AN_ENTRY,
    NOT_JSON,
    CHARACTER_REPLACED,
    FIELD_NOT_READ,
    NOT_A_MESSAGE,
    NO_TIME,
    BOOKKEEPING_EVENT,
    EMPTY_MESSAGE,
    UNKNOWN_SUBTYPE,
    ACCESS_DENIED,
    REPEATED_MESSAGE,
    EARLIER_VERSION,
    EVENT_NOT_READ,
    CALL_ADDRESS_CUT,
    EVENT_NOT_SETTLED,
    REMOVED_BY_EDIT,
    SAME_TIME,
    FILE_COMMENT_APART,
    RICH_TEXT_NOT_READ,
    RICH_TEXT_ELEMENT,
    LINK_LOST,
    STYLE_LOST,
    CONTEXT_PICTURE,
    CONTROL,
    PICTURE_NOT_PUBLIC,
    PREVIEW_PICTURE,
    UNKNOWN_BLOCK,
    REACTION_USERS_MISSING,
    REACTION_WITHOUT_USER,
    REPEATED_REACTION,
    MERGED_REACTION,
    REACTION_WITHOUT_MESSAGE,
    QUOTED_FILE,
    FILE_REPEATED,
    FILE_TOKEN_STRIPPED,
    FILE_NEEDS_LOGIN,
    FILE_WITHOUT_TOKEN,
    FILE_ELSEWHERE,
    FILE_DELETED,
    FILE_HIDDEN_BY_LIMIT,
    FILE_ACCESS_DENIED,
    FILE_EMPTY,
    FILE_NOT_IN_EXPORT,
    FILE_WITHOUT_ID,
    FILE_PREVIEW_CUT,
    FILE_TOKEN_KEPT,
    FILE_URL_MADE,
];

pub(crate) const USERS_MISSING: LossKind = LossKind {
    kind: "slack.users_missing",
    text: "the export has no `users.json`, so people are known by what their messages tell, and many by their id alone; export again with it",
};
pub(crate) const UNLISTED_FOLDER: LossKind = LossKind {
    kind: "slack.unlisted_folder",
    text: "a folder with messages that no list of conversations names became a channel of its own, with those who wrote in it as members",
};
pub(crate) const CANVAS_COMMENTS: LossKind = LossKind {
    kind: "slack.canvas_comments",
    text: "the comments on a canvas became a channel of their own, named by the title of the canvas, with those who wrote in it as members",
};
pub(crate) const CANVAS: LossKind = LossKind {
    kind: "slack.canvas",
    text: "a canvas is known by its title alone, since its text lies behind a Slack login; save it as a file if it is needed",
};
pub(crate) const LIST: LossKind = LossKind {
    kind: "slack.list",
    text: "a list of Slack's is known by its title alone, since its rows lie behind a Slack login; save it as a file if it is needed",
};
pub(crate) const HUDDLE_TRANSCRIPT: LossKind = LossKind {
    kind: "slack.huddle_transcript",
    text: "the transcript of a huddle lies behind a Slack login; save it as a file if it is needed",
};
pub(crate) const NO_ID: LossKind = LossKind {
    kind: "slack.no_id",
    text: "a user or conversation without an id was left out of its list; whoever is met in messages is still created",
};
pub(crate) const REPEATED_USER: LossKind = LossKind {
    kind: "slack.repeated_user",
    text: "a user stands in the lists again, as a member of several workspaces does; the first entry counts",
};
pub(crate) const SHARED_NAME: LossKind = LossKind {
    kind: "slack.shared_name",
    text: "a user has the name of another, so that people cannot tell them apart; `--same-names handle` writes the handle behind such names",
};
pub(crate) const REPEATED_CHANNEL: LossKind = LossKind {
    kind: "slack.repeated_channel",
    text: "a conversation stands in the lists again, as one that workspaces share does; the first entry counts",
};
pub(crate) const REPEATED_MEMBER: LossKind = LossKind {
    kind: "slack.repeated_member",
    text: "a member stands twice in the list of one conversation",
};
pub(crate) const MEMBER_WITHOUT_ID: LossKind = LossKind {
    kind: "slack.member_without_id",
    text: "an entry in a list of members has no id",
};
pub(crate) const UNREADABLE_FILE: LossKind = LossKind {
    kind: "slack.unreadable_file",
    text: "a file could not be unpacked and was left out because of `--skip-unreadable`; download the export again to get it",
};
pub(crate) const MISPLACED_FILE: LossKind = LossKind {
    kind: "slack.misplaced_file",
    text: "a file has the name of one with messages, but does not stand in the folder of a conversation, so it was not read; put it there and convert again",
};
pub(crate) const UNKNOWN_FILE: LossKind = LossKind {
    kind: "slack.unknown_file",
    text: "a JSON file that exports do not have was not read; if it holds messages, put it into the folder of their conversation",
};
pub(crate) const SHARED_FOLDER: LossKind = LossKind {
    kind: "slack.shared_folder",
    text: "a conversation has the name of another, and one folder for both: all messages went to the first in the lists",
};
pub(crate) const PINNED_FILE: LossKind = LossKind {
    kind: "slack.pinned_file",
    text: "a file that was pinned to a conversation is not pinned, since Stream pins messages alone",
};
pub(crate) const PINNED_ELSEWHERE: LossKind = LossKind {
    kind: "slack.pinned_elsewhere",
    text: "a message is pinned to other conversations and not to the one in which it stands, so it is not pinned",
};
pub(crate) const REPEATED_FILE: LossKind = LossKind {
    kind: "slack.repeated_file",
    text: "the zip has several files of one name, of which the last one was read; unpack it and look at the others",
};
pub(crate) const REFUSED_FILE: LossKind = LossKind {
    kind: "slack.refused_file",
    text: "a file whose name leads out of the export, or that is a link, was not read",
};
pub(crate) const CUT_OFF_FILE: LossKind = LossKind {
    kind: "slack.cut_off_file",
    text: "the JSON of a file ends early: all complete elements were used, what follows is lost; download the export again",
};
pub(crate) const NOT_A_LIST: LossKind = LossKind {
    kind: "slack.not_a_list",
    text: "a file holds no JSON list, so nothing of it was used; look into it, and download the export again if it is damaged",
};
pub(crate) const NOT_AN_ENTRY: LossKind = LossKind {
    kind: "slack.not_an_entry",
    text: "an element of a list of users or conversations is no object",
};
pub(crate) const NOT_JSON: LossKind = LossKind {
    kind: "slack.not_json",
    text: "an element, or the text of a message, is damaged and could not be read; the rest of the file was: download the export again to get it whole",
};
pub(crate) const CHARACTER_REPLACED: LossKind = LossKind {
    kind: "slack.character_replaced",
    text: "half a character, or bytes that are no text, became U+FFFD; the rest of the text is kept",
};
pub(crate) const FIELD_NOT_READ: LossKind = LossKind {
    kind: "slack.field_not_read",
    text: "a field has a form that Slack does not document, or stands twice, and was left away; the rest of its record is kept",
};
pub(crate) const NOT_A_MESSAGE: LossKind = LossKind {
    kind: "slack.not_a_message",
    text: "an element of a conversation's file is something other than a message, such as a canvas or null",
};
pub(crate) const NO_TIME: LossKind = LossKind {
    kind: "slack.no_time",
    text: "a message has no usable `ts`, so neither its time nor its id is known; download the export again if the file is damaged",
};
pub(crate) const BOOKKEEPING_EVENT: LossKind = LossKind {
    kind: "slack.bookkeeping_event",
    text: "an event of Slack's own bookkeeping, such as `message_replied`, which people never saw",
};
pub(crate) const EMPTY_MESSAGE: LossKind = LossKind {
    kind: "slack.empty_message",
    text: "a message has neither text nor files nor replies, and quotes nothing",
};
pub(crate) const UNKNOWN_SUBTYPE: LossKind = LossKind {
    kind: "slack.unknown_subtype",
    text: "a message has a subtype that is not known here and was kept as an ordinary message; its custom field `slack_subtype` has the word",
};
pub(crate) const ACCESS_DENIED: LossKind = LossKind {
    kind: "slack.access_denied",
    text: "Slack withheld the text of a message because the key to it was revoked; export again with access to get it",
};
pub(crate) const REPEATED_MESSAGE: LossKind = LossKind {
    kind: "slack.repeated_message",
    text: "a message stands twice in a file, word for word; one is kept",
};
pub(crate) const EARLIER_VERSION: LossKind = LossKind {
    kind: "slack.earlier_version",
    text: "an earlier version of a message that was edited or deleted; the newest state is kept, without what only an earlier one in the file of another day has",
};
pub(crate) const REMOVED_BY_EDIT: LossKind = LossKind {
    kind: "slack.removed_by_edit",
    text: "a file or a pin that a message had before an edit, which says that it has none",
};
pub(crate) const EVENT_NOT_READ: LossKind = LossKind {
    kind: "slack.event_not_read",
    text: "an edit or a deletion does not say in a known way which message it is about, so that message stays as it was",
};
pub(crate) const CALL_ADDRESS_CUT: LossKind = LossKind {
    kind: "slack.call_address_cut",
    text: "the address to join a call is written without what follows its path, which often holds a password",
};
pub(crate) const EVENT_NOT_SETTLED: LossKind = LossKind {
    kind: "slack.event_not_settled",
    text: "an edit or a deletion stands in another file than its message, which may have been written as it was before: `--scan-edits` finds such",
};
pub(crate) const SAME_TIME: LossKind = LossKind {
    kind: "slack.same_time",
    text: "different messages of a file have the same `ts`: all but the first got an id with a number behind it",
};
pub(crate) const FILE_COMMENT_APART: LossKind = LossKind {
    kind: "slack.file_comment_apart",
    text: "a comment on a file stands by itself, since no message that shared the file is known, here or, if the export keeps edits or `--scan-edits` is given, in the files of other days",
};
pub(crate) const RICH_TEXT_NOT_READ: LossKind = LossKind {
    kind: "slack.rich_text_not_read",
    text: "the formatted text of a message is damaged, so its plain text was used",
};
pub(crate) const RICH_TEXT_ELEMENT: LossKind = LossKind {
    kind: "slack.rich_text_element",
    text: "an element of formatted text is damaged or of an unknown kind and says nothing that could be shown; the plain text of the message was used if it has one",
};
pub(crate) const LINK_LOST: LossKind = LossKind {
    kind: "slack.link_lost",
    text: "a link is shown by its label alone, as it stands in code or its address is none that a chat opens, such as `javascript:`",
};
pub(crate) const STYLE_LOST: LossKind = LossKind {
    kind: "slack.style_lost",
    text: "a piece of text lost a style that Markdown cannot express: underlined, or bold, italic or struck at an edge where punctuation or code touches a letter; the text itself is kept",
};
pub(crate) const CONTEXT_PICTURE: LossKind = LossKind {
    kind: "slack.context_picture",
    text: "a small picture within a line of text, as apps put before names, is left away",
};
pub(crate) const CONTROL: LossKind = LossKind {
    kind: "slack.control",
    text: "a button, menu or field of an app, which only works in Slack, became its label in brackets",
};
pub(crate) const PICTURE_NOT_PUBLIC: LossKind = LossKind {
    kind: "slack.picture_not_public",
    text: "a picture of an app's message needs a login or lies in a private network, so a card leads there in its place",
};
pub(crate) const PREVIEW_PICTURE: LossKind = LossKind {
    kind: "slack.preview_picture",
    text: "the picture of a link preview is left away, as its address needs a login, lies in a private network or is not https",
};
pub(crate) const UNKNOWN_BLOCK: LossKind = LossKind {
    kind: "slack.unknown_block",
    text: "a block of a kind that is not known here; what text it has is kept",
};
pub(crate) const REACTION_USERS_MISSING: LossKind = LossKind {
    kind: "slack.reaction_users_missing",
    text: "a reaction counts more users than the export names; those named are kept",
};
pub(crate) const REACTION_WITHOUT_USER: LossKind = LossKind {
    kind: "slack.reaction_without_user",
    text: "a reaction lacks its name or its users",
};
pub(crate) const REPEATED_REACTION: LossKind = LossKind {
    kind: "slack.repeated_reaction",
    text: "a user reacted twice in the same way, perhaps in two skin tones; one reaction is kept",
};
pub(crate) const MERGED_REACTION: LossKind = LossKind {
    kind: "slack.merged_reaction",
    text: "a reaction to an earlier version or a copy of a message; those to the one that is kept are written",
};
pub(crate) const REACTION_WITHOUT_MESSAGE: LossKind = LossKind {
    kind: "slack.reaction_without_message",
    text: "a reaction to a message that was left out",
};
pub(crate) const QUOTED_FILE: LossKind = LossKind {
    kind: "slack.quoted_file",
    text: "a file or picture of a quoted message hangs on that message alone; the quote has its title",
};
pub(crate) const FILE_REPEATED: LossKind = LossKind {
    kind: "slack.file_repeated",
    text: "a file stands twice in the list of one message; it is kept once",
};
pub(crate) const FILE_TOKEN_STRIPPED: LossKind = LossKind {
    kind: "slack.file_token_stripped",
    text: "the address of a file, a picture or a link carried a token that stands for a Slack login, and is written without it; the export itself still holds it, so revoke it in Slack when all is fetched",
};
pub(crate) const FILE_NEEDS_LOGIN: LossKind = LossKind {
    kind: "slack.file_needs_login",
    text: "the contents of a file lie behind a Slack login, so a card with its name leads there; `--file-tokens keep` lets the import fetch it, `--file-url-prefix` from where you have put it",
};
pub(crate) const FILE_WITHOUT_TOKEN: LossKind = LossKind {
    kind: "slack.file_without_token",
    text: "the contents of a file lie behind a Slack login and its address has no token to keep, so a card with its name leads there; `--file-url-prefix` lets the import fetch it from where you have put it",
};
pub(crate) const FILE_ELSEWHERE: LossKind = LossKind {
    kind: "slack.file_elsewhere",
    text: "a file lies with another service and may need a login there; it became a card that leads to it",
};
pub(crate) const FILE_DELETED: LossKind = LossKind {
    kind: "slack.file_deleted",
    text: "a file was deleted in Slack before the export",
};
pub(crate) const FILE_HIDDEN_BY_LIMIT: LossKind = LossKind {
    kind: "slack.file_hidden_by_limit",
    text: "Slack's free plan hides a file; upgrade the plan and export again to get its name and address",
};
pub(crate) const FILE_ACCESS_DENIED: LossKind = LossKind {
    kind: "slack.file_access_denied",
    text: "a file belongs to another workspace, or is gone, and the export tells nothing of it",
};
pub(crate) const FILE_EMPTY: LossKind = LossKind {
    kind: "slack.file_empty",
    text: "a file has no contents, which an import refuses; a card with its name is kept",
};
pub(crate) const FILE_NOT_IN_EXPORT: LossKind = LossKind {
    kind: "slack.file_not_in_export",
    text: "`--file-url-prefix` is set and the export holds files, but not this one, so a card with its name leads to Slack; fetch it, put it with the others and convert again",
};
pub(crate) const FILE_WITHOUT_ID: LossKind = LossKind {
    kind: "slack.file_without_id",
    text: "a file has no id, so no address can be made of `--file-url-prefix`; a card with its name is kept",
};
pub(crate) const FILE_PREVIEW_CUT: LossKind = LossKind {
    kind: "slack.file_preview_cut",
    text: "the export holds only the start of a snippet, post, e-mail or transcript, which stands in the message; the whole is in the file",
};
pub(crate) const FILE_TOKEN_KEPT: LossKind = LossKind {
    kind: "slack.file_token_kept",
    text: "the address of a file was written with its token because of `--file-tokens keep`: everybody who sees the message can read the file until the token is revoked in Slack",
};
pub(crate) const FILE_URL_MADE: LossKind = LossKind {
    kind: "slack.file_url_made",
    text: "the address of a file was made from `--file-url-prefix`; the import fails if nothing is there",
};

/// A loss of `count` records or things.
pub(crate) fn loss<'a>(
    kind: LossKind,
    outcome: Outcome,
    of: Kind,
    count: usize,
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

/// One record that is left out.
pub(crate) fn left_out<'a>(kind: LossKind, of: Kind, detail: impl Into<Text<'a>>) -> Loss<'a> {
    loss(kind, Outcome::LeftOut, of, 1, detail)
}

/// One record that went into another.
pub(crate) fn merged<'a>(kind: LossKind, of: Kind, detail: impl Into<Text<'a>>) -> Loss<'a> {
    loss(kind, Outcome::Merged, of, 1, detail)
}

/// Something of a message that is written.
pub(crate) fn of_message<'a>(
    kind: LossKind,
    count: usize,
    detail: impl Into<Text<'a>>,
) -> Loss<'a> {
    loss(kind, Outcome::Field, Kind::Message, count, detail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::ALL;

    #[test]
    fn every_kind_that_the_code_names_is_listed_and_every_listed_one_is_used() {
        let mut used = BTreeSet::new();
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                waiting.extend(fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy();
            if !name.ends_with(".rs") || name == "losses.rs" || name.ends_with("tests.rs") {
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("mod tests {").next().unwrap();
            let by_text = ALL
                .iter()
                .find(|it| code.contains(&format!("\"{}\"", it.kind)));
            assert_eq!(by_text, None, "named by text in {}", path.display());
            for after in code.split("losses::").skip(1) {
                let is_name = |it: &char| it.is_ascii_uppercase() || *it == '_';
                let name: String = after.chars().take_while(is_name).collect();
                if !name.is_empty() && name != "ALL" {
                    used.insert(format!("slack.{}", name.to_lowercase()));
                }
            }
        }
        let listed: BTreeSet<String> = ALL.iter().map(|it| it.kind.to_owned()).collect();
        assert_eq!(listed.len(), ALL.len());
        assert_eq!(listed, used);
    }

    #[test]
    fn every_kind_has_a_sentence() {
        for kind in ALL {
            assert!(
                kind.text.len() > 20 && !kind.text.ends_with('.'),
                "{}",
                kind.kind
            );
        }
    }
}
