//! What joins attachments to messages: those in a table of their own, and those of further rows of a
//! message.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use migrate_model::{Attachment, Text};

use crate::apply;
use crate::cell::Row;
use crate::ids;
use crate::mapping::SectionKind;
use crate::notes::Notes;
use crate::plan::{Place, Plan};
use crate::step::{self, Step};

/// Of which message something is. Ids are the source's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Joint<'r> {
    /// The message with this id, wherever it is: only if no other channel has one with this id.
    Anywhere(Text<'r>),
    /// The message with this id in a channel.
    InChannel(Text<'r>, Text<'r>),
    /// The message of a group of rows.
    Group(u64),
}

impl Joint<'_> {
    /// A number that equal ones share, in every run.
    pub fn hashed(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl Plan {
    /// The attachments that a row holds which is none of its own message's: a row of attachments, or
    /// a further row of a message. `None` if the row does not count or names no message.
    pub fn hung<'r, R: Row + ?Sized>(
        &'r self,
        row: &'r R,
        place: &Place<'r>,
    ) -> Option<(Joint<'r>, Vec<Attachment<'r>>)> {
        if !self.stands(row) {
            return None;
        }
        if self.kind == SectionKind::Messages {
            let all = apply::attachments_of_row(self, row, place);
            let joint = Joint::Group(self.group_key(row)?);
            return (!all.is_empty()).then_some((joint, all));
        }
        let mut notes = Notes::default();
        let it = apply::attachment(self, row, place, &mut notes);
        if notes.refused.is_some() {
            return None;
        }
        Some((self.joint_of_attachment(row, place)?, vec![it]))
    }

    /// All that may be said of the message of a row by [`Plan::hung`].
    pub fn joints<'r, R: Row + ?Sized>(&'r self, row: &'r R, place: &Place<'r>) -> Vec<Joint<'r>> {
        let mut joints = Vec::new();
        if let Some(id) = self.message_id(row, place) {
            let channel = self.channel_text(row);
            if !channel.is_empty() {
                joints.push(Joint::InChannel(id.clone(), channel));
            }
            joints.push(Joint::Anywhere(id));
        }
        if self.holds_further_attachments() {
            joints.extend(self.group_key(row).map(Joint::Group));
        }
        joints
    }

    /// Whether further rows of a message may hold attachments, to be asked for by [`Plan::hung`].
    pub fn holds_further_attachments(&self) -> bool {
        self.is_grouped && self.holds_attachments()
    }

    /// Whether rows of messages hold attachments.
    pub(crate) fn holds_attachments(&self) -> bool {
        self.has_attachments || self.attachment.iter().any(Option::is_some)
    }

    /// A number that messages of one channel share; 0 for none.
    pub fn channel_number(&self, row: &(impl Row + ?Sized)) -> u64 {
        let text = self.channel_text(row);
        if text.is_empty() {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }

    /// Of which message a row of attachments is; `None` if it does not say.
    pub(crate) fn joint_of_attachment<'r, R: Row + ?Sized>(
        &'r self,
        row: &'r R,
        place: &Place<'r>,
    ) -> Option<Joint<'r>> {
        let text =
            |step: &'r Step| ids::joining(step.text(row, place.lookups, &mut Notes::default()));
        let id = text(self.message_id.as_ref()?);
        let channel = self.attached_to.as_ref().map(text).unwrap_or_default();
        match (id.is_empty(), channel.is_empty()) {
            (true, _) => None,
            (false, true) => Some(Joint::Anywhere(id)),
            (false, false) => Some(Joint::InChannel(id, channel)),
        }
    }

    /// What the channel of a message is known by: its id, or else its members.
    pub(crate) fn channel_text<'r>(&'r self, row: &'r (impl Row + ?Sized)) -> Text<'r> {
        static NOTHING: std::sync::LazyLock<crate::Lookups> =
            std::sync::LazyLock::new(crate::Lookups::default);
        let mut notes = Notes::default();
        let id = self
            .channel_step(0)
            .map(|it| it.text(row, &NOTHING, &mut notes));
        let id = ids::joining(id.unwrap_or_default());
        let Some(members) = self.channel_step(1).filter(|_| id.is_empty()) else {
            return id;
        };
        let mut members = members.texts(row, &NOTHING, None, &mut notes);
        members.sort_unstable();
        Cow::Owned(members.join("\u{1f}"))
    }

    /// A number that rows of one message share; `None` if the row says of none: each such row is a
    /// message of its own.
    pub(crate) fn group_key(&self, row: &(impl Row + ?Sized)) -> Option<u64> {
        let columns = self.group_by.as_ref()?;
        let mut hasher = DefaultHasher::new();
        self.channel_text(row).hash(&mut hasher);
        let mut is_empty = true;
        for column in columns {
            let text = step::text_of(row.cell(*column)).unwrap_or_default();
            let text = text.trim();
            let is_null = text.is_empty() || self.nulls.iter().any(|null| null == text);
            is_empty &= is_null;
            (if is_null { "" } else { text }).hash(&mut hasher);
        }
        (!is_empty).then(|| hasher.finish())
    }
}
