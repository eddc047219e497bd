//! The shared model of a chat's history, and the traits that an adapter implements to fill it.
//!
//! An adapter depends on this crate alone. It opens its inputs as a [`Source`], which gives a
//! directory (users, channels, members) and then [`Unit`]s, pieces that can be read alone and on
//! any thread; a [`Reader`] pushes the records of a unit into a [`Sink`]. What the records become
//! (ids, limits, files) is left to the core: the model knows no format and no limit.

mod adapter;
mod fields;
mod loss;
mod options;
pub mod pipeline;
mod record;
pub mod shape;
mod time;
mod value;
pub mod wording;
pub mod words;

pub use adapter::{
    About, Adapter, Directory, Fit, Give, GivePlaced, HEAD_BYTES, MessageIds, Reader,
    SOURCE_RECORD_BYTES, Sink, Source, Stop, Unit, Want,
};
pub use fields::{FieldVisitor, Fields};
pub use loss::{Location, Loss, LossKind, Outcome};
pub use options::{Called, Command, Opt, Options, Show, Watch};
pub use record::{
    Attachment, Channel, ChannelRef, ChannelType, Kind, ListedFile, Member, Message, MessageKind,
    Origin, Person, Pin, Rank, Reaction, Record, Text, User,
};
pub use time::Time;
pub use value::{Custom, CustomField, Value};
