//! A section that is bound to the columns of one table.

use anyhow::Result;
use migrate_model::{Attachment, Kind, Sink, Stop, Text};

use crate::cell::Row;
use crate::lookups::Lookups;
use crate::mapping::{Mapping, Section, SectionKind};
use crate::pattern::Captures;
use crate::survey::{Position, Settled};

/// A section bound to the columns of one table: what becomes of its rows. It does not change, and
/// any number of threads may use it.
#[derive(Clone, Debug)]
pub struct Plan {
    kind: SectionKind,
}

/// Where a row stands, and what is known from elsewhere.
pub struct Place<'p> {
    /// The number of the record, as the sink shall have it.
    pub record: u32,
    /// Where the row stands among all rows of the section.
    pub position: Position,
    /// What was found out over all rows.
    pub settled: &'p Settled,
    /// Ids of other sections' rows.
    pub lookups: &'p Lookups,
    /// Attachments of this message that stand in a table of their own; none for other rows. See
    /// [`Plan::message_id`] and [`Plan::attachment`].
    pub attachments: Vec<Attachment<'p>>,
}

impl Mapping {
    /// The sections that a file belongs to, by its path, and what the names in its pattern stand
    /// for. A path may fit several (a table of users may be one of members as well). Sections that
    /// do not say where their rows come from take every file that no pattern fits.
    pub fn sections_of<'m>(&'m self, _path: &str) -> Vec<(&'m Section, Captures)> {
        Vec::new()
    }

    /// Binds a section to the columns of a table.
    ///
    /// # Errors
    /// If a column that the section names is not there; with the line of the mapping, the nearest
    /// name and the columns that are there.
    pub fn bind(&self, section: &Section, _columns: &[&str], _path: &Captures) -> Result<Plan> {
        Ok(Plan { kind: section.kind })
    }
}

impl Plan {
    /// What its rows become.
    pub fn kind(&self) -> SectionKind {
        self.kind
    }

    /// The kind of record that its rows are in the books; an attachment is part of a message.
    pub fn record_kind(&self) -> Kind {
        match self.kind {
            SectionKind::Users => Kind::User,
            SectionKind::Channels => Kind::Channel,
            SectionKind::Members => Kind::Member,
            SectionKind::Messages | SectionKind::Attachments => Kind::Message,
            SectionKind::Reactions => Kind::Reaction,
        }
    }

    /// Whether all rows have to be shown to a [`Survey`] before the first is applied.
    pub fn needs_survey(&self) -> bool {
        false
    }

    /// Puts what a row becomes into a sink: records, what messages tell about people, and losses.
    /// A row becomes exactly one record or one loss that takes its place, and whatever was derived
    /// from it.
    ///
    /// # Errors
    /// If the sink stops.
    pub fn apply<'r>(
        &'r self,
        _row: &'r (impl Row + ?Sized),
        _place: Place<'r>,
        _sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// Puts only what a row of messages tells about people into a sink, by [`Sink::meet`].
    ///
    /// # Errors
    /// If the sink stops.
    pub fn meet<'r>(
        &'r self,
        _row: &'r (impl Row + ?Sized),
        _place: Place<'r>,
        _sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        Ok(())
    }

    /// The attachment that a row of attachments is, and the id of its message; `None` if the row
    /// does not count or names no message.
    pub fn attachment<'r>(
        &'r self,
        _row: &'r (impl Row + ?Sized),
        _place: &Place<'r>,
    ) -> Option<(Text<'r>, Attachment<'r>)> {
        None
    }

    /// The id of the message that a row of messages is, as [`Plan::attachment`] gives it.
    pub fn message_id<'r>(
        &'r self,
        _row: &'r (impl Row + ?Sized),
        _place: &Place<'r>,
    ) -> Option<Text<'r>> {
        None
    }
}
