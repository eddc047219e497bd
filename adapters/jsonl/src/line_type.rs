//! The types of lines, and how many there are of each.

use std::ops::AddAssign;

use migrate_model::{Kind, Outcome};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineType {
    User,
    Person,
    Channel,
    Member,
    Message,
    Reaction,
    Loss,
    LeftOut,
    Merged,
    Excluded,
    Hello,
    Progress,
    End,
}

/// How many types of line are counted.
pub(crate) const COUNTED: usize = 10;

impl LineType {
    /// All types; those that are counted come first.
    pub(crate) const ALL: [LineType; 13] = [
        LineType::User,
        LineType::Person,
        LineType::Channel,
        LineType::Member,
        LineType::Message,
        LineType::Reaction,
        LineType::Loss,
        LineType::LeftOut,
        LineType::Merged,
        LineType::Excluded,
        LineType::Hello,
        LineType::Progress,
        LineType::End,
    ];

    /// The word that stands in `type`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            LineType::User => "user",
            LineType::Person => "person",
            LineType::Channel => "channel",
            LineType::Member => "member",
            LineType::Message => "message",
            LineType::Reaction => "reaction",
            LineType::Loss => "loss",
            LineType::LeftOut => "left_out",
            LineType::Merged => "merged",
            LineType::Excluded => "excluded",
            LineType::Hello => "hello",
            LineType::Progress => "progress",
            LineType::End => "end",
        }
    }

    /// The type of this name.
    pub(crate) fn named(name: &str) -> Option<LineType> {
        // Nearly all lines are messages.
        if name == LineType::Message.name() {
            return Some(LineType::Message);
        }
        LineType::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Which kind of record such a line holds.
    pub(crate) const fn kind(self) -> Option<Kind> {
        match self {
            LineType::User => Some(Kind::User),
            LineType::Channel => Some(Kind::Channel),
            LineType::Member => Some(Kind::Member),
            LineType::Message => Some(Kind::Message),
            LineType::Reaction => Some(Kind::Reaction),
            _ => None,
        }
    }

    /// What became of the record that such a line tells of.
    pub(crate) const fn outcome(self) -> Option<Outcome> {
        match self {
            LineType::Loss => Some(Outcome::Field),
            LineType::LeftOut => Some(Outcome::LeftOut),
            LineType::Merged => Some(Outcome::Merged),
            LineType::Excluded => Some(Outcome::Excluded),
            _ => None,
        }
    }

    /// Its place among those that are counted.
    pub(crate) fn index(self) -> Option<usize> {
        let counted = LineType::ALL.iter().take(COUNTED);
        counted.into_iter().position(|it| *it == self)
    }

    /// Whether an `end` line need not count lines of this type.
    pub(crate) fn may_be_uncounted(self) -> bool {
        matches!(self, LineType::Person | LineType::Loss)
    }
}

impl From<Kind> for LineType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => LineType::User,
            Kind::Channel => LineType::Channel,
            Kind::Member => LineType::Member,
            Kind::Message => LineType::Message,
            Kind::Reaction => LineType::Reaction,
        }
    }
}

impl From<Outcome> for LineType {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Field => LineType::Loss,
            Outcome::LeftOut => LineType::LeftOut,
            Outcome::Merged => LineType::Merged,
            Outcome::Excluded => LineType::Excluded,
        }
    }
}

/// How many lines of each type there are, for the `end` line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; COUNTED]);

impl Counts {
    /// Counts a record of this kind.
    pub fn add_record(&mut self, kind: Kind) {
        self.add(kind.into());
    }

    /// Counts a line that tells what became of a record.
    pub fn add_loss(&mut self, outcome: Outcome) {
        self.add(outcome.into());
    }

    /// Counts a person.
    pub fn add_person(&mut self) {
        self.add(LineType::Person);
    }

    /// Counts a line, if lines of its type are counted.
    pub(crate) fn add(&mut self, line: LineType) {
        if let Some(count) = line.index().and_then(|index| self.0.get_mut(index)) {
            *count += 1;
        }
    }

    /// The types that are counted, each with its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (LineType, u64)> {
        LineType::ALL.into_iter().zip(self.0)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_and_by_what_it_holds() {
        for it in LineType::ALL {
            assert_eq!(LineType::named(it.name()), Some(it));
            assert!(it.kind().is_none_or(|kind| LineType::from(kind) == it));
            let outcome = it.outcome();
            assert!(outcome.is_none_or(|outcome| LineType::from(outcome) == it));
            let is_counted = !matches!(it, LineType::Hello | LineType::Progress | LineType::End);
            assert_eq!(it.index().is_some(), is_counted, "{it:?}");
        }
    }
}
