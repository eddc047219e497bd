//! The names of fields in a mapping file: the model's own, and what is said beside them.

use migrate_model::shape::{self, Shape};
use migrate_model::{Attachment, Kind, Pin, Reaction, Record};

use crate::mapping::SectionKind;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// What the model says.
    Shape(Shape),
    /// Reactions to a message.
    Reactions,
    /// The members of a channel: one a row, or several in one cell.
    Members,
}

/// A name of a field, and what it holds.
pub(crate) type Name = (&'static str, Holds);

/// The field of a message that holds its reactions.
pub(crate) const REACTIONS: &str = "reactions";

/// The field by which an attachment in a table of its own names its message.
pub(crate) const MESSAGE_ID: &str = "message_id";

/// The field by which an attachment in a table of its own names the channel of its message.
pub(crate) const CHANNEL_ID: &str = "channel_id";

/// What people may write who mean a field of the model that is called otherwise.
const MEANT: &[(&str, &str)] = &[
    ("author_id", "user_id"),
    ("body", "text"),
    ("channel", "channel_id"),
    ("content", "text"),
    ("mentioned_users", "mentioned_user_ids"),
    ("message", "text"),
    ("pinned", "pin"),
    ("reply_to", "parent_id"),
    ("sender_id", "user_id"),
    ("thread_id", "parent_id"),
    ("timestamp", "created_at"),
    ("type", "kind"),
    ("updated_at", "edited_at"),
    ("user", "user_id"),
];

/// The fields of a section, in the model's order.
pub(crate) fn of_section(kind: SectionKind) -> Vec<Name> {
    let record = match kind {
        SectionKind::Users => Kind::User,
        SectionKind::Channels => Kind::Channel,
        SectionKind::Members => Kind::Member,
        SectionKind::Messages => Kind::Message,
        SectionKind::Reactions => Kind::Reaction,
        SectionKind::Attachments => {
            let mut names = vec![
                (MESSAGE_ID, Holds::Shape(Shape::Text)),
                (CHANNEL_ID, Holds::Shape(Shape::Text)),
            ];
            names.extend(of_attachment());
            return names;
        }
    };
    let mut names = plain(shape::shapes(&mut Record::from(record)));
    if kind == SectionKind::Members {
        for (_, holds) in names.iter_mut().filter(|(name, _)| *name == "user_id") {
            *holds = Holds::Members;
        }
    }
    if kind == SectionKind::Messages {
        names.retain(|(_, holds)| *holds != Holds::Shape(Shape::Pin));
        names.push((REACTIONS, Holds::Reactions));
        names.push((PIN, Holds::Shape(Shape::Flag)));
    }
    names
}

/// The field that says whether a message is pinned, where nothing is said of when and by whom.
pub(crate) const PIN: &str = "pin";

/// The fields of an attachment.
pub(crate) fn of_attachment() -> Vec<Name> {
    plain(shape::shapes(&mut Attachment::default()))
}

/// The fields of a reaction in the row of its message.
pub(crate) fn of_reaction() -> Vec<Name> {
    let mut names = plain(shape::shapes(&mut Reaction::default()));
    names.retain(|(name, _)| ["reaction_type", "user_id", "created_at"].contains(name));
    names
}

/// The fields of a pin.
pub(crate) fn of_pin() -> Vec<Name> {
    plain(shape::shapes(&mut Pin::default()))
}

/// The fields that people have who are known from messages.
pub(crate) fn of_person() -> Vec<Name> {
    let mut names = of_section(SectionKind::Users);
    names.retain(|(name, _)| ["id", "name", "image_url"].contains(name));
    names
}

/// All but the field for everything else, which has a table of its own.
fn plain(shapes: Vec<(&'static str, Shape)>) -> Vec<Name> {
    let shapes = shapes.into_iter();
    let named = shapes.filter(|(_, shape)| *shape != Shape::Custom);
    named
        .map(|(name, shape)| (name, Holds::Shape(shape)))
        .collect()
}

/// The name that somebody meant who wrote another word.
pub(crate) fn meant(word: &str, names: &[&'static str]) -> Option<&'static str> {
    let known = MEANT.iter().find(|(other, _)| *other == word);
    let known = known.map(|(_, name)| *name);
    let known = known.and_then(|name| names.iter().copied().find(|it| *it == name));
    known.or_else(|| migrate_model::wording::nearest(word, names))
}

/// Whether a field holds ids, which get the mapping's prefix.
pub(crate) fn is_id(name: &str) -> bool {
    name == "id"
        || name.ends_with("_id")
        || name.ends_with("_ids")
        || ["created_by", "by", "restricted_visibility"].contains(&name)
}
