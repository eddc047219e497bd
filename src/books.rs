//! What became of every record: the books, and the notes behind them.
//!
//! For each kind of record: read + made = written + merged + excluded + left out. Workers keep a
//! ledger a batch; they are added up in the order of the batches, so the first examples are the
//! same for any number of threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};
use migrate_model::{Kind, LossKind, Outcome};

use crate::redact::discreet;

/// How many examples of one kind are kept.
pub const EXAMPLES: usize = 5;

/// Kinds of note that the core itself takes, whatever the adapter.
pub const CORE_KINDS: &[LossKind] = &[
    kind(
        "attachment_as_text",
        "an attachment whose address alone takes more than 5 KB became a link at the end of the text",
    ),
    kind(
        "attachment_field_dropped",
        "a field of an attachment was left away, as Stream allows 5 KB for the attachments of a message",
    ),
    kind(
        "author_not_member",
        "somebody wrote in a direct conversation without standing in its member list; Stream shows the message, but not the person as a member, unless the list in the source is mended",
    ),
    kind(
        "blocked_as_deleted",
        "a message held back by moderation is written as deleted, since JSON Lines has no such type; an array (`.json`) keeps it",
    ),
    kind(
        "channel_derived",
        "a channel in which messages stand and that no record describes; it has its id alone",
    ),
    kind(
        "channel_id_taken",
        "two channels have ids that become the same one in Stream; the second could not be used: give it another id in the source",
    ),
    kind(
        "channel_repeated",
        "a channel is listed twice; the first entry counts",
    ),
    kind(
        "channel_same_members",
        "conversations between the same people are one in Stream; their messages are put together by time",
    ),
    kind(
        "channel_without_id",
        "a channel has neither id nor members; give it an id in the source",
    ),
    kind(
        "custom_dropped",
        "custom fields were left away because Stream allows 5 KB an object; take out of the source what nobody needs, and what is needed stays (in an array more fields are custom)",
    ),
    kind(
        "custom_renamed",
        "a custom field was renamed to `source_…` because Stream uses the name itself",
    ),
    kind(
        "entry_invalid",
        "the entry breaks a rule of the import format and could not be mended; the first tells which rule, so mend its record in the source",
    ),
    kind(
        "excluded_by_limit",
        "a channel behind the last that `--limit-channels` allows, and what stands in it",
    ),
    kind(
        "excluded_by_time",
        "a thread that began outside of `--since` and `--until`, and reactions to it",
    ),
    kind(
        "excluded_channel",
        "a channel that `--channel` or `--exclude-channel` leaves out, and what stands in it",
    ),
    kind(
        "excluded_long_text",
        "a message with a text that is too long for one (`--long-text leave-out`), and reactions to it",
    ),
    kind(
        "excluded_system",
        "a system message that no written reply needs (`--system skip`), and reactions to it",
    ),
    kind(
        "excluded_unchanged",
        "a message that is older than `--written-since` and that nothing newer needs, and reactions to it",
    ),
    kind(
        "excluded_unreferenced",
        "a listed user whom nothing written refers to (`--users referenced`)",
    ),
    kind(
        "id_mapped",
        "an id that Stream does not allow was replaced by a stable legal one",
    ),
    kind(
        "member_derived",
        "a member was derived: an author of the channel, or one of the people of a direct conversation",
    ),
    kind(
        "member_not_in_set",
        "a member of a direct conversation does not stand in its member list; mend the list in the source if they belong to it",
    ),
    kind("member_repeated", "a member is listed twice in one channel"),
    kind(
        "member_team",
        "a user's teams do not include the channel's team, which Stream refuses; a user map can say other teams",
    ),
    kind(
        "member_without_channel",
        "the channel of a member is not in the source; add its record",
    ),
    kind(
        "message_id_by_channel",
        "ids of messages repeat from channel to channel, so each message got its channel's id before its own",
    ),
    kind(
        "message_id_taken",
        "another message with the same id came before; give each an id of its own in the source",
    ),
    kind("message_repeated", "the same message came twice"),
    kind(
        "message_without_channel",
        "the channel of a message is not in the source; add its record",
    ),
    kind(
        "message_without_id",
        "a message has no id; give it one in the source",
    ),
    kind(
        "message_without_time",
        "a message has no time, so it cannot be placed; give it one in the source",
    ),
    kind(
        "mute_excluded",
        "a user muted a channel that is excluded; the user is written without that",
    ),
    kind(
        "mute_unknown",
        "a muted or blocked user or channel is not in the source, or has no id in Stream; the user is written without that",
    ),
    kind(
        "name_shortened",
        "a name of more than 1,000 bytes was shortened",
    ),
    kind(
        "parent_cycle",
        "replies named each other as parents; the earliest starts the thread",
    ),
    kind(
        "quote_as_text",
        "a quote of a later or an excluded message, or one at the end of a long chain of quotes, became quoted text",
    ),
    kind(
        "quote_missing",
        "the quoted message is not in the channel; what is known of its text stands above, its id is kept as `source_quoted_message_id`",
    ),
    kind(
        "reaction_renamed",
        "a reaction's name was made legal, and an emoji got its name; the original is kept as `source_type`",
    ),
    kind(
        "reaction_repeated",
        "a user gave the same reaction to a message twice",
    ),
    kind(
        "reaction_without_message",
        "a reaction's message is not written; it is missing in the source, or left out for a reason that stands here as well",
    ),
    kind(
        "reaction_without_type",
        "a reaction has no name; give it one in the source",
    ),
    kind(
        "reaction_without_user",
        "a reaction has no user; say in the source whose it is",
    ),
    kind(
        "record_out_of_place",
        "the adapter gave a record where none of its kind is taken; that is a fault of the adapter, to be told to those who keep it",
    ),
    kind(
        "reply_to_reply",
        "a reply to a reply was moved to the thread's root; Stream knows one level",
    ),
    kind(
        "role_unknown",
        "the app has no such role, as far as is known (`--roles` names the app's); it is kept as `source_role`, and the role is the usual one",
    ),
    kind(
        "root_missing",
        "the message that started a thread is missing; one was made that holds its replies together; `--missing-parents placeholder` has it say so",
    ),
    kind(
        "text_continued",
        "a message too long, or with more than 30 attachments or 5 KB of them, is continued in further messages; `--max-text` says what is too long",
    ),
    kind(
        "text_shortened",
        "the text of an attachment was shortened, as Stream allows 5 KB for the attachments of a message",
    ),
    kind(
        "time_shifted",
        "a message got another time, and its own is kept as `source_created_at`: a reply that claims to be no later than its parent 1 µs more than that, and what lies behind the year 9999 the end of it",
    ),
    kind(
        "url_not_allowed",
        "an attachment's URL does not begin with `https://`, as Stream wants it; it is kept as `source_url`",
    ),
    kind(
        "user_id_taken",
        "two users have ids that become the same one in Stream; the second could not be used: a user map (`--user-map`) can give them ids",
    ),
    kind(
        "user_in_app",
        "the app has the user, who is referred to and not written, as `--mapped-users refer` asks",
    ),
    kind(
        "user_mapped_together",
        "the user map makes several people of the source one user, who is one member of a channel",
    ),
    kind(
        "user_met",
        "a user who stands in no list but wrote, was mentioned or reacted, or who stands for unknown authors",
    ),
    kind(
        "user_repeated",
        "a user is listed twice; the first entry counts",
    ),
    kind(
        "user_without_id",
        "a user has no id; give them one in the source",
    ),
];

