//! Every kind of loss that a database can have, with what happened and what to do.

use migrate_model::LossKind;

use crate::slackdump;

/// A table that no section reads.
pub(crate) const TABLE_NOT_READ: LossKind = LossKind {
    kind: "sqlite.table_not_read",
    text: "a table has rows and no section reads it; `migrate sqlite tables` shows what is in it, and \
           a section of a mapping reads it if it belongs to the chat",
};

/// A column that looks like a secret.
pub(crate) const SECRET_LEFT_OUT: LossKind = LossKind {
    kind: "sqlite.secret_left_out",
    text: "a column is called as one with passwords or keys is, so nothing of it is written; a mapping \
           can name it if it holds something else",
};

/// Text that is not UTF-8.
pub(crate) const NOT_UTF8: LossKind = LossKind {
    kind: "sqlite.not_utf8",
    text: "a text is not UTF-8, and every byte that is not was replaced by `\u{fffd}`, in ids with its \
           digits; where it stands in another encoding, a program that knows it has to write it anew",
};

/// Rows of a damaged database.
pub(crate) const UNREADABLE: LossKind = LossKind {
    kind: "sqlite.unreadable",
    text: "the database is damaged and rows of a table could not be read, nobody knows how many; \
           `sqlite3 DAMAGED .recover` may find more",
};

/// Statements of a dump with rows.
pub(crate) const DUMP_DATA: LossKind = LossKind {
    kind: "sqlite.dump_data_left_out",
    text: "statements of the dump that hold or change rows could not be done, so rows are missing or as \
           they were before",
};

/// Other statements of a dump.
pub(crate) const DUMP_STATEMENT: LossKind = LossKind {
    kind: "sqlite.dump_statement_left_out",
    text: "statements of the dump that hold no rows were not done, as views, triggers and commands for \
           the shell; nothing of the chat is in them",
};

/// An attachment whose message is not there.
pub(crate) const STRAY_ATTACHMENT: LossKind = LossKind {
    kind: "sqlite.stray_attachment",
    text: "a row of attachments names a message that is not there, so nothing has the attachment",
};

/// An attachment whose message may be one of several.
pub(crate) const UNCLEAR_ATTACHMENT: LossKind = LossKind {
    kind: "sqlite.unclear_attachment",
    text: "a row of attachments names its message by an id that messages of several channels have, or \
           very many messages, so nothing has the attachment; if there is a column for the channel, say \
           it by `channel_id`",
};

/// A row of a file of delimited text that cannot be told apart.
pub(crate) const BAD_CSV_ROW: LossKind = LossKind {
    kind: "sqlite.bad_csv_row",
    text: "a row of a file under `[tables]` has more cells than there are columns, or a quote in the \
           wrong place, so it was not loaded; mend it in the file",
};

const OWN: &[LossKind] = &[
    TABLE_NOT_READ,
    SECRET_LEFT_OUT,
    NOT_UTF8,
    UNREADABLE,
    DUMP_DATA,
    DUMP_STATEMENT,
    STRAY_ATTACHMENT,
    UNCLEAR_ATTACHMENT,
    BAD_CSV_ROW,
];

/// All kinds, in the order in which help lists them.
pub(crate) const ALL: [LossKind; OWN.len() + migrate_mapping::LOSSES.len()] =
    migrate_mapping::losses_with(OWN);

/// All kinds, and those of slackdump's databases.
pub(crate) static WITH_SLACKDUMP: [LossKind; ALL.len() + slackdump::LOSSES.len()] =
    slackdump::joined(&ALL, &slackdump::LOSSES);
