//! Every kind of loss that CSV can have, with what happened and what to do.

use migrate_model::LossKind;

/// A file that is not read.
pub(crate) const FILE_NOT_READ: LossKind = LossKind {
    kind: "csv.file_not_read",
    text: "a file in the folder or zip has an ending of no delimited text, is empty, or is named by \
           no section of the mapping, so it was not read; give it by name if it belongs to the chat",
};

/// A column that looks like a secret.
pub(crate) const SECRET_LEFT_OUT: LossKind = LossKind {
    kind: "csv.secret_left_out",
    text: "a column is called as one with passwords or keys is, so nothing of it is written; a mapping \
           can name it if it holds something else",
};

/// An attachment of a table whose message is not there.
pub(crate) const STRAY_ATTACHMENT: LossKind = LossKind {
    kind: "csv.stray_attachment",
    text: "a row of a table of attachments names a message that is in no table, so nothing has the \
           attachment",
};

/// An attachment of a table whose message may be one of several.
pub(crate) const UNCLEAR_ATTACHMENT: LossKind = LossKind {
    kind: "csv.unclear_attachment",
    text: "a row of a table of attachments names its message by an id that messages of several \
           channels have, so nothing has the attachment; if the table has a column for the channel, \
           say it by `channel_id`",
};

/// A row with more cells than there are columns.
pub(crate) const LONG_ROW: LossKind = LossKind {
    kind: "csv.long_row",
    text: "a row has more cells than there are columns, as one has whose text holds a delimiter \
           without quotes around it, so nobody can tell which cell is which; mend it in the file",
};

/// A row with fewer cells than there are columns.
pub(crate) const SHORT_ROW: LossKind = LossKind {
    kind: "csv.short_row",
    text: "a row has fewer cells than there are columns, as one has whose text holds a line's end \
           without quotes around it; the missing ones count as empty",
};

/// Quotes within a text that are not doubled.
pub(crate) const BARE_QUOTE: LossKind = LossKind {
    kind: "csv.bare_quote",
    text: "a quote within a text is not doubled, or a text begins with one that ends it too early; the \
           text was taken as it stands, which is right unless it holds a quote and a delimiter beside \
           each other; where quotes are ordinary characters, a mapping says `quote = \"none\"`",
};

/// A quote in the wrong place, by which lines may have become one row.
pub(crate) const STRAY_QUOTE: LossKind = LossKind {
    kind: "csv.stray_quote",
    text: "a quote is not closed where its cell ends, or a quote within a text is not doubled, so \
           several lines look like one row; mend the first of them in the file, or say `quote = \
           \"none\"` in a mapping where quotes are ordinary characters",
};

const OWN: &[LossKind] = &[
    FILE_NOT_READ,
    SECRET_LEFT_OUT,
    STRAY_ATTACHMENT,
    UNCLEAR_ATTACHMENT,
    LONG_ROW,
    SHORT_ROW,
    BARE_QUOTE,
    STRAY_QUOTE,
];

/// All kinds, in the order in which help lists them.
pub(crate) static ALL: [LossKind; OWN.len() + migrate_mapping::LOSSES.len()] =
    migrate_mapping::losses_with(OWN);
