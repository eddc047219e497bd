//! Whom messages are from and to: pairs of people without a channel, and notes that only colleagues
//! see.

use std::collections::HashSet;

use migrate_model::Outcome;

use super::seen::Seen;
use super::values::{NO, YES};
use crate::aliases;
use crate::declared::Declared;
use crate::transform::Transform;

/// What may stand between several recipients in a cell.
const BETWEEN: [&str; 3] = [";", ",", "|"];

/// The loss of a message that only colleagues see.
const INTERNAL_NOTE: &str = "messages.internal_note";

/// What a column of recipients holds.
enum Recipients {
    One,
    /// Several in some cells, with this between them.
    Several(&'static str),
    /// Cells that are several people, or somebody with such a name.
    Unclear,
}

/// Whether a text can only be one address or number of somebody.
fn is_address(text: &str) -> bool {
    let is_number = text.strip_prefix('+').is_some_and(|digits| {
        let mut digits = digits.bytes();
        digits.len() > 4 && digits.all(|byte| byte.is_ascii_digit() || byte == b' ')
    });
    is_number || text.contains('@') && !text.contains(char::is_whitespace)
}

impl Seen<'_> {
    /// Messages between people have no channel but those.
    pub(super) fn join_people(&mut self) {
        let (None, Some(from)) = (self.held("channel_id"), self.taken("user_id")) else {
            return;
        };
        let left = self.left();
        let found = self.find(aliases::RECIPIENTS);
        let Some(to) = found.filter(|it| left.contains(it)) else {
            return;
        };
        let is_certain = aliases::plain(self.name_of(to)).len() > 2;
        let (authors, recipients) = (self.column(from), self.column(to));
        let is_channel = recipients.filled().any(|cell| cell.starts_with('#'));
        let knows_both = authors.shares(recipients) || is_certain && !self.rows.is_empty();
        let holds_both = authors.is_full() && recipients.is_full();
        if !knows_both || !holds_both || is_channel {
            return;
        }
        let several = self.recipients(from, to);
        let separator = match several {
            Recipients::One => self.separator(from, to),
            Recipients::Several(separator) => Some(separator),
            Recipients::Unclear => None,
        };
        let template = separator.and_then(|it| Some((it, self.template(from, it, to)?)));
        let Some((separator, template)) = template else {
            return;
        };
        self.set(
            "channel_member_ids",
            Transform {
                split: Some(separator.to_owned()),
                ..template
            },
        );
        self.hold("channel_member_ids", to);
        let (from, to) = (self.name_of(from), self.name_of(to));
        let mut text = format!(
            "{}: messages are between `{from}` and `{to}`, so each pair of people is a channel",
            self.name()
        );
        if matches!(several, Recipients::Several(_)) {
            text.push_str(&format!(
                ", and so are all together where `{to}` names several, with `{separator}` between them"
            ));
        }
        self.remarks.push(text);
    }

    /// What no cell of two columns has.
    fn separator(&self, from: usize, to: usize) -> Option<&'static str> {
        let (from, to) = (self.column(from), self.column(to));
        let mut separators = [";", "|", "\u{1f}"].into_iter();
        separators.find(|it| {
            !from
                .filled()
                .chain(to.filled())
                .any(|cell| cell.contains(it))
        })
    }

    /// Whether cells of recipients name several: then all of each are somebody who is named alone
    /// as well, or addresses.
    fn recipients(&self, from: usize, to: usize) -> Recipients {
        let (authors, recipients) = (self.column(from), self.column(to));
        let has_any = |cell: &str| BETWEEN.iter().any(|it| cell.contains(it));
        let mut known: HashSet<&str> = authors.filled().collect();
        let listed: Vec<&str> = { recipients.filled() }
            .filter(|cell| has_any(cell) && !known.contains(cell))
            .collect();
        if listed.is_empty() {
            return Recipients::One;
        }
        known.extend(recipients.filled().filter(|cell| !has_any(cell)));
        let is_somebody = |text: &str| known.contains(text) || is_address(text);
        let is_list = |cell: &str, separator: &str| {
            cell.contains(separator) && cell.split(separator).map(str::trim).all(is_somebody)
        };
        let found = BETWEEN.into_iter().find(|it| {
            let is_in_a_name = known.iter().any(|name| name.contains(it));
            !is_in_a_name && listed.iter().all(|cell| is_list(cell, it))
        });
        found.map_or(Recipients::Unclear, Recipients::Several)
    }

    /// A cell of recipients of which nobody can tell whether it names several.
    pub(super) fn unclear_recipients(&self, from: usize, to: usize) -> Option<&str> {
        let is_unclear = matches!(self.recipients(from, to), Recipients::Unclear);
        let mut cells = self.column(to).filled();
        cells.find(|cell| is_unclear && BETWEEN.iter().any(|it| cell.contains(it)))
    }

    /// Notes that only colleagues see are no messages of a channel that customers see as well.
    pub(super) fn leave_out_notes(&mut self) {
        let left = self.left();
        let flag = |names: &[&str]| {
            let place = self.find(names).filter(|it| left.contains(it))?;
            self.column(place).is_flag().then_some(place)
        };
        let own = |names: &[&str]| flag(names).filter(|place| self.is_of_messages(*place));
        let internal = flag(aliases::INTERNAL).or_else(|| own(aliases::PRIVATE));
        let internal = internal.map(|place| (place, YES, NO));
        let found = internal.or_else(|| Some((own(aliases::PUBLIC)?, NO, YES)));
        let Some((place, notes, others)) = found else {
            return;
        };
        let column = self.name_of(place).to_owned();
        let is_note = |cell: &str| notes.iter().any(|word| word.eq_ignore_ascii_case(cell));
        // A chat of nothing but notes is one of colleagues.
        if self.column(place).filled().all(is_note) {
            self.remarks.push(format!(
                "{}: `{column}` may say which messages are notes for colleagues alone; since that would \
                 be all, they are ordinary messages",
                self.name()
            ));
            return;
        }
        let notes = notes
            .iter()
            .map(|it| ((*it).to_owned(), INTERNAL_NOTE.to_owned()));
        let others = others.iter().map(|it| ((*it).to_owned(), String::new()));
        self.section.loss = Some(Transform {
            lower: true,
            map: notes.chain(others).collect(),
            ..Transform::column(&column)
        });
        self.losses.push(Declared::new(
            INTERNAL_NOTE,
            "a note that only colleagues see is left out, since whoever is in the channel would see it; a \
             mapping without this `loss` keeps it"
                .to_owned(),
            Outcome::LeftOut,
        ));
        let text = format!(
            "{}: where `{column}` says so, a message is a note for colleagues alone and is left out \
             (`{INTERNAL_NOTE}`)",
            self.name()
        );
        self.remarks.push(text);
    }

    /// Whether a flag is of messages and not of their channels: those of support, or where one
    /// channel has both.
    fn is_of_messages(&self, flag: usize) -> bool {
        let Some(channel) = self.taken("channel_id") else {
            return false;
        };
        let name = aliases::plain(self.name_of(channel));
        if aliases::TICKETS.contains(&name.as_str()) {
            return true;
        }
        let pairs = self.rows.iter();
        let pairs = pairs.filter_map(|row| Some((row.get(channel)?, row.get(flag)?)));
        let pairs: HashSet<_> = pairs.collect();
        let channels: HashSet<_> = pairs.iter().map(|(channel, _)| channel).collect();
        pairs.len() > channels.len()
    }
}