const fn kind(kind: &'static str, text: &'static str) -> LossKind {
    LossKind { kind, text }
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Something of a written record was lost.
    Loss,
    /// A record could not be used.
    LeftOut,
    /// A record went into another.
    Merged,
    /// The user's own options leave a record out.
    Excluded,
    /// A record was derived.
    Made,
}

impl Class {
    /// All classes, in the order of a report.
    pub const ALL: [Class; 5] = [
        Class::Loss,
        Class::LeftOut,
        Class::Merged,
        Class::Excluded,
        Class::Made,
    ];

    /// The class's key in a report.
    pub const fn key(self) -> &'static str {
        match self {
            Class::Loss => "losses",
            Class::LeftOut => "left_out",
            Class::Merged => "merged",
            Class::Excluded => "excluded",
            Class::Made => "made",
        }
    }
}

impl From<Outcome> for Class {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Field => Class::Loss,
            Outcome::LeftOut => Class::LeftOut,
            Outcome::Merged => Class::Merged,
            Outcome::Excluded => Class::Excluded,
        }
    }
}

/// Where a record stands, as workers note it: cheap to copy, made readable for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A record of a unit, by the unit's place in the source's list.
    Unit {
        /// The unit, from 0.
        unit: u32,
        /// The record in it, from 1.
        record: u32,
    },
    /// A record of a file of the directory.
    File {
        /// The file.
        name: Arc<str>,
        /// The record in it, from 1; 0 for the file as a whole.
        record: u32,
    },
}

impl Place {
    /// The place of what no record asked for.
    pub fn nowhere() -> Place {
        Place::File {
            name: "".into(),
            record: 0,
        }
    }
}

/// The counts of one kind of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Found in the source.
    pub read: u64,
    /// Derived by us.
    pub made: u64,
    /// Written; once each, however many parts repeat it.
    pub written: u64,
    /// Gone into another record.
    pub merged: u64,
    /// Left out by the user's own options.
    pub excluded: u64,
    /// Could not be used.
    pub left_out: u64,
}

