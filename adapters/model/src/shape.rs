//! Under which keys the fields of something are written by hand or by other programs, and what
//! their values look like.

use std::convert::Infallible;

use crate::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, MessageKind, Pin, Rank,
    Text, Time,
};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// True or false.
    Flag,
    /// A time.
    Time,
    /// A whole number from 0.
    Integer,
    /// A number.
    Number,
    /// A list of numbers.
    Numbers,
    /// One of [`words::MESSAGE_KINDS`](crate::words::MESSAGE_KINDS).
    MessageKind,
    /// One of [`words::RANKS`](crate::words::RANKS).
    Rank,
    /// An object with the fields of a [`Pin`].
    Pin,
    /// A list of objects with the fields of an [`Attachment`].
    Attachments,
    /// An object with anything in it.
    Custom,
}

/// The keys of something and the shapes of their values, in the model's order.
pub fn shapes<'a>(it: &mut impl Fields<'a>) -> Vec<(&'static str, Shape)> {
    let mut shapes = Shapes(Vec::new());
    let Ok(()) = it.each(&mut shapes);
    shapes.0
}

/// The keys of something, in the model's order.
pub fn names<'a>(it: &mut impl Fields<'a>) -> Vec<&'static str> {
    shapes(it).into_iter().map(|(name, _)| name).collect()
}

struct Shapes(Vec<(&'static str, Shape)>);

impl Shapes {
    fn push(&mut self, name: &'static str, shape: Shape) -> Result<(), Infallible> {
        self.0.push((name, shape));
        Ok(())
    }
}

impl<'a> FieldVisitor<'a> for Shapes {
    type Error = Infallible;

    fn text(&mut self, name: &'static str, _: &mut Text<'a>) -> Result<(), Infallible> {
        self.push(name, Shape::Text)
    }

    fn texts(&mut self, name: &'static str, _: &mut Vec<Text<'a>>) -> Result<(), Infallible> {
        self.push(name, Shape::Texts)
    }

    fn flag(&mut self, name: &'static str, _: &mut bool) -> Result<(), Infallible> {
        self.push(name, Shape::Flag)
    }

    fn time(&mut self, name: &'static str, _: &mut Option<Time>) -> Result<(), Infallible> {
        self.push(name, Shape::Time)
    }

    fn integer(&mut self, name: &'static str, _: &mut Option<u64>) -> Result<(), Infallible> {
        self.push(name, Shape::Integer)
    }

    fn float(&mut self, name: &'static str, _: &mut Option<f64>) -> Result<(), Infallible> {
        self.push(name, Shape::Number)
    }

    fn floats(&mut self, name: &'static str, _: &mut Vec<f64>) -> Result<(), Infallible> {
        self.push(name, Shape::Numbers)
    }

    fn channel(&mut self, _: &mut ChannelRef<'a>) -> Result<(), Infallible> {
        self.push("channel_id", Shape::Text)?;
        self.push("channel_member_ids", Shape::Texts)
    }

    fn channel_type(&mut self, _: &mut ChannelType<'a>) -> Result<(), Infallible> {
        self.push("channel_type", Shape::Text)?;
        self.push("direct", Shape::Flag)
    }

    fn kind(&mut self, _: &mut MessageKind) -> Result<(), Infallible> {
        self.push("kind", Shape::MessageKind)
    }

    fn rank(&mut self, _: &mut Rank) -> Result<(), Infallible> {
        self.push("rank", Shape::Rank)
    }

    fn pin(&mut self, _: &mut Option<Pin<'a>>) -> Result<(), Infallible> {
        self.push("pin", Shape::Pin)
    }

    fn attachments(&mut self, _: &mut Vec<Attachment<'a>>) -> Result<(), Infallible> {
        self.push("attachments", Shape::Attachments)
    }

    fn custom(&mut self, _: &mut Custom<'a>) -> Result<(), Infallible> {
        self.push("custom", Shape::Custom)
    }
}
