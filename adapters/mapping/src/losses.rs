//! Every kind of loss that rows can have, with what happened and what to do.

use migrate_model::LossKind;

/// All kinds, in the order in which help lists them.
pub const ALL: &[LossKind] = &[
    FILTERED,
    GROUPED,
    EARLIER_VERSION,
    ATTACHMENT_OF_NONE,
    DAMAGED_ID,
    BAD_TIME,
    ODD_TIME,
    ODD_UNIT,
    DELETED_FLAG,
    NO_REFERENCE,
    FLOAT_ID,
    ID_DERIVED,
    ZONE_ASSUMED,
    CHANNEL_FROM_MESSAGES,
    NULL_TEXT,
    BAD_ATTACHMENT,
    REACTION_COUNTS,
    REACTION_WITHOUT_USER,
    BAD_REACTION,
    FORMULA_GUARD,
    LOOKUP_MISSED,
    BAD_NUMBER,
    BAD_FLAG,
    BAD_JSON,
    NOT_TEXT,
    UNDECLARED,
];

pub(crate) const FILTERED: LossKind = LossKind {
    kind: "mapping.filtered",
    text: "a row does not meet the conditions under `where` in the mapping",
};
pub(crate) const GROUPED: LossKind = LossKind {
    kind: "mapping.grouped",
    text: "a further row of a message went into the first that can be used, as `group_by` in the mapping has it; of further rows count reactions and attachments, and nothing else that they say",
};
pub(crate) const EARLIER_VERSION: LossKind = LossKind {
    kind: "mapping.earlier_version",
    text: "a row has the id of another one and is an earlier version of the same message; the version that was edited last counts, or a deleted one, as `repeated_ids` in the mapping has it, and what attachments and reactions this row has go with it",
};
pub(crate) const ATTACHMENT_OF_NONE: LossKind = LossKind {
    kind: "mapping.attachment_of_none",
    text: "a row of attachments does not say of which message it is, so nothing has the attachment",
};
pub(crate) const DAMAGED_ID: LossKind = LossKind {
    kind: "mapping.damaged_id",
    text: "a row has an id such as `4.58E+17`, of which a spreadsheet has cut digits, so nobody can tell whom or what it means; export again and do not save the file from a spreadsheet",
};
pub(crate) const BAD_TIME: LossKind = LossKind {
    kind: "mapping.bad_time",
    text: "a time cannot be read as its column is: one of a message itself leaves it out, since it cannot be placed, and any other is dropped; say how times are written by `time` in the mapping, and see by `--explain created_at` what cells become",
};
pub(crate) const ODD_TIME: LossKind = LossKind {
    kind: "mapping.odd_time",
    text: "a time lies before 1990 or after 2099, or a number means one before 2000, so its column may be read in a wrong way; if so, say how times are written by `time` in the mapping",
};
pub(crate) const ODD_UNIT: LossKind = LossKind {
    kind: "mapping.odd_unit",
    text: "a number counts another unit than most of its column, such as milliseconds among seconds, and was read by its size",
};
pub(crate) const DELETED_FLAG: LossKind = LossKind {
    kind: "mapping.deleted_flag",
    text: "it is said that a message was deleted, but not when, so the time of its last change counts, or that of its own",
};
pub(crate) const NO_REFERENCE: LossKind = LossKind {
    kind: "mapping.no_reference",
    text: "a field that names a message or somebody holds `0`, `null`, `None` or the like, and nothing is called so, so it names nothing",
};
pub(crate) const FLOAT_ID: LossKind = LossKind {
    kind: "mapping.float_id",
    text: "all ids of a column are written as `1.0`, as by a program that took them for numbers, so they were read as `1`",
};
pub(crate) const ID_DERIVED: LossKind = LossKind {
    kind: "mapping.id_derived",
    text: "messages have no id of their own, so they got one from what they say; equal rows of a file are numbered, and a second run gives the same ids",
};
pub(crate) const ZONE_ASSUMED: LossKind = LossKind {
    kind: "mapping.zone_assumed",
    text: "times do not name a zone and were taken for UTC; if they are not, say it by `timezone`",
};
pub(crate) const CHANNEL_FROM_MESSAGES: LossKind = LossKind {
    kind: "mapping.channel_from_messages",
    text: "a channel stands in no table of its own and is known from messages",
};
pub(crate) const NULL_TEXT: LossKind = LossKind {
    kind: "mapping.null_text",
    text: "the text of a message is `NULL` and was kept, since somebody may have written it; if it means that there is none, say so by `null_values`",
};
pub(crate) const BAD_ATTACHMENT: LossKind = LossKind {
    kind: "mapping.bad_attachment",
    text: "what stands for an attachment is no address and no object that has one; see by `--explain attachments` what cells become",
};
pub(crate) const REACTION_COUNTS: LossKind = LossKind {
    kind: "mapping.reaction_counts",
    text: "reactions are only counted in the source and it does not say whose they are, so their counts are kept as custom data `reaction_counts`",
};
pub(crate) const REACTION_WITHOUT_USER: LossKind = LossKind {
    kind: "mapping.reaction_without_user",
    text: "a reaction does not say whose it is; say by `user_id` in the mapping which column does",
};
pub(crate) const BAD_REACTION: LossKind = LossKind {
    kind: "mapping.bad_reaction",
    text: "a reaction is not written as the mapping has it; see `counts` and `json`",
};
pub(crate) const FORMULA_GUARD: LossKind = LossKind {
    kind: "mapping.formula_guard",
    text: "a `'` that keeps spreadsheets from computing was taken off, as `unescape` in the mapping has it",
};
pub(crate) const LOOKUP_MISSED: LossKind = LossKind {
    kind: "mapping.lookup_missed",
    text: "a value stands in no row of the table in which it is looked up, so it stays as it is",
};
pub(crate) const BAD_NUMBER: LossKind = LossKind {
    kind: "mapping.bad_number",
    text: "a value is not a number; in custom data it stays as text",
};
pub(crate) const BAD_FLAG: LossKind = LossKind {
    kind: "mapping.bad_flag",
    text: "a value is neither true nor false, in any of the usual words; exchange it by `map`",
};
pub(crate) const BAD_JSON: LossKind = LossKind {
    kind: "mapping.bad_json",
    text: "a cell is not JSON, or not of the form that its field needs; see by `--explain` with the field what cells become",
};
pub(crate) const NOT_TEXT: LossKind = LossKind {
    kind: "mapping.not_text",
    text: "a value is bytes that are not text; say by another column or a query which text is meant",
};
pub(crate) const UNDECLARED: LossKind = LossKind {
    kind: "mapping.undeclared",
    text: "a row names a loss that the mapping does not declare, so the row counts as an ordinary one; declare it under `[losses]`",
};

/// The kinds of an adapter for tables: its own, then those that rows can have. `N` is how many that
/// are.
pub const fn with_own<const N: usize>(own: &[LossKind]) -> [LossKind; N] {
    assert!(N == own.len() + ALL.len());
    let mut all = [FILTERED; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < own.len() {
            own[at]
        } else {
            ALL[at - own.len()]
        };
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_kind_stands_once() {
        for (at, it) in ALL.iter().enumerate() {
            assert!(it.kind.starts_with("mapping."));
            assert!(ALL[..at].iter().all(|other| other.kind != it.kind));
        }
    }
}