impl Book {
    /// All numbers in the order of a report, each with the word that stands above it.
    pub fn columns(&self) -> [(&'static str, u64); 6] {
        [
            ("read", self.read),
            ("made", self.made),
            ("written", self.written),
            ("merged", self.merged),
            ("excluded", self.excluded),
            ("left out", self.left_out),
        ]
    }
}

/// The notes of one kind.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// One thing that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Where.
    pub place: Place,
    /// What exactly, without what `discreet` leaves away.
    pub detail: String,
}

/// Books and notes.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    books: [Book; 5],
    notes: BTreeMap<(Class, &'static str), Note>,
}

impl Ledger {
    /// The book of a kind.
    pub fn book(&self, kind: Kind) -> &Book {
        &self.books[kind as usize]
    }

    /// All notes of a class, by kind.
    pub fn notes(&self, class: Class) -> impl Iterator<Item = (&'static str, &Note)> {
        self.notes
            .range((class, "")..)
            .take_while(move |((other, _), _)| *other == class)
            .map(|((_, kind), note)| (*kind, note))
    }

    /// How many things were noted in a class.
    pub fn count(&self, class: Class) -> u64 {
        self.notes(class).map(|(_, note)| note.count).sum()
    }

    /// Records were found in the source.
    pub fn read(&mut self, kind: Kind, count: u64) {
        self.books[kind as usize].read += count;
    }

    /// A record was written for the first time.
    pub fn written(&mut self, kind: Kind) {
        self.books[kind as usize].written += 1;
    }

    /// A record was derived.
    pub fn made(&mut self, of: Kind, kind: &'static str, place: &Place, detail: &str) {
        self.books[of as usize].made += 1;
        self.note(Class::Made, kind, 1, place, detail);
    }

    /// Records end otherwise than written, or something of one is lost.
    pub fn lose(
        &mut self,
        of: Kind,
        outcome: Outcome,
        kind: &'static str,
        count: u64,
        place: &Place,
        detail: &str,
    ) {
        let book = &mut self.books[of as usize];
        match outcome {
            Outcome::Field => {}
            Outcome::LeftOut => book.left_out += count,
            Outcome::Merged => book.merged += count,
            Outcome::Excluded => book.excluded += count,
        }
        self.note(outcome.into(), kind, count, place, detail);
    }

    /// Adds what came later.
    pub fn add(&mut self, later: Ledger) {
        for (book, other) in self.books.iter_mut().zip(later.books) {
            book.read += other.read;
            book.made += other.made;
            book.written += other.written;
            book.merged += other.merged;
            book.excluded += other.excluded;
            book.left_out += other.left_out;
        }
        for (key, other) in later.notes {
            let note = self.notes.entry(key).or_default();
            note.count += other.count;
            let room = EXAMPLES.saturating_sub(note.examples.len());
            note.examples.extend(other.examples.into_iter().take(room));
        }
    }

    /// Checks the equation for every kind.
    ///
    /// # Errors
    /// If the books of a kind do not balance, which is a fault of this program or of an adapter
    /// that neither put nor lost a record, or did both.
    pub fn balance(&self) -> Result<()> {
        for kind in Kind::ALL {
            let book = self.book(kind);
            let into = book.read + book.made;
            let out = book.written + book.merged + book.excluded + book.left_out;
            if into != out {
                bail!(
                    "the books do not balance: {into} {} records came in, {out} are accounted for; this is a fault of the program, please report it",
                    kind.name()
                );
            }
        }
        Ok(())
    }

    fn note(&mut self, class: Class, kind: &'static str, count: u64, place: &Place, detail: &str) {
        let note = self.notes.entry((class, kind)).or_default();
        note.count += count;
        if note.examples.len() < EXAMPLES {
            note.examples.push(Example {
                place: place.clone(),
                detail: discreet(detail),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_balance_only_if_every_record_ends_once() {
        let place = Place::Unit { unit: 0, record: 1 };
        let mut ledger = Ledger::default();
        ledger.read(Kind::Message, 2);
        ledger.written(Kind::Message);
        assert!(ledger.balance().is_err());
        ledger.lose(
            Kind::Message,
            Outcome::LeftOut,
            "message_without_time",
            1,
            &place,
            "",
        );
        ledger.balance().unwrap();
        assert_eq!(ledger.count(Class::LeftOut), 1);
    }

    #[test]
    fn the_kinds_stand_in_order_and_once() {
        for pair in CORE_KINDS.windows(2) {
            assert!(pair[0].kind < pair[1].kind, "{}", pair[1].kind);
        }
    }
}
